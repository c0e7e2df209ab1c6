"""Papers by link, as a browser, a stranger and a printing house ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from core.callers import LANGUAGES
from core.document_links import LIFETIME, PaperKind
from core.errors import Unavailable
from core.messages import StatementReady
from core.receipt_codes import shown
from storage import receipts
from tests.documents.reading import text_of
from tests.web.door import Door, hop
from usecases.documents import OPENS, WRONG_LINKS, new_token
from usecases.messages import Claim, claim_messages
from usecases.receipts import CHECKS
from web.receipts import GUARDS


async def paid(door: Door) -> tuple[str, str]:
    """The code of a receipt for a payment just made, and a link to its whole paper."""
    (one,) = await door.world.arrives(door.world.notice("ADM2231", 1_500))
    label = await door.world.app.read(receipts.of, one.payment)
    return shown(label.code), await door.world.app.read(new_token, PaperKind.RECEIPT, one.payment, "sw")


async def asked(door: Door, path: str) -> tuple[int, bytes, Mapping[str, str]]:
    async with door.client.get(path) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_the_page_of_a_receipt_leads_to_its_paper_which_says_no_more_of_a_person(door: Door) -> None:
    code, _ = await paid(door)
    page = (await asked(door, f"/r/{code}?lang=fr"))[1].decode()
    assert f'href="/r/{code}.pdf?lang=fr"' in page

    status, pdf, headers = await asked(door, f"/r/{code}.pdf?lang=fr")

    assert (status, headers["Content-Type"]) == (200, "application/pdf")
    assert headers["Content-Disposition"] == 'inline; filename="R000001.pdf"'
    assert all(headers[name] == value for name, value in GUARDS.items())
    assert headers["Cache-Control"] == "no-store"
    text = text_of(pdf)
    assert "Quittance" in text
    assert "Student A. (*****31)" in text
    for hidden in ("ADM2231", "Student ADM", "2547", "Guardian"):
        assert hidden not in text


async def test_a_wrong_code_has_no_paper_and_costs_a_try(door: Door) -> None:
    code, _ = await paid(door)
    for _ in range(CHECKS.most):
        assert (await asked(door, "/r/00000-00000.pdf"))[0] == 404

    assert (await asked(door, f"/r/{code}.pdf"))[0] == 429
    assert (await asked(door, f"/r/{code}"))[0] == 429


async def test_a_link_opens_the_whole_paper_in_the_language_of_its_message(door: Door) -> None:
    _, token = await paid(door)

    status, pdf, headers = await asked(door, f"/d/{token}")

    assert (status, headers["Content-Language"]) == (200, "sw")
    assert "Student ADM2231 (ADM2231)" in text_of(pdf)
    assert "Risiti" in text_of(pdf)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_link_that_has_ended_or_was_made_up_says_what_to_do(door: Door, language: str) -> None:
    _, token = await paid(door)
    await door.world.clock.advance(LIFETIME.total_seconds() + 3_600)

    ended = await asked(door, f"/d/{token}?lang={language}")
    made_up = await asked(door, f"/d/{'A' * 48}?lang={language}")

    assert (ended[0], made_up[0]) == (404, 404)
    assert ended[1] == made_up[1]
    assert f'<html lang="{language}">' in ended[1].decode()


async def test_guessing_links_is_limited_by_address_and_opening_one_by_the_link(door: Door) -> None:
    _, token = await paid(door)
    for _ in range(WRONG_LINKS.most):
        assert (await asked(door, f"/d/{'A' * 48}"))[0] == 404
    status, page, headers = await asked(door, f"/d/{'A' * 48}")
    assert (status, headers["Retry-After"]) == (429, "120")
    assert b"opened too often" in page

    for _ in range(OPENS.most):  # thousands of phones share one address: a true link still opens
        assert (await asked(door, f"/d/{token}"))[0] == 200
    assert (await asked(door, f"/d/{token}"))[0] == 429


async def test_a_link_to_what_is_no_longer_there_has_ended(door: Door) -> None:
    token = await door.world.app.read(new_token, PaperKind.RECEIPT, door.world.organisation, "en")

    assert (await asked(door, f"/d/{token}"))[0] == 404


@pytest.mark.parametrize("trouble", [Unavailable("paper", "too many calls wait"), TimeoutError()])
async def test_a_flood_is_told_to_come_again(door: Door, trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    code, token = await paid(door)

    async def full(*_: Any) -> bytes:
        raise trouble

    monkeypatch.setattr(type(door.running.press), "pdf", full)

    for path in (f"/r/{code}.pdf", f"/d/{token}"):
        status, _, headers = await asked(door, path)
        assert (status, headers["Retry-After"]) == (503, "60")


async def test_a_guardian_dials_asks_for_the_statement_and_opens_the_link_of_the_sms(door: Door) -> None:
    await paid(door)
    await door.post("ussd", hop(""))
    child = (await door.post("ussd", hop("2"))).text
    number = next(line.partition(" ")[0] for line in child.splitlines() if line.endswith(" Statement"))
    page = (await door.post("ussd", hop(f"2*{number}"))).text
    assert "sends you the statement by SMS" in page

    (message,) = [
        one.message
        for one in await door.world.app.write(claim_messages, Claim(10))
        if isinstance(one.message, StatementReady)
    ]
    assert message.link.startswith("https://karani.test/d/")
    status, pdf, headers = await asked(door, message.link.removeprefix("https://karani.test"))

    assert (status, headers["Content-Disposition"]) == (200, 'inline; filename="statement-ADM2231-2026-11-21.pdf"')
    text = text_of(pdf)
    assert "Student ADM2231" in text
    assert "Invoice INV-000001" in text
    assert "Payment, receipt R000001" in text
    assert "Owed now KSh 11,000" in text
