"""A term of eight families, told look by look: who is reminded of what, when, and what nobody is ever told.

The school is quiet from noon to five, so that what the daily run queues at two waits; and every third day the program dies.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from core.fees import FeeLine
from core.phones import Msisdn
from core.ports import SmsRefused, SmsTaken
from core.preferences import QuietHours
from jobs.schedule import JOBS, Scheduling
from jobs.sending import Sending
from runtime.clock import VirtualClock
from storage.database import DatabaseUrl
from storage.texts import Text
from tests.world import TESTER, World, create_schema, kes, open_world
from usecases.commands import MakePromise
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import RunInvoices, run_invoices
from usecases.messages import Claim, claim_messages
from usecases.plans import AgreePlan, agree_plan
from usecases.promises import make_promise
from usecases.texts import TextReceived, receive_text
from usecases.verification import verify

NAIROBI = ZoneInfo("Africa/Nairobi")
FIRST, DUE = date(2027, 1, 4), date(2027, 1, 18)
QUIET = QuietHours(time(12), time(17))
LOOKS = (8, 11, 14, 15, 18, 20)
"""Hours at which the workers have their turn; 15:00 is in the quiet hours."""
KINDS = {"reminder": "is due on", "warning": "has been due since", "critical": "long overdue", "missed": "did not come"}
CHILDREN = ("KV20", "KV30", "KV40", "KV50", "KV60", "KV70", "KV80", "KV90")
SILENT, EARLY, LATE, KEEPS, BREAKS, STOPS, PLANS, PARTS = CHILDREN


def phone(child: str) -> Msisdn:
    return Msisdn.parse(f"07110000{child[2:]}")


@dataclass
class Told:
    """One text that left, with what was so at that moment."""

    at: datetime
    kind: str
    child: str
    text: str


@dataclass
class Gateway:
    """Takes every text, and remembers it."""

    clock: VirtualClock
    told: list[Told] = field(default_factory=list)
    most_numbers: int = 1

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        found = [kind for kind, words in KINDS.items() if words in text]
        number = re.search(r"KV\d\d", text)
        if found and number:
            self.told.append(Told(self.clock.now().astimezone(NAIROBI), found[0], number[0], text))
        return [SmsTaken(f"AT{len(self.told)}", 1, "KES 0.8")]


@dataclass
class Term:
    world: World
    gateway: Gateway

    @property
    def today(self) -> date:
        return self.world.clock.now().astimezone(NAIROBI).date()

    async def until(self, day: date, hour: int) -> None:
        at = datetime.combine(day, time(hour), NAIROBI).astimezone(UTC)
        await self.world.clock.advance((at - self.world.clock.now()).total_seconds())

    async def works(self) -> None:
        """The scheduler has its turn, then the sender until nothing is due."""
        await Scheduling(self.world.app, [job for job in JOBS if job.name == "arrears"]).round()
        before = len(self.gateway.told)
        while await Sending(self.world.app).round():
            pass
        for one in self.gateway.told[before:]:
            assert await self.world.owes(one.child) > 0, one
            assert one.child not in self.promising(), one

    def promising(self) -> set[str]:
        """The children for whom a promise is open."""
        query = (
            "SELECT c.reference FROM promises p JOIN customer_accounts c ON c.id = p.account_id WHERE p.state = 'open'"
        )
        return {row[0] for row in self.world.rows(query)}

    def restarts(self) -> None:
        """The process is gone with all that it had in its head; another takes over the same books."""
        world, was = self.world, self.world
        world = open_world(was.url, seed=len(self.gateway.told) + self.today.toordinal(), clock=was.clock)
        world.organisation, world.account, world._receipts = was.organisation, was.account, was._receipts
        world.app.gateways = {world.organisation: {"africastalking": self.gateway}}
        was.close()
        self.world = world

    async def pays(self, child: str, shillings: int) -> None:
        await self.world.arrives(self.world.notice(child, shillings))

    async def promises(self, child: str, shillings: int, by: date) -> None:
        account = await self.world.account_of(child)
        wish = MakePromise(self.world.organisation, account, phone(child), kes(shillings), by, "ussd")
        await self.world.app.write(make_promise, wish)

    async def texts(self, child: str, text: str) -> None:
        sent = Text("africastalking", f"{child}{text}", phone(child).digits, "20880", text, "trace")
        await self.world.app.write(receive_text, TextReceived((self.world.organisation,), phone(child), sent, ""))

    def kinds(self, child: str) -> list[str]:
        return [one.kind for one in self.gateway.told if one.child == child]


async def begins(url: DatabaseUrl) -> Term:
    clock = VirtualClock(datetime.combine(FIRST, time(8), NAIROBI).astimezone(UTC))
    world = open_world(url, clock=clock)
    await world.school(quiet=QUIET)
    await world.students(dict.fromkeys(CHILDREN, 0), guardians={child: [phone(child).digits] for child in CHILDREN})
    fees = tuple(ClassFees(f"Class {child}", (FeeLine("Tuition", kes(9_000)),)) for child in CHILDREN)
    wish = OpenTerm(world.organisation, "First term", FIRST, date(2027, 4, 9), DUE, fees, TESTER)
    await world.app.write(open_term, wish)
    await world.app.write(run_invoices, RunInvoices(world.organisation, "First term", FIRST, TESTER))
    term = Term(world, Gateway(clock))
    world.app.gateways = {world.organisation: {"africastalking": term.gateway}}
    return term


async def lives(term: Term, day: int, hour: int) -> None:
    """What the families do on this day of the term, counted from the day on which the fees are due."""
    match day, hour:
        case -10, 9:
            await term.pays(EARLY, 9_000)
        case -5, 10:
            await term.texts(STOPS, "STOP")
        case 5, 10:
            plan = AgreePlan(term.world.organisation, PLANS, TESTER, count=2, first=DUE + timedelta(40))
            await term.world.app.write(agree_plan, plan)
        case 10, 10:
            await term.pays(PARTS, 4_000)
        case 20, 10:
            await term.promises(KEEPS, 6_000, DUE + timedelta(35))
            await term.promises(BREAKS, 6_000, DUE + timedelta(35))
        case 30, 15:  # the warning is queued, and waits for five o'clock
            await term.pays(LATE, 9_000)
        case 34, 10:
            await term.pays(KEEPS, 6_000)
            await term.pays(BREAKS, 100)
        case 38, 10:
            await term.pays(PLANS, 4_500)
        case 50, 10:
            await term.texts(STOPS, "START")


async def test_a_term_of_eight_families_with_restarts(tmp_path: Path) -> None:
    url = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(url)
    term = await begins(url)

    for day in range(-10, 66):
        for hour in sorted({*LOOKS, 9, 10}):
            await term.until(DUE + timedelta(day), hour)
            await lives(term, day, hour)
            if hour in LOOKS:
                await term.works()
            if day % 3 == 0 and hour == 14:
                term.restarts()

    told = term.gateway.told
    assert not [one for one in told if 12 <= one.at.hour < 17 or not 7 <= one.at.hour < 21]
    assert len({(one.kind, one.child, one.text) for one in told}) == len(told)
    assert {child: term.kinds(child) for child in CHILDREN} == {
        SILENT: ["reminder", "warning", "critical"],
        EARLY: [],
        LATE: ["reminder"],
        KEEPS: ["reminder", "warning", "critical"],
        BREAKS: ["reminder", "missed", "critical"],
        STOPS: ["critical"],
        PLANS: ["reminder", "reminder", "reminder"],  # of the debt before it was planned, then of each instalment
        PARTS: ["reminder", "warning", "critical"],
    }
    days = {(one.kind, one.child): (one.at.date() - DUE).days for one in told}
    assert days["warning", SILENT] == 30
    assert days["warning", KEEPS] == 36  # the promise was kept, and its day is over; the rest is late
    assert days["missed", BREAKS] == 36
    assert all("KSh 5,000 " in one.text for one in told if one.child == PARTS and one.kind != "reminder")
    assert term.world.rows("SELECT state, COUNT(*) FROM promises GROUP BY state ORDER BY state") == [
        ("broken", 1),
        ("kept", 1),
    ]
    left = term.world.rows("SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state")
    assert {state for state, _ in left} == {"sent", "skipped"}
    assert term.world.broken_laws() == []
    assert await term.world.app.read(verify) == []
    term.world.close()


async def test_a_worker_that_dies_with_a_warning_in_its_hands_never_sends_it_twice(tmp_path: Path) -> None:
    url = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(url)
    term = await begins(url)
    await term.until(DUE + timedelta(30), 14)
    await Scheduling(term.world.app, [job for job in JOBS if job.name == "arrears"]).round()
    await term.until(DUE + timedelta(30), 18)

    taken = await term.world.app.write(claim_messages, Claim(50))
    term.restarts()
    for day in range(31, 34):
        await term.until(DUE + timedelta(day), 18)
        await term.works()

    assert len(taken) == len(CHILDREN)
    assert term.gateway.told == []
    assert term.world.rows("SELECT DISTINCT state FROM outbox WHERE event = 'arrears_warning'") == [("unknown",)]
    term.world.close()
