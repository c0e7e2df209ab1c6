"""One's own chat: whether it is linked, a link to do so, and its end (TG-1)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime

import segno
from aiohttp import web

from core.chats import LINK_BYTES
from core.ids import OrganisationId, StaffId
from core.limits import Rule
from storage import chats
from storage.tx import Tx
from usecases import limits
from usecases.chats import IssueLink, Unlink, issue_link, unlink
from web.staff.desk import Desk, Go, Page, Reply, Visit

PATH = "/staff/telegram"
LINKS = Rule(most=10, per_s=3_600)


def routes(desk: Desk) -> list[web.RouteDef]:
    app = desk.app

    async def look(visit: Visit) -> Reply:
        return await _page(visit)

    async def make(visit: Visit) -> Reply:
        """The link is shown once, on this answer: it is nowhere to be read again."""
        await limits.allow(app.memory, "staff:chat_link", visit.me.member.id.hex, LINKS)
        token = urlsafe_b64encode(app.random.token(LINK_BYTES)).decode().rstrip("=")
        issued = await app.write(issue_link, IssueLink(visit.me.member.id, token, visit.actor))
        return await _page(visit, issued.address(token))

    async def end(visit: Visit) -> Reply:
        await app.write(unlink, Unlink(visit.me.member.id, visit.actor))
        return Go(PATH, "saved")

    async def _page(visit: Visit, link: str = "") -> Page:
        bot, since = await app.read(_standing, visit.school.id, visit.me.member.id)
        code = segno.make(link, error="m", micro=False) if link else None
        picture = code.svg_inline(scale=4, border=4, light="#fff", omitsize=True) if code else ""
        return Page("telegram.html", {"bot": bot, "since": since, "link": link, "picture": picture})

    return [desk.get(PATH, look), desk.post(PATH, make), desk.post(f"{PATH}/end", end)]


def _standing(tx: Tx, organisation: OrganisationId, staff: StaffId) -> tuple[str | None, datetime | None]:
    return chats.bot_of(tx, organisation), chats.linked_since(tx, staff)
