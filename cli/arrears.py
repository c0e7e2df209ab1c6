"""Who owes for how long, and how an organisation chases it (FEE-4)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date

import msgspec

from cli.fees import the_school
from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.arrears import Bucket, Policy
from core.money import Money
from core.permissions import Action
from storage import arrears as store
from usecases import arrears
from usecases.fees import NotPossible
from usecases.reminding import Remind, late, remind


class ArrearsArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    late: int = 1
    organisation: str | None = None


class ArrearsLine(msgspec.Struct, frozen=True):
    """One student's debts by days late; last, all of them together."""

    student: str
    name: str
    class_name: str
    since: date | None
    current: str
    to_30: str
    to_60: str
    to_90: str
    over_90: str
    owed: str
    promised: str = ""


async def list_arrears(opened: Opened, args: ArrearsArgs, operator: Operator) -> AsyncGenerator[ArrearsLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    found = await opened.app.read(arrears.in_arrears, arrears.ListArrears(organisation.id, args.late))
    sums = dict.fromkeys(Bucket, Money(0, organisation.currency))
    for one in found:
        line = _line(one.student.number, one.student.name, one.group, one.oldest_due_on, one.buckets, one.owed)
        promise = one.promised
        said = f"{promise.amount.plain()} by {promise.due_on}" if promise else ""
        yield msgspec.structs.replace(line, promised=said)
        sums = {bucket: sums[bucket] + one.buckets[bucket] for bucket in Bucket}
    owed = Money(sum(amount.minor for amount in sums.values()), organisation.currency)
    yield _line("", f"{len(found)} in all", "", None, sums, owed)


def _line(
    student: str, name: str, group: str, since: date | None, buckets: dict[Bucket, Money], owed: Money
) -> ArrearsLine:
    current, to_30, to_60, to_90, over_90 = (buckets[bucket].plain() for bucket in Bucket)
    return ArrearsLine(student, name, group, since, current, to_30, to_60, to_90, over_90, owed.plain())


class ChasingArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None leaves what is."""

    remind: int | None = None
    warning: int | None = None
    critical: int | None = None
    organisation: str | None = None


class ChasingLine(msgspec.Struct, frozen=True):
    remind_days_before: int
    warning_from_days: int
    critical_from_days: int


async def chasing(opened: Opened, args: ChasingArgs, operator: Operator) -> AsyncGenerator[ChasingLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    policy = await opened.app.read(store.policy_of, organisation.id)
    if (args.remind, args.warning, args.critical) != (None, None, None):
        try:
            policy = Policy(
                policy.remind if args.remind is None else args.remind,
                args.warning or policy.warning,
                args.critical or policy.critical,
            )
        except ValueError as error:
            raise NotPossible(str(error)) from None
        await opened.app.write(arrears.set_policy, arrears.SetPolicy(organisation.id, policy, operator.actor))
    yield ChasingLine(policy.remind, policy.warning, policy.critical)


class RemindArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`group`: the name of one class. Nothing is sent before `send`."""

    late: int = 1
    group: str = ""
    send: bool = False
    organisation: str | None = None


class RemindLine(msgspec.Struct, frozen=True):
    """One student who is late, and what comes of it: `told`, `promised` or `today`."""

    student: str
    name: str
    class_name: str
    amount: str
    since: date
    fate: str


async def remind_families(opened: Opened, args: RemindArgs, operator: Operator) -> AsyncGenerator[RemindLine, None]:
    """What would be sent; with `send` it is."""
    operator.require(Action.REMIND)
    organisation = await the_school(opened, args.organisation, operator)
    wish = Remind(organisation.id, operator.actor, max(1, args.late), args.group, opened.app.ids.new().hex)
    for one in await (opened.app.write(remind, wish) if args.send else opened.app.read(late, wish)):
        student, fate = one.student, one.fate.value
        yield RemindLine(student.number, student.name, one.group, one.amount.plain(), one.since, fate)


LIST = Command(ArrearsArgs, ArrearsLine, list_arrears)
REMIND = Command(RemindArgs, RemindLine, remind_families, writes=True)
CHASING = Command(ChasingArgs, ChasingLine, chasing, writes=True)
