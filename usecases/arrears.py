"""Chasing what is owed: reminders before it is due, a warning and a last one after; silent the moment it is paid (FEE-4).

chase_arrears   every day, in one transaction with what it noted as told: a crash leaves nothing, a repeat tells nothing twice
still_owed      asked when a message leaves: it names what is owed then, or is not sent
in_arrears      the list that the bursar looks at
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.arrears import Bucket, Chase, Due, Policy, Stage, ageing, chases, overdue
from core.fees import Student
from core.ids import OrganisationId
from core.messages import ArrearsCritical, ArrearsWarning, Message, ReminderBeforeDue
from core.money import Money, total
from core.permissions import Action, Actor
from core.schedule import Due as DueTime
from storage import arrears, organisations, outbox, school
from storage.organisations import Organisation
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.noting import note
from usecases.rights import require_for
from usecases.schedule import complete

if TYPE_CHECKING:
    from usecases.truth import Queued

MESSAGES: dict[Stage, type[ReminderBeforeDue | ArrearsWarning | ArrearsCritical]] = {
    Stage.REMINDER: ReminderBeforeDue,
    Stage.WARNING: ArrearsWarning,
    Stage.CRITICAL: ArrearsCritical,
}


def local_day(organisation: Organisation, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(organisation.time_zone)).date()


def chase_arrears(tx: Tx, due: DueTime) -> str:
    """Queue what families are to be told today. What is noted as told and the message are one transaction."""
    organisation = organisations.by_id(tx, due.organisation)
    on, policy = local_day(organisation, tx.now), arrears.policy_of(tx, organisation.id)
    dues = arrears.all_dues(tx, organisation.id)
    told = arrears.told_of(tx, [one.subject for mine in dues.values() for one in mine])
    found = [chase for account in sorted(dues) for chase in chases(dues[account], told, on=on, policy=policy)]
    counts = {stage: len([chase for chase in found if chase.stage is stage]) for stage in Stage}
    report = ", ".join(f"{count} {stage.value}" for stage, count in counts.items())
    if not complete(tx, due, report):
        return "done before"
    arrears.note_told(tx, organisation.id, [note for chase in found for note in chase.notes])
    _tell(tx, organisation, found)
    return report


def _tell(tx: Tx, organisation: Organisation, found: Sequence[Chase]) -> None:
    numbers = {student.account: student.number for student in school.students_of(tx, organisation.id)}
    code = organisations.code_of(tx, organisation.id)
    rows = []
    for chase in found:
        message = MESSAGES[chase.stage](organisation.name, chase.amount, numbers[chase.account], chase.due_on, code)
        facts = MessageFacts(message, accounts=(chase.account,))
        rows.append(Out(organisation.id, Kind.SMS, message.event, facts))
    outbox.put(tx, rows)


def still_owed(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """A message about a debt, with what is owed of it now; None once that is nothing."""
    dues = arrears.dues_of(tx, [account for one in queued for account in one.facts.accounts])
    zones = {id_: organisations.by_id(tx, id_) for id_ in {one.organisation for one in queued}}
    return [
        _now(one.message, dues.get(one.facts.accounts[0], []), local_day(zones[one.organisation], tx.now))
        for one in queued
    ]


def _now(message: Message, dues: Sequence[Due], on: date) -> Message | None:
    assert isinstance(message, ReminderBeforeDue | ArrearsWarning | ArrearsCritical)
    if isinstance(message, ReminderBeforeDue):
        meant = [due for due in dues if on <= due.due_on == message.due_on]
    else:
        meant = overdue(dues, on)
    if not meant:
        return None
    amount = total([due.amount for due in meant], message.amount.currency)
    return replace(message, amount=amount, due_on=min(due.due_on for due in meant))


# --- the list ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListArrears:
    """Who owes. `late_days`: only those with something at least so many days late; 0 for everybody who owes."""

    organisation: OrganisationId
    late_days: int = 1


@dataclass(frozen=True, slots=True)
class InArrears:
    """One student's debts by age."""

    student: Student
    group: str
    buckets: dict[Bucket, Money]
    owed: Money
    oldest_due_on: date


def in_arrears(tx: Tx, wish: ListArrears) -> list[InArrears]:
    """The longest owed first. Asks nothing of anybody; the door asks whether the reader may see it."""
    organisation = organisations.by_id(tx, wish.organisation)
    on, dues = local_day(organisation, tx.now), arrears.all_dues(tx, organisation.id)
    students = {student.account: student for student in school.students_of(tx, organisation.id)}
    groups = {one.id: one.name for one in school.classes(tx, organisation.id)}
    found = [
        InArrears(
            student=students[account],
            group=groups.get(students[account].group, ""),
            buckets=ageing(mine, on, organisation.currency),
            owed=total([due.amount for due in mine], organisation.currency),
            oldest_due_on=mine[0].due_on,
        )
        for account, mine in dues.items()
        if (on - mine[0].due_on).days >= wish.late_days or not wish.late_days
    ]
    return sorted(found, key=lambda one: (one.oldest_due_on, one.student.number))


# --- how an organisation chases ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetPolicy:
    organisation: OrganisationId
    policy: Policy
    actor: Actor


def set_policy(tx: Tx, wish: SetPolicy) -> int:
    """From the next daily run on. What was told under other days is not told again. The version that holds now."""
    require_for(tx, wish.actor, Action.EDIT_FEES, wish.organisation, what="organisation", name="")
    before = arrears.policy_of(tx, wish.organisation)
    version = arrears.choose_policy(tx, wish.organisation, wish.policy)
    if wish.policy != before:
        told = f"remind {wish.policy.remind} days before, warning from {wish.policy.warning}, critical from {wish.policy.critical}"
        note(tx, wish.actor, wish.organisation, "arrears_policy_set", told)
    return version
