"""The schedule of a loan: what is to be paid by which day, to the coin. It sums exactly to principal plus interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from core.loans.products import Method, Terms, half_up
from core.money import Money


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment. Amounts are minor units."""

    number: int
    """From 1."""
    due_on: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        return self.principal + self.interest


@lru_cache(maxsize=4_096)
def schedule(terms: Terms, starts_on: date) -> tuple[Row, ...]:
    """The instalments of a loan that begins on `starts_on`; the first is due one period later.

    Interest of a declining balance is rounded in each period, as banks publish it; the last instalment takes what
    rounding leaves.
    """
    count, principal = terms.instalments, terms.principal.minor
    rate = terms.rate.of_period(terms.every)
    is_flat = terms.method is Method.FLAT
    flat = _flat_interest(terms)
    usual = instalment(terms)
    rows, balance = [], principal
    for number in range(1, count + 1):
        interest = flat[number - 1] if is_flat else half_up(balance * rate)
        paid = _principal_of(number, terms, balance, usual - interest)
        balance -= paid
        rows.append(Row(number, terms.every.after(starts_on, number), paid, interest))
    return tuple(rows)


def _principal_of(number: int, terms: Terms, balance: int, room: int) -> int:
    if number <= terms.interest_only:
        return 0
    # However coarse the rounding, something is left for each later instalment: none is for interest alone.
    later = terms.instalments - number
    return min(max(room, 0), max(balance - later, 0)) if later else balance


def instalment(terms: Terms) -> int:
    """The usual instalment in minor units: rounded half up to the product's multiple."""
    bearing = terms.instalments - terms.interest_only
    principal = terms.principal.minor
    if terms.method is Method.FLAT:
        interest = Fraction(sum(_flat_interest(terms)) * bearing, terms.instalments)
        exact = (principal + interest) / bearing
    else:
        exact = _annuity(principal, terms.rate.of_period(terms.every), bearing)
    return half_up(exact / terms.round_to_minor) * terms.round_to_minor


def _flat_interest(terms: Terms) -> list[int]:
    """Flat interest of each period: equal shares of that of the whole term."""
    whole = half_up(terms.principal.minor * terms.rate.of_period(terms.every) * terms.instalments)
    return [share.minor for share in Money(whole, terms.principal.currency).split([1] * terms.instalments)]


def _annuity(principal: int, rate: Fraction, count: int) -> Fraction:
    """The equal payment that ends a loan after `count` periods: P i / (1 - (1 + i)^-count)."""
    if not rate:
        return Fraction(principal, count)
    with localcontext() as context:
        context.prec = 60
        each = Decimal(rate.numerator) / Decimal(rate.denominator)
        payment = Decimal(principal) * each / (1 - (1 + each) ** -count)
    return Fraction(payment)


def interest_of(rows: Sequence[Row]) -> int:
    """What a schedule costs, in minor units."""
    return sum(row.interest for row in rows)
