"""P13: messages from the outbox to the gateway's simulator, against the SDK in a bare loop with as many threads."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import wiring
from bench import school, settings
from bench.books import expect
from bench.lab import Lab, Plan
from bench.measure import Goal, Result
from bench.served import Served, cpu_s
from core.messages import PaymentHeld
from core.money import Currency, Money
from jobs.sending import Sending
from runtime.collector import calm_collector
from runtime.logs import start_logs
from storage import organisations, outbox
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx

THREADS = settings.SMS_THREADS
DIFFERENT = "different texts, one phone each"
EQUAL = "one text to all phones, 500 a call"
A_SECOND = 400
"""Roughly how many different texts the SDK hands over in a second; how many are sent follows from `--seconds`."""


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    """Each round: the SDK's loop, different texts out of the outbox, equal texts out of the outbox."""
    template = lab.place("school")
    await school.build(template, opening_payments=False)
    gateway = lab.start("gateway")
    with (lab.place("log") / "messages.log").open("w") as file, redirect_stderr(file):
        start_logs("info")  # as the service: a line a call, into a file
        calm_collector()  # as the service, and the SDK's loop has as much of it
        return await _rounds(lab, plan, template, gateway)


async def _rounds(lab: Lab, plan: Plan, template: Path, gateway: Served) -> list[Result]:
    few = max(40, int(A_SECOND * plan.seconds))
    many = few * 5
    bare: list[Pace] = []
    different: list[Pace] = []
    equal: list[Pace] = []
    problems: list[str] = []
    for number in range(plan.rounds):
        bare.append(_bare(gateway, few))
        for values, count, alike in ((different, few, False), (equal, many, True)):
            folder = lab.place("outbox")
            shutil.copytree(template, folder, dirs_exist_ok=True)
            values.append(await _sent(folder, gateway, count, alike=alike, problems=problems, round_=number))
    return [
        _result("P13", DIFFERENT, Goal(0.8), bare, different, problems),
        _result("P13-bulk", EQUAL, Goal(20), bare, equal, problems),
    ]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, and at what cost: messages a second, and microseconds of processor time a message, ours and the gateway's."""

    rate: float
    ours_us: float
    gateway_us: float


class Watch:
    """From its making until `pace`."""

    def __init__(self, gateway: Served) -> None:
        self._gateway = gateway
        self._theirs = sum(cpu_s(gateway.process.pid))
        self._ours = time.process_time()
        self._began = time.perf_counter()

    def pace(self, count: int) -> Pace:
        seconds, ours = time.perf_counter() - self._began, time.process_time() - self._ours
        theirs = sum(cpu_s(self._gateway.process.pid)) - self._theirs
        return Pace(count / seconds, ours / count * 1e6, theirs / count * 1e6)


def _result(
    id_: str, what: str, goal: Goal, limits: Sequence[Pace], values: Sequence[Pace], problems: list[str]
) -> Result:
    notes: dict[str, object] = {"threads": THREADS}
    for name, paces in (("the SDK alone", limits), ("product", values)):
        ours, theirs = median(one.ours_us for one in paces), median(one.gateway_us for one in paces)
        notes[f"us of processor time a message, {name}"] = f"{ours:.0f} + {theirs:.0f} the gateway's"
    rates = [[one.rate for one in paces] for paces in (limits, values)]
    return Result(id_, f"outbox: {what}", "messages/s", goal, rates[0], rates[1], what, {}, problems, notes)


def _bare(gateway: Served, count: int) -> Pace:
    """The SDK alone: a pool of threads, each call one text to one phone."""
    from africastalking.SMS import SMSService

    service = SMSService("bench", "bench")
    service._baseUrl = f"{_url(gateway)}/version1"

    def send(number: int) -> Any:
        return service.send(f"Text number {number}", [f"+2547{number:08d}"], timeout=(2, 8))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(THREADS)))
        watch = Watch(gateway)
        list(pool.map(send, range(count)))
        return watch.pace(count)


async def _sent(folder: Path, gateway: Served, count: int, *, alike: bool, problems: list[str], round_: int) -> Pace:
    """From the outbox: claimed, asked whether they may go, rendered, handed over, settled on disk."""
    config = settings.config(folder).model_copy(update={"africastalking_base_url": _url(gateway), "log_level": "error"})
    before = _taken(gateway)
    async with wiring.open_app(config) as running:
        app = running.app
        await app.write(_queue, (count, alike))
        sending = Sending(app, calls=2 * THREADS)
        watch = Watch(gateway)
        while await sending.round():
            pass
        pace = watch.pace(count)
        found = await app.read(outbox.counts)
    expect(problems, f"messages sent in round {round_ + 1}", found.get("sent", 0), count)
    expect(problems, f"texts at the gateway in round {round_ + 1}", _taken(gateway) - before, count)
    return pace


def _queue(tx: Tx, wish: tuple[int, bool]) -> None:
    """So many messages that are due now, each to a phone of its own."""
    count, alike = wish
    (organisation,) = organisations.all_organisations(tx)
    rows = []
    for number in range(count):
        amount = Money(150_000 if alike else 100 * (number + 1), Currency.KES)
        message = PaymentHeld("Kilimani View", amount, "KV1042", "7K2M9-QXAV9", "UKL0000001")
        facts = MessageFacts(message, msisdn=f"2547{number:08d}")
        rows.append(Out(organisation.id, Kind.SMS, message.event, facts))
    outbox.put(tx, rows)


def _taken(gateway: Served) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/count") as answer:
        return int(json.loads(answer.read())["taken"])


def _url(gateway: Served) -> str:
    return f"http://127.0.0.1:{gateway.port}/africastalking"
