"""`karani messages`: what was written to whom, by which way, and how far it came."""

from collections.abc import Callable
from typing import Any

import pytest

from core.dispatch import Verdict
from jobs.sending import Sending
from storage.attempts import Delivery
from tests.cli.conftest import PAYER, Desk, a_day
from tests.usecases.test_delivery import DOWN, Gateway
from tests.world import World
from usecases.delivery import note_delivery


@pytest.fixture
def told(desk: Desk, world_of: Callable[[Any], Any]) -> Desk:
    """The books after a day on which the first gateway was down, and the second one's text arrived."""

    async def sent(world: World) -> None:
        await a_day(world)
        first, second = Gateway("AT", DOWN), Gateway("SM")
        world.app.gateways = {world.organisation: {"africastalking": first, "twilio": second}}
        await Sending(world.app).round()
        await Sending(world.app).round()
        await world.app.write(note_delivery, Delivery("twilio", "SM1", "delivered", 10, "", Verdict.ARRIVED))

    world_of(sent)
    return desk


def test_each_message_with_where_it_stands_and_its_last_way(told: Desk) -> None:
    found = told.types("messages", "list", "--json", "--event", "payment_received").items
    skipped = told.types("messages", "list", "--json", "--state", "failed").items

    assert [(one["state"], one["way"], one["to"]) for one in found][-1] == ("sent", "sms twilio", "254712***678")
    assert {one["error"] for one in skipped} == {"nobody's phone is known"}
    assert told.types("messages", "list", "--organisation", "kivuli", "--limit", "1", "--json").items != []
    assert told.types("messages", "list", "--phone", "0700000000", "--json").items == []
    assert "254712***678" in told.types("messages", "list").out


def test_one_message_with_every_attempt(told: Desk) -> None:
    (line, *_) = told.types("messages", "list", "--json", "--phone", PAYER, "--event", "payment_received").items
    (shown,) = told.types("messages", "show", line["id"], "--json").items
    (clear,) = told.types("messages", "show", line["id"], "--json", "--clear").items

    assert [(one["way"], one["outcome"]) for one in shown["log"]] == [
        ("sms africastalking", "later"),
        ("sms twilio", "arrived"),
    ]
    assert (shown["log"][1]["cost"], shown["log"][1]["delivery"]) == ("KES 0.8", "delivered")
    assert (shown["text"], PAYER in str(shown)) == ("", False)
    assert "1,500" in clear["text"]
    assert clear["log"][0]["to"] == PAYER
    assert "arrived" in told.types("messages", "show", line["id"]).out


def test_what_is_not_there_and_who_may_not_look(told: Desk) -> None:
    assert told.types("messages", "show", "nothing").code == 2
    assert told.types("messages", "show", "01a1fcb0af0070008000fcd4b8b6d8fe", "--organisation", "kivuli").code == 2
    assert told.types("messages", "list", "--clear", "--as", "Tess").code == 2
    assert told.types("messages", "list", "--as", "Tess").code == 0
