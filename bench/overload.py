"""Twice what can be done: confirmations at twice P1's rate in an open loop, phones and pages beside them; and `karani verify`."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import wiring
from bench import books, client, school, settings
from bench.client import CONNECTIONS, Load
from bench.lab import Lab, Plan
from bench.measure import Goal, Result
from bench.school import GATEWAY_KEY, Payers, School
from core.money import Currency, Money
from core.payments import Method, MoneyArrived, Witness
from storage import organisations, verification
from usecases.collection import Arrival, record_arrivals
from usecases.sealing import SealSome, seal
from usecases.verification import verify

CROWD = 1_500
"""Connections that bring confirmations: twice what is let in at once."""
DIALS, LOOKS = 50.0, 50.0
"""Phones that dial and pages that are asked for, a second."""
ENTRIES = 100_000
VERIFY_S = 10.0


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    results: list[Result] = []
    if "S1" in wanted:
        filled = await school.build(lab.place("overload"), opening_payments=False)
        results += await _overload(lab, plan, filled)
    if "S2" in wanted:
        results.append(await _verify(lab, plan))
    return results


class Dialler:
    """New sessions, one hop each."""

    def __init__(self, filled: School, numbers: itertools.count[int]) -> None:
        self._code = filled.plan.ussd_code
        self._phones = [one.msisdn.digits for family in filled.plan.families for one in family.guardians]
        self._numbers = numbers
        self.shown = self.shed = 0

    def request(self) -> bytes | None:
        number = next(self._numbers)
        phone = self._phones[number % len(self._phones)]
        body = f"sessionId=O{number}&serviceCode={quote(self._code, safe='')}&phoneNumber=%2B{phone}&networkCode=63902&text="
        return client.post(f"/hooks/{GATEWAY_KEY}/ussd", body.encode(), "application/x-www-form-urlencoded")

    def answered(self, ok: bool, body: bytes) -> None:
        self.shown += body.startswith(b"CON ")
        self.shed += not body.startswith(b"CON ")


class Looker:
    """Asks for a page."""

    def __init__(self) -> None:
        self.shown = self.shed = 0

    def request(self) -> bytes | None:
        return b"GET /r HTTP/1.1\r\nHost: karani.example\r\n\r\n"

    def answered(self, ok: bool, body: bytes) -> None:
        self.shown += ok
        self.shed += not ok


async def _overload(lab: Lab, plan: Plan, filled: School) -> list[Result]:
    asked, said, before, after, seconds, p99s = [], [], [], [], [], []
    counted: dict[str, int] = {}
    problems: list[str] = []
    for round_ in range(max(3, plan.rounds // 2 + 1)):
        folder = filled.copy(lab.place("crowd"))
        served = lab.start("product", "--folder", folder)
        there = books.read(folder)
        first = Payers(school.confirmations(filled, int(12_000 * plan.seconds), series=400 + 2 * round_))
        usual = await client.flood([served.port], first.players(CONNECTIONS), seconds=plan.seconds)
        before.append(served.rss_mb())
        rate, lasts = 2 * usual.rate, 3 * plan.seconds
        crowd = Payers(school.confirmations(filled, int(rate * lasts) + 1, series=401 + 2 * round_))
        numbers = itertools.count(1)
        phones = [Dialler(filled, numbers) for _ in range(16)]
        pages = [Looker() for _ in range(16)]
        loads = await asyncio.gather(
            client.stream([served.port], crowd.players(CROWD), rate=rate, seconds=lasts),
            client.stream([served.port], phones, rate=DIALS, seconds=lasts),
            client.stream([served.port], pages, rate=LOOKS, seconds=lasts),
        )
        after.append(served.rss_mb())
        served.stop()
        asked.append(float(int(rate * lasts)))
        said.append(float(loads[0].answers))
        seconds.append(1_000.0)
        p99s.append(_p99_ms(loads[1]))
        found = books.read(folder)
        problems += found.problems
        grown = found.since(there)
        acknowledged = len(first.acknowledged) + len(crowd.acknowledged)
        books.expect(problems, "payments", grown.get("payments", 0), acknowledged)
        counted = {
            "asked": int(rate * lasts),
            "acknowledged": len(crowd.acknowledged),
            "refused": len(crowd.refused),
            "phones shown": sum(phone.shown for phone in phones),
            "phones shed": sum(phone.shed for phone in phones),
            "pages shown": sum(page.shown for page in pages),
            "pages shed": sum(page.shed for page in pages),
            **grown,
        }
    work = (
        f"P1's confirmations in an open loop at twice the rate of a closed one, {CROWD:,} connections, {3 * plan.seconds:g} s, "
        f"with {DIALS:g} dials and {LOOKS:g} pages a second beside them"
    )
    fewer = "from when each was due; shed ones are answered too"
    return [
        Result("S1", "confirmations acknowledged or refused", "answers", Goal(1), asked, said, work, counted, problems),
        Result("S1-ussd", "p99 of a dial meanwhile, to 1 s", "ms", Goal(1, at_least=False), seconds, p99s, fewer),
        Result(
            "S1-memory",
            "memory after it, to before",
            "MB",
            Goal(2, at_least=False),
            before,
            after,
            "after P1 and after S1",
        ),
    ]


def _p99_ms(load: Load) -> float:
    return load.quantile(0.99) * 1_000


async def _verify(lab: Lab, plan: Plan) -> Result:
    """Real books of a hundred thousand entries, each sealed, and what `karani verify` takes to read them."""
    folder = lab.place("verify")
    filled = await school.build(folder, opening_payments=False)
    spent: list[float] = []
    async with wiring.open_app(settings.config(folder)) as running:
        app = running.app
        (organisation,) = await app.read(organisations.all_organisations)
        account = await app.read(organisations.main_account, organisation.id)
        assert account is not None
        numbers = [student.number for student, _ in filled.students]
        now = datetime.now(UTC)

        def arrival(at: int) -> Arrival:
            notice = MoneyArrived(
                provider_account=account.id,
                organisation=organisation.id,
                provider=account.provider,
                witness=Witness.CONFIRMATION,
                method=Method.PAYBILL,
                receipt=school.receipt(7, at),
                amount=Money(1_000, Currency.KES),
                exact=True,
                amount_text="10.00",
                reference=numbers[at % len(numbers)],
                payer=None,
                payer_name="",
                value_at=now,
            )
            return Arrival(notice, b"{}", "bench", "bench", quiet=True)

        for start in range(0, ENTRIES, 2_000):
            await asyncio.gather(*(app.write(record_arrivals, arrival(at)) for at in range(start, start + 2_000)))
        while (await app.write(seal, SealSome(most=5_000))).more:
            pass
    findings: list[object] = []
    processor = 0.0
    async with wiring.open_app(settings.config(folder), write=False) as running:  # as the command opens it
        extent = await running.app.read(verification.extent)
        for _ in range(max(1, plan.rounds // 2 + 1)):
            began, used = time.perf_counter(), time.process_time()
            findings += await running.app.read(verify)
            spent.append(time.perf_counter() - began)
            processor = time.process_time() - used
    counted = {
        "entries": extent.entries,
        "payments": extent.payments,
        "changes": extent.changes,
        "sealed": extent.sealed,
    }
    problems = [f"{len(findings)} findings"] if findings else []
    limits = [VERIFY_S * extent.entries / ENTRIES] * len(spent)
    work = "every entry, posting, application, receipt, payment, change and seal, from one snapshot"
    title = "verify, to 10 s for 100,000 entries"
    notes = {"processor seconds of the last": round(processor, 2)}
    return Result("S2", title, "s", Goal(1, at_least=False), limits, spent, work, counted, problems, notes)
