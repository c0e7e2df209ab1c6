"""Windows of a pull overlap, stay within the provider's reach, and never skip a moment."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.pulling import OVERLAP, REACH, window

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
pauses = st.lists(st.integers(1, 60 * 24 * 4), min_size=1, max_size=12)


def test_the_first_window_is_all_that_the_provider_remembers() -> None:
    first = window(None, NOW)

    assert (first.since, first.until, first.gap_since) == (NOW - REACH, NOW, None)


@given(pauses)
def test_windows_leave_no_moment_out_but_what_they_own_up_to(minutes: list[int]) -> None:
    mark, now = None, NOW
    for pause in minutes:
        now += timedelta(minutes=pause)
        asked = window(mark, now)
        assert now - REACH <= asked.since < asked.until == now
        if mark is not None:
            gap = asked.since - mark
            assert (asked.gap_since is not None) == (gap > timedelta(0))
            assert asked.gap_since in (None, mark)
            assert gap > timedelta(0) or asked.since == max(mark - OVERLAP, now - REACH)
        mark = asked.until
