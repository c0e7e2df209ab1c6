"""`karani rollups`: the figures of days, told, recounted and set right."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from storage.tables import rollups
from storage.tx import Tx
from tests.cli.conftest import Desk
from tests.world import World


def test_the_days_are_told_by_method_and_state(books: Desk) -> None:
    found = books.types("rollups", "list", "--json").items

    assert [
        (one["day"], one["account"], one["method"], one["state"], one["count"], one["amount"]) for one in found
    ] == [
        ("2026-11-21", "mpesa 600984", "paybill", "completed", 3, "3400.00"),
        ("2026-11-21", "mpesa 600984", "paybill", "suspense", 1, "700.00"),
        ("2026-11-21", "mpesa 600984", "prompt", "failed", 1, "100.00"),
    ]
    assert books.types("rollups", "list", "--since", "2026-11-22", "--until", "2026-11-30", "--json").items == []
    assert "3400.00" in books.types("rollups", "list", "--as", "Omondi").out


def test_honest_figures_are_left_alone(books: Desk) -> None:
    for command in ("check", "rebuild"):
        printed = books.types("rollups", command)
        assert (printed.code, printed.out) == (0, "nothing\n")


def test_what_differs_from_a_recount_is_named_and_set_right(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def spoiled(world: World) -> None:
        def spoil(tx: Tx, command: None) -> None:
            failed = rollups.c.state == "failed"
            tx.connection.execute(sa.update(rollups).where(failed).values(count=3, minor=30_000))

        await world.app.write(spoil, None)

    world_of(spoiled)

    named, verified = books.types("rollups", "check", "--json"), books.types("verify")
    mended, after = books.types("rollups", "rebuild", "--json"), books.types("rollups", "check")

    (line,) = named.items
    assert (line["state"], line["told"], line["counted"], line["amount"]) == ("failed", 3, 1, "-200.00")
    assert (named.code, verified.code, mended.code, after.code) == (3, 3, 0, 0)
    assert "rollups" in verified.out
    assert mended.items == [line]
    assert books.types("verify").code == 0
