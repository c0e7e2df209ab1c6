"""What may follow what in the life of a payment."""

import itertools

import pytest

from core.payments import NEXT, WAITING, Status, WrongState, may_become, require_next

MONEY_MOVED = {Status.COMPLETED, Status.REVERSED, Status.PARTLY_REFUNDED, Status.REFUNDED}


def test_every_state_says_what_may_follow_it() -> None:
    assert set(NEXT) == {None, *Status}


def test_a_payment_starts_asked_for_or_already_paid() -> None:
    assert NEXT[None] == {Status.INITIATED, Status.COMPLETED}


@pytest.mark.parametrize("given_up", [Status.FAILED, Status.EXPIRED, *sorted(WAITING, key=lambda status: status.value)])
def test_money_that_comes_late_is_still_credited(given_up: Status) -> None:
    require_next(given_up, Status.COMPLETED)


@pytest.mark.parametrize("moved", [status for status in Status if status in MONEY_MOVED])
def test_money_that_moved_is_never_said_to_have_failed(moved: Status) -> None:
    assert NEXT[moved] <= MONEY_MOVED


def test_what_the_provider_took_back_is_over() -> None:
    assert NEXT[Status.REVERSED] == frozenset()


def test_a_refund_that_comes_back_is_a_payment_again() -> None:
    assert NEXT[Status.REFUNDED] == {Status.PARTLY_REFUNDED, Status.COMPLETED, Status.REVERSED}


def test_a_payment_may_be_refunded_in_several_parts() -> None:
    require_next(Status.COMPLETED, Status.PARTLY_REFUNDED)
    require_next(Status.PARTLY_REFUNDED, Status.PARTLY_REFUNDED)
    require_next(Status.PARTLY_REFUNDED, Status.REFUNDED)


def test_every_state_can_be_reached_from_the_start() -> None:
    reached: set[Status] = set()
    ahead = set(NEXT[None])
    while ahead:
        reached |= ahead
        ahead = {following for status in ahead for following in NEXT[status]} - reached

    assert reached == set(Status)


@pytest.mark.parametrize("now, wanted", list(itertools.product((None, *Status), Status)))
def test_what_the_table_does_not_allow_is_refused_with_both_states(now: Status | None, wanted: Status) -> None:
    if may_become(now, wanted):
        require_next(now, wanted)
        return

    with pytest.raises(WrongState) as refusal:
        require_next(now, wanted)

    assert refusal.value.now == (now.value if now else "new")
    assert refusal.value.wanted == wanted.value
