"""A PIN: what it may be, and how often it may be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pins import (
    MOST_TRIES,
    RESTS,
    RESTS_AFTER,
    NotAPin,
    PinLocked,
    PinRests,
    WeakPin,
    activation_code,
    chosen,
    read,
    why_not,
)

PHONE = "254712345678"
NOW = datetime(2026, 9, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("pin", ["24680", " 90817 ", "00271"])
def test_a_pin_is_five_figures(pin: str) -> None:
    assert chosen(pin, phone=PHONE) == pin.strip()


@pytest.mark.parametrize("pin", ["1234", "123456", "12a45", "", "\u0661\u0662\u0663\u0664\u0665"])
def test_anything_else_is_none(pin: str) -> None:
    with pytest.raises(NotAPin):
        read(pin)


@pytest.mark.parametrize("pin", ["00000", "12121", "12345", "01234", "98765", "45678", "71234"])
def test_what_is_easily_guessed_is_refused(pin: str) -> None:
    with pytest.raises(WeakPin):
        chosen(pin, phone=PHONE)


@given(st.integers(0, 9), st.integers(0, 3_600))
def test_after_three_wrong_ones_each_waits_and_after_five_none_is_tried(tries: int, ago: int) -> None:
    why = why_not(tries, NOW - timedelta(seconds=ago), NOW)

    if tries >= MOST_TRIES:
        assert isinstance(why, PinLocked)
    elif tries >= RESTS_AFTER and ago < RESTS.total_seconds():
        assert isinstance(why, PinRests)
        assert 0 <= why.minutes * 60 - (RESTS.total_seconds() - ago) < 60
    else:
        assert why is None


def test_a_fresh_pin_may_be_tried() -> None:
    assert why_not(0, None, NOW) is None


def test_an_activation_code_is_read_out_with_all_its_figures() -> None:
    assert activation_code(41_7203) == "00417203"
