"""Who did what: the audit trail of people, searched by person, by deed and by day (SEC-3)."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from core.ids import OrganisationId
from core.permissions import Action
from storage import organisations, trail
from storage.organisations import StaffMember
from storage.trail import Asked, TrailLine
from storage.tx import Tx
from web.staff.desk import Desk, Page, Reply, Visit

LIST = "/staff/trail"
A_PAGE = 40


def routes(desk: Desk) -> list[web.RouteDef]:
    async def search(visit: Visit) -> Reply:
        zone = ZoneInfo(visit.school.time_zone)
        last = _day(visit.asked("until"))
        wanted = Asked(
            actor=visit.asked("who", 40),
            action=visit.asked("what", 60),
            since=_midnight(_day(visit.asked("since")), zone),
            until=_midnight(last + timedelta(days=1) if last else None, zone),
        )
        before = None
        with contextlib.suppress(ValueError):
            before = UUID(visit.asked("before"))
        found, people, actions = await desk.app.read(_searched, visit.school.id, wanted, before)
        facts = {
            "found": found[:A_PAGE],
            "more": found[A_PAGE - 1].id if len(found) > A_PAGE else None,
            "people": people,
            "actions": actions,
            "asked": {name: visit.asked(name, 60) for name in ("who", "what", "since", "until")},
        }
        return Page("trail.html", facts)

    return [desk.get(LIST, search, needs=Action.SEE_TRAIL)]


def _searched(
    tx: Tx, organisation: OrganisationId, wanted: Asked, before: UUID | None
) -> tuple[list[TrailLine], list[StaffMember], list[str]]:
    """One line more than a page shows, to know whether there is another page."""
    found = trail.of_people(tx, organisation, wanted, before=before, limit=A_PAGE + 1)
    return found, organisations.staff_of(tx, organisation), trail.actions(tx, organisation)


def _day(text: str) -> date | None:
    """A day as browsers send it; nonsense asks for nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None
