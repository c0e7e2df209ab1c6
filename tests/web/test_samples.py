"""Every recorded M-Pesa callback, posted as Safaricom posts it: what the cashier finds in the books afterwards."""

import pytest

from tests.web.door import ACCEPTED, ACKNOWLEDGED, SAMPLES, Door, sample

CHECKOUT = "ws_CO_20112026091501334708374149"
NOT_PAID = [
    "cancelled",
    "duplicate_in_2_minutes",
    "expired",
    "insufficient_balance",
    "no_such_operator",
    "push_failed",
    "unreachable",
    "wrong_pin",
]


async def test_a_paybill_confirmation_pays_what_the_student_owes(either: Door) -> None:
    reply = await either.post("c2b/confirmation", sample("c2b_confirmation"))

    assert (reply.status, reply.body) == (200, ACKNOWLEDGED)
    assert either.payments() == [("completed", "UKK4A7PQ2X", 12_500_00)]
    assert await either.world.owes("ADM2231") == 0
    assert either.outcomes() == ["credited"]


async def test_a_hashed_payer_and_blanks_around_the_reference_pay_the_same_student(either: Door) -> None:
    await either.post("c2b/confirmation", sample("c2b_confirmation_v1_hashed_msisdn"))

    assert await either.world.owes("ADM2231") == 12_000_00


async def test_a_reference_that_nobody_knows_waits_in_suspense(either: Door) -> None:
    reply = await either.post("c2b/confirmation", sample("c2b_confirmation_sandbox_full_name"))

    assert (reply.status, reply.body) == (200, ACKNOWLEDGED)
    assert await either.world.suspense() == 10_00


async def test_the_same_confirmation_again_is_known(either: Door) -> None:
    for _ in range(3):
        assert (await either.post("c2b/confirmation", sample("c2b_confirmation"))).body == ACKNOWLEDGED

    assert len(either.payments()) == 1
    assert either.outcomes() == ["credited", "known", "known"]


async def test_money_at_a_till_has_no_reference_and_waits_in_suspense(either: Door) -> None:
    await either.sets_up("duka", shortcode="600100", till="600246")

    reply = await either.post("c2b/confirmation", sample("c2b_confirmation_till"), key="key-of-duka")

    assert reply.body == ACKNOWLEDGED
    assert either.payments() == [("completed", "UKK4A7PR0C", 750_00)]
    assert await either.world.suspense() == 0  # not this school's, but the shop's
    assert either.world.rows("SELECT minor FROM suspense_items") == [(750_00,)]


@pytest.mark.parametrize("first", ["stk", "c2b/confirmation"])
async def test_a_prompt_and_its_twin_are_one_payment_whichever_comes_first(either: Door, first: str) -> None:
    await either.world.prompts("254708374149", {"ADM2231": 1_500}, request_id=CHECKOUT)
    twin = sample("c2b_confirmation_stk_twin").replace(b"174379", b"600984").replace(b"LN-00417", b"ADM2231")
    news = [("stk", sample("stk_callback_success")), ("c2b/confirmation", twin)]

    for operation, body in sorted(news, key=lambda told: told[0] != first):
        assert (await either.post(operation, body)).body == ACKNOWLEDGED

    paid = [row for row in either.payments() if row[0] == "completed"]
    assert paid == [("completed", "UKK5B2MT9H", 1_500_00)]
    assert await either.world.owes("ADM2231") == 11_000_00
    assert await either.world.suspense() == 0


@pytest.mark.parametrize("reason", NOT_PAID)
async def test_a_prompt_that_brought_nothing_has_failed(door: Door, reason: str) -> None:
    await door.world.prompts("254708374149", {"ADM2231": 1_500}, request_id=CHECKOUT)
    balances = await door.world.balances()

    reply = await door.post("stk", sample(f"stk_callback_{reason}"))

    assert (reply.status, reply.body) == (200, ACKNOWLEDGED)
    assert [payment[0] for payment in door.payments()] == ["failed"]
    assert await door.world.balances() == balances


async def test_a_failure_without_request_id_is_noted_and_fails_nobodys_prompt(door: Door) -> None:
    await door.world.prompts("254708374149", {"ADM2231": 1_500}, request_id=CHECKOUT)
    body = b'{"Body":{"stkCallback":{"ResultCode":1032,"ResultDesc":"Request Cancelled by user."}}}'

    assert (await door.post("stk", body)).body == ACKNOWLEDGED
    assert [payment[0] for payment in door.payments()] == ["processing"]


async def test_a_code_that_nobody_knows_ends_nothing(door: Door) -> None:
    """Money may still move: the prompt is asked about, and reconciled."""
    await door.world.prompts("254708374149", {"ADM2231": 1_500}, request_id=CHECKOUT)

    await door.post("stk", sample("stk_callback_cancelled").replace(b"1032", b'"SFC_XX99"'))

    assert [payment[0] for payment in door.payments()] == ["processing"]


async def test_a_validation_of_a_known_student_is_accepted_and_moves_nothing(door: Door) -> None:
    money = await door.money()

    reply = await door.post("c2b/validation", sample("c2b_validation"))

    assert (reply.status, reply.body) == (200, ACCEPTED)
    assert await door.money() == money


CONFIRMATIONS = {
    "c2b_confirmation",
    "c2b_confirmation_sandbox_full_name",
    "c2b_confirmation_stk_twin",
    "c2b_confirmation_till",
    "c2b_confirmation_v1_hashed_msisdn",
    "c2b_validation",
}


@pytest.mark.parametrize("operation", ["c2b/confirmation", "stk"])
async def test_a_sample_at_the_wrong_hook_is_kept_unread(door: Door, operation: str) -> None:
    """Requests, answers and the other hook's callbacks: none of them is money here, and none is lost."""
    names = {path.stem.removeprefix("mpesa_") for path in SAMPLES.glob("mpesa_*.json")}
    theirs = CONFIRMATIONS if operation == "c2b/confirmation" else {n for n in names if n.startswith("stk_callback")}
    money = await door.money()

    replies = [await door.post(operation, sample(name)) for name in sorted(names - theirs)]

    assert {(reply.status, reply.body) for reply in replies} == {(200, ACKNOWLEDGED)}
    assert await door.money() == money
    assert [told[0] for told in door.unread()] == [operation] * len(replies)
