"""P8: hops of USSD dialogues, as Africa's Talking posts them: real menus, real data, four languages, many phones at once."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bench import books, client, school
from bench.books import expect
from bench.client import CONNECTIONS, Load, Repeated, post
from bench.lab import Lab, Plan, Skipped
from bench.measure import Goal, Result
from bench.payments import BARE
from bench.school import USSD, School
from bench.served import Served, cpu_s
from bench.valkey import start_valkey

WORKLOAD = (
    "Seven kinds of dialogue in equal shares: a child's balance; last payments and own details; an amount for a child, paid; a "
    "stranger who pays by number; a change of language; wrong keys; a dialogue that breaks off at the amount, is dialled again, "
    "resumed and paid. Guardians with their language in the books, 64 phones at once"
)
SORRY = b"END Sorry,"
"""How a phone is refused for which there is no time (`web/admission.py`): on a busy machine some are."""
Typing = Generator[str, bytes, None]
"""What a person types, given each page in turn."""


# --- people and what they type -----------------------------------------------------------------------------------------


class Phone:
    """One connection: one phone after another dials, types, and hangs up."""

    def __init__(self, filled: School, people: Sequence[tuple[str, int]], number: int, run: int) -> None:
        """`people` are phones that only this connection uses, with how many children each has."""
        self._chance = random.Random(run * 1_000 + number)
        self._people = people
        self._filled = filled
        self._number = number
        self._prefix = f"ATUid_{run:04x}{number:04x}"
        self._strangers = 254_720_000_000 + (run * 64 + number) % 80_000 * 100
        self._count = 0
        self._hops = self._dialogues()
        self._begun = False
        self._page = b""
        self.hops = self.ended = self.broken = self.shed = 0
        self.said: bytes | None = None
        """The first answer that was neither CON nor END."""

    def request(self) -> bytes | None:
        if self._begun:
            return self._hops.send(self._page)
        self._begun = True
        return next(self._hops)

    def answered(self, ok: bool, body: bytes) -> None:
        self._page = body
        self.hops += 1
        if body.startswith(SORRY):
            self.shed += 1
        elif body.startswith(b"END "):
            self.ended += 1
        elif not ok or not body.startswith(b"CON "):
            self.broken += 1
            self.said = self.said or body

    def _dialogues(self) -> Generator[bytes, bytes, None]:
        kinds = (
            self._balance,
            self._payments,
            self._amount,
            self._stranger,
            self._language,
            self._wrong,
            self._broken_off,
        )
        while True:
            for kind in (*kinds[self._number % len(kinds) :], *kinds[: self._number % len(kinds)]):
                phone, children = self._chance.choice(self._people)
                if kind == self._stranger:
                    self._count += 1
                    phone = str(self._strangers + self._count % 100)
                yield from self._dialogue(phone, kind(children))
                if kind == self._broken_off:
                    yield from self._dialogue(phone, self._resumed(children))

    def _dialogue(self, phone: str, typing: Typing) -> Generator[bytes, bytes, None]:
        """From the dial to the last key, or the gateway's END."""
        self._count += 1
        session = f"{self._prefix}{self._count:08x}"
        page = yield _hop(phone, session, "", self._filled.plan.ussd_code)
        text = ""
        typed = next(typing, None)
        while typed is not None and page.startswith(b"CON "):
            text = f"{text}*{typed}" if text else typed
            page = yield _hop(phone, session, text, self._filled.plan.ussd_code)
            try:
                typed = typing.send(page)
            except StopIteration:
                return

    # On the home page: 1 pay all, 2 a child, 3 another number, 4 payments, 5 details, 6 language.

    def _balance(self, children: int) -> Typing:
        page = yield "2"
        if children > 1:
            page = yield from self._press(str(self._chance.randrange(1, children + 1)), page)
            page = yield "0"
        yield "0"

    def _payments(self, children: int) -> Typing:
        page = yield "0"
        page = yield from self._press("4", page)
        page = yield "0"
        page = yield from self._press("5", page)
        yield "0"

    def _amount(self, children: int) -> Typing:
        yield from self._to_confirm(children)
        yield "1"

    def _to_confirm(self, children: int) -> Generator[str, bytes, bytes]:
        page = yield "2"
        if children > 1:
            page = yield from self._press(str(self._chance.randrange(1, children + 1)), page)
        page = yield from self._press("2", page)
        page = yield str(self._chance.randrange(10, 31))
        return page

    def _stranger(self, children: int) -> Typing:
        yield "1"
        student, _ = self._chance.choice(self._filled.students)
        yield f"{student.number[:2].lower()} {student.number[2:]}"
        yield str(self._chance.randrange(10, 31))
        yield "1"

    def _language(self, children: int) -> Typing:
        page = yield "0"
        page = yield from self._press("6", page)
        yield from self._press(str(self._chance.randrange(1, 5)), page)

    def _wrong(self, children: int) -> Typing:
        yield "77"
        yield "abc"
        page = yield "0"
        page = yield from self._press("4", page)
        yield "00"

    def _broken_off(self, children: int) -> Typing:
        yield from self._to_confirm(children)

    def _resumed(self, children: int) -> Typing:
        yield "1"
        yield "1"

    def _press(self, number: str, page: bytes) -> Generator[str, bytes, bytes]:
        for _ in range(4):
            if f"\n{number} ".encode() in page or b"98 " not in page:
                break
            page = yield "98"
        return (yield number)


def _hop(phone: str, session: str, text: str, code: str) -> bytes:
    body = (
        f"sessionId={session}&serviceCode={quote(code, safe='')}&phoneNumber=%2B{phone}&networkCode=63902"
        f"&text={quote(text, safe='')}"
    )
    return post(USSD, body.encode(), "application/x-www-form-urlencoded")


# --- measuring ---------------------------------------------------------------------------------------------------------


@dataclass
class Exchange:
    """A server with its own copy of the school, and what its phones lived through."""

    served: Served
    folder: Path
    before: books.Books
    loads: list[Load] = field(default_factory=list)
    phones: list[Phone] = field(default_factory=list)
    cpu: list[tuple[float, float]] = field(default_factory=list)


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    """Sessions in the process; then in a Valkey, when there is one."""
    filled = await school.build(lab.place("ussd"), opening_payments=True)
    people = [(guardian.msisdn.digits, children) for guardian, children in school.debtors(filled)]
    bare = lab.start("bare")
    sides = {"P8": _exchange(lab, filled, "")}
    skipped = ""
    try:
        sides["P8-redis"] = _exchange(lab, filled, start_valkey(lab))
    except Skipped as reason:
        skipped = str(reason)
    bare_rates: list[float] = []
    for round_ in range(plan.rounds + 1):
        seconds = plan.seconds if round_ else plan.seconds / 4
        load = await client.flood([bare.port], [Repeated(BARE)] * CONNECTIONS, seconds=seconds)
        if round_:
            bare_rates.append(load.rate)
        for side in sides.values():
            phones = [Phone(filled, people[at::CONNECTIONS], at, round_) for at in range(CONNECTIONS)]
            before = cpu_s(side.served.process.pid)
            load = await client.flood([side.served.port], phones, seconds=seconds)
            after = cpu_s(side.served.process.pid)
            side.phones += phones
            if round_:
                side.loads.append(load)
                side.cpu.append((after[0] - before[0], after[1] - before[1]))
    results = [
        _result("P8", "USSD hops, sessions in process, to bare HTTP", Goal(0.5), bare_rates, sides["P8"]),
    ]
    if "P8-redis" in sides:
        results.append(_result("P8-redis", "USSD hops, sessions in Redis", Goal(0.3), bare_rates, sides["P8-redis"]))
    else:
        results[0].notes["P8-redis"] = f"SKIPPED: {skipped}"
    return results


def _exchange(lab: Lab, filled: School, redis_url: str) -> Exchange:
    folder = filled.copy(lab.place("ussd-sessions"))
    before = books.read(folder)
    words = ("--redis-url", redis_url) if redis_url else ()
    return Exchange(lab.start("product", "--folder", folder, *words), folder, before)


def _result(id_: str, title: str, goal: Goal, limits: list[float], side: Exchange) -> Result:
    side.served.stop()
    after = books.read(side.folder)
    found = after.since(side.before)
    problems = list(after.problems)
    hops, ended = sum(phone.hops for phone in side.phones), sum(phone.ended for phone in side.phones)
    problems += [f"{phone.broken} pages are none: {phone.said!r}" for phone in side.phones if phone.broken]
    # A dialogue ends by itself in one place only: where the prompt was asked for.
    for table in ("payments", "intents", "outbox"):
        expect(problems, table, found.get(table, 0), ended)
    answers = max(1, sum(load.answers for load in side.loads))
    loop, others = (sum(spent) / answers * 1e6 for spent in zip(*side.cpu, strict=True))
    notes = {
        "processor us each": f"{loop:.0f} event loop + {others:.0f} other threads",
        "p99 ms": round(sorted(load.quantile(0.99) for load in side.loads)[len(side.loads) // 2] * 1000, 1),
    }
    counted = {"hops answered": hops, "prompts promised": ended, "phones shed": sum(each.shed for each in side.phones)}
    counted |= found
    return Result(
        id_, title, "hops/s", goal, limits, [load.rate for load in side.loads], WORKLOAD, counted, problems, notes
    )
