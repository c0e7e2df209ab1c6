"""Two processes write at once: constraints and locks decide, and whoever lost looks again."""

import asyncio
from collections.abc import Callable, Sequence

from core.errors import DomainError
from core.ids import OrganisationId
from runtime.threads import start_thread
from storage import numbers
from storage.tx import Tx
from storage.writer import batched
from tests.rivals import rival_of
from tests.world import World


async def test_two_processes_told_of_one_receipt_at_once_credit_it_once(world: World) -> None:
    """Nothing is locked for a stranger's coin: the unique receipt alone decides, and the loser sees that it is known."""
    notice = world.notice("nobody's", 700, receipt="UKL0RACE01")
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: world.arrives(notice), lambda: rival.world.arrives(notice))

    assert mine[0].is_new
    assert not theirs[0].is_new
    assert theirs[0].payment == mine[0].payment
    assert await world.suspense() == 70_000
    assert world.broken_laws() == []


async def test_of_a_batch_that_lost_one_race_every_other_coin_is_credited(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 4_000})
    shared = world.notice("KV10", 700, receipt="UKL0RACE02")
    own = [world.notice("KV20", 100), world.notice("?", 50), world.notice("KV10", 25)]
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: world.arrives(shared), lambda: rival.world.arrives(own[0], shared, *own[1:])
        )

    assert [one.is_new for one in (*mine, *theirs)] == [True, True, False, True, True]
    assert await world.owes("KV10") == 400_000 - 70_000 - 2_500
    assert world.broken_laws() == []


async def test_two_processes_that_lock_in_a_circle_both_finish(world: World) -> None:
    """PostgreSQL ends one of them as a deadlock; it is run again."""
    await world.students({"KV10": 4_000})
    first = OrganisationId(world.organisation)

    def upwards(tx: Tx, command: None) -> str:
        tx.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        numbers.take(tx, "a", {first: 1})
        meet()
        numbers.take(tx, "b", {first: 1})
        return "up"

    def downwards(tx: Tx, command: None) -> str:
        tx.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        numbers.take(tx, "b", {first: 1})
        numbers.take(tx, "a", {first: 1})
        return "down"

    with rival_of(world) as rival:
        met: list[Callable[[], None]] = []
        answers: list[str] = []

        async def ask() -> None:
            answers.append(await rival.world.app.write(downwards, None))

        def meet() -> None:
            if not met:
                met.append(start_thread("rival", lambda: asyncio.run(ask())))
                rival._until(lambda: rival._somebody_waits() or bool(answers))

        answers.append(await world.app.write(upwards, None))
        met[0]()

    assert sorted(answers) == ["down", "up"]
    assert world.rows("SELECT name, last FROM counters WHERE name IN ('a', 'b') ORDER BY name") == [("a", 2), ("b", 2)]


async def test_a_serialisation_failure_is_run_again_on_what_is_there_now(world: World) -> None:
    seen: list[int] = []
    number = OrganisationId(world.organisation)
    await world.app.write(lambda tx, command: numbers.take(tx, "a", {number: 1}), None)

    @batched
    def strict(tx: Tx, commands: Sequence[None]) -> list[dict[OrganisationId, int] | DomainError]:
        tx.connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        seen.append(numbers.last(tx, "a", number))
        if len(seen) == 1:
            rival.world.engine.dispose()
            with rival.world.engine.begin() as connection:
                connection.exec_driver_sql("UPDATE counters SET last = last + 10 WHERE name = 'a'")
        return [numbers.take(tx, "a", {number: 1})]

    with rival_of(world) as rival:
        taken = await world.app.write(strict, None)

    assert seen == [1, 11]
    assert taken == {number: 12}
