"""Reading again what nobody could read: once, whoever else told it meanwhile, and whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from core.errors import NotFound, NotPermitted
from core.payments import FailReason, MoneyReturned, PromptFailed, Witness
from core.permissions import Role
from storage import exchanges
from storage.exchanges import Exchange, Outcome
from tests.rivals import rival_of
from tests.world import TESTER, World
from usecases import inbox
from usecases.reprocessing import News, Reprocess, reprocess


async def unread(world: World, operation: str = "c2b/confirmation") -> UUID:
    kept = Exchange(
        provider="mpesa",
        direction="in",
        operation=operation,
        request=b"{}",
        outcome=Outcome.UNREAD,
        organisation=world.organisation,
        provider_account=world.account.id,
        address="196.201.214.200",
        detail="a mistake of ours",
    )
    await world.app.write(inbox.keep, kept)
    return (await world.app.read(exchanges.unread))[0].id


def again(world: World, exchange: UUID, news: News) -> Reprocess:
    return Reprocess(exchange, world.organisation, news, TESTER, "trace")


async def test_money_that_could_not_be_read_is_credited_and_waits_no_more(world: World) -> None:
    await world.students({"KV10": 9_000})
    one = await unread(world)
    wish = again(world, one, world.notice("KV10", 700, receipt="UKL1"))

    assert await world.app.write(reprocess, wish) is Outcome.CREDITED

    assert await world.owes("KV10") == 830_000
    assert await world.app.read(exchanges.count_unread) == 0
    with pytest.raises(NotFound):
        await world.app.write(reprocess, wish)
    assert world.rows("SELECT action, to_state FROM changes WHERE subject_kind = 'exchange'") == [
        ("callback_reprocessed", "credited")
    ]
    assert world.broken_laws() == []


async def test_what_another_witness_told_meanwhile_is_credited_no_second_time(world: World) -> None:
    await world.students({"KV10": 9_000})
    one, notice = await unread(world), world.notice("KV10", 700, receipt="UKL1")
    await world.arrives(replace(notice, witness=Witness.PULL))

    assert await world.app.write(reprocess, again(world, one, notice)) is Outcome.KNOWN

    assert await world.owes("KV10") == 830_000


async def test_two_processes_that_read_it_again_credit_once(world: World) -> None:
    await world.students({"KV10": 9_000})
    wish = again(world, await unread(world), world.notice("KV10", 700, receipt="UKL1"))

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: world.app.write(reprocess, wish), lambda: rival.world.app.write(reprocess, wish)
        )

    assert mine is Outcome.CREDITED
    assert isinstance(theirs, NotFound)
    assert await world.owes("KV10") == 830_000
    assert world.broken_laws() == []


async def test_reversals_and_failed_prompts_are_followed_too(world: World) -> None:
    await world.students({"KV10": 9_000})
    await world.arrives(world.notice("KV10", 700, receipt="UKL1"))
    back = MoneyReturned(
        world.account.id, world.organisation, "mpesa", Witness.PULL, "UKL1", "UKR1", None, world.clock.now()
    )
    nobodys = replace(back, receipt="UKL9")
    failed = PromptFailed(world.account.id, "ws_1", "1032", "cancelled", True, FailReason.CANCELLED)
    expected: dict[Outcome, News] = {
        Outcome.REVERSED: back,
        Outcome.KNOWN: back,
        Outcome.UNREAD: nobodys,
        Outcome.NOTED: failed,
    }

    for outcome, news in expected.items():
        assert await world.app.write(reprocess, again(world, await unread(world, "pull"), news)) is outcome

    assert await world.owes("KV10") == 900_000
    assert world.broken_laws() == []


async def test_only_money_people_may_and_only_at_home(world: World) -> None:
    one = await unread(world)
    notice = world.notice("", 700, receipt="UKL1")
    auditor = await world.staff(Role.AUDITOR)
    other = await world.other_school("mlima")

    with pytest.raises(NotPermitted):
        await world.app.write(reprocess, replace(again(world, one, notice), actor=auditor))
    with pytest.raises(NotFound):
        await world.app.write(reprocess, again(other, one, notice))
    with pytest.raises(NotFound):
        await world.app.write(reprocess, again(world, world.ids.new(), notice))
    assert await world.app.read(exchanges.count_unread) == 1
