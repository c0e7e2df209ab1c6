"""`karani enquiries`: what staff see of who looks for money, and answering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.phones import Msisdn
from jobs.enquiries import Enquiring
from tests.cli.conftest import Desk
from tests.world import World
from usecases.enquiries import OpenEnquiry, open_enquiry


async def asks(world: World) -> None:
    await world.school()
    for typed in ("UKL4A7PQ2X", "700 jana"):
        wish = OpenEnquiry(world.organisation, Msisdn("254712345678"), typed, "sw", "trace")
        await world.app.write(open_enquiry, wish)
    assert await Enquiring(world.app).round() == 0


def test_enquiries_are_listed_with_masked_phones_and_closed_once(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(asks)

    first, second = desk.types("enquiries", "list", "--json").items
    assert (first["asker"], first["asked_provider"], second["scrap"]) == ("254712***678", "UKL4A7PQ2X", "700 jana")
    clear, _ = desk.types("enquiries", "list", "--clear", "--json").items
    assert clear["asker"] == "254712345678"

    assert desk.types("enquiries", "close", first["id"], "--note", "called").code == 0
    assert desk.types("enquiries", "close", first["id"]).code == 2
    assert desk.types("enquiries", "close", "nonsense").code == 2
    assert len(desk.types("enquiries", "list", "--json").items) == 1
