"""Loans on the staff's pages: who owes what, one loan with its story, and what staff decide about what was not given yet."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.async_api import Browser as Chromium

from core.approvals import ApprovalId, Verdict
from core.organisations import Kind
from core.payouts import StandsNot
from core.permissions import Actor, ActorKind, Role
from storage.database import DatabaseUrl
from tests.usecases.lending import BODA, Lender
from tests.usecases.signing import enrolled
from tests.web.browser import Browser, Shown, somebody
from tests.web.door import Door
from tests.web.door import opened as door_opened
from tests.web.staff.test_looks import WIDTH, _at_home, _is_fine, _signs_in
from tests.world import TESTER, World
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.loans.lending import SetProduct, set_product

ASHA, BEN, CARO = "254712999678", "254712999679", "254712999680"
GIVEN = date(2026, 10, 10)


async def lending(world: World) -> Lender:
    """The same organisation lends, with officers who have no browser."""
    await world.school(kinds=(Kind.SCHOOL, Kind.LENDER), code_above=10_000_000)
    await world.app.write(set_product, SetProduct(world.organisation, BODA, TESTER))
    at = Lender(world)
    at.officer = await world.staff(Role.LOAN_OFFICER, "254700900011", "Peter Kamau")
    at.boss = await world.staff(Role.MANAGER, "254700900012", "Mary Atieno")
    return at


async def late_loan(at: Lender) -> str:
    """Given some weeks ago; a part of the first instalment is paid."""
    asked = await at.asks(ASHA, on=GIVEN)
    await at.decides(asked)
    await at.gives(asked.number, GIVEN)
    await at.repays(asked.number, 500)
    return asked.number


async def loan_page(browser: Browser, number: str, state: str = "") -> tuple[str, Shown]:
    found = await browser.get(f"/staff/loans?state={state}")
    (at,) = re.findall(rf'href="(/staff/loans/[0-9a-f-]{{36}})"><span class="code">{number}', found.text)
    return at, await browser.get(at)


async def test_a_manager_sees_who_is_late_first_and_a_loan_with_its_story(door: Door) -> None:
    at = await lending(door.world)
    late, _ = await late_loan(at), await at.asks(BEN)
    manager, _ = await somebody(door)

    listed = await manager.get("/staff/loans")
    _, page = await loan_page(manager, late)
    _, waits = await loan_page(manager, "LOAN-000002")
    none = await manager.get("/staff/loans?state=written_off&officer=nobody")
    mine = await manager.get(f"/staff/loans?officer={at.officer.name}")

    assert listed.words.index("LOAN-000001") < listed.words.index("LOAN-000002")
    assert "11 days" in listed.words
    assert "Loans" in (await manager.get("/staff")).words
    for told in ("LOAN-000001, running", "Borrower 678", "Boda loan", "KSh 5,900", "Peter Kamau", "Paid KSh 500"):
        assert told in page.words, told
    assert "Decide on it" in waits.words
    assert "No such loans." in none.words
    assert "LOAN-000001" in mine.words


async def test_what_could_not_be_sent_is_sent_again_given_or_called_off(door: Door) -> None:
    at = await lending(door.world)
    await at.pays_out()
    manager, _ = await somebody(door)
    numbers = []
    for phone in (ASHA, BEN, CARO):
        asked = await at.asks_by_phone(phone)
        await at.decides(asked)
        await at.provider(asked.number, StandsNot("declined"))
        numbers.append(asked.number)
    done, path, csrf = [], "", ""
    for number, step in zip(numbers, ("send", "give", "call-off"), strict=True):
        path, page = await loan_page(manager, number)
        csrf = page.value("csrf")
        done.append(await manager.posts(f"{path}/{step}", {"csrf": csrf, "reason": "Moved away"}))
    again = [await manager.posts(f"{path}/{step}", {"csrf": csrf}) for step in ("send", "give", "call-off")]

    assert [one.goes_to.partition("=")[2] for one in done] == ["loan_sent", "loan_given", "loan_called_off"]
    assert [one.status for one in again] == [422, 422, 422]
    assert [(await at.sees(number)).loan.state.value for number in numbers] == ["disbursing", "active", "withdrawn"]


async def test_sending_again_takes_a_code_of_the_authenticator_or_one_that_is_texted(door: Door) -> None:
    at = await lending(door.world)
    await at.pays_out()
    await door.world.school(kinds=(Kind.SCHOOL, Kind.LENDER), code_above=0)
    boss, person = await somebody(door)
    signed_in = Actor(ActorKind.STAFF, person.staff.hex, "web", Role.MANAGER)
    numbers = []
    for phone in (ASHA, BEN):
        asked = await at.asks_by_phone(phone)
        yes = Decide(ApprovalId(asked.approval), Verdict.APPROVE, signed_in, code=person.code)
        await door.world.app.write(decide, yes)
        await door.world.clock.advance(30)  # the next code
        await at.provider(asked.number, StandsNot("declined"))
        numbers.append(asked.number)
    path, page = await loan_page(boss, numbers[0])
    csrf = page.value("csrf")

    without = await boss.posts(f"{path}/send", {"csrf": csrf})
    wrong = await boss.posts(f"{path}/send", {"csrf": csrf, "code": "000000"})
    done = await boss.posts(f"{path}/send", {"csrf": csrf, "code": person.code})
    other, _ = await loan_page(boss, numbers[1])
    texted = await boss.posts(f"{other}/code", {"csrf": csrf})
    too_soon = await boss.posts(f"{other}/code", {"csrf": csrf})

    assert (without.status, wrong.status, too_soon.status) == (422, 422, 422)
    assert (done.goes_to.partition("=")[2], texted.goes_to.partition("=")[2]) == ("loan_sent", "code_sent")
    assert (await at.sees(numbers[0])).loan.state.value == "disbursing"


async def test_an_officer_sees_their_own_loans_and_has_no_button_to_pay(door: Door) -> None:
    at = await lending(door.world)
    others = await at.asks(ASHA)
    await at.decides(others)
    manager, _ = await somebody(door)
    path, _ = await loan_page(manager, others.number)
    officer, _ = await somebody(door, Role.LOAN_OFFICER, "lucy", "254700900013")

    listed, one = await officer.get("/staff/loans"), await officer.get(path)
    forged = await officer.posts(f"{path}/give", {"csrf": listed.value("csrf")})

    assert others.number not in listed.words
    assert (one.status, forged.status) == (404, 403)
    assert (await officer.get("/staff/loans/00000000-0000-7000-8000-000000000000")).status == 404


async def test_a_school_that_does_not_lend_has_no_such_menu(door: Door) -> None:
    manager, _ = await somebody(door)

    assert "/staff/loans" not in (await manager.get("/staff")).text


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("scheme, language", [("light", "fr"), ("dark", "sw")])
async def test_everybody_can_use_the_pages_of_loans_on_a_small_phone(
    sqlite: DatabaseUrl, browser: Chromium, scheme: str, language: str
) -> None:
    async with door_opened(sqlite, KARANI_PUBLIC_URL="http://127.0.0.1") as door:
        at = await lending(door.world)
        await late_loan(at)
        await at.asks(BEN)
        failed = await at.asks(CARO)
        await at.decides(failed, Verdict.APPROVE)
        person = await enrolled(door.world, role=Role.MANAGER)
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": 640},
            color_scheme=scheme,  # type: ignore[arg-type]
            bypass_csp=True,
        )
        page, base = await context.new_page(), str(door.client.make_url("")).rstrip("/")
        page.on("request", lambda request: _at_home(request.url))
        await page.goto(f"{base}/staff/sign-in?lang={language}")
        await _signs_in(page, person)
        await page.goto(f"{base}/staff/loans")
        await _is_fine(page, "loans")
        for place in await page.eval_on_selector_all(
            "a[href^='/staff/loans/']", "links => links.map(link => link.getAttribute('href'))"
        ):
            await page.goto(f"{base}{place}")
            await _is_fine(page, place)
