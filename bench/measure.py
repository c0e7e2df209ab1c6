"""Results: each a ratio of the product's figure to a limit's, round by round, against a goal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio should be."""

    ratio: float
    at_least: bool = True

    def reached_by(self, ratio: float) -> bool:
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.ratio:g}"


@dataclass(slots=True)
class Result:
    """One benchmark's answer. `limits` and `values` hold one figure a round, measured one after the other."""

    id: str
    title: str
    unit: str
    goal: Goal | None
    limits: Sequence[float]
    values: Sequence[float]
    workload: str = ""
    counted: dict[str, int] = field(default_factory=dict)
    """Rows found in the database afterwards."""
    problems: list[str] = field(default_factory=list)
    """What is wrong with the books, or with the run. A result with problems is none."""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        return [value / limit for limit, value in zip(self.limits, self.values, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def reached(self) -> bool | None:
        """None where no goal is set."""
        if self.problems:
            return False
        return self.goal.reached_by(self.ratio) if self.goal else None

    def line(self) -> str:
        """One JSON object."""
        ratios = self.ratios
        return json.dumps(
            {
                "id": self.id,
                "title": self.title,
                "ratio": _rounded(self.ratio),
                "ratio_min": _rounded(min(ratios)),
                "ratio_max": _rounded(max(ratios)),
                "goal": self.goal.ratio if self.goal else None,
                "goal_is": ("at least" if self.goal.at_least else "at most") if self.goal else None,
                "reached": self.reached,
                "limit": _rounded(median(self.limits)),
                "value": _rounded(median(self.values)),
                "unit": self.unit,
                "rounds": len(ratios),
                "limits": [_rounded(limit) for limit in self.limits],
                "values": [_rounded(value) for value in self.values],
                "workload": self.workload,
                "counted": self.counted,
                "problems": self.problems,
                "notes": self.notes,
            }
        )


def _rounded(figure: float) -> float:
    return float(f"{figure:.4g}")


def shown(results: Iterable[Result], context: dict[str, str], console: Console) -> None:
    """The table for people, and below it what each was run on and what was found afterwards."""
    results = list(results)
    table = Table(title="Each figure as a ratio to a limit of the same run (median, least to most)")
    for name in ("", "benchmark"):
        table.add_column(name)
    for name in ("limit", "product"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for name in ("ratio", "goal"):
        table.add_column(name, justify="right")
    table.add_column("reached")
    for one in results:
        ratios = one.ratios
        reached = {True: "[green]yes", False: "[red]no", None: ""}[one.reached]
        table.add_row(
            one.id,
            one.title,
            _figure(median(one.limits)),
            _figure(median(one.values)),
            one.unit,
            f"{one.ratio:.3g}  ({min(ratios):.3g} to {max(ratios):.3g}, {len(ratios)} rounds)",
            str(one.goal or ""),
            "[red]books broken" if one.problems else reached,
        )
    console.print(table)
    for name, text in context.items():
        console.print(f"{name}: {text}", style="dim", highlight=False)
    for one in results:
        found = ", ".join(f"{count:,} {name}" for name, count in one.counted.items())
        more = ", ".join(f"{name} {value}" for name, value in one.notes.items())
        parts = [part for part in (one.workload, f"In the books: {found}" if found else "", more) if part]
        console.print(f"[bold]{one.id}[/bold] {'. '.join(parts)}", highlight=False)
        for problem in one.problems:
            console.print(f"   [red]{problem}", highlight=False)


def _figure(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
