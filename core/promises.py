"""A family's word: so much by that day (FEE-5). Until then nobody reminds it; on that day the books say whether it was kept.

open ──> kept        the sum came by the day, or nothing is owed any more
     ├─> broken      it did not: chasing goes on, with one message that says so
     └─> withdrawn   staff took it back
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import ClassVar
from uuid import UUID

from core.errors import DomainError
from core.ids import CustomerAccountId
from core.money import Money


class PromiseState(Enum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


LONGEST_DAYS = 45
"""How far ahead a family may promise by itself; staff may agree on any day."""
TRUST_AGAIN_DAYS = 30
"""After a broken promise only staff can agree on another for so long: else reminders would never come."""
OFFERED_DAYS = (3, 7, 14, 30)
"""The days that a small screen offers."""


@dataclass(eq=False)
class PromiseNotPossible(DomainError):
    """Too much, too little, too late or too often."""

    code: ClassVar[str] = "promise_not_possible"
    most: Money
    """All that is owed."""


@dataclass(frozen=True, slots=True)
class Promise:
    """`paid_before` is all that was ever paid to the account when the word was given."""

    id: UUID
    account: CustomerAccountId
    amount: Money
    due_on: date
    state: PromiseState
    paid_before: Money
    made_on: date
    made_by: str


def offered_days(on: date) -> tuple[date, ...]:
    return tuple(on + timedelta(days=days) for days in OFFERED_DAYS)


def may_promise(last: Promise | None, on: date) -> bool:
    """May the family give its word by itself? Not beside an open one, nor soon after a broken one."""
    if last is None or last.state in (PromiseState.KEPT, PromiseState.WITHDRAWN):
        return True
    return last.state is PromiseState.BROKEN and (on - last.due_on).days > TRUST_AGAIN_DAYS


def require_possible(amount: Money, due_on: date, *, on: date, owed: Money, longest_days: int | None) -> None:
    """Raise `PromiseNotPossible` for a sum that is not owed, or a day that is past or too far. `longest_days` None: any day."""
    too_far = longest_days is not None and (due_on - on).days > longest_days
    if not 0 < amount.minor <= owed.minor or due_on < on or too_far:
        raise PromiseNotPossible(owed)


def is_to_be_judged(promise: Promise, on: date) -> bool:
    """The day is over: money that came on the day itself counts."""
    return promise.state is PromiseState.OPEN and promise.due_on < on


def verdict(promise: Promise, *, paid: Money, owed: Money) -> PromiseState:
    """`paid` is all that was ever paid to the account up to the day of the promise, `owed` what it owes now."""
    kept = paid - promise.paid_before >= promise.amount or not owed
    return PromiseState.KEPT if kept else PromiseState.BROKEN
