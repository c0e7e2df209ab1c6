"""What a guardian was told is kept for them: once, as it was told, theirs alone, gone with them."""

from __future__ import annotations

import pytest

from core.errors import NotFound
from core.ids import ContactId
from core.messages import ArrearsWarning, PaymentHeld
from core.phones import Msisdn
from core.ports import SmsRefused
from storage import people
from storage.outbox import State
from tests.jobs.test_mailing import House
from tests.usecases.test_delivery import DOWN
from tests.usecases.test_erasure import erased
from tests.usecases.test_texts import text
from tests.world import World
from usecases.notices import ReadNotices, notice_of, notices_of, read_notices, unread
from usecases.texts import receive_text

ASHA, BOB = Msisdn("254712345678"), Msisdn("254733000111")


@pytest.fixture
async def house(world: World) -> House:
    await world.students({"KV10": 4_000}, guardians={"KV10": [ASHA.digits]})
    await world.students({"KV20": 0}, guardians={"KV20": [BOB.digits]})
    return House(world)


async def contact(house: House, phone: Msisdn = ASHA) -> ContactId:
    (known,) = (await house.world.app.read(people.recognise, [phone]))[phone]
    return known.contact


async def test_what_was_told_is_there_with_its_ways_and_is_read_once(house: House) -> None:
    asha = await contact(house)
    await house.world.arrives(house.world.notice("KV10", 1_500, payer=ASHA))
    await house.tells()
    await house.rounds()

    newest, receipt = await house.world.app.read(notices_of, asha)
    assert (newest.told.event, receipt.told.event) == ("payment_held", "payment_received")
    assert (receipt.state, receipt.read_at) == (State.SENT, None)
    assert await house.world.app.read(unread, asha) == 2
    shown = await house.world.app.read(notice_of, asha, receipt.id)
    assert [one.outcome for one in shown.log] == ["taken"]
    older = await house.world.app.read(lambda tx: notices_of(tx, asha, before=newest.id, limit=1))
    assert [one.id for one in older] == [receipt.id]

    assert await house.world.app.write(read_notices, ReadNotices(asha, receipt.id)) == 1
    assert await house.world.app.write(read_notices, ReadNotices(asha, receipt.id)) == 0
    assert await house.world.app.write(read_notices, ReadNotices(asha)) == 1
    assert await house.world.app.read(unread, asha) == 0


async def test_anothers_message_does_not_exist(house: House) -> None:
    await house.tells()
    await house.rounds()
    (mine,) = await house.world.app.read(notices_of, await contact(house))
    bob = await contact(house, BOB)

    assert await house.world.app.read(notices_of, bob) == []
    with pytest.raises(NotFound):
        await house.world.app.read(notice_of, bob, mine.id)
    with pytest.raises(NotFound):
        await house.world.app.write(read_notices, ReadNotices(bob, mine.id))


async def test_it_says_what_was_told_last_and_stands_there_once_however_often_it_was_tried(house: House) -> None:
    """The debt is paid in part while the gateway is down: the warning names what is owed when it leaves."""
    account = await house.world.account_of("KV10")
    house.gateway.answers = [DOWN]
    warning = ArrearsWarning(
        "Kivuli", house.world.notice("x", 4_000).amount, "KV10", house.world.clock.now().date(), ""
    )
    await house.tells(warning, accounts=(account,))
    await house.rounds(1)
    await house.world.arrives(house.world.notice("KV10", 1_000))
    await house.world.clock.advance(10)
    await house.rounds()

    (one,) = [
        each
        for each in await house.world.app.read(notices_of, await contact(house))
        if each.told.event == warning.event
    ]
    assert isinstance(one.told, ArrearsWarning)
    assert one.told.amount.minor == 3_000_00


async def test_who_wants_no_messages_still_finds_them_and_what_waits_for_the_morning_is_not_told_yet(
    house: House,
) -> None:
    asha = await contact(house)
    await house.world.app.write(receive_text, text(house.world, "STOP"))
    await house.tells()
    await house.rounds()
    assert [one.state for one in await house.world.app.read(notices_of, asha)] == [State.SKIPPED]

    await house.world.app.write(receive_text, text(house.world, "START"))
    await house.world.clock.advance(15 * 3600)
    await house.tells()
    await house.rounds()
    assert len(await house.world.app.read(notices_of, asha)) == 1
    await house.world.clock.advance(10 * 3600)
    await house.rounds()
    assert len(await house.world.app.read(notices_of, asha)) == 2


async def test_what_no_way_brought_is_there_too(house: House) -> None:
    house.gateway.answers = [SmsRefused("CouldNotRoute", "")]
    await house.tells()
    await house.rounds()

    (one,) = await house.world.app.read(notices_of, await contact(house))
    assert (one.state, isinstance(one.told, PaymentHeld)) == (State.FAILED, True)


async def test_they_go_with_the_person(house: House) -> None:
    await house.tells(msisdn=BOB.digits)
    await house.rounds()
    assert house.world.rows("SELECT count(*) FROM notices") == [(1,)]

    await erased(house.world, BOB.digits)

    assert house.world.rows("SELECT count(*) FROM notices") == [(0,)]
