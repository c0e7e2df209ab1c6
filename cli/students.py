"""Students and who answers for them: entered, changed, retired, as the staff's pages do it (FEE-8)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import UUID

import msgspec

from cli.fees import the_school
from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.mail import MailAddress
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn
from storage import persons
from storage import students as store
from storage.organisations import Organisation
from storage.students import Guardian, Search, StudentLine
from storage.tx import Tx
from usecases import students
from usecases.fees import class_of

MOST_LISTED = 1_000


class GuardianLine(msgspec.Struct, frozen=True):
    """Who answers for students: name and phones, the phones masked."""

    name: str
    phones: list[str]
    mail: str


class Line(msgspec.Struct, frozen=True):
    """One student. `class_name` is empty for who has left; `open`: the number can be paid into."""

    number: str
    name: str
    class_name: str
    open: bool
    owed: str
    credit: str
    currency: str
    guardians: list[str]


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text`: words of a name (the student's or a guardian's), a number or a phone. `left`: who has left."""

    text: str = ""
    class_name: str | None = None
    left: bool = False
    limit: int = 50
    organisation: str | None = None


async def list_students(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """By number."""
    operator.require(Action.SEE_SCHOOL)
    organisation = await the_school(opened, args.organisation, operator)
    for line in await opened.app.read(_found, organisation, args):
        yield line


def _found(tx: Tx, organisation: Organisation, args: ListArgs) -> list[Line]:
    group = _class(tx, organisation.id, args.class_name) if args.class_name else None
    wanted = Search(args.text, group, left=args.left)
    limit = max(0, min(args.limit, MOST_LISTED))
    code = COUNTRIES[organisation.country].calling_code
    return [_line(tx, one) for one in store.page_of(tx, organisation.id, wanted, country_code=code, limit=limit)]


def _line(tx: Tx, one: StudentLine) -> Line:
    guardians = [_said(each) for each in store.guardians_of(tx, one.account)]
    owed, credit = one.owed.plain(), one.credit.plain()
    return Line(*(one.number, one.name, one.class_name, one.is_open, owed, credit, one.owed.currency.code), guardians)


def _said(guardian: Guardian) -> str:
    return " ".join([guardian.name, *(phone.masked for phone in guardian.phones)])


def _class(tx: Tx, organisation: OrganisationId, name: str) -> UUID:
    return class_of(tx, organisation, name).id


class AddArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    name: str
    class_name: str
    organisation: str | None = None


async def add(opened: Opened, args: AddArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """One more student, who can be paid for at once."""
    organisation = await the_school(opened, args.organisation, operator)
    group = await opened.app.read(_class, organisation.id, args.class_name)
    wish = students.AddStudent(organisation.id, args.number, args.name, group, operator.actor)
    yield await _shown(opened, organisation, await opened.app.write(students.add_student, wish))


class ChangeArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`student` by their number. What is None stays; a class brings back who had left."""

    student: str
    name: str | None = None
    class_name: str | None = None
    organisation: str | None = None


async def change(opened: Opened, args: ChangeArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """Another name, another class. The number never changes, and invoices that were issued stay."""
    operator.require(Action.EDIT_SCHOOL)
    organisation = await the_school(opened, args.organisation, operator)
    one = await opened.app.read(_meant, organisation.id, args.student)
    group = await opened.app.read(_class, organisation.id, args.class_name) if args.class_name else one.group
    if group is None:
        raise NotFound("class", "--class")
    name = one.name if args.name is None else args.name
    wish = students.ChangeStudent(organisation.id, one.account, name, group, one.version, operator.actor)
    await opened.app.write(students.change_student, wish)
    yield await _shown(opened, organisation, one.account)


class LeaveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    student: str
    reason: str
    organisation: str | None = None


async def leave(opened: Opened, args: LeaveArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """Charged no more; while something is owed or held, the number can be paid as before."""
    operator.require(Action.EDIT_SCHOOL)
    organisation = await the_school(opened, args.organisation, operator)
    one = await opened.app.read(_meant, organisation.id, args.student)
    wish = students.Leave(organisation.id, one.account, args.reason, one.version, operator.actor)
    await opened.app.write(students.leave, wish)
    yield await _shown(opened, organisation, one.account)


# --- who answers for them -----------------------------------------------------------------------------------------------


class AddGuardianArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is that of a new person: whoever is known by this phone keeps theirs."""

    student: str
    phone: str
    name: str = ""
    mail: str = ""
    organisation: str | None = None


async def add_guardian(opened: Opened, args: AddGuardianArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """Whoever has this phone answers for the student from now on."""
    operator.require(Action.EDIT_SCHOOL)
    organisation = await the_school(opened, args.organisation, operator)
    one = await opened.app.read(_meant, organisation.id, args.student)
    mail = MailAddress.parse(args.mail) if args.mail else None
    phone = _phone(organisation, args.phone)
    wish = students.AddGuardian(organisation.id, one.account, args.name, phone, operator.actor, mail)
    await opened.app.write(students.add_guardian, wish)
    yield await _shown(opened, organisation, one.account)


class GuardianArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guardian of `student`, by their phone."""

    student: str
    phone: str
    organisation: str | None = None


async def remove_guardian(opened: Opened, args: GuardianArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """They answer for this student no more; for their other children all stays as it was."""
    organisation, one, contact = await _guardian_of(opened, args, operator)
    wish = students.RemoveGuardian(organisation.id, one.account, contact, operator.actor)
    await opened.app.write(students.remove_guardian, wish)
    yield await _shown(opened, organisation, one.account)


async def put_first(opened: Opened, args: GuardianArgs, operator: Operator) -> AsyncGenerator[Line, None]:
    """Messages about this student go to them before the others."""
    organisation, one, contact = await _guardian_of(opened, args, operator)
    await opened.app.write(students.put_first, students.PutFirst(organisation.id, one.account, contact, operator.actor))
    yield await _shown(opened, organisation, one.account)


class ChangeGuardianArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guardian by a phone of theirs. What is None stays."""

    phone: str
    name: str | None = None
    add: str | None = None
    remove: str | None = None
    organisation: str | None = None


async def change_guardian(
    opened: Opened, args: ChangeGuardianArgs, operator: Operator
) -> AsyncGenerator[GuardianLine, None]:
    """A corrected name, a phone more, a phone less: for all children whom they answer for."""
    operator.require(Action.EDIT_SCHOOL)
    organisation = await the_school(opened, args.organisation, operator)
    before = await opened.app.read(_guardian, organisation.id, _phone(organisation, args.phone))
    wish = students.ChangeGuardian(
        organisation.id,
        before.contact,
        before.name if args.name is None else args.name,
        before.version,
        operator.actor,
        add=_phone(organisation, args.add) if args.add else None,
        remove=_phone(organisation, args.remove) if args.remove else None,
        mail=before.mail,
        mail_waits=before.mail_waits,
    )
    await opened.app.write(students.change_guardian, wish)
    after = await opened.app.read(store.guardian, organisation.id, before.contact)
    assert after is not None, "it was just changed"
    mail = after.mail.masked if after.mail else ""
    yield GuardianLine(after.name, [phone.masked for phone in after.phones], mail)


async def _guardian_of(
    opened: Opened, args: GuardianArgs, operator: Operator
) -> tuple[Organisation, StudentLine, ContactId]:
    operator.require(Action.EDIT_SCHOOL)
    organisation = await the_school(opened, args.organisation, operator)
    one = await opened.app.read(_meant, organisation.id, args.student)
    found = await opened.app.read(_guardian, organisation.id, _phone(organisation, args.phone))
    return organisation, one, found.contact


def _guardian(tx: Tx, organisation: OrganisationId, phone: Msisdn) -> Guardian:
    contact = persons.find(tx, organisation, phone).contact
    found = store.guardian(tx, organisation, contact) if contact else None
    if found is None:
        raise NotFound("guardian", phone.masked)
    return found


def _phone(organisation: Organisation, text: str) -> Msisdn:
    return Msisdn.parse(text, country_code=COUNTRIES[organisation.country].calling_code)


def _meant(tx: Tx, organisation: OrganisationId, number: str) -> StudentLine:
    found = store.by_number(tx, organisation, number)
    if found is None:
        raise NotFound("student", number[:40])
    return found


async def _shown(opened: Opened, organisation: Organisation, account: CustomerAccountId) -> Line:
    return await opened.app.read(_line_of, organisation.id, account)


def _line_of(tx: Tx, organisation: OrganisationId, account: CustomerAccountId) -> Line:
    found = store.by_account(tx, organisation, account)
    assert found is not None, "it was just changed"
    return _line(tx, found)


LIST = Command(ListArgs, Line, list_students)
ADD = Command(AddArgs, Line, add, writes=True)
CHANGE = Command(ChangeArgs, Line, change, writes=True)
LEAVE = Command(LeaveArgs, Line, leave, writes=True)
ADD_GUARDIAN = Command(AddGuardianArgs, Line, add_guardian, writes=True)
REMOVE_GUARDIAN = Command(GuardianArgs, Line, remove_guardian, writes=True)
FIRST_GUARDIAN = Command(GuardianArgs, Line, put_first, writes=True)
CHANGE_GUARDIAN = Command(ChangeGuardianArgs, GuardianLine, change_guardian, writes=True)
