"""Who may decide and has no chat with us is told by SMS that something waits: once, and not when it is decided already."""

from __future__ import annotations

from dataclasses import replace

from core.approvals import Subject, SubjectKind, Verdict
from core.messages import ApprovalWaits, FundLow
from core.permissions import Role
from storage import treasury as store
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, chat_town
from tests.paying import till
from tests.usecases.approving import office
from tests.usecases.spending import opened_office
from tests.world import World, kes
from usecases.funds import Replenish, replenish
from usecases.messages import Claim, claim_messages


async def leaving(world: World) -> list[tuple[str, ApprovalWaits]]:
    """To whom what is sent now."""
    claimed = await world.app.write(claim_messages, Claim(50))
    return [(one.phone.digits, one.message) for one in claimed if isinstance(one.message, ApprovalWaits)]


async def test_all_who_may_decide_are_told_and_nobody_else(world: World) -> None:
    one = office(world, 1_500)
    asha = await one.hires("Asha", Role.MANAGER, "254700900011")
    await one.hires("Bahati", Role.MANAGER, "254700900012")
    await one.hires("Chao", Role.CFO, "254700900013")
    await one.hires("Dama", Role.AUDITOR, "254700900014")

    await one.asks(asha)

    told = await leaving(world)
    assert sorted(phone for phone, _ in told) == ["254700900012", "254700900013"]
    assert {(said.kind, said.amount, said.code) for _, said in told} == {
        (one.approval.subject.kind, kes(1_500), "*384*70421#")
    }


async def test_who_has_said_yes_meanwhile_is_told_nothing_and_nobody_is_when_it_is_decided(world: World) -> None:
    one = office(world, 60_000)  # takes two
    asha = await one.hires("Asha", Role.MANAGER, "254700900011")
    bahati = await one.hires("Bahati", Role.MANAGER, "254700900012")
    chao = await one.hires("Chao", Role.CFO, "254700900013")
    await one.asks(asha)
    await one.says(chao)

    assert [phone for phone, _ in await leaving(world)] == ["254700900012"]
    await one.says(bahati, Verdict.REJECT)
    one.errand.content_now = replace(one.errand.content_now, subject=Subject(SubjectKind.PAYOUT, world.ids.new()))
    await one.asks(asha)
    await one.says(bahati, Verdict.REJECT)

    assert await leaving(world) == []


async def test_a_request_about_no_sum_is_told_without_one(world: World) -> None:
    one = office(world)
    one.errand.content_now = replace(one.errand.content_now, amount=None)
    asha = await one.hires("Asha", Role.MANAGER, "254700900011")
    await one.hires("Bahati", Role.MANAGER, "254700900012")

    await one.asks(asha)

    assert [said.amount for _, said in await leaving(world)] == [kes(0)]


async def test_it_is_told_by_the_name_that_people_know(world: World) -> None:
    async with till(world) as shop:
        house = await opened_office(world, shop)
        await house.asks(3_000)

        told = await leaving(world)

    assert {said.subject for _, said in told} == {"TP-000001"}
    assert sorted(phone for phone, _ in told) == ["254700800001", "254700800002", "254700800003"]


async def test_of_a_file_of_payments_one_text_tells_and_of_another_file_another(world: World) -> None:
    async with till(world) as shop:
        house = await opened_office(world, shop)
        for sheet, row in (("monday", "1"), ("monday", "2"), ("monday", "3"), ("tuesday", "4")):
            await house.asks(100 + int(row), batch=row, sheet=sheet)

        told = await leaving(world)

    assert sorted((phone, said.subject) for phone, said in told) == [
        (f"25470080000{who}", number) for who in (1, 2, 3) for number in ("TP-000001", "TP-000004")
    ]


async def test_who_is_linked_is_asked_in_the_chat_alone(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        one = office(town.world, 1_500)
        esther = await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO, linked=False)

        await one.asks(esther)

        assert [phone for phone, _ in await leaving(town.world)] == [f"254{RUTH}"]


async def test_a_fund_that_runs_low_is_told_once_to_who_may_fill_it_up(world: World) -> None:
    async with till(world) as shop:
        house = await opened_office(world, shop)
        for shillings in (4_500, 4_500, 1_000):
            await house.executes(await house.approved(shillings), house.carol)
        (one,) = await world.app.read(store.replenishments_of, world.organisation, limit=9)
        asked = await world.app.write(claim_messages, Claim(50))

        said = [(phone.phone.digits, phone.message) for phone in asked if isinstance(phone.message, FundLow)]
        assert sorted(phone for phone, _ in said) == ["254700800001", "254700800002", "254700800003"]
        assert {message for _, message in said} == {
            FundLow("Kivuli Primary School", "House money", kes(11_000), kes(9_000), "*384*70421#")
        }
        assert not [
            1
            for each in asked
            if isinstance(each.message, ApprovalWaits) and each.message.kind is SubjectKind.REPLENISHMENT
        ]
        assert one.amount == kes(9_000)


async def test_a_fund_that_was_filled_up_meanwhile_is_not_called_low(world: World) -> None:
    async with till(world) as shop:
        house = await opened_office(world, shop)
        await house.executes(await house.approved(9_000), house.carol)
        (one,) = await world.app.read(store.replenishments_of, world.organisation, limit=9)
        await house.says(one, house.faith, code=await house.code(house.faith))

        asked = await world.app.write(claim_messages, Claim(50))

    assert [each for each in asked if isinstance(each.message, FundLow)] == []


async def test_who_asks_for_a_fund_to_be_filled_up_calls_nothing_low(world: World) -> None:
    async with till(world) as shop:
        house = await opened_office(world, shop)
        await world.app.write(replenish, Replenish(world.organisation, house.fund.id, kes(500), house.ruth))

        told = await leaving(world)

    assert {(said.kind, said.amount) for _, said in told} == {(SubjectKind.REPLENISHMENT, kes(500))}
    assert world.rows("SELECT 1 FROM outbox WHERE event = 'fund_low'") == []
