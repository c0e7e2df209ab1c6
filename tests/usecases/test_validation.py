"""Before the money moves: what an organisation does not want is refused, with the reason (PAY-8)."""

from dataclasses import replace
from typing import Any

import pytest

from core.money import Currency, Money
from core.organisations import Rejection
from storage.tx import Tx
from tests.world import World
from usecases.validation import Validate, validate


async def verdict(world: World, reference: str, shillings: int = 100, **facts: Any) -> Rejection | None:
    notice = replace(world.notice(reference, shillings), **facts)
    return await world.app.write(validate, Validate(notice, b"{}", "127.0.0.1", "trace"))


async def test_the_default_takes_unknown_and_ambiguous_references_into_suspense(world: World) -> None:
    await world.students({"KVO1": 10, "KVOI": 20})

    assert await verdict(world, "KVO1") is None
    assert await verdict(world, "nonsense") is None
    assert await verdict(world, "") is None
    assert await verdict(world, "KV01") is None


async def test_a_strict_organisation_rejects_them(world: World) -> None:
    strict = await world.other_school("strict", strict_references=True)
    await strict.students({"KVO1": 10, "KVOI": 20})

    assert await verdict(strict, "kvo1") is None
    assert await verdict(strict, "nonsense") is Rejection.UNKNOWN_ACCOUNT
    assert await verdict(strict, "") is Rejection.UNKNOWN_ACCOUNT
    assert await verdict(strict, "KV01") is Rejection.UNKNOWN_ACCOUNT


async def test_a_closed_account_is_rejected(world: World) -> None:
    await world.students({"KV10": 10})
    await world.closes("KV10")

    assert await verdict(world, "KV10") is Rejection.CLOSED_ACCOUNT


@pytest.mark.parametrize("shillings, refused", [(9, True), (10, False), (500, False), (501, True)])
async def test_limits_are_the_organisations_own(world: World, shillings: int, refused: bool) -> None:
    narrow = await world.other_school("narrow", least=10, most=500)

    assert await verdict(narrow, "", shillings) is (Rejection.AMOUNT_OUTSIDE_LIMITS if refused else None)


async def test_an_account_in_another_currency_is_rejected(world: World) -> None:
    await world.students({"KV10": 10})

    def change(tx: Tx, command: None) -> None:
        tx.connection.exec_driver_sql("UPDATE customer_accounts SET currency = 'UGX'")

    await world.app.write(change, None)

    assert await verdict(world, "KV10", amount=Money(10_000, Currency.KES)) is Rejection.WRONG_CURRENCY


async def test_every_question_is_kept_with_its_verdict_and_moves_no_money(world: World) -> None:
    await world.students({"KV10": 10})
    await world.closes("KV10")
    await verdict(world, "KV10", receipt="R1")
    await verdict(world, "nonsense", receipt="R2")

    kept = world.rows("SELECT operation, outcome, detail FROM exchanges ORDER BY detail")

    assert kept == [("validation", "rejected", "R1 closed_account"), ("validation", "accepted", "R2")]
    assert "asset:float:mpesa:600984" not in await world.balances()
