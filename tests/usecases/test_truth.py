"""What waits is asked again before it leaves: is it still true, still wanted, and is anybody awake? (NOT-2, NOT-4)"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.messages import Message, PaymentFailed, PaymentHeld
from core.phones import Msisdn
from core.preferences import Channel, Consent, Topic
from storage import consents, outbox, people
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from tests.world import World, kes
from usecases import truth
from usecases.messages import Addressed, Claim, claim_messages, settle
from usecases.truth import Queued

ASHA = Msisdn.parse("0712345678")
HELD = PaymentHeld("Kivuli", kes(10), "?", "R000001", "UKL1")


async def queued(world: World, *messages: Message, key: str | None = None) -> None:
    def put(tx: Tx, command: None) -> None:
        facts = [MessageFacts(message, msisdn=ASHA.digits) for message in messages]
        outbox.put(tx, [Out(world.organisation, Kind.SMS, one.message.event, one, key=key) for one in facts])

    await world.app.write(put, None)


async def said(world: World, consent: Consent, phone: Msisdn = ASHA) -> None:
    def note(tx: Tx, command: None) -> None:
        consents.note(tx, world.organisation, people.msisdn_index(tx, phone), consent, source="sms")

    await world.app.write(note, None)


async def claimed(world: World) -> list[Addressed]:
    return await world.app.write(claim_messages, Claim(9))


def ends(world: World) -> list[tuple[str, int, str]]:
    return [(str(a), int(b), str(c)) for a, b, c in world.rows("SELECT state, attempts, last_error FROM outbox")]


async def at_night(world: World) -> None:
    """21:30 in Nairobi."""
    await world.clock.advance((datetime(2026, 11, 21, 18, 30, tzinfo=UTC) - world.clock.now()).total_seconds())


async def test_what_comes_at_night_leaves_in_the_morning_once(world: World) -> None:
    await at_night(world)
    await queued(world, HELD)

    assert await claimed(world) == []
    assert ends(world) == [("pending", 0, "")]
    await world.clock.advance(timedelta(hours=9, minutes=29).total_seconds())
    assert await claimed(world) == []
    await world.clock.advance(60)

    assert [one.message for one in await claimed(world)] == [HELD]
    assert ends(world) == [("sending", 1, "")]
    assert await claimed(world) == []


async def test_a_stop_holds_for_what_is_queued_already_and_a_start_for_what_comes(world: World) -> None:
    await queued(world, HELD)
    await said(world, Consent(False))
    assert await claimed(world) == []
    assert ends(world) == [("skipped", 0, "stopped by the reader")]

    await said(world, Consent(True))
    await queued(world, HELD)

    assert len(await claimed(world)) == 1


async def test_a_stop_during_the_night_holds_in_the_morning(world: World) -> None:
    await at_night(world)
    await queued(world, HELD)
    await claimed(world)
    await said(world, Consent(False, Topic.ACCOUNT, Channel.SMS))
    await world.clock.advance(12 * 3600)

    assert await claimed(world) == []
    assert ends(world) == [("skipped", 0, "stopped by the reader")]


async def test_a_stop_said_to_one_school_is_not_said_to_another(world: World) -> None:
    other = await world.other_school("upendo")
    await said(world, Consent(False))
    await queued(other, HELD)

    assert len(await claimed(world)) == 1


async def test_nobody_is_told_that_a_payment_failed_which_was_credited_meanwhile(world: World) -> None:
    """The prompt expires at night; before the morning its late callback brings the money."""
    await world.students({"KV10": 4_000})
    await at_night(world)
    await world.prompts(ASHA.digits, {"KV10": 500}, request_id="ws_1")
    await world.fails("ws_1")
    assert await claimed(world) == []
    await world.arrives(world.notice("KV10", 500, request_id="ws_1", payer=ASHA))
    await world.clock.advance(12 * 3600)

    told = await claimed(world)

    assert [one.message.event for one in told] == ["payment_received"]
    assert sorted(world.rows("SELECT event, state FROM outbox WHERE kind = 'sms'")) == [
        ("payment_failed", "skipped"),
        ("payment_received", "sending"),
    ]


async def test_a_payment_that_did_fail_is_told_of(world: World) -> None:
    await world.students({"KV10": 4_000})
    await world.prompts(ASHA.digits, {"KV10": 500}, request_id="ws_1")
    await world.fails("ws_1")

    (told,) = await claimed(world)

    assert isinstance(told.message, PaymentFailed)


async def test_a_check_may_bring_the_facts_up_to_date_or_say_that_nothing_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Sequence[Queued]] = []

    def fresh(tx: Tx, waiting: Sequence[Queued]) -> list[Message | None]:
        seen.append(waiting)
        return [replace(HELD, amount=kes(7)), None]

    monkeypatch.setitem(truth.CHECKS, HELD.event, fresh)
    await queued(world, HELD, HELD)

    (told,) = await claimed(world)

    assert told.message == replace(HELD, amount=kes(7))
    assert [(one.organisation, one.facts.msisdn) for one in seen[0]] == [(world.organisation, ASHA.digits)] * 2
    assert sorted(state for state, _, _ in ends(world)) == ["sending", "skipped"]


async def test_it_is_asked_again_before_every_attempt(world: World) -> None:
    await queued(world, HELD)
    (first,) = await claimed(world)
    await world.app.write(settle, [outbox.NotSent(first.id, "busy", world.clock.now())])
    await said(world, Consent(False))

    assert await claimed(world) == []
    assert ends(world) == [("skipped", 1, "stopped by the reader")]


async def test_what_has_a_key_is_queued_once_for_each_organisation(world: World) -> None:
    other = await world.other_school("upendo")

    for school in (world, other):
        await queued(school, HELD, key="reminder:1")
        await queued(school, HELD, key="reminder:1")
        await queued(school, HELD)

    assert world.rows("SELECT count(*) FROM outbox") == [(4,)]
