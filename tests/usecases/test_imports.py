"""A list taken into the books: all or nothing, twice is once, corrected where it differs, and the books stay whole."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import OrganisationId
from core.money import Currency
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.rosters import Line, Rules, read_roster
from storage import people
from tests.rivals import rival_of
from tests.world import TESTER, World
from usecases.imports import Imported, ImportStudents, import_students, rehearse
from usecases.verification import verify

TODAY = date(2026, 11, 21)
HEAD = ("No", "Name", "Class", "Parent", "Phone", "Language", "Balance", "As at")
ASHA = ("KV1", "Asha", "Grade 4", "Mary", "0712345678", "sw", "4500", "31/08/2026")
BARAKA = ("KV2", "Baraka", "grade 4", "Mary", "0712345678", "", "-1000", "31/08/2026")
NOTHING = (0, 0, 0, 0, 0)


def wish(world: World, *rows: tuple[Any, ...]) -> ImportStudents:
    lines = [Line(number, row) for number, row in enumerate((HEAD, *rows), 1)]
    roster = read_roster(lines, Rules("254", Currency.KES, TODAY))
    return ImportStudents(world.organisation, roster, "list.csv", TODAY, TESTER)


async def imports(world: World, *rows: tuple[Any, ...]) -> Imported:
    return await world.app.write(import_students, wish(world, *rows))


def counts(told: Imported) -> tuple[int, ...]:
    return (told.students, told.corrected, told.guardians, told.classes, told.balances)


def everything(world: World) -> list[Any]:
    tables = ("customer_accounts", "contacts", "phones", "account_contacts", "groups", "languages", "open_items")
    return [sorted(world.rows(f"SELECT * FROM {name}"), key=str) for name in (*tables, "entries", "changes")]  # noqa: S608


async def is_whole(world: World) -> bool:
    return await world.app.read(verify) == [] and world.broken_laws() == []


async def test_a_list_is_imported_once_and_can_be_paid(world: World) -> None:
    told = await imports(world, ASHA, BARAKA)

    assert counts(told) == (2, 0, 2, 1, 2)
    assert (told.owed_minor, told.held_minor) == (4_500_00, 1_000_00)
    assert (await world.owes("KV1"), await world.owes("KV2")) == (4_500_00, -1_000_00)
    assert await world.app.read(people.language_of, Msisdn("254712345678")) == "sw"
    assert {str(row[0])[:10] for row in world.rows("SELECT value_on FROM entries")} == {"2026-08-31"}
    before = everything(world)

    again = await imports(world, ASHA, BARAKA)

    assert counts(again) == NOTHING
    assert everything(world) == before
    await world.arrives(world.notice("KV1", 4_500))
    assert await world.owes("KV1") == 0
    assert await is_whole(world)


async def test_a_rehearsal_says_the_same_and_writes_nothing(world: World) -> None:
    before = everything(world)

    told = await world.app.read(rehearse, wish(world, ASHA, BARAKA))

    assert everything(world) == before
    assert told == await imports(world, ASHA, BARAKA)


async def test_a_corrected_list_corrects_names_classes_and_guardians(world: World) -> None:
    await imports(world, ASHA, BARAKA)

    told = await imports(
        world,
        ("kv-1", "Asha Wanjiru", "Grade 5", "Mary Atieno", "0712345678"),
        ("KV2", "Baraka", "Grade 4", "", "0712345678"),
        ("KV2", "Baraka", "Grade 4", "John", "0733000001"),
    )

    assert counts(told) == (0, 2, 1, 1, 0)
    assert ("Mary Atieno",) in world.rows("SELECT name FROM contacts")
    assert ("KV1", "Asha Wanjiru") in world.rows("SELECT reference, holder FROM customer_accounts")
    assert await is_whole(world)


async def test_a_list_with_one_mistake_is_not_imported_at_all(world: World) -> None:
    before = everything(world)

    told = await imports(world, ASHA, ("KV2", "Baraka", ""))

    assert [(one.line, one.code) for one in told.complaints] == [(3, "missing")]
    assert told.complained == 1
    assert everything(world) == before


async def test_what_contradicts_the_books_is_named_by_its_line(world: World) -> None:
    await world.students({"KV9": 100})
    await imports(world, ASHA, BARAKA)
    before = everything(world)

    told = await imports(
        world, ("INV-000001", "Eve", "4"), (*ASHA[:6], "9", "31/08/2026"), (*BARAKA[:6], "5", "1/9/26")
    )

    assert [(one.line, one.code) for one in told.complaints] == [
        (2, "number_taken"),
        (3, "balance_differs"),
        (4, "balance_differs"),
    ]
    assert told.complaints[1].facts == {"known": "KES 4500.00", "since": "31/08/2026"}
    assert everything(world) == before


async def test_money_paid_ahead_meets_a_balance_that_is_brought_in_later(world: World) -> None:
    await imports(world, ASHA[:6])
    await world.arrives(world.notice("KV1", 1_000))

    await imports(world, ASHA)

    assert await world.owes("KV1") == 3_500_00
    assert world.rows("SELECT outstanding_minor FROM open_items") == [(3_500_00,)]
    assert await is_whole(world)


async def test_a_phone_of_another_school_is_another_guardian_here(world: World) -> None:
    await imports(world, ASHA)
    other = await world.other_school("mzuri")

    assert counts(await imports(other, ASHA)) == (1, 0, 1, 1, 1)
    assert await is_whole(world)


async def test_only_who_may_edit_the_school_imports(world: World) -> None:
    cashier = Actor(ActorKind.STAFF, "tess", "cli", Role.CASHIER)
    refused = replace(wish(world, ASHA), actor=cashier)

    with pytest.raises(NotPermitted):
        await world.app.write(import_students, refused)
    with pytest.raises(NotPermitted):
        await world.app.read(rehearse, refused)
    with pytest.raises(NotFound):
        await world.app.write(import_students, replace(wish(world, ASHA), organisation=OrganisationId(world.ids.new())))


async def test_the_trail_says_who_imported_what(world: World) -> None:
    await imports(world, ASHA)

    rows = world.rows("SELECT actor, reason FROM changes WHERE action = 'students_imported'")
    assert rows == [("tester", "list.csv: 1 students, 0 corrected, 1 guardians, 1 classes, 1 balances")]


async def test_two_processes_import_the_same_list_once(world: World) -> None:
    with rival_of(world) as rival:
        await rival.overlap(lambda: imports(world, ASHA, BARAKA), lambda: imports(rival.world, ASHA, BARAKA))

    assert world.rows("SELECT count(*) FROM open_items") == [(1,)]
    assert await world.owes("KV1") == 4_500_00
    assert await is_whole(world)


async def test_an_import_that_failed_at_its_commit_is_done_again_once(world: World) -> None:
    def crash() -> None:
        world.writer.before_commit = lambda: None
        raise RuntimeError("the line broke")

    world.writer.before_commit = crash
    told = await imports(world, ASHA)

    assert counts(told) == (1, 0, 1, 1, 1)
    assert await world.owes("KV1") == 4_500_00
    assert world.rows("SELECT count(*) FROM entries") == [(1,)]
    world.bugs.clear()


async def test_the_staff_of_another_school_import_nothing_into_this_one(world: World) -> None:
    other = await world.other_school("mlima")
    theirs = await other.staff(Role.MANAGER, "254700900009", "Their Manager")
    attempt = replace(wish(world, ASHA), actor=theirs)

    with pytest.raises(NotFound):
        await world.app.write(import_students, attempt)
    with pytest.raises(NotFound):
        await world.app.read(rehearse, attempt)
