"""All staff pages."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from core.errors import NotFound
from usecases.app import App
from usecases.passphrases import Passphrases
from web.receipts import GUARDS
from web.staff import (
    agreements,
    approvals,
    colleagues,
    enquiries,
    imports,
    loans,
    payments,
    school,
    signing,
    students,
    telegram,
    trail,
    ways,
)
from web.staff.desk import Desk, Reply, Visit
from web.staff.words import stylesheet, stylesheet_name


def routes(
    app: App, passphrases: Passphrases, *, public_url: str, trusted_proxies: Sequence[str] = ()
) -> list[web.RouteDef]:
    desk = Desk(app, passphrases, public_url=public_url, trusted_proxies=trusted_proxies)
    desk.built = (
        students.LIST,
        school.CLASSES,
        school.TERMS,
        payments.LIST,
        approvals.LIST,
        loans.LIST,
        trail.LIST,
        agreements.LIST,
        colleagues.LIST,
    )
    return [
        *signing.routes(desk),
        *students.routes(desk),
        *ways.routes(desk),
        *agreements.routes(desk),
        *enquiries.routes(desk),
        *colleagues.routes(desk),
        *school.routes(desk),
        *imports.routes(desk),
        *payments.routes(desk),
        *approvals.routes(desk),
        *loans.routes(desk),
        *trail.routes(desk),
        *telegram.routes(desk),
        web.get("/staff/-/{name}", _stylesheet),
        desk.get("/staff/{anything:.*}", _nowhere),
    ]


async def _stylesheet(request: web.Request) -> web.Response:
    if request.match_info["name"] != stylesheet_name():
        raise web.HTTPNotFound
    headers = {**GUARDS, "Cache-Control": "max-age=31536000, immutable"}
    return web.Response(text=stylesheet(), content_type="text/css", headers=headers)


async def _nowhere(visit: Visit) -> Reply:
    raise NotFound("page", visit.request.path)
