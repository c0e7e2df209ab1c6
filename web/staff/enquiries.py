"""Who looks for their money and has no answer yet (PAY-13)."""

from __future__ import annotations

from aiohttp import web

from core.errors import NotFound
from core.permissions import Action
from storage import enquiries as store
from usecases.enquiries import CloseEnquiry, close_enquiry
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import id_in

LIST = "/staff/enquiries"
MOST = 100


def routes(desk: Desk) -> list[web.RouteDef]:
    async def waiting(visit: Visit) -> Reply:
        """The longest waiting first."""
        found = await desk.app.read(store.open_ones, visit.school.id, limit=MOST)
        return Page("enquiries.html", {"found": found})

    async def close(visit: Visit) -> Reply:
        """A person has answered; the note is for colleagues."""
        id_ = id_in(visit, "id")
        mine = await desk.app.read(store.load, id_)
        if mine is None or mine.organisation != visit.school.id:
            raise NotFound("enquiry", "")
        await desk.app.write(close_enquiry, CloseEnquiry(id_, visit.text("note")[:300], visit.actor))
        return Go(LIST, "saved")

    return [
        desk.get(LIST, waiting, needs=Action.SEE_SUSPENSE),
        desk.post(f"{LIST}/{{id}}", close, needs=Action.ASSIGN_SUSPENSE),
    ]
