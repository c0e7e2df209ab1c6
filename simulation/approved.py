"""Who said yes to money that left: enough different people, none for themselves, each with a code of theirs, and all were told.

Accounts are the program's idea; here people are the humans behind them (`simulation/office.py`), and codes are those that they
really had in hand (`simulation/managers.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.approvals import OPEN, State
from core.ids import StaffId
from core.refunds import refund_number
from core.treasury import payment_number
from simulation.chats import Chats
from simulation.managers import Asked, Managers, Typed
from simulation.office import ONE_IS_ENOUGH
from simulation.town import Town
from storage import chats as chat_store
from storage import outbox as outbox_store
from storage.loans import loan_number
from storage.tables import (
    approval_decisions,
    approvals,
    changes,
    fund_payments,
    loans,
    outbox,
    payouts,
    refunds,
)
from storage.tx import Tx

LASTS = timedelta(hours=72)
CODE_LASTS = timedelta(minutes=6)
"""Five, and as much as a process's clock may be wrong."""
SOON = timedelta(hours=1)
_STEPS = {
    "requested": "requested",
    "paying": "approved",
    "paid": "paid",
    "failed": "failed",
    "rejected": "rejected",
    "expired": "expired",
    "void": "expired",
}
"""What a payer is told when a refund comes there."""
_OFFERS = {"Approve": State.PENDING, "Reject": State.PENDING, "Pay it out": State.APPROVED}


@dataclass(frozen=True, slots=True)
class Said:
    """An approval as the books have it."""

    id: UUID
    subject: UUID
    minor: int | None
    state: State
    requested_at: datetime
    ended_at: datetime | None
    expires_at: datetime
    executor: StaffId | None
    yes: tuple[StaffId, ...]


def wrongly_approved(town: Town, managers: Sequence[Managers], *, at_rest: bool) -> list[str]:
    """Everything that was carried out without the right people's word, or of which somebody was not told."""
    broken: list[str] = []
    for office in managers:
        organisation = office.office.organisation
        said: list[Said] = town.look(partial(_said, organisation=organisation))
        names: dict[UUID, str] = town.look(partial(_names, organisation=organisation))
        for one in said:
            broken += _of_approval(one, names.get(one.subject, ""), office)
        broken += _used_twice(said, names, office)
        broken += office.misled
        broken += _otherwise(town, names, office)
        broken += town.look(partial(_untold, organisation=organisation))
        broken += [
            f"{names.get(one.subject)} is still {one.state.value}, and its time was over at {one.expires_at}"
            for one in said
            if one.state in OPEN and one.expires_at < town.clock.now() - SOON
        ]
        if at_rest:
            broken += _still_offered(town, said, names, office)
    if at_rest:
        broken += town.look(lambda tx: list(_disagreeing(tx)))
    return broken


# --- one approval --------------------------------------------------------------------------------------------------------


def _of_approval(one: Said, name: str, office: Managers) -> Iterator[str]:
    if one.state is not State.EXECUTED:
        return
    clerks, asked = office.office, office.asked.get(name)
    yes = {clerks.clerk(staff).human for staff in one.yes}
    needed = 1 if one.minor is not None and one.minor <= ONE_IS_ENOUGH else 2
    if len(yes) < needed:
        yield f"{name or one.subject} was carried out with the yes of {len(yes)} people, it takes {needed}"
    assert one.executor is not None, "carried out by somebody"
    assert one.ended_at is not None, "at some time"
    executor = clerks.clerk(one.executor).human
    if asked is not None:
        yield from _of_asked(name, asked, yes | {executor}, one.ended_at, office)
    if one.ended_at - one.requested_at > LASTS + SOON:
        yield f"{name} was carried out {one.ended_at - one.requested_at} after it was asked for"
    wants_code = one.minor is None or one.minor > clerks.code_above
    if wants_code and not _codes(one, name, executor, office.typed):
        yield f"{name or one.subject} was carried out without a code of who did it"


def _of_asked(name: str, asked: Asked, hands: set[str], at: datetime, office: Managers) -> Iterator[str]:
    paid = next((clerk.human for clerk in office.office.clerks if clerk.msisdn.digits == asked.payee), asked.payee)
    if asked.by in hands:
        yield f"{name} was carried out by who had asked for it"
    if paid in hands:
        yield f"{name} was carried out by who is paid"
    if asked.taken_back_at is not None and asked.taken_back_at <= at:
        yield f"{name} was taken back, and carried out"


def _codes(one: Said, name: str, executor: str, typed: Sequence[Typed]) -> list[Typed]:
    """What the one who did it had typed for it by then, and really had in hand."""
    assert one.ended_at is not None
    return [
        each
        for each in typed
        if each.genuine
        and each.by == executor
        and name in (each.name, "")
        and -CODE_LASTS < one.ended_at - each.at < CODE_LASTS
    ]


def _used_twice(said: Sequence[Said], names: dict[UUID, str], office: Managers) -> Iterator[str]:
    """A code opens one thing: two things that were done with nothing but the same code are one too many."""
    only: Counter[tuple[str, str, datetime]] = Counter()
    for one in said:
        if one.state is State.EXECUTED and one.executor is not None:
            human = office.office.clerk(one.executor).human
            found = {each.code for each in _codes(one, names.get(one.subject, ""), human, office.typed)}
            if len(found) == 1 and one.ended_at is not None:
                hour = one.ended_at.replace(minute=0, second=0, microsecond=0)
                only[(human, found.pop(), hour)] += 1
    yield from (
        f"the code {code} of {human[-3:]} opened {times}" for (human, code, _), times in only.items() if times > 1
    )


def _otherwise(town: Town, names: dict[UUID, str], office: Managers) -> Iterator[str]:
    """What left is what was asked for: that sum, to that phone."""
    paid = [order for order in town.pretend.daraja.disbursing.orders if order.is_paid]
    subjects: dict[str, UUID] = town.look(_subjects)
    for order in paid:
        subject = subjects.get(order.gives_back or order.originator)
        name = names.get(subject, "") if subject else ""
        asked = office.asked.get(name)
        if asked is None or asked.is_unsure:
            continue
        payee = order.payee.digits if order.payee else ""
        if (payee, order.amount.minor) != (asked.payee, asked.minor):
            yield f"{name} was {asked.minor} to {asked.payee[-3:]}, {order.amount.minor} went to {payee[-3:]}"


def _subjects(tx: Tx) -> dict[str, UUID]:
    """By what M-Pesa calls an order: what it was for."""
    rows = _rows(tx, sa.select(payouts.c.id, payouts.c.original_receipt, payouts.c.subject_id, payouts.c.state))
    ours = [row for row in rows if row[3] == "paid"]
    return {receipt or str(id_): subject for id_, receipt, subject, _ in (*rows, *ours)}


# --- who was told --------------------------------------------------------------------------------------------------------


def _untold(tx: Tx, organisation: UUID) -> list[str]:
    """A payer is told each step of a refund, once for each time that it came there."""
    steps: Counter[tuple[str, str]] = Counter()
    numbers = dict(
        _rows(tx, sa.select(refunds.c.id, refunds.c.number).where(refunds.c.organisation_id == organisation))
    )
    went = sa.select(changes.c.subject_id, changes.c.to_state).where(
        changes.c.organisation_id == organisation, changes.c.subject_kind == "refund"
    )
    for id_, state in _rows(tx, went):
        if state in _STEPS:
            steps[(refund_number(numbers[id_]), _STEPS[state])] += 1
    told: Counter[tuple[str, str]] = Counter()
    mine = (outbox.c.organisation_id == organisation) & (outbox.c.event == "refund_told")
    for (facts,) in _rows(tx, sa.select(outbox.c.facts_sealed).where(mine)):
        message = outbox_store.message_facts(tx, bytes(facts)).message
        told[(message["number"], message["step"])] += 1
    return [
        f"{name} was {step} {steps[(name, step)]} times, its payer was told so {told[(name, step)]} times"
        for name, step in sorted(set(steps) | set(told))
        if steps[(name, step)] != told[(name, step)]
    ]


def _still_offered(town: Town, said: Sequence[Said], names: dict[UUID, str], office: Managers) -> Iterator[str]:
    """No message that we know of offers what cannot be done any more. One whose number was lost with the answer stands as it
    was: its buttons are refused."""
    chats = Chats(town, office.office)
    for one in said:
        copies = town.look(partial(chat_store.copies_of, subject=one.id))
        for clerk, number in (
            (clerk, copy.number) for copy in copies for clerk in office.office.clerks if clerk.chat == copy.chat
        ):
            labels = chats.labels(clerk, number) if number is not None else []
            for label, wanted in _OFFERS.items():
                if label in labels and one.state is not wanted:
                    yield f"{clerk.name} is still offered to {label} {names.get(one.subject, '')}, which is {one.state.value}"


# --- what the books say --------------------------------------------------------------------------------------------------


def _disagreeing(tx: Tx) -> Iterator[str]:
    """What is being paid has a payout under way, and what has ended has none."""
    open_ = payouts.c.state.in_(["reserved", "sending", "processing", "unknown"])
    under_way = {row[0] for row in _rows(tx, sa.select(payouts.c.subject_id).where(open_))}
    paid = {row[0] for row in _rows(tx, sa.select(payouts.c.subject_id).where(payouts.c.state == "paid"))}
    for table, state, is_paying, done in (
        (refunds, refunds.c.state, "paying", ("paid",)),
        (fund_payments, fund_payments.c.status, "executing", ("success", "reconciled")),
    ):
        for id_, now in _rows(tx, sa.select(table.c.id, state)):
            if (now == is_paying) != (id_ in under_way):
                yield f"{table.name} {id_} is {now}, and its payout is {'' if id_ in under_way else 'not '}under way"
            if (now in done) != (id_ in paid):
                yield f"{table.name} {id_} is {now}, and {'' if id_ in paid else 'not '}paid"


def _said(tx: Tx, organisation: UUID) -> list[Said]:
    yes: dict[UUID, list[StaffId]] = defaultdict(list)
    for id_, staff, verdict in _rows(
        tx, sa.select(approval_decisions.c.approval_id, approval_decisions.c.staff_id, approval_decisions.c.verdict)
    ):
        if verdict == "approve":
            yes[id_].append(StaffId(staff))
    names = ("id", "subject_id", "minor", "state", "requested_at", "ended_at", "expires_at", "executed_by")
    query = sa.select(*(approvals.c[name] for name in names)).where(approvals.c.organisation_id == organisation)
    return [
        Said(id_, subject, minor, State(state), asked_at, ended_at, expires_at, executor, tuple(yes[id_]))
        for id_, subject, minor, state, asked_at, ended_at, expires_at, executor in _rows(
            tx, query.order_by(approvals.c.id)
        )
    ]


def _names(tx: Tx, organisation: UUID) -> dict[UUID, str]:
    """How people call what was asked for."""
    found: dict[UUID, str] = {}
    for table, said in ((refunds, refund_number), (fund_payments, payment_number), (loans, loan_number)):
        query = sa.select(table.primary_key.columns[0], table.c.number).where(table.c.organisation_id == organisation)
        found |= {id_: said(number) for id_, number in _rows(tx, query)}
    return found


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
