"""What nobody could read is read again, after a mistake of ours was mended: nothing received is lost (PAY-13)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.errors import NotFound
from core.ids import OrganisationId
from core.payments import MoneyArrived, MoneyReturned, PromptFailed
from core.permissions import Action, Actor
from storage import audit, exchanges
from storage.audit import Change
from storage.exchanges import Outcome
from storage.tx import Tx
from usecases.collection import Arrival, record_arrival
from usecases.prompts import Failure, record_failure
from usecases.reversals import Returned, record_reversal
from usecases.rights import require_for

News = MoneyArrived | MoneyReturned | PromptFailed


@dataclass(frozen=True, slots=True)
class Reprocess:
    """What the bytes of `exchange` turned out to say."""

    exchange: UUID
    organisation: OrganisationId
    news: News
    actor: Actor
    trace: str


def reprocess(tx: Tx, wish: Reprocess) -> Outcome:
    """As if it had just come, in the same transaction that ends its wait: money that another witness brought meanwhile is
    known, and credited no second time. Raises `NotFound` for what waits no more."""
    require_for(tx, wish.actor, Action.ASSIGN_SUSPENSE, wish.organisation, what="callback", name=wish.exchange.hex)
    kept = exchanges.load(tx, wish.exchange)
    if kept is None or kept.exchange.organisation != wish.organisation or not exchanges.end_wait(tx, wish.exchange):
        raise NotFound("callback", wish.exchange.hex)
    outcome = _follow(tx, wish, kept.exchange.request, f"{kept.exchange.address} again")
    sequence = audit.next_sequence(tx, wish.exchange)
    change = Change(
        wish.organisation,
        "callback_reprocessed",
        "exchange",
        wish.exchange,
        sequence,
        Outcome.UNREAD.value,
        outcome.value,
        kept.exchange.operation,
        wish.trace,
    )
    audit.record(tx, [(change, wish.actor)])
    return outcome


def _follow(tx: Tx, wish: Reprocess, raw: bytes, address: str) -> Outcome:
    if isinstance(wish.news, MoneyArrived):
        recorded = record_arrival(tx, Arrival(wish.news, raw, address, wish.trace))
        return Outcome.CREDITED if recorded.is_new else Outcome.KNOWN
    if isinstance(wish.news, MoneyReturned):
        done = record_reversal(tx, Returned(wish.news, raw, address, wish.trace))
        return Outcome.REVERSED if done.is_new else Outcome.KNOWN if done.payment else Outcome.UNREAD
    record_failure(tx, Failure(wish.news, "mpesa", raw, address, wish.trace))
    return Outcome.NOTED
