"""A failed payment's phone is asked again from its page: after a look, once, and never where money may have come (PAY-13)."""

from __future__ import annotations

from core.permissions import Role
from tests.web.browser import somebody
from tests.web.door import Door

PAYER = "254712345678"


async def failed(door: Door) -> str:
    """A failed payment's page."""
    payment = await door.world.prompts(PAYER, {"ADM2231": 1_500}, request_id="ws_1")
    await door.world.fails("ws_1")
    return f"/staff/payments/{payment}"


async def test_a_cashier_looks_confirms_and_the_phone_is_asked_once(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, _ = await somebody(door)
    first = await failed(door)

    assert "Ask the phone again" in (await cashier.get(first)).words
    look = await cashier.get(f"{first}/again")
    theirs = await manager.get(f"{first}/again")
    done = await cashier.posts(f"{first}/again", {"csrf": look.value("csrf")})
    twice = await cashier.posts(f"{first}/again", {"csrf": look.value("csrf")})
    both = await manager.posts(f"{first}/again", {"csrf": theirs.value("csrf")})

    assert (look.status, "ADM2231: KSh 1,500" in look.words) == (200, True)
    assert "Ask 254712***678 for KSh 1,500" in look.words
    assert done.goes_to == twice.goes_to == both.goes_to
    second = done.goes_to.removesuffix("?told=asked_again")
    assert second not in (first, done.goes_to)
    assert "The phone is being asked again." in (await cashier.get(done.goes_to)).words
    assert f'href="{first}">It follows one that failed' in (await cashier.get(second)).text
    page = await cashier.get(first)
    assert f'href="{second}">The phone was asked again' in page.text
    assert "Ask the phone again" not in page.words
    assert (await cashier.get(f"{first}/again")).goes_to == second
    assert door.world.rows("SELECT count(*) FROM outbox WHERE kind = 'prompt'") == [(2,)]


async def test_where_it_may_not_be_asked_the_page_says_why_and_a_forged_yes_changes_nothing(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    auditor, _ = await somebody(door, Role.AUDITOR, "odera", "254700900003")
    first = await failed(door)
    await door.world.clock.advance(600)
    (paid,) = await door.world.arrives(door.world.notice("ADM2231", 100))

    assert "Ask the phone again" not in (await auditor.get(first)).words
    assert (await auditor.get(f"{first}/again")).status == 403
    at = f"/staff/payments/{paid.payment}"
    assert "Ask the phone again" not in (await cashier.get(at)).words
    look = await cashier.get(f"{at}/again")
    forged = await cashier.posts(f"{at}/again", {"csrf": (await cashier.get("/staff")).value("csrf")})
    unsigned = await cashier.posts(f"{first}/again", {})

    assert (look.status, "It is not sure that it was not paid." in look.words) == (200, True)
    assert "<form action=" not in look.text.split("<main", 1)[1].split("</main", 1)[0]
    assert (forged.status, "It is not sure that it was not paid." in forged.words) == (422, True)
    assert unsigned.status == 403
    assert door.world.rows("SELECT count(*) FROM outbox WHERE kind = 'prompt'") == [(1,)]
