"""What may have been sent is decided by a person, once, and a prompt for money never."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import MessageId, OrganisationId
from core.permissions import Role
from jobs.sending import Sending
from storage import attempts, outbox
from storage.outbox import RESTORED
from tests.rivals import rival_of
from tests.usecases.test_delivery import LOST, gateways_of, queued, rounds, states, tries
from tests.world import TESTER, World
from usecases.release import Decision, Release, doubtful, release

WHY = f"{RESTORED} of 2026-11-20 06:00:00 UTC"


async def restored(world: World) -> None:
    """As a restore leaves it: one that waited, one whose attempt was under way, and a prompt."""
    await world.students({"KV10": 1_000}, guardians={"KV10": ["254712345678"]})
    await world.asks("254712345678", {"KV10": 100})
    await queued(world)

    def hold(tx: Any, command: None) -> None:
        outbox.hold_all(tx, WHY)
        attempts.give_up_all(tx, WHY)

    await world.app.write(hold, None)


def ids(world: World) -> list[MessageId]:
    rows = world.rows("SELECT id FROM outbox WHERE kind = 'sms' ORDER BY id")
    return [MessageId(row[0] if isinstance(row[0], UUID) else UUID(bytes=bytes(row[0]))) for row in rows]


async def test_what_a_restore_held_back_is_sent_when_a_person_says_so_and_prompts_are_not(world: World) -> None:
    one, _ = gateways_of(world)
    await restored(world)
    await rounds(world)
    assert one.lots == []

    found = await world.app.write(release, Release(Decision.SEND, TESTER, restored=True))
    await rounds(world)

    assert [each.event for each in found] == ["payment_held"]
    assert len(one.lots) == 1
    assert world.rows("SELECT state FROM outbox WHERE kind = 'prompt'") == [("unknown",)]
    assert world.rows("SELECT from_state, to_state, reason FROM changes WHERE action = 'message_released'") == [
        ("unknown", "send", "payment_held")
    ]
    assert await world.app.write(release, Release(Decision.SEND, TESTER, restored=True)) == []


async def test_a_message_whose_answer_was_lost_goes_the_same_way_again_when_it_did_not_leave(world: World) -> None:
    one, two = gateways_of(world, [LOST])
    await queued(world)
    await rounds(world)
    assert states(world) == ["unknown"]

    (shown,) = await world.app.read(doubtful, Release(Decision.SEND, TESTER, ids(world)[0]))
    await world.app.write(release, Release(Decision.SEND, TESTER, shown.id))
    await rounds(world)

    assert (states(world), len(one.lots) + len(two.lots)) == (["sent"], 2)
    assert tries(world)[0] == ("africastalking", "later")


@pytest.mark.parametrize("decision, state", [(Decision.SENT, "sent"), (Decision.DROP, "skipped")])
async def test_what_arrived_or_is_not_to_be_sent_is_not_sent(world: World, decision: Decision, state: str) -> None:
    one, two = gateways_of(world, [LOST])
    await queued(world)
    await rounds(world)

    await world.app.write(release, Release(decision, TESTER, ids(world)[0]))
    await rounds(world)

    assert (states(world), len(one.lots), two.lots) == ([state], 1, [])


async def test_only_who_may_decides_and_only_about_what_is_in_doubt(world: World) -> None:
    gateways_of(world)
    await restored(world)
    cashier = await world.staff(Role.CASHIER)

    with pytest.raises(NotPermitted):
        await world.app.write(release, Release(Decision.SEND, cashier, restored=True))
    other = OrganisationId(world.ids.new())
    assert await world.app.write(release, Release(Decision.SEND, TESTER, restored=True, organisation=other)) == []
    assert await world.app.write(release, Release(Decision.SEND, TESTER)) == []
    (message,) = ids(world)
    await world.app.write(release, Release(Decision.DROP, TESTER, message))
    with pytest.raises(NotFound):
        await world.app.write(release, Release(Decision.DROP, TESTER, message))
    assert await Sending(world.app).round() == 0


async def test_of_two_people_one_decides(world: World) -> None:
    await restored(world)
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: world.app.write(release, Release(Decision.DROP, TESTER, restored=True)),
            lambda: rival.world.app.write(release, Release(Decision.SENT, TESTER, restored=True)),
        )

    assert (len(mine), len(theirs)) == (1, 0)
