"""Organisations, their provider accounts, service codes and staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from core.application import DEFAULT_ORDER, Rules, Strategy
from core.approvals import ApprovalPolicy, SubjectKind, Tier, tiers_of
from core.errors import NotFound
from core.ids import OrganisationId, ProviderAccountId, StaffId
from core.mail import MailAddress
from core.money import Currency, Money
from core.organisations import GATEWAYS, Kind, Limits, Policy, ProviderAccount
from core.permissions import Role
from core.phones import Msisdn
from core.preferences import QuietHours
from storage.fast import Lookup, Query
from storage.tables import organisations, provider_accounts, service_codes, staff
from storage.tx import Tx


class TierSetting(msgspec.Struct, frozen=True):
    """A tier of the approval policy (`core.approvals.Tier`)."""

    people: int
    roles: tuple[Role, ...]
    up_to_minor: int | None = None
    kind: SubjectKind | None = None


class Settings(msgspec.Struct, frozen=True):
    """What an organisation may set, as kept in the `settings` column (JSON). Limits are in minor units."""

    least_minor: int
    most_minor: int
    tolerance_minor: int
    strategies: tuple[Strategy, ...] = DEFAULT_ORDER
    strict_references: bool = False
    quiet_from: time = time(21, 0)
    quiet_until: time = time(7, 0)
    receipts_at_night: bool = False
    tiers: tuple[TierSetting, ...] = ()
    """Of approvals; none means the default."""
    code_above_minor: int = 0
    approval_hours: int = 72


@lru_cache(maxsize=4_096)
def _policy(settings: str, currency: Currency) -> Policy:
    read = msgspec.json.decode(settings, type=Settings)
    return Policy(
        rules=Rules(read.strategies, read.tolerance_minor),
        limits=Limits(Money(read.least_minor, currency), Money(read.most_minor, currency)),
        strict_references=read.strict_references,
    )


_ACCOUNT_COLUMNS = (
    provider_accounts.c.id,
    provider_accounts.c.organisation_id,
    organisations.c.name,
    provider_accounts.c.provider,
    provider_accounts.c.environment,
    provider_accounts.c.shortcode,
    provider_accounts.c.currency,
    organisations.c.time_zone,
    organisations.c.settings,
)
_ACCOUNTS = sa.select(*_ACCOUNT_COLUMNS).join(organisations, organisations.c.id == provider_accounts.c.organisation_id)
_BY_ID = Lookup(_ACCOUNTS, provider_accounts.c.id)


def _account(row: Sequence[Any]) -> ProviderAccount:
    id_, organisation, name, provider, environment, shortcode, code, time_zone, settings = row
    currency = Currency[code]
    return ProviderAccount(
        id_, organisation, name, provider, environment, shortcode, currency, time_zone, _policy(settings, currency)
    )


def provider_accounts_of(tx: Tx, ids: Iterable[ProviderAccountId]) -> dict[ProviderAccountId, ProviderAccount]:
    """Provider accounts by id, with the policy of their organisation."""
    return {row[0]: _account(row) for row in _BY_ID(tx, sorted(set(ids)))}


_RAIL = provider_accounts.c.provider.not_in([sa.literal(name) for name in sorted(GATEWAYS)])
_FIRST = (provider_accounts.c.created_at, provider_accounts.c.id)
_MAIN = Query(
    _ACCOUNTS.where(_RAIL, provider_accounts.c.organisation_id == sa.bindparam("organisation")).order_by(*_FIRST)
)
_BEHIND = Query(
    _ACCOUNTS.add_columns(organisations.c.country, organisations.c.kinds)
    .join(service_codes, service_codes.c.organisation_id == organisations.c.id)
    .where(_RAIL, service_codes.c.code == sa.bindparam("code"))
    .order_by(organisations.c.name, organisations.c.id, *_FIRST)
)


def main_account(tx: Tx, organisation: OrganisationId) -> ProviderAccount | None:
    """The provider account that prompts for this organisation's money: the first that was set up."""
    rows = _MAIN(tx, organisation=organisation)
    return _account(rows[0]) if rows else None


def providers(tx: Tx, organisation: OrganisationId) -> list[str]:
    """The providers by which this organisation takes money, by name."""
    return sorted({row[3] for row in _MAIN(tx, organisation=organisation)})


class Behind(NamedTuple):
    """An organisation that answers under a code: its main account, its country, and whether it lends."""

    account: ProviderAccount
    country: str
    lends: bool


def behind(tx: Tx, service_code: str) -> list[Behind]:
    """The organisations that answer under a code, by name."""
    found: dict[OrganisationId, Behind] = {}
    for *columns, country, kinds in _BEHIND(tx, code=service_code):
        found.setdefault(columns[1], Behind(_account(columns), country, lends(kinds.split(","))))
    return list(found.values())


def lends(kinds: Iterable[str]) -> bool:
    """Is a lender among the kinds of an organisation?"""
    return Kind.LENDER.value in kinds


@dataclass(frozen=True, slots=True)
class Connection:
    """A provider account with what is needed to speak to the provider, and the settings of its dialect."""

    account: ProviderAccount
    country: str
    hook_key: str
    """The unguessable part of the callback URLs that we give to the provider."""
    old_hook_key: str | None
    """The one before, while it counts as well."""
    credentials: Mapping[str, str]
    settings: Mapping[str, str]
    service_codes: tuple[str, ...]


def connections(tx: Tx) -> list[Connection]:
    """All provider accounts with their opened credentials. Only `wiring.py` asks, to wire rails and hooks."""
    codes: dict[OrganisationId, list[str]] = {}
    for code, organisation in tx.connection.execute(sa.select(service_codes).order_by(service_codes.c.code)):
        codes.setdefault(organisation, []).append(code)
    rows = tx.connection.execute(
        _ACCOUNTS.add_columns(
            organisations.c.country,
            provider_accounts.c.hook_sealed,
            provider_accounts.c.old_hook_sealed,
            provider_accounts.c.credentials_sealed,
            provider_accounts.c.settings.label("own_settings"),
        ).order_by(provider_accounts.c.created_at, provider_accounts.c.id)
    )
    return [
        Connection(
            account=_account(row[:9]),
            country=row.country,
            hook_key=tx.vault.open_text(row.hook_sealed),
            old_hook_key=tx.vault.open_text(row.old_hook_sealed) if row.old_hook_sealed else None,
            credentials=_credentials(tx, row.credentials_sealed).get(row.environment, {}),
            settings=msgspec.json.decode(row.own_settings, type=dict[str, str]),
            service_codes=tuple(codes.get(row.organisation_id, ())),
        )
        for row in rows
    ]


def code_of(tx: Tx, organisation: OrganisationId) -> str:
    """The USSD code that an organisation's people dial; "" without one."""
    codes = sa.select(service_codes.c.code).where(
        service_codes.c.organisation_id == organisation, service_codes.c.code.startswith("*")
    )
    return tx.connection.scalar(codes.order_by(service_codes.c.code).limit(1)) or ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation, as operators and the demo's page list it."""

    id: OrganisationId
    slug: str
    name: str
    kinds: tuple[str, ...]
    country: str
    currency: Currency
    time_zone: str
    language: str

    def local_day(self, moment: datetime) -> date:
        """The day that it is there."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def midnight(self, day: date) -> datetime:
        """When that day begins there."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone))


def all_organisations(tx: Tx) -> list[Organisation]:
    return [organisation for organisation, _ in with_birthdays(tx)]


def with_birthdays(tx: Tx) -> list[tuple[Organisation, datetime]]:
    """Every organisation, and since when it is here."""
    return [
        (
            Organisation(id_, slug, name, tuple(kinds.split(",")), country, Currency[code], time_zone, language),
            created_at,
        )
        for id_, slug, name, kinds, country, code, time_zone, language, created_at in _ALL(tx)
    ]


_ALL = Query(
    sa.select(
        *(organisations.c[name] for name in ("id", "slug", "name", "kinds", "country", "currency", "time_zone")),
        *(organisations.c.language, organisations.c.created_at),
    ).order_by(organisations.c.slug)
)


def language_of(tx: Tx, organisation: OrganisationId) -> str:
    """What the organisation speaks to those who chose nothing."""
    query = sa.select(organisations.c.language).where(organisations.c.id == organisation)
    return str(tx.connection.scalar(query))


@dataclass(frozen=True, slots=True)
class Voice:
    """How an organisation speaks to people: its name, its language where they chose none, its clock, its quiet hours."""

    name: str
    language: str
    time_zone: str
    quiet: QuietHours


_VOICES = Lookup(
    sa.select(
        organisations.c.id,
        organisations.c.name,
        organisations.c.language,
        organisations.c.time_zone,
        organisations.c.settings,
    ),
    organisations.c.id,
)


def voices(tx: Tx, ids: Iterable[OrganisationId]) -> dict[OrganisationId, Voice]:
    rows = _VOICES(tx, sorted(set(ids)))
    return {id_: Voice(name, language, zone, _quiet(settings)) for id_, name, language, zone, settings in rows}


@lru_cache(maxsize=4_096)
def _quiet(settings: str) -> QuietHours:
    read = msgspec.json.decode(settings, type=Settings)
    return QuietHours(read.quiet_from, read.quiet_until, read.receipts_at_night)


def settings_of(tx: Tx, id_: OrganisationId) -> Settings:
    """What an organisation has set."""
    query = sa.select(organisations.c.settings).where(organisations.c.id == id_)
    return msgspec.json.decode(tx.connection.execute(query).scalar_one(), type=Settings)


def approval_policy(tx: Tx, id_: OrganisationId) -> ApprovalPolicy:
    """Who must say yes to what at this organisation."""
    query = sa.select(organisations.c.settings, organisations.c.currency).where(organisations.c.id == id_)
    settings, currency = tx.connection.execute(query).one()
    return _approval_policy(settings, Currency[currency])


@lru_cache(maxsize=4_096)
def _approval_policy(settings: str, currency: Currency) -> ApprovalPolicy:
    read = msgspec.json.decode(settings, type=Settings)
    tiers = tuple(Tier(tier.up_to_minor, tier.people, frozenset(tier.roles), tier.kind) for tier in read.tiers)
    lasts = timedelta(hours=read.approval_hours)
    return ApprovalPolicy(tiers_of(tiers, currency.unit), read.code_above_minor, lasts)


def by_id(tx: Tx, id_: OrganisationId) -> Organisation:
    """The organisation of this id. Raises `NotFound`."""
    for organisation in all_organisations(tx):
        if organisation.id == id_:
            return organisation
    raise NotFound("organisation", id_.hex)


def by_slug(tx: Tx, slug: str) -> Organisation | None:
    return next((organisation for organisation in all_organisations(tx) if organisation.slug == slug), None)


def add_organisation(tx: Tx, organisation: Organisation, settings: Settings) -> None:
    """Add an organisation, or change the settings, name and language of the one with this id."""
    values = {
        "slug": organisation.slug,
        "name": organisation.name,
        "kinds": ",".join(organisation.kinds),
        "country": organisation.country,
        "currency": organisation.currency.code,
        "time_zone": organisation.time_zone,
        "language": organisation.language,
        "settings": msgspec.json.encode(settings).decode(),
    }
    changed = tx.connection.execute(
        sa.update(organisations).where(organisations.c.id == organisation.id).values(values)
    )
    if not changed.rowcount:
        tx.connection.execute(sa.insert(organisations).values(id=organisation.id, created_at=tx.now, **values))


def account_named(
    tx: Tx, organisation: OrganisationId, provider: str, shortcode: str, *, lock: bool = False
) -> ProviderAccount | None:
    """An organisation's account at a provider, by the name that it has there."""
    known = _ACCOUNTS.where(_named(organisation, provider, shortcode))
    row = tx.connection.execute(
        known.with_for_update(of=provider_accounts, key_share=True) if lock else known
    ).one_or_none()
    return _account(row) if row is not None else None


def _named(organisation: OrganisationId, provider: str, shortcode: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        provider_accounts.c.organisation_id == organisation,
        provider_accounts.c.provider == provider,
        provider_accounts.c.shortcode == shortcode,
    )


def save_provider_account(
    tx: Tx,
    account: ProviderAccount,
    *,
    entered_for: str,
    credentials: Mapping[str, str],
    settings: Mapping[str, str],
    hook_key: str,
) -> None:
    """Add a provider account, or replace the settings of a known one, and its credentials of the environment that they were
    `entered_for`. Its hook key stays, and so do credentials when none are given (whoever changes a setting need not hold the
    secrets) and those of its other environment: the sandbox's never speak to the provider's real house."""
    known = _named(account.organisation, account.provider, account.shortcode)
    row = tx.connection.execute(sa.select(provider_accounts.c.credentials_sealed).where(known)).one_or_none()
    kept = _credentials(tx, row.credentials_sealed) if row is not None else {}
    if credentials or entered_for not in kept:
        kept = {**kept, entered_for: dict(credentials)}
    values: dict[str, Any] = {
        "environment": account.environment,
        "settings": msgspec.json.encode(dict(settings)).decode(),
        "credentials_sealed": tx.vault.seal(msgspec.json.encode(kept)),
    }
    if row is not None:
        tx.connection.execute(sa.update(provider_accounts).where(known).values(values))
        return
    tx.connection.execute(
        sa.insert(provider_accounts).values(
            id=account.id,
            organisation_id=account.organisation,
            provider=account.provider,
            shortcode=account.shortcode,
            currency=account.currency.code,
            hook_sealed=tx.vault.seal_text(hook_key),
            hook_index=tx.vault.index("hook", hook_key),
            created_at=tx.now,
            **values,
        )
    )


def _credentials(tx: Tx, sealed: bytes) -> dict[str, dict[str, str]]:
    """Of each environment of an account, by its name."""
    return msgspec.json.decode(tx.vault.open(sealed), type=dict[str, dict[str, str]])


def switch_environment(tx: Tx, account: ProviderAccountId, environment: str) -> bool:
    """From now on the provider's other house is spoken to, with the credentials entered for it. False when there are none."""
    mine = provider_accounts.c.id == account
    sealed = tx.connection.execute(sa.select(provider_accounts.c.credentials_sealed).where(mine)).scalar_one()
    if not any(_credentials(tx, sealed).get(environment, {}).values()):
        return False
    tx.connection.execute(sa.update(provider_accounts).where(mine).values(environment=environment))
    return True


def change_hook_key(tx: Tx, account: ProviderAccountId, key: str) -> bool:
    """From now on callbacks are expected under `key`, and under the one before until it is retired. False while there is one
    to retire still."""
    mine = sa.and_(provider_accounts.c.id == account, provider_accounts.c.old_hook_sealed.is_(None))
    values = {
        "old_hook_sealed": provider_accounts.c.hook_sealed,
        "hook_sealed": tx.vault.seal_text(key),
        "hook_index": tx.vault.index("hook", key),
    }
    return tx.connection.execute(sa.update(provider_accounts).where(mine).values(values)).rowcount == 1


def retire_hook_key(tx: Tx, account: ProviderAccountId) -> bool:
    """The key before counts no more. False when there is none."""
    mine = sa.and_(provider_accounts.c.id == account, provider_accounts.c.old_hook_sealed.is_not(None))
    return tx.connection.execute(sa.update(provider_accounts).where(mine).values(old_hook_sealed=None)).rowcount == 1


def set_service_codes(tx: Tx, organisation: OrganisationId, codes: Iterable[str]) -> None:
    """The USSD codes and short codes under which the organisation answers; several may share one (ORG-3)."""
    tx.connection.execute(sa.delete(service_codes).where(service_codes.c.organisation_id == organisation))
    for code in sorted(set(codes)):
        tx.connection.execute(sa.insert(service_codes).values(code=code, organisation_id=organisation))


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: StaffId
    organisation: OrganisationId
    name: str
    role: Role
    msisdn: Msisdn
    user_name: str | None = None
    language: str | None = None
    """None takes the organisation's."""
    is_disabled: bool = False
    mail: MailAddress | None = None


def add_staff(tx: Tx, member: StaffMember) -> None:
    """Add a staff member. The database refuses a phone with which somebody works there."""
    tx.connection.execute(
        sa.insert(staff).values(
            id=member.id,
            organisation_id=member.organisation,
            name=member.name,
            role=member.role.value,
            msisdn_sealed=tx.vault.seal_text(member.msisdn.digits),
            msisdn_index=tx.vault.phone_index(member.msisdn.digits),
            created_at=tx.now,
        )
    )


def staff_of(tx: Tx, organisation: OrganisationId) -> list[StaffMember]:
    """All who work there or did, by name."""
    rows = tx.connection.execute(
        sa.select(staff).where(staff.c.organisation_id == organisation).order_by(staff.c.name, staff.c.id)
    )
    return [_member(tx, row) for row in rows]


def staff_by_id(tx: Tx, id_: StaffId, *, lock: bool = False) -> StaffMember | None:
    query = sa.select(staff).where(staff.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _member(tx, row) if row is not None else None


def staff_by_ids(tx: Tx, ids: Iterable[StaffId]) -> dict[StaffId, StaffMember]:
    """Several, by one question."""
    rows = tx.connection.execute(sa.select(staff).where(staff.c.id.in_(sorted(ids)))).all()
    return {row.id: _member(tx, row) for row in rows}


def staff_named(tx: Tx, name: str) -> StaffMember | None:
    """The only staff member of that name or user name over all organisations, for `--as`; None when there are none or
    several. Who was disabled is none."""
    rows = tx.connection.execute(
        sa.select(staff).where(sa.or_(staff.c.name == name, staff.c.user_name == name), staff.c.disabled_at.is_(None))
    ).all()
    return _member(tx, rows[0]) if len(rows) == 1 else None


def _member(tx: Tx, row: sa.Row[Any]) -> StaffMember:
    return StaffMember(
        row.id,
        row.organisation_id,
        row.name,
        Role(row.role),
        Msisdn(tx.vault.open_text(row.msisdn_sealed)),
        row.user_name,
        row.language,
        row.disabled_at is not None,
        MailAddress(tx.vault.open_text(row.mail_sealed)) if row.mail_sealed else None,
    )
