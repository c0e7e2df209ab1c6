"""Payment plans that staff agree on with a family: instalments that sum exactly to what is owed (FEE-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.arrears import Due
from core.errors import NotFound
from core.fees import Student
from core.ids import ItemId, OrganisationId
from core.money import total
from core.permissions import Action, Actor
from core.plans import Instalment, Part, Plan, equal_parts, planned, require_exact
from storage import customer_accounts, organisations, school
from storage import plans as store
from storage.tx import Tx
from usecases.noting import note_of
from usecases.promises import student_of
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class AgreePlan:
    """Either the `parts` as they were agreed, or `count` equal ones from `first` on, a month apart or `every_days`."""

    organisation: OrganisationId
    student: str
    actor: Actor
    parts: tuple[Part, ...] = ()
    count: int = 0
    first: date | None = None
    every_days: int | None = None


def agree_plan(tx: Tx, wish: AgreePlan) -> Plan:
    """From now on these instalments are due instead of all that the student owes today. A plan that stood is replaced.

    Raises `PlanNotPossible` unless they sum exactly to what is owed.
    """
    require_for(tx, wish.actor, Action.AGREE, wish.organisation, what="organisation", name="")
    organisation = organisations.by_id(tx, wish.organisation)
    student = student_of(tx, wish.organisation, wish.student)
    standing = customer_accounts.standings(tx, [student.account], lock=True)[student.account]
    owing = [item for item in standing.account.items if item.outstanding]
    owed = total([item.outstanding for item in owing], organisation.currency)
    parts = wish.parts
    if wish.count and owed:
        first = wish.first or organisation.local_day(tx.now)
        parts = equal_parts(owed, wish.count, first, every_days=wish.every_days)
    require_exact(parts, owed)
    before = store.standing(tx, [student.account]).get(student.account)
    if before is not None:
        _end(tx, wish.organisation, before, wish.actor, "another one")
    plan = Plan(
        tx.new_id(),
        student.account,
        tuple(Instalment(tx.new_id(), amount, due_on) for due_on, amount in parts),
        frozenset(item.id for item in owing),
    )
    store.add(tx, wish.organisation, plan)
    told = ", ".join(f"{amount.plain()} by {due_on}" for due_on, amount in parts)
    note_of(tx, wish.actor, wish.organisation, "plan_agreed", "plan", plan.id, after=told, reason=wish.student)
    return plan


@dataclass(frozen=True, slots=True)
class EndPlan:
    organisation: OrganisationId
    student: str
    actor: Actor
    reason: str


def end_plan(tx: Tx, wish: EndPlan) -> Plan:
    """What it covered is due on its own days again. Raises `NotFound` where no plan stands."""
    require_for(tx, wish.actor, Action.AGREE, wish.organisation, what="organisation", name="")
    student = student_of(tx, wish.organisation, wish.student)
    plan = store.standing(tx, [student.account]).get(student.account)
    if plan is None:
        raise NotFound("plan", wish.student)
    _end(tx, wish.organisation, plan, wish.actor, wish.reason)
    return plan


def _end(tx: Tx, organisation: OrganisationId, plan: Plan, actor: Actor, reason: str) -> None:
    store.end(tx, plan)
    note_of(tx, actor, organisation, "plan_ended", "plan", plan.id, after="ended", reason=reason)


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan as staff see it. `left` are the instalments that are not paid yet, with what is left of each."""

    plan: Plan
    student: Student
    left: tuple[Due, ...]


def standing_plans(tx: Tx, organisation: OrganisationId) -> list[PlanSeen]:
    """By student number. Asks nothing of anybody; the door asks whether the reader may see it."""
    students = {student.account: student for student in school.students_of(tx, organisation)}
    plans = [one for one in store.of_organisation(tx, organisation) if one.account in students]
    accounts = customer_accounts.standings(tx, [one.account for one in plans], lock=False)
    found = [PlanSeen(one, students[one.account], _left(one, accounts[one.account])) for one in plans]
    return sorted(found, key=lambda one: one.student.number)


def _left(plan: Plan, standing: customer_accounts.Standing) -> tuple[Due, ...]:
    covered = [item for item in standing.account.items if item.id in plan.items]
    dues = [Due(ItemId(item.id), plan.account, item.outstanding, item.due_on) for item in covered]
    return tuple(planned(dues, plan))
