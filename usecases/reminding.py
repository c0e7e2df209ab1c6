"""Staff have the families of whoever is late reminded, many at once: first they see what would be sent (PAY-11).

late     what `remind` would do now, student by student
remind   does it: each text is weighed again as it leaves, against STOP, quiet hours, promises and what is owed then
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.arrears import Bucket
from core.fees import Student
from core.ids import CustomerAccountId, OrganisationId
from core.messages import ArrearsWarning
from core.money import Money
from core.permissions import Action, Actor
from storage import arrears, organisations, outbox
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.arrears import InArrears, ListArrears, in_arrears
from usecases.noting import note
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class Remind:
    """Remind the families of all with something at least `late_days` days late (one at least); `group`: of one class alone, by its
    name."""

    organisation: OrganisationId
    actor: Actor
    late_days: int = 1
    group: str = ""
    trace: str = ""


class Fate(Enum):
    """What comes of one student."""

    TOLD = "told"
    PROMISED = "promised"
    """The family has given its word, and the day is not over."""
    TODAY = "today"
    """Something was told of it today, by somebody or by the daily run."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """One student who is late: with how much, since when, and what comes of it."""

    student: Student
    group: str
    amount: Money
    since: date
    fate: Fate


def late(tx: Tx, wish: Remind) -> list[Reminded]:
    """A query: the longest late first. Raises `NotPermitted`."""
    require_for(tx, wish.actor, Action.REMIND, wish.organisation, what="organisation", name="")
    found = [
        one for one in in_arrears(tx, ListArrears(wish.organisation, wish.late_days)) if wish.group in ("", one.group)
    ]
    today = _told_today(tx, wish.organisation, [one.student.account for one in found])
    return [
        Reminded(one.student, one.group, one.owed - one.buckets[Bucket.CURRENT], one.oldest_due_on, _fate(one, today))
        for one in found
    ]


def _fate(one: InArrears, today: Collection[CustomerAccountId]) -> Fate:
    if one.promised:
        return Fate.PROMISED
    return Fate.TODAY if one.student.account in today else Fate.TOLD


def _told_today(tx: Tx, id_: OrganisationId, accounts: Sequence[CustomerAccountId]) -> set[CustomerAccountId]:
    """Of whose debts something was told since midnight."""
    organisation = organisations.by_id(tx, id_)
    on = organisation.local_day(tx.now)
    dues = arrears.dues_of(tx, accounts)
    by_run = arrears.told_since(tx, [due.subject for mine in dues.values() for due in mine], organisation.midnight(on))
    by_hand = outbox.known(tx, id_, [_key(account, on) for account in accounts])
    return {
        account
        for account, mine in dues.items()
        if _key(account, on) in by_hand or any(due.subject in by_run for due in mine)
    }


def _key(account: CustomerAccountId, on: date) -> str:
    """A family is reminded by hand once a day, whoever asks."""
    return f"reminded:{account.hex}:{on}"


def remind(tx: Tx, wish: Remind) -> list[Reminded]:
    """Queue the texts, and say of each student what came of it. Safe to repeat: nobody is told twice a day."""
    found = late(tx, wish)
    told = [one for one in found if one.fate is Fate.TOLD]
    if told:
        _queue(tx, wish, told)
        scope = f"at least {wish.late_days} days late" + (f", {wish.group}" if wish.group else "")
        note(tx, wish.actor, wish.organisation, "reminders_sent", f"{len(told)} students {scope}")
    return found


def _queue(tx: Tx, wish: Remind, told: Sequence[Reminded]) -> None:
    organisation = organisations.by_id(tx, wish.organisation)
    on, code = organisation.local_day(tx.now), organisations.code_of(tx, wish.organisation)
    outs = []
    for one in told:
        account = one.student.account
        message = ArrearsWarning(organisation.name, one.amount, one.student.number, one.since, code)
        facts = MessageFacts(message, accounts=(account,))
        outs.append(Out(organisation.id, Kind.SMS, message.event, facts, trace=wish.trace, key=_key(account, on)))
    outbox.put(tx, outs)
