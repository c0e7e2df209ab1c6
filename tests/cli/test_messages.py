"""`karani messages`: what was written to whom, by which way, and how far it came."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.templates import _times
from core.dispatch import Verdict
from core.phones import Msisdn
from jobs.sending import Sending
from storage.attempts import Delivery
from storage.texts import Text
from tests.cli.conftest import PAYER, Desk, a_day
from tests.usecases.test_delivery import DOWN, Gateway
from tests.world import World
from usecases.delivery import note_delivery
from usecases.texts import TextReceived, receive_text


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


def test_what_people_wrote_and_what_was_understood(desk: Desk, world_of: Callable[[Any], Any]) -> None:
    async def heard(world: World) -> None:
        await a_day(world)
        for sid, words, sender in (("1", "STOP", PAYER), ("2", "call 0712 345 678 or 0712345678", PAYER)):
            text = Text("twilio", sid, sender, "+14155550100", words, "trace")
            await world.app.write(receive_text, TextReceived((world.organisation,), Msisdn(sender), text, ""))
        advert = Text("africastalking", "3", "BANK", "20880", "win", "trace")
        await world.app.write(receive_text, TextReceived((world.organisation,), None, advert, ""))

    world_of(heard)

    covered = desk.types("texts", "list", "--json").items
    clear = desk.types("texts", "list", "--json", "--clear", "--organisation", "kivuli").items
    assert [(one["sender"], one["understood"]) for one in covered] == [
        ("BANK", "nothing"),
        ("254712***678", "nothing"),
        ("254712***678", "stop"),
    ]
    assert "0712345678" not in covered[1]["text"]
    assert clear[1]["text"] == "call 0712 345 678 or 0712345678"
    assert [one["text"] for one in desk.types("texts", "list", "--json", "--understood", "stop").items] == ["STOP"]


def test_own_words_are_tried_set_shown_and_taken_back(told: Desk, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("Asante! {{ amount|money }}" + "!" * 160)
    bad.write_text("{{ nothing }}")

    tried = told.types("templates", "preview", "payment_received", "en", "--file", str(good), "--json").items
    refused = told.types("templates", "set", "payment_received", "en", str(bad))
    done = told.types("templates", "set", "payment_received", "en", str(good), "--json", "--as", "Mary").items
    listed = told.types("templates", "list", "--json").items
    (shown,) = told.types("templates", "show", "payment_received", "en", "--json").items

    assert (tried[0]["segments"], tried[0]["encoding"], tried[0]["cost"]) == (
        2,
        "gsm7",
        "africastalking KES 1.6, twilio KES 1.6",
    )
    assert (refused.code, "nothing is known of nothing" in refused.err) == (2, True)
    assert [one["version"] for one in done] == [1]
    assert {(one["event"], one["words"], one["segments"]) for one in listed if one["words"] != "standard"} == {
        ("payment_received", "version 1", 2)
    }
    assert (shown["words"][:7], "receipt_code" in shown["facts"]) == ("Asante!", True)
    assert told.types("templates", "preview", "payment_received", "en", "--json").items[0]["text"][:7] == "Asante!"
    assert told.types("templates", "revert", "payment_received", "en").code == 0
    assert told.types("templates", "show", "payment_received", "en", "--json").items[0]["words"] == "(standard)"
    assert told.types("templates", "set", "payment_received", "en", str(good), "--as", "Tess").code == 2
    assert told.types("templates", "show", "nothing", "en").code == 2
    assert told.types("templates", "show", "payment_received", "de").code == 2


@pytest.mark.parametrize(
    "cost, count, parts, shown",
    [
        ("KES 0.8000", 2, 1, "KES 1.6000"),
        ("USD 0.0150", 1, 2, "USD 0.0075"),
        ("RWF 12", 3, 1, "RWF 36"),
        ("?", 2, 1, "?"),
    ],
)
def test_a_cost_is_that_of_as_many_segments(cost: str, count: int, parts: int, shown: str) -> None:
    assert _times(cost, count, parts) == shown
