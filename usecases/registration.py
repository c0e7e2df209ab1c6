"""Providers learn where to report to us: what was asked, what they answered, and who asked (PAY-14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.errors import DomainError, NotFound
from core.ids import OrganisationId, ProviderAccountId
from core.organisations import ProviderAccount
from core.permissions import Action, Actor
from core.ports import Exchanged
from storage import audit, exchanges, organisations, pulls
from storage.exchanges import Exchange, Outcome
from storage.organisations import Connection
from storage.tx import Tx
from usecases.noting import note_of
from usecases.rights import require_for

URLS, PULL = "urls", "pull"
SWITCHED = "environment_switched"
"""How the trail calls it that somebody switched an account by hand."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A provider's answer to our wish that it reports here (`urls`), or remembers for us what arrives (`pull`)."""

    account: ProviderAccountId
    what: str
    is_done: bool
    detail: str
    """Which dialect, or why not."""
    exchanged: Exchanged
    actor: Actor


def record_registration(tx: Tx, news: Registration) -> None:
    """Write down what was said; an account that is remembered for is pulled from now on. Safe to repeat."""
    account = _own(tx, news.account, news.actor)
    said = Exchange(
        provider=account.provider,
        direction="out",
        operation=news.exchanged.operation,
        request=news.exchanged.request,
        response=news.exchanged.response,
        outcome=Outcome.ACCEPTED if news.is_done else Outcome.REJECTED,
        organisation=account.organisation,
        provider_account=account.id,
        detail=news.detail,
        latency_ms=news.exchanged.latency_ms,
    )
    exchanges.keep(tx, [said])
    if not news.is_done:
        return
    if news.what == PULL:
        pulls.register(tx, account)
    _note(tx, account, news.actor, f"{news.what}_registered", news.detail)


@dataclass(eq=False)
class NoCredentials(DomainError):
    """Nothing was entered for that environment of the account."""

    code: ClassVar[str] = "no_credentials"
    environment: str


@dataclass(frozen=True, slots=True)
class SwitchEnvironment:
    """Speak to the provider's sandbox, or to where money is real."""

    account: ProviderAccountId
    environment: str
    actor: Actor


def switch_environment(tx: Tx, wish: SwitchEnvironment) -> str:
    """The account's other house; what it was before. Each has credentials of its own, which stay. Raises `NoCredentials`."""
    account = _own(tx, wish.account, wish.actor)
    if not organisations.switch_environment(tx, account.id, wish.environment):
        raise NoCredentials(wish.environment)
    _note(tx, account, wish.actor, SWITCHED, before=account.environment, after=wish.environment)
    return account.environment


@dataclass(eq=False)
class OldKeyCounts(DomainError):
    """The callback key before this one is in force still: a third would put it out, and its provider with it."""

    code: ClassVar[str] = "old_key_counts"
    shortcode: str


@dataclass(frozen=True, slots=True)
class ChangeHookKey:
    """Another unguessable part of an account's callback URLs, drawn at the edge."""

    account: ProviderAccountId
    key: str
    actor: Actor


def change_hook_key(tx: Tx, wish: ChangeHookKey) -> None:
    """The provider is told the new address; both count until the old key is retired. Raises `OldKeyCounts`."""
    account = _own(tx, wish.account, wish.actor)
    if not organisations.change_hook_key(tx, account.id, wish.key):
        raise OldKeyCounts(account.shortcode)
    _note(tx, account, wish.actor, "hook_key_changed")


@dataclass(frozen=True, slots=True)
class RetireHookKey:
    account: ProviderAccountId
    actor: Actor


def retire_hook_key(tx: Tx, wish: RetireHookKey) -> None:
    """Whoever knows the old key is a stranger from now on. Raises `NotFound` when there is none."""
    account = _own(tx, wish.account, wish.actor)
    if not organisations.retire_hook_key(tx, account.id):
        raise NotFound("old key", account.shortcode)
    _note(tx, account, wish.actor, "hook_key_retired")


def _own(tx: Tx, id_: ProviderAccountId, actor: Actor) -> ProviderAccount:
    """The account, for whoever sets its organisation up."""
    account = organisations.provider_accounts_of(tx, [id_]).get(id_)
    if account is None:
        raise NotFound("provider account", id_.hex)
    require_for(tx, actor, Action.SETUP, account.organisation, what="provider account", name=account.shortcode)
    return account


def _note(
    tx: Tx,
    account: ProviderAccount,
    by: Actor,
    action: str,
    detail: str = "",
    *,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """The trail names the account as people know it."""
    why = f"{account.shortcode} {detail}".strip()
    note_of(
        tx, by, account.organisation, action, "provider_account", account.id, before=before, after=after, reason=why
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """A provider account as its keepers see it: what is entered, never what it is."""

    connection: Connection
    organisation: str
    urls_at: datetime | None
    """When its addresses were last registered by us."""
    pull_at: datetime | None
    pulled_until: datetime | None
    found: int
    """Payments that only a pull told of."""


def standings(tx: Tx, organisation: OrganisationId | None) -> list[Standing]:
    """Every provider account, or those of one organisation."""
    slugs = {one.id: one.slug for one in organisations.all_organisations(tx)}
    pulled = {one.account.id: one for one in pulls.all_pulled(tx)}
    found = []
    for connection in organisations.connections(tx):
        account = connection.account
        if organisation not in (None, account.organisation):
            continue
        registered = [one.at for one in audit.history(tx, account.id) if one.change.action == f"{URLS}_registered"]
        pull = pulled.get(account.id)
        found.append(
            Standing(
                connection,
                slugs[account.organisation],
                registered[-1] if registered else None,
                pull.registered_at if pull else None,
                pull.covered_until if pull else None,
                pull.found if pull else 0,
            )
        )
    return found
