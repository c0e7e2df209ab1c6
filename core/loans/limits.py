"""How much a borrower may have, by the lender's rule and their own history (LOAN-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.loans.products import MILLION, LimitRule, Product, half_up
from core.loans.states import WAITING, LoanState
from core.money import Money


@dataclass(frozen=True, slots=True)
class Past:
    """One loan of a borrower, as far as their next limit asks. `began_on` None: not given yet."""

    state: LoanState
    principal: Money
    began_on: date | None
    worst_late: int
    """The most days that it was ever late."""
    days_late: int
    """Now."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to so much, and why: `reason` is a code for the doors to say in words."""

    most: Money
    reason: str


def limit_of(product: Product, history: Sequence[Past]) -> Limit:
    """What the borrower may ask for now: `waiting` and `late` and `lost` are nothing at all, `new` is a first loan.

    Each loan that was repaid and never later than the rule allows makes the next one larger. `running` says that the
    principal of loans that still run is taken off.
    """
    none = Money(0, product.currency)
    if any(past.state in WAITING for past in history):
        return Limit(none, "waiting")
    if any(past.state is LoanState.WRITTEN_OFF for past in history):
        return Limit(none, "lost")
    running = [past for past in history if past.state is LoanState.ACTIVE]
    if any(past.days_late > product.limit.late_days for past in running):
        return Limit(none, "late")
    good = sum(1 for past in history if _is_good(past, product.limit))
    most = min(_grown(product.limit, good), product.most_minor)
    left = most - sum(past.principal.minor for past in running)
    if left < product.least_minor:
        return Limit(none, "running" if running else "new")
    reason = "running" if running else "history" if good else "new"
    return Limit(Money(_whole(left, product), product.currency), reason)


def _is_good(past: Past, rule: LimitRule) -> bool:
    return past.state is LoanState.REPAID and past.worst_late <= rule.late_days


def _grown(rule: LimitRule, good: int) -> int:
    limit = rule.first_minor
    for _ in range(good):
        limit += half_up(Fraction(limit * rule.step_millionths, MILLION))
    return limit


def _whole(minor: int, product: Product) -> int:
    """Whole shillings or francs: what a phone can be sent."""
    return minor - minor % product.currency.unit
