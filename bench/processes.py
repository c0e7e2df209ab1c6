"""P14 and P15: how much memory the service takes, and how soon it serves, also after kill -9 on a database with a past."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import books, client, history, school
from bench.books import expect
from bench.client import CONNECTIONS
from bench.lab import Lab, Plan
from bench.measure import Goal, Result
from bench.school import Notice, Payers, School
from bench.served import DidNotStart, Served, cpu_s, until_ready

OURS = frozenset(
    [
        "bench",
        "bot",
        "cli",
        "config",
        "core",
        "dialogue",
        "documents",
        "jobs",
        "main",
        "notifications",
        "providers",
        "runtime",
        "sandbox",
        "simulation",
        "storage",
        "usecases",
        "ussd",
        "web",
        "wiring",
    ]
)
SETTLES_S = 2.0
"""How long after it is ready a process is weighed."""


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    filled = await school.build(lab.place("processes"), opening_payments=False)
    names = _libraries(lab, filled)
    results: list[Result] = []
    if "P14" in wanted:
        results += await _memory(lab, plan, filled, names)
    if "P15" in wanted:
        results += await _starts(lab, plan, filled, names)
    return results


def _libraries(lab: Lab, filled: School) -> Path:
    """A file that names every module but ours that the service has imported once it is ready, in the order of import."""
    served = lab.serve(filled.copy(lab.place("libraries")), interpreter=("-X", "importtime"))
    until_ready(served)
    served.stop()
    names = lab.folder / "libraries.txt"
    lines = [line for line in served.log.read_text(errors="replace").splitlines() if line.startswith("import time:")]
    modules = dict.fromkeys(line.rpartition("|")[2].strip() for line in lines[1:])
    names.write_text("\n".join(name for name in modules if name.partition(".")[0] not in OURS))
    return names


def _imports(lab: Lab, names: Path) -> tuple[Served, float]:
    """A process that only imports; and how long it took from its start."""
    done = names.with_suffix(".done")
    done.unlink(missing_ok=True)
    began = time.perf_counter()
    served = lab.start("imports", "--folder", names, wait=False)
    while not done.exists():
        if served.process.poll() is not None or time.perf_counter() - began > 120:
            raise DidNotStart(served.log.read_text(errors="replace")[-2000:])
        time.sleep(0.002)
    return served, time.perf_counter() - began


# --- P14 ---------------------------------------------------------------------------------------------------------------


async def _memory(lab: Lab, plan: Plan, filled: School, names: Path) -> list[Result]:
    limits, idle, after = [], [], []
    counted: dict[str, int] = {}
    problems: list[str] = []
    for round_ in range(max(3, plan.rounds // 2 + 1)):
        only, _ = _imports(lab, names)
        limits.append(only.rss_mb())
        only.stop()
        served = lab.serve(filled.copy(lab.place("idle")))
        until_ready(served)
        await asyncio.sleep(SETTLES_S)
        idle.append(served.rss_mb())
        served.stop()
        folder = filled.copy(lab.place("loaded"))
        loaded = lab.start("product", "--folder", folder)
        before = books.read(folder)
        payers = await _flooded(loaded, filled, seconds=3 * plan.seconds, series=900 + round_)
        after.append(loaded.rss_mb())
        loaded.stop()
        found = books.read(folder)
        problems += found.problems
        counted = {"acknowledged": len(payers.acknowledged), **found.since(before)}
        expect(problems, "payments", counted.get("payments", 0), len(payers.acknowledged))
    at_rest = f"`karani serve` on the school, workers and all, {SETTLES_S:g} s after it was ready; {_count(names)} modules imported"
    work = f"P1's traffic for {3 * plan.seconds:g} s, then weighed while it waits"
    return [
        Result("P14", "memory idle, to its libraries", "MB", Goal(1.25, at_least=False), limits, idle, at_rest),
        Result("P14-loaded", "memory after P1", "MB", Goal(2, at_least=False), limits, after, work, counted, problems),
    ]


def _count(names: Path) -> int:
    return len(names.read_text().split())


async def _flooded(served: Served, filled: School, *, seconds: float, series: int) -> Payers:
    payers = Payers(school.confirmations(filled, int(9_000 * seconds) + 500, series=series))
    await client.flood([served.port], payers.players(CONNECTIONS), seconds=seconds)
    return payers


# --- P15 ---------------------------------------------------------------------------------------------------------------


async def _starts(lab: Lab, plan: Plan, filled: School, names: Path) -> list[Result]:
    past = filled.copy(lab.place("past"))
    history.grow(past, plan.payments)
    fresh = filled.copy(lab.place("fresh"))
    before = books.read(past)
    acknowledged: list[Notice] = []
    limits, starts, restarts, cpu = [], [], [], []
    rounds = max(3, plan.rounds)
    for round_ in range(rounds):
        only, seconds = _imports(lab, names)
        limits.append(seconds)
        only.stop()
        served, seconds = _ready(lab, fresh)
        starts.append(seconds)
        cpu.append(sum(cpu_s(served.process.pid)))
        served.stop()
        # Killed in the middle of a load, so that there is a log to recover.
        served = lab.start("product", "--folder", past)
        payers = Payers(school.confirmations(filled, 40_000, series=1_000 + round_))
        killer = _Killer(payers, served, after=min(400, int(100 * plan.seconds) + 50))
        await client.flood([served.port], killer.players(), seconds=20)
        acknowledged += payers.acknowledged
        served, seconds = _ready(lab, past)
        restarts.append(seconds)
        served.stop()
    after = books.read(past)
    problems = list(before.problems) + list(after.problems)
    found = after.since(before).get("payments", 0)
    # What was on its way when it was killed may have been written without an answer; what was answered must be there.
    most = len(acknowledged) + rounds * CONNECTIONS
    if not len(acknowledged) <= found <= most:
        problems.append(f"{found:,} payments in the database, {len(acknowledged):,} acknowledged before the kills")
    counted = {"payments before": before.rows["payments"], "acknowledged": len(acknowledged), "payments added": found}
    note = {"processor s to ready": round(sorted(cpu)[len(cpu) // 2], 2)}
    work = f"kill -9 under P1's load, {before.rows['payments']:,} payments in the file; until /readyz answers"
    return [
        Result("P15", "start to ready, to importing", "s", Goal(1.4, at_least=False), limits, starts, "", notes=note),
        Result(
            "P15-restart",
            "restart after kill -9",
            "s",
            Goal(1.6, at_least=False),
            limits,
            restarts,
            work,
            counted,
            problems,
        ),
    ]


def _ready(lab: Lab, folder: Path) -> tuple[Served, float]:
    began = time.perf_counter()
    served = lab.serve(folder)
    return served, until_ready(served) - began


class _Killer:
    """Kills the server once it has acknowledged enough."""

    def __init__(self, payers: Payers, served: Served, *, after: int) -> None:
        self._payers = payers
        self._served = served
        self._after = after

    def players(self) -> list[_Witness]:
        return [_Witness(player, self) for player in self._payers.players(CONNECTIONS)]

    def look(self) -> None:
        if len(self._payers.acknowledged) >= self._after and self._served.process.poll() is None:
            self._served.process.kill()


class _Witness:
    """A player that calls the killer after each answer."""

    def __init__(self, player: school.Payer, killer: _Killer) -> None:
        self._player = player
        self._killer = killer

    def request(self) -> bytes | None:
        return self._player.request()

    def answered(self, ok: bool, body: bytes) -> None:
        self._player.answered(ok, body)
        self._killer.look()
