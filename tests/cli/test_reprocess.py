"""`karani unread reprocess`: after a mistake was mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.exchanges import Exchange, Outcome
from tests.cli.conftest import Desk
from tests.world import World
from usecases import inbox

SAMPLES = Path(__file__).parents[1] / "samples"


async def a_bad_day(world: World) -> None:
    """Callbacks that a mistake of ours kept from being read."""
    await world.school()
    for operation, body in (
        ("c2b/confirmation", (SAMPLES / "mpesa_c2b_confirmation.json").read_bytes()),
        ("stk", (SAMPLES / "mpesa_stk_callback_success.json").read_bytes()),
        ("pull", b'{"transactionId": "UKK9A7PQ2X", "transactiontype": "c2b-pay-bill-debit", "amount": "10"}'),
        ("pull", b"not told between"),
        ("c2b/confirmation", b"<html>"),
        ("result", b"{}"),
    ):
        kept = Exchange("mpesa", "in", operation, body, Outcome.UNREAD, world.organisation, world.account.id)
        await world.app.write(inbox.keep, kept)
    homeless = Exchange("mpesa", "in", "stk", b"{}", Outcome.UNREAD)
    await world.app.write(inbox.keep, homeless)


def test_what_can_be_read_now_is_credited_and_the_rest_keeps_waiting(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(a_bad_day)

    done = desk.types("unread", "reprocess", "--organisation", "kivuli", "--json").items
    assert [line["state"] for line in done] == ["credited", "credited", "credited", "unread", "unread", "unread"]
    assert [line["state"] for line in desk.types("unread", "reprocess", "--json").items] == ["unread"] * 3
    assert desk.types("unread", "reprocess", done[0]["id"]).code == 2
    (one,) = desk.types("unread", "reprocess", done[3]["id"], "--json").items
    assert one["state"] == "unread"
    paid = desk.types("payments", "list", "--json").items
    assert len(paid) == 3


def test_a_payment_is_found_by_the_code_of_our_receipt(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def code(world: World) -> str:
        ((found,),) = world.rows("SELECT code FROM receipts WHERE number = 1")
        return str(found)

    found = world_of(code)
    (shown,) = books.types("payments", "show", f"{found[:5]}-{found[5:]}".lower(), "--json").items

    assert shown["payment"]["receipt"] == "UKL0000001"
