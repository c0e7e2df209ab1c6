"""Messages on their way: who reads which, in what language, and what the gateway's news make of them (NOT-4)."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.ids import MessageId
from core.messages import InvoiceIssued, PaymentFailed, PaymentHeld, PaymentReceived
from core.money import Currency, Money
from core.payments import FailReason
from core.phones import MaskedMsisdn, Msisdn, PayerPhone, hashed
from storage import outbox
from storage.attempts import Delivery
from storage.outbox import Kind, MessageFacts, NotSent, Out, Sent, Unknown
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.stories import WORLD_IS_SHARED
from tests.world import World, kes
from usecases.commands import ChooseLanguage
from usecases.delivery import note_delivery
from usecases.messages import (
    LEASE,
    Addressed,
    Claim,
    claim_messages,
    has_due_messages,
    has_due_prompts,
    settle,
)
from usecases.people import choose_language

ASHA, BEN, STRANGER = "254712345678", "254711000999", "254799000111"
LEASE_S = LEASE.total_seconds()
HELD = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")


@pytest.fixture
async def school(world: World) -> World:
    await world.students({"KV10": 4_000}, guardians={"KV10": [BEN, ASHA]})
    return world


async def queued(world: World, *facts: MessageFacts) -> None:
    def put(tx: Tx, command: None) -> None:
        outbox.put(
            tx,
            [
                Out(
                    world.organisation, Kind.SMS, one.message.event, one, not_before=tx.now + timedelta(microseconds=at)
                )
                for at, one in enumerate(facts or [MessageFacts(HELD, msisdn=STRANGER)])
            ],
        )

    await world.app.write(put, None)
    await world.clock.advance(1)


async def claimed(world: World, limit: int = 9) -> list[Addressed]:
    return await world.app.write(claim_messages, Claim(limit))


def states(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT state, attempts, last_error FROM outbox ORDER BY not_before")


# --- who reads it ------------------------------------------------------------------------------------------------------

WHOLE = Msisdn.parse(STRANGER)


@pytest.mark.parametrize(
    "payer, reader",
    [
        (WHOLE, STRANGER),
        (hashed(Msisdn.parse(ASHA)), ASHA),
        (hashed(WHOLE), BEN),
        (MaskedMsisdn("25471", "678"), ASHA),
        (MaskedMsisdn("25479", "111"), BEN),
        (None, BEN),
    ],
    ids=[
        "whole: the payer",
        "hash of a guardian",
        "hash of a stranger: first guardian",
        "mask that fits the second",
        "mask that fits nobody: first guardian",
        "nothing: first guardian",
    ],
)
async def test_a_receipt_goes_to_who_paid_or_else_to_who_answers_for_the_child(
    school: World, payer: PayerPhone | None, reader: str
) -> None:
    await school.arrives(school.notice("KV10", 100, payer=payer))

    (told,) = await claimed(school)

    assert told.to == Msisdn(reader)
    assert isinstance(told.message, PaymentReceived)
    assert (told.message.reference, told.message.balance, told.attempts) == ("KV10", kes(3_900), 1)


async def test_held_money_is_told_to_a_payer_whose_phone_is_known_and_to_nobody_else(school: World) -> None:
    await school.arrives(
        school.notice("who", 10, payer=WHOLE),
        school.notice("who", 20, payer=hashed(WHOLE)),
        school.notice("who", 30, payer=MaskedMsisdn("25471", "678")),
        school.notice("KV10", 40, payer=hashed(Msisdn.parse(ASHA)), exact=False),
    )

    told = await claimed(school)

    assert [(one.phone.digits, one.message.event) for one in told] == [
        (STRANGER, "payment_held"),
        (ASHA, "payment_held"),
    ]


async def test_an_account_without_guardians_and_a_payer_without_a_number_end_visibly(world: World) -> None:
    await world.students({"KV10": 4_000})
    await world.arrives(world.notice("KV10", 100))

    assert await claimed(world) == []
    assert states(world) == [("failed", 1, "nobody's phone is known")]


async def test_the_readers_language_is_their_own_choice_or_the_organisations(school: World) -> None:
    await school.app.write(choose_language, ChooseLanguage(Msisdn.parse(ASHA), "rw"))
    await school.app.write(choose_language, ChooseLanguage(WHOLE, "fr"))
    await school.arrives(
        school.notice("KV10", 1, payer=WHOLE),
        school.notice("KV10", 2, payer=Msisdn.parse(ASHA)),
        school.notice("KV10", 3, payer=hashed(Msisdn.parse(ASHA))),
        school.notice("KV10", 4),
        school.notice("KV10", 5, payer=Msisdn.parse("254700000001")),
    )

    assert [(one.phone.digits, one.language) for one in await claimed(school)] == [
        (STRANGER, "fr"),
        (ASHA, "rw"),
        (ASHA, "rw"),
        (BEN, "en"),
        ("254700000001", "en"),
    ]


async def test_each_receipt_tells_the_balance_of_its_moment_whoever_shares_its_commit(school: World) -> None:
    """The story: 1,000 and then 5,000 for a debt of 4,000 in one batch. The first receipt said 1,000 where 3,000 was owed,
    because the second one's credit was already counted."""
    await school.arrives(*(school.notice("KV10", shillings) for shillings in (1_000, 5_000, 500)))

    balances = [getattr(one.message, "balance") for one in await claimed(school)]  # noqa: B009

    assert balances == [kes(3_000), -kes(2_000), -kes(2_500)]


@pytest.mark.parametrize(
    "message",
    [
        PaymentReceived("K", kes(1), "KV10", 2, -kes(5), "R000001", "7K2M9-QXAV9", "UKL1"),
        HELD,
        PaymentFailed("K", Money(5, Currency.UGX), "KV10", FailReason.LIMIT, "600984"),
        InvoiceIssued("K", kes(1), "KV10", kes(2), date(2026, 9, 1)),
    ],
    ids=lambda message: message.event,
)
async def test_a_message_is_read_as_it_was_written(world: World, message: Any) -> None:
    await queued(world, MessageFacts(message, msisdn=STRANGER))

    (told,) = await claimed(world)

    assert told.message == message


# --- claims and leases -------------------------------------------------------------------------------------------------


async def test_what_is_due_is_claimed_once_oldest_first(world: World) -> None:
    await queued(world, *(MessageFacts(HELD, msisdn=f"25470000000{number}") for number in range(5)))
    assert await world.app.read(has_due_messages)
    assert not await world.app.read(has_due_prompts)

    first, second, third = await claimed(world, 3), await claimed(world, 3), await claimed(world, 3)

    assert [one.phone.digits[-1] for one in first + second] == ["0", "1", "2", "3", "4"]
    assert third == []
    assert not await world.app.read(has_due_messages)


async def test_what_waited_for_one_moment_is_claimed_in_the_order_in_which_it_was_said(world: World) -> None:
    """A night's receipts leave at seven together. Rows that were touched meanwhile lie elsewhere on PostgreSQL."""
    await queued(world, *(MessageFacts(HELD, msisdn=f"25479900011{at}") for at in range(4)))
    said = [id_ for (id_,) in world.rows("SELECT id FROM outbox ORDER BY id")]

    def touch(tx: Tx, command: None) -> None:
        tx.connection.execute(sa.text("UPDATE outbox SET not_before = (SELECT max(not_before) FROM outbox)"))
        first = sa.text("UPDATE outbox SET last_error = 'held' WHERE id = (SELECT id FROM outbox ORDER BY id LIMIT 1)")
        tx.connection.execute(first)

    await world.app.write(touch, None)

    assert [one.id.bytes for one in await claimed(world)] == [bytes(getattr(id_, "bytes", id_)) for id_ in said]


async def test_of_what_waited_for_one_moment_the_first_said_is_claimed_first_wherever_its_row_lies(
    world: World,
) -> None:
    """A night's messages wait for one moment, and are claimed some at a time."""
    first, second = MessageId(world.ids.new()), MessageId(world.ids.new())

    def put(tx: Tx, id_: MessageId) -> None:
        one = MessageFacts(HELD, msisdn=STRANGER)
        out = Out(world.organisation, Kind.SMS, HELD.event, one, not_before=tx.now)
        outbox.put(replace(tx, new_id=lambda: id_), [out])

    for id_ in (second, first):
        await world.app.write(put, id_)

    claimed = await world.app.write(claim_messages, Claim(1))

    assert [one.id for one in claimed] == [first]


async def test_two_workers_never_claim_the_same_message(world: World) -> None:
    await queued(world, *(MessageFacts(HELD, msisdn=f"25470000000{number}") for number in range(5)))
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: claimed(world, 3), lambda: claimed(rival.world, 9))

    assert [len(mine), len(theirs)] == [3, 2]
    assert len({one.id for one in mine + theirs}) == 5


async def test_a_worker_that_dies_while_sending_leaves_an_unknown_that_is_never_sent_again(world: World) -> None:
    await queued(world)
    (lost,) = await claimed(world)
    await world.clock.advance(LEASE_S)
    assert await claimed(world) == []
    assert states(world) == [("sending", 1, "")]

    await world.clock.advance(1)
    assert await world.app.read(has_due_messages)  # the dead lease wants sweeping
    assert await claimed(world) == []
    await world.clock.advance(100_000)
    assert await claimed(world) == []

    assert states(world) == [("unknown", 1, "the worker went away while sending")]
    await world.app.write(settle, [NotSent(lost.id, "too late to say", world.clock.now())])  # the dead man speaks
    assert states(world)[0][0] == "unknown"
    assert await world.app.read(outbox.counts) == {"unknown": 1}


async def test_what_surely_was_not_sent_comes_back_when_it_was_told_to(world: World) -> None:
    await queued(world)
    (one,) = await claimed(world)
    await world.app.write(settle, [NotSent(one.id, "busy", world.clock.now() + timedelta(seconds=15))])

    await world.clock.advance(14)
    assert await claimed(world) == []
    await world.clock.advance(1)
    (again,) = await claimed(world)
    await world.app.write(settle, [NotSent(again.id, "barred", None)])

    assert (again.id, again.attempts) == (one.id, 2)
    assert states(world) == [("failed", 2, "barred")]


async def test_a_settled_message_is_settled_once(world: World) -> None:
    await queued(world)
    (one,) = await claimed(world)
    await world.app.write(settle, [Sent(one.id, "AT1", 1)])
    news: list[Sent | NotSent | Unknown] = [Unknown(one.id, "?"), NotSent(one.id, "no", None)]
    await world.app.write(settle, news)

    assert world.rows("SELECT state FROM outbox") == [("sent",)]
    assert world.rows("SELECT outcome, gateway_id, parts FROM attempts") == [("taken", "AT1", 1)]


# --- delivery reports --------------------------------------------------------------------------------------------------

SENT, DELIVERED, FAILED = ("Sent", 1, ""), ("Success", 3, ""), ("Failed", 2, "absent")


def report(gateway_id: str, told: tuple[str, int, str]) -> Delivery:
    return Delivery("africastalking", gateway_id, told[0], told[1], told[2])


_ids = itertools.count(1)


@given(st.lists(st.sampled_from([SENT, DELIVERED, FAILED]), min_size=1, max_size=6), st.integers(0, 6))
@WORLD_IS_SHARED
async def test_reports_in_any_order_any_number_of_times_before_or_after_the_answer_end_alike(
    world: World, reports: list[tuple[str, int, str]], answered_after: int
) -> None:
    """The highest rank told holds, whenever the gateway's own answer to our sending comes between them."""
    gateway_id = f"AT{next(_ids)}"
    await queued(world)
    (one,) = await claimed(world)

    for at, told in enumerate(reports):
        if at == answered_after:
            await world.app.write(settle, [Sent(one.id, gateway_id)])
        known = await world.app.write(note_delivery, report(gateway_id, told))
        assert known == (at >= answered_after)
    if answered_after >= len(reports):
        await world.app.write(settle, [Sent(one.id, gateway_id)])

    status, rank, reason = max(reports, key=lambda told: told[1])
    (found,) = world.rows(f"SELECT delivery, delivery_rank FROM attempts WHERE gateway_id = '{gateway_id}'")  # noqa: S608
    assert found == (f"{status}: {reason}" if reason else status, rank)
    assert world.rows("SELECT 1 FROM early_deliveries") == []


async def test_a_report_for_a_message_that_nobody_knows_is_forgotten_after_a_while(world: World) -> None:
    assert not await world.app.write(note_delivery, report("stranger", SENT))
    await world.clock.advance(601)
    assert not await world.app.write(note_delivery, report("another", SENT))

    assert world.rows("SELECT gateway_id FROM early_deliveries") == [("another",)]
