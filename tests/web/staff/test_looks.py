"""The staff pages on a small phone, by day and by night, as everybody reads them (WEB-1)."""

from __future__ import annotations

import inspect
import re
import tomllib
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Error, Page, Response

from core import entries
from core.approvals import Verdict
from core.callers import LANGUAGES
from core.payouts import Payee
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import approvals
from storage.database import DatabaseUrl
from tests.usecases.signing import PASSPHRASE, Person, added, enrolled
from tests.web.door import Door, opened
from tests.world import TESTER, kes
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.treasury import RequestFundPayment, request_payment
from web.staff.words import FOLDER, stylesheet, words

WIDTH = 360
BY_NIGHT = {
    "/staff",
    "/staff/students/ID",
    "/staff/payments/ID",
    "/staff/approvals/ID",
    "/staff/suspense/ID",
    "/staff/terms/ID/fees/ID",
}
"""All pages share their colours: by night these few show all of them. The full proof looks at every page."""


def test_every_word_stands_in_every_language() -> None:
    for file in FOLDER.glob("*.toml"):
        for key, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            assert tuple(texts) == LANGUAGES, (file.name, key)
            assert len({frozenset(re.findall(r"\{[a-z_]+\}", text)) for text in texts.values()}) == 1, (file.name, key)


def test_every_word_that_a_page_asks_for_is_there() -> None:
    known = words("en")
    for file in FOLDER.glob("*.html"):
        for group, key in re.findall(r"\bw\.([a-z_]+)\.([a-z_]+)", file.read_text(encoding="utf-8")):
            assert key == "get" or key in known[group], (file.name, group, key)


def test_every_kind_of_entry_has_words_on_a_statement() -> None:
    kinds = re.findall(r'"([a-z]+(?:_[a-z]+)+)"', inspect.getsource(entries))

    assert len(kinds) > 5
    assert set(kinds) <= set(words("en")["entries"])


def test_the_style_loads_nothing() -> None:
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("scheme, language", [("light", "fr"), ("dark", "rw")])
async def test_everybody_can_use_every_page_without_a_script_on_a_small_phone(
    sqlite: DatabaseUrl, browser: Browser, scheme: str, language: str, proving: bool
) -> None:
    async with opened(sqlite, KARANI_PUBLIC_URL="http://127.0.0.1") as door:
        person, new = (
            await enrolled(door.world, role=Role.MANAGER),
            await added(door.world, "daniel", phone="254700900002"),
        )
        await door.world.arrives(door.world.notice("ADM2231", 2_500), door.world.notice("nobody", 700))
        await _asks_and_approves(door, new, await added(door.world, "ruth", Role.CFO, "254700900004"))
        # Only the auditor's own script is let in, past the pages' policy.
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": 640},
            color_scheme=scheme,  # type: ignore[arg-type]
            bypass_csp=True,
        )
        weights: list[int] = []
        page = await _watched(context, weights)
        base = str(door.client.make_url("")).rstrip("/")

        await page.goto(f"{base}/staff/enrol/{new.link.token}?lang={language}")
        await _is_fine(page, "enrol")
        await page.goto(f"{base}/staff/sign-in?lang={language}")
        await _is_fine(page, "sign-in")
        await _signs_in(page, person)
        seen = await _wanders(page, base, None if proving or scheme == "light" else BY_NIGHT)
        if scheme == "light":
            admin = await enrolled(door.world, "root", Role.ADMIN, "254700900003")
            other = await _watched(
                await browser.new_context(viewport={"width": WIDTH, "height": 640}, bypass_csp=True), weights
            )
            await other.goto(f"{base}/staff/sign-in?lang={language}")
            await _signs_in(other, admin)
            seen |= await _wanders(other, base, {f"/staff/people{rest}" for rest in ("", "/new", "/ID")})
            assert {"/staff/people", "/staff/people/new", "/staff/people/ID"} <= seen
    assert {
        "/staff/students/ID/edit",
        "/staff/guardians/ID",
        "/staff/payments/ID",
        "/staff/approvals/ID",
        "/staff/suspense/ID",
        "/staff/import",
        "/staff/agreements",
        "/staff/students/ID/agree",
        "/staff/enquiries",
    } <= seen
    assert {
        "/staff/terms/ID/fees/ID",
        "/staff/terms/ID/invoices",
        "/staff/students/ID/grants",
        "/staff/classes/ID",
    } <= seen
    assert max(weights) < 60_000


async def _asks_and_approves(door: Door, asker: Person, other: Person) -> None:
    """A payment out of a fund that waits to be let go: its page has all that such a page may show."""
    write, organisation = door.world.app.write, door.world.organisation
    entry = FundEntry("kitchen", "Kitchen", opening=20_000, full=20_000)
    (fund,) = await write(save_funds, SaveFunds(organisation, (entry,), TESTER))
    ask, say = (
        Actor(ActorKind.STAFF, one.staff.hex, "test", role) for one, role in ((asker, Role.MANAGER), (other, Role.CFO))
    )
    payee = Payee(Msisdn("254712345678"), "Wanjiku Nyambura Kamau-Ochieng")
    day = door.world.clock.now() + timedelta(days=3)
    wish = RequestFundPayment(organisation, fund.id, payee, kes(800), "fuel", "For the long way to Thika", ask, day)
    payment = await write(request_payment, wish)
    approval = await door.world.app.read(approvals.of_subject, payment.id)
    assert approval is not None
    await write(decide, Decide(approval.id, Verdict.APPROVE, say))


async def _watched(context: BrowserContext, weights: list[int]) -> Page:
    """A tab that complains of what is loaded from elsewhere, and weighs what comes."""
    page = await context.new_page()

    async def weighed(response: Response) -> None:
        with suppress(Error):  # left already: what is looked at stays long enough
            body = await response.body() if response.status == 200 else b""
            weights.append(len(body) + len(stylesheet()))

    page.on("response", weighed)
    page.on("request", lambda request: _at_home(request.url))
    return page


def _at_home(url: str) -> None:
    assert urlsplit(url).hostname == "127.0.0.1", url


async def _is_fine(page: Page, where: str) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"
    assert await page.evaluate("document.documentElement.scrollWidth") <= WIDTH, where
    assert await page.evaluate("document.scripts.length") == 0, where


async def _signs_in(page: Page, person: Person) -> None:
    await page.fill("#user", person.user_name)
    await page.fill("#passphrase", PASSPHRASE)
    await page.fill("#code", person.code)
    await page.press("#code", "Enter")
    await page.wait_for_url("**/staff")


async def _wanders(page: Page, base: str, only: set[str] | None) -> set[str]:
    """Look at one page of each kind that links lead to; closely at `only` those."""
    seen: set[str] = set()
    ahead = ["/staff"]
    while ahead:
        path = ahead.pop()
        kind = re.sub(r"[0-9a-f-]{36}", "ID", path.partition("?")[0])
        if kind in seen or kind.endswith(("/statement", "/receipt")):  # papers, which are no pages
            continue
        seen.add(kind)
        await page.goto(f"{base}{path}")
        if only is None or kind in only:
            await _is_fine(page, path)
        links = "links => links.map(link => link.getAttribute('href'))"
        ahead += [str(each) for each in await page.eval_on_selector_all("a[href^='/staff']", links)]
    return seen
