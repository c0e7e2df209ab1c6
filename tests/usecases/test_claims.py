"""A forwarded confirmation is matched with what the books know, or looked for. It credits nothing, ever (PAY-10)."""

from __future__ import annotations

import json
import re

import pytest

from core.messages import Reply, WishAnswered
from core.phones import Msisdn
from tests.core.sms_texts import SAMPLES, Dice
from tests.usecases.test_replies import GUARDIAN, STRANGER, says, text, with_students
from tests.usecases.test_rollups import reverses
from tests.world import World
from usecases.messages import Claim, claim_messages
from usecases.texts import receive_text

REAL = "UKL4R7TX12"
"""The code of a payment that did come."""
PAID = f"{REAL} Confirmed. Ksh1,500.00 sent to KIVULI for account KV10 on 21/11/26 at 9:15 AM New M-PESA balance is Ksh9.00."


@pytest.fixture
async def school(small: World) -> World:
    await with_students(small)
    await small.arrives(small.notice("KV10", 1_500, receipt=REAL, payer=Msisdn(GUARDIAN)))
    await small.app.write(claim_messages, Claim(9))
    return small


def enquiries(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT receipt FROM enquiries ORDER BY opened_at, id")


async def test_a_claim_is_matched_with_the_payment_it_tells_of(school: World) -> None:
    assert await says(school, GUARDIAN, PAID) == "KSh 1,500 of 21 Nov 2026 was received for KV10."
    assert (
        await says(school, GUARDIAN, f"Fwd: {PAID} please check") == "KSh 1,500 of 21 Nov 2026 was received for KV10."
    )
    assert (await says(school, STRANGER, PAID)).startswith("something like it was received.")
    assert enquiries(school) == []


async def test_the_books_tell_the_sum_and_not_the_text(school: World) -> None:
    assert await says(school, GUARDIAN, PAID.replace("1,500", "9,500")) == (
        "KSh 1,500 of 21 Nov 2026 was received for KV10."
    )
    fuliza = f"{REAL} Confirmed. Fuliza M-PESA amount is Ksh 613.00. Access Fee charged Ksh 6.13."
    assert await says(school, GUARDIAN, fuliza) == "KSh 1,500 of 21 Nov 2026 was received for KV10."


async def test_a_reversal_tells_of_the_payment_that_it_took_back(school: World) -> None:
    await reverses(school, REAL)
    await school.app.write(claim_messages, Claim(9))
    reversal = (
        f"UKL7D1XA8K Confirmed. Reversal of transaction {REAL} has been successfully reversed on 21/11/26 at 10:44 AM"
        " and Ksh1,500.00 is credited to your M-PESA account."
    )

    assert await says(school, GUARDIAN, reversal) == "KSh 1,500 of 21 Nov 2026 went back to whoever paid."


async def test_what_is_no_payment_to_us_is_said(school: World) -> None:
    samples = {one["id"]: one["text"] for one in json.loads((SAMPLES / "claims.json").read_text(encoding="utf-8"))}

    for name in ("mpesa_ke_received_org", "mpesa_ke_airtime", "mtn_rw_reversed"):
        assert (await says(school, GUARDIAN, samples[name])).startswith("that text tells of no payment to us"), name
    assert (await says(school, GUARDIAN, samples["mtn_rw_failed"])).startswith("that text says itself")
    assert enquiries(school) == []


async def test_an_unknown_code_is_asked_about_and_what_no_provider_can_be_asked_is_for_the_office(
    school: World,
) -> None:
    unknown = PAID.replace(REAL, "UKL9Z1AB77")
    assert (await says(school, GUARDIAN, unknown)).startswith("we do not know UKL9Z1AB77 yet. We ask M-Pesa")
    assert (await says(school, STRANGER, PAID.replace(REAL, "UAA9Z1AB78"))).startswith("we do not know UAA9Z1AB78 yet")
    assert (await says(school, STRANGER, "UKL9Z1AB79 Confirmed. Ksh500.00 in other words")).startswith("we do not know")
    no_code = (
        "*165*S*15000 RWF transferred to KIVULI (250788000222) from 36521838 at 2026-11-20 09:15:27 . Fee was: 250"
    )
    assert (await says(school, GUARDIAN, no_code)).startswith("no such payment has reached us yet. The office has your")
    told = await says(
        school, GUARDIAN, "1500 RWF transferred to KIVULI (250788000222) at 2026-11-21 09:15:27 . Fee was: 2"
    )
    assert told.startswith("no such payment has reached us yet.")
    odd = "SENT.TID 121276773406. UGX 4,000.50 to KASULE 0755000066. Fee UGX 100."
    assert (await says(school, GUARDIAN, odd)).startswith("no such payment has reached us yet.")

    assert enquiries(school) == [("UKL9Z1AB77",), ("UAA9Z1AB78",), ("UKL9Z1AB79",), ("",), ("",)]
    assert school.rows("SELECT receipt FROM payments") == [(REAL,)]


# --- ten thousand forgeries ---------------------------------------------------------------------------------------------

FACTS = {
    Reply.CREDITED,
    Reply.WAITS,
    Reply.TAKEN_BACK,
    Reply.BALANCE,
    Reply.RECEIPT_GENUINE,
    Reply.PAY_ASKED,
    Reply.PAY_SENT,
}
"""What a forger may not hear: anything of anybody's money."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def forged(dice: Dice, samples: list[str]) -> str:
    """A genuine wording with another code, sum, account or day in it, or with the code of somebody's real payment."""
    said = dice.of(samples)
    code = REAL if dice.percent(10) else "UK" + "".join(dice.of(LETTERS) for _ in range(8))
    said = re.sub(r"\b[UDQ][KA][A-Z][0-9A-Z]{7}\b", code, said)
    said = re.sub(r"(?<=Ksh)[0-9,]+(?=\.00)", f"{1 + dice.below(99_999):,}", said)
    said = re.sub(r"ADM2231|INV-2026-00417|12845", dice.of(["KV10", "KV20", "KV30", "kv 10"]), said)
    said = re.sub(r"\b[0-9]{2}/11/(?:20)?26", f"{1 + dice.below(28)}/11/26", said)
    return dice.of([said, f"Fwd: {said}", said.upper(), said[dice.below(8) :], f"{said} PAY NOW", f"receipt {said}"])


async def test_ten_thousand_forgeries_credit_nothing(school: World, proving: bool) -> None:
    """The default size is small; the proof takes ten thousand."""
    dice = Dice(20_261_121)
    samples = [one["text"] for one in json.loads((SAMPLES / "claims.json").read_text(encoding="utf-8"))]
    before = await school.balances()
    for number in range(10_000 if proving else 60):
        phone = f"2547{10_000_000 + number:08d}"
        await school.app.write(receive_text, text(school, phone, forged(dice, samples)))
        told = [one for one in await school.app.write(claim_messages, Claim(9)) if one.to == Msisdn(phone)]
        assert len(told) == 1  # never silence
        message = told[0].message
        if isinstance(message, WishAnswered):
            assert message.reply not in FACTS, message

    assert await school.balances() == before
    assert school.rows("SELECT receipt FROM payments WHERE status = 'completed'") == [(REAL,)]
    assert school.rows("SELECT 1 FROM suspense_items") == []
