"""Column types mean the same on both databases, to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from storage.types import Id, Moment, from_us, to_us, written

DIALECTS = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]
MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - Hypothesis wants its bounds naive
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=3))]),
)


def through(type_: sa.types.TypeDecorator[Any], dialect: sa.Dialect, value: Any) -> Any:
    return type_.process_result_value(type_.process_bind_param(value, dialect), dialect)


@given(MOMENTS)
def test_a_moment_comes_back_exactly_and_in_utc(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment
    for dialect in DIALECTS:
        back = through(Moment(), dialect, moment)
        assert back == moment
        assert back.tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_moments_compare_as_their_numbers_do(left: datetime, right: datetime) -> None:
    assert (left < right) == (to_us(left) < to_us(right))


@given(st.uuids())
def test_an_id_comes_back_exactly(id_: UUID) -> None:
    for dialect in DIALECTS:
        assert through(Id(), dialect, id_) == id_
    assert Id().process_bind_param(id_, DIALECTS[0]) == id_.bytes


@given(st.uuids())
def test_digits_are_written_as_ids_are(id_: UUID) -> None:
    assert written(id_.hex) == str(id_)


@pytest.mark.parametrize("type_", [Id(), Moment()])
def test_nothing_stays_nothing(type_: sa.types.TypeDecorator[Any]) -> None:
    for dialect in DIALECTS:
        assert through(type_, dialect, None) is None
