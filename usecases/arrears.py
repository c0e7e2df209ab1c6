"""Chasing what is owed: reminders before it is due, a warning and a last one after; silent the moment it is paid (FEE-4).

chase_arrears   every day, in one transaction with what it noted as told: a crash leaves nothing, a repeat tells nothing twice
still_owed      asked when a message leaves: it names what is owed then, or is not sent
in_arrears      the list that the bursar looks at
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from core.arrears import Bucket, Chase, Due, Policy, Stage, ageing, chases, overdue
from core.fees import Student
from core.ids import CustomerAccountId, OrganisationId
from core.messages import ArrearsCritical, ArrearsWarning, Message, PromiseMissed, ReminderBeforeDue
from core.money import Money, total
from core.permissions import Action, Actor
from core.promises import Promise, PromiseState
from core.schedule import Due as DueTime
from storage import arrears, customer_accounts, organisations, outbox, promises, school
from storage.organisations import Organisation
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.loans.officers import tell_missed
from usecases.noting import note
from usecases.promises import is_redeemed, judge, pronounce
from usecases.rights import require_for
from usecases.schedule import complete

if TYPE_CHECKING:
    from usecases.truth import Queued

MESSAGES: dict[Stage, type[ReminderBeforeDue | ArrearsWarning | ArrearsCritical]] = {
    Stage.REMINDER: ReminderBeforeDue,
    Stage.WARNING: ArrearsWarning,
    Stage.CRITICAL: ArrearsCritical,
}


def chase_arrears(tx: Tx, due: DueTime) -> str:
    """Let promises of days that are over be judged, and queue what families are to be told today. What is noted as told and
    the messages are one transaction. Whoever has promised is left in peace until the day is over."""
    organisation = organisations.by_id(tx, due.organisation)
    verdicts = judge(tx, organisation)
    broken = [promise for promise, state in verdicts if state is PromiseState.BROKEN]
    on, policy = organisation.local_day(tx.now), arrears.policy_of(tx, organisation.id)
    dues = arrears.all_dues(tx, organisation.id)
    over = {promise.id for promise, _ in verdicts}
    for promise in promises.of_organisation(tx, organisation.id):
        if promise.id not in over:
            dues.pop(promise.account, None)
    told = arrears.told_of(tx, [one.subject for mine in dues.values() for one in mine])
    found = [chase for account in sorted(dues) for chase in chases(dues[account], told, on=on, policy=policy)]
    missed = {promise.account: promise for promise in broken}
    new = [chase for chase in found if chase.stage is Stage.REMINDER or chase.account not in missed]
    counts = {stage: len([chase for chase in new if chase.stage is stage]) for stage in Stage}
    report = ", ".join(f"{count} {stage.value}" for stage, count in counts.items()) + f", {len(broken)} broken"
    if not complete(tx, due, report):
        return "done before"
    pronounce(tx, organisation.id, verdicts)
    arrears.note_told(tx, organisation.id, [note for chase in found for note in chase.notes])
    _tell(tx, organisation, new, broken, dues)
    return report


def _tell(
    tx: Tx,
    organisation: Organisation,
    found: Sequence[Chase],
    broken: Sequence[Promise],
    dues: Mapping[CustomerAccountId, Sequence[Due]],
) -> None:
    numbers = {student.account: student.number for student in school.students_of(tx, organisation.id)}
    lent = [promise.account for promise in broken if promise.account not in numbers]
    numbers |= {id_: one.account.reference for id_, one in customer_accounts.standings(tx, lent, lock=False).items()}
    dues = {**dues, **arrears.dues_of(tx, lent)}
    code = organisations.code_of(tx, organisation.id)
    said: list[tuple[CustomerAccountId, Message]] = [
        (one.account, MESSAGES[one.stage](organisation.name, one.amount, numbers[one.account], one.due_on, code))
        for one in found
    ]
    for one in broken:
        owed = total([due.amount for due in dues.get(one.account, [])], organisation.currency)
        facts = (organisation.name, one.amount, numbers[one.account], one.due_on, owed, code)
        said.append((one.account, PromiseMissed(*facts)))
        tell_missed(tx, one.account, one.amount, one.due_on)
    outbox.put(
        tx,
        [
            Out(organisation.id, Kind.SMS, message.event, MessageFacts(message, accounts=(account,)))
            for account, message in said
        ],
    )


def still_owed(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """A message about a debt, with what is owed of it now; None once that is nothing, or was promised."""
    now = _Now.load(tx, queued)
    return [_owed_now(one, now) for one in queued]


def still_missed(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """A broken promise, with what is owed now; None once the sum has come after all, or another was given."""
    now = _Now.load(tx, queued)
    return [_missed_now(tx, one, now) for one in queued]


@dataclass(frozen=True, slots=True)
class _Now:
    """What the accounts of queued messages owe, and what was promised last for each."""

    dues: dict[CustomerAccountId, list[Due]]
    promised: dict[CustomerAccountId, Promise]
    days: dict[OrganisationId, date]

    @classmethod
    def load(cls, tx: Tx, queued: Sequence[Queued]) -> _Now:
        accounts = {account for one in queued for account in one.facts.accounts}
        mine = {one.organisation for one in queued}
        days = {id_: organisations.by_id(tx, id_).local_day(tx.now) for id_ in mine}
        return cls(arrears.dues_of(tx, accounts), promises.last_of(tx, accounts), days)

    def is_promised(self, account: CustomerAccountId) -> bool:
        last = self.promised.get(account)
        return last is not None and last.state is PromiseState.OPEN


def _owed_now(one: Queued, now: _Now) -> Message | None:
    message, (account, *_) = one.message, one.facts.accounts
    assert isinstance(message, ReminderBeforeDue | ArrearsWarning | ArrearsCritical)
    on, dues = now.days[one.organisation], now.dues.get(account, [])
    if isinstance(message, ReminderBeforeDue):
        meant = [due for due in dues if on <= due.due_on == message.due_on]
    else:
        meant = overdue(dues, on)
    if not meant or now.is_promised(account):
        return None
    amount = total([due.amount for due in meant], message.amount.currency)
    return replace(message, amount=amount, due_on=min(due.due_on for due in meant))


def _missed_now(tx: Tx, one: Queued, now: _Now) -> Message | None:
    message, (account, *_) = one.message, one.facts.accounts
    assert isinstance(message, PromiseMissed)
    dues, last = now.dues.get(account), now.promised[account]
    if not dues or now.is_promised(account) or is_redeemed(tx, last):
        return None
    return replace(message, balance=total([due.amount for due in dues], message.amount.currency))


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
    promised: Promise | None
    """The open promise."""


def in_arrears(tx: Tx, wish: ListArrears) -> list[InArrears]:
    """The longest owed first. Asks nothing of anybody; the door asks whether the reader may see it."""
    organisation = organisations.by_id(tx, wish.organisation)
    on, dues = organisation.local_day(tx.now), arrears.all_dues(tx, organisation.id)
    students = {student.account: student for student in school.students_of(tx, organisation.id)}
    promised = {one.account: one for one in promises.of_organisation(tx, organisation.id)}
    groups = {one.id: one.name for one in school.classes(tx, organisation.id)}
    found = [
        InArrears(
            student=students[account],
            group=groups.get(students[account].group, ""),
            buckets=ageing(mine, on, organisation.currency),
            owed=total([due.amount for due in mine], organisation.currency),
            oldest_due_on=mine[0].due_on,
            promised=promised.get(account),
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
