"""The pages of students, payments and the trail, as the people of an office use them and as others try to."""

from __future__ import annotations

import re
from html import unescape

from core.permissions import Role
from storage import suspense
from tests.web.browser import Browser, Shown, somebody
from tests.web.door import Door, confirmation


async def _student(browser: Browser, text: str = "ADM2231") -> str:
    """The address of the page of the student that a search finds."""
    page = await browser.get(f"/staff/students?q={text}")
    found = re.findall(r'href="(/staff/students/[0-9a-f-]{36})"', page.text)
    assert len(found) == 1, page.words
    return str(found[0])


def _option(page: Shown, text: str) -> str:
    """The value of a choice, by its words."""
    found = re.search(rf'<option value="([^"]*)"[^>]*>{re.escape(text)}</option>', page.text)
    assert found, text
    return found[1]


# --- students -----------------------------------------------------------------------------------------------------------


async def test_a_student_is_found_and_shown_with_all_that_the_office_needs(door: Door) -> None:
    browser, _ = await somebody(door)
    await door.world.arrives(door.world.notice("ADM2231", 2_500))

    at = await _student(browser, "0712+345+678")
    page = await browser.get(at)

    for told in ("Student ADM2231", "Class ADM2231", "owes KSh 10,000", "Guardian 678", "+254712345678", "INV-000001"):
        assert told in page.words, told
    assert "Invoice INV-000001 KSh 12,500 KSh 12,500" in page.words
    assert "Payment R000001 -KSh 2,500 KSh 10,000" in page.words


async def test_who_may_not_see_whole_phones_sees_masked_ones_and_no_forms(door: Door) -> None:
    browser, _ = await somebody(door, Role.CASHIER)
    at = await _student(browser)
    page = await browser.get(at)

    assert "254712***678" in page.words
    assert "254712345678" not in page.text
    assert "guardians" not in page.text
    for path in (f"{at}/edit", f"{at}/guardians", "/staff/students/new"):
        assert (await browser.get(path)).status == 403
    csrf = page.value("csrf")
    for path in (f"{at}/edit", f"{at}/leave", f"{at}/guardians", "/staff/students/new"):
        refused = await browser.posts(path, {"csrf": csrf, "name": "X", "class": "", "version": ""})
        assert refused.status == 403
        assert "Your role does not allow this." in refused.words


async def test_a_student_is_entered_changed_moved_and_leaves(door: Door) -> None:
    browser, _ = await somebody(door)
    group = _option(await browser.get("/staff/students/new"), "Class ADM2231")

    done = await browser.sends("/staff/students/new", {"number": "kv 77", "name": "Amani Kamau", "class": group})
    page = await browser.get(done.goes_to)
    assert "Saved." in page.words
    assert "KV 77" in page.words
    at = done.goes_to.partition("?")[0]
    await browser.sends(f"{at}/edit", {"name": "Amani Wanjiru", "class": group})
    await browser.sends(at, {"reason": "moved to Kisumu"}, at=f"{at}/leave")

    page = await browser.get(at)
    assert "has left" in page.words
    assert "Student left: moved to Kisumu" in page.words
    assert "Amani K., Class ADM2231 → Amani W., Class ADM2231" in page.words
    assert "Esther Mutheu, web 127.0.0.1" in page.words


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(door: Door) -> None:
    browser, _ = await somebody(door)
    group = _option(await browser.get("/staff/students/new"), "Class ADM2231")
    fields = {"number": "ADM-2231", "name": '"><script>Amani', "class": group}

    page = await browser.sends("/staff/students/new", fields)

    assert page.status == 422
    assert "ADM-2231 is taken" in page.words
    assert page.value("name") == fields["name"]
    assert f'value="{group}" selected' in page.text
    assert "<script>" not in page.text
    assert "Choose a class." in (await browser.sends("/staff/students/new", fields | {"class": ""})).words
    await browser.sends("/staff", {"lang": "fr", "next": "/staff"}, at="/staff/language")
    assert "ADM-2231 est pris" in (await browser.sends("/staff/students/new", fields)).words


async def test_of_two_who_change_the_same_student_the_second_one_sees_both(door: Door) -> None:
    first, _ = await somebody(door)
    second, _ = await somebody(door, Role.ADMIN, "daniel", "254700900002")
    at = await _student(first)
    opened = await second.get(f"{at}/edit")
    group = _option(opened, "Class ADM2231")
    await first.sends(f"{at}/edit", {"name": "By The First", "class": group})

    fields = {"csrf": opened.value("csrf"), "version": opened.value("version"), "class": group, "name": "By The Second"}
    page = await second.posts(f"{at}/edit", fields)

    assert page.status == 422
    assert "Now it is: By The First, Class ADM2231" in page.words
    assert page.value("name") == "By The Second"
    again = await second.posts(f"{at}/edit", fields | {"version": page.value("version")})
    assert again.status == 303
    assert "By The Second" in (await first.get(at)).words


async def test_guardians_come_change_and_go(door: Door) -> None:
    browser, _ = await somebody(door)
    at = await _student(browser)

    wrong = await browser.sends(f"{at}/guardians", {"phone": "abc", "name": "Auntie Njeri"})
    assert "abc is not a phone number." in wrong.words
    assert wrong.value("name") == "Auntie Njeri"
    await browser.sends(f"{at}/guardians", {"phone": "0712 000 003", "name": "Auntie Njeri"})
    page = await browser.get(at)
    assert "Auntie Njeri +254712000003" in page.words
    aunt = re.findall(r"/guardians/([0-9a-f-]{36})", page.text)[-1]
    await browser.sends(at, {"do": "first"}, at=f"{at}/guardians/{aunt}")
    assert (await browser.get(at)).words.index("Auntie") < (await browser.get(at)).words.index("Guardian 678")

    card = f"/staff/guardians/{aunt}"
    refused = await browser.sends(card, {"name": "Njeri", "phone": "0712345678", "remove": ""})
    assert "This phone belongs to Guardian 678." in refused.words
    assert refused.value("phone") == "0712345678"
    await browser.sends(card, {"name": "Njeri", "phone": "0712000004", "remove": "254712000003"})
    page = await browser.get(card)
    assert page.value("name") == "Njeri"
    assert "Auntie N., 254712***003 → N., 254712***004" in page.words

    wrong = await browser.sends(card, {"name": "Njeri", "mail": "njeri@", "remove": ""})
    assert "njeri@ is not an e-mail address." in wrong.words
    await browser.sends(card, {"name": "Njeri", "mail": "Njeri@Example.org", "mail_waits": "yes", "remove": ""})
    assert 'name="mail_waits" value="yes" checked' in (await browser.get(card)).text
    assert "+254712000004, Njeri@example.org" in (await browser.get(at)).words

    ways = {"way-": "email_sms", "way-payment_received": "sms", "way-invoice_issued": "nonsense"}
    await browser.sends(card, ways, at=f"{card}/ways")
    page = await browser.get(card)
    assert page.text.count("selected") == 2
    assert "all: email sms, payment_received: sms" in page.words
    assert "What they were told" in page.words

    await browser.sends(at, {"do": "remove"}, at=f"{at}/guardians/{aunt}")
    assert "Njeri +" not in (await browser.get(at)).words


async def test_a_list_goes_on_where_the_page_before_it_ended(door: Door) -> None:
    browser, _ = await somebody(door)
    await door.world.students({f"P{at:02}X": 100 for at in range(32, 72)})

    first = await browser.get("/staff/students")
    more = re.search(r'href="\?([^"]*after[^"]*)"', first.text)
    assert more
    second = await browser.get(f"/staff/students?{more[1].replace('&amp;', '&')}")

    numbers = re.findall(r"P\d\dX|ADM2231", re.sub(r"Class \w+|Student \w+", "", first.words + second.words))
    assert len(numbers) == len(set(numbers)) == 41


async def test_nothing_of_another_school_is_found_shown_or_changed(door: Door) -> None:
    ours, _ = await somebody(door)
    at = await _student(ours)
    await door.sets_up("mlima", shortcode="600985")
    world = await door.world.other_school("mlima2")
    door.world, before = world, door.world
    theirs, _ = await somebody(door, Role.ADMIN, "zawadi", "254700900002")
    door.world = before

    assert "Nobody fits." in (await theirs.get("/staff/students?q=ADM2231")).words
    csrf = (await theirs.get("/staff")).value("csrf")
    assert (await theirs.get(at)).status == 404
    for path in (f"{at}/edit", f"{at}/leave", f"{at}/guardians"):
        fields = {"csrf": csrf, "name": "X", "phone": "0712000009", "class": at[-36:], "version": ""}
        assert (await theirs.posts(path, fields)).status == 404
    stolen = Browser(door, cookies={"__Host-karani": theirs.cookies["__Host-karani"]})
    assert "Mlima2" in (await stolen.get("/staff")).words
    assert "Kivuli" not in (await stolen.get("/staff/trail")).words


async def test_nonsense_in_an_address_is_no_page_and_no_fault(door: Door) -> None:
    browser, _ = await somebody(door)
    for path in (
        "/staff/students/x",
        "/staff/students/00000000-0000-0000-0000-000000000000",
        "/staff/students?class=x",
        "/staff/guardians/x",
        "/staff/payments/x",
        "/staff/payments/00000000-0000-0000-0000-000000000000",
        "/staff/suspense/00000000-0000-0000-0000-000000000000",
    ):
        assert (await browser.get(path)).status == 404, path
    for path in ("/staff/payments?before=x&state=y&q=%00", "/staff/trail?since=x&until=2026-13-40&before=y&who='"):
        assert (await browser.get(path)).status == 200, path


# --- payments -----------------------------------------------------------------------------------------------------------


async def test_payments_are_found_by_receipt_phone_and_account_and_shown_with_their_witnesses(door: Door) -> None:
    browser, _ = await somebody(door)
    await door.post("c2b/confirmation", confirmation(BillRefNumber="ADM2231"))
    found = await browser.get("/staff/payments")
    at = re.search(r"/staff/payments/[0-9a-f-]{36}", found.text)
    assert at

    page = await browser.get(at[0])
    for told in ("KSh 12,500, paid", "R000001", "ADM2231", "INV-000001", "confirmation"):
        assert told in page.words, told
    for text in ("R000001", "adm-2231", "UKL4H7K9QX"):
        shown = await browser.get(f"/staff/payments?q={text}")
        assert (at[0] in shown.text) == (text != "UKL4H7K9QX"), text
    assert at[0] in (await browser.get("/staff/payments?state=completed")).text
    assert at[0] not in (await browser.get("/staff/payments?state=failed")).text


async def test_payments_are_narrowed_by_way_state_provider_and_days(door: Door) -> None:
    browser, person = await somebody(door)
    await door.world.arrives(door.world.notice("ADM2231", 1_100))
    await door.world.prompts("254712345678", {"ADM2231": 1_200}, request_id="ws_1")
    await door.world.fails("ws_1")
    await door.world.clock.advance(24 * 3_600)
    await door.world.arrives(door.world.notice("ADM2231", 1_300))
    await browser.signs_in(person)  # a working day is over

    for asked, sums in (
        ("", [1_300, 1_200, 1_100]),
        ("method=prompt", [1_200]),
        ("method=paybill&state=completed", [1_300, 1_100]),
        ("state=failed&until=2026-11-21", [1_200]),
        ("since=2026-11-22", [1_300]),
        ("since=2026-11-21&until=2026-11-21", [1_200, 1_100]),
        ("q=ADM2231&until=2026-11-21", [1_100]),
        ("provider=mpesa&method=cash", []),
        ("provider=nobody&method=x&since=0001-01-01&until=9999-12-31", [1_300, 1_200, 1_100]),
    ):
        shown = (await browser.get(f"/staff/payments?{asked}")).text
        found = re.findall(r'<a href="/staff/payments/[0-9a-f-]{36}">KSh ([0-9,]+)', shown)
        assert [int(each.replace(",", "")) for each in found] == sums, asked
    page = await browser.get("/staff/payments?method=prompt&since=2026-11-21")
    assert '<option value="prompt" selected>asked on the phone' in page.text
    assert page.value("since") == "2026-11-21"


async def test_money_that_waits_is_given_to_its_owner_after_a_look_at_who_that_is(door: Door) -> None:
    browser, _ = await somebody(door, Role.CASHIER)
    await door.world.arrives(door.world.notice("nobody", 1_500, name="Asha"))
    assert "Money that waits for its owner: 1" in (await browser.get("/staff")).words
    found = re.search(r"/staff/suspense/[0-9a-f-]{36}", (await browser.get("/staff/suspense")).text)
    assert found

    unknown = await browser.get(f"{found[0]}?to=ADM9999")
    assert "No open account surely has this number." in unknown.words
    asked = await browser.get(f"{found[0]}?to=adm-2231")
    assert "Give KSh 1,500 to Student ADM2231" in asked.words
    assert "owes KSh 12,500" in asked.words
    done = await browser.posts(found[0], {"csrf": asked.value("csrf"), "to": "ADM2231"})

    assert "The money has its owner" in (await browser.get(done.goes_to)).words
    assert await door.world.owes("ADM2231") == 1_100_000
    assert (await browser.posts(found[0], {"csrf": asked.value("csrf"), "to": "ADM2231"})).status == 404
    assert await door.world.app.read(suspense.count) == 0


async def test_why_money_was_given_stands_in_the_trail(door: Door) -> None:
    browser, _ = await somebody(door, Role.CASHIER)
    manager, _ = await somebody(door, Role.MANAGER, "manya", "254700900008")
    (recorded,) = await door.world.arrives(door.world.notice("nobody", 1_500, name="Asha"))
    at, why = f"/staff/suspense/{recorded.payment}", "Asha is her aunt <by phone>"
    form = await browser.get(f"{at}?to=ADM2231")
    assert "Why it is theirs" in form.words

    await browser.posts(at, {"csrf": form.value("csrf"), "to": "ADM2231", "why": f" {why}"})

    assert why in unescape((await browser.get(f"/staff/payments/{recorded.payment}")).text)
    assert why in unescape((await manager.get("/staff/trail")).text)
    assert "<by phone>" not in (await manager.get("/staff/trail")).text


# --- the trail ----------------------------------------------------------------------------------------------------------


async def test_the_first_page_tells_what_today_and_the_last_days_brought(door: Door) -> None:
    browser, _ = await somebody(door)
    before = await browser.get("/staff")
    await door.world.arrives(door.world.notice("ADM2231", 2_500), door.world.notice("nobody", 700))
    await door.world.prompts("254712345678", {"ADM2231": 100}, request_id="ws_1")
    await door.world.fails("ws_1")

    page = await browser.get("/staff")

    for told in (
        "Today Money in KSh 3,200 payments: 2",
        "waiting for its owner KSh 700 payments: 1",
        "Prompts that were paid 0.0% paid: 0, failed: 1, not answered: 0, waiting: 0",
        "The last 30 days Money in KSh 3,200",
        "Paybill 2 KSh 3,200",
        "Day by day Day Payments Amount 21 Nov 2026 2 KSh 3,200",
    ):
        assert told in page.words, (told, page.words)
    assert page.text.count("<rect") == 1
    assert "The most was KSh 3,200" in page.text
    assert "Money in KSh 0 payments: 0 Prompts that were paid none yet" in before.words
    assert "<svg" not in before.text


async def test_who_may_not_see_payments_sees_no_figures(door: Door) -> None:
    browser, _ = await somebody(door, Role.REQUESTER)

    assert "Money in" not in (await browser.get("/staff")).words


async def test_the_trail_says_who_when_from_where_what_and_is_searched(door: Door) -> None:
    browser, person = await somebody(door)
    at = await _student(browser)
    group = _option(await browser.get(f"{at}/edit"), "Class ADM2231")
    await browser.sends(f"{at}/edit", {"name": "New Name", "class": group})

    page = await browser.get("/staff/trail")
    assert "Student changed: name Student A., Class ADM2231 → New N., Class ADM2231" in page.words
    assert "21 Nov 2026, 09:0" in page.words
    assert "Esther Mutheu, web 127.0.0.1" in page.words
    searched = await browser.get(
        f"/staff/trail?who={person.staff.hex}&what=student_changed&since=2026-11-21&until=2026-11-21"
    )
    assert searched.words.count("web 127.0.0.1") == 1
    assert "Nothing yet." in (await browser.get("/staff/trail?since=2026-11-22")).words
    assert "Nothing yet." in (await browser.get("/staff/trail?until=2026-11-20")).words


async def test_the_trail_is_for_those_who_answer_for_it(door: Door) -> None:
    auditor, _ = await somebody(door, Role.AUDITOR)
    cashier, _ = await somebody(door, Role.CASHIER, "daniel", "254700900002")

    assert (await auditor.get("/staff/trail")).status == 200
    assert (await cashier.get("/staff/trail")).status == 403
    assert "/staff/trail" not in (await cashier.get("/staff")).text


async def test_a_long_trail_comes_in_pages(door: Door) -> None:
    browser, _ = await somebody(door)
    for at in range(14):  # each enrols, enters a term and its fees
        await door.world.students({f"T{at:02}Z": 100})

    first = await browser.get("/staff/trail")
    more = re.search(r'href="\?([^"]*before[^"]*)"', first.text)
    assert more
    second = await browser.get(f"/staff/trail?{more[1].replace('&amp;', '&')}")
    assert first.words.count("tester, test") == 40
    assert second.words.count("tester, test") > 1


async def test_every_list_can_be_asked_of_either_database(either: Door) -> None:
    browser, person = await somebody(either)
    await either.world.arrives(either.world.notice("ADM2231", 2_500), either.world.notice("nobody", 700))
    at = await _student(browser)

    for path in (
        at,
        "/staff/students?q=%00guardian&left=1",
        "/staff/payments?q=0712345678&state=completed",
        "/staff/payments?q=R000001",
        "/staff/payments?state=failed&method=prompt&provider=mpesa&since=2026-11-01&until=2026-11-30",
        "/staff/suspense",
        f"/staff/trail?who={person.staff.hex}%00&what=signed_in&since=2026-11-01&until=2026-11-30",
        "/staff/terms",
        "/staff/classes",
        "/staff/sessions",
    ):
        assert (await browser.get(path)).status == 200, path


async def test_the_office_opens_the_papers_that_families_get(door: Door) -> None:
    browser, _ = await somebody(door, Role.CASHIER)
    await door.world.arrives(door.world.notice("ADM2231", 2_500))
    at = await _student(browser)
    payment = re.search(r"/staff/payments/[0-9a-f-]{36}", (await browser.get(at)).text)
    assert payment

    for path in (f"{at}/statement", f"{payment[0]}/receipt"):
        assert f'href="{path}"' in (await browser.get(path.rpartition("/")[0])).text
        paper = await browser.get(path)
        assert re.fullmatch(r"/d/[A-Za-z0-9_-]{48}", paper.goes_to)
        async with door.client.get(paper.goes_to) as opened:
            assert opened.content_type == "application/pdf"
        assert (await Browser(door).get(path)).goes_to.startswith("/staff/sign-in")
    for path in ("/staff/students/ID/statement", "/staff/payments/ID/receipt"):
        assert (await browser.get(path.replace("ID", "00000000-0000-0000-0000-000000000000"))).status == 404
