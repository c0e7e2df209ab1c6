"""The pretended gateway: dialogues as recorded, texts that arrive, and reports of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.errors import NotFound, Unavailable
from core.phones import Msisdn
from core.ports import SmsRefused, SmsTaken
from providers.africastalking.callbacks import Delivery, parse_delivery_report, parse_incoming
from sandbox.dialogues import GATEWAY_ERROR, ServiceCode
from sandbox.moods import Mood
from sandbox.phones import INVALID_CODE
from tests.sandbox.town import ASHA, PROGRAM, START, USSD_CODE, Town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    town.program.answers["/ussd"] = b"CON Choose:\n1. Asha\n2. Juma"
    yield town
    await town.close()


def hops(town: Town) -> list[dict[str, str]]:
    return [told.form for told in town.program.at("/ussd")]


# --- dialogues -------------------------------------------------------------------------------------------------------


async def test_each_hop_carries_everything_typed_so_far(town: Town) -> None:
    assert (await town.phones.dial(ASHA, USSD_CODE))["screen"] == {"text": "Choose:\n1. Asha\n2. Juma", "open": True}
    await town.phones.key(ASHA, "1")
    await town.phones.key(ASHA, "0712*5")
    town.program.answers["/ussd"] = b"END Thank you"
    view = await town.phones.key(ASHA, "")

    assert view["screen"] == {"text": "Thank you", "open": False}
    assert [hop["text"] for hop in hops(town)] == ["", "1", "1*0712*5", "1*0712*5*"]
    [first, *_] = hops(town)
    assert set(first) == {"sessionId", "serviceCode", "phoneNumber", "networkCode", "text"}
    assert (first["serviceCode"], first["phoneNumber"]) == (USSD_CODE, "+254712345149")
    assert first["sessionId"].startswith("ATUid_")
    assert len({hop["sessionId"] for hop in hops(town)}) == 1
    assert b"serviceCode=%2A384%2A70421%23" in town.program.at("/ussd")[0].body


async def test_the_end_is_notified_with_what_was_typed(town: Town) -> None:
    await town.phones.dial(ASHA, USSD_CODE)
    await town.clock.advance(4)
    town.program.answers["/ussd"] = b"END Bye"
    await town.phones.key(ASHA, "2")
    await town.clock.advance(1)

    [event] = [told.form for told in town.program.at("/events")]
    assert (event["status"], event["input"], event["hopsCount"]) == ("Success", "2", "2")
    assert (event["durationInMillis"], event["lastAppResponse"]) == ("4000", "END Bye")
    assert event["date"] == "2026-11-20 06:15:04"


async def test_a_long_code_types_in_advance(town: Town) -> None:
    await town.phones.dial(ASHA, "*384*70421*1*2#")
    await town.phones.key(ASHA, "3")

    assert [hop["text"] for hop in hops(town)] == ["1*2", "1*2*3"]
    assert hops(town)[0]["serviceCode"] == USSD_CODE


async def test_the_longest_code_that_fits_answers(town: Town) -> None:
    town.gateway.add(service=ServiceCode("*384*70421*9#", f"{PROGRAM}/nine"))

    await town.phones.dial(ASHA, "*384*70421*9*1#")

    assert [told.form["text"] for told in town.program.at("/nine")] == ["1"]


@pytest.mark.parametrize("code", ["*123#", "*384*70421", "*384*704210#", "", "#"])
async def test_a_code_that_is_nobodys_is_invalid(town: Town, code: str) -> None:
    assert (await town.phones.dial(ASHA, code))["screen"] == {"text": INVALID_CODE, "open": False}


@pytest.mark.parametrize("answer", [500, b"Hello", b"CONfused", b""])
async def test_an_answer_without_con_or_end_is_the_gateways_apology(town: Town, answer: bytes | int) -> None:
    town.program.answers["/ussd"] = answer

    view = await town.phones.dial(ASHA, USSD_CODE)
    await town.clock.advance(1)

    assert view["screen"] == {"text": GATEWAY_ERROR, "open": False}
    assert town.program.at("/events")[0].form["status"] == "Failed"


async def test_a_new_dial_ends_the_open_dialogue(town: Town) -> None:
    await town.phones.dial(ASHA, USSD_CODE)
    await town.phones.dial(ASHA, USSD_CODE)
    await town.clock.advance(1)

    assert [told.form["status"] for told in town.program.at("/events")] == ["Incomplete"]
    assert len({hop["sessionId"] for hop in hops(town)}) == 2


async def test_no_dialogue_outlives_three_minutes_and_a_dead_one_takes_no_keys(town: Town) -> None:
    await town.phones.dial(ASHA, USSD_CODE)
    await town.clock.advance(181)

    view = await town.phones.key(ASHA, "1")

    assert view["screen"]["open"] is False
    assert len(hops(town)) == 1
    assert town.program.at("/events")[0].form["status"] == "Incomplete"


async def test_in_a_doubling_mood_each_hop_is_heard_twice(town: Town) -> None:
    town.gateway.mood = Mood(doubled=1)

    await town.phones.dial(ASHA, USSD_CODE)
    await town.phones.key(ASHA, "1")

    assert [hop["text"] for hop in hops(town)] == ["", "", "1", "1"]


async def test_a_hop_whose_line_broke_is_heard_again_when_power_may_be_back(town: Town) -> None:
    town.http.unplug(PROGRAM)
    dial = asyncio.ensure_future(town.phones.dial(ASHA, USSD_CODE))
    await town.clock.advance(3)
    assert hops(town) == []

    town.http.mount(PROGRAM, town.program.app)
    await town.clock.advance(1)

    assert (await dial)["screen"] == {"text": "Choose:\n1. Asha\n2. Juma", "open": True}
    assert [hop["text"] for hop in hops(town)] == [""]


async def test_a_gateway_that_is_down_opens_no_dialogue(town: Town) -> None:
    town.gateway.mood = Mood(down=True)

    assert (await town.phones.dial(ASHA, USSD_CODE))["screen"]["open"] is False
    assert hops(town) == []


# --- texts -----------------------------------------------------------------------------------------------------------


async def test_a_text_reaches_the_inbox_and_is_reported_sent_and_then_delivered(town: Town) -> None:
    [taken] = await town.gateway.in_process("kivuli", sender="KIVULI").send("Received KES 1,500", [ASHA])
    assert isinstance(taken, SmsTaken)
    await town.clock.advance(10)

    assert town.phones.view(ASHA)["sms"] == [
        {"from": "KIVULI", "text": "Received KES 1,500", "at": "2026-11-20T06:15:01+00:00"}
    ]
    reports = [parse_delivery_report(told.body, country_code="254") for told in town.program.at("/delivery")]
    assert [report.status for report in reports] == [Delivery.SENT, Delivery.SUCCESS]
    assert {report.gateway_id for report in reports} == {taken.gateway_id}


async def test_reports_come_backwards_twice_or_never_as_told(town: Town) -> None:
    sms = town.gateway.in_process("kivuli")
    town.gateway.reports_backwards = True
    town.gateway.mood = Mood(doubled=1)
    await sms.send("one", [ASHA])
    await town.clock.advance(10)
    assert [told.form["status"] for told in town.program.at("/delivery")] == ["Success", "Success", "Sent", "Sent"]

    town.gateway.mood = Mood(lost=1)
    await sms.send("two", [ASHA])
    await town.clock.advance(10)

    assert len(town.program.at("/delivery")) == 4
    assert len(town.phones.view(ASHA)["sms"]) == 2


async def test_a_failure_can_be_reported_by_hand(town: Town) -> None:
    await town.gateway.in_process("kivuli").send("one", [ASHA])

    town.gateway.report(town.application, town.gateway.sent[0], "Failed", reason="UserInBlackList")
    await town.clock.advance(0)

    report = parse_delivery_report(town.program.at("/delivery")[0].body, country_code="254")
    assert (report.status, report.failure_reason) == (Delivery.FAILED, "userinblacklist")


async def test_in_process_the_gateway_refuses_breaks_off_and_is_down(town: Town) -> None:
    sms = town.gateway.in_process("kivuli")
    assert await sms.send("x", [Msisdn("254712345406")]) == [SmsRefused("UserInBlacklist", "406", stopped=True)]

    town.gateway.mood = Mood(refused=1)
    assert await sms.send("x", [ASHA]) == [SmsRefused("CouldNotRoute", "407")]
    town.gateway.mood = Mood(unknown=1)
    with pytest.raises(Unavailable) as unknown:
        await sms.send("x", [ASHA])
    assert unknown.value.sent
    town.gateway.mood = Mood(down=True)
    with pytest.raises(Unavailable) as down:
        await sms.send("x", [ASHA])
    assert not down.value.sent
    town.application.senders = frozenset({"KIVULI"})
    town.gateway.mood = Mood()
    [refused] = await town.gateway.in_process("kivuli", sender="OTHER").send("x", [ASHA])
    assert isinstance(refused, SmsRefused)
    assert refused.halt


async def test_a_person_texts_a_short_code(town: Town) -> None:
    town.application.incoming_urls["22384"] = f"{PROGRAM}/sms"

    await town.phones.text(ASHA, "22384", "BAL KV2467")
    await town.clock.advance(0)

    text = parse_incoming(town.program.at("/sms")[0].body, country_code="254", received_at=START)
    assert (text.sender, text.text, text.short_code, text.at) == (ASHA, "BAL KV2467", "22384", START)
    with pytest.raises(NotFound):
        await town.phones.text(ASHA, "99999", "hello?")


async def test_looking_at_a_phone_leaves_no_trace(town: Town) -> None:
    nobody = Msisdn("254799999999")

    assert town.phones.view(nobody) == {"screen": {"text": "", "open": False}, "sms": [], "prompts": []}
    assert await town.phones.key(nobody, "1") == town.phones.view(nobody)
