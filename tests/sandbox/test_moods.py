"""Moods are read, changed as a whole, and refuse nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import NotFound
from runtime.chance import SeededRandom
from sandbox.moods import Dice, Mood, Moods


class Provider:
    mood = Mood()


def test_a_mood_is_set_as_a_whole() -> None:
    moods = Moods({"mpesa": Provider()})

    changed = moods.change("mpesa", {"lost": 0.5, "latency": 200, "down": True})

    assert (changed["lost"], changed["latency_ms"], changed["down"]) == (0.5, 200, True)
    assert moods.all() == {"mpesa": changed}
    assert moods.change("mpesa", {})["lost"] == 0


@pytest.mark.parametrize(
    "name, mood",
    [
        ("nobody", {}),
        ("mpesa", {"lost": 2}),
        ("mpesa", {"lost": "x"}),
        ("mpesa", {"gone": 1}),
        ("mpesa", {"late_s": -1}),
    ],
)
def test_an_unknown_provider_or_mood_changes_nothing(name: str, mood: dict[str, Any]) -> None:
    moods = Moods({"mpesa": Provider()})

    with pytest.raises(NotFound):
        moods.change(name, mood)

    assert moods.all()["mpesa"]["lost"] == 0


def test_dice_fall_in_their_share_and_certainty_costs_no_throw() -> None:
    random, untouched = SeededRandom(1), SeededRandom(1)
    dice = Dice(random)

    assert not dice.falls(0)
    assert dice.falls(1)
    assert random.below(1_000_000) == untouched.below(1_000_000)
    assert 2_700 < sum(dice.falls(0.3) for _ in range(10_000)) < 3_300
