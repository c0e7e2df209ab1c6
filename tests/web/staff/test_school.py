"""Classes, terms, charges, grants, the run of invoices and a school's list, by page."""

from __future__ import annotations

import re

from core.permissions import Role
from storage import school
from tests.web.browser import Browser, Shown, somebody
from tests.web.door import Door
from web.staff.imports import UPLOADS

LIST = b"number,name,class,guardian,phone,balance,as of\nKV10,Amani Kamau,Class 4,Wanjiku,0712000001,1500,2026-09-01\n"


async def _link(browser: Browser, path: str, text: str) -> str:
    """Where the link with these words leads."""
    page = await browser.get(path)
    for at, words in re.findall(r'<a[^>]*href="([^"]+)"[^>]*>(.*?)</a>', page.text, flags=re.DOTALL):
        if " ".join(re.sub("<[^>]+>", "", words).split()) == text:
            return str(at)
    raise AssertionError(f"no link {text} on {page.words}")


async def test_a_class_is_entered_renamed_retired_and_taken_up_again(door: Door) -> None:
    browser, _ = await somebody(door)
    await browser.sends("/staff/classes", {"name": "Class 9"})
    at = await _link(browser, "/staff/classes", "Class 9")

    taken = await browser.sends(at, {"name": "Class ADM2231"})
    assert taken.status == 422
    assert taken.value("name") == "Class ADM2231"
    old = (await browser.get(at)).value("version")
    await browser.sends(at, {"name": "Class Nine"})
    late = await browser.sends(at, {"name": "Class 9 again", "version": old})
    assert "Somebody changed it meanwhile." in late.words
    assert "Class Nine" in late.words
    await browser.sends(at, {"do": "retire"})
    assert "Class Nine students: 0, no longer used" in (await browser.get("/staff/classes")).words
    await browser.sends(at, {"do": "return"})
    page = await browser.get(at)
    assert "no longer used" not in page.words
    assert "Class changed Class Nine → Class Nine, retired" in page.words
    full = await _link(browser, "/staff/classes", "Class ADM2231")
    assert (await browser.sends(full, {"do": "retire"})).status == 422


async def test_a_term_is_entered_charged_and_invoiced_and_a_change_makes_a_version(door: Door) -> None:
    browser, _ = await somebody(door)
    days = {"starts": "2027-01-04", "ends": "2027-04-02", "due": "2027-01-18"}
    wrong = await browser.sends("/staff/terms/new", {"name": "Term 1 2027", **days, "due": "soon"})
    assert wrong.status == 422
    assert "Choose a day." in wrong.words
    assert wrong.value("name") == "Term 1 2027"
    done = await browser.sends("/staff/terms/new", {"name": "Term 1 2027", **days})
    at = done.goes_to.partition("?")[0]
    assert (await browser.sends("/staff/terms/new", {"name": "Term 1 2027", **days})).status == 422

    charges = await _link(browser, at, "Change the charges Class ADM2231")
    lines = {"label0": "Tuition", "amount0": "9,500", "label2": "Lunch", "amount2": "KSh 3000"}
    odd = await browser.sends(charges, lines | {"amount2": "much"})
    assert odd.status == 422
    assert odd.value("label2") == "Lunch"
    old = (await browser.get(charges)).value("version")
    await browser.sends(charges, lines)
    late = await browser.sends(charges, lines | {"amount0": "9000", "version": old})
    assert "Now it is: Tuition KSh 9,500, Lunch KSh 3,000" in late.words
    assert late.value("amount0") == "9000"
    await browser.posts(
        charges, {**lines, "amount0": "9000", "csrf": late.value("csrf"), "version": late.value("version")}
    )
    page = await browser.get(at)
    assert "Class ADM2231: KSh 12,000" in page.words
    assert "(version 2)" in page.words
    assert "Tuition 9500.00; Lunch 3000.00 → Tuition 9000.00; Lunch 3000.00" in page.words

    preview = await browser.get(f"{at}/invoices")
    assert "Students without an invoice for this term: 1. Charged in all: KSh 12,000." in preview.words
    ran = await browser.sends(f"{at}/invoices", {"tell": "1"})
    assert "The invoices are issued." in (await browser.get(ran.goes_to)).words
    assert "has an invoice for this term" in (await browser.get(f"{at}/invoices")).words
    assert await door.world.owes("ADM2231") == 2_450_000


async def test_a_terms_days_change_and_two_who_change_them_see_each_other(door: Door) -> None:
    browser, _ = await somebody(door)
    at = await _link(browser, "/staff/terms", "Term 1")
    page = await browser.get(f"{at}/edit")
    values = {name: page.value(name) for name in ("name", "starts", "ends", "due", "version")}

    await browser.sends(f"{at}/edit", values | {"due": "2026-10-15"})
    late = await browser.sends(f"{at}/edit", values | {"due": "2026-10-20"})
    assert "Now it is: Term 1, 1 Sep 2026 – 30 Nov 2026, 15 Oct 2026" in late.words
    assert late.value("due") == "2026-10-20"
    backwards = await browser.sends(f"{at}/edit", values | {"version": late.value("version"), "ends": "2026-01-01"})
    assert backwards.status == 422
    assert (await browser.sends(f"{at}/edit", {"name": "", "starts": "x", "ends": "", "due": ""})).status == 422
    await browser.sends(f"{at}/edit", {"do": "retire"})
    assert "no longer used" in (await browser.get(at)).words
    await browser.sends(f"{at}/invoices", {})
    assert "Issue invoices" not in (await browser.get(at)).words


async def test_siblings_and_single_students_are_charged_apart(door: Door) -> None:
    browser, _ = await somebody(door)
    assert (await browser.sends("/staff/terms", {"child2": "10", "child3": "x"})).status == 422
    assert (await browser.sends("/staff/terms", {"child2": "101"})).status == 422
    await browser.sends("/staff/terms", {"child2": "10", "child3": "12.5", "child4": ""})
    page = await browser.get("/staff/terms")
    assert [page.value(f"child{nth}") for nth in (2, 3, 4)] == ["10", "12.5", ""]

    (student,) = await door.world.app.read(school.students_of, door.world.organisation)
    at = f"/staff/students/{student.account}/grants"
    fields = {"kind": "scholarship", "label": "Bursary", "worth": "25%", "term": "", "reason": "county fund"}
    for worth in ("", "much", "25,5x%"):
        again = await browser.sends(at, fields | {"worth": worth})
        assert again.status == 422
        assert again.value("reason") == "county fund"
    assert (await browser.sends(at, fields | {"label": ""})).status == 422
    await browser.sends(at, fields)
    await browser.sends(at, fields | {"kind": "extra", "label": "Trip", "worth": "2,500"})
    page = await browser.get(at)
    assert "Bursary: scholarship, 25%. every term" in page.words
    assert "Trip: extra item, 2500.00. every term" in page.words
    (_, trip) = re.findall(r"/grants/([0-9a-f-]{36})", page.text)
    await browser.sends(at, {}, at=f"{at}/{trip}")
    assert "Trip" not in (await browser.get(at)).words


async def test_a_cashier_looks_at_the_charges_and_changes_none(door: Door) -> None:
    browser, _ = await somebody(door, Role.CASHIER)
    at = await _link(browser, "/staff/terms", "Term 1")
    csrf = (await browser.get(at)).value("csrf")
    group = await door.world.app.read(school.class_named, door.world.organisation, "Class ADM2231")
    assert group is not None

    assert "Tuition KSh 12,500" in (await browser.get(at)).words
    for path in (
        "/staff/classes",
        "/staff/terms",
        f"{at}/edit",
        f"{at}/fees/{group.id}",
        f"{at}/invoices",
        "/staff/import",
    ):
        assert (await browser.posts(path, {"csrf": csrf, "name": "X"})).status == 403, path


# --- a school's list ----------------------------------------------------------------------------------------------------


async def _uploads(browser: Browser, content: bytes, name: str = "list.csv", **fields: str) -> Shown:
    csrf = (await browser.get("/staff/import")).value("csrf")
    mark = "----a-mark-between-parts"
    parts = [
        f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'
        for key, value in {"csrf": csrf, **fields}.items()
    ]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    body = b"".join(f"--{mark}\r\n{part}\r\n".encode() for part in parts)
    body += f"--{mark}\r\n{head}".encode() + content + f"\r\n--{mark}--\r\n".encode()
    return await browser.sends_raw("/staff/import", body, f"multipart/form-data; boundary={mark}")


async def test_a_list_is_looked_at_first_and_taken_in_after_a_yes(door: Door) -> None:
    browser, _ = await somebody(door)

    page = await _uploads(browser, LIST)
    assert "This would happen" in page.words
    assert "New students 1" in page.words
    assert "Balances brought in 1, owed KSh 1,500" in page.words
    assert "Nobody fits." in (await browser.get("/staff/students?q=KV10")).words
    yes = {"csrf": page.value("csrf"), "file": page.value("file")}
    done = await browser.posts("/staff/import/yes", yes)

    assert "The list is in the books." in (await browser.get(done.goes_to)).words
    assert "Amani Kamau KV10, Class 4 owes KSh 1,500" in (await browser.get("/staff/students?q=KV10")).words
    assert "All of it is in the books already." in (await _uploads(browser, LIST)).words
    assert (await browser.posts("/staff/import/yes", yes)).status == 422
    assert "List imported: list.csv: 1 students" in (await browser.get("/staff/trail")).words


async def test_each_wrong_line_is_named_with_its_reason_and_nothing_is_taken(door: Door) -> None:
    browser, _ = await somebody(door)
    wrong = LIST + b"KV11,,Class 4,Wanjiku,0712000001,,\nKV12,Zawadi,Class 4,Baba,07x,,\n"

    page = await _uploads(browser, wrong)

    assert page.status == 422
    assert "Mistakes in this list: 2" in page.words
    assert re.search(r"<td>3</td>", page.text)
    assert re.search(r"<td>4</td>", page.text)
    assert 'name="file" value' not in page.text
    assert "Nobody fits." in (await browser.get("/staff/students?q=KV10")).words
    assert (await _uploads(browser, b"")).status == 422
    assert (await _uploads(browser, b"\x00\x01nonsense")).status == 422


async def test_a_yes_is_for_the_session_that_looked_and_for_a_quarter_of_an_hour(door: Door) -> None:
    browser, _ = await somebody(door)
    other, _ = await somebody(door, Role.ADMIN, "daniel", "254700900002")
    token = (await _uploads(browser, LIST)).value("file")

    theirs = (await other.get("/staff")).value("csrf")
    assert (await other.posts("/staff/import/yes", {"csrf": theirs, "file": token})).status == 422
    await door.world.clock.advance(16 * 60)
    late = await browser.posts(
        "/staff/import/yes", {"csrf": (await browser.get("/staff")).value("csrf"), "file": token}
    )
    assert "Choose it again." in late.words


async def test_hostile_uploads_change_nothing(door: Door) -> None:
    browser, _ = await somebody(door)
    csrf = (await browser.get("/staff/import")).value("csrf")
    for body, kind in (
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data; boundary=x"),
        (b"--x\r\nname", "multipart/form-data"),
        (
            f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}'.encode(),
            "multipart/form-data; boundary=x",
        ),
        (f"csrf={csrf}".encode(), "application/x-www-form-urlencoded"),
    ):
        assert (await browser.sends_raw("/staff/import", body, kind)).status == 403, body
    for _ in range(UPLOADS.most):
        await _uploads(browser, b"x")
    assert (await _uploads(browser, LIST)).status == 429
    assert (await _uploads(browser, b"x" * (6 * 1_048_576))).status == 413
