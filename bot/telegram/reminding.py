"""Having the families of whoever is late reminded from the chat: who would hear what, then the button, then what came of each
(PAY-11)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.telegram.menu import Act, back
from bot.telegram.visit import Key, Visit
from core.figures import day_in
from core.money import total
from storage.chats import Facts
from usecases.reminding import Fate, Remind, Reminded, late, remind

MOST_LISTED = 15
"""A chat is no list: who wants all of them asks the command line."""
VERY_LATE = 30
_MARKS = {Fate.TOLD: "✓", Fate.PROMISED: "…", Fate.TODAY: "·"}


def preview(visit: Visit, facts: Facts) -> None:
    """Who is late, and who of them would hear of it; nothing is sent yet. Names of families are not for a group."""
    visit.require_private()
    days = int(facts.get("days", "1"))
    found = late(visit.tx, _wish(visit, days))
    told = _count(found, Fate.TOLD)
    if not found:
        visit.show(visit.word("remind_none", days=days), [back(visit)])
        return
    amount = total([one.amount for one in found], found[0].amount.currency)
    counts = {"promised": _count(found, Fate.PROMISED), "today": _count(found, Fate.TODAY)}
    head = visit.word("remind", count=len(found), days=days, amount=amount, told=told, **counts)
    rows = []
    if told:
        yes = Key(visit.word("key_remind_now", count=told), "remind_now", {"days": str(days)}, once=True)
        rows.append([yes])
    if days < VERY_LATE:
        rows.append([Key(visit.word("key_remind_very_late", days=VERY_LATE), "remind", {"days": str(VERY_LATE)})])
    visit.show("\n".join([head, *_lines(visit, found)]), [*rows, back(visit)])


def remind_now(visit: Visit, facts: Facts) -> None:
    """What was so when it was shown may have changed: each line says what came of it."""
    found = remind(visit.tx, _wish(visit, int(facts["days"])))
    head = visit.word("reminded", name=visit.me.name, count=_count(found, Fate.TOLD))
    visit.show("\n".join([head, *_lines(visit, found)]), [back(visit)])


def _wish(visit: Visit, days: int) -> Remind:
    return Remind(visit.organisation, visit.actor, days, trace=visit.room.trace)


def _count(found: Sequence[Reminded], fate: Fate) -> int:
    return sum(one.fate is fate for one in found)


def _lines(visit: Visit, found: Sequence[Reminded]) -> list[str]:
    lines = [
        f"{_MARKS[one.fate]} " + visit.word(f"remind_{one.fate.value}", **_facts(visit, one))
        for one in found[:MOST_LISTED]
    ]
    if len(found) > MOST_LISTED:
        lines.append(visit.word("remind_more", count=len(found) - MOST_LISTED))
    return lines


def _facts(visit: Visit, one: Reminded) -> dict[str, object]:
    since = day_in(one.since, visit.language)
    return {"number": one.student.number, "name": one.student.name, "amount": one.amount, "since": since}


ACTS: dict[str, Act] = {"remind": preview, "remind_now": remind_now}
