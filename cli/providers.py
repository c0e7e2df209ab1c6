"""Provider accounts: what is entered, registration of our addresses at the provider, and a test payment (PAY-14)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal

import msgspec

from cli.doctor import hook_url
from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from cli.setup import HOOK_KEY_BYTES
from core.errors import NotFound, Unavailable
from core.money import parse_typed
from core.organisations import COUNTRIES
from core.payments import WAITING, Part
from core.permissions import Action
from core.phones import Msisdn
from providers.mpesa.client import MpesaRail, ResponseType, UrlsRegistered
from storage import callers, payments
from storage.organisations import connections
from usecases.commands import RequestPayment
from usecases.prompts import request_payment
from usecases.registration import (
    PULL,
    URLS,
    ChangeHookKey,
    Registration,
    RetireHookKey,
    Standing,
    SwitchEnvironment,
    change_hook_key,
    record_registration,
    retire_hook_key,
    standings,
    switch_environment,
)


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


class ProviderLine(msgspec.Struct, frozen=True):
    """One account at a provider. Of credentials only the names are ever shown."""

    organisation: str
    provider: str
    shortcode: str
    environment: str
    credentials: list[str]
    missing: list[str]
    """Named, and empty."""
    urls_registered: datetime | None
    pull_registered: datetime | None
    pulled_until: datetime | None
    found_by_pull: int


async def list_providers(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[ProviderLine, None]:
    """A line an account."""
    operator.require(Action.SETUP)
    organisation = await operator.scope(opened.app, args.organisation)
    for one in await opened.app.read(standings, organisation.id if organisation else None):
        account, credentials = one.connection.account, one.connection.credentials
        yield ProviderLine(
            one.organisation,
            account.provider,
            account.shortcode,
            account.environment,
            sorted(name for name, value in credentials.items() if value),
            sorted(name for name, value in credentials.items() if not value),
            one.urls_at,
            one.pull_at,
            one.pulled_until,
            one.found,
        )


class RegisterArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`phones` is the dialect in which payers are hidden: v1 hashes their numbers, v2 masks them. `unanswered` is what the
    provider does when our validation is silent. `nominated` is the number on the short code's own record: the pull needs it."""

    organisation: str | None = None
    shortcode: str | None = None
    phones: Literal["v1", "v2"] = "v2"
    unanswered: Literal["Completed", "Cancelled"] = "Completed"
    nominated: str | None = None


class RegisteredLine(msgspec.Struct, frozen=True):
    shortcode: str
    what: str
    state: str
    """ok, or refused, or unavailable."""
    detail: str


async def register(opened: Opened, args: RegisterArgs, operator: Operator) -> AsyncGenerator[RegisteredLine, None]:
    """Tell the provider where to report, and to remember what arrives. Each answer is written down. Safe to repeat."""
    operator.require(Action.SETUP)
    for one in await _meant(opened, args.organisation, args.shortcode, operator):
        account = one.connection.account
        rail: object = opened.app.rails.get(account.id)
        if not isinstance(rail, MpesaRail):
            continue
        hooks = hook_url(opened.config.public_url, one.connection.hook_key, clear=True)
        try:
            answer, exchanged = await rail.register_urls(
                confirmation_url=f"{hooks}c2b/confirmation",
                validation_url=f"{hooks}c2b/validation",
                response_type=ResponseType(args.unanswered),
                version=args.phones,
            )
            is_done = isinstance(answer, UrlsRegistered)
            detail = _detail(answer, args.phones)
            news = Registration(account.id, URLS, is_done, detail, exchanged, operator.actor)
            await opened.app.write(record_registration, news)
            yield RegisteredLine(account.shortcode, URLS, "ok" if is_done else "refused", detail)
            if args.nominated is None:
                continue
            nominated = Msisdn.parse(args.nominated, country_code=COUNTRIES[one.connection.country].calling_code)
            answer, exchanged = await rail.register_pull(nominated=nominated, callback_url=f"{hooks}c2b/confirmation")
            is_done, detail = isinstance(answer, UrlsRegistered), _detail(answer, "")
            news = Registration(account.id, PULL, is_done, detail, exchanged, operator.actor)
            await opened.app.write(record_registration, news)
            yield RegisteredLine(account.shortcode, PULL, "ok" if is_done else "refused", detail)
        except Unavailable as down:
            yield RegisteredLine(account.shortcode, URLS, "unavailable", str(down))


def _detail(answer: object, dialect: str) -> str:
    if isinstance(answer, UrlsRegistered):
        before = "(was registered before: only the provider's portal can change it)" if answer.already else ""
        return f"{dialect} {before}".strip()
    return " ".join(str(getattr(answer, name, "")) for name in ("code", "detail")).strip()


async def _meant(opened: Opened, organisation: str | None, shortcode: str | None, operator: Operator) -> list[Standing]:
    """The accounts that take money and are spoken of. Raises `NotFound` when there are none."""
    scope = await operator.scope(opened.app, organisation)
    found = [
        one
        for one in await opened.app.read(standings, scope.id if scope else None)
        if one.connection.account.id in opened.app.rails and shortcode in (None, one.connection.account.shortcode)
    ]
    if not found:
        raise NotFound("provider account", shortcode or organisation or "")
    return found


class SwitchArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`environment`: the provider's sandbox, or where money is real. Each has credentials of its own (`karani setup`)."""

    environment: Literal["sandbox", "production"]
    shortcode: str
    organisation: str | None = None


class SwitchedLine(msgspec.Struct, frozen=True):
    shortcode: str
    before: str
    now: str


async def switch(opened: Opened, args: SwitchArgs, operator: Operator) -> AsyncGenerator[SwitchedLine, None]:
    """Speak to the other of a provider's two houses, at once. Register there, too: it knows nothing of the first."""
    operator.require(Action.SETUP)
    for one in await _meant(opened, args.organisation, args.shortcode, operator):
        wish = SwitchEnvironment(one.connection.account.id, args.environment, operator.actor)
        before = await opened.app.write(switch_environment, wish)
        yield SwitchedLine(args.shortcode, before, args.environment)
    await opened.rewire()


class RekeyArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`retire`: the key before counts no more. `clear` shows the whole address, for whoever enters it at the provider."""

    shortcode: str
    organisation: str | None = None
    retire: bool = False
    clear: bool = False


class RekeyedLine(msgspec.Struct, frozen=True):
    provider: str
    shortcode: str
    address: str
    is_retired: bool
    """Only this address counts now; else the old one does as well."""


async def rekey(opened: Opened, args: RekeyArgs, operator: Operator) -> AsyncGenerator[RekeyedLine, None]:
    """A new unguessable part of the addresses that a provider calls, because the old one is known to others."""
    operator.require(Action.SETUP)
    app, scope = opened.app, await operator.scope(opened.app, args.organisation)
    found = [
        one.connection.account
        for one in await app.read(standings, scope.id if scope else None)
        if one.connection.account.shortcode == args.shortcode
    ]
    if len(found) != 1:
        raise NotFound("provider account", args.shortcode)
    (account,) = found
    if args.retire:
        await app.write(retire_hook_key, RetireHookKey(account.id, operator.actor))
    else:
        key = app.random.token(HOOK_KEY_BYTES).hex()
        await app.write(change_hook_key, ChangeHookKey(account.id, key, operator.actor))
    await opened.rewire()
    now = next(one for one in await app.read(connections) if one.account.id == account.id)
    address = hook_url(opened.config.public_url, now.hook_key, clear=args.clear)
    yield RekeyedLine(account.provider, account.shortcode, address, args.retire)


class TrialArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask `phone` to pay `amount` whole units for the account that `reference` names, at the provider's sandbox."""

    phone: str
    reference: str
    amount: str = "1"
    organisation: str | None = None
    shortcode: str | None = None


class TrialLine(msgspec.Struct, frozen=True):
    """How far the test payment is."""

    at: datetime
    state: str
    receipt: str
    advice: str = ""


WATCHED_S = 120
"""Longer than a prompt lives, and than we need to ask about it."""


async def try_out(opened: Opened, args: TrialArgs, operator: Operator) -> AsyncGenerator[TrialLine, None]:
    """The whole way of a payment, at the provider's own sandbox: prompt, callback, entry, receipt. Real money is refused."""
    operator.require(Action.SETUP)
    app = opened.app
    one = (await _meant(opened, args.organisation, args.shortcode, operator))[0]
    account = one.connection.account
    if account.environment == "production":
        yield TrialLine(app.clock.now(), "refused", "", "this account moves real money: pay it from a phone instead")
        return
    named = await app.read(callers.account_named, account.organisation, args.reference)
    if named is None:
        raise NotFound("account", args.reference)
    amount = parse_typed(args.amount, account.currency)
    phone = Msisdn.parse(args.phone, country_code=COUNTRIES[one.connection.country].calling_code)
    wish = RequestPayment(
        intent=f"test:{app.ids.new().hex}",
        organisation=account.organisation,
        payer=phone,
        contact=None,
        parts=(Part(named[0], amount),),
        reference=named[1],
        language="en",
        trace=app.ids.new().hex,
    )
    asked = await app.write(request_payment, wish)
    before = ""
    for _ in range(WATCHED_S):
        stored = await app.read(payments.load, asked.payment)
        assert stored is not None
        payment = stored.payment
        if payment.status.value != before:
            before = payment.status.value
            yield TrialLine(app.clock.now(), before, payment.receipt or "")
        if payment.status not in WAITING:
            return
        await app.clock.sleep(1)
    yield TrialLine(app.clock.now(), before, "", "nothing more was heard: is a worker running (`karani serve`)?")


LIST = Command(ListArgs, ProviderLine, list_providers)
REGISTER = Command(RegisterArgs, RegisteredLine, register, writes=True)
SWITCH = Command(SwitchArgs, SwitchedLine, switch, writes=True)
REKEY = Command(RekeyArgs, RekeyedLine, rekey, writes=True)
TRY = Command(TrialArgs, TrialLine, try_out, writes=True)
