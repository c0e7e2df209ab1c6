"""Months in the life of a town: people act, terms begin, things break, and the laws are looked at after every step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Literal

import msgspec

from core.errors import DomainError
from core.money import zero
from core.ports import Random
from runtime.chance import SeededRandom
from runtime.clock import SystemClock
from sandbox.demo import begin_term
from sandbox.school import KES, NAIROBI, term_of
from simulation.approved import wrongly_approved
from simulation.borrowers import Borrowers
from simulation.crowd import Crowd, forgiving
from simulation.errands import ERRANDS, WITH_OFFICES
from simulation.kept import unkept
from simulation.laws import all_broken_laws
from simulation.lenders import CAPITAL, borrowers_of, put_in
from simulation.lent import wrongly_lent
from simulation.managers import Managers, Plan
from simulation.meant import misplaced
from simulation.mornings import early_callers, next_act
from simulation.office import Office
from simulation.officers import Officers
from simulation.paid_out import back_by_both, given_back, refunded_receipts, wrong_payouts
from simulation.people import Person, names_of, people_of
from simulation.places import Lender, lender
from simulation.schools import school
from simulation.town import START, Town
from simulation.truth import left_lying, wrong_coins
from simulation.watch import Watch
from simulation.weather import FAIR, Weather
from simulation.wish import MONTH, Told, Wish
from storage import organisations
from storage.database import DatabaseUrl
from usecases.verification import verify

RESTING = timedelta(hours=30)
"""At the end nobody acts and nothing fails: what was lost is to be found by then."""
TAKEN_BACK_WITHIN = timedelta(hours=30)
"""M-Pesa takes a payment back that soon, or not at all: nobody would hear of it later, but from a statement."""
RECOUNT_EVERY = timedelta(days=5)
"""How often everything is recounted."""

AFTERNOON = 14
"""The hour (UTC) at which loans are recounted each day: what went wrong since the morning is set right by the night's reckoning."""
DESK_A_MONTH = 60
"""So often a lender's people look at what could not be sent, and at what waits."""

What = Literal["act", "once", "hour", "day", "recount", "cut", "office", "later"]


async def tell(url: DatabaseUrl, wish: Wish, progress: Callable[[Told], None] = lambda told: None) -> Told:
    """Live through the months on an empty database, and stop at the first broken law."""
    has_offices = wish.office > 0
    plans = [school(nth, START, students=wish.students, has_chat=has_offices) for nth in range(wish.organisations)]
    lenders = [lender(nth) for nth in range(wish.lenders)]
    town = await Town.found(url, plans, seed=wish.seed, with_offices=has_offices, lenders=lenders)
    try:
        return await _Telling(town, wish, SeededRandom(wish.seed + 4), progress).run()
    finally:
        await town.close()


@dataclass
class _Telling:
    """One story while it is told."""

    town: Town
    wish: Wish
    random: Random
    progress: Callable[[Told], None]
    crowd: Crowd = field(init=False)
    weather: Weather = field(init=False)
    watch: Watch = field(init=False)
    office_weather: Weather = field(init=False)
    steps: int = 0
    recounts: int = 0
    everybody: list[Person] = field(default_factory=list)
    managers: list[Managers] = field(default_factory=list)
    """Of schools and lenders."""
    borrowers: Borrowers = field(init=False)
    wrong_clock: bool = False
    _agenda: list[tuple[datetime, int, What, Person | Managers | Plan | None]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        errands = WITH_OFFICES if self.wish.office else ERRANDS
        self.crowd = Crowd(self.town.pretend, self.town.clock, self.random, errands)
        self.weather = Weather(self.wish.faults, self.random)
        self.office_weather = Weather(self.wish.faults, SeededRandom(self.wish.seed + 7))
        self._chance_of_offices = SeededRandom(self.wish.seed + 8)
        self._chance_of_lenders = SeededRandom(self.wish.seed + 9)
        self.watch = Watch(self.town, self.crowd)
        self._trace = hashlib.sha256()
        self._began_at = SystemClock().monotonic()

    async def run(self) -> Told:
        self._plan_beginning()
        broken: list[str] = []
        while not broken and self._agenda[0][0] < START + MONTH * self.wish.months:
            at, _, what, who = heappop(self._agenda)
            broken = await self._until(at) or await self._step(what, who)
        if not broken:
            broken = await self._rests()
        return self._told(broken, trace=self._ending())

    def _plan_beginning(self) -> None:
        for plan in self.town.plans:
            self.everybody += people_of(plan, self.random)
        for phone, name in names_of(self.everybody).items():
            self.town.pretend.phones.of(phone).owner = name
        for person in self.everybody:
            self._plan(self._next_act(START), "act", person)
        officers: dict[str, Officers] = {}
        for office in self.town.offices:
            managers = self._managers(office)
            managers.power_fails = self.office_weather.cuts_power_at_payout
            self.managers.append(managers)
            if isinstance(managers, Officers):
                officers[office.plan.slug] = managers
            self._plan(self._next_asking(START, managers), "office", managers)
        self._plan_lending(officers)
        self._plan_morning(START)
        self._plan(START + timedelta(hours=1), "hour")
        self._plan(START + timedelta(days=1), "day")
        self._plan(START + RECOUNT_EVERY, "recount")

    def _managers(self, office: Office) -> Managers:
        if office.plan in self.town.lenders:
            return Officers(self.town, office, self._chance_of_lenders)
        return Managers(self.town, office, self._chance_of_offices)

    def _plan_lending(self, officers: Mapping[str, Officers]) -> None:
        """Each lender's owner puts money on its paybill; then people come."""
        town, chance = self.town, self._chance_of_lenders
        self.borrowers = Borrowers(town.pretend, town.clock, chance, self.crowd, officers, town.papers)
        for plan in town.lenders:
            for nth in range(2):
                self._plan(START + timedelta(minutes=1 + nth), "later", partial(put_in, town.pretend, plan))
            for person in borrowers_of(plan, chance):
                town.pretend.phones.of(person.guardian.msisdn).owner = person.guardian.name
                self._plan(self._next_act(START), "act", person)

    # --- what happens ----------------------------------------------------------------------------------------------

    async def _until(self, at: datetime) -> list[str]:
        """Let time pass. A transaction that was cut on the way takes the process with it, and a new one starts soon."""
        while (left_s := (at - (clock := self.town.clock).now()).total_seconds()) > 0:
            wakes_s = clock.next_wake_s() if self.town.is_to_go_dark else None
            await clock.advance(left_s if wakes_s is None else min(wakes_s, left_s))
            if self.town.is_dark:
                await self.town.cut_power(dark_s=self.weather.dark_s())
        return []

    async def _step(self, what: What, who: Person | Managers | Plan | None) -> list[str]:
        """One thing happens; then the laws."""
        self.steps += 1
        now = self.town.clock.now()
        broken: list[str] = []
        if what == "act" and isinstance(who, Person):
            crowd = self.borrowers if isinstance(who.school, Lender) else self.crowd
            self.town.people.spawn(forgiving(partial(crowd.acts, who)))
            self._plan(self._next_act(now), "act", who)
        elif what == "once" and isinstance(who, Person):
            self.town.people.spawn(forgiving(partial(self.crowd.acts, who)))
        elif what == "office" and isinstance(who, Managers):
            self.town.people.spawn(forgiving(who.act))
            self._plan(self._next_asking(now, who), "office", who)
        elif what == "later" and callable(who):
            self.town.people.spawn(forgiving(who))
        elif what == "hour":
            self._begin_hour(now)
            broken = self._of_loans(at_rest=False) if now.hour == AFTERNOON else []
        elif what == "day":
            await self._begin_day(now)
            broken = self._of_offices(at_rest=False)
        elif what == "cut":
            await self.town.cut_power(dark_s=self.weather.dark_s())
        elif what == "recount":
            self._plan(now + RECOUNT_EVERY, "recount")
            broken = self._recount(all_arrived=False)
        await self.town.clock.advance(0)
        for after, plan in self.crowd.follow_ups:
            self._plan(now + after, "later", plan)
        self.crowd.follow_ups.clear()
        for managers in self.managers:
            for after, plan in managers.follow_ups:
                self._plan(now + after, "later", plan)
            managers.follow_ups.clear()
        self._note(what, who if isinstance(who, Person) else None)
        return broken + self.watch.look()

    def _begin_hour(self, now: datetime) -> None:
        """The weather of the next hour."""
        pretend = self.town.pretend
        pretend.mpesa.mood, pretend.africastalking.mood = self.weather.mpesa(), self.weather.gateway()
        pretend.twilio.mood = self.weather.other_gateway()
        if self.managers:
            pretend.mpesa.mood = self.office_weather.paying(pretend.mpesa.mood)
            pretend.telegram.mood = self.office_weather.telegram()
        pretend.africastalking.reports_backwards = self.weather.reports_backwards()
        if (seconds := self.weather.clock_step()) or self.wrong_clock:
            self.wrong_clock = bool(seconds)
            self.town.wall.set_wrong(seconds)
        self.town.slow_disk(self.weather.disk_lag())
        in_rush = self.weather.rush()
        if in_rush and self.weather.gives_names_again():
            pretend.africastalking.mood = msgspec.structs.replace(pretend.africastalking.mood, reuses=0.7)
        for _ in range(in_rush):
            at = now + timedelta(seconds=600 + self.random.below(40))
            self._plan(at, "once", self.everybody[self.random.below(len(self.everybody))])
        if in_rush and self.weather.cuts_power_in_rush():
            at = now + timedelta(seconds=600 + self.random.below(40))
            self._plan(at, "later", partial(self.town.cut_power_in_a_hop, self.random))
        if self.weather.ends_tokens():
            pretend.daraja.forget_tokens()
        if self.weather.takes_back():
            self._take_back()
        if pretend.mpesa.mood != FAIR or pretend.africastalking.mood != FAIR:
            self.town.fair_since = now + timedelta(hours=1)
        if self.weather.cuts_power():
            self._plan(now + timedelta(seconds=self.random.below(3_600)), "cut")
        if self.weather.cuts_power_at_commit():
            self._plan(now, "later", partial(self.town.cut_power_soon, self.random))
        self._plan(now + timedelta(hours=1), "hour")

    def _take_back(self) -> None:
        """M-Pesa gives some payment of the last days back, and tells nobody."""
        mpesa = self.town.pretend.mpesa
        since = self.town.clock.now() - TAKEN_BACK_WITHIN
        ours = self.town.look(given_back) if self.managers else ()
        recent = [done for done in mpesa.transactions[-200:] if done.at > since and done.receipt not in ours]
        recent = [done for done in recent if done.reference != CAPITAL]
        refunded = self.town.look(refunded_receipts) if self.managers else ()
        if (crossing := [done for done in recent if done.receipt in refunded]) and self.random.below(2):
            recent = crossing
        if recent:
            with suppress(DomainError):  # it was given back already
                mpesa.reverse(recent[self.random.below(len(recent))].receipt)

    async def _begin_day(self, now: datetime) -> None:
        """The school's clerk looks whether a term begins."""
        self._plan_morning(now)
        self._plan(now + timedelta(days=1), "day")
        date = now.astimezone(NAIROBI).date()
        today = term_of(date)
        if today.starts_on == date:
            await self._has_power()
            for plan in self.town.plans:
                found = await self.town.process.app.read(organisations.by_slug, plan.slug)
                assert found is not None
                await begin_term(self.town.process.app, found.id, replace(plan, term=today))
        self.progress(self._told([]))

    async def _has_power(self) -> None:
        """The story itself waits for the clerk: a process that dies under his hands would answer to nobody, for ever."""
        if self.town.is_dark:
            await self.town.cut_power()
        self.town.spare_power()

    async def _rests(self) -> list[str]:
        """Nobody acts and nothing fails any more; then every law is asked, and every coin must be there."""
        pretend = self.town.pretend
        pretend.mpesa.mood = pretend.africastalking.mood = pretend.twilio.mood = pretend.telegram.mood = FAIR
        self.town.wall.set_wrong(0)
        await self._has_power()
        await self.town.clock.advance(RESTING.total_seconds())
        return self._recount(all_arrived=True) + left_lying(self.town) + self.watch.look()

    def _recount(self, *, all_arrived: bool) -> list[str]:
        """Everything, from the tables: trusts no balance that the program keeps."""
        self.recounts += 1
        broken = wrong_coins(self.town, all_arrived=all_arrived)
        broken += misplaced(self.town) + unkept(self.town, at_rest=all_arrived)
        broken += self._of_loans(at_rest=all_arrived)
        broken += self._of_offices(at_rest=all_arrived) + self.watch.heard.broken()
        broken += self.town.look(all_broken_laws)
        both = self.town.look(back_by_both) if self.managers else frozenset()
        found = [one for one in self.town.look(verify) if not (one.table == "payments" and one.id in both)]
        return broken + [str(finding) for finding in found]

    def _of_offices(self, *, at_rest: bool) -> list[str]:
        """Money out, each day: it is little, and what goes wrong there is dear."""
        if not self.managers:
            return []
        approved = wrongly_approved(self.town, self.managers, at_rest=at_rest)
        return wrong_payouts(self.town, at_rest=at_rest) + approved

    def _of_loans(self, *, at_rest: bool) -> list[str]:
        return wrongly_lent(self.town, self.borrowers, at_rest=at_rest)

    # --- bookkeeping -----------------------------------------------------------------------------------------------

    def _plan(self, at: datetime, what: What, who: Person | Managers | Plan | None = None) -> None:
        heappush(self._agenda, (at, next(self._order), what, who))

    def _plan_morning(self, now: datetime) -> None:
        for at, who, errand in early_callers(self.everybody, now, self.random):
            self._plan(at, "later", partial(self.crowd.acts, who, errand))

    def _next_act(self, now: datetime) -> datetime:
        return next_act(now, self.random, between_s=MONTH.days * 24 * 3_600 // self.wish.acts)

    def _next_asking(self, now: datetime, who: Managers) -> datetime:
        """When somebody in an office next asks for money, or a lender's people next sit down to work."""
        often = DESK_A_MONTH if isinstance(who, Officers) else self.wish.office
        between_s = MONTH.days * 24 * 3_600 // often
        return now + timedelta(seconds=60 + who.random.below(2 * between_s))

    def _note(self, what: What, who: Person | None) -> None:
        self._trace.update(f"{self.town.clock.now()} {what} {who and who.guardian.msisdn.digits}\n".encode())
        for shown in self.crowd.seen:
            self._trace.update(f"{'*'.join(shown.typed)} {shown.screen}\n".encode())

    def _ending(self) -> str:
        self._trace.update(self.town.trace_hash().encode())
        return self._trace.hexdigest()

    def _told(self, broken: list[str], *, trace: str = "") -> Told:
        done = self.town.pretend.mpesa.transactions
        return Told(
            self.wish,
            (self.town.clock.now() - START).days,
            self.steps,
            self.crowd.intents + self.borrowers.intents + sum(managers.intents for managers in self.managers),
            len(done),
            sum((each.amount for each in done), zero(KES)),
            len(self.town.pretend.africastalking.sent),
            dict(sorted((self.weather.counted + self.office_weather.counted).items())),
            self.watch.checked,
            self.recounts,
            tuple(broken),
            trace,
            SystemClock().monotonic() - self._began_at,
        )
