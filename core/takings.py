"""What came in: figures of days, folded from counts and sums of payments by kind (ANA-1, ANA-2, NOT-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from core.ids import ProviderAccountId
from core.money import Currency, Money, zero
from core.payments import WAITING, Method, Purpose, Status

SUSPENSE = "suspense"
"""The state, beside those of payments, of what has arrived and waits for its owner. It is counted among the completed too."""

_KEPT = frozenset(status.value for status in (Status.COMPLETED, Status.PARTLY_REFUNDED, Status.REFUNDED))
"""Money that came and was not taken back by the provider. What we paid back ourselves is money out, in figures of its own."""
_PAID = _KEPT | {Status.REVERSED.value}
_WAITING = frozenset(status.value for status in WAITING)


@dataclass(frozen=True, slots=True)
class Line:
    """How many payments of one kind stand in one state, and their sum, on one business day."""

    on: date
    account: ProviderAccountId
    method: Method
    purpose: Purpose
    state: str
    """A payment's status, or `SUSPENSE`."""
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Figure:
    """So many payments, and what they are together."""

    count: int
    amount: Money

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.count + other.count, self.amount + other.amount)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What became of the prompts that were asked for."""

    paid: int
    failed: int
    expired: int
    waiting: int

    @property
    def permille(self) -> int | None:
        """Of a thousand that have ended, how many were paid, rounded half up; None while none has ended."""
        ended = self.paid + self.failed + self.expired
        return (2_000 * self.paid + ended) // (2 * ended) if ended else None


@dataclass(frozen=True, slots=True)
class Takings:
    """What some days brought, in one currency. Money counts on the day on which it moved; what the provider took back since
    is not in it."""

    money_in: Figure
    by_method: tuple[tuple[Method, Figure], ...]
    """Only methods that brought something, the largest sum first."""
    by_purpose: tuple[tuple[Purpose, Figure], ...]
    by_day: tuple[tuple[date, Figure], ...]
    """Every day, also those that brought nothing."""
    suspense: Figure
    """What of the money that came in waits for its owner still."""
    reversed: Figure
    prompts: Prompts


def takings(lines: Sequence[Line], currency: Currency, *, since: date, until: date) -> Takings:
    """The figures of the business days from `since` to `until`, both included, in `currency`."""
    within = [line for line in lines if since <= line.on <= until and line.amount.currency is currency]
    kept = [line for line in within if line.state in _KEPT]
    days = [since + timedelta(days=at) for at in range((until - since).days + 1)]
    return Takings(
        money_in=_figure(kept, currency),
        by_method=tuple(_ranked((one, _figure([e for e in kept if e.method is one], currency)) for one in Method)),
        by_purpose=tuple(_ranked((one, _figure([e for e in kept if e.purpose is one], currency)) for one in Purpose)),
        by_day=tuple((day, _figure([line for line in kept if line.on == day], currency)) for day in days),
        suspense=_figure([line for line in within if line.state == SUSPENSE], currency),
        reversed=_figure([line for line in within if line.state == Status.REVERSED.value], currency),
        prompts=_prompts([line for line in within if line.method is Method.PROMPT]),
    )


def _figure(lines: Iterable[Line], currency: Currency) -> Figure:
    return sum((Figure(line.count, line.amount) for line in lines), Figure(0, zero(currency)))


_Kind = TypeVar("_Kind", Method, Purpose)


def _ranked(figures: Iterable[tuple[_Kind, Figure]]) -> list[tuple[_Kind, Figure]]:
    return sorted((each for each in figures if each[1].count), key=lambda each: -each[1].amount.minor)


def _prompts(lines: Sequence[Line]) -> Prompts:
    def counted(states: Iterable[str]) -> int:
        return sum(line.count for line in lines if line.state in states)

    return Prompts(
        paid=counted(_PAID),
        failed=counted({Status.FAILED.value}),
        expired=counted({Status.EXPIRED.value}),
        waiting=counted(_WAITING),
    )
