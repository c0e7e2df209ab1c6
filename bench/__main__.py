"""`python -m bench`: what `make bench` runs. A table, or with `--json` one object a line."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import client, measure
from bench.client import CONNECTIONS, Repeated
from bench.lab import Lab, Plan, Skipped
from bench.measure import Result
from bench.served import disk_sync_ms, workshop

Run = Callable[[Lab, Plan, Sequence[str]], Coroutine[Any, Any, Iterable[Result]]]


def _groups() -> list[tuple[tuple[str, ...], Run]]:
    """Which benchmarks run together, in the order in which they run."""
    from bench import figures, lending, overload, payments, postgres, processes, texts, ussd

    return [
        (("P1", "P2", "P3", "P4", "P5", "P7"), payments.run),
        (("P1-loans", "P5-loans"), lending.run),
        (("P6",), postgres.run),
        (("P8",), ussd.run),
        (("P10", "P11"), figures.run),
        (("P13",), _outbox),
        (("P14", "P15"), processes.run),
        (("S1", "S2"), overload.run),
        (("S3",), texts.run),
    ]


async def _outbox(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    from bench import messages

    return await messages.run(lab, plan, wanted)


async def _ceiling(lab: Lab, seconds: float) -> float:
    """How many requests a second the client itself can make, against a server that does nothing."""
    from bench.payments import BARE

    served = lab.start("echo")
    load = await client.flood([served.port], [Repeated(BARE)] * CONNECTIONS, seconds=seconds)
    served.stop()
    return load.rate


async def _measure(
    lab: Lab, plan: Plan, wanted: Sequence[str], said: Callable[[Result], None], told: Callable[[str], None]
) -> dict[str, str]:
    ceiling = await _ceiling(lab, min(1.0, plan.seconds))
    context = {
        "the load client's own ceiling": f"{ceiling:,.0f} requests a second",
        "one durable write of 4 KiB": f"{disk_sync_ms(lab.folder):.2f} ms",
        "processors": f"{os.cpu_count()}, load before the run {os.getloadavg()[0]:.1f}",
    }
    for ids, run in _groups():
        chosen = [id_ for id_ in ids if id_ in wanted]
        if not chosen:
            continue
        told(f"measuring {', '.join(chosen)}")
        try:
            for result in await run(lab, plan, chosen):
                said(result)
        except Skipped as reason:
            told(f"SKIPPED {', '.join(chosen)}: {reason}")
        finally:
            lab.close()
    return context


def main(words: Sequence[str]) -> int:
    ids = [id_ for group, _ in _groups() for id_ in group]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks, each beside its limit.")
    parser.add_argument("--only", default=",".join(ids), help="as P1,P8")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="of each load in a round")
    parser.add_argument(
        "--payments", type=int, default=Plan.payments, help="in the database that P10 reports on and P15 restarts on"
    )
    parser.add_argument(
        "--where", type=Path, help="a folder on the disk to be measured (default: the system's temporary one)"
    )
    given = parser.parse_args(words)
    known = {id_.upper(): id_ for id_ in ids}
    wanted = [known.get(id_.strip().upper(), id_.strip()) for id_ in given.only.split(",") if id_.strip()]
    if unknown := set(wanted) - set(ids):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))} (there are {', '.join(ids)})")
    plan = Plan(given.rounds, given.seconds, given.payments)
    aside = Console(stderr=True)
    results: list[Result] = []

    def said(result: Result) -> None:
        results.append(result)
        if given.json:
            print(result.line(), flush=True)

    with workshop(given.where) as folder:
        lab = Lab(folder)
        try:
            context = asyncio.run(
                _measure(lab, plan, wanted, said, lambda text: aside.print(text, style="dim", highlight=False))
            )
        finally:
            lab.close()
    if given.json:
        aside.print(context)
    else:
        measure.shown(results, context, Console())
    return 1 if any(result.problems for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
