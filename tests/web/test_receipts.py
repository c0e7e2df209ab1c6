"""The page that says whether a receipt is genuine, as a browser, a forger and a busy gate see it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from core.callers import LANGUAGES
from core.errors import Unavailable
from core.ids import PaymentId
from core.receipt_codes import ALPHABET, shown
from storage import receipts
from storage.tables import payments
from storage.tx import Tx
from tests.web.door import Door, hop
from tests.world import TESTER
from usecases.reallocation import Reallocate, reallocate
from usecases.receipts import CHECKS
from web.receipts import GUARDS, PAGES


async def paid(door: Door, shillings: int = 1_500, reference: str = "ADM2231") -> str:
    """The code of a receipt for a payment just made."""
    (one,) = await door.world.arrives(door.world.notice(reference, shillings))
    return shown((await door.world.app.read(receipts.of, one.payment)).code)


async def asked(door: Door, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str, Mapping[str, str]]:
    async with door.client.get(path, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers


async def test_a_genuine_receipt_says_what_it_is_for_and_no_more_of_a_person_than_a_stranger_may_know(
    door: Door,
) -> None:
    code = await paid(door)

    status, page, headers = await asked(door, f"/r/{code}")

    assert status == 200
    for told in ("This receipt is genuine.", "Kivuli Primary School", "KSh 1,500", "Student A.", "*****31", "R000001"):
        assert told in page
    for hidden in ("ADM2231", "Student ADM", "254712", "Guardian"):
        assert hidden not in page
    assert headers["Cache-Control"] == "no-store"
    assert all(headers[name] == value for name, value in GUARDS.items())


async def test_a_code_is_found_however_it_is_typed_in_the_address_or_in_the_field(door: Door) -> None:
    code = await paid(door)

    for path in (f"/r/{code.lower()}", f"/r/{code.replace('-', '%20')}", f"/r?code=+{code}+"):
        assert (await asked(door, path))[0] == 200, path


async def test_a_wrong_code_is_told_what_to_do_and_all_wrong_ones_are_answered_alike(door: Door) -> None:
    code = await paid(door)
    slip = ALPHABET[ALPHABET.index(code[0]) - 1] + code[1:]
    pages = []
    for typed in (slip, "00000-00000", "R000001", "x" * 500):
        status, page, _ = await asked(door, f"/r/{typed}")
        assert status == 404
        assert "Compare it with the SMS letter by letter." in page
        pages.append(page.replace(typed[:40], "TYPED"))

    assert len({re.sub("TYPED", "", page) for page in pages}) == 1


async def test_what_was_typed_is_shown_and_never_obeyed(door: Door) -> None:
    status, page, _ = await asked(door, "/r?code=%3Cscript%3Ealert(1)%3C/script%3E%22%20onfocus=x")

    assert status == 404
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert '" onfocus' not in page


async def test_without_a_code_there_is_a_field_for_it(door: Door) -> None:
    status, page, _ = await asked(door, "/r")

    assert status == 200
    assert 'name="code"' in page


async def test_money_that_went_back_or_was_moved_is_told_first(door: Door) -> None:
    await door.world.students({"ADM9999": 5_000})
    code = await paid(door)
    (payment,) = await door.world.app.read(_payments)
    await door.world.app.write(reallocate, Reallocate(payment, "ADM9999", TESTER, "trace"))
    moved = (await asked(door, f"/r/{code}"))[1]

    assert "The office has moved this money to another account" in moved
    assert "*****99" in moved
    assert "*****31" not in moved


def _payments(tx: Tx) -> list[PaymentId]:
    return list(tx.connection.scalars(sa.select(payments.c.id)))


@pytest.mark.parametrize("status", ["reversed", "refunded", "partly_refunded"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_state_that_a_receipt_may_come_to_has_its_words(language: str, status: str) -> None:
    words = tomllib.loads((PAGES / "receipt.toml").read_text(encoding="utf-8"))

    assert words[status][language] != words["genuine"][language]
    assert all(tuple(texts) == LANGUAGES for texts in words.values())


@pytest.mark.parametrize(
    "accepted, language",
    [
        ("sw-KE,sw;q=0.9,en;q=0.8", "sw"),
        ("de, fr;q=0.7, en;q=0.3", "fr"),
        ("en;q=0.2, rw", "rw"),
        ("de", "en"),
        ("", "en"),
        ("sw;q=0", "en"),
        ("sw;q=x, ;;,", "en"),
    ],
)
async def test_the_page_speaks_the_language_of_the_browser(door: Door, accepted: str, language: str) -> None:
    _, page, headers = await asked(door, "/r", {"Accept-Language": accepted})

    assert f'<html lang="{language}">' in page
    assert headers["Content-Language"] == language


async def test_a_language_that_was_chosen_stays_with_the_code(door: Door) -> None:
    code = await paid(door)
    _, page, _ = await asked(door, f"/r/{code}?lang=fr", {"Accept-Language": "sw"})

    assert "Cette quittance est authentique." in page
    assert f"/r?code={code}&amp;lang=rw" in page


async def test_one_address_has_few_tries_and_is_told_when_to_come_again(door: Door) -> None:
    for _ in range(CHECKS.most):
        assert (await asked(door, "/r/00000-00000"))[0] == 404
    status, page, headers = await asked(door, f"/r/{await paid(door)}")

    assert status == 429
    assert "genuine." not in page
    assert headers["Retry-After"] == "120"
    await door.world.clock.advance(180)
    assert (await asked(door, "/r/00000-00000"))[0] == 404


async def test_while_tries_cannot_be_counted_nothing_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    code = await paid(door)

    async def down(*_: object) -> int:
        raise Unavailable("redis", "down")

    monkeypatch.setattr(type(door.world.app.memory), "take", down)
    status, page, _ = await asked(door, f"/r/{code}")

    assert status == 503
    assert "KSh" not in page


async def test_the_page_asks_for_nothing_but_its_stylesheet_and_is_light(door: Door) -> None:
    _, page, _ = await asked(door, f"/r/{await paid(door)}")
    status, style, headers = await asked(door, "/r/-/receipt.css")

    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
    assert re.findall(r'(?:src|href)="(?!/r)([^"]*)"', page) == []
    assert "url(" not in style
    assert len(page.encode()) + len(style.encode()) < 60_000


async def test_a_stranger_checks_a_receipt_by_phone_a_few_times_an_hour(door: Door) -> None:
    code = await paid(door)
    seen = ""
    for text in ("", "3", "3*2", f"3*2*{code}"):
        seen = (await door.post("ussd", hop(text, phone="+254799000111"))).text

    assert seen.startswith("CON Kivuli Primary School, R000001\nGenuine: KSh 1,500, ")
    assert "\nFor Student A. (*****31)\n" in seen

    text = f"3*2*{code}*0"
    await door.post("ussd", hop(text, phone="+254799000111"))
    for _ in range(CHECKS.most):
        assert not seen.startswith("CON Too many tries.")
        text += "*x"
        seen = (await door.post("ussd", hop(text, phone="+254799000111"))).text
    assert seen.startswith("CON Too many tries.")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_read_it_by_day_and_night_on_a_small_phone(door: Door, chromium: Path, scheme: str) -> None:
    code = await paid(door)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        context = await browser.new_context(viewport={"width": 360, "height": 640}, color_scheme=scheme)  # type: ignore[arg-type]
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        ended = f"/d/{'A' * 48}?lang=sw"
        for path, status in ((f"/r/{code}?lang=rw", 200), ("/r/WRONG-CODE1?lang=fr", 404), (ended, 404), ("/r", 200)):
            answer = await page.goto(str(door.client.make_url(path)))
            assert answer is not None
            assert answer.status == status
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert await page.evaluate("document.documentElement.scrollWidth <= 360")
        await page.fill("#code", code.lower())
        await page.press("#code", "Enter")
        await page.get_by_text("This receipt is genuine.").wait_for()
        await browser.close()
    assert [text for text in complaints if "404" not in text] == []
