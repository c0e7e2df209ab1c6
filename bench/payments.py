"""P1 to P5 and P7: confirmations over HTTP, durable, against a bare endpoint, an ORM, a slow disk, and worse traffic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import books, client, school
from bench.books import expect
from bench.client import CONNECTIONS, Load, Repeated
from bench.lab import Lab, Plan
from bench.measure import Goal, Result
from bench.school import Notice, Payers, School
from bench.served import Served, cpu_s

COMMIT_DELAY_S = 0.002
FORM = (
    b"sessionId=ATUid_5f0d7f3a9c1e4b6d8a2f&serviceCode=%2A384%2A70421%23&phoneNumber=%2B254700100000"
    b"&networkCode=63902&text=2%2A1%2A2"
)
BARE = client.post("/hooks/any/ussd", FORM, "application/x-www-form-urlencoded")
WORKLOAD = (
    "C2B v2 confirmations over HTTP, payer masked, references as people spell them, 300 students with invoices; hook key and "
    "source address checked, bodies and payers sealed, authenticity codes, audit, receipts numbered and queued as SMS, a "
    "JSON log line each; SQLite, WAL, synchronous=FULL; one process without workers"
)


@dataclass
class Side:
    """One of the things that are measured by turns: a server with books of its own, and the traffic that it gets."""

    name: str
    lab: Lab
    served: Served
    folder_books: books.Books | None = None
    traffic: dict[str, Any] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)
    acknowledged: list[Notice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    expected_rate: float = 0.0
    cpu: list[tuple[float, float]] = field(default_factory=list)
    """Processor seconds of each round: event loop, and all other threads."""

    @property
    def rates(self) -> list[float]:
        return [load.rate for load in self.loads]

    def cpu_us(self) -> str:
        """Processor time of one answer, in microseconds: what a noisy neighbour cannot change much."""
        answers = max(1, sum(load.answers for load in self.loads))
        loop, others = (sum(spent) / answers * 1e6 for spent in zip(*self.cpu, strict=True))
        return f"{loop:.0f} event loop + {others:.0f} other threads"

    def p99s(self) -> list[float]:
        return [load.quantile(0.99) * 1000 for load in self.loads]


class Collections:
    """The servers of these benchmarks, each on its own copy of the school, and rounds over all of them."""

    def __init__(self, lab: Lab, plan: Plan, filled: School) -> None:
        self.lab = lab
        self.plan = plan
        self.school = filled
        self.bare = lab.start("bare")
        self.bare_loads: list[Load] = []
        self.sides: dict[str, Side] = {}
        self._folders = {"": self.school.folder}
        self._series = 0

    def add(self, name: str, kind: str = "product", *words: str, **traffic: float | str | None) -> Side:
        """Another server, with traffic of its own."""
        folder = self.school.copy(self.lab.place(name))
        self._folders[name] = folder
        side = Side(name, self.lab, self.lab.start(kind, "--folder", folder, *words), traffic=traffic)
        side.folder_books = books.read(folder)
        self.sides[name] = side
        return side

    async def rounds(self) -> None:
        """A warm-up of everything, then the rounds: the limit, then each side."""
        plan = self.plan
        await client.flood([self.bare.port], [Repeated(BARE)] * CONNECTIONS, seconds=plan.seconds / 4)
        for side in self.sides.values():
            side.expected_rate = 1_000.0 if side.name == "orm" else 12_000.0
            await self._flood(side, plan.seconds / 4)
            side.expected_rate = side.loads.pop().rate
            side.cpu.pop()
        for _ in range(plan.rounds):
            self.bare_loads.append(
                await client.flood([self.bare.port], [Repeated(BARE)] * CONNECTIONS, seconds=plan.seconds)
            )
            for side in self.sides.values():
                await self._flood(side, plan.seconds)

    def notices(self, side: Side, count: int) -> list[Notice]:
        self._series += 1
        return school.confirmations(self.school, count, series=self._series, **side.traffic)

    async def _flood(self, side: Side, seconds: float) -> None:
        payers = Payers(self.notices(side, int(side.expected_rate * seconds * 1.7) + 500))
        before = cpu_s(side.served.process.pid)
        load = await client.flood([side.served.port], payers.players(CONNECTIONS), seconds=seconds)
        after = cpu_s(side.served.process.pid)
        self.took(side, payers, load)
        side.loads.append(load)
        side.cpu.append((after[0] - before[0], after[1] - before[1]))

    def took(self, side: Side, payers: Payers, load: Load) -> None:
        """Remember what was acknowledged, and whatever is wrong with the load itself."""
        side.acknowledged += payers.acknowledged
        if payers.refused:
            side.problems.append(f"{len(payers.refused)} answers were no success: {payers.refused[0][1][:120]!r}")
        if load.exhausted:
            side.problems.append("the client ran out of prepared requests")

    def read(self, side: Side) -> tuple[dict[str, int], list[str]]:
        """Stop the server and read its books: rows added, and what is wrong with them whatever the traffic was."""
        side.served.stop()
        after = books.read(self._folders[side.name])
        assert side.folder_books is not None
        return after.since(side.folder_books), side.problems + after.problems

    def close(self, side: Side) -> tuple[dict[str, int], list[str]]:
        """The same, and whether there are as many rows as there must be."""
        found, problems = self.read(side)
        coins = {notice.receipt for notice in side.acknowledged}
        lost = {notice.receipt for notice in side.acknowledged if not notice.known}
        for table in ("payments", "entries", "receipts"):
            expect(problems, table, found.get(table, 0), len(coins))
        expect(problems, "exchanges", found.get("exchanges", 0), len(side.acknowledged))
        expect(problems, "suspense items", found.get("suspense_items", 0), len(lost))
        expect(problems, "applications to invoices", found.get("applications", 0), len(coins) - len(lost))
        expect(problems, "messages", found.get("outbox", 0), len(coins) - len(lost))
        found = {"acknowledged": len(side.acknowledged), **found}
        return found, problems


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    """All of them that are wanted, over one set of rounds."""
    stage = Collections(lab, plan, await school.build(lab.place("school"), opening_payments=False))
    plain = stage.add("plain")
    if "P4" in wanted:
        stage.add("delayed", "product", "--commit-delay", str(COMMIT_DELAY_S))
    if "P5" in wanted:
        stage.add("mixed", duplicates=0.10, unknown=0.05)
    if "P7" in wanted:
        stage.add("hot", only=stage.school.students[0][0].number)
    if "P2" in wanted:
        stage.add("orm", "orm", "--connections", "1")
        stage.add("orm pool", "orm", "--connections", "5")
    await stage.rounds()
    latencies = await _latencies(stage, plain) if "P3" in wanted else []
    closed = {name: stage.close(side) for name, side in stage.sides.items()}
    for one in latencies:
        one.counted, one.problems = closed["plain"]
    bare = [load.rate for load in stage.bare_loads]
    goals = {
        "P1": ("confirmations, everything on, to bare HTTP", Goal(0.25), bare, plain, f"{WORKLOAD}; 64 connections"),
        "P4": (
            "P1 with 2 ms more a commit, to P1",
            Goal(0.6),
            plain.rates,
            stage.sides.get("delayed"),
            "P1, commits delayed",
        ),
        "P5": (
            "P1 with worse traffic, to P1",
            Goal(0.9),
            plain.rates,
            stage.sides.get("mixed"),
            "P1, 10 % duplicates and 5 % unknown payers",
        ),
        "P7": (
            "all for one account, to many",
            Goal(0.9),
            plain.rates,
            stage.sides.get("hot"),
            "P1, all for one student",
        ),
    }
    results = list(latencies)
    for id_, (title, goal, limits, side, workload) in goals.items():
        if id_ in wanted and side is not None:
            counted, problems = closed[side.name]
            notes = {"processor us each": side.cpu_us()}
            results.append(Result(id_, title, "/s", goal, limits, side.rates, workload, counted, problems, notes))
    if "P2" in wanted:
        results.append(_to_orm(stage, plain, closed))
    return sorted(results, key=lambda result: result.id)


def _to_orm(stage: Collections, plain: Side, closed: dict[str, tuple[dict[str, int], list[str]]]) -> Result:
    """P2, to the better of two ways to set the baseline up."""
    best = max((stage.sides["orm"], stage.sides["orm pool"]), key=lambda side: sum(side.rates))
    counted, problems = closed["plain"]
    theirs, wrong = closed[best.name]
    pool = "a pool of 5" if best.name == "orm pool" else "one connection"
    work = f"P1, to the same rows written on the same schema by the ORM, one transaction each, with {pool} (the better of two)"
    notes = {"payments of the baseline": theirs.get("payments", 0), "processor us each of the baseline": best.cpu_us()}
    title = "confirmations, to one ORM transaction each"
    return Result("P2", title, "/s", Goal(30), best.rates, plain.rates, work, counted, problems + wrong, notes)


async def _latencies(stage: Collections, plain: Side) -> list[Result]:
    """P3: under full load, as measured in the rounds; idle, one request at a time; and at a fixed rate below saturation."""
    plan = stage.plan
    idle_bare, idle, open_bare, opened = [], [], [], []
    rate = 0.5 * min(plain.rates)
    for _ in range(plan.rounds):
        seconds = max(0.2, plan.seconds / 2)
        load = await client.flood([stage.bare.port], [Repeated(BARE)], seconds=seconds)
        idle_bare.append(load.quantile(0.5) * 1000)
        payers = Payers(stage.notices(plain, int(5_000 * seconds)))
        load = await client.flood([plain.served.port], payers.players(1), seconds=seconds)
        stage.took(plain, payers, load)
        idle.append(load.quantile(0.5) * 1000)
        load = await client.stream([stage.bare.port], [Repeated(BARE)] * CONNECTIONS, rate=rate, seconds=seconds)
        open_bare.append(load.quantile(0.99) * 1000)
        payers = Payers(stage.notices(plain, int(rate * seconds) + 1))
        load = await client.stream([plain.served.port], payers.players(CONNECTIONS), rate=rate, seconds=seconds)
        stage.took(plain, payers, load)
        opened.append(load.quantile(0.99) * 1000)
    bare = [load.quantile(0.99) * 1000 for load in stage.bare_loads]
    at_rate = f"open loop at {rate:,.0f} a second (half of P1's slowest round), 64 connections, from when each was due"
    return [
        Result(
            "P3",
            "p99 of P1, to bare HTTP's",
            "ms",
            Goal(6, at_least=False),
            bare,
            plain.p99s(),
            "P1, closed loop, full load",
        ),
        Result(
            "P3-idle",
            "median of a single confirmation, idle",
            "ms",
            Goal(4, at_least=False),
            idle_bare,
            idle,
            "One connection, one request at a time: each confirmation has its own commit",
        ),
        Result("P3-open", "p99 below saturation, open loop", "ms", None, open_bare, opened, at_rate),
    ]
