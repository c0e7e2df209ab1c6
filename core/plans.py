"""Payment plans: debts are paid in instalments, and only these are chased (FEE-5).

A plan covers the debts that there were when it was agreed; what is charged later is due on its own day. Whatever is paid
of the covered debts settles the instalments in their order, so that together they are always what these debts owe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import ClassVar
from uuid import UUID

from core.arrears import Due
from core.errors import DomainError
from core.ids import CustomerAccountId, ItemId
from core.money import Money, total

MOST_INSTALMENTS = 24


@dataclass(eq=False)
class PlanNotPossible(DomainError):
    """Instalments that do not sum to what is owed, are out of order or too many."""

    code: ClassVar[str] = "plan_not_possible"
    owed: Money
    planned: Money


@dataclass(frozen=True, slots=True)
class Instalment:
    id: UUID
    amount: Money
    due_on: date


@dataclass(frozen=True, slots=True)
class Plan:
    """`instalments` in the order of their days; `items` are the debts that it covers."""

    id: UUID
    account: CustomerAccountId
    instalments: tuple[Instalment, ...]
    items: frozenset[ItemId]

    @property
    def amount(self) -> Money:
        amounts = [one.amount for one in self.instalments]
        return total(amounts, amounts[0].currency)


Part = tuple[date, Money]
"""What is to be paid by a day."""


def require_exact(parts: Sequence[Part], owed: Money) -> None:
    """Raise `PlanNotPossible` unless the parts, each above zero and later than the one before, sum to what is owed."""
    planned = total([amount for _, amount in parts], owed.currency)
    days = [day for day, _ in parts]
    in_order = all(first < second for first, second in pairwise(days))
    positive = all(amount.minor > 0 for _, amount in parts)
    if not parts or len(parts) > MOST_INSTALMENTS or planned != owed or not (in_order and positive):
        raise PlanNotPossible(owed, planned)


def equal_parts(owed: Money, count: int, first: date, *, every_days: int | None = None) -> tuple[Part, ...]:
    """`count` parts of whole shillings or francs, the cents in the first; a month apart, or `every_days`."""
    if not 0 < count <= MOST_INSTALMENTS or (every_days is not None and every_days < 1):
        raise PlanNotPossible(owed, owed)
    unit = owed.currency.unit
    units = Money(owed.minor // unit, owed.currency).split([1] * count)
    amounts = [Money(share.minor * unit, owed.currency) for share in units]
    amounts[0] += Money(owed.minor % unit, owed.currency)
    days = [
        months_after(first, at) if every_days is None else first + timedelta(days=at * every_days)
        for at in range(count)
    ]
    return tuple(zip(days, amounts, strict=True))


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def planned(dues: Sequence[Due], plan: Plan | None) -> list[Due]:
    """What an account has to pay by when, the oldest first: instalments in place of the debts that its plan covers."""
    if plan is None:
        return _sorted(dues)
    covered = [due for due in dues if due.subject in plan.items]
    return _sorted([*(due for due in dues if due.subject not in plan.items), *_instalments(plan, covered)])


def _instalments(plan: Plan, covered: Sequence[Due]) -> list[Due]:
    """What is left of each instalment. What these debts owe beyond the plan (a payment was taken back) comes last."""
    left = total([due.amount for due in covered], plan.amount.currency)
    found: list[Due] = []
    for at, one in enumerate(reversed(plan.instalments)):
        is_first = at == len(plan.instalments) - 1
        is_last = at == 0
        beyond = left - plan.amount if is_last and left > plan.amount else Money(0, left.currency)
        amount = left if is_first else min(left, one.amount + beyond)
        left -= amount
        if amount:
            found.append(Due(one.id, plan.account, amount, one.due_on))
    return found


def _sorted(dues: Sequence[Due]) -> list[Due]:
    return sorted(dues, key=lambda due: (due.due_on, due.subject))
