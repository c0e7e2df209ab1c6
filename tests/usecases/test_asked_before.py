"""A dialogue whose memory was lost finds out what its yes came to, whatever was decided since."""

from __future__ import annotations

import pytest

from core.approvals import Verdict
from core.ids import OrganisationId
from tests.usecases.lending import lender
from tests.usecases.refunding import CUSTOMER, PAYER, opened_school
from tests.world import World
from usecases.asked_before import AskedBefore, asked_before
from usecases.prompts import request_payment


async def came_to(world: World, *intents: str, at: OrganisationId | None = None) -> AskedBefore | None:
    return await world.app.read(asked_before, [at or world.organisation], intents)


async def test_a_prompt_is_known_by_its_intent(small: World) -> None:
    await small.students({"KV10": 4_000}, guardians={"KV10": [PAYER.digits]})
    await small.app.write(request_payment, await small.wish(PAYER.digits, {"KV10": 1_000}, intent="ussd:1"))

    assert await came_to(small, "ussd:0", "ussd:1") == AskedBefore()
    assert await came_to(small, "ussd:2") is None
    assert await came_to(small) is None


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_a_refund_is_known_by_its_intent_whatever_was_decided(small: World, verdict: Verdict) -> None:
    async for school in opened_school(small):
        asked = await school.asks(await school.pays(1_500), 600, by=CUSTOMER, customer=PAYER, intent="ussd:1")
        await school.says(asked, verdict)

    assert await came_to(small, "ussd:0", "ussd:1") == AskedBefore("RF-000001")
    assert await came_to(small, "ussd:2") is None
    assert await came_to(small, "ussd:1", at=OrganisationId(small.ids.new())) is None


async def test_a_loan_is_known_by_its_intent_also_when_it_was_declined(small: World) -> None:
    at = await lender(small)
    asked = await at.asks_by_phone("254712345678", intent="ussd:1")
    await at.decides(asked, Verdict.REJECT)

    assert await came_to(small, "ussd:0", "ussd:1:254712345678") == AskedBefore("LOAN-000001")
    assert await came_to(small, "ussd:2") is None
