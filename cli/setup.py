"""`karani setup FILE.toml`: organisations, provider accounts, staff and service codes from one file. Safe to repeat.

[[organisations]]
slug = "kivuli"
name = "Kivuli Primary School"
kinds = ["school"]
country = "KE"
service_codes = ["*384*70421#"]

quiet_from = "21:00"
quiet_until = "07:00"

[[organisations.accounts]]
provider = "mpesa"
shortcode = "600984"
environment = "sandbox"
credentials = { consumer_key = "…", consumer_secret = "…", passkey = "…" }

[[organisations.staff]]
name = "Mary Atieno"
role = "manager"
phone = "0712 345 678"

[[organisations.funds]]
slug = "house"
name = "House money"
opening = 20000
most = 5000
reorder = 8000
full = 20000
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncGenerator
from datetime import time
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec

from cli.doctor import hook_url
from cli.operator import Operator
from cli.programme import BadConfiguration, Opened
from cli.registry import Command
from core.application import DEFAULT_ORDER, Strategy
from core.approvals import INSIDE, SubjectKind
from core.callers import LANGUAGES
from core.errors import NotPermitted
from core.ids import OrganisationId
from core.organisations import COUNTRIES, MAIL, Kind
from core.permissions import TABLE, Action, Role
from core.phones import Msisdn, NotAPhone
from core.preferences import QuietHours
from providers.smtp.mailer import account_of
from storage import organisations
from storage.organisations import TierSetting
from storage.tx import Tx
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.setup import ProviderAccountEntry, SetUp, StaffEntry, set_up, spelt, was_switched_by_hand

T = TypeVar("T")
MOST_CHECKERS, MOST_HOURS = 5, 24 * 30
HOOK_KEY_BYTES = 24
"""Of an unguessable address: 192 bits."""


class AccountEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: str
    shortcode: str
    environment: Literal["sandbox", "production"] | None = None
    """Left out it stays as it is: at first, the sandbox."""
    credentials: dict[str, str] = {}
    settings: dict[str, str] = {}


class StaffLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    role: Role
    phone: str


class TierLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to and with `up_to` (whole shillings or francs; left out: any amount) so many people of these roles say yes. Of `kind`
    suspense and reallocation, `people = 0` is one person's act."""

    people: int
    roles: tuple[Role, ...]
    up_to: int | None = None
    kind: SubjectKind | None = None


class ApprovalsEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who must say yes before money leaves. Above `code_above` it takes a one-time code too; a request lasts `hours`. What is
    left out stays as it is."""

    code_above: int | None = None
    hours: int | None = None
    tiers: tuple[TierLine, ...] | None = None


class FundLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fund; sums in whole shillings or francs. `opening` counts when it is new, only."""

    slug: str
    name: str
    opening: int = 0
    most: int = 50_000
    least: int = 0
    reorder: int = 0
    full: int = 0
    region: str = ""
    branch: str = ""


class OrganisationEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`least` and `most` of one payment, and `tolerance` of cash application, are whole shillings or francs.

    Nobody is written to between `quiet_from` and `quiet_until` (equal: no such hours), by the clock where their phone is
    from; with `receipts_at_night` receipts and failed payments go out all the same.
    """

    slug: str
    name: str
    kinds: tuple[Kind, ...]
    country: str
    language: str = "en"
    service_codes: tuple[str, ...] = ()
    least: int = 1
    most: int = 250_000
    tolerance: int | None = None
    strategies: tuple[Strategy, ...] = DEFAULT_ORDER
    strict_references: bool = False
    quiet_from: time = time(21, 0)
    quiet_until: time = time(7, 0)
    receipts_at_night: bool = False
    approvals: ApprovalsEntry = ApprovalsEntry()
    accounts: tuple[AccountEntry, ...] = ()
    staff: tuple[StaffLine, ...] = ()
    funds: tuple[FundLine, ...] = ()


class SetupArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisations: tuple[OrganisationEntry, ...]
    clear: bool = False
    """Show the addresses that providers call, with their keys: for whoever registers them."""


class SetUpLine(msgspec.Struct, frozen=True):
    organisation: str
    id: UUID
    is_new: bool
    hooks: dict[str, str]
    """Where each provider account is called, by provider and short code."""
    stays: list[str]
    """Whom and what the file has otherwise than the books. The books count: roles and people are changed by `karani users`, and
    what was switched by hand by `karani providers switch`."""
    approvals: list[str]
    """Who must say yes, before and now, where that was changed."""


# --- the file -----------------------------------------------------------------------------------------------------------


def read(text: str) -> tuple[OrganisationEntry, ...]:
    """The organisations in a set-up file. Raises `BadConfiguration` with all that is wrong, each with its place."""
    errors: list[tuple[str, str]] = []
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration([("the file", str(error))]) from None
    entries = file.pop("organisations", None)
    errors += [(name, "is not known here") for name in file]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        entries = []
        errors.append(("organisations", "must be a list: [[organisations]]"))
    found = [_organisation(entry, f"organisations[{number}]", errors) for number, entry in enumerate(entries)]
    if errors:
        raise BadConfiguration(errors)
    return tuple(one for one in found if one is not None)


def _organisation(entry: dict[str, Any], place: str, errors: list[tuple[str, str]]) -> OrganisationEntry | None:
    """Its parts are read one by one, so that a mistake in one hides none in another."""
    parts: dict[str, list[Any]] = {}
    for name, kind in (("accounts", AccountEntry), ("staff", StaffLine), ("funds", FundLine)):
        listed = entry.get(name, [])
        rows = listed if isinstance(listed, list) else [listed]
        parts[name] = [_read(row, kind, f"{place}.{name}[{number}]", errors) for number, row in enumerate(rows)]
    own = {name: value for name, value in entry.items() if name not in parts}
    read = _read(own, OrganisationEntry, place, errors)
    if read is None:
        return None
    if read.country not in COUNTRIES:
        errors.append((f"{place}.country", f"must be one of {', '.join(COUNTRIES)}"))
    elif read.language not in LANGUAGES:
        errors.append((f"{place}.language", f"must be one of {', '.join(LANGUAGES)}"))
    else:
        for number, member in enumerate(parts["staff"]):
            if member is not None:
                _check_phone(member.phone, read.country, f"{place}.staff[{number}].phone", errors)
    for number, account in enumerate(parts["accounts"]):
        if account is not None and account.provider == MAIL:
            _check_mail(account, f"{place}.accounts[{number}]", errors)
    if not 0 < read.least <= read.most:
        errors.append((f"{place}.least", "must be more than 0 and not more than `most`"))
    if read.tolerance is not None and read.tolerance < 0:
        errors.append((f"{place}.tolerance", "must not be below 0"))
    _check_approvals(read.approvals, f"{place}.approvals", errors)
    if unfit := [strategy.value for strategy in read.strategies if strategy not in DEFAULT_ORDER]:
        errors.append(
            (f"{place}.strategies", f"{unfit[0]} is not one to choose: {', '.join(s.value for s in DEFAULT_ORDER)}")
        )
    return msgspec.structs.replace(
        read,
        accounts=tuple(account for account in parts["accounts"] if account),
        staff=tuple(member for member in parts["staff"] if member),
        funds=tuple(fund for fund in parts["funds"] if fund),
    )


def _read(value: Any, kind: type[T], place: str, errors: list[tuple[str, str]]) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        errors.append((place + where.rstrip("`"), what[:1].lower() + what[1:]))
        return None


def _check_approvals(read: ApprovalsEntry, place: str, errors: list[tuple[str, str]]) -> None:
    if read.code_above is not None and read.code_above < 0:
        errors.append((f"{place}.code_above", "must not be below 0"))
    if read.hours is not None and not 1 <= read.hours <= MOST_HOURS:
        errors.append((f"{place}.hours", f"must be from 1 to {MOST_HOURS}"))
    tiers = read.tiers or ()
    for number, tier in enumerate(tiers):
        fewest = 0 if tier.kind in INSIDE else 1
        if not fewest <= tier.people <= MOST_CHECKERS:
            errors.append((f"{place}.tiers[{number}].people", f"must be from {fewest} to {MOST_CHECKERS}"))
        if not tier.roles or not set(tier.roles) <= TABLE[Action.DECIDE]:
            may = ", ".join(sorted(role.value for role in TABLE[Action.DECIDE]))
            errors.append((f"{place}.tiers[{number}].roles", f"must be some of {may}"))
    kinds = {tier.kind for tier in tiers}
    if tiers:
        kinds.add(None)
    for kind in sorted(kinds, key=str):
        own = [tier.up_to for tier in tiers if tier.kind is kind]
        if own.count(None) != 1 or len(set(own)) != len(own):
            of = f" of {kind.value}" if kind else ""
            errors.append((f"{place}.tiers", f"each `up_to`{of} must stand once, and one tier must have none"))


def _check_phone(phone: str, country: str, place: str, errors: list[tuple[str, str]]) -> None:
    try:
        Msisdn.parse(phone, country_code=COUNTRIES[country].calling_code)
    except NotAPhone:
        errors.append((place, "is not a phone number"))


def _check_mail(account: AccountEntry, place: str, errors: list[tuple[str, str]]) -> None:
    """Its `shortcode` is the address that mails come from."""
    try:
        account_of(account.shortcode, account.settings, account.credentials)
    except ValueError as error:
        errors.append((place, str(error)))


# --- the command --------------------------------------------------------------------------------------------------------


async def run(opened: Opened, args: SetupArgs, operator: Operator) -> AsyncGenerator[SetUpLine, None]:
    """Set up each organisation in a transaction of its own, then take up the changes where something runs."""
    operator.require(Action.SETUP)
    app = opened.app
    known = {one.slug: one.id for one in await app.read(organisations.all_organisations)}
    for entry in args.organisations:
        if operator.organisation is not None and known.get(entry.slug) != operator.organisation:
            raise NotPermitted(Action.SETUP.value)
    for entry in args.organisations:
        before = await app.read(_policy, known.get(entry.slug))
        id_ = await app.write(set_up, _wish(opened, entry, operator))
        now = await app.read(_policy, id_)
        if entry.funds:
            await app.write(save_funds, SaveFunds(id_, tuple(map(_fund, entry.funds)), operator.actor))
        mine = [one for one in await app.read(organisations.connections) if one.account.organisation == id_]
        hooks = {
            f"{one.account.provider} {one.account.shortcode}": hook_url(
                opened.config.public_url, one.hook_key, clear=args.clear
            )
            for one in mine
        }
        stays = await app.read(_stays, id_, entry)
        changed = [before, now] if entry.slug in known and before != now else []
        yield SetUpLine(entry.slug, id_, entry.slug not in known, hooks, stays, changed)
    await opened.rewire()


def _policy(tx: Tx, id_: OrganisationId | None) -> str:
    return "" if id_ is None else spelt(organisations.approval_policy(tx, id_), organisations.by_id(tx, id_).currency)


def _stays(tx: Tx, id_: OrganisationId, entry: OrganisationEntry) -> list[str]:
    """Everybody in the file who is another here, has another role, or left; and accounts that speak to another house."""
    code, found = COUNTRIES[entry.country].calling_code, []
    here = sorted(organisations.staff_of(tx, id_), key=lambda one: not one.is_disabled)
    by_phone = {one.msisdn: one for one in here}  # who works here comes last, and counts
    for line in entry.staff:
        one = by_phone[Msisdn.parse(line.phone, country_code=code)]
        if one.is_disabled or (one.name, one.role) != (line.name, line.role):
            now = "disabled" if one.is_disabled else one.role.value
            found.append(f"{line.name}, {line.role.value} in the file, stays as here: {one.name}, {now}")
    for account in entry.accounts:
        there = organisations.account_named(tx, id_, account.provider, account.shortcode)
        if there is None or not was_switched_by_hand(tx, there):
            continue
        if account.environment is None and account.credentials:
            name_it = "the file's credentials were not entered: say for which environment they are"
            found.append(f"{account.provider} {account.shortcode}, {name_it}")
        elif account.environment not in (None, there.environment):
            is_so = f"{account.environment} in the file, stays as here: {there.environment} (karani providers switch)"
            found.append(f"{account.provider} {account.shortcode}, {is_so}")
    return found


def _fund(line: FundLine) -> FundEntry:
    return FundEntry(**msgspec.structs.asdict(line))


def _wish(opened: Opened, entry: OrganisationEntry, operator: Operator) -> SetUp:
    country = COUNTRIES[entry.country]
    return SetUp(
        slug=entry.slug,
        name=entry.name,
        kinds=entry.kinds,
        country=entry.country,
        language=entry.language,
        service_codes=entry.service_codes,
        providers=tuple(
            ProviderAccountEntry(
                account.provider,
                account.shortcode,
                account.environment,
                opened.app.random.token(HOOK_KEY_BYTES).hex(),  # of a known account the old one stays
                account.credentials,
                account.settings,
            )
            for account in entry.accounts
        ),
        actor=operator.actor,
        staff=tuple(
            StaffEntry(member.name, member.role, Msisdn.parse(member.phone, country_code=country.calling_code))
            for member in entry.staff
        ),
        least=entry.least,
        most=entry.most,
        strategies=entry.strategies,
        tolerance_minor=None if entry.tolerance is None else entry.tolerance * country.currency.unit,
        strict_references=entry.strict_references,
        tiers=None
        if entry.approvals.tiers is None
        else tuple(
            TierSetting(
                tier.people,
                tier.roles,
                None if tier.up_to is None else tier.up_to * country.currency.unit,
                tier.kind,
            )
            for tier in entry.approvals.tiers
        ),
        code_above=entry.approvals.code_above,
        approval_hours=entry.approvals.hours,
        quiet=QuietHours(entry.quiet_from, entry.quiet_until, entry.receipts_at_night),
    )


SETUP = Command(SetupArgs, SetUpLine, run, writes=True)
