"""The office enters, changes and moves students, and those who answer for them (FEE-8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.permissions import TABLE, Action, Actor, Role
from core.phones import Msisdn
from core.versions import ChangedMeanwhile, version_of
from storage import audit, callers, school
from storage import students as store
from storage.students import Guardian, Search, StudentLine, StudentShown
from storage.tx import Tx
from tests.world import World, kes
from usecases.students import (
    LONGEST_NAME,
    AddGuardian,
    AddStudent,
    ChangeGuardian,
    ChangeStudent,
    LastPhone,
    Leave,
    NotAName,
    NotANumber,
    NumberTaken,
    PhoneTaken,
    PutFirst,
    RemoveGuardian,
    add_guardian,
    add_student,
    change_guardian,
    change_student,
    leave,
    put_first,
    remove_guardian,
)

MOTHER, FATHER, AUNT = "254712000001", "254712000002", "254712000003"
NOBODY = uuid5(UUID(int=0), "nobody")


class Office:
    """The school's office, with the books open."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.world, self.actor, self.organisation = world, actor, world.organisation

    async def line(self, number: str) -> StudentLine:
        return (await self.shown(number)).line

    async def shown(self, number: str) -> StudentShown:
        account = await self.world.app.read(_account, self.organisation, number)
        found = await self.world.app.read(store.shown, self.organisation, account)
        assert found is not None
        return found

    async def guardians(self, number: str) -> list[str]:
        return [each.name for each in (await self.shown(number)).guardians]

    async def guardian(self, number: str, name: str) -> Guardian:
        return next(each for each in (await self.shown(number)).guardians if each.name == name)

    async def group(self, name: str) -> UUID:
        found = await self.world.app.read(school.class_named, self.organisation, name)
        assert found is not None
        return found.id

    async def adds(self, number: str, name: str = "Amani Kamau", class_name: str = "Class A1") -> CustomerAccountId:
        wish = AddStudent(self.organisation, number, name, await self.group(class_name), self.actor)
        return await self.world.app.write(add_student, wish)

    async def changes(self, number: str, **changes: Any) -> None:
        one = await self.line(number)
        values = {"name": one.name, "group": one.group, "seen": one.version} | changes
        await self.world.app.write(
            change_student, ChangeStudent(self.organisation, one.account, actor=self.actor, **values)
        )

    async def lets_leave(self, number: str) -> None:
        one = await self.line(number)
        await self.world.app.write(
            leave, Leave(self.organisation, one.account, " moved  away ", one.version, self.actor)
        )

    async def adds_guardian(self, number: str, name: str, phone: str) -> Guardian:
        wish = AddGuardian(self.organisation, (await self.line(number)).account, name, Msisdn(phone), self.actor)
        return await self.world.app.write(add_guardian, wish)

    async def changes_guardian(self, one: Guardian, **changes: Any) -> None:
        values = {"name": one.name, "seen": one.version} | changes
        wish = ChangeGuardian(self.organisation, one.contact, actor=self.actor, **values)
        await self.world.app.write(change_guardian, wish)

    async def trail(self, subject: UUID) -> list[tuple[str, str | None, str | None]]:
        rows = await self.world.app.read(audit.history, subject)
        return [(row.change.action, row.change.from_state, row.change.to_state) for row in rows]

    async def finds(self, text: str = "", **wanted: Any) -> list[str]:
        found = await self.world.app.read(
            store.page_of, self.organisation, Search(text, **wanted), country_code="254", limit=50
        )
        return [each.number for each in found]


def _account(tx: Tx, organisation: OrganisationId, number: str) -> CustomerAccountId:
    found = school.student_named(tx, organisation, number)
    if found is not None:
        return found.account
    named = callers.account_named(tx, organisation, number)
    assert named is not None, number
    return named[0]


@pytest.fixture
async def office(world: World) -> Office:
    await world.students({"A1": 4_000, "B2": 7_000}, guardians={"A1": [MOTHER], "B2": [MOTHER, FATHER]})
    return Office(world, await world.staff(Role.MANAGER))


# --- students -----------------------------------------------------------------------------------------------------------


async def test_a_new_student_can_be_paid_for_at_once(office: Office) -> None:
    await office.adds(" kv 77 ", "  Amani   Kamau ")
    one = await office.line("KV 77")

    assert (one.number, one.name, one.class_name, one.owed) == ("KV 77", "Amani Kamau", "Class A1", kes(0))
    await office.world.arrives(office.world.notice("kv77", 500))
    assert (await office.line("KV 77")).credit == kes(500)
    assert await office.trail(one.account) == [("student_added", None, "KV 77, Amani K., Class A1")]


async def test_what_is_no_number_or_no_name_is_refused(office: Office) -> None:
    for taken in ("A1", "a-1", "AI", "al"):  # letters that look like figures count as such
        with pytest.raises(NumberTaken):
            await office.adds(taken)
    for number in ("", "   ", "--", "X" * 21, "N°5", "\u0661\u0662"):
        with pytest.raises(NotANumber):
            await office.adds(number)
    for name in ("", "  ", "123", "x" * (LONGEST_NAME + 1)):
        with pytest.raises(NotAName):
            await office.adds("C3", name)
        with pytest.raises(NotAName):
            await office.changes("A1", name=name)


async def test_a_student_is_renamed_and_moved_and_the_trail_says_from_what_to_what(office: Office) -> None:
    account = (await office.line("A1")).account

    await office.changes("A1", name="Amani Wanjiru")
    await office.changes("A1", group=await office.group("Class B2"))
    await office.changes("A1")

    one = await office.line("A1")
    assert (one.name, one.class_name, one.owed) == ("Amani Wanjiru", "Class B2", kes(4_000))
    assert await office.trail(account) == [
        ("student_changed", "Student A., Class A1", "Amani W., Class A1"),
        ("student_changed", "Amani W., Class A1", "Amani W., Class B2"),
    ]


async def test_who_changes_what_has_been_changed_meanwhile_is_told(office: Office) -> None:
    seen = (await office.line("A1")).version
    await office.changes("A1", name="First")

    with pytest.raises(ChangedMeanwhile):
        await office.changes("A1", name="Second", seen=seen)

    assert (await office.line("A1")).name == "First"


async def test_a_student_who_leaves_with_a_debt_can_still_pay_it(office: Office) -> None:
    account = (await office.line("A1")).account
    await office.lets_leave("A1")
    await office.lets_leave("A1")

    one = await office.line("A1")
    assert (one.group, one.is_open, one.owed) == (None, True, kes(4_000))
    await office.world.arrives(office.world.notice("A1", 1_500))
    assert (await office.line("A1")).owed == kes(2_500)
    assert await office.trail(account) == [("student_left", "Student A., Class A1", "left, owes 4000.00, holds 0.00")]

    await office.changes("A1", group=await office.group("Class B2"))
    assert (await office.trail(account))[-1] == ("student_returned", "Student A., left", "Student A., Class B2")


async def test_the_account_of_a_settled_student_who_leaves_is_closed_and_opens_when_they_come_back(
    office: Office,
) -> None:
    account = await office.adds("C3")
    await office.lets_leave("C3")
    assert await office.finds("C3") == []
    assert await office.finds("C3", left=True) == ["C3"]

    closed = await office.world.app.read(store.by_account, office.organisation, account)
    assert closed is not None
    assert not closed.is_open
    wish = ChangeStudent(
        office.organisation, account, closed.name, await office.group("Class A1"), closed.version, office.actor
    )
    await office.world.app.write(change_student, wish)
    assert (await office.line("C3")).is_open


async def test_a_class_that_is_not_there_or_another_schools_is_refused(office: Office) -> None:
    other = await office.world.other_school("mlima")
    await other.students({"Z9": 100})
    theirs = await other.app.read(school.class_named, other.organisation, "Class Z9")
    assert theirs is not None
    for group in (NOBODY, theirs.id):
        with pytest.raises(NotFound):
            await office.changes("A1", group=group)


# --- found --------------------------------------------------------------------------------------------------------------


async def test_students_are_found_by_name_number_phone_and_guardian(office: Office) -> None:
    await office.changes("A1", name="Amani Wanjiru 100%")
    await office.changes("B2", name="Élodie Uwase")
    for text, numbers in {
        "wanj AMANI": ["A1"],
        "100%": ["A1"],
        "%": ["A1"],
        "élodie": ["B2"],
        "a-1": ["A1"],
        "ai": ["A1"],
        "Guardian 002": ["B2"],
        "0712 000 001": ["A1", "B2"],
        "+254712000002": ["B2"],
        "0712000009": [],
        "nobody": [],
        "": ["A1", "B2"],
    }.items():
        assert await office.finds(text) == numbers, text
    assert await office.finds(group=await office.group("Class B2")) == ["B2"]


async def test_a_long_list_comes_in_pages_without_gap_or_repetition(office: Office) -> None:
    for at in range(5):
        await office.adds(f"P{at}{at + 2}")
    seen: list[str] = []
    while page := await office.world.app.read(
        store.page_of, office.organisation, Search(), country_code="254", after=seen[-1] if seen else "", limit=3
    ):
        seen += [each.number for each in page]

    assert seen == sorted(await office.finds())
    assert len(seen) == 7


async def test_a_statement_is_the_ledgers_own_and_ends_at_what_is_owed(office: Office) -> None:
    await office.world.arrives(office.world.notice("A1", 5_000))

    shown = await office.shown("A1")

    assert [(each.kind, each.change, each.balance) for each in shown.statement] == [
        ("invoice_issued", kes(4_000), kes(4_000)),
        ("payment_received", kes(-5_000), kes(-1_000)),
    ]
    assert [each.text for each in shown.statement] == ["INV-000001", "R000001"]
    assert shown.line.owed - shown.line.credit == kes(-1_000)
    assert [(each.share, each.status) for each in shown.payments] == [(kes(5_000), "completed")]


# --- who answers for them -----------------------------------------------------------------------------------------------


async def test_a_guardian_is_added_by_phone_and_a_known_one_keeps_their_name(office: Office) -> None:
    account = (await office.line("A1")).account
    await office.adds_guardian("A1", "Auntie Njeri", AUNT)
    await office.adds_guardian("A1", "Somebody Else", FATHER)

    assert await office.guardians("A1") == ["Guardian 001", "Auntie Njeri", "Guardian 002"]
    assert (await office.trail(account))[0] == ("guardian_added", None, "Auntie N., 254712***003")
    assert [each.name for each in (await office.shown("B2")).guardians] == ["Guardian 001", "Guardian 002"]
    father = await office.guardian("A1", "Guardian 002")
    assert [name for _, name in father.others] == ["Student B2"]


async def test_one_guardian_is_told_before_the_others(office: Office) -> None:
    father = await office.guardian("B2", "Guardian 002")
    account = (await office.line("B2")).account
    for _ in range(2):
        await office.world.app.write(put_first, PutFirst(office.organisation, account, father.contact, office.actor))

    assert await office.guardians("B2") == ["Guardian 002", "Guardian 001"]
    assert [action for action, _, _ in await office.trail(account)] == ["guardian_first"]
    stranger = PutFirst(office.organisation, (await office.line("A1")).account, father.contact, office.actor)
    with pytest.raises(NotFound):
        await office.world.app.write(put_first, stranger)


async def test_who_no_longer_answers_for_one_child_still_does_for_the_other(office: Office) -> None:
    mother = await office.guardian("A1", "Guardian 001")
    account = (await office.line("A1")).account
    for _ in range(2):
        wish = RemoveGuardian(office.organisation, account, mother.contact, office.actor)
        await office.world.app.write(remove_guardian, wish)

    assert await office.guardians("A1") == []
    assert await office.guardians("B2") == ["Guardian 001", "Guardian 002"]
    assert [action for action, _, _ in await office.trail(account)] == ["guardian_removed"]


async def test_a_name_is_corrected_and_a_phone_exchanged(office: Office) -> None:
    father = await office.guardian("B2", "Guardian 002")

    await office.changes_guardian(father, name="Baba Amani", add=Msisdn(AUNT), remove=Msisdn(FATHER))
    now = await office.guardian("B2", "Baba Amani")
    await office.changes_guardian(now, add=Msisdn(AUNT), remove=Msisdn(FATHER))

    assert now.phones == (Msisdn(AUNT),)
    assert await office.trail(father.contact) == [
        ("guardian_changed", "Guardian 0., 254712***002", "Baba A., 254712***003")
    ]
    assert await office.finds("0712000003") == ["B2"]
    assert await office.finds("0712000002") == []


async def test_a_phone_has_one_owner_and_nobody_is_left_without_any(office: Office) -> None:
    father = await office.guardian("B2", "Guardian 002")

    with pytest.raises(PhoneTaken):
        await office.changes_guardian(father, add=Msisdn(MOTHER))
    with pytest.raises(LastPhone):
        await office.changes_guardian(father, remove=Msisdn(FATHER))
    with pytest.raises(ChangedMeanwhile):
        await office.changes_guardian(father, name="New", seen=version_of("old"))
    await office.changes_guardian(father, add=Msisdn(AUNT))
    await office.changes_guardian(await office.guardian("B2", father.name), remove=Msisdn(FATHER))

    assert (await office.guardian("B2", father.name)).phones == (Msisdn(AUNT),)


# --- who may ------------------------------------------------------------------------------------------------------------


def _every_wish(
    office: Office, student: StudentLine, guardian: Guardian, actor: Actor
) -> list[tuple[Callable[..., Any], Any]]:
    org, account, contact = office.organisation, student.account, guardian.contact
    assert student.group is not None
    return [
        (add_student, AddStudent(org, "Q5", "New One", student.group, actor)),
        (change_student, ChangeStudent(org, account, "Other", student.group, student.version, actor)),
        (leave, Leave(org, account, "", student.version, actor)),
        (add_guardian, AddGuardian(org, account, "Aunt", Msisdn(AUNT), actor)),
        (put_first, PutFirst(org, account, contact, actor)),
        (remove_guardian, RemoveGuardian(org, account, contact, actor)),
        (change_guardian, ChangeGuardian(org, contact, "Other", guardian.version, actor)),
    ]


async def test_others_may_look_and_not_change(office: Office) -> None:
    student, guardian = await office.line("A1"), await office.guardian("A1", "Guardian 001")
    for at, role in enumerate(sorted(set(Role) - TABLE[Action.EDIT_SCHOOL], key=lambda role: role.value)):
        actor = await office.world.staff(role, f"25470090001{at}", f"Somebody {at}")
        for use_case, wish in _every_wish(office, student, guardian, actor):
            with pytest.raises(NotPermitted):
                await office.world.app.write(use_case, wish)


async def test_another_schools_students_and_guardians_are_not_there(office: Office) -> None:
    other = await office.world.other_school("mlima")
    await other.students({"Z9": 100}, guardians={"Z9": [MOTHER]})
    strangers = Office(other, await other.staff(Role.ADMIN, "254700900008", "Their Admin"))
    student, guardian = await strangers.line("Z9"), await strangers.guardian("Z9", "Guardian 001")

    for use_case, wish in _every_wish(office, student, guardian, office.actor):  # theirs, as if they were ours
        with pytest.raises(NotFound):
            await office.world.app.write(use_case, wish)
    for use_case, wish in _every_wish(strangers, student, guardian, office.actor):  # in their name
        with pytest.raises(NotFound):
            await office.world.app.write(use_case, wish)
    assert await office.finds("0712000001") == ["A1", "B2"]
    assert await office.world.app.read(store.shown, office.organisation, student.account) is None
    assert await office.world.app.read(store.guardian, office.organisation, ContactId(guardian.contact)) is None
