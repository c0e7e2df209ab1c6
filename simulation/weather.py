"""What goes wrong in the world, by level: moods of providers, outages, power cuts, clocks, and people who all come at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import msgspec

from core.ports import Random
from sandbox.moods import Dice, Mood

FAIR = Mood()
AHEAD, BACK = timedelta(seconds=30), timedelta(seconds=3)
"""How far a process's clock is set wrong at most."""
QUICK = 0.02
"""What a commit takes on a good disk, in seconds."""


class Faults(Enum):
    """How much goes wrong."""

    NONE = "none"
    SOME = "some"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Odds:
    """Per simulated hour, in thousandths."""

    moods: int
    outages: int
    cuts: int
    cuts_at_commit: int
    steps: int
    rushes: int
    reversals: int
    tokens: int


_ODDS = {
    Faults.NONE: Odds(0, 0, 0, 0, 0, 8, 0, 0),
    Faults.SOME: Odds(60, 2, 8, 8, 4, 8, 2, 20),
    Faults.MANY: Odds(300, 15, 40, 40, 40, 40, 8, 150),
}


class Weather:
    """Throws for the next hour. `counted` says what was injected."""

    def __init__(self, faults: Faults, random: Random) -> None:
        self._odds = _ODDS[faults]
        self._random = random
        self._dice = Dice(random)
        self.counted: Counter[str] = Counter()

    def mpesa(self) -> Mood:
        """How M-Pesa behaves for an hour."""
        if self._falls(self._odds.outages):
            self.counted["outage"] += 1
            return Mood(down=True, callbacks_fail=True)
        if not self._falls(self._odds.moods):
            return FAIR
        self.counted["bad hour at M-Pesa"] += 1
        worse = 1 if self._random.below(4) else 3
        return Mood(
            latency_ms=self._random.below(4_000),
            lost=self._share(30),
            doubled=self._share(40),
            late=self._share(30 * worse),
            late_s=float(self._random.below(3_600)),
            refused=self._share(20),
            unknown=self._share(20 * worse),
            retries=self._random.below(3),
            fails_after=self._share(10 * worse),
            contradicts=self._share(15 * worse),
            gathers_s=600.0 * self._random.below(2),
            c2b=("v1", "v2", "plain")[self._random.below(3)],
        )

    def paying(self, mood: Mood) -> Mood:
        """The same hour, as payouts find it."""
        if mood is FAIR or mood.down:
            return mood
        return msgspec.structs.replace(mood, broken=self._share(60), queue_full=self._share(60), lies=self._share(60))

    def telegram(self) -> Mood:
        """How the chats behave for an hour: at times not at all."""
        if self._falls(self._odds.outages * 2):
            self.counted["outage at Telegram"] += 1
            return Mood(down=True, callbacks_fail=True)
        if not self._falls(self._odds.moods):
            return FAIR
        return Mood(latency_ms=self._random.below(2_000), doubled=self._share(40), unknown=self._share(15), retries=1)

    def gateway(self) -> Mood:
        """How the gateway behaves for an hour."""
        if not self._falls(self._odds.moods):
            return FAIR
        self.counted["bad hour at the gateway"] += 1
        return Mood(
            latency_ms=self._random.below(2_000),
            doubled=self._share(40),
            late=self._share(30),
            late_s=float(self._random.below(1_200)),
            lost=self._share(30),
            refused=self._share(20),
            unknown=self._share(20),
            undelivered=self._share(20),
            reuses=self._share(80),
        )

    def other_gateway(self) -> Mood:
        """How the second gateway behaves, which takes what the first did not."""
        if not self._falls(self._odds.moods):
            return FAIR
        return Mood(doubled=self._share(40), late=self._share(40), late_s=300.0, undelivered=self._share(20))

    def reports_backwards(self) -> bool:
        """Whether delivery reports come in the wrong order for an hour."""
        return self._falls(self._odds.moods)

    def clock_step(self) -> float:
        """By how many seconds the process's clock is set right, or wrong; mostly not at all. Forward, or a little back."""
        if not self._falls(self._odds.steps):
            return 0.0
        self.counted["clock set"] += 1
        return float(self._random.below(int((AHEAD + BACK).total_seconds()))) - BACK.total_seconds()

    def disk_lag(self) -> float:
        """How many seconds the disk keeps each commit waiting for an hour; mostly so few that it takes along what comes in the
        same moment."""
        if not self._falls(self._odds.moods // 3):
            return QUICK if self._odds.moods else 0.0
        self.counted["slow disk"] += 1
        return (1 + self._random.below(30)) / 10

    def rush(self) -> int:
        """How many people act within the same minute, now and then."""
        if not self._falls(self._odds.rushes):
            return 0
        self.counted["rush"] += 1
        return 4 + self._random.below(12)

    def gives_names_again(self) -> bool:
        """Has the gateway too few names while they act?"""
        return self._counted(self._odds.moods * 2, "names given again in a rush")

    def cuts_power_in_rush(self) -> bool:
        """Does power go while they act? The more often the more it goes at all."""
        return self._counted(self._odds.cuts_at_commit * 10, "power cut in a rush")

    def ends_tokens(self) -> bool:
        """Does M-Pesa forget whom it let in, before the time that it had promised?"""
        return self._counted(self._odds.tokens, "tokens ended early")

    def takes_back(self) -> bool:
        """Does M-Pesa give a payment back, of its own accord?"""
        return self._counted(self._odds.reversals, "reversal at M-Pesa")

    def cuts_power(self) -> bool:
        return self._counted(self._odds.cuts, "power cut")

    def dark_s(self) -> float:
        """How long it is dark then: somebody starts the program again at once, or is only called."""
        return 2.0 if self._random.below(5) < 3 else float(60 + self._random.below(400))

    def cuts_power_at_commit(self) -> bool:
        return self._counted(self._odds.cuts_at_commit, "power cut at a commit")

    def cuts_power_at_payout(self) -> bool:
        """Does the process die while it pays what somebody just let go?"""
        return self._counted(self._odds.cuts_at_commit * 5, "power cut at a payout")

    def _counted(self, thousandths: int, what: str) -> bool:
        if not self._falls(thousandths):
            return False
        self.counted[what] += 1
        return True

    def _falls(self, thousandths: int) -> bool:
        return self._dice.falls(thousandths / 1000)

    def _share(self, most_percent: int) -> float:
        return self._random.below(most_percent + 1) / 100
