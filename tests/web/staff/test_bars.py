"""Bars of days: whole coordinates within the picture, the highest day as high as it."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.money import Currency, Money
from core.takings import Figure
from web.staff.bars import HEIGHT, WIDTH, bars
from web.staff.words import permille_in

SUMS = st.lists(st.integers(0, 10**13), min_size=1, max_size=31)


@given(SUMS)
def test_bars_stand_side_by_side_within_the_picture(sums: list[int]) -> None:
    first = date(2026, 11, 1)
    drawn = bars([(first + timedelta(days=at), Figure(1, Money(one, Currency.KES))) for at, one in enumerate(sums)])

    assert len(drawn) == len(sums)
    for bar, following in itertools.pairwise(drawn):
        assert bar.x + bar.width < following.x
    assert drawn[-1].x + drawn[-1].width <= WIDTH
    assert all(bar.y >= 0 and bar.y + bar.height == HEIGHT for bar in drawn)
    assert all((bar.height > 0) == (one > 0) for bar, one in zip(drawn, sums, strict=True))
    assert max(bar.height for bar in drawn) == (HEIGHT if any(sums) else 0)


def test_a_share_is_told_as_each_language_writes_it() -> None:
    assert [permille_in(935, "en"), permille_in(1_000, "sw"), permille_in(935, "fr")] == ["93.5%", "100.0%", "93,5 %"]
