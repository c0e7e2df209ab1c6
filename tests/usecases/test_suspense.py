"""Money that waits for its owner, and the person who finds the owner (PAY-7)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.application import SuspenseReason
from core.errors import NotFound, NotPermitted
from core.ids import PaymentId
from core.permissions import Actor, ActorKind, Role
from core.phones import MaskedMsisdn, Msisdn, hashed
from storage import audit, suspense
from storage.applications import of_payment
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import TESTER, World, kes
from usecases.messages import Claim, claim_messages
from usecases.suspense import Assigned, AssignSuspense, assign


def wish(payment: PaymentId, reference: str, actor: Actor = TESTER) -> AssignSuspense:
    return AssignSuspense(payment, reference, actor, "trace")


async def waiting_coin(world: World, shillings: int = 1_500, **facts: Any) -> PaymentId:
    (recorded,) = await world.arrives(world.notice(facts.pop("reference", "KW1O"), shillings, **facts))
    return recorded.payment


async def test_what_waits_is_shown_with_its_reason_and_a_masked_number(world: World) -> None:
    await world.students({"KV10": 4_000})
    await world.closes("KV10")
    payer = Msisdn.parse("254799000111")
    await waiting_coin(world, 100, payer=payer, name="JOHN")
    await waiting_coin(world, 200, reference="")
    await waiting_coin(world, 300, reference="KV10")
    await waiting_coin(world, 400, reference="KV10", exact=False)

    found = await world.app.read(suspense.waiting, world.organisation)

    assert [(one.amount, one.reason) for one in found] == [
        (kes(100), SuspenseReason.UNKNOWN_REFERENCE),
        (kes(200), SuspenseReason.UNKNOWN_PAYER),
        (kes(300), SuspenseReason.CLOSED_ACCOUNT),
        (kes(400), SuspenseReason.ODD_AMOUNT),
    ]
    assert (found[0].payer, found[0].payer_name, found[0].typed) == ("254799***111", "JOHN", "KW1O")
    assert await world.app.read(suspense.count) == 4
    assert await world.app.read(suspense.waiting, limit=2) == found[:2]


async def test_a_reference_that_fits_two_accounts_waits_as_ambiguous(world: World) -> None:
    await world.students({"KVO1": 10, "KVOI": 20})
    payment = await waiting_coin(world, 5, reference="KV01")

    (found,) = await world.app.read(suspense.waiting, world.organisation)

    assert (found.payment, found.reason) == (payment, SuspenseReason.AMBIGUOUS)
    with pytest.raises(NotFound):
        await world.app.write(assign, wish(payment, "KV01"))


async def test_assigned_money_pays_the_oldest_debt_and_the_rest_is_credit(world: World) -> None:
    await world.students({"KV10": 1_000})
    payment = await waiting_coin(world, payer=Msisdn.parse("254799000111"))

    assigned = await world.app.write(assign, wish(payment, "kv-1O"))

    assert assigned == Assigned(payment, kes(1_500), "KV10")
    assert await world.suspense() == 0
    assert await world.owes("KV10") == -kes(500).minor
    parts = await world.app.read(of_payment, payment)
    assert [(part.reference, part.item, part.application.amount) for part in parts] == [
        ("KV10", "INV-000001", kes(1_000)),
        ("KV10", None, kes(500)),
    ]
    told = await world.app.write(claim_messages, Claim(9))
    assert [(one.phone.digits, one.message.event) for one in told] == [
        ("254799000111", "payment_held"),
        ("254799000111", "payment_received"),
    ]
    assert getattr(told[1].message, "balance") == -kes(500)  # noqa: B009
    history = await world.app.read(audit.history, payment)
    assert [row.change.action for row in history] == ["payment_completed", "suspense_assigned"]
    assert await world.app.read(suspense.of_payment, payment) is None


async def test_money_assigned_by_an_invoices_number_pays_that_invoice_first(world: World) -> None:
    await world.students({"KV10": 1_000})
    await world.students({"KV10": 2_000})  # the next term: INV-000002
    payment = await waiting_coin(world, 2_500)

    await world.app.write(assign, wish(payment, "INV-000002"))

    parts = await world.app.read(of_payment, payment)
    assert [(part.item, part.application.amount) for part in parts] == [
        ("INV-000002", kes(2_000)),
        ("INV-000001", kes(500)),
    ]


async def test_a_second_assignment_finds_nothing_left(world: World) -> None:
    await world.students({"KV10": 1_000, "KV20": 1_000})
    payment = await waiting_coin(world)

    outcomes = await asyncio.gather(
        world.app.write(assign, wish(payment, "KV10")),
        world.app.write(assign, wish(payment, "KV20")),
        return_exceptions=True,
    )
    with pytest.raises(NotFound):
        await world.app.write(assign, wish(payment, "KV10"))

    assert isinstance(outcomes[0], Assigned)
    assert isinstance(outcomes[1], NotFound)
    assert await world.owes("KV20") == kes(1_000).minor


async def test_two_people_who_assign_at_the_same_instant_do_it_once(world: World) -> None:
    await world.students({"KV10": 1_000, "KV20": 1_000})
    payment = await waiting_coin(world)
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(
            lambda: world.app.write(assign, wish(payment, "KV10")),
            lambda: rival.world.app.write(assign, wish(payment, "KV20")),
        )

    assert isinstance(mine, Assigned)
    assert isinstance(theirs, NotFound)
    assert await world.owes("KV20") == kes(1_000).minor


async def test_assignment_and_a_new_coin_for_the_same_account_at_once_both_count(world: World) -> None:
    await world.students({"KV10": 2_000})
    payment = await waiting_coin(world)
    with rival_of(world) as rival:
        await rival.overlap(
            lambda: world.app.write(assign, wish(payment, "KV10")),
            lambda: rival.world.arrives(world.notice("KV10", 1_000)),
        )

    assert await world.owes("KV10") == -kes(500).minor


async def test_what_cannot_be_assigned_is_refused_and_stays(world: World) -> None:
    await world.students({"KV10": 1_000, "KV20": 1_000})
    await world.closes("KV20")
    payment = await waiting_coin(world)
    (known,) = await world.arrives(world.notice("KV10", 100))

    for id_, reference in ((payment, "KV99"), (payment, "KV20"), (known.payment, "KV10"), (_nobody(), "KV10")):
        with pytest.raises(NotFound):
            await world.app.write(assign, wish(id_, reference))

    assert await world.suspense() == kes(1_500).minor


def _nobody() -> PaymentId:
    return PaymentId(UUID(int=0))


async def test_money_never_changes_its_currency_on_the_way_out_of_suspense(world: World) -> None:
    await world.students({"KV10": 1_000})
    payment = await waiting_coin(world)

    def change(tx: Tx, command: None) -> None:
        tx.connection.exec_driver_sql("UPDATE customer_accounts SET currency = 'UGX'")

    await world.app.write(change, None)

    with pytest.raises(NotFound):
        await world.app.write(assign, wish(payment, "KV10"))


async def test_an_account_of_another_organisation_is_not_found(world: World) -> None:
    other = await world.other_school("mlima")
    await other.students({"ML10": 1_000})
    payment = await waiting_coin(world)

    with pytest.raises(NotFound):
        await world.app.write(assign, wish(payment, "ML10"))

    assert await other.owes("ML10") == kes(1_000).minor


@pytest.mark.sampled
@pytest.mark.parametrize("role", [*Role, None])
async def test_only_who_handles_money_may_assign(world: World, role: Role | None) -> None:
    await world.students({"KV10": 1_000})
    payment = await waiting_coin(world)
    actor = await world.staff(role) if role else Actor(ActorKind.STAFF, "someone", "test", None)

    if role in {Role.CASHIER, Role.MANAGER, Role.TREASURER, Role.CFO}:
        await world.app.write(assign, wish(payment, "KV10", actor))
        assert await world.suspense() == 0
    else:
        with pytest.raises(NotPermitted):
            await world.app.write(assign, wish(payment, "KV10", actor))
        assert await world.suspense() == kes(1_500).minor


async def test_staff_of_another_school_cannot_even_tell_that_the_payment_exists(world: World) -> None:
    await world.students({"KV10": 1_000})
    payment = await waiting_coin(world)
    mlima = await world.other_school("mlima")
    stranger = await mlima.staff(Role.MANAGER)

    with pytest.raises(NotFound):
        await world.app.write(assign, wish(payment, "KV10", stranger))

    assert await world.suspense() == kes(1_500).minor


async def test_a_role_that_was_taken_away_meanwhile_counts_no_more(world: World) -> None:
    await world.students({"KV10": 1_000})
    payment = await waiting_coin(world)
    cashier = await world.staff(Role.CASHIER)
    await world.staff(Role.AUDITOR)

    with pytest.raises(NotPermitted):
        await world.app.write(assign, wish(payment, "KV10", cashier))
    with pytest.raises(NotPermitted):
        await world.app.write(assign, wish(payment, "KV10", Actor(ActorKind.STAFF, "nobody", "test", Role.CASHIER)))


async def test_the_guardian_whom_the_mask_fits_is_told_that_the_owner_was_found(world: World) -> None:
    await world.students({"KV10": 1_000}, guardians={"KV10": ["254711000999", "254712345678"]})
    payment = await waiting_coin(world, payer=MaskedMsisdn("25471", "678"))
    await world.app.write(assign, wish(payment, "KV10"))

    (told,) = await world.app.write(claim_messages, Claim(9))

    assert told.phone.digits == "254712345678"


async def test_a_hashed_stranger_is_told_by_way_of_the_first_guardian(world: World) -> None:
    await world.students({"KV10": 1_000}, guardians={"KV10": ["254711000999", "254712345678"]})
    payment = await waiting_coin(world, payer=hashed(Msisdn.parse("254799000111")))
    await world.app.write(assign, wish(payment, "KV10"))

    (told,) = await world.app.write(claim_messages, Claim(9))

    assert told.phone.digits == "254711000999"
