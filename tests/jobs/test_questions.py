"""The worker that asks providers about receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from core.errors import Unavailable
from core.phones import MaskedMsisdn
from core.ports import Exchanged
from jobs.questions import Questioning
from tests.world import World


@dataclass
class Oracle:
    """A provider that may be asked, or not, and is perhaps away."""

    can_ask: bool = True
    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    async def ask_about(self, receipt: str, *, question: UUID) -> tuple[bool, Exchanged]:
        self.asked.append(receipt)
        if self.is_down:
            raise Unavailable("mpesa", "down")
        return True, Exchanged("status_query", b"{}", b"{}", 200, 5)


async def hides(world: World, oracle: Oracle) -> Questioning:
    await world.students({"KV10": 9_000})
    await world.arrives(world.notice("lost", 700, payer=MaskedMsisdn("2547", "678"), receipt="UKL4A7PQ2X"))
    world.app.rails = {world.account.id: oracle}  # type: ignore[dict-item]
    return Questioning(world.app)


async def test_a_hidden_payer_is_asked_for_once_and_again_when_no_answer_comes(world: World) -> None:
    oracle = Oracle()
    worker = await hides(world, oracle)

    await worker.round()
    await worker.round()
    assert oracle.asked == ["UKL4A7PQ2X"]
    await world.clock.advance(181)
    await worker.round()

    assert oracle.asked == ["UKL4A7PQ2X"] * 2


async def test_a_provider_that_is_down_is_asked_later(world: World) -> None:
    oracle = Oracle(is_down=True)
    worker = await hides(world, oracle)

    await worker.round()

    assert oracle.asked == ["UKL4A7PQ2X"]
    assert world.rows("SELECT asked FROM status_questions") == [(1,)]


async def test_an_account_without_an_operator_asks_nobody(world: World) -> None:
    oracle = Oracle(can_ask=False)
    worker = await hides(world, oracle)

    assert await worker.round() == 0

    assert oracle.asked == []
    assert world.rows("SELECT count(*) FROM status_questions") == [(0,)]
