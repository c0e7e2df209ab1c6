"""What the pull of an account brought: how far it was read, what could not be read, and who waits for it (PAY-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import NotFound
from core.ids import ProviderAccountId
from core.organisations import ProviderAccount
from core.permissions import Action, Actor, require
from core.ports import PulledRow
from storage import audit, exchanges, organisations, pulls
from storage.audit import Change
from storage.exchanges import Exchange, Outcome
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class RegisterPull:
    """The provider now remembers for us what arrives at this account."""

    account: ProviderAccountId
    actor: Actor


def pull_registered(tx: Tx, wish: RegisterPull) -> None:
    """From now on the account is pulled. Safe to repeat."""
    require(wish.actor, Action.SETUP)
    account = organisations.provider_accounts_of(tx, [wish.account]).get(wish.account)
    if account is None:
        raise NotFound("provider account", wish.account.hex)
    pulls.register(tx, account)
    sequence = audit.next_sequence(tx, account.id)
    change = Change(
        account.organisation, "pull_registered", "provider_account", account.id, sequence, None, None, account.shortcode
    )
    audit.record(tx, [(change, wish.actor)])


@dataclass(frozen=True, slots=True)
class Pulled:
    """A whole window was read, and all that it told is written down. `found`: payments nobody had told us of."""

    account: ProviderAccount
    until: datetime
    found: int
    gap_since: datetime | None
    gap_until: datetime
    trace: str


def end_pull(tx: Tx, done: Pulled) -> None:
    """The mark moves. What was out of the provider's reach is shown to people once: a statement must tell."""
    pulls.covered(tx, done.account.id, until=done.until, found=done.found)
    if done.gap_since is not None:
        missing = f"not told between {done.gap_since:%Y-%m-%d %H:%M} and {done.gap_until:%Y-%m-%d %H:%M} UTC"
        keep_pulled(tx, Unheard(done.account, (PulledRow(b"", None, missing),), done.trace))


@dataclass(frozen=True, slots=True)
class Unheard:
    """Lines of a pull that could not be read, or that we failed to handle."""

    account: ProviderAccount
    rows: Sequence[PulledRow]
    trace: str


def keep_pulled(tx: Tx, unheard: Unheard) -> None:
    """Keep them for people, each once however often it is pulled."""
    account = unheard.account
    for row in unheard.rows:
        detail = f"pulled: {row.why} {row.raw.decode(errors='replace')}".strip()[: exchanges.LONGEST_DETAIL]
        if exchanges.is_noted(tx, account.id, detail):
            continue
        said = Exchange(
            provider=account.provider,
            direction="in",
            operation="pull",
            request=row.raw,
            outcome=Outcome.UNREAD,
            organisation=account.organisation,
            provider_account=account.id,
            detail=detail,
            trace=unheard.trace,
        )
        exchanges.keep(tx, [said])


def want_pull(tx: Tx, account: ProviderAccountId) -> bool:
    """Somebody waits for an answer: pull this account soon. False when it is not pulled at all."""
    return pulls.want(tx, account)
