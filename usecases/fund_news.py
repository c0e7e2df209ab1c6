"""What became of the money of a payment out of a fund: shown beside its approval, and told to who asked and who let it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from core.approvals import Approval, ApprovalId
from core.messages import FundPaymentEnd, FundPaymentTold, Message
from core.payouts import FailReason, Payout, State, Wait, held_up
from core.treasury import FundPayment, Status, payment_number
from storage import organisations, payouts
from storage import treasury as store
from storage.treasury import Execution
from storage.tx import Tx
from usecases.chats import News, follow_in_chats, tell_staff

if TYPE_CHECKING:
    from usecases.truth import Queued


class Going(Enum):
    """Where the money is that was let go under an approval."""

    WAITS = "waits"
    """For its day."""
    FLOAT = "float"
    """For the provider to hold enough for us."""
    HALTED = "halted"
    """For a person to let the account send again."""
    SENDING = "sending"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    """It was told as paid, and then the provider took that back."""


_HELD_UP = {Wait.FLOAT: Going.FLOAT, Wait.HALTED: Going.HALTED}
_GOING = {State.PAID: Going.PAID, State.FAILED: Going.FAILED, State.REVERSED: Going.RETURNED}


@dataclass(frozen=True, slots=True)
class LetGo:
    """What became of it. `on`: its day, while it waits for that."""

    going: Going
    receipt: str = ""
    reason: FailReason | None = None
    on: date | None = None


def payout_under(tx: Tx, approval: ApprovalId) -> Payout | None:
    """A query: the payout out of a fund that was let go under this approval; None where none was."""
    execution = store.execution_under(tx, approval)
    return payouts.load(tx, execution.payout) if execution else None


def let_go(tx: Tx, approval: Approval) -> LetGo | None:
    """A query: what became of the money that was let go under this approval; None where none was."""
    payout = payout_under(tx, approval.id)
    payment = store.load(tx, approval.subject.id)
    if payout is None or payment is None:
        return None
    if payout.state is State.RESERVED and payment.not_before is not None and payment.not_before > tx.now:
        day = organisations.by_id(tx, payment.organisation).local_day(payment.not_before)
        return LetGo(Going.WAITS, on=day)
    if wait := held_up(payout):
        return LetGo(_HELD_UP[wait])
    return LetGo(_GOING.get(payout.state, Going.SENDING), payout.receipt or "", payout.fail_reason)


def show(tx: Tx, payout: Payout) -> None:
    """What holds the payout up has changed: the messages about its payment say so."""
    follow_in_chats(tx, payout.organisation, store.execution_by(tx, payout.id).approval, payout.trace)


_END = {State.FAILED: FundPaymentEnd.FAILED, State.REVERSED: FundPaymentEnd.RETURNED}


def tell_ended(tx: Tx, payment: FundPayment, payout: Payout, let: Execution, trace: str) -> None:
    """The payment has come to an end by the end of this payout: paid, also by an older attempt; or not."""
    end, of = FundPaymentEnd.PAID, payout
    if payment.status is Status.FAILED:
        end = _END[payout.state]
    elif payout.state is not State.PAID:
        every = payouts.of_subject(tx, payout.subject_kind, payment.id)
        of = next(one for one in every if one.state is State.PAID)
    message = FundPaymentTold(
        organisations.by_id(tx, payment.organisation).name,
        end,
        payment_number(payment.number),
        of.amount,
        of.payee.name or of.payee.msisdn.masked,
        of.receipt or "" if end is FundPaymentEnd.PAID else "",
        of.fail_reason if end is FundPaymentEnd.FAILED else None,
    )
    people = organisations.staff_by_ids(tx, {payment.requester, let.executor})
    key = f"fund_payment:{payout.id.hex}:{payout.state.value}"
    news = News(payment.organisation, message, key, payment.id, trace)
    tell_staff(tx, news, [people[each] for each in dict.fromkeys((payment.requester, let.executor))])


_TRUE_IN = {
    FundPaymentEnd.PAID: frozenset(Status) - {Status.FAILED},
    FundPaymentEnd.FAILED: frozenset({Status.FAILED}),
    FundPaymentEnd.RETURNED: frozenset({Status.FAILED}),
}


def still_so(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """What waited for the morning is passed over when the provider has said something else since, or it was asked for again."""
    return [one.message if _is_so(tx, one) else None for one in queued]


def _is_so(tx: Tx, one: Queued) -> bool:
    assert isinstance(one.message, FundPaymentTold)
    assert one.facts.subject is not None, "it is about a payment"
    payment = store.load(tx, one.facts.subject)
    return payment is not None and payment.status in _TRUE_IN[one.message.end]
