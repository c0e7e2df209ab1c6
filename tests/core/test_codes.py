"""A one-time code is good for one person, one approval, one content, five minutes and five tries; then for nothing (OUT-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.approvals import ApprovalId, ContentHash
from core.codes import (
    LASTS,
    MOST_A_DAY,
    MOST_AN_HOUR,
    TRIES,
    CodeId,
    CodeOld,
    CodeSpent,
    SentCode,
    binding,
    figures,
    wait,
    why_not,
)
from core.errors import DomainError
from core.ids import StaffId

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def id_(number: int) -> UUID:
    return UUID(int=number)


def code(number: int = 1, *, approval: int = 1, staff: int = 1, content: bytes = b"a") -> SentCode:
    ids = (CodeId(id_(number)), ApprovalId(id_(approval)), StaffId(id_(staff)))
    return SentCode(*ids, ContentHash(content), NOW, NOW + LASTS)


def asked(one: SentCode, *, at: datetime = NOW, **other: object) -> DomainError | None:
    facts = {"approval": one.approval, "staff": one.staff, "content": one.content, **other}
    return why_not(one, now=at, **facts)  # type: ignore[arg-type]


@given(st.integers(0, 10**9))
def test_a_code_is_six_figures(number: int) -> None:
    assert len(figures(number)) == 6
    assert figures(number).isdecimal()


_ones = st.builds(
    code,
    st.integers(1, 3),
    approval=st.integers(1, 3),
    staff=st.integers(1, 3),
    content=st.sampled_from([b"a", b"b"]),
)


@given(_ones, _ones, st.sampled_from(["123456", "654321"]), st.sampled_from(["123456", "654321"]))
def test_what_is_kept_of_a_code_is_bound_to_all_that_it_is_for(
    one: SentCode, other: SentCode, typed: str, also: str
) -> None:
    same = (one, typed) == (other, also)

    assert (binding(one, typed) == binding(other, also)) == same


@given(_ones, _ones)
def test_a_code_for_one_thing_opens_no_other(one: SentCode, other: SentCode) -> None:
    for_other = why_not(one, approval=other.approval, staff=other.staff, content=other.content, now=NOW)
    same = (one.approval, one.staff, one.content) == (other.approval, other.staff, other.content)

    assert (for_other is None) == same


def test_a_code_is_good_for_five_minutes_and_five_tries_and_once() -> None:
    one = code()

    assert asked(one, at=NOW + LASTS - timedelta(seconds=1)) is None
    assert isinstance(asked(one, at=NOW + LASTS), CodeOld)
    assert asked(replace(one, tries=TRIES - 1)) is None
    assert isinstance(asked(replace(one, tries=TRIES)), CodeSpent)
    assert isinstance(asked(replace(one, used_at=NOW)), CodeOld)
    assert isinstance(asked(replace(one, is_replaced=True)), CodeOld)


@pytest.mark.parametrize(
    "minutes_ago, seconds",
    [
        ([], 0),
        ([0], 60),
        ([1], 0),
        ([2, 10, 20, 30], 0),
        ([2, 10, 20, 30, 40], 20 * 60),
        ([61] * MOST_AN_HOUR, 0),
        ([*range(70, 70 + MOST_A_DAY)], 24 * 3_600 - (69 + MOST_A_DAY) * 60),
        ([24 * 60] * 50, 0),
    ],
)
def test_codes_are_sent_a_minute_apart_five_an_hour_twenty_a_day(minutes_ago: list[int], seconds: int) -> None:
    sent = [NOW - timedelta(minutes=minutes) for minutes in minutes_ago]

    assert wait(sent, NOW) == timedelta(seconds=seconds)


@given(st.lists(st.integers(0, 90_000), max_size=40))
def test_whoever_waits_as_told_may_have_another(seconds_ago: list[int]) -> None:
    sent = [NOW - timedelta(seconds=seconds) for seconds in seconds_ago]

    assert wait(sent, NOW + wait(sent, NOW)) == timedelta(0)
