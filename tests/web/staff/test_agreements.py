"""Promises, plans, splits, enquiries and colleagues, by page: who may sees and does it, and nobody of another school."""

from __future__ import annotations

import re

from core.permissions import Role
from core.phones import Msisdn
from tests.web.browser import Browser, somebody
from tests.web.door import Door
from usecases.enquiries import OpenEnquiry, open_enquiry
from usecases.staff import enrolment


async def _student(browser: Browser) -> str:
    page = await browser.get("/staff/students")
    return str(re.findall(r'href="(/staff/students/[0-9a-f-]{36})"', page.text)[0])


async def test_a_promise_is_noted_seen_and_withdrawn(door: Door) -> None:
    browser, _ = await somebody(door, role=Role.CASHIER)
    at = f"{await _student(browser)}/agree"
    assert "No open promise." in (await browser.get("/staff/agreements")).words

    wrong = await browser.sends(at, {"do": "promise", "amount": "lots", "by": "2026-12-20"})
    assert wrong.status == 422
    assert wrong.value("amount") == "lots"
    assert "Choose a day." in (await browser.sends(at, {"do": "promise", "amount": "500", "by": "soon"})).words
    assert (await browser.sends(at, {"do": "promise", "amount": "99999999", "by": "2026-12-20"})).status == 422
    assert (await browser.sends(at, {"do": "promise", "amount": "5,000", "by": "2026-12-20"})).status == 303
    page = await browser.get("/staff/agreements")
    assert "ADM2231 KSh 5,000 by 20 Dec 2026." in page.words

    assert (await browser.sends(at, {"do": "withdraw", "reason": "they came"})).status == 303
    assert "No open promise." in (await browser.get(at)).words
    assert (await browser.sends(at, {"do": "withdraw", "reason": "again"})).status == 404
    assert (await browser.sends(at, {"do": "nonsense"})).status == 404


async def test_a_plan_is_agreed_shown_and_ended(door: Door) -> None:
    browser, _ = await somebody(door, role=Role.CASHIER)
    at = f"{await _student(browser)}/agree"

    assert "Choose a day." in (await browser.sends(at, {"do": "plan", "count": "3", "first": ""})).words
    assert (await browser.sends(at, {"do": "plan", "count": "x", "first": "2026-12-20"})).status == 422
    assert (await browser.sends(at, {"do": "plan", "count": "3", "first": "2026-12-20", "every": "14"})).status == 303
    page = await browser.get(at)
    assert "20 Dec 2026: KSh" in page.words
    assert "3 of 3 instalments are open" in (await browser.get("/staff/agreements")).words

    assert (await browser.sends(at, {"do": "end", "reason": "paid"})).status == 303
    assert "No plan." in (await browser.get(at)).words


async def test_who_may_only_look_is_offered_nothing_and_another_schools_student_is_not_there(door: Door) -> None:
    browser, _ = await somebody(door, role=Role.AUDITOR)
    at = f"{await _student(browser)}/agree"

    page = await browser.get(at)
    assert "<button" not in page.text.partition("<footer>")[0]
    assert (await browser.sends(at, {"do": "promise", "amount": "500", "by": "2026-12-20"}, at=at)).status == 403
    upendo = await door.world.other_school("upendo")
    await upendo.students({"UP1": 500})
    theirs = f"/staff/students/{await upendo.account_of('UP1')}/agree"
    assert (await browser.get(theirs)).status == 404


async def test_a_guardians_payments_are_divided_as_the_desk_notes(door: Door) -> None:
    await door.world.students({"KV50": 500}, guardians={"KV50": ["254712345678"]})
    browser, _ = await somebody(door)
    page = await browser.get(await _student(browser))
    card = re.findall(r'href="(/staff/guardians/[0-9a-f-]{36})"', page.text)[0]

    await browser.sends(card, {"split": "weights", "children": "ADM2231=2, KV50=1"}, at=f"{card}/split")
    assert '<option value="weights" selected>' in (await browser.get(card)).text
    refused = await browser.sends(card, {"split": "weights", "children": "NOBODY=2"}, at=f"{card}/split")
    assert refused.status in (404, 422)
    assert '<option value="weights" selected>' in (await browser.get(card)).text


async def test_who_looks_for_money_is_seen_and_answered(door: Door) -> None:
    wish = OpenEnquiry(door.world.organisation, Msisdn("254799000111"), "5000 yesterday", "en", "trace")
    await door.world.app.write(open_enquiry, wish)
    browser, _ = await somebody(door, role=Role.CASHIER)
    assert "They look for their money: 1" in (await browser.get("/staff")).words
    page = await browser.get("/staff/enquiries")
    assert "254799***111" in page.words
    (at,) = re.findall(r'action="(/staff/enquiries/[0-9a-f-]{36})"', page.text)

    assert (await browser.sends("/staff/enquiries", {"note": "called her"}, at=at)).status == 303

    assert "Nobody waits for an answer." in (await browser.get("/staff/enquiries")).words
    upendo = await door.world.other_school("upendo")
    await door.world.app.write(
        open_enquiry, OpenEnquiry(upendo.organisation, Msisdn("254799000112"), "5000 yesterday", "en", "trace")
    )
    (theirs,) = door.world.rows("SELECT id FROM enquiries WHERE closed_at IS NULL")
    id_ = theirs[0] if isinstance(theirs[0], str) else bytes(theirs[0]).hex()
    assert (await browser.sends("/staff/enquiries", {"note": "x"}, at=f"/staff/enquiries/{id_}")).status == 404


async def test_an_administrator_invites_gives_roles_resets_and_disables(door: Door) -> None:
    browser, person = await somebody(door, role=Role.ADMIN)
    bad = await browser.sends("/staff/people/new", {"name": "Rose", "phone": "12", "user": "rose", "role": "cashier"})
    assert "12 is not a phone number." in bad.words
    assert (
        await browser.sends("/staff/people/new", {"name": "?", "phone": "0700900009", "user": "rose"})
    ).status == 422
    fields = {"name": "Rose Njeri", "phone": "0700 900 009", "user": "rose", "role": "cashier"}
    invited = await browser.sends("/staff/people/new", fields)
    token = invited.text.partition("/staff/enrol/")[2][:43]
    found = await door.world.app.read(enrolment, token)
    assert found is not None
    assert found.name == "Rose Njeri"
    assert (await browser.sends("/staff/people/new", {**fields, "phone": "0700900010"})).status == 422
    taken = await browser.sends("/staff/people/new", {**fields, "name": "Jane", "user": "jane", "role": "cfo"})
    assert (taken.status, "Rose Njeri's, who works here" in taken.words) == (422, True)

    page = await browser.get("/staff/people")
    assert "Rose Njeri cashier, +254700900009. Invited" in page.words
    at = next(
        path for path, name in re.findall(r'href="(/staff/people/[0-9a-f-]{36})">([^<]+)<', page.text) if "Rose" in name
    )
    await browser.sends(at, {"do": "role", "role": "manager"})
    assert "is not an e-mail address" in (await browser.sends(at, {"do": "mail", "mail": "rose@"})).words
    await browser.sends(at, {"do": "mail", "mail": "rose@example.org"})
    assert "Rose Njeri manager, +254700900009, rose@example.org." in (await browser.get("/staff/people")).words
    again = await browser.sends(at, {"do": "reset"})
    assert token not in again.text
    assert await door.world.app.read(enrolment, token) is None
    await browser.sends(at, {"do": "disable"})
    assert "Disabled" in (await browser.get("/staff/people")).words

    listed = re.findall(r'href="(/staff/people/[0-9a-f-]{36})"', (await browser.get("/staff/people")).text)
    (mine,) = [path for path in listed if "Your own role" in (await browser.get(path)).words]
    assert (await browser.sends(mine, {"do": "disable"})).status == 422
    assert (await browser.sends(mine, {"do": "nonsense"})).status == 404
    assert person.user_name


async def test_nobody_else_manages_staff_nor_staff_of_another_school(door: Door) -> None:
    manager, _ = await somebody(door)
    assert (await manager.get("/staff/people")).status == 403
    upendo = await door.world.other_school("upendo")
    theirs = await upendo.staff(Role.CASHIER, "254700900088", "Other")
    browser, _ = await somebody(door, Role.ADMIN, "root", "254700900077")
    assert (await browser.get(f"/staff/people/{theirs.name}")).status == 404


async def test_the_runs_of_a_term_show_how_far_they_are(door: Door) -> None:
    browser, _ = await somebody(door)
    page = await browser.get("/staff/terms")
    term = re.findall(r'href="(/staff/terms/[0-9a-f-]{36})"', page.text)[0]

    page = await browser.get(f"{term}/invoices")

    assert "1 of 1 students looked at, 1 invoices, KSh 12,500." in page.words
    assert "<progress" in page.text
