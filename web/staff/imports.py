"""A school's list by page: choose the file, read what would happen or what is wrong line by line, then say yes (FEE-8).

Between the two the file is kept for a quarter of an hour where the processes share what lasts shortly, sealed, for this
session alone. The yes is a new look at the books: what changed meanwhile is weighed anew.
"""

from __future__ import annotations

import hashlib
from datetime import date

from aiohttp import web

from core.limits import Rule
from core.organisations import COUNTRIES, local_day
from core.permissions import Action
from core.rosters import Roster, Rules, read_roster
from dialogue.complaints import told
from providers.sheets import MOST_BYTES, Unreadable, read_lines
from storage.tx import Tx
from usecases import limits
from usecases.imports import Imported, ImportStudents, import_students, rehearse
from web.staff.desk import Desk, Go, Page, Reply, Visit

LIST = "/staff/import"
KEPT_S = 15 * 60.0
UPLOADS = Rule(12, 3_600)
SHOWN_COMPLAINTS = 200


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    needs = Action.EDIT_SCHOOL
    return [
        desk.get(LIST, doors.ask, needs=needs),
        desk.post(LIST, doors.preview, needs=needs, most_bytes=MOST_BYTES),
        desk.post(f"{LIST}/yes", doors.confirm, needs=needs),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._app = desk.app

    async def ask(self, visit: Visit) -> Reply:
        return Page("import.html", {"wrong": "", "most": MOST_BYTES // 1_048_576})

    async def preview(self, visit: Visit) -> Reply:
        """Nothing is written: the same plan as the import's own, told."""
        await limits.allow(self._app.memory, "staff:upload", visit.me.member.id.hex, UPLOADS)
        if not visit.file:
            return Page("import.html", {"wrong": "no_file", "most": MOST_BYTES // 1_048_576}, 422)
        wish = await self._wish(visit, visit.file_name, visit.file, visit.text("balances_on"))
        told_ = await self._app.read(rehearse, wish)
        if told_.complaints or not told_.changes_something:
            return self._page(visit, wish, told_, token="")
        token = hashlib.sha256(visit.file).hexdigest()[:32]
        kept = "\n".join((visit.file_name[:80], visit.text("balances_on")[:10])).encode() + b"\n" + visit.file
        await self._app.memory.put(_key(visit, token), kept, ttl_s=KEPT_S)
        return self._page(visit, wish, told_, token=token)

    async def confirm(self, visit: Visit) -> Reply:
        kept = await self._app.memory.get(_key(visit, visit.text("file")[:32]))
        if kept is None:
            return Page("import.html", {"wrong": "too_late", "most": MOST_BYTES // 1_048_576}, 422)
        name, balances_on, content = kept.split(b"\n", 2)
        wish = await self._wish(visit, name.decode(), content, balances_on.decode())
        told_ = await self._app.write(import_students, wish)
        if told_.complaints:
            return self._page(visit, wish, told_, token="")
        await self._app.memory.delete(_key(visit, visit.text("file")[:32]))
        return Go("/staff/students", "imported")

    async def _wish(self, visit: Visit, name: str, content: bytes, balances_on: str) -> ImportStudents:
        school = visit.school
        today = local_day(self._app.clock.now(), school.time_zone)
        rules = Rules(COUNTRIES[school.country].calling_code, school.currency, today, _day(balances_on))
        roster = await self._app.read(_roster, content, rules)
        return ImportStudents(school.id, roster, name, today, visit.actor)

    def _page(self, visit: Visit, wish: ImportStudents, found: Imported, *, token: str) -> Page:
        complaints = [(one.line, one.column, told(one, visit.language)) for one in found.complaints[:SHOWN_COMPLAINTS]]
        facts = {
            "found": found,
            "source": wish.source,
            "complaints": complaints,
            "ignored": wish.roster.ignored,
            "token": token,
            "currency": visit.school.currency.code,
        }
        return Page("import_preview.html", facts, 422 if complaints else 200)


def _key(visit: Visit, token: str) -> str:
    return f"staff:import:{visit.me.id.hex}:{token}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _roster(tx: Tx, content: bytes, rules: Rules) -> Roster:
    """A query like any other, so that it runs where queries do and nobody's page waits for it."""
    try:
        return read_roster(read_lines(content), rules)
    except Unreadable as error:
        return Roster.refused(error.complaint)
