"""S3: texts that people send, as Africa's Talking posts them, each read, kept, done and answered in one commit."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from bench import books, client, school
from bench.books import expect
from bench.client import CONNECTIONS, Load, Repeated, post
from bench.lab import Lab, Plan
from bench.measure import Result
from bench.payments import BARE
from bench.school import GATEWAY_KEY, School

WORKLOAD = (
    "balance, a payment that asks the phone, one that is read back, where is my money, and small talk in equal shares, from guardians "
    "and strangers in turns, four languages; each kept, done, answered; answers acknowledged after the commit"
)
_FROM_GUARDIANS = ("salio tafadhali", "pay {number} 50", "lipa elfu mbili", "where is my money", "bonjour monsieur")
_FROM_STRANGERS = ("asigaye", "payer {number} 60", "pay {number} 1.5k please", "nimelipa 500 jana", "habari za asubuhi")


class Writer:
    """One connection: one phone after the other writes."""

    def __init__(self, filled: School, numbers: itertools.count[int]) -> None:
        self._numbers = numbers
        self._guardians = [one.msisdn.digits for family in filled.plan.families for one in family.guardians]
        self._students = [student.number for student, _ in filled.students]
        self.sent = self.refused = 0

    def request(self) -> bytes | None:
        number = next(self._numbers)
        mine, texts = number // 2, _FROM_STRANGERS if number % 2 else _FROM_GUARDIANS
        phone = str(254_730_000_000 + mine) if number % 2 else self._guardians[mine % len(self._guardians)]
        words = texts[mine % len(texts)].format(number=self._students[mine % len(self._students)])
        body = (
            f"id=S{number}&from=%2B{phone}&to=20880&text={quote(words)}&date=2026-11-21%2009%3A00%3A00"
            "&linkId=&networkCode=63902"
        )
        self.sent += 1
        return post(f"/hooks/{GATEWAY_KEY}/sms", body.encode(), "application/x-www-form-urlencoded")

    def answered(self, ok: bool, body: bytes) -> None:
        self.refused += not ok


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    filled = await school.build(lab.place("texts"), opening_payments=True)
    folder = filled.copy(lab.place("texts-product"))
    before = books.read(folder)
    bare, served = lab.start("bare"), lab.start("product", "--folder", folder)
    numbers = itertools.count()
    limits: list[Load] = []
    loads: list[Load] = []
    writers: list[Writer] = []
    for round_ in range(plan.rounds + 1):
        seconds = plan.seconds if round_ else plan.seconds / 4
        limit = await client.flood([bare.port], [Repeated(BARE)] * CONNECTIONS, seconds=seconds)
        said = [Writer(filled, numbers) for _ in range(CONNECTIONS)]
        load = await client.flood([served.port], said, seconds=seconds)
        writers += said
        if round_:
            limits.append(limit)
            loads.append(load)
    served.stop()
    after = books.read(folder)
    found = after.since(before)
    problems = list(after.problems)
    expect(problems, "texts that were refused", sum(one.refused for one in writers), 0)
    notes = {"p99 ms": round(sorted(load.quantile(0.99) for load in loads)[len(loads) // 2] * 1_000, 1)}
    return [
        Result(
            "S3",
            "texts answered, to bare HTTP",
            "texts/s",
            None,
            [load.rate for load in limits],
            [load.rate for load in loads],
            WORKLOAD,
            {"texts": sum(one.sent for one in writers), **found},
            problems,
            notes,
        )
    ]
