"""`karani refunds` and `karani approvals`: money asked back and a second person's yes, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core.permissions import Role
from core.sign_in import current_code
from storage import organisations
from tests.cli.conftest import Desk
from tests.usecases.signing import enrolled
from tests.world import START, World


def test_nothing_waits_where_nobody_asked(books: Desk) -> None:
    assert books.types("approvals", "list").out == "nothing\n"
    assert books.types("approvals", "list", "--all", "--json", "--as", "Mary").items == []
    assert books.types("refunds", "list").out == "nothing\n"


def test_what_nobody_asked_for_cannot_be_decided(books: Desk) -> None:
    assert books.types("approvals", "decide", "0199", "approve", "--as", "Mary").err == "Not found: 0199.\n"
    assert books.types("refunds", "ask", "UKL9999999", "--reason", "x").err == "Not found: UKL9999999.\n"


def test_one_asks_and_another_says_yes_with_a_code(books: Desk, world_of: Callable[[Any], Any]) -> None:
    code = world_of(_hired)

    asked = books.types("refunds", "ask", "UKL0000001", "--amount", "100", "--reason", "Twice", "--as", "Mary")
    (waiting,) = books.types("approvals", "list", "--json").items
    sent = books.types("approvals", "code", waiting["approval"][:20], "--as", "amina", "--json")
    no_chat = books.types("approvals", "code", waiting["approval"], "--by", "telegram", "--as", "amina")
    without = books.types("approvals", "decide", waiting["approval"], "approve", "--as", "amina")
    wrong = books.types("approvals", "decide", waiting["approval"], "approve", "--as", "amina", "--code", "000000")
    own = books.types("approvals", "decide", waiting["approval"], "approve", "--as", "Mary", "--code", code)
    nobody = books.types("approvals", "decide", waiting["approval"], "approve", "--code", code)
    done = books.types("approvals", "decide", waiting["approval"], "approve", "--as", "amina", "--code", code)

    assert asked.code == 0, asked.err
    assert sent.code == 0, sent.err
    assert sent.items[0]["approval"] == waiting["approval"]
    assert no_chat.code == 2
    assert (waiting["kind"], waiting["subject"], waiting["amount"], waiting["missing"]) == (
        *("refund", "RF-000001", "100.00", 1),
    )
    assert "Type your one-time code as well." in without.err
    assert (wrong.code, own.code, nobody.code) == (2, 2, 2)
    assert "executed" in done.out, done.err
    (line,) = books.types("refunds", "list", "--json", "--state", "paying").items
    assert (line["refund"], line["state"], line["reason"]) == ("RF-000001", "paying", "Twice")
    assert books.types("refunds", "list", "--clear", "--json").items[0]["payee"].isdigit()
    assert books.types("approvals", "list", "--all", "--json").items[0]["said"] == ["Amina Mutheu: approve"]


def test_much_money_is_given_and_moved_with_a_second_yes(books: Desk, world_of: Callable[[Any], Any]) -> None:
    code = world_of(_much)

    nameless = books.types("suspense", "assign", "UKL0000009", "KV20")
    asked = books.types("suspense", "assign", "UKL0000009", "KV20", "--as", "Tess", "--json")
    again = books.types("suspense", "assign", "UKL0000009", "KV20", "--as", "Tess")
    other = books.types("suspense", "assign", "UKL0000009", "KV10", "--as", "Tess")
    (waiting,) = books.types("approvals", "list", "--json").items
    own = books.types("approvals", "decide", waiting["approval"], "approve", "--as", "Tess", "--code", code)
    done = books.types("approvals", "decide", waiting["approval"], "approve", "--as", "amina", "--code", code)
    moved = books.types(
        "payments", "move", "UKL0000009", "KV10", "--reason", "a slip of the pen", "--as", "amina", "--json"
    )
    asked_why = world_of(_why)

    assert nameless.err == "So much takes two people. Say who you are.\n"
    assert asked.items[0]["approval"] == waiting["approval"]
    assert again.out == f"KES 60,000.00 to KV20 waits for somebody else's yes: approval {waiting['approval']}.\n"
    assert other.err == "Waits for a yes already: to KV20 Student KV20.\n"
    assert (waiting["kind"], waiting["subject"], waiting["amount"]) == ("suspense", "UKL0000009", "60000.00")
    assert (own.code, "executed" in done.out) == (2, True), done.err
    assert moved.items[0]["approval"] is not None
    assert asked_why == ["", "a slip of the pen"]
    (shown,) = books.types("payments", "show", "UKL0000009", "--json").items
    assert shown["history"][-1]["action"] == "suspense_assigned"


async def _why(world: World) -> list[str]:
    """Why each of them was asked for, by the trail."""
    found = world.rows("SELECT reason FROM changes WHERE action = 'placement_asked' ORDER BY id")
    return [str(reason) for (reason,) in found]


async def _much(world: World) -> str:
    world.organisation = (await world.app.read(_first)).id
    account = await world.app.read(organisations.main_account, world.organisation)
    assert account is not None
    world.account = account
    await world.arrives(world.notice("nobody", 60_000, receipt="UKL0000009"))
    return await _hired(world)


async def _hired(world: World) -> str:
    world.organisation = (await world.app.read(_first)).id
    person = await enrolled(world, "amina", Role.MANAGER, "254700800009")
    return current_code(person.link.secret, now=START + timedelta(hours=1))  # when commands run here


def _first(tx: Any) -> Any:
    return organisations.all_organisations(tx)[0]
