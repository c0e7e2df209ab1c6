"""What is agreed with a family: promises and payment plans (FEE-5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date

import msgspec

from cli.fees import Done, SchoolArgs, amount_of, the_school
from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn
from core.splitting import Split
from usecases import plans, promises, splits
from usecases.fees import NotPossible


class PromisesArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    every: bool = False
    organisation: str | None = None


class PromiseLine(msgspec.Struct, frozen=True):
    student: str
    name: str
    amount: str
    due_on: date
    came: str
    state: str
    made_by: str


async def list_promises(opened: Opened, args: PromisesArgs, operator: Operator) -> AsyncGenerator[PromiseLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    question = promises.all_promises if args.every else promises.open_promises
    for one in await opened.app.read(question, organisation.id):
        promise = one.promise
        yield PromiseLine(
            *(one.student.number, one.student.name, promise.amount.plain(), promise.due_on, one.came.plain()),
            *(promise.state.value, promise.made_by),
        )


class PromiseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `amount` and `by` the open promise is withdrawn, for a reason."""

    student: str
    amount: str | None = None
    by: date | None = None
    reason: str | None = None
    organisation: str | None = None


async def promise(opened: Opened, args: PromiseArgs, operator: Operator) -> AsyncGenerator[Done, None]:
    organisation = await the_school(opened, args.organisation, operator)
    if args.amount is not None and args.by is not None:
        amount = amount_of(args.amount, organisation.currency)
        wish = promises.AgreePromise(organisation.id, args.student, amount, args.by, operator.actor)
        made = await opened.app.write(promises.agree_promise, wish)
        yield Done("promise", args.student, f"{made.amount.plain()} by {made.due_on}", made.id)
    elif args.reason:
        end = promises.WithdrawPromise(organisation.id, args.student, operator.actor, args.reason)
        ended = await opened.app.write(promises.withdraw_promise, end)
        yield Done("promise", args.student, "withdrawn", ended.id)
    else:
        raise NotPossible("either --amount and --by, or --withdraw with a reason")


class InstalmentLine(msgspec.Struct, frozen=True):
    """One instalment. `left` is what is still to be paid of it."""

    student: str
    name: str
    due_on: date
    amount: str
    left: str


async def list_plans(opened: Opened, args: SchoolArgs, operator: Operator) -> AsyncGenerator[InstalmentLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    for one in await opened.app.read(plans.standing_plans, organisation.id):
        left = {due.subject: due.amount for due in one.left}
        for part in one.plan.instalments:
            still = left[part.id].plain() if part.id in left else "0"
            yield InstalmentLine(one.student.number, one.student.name, part.due_on, part.amount.plain(), still)


class PlanArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`parts` as `2027-01-31=4000`, or `count` equal ones; or `end`, the reason why it ends."""

    student: str
    parts: list[str] = []
    count: int = 0
    first: date | None = None
    every_days: int | None = None
    end: str | None = None
    organisation: str | None = None


async def plan(opened: Opened, args: PlanArgs, operator: Operator) -> AsyncGenerator[InstalmentLine, None]:
    organisation = await the_school(opened, args.organisation, operator)
    if args.end:
        end = plans.EndPlan(organisation.id, args.student, operator.actor, args.end)
        await opened.app.write(plans.end_plan, end)
        return
    parts = []
    for text in args.parts:
        day, _, amount = text.partition("=")
        try:
            parts.append((date.fromisoformat(day), amount_of(amount, organisation.currency)))
        except ValueError:
            raise NotPossible(f"{text}: write DAY=AMOUNT") from None
    wish = plans.AgreePlan(
        *(organisation.id, args.student, operator.actor, tuple(parts), args.count, args.first, args.every_days)
    )
    made = await opened.app.write(plans.agree_plan, wish)
    for one in made.instalments:
        yield InstalmentLine(args.student, "", one.due_on, one.amount.plain(), one.amount.plain())


class SplitArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`children` as `KV10`, or `KV10=2` with a weight."""

    guardian: str
    way: str
    children: list[str] = []
    organisation: str | None = None


async def split(opened: Opened, args: SplitArgs, operator: Operator) -> AsyncGenerator[Done, None]:
    organisation = await the_school(opened, args.organisation, operator)
    try:
        way = Split(args.way)
        children = tuple(
            (number, int(weight or 1)) for number, _, weight in (one.partition("=") for one in args.children)
        )
    except ValueError:
        raise NotPossible("debt, equal, oldest, order or weights; children as KV10 or KV10=2") from None
    guardian = Msisdn.parse(args.guardian, country_code=COUNTRIES[organisation.country].calling_code)
    wish = splits.SetSplit(organisation.id, guardian, way, operator.actor, children)
    rule = await opened.app.write(splits.set_split, wish)
    yield Done("split", guardian.masked, " ".join([rule.split.value, *args.children]))


SPLIT = Command(SplitArgs, Done, split, writes=True)
PROMISES = Command(PromisesArgs, PromiseLine, list_promises)
PROMISE = Command(PromiseArgs, Done, promise, writes=True)
PLANS = Command(SchoolArgs, InstalmentLine, list_plans)
PLAN = Command(PlanArgs, InstalmentLine, plan, writes=True)
