"""What is agreed with families: promises and payment plans of students, and how a guardian's payments are divided (FEE-3, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from core.errors import DomainError, NotFound
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.money import FractionRefused, NotAnAmount, parse_typed
from core.permissions import Action
from core.splitting import Split
from storage import students as store
from storage.students import StudentLine
from storage.tx import Tx
from usecases import plans, promises, splits
from usecases.plans import AgreePlan, EndPlan, PlanSeen
from usecases.promises import AgreePromise, PromiseSeen, WithdrawPromise
from usecases.splits import SetSplit
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in, refused
from web.staff.students import LIST as STUDENTS

LIST = "/staff/agreements"
MOST_INSTALMENTS = 24
PLACES: Mapping[type[DomainError], str] = {NotAnAmount: "amount", FractionRefused: "amount"}


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    one = f"{STUDENTS}/{{id}}/agree"
    return [
        desk.get(LIST, doors.all, needs=Action.SEE_FEES),
        desk.get(one, doors.show, needs=Action.SEE_FEES),
        desk.post(one, doors.agree, needs=Action.AGREE),
        desk.post("/staff/guardians/{contact}/split", doors.split, needs=Action.AGREE),
    ]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What stands with one student."""

    line: StudentLine
    promise: PromiseSeen | None
    plan: PlanSeen | None


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._app = desk.app

    async def all(self, visit: Visit) -> Reply:
        promised = await self._app.read(promises.open_promises, visit.school.id)
        planned = await self._app.read(plans.standing_plans, visit.school.id)
        today = visit.school.local_day(self._app.clock.now())
        return Page("agreements.html", {"promised": promised, "planned": planned, "today": today})

    async def show(self, visit: Visit) -> Reply:
        return await self._page(visit, Form({}))

    async def _page(self, visit: Visit, form: Form) -> Reply:
        found = await self._app.read(_agreed, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        return Page("agree.html", {"one": found.line, "found": found, "form": form}, form.status)

    async def agree(self, visit: Visit) -> Reply:
        """A promise or a plan, made or ended."""
        found = await self._app.read(_agreed, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        form = await self._done(visit, found.line.number)
        return Go(f"{STUDENTS}/{found.line.account}/agree", "saved") if form is None else await self._page(visit, form)

    async def _done(self, visit: Visit, number: str) -> Form | None:
        """None when it is done; else the form, with what is wrong at its place."""
        mine, reason = (visit.school.id, number), visit.text("reason") or "-"
        match visit.text("do"):
            case "promise":
                return await self._promise(visit, number)
            case "plan":
                return await self._plan(visit, number)
            case "withdraw":
                await self._app.write(promises.withdraw_promise, WithdrawPromise(*mine, visit.actor, reason))
            case "end":
                await self._app.write(plans.end_plan, EndPlan(*mine, visit.actor, reason))
            case _:
                raise NotFound("page", "")
        return None

    async def _promise(self, visit: Visit, number: str) -> Form | None:
        by = _day(visit.text("by"))
        if by is None:
            return Form(visit.fields, {"by": "day_needed"})
        try:
            amount = parse_typed(visit.text("amount"), visit.school.currency)
        except (NotAnAmount, FractionRefused) as error:
            return refused(visit, error, PLACES)
        wish = AgreePromise(visit.school.id, number, amount, by, visit.actor)
        done = await attempt(visit, self._app.write(promises.agree_promise, wish), {})
        return None if isinstance(done, Done) else done[0]

    async def _plan(self, visit: Visit, number: str) -> Form | None:
        first, count, every = _day(visit.text("first")), visit.text("count"), visit.text("every")
        if first is None:
            return Form(visit.fields, {"first": "day_needed"})
        wish = AgreePlan(
            *(visit.school.id, number, visit.actor),
            count=min(int(count), MOST_INSTALMENTS) if count.isdecimal() and len(count) < 4 else 0,
            first=first,
            every_days=int(every) if every.isdecimal() and len(every) < 4 else None,
        )
        done = await attempt(visit, self._app.write(plans.agree_plan, wish), {})
        return None if isinstance(done, Done) else done[0]

    async def split(self, visit: Visit) -> Reply:
        """How this guardian's one payment is divided, from the next one on."""
        contact = ContactId(id_in(visit, "contact"))
        guardian = await self._app.read(store.guardian, visit.school.id, contact)
        if guardian is None or not guardian.phones:
            raise NotFound("guardian", "")
        way = next((each for each in Split if each.value == visit.text("split")), Split.DEBT)
        children = tuple(_weighted(each) for each in visit.text("children").replace(",", " ").split()[:20])
        wish = SetSplit(visit.school.id, guardian.phones[0], way, visit.actor, children)
        await self._app.write(splits.set_split, wish)
        return Go(f"/staff/guardians/{contact}", "saved")


def _weighted(text: str) -> tuple[str, int]:
    """`KV10=2`, or `KV10` for once."""
    number, _, weight = text.partition("=")
    return number[:20], int(weight) if weight.isdecimal() and len(weight) < 4 else 1


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- what the pages ask the books ---------------------------------------------------------------------------------------


def _agreed(tx: Tx, organisation: OrganisationId, account: CustomerAccountId) -> Agreed:
    line = store.by_account(tx, organisation, account)
    if line is None:
        raise NotFound("student", "")
    promised = (one for one in promises.open_promises(tx, organisation) if one.promise.account == account)
    planned = (one for one in plans.standing_plans(tx, organisation) if one.plan.account == account)
    return Agreed(line, next(promised, None), next(planned, None))
