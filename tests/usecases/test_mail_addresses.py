"""Where guardians and staff get mail: entered by the office, by a list or by command; sealed; forgotten with the person."""

from typing import Any
from uuid import UUID

import pytest

from cli import people as people_commands
from cli.people import MailArgs
from core.errors import NotFound, NotPermitted
from core.ids import ContactId, StaffId
from core.mail import MailAddress, NotAMailAddress
from core.permissions import Actor, Role
from core.phones import Msisdn
from core.rosters import Line, Rules, read_roster
from storage import callers, mail_addresses, organisations, persons
from storage import students as store
from storage.mail_addresses import Mailbox
from storage.students import Guardian
from tests.usecases.test_erasure import SYSTEM, Desk, erased, exported
from tests.world import KES, TESTER, World
from usecases.imports import Imported, ImportStudents, import_students
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol
from usecases.staff import SetMail, set_mail
from usecases.students import AddGuardian, ChangeGuardian, add_guardian, change_guardian

ASHA, HERS, OTHER = "254712345678", MailAddress("asha@example.org"), MailAddress("other@example.org")
HEAD = ("No", "Name", "Class", "Parent", "Phone", "E-mail", "Parent 2", "Phone 2", "Parent 2 email")


async def imports(world: World, *rows: tuple[Any, ...]) -> Imported:
    lines = [Line(number, row) for number, row in enumerate((HEAD, *rows), 1)]
    today = world.clock.now().date()
    roster = read_roster(lines, Rules("254", KES, today))
    return await world.app.write(import_students, ImportStudents(world.organisation, roster, "l.csv", today, TESTER))


async def boxes(world: World) -> list[tuple[str, bool]]:
    contacts = [ContactId(_id(row[0])) for row in world.rows("SELECT contact_id FROM mail_addresses")]
    found = await world.app.read(mail_addresses.of_contacts, contacts)
    return sorted((box.address.text, box.waits_at_night) for box in found.values())


def _id(value: Any) -> Any:
    return value if isinstance(value, UUID) else UUID(bytes=bytes(value))


async def guardian_of(world: World, number: str) -> Guardian:
    named = await world.app.read(callers.account_named, world.organisation, number)
    assert named is not None
    return (await world.app.read(store.guardians_of, named[0]))[0]


async def test_a_list_brings_addresses_and_twice_changes_nothing(world: World) -> None:
    row = ("KV1", "Asha", "Grade 4", "Mary", "0712345678", "Mary@Example.org", "John", "0733000001", "j@example.org")
    first = await imports(world, row, ("KV2", "Ben", "Grade 4", "Mary", "0712345678", "later@example.org"))

    assert (first.students, first.guardians, first.corrected) == (2, 3, 0)
    assert await boxes(world) == [("Mary@example.org", False), ("j@example.org", False)]
    assert not (await imports(world, row)).changes_something
    corrected = await imports(world, (*row[:5], "new@example.org"))
    assert (corrected.corrected, await boxes(world)) == (1, [("j@example.org", False), ("new@example.org", False)])


@pytest.mark.parametrize(
    "cells, code",
    [
        (("Mary", "0712345678", "no address"), "mail_unreadable"),
        (("Mary", "0712345678", "a@example.org b@example.org"), "mails_several"),
        (("", "", "a@example.org"), "phone_missing"),
    ],
)
async def test_an_address_that_cannot_be_taken_is_named_by_its_line(
    world: World, cells: tuple[str, ...], code: str
) -> None:
    told = await imports(world, ("KV1", "Asha", "Grade 4", *cells), ("KV2", "Ben", "Grade 4", "M", "0712345679", "n/a"))

    assert [(one.line, one.code) for one in told.complaints] == [(2, code)]


async def test_the_office_enters_changes_and_takes_an_address_away(world: World) -> None:
    await world.students({"KV10": 1_000}, guardians={"KV10": [ASHA]})
    office = await world.staff(Role.MANAGER)
    account = await world.account_of("KV10")
    await world.app.write(add_guardian, AddGuardian(world.organisation, account, "", Msisdn(ASHA), office, HERS))
    assert await boxes(world) == [("asha@example.org", False)]

    for mail, waits in ((OTHER, True), (OTHER, True), (None, True)):
        known = await guardian_of(world, "KV10")
        wish = ChangeGuardian(
            *(world.organisation, known.contact, known.name, known.version, office), mail=mail, mail_waits=waits
        )
        await world.app.write(change_guardian, wish)
        assert await boxes(world) == ([("other@example.org", True)] if mail else [])

    told = world.rows("SELECT from_state, to_state FROM changes WHERE action = 'guardian_changed'")
    assert len(told) == 2
    assert "o***@example.org" in str(told)
    assert "other@" not in str(told)


async def test_a_known_guardian_keeps_address_and_wish_when_added_to_another_child(world: World) -> None:
    entry = GuardianEntry("Asha", Msisdn(ASHA), None, HERS)
    students = tuple(StudentEntry(number, "Student", "Grade 4", (entry,)) for number in ("KV1", "KV2"))
    await world.app.write(enrol, Enrol(world.organisation, students, TESTER))
    known = await guardian_of(world, "KV1")
    await world.app.write(_waits, known)

    await world.app.write(
        add_guardian, AddGuardian(world.organisation, await world.account_of("KV2"), "", Msisdn(ASHA), TESTER)
    )
    assert await boxes(world) == [("asha@example.org", True)]
    await world.app.write(
        add_guardian, AddGuardian(world.organisation, await world.account_of("KV2"), "", Msisdn(ASHA), TESTER, OTHER)
    )
    assert await boxes(world) == [("other@example.org", True)]


def _waits(tx: Any, known: Guardian) -> None:
    row = tx.connection.exec_driver_sql("SELECT organisation_id FROM mail_addresses").one()
    mail_addresses.put(tx, _id(row[0]), [(known.contact, Mailbox(HERS, waits_at_night=True))])


async def test_by_command_and_the_person_is_shown_it_and_forgotten_with_it(world: World) -> None:
    await world.students({"KV10": 0}, guardians={"KV10": [ASHA]})

    async def says(address: str) -> list[Any]:
        return [line async for line in people_commands.mail(Desk(world), MailArgs("0712345678", address), SYSTEM)]

    assert (await says("asha@example.org"))[0].mail == "asha@example.org"
    assert (await exported(world)).mail == "asha@example.org"
    await says("asha@example.org")
    assert len(world.rows("SELECT 1 FROM changes WHERE action = 'guardian_changed'")) == 1
    with pytest.raises(NotAMailAddress):
        await says("asha")
    with pytest.raises(NotFound):
        await anext(people_commands.mail(Desk(world), MailArgs("0799000000", "a@example.org"), SYSTEM))

    await erased(world)

    assert world.rows("SELECT * FROM mail_addresses") == []
    assert (await world.app.read(persons.find, world.organisation, Msisdn(ASHA))).mail is None


async def test_an_admin_sets_where_staff_get_mail(world: World) -> None:
    admin = await world.staff(Role.ADMIN, "254700900009", "Rose")
    cashier = await world.staff(Role.CASHIER)
    id_ = StaffId(_uuid(cashier))

    for mail in (HERS, HERS, None):
        await world.app.write(set_mail, SetMail(id_, mail, admin))
        member = await world.app.read(organisations.staff_by_id, id_)
        assert member is not None
        assert member.mail == mail

    assert world.rows("SELECT from_state, to_state FROM changes WHERE action = 'staff_mail' ORDER BY sequence") == [
        (None, "a***@example.org"),
        ("a***@example.org", None),
    ]
    with pytest.raises(NotPermitted):
        await world.app.write(set_mail, SetMail(id_, HERS, cashier))
    with pytest.raises(NotFound):
        await world.app.write(set_mail, SetMail(StaffId(world.ids.new()), HERS, admin))


def _uuid(actor: Actor) -> Any:
    return UUID(actor.name)
