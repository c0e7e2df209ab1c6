"""What is usual, and how far from it a request is: figures that anybody can recompute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.briefs import LEAST_USUAL, times_in_tenths, usual
from core.money import Money
from tests.world import kes

sums = st.integers(1, 1_000_000).map(kes)


@given(st.lists(sums, max_size=9))
def test_the_usual_is_one_of_what_was_paid_with_as_many_below_as_above(amounts: list[Money]) -> None:
    found = usual(amounts)

    if len(amounts) < LEAST_USUAL:
        assert found is None
        return
    assert found in amounts
    below = sum(amount.minor < found.minor for amount in amounts)
    above = sum(amount.minor > found.minor for amount in amounts)
    assert below <= len(amounts) / 2 >= above - 1


@given(sums, sums)
def test_times_never_overstate(amount: Money, usual_amount: Money) -> None:
    tenths = times_in_tenths(amount, usual_amount)

    assert tenths * usual_amount.minor <= amount.minor * 10 < (tenths + 1) * usual_amount.minor


def test_three_times_and_a_bit() -> None:
    assert times_in_tenths(kes(4_200), kes(1_000)) == 42
