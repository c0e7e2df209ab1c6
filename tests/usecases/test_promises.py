"""A promise silences reminders until its day is over; then the books say whether it was kept (FEE-5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import NotFound
from core.money import Currency, Money
from core.phones import Msisdn
from core.promises import PromiseNotPossible, PromiseState
from storage import callers
from storage import promises as store
from tests.rivals import rival_of
from tests.usecases.test_arrears import MAMA, afternoons, days_ago, owes_since, queued
from tests.usecases.test_reversals import returned
from tests.world import TESTER, World, kes
from usecases.commands import MakePromise
from usecases.messages import Claim, claim_messages
from usecases.promises import (
    AgreePromise,
    WithdrawPromise,
    agree_promise,
    all_promises,
    make_promise,
    open_promises,
    withdraw_promise,
)
from usecases.reversals import record_reversal

TODAY = date(2026, 11, 21)


async def promises(world: World, shillings: int, *, days: int = 7, number: str = "KV10", phone: str = MAMA) -> Any:
    account = await world.account_of(number)
    due_on = TODAY + timedelta(days)
    wish = MakePromise(world.organisation, account, Msisdn.parse(phone), kes(shillings), due_on, "ussd")
    return await world.app.write(make_promise, wish)


async def agrees(world: World, shillings: int, days: int) -> Any:
    wish = AgreePromise(world.organisation, "KV10", kes(shillings), TODAY + timedelta(days), TESTER)
    return await world.app.write(agree_promise, wish)


def states(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT state FROM promises ORDER BY made_at, id")]


async def test_who_has_promised_is_left_in_peace_and_who_keeps_it_hears_nothing_of_it(world: World) -> None:
    await owes_since(world, days_ago(29), KV10=1_000)
    await promises(world, 600)

    await afternoons(world, 2)
    await world.arrives(world.notice("KV10", 600))
    await world.clock.advance(5 * 86_400)
    await afternoons(world, 1)
    silent = queued(world)
    await afternoons(world, 1)

    assert silent == []
    assert states(world) == ["kept"]
    assert queued(world) == ["arrears_warning"]  # of the rest, once the day is over
    assert world.broken_laws() == []


async def test_a_broken_promise_is_said_once_and_chasing_goes_on(world: World) -> None:
    await owes_since(world, days_ago(29), KV10=1_000)
    await promises(world, 600)
    await world.arrives(world.notice("KV10", 100))

    await afternoons(world, 2)
    await world.clock.advance(6 * 86_400)
    await afternoons(world, 2)
    missed = queued(world)
    await world.clock.advance(25 * 86_400)
    await afternoons(world, 2)

    assert states(world) == ["broken"]
    assert missed == ["promise_missed"]  # and no warning beside it
    assert queued(world) == ["promise_missed", "arrears_critical"]
    trail = world.rows("SELECT action, actor_kind FROM changes WHERE subject_kind = 'promise' ORDER BY at, sequence")
    assert trail == [("promise_made", "person"), ("promise_broken", "system")]


async def test_money_of_the_day_itself_counts_and_money_that_was_taken_back_does_not(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000, KV20=1_000)
    await promises(world, 600, days=0)
    await promises(world, 600, days=0, number="KV20")
    await world.arrives(world.notice("KV10", 600, receipt="UKL1"), world.notice("KV20", 600, receipt="UKL2"))
    await world.app.write(record_reversal, returned(world, "UKL2"))

    await afternoons(world, 2)

    assert sorted(states(world)) == ["broken", "kept"]


async def test_what_comes_after_the_day_silences_the_word_about_it_but_breaks_it(world: World) -> None:
    await owes_since(world, days_ago(29), KV10=1_000, KV20=1_000, KV30=1_000)
    for number in ("KV10", "KV20", "KV30"):
        await promises(world, 600, days=0, number=number)
    await afternoons(world, 2)
    await world.arrives(world.notice("KV10", 600), world.notice("KV20", 1_000), world.notice("KV30", 100))

    leaves = await world.app.write(claim_messages, Claim(9))

    told = [one.message for one in leaves if one.message.event == "promise_missed"]
    assert [one.balance for one in told] == [kes(900)]  # type: ignore[union-attr]
    assert states(world) == ["broken"] * 3


async def test_a_warning_that_waits_for_the_morning_is_not_sent_to_who_promises_meanwhile(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    await afternoons(world)
    await promises(world, 600)

    assert queued(world) == ["arrears_warning"]
    assert await world.app.write(claim_messages, Claim(9)) == []


async def test_the_same_word_again_changes_nothing_and_another_one_is_refused(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000)

    first = await promises(world, 600)
    again = await promises(world, 600)

    assert first == again
    with pytest.raises(PromiseNotPossible):
        await promises(world, 500)
    assert len(states(world)) == 1


@pytest.mark.parametrize("shillings, days", [(1_001, 7), (600, 46), (600, -1)])
async def test_more_than_is_owed_or_another_day_than_is_offered_is_refused(
    world: World, shillings: int, days: int
) -> None:
    await owes_since(world, days_ago(5), KV10=1_000)

    with pytest.raises(PromiseNotPossible):
        await promises(world, shillings, days=days)


async def test_nobody_promises_for_anothers_child(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000)
    await world.students({"KV20": 100}, guardians={"KV20": ["0799000111"]})

    for stranger in ("0799000111", "0799000222"):
        with pytest.raises(NotFound):
            await promises(world, 100, phone=stranger)


async def test_two_words_given_at_once_are_one(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000)

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: promises(world, 600), lambda: promises(rival.world, 600))

    assert mine == theirs
    assert states(world) == ["open"]


async def test_staff_note_a_promise_of_any_day_and_replace_and_withdraw_it(world: World) -> None:
    await owes_since(world, days_ago(30), KV10=1_000)
    await agrees(world, 600, 90)
    await agrees(world, 1_000, 120)
    await world.arrives(world.notice("KV10", 50))

    (seen,) = await world.app.read(open_promises, world.organisation)
    wish = WithdrawPromise(world.organisation, "KV10", TESTER, "moved away")
    await world.app.write(withdraw_promise, wish)

    assert (seen.promise.amount, seen.student.number, seen.came) == (kes(1_000), "KV10", kes(50))
    assert states(world) == ["withdrawn", "withdrawn"]
    with pytest.raises(NotFound):
        await world.app.write(withdraw_promise, wish)
    with pytest.raises(NotFound):
        await world.app.write(agree_promise, AgreePromise(world.organisation, "??", kes(1), TODAY, TESTER))
    with pytest.raises(PromiseNotPossible):
        await world.app.write(
            agree_promise, AgreePromise(world.organisation, "KV10", Money(1, Currency.RWF), TODAY, TESTER)
        )
    await afternoons(world)
    assert queued(world) == ["arrears_warning"]


async def test_staff_see_promises_of_students_who_are_still_there(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000, KV20=1_000)
    await promises(world, 600)
    await promises(world, 600, number="KV20")
    await world.closes("KV20")

    assert [one.student.number for one in await world.app.read(all_promises, world.organisation)] == ["KV10"]


async def test_the_phone_shows_what_was_promised_and_offers_no_second_one(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000, KV20=500)
    await promises(world, 600)

    seen = await world.app.read(callers.caller, Msisdn.parse(MAMA), "*384*70421#")

    (relation,) = seen.relations
    assert relation.today == TODAY
    shown = {one.reference: (one.promised, one.may_promise) for one in relation.accounts}
    assert shown == {"KV10": ((kes(600), TODAY + timedelta(7)), False), "KV20": (None, True)}


async def test_the_last_promise_holds(world: World) -> None:
    await owes_since(world, days_ago(5), KV10=1_000)
    await agrees(world, 600, 9)
    await world.clock.advance(1)
    await agrees(world, 700, 9)
    account = await world.account_of("KV10")

    last = (await world.app.read(store.last_of, [account]))[account]

    assert (last.amount, last.state) == (kes(700), PromiseState.OPEN)
