"""What the laws on approvals forgive, and what they do not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.permissions import Role
from core.sign_in import STEP_S
from core.treasury import FundPaymentId, Status, payment_number
from runtime.chance import SeededRandom
from simulation.approved import wrongly_approved
from simulation.managers import Asked, Managers, Typed
from storage import treasury
from storage.database import DatabaseUrl
from tests.simulation.test_crashes_paying import PAYEE, Paying, paying
from usecases.treasury import AskAgain, WithdrawPayment, ask_again, withdraw_payment

pytestmark = pytest.mark.usefixtures("without_logs")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Paying]:
    async with paying(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")) as opened:
        yield opened


async def test_what_failed_was_asked_for_again_and_then_taken_back_was_let_go_before(at: Paying) -> None:
    """Seed 8243 of the long run: let go, failed at M-Pesa, asked for again, and taken back before anybody let it go again."""
    app, clerk = at.town.process.app, at.office.of_role(Role.REQUESTER)
    at.town.pretend.daraja.disbursing.unregistered |= {PAYEE.digits}
    payment = FundPaymentId(await at.requisition(900))
    await at.passes(STEP_S)
    let_go_at = at.town.wall.now()
    managers = await _remembering(at, payment)
    await at.lets_go(payment)
    await at.until_known(payment)
    await app.write(ask_again, AskAgain(payment, clerk.actor))
    at_last = await app.write(withdraw_payment, WithdrawPayment(payment, clerk.actor))

    assert at_last.status is Status.WITHDRAWN
    (asked,) = managers.asked.values()
    asked.taken_back_at = at.town.wall.now()
    assert wrongly_approved(at.town, [managers], at_rest=False) == []
    asked.taken_back_at = let_go_at - timedelta(seconds=1)
    assert wrongly_approved(at.town, [managers], at_rest=False) == ["TP-000001 was taken back, and carried out"]


async def _remembering(at: Paying, payment: FundPaymentId) -> Managers:
    """People who know that the clerk asked for this, and that the treasurer is about to type a code for it."""
    managers = Managers(at.town, at.office, SeededRandom(1))
    found = await at.town.process.app.read(treasury.load, payment)
    assert found is not None
    name, now = payment_number(found.number), at.town.wall.now()
    managers.asked[name] = Asked(at.office.of_role(Role.REQUESTER).human, PAYEE.digits, found.amount.minor)
    grace = at.office.of_role(Role.TREASURER)
    managers.typed.append(Typed(grace.human, at.office.plan.slug, name, grace.shows(now), now, genuine=True))
    return managers
