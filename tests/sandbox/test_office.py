"""A visitor of the demo becomes somebody in the school's office."""

from __future__ import annotations

import re
from dataclasses import replace

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.office import PASSPHRASE, PATH, invitation, routes, staff_the_office
from sandbox.school import kivuli_hill
from storage.database import DatabaseUrl
from tests.web.browser import Browser
from tests.web.door import opened


async def test_a_visitor_signs_in_as_any_colleague_at_once(sqlite_database: DatabaseUrl) -> None:
    async with opened(sqlite_database) as door:
        plan = replace(kivuli_hill(door.world.clock.now()), slug="kivuli")
        for _ in range(2):  # a second start leaves them as they are
            await staff_the_office(door.world.app, plan)
        page = web.Application()
        page.add_routes(routes(door.world.app))
        async with TestClient(TestServer(page)) as visitor, visitor.get(PATH) as answer:
            shown = await answer.text()

        for name, role, code in zip(
            ("esther", "daniel", "joseph", "grace", "faith"),
            ("cashier", "manager", "manager", "treasurer", "head of finance"),
            re.findall(r"code>(\d{6})<", shown),
            strict=True,
        ):
            browser = Browser(door)
            fields = {"user": name, "passphrase": PASSPHRASE, "code": code, "next": "/staff"}
            assert (await browser.sends("/staff/sign-in", fields)).goes_to == "/staff"
            assert f", {role}" in (await browser.get("/staff")).words
            assert name in invitation("http://127.0.0.1:8080")
