"""A receipt proves itself: its code tells what it says and what became of it since, and no other text tells anything."""

from __future__ import annotations

import pytest

from core.ids import PaymentId
from core.payments import Status
from core.phones import Msisdn
from core.receipt_codes import is_whole, shown
from storage import receipts
from tests.world import TESTER, World, kes
from usecases.reallocation import Reallocate, reallocate
from usecases.receipts import Genuine, SeenShare, check
from usecases.suspense import AssignSuspense, assign


@pytest.fixture
async def school(world: World) -> World:
    await world.students({"KV1042": 12_500, "KV2099": 8_000})
    return world


async def code_of(world: World, payment: PaymentId) -> str:
    return (await world.app.read(receipts.of, payment)).code


async def test_every_receipt_has_a_code_of_its_own_that_its_payment_gives_again(school: World) -> None:
    arrived = await school.arrives(*(school.notice("KV1042", 100) for _ in range(20)))

    codes = [await code_of(school, one.payment) for one in arrived]

    assert len(set(codes)) == 20
    assert all(map(is_whole, codes))
    for one, code in zip(arrived, codes, strict=True):
        assert await school.app.read(receipts.is_code_of, one.payment, code)
        assert not await school.app.read(receipts.is_code_of, one.payment, codes[codes.index(code) - 1])


async def test_a_code_tells_the_organisation_the_sum_the_day_and_for_whom_as_far_as_a_stranger_may_know(
    school: World,
) -> None:
    (one,) = await school.arrives(school.notice("KV1042", 1_500))
    code = await code_of(school, one.payment)

    assert await school.app.read(check, f" {shown(code).lower()} ") == Genuine(
        number="R000001",
        code=shown(code),
        organisation="Kivuli Primary School",
        amount=kes(1_500),
        value_on=school.account.local_date(school.clock.now()),
        status=Status.COMPLETED,
        moved=False,
        shares=(SeenShare("Student K.", "****42", kes(1_500)),),
    )


@pytest.mark.parametrize("typed", ["", "R000001", "0000000000", "7K2M9QXAV9", "x" * 1_000])
async def test_what_is_no_code_of_ours_tells_nothing(school: World, typed: str) -> None:
    await school.arrives(school.notice("KV1042", 1_500))

    assert await school.app.read(check, typed) is None


async def test_money_without_an_owner_is_for_nobody_until_it_is_assigned(school: World) -> None:
    (one,) = await school.arrives(school.notice("NOBODY", 700, payer=Msisdn("254712345678")))
    code = await code_of(school, one.payment)
    before = await school.app.read(check, code)
    await school.app.write(assign, AssignSuspense(one.payment, "KV2099", TESTER, "trace"))
    after = await school.app.read(check, code)

    assert before is not None
    assert after is not None
    assert before.shares == ()
    assert [share.reference for share in after.shares] == ["****99"]
    assert not after.moved


async def test_a_receipt_whose_money_was_moved_says_so_and_where_it_is_now(school: World) -> None:
    (one,) = await school.arrives(school.notice("KV1042", 1_500))
    await school.app.write(reallocate, Reallocate(one.payment, "KV2099", TESTER, "trace"))

    seen = await school.app.read(check, await code_of(school, one.payment))

    assert seen is not None
    assert seen.moved
    assert [(share.reference, share.amount) for share in seen.shares] == [("****99", kes(1_500))]


async def test_two_payments_never_share_a_code_though_their_first_codes_meet(
    school: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once in many millions of receipts; here every payment's first code is the same."""
    given = receipts._code
    same = "7K2M9QXAV9"
    monkeypatch.setattr(receipts, "_code", lambda tx, payment, nth: same if nth == 0 else given(tx, payment, nth))
    first, second = await school.arrives(school.notice("KV1042", 100), school.notice("KV1042", 200))
    (third,) = await school.arrives(school.notice("KV1042", 300))

    codes = [await code_of(school, one.payment) for one in (first, second, third)]

    assert codes[0] == same
    assert len(set(codes)) == 3
    for one, code in zip((first, second, third), codes, strict=True):
        assert await school.app.read(receipts.is_code_of, one.payment, code)
