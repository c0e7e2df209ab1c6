"""`karani funds` and `karani requisitions`: petty cash at the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.permissions import Role
from tests.cli.conftest import Desk
from tests.usecases.signing import RECOVERY, added
from tests.world import TESTER, World
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.staff import Enrol, enrol

CODES: dict[str, str] = {}


async def founded(world: World) -> None:
    await world.school()
    house = FundEntry("house", "House money", opening=20_000, reorder=5_000, full=20_000)
    await world.app.write(save_funds, SaveFunds(world.organisation, (house,), TESTER))
    for number, (name, role) in enumerate(
        (("ruth", Role.REQUESTER), ("amina", Role.MANAGER), ("carol", Role.TREASURER))
    ):
        person = await added(world, name, role, f"25470080000{number}")
        await world.app.write(enrol, Enrol(person.link.token, "none", person.code, RECOVERY, ""))


def test_funds_are_listed_and_payments_asked_for_withdrawn_and_kept_from_who_may_not(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(founded)

    (fund,) = desk.types("funds", "list", "--json").items
    assert (fund["fund"], fund["balance"], fund["dry_on"]) == ("house", "20000.00", None)

    asked = desk.types(
        "requisitions", "ask", "house", "0712000111", "3000", "fuel", "the van", "--json", "--as", "ruth"
    )
    (line,) = asked.items
    assert (line["number"], line["status"], line["payee"]) == ("TP-000001", "pending", "254712***111")
    assert desk.types("requisitions", "execute", "TP-000001", "--as", "carol").code == 2
    assert desk.types("requisitions", "ask", "house", "0712000111", "3000", "fuel", "the van").code == 2
    assert desk.types("requisitions", "ask", "nowhere", "0712000111", "3000", "fuel", "x", "--as", "ruth").code == 2
    assert desk.types("requisitions", "reconcile", "TP-000001", "--as", "carol").code == 2
    assert desk.types("requisitions", "variance", "TP-000001", "10", "why", "--as", "ruth").code == 2
    assert desk.types("requisitions", "again", "nonsense", "--as", "ruth").code == 2

    (waiting,) = desk.types("approvals", "list", "--json").items
    assert (waiting["kind"], waiting["subject"]) == ("payout", "TP-000001")
    (gone,) = desk.types("requisitions", "withdraw", line["id"], "--json", "--as", "ruth").items
    assert gone["status"] == "withdrawn"
    (listed,) = desk.types("requisitions", "list", "--status", "withdrawn", "--clear", "--json").items
    assert (listed["payee"], listed["asked_by"]) == ("254712000111", "Ruth Mutheu")

    (filled,) = desk.types("funds", "replenish", "house", "--amount", "500", "--json", "--as", "ruth").items
    assert (filled["amount"], filled["state"]) == ("500.00", "pending")
