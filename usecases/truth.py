"""Is a message still true? Asked in the transaction that takes it for sending, however long it has waited (NOT-4).

A message is written in the transaction of what it tells of, but it may wait: for the morning, for a gateway, for its turn in
a run of five thousand. By then the fees may be paid, promised, or written off, and nobody should read what is no longer so.

**To make a message depend on the present, add one line to `CHECKS`: its event, and a function**

    def still_owed(tx: Tx, queued: Sequence[Queued]) -> Sequence[Message | None]:
        owed = balances_of(tx, [account for one in queued for account in one.facts.accounts])
        return [replace(one.message, balance=owed[...]) if owed[...] else None for one in queued]

It is given all due messages of that event at once, and answers one for one, in order: the message to send (the same value,
or one with the facts of now), or None when it must not be sent any more: it then ends as `skipped`, with the reason "no
longer true". The function only reads. It runs inside the claim, so what it saw is what holds when the message leaves; it is
asked again before every further attempt. What the message was queued for stands in `Queued.facts` (contact, accounts,
phone) and `Queued.payment`. A message without a line here is true for ever, as a receipt is.

Queue it with `Out(..., key="reminder:<item>:<day>")`: a key is written once per organisation, so a run that is repeated
queues nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.ids import MessageId, OrganisationId, PaymentId
from core.messages import (
    ApprovalWaits,
    ArrearsCritical,
    ArrearsWarning,
    FundLow,
    FundPaymentTold,
    LoanLate,
    LoanReminder,
    LoanTold,
    Message,
    PaymentFailed,
    PromiseMissed,
    ReminderBeforeDue,
)
from core.payments import Status
from storage import payments
from storage.outbox import Due, MessageFacts
from storage.tx import Tx
from usecases import fund_news
from usecases.arrears import still_missed, still_owed
from usecases.asking import still_waits
from usecases.loans.chasing import still_asked
from usecases.loans.giving import still_so


class Queued(NamedTuple):
    """A message on its way, before anybody decided whether it may go."""

    id: MessageId
    organisation: OrganisationId
    message: Message
    facts: MessageFacts
    payment: PaymentId | None


Check = Callable[[Tx, Sequence[Queued]], Sequence[Message | None]]
"""For each message: what to send now, or None when it is no longer true."""


def _still_failed(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """A prompt that brought no money after all: a late callback credits, and then nobody is told to pay again."""
    return [one.message if _has_no_money(tx, one.payment) else None for one in queued]


def _has_no_money(tx: Tx, payment: PaymentId | None) -> bool:
    stored = payments.load(tx, payment) if payment else None
    return stored is None or stored.payment.status is not Status.COMPLETED


CHECKS: dict[str, Check] = {
    PaymentFailed.event: _still_failed,
    ReminderBeforeDue.event: still_owed,
    ArrearsWarning.event: still_owed,
    ArrearsCritical.event: still_owed,
    PromiseMissed.event: still_missed,
    LoanReminder.event: still_asked,
    LoanLate.event: still_asked,
    LoanTold.event: still_so,
    ApprovalWaits.event: still_waits,
    FundLow.event: still_waits,
    FundPaymentTold.event: fund_news.still_so,
}


def still_true(tx: Tx, due: Sequence[Due], said: Sequence[Message]) -> list[Message | None]:
    """What each of these rows is to say now, one for one, in order: what it `said`, or that with the facts of now, or None when
    it may not be told any more."""
    told: list[Message | None] = [*said]
    asked: dict[str, list[int]] = {}
    for at, message in enumerate(said):
        if message.event in CHECKS:
            asked.setdefault(message.event, []).append(at)
    for event, places in asked.items():
        now = CHECKS[event](tx, [_queued(due[at], said[at]) for at in places])
        for at, answer in zip(places, now, strict=True):
            told[at] = answer
    return told


def _queued(row: Due, message: Message) -> Queued:
    assert isinstance(row.facts, MessageFacts)
    return Queued(row.id, row.organisation, message, row.facts, row.payment)
