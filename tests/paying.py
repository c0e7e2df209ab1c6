"""A school that pays out, against the pretend M-Pesa: its hooks, its rail and its workers over a world's books."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiohttp import web

from core.ledger import debit as debited
from core.ledger import expense
from core.payouts import Payee, Payout, State
from core.phones import Msisdn
from jobs.paying import AskingPayouts, Paying
from providers.calls import Hook
from providers.mpesa.client import MpesaAccount
from providers.mpesa.payer import MpesaPayer
from runtime.chance import SeededRandom
from runtime.http import InProcessHttp
from runtime.keyvalue import MemoryKeyValue
from runtime.tasks import Background
from sandbox.daraja import Daraja
from sandbox.disbursing import Order
from sandbox.moods import Mood
from sandbox.mpesa import Mpesa, ShortCode
from sandbox.phones import Phones
from storage import floats
from storage import payouts as store
from storage.payouts import Filters
from storage.tx import Tx
from tests.world import KES, TESTER, World, kes
from usecases import payouts
from usecases.payout_requests import PayoutEnded, RequestPayout, request_payout
from web import mpesa as mpesa_door
from web.hooks import Hooks, middleware

DARAJA, PROGRAM, KEY = "https://daraja.test", "https://program.test", "key-of-the-hook"
PAYEE = Msisdn("254712000111")
PLENTY = kes(1_000_000)


@dataclass
class Till:
    """A school with a full float, and the provider whose word is the truth."""

    world: World
    mpesa: Mpesa
    daraja: Daraja
    http: InProcessHttp
    background: Background
    account: ShortCode
    phones: Phones
    ended: list[PayoutEnded] = field(default_factory=list)

    @property
    def orders(self) -> list[Order]:
        return self.daraja.disbursing.orders

    def wish(
        self, shillings: int, *, subject: UUID | None = None, payee: Msisdn = PAYEE, **changes: Any
    ) -> RequestPayout:
        organisation = self.world.organisation
        return RequestPayout(
            organisation=organisation,
            subject_kind="test",
            subject=subject or self.world.ids.new(),
            payee=Payee(payee, "Otieno"),
            amount=kes(shillings),
            remarks="fuel",
            against=(debited(expense(organisation, "fuel", KES), kes(shillings)),),
            actor=TESTER,
            trace="trace",
            **changes,
        )

    async def request(self, shillings: int, **wishes: Any) -> Payout:
        return await self.world.app.write(request_payout, self.wish(shillings, **wishes))

    async def work(self, seconds: float = 60, *, step: float = 1) -> None:
        """The workers at work for a while."""
        for _ in range(round(seconds / step)):
            await Paying(self.world.app).round()
            await AskingPayouts(self.world.app).round()
            await self.world.clock.advance(step)

    async def hears_its_balance(self) -> None:
        """The provider tells it just now: all that payouts may need."""

        def told(tx: Tx, _: None) -> None:
            floats.want(tx, self.world.account)
            floats.told(tx, self.world.account.id, PLENTY, asked_at=tx.now)

        await self.world.app.write(told, None)

    async def until_known(self) -> None:
        """The provider is in its right mind again, and time passes until everything is known."""
        self.mpesa.mood = Mood()
        for _ in range(400):
            await self.work(60, step=20)
            if not self.world.rows("SELECT 1 FROM payouts WHERE next_at IS NOT NULL"):
                return
        raise AssertionError(self.world.rows("SELECT state, asked, last_error FROM payouts"))

    async def standing(self, payout: Payout) -> Payout:
        found = await self.world.app.read(store.load, payout.id)
        assert found is not None
        return found

    async def state(self, payout: Payout) -> State:
        return (await self.standing(payout)).state

    async def agrees(self) -> list[str]:
        """Where our books and the provider's truth differ, in words."""
        found = []
        paid = {order.originator: order for order in self.orders if order.is_paid}
        mine = await self.world.app.read(store.listed, Filters(self.world.organisation), limit=1_000)
        for one in mine:
            name = paid.get(str(one.id)) or next(
                (each for each in paid.values() if one.original_receipt == each.gives_back != ""), None
            )
            if (name is not None) != (one.state is State.PAID):
                found.append(f"{one.id} is {one.state.value}, the provider says {name}")
        if len(paid) != len({order.originator for order in self.orders if order.is_paid}):
            found.append("paid twice")
        books = (await self.world.balances()).get("asset:float:mpesa:600984", 0)
        truth = (self.account.utility - self.account.opening).minor
        if books != truth:
            found.append(f"our float moved by {books}, the provider's by {truth}")
        return found + self.world.broken_laws()

    async def close(self) -> None:
        await self.background.close()
        await self.http.close()


@asynccontextmanager
async def till(world: World, *, seed: int = 1) -> AsyncIterator[Till]:
    """Open it; whoever asked for a payout of kind `test` is written down in `ended`."""
    clock, random, background = world.clock, SeededRandom(seed), Background()
    http = InProcessHttp(clock)
    phones = Phones(clock, owners={})
    mpesa = Mpesa(clock=clock, random=random, http=http, spawn=background.spawn, phones=phones)
    account = ShortCode("600984", "KIVULI", "PASSKEY", "key", "secret", opening=PLENTY)
    mpesa.add(account)
    daraja = Daraja(mpesa, clock=clock, random=random)
    http.mount(DARAJA, daraja.app)
    site = web.Application(
        middlewares=[
            middleware(
                world.app,
                Hooks([Hook(KEY, world.account, "254", (), (world.organisation,))]),
                clock=clock,
                ids=world.ids,
            )
        ]
    )
    site.add_routes(mpesa_door.routes(world.app))
    http.mount(PROGRAM, site)
    rail = MpesaPayer(
        MpesaAccount(
            base_url=DARAJA,
            shortcode="600984",
            callback_url=f"{PROGRAM}/hooks/{KEY}/stk",
            consumer_key="key",
            consumer_secret="secret",
            passkey="PASSKEY",
            hooks_url=f"{PROGRAM}/hooks/{KEY}",
            initiator="karani",
            security_credential="credential",
        ),
        http=http,
        keyvalue=MemoryKeyValue(clock),
        clock=clock,
    )
    world.app.rails = {world.account.id: rail}
    opened = Till(world, mpesa, daraja, http, background, account, phones)
    before = dict(payouts.ENDED)
    payouts.ENDED["test"] = lambda tx, ended: opened.ended.append(ended)
    try:
        yield opened
    finally:
        payouts.ENDED.pop("test")
        assert before == payouts.ENDED
        await opened.close()
