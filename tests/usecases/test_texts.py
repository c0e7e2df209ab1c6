"""Somebody texts the school: it is kept once, obeyed at once, and answered, but never for ever."""

import itertools

import pytest

from core.messages import Answer, PaymentHeld, TextAnswered
from core.phones import Msisdn
from storage import outbox
from storage.outbox import Kind, MessageFacts, Out
from storage.texts import Text
from storage.tx import Tx
from tests.world import World, kes
from usecases.commands import ChooseLanguage
from usecases.messages import Addressed, Claim, claim_messages
from usecases.people import choose_language
from usecases.texts import OptedOut, TextReceived, opt_out, receive_text

ASHA = Msisdn.parse("0712345678")
HELD = PaymentHeld("Kivuli", kes(10), "?", "R000001", "UKL1")
_ids = itertools.count(1)


def text(world: World, words: str, *, id_: str | None = None, sender: Msisdn | None = ASHA) -> TextReceived:
    digits = sender.digits if sender else "CALL2DAY"
    kept = Text("africastalking", id_ or f"ATXid_{next(_ids)}", digits, "20880", words, "trace")
    return TextReceived((world.organisation,), sender, kept, "*384*70421#")


async def texts(world: World, words: str, *, id_: str | None = None) -> list[Addressed]:
    """Somebody sends a text; what we say to it."""
    await world.app.write(receive_text, text(world, words, id_=id_))
    return await world.app.write(claim_messages, Claim(9))


async def told(world: World) -> list[str]:
    """The events that reach Asha when something is held for her."""

    def put(tx: Tx, command: None) -> None:
        outbox.put(tx, [Out(world.organisation, Kind.SMS, HELD.event, MessageFacts(HELD, msisdn=ASHA.digits))])

    await world.app.write(put, None)
    return [one.message.event for one in await world.app.write(claim_messages, Claim(9))]


def answers(found: list[Addressed]) -> list[Answer]:
    return [one.message.answer for one in found if isinstance(one.message, TextAnswered)]


async def test_stop_is_confirmed_once_and_holds_until_start(world: World) -> None:
    assert answers(await texts(world, "Stop. Thank you")) == [Answer.STOPPED]
    assert await told(world) == []
    assert answers(await texts(world, "STOP")) == []
    await world.clock.advance(400 * 24 * 3600)
    assert await told(world) == []

    assert answers(await texts(world, "START")) == [Answer.STARTED]
    assert await told(world) == ["payment_held"]


async def test_stop_for_one_kind_leaves_the_rest(world: World) -> None:
    assert answers(await texts(world, "STOP reminders")) == [Answer.STOPPED_SOME]

    assert await told(world) == ["payment_held"]


@pytest.mark.parametrize(
    "words",
    [
        "Msintumie tena hizi sms, mtoto wangu alimaliza shule",
        "I have no child in that school, don't text this line again",
        "I had switched off your texts but bring them back plz",
    ],
)
async def test_who_seems_to_want_no_texts_or_texts_again_is_told_how_and_nothing_changes(
    world: World, words: str
) -> None:
    assert answers(await texts(world, words)) == [Answer.TEXTS]

    assert world.rows("SELECT understood, answered FROM texts") == [("nothing", True)]
    assert await told(world) == ["payment_held"]


async def test_what_is_queued_already_is_stopped_too(world: World) -> None:
    def put(tx: Tx, command: None) -> None:
        outbox.put(tx, [Out(world.organisation, Kind.SMS, HELD.event, MessageFacts(HELD, msisdn=ASHA.digits))])

    await world.app.write(put, None)

    assert answers(await texts(world, "ACHA")) == [Answer.STOPPED]
    assert world.rows("SELECT state FROM outbox WHERE event = 'payment_held'") == [("skipped",)]


async def test_any_other_text_is_kept_and_answered_with_help_even_at_night_and_after_a_stop(world: World) -> None:
    await texts(world, "STOP")
    await world.clock.advance(15 * 3600)

    (said,) = await texts(world, "Is there school on Monday?")

    assert (said.to, said.message) == (ASHA, TextAnswered("Kivuli Primary School", Answer.HELP, "*384*70421#"))
    assert world.rows("SELECT understood, answered FROM texts ORDER BY id") == [("stop", True), ("nothing", True)]


async def test_the_answer_is_in_the_writers_language_or_else_in_that_of_their_word(world: World) -> None:
    (first,) = await texts(world, "HAGARIKA")
    await world.app.write(choose_language, ChooseLanguage(ASHA, "sw"))
    (second,) = await texts(world, "TANGIRA")
    (third,) = await world.app.write(claim_messages, Claim(9)) or [second]

    assert [first.language, second.language, third.language] == ["rw", "sw", "sw"]


async def test_a_text_that_is_told_of_twice_is_one_text(world: World) -> None:
    assert len(await texts(world, "hello", id_="ATXid_same")) == 1
    assert await texts(world, "hello", id_="ATXid_same") == []

    assert world.rows("SELECT count(*) FROM texts") == [(1,)]


async def test_two_machines_do_not_answer_each_other_for_ever(world: World) -> None:
    said = [len(await texts(world, "I am driving, I will call you back")) for _ in range(20)]
    assert sum(said) == 5

    for _ in range(30):
        await world.clock.advance(1_800)
        said.append(len(await texts(world, "I am driving, I will call you back")))

    assert sum(said) == 12
    assert world.rows("SELECT count(*) FROM texts") == [(50,)]
    assert answers(await texts(world, "STOP")) == []
    assert await told(world) == []  # obeyed, although nobody is answered any more


async def test_an_advertisement_is_kept_and_never_answered(world: World) -> None:
    assert await world.app.write(receive_text, text(world, "Buy airtime! STOP", sender=None))

    assert await world.app.write(claim_messages, Claim(9)) == []
    assert world.rows("SELECT answered FROM texts") == [(False,)]


async def test_who_stopped_us_at_the_gateway_gets_no_texts_and_can_start_again(world: World) -> None:
    news = OptedOut((world.organisation,), ASHA, "africastalking")
    assert await world.app.write(opt_out, news)
    assert not await world.app.write(opt_out, news)
    assert await told(world) == []

    await texts(world, "START")

    assert await told(world) == ["payment_held"]
    assert world.rows("SELECT source, channel, wanted FROM consents ORDER BY id") == [
        ("africastalking", "sms", 0),
        ("sms", "", 1),
    ]


@pytest.mark.parametrize("words", ["STOP", "hello"])
async def test_neither_the_sender_nor_the_text_can_be_read_in_the_database(world: World, words: str) -> None:
    await texts(world, f"{words} {ASHA.digits}")

    everything = str(world.rows("SELECT * FROM texts")) + str(world.rows("SELECT * FROM consents"))
    assert ASHA.digits not in everything
