"""Money that counted for the wrong loan and is moved: as if it had been right from the first day; moved back, as it was (LOAN-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.loans.chasing import ChasePolicy
from core.loans.events import Disbursed, Event, Movement, Repaid, Waived, corrections, netted
from core.loans.fold import position
from core.loans.forecast import required
from runtime.chance import SeededRandom
from tests.core.loans.builders import BEGINS
from tests.core.loans.test_forecast import random_loan

STAGES = ChasePolicy()


class Books:
    """What is booked of one loan: only ever added to, as in the ledger."""

    def __init__(self) -> None:
        self.rows: list[Movement] = []

    def told(self, story: Sequence[Event], until: date) -> None:
        self.rows += corrections(position(story, until).movements, self.rows)

    @property
    def held(self) -> tuple[Movement, ...]:
        return netted(self.rows)


def seen(story: Sequence[Event], until: date) -> tuple[Any, ...]:
    """All that anybody is shown of a loan: schedule, balances, interest and penalties, how late, its stage, what comes."""
    now = position(story, until)
    run = now.run
    return (
        run.rows,
        (run.principal, run.interest, run.penalty, run.credit, now.payoff, now.late, now.due),
        (run.interest_charged, run.penalty_charged),
        (now.days_late, run.worst_late, STAGES.of_lateness(now.days_late)),
        (run.closed_on, required(story, until)),
    )


def history(chance: SeededRandom) -> list[Event]:
    loan = random_loan(chance)
    told: list[Event] = [Disbursed(BEGINS + timedelta(days=chance.below(30)), loan)]
    for _ in range(chance.below(5)):
        on = BEGINS + timedelta(days=chance.below(250))
        told.append(Repaid(on, 1 + chance.below(loan.principal.minor)))
    if chance.below(4) == 0:
        told.append(Waived(BEGINS + timedelta(days=chance.below(250)), 1 + chance.below(50_000)))
    return told


def test_wrong_then_moved_is_right_from_the_start_and_moved_back_is_as_before(proving: bool) -> None:
    """Ten thousand pairs of loans in the proof. Both loans are told on several nights before the slip is seen."""
    chance = SeededRandom(20_261_122)
    for _ in range(10_000 if proving else 60):
        first, second = history(chance), history(chance)
        slip = Repaid(BEGINS + timedelta(days=chance.below(200)), 1 + chance.below(2_000_000))
        nights = sorted(slip.on + timedelta(days=chance.below(120)) for _ in range(3))
        one, other = Books(), Books()
        for night in nights:
            one.told([*first, slip], night)
            other.told(second, night)
        before, today = (one.held, other.held), nights[-1]

        one.told(first, today)
        other.told([*second, slip], today)

        assert one.held == position(first, today).movements
        assert other.held == position([*second, slip], today).movements
        assert seen([*second, slip], today) == seen([slip, *second], today)

        one.told([*first, slip], today)
        other.told(second, today)
        assert (one.held, other.held) == before
