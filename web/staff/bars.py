"""Bars of days as plain SVG: whole coordinates in, nothing loaded, nothing run. The page draws them (`home.html`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.money import Currency
from core.takings import Figure, Takings

WIDTH, HEIGHT = 600, 120
GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, as a rectangle whose foot stands on the line at `HEIGHT`."""

    on: date
    figure: Figure
    x: int
    y: int
    width: int
    height: int


def bars(days: Sequence[tuple[date, Figure]]) -> list[Bar]:
    """The highest day fills the height; a day that brought anything can be seen."""
    most = max(1, *(figure.amount.minor for _, figure in days))
    step = WIDTH // len(days)
    width = max(1, step - GAP)
    drawn = []
    for at, (on, figure) in enumerate(days):
        height = max(figure.amount.minor * HEIGHT // most, 2 if figure.amount.minor > 0 else 0)
        drawn.append(Bar(on, figure, at * step, HEIGHT - height, width, height))
    return drawn


@dataclass(frozen=True, slots=True)
class Chart:
    """The figures of one currency, drawn. `best` is the day that brought most; None when no day brought anything."""

    currency: str
    today: Takings
    recent: Takings
    bars: Sequence[Bar]
    best: Bar | None
    width: int = WIDTH
    height: int = HEIGHT


def charts(came: Mapping[Currency, tuple[Takings, Takings]]) -> list[Chart]:
    """Of today and the recent days, by currency."""
    found = []
    for currency, (today, recent) in came.items():
        drawn = bars(recent.by_day)
        best = max(drawn, key=lambda bar: bar.figure.amount.minor)
        found.append(Chart(currency.code, today, recent, drawn, best if best.height else None))
    return found
