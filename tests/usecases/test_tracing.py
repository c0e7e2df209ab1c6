"""Finding the payments that may be meant: every way to them, on both databases, and nothing of another organisation."""

from __future__ import annotations

from core.ids import OrganisationId
from core.payments import MoneyReturned, Paid, Witness
from core.permissions import Role
from core.phones import MaskedMsisdn, Msisdn, hashed
from core.ports import Exchanged
from core.tracing import Says, Told
from tests.world import World, kes
from usecases.prompts import Answer, record_answer
from usecases.reallocation import Reallocate, reallocate
from usecases.reversals import Returned, record_reversal
from usecases.tracing import trace_money

MARY, JOHN, STRANGER = "254712345678", "254722000111", "254733999888"
SAME_MASK = "254711111678"


async def traced(world: World, phone: str, typed: str) -> list[tuple[Says, str]]:
    found = await world.app.read(trace_money, world.organisation, Msisdn(phone), typed)
    return [(told.says, told.account) for told in found]


async def family(world: World) -> None:
    await world.students({"KV10": 9_000, "KV20": 9_000}, guardians={"KV10": [MARY, JOHN], "KV20": ["254744000222"]})


async def test_a_payment_is_found_by_its_own_phone_whole_hashed_or_recognised(world: World) -> None:
    await family(world)
    masked = MaskedMsisdn("2547", "678")
    await world.arrives(
        world.notice("KV20", 100, payer=Msisdn(MARY)),
        world.notice("KV20", 200, payer=hashed(Msisdn(MARY))),
        world.notice("KV20", 300, payer=masked, name="GUARDIAN"),
        world.notice("KV20", 400, payer=Msisdn(STRANGER)),
        world.notice("nobody", 500, payer=hashed(Msisdn(STRANGER))),
    )

    for shillings in (100, 200, 300):
        assert await traced(world, MARY, f"{shillings}") == [(Says.ELSEWHERE, "KV20")]
    assert await traced(world, STRANGER, "400") == [(Says.ELSEWHERE, "KV20")]
    assert await traced(world, STRANGER, "500") == [(Says.WAITING, "nobody")]
    assert await traced(world, "254733999887", "400 KV20") == []


async def test_a_family_finds_what_another_phone_paid_for_it_until_it_is_moved_away(world: World) -> None:
    await family(world)
    (paid,) = await world.arrives(world.notice("KV10", 700, payer=Msisdn(STRANGER)))
    found = await world.app.read(trace_money, world.organisation, Msisdn(MARY), "700")
    assert found == (
        Told(paid.payment, Says.CREDITED, kes(700), world.account.local_date(world.clock.now()), "KV10", "R000001"),
    )

    cashier = await world.staff(Role.TREASURER)
    await world.app.write(reallocate, Reallocate(paid.payment, "KV20", cashier, "trace"))

    assert await traced(world, MARY, "700") == []
    assert await traced(world, "254744000222", "700") == [(Says.CREDITED, "KV20")]
    assert await traced(world, STRANGER, "700") == [(Says.ELSEWHERE, "KV10")]


async def test_whoever_has_paid_as_the_provider_says_is_not_told_that_nothing_is_known(world: World) -> None:
    await family(world)
    prompt = await world.prompts(MARY, {"KV10": 700}, request_id="ws_1")
    assert await traced(world, MARY, "700") == [(Says.ASKED, "KV10")]

    await world.app.write(record_answer, Answer(prompt, Paid(), Exchanged("status", b"{}", b"{}", 200, 5)))

    assert await traced(world, MARY, "700") == [(Says.TOLD_PAID, "KV10")]


async def test_a_family_is_told_that_its_money_was_taken_back(world: World) -> None:
    await family(world)
    await world.arrives(world.notice("KV10", 700, payer=Msisdn(STRANGER), receipt="UKL4A7PQ2X"))
    back = MoneyReturned(
        world.account.id, world.organisation, "mpesa", Witness.PULL, "UKL4A7PQ2X", "", None, world.clock.now()
    )
    await world.app.write(record_reversal, Returned(back, b"{}", "pull", "trace"))

    assert await traced(world, MARY, "700") == [(Says.REVERSED, "KV10")]
    assert await traced(world, "254744000222", "UKL4A7PQ2X") == [(Says.REVERSED, "")]


async def test_a_phone_with_the_same_digits_left_is_told_to_type_the_code(world: World) -> None:
    await family(world)
    masked = MaskedMsisdn("2547", "678")
    await world.arrives(
        world.notice("KV20", 650, payer=masked, name="SOMEBODY", receipt="UKL4A7PQ2X"),
        world.notice("lost", 750, payer=masked, name="SOMEBODY", receipt="UKL4A7PQ2Y"),
        world.notice("KV20", 850, receipt="UKL4A7PQ2Z"),
    )

    assert await traced(world, SAME_MASK, "650") == []
    assert await traced(world, SAME_MASK, "650 today") == [(Says.LIKELY, "")]
    assert await traced(world, SAME_MASK, "750") == [(Says.LIKELY, "")]
    assert await traced(world, SAME_MASK, "UKL4A7PQ2X") == [(Says.ELSEWHERE, "KV20")]
    assert await traced(world, STRANGER, "650 750 today") == []
    assert await traced(world, STRANGER, "UKL4A7PQ2Y") == [(Says.WAITING, "")]
    assert await traced(world, STRANGER, "UKL4A7PQ2Z") == [(Says.OTHER_PHONE, "")]


async def test_nothing_of_another_organisation_is_found(world: World) -> None:
    await family(world)
    other = await world.other_school("mlima")
    await family(other)
    await world.arrives(world.notice("KV10", 700, payer=Msisdn(MARY), receipt="UKL4A7PQ2X"))
    ((code,),) = world.rows("SELECT code FROM receipts")

    for typed in ("700 today", "UKL4A7PQ2X", code, "R000001", "KV10"):
        assert await traced(other, MARY, typed) == []
        assert await traced(world, MARY, typed) == [(Says.CREDITED, "KV10")]


async def test_an_organisation_without_an_account_for_money_has_lost_none(world: World) -> None:
    assert await world.app.read(trace_money, OrganisationId(world.ids.new()), Msisdn(MARY), "700") == ()
