"""Twilio's callbacks at the door: believed when signed for our address, kept once, acknowledged when on disk."""

from urllib.parse import urlencode

import pytest

from core.dispatch import Verdict
from core.messages import PaymentHeld
from core.organisations import Kind as OrganisationKind
from core.phones import Msisdn
from jobs.sending import Sending
from providers.twilio.signature import HEADER, OTHER_ALGORITHM, sign
from storage import outbox
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from tests.usecases.test_delivery import Gateway
from tests.web.door import FORM, Door, Reply
from tests.world import TESTER, World, kes
from usecases.setup import ProviderAccountEntry, SetUp, set_up

TOKEN, NUMBER, KEY = "6789", "+14155550100", "key-of-twilio"
HELD = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")


@pytest.fixture
async def twilio(door: Door) -> Door:
    """The school has an account at Twilio."""
    account = ProviderAccountEntry("twilio", NUMBER, "sandbox", KEY, {"account_sid": "AC1", "auth_token": TOKEN})
    await door.world.app.write(
        set_up,
        SetUp(
            *("kivuli", "Kivuli Primary School", (OrganisationKind.SCHOOL,), "KE", "en", ("*384*70421#",), (account,)),
            actor=TESTER,
        ),
    )
    await door.running.rewire()
    return door


async def posts(
    door: Door, path: str, form: dict[str, str], *, token: str = TOKEN, key: str = KEY, **headers: str
) -> Reply:
    signature = sign(f"https://karani.test/hooks/{key}/twilio/{path}", form.items(), token)
    said = {HEADER: signature, **headers}
    return await door.post(f"twilio/{path}", urlencode(form).encode(), key=key, kind=FORM, headers=said)


def text(words: str, sid: str = "SM1") -> dict[str, str]:
    return {"MessageSid": sid, "From": "+254712345678", "To": NUMBER, "Body": words, "NumMedia": "0"}


async def test_a_stop_to_twilios_number_holds_as_one_to_ours(twilio: Door) -> None:
    first = await posts(twilio, "sms", text("Stop"))
    again = await posts(twilio, "sms", text("Stop"))

    assert (first.status, again.status, first.text[-11:]) == (200, 200, "<Response/>")
    assert twilio.world.rows("SELECT provider, understood FROM texts") == [("twilio", "stop")]
    assert twilio.world.rows("SELECT wanted, source FROM consents") == [(False, "sms")]


async def test_who_does_not_sign_changes_nothing(twilio: Door) -> None:
    unsigned = await twilio.post("twilio/sms", urlencode(text("STOP")).encode(), key=KEY, kind=FORM)
    forged = await posts(twilio, "sms", text("STOP"), token="guess")
    by_another_way = await posts(twilio, "sms", text("STOP"), **{OTHER_ALGORITHM: "key=1,algorithm=NONE"})
    unread = await twilio.post("twilio/status", b"\xff", key=KEY, kind=FORM)
    with_anothers_key = await posts(twilio, "sms", text("STOP"), key="key-of-the-hook", token="")

    replies = (unsigned, forged, by_another_way, unread, with_anothers_key)
    assert [reply.status for reply in replies] == [403] * 5
    assert twilio.world.rows("SELECT 1 FROM texts") == []


async def test_what_is_signed_and_cannot_be_read_is_kept(twilio: Door) -> None:
    reply = await posts(twilio, "sms", {"Body": "who is it"})

    assert reply.status == 200
    assert twilio.unread() == [("twilio/sms", "no From")]


async def test_nothing_is_acknowledged_that_is_not_on_disk(twilio: Door) -> None:
    twilio.world.writer.queue_limit = 0

    assert (await posts(twilio, "sms", text("STOP"))).status == 503
    assert (await posts(twilio, "status", {"MessageSid": "SM1", "MessageStatus": "sent"})).status == 503


async def test_a_status_tells_how_far_a_message_came(twilio: Door) -> None:
    world = twilio.world
    await _sent(world)

    early = await posts(twilio, "status", {"MessageSid": "nobody", "MessageStatus": "sent"})
    known = await posts(twilio, "status", {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"})

    assert (early.status, known.status) == (200, 200)
    assert world.rows("SELECT outcome, delivery FROM attempts") == [
        (Verdict.FAILED.outcome.value, "undelivered: 30003"),
    ]


async def _sent(world: World) -> None:
    def put(tx: Tx, command: None) -> None:
        facts = MessageFacts(HELD, msisdn=Msisdn.parse("0712345678").digits)
        outbox.put(tx, [Out(world.organisation, Kind.SMS, HELD.event, facts)])

    await world.app.write(put, None)
    world.app.gateways = {world.organisation: {"twilio": Gateway("SM")}}
    await Sending(world.app).round()
