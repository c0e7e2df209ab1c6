"""Money out: from the promise in the books to what the provider really did. Decides what each kind of news means.

Two witnesses speak of a payout. A *result* comes by itself and may be lost, doubled, late or wrong; the provider's *status*
answers when it is asked. A result settles at once what nothing contradicts; the status has the last word. Nothing here ever
asks for a second sending: once a payout may have left us, it is only asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar
from uuid import UUID

from core.errors import DomainError
from core.ids import OrganisationId, PayoutId, ProviderAccountId
from core.money import Money, zero
from core.phones import Msisdn


class State(Enum):
    """Where a payout stands."""

    RESERVED = "reserved"
    """The money is set aside in the books; surely nothing was sent."""
    SENDING = "sending"
    """A worker has it: from here on it may have been sent."""
    PROCESSING = "processing"
    """The provider took it."""
    UNKNOWN = "unknown"
    """It may have been sent. The provider is asked until it is known, and it is never sent again."""
    PAID = "paid"
    FAILED = "failed"
    """Surely not paid: the reservation is released."""
    REVERSED = "reversed"
    """It was told as paid, and the provider's own books say that it is not: the money is with us again."""


NEXT: dict[State | None, frozenset[State]] = {
    None: frozenset({State.RESERVED}),
    State.RESERVED: frozenset({State.SENDING, State.FAILED, State.UNKNOWN}),
    # Back to reserved only when it surely never left us; paid or failed when the result is faster than the answer.
    State.SENDING: frozenset({State.RESERVED, State.PROCESSING, State.UNKNOWN, State.PAID, State.FAILED}),
    State.PROCESSING: frozenset({State.UNKNOWN, State.PAID, State.FAILED}),
    State.UNKNOWN: frozenset({State.PROCESSING, State.PAID, State.FAILED}),
    State.PAID: frozenset({State.REVERSED}),
    # Money that moved after we gave up has moved all the same.
    State.FAILED: frozenset({State.PAID}),
    State.REVERSED: frozenset(),
}

OPEN = frozenset({State.RESERVED, State.SENDING, State.PROCESSING, State.UNKNOWN})
"""The reservation stands."""
SENT = frozenset({State.SENDING, State.PROCESSING, State.UNKNOWN})
"""Money may be on its way."""


class Way(Enum):
    """How the money goes."""

    TRANSFER = "transfer"
    """To a phone (B2C)."""
    GIVE_BACK = "give_back"
    """A payment that we received is undone at its provider (reversal)."""


class FailReason(Enum):
    """Why nothing was paid, in words for staff."""

    FLOAT_SHORT = "float_short"
    LIMIT = "limit"
    WALLET_FULL = "wallet_full"
    NOT_REGISTERED = "not_registered"
    OUR_FAULT = "our_fault"
    """Credentials, rights or the short code: nothing more is sent from this account before somebody has looked."""
    NOT_REVERSIBLE = "not_reversible"
    NOT_FOUND = "not_found"
    """The provider, asked again and again, knows nothing of it."""
    DECLINED = "declined"
    NO_RAIL = "no_rail"
    WITHDRAWN = "withdrawn"


class Wait(Enum):
    """What holds up a payout that is due: surely nothing was sent, and it is looked at again by itself."""

    FLOAT = "the balance does not cover it"
    HALTED = "halted"


HALTING = frozenset({FailReason.OUR_FAULT})
"""After these nothing more is sent from the account until a person resumes it: every try locks the credential further."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets it. `name` is as we know it; the provider may know another."""

    msisdn: Msisdn
    name: str


@dataclass(frozen=True, slots=True)
class Payout:
    """One instruction to pay. Its id is our idempotency reference at the provider. `version` counts its changes."""

    id: PayoutId
    organisation: OrganisationId
    provider_account: ProviderAccountId
    provider: str
    way: Way
    subject_kind: str
    """For what: `refund`, `treasury`. Whoever asked is called back by this word when it ends."""
    subject: UUID
    payee: Payee
    amount: Money
    remarks: str
    original_receipt: str
    """Of the payment that is given back; empty for a transfer."""
    state: State
    requested_at: datetime
    trace: str
    conversation_id: str | None = None
    """The provider's name for it."""
    receipt: str | None = None
    told_failed: str = ""
    """The code of a result that said no, which the status has not confirmed yet."""
    fail_reason: FailReason | None = None
    charge: Money | None = None
    """What the provider took for it; None while nobody told."""
    sent_at: datetime | None = None
    next_at: datetime | None = None
    """When a worker should send it, or ask about it."""
    attempts: int = 0
    """How often a worker took it to send it. More than once only where it surely had not left."""
    asked: int = 0
    """How often the provider was asked about it."""
    last_error: str = ""
    version: int = 1


def held_up(payout: Payout) -> Wait | None:
    """What it waits for, by what was noted when it could not start; None for what is sent, or waits for its day only."""
    if payout.state is not State.RESERVED:
        return None
    return next((wait for wait in Wait if payout.last_error.startswith(wait.value)), None)


@dataclass(eq=False)
class PayoutUnderWay(DomainError):
    """Something is being paid, or was paid, for this already."""

    code: ClassVar[str] = "payout_under_way"
    state: str


@dataclass(eq=False)
class TooLate(DomainError):
    """It may have been sent: it cannot be withdrawn any more."""

    code: ClassVar[str] = "payout_too_late"
    state: str


# --- news --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took our instruction and named it. Nothing is paid yet."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider turned our instruction away; surely no money moves. `temporary`: later it may take it."""

    code: str
    detail: str
    temporary: bool
    reason: FailReason = FailReason.OUR_FAULT


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """Our instruction surely did not leave the house."""

    detail: str


@dataclass(frozen=True, slots=True)
class Lost:
    """It may have left, and no answer came that says what became of it: a broken line, a server error, a duplicate."""

    detail: str


@dataclass(frozen=True, slots=True)
class SaidPaid:
    """A result: the money is with the payee. `amount` and `payee` are None where the result does not say. `is_anothers`:
    another payout bears that receipt."""

    receipt: str
    amount: Money | None
    payee: Msisdn | None = None
    charge: Money | None = None
    conversation_id: str | None = None
    is_anothers: bool = False


@dataclass(frozen=True, slots=True)
class SaidNot:
    """A result: nothing was paid."""

    code: str
    detail: str
    reason: FailReason
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class SaidNothing:
    """A time-out of the provider's queue, or a result that cannot be trusted. Money may have moved."""

    detail: str


@dataclass(frozen=True, slots=True)
class StandsPaid:
    """The status, asked for: paid. `charge` is None where the answer does not say."""

    receipt: str
    amount: Money | None
    charge: Money | None
    payee: Msisdn | None = None


@dataclass(frozen=True, slots=True)
class StandsNot:
    """The status, asked for: it was declined, cancelled or has expired."""

    detail: str


@dataclass(frozen=True, slots=True)
class StandsNowhere:
    """The status, asked for the `asked`-th time: the provider knows nothing of it."""

    asked: int


@dataclass(frozen=True, slots=True)
class StandsUnclear:
    """The status, asked for: under way, or an answer that says nothing."""

    detail: str


@dataclass(frozen=True, slots=True)
class StandsUndone:
    """The status, asked for: the payment was taken back at the provider. What we send is then not with the payee; what we
    give back is."""

    receipt: str
    """Of the payment that was taken back."""


Answer = Taken | Refused | NeverLeft | Lost
Told = SaidPaid | SaidNot | SaidNothing
Status = StandsPaid | StandsNot | StandsNowhere | StandsUnclear | StandsUndone
News = Answer | Told | Status

REVERSED_ALREADY = "reversed already"
"""How a result begins that says so of a payment that we asked to be given back."""
NOT_DONE = "not done"
"""How it is noted that, by its status, our own wish to give a payment back was not done."""
SEND_AGAIN = timedelta(seconds=30)
"""What surely did not leave, or was turned away for the moment, is tried again after this long."""
MOST_ATTEMPTS = 5
FIRST_QUESTION = timedelta(seconds=30)
"""How long a result may take before the provider is asked."""
SLOWEST = timedelta(hours=1)
CONFIRM_AFTER = timedelta(seconds=10)
"""After a result the status is asked once: it confirms, and it tells the charge."""
BELIEVED_AFTER = timedelta(minutes=30)
"""That the provider knows nothing of it is believed after this long, and only when told again and again: its queue may be
long. With a result that said no, once is enough."""
TOLD_NO_AFTER = timedelta(minutes=1)
MOST_NOWHERE = 3
MOST_CONFIRMATIONS = 12
"""How often the status of what is paid is asked for when the answer never tells the charge."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the news makes of a payout. `contradicts`: two witnesses disagree and a person should know."""

    after: Payout
    note: str
    contradicts: bool = False


def decide(payout: Payout, news: News, *, now: datetime) -> Decision:
    """The payout after this news. Pure, and safe in any order and any repetition."""
    if isinstance(news, Taken | Refused | NeverLeft | Lost):
        return _answered(payout, news, now)
    if payout.state is State.RESERVED:
        return _before_sending(payout, news, now)
    match news:
        case SaidPaid() | SaidNot() | SaidNothing():
            return _told(payout, news, now)
        case _:
            return _not_by_another_way(payout, news, _status(payout, news, now), now)


def asked_by_receipt(payout: Payout) -> str:
    """The payment to ask about instead of our wish to give it back: where that wish was never named, or where its own word says
    nothing of the money, which others may have given back. Empty: the wish itself is asked about."""
    is_of_payment = payout.conversation_id is None or _is_doubted(payout)
    return payout.original_receipt if payout.way is Way.GIVE_BACK and is_of_payment else ""


def _is_doubted(payout: Payout) -> bool:
    return payout.way is Way.GIVE_BACK and payout.last_error.startswith((REVERSED_ALREADY, NOT_DONE))


def _not_by_another_way(payout: Payout, news: Status, decided: Decision, now: datetime) -> Decision:
    """What was taken back already is with its payer, though the provider knows nothing of our own wish: were it called failed,
    the money would be sent once more. It is asked about until the payment's own status, or the pull, tells."""
    is_with_payer = payout.way is Way.GIVE_BACK and payout.last_error.startswith(REVERSED_ALREADY)
    if decided.after.state is State.FAILED and isinstance(news, StandsNowhere) and is_with_payer:
        return Decision(_asked_again(payout, now), decided.note, contradicts=True)
    return decided


def _answered(payout: Payout, news: Answer, now: datetime) -> Decision:
    """What came of our own call. Only a payout that is being sent cares, except for the provider's name."""
    if isinstance(news, Taken) and payout.state is not State.SENDING:
        named = payout.conversation_id or news.conversation_id
        return Decision(replace(payout, conversation_id=named), "taken")
    if payout.state is not State.SENDING:
        return Decision(payout, "known")
    match news:
        case Taken(conversation_id):
            taken = replace(
                payout, state=State.PROCESSING, conversation_id=conversation_id, next_at=now + FIRST_QUESTION
            )
            return Decision(taken, "taken")
        case Lost(detail):
            lost = replace(payout, state=State.UNKNOWN, next_at=now + FIRST_QUESTION, last_error=detail)
            return Decision(lost, f"unknown: {detail}")
        case NeverLeft(detail) | Refused(_, detail, True):
            return _send_again(payout, detail, now)
        case refused:
            detail = f"{refused.code} {refused.detail}".strip()
            return Decision(_failed(payout, refused.reason, detail), f"refused: {refused.code}")


def _before_sending(payout: Payout, news: Told | Status, now: datetime) -> Decision:
    """Nobody can know that something was paid which never left us. If they say so, our books are older than the world, or
    somebody did it by hand: it is not sent, but asked about."""
    if isinstance(news, SaidPaid | StandsPaid | StandsUndone):
        doubted = replace(payout, state=State.UNKNOWN, sent_at=now, next_at=now, last_error="told before it was sent")
        return Decision(doubted, "told before it was sent", contradicts=True)
    return Decision(payout, "known")


def _send_again(payout: Payout, detail: str, now: datetime) -> Decision:
    if payout.attempts < MOST_ATTEMPTS:
        back = replace(payout, state=State.RESERVED, sent_at=None, next_at=now + SEND_AGAIN, last_error=detail)
        return Decision(back, f"not sent: {detail}")
    return Decision(_failed(payout, FailReason.NO_RAIL, detail), f"not sent: {detail}")


def _told(payout: Payout, news: Told, now: datetime) -> Decision:
    match news:
        case SaidPaid():
            return _said_paid(payout, news, now)
        case SaidNot(code, _, reason):
            if payout.state in SENT:
                doubted = replace(
                    payout,
                    state=State.UNKNOWN,
                    told_failed=code,
                    fail_reason=reason,
                    conversation_id=payout.conversation_id or news.conversation_id,
                    next_at=now + CONFIRM_AFTER,
                )
                return Decision(doubted, f"told {code}")
            if payout.state is State.PAID:
                return Decision(replace(payout, next_at=now), f"told {code} of what is paid", contradicts=True)
            return Decision(payout, "known")
        case SaidNothing(detail) if payout.state in SENT:
            return Decision(replace(payout, state=State.UNKNOWN, next_at=now, last_error=detail), detail)
        case SaidNothing(detail) if payout.way is Way.GIVE_BACK and payout.state is State.PAID:
            return Decision(replace(payout, last_error=detail), detail)
        case _:
            return Decision(payout, "known")


def _said_paid(payout: Payout, news: SaidPaid, now: datetime) -> Decision:
    if payout.state is State.PAID:
        if payout.receipt == news.receipt:
            return Decision(payout, "known")
        if payout.receipt == payout.original_receipt and not news.is_anothers:
            return Decision(replace(payout, receipt=news.receipt), news.receipt)  # so far only what it undid was known
        return Decision(replace(payout, next_at=now), f"told paid {news.receipt}: asked about", contradicts=True)
    if (
        payout.state in (State.FAILED, State.REVERSED)
        or payout.told_failed
        or news.is_anothers
        or not _fits(payout, news)
    ):
        unsure = payout if payout.state not in SENT else replace(payout, state=State.UNKNOWN)
        return Decision(replace(unsure, next_at=now), f"told paid {news.receipt}: asked about", contradicts=True)
    named = payout.conversation_id or news.conversation_id
    return Decision(_paid(replace(payout, conversation_id=named), news.receipt, news.charge, now), news.receipt)


def _fits(payout: Payout, news: SaidPaid | StandsPaid) -> bool:
    """Does it speak of this very payout: its sum, and its payee where they are named?"""
    same_payee = news.payee is None or news.payee == payout.payee.msisdn
    return news.amount in (None, payout.amount) and same_payee


def _status(payout: Payout, news: Status, now: datetime) -> Decision:
    match news:
        case StandsPaid():
            return _stands_paid(payout, news, now)
        case StandsNot(detail):
            if payout.way is Way.GIVE_BACK and payout.state in (*SENT, State.PAID) and not payout.told_failed:
                return _not_done(payout, detail, now)
            if payout.state in SENT:
                reason = payout.fail_reason if payout.told_failed and payout.fail_reason else FailReason.DECLINED
                return Decision(_failed(payout, reason, detail), detail)
            if payout.state is State.PAID:
                back = replace(payout, state=State.REVERSED, next_at=None, last_error=detail)
                return Decision(back, detail, contradicts=True)
            return Decision(replace(payout, next_at=None), "known")
        case StandsNowhere(asked):
            return _stands_nowhere(payout, asked, now)
        case StandsUnclear(detail):
            return Decision(_asked_again(payout, now), detail)
        case undone:
            return _undone(payout, undone.receipt, now)


def _not_done(payout: Payout, detail: str, now: datetime) -> Decision:
    """Our wish to give it back was not done. That says nothing of the money: what was paid in is asked about."""
    if _is_doubted(payout):
        return Decision(_asked_again(payout, now), detail, contradicts=True)
    state = State.UNKNOWN if payout.state in SENT else payout.state
    return Decision(replace(payout, state=state, next_at=now, last_error=f"{NOT_DONE}: {detail}"), detail)


def _still_stands(payout: Payout, now: datetime) -> Decision:
    """The payment was not given back. With our wish not done that is certain, else it is believed when told again and again."""
    if not payout.last_error.startswith(NOT_DONE):
        return _stands_nowhere(payout, payout.asked, now)
    if payout.state is State.PAID:
        return Decision(replace(payout, state=State.REVERSED, next_at=None), payout.last_error, contradicts=True)
    if payout.state not in SENT:
        return Decision(payout, "known")
    return Decision(_failed(payout, FailReason.DECLINED, payout.last_error), payout.last_error)


def _undone(payout: Payout, receipt: str, now: datetime) -> Decision:
    if payout.way is Way.TRANSFER:
        return _status(payout, StandsNot("taken back"), now)
    if receipt != payout.original_receipt:
        return Decision(_asked_again(payout, now), f"{receipt} was taken back, which is another")
    return _stands_paid(payout, StandsPaid(receipt, None, zero(payout.amount.currency)), now)


def _stands_paid(payout: Payout, news: StandsPaid, now: datetime) -> Decision:
    if payout.way is Way.GIVE_BACK and news.amount is not None and news.receipt == payout.original_receipt:
        return _still_stands(payout, now)
    if payout.state is State.REVERSED or not _fits(payout, news):
        return Decision(_asked_again(payout, now), f"paid {news.receipt}, which is not this one", contradicts=True)
    if payout.state is State.PAID:
        receipt = payout.receipt if news.receipt == payout.original_receipt else news.receipt
        known = replace(payout, charge=payout.charge or news.charge, receipt=receipt)
        settled = replace(known, next_at=None) if known.charge is not None else _asked_again(known, now)
        if payout.receipt not in (receipt, payout.original_receipt):
            return Decision(settled, f"{news.receipt} by status, not {payout.receipt}", contradicts=True)
        return Decision(settled, "known")
    late = payout.state is State.FAILED
    paid = _paid(payout, news.receipt, news.charge, now)
    return Decision(paid, f"{news.receipt} by status", contradicts=late)


def _stands_nowhere(payout: Payout, asked: int, now: datetime) -> Decision:
    if payout.state not in SENT or asked < payout.asked:  # an answer to an older question says nothing of now
        again = payout if payout.state not in (State.PAID, *SENT) else _asked_again(payout, now)
        return Decision(again, "not known")
    waited = now - (payout.sent_at or payout.requested_at)
    if payout.told_failed and waited >= TOLD_NO_AFTER:
        reason = payout.fail_reason or FailReason.DECLINED
        return Decision(_failed(payout, reason, payout.told_failed), f"told {payout.told_failed}, and not known")
    if waited >= BELIEVED_AFTER and payout.asked >= MOST_NOWHERE:
        if payout.way is Way.GIVE_BACK and not asked_by_receipt(payout):
            return _not_done(payout, "not known to the provider", now)
        return Decision(_failed(payout, FailReason.NOT_FOUND, "not known to the provider"), "not known")
    return Decision(_asked_again(payout, now), "not known")


def _asked_again(payout: Payout, now: datetime) -> Payout:
    """When to ask next: ever more slowly. What is open is asked about until it is known; what is only to be confirmed, not
    for ever."""
    if payout.state not in SENT and (payout.state is not State.PAID or payout.asked >= MOST_CONFIRMATIONS):
        return replace(payout, next_at=None)
    return replace(payout, next_at=now + question_after(payout.asked))


def question_after(asked: int) -> timedelta:
    """How long to wait after the `asked`-th question: 30 seconds, doubled each time, an hour at most."""
    doubled: int = 2 ** min(asked, 10)
    return min(SLOWEST, FIRST_QUESTION * doubled)


def _paid(payout: Payout, receipt: str, charge: Money | None, now: datetime) -> Payout:
    confirm = None if charge is not None else now + CONFIRM_AFTER
    return replace(
        payout,
        state=State.PAID,
        receipt=receipt,
        charge=charge,
        told_failed="",
        fail_reason=None,
        next_at=confirm,
        last_error=payout.last_error if _is_doubted(payout) else "",
    )


def _failed(payout: Payout, reason: FailReason, detail: str) -> Payout:
    return replace(payout, state=State.FAILED, fail_reason=reason, next_at=None, last_error=detail)


def sending(payout: Payout, *, now: datetime, lease: timedelta) -> Payout:
    """It is taken to be sent: from this moment on it may have been."""
    return replace(
        payout, state=State.SENDING, sent_at=now, next_at=now + lease, attempts=payout.attempts + 1, last_error=""
    )


def disowned(payout: Payout, *, now: datetime) -> Payout:
    """The status says that the receipt by which it was told to be paid is another's. What is still called paid bears it in
    doubt, and is asked about."""
    if payout.state is not State.PAID:
        return replace(payout, receipt=None)
    return replace(payout, receipt=f"{payout.receipt}?", next_at=now)


def abandoned(payout: Payout, *, now: datetime) -> Payout:
    """Whoever was sending it is gone: perhaps it left."""
    return replace(payout, state=State.UNKNOWN, next_at=now, last_error="the sender went away")


# --- float -------------------------------------------------------------------------------------------------------------

FRESH = timedelta(minutes=10)
"""How old a reading of the provider's balance may be when a payout starts on it."""


@dataclass(frozen=True, slots=True)
class Float:
    """The provider's own word on what it holds for us, and what we sent since it was asked for."""

    read: Money | None
    asked_at: datetime | None
    """When the question was put that it answers; payouts of later may not be in it."""
    spoken_for: Money
    """What was sent since, or may still be on its way."""
    halted: str = ""
    """Why nothing is sent from this account until a person resumes it."""

    def is_fresh(self, now: datetime) -> bool:
        return self.read is not None and self.asked_at is not None and now - self.asked_at < FRESH

    def covers(self, amount: Money) -> bool:
        """May a payout of that sum start (OUT-9)?"""
        return self.read is not None and amount <= self.read - self.spoken_for
