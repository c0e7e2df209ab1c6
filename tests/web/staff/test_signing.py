"""Signing in to the staff pages, as people do it and as others try to."""

from __future__ import annotations

import gzip
import re

import pytest
import sqlalchemy as sa

from core.errors import Unavailable
from core.permissions import Role
from core.sign_in import IDLE, LONGEST
from storage import organisations
from storage.tables import changes, staff_sessions
from storage.tx import Tx
from tests.usecases.signing import PASSPHRASE, added, enrolled
from tests.web.browser import Browser, somebody
from tests.web.door import FORM, Door
from tests.world import TESTER
from usecases.staff import ChangeRole, Disable, change_role, disable
from web.staff.desk import HEADERS, next_page
from web.staff.signing import CODES, FOR_ONE_FROM_ADDRESS


def _trail(tx: Tx) -> list[tuple[str, str]]:
    rows = tx.connection.execute(sa.select(changes.c.action, changes.c.reason).where(changes.c.subject_kind == "staff"))
    return [(row.action, row.reason) for row in rows]


# --- as it should be ----------------------------------------------------------------------------------------------------


async def test_somebody_enrols_by_their_link_and_signs_in(door: Door) -> None:
    person = await added(door.world)
    browser, link = Browser(door), f"/staff/enrol/{person.link.token}"

    page = await browser.get(link)
    assert "Welcome, Esther Mutheu" in page.words
    assert "Kivuli Primary School" in page.words
    assert person.link.secret in page.words.replace(" ", "")
    assert "<svg" in page.text
    done = await browser.sends(link, {"passphrase": PASSPHRASE, "again": PASSPHRASE, "code": person.code})

    codes = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", done.words)
    assert len(set(codes)) == 10
    assert (await browser.get(link)).status == 422  # a link works once
    await door.world.clock.advance(30)
    assert (await browser.signs_in(person)).goes_to == "/staff"
    assert "Hello, Esther Mutheu" in (await browser.get("/staff")).words

    another = Browser(door)
    assert (await another.signs_in(person, code=codes[0].upper())).goes_to == "/staff"
    assert (await Browser(door).signs_in(person, code=codes[0])).status == 403
    assert ("signed_in", "recovery code") in await door.world.app.read(_trail)


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"again": "nine green lorry"}, "The two are not the same."),
        ({"passphrase": "short", "again": "short"}, "Choose at least 12 characters"),
        ({"passphrase": "esther mutheu", "again": "esther mutheu"}, "Choose at least 12 characters"),
        ({"code": "000000"}, "The code is wrong"),
        ({"code": "later"}, "The code is wrong"),
    ],
)
async def test_what_does_not_fit_at_enrolment_is_said_at_its_field_and_the_link_stays_open(
    door: Door, wrong: dict[str, str], said: str
) -> None:
    person = await added(door.world)
    fields = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "code": person.code}

    page = await Browser(door).sends(f"/staff/enrol/{person.link.token}", fields | wrong)

    assert page.status == 422
    assert said in page.words
    assert PASSPHRASE not in page.text
    assert (await Browser(door).get(f"/staff/enrol/{person.link.token}")).status == 200


async def test_a_page_that_needs_signing_in_is_shown_after_it(door: Door) -> None:
    person, browser = await enrolled(door.world), Browser(door)

    asked = await browser.get("/staff/sessions")
    assert asked.goes_to == "/staff/sign-in?next=%2Fstaff%2Fsessions"
    page = await browser.get(asked.goes_to)
    assert (await browser.signs_in(person, next=page.value("next"))).goes_to == "/staff/sessions"
    assert (await browser.get("/staff/sign-in?next=/staff/sessions")).goes_to == "/staff/sessions"


async def test_sessions_are_listed_and_each_can_be_ended_from_another_browser(door: Door) -> None:
    here, person = await somebody(door)
    there = Browser(door)
    await there.signs_in(person)

    page = await here.get("/staff/sessions")
    assert page.words.count("Since 21 Nov 2026, 09:0") == 2
    (theirs,) = [card for card in page.text.split("<li>")[1:] if "this browser" not in card]
    ended = re.search(r'name="session" value="([^"]+)"', theirs)
    assert ended
    await here.sends("/staff/sessions", {"session": ended[1]})
    assert [await _is_in(each) for each in (here, there)] == [True, False]

    await here.sends("/staff/sessions", {})
    assert not await _is_in(here)


async def _is_in(browser: Browser) -> bool:
    return (await browser.get("/staff")).status == 200


async def test_signing_out_ends_the_session_and_not_only_the_cookie(door: Door) -> None:
    browser, _ = await somebody(door)
    before = dict(browser.cookies)

    out = await browser.sends("/staff", {}, at="/staff/sign-out")
    assert "You are signed out." in (await browser.get(out.goes_to)).words
    browser.cookies = before

    assert not await _is_in(browser)


async def test_a_session_ends_when_nobody_uses_it_and_after_a_working_day_whoever_does(door: Door) -> None:
    browser, person = await somebody(door)
    clock = door.world.clock

    await clock.advance(IDLE.total_seconds() - 60)
    assert await _is_in(browser)
    await clock.advance(IDLE.total_seconds() - 60)
    assert await _is_in(browser)
    await clock.advance(IDLE.total_seconds())
    assert not await _is_in(browser)

    await browser.signs_in(person)
    for _ in range(int(LONGEST / IDLE) * 2 - 1):
        await clock.advance(IDLE.total_seconds() / 2)
        assert await _is_in(browser)
    await clock.advance(IDLE.total_seconds() / 2)
    assert not await _is_in(browser)


async def test_the_pages_speak_the_language_that_was_chosen(door: Door) -> None:
    browser, _ = await somebody(door)

    assert "Karibu" not in (await browser.get("/staff")).words
    await browser.sends("/staff", {"lang": "sw", "next": "/staff"}, at="/staff/language")

    assert "Habari, Esther Mutheu" in (await browser.get("/staff")).words
    assert "Se connecter" in (await Browser(door).get("/staff/sign-in?lang=fr")).words
    refused = await Browser(door).sends("/staff/sign-in", {"user": "x", "lang": "rw"})
    assert "Ntibihuye" in refused.words


# --- as others try ------------------------------------------------------------------------------------------------------


async def test_whatever_is_wrong_the_answer_is_the_same(door: Door) -> None:
    person = await enrolled(door.world)
    await added(door.world, "daniel", phone="254700900002")
    shown = set()
    for wrong in (
        {"user": "nobody"},
        {"user": "daniel"},
        {"user": "0700900003"},
        {"passphrase": "ten green lorries"},
        {"passphrase": "x" * 5_000},
        {"code": "000000"},
        {"code": "aaaa-bbbb-cccc-dddd"},
        {"code": ""},
        {"user": "\U0001f600\u202e"},
    ):
        page = await Browser(door).signs_in(person, **wrong)
        assert page.status == 403
        shown.add(re.sub(r'value="[^"]*"', "", page.text))

    assert len(shown) == 1


async def test_a_code_is_accepted_once(door: Door) -> None:
    person = await enrolled(door.world)
    seen = person.code

    assert (await Browser(door).signs_in(person, code=seen)).goes_to == "/staff"
    assert (await Browser(door).signs_in(person, code=seen)).status == 403


async def test_a_cookie_that_was_planted_before_signing_in_is_worth_nothing_after(door: Door) -> None:
    person = await enrolled(door.world)
    thief = Browser(door)
    await thief.get("/staff/sign-in")
    victim = Browser(door, cookies=dict(thief.cookies))

    await victim.signs_in(person)

    assert await _is_in(victim)
    assert not await _is_in(thief)
    assert victim.cookies != thief.cookies


async def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(door: Door) -> None:
    person = await enrolled(door.world)
    shown = await Browser(door).signs_in(person)
    said = shown.headers["Set-Cookie"]

    assert said.startswith("__Host-karani=")
    for mark in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert mark in said
    assert "Domain" not in said


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/json"},
    ],
)
async def test_a_form_that_was_sent_from_elsewhere_changes_nothing(door: Door, headers: dict[str, str]) -> None:
    browser, _ = await somebody(door)

    page = await browser.sends("/staff", {"lang": "fr", "next": "/staff"}, at="/staff/language", **headers)

    assert page.status == 403
    assert "Nothing was changed." in page.words
    assert "Hello" in (await browser.get("/staff")).words


@pytest.mark.parametrize("body", [gzip.compress(b"lang=fr&" * 100_000), b"lang=fr"])
async def test_a_form_that_comes_packed_is_not_unpacked_and_changes_nothing(door: Door, body: bytes) -> None:
    browser, person = await somebody(door)

    page = await browser.sends_raw("/staff/language", body, FORM, packed="gzip")

    assert page.status in (403, 413)
    member = await door.world.app.read(organisations.staff_by_id, person.staff)
    assert member is not None
    assert member.language is None


async def test_a_form_without_its_token_or_with_anothers_changes_nothing(door: Door) -> None:
    browser, _ = await somebody(door)
    other, _ = await somebody(door, user_name="daniel", phone="254700900002")
    theirs = (await other.get("/staff")).value("csrf")

    for token in ("", "0" * 64, theirs, "é"):
        page = await browser.posts("/staff/language", {"csrf": token, "lang": "fr"})
        assert page.status == 403
    assert "Hello" in (await browser.get("/staff")).words


async def test_a_browser_that_says_nothing_of_origins_is_held_to_its_token(door: Door) -> None:
    browser, _ = await somebody(door)
    quiet = {"Origin": "", "Sec_Fetch_Site": ""}

    assert (await browser.posts("/staff/language", {"lang": "fr"}, **quiet)).status == 403
    assert (await browser.sends("/staff", {"lang": "fr"}, at="/staff/language", **quiet)).status == 303


async def test_a_form_from_before_signing_in_anew_in_another_tab_is_refused_and_says_so(door: Door) -> None:
    browser, person = await somebody(door)
    old = (await browser.get("/staff")).value("csrf")
    await browser.sends("/staff", {}, at="/staff/sign-out")
    await browser.signs_in(person)

    page = await browser.posts("/staff/language", {"csrf": old, "lang": "fr"})

    assert page.status == 403
    assert "load the page anew" in page.words


async def test_nobody_is_sent_to_another_site_after_signing_in(door: Door) -> None:
    person = await enrolled(door.world)

    shown = await Browser(door).signs_in(person, next="https://evil.test/staff")

    assert shown.goes_to == "/staff"
    for text in (
        "//evil.test",
        "/staff//evil.test",
        "/staff/\\evil",
        "/staffx",
        "/staff\n/x",
        "/staff?x=//e",
        "/staff@e",
    ):
        assert next_page(text) == "/staff", text
    assert next_page("/staff/students?q=amani&after=x") == "/staff/students?q=amani&after=x"


async def test_tries_are_counted_for_each_name_alike_known_or_not_and_come_back_with_time(door: Door) -> None:
    person = await enrolled(door.world)
    for user in ("esther", "nobody", "0700 900 001", "0700 900 009"):
        statuses = [
            (await Browser(door).signs_in(person, user=user, passphrase="wrong")).status
            for _ in range(FOR_ONE_FROM_ADDRESS.most + 1)
        ]
        assert statuses == [403] * FOR_ONE_FROM_ADDRESS.most + [429], user
        await door.world.clock.advance(3_600)

    assert (await Browser(door).signs_in(person)).goes_to == "/staff"


async def test_who_knows_the_passphrase_cannot_try_codes_without_end_and_is_not_told_that_it_was_right(
    door: Door,
) -> None:
    person = await enrolled(door.world)
    for _ in range(CODES.most):
        assert (await Browser(door).signs_in(person, code="000000")).status == 403
        await door.world.clock.advance(600)
    used_up = await Browser(door).signs_in(person)
    wrong = await Browser(door).signs_in(person, passphrase="wrong")

    assert used_up.status == wrong.status == 403
    assert re.sub(r'value="[^"]*"', "", used_up.text) == re.sub(r'value="[^"]*"', "", wrong.text)
    await door.world.clock.advance(86_400)
    assert (await Browser(door).signs_in(person)).goes_to == "/staff"


async def test_who_is_disabled_or_given_another_role_is_treated_so_from_the_next_page_on(door: Door) -> None:
    browser, person = await somebody(door, Role.MANAGER)

    await door.world.app.write(change_role, ChangeRole(person.staff, Role.CASHIER, TESTER))
    assert "Esther Mutheu, cashier" in (await browser.get("/staff")).words
    await door.world.app.write(disable, Disable(person.staff, TESTER))

    assert not await _is_in(browser)
    assert (await Browser(door).signs_in(person)).status == 403


async def test_while_tries_cannot_be_counted_nobody_signs_in(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await enrolled(door.world)

    async def down(*_: object) -> int:
        raise Unavailable("redis", "down")

    monkeypatch.setattr(type(door.world.app.memory), "take", down)
    page = await Browser(door).signs_in(person)

    assert page.status == 503
    assert "Try again in a minute." in page.words


async def test_a_huge_form_costs_little_and_changes_nothing(door: Door) -> None:
    browser, _ = await somebody(door)

    assert (await browser.sends("/staff", {"lang": "fr" * 40_000}, at="/staff/language")).status == 413
    many = {f"field{at}": "" for at in range(1_000)}
    assert (await browser.sends("/staff", many, at="/staff/language")).status == 403
    assert await _is_in(browser)


async def test_every_answer_bears_the_guards_and_what_is_unknown_is_a_page_of_ours(door: Door) -> None:
    browser, _ = await somebody(door)

    for path, status in (("/staff", 200), ("/staff/nothing", 404), ("/staff/sessions", 200)):
        page = await browser.get(path)
        assert page.status == status
        assert all(page.headers[name] == value for name, value in HEADERS.items())
        assert "script" not in page.text
        assert " style=" not in page.text
        assert "script-src" not in page.headers["Content-Security-Policy"]
    style = re.search(r'href="(/staff/-/[^"]+)"', (await browser.get("/staff")).text)
    assert style
    assert (await browser.get(style[1])).headers["Content-Type"].startswith("text/css")
    assert (await browser.get("/staff/-/other.css")).status == 404


async def test_what_is_kept_of_a_session_opens_nothing(door: Door) -> None:
    browser, _ = await somebody(door)
    token = browser.cookies["__Host-karani"]

    kept = await door.world.app.read(lambda tx: tx.connection.execute(sa.select(staff_sessions)).one())

    assert token.encode() not in kept.token_index
    assert not await _is_in(Browser(door, cookies={"__Host-karani": kept.token_index.hex()}))
