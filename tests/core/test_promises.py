"""A family's word: when it may be given, and what the books say of it."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from core.ids import CustomerAccountId
from core.money import Money
from core.promises import (
    LONGEST_DAYS,
    TRUST_AGAIN_DAYS,
    Promise,
    PromiseNotPossible,
    PromiseState,
    is_to_be_judged,
    may_promise,
    offered_days,
    require_possible,
    verdict,
)
from tests.core.builders import kes

ON = date(2026, 11, 21)
GIVEN = Promise(
    UUID(int=1),
    CustomerAccountId(UUID(int=2)),
    kes(500),
    ON,
    PromiseState.OPEN,
    kes(1_000),
    ON - timedelta(7),
    "person",
)


@pytest.mark.parametrize(
    "paid, owed, state",
    [
        (kes(1_500), kes(700), PromiseState.KEPT),
        (kes(1_499, 99), kes(700), PromiseState.BROKEN),
        (kes(1_000), kes(0), PromiseState.KEPT),
        (kes(900), kes(700), PromiseState.BROKEN),
    ],
)
def test_it_is_kept_when_the_sum_came_or_nothing_is_owed(paid: Money, owed: Money, state: PromiseState) -> None:
    assert verdict(GIVEN, paid=paid, owed=owed) is state


def test_its_whole_day_counts() -> None:
    assert not is_to_be_judged(GIVEN, ON)
    assert is_to_be_judged(GIVEN, ON + timedelta(1))
    assert not is_to_be_judged(replace(GIVEN, state=PromiseState.KEPT), ON + timedelta(1))


@pytest.mark.parametrize(
    "state, days, may",
    [
        (PromiseState.OPEN, 0, False),
        (PromiseState.KEPT, 1, True),
        (PromiseState.WITHDRAWN, 1, True),
        (PromiseState.BROKEN, TRUST_AGAIN_DAYS, False),
        (PromiseState.BROKEN, TRUST_AGAIN_DAYS + 1, True),
    ],
)
def test_who_broke_one_promises_to_staff_for_a_while(state: PromiseState, days: int, may: bool) -> None:
    assert may_promise(replace(GIVEN, state=state), ON + timedelta(days)) is may
    assert may_promise(None, ON)


@pytest.mark.parametrize("amount, days", [(kes(0), 3), (kes(701), 3), (kes(700), -1), (kes(700), LONGEST_DAYS + 1)])
def test_more_than_is_owed_or_a_day_that_is_past_or_too_far_is_refused(amount: Money, days: int) -> None:
    with pytest.raises(PromiseNotPossible):
        require_possible(amount, ON + timedelta(days), on=ON, owed=kes(700), longest_days=LONGEST_DAYS)


def test_a_small_screen_offers_days_that_can_be_promised_and_staff_may_agree_on_any() -> None:
    for due_on in offered_days(ON):
        require_possible(kes(700), due_on, on=ON, owed=kes(700), longest_days=LONGEST_DAYS)
    require_possible(kes(700), ON + timedelta(300), on=ON, owed=kes(700), longest_days=None)
