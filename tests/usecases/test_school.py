"""A school enrols, opens a term and charges it: repeated, concurrent, and beside money that is arriving (FEE-2)."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.errors import NotFound, NotPermitted
from core.fees import FeeLine
from core.ids import OrganisationId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import people
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import TESTER, World, kes
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import InvoiceRun, RunInvoices, run_invoices
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol

AUNT = Msisdn.parse("254712345678")


def student(number: str, *guardians: GuardianEntry, class_name: str = "Grade 4") -> StudentEntry:
    return StudentEntry(number, f"Student {number}", class_name, guardians)


async def enrols(world: World, *students: StudentEntry) -> int:
    return await world.app.write(enrol, Enrol(world.organisation, students, TESTER))


async def opens(world: World, name: str = "Term 3", **fees: int) -> None:
    lines = tuple(
        ClassFees(group.replace("_", " "), (FeeLine("Tuition", kes(shillings)), FeeLine("Lunch", kes(0))))
        for group, shillings in fees.items()
    )
    await world.app.write(
        open_term,
        OpenTerm(world.organisation, name, date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30), lines, TESTER),
    )


def charge(world: World, name: str = "Term 3") -> Callable[[], Any]:
    return lambda: world.app.write(run_invoices, RunInvoices(world.organisation, name, date(2026, 9, 1), TESTER))


async def test_enrolling_again_adds_only_who_is_new(world: World) -> None:
    aunt = GuardianEntry("Asha", AUNT, "sw")

    assert await enrols(world, student("KV10", aunt), student("KV20", aunt)) == 2
    assert await enrols(world, student("KV20", aunt), student("KV30", GuardianEntry("A. Other name", AUNT, "fr"))) == 1

    assert world.rows("SELECT name FROM contacts") == [("Asha",)]
    assert len(world.rows("SELECT 1 FROM account_contacts")) == 3
    assert world.rows("SELECT language FROM languages") == [("sw",)]  # her own choice is not overwritten by a list


async def test_two_processes_that_enrol_the_same_new_family_add_it_once(world: World) -> None:
    aunt = GuardianEntry("Asha", AUNT)
    with rival_of(world) as rival:
        rival.world.organisation = world.organisation
        mine, theirs = await rival.overlap(
            lambda: enrols(world, student("KV10", aunt)), lambda: enrols(rival.world, student("KV20", aunt))
        )

    assert (mine, theirs) == (1, 1)
    assert world.rows("SELECT name FROM contacts") == [("Asha",)]


async def test_a_run_charges_each_student_once_however_often_it_is_run(world: World) -> None:
    await enrols(world, student("KV10"), student("KV20"), student("KV30", class_name="Nobody pays"))
    await opens(world, Grade_4=4_000)

    first, second = await asyncio.gather(charge(world)(), charge(world)())
    third = await charge(world)()

    assert first == InvoiceRun(2, kes(8_000), kes(0))
    assert second == third == InvoiceRun(0, kes(0), kes(0))
    assert await world.owes("KV10") == kes(4_000).minor
    assert world.rows("SELECT number FROM open_items ORDER BY number") == [("INV-000001",), ("INV-000002",)]


async def test_a_student_who_comes_late_is_charged_by_the_next_run(world: World) -> None:
    await enrols(world, student("KV10"))
    await opens(world, Grade_4=4_000)
    await charge(world)()
    await enrols(world, student("KV20"))
    await opens(world, Grade_4=5_000)  # the structure is replaced, what was issued stays

    assert await charge(world)() == InvoiceRun(1, kes(5_000), kes(0))
    assert (await world.owes("KV10"), await world.owes("KV20")) == (kes(4_000).minor, kes(5_000).minor)


async def test_two_processes_that_run_a_term_at_once_charge_it_once_and_number_it_without_gaps(world: World) -> None:
    await enrols(world, *(student(f"KV{number}0") for number in range(1, 6)))
    await opens(world, Grade_4=4_000)
    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(charge(world), charge(rival.world))

    assert (mine.issued, theirs.issued) == (5, 0)
    assert [number for (number,) in world.rows("SELECT number FROM open_items ORDER BY number")] == [
        f"INV-{number:06}" for number in range(1, 6)
    ]


async def test_credit_is_applied_to_the_next_invoice_exactly_once(world: World) -> None:
    await enrols(world, student("KV10"), student("KV20"))
    await world.arrives(world.notice("KV10", 1_500), world.notice("KV20", 9_000))
    await opens(world, Grade_4=4_000)

    run = await charge(world)()
    await charge(world)()
    await opens(world, "Term 4", Grade_4=4_000)
    second = await charge(world, "Term 4")()

    assert run == InvoiceRun(2, kes(8_000), kes(5_500))
    assert second == InvoiceRun(2, kes(8_000), kes(4_000))
    assert await world.owes("KV10") == kes(6_500).minor
    assert await world.owes("KV20") == -kes(1_000).minor


@pytest.mark.parametrize("run_first", [True, False])
async def test_money_that_arrives_while_a_term_is_charged_is_used_once(world: World, run_first: bool) -> None:
    await enrols(world, student("KV10"))
    await world.arrives(world.notice("KV10", 1_500))
    await opens(world, Grade_4=4_000)
    notice = world.notice("KV10", 3_000)
    with rival_of(world) as rival:
        if run_first:
            run, _ = await rival.overlap(charge(world), lambda: rival.world.arrives(notice))
        else:
            _, run = await rival.overlap(lambda: world.arrives(notice), charge(rival.world))

    assert run.issued == 1
    assert await world.owes("KV10") == -kes(500).minor


async def test_without_its_organisation_or_term_nothing_is_charged(world: World) -> None:
    with pytest.raises(NotFound):
        await charge(world, "no such term")()
    world.organisation = OrganisationId(world.ids.new())
    with pytest.raises(NotFound):
        await charge(world)()


@pytest.mark.parametrize("role", [Role.CASHIER, Role.AUDITOR, Role.REQUESTER])
async def test_who_may_not_edit_or_charge_a_school_does_not(world: World, role: Role) -> None:
    actor = Actor(ActorKind.STAFF, "someone", "test", role)
    dates = (date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30))

    with pytest.raises(NotPermitted):
        await world.app.write(enrol, Enrol(world.organisation, (student("KV10"),), actor))
    with pytest.raises(NotPermitted):
        await world.app.write(open_term, OpenTerm(world.organisation, "Term 3", *dates, (), actor))
    with pytest.raises(NotPermitted):
        await world.app.write(run_invoices, RunInvoices(world.organisation, "Term 3", date(2026, 9, 1), actor))


async def test_a_provider_or_a_customer_has_no_role_at_all(world: World) -> None:
    for kind in (ActorKind.PERSON, ActorKind.PROVIDER):
        with pytest.raises(NotPermitted):
            await world.app.write(enrol, Enrol(world.organisation, (), Actor(kind, "x", "test", Role.ADMIN)))


async def test_guardians_are_found_first_ranked_first_and_each_phone_once(world: World) -> None:
    uncle = Msisdn.parse("254711000999")
    await enrols(
        world,
        student("KV10", GuardianEntry("Asha", AUNT), GuardianEntry("Ben", uncle)),
        student("KV20", GuardianEntry("Ben", uncle), GuardianEntry("Asha", AUNT)),
    )

    async def guardians(*references: str) -> list[str]:
        accounts = [await world.account_of(reference) for reference in references]
        return [one.name for one in await world.app.read(_guardians, accounts)]

    assert await guardians("KV10") == ["Asha", "Ben"]
    assert await guardians("KV20") == ["Ben", "Asha"]
    assert sorted(await guardians("KV10", "KV20")) == ["Asha", "Ben"]


def _guardians(tx: Tx, accounts: Any) -> list[people.Recipient]:
    return people.guardians_of(tx, accounts)
