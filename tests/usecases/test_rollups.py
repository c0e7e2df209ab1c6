"""Figures of days are folded with every payment, and equal a recount after whatever happens to it (ANA-1, ANA-2)."""

from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from core.payments import Method, MoneyReturned, Witness
from core.takings import Prompts
from storage import listing, organisations, rollups
from storage import tables as t
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import TESTER, World, kes
from usecases import takings
from usecases.collection import record_arrivals
from usecases.reallocation import Reallocate, reallocate
from usecases.reversals import Returned, record_reversal
from usecases.rollups import Correct, Recount, correct, recount
from usecases.suspense import AssignSuspense, assign
from usecases.verification import verify

GUARDIAN = "254712345678"
TODAY = date(2026, 11, 21)


async def told(world: World, day: date = TODAY) -> dict[tuple[str, str], tuple[int, int]]:
    """What the rollups say of a day: (method, state) to count and shillings."""
    lines = await world.app.read(rollups.lines, world.organisation, since=day, until=day)
    return {(line.method.value, line.state): (line.count, line.amount.minor // 100) for line in lines}


async def reverses(world: World, receipt: str) -> None:
    notice = MoneyReturned(
        world.account.id, world.organisation, "mpesa", Witness.REVERSAL, receipt, "UKR1", None, world.clock.now()
    )
    await world.app.write(record_reversal, Returned(notice, b"{}", "127.0.0.1", "trace"))


async def a_day(world: World) -> None:
    """A bit of everything: paid, waiting, assigned, moved, reversed, prompted, failed, forgotten."""
    await world.students({"KV10": 4_000, "KV20": 1_000}, guardians={"KV10": [GUARDIAN]})
    await world.arrives(world.notice("KV10", 1_500, receipt="R1"), world.notice("nobody", 200, receipt="R2"))
    await world.arrives(world.notice("nobody", 70, receipt="R3"), world.notice("KV20", 90, receipt="R4"))
    (waiting,) = await world.app.read(listing.payments_named, "R2", organisation=world.organisation)
    await world.app.write(assign, AssignSuspense(waiting, "KV20", TESTER, "trace"))
    (moved,) = await world.app.read(listing.payments_named, "R4", organisation=world.organisation)
    await world.app.write(reallocate, Reallocate(moved, "KV10", TESTER, "trace"))
    await reverses(world, "R1")
    await world.prompts(GUARDIAN, {"KV10": 300}, request_id="ws_1")
    await world.prompts(GUARDIAN, {"KV10": 40}, request_id="ws_2")
    await world.asks(GUARDIAN, {"KV10": 5})
    await world.fails("ws_2")
    await world.arrives(world.notice("", 300, receipt="R5", witness=Witness.PROMPT_RESULT, request_id="ws_1"))


async def test_every_state_of_a_payment_is_counted_where_it_stands_and_nowhere_else(world: World) -> None:
    await a_day(world)

    assert await told(world) == {
        ("paybill", "completed"): (3, 360),
        ("paybill", "reversed"): (1, 1_500),
        ("paybill", "suspense"): (1, 70),
        ("prompt", "completed"): (1, 300),
        ("prompt", "failed"): (1, 40),
        ("prompt", "initiated"): (1, 5),
    }
    assert world.broken_laws() == []


async def test_a_prompt_counts_on_the_day_on_which_its_money_came(world: World) -> None:
    await world.students({"KV10": 4_000}, guardians={"KV10": [GUARDIAN]})
    await world.clock.advance(timedelta(hours=11, minutes=59).total_seconds())  # 20:59 in Nairobi
    await world.clock.advance(timedelta(hours=3).total_seconds())
    await world.prompts(GUARDIAN, {"KV10": 300}, request_id="ws_1")
    asked = await told(world)

    await world.clock.advance(120)  # past midnight
    notice = world.notice("", 300, receipt="R5", witness=Witness.PROMPT_RESULT, request_id="ws_1")
    await world.arrives(notice)

    assert asked == {("prompt", "processing"): (1, 300)}
    assert await told(world) == {}
    assert await told(world, TODAY + timedelta(days=1)) == {("prompt", "completed"): (1, 300)}


async def test_the_figures_of_the_days_are_those_of_the_full_query(world: World) -> None:
    await a_day(world)

    def counted_by_hand(tx: Tx) -> tuple[int, int, Counter[str]]:
        paid = tx.connection.execute(
            sa.select(t.payments.c.method, t.payments.c.minor).where(t.payments.c.status == "completed")
        ).all()
        methods = Counter[str]()
        for method, minor in paid:
            methods[method] += minor
        return len(paid), sum(minor for _, minor in paid), methods

    count, minor, methods = await world.app.read(counted_by_hand)
    school = await world.app.read(organisations.by_id, world.organisation)
    (currency, (today, recent)) = next(iter((await world.app.read(takings.recent, school)).items()))

    assert (currency, recent.money_in, today.money_in) == (kes(0).currency, today.money_in, recent.money_in)
    assert (today.money_in.count, today.money_in.amount.minor) == (count, minor)
    assert {method.value: figure.amount.minor for method, figure in today.by_method} == methods
    assert (today.suspense.amount, today.reversed.amount) == (kes(70), kes(1_500))
    assert today.prompts == Prompts(paid=1, failed=1, expired=0, waiting=1)
    assert [method for method, _ in today.by_method] == [Method.PAYBILL, Method.PROMPT]


async def test_a_currency_that_is_not_the_organisations_own_has_figures_of_its_own(world: World) -> None:
    await world.arrives(world.notice("nobody", 200))

    def francs(tx: Tx, command: None) -> None:
        for table in (t.rollups, t.payments, t.suspense_items):
            tx.connection.execute(sa.update(table).values(currency="RWF"))

    await world.app.write(francs, None)
    school = await world.app.read(organisations.by_id, world.organisation)

    found = await world.app.read(takings.recent, school)

    assert {each.code: today.money_in.amount.minor for each, (today, _) in found.items()} == {"KES": 0, "RWF": 20_000}


# --- set right ----------------------------------------------------------------------------------------------------------


async def spoil(world: World) -> None:
    """What nobody should do: figures changed, taken away and made up behind the program's back."""

    def spoiled(tx: Tx, command: None) -> None:
        reversed_ = t.rollups.c.state == "reversed"
        tx.connection.execute(sa.delete(t.rollups).where(t.rollups.c.state == "suspense"))
        tx.connection.execute(sa.update(t.rollups).where(reversed_).values(count=5, minor=1))
        tx.connection.execute(sa.update(t.rollups).where(reversed_).values(slot=63))

    await world.app.write(spoiled, None)


async def test_a_recount_names_what_is_wrong_and_sets_it_right_once(world: World) -> None:
    await a_day(world)
    honest = await told(world)
    await spoil(world)

    found = await world.app.read(recount)
    findings = [finding for finding in await world.app.read(verify) if finding.table == "rollups"]
    first = await world.app.write(correct, Correct(found, TESTER))
    again = await world.app.write(correct, Correct(found, TESTER))

    assert [(one.state, one.said, one.count, one.minor) for one in found.wrong] == [
        ("reversed", 5, -4, 149_999),
        ("suspense", 0, 1, 7_000),
    ]
    assert len(findings) == 2
    assert (first, again) == (True, False)
    assert await told(world) == honest
    assert await world.app.read(recount) == Recount([], 1)
    assert world.broken_laws() == []
    assert world.rows("SELECT reason FROM changes WHERE action = 'rollups_corrected'") == [("2 figures",)]


async def test_what_is_folded_after_the_recount_is_not_lost(world: World) -> None:
    await a_day(world)
    await spoil(world)
    found = await world.app.read(recount)

    await world.arrives(world.notice("nobody", 30), world.notice("KV10", 1_000))
    await reverses(world, "R3")
    await world.app.write(correct, Correct(found, TESTER))

    assert await world.app.read(recount) == Recount([], 1)


@pytest.mark.parametrize("slot", [0, 1])
async def test_two_processes_that_fold_at_once_lose_nothing(world: World, slot: int) -> None:
    """In slots of their own, or in the same one, where the second waits for the first."""
    await world.students({"KV10": 4_000})
    with rival_of(world) as rival:
        rival.world.writer._slot = slot
        theirs = rival.world.arrival(world.notice("nobody", 40))

        await rival.overlap(
            lambda: world.arrives(world.notice("nobody", 20), world.notice("KV10", 100)),
            lambda: rival.world.app.write(record_arrivals, theirs),
        )

    assert await told(world) == {("paybill", "completed"): (3, 160), ("paybill", "suspense"): (2, 60)}
    assert world.broken_laws() == []


async def test_two_operators_who_set_right_the_same_do_it_once(world: World) -> None:
    with rival_of(world) as rival:
        await a_day(world)
        await spoil(world)
        wish = Correct(await world.app.read(recount), TESTER)
        done = await rival.overlap(lambda: world.app.write(correct, wish), lambda: rival.world.app.write(correct, wish))

    assert done == (True, False)
    assert await world.app.read(recount) == Recount([], 1)
