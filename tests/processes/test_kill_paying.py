"""The service is killed again and again while it pays out and pays back: nothing twice, and nothing is forgotten (OUT-5).

Real processes, real sockets, real time, and a provider that is not always in its right mind.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import aiohttp
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from core.ids import PayoutId
from core.ledger import debit, expense
from core.payouts import Payee, StandsPaid, State
from core.permissions import Role
from core.phones import Msisdn
from runtime.chance import SeededRandom
from runtime.clock import SystemClock
from runtime.http import AiohttpClient
from runtime.tasks import Background
from sandbox.daraja import Daraja
from sandbox.moods import Mood
from sandbox.mpesa import Mpesa, ShortCode
from sandbox.phones import Phones
from storage import payouts as store
from storage.organisations import by_slug, provider_accounts_of
from storage.payouts import Filters
from storage.tables import refunds
from storage.tx import Tx
from tests.processes.test_kill import Service, in_a_world, service
from tests.usecases.refunding import School
from tests.usecases.signing import enrolled
from tests.world import KES, TESTER, World, kes
from usecases.payout_requests import RequestPayout, request_payout
from usecases.payouts import PayoutNews, record_news
from usecases.setup import ProviderAccountEntry

__all__ = ["service"]  # the fixture

SECRETS = {
    "consumer_key": "key",
    "consumer_secret": "secret",
    "passkey": "PASSKEY",
    "initiator": "karani",
    "security_credential": "credential",
}
GIVE_UP_S = 60.0


async def asked_for(world: World, count: int) -> None:
    """A school that owes so many people money, each another sum."""
    entry = ProviderAccountEntry("mpesa", "600984", "sandbox", "key-of-the-hook", SECRETS)
    await world.school()
    await world.school(more=(entry,))
    for number in range(count):
        amount = kes(100 + number)
        wish = RequestPayout(
            world.organisation,
            "test",
            world.ids.new(),
            Payee(Msisdn(f"2547120001{number:02d}"), "Otieno"),
            amount,
            "fuel",
            (debit(expense(world.organisation, "fuel", KES), amount),),
            TESTER,
            "trace",
        )
        await world.app.write(request_payout, wish)


async def paid_back(world: World, count: int) -> None:
    """So many payers whose payment, but for ten shillings, a manager has just agreed to pay back."""
    phones = {f"KV{20 + number}": f"2547123456{number:02d}" for number in range(count)}
    await world.students(dict.fromkeys(phones, 500), guardians={student: [phone] for student, phone in phones.items()})
    manager = await enrolled(world, "amina", Role.MANAGER, "254700800001")
    school = School(world, manager, await world.staff(Role.CASHIER, "254700800002", "Chao"))
    for number, (student, phone) in enumerate(phones.items()):
        notice = world.notice(student, 500 + number, payer=Msisdn(phone), receipt=f"UKL1{number:06d}")
        (recorded,) = await world.arrives(notice)
        await school.approved(recorded.payment, 490 + number)


async def settled(
    world: World, truth: dict[UUID, Any]
) -> tuple[dict[UUID, State], dict[UUID, State], dict[str, int], list[str]]:
    """What the books say before and after the provider was asked about the rest; balances; what is wrong."""
    school = await world.app.read(by_slug, "kivuli")
    assert school is not None
    world.organisation = school.id
    listed = await world.app.read(store.listed, Filters(school.id), limit=100)
    before: dict[UUID, State] = {one.id: one.state for one in listed}
    accounts = await world.app.read(provider_accounts_of, [listed[0].provider_account])
    for id_, order in truth.items():
        told = StandsPaid(order.receipt, order.amount, order.charge)
        news = PayoutNews(PayoutId(id_), accounts[listed[0].provider_account], told, b"", "", "trace")
        await world.app.write(record_news, news)
    after: dict[UUID, State] = {
        one.id: one.state for one in await world.app.read(store.listed, Filters(school.id), limit=100)
    }
    return before, after, await world.balances(), world.broken_laws()


async def test_whoever_kills_the_service_while_it_pays_makes_nobody_rich(service: Service, proving: bool) -> None:
    count, kills = (60, 8) if proving else (12, 1)
    clock, background, http = SystemClock(), Background(), AiohttpClient()
    phones = Phones(clock, owners={})
    mpesa = Mpesa(clock=clock, random=SeededRandom(5), http=http, spawn=background.spawn, phones=phones)
    paybill = ShortCode("600984", "KIVULI", "PASSKEY", "key", "secret", opening=kes(1_000_000))
    mpesa.add(paybill)
    daraja = Daraja(mpesa, clock=clock, random=SeededRandom(6))
    backs = count // 4

    async def begun(world: World) -> None:
        await asked_for(world, count - backs)
        await paid_back(world, backs)

    await in_a_world(service, begun)

    async with TestServer(daraja.app) as server, aiohttp.ClientSession() as session:
        service.settings = {
            "KARANI_DARAJA_BASE_URL": str(server.make_url("")).rstrip("/"),
            "KARANI_PUBLIC_URL": f"http://127.0.0.1:{service.port}",
        }
        service.start()
        await service.is_ready(session)
        for kill in range(1, kills + 1):
            await until(lambda kill=kill: len(daraja.disbursing.orders) >= count * kill // (kills + 2))
            mpesa.mood = Mood(broken=0.3, doubled=0.3)
            service.kill()
            service.start()
            await service.is_ready(session)
        mpesa.mood = Mood()
        await until(lambda: len(daraja.disbursing.orders) >= count - 8 * kills)
        await asyncio.sleep(1.5)  # the last results are on their way
        assert service.stop() == 0
    orders = daraja.disbursing.orders
    truth = {UUID(order.originator): order for order in orders if order.is_paid}
    before, after, balances, broken = await in_a_world(service, lambda world: settled(world, truth))
    await background.close()
    await http.close()

    assert len({order.originator for order in orders}) == len(orders)
    assert {id_ for id_, state in before.items() if state is State.PAID} <= truth.keys()
    assert {before[id_] for id_ in truth} <= {State.PAID, State.SENDING, State.PROCESSING, State.UNKNOWN}
    assert {id_ for id_, state in after.items() if state is State.PAID} == truth.keys()
    assert {state for id_, state in after.items() if id_ not in truth} <= {State.RESERVED, State.SENDING, State.UNKNOWN}
    came = sum(500 + number for number in range(backs)) * 100
    assert balances["asset:float:mpesa:600984"] == came + (paybill.utility - paybill.opening).minor
    told = await in_a_world(service, lambda world: world.app.read(_refunds))
    assert len(told) == backs
    assert {payout for payout, state in told if state == "paid"} == truth.keys() & {payout for payout, _ in told}
    assert broken == []


def _refunds(tx: Tx) -> list[tuple[UUID, str]]:
    """Every refund's payout and state."""
    return [(payout, state) for payout, state in tx.connection.execute(sa.select(refunds.c.payout_id, refunds.c.state))]


async def until(holds: Any) -> None:
    give_up = time.monotonic() + GIVE_UP_S
    while not holds():
        assert time.monotonic() < give_up, "the service did not come so far"
        await asyncio.sleep(0.01)
