"""Money that went to the wrong account is moved by a correcting entry; both stay in the books."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from core.errors import NotFound, NotPermitted
from core.ids import PaymentId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import callers
from storage.tables import customer_accounts
from storage.tx import Tx
from tests.world import TESTER, World, kes
from usecases.collection import record_arrivals
from usecases.reallocation import CreditSpent, Reallocate, reallocate

CASHIER = Actor(ActorKind.STAFF, "cashier", "test", Role.CASHIER)


async def test_a_payment_is_moved_to_the_child_it_was_for(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 3_500)))

    moved = await world.app.write(reallocate, Reallocate(paid.payment, "kv-20", TESTER, "trace"))

    assert moved.amount == kes(3_500)
    books = await world.balances()
    assert books["asset:receivable:KV10"] == kes(4_000).minor
    assert books["asset:receivable:KV20"] == 0
    assert books["liability:credit:KV20"] == -kes(500).minor


async def test_moving_it_again_to_the_same_child_is_refused_and_changes_nothing(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 1_000)))
    await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))
    before = await world.balances()

    with pytest.raises(NotFound):
        await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))

    assert await world.balances() == before


async def test_there_and_back_is_as_if_nothing_had_happened(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 4_500)))
    before = {code: minor for code, minor in (await world.balances()).items() if minor}

    await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))
    await world.app.write(reallocate, Reallocate(paid.payment, "KV10", TESTER, "trace"))

    assert {code: minor for code, minor in (await world.balances()).items() if minor} == before


async def test_credit_that_was_spent_since_is_not_moved(world: World) -> None:
    await world.students({"KV10": 1_000, "KV20": 3_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 1_500)))
    await world.students({"KV10": 2_000})

    with pytest.raises(CreditSpent):
        await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))


async def test_a_cashier_may_not_move_money(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 1_000)))

    with pytest.raises(NotPermitted):
        await world.app.write(reallocate, Reallocate(paid.payment, "KV20", CASHIER, "trace"))


async def test_who_it_was_taken_from_sees_it_no_more(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000}, guardians={"KV10": ["0712345678"], "KV20": ["0712345679"]})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 1_000)))
    await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))

    seen = [
        len((await world.app.read(callers.caller, Msisdn.parse(phone), "*384*70421#")).relations[0].payments)
        for phone in ("0712345678", "0712345679")
    ]

    assert seen == [0, 1]


async def test_an_unknown_payment_or_account_is_refused(world: World) -> None:
    await world.students({"KV10": 4_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 1_000)))

    with pytest.raises(NotFound):
        await world.app.write(reallocate, Reallocate(PaymentId(UUID(int=5)), "KV10", TESTER, "trace"))
    with pytest.raises(NotFound):
        await world.app.write(reallocate, Reallocate(paid.payment, "KV99", TESTER, "trace"))


async def test_money_is_not_moved_into_an_account_of_another_currency(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 3_000})
    paid = await world.app.write(record_arrivals, world.arrival(world.notice("KV10", 1_000)))
    await world.app.write(_into_francs, "KV20")

    with pytest.raises(NotFound):
        await world.app.write(reallocate, Reallocate(paid.payment, "KV20", TESTER, "trace"))


def _into_francs(tx: Tx, reference: str) -> None:
    changed = sa.update(customer_accounts).where(customer_accounts.c.reference == reference).values(currency="RWF")
    tx.connection.execute(changed)
