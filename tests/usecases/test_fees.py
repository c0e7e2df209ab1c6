"""Terms, classes, fee structures, overrides: created, changed, retired, each step in the trail (FEE-1, FEE-8)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from core.errors import DomainError, NotFound, NotPermitted
from core.fees import FeeLine, OverrideKind, SiblingDiscount
from core.money import Currency, Money
from core.permissions import Actor, ActorKind, Role
from core.versions import ChangedMeanwhile
from storage import fees as store
from storage import school
from storage.database import DatabaseUrl
from tests.world import TESTER, World, kes
from usecases.fees import (
    AddClass,
    ChangeClass,
    ChangeTerm,
    ClassFees,
    Grant,
    NameTaken,
    NotPossible,
    OpenTerm,
    Retired,
    RetireOverride,
    SetFees,
    SetSiblingDiscount,
    add_class,
    change_class,
    change_term,
    grant,
    open_term,
    retire_override,
    set_fees,
    set_sibling_discount,
    term_of,
    worth,
)
from usecases.school import Enrol, StudentEntry, enrol

CASHIER = Actor(ActorKind.STAFF, "tess", "test", Role.CASHIER)


@pytest.fixture
def database(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    """What differs between databases is asked elsewhere: these rules are the same on both."""
    return sqlite_database


async def opens(world: World, name: str = "Term 3", *fees: ClassFees, starts: int = 1) -> None:
    wish = OpenTerm(
        world.organisation, name, date(2026, 9, starts), date(2026, 11, 30), date(2026, 9, 30), fees, TESTER
    )
    await world.app.write(open_term, wish)


async def sets(world: World, **lines: int) -> Any:
    fees = ClassFees("Grade 4", tuple(FeeLine(label, kes(shillings)) for label, shillings in lines.items()))
    return await world.app.write(set_fees, SetFees(world.organisation, "Term 3", fees, TESTER))


async def changes(world: World, **wishes: Any) -> Any:
    return await world.app.write(change_term, ChangeTerm(world.organisation, "Term 3", TESTER, **wishes))


async def enrols(world: World, number: str = "KV10") -> None:
    await world.app.write(enrol, Enrol(world.organisation, (StudentEntry(number, "Asha", "Grade 4", ()),), TESTER))


async def grants(world: World, **wishes: Any) -> Any:
    wish: dict[str, Any] = {
        "kind": OverrideKind.SCHOLARSHIP,
        "label": "Scholarship",
        "reason": "the board",
        "bps": 5_000,
    }
    wish |= wishes
    return await world.app.write(grant, Grant(organisation=world.organisation, student="KV10", actor=TESTER, **wish))


def trail(world: World, action: str) -> list[tuple[Any, ...]]:
    rows = f"SELECT from_state, to_state, reason FROM changes WHERE action = '{action}' ORDER BY at, id"  # noqa: S608
    return world.rows(rows)


# --- terms --------------------------------------------------------------------------------------------------------------


async def test_a_term_is_opened_once_changed_and_retired_and_the_trail_tells_from_what_to_what(world: World) -> None:
    await opens(world)
    await opens(world, starts=5)  # it is there: its dates are changed by a wish to change them, not by a second opening
    await changes(world, name="Third term", due_on=date(2026, 10, 15))
    term = await world.app.read(term_of, world.organisation, "Third term")
    await world.app.write(change_term, ChangeTerm(world.organisation, "Third term", TESTER, retired=True))
    await world.app.write(change_term, ChangeTerm(world.organisation, "Third term", TESTER, retired=True))

    assert (term.starts_on, term.due_on) == (date(2026, 9, 1), date(2026, 10, 15))
    assert trail(world, "term_opened") == [(None, "Term 3: 2026-09-01 to 2026-11-30, due 2026-09-30", "Term 3")]
    assert [row[:2] for row in trail(world, "term_changed")] == [
        (
            "Term 3: 2026-09-01 to 2026-11-30, due 2026-09-30",
            "Third term: 2026-09-01 to 2026-11-30, due 2026-10-15",
        ),
        (
            "Third term: 2026-09-01 to 2026-11-30, due 2026-10-15",
            "Third term: 2026-09-01 to 2026-11-30, due 2026-10-15, retired",
        ),
    ]


async def test_what_no_term_can_be_is_refused(world: World) -> None:
    await opens(world)
    await opens(world, "Term 4")

    with pytest.raises(NotPossible):
        await changes(world, ends_on=date(2026, 8, 1))
    with pytest.raises(NotPossible):
        await changes(world, name="  ")
    with pytest.raises(NameTaken):
        await changes(world, name="Term 4")
    with pytest.raises(NotFound):
        await world.app.write(change_term, ChangeTerm(world.organisation, "Term 9", TESTER))


async def test_a_retired_term_takes_nothing_new(world: World) -> None:
    await enrols(world)
    await opens(world)
    await changes(world, retired=True)

    for wish in (opens(world), sets(world, Tuition=1), grants(world, term="Term 3")):
        with pytest.raises(Retired):
            await wish


# --- classes ------------------------------------------------------------------------------------------------------------


async def test_a_class_is_added_renamed_retired_and_taken_up_again(world: World) -> None:
    org = world.organisation
    await world.app.write(add_class, AddClass(org, " Grade  9 ", TESTER))
    await world.app.write(add_class, AddClass(org, "Grade 9", TESTER))
    await world.app.write(change_class, ChangeClass(org, "Grade 9", TESTER, name="Form 1"))
    retired = await world.app.write(change_class, ChangeClass(org, "Form 1", TESTER, retired=True))
    again = await world.app.write(add_class, AddClass(org, "Form 1", TESTER))
    await world.app.write(change_class, ChangeClass(org, "Form 1", TESTER, name="Form 1"))

    assert (retired.is_retired, again.is_retired, again.id) == (True, False, retired.id)
    assert [row[:2] for row in trail(world, "class_changed")] == [
        ("Grade 9", "Form 1, in use"),
        ("Form 1", "Form 1, retired"),
    ]


async def test_a_class_with_students_is_not_retired_and_a_name_is_given_once(world: World) -> None:
    await enrols(world)
    await world.app.write(add_class, AddClass(world.organisation, "Grade 5", TESTER))

    with pytest.raises(NotPossible):
        await world.app.write(change_class, ChangeClass(world.organisation, "Grade 4", TESTER, retired=True))
    with pytest.raises(NameTaken):
        await world.app.write(change_class, ChangeClass(world.organisation, "Grade 4", TESTER, name="Grade 5"))
    with pytest.raises(NotFound):
        await world.app.write(change_class, ChangeClass(world.organisation, "Grade 6", TESTER))


async def test_a_retired_class_is_charged_nothing_new(world: World) -> None:
    await opens(world)
    await world.app.write(add_class, AddClass(world.organisation, "Grade 4", TESTER))
    await world.app.write(change_class, ChangeClass(world.organisation, "Grade 4", TESTER, retired=True))

    with pytest.raises(Retired):
        await sets(world, Tuition=1)


# --- fee structures -----------------------------------------------------------------------------------------------------


async def test_a_change_of_fees_is_a_new_version_and_the_same_fees_are_none(world: World) -> None:
    await enrols(world)
    await opens(world)

    first, again, second = [await sets(world, **lines) for lines in ({"T": 100}, {"T": 100}, {"T": 90, "Lunch": 20})]
    third = await sets(world)
    term = await world.app.read(term_of, world.organisation, "Term 3")
    found = await world.app.read(store.versions_of, term.id, Currency.KES)

    assert first == again
    assert [(one.version, len(one.lines)) for one in found] == [(1, 1), (2, 2), (3, 0)]
    assert (second.version, third.version) == (2, 3)
    assert [row[:2] for row in trail(world, "fees_set")] == [
        (None, "T 100.00"),
        ("T 100.00", "T 90.00; Lunch 20.00"),
        ("T 90.00; Lunch 20.00", "nothing"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        (FeeLine("Tuition", -kes(1)),),
        (FeeLine("Tuition", Money(1, Currency.RWF)),),
        (FeeLine("A", kes(1)), FeeLine(" A ", kes(2))),
        (FeeLine("", kes(1)),),
        (FeeLine("W" * 61, kes(1)),),
    ],
)
async def test_fees_that_cannot_be_charged_are_refused(world: World, lines: tuple[FeeLine, ...]) -> None:
    await enrols(world)
    await opens(world)

    with pytest.raises(NotPossible):
        await world.app.write(set_fees, SetFees(world.organisation, "Term 3", ClassFees("Grade 4", lines), TESTER))


# --- single students ----------------------------------------------------------------------------------------------------


async def test_a_scholarship_is_granted_with_its_reason_and_ended_once(world: World) -> None:
    await enrols(world)
    await opens(world)

    half = await grants(world)
    trip = await grants(world, kind=OverrideKind.EXTRA, label="Trip", amount=kes(500), bps=0, term="Term 3")
    await world.app.write(retire_override, RetireOverride(world.organisation, half.id, TESTER, "left the programme"))

    assert (worth(half), worth(trip)) == ("50%", "500.00")
    assert await world.app.read(store.overrides, world.organisation) == [trip]
    assert trail(world, "scholarship_granted") == [(None, "KV10: Scholarship 50%", "the board")]
    assert trail(world, "scholarship_retired") == [("Scholarship 50%", None, "left the programme")]
    with pytest.raises(NotFound):
        await world.app.write(retire_override, RetireOverride(world.organisation, half.id, TESTER, "again"))


@pytest.mark.parametrize(
    "wishes",
    [
        {"bps": 0},
        {"bps": 100, "amount": kes(1)},
        {"bps": 10_001},
        {"bps": 0, "amount": kes(-1)},
        {"bps": 0, "amount": Money(1, Currency.RWF)},
        {"reason": "  "},
        {"label": ""},
    ],
)
async def test_a_grant_that_says_nothing_or_too_much_is_refused(world: World, wishes: dict[str, Any]) -> None:
    await enrols(world)

    with pytest.raises(NotPossible):
        await grants(world, **wishes)


async def test_nobody_is_granted_anything_under_a_number_that_is_not_there(world: World) -> None:
    with pytest.raises(NotFound):
        await grants(world)


async def test_the_rule_for_siblings_has_versions_too(world: World) -> None:
    async def rule(*steps: tuple[int, int]) -> int:
        wish = SetSiblingDiscount(world.organisation, SiblingDiscount(steps), TESTER)
        return await world.app.write(set_sibling_discount, wish)

    assert [await rule((3, 2_000), (2, 1_000)), await rule((2, 1_000), (3, 2_000)), await rule()] == [1, 1, 2]
    assert [row[2] for row in trail(world, "sibling_discount_set")] == ["child 2: 10%, child 3: 20%", "none"]
    for wrong in (((1, 100),), ((2, 1), (2, 2)), ((2, 10_001),)):
        with pytest.raises(NotPossible):
            await rule(*wrong)


async def test_which_child_of_a_family_counts_by_the_day_of_enrolment_and_then_by_number(world: World) -> None:
    await world.students({"KV30": 1, "KV20": 1, "KV90": 1}, guardians={"KV30": ["0711000001"], "KV20": ["0711000001"]})
    await world.clock.advance(60)
    await world.students({"KV10": 1}, guardians={"KV10": ["0711000001"]})

    found = await world.app.read(school.child_numbers, world.organisation)

    numbers = {await world.account_of(name): name for name in ("KV10", "KV20", "KV30", "KV90")}
    assert {numbers[account]: child for account, child in found.items()} == {"KV20": 1, "KV30": 2, "KV10": 3, "KV90": 1}


async def test_a_cashier_changes_none_of_it(world: World) -> None:
    org, nobody = world.organisation, UUID(int=0)
    dates = (date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30))
    wishes: list[tuple[Any, Any]] = [
        (open_term, OpenTerm(org, "T", *dates, (), CASHIER)),
        (change_term, ChangeTerm(org, "T", CASHIER)),
        (add_class, AddClass(org, "G", CASHIER)),
        (change_class, ChangeClass(org, "G", CASHIER)),
        (set_fees, SetFees(org, "T", ClassFees("G", ()), CASHIER)),
        (grant, Grant(org, "KV10", OverrideKind.EXTRA, "x", "y", CASHIER, amount=kes(1))),
        (retire_override, RetireOverride(org, nobody, CASHIER, "z")),
        (set_sibling_discount, SetSiblingDiscount(org, SiblingDiscount(), CASHIER)),
    ]
    for use_case, wish in wishes:
        with pytest.raises(NotPermitted):
            await world.app.write(use_case, wish)


async def test_nothing_of_another_school_is_touched(world: World) -> None:
    await enrols(world)
    other = await world.other_school("mlima")
    mine = await grants(world)
    await opens(other)

    with pytest.raises(NotFound):
        await changes(world, due_on=date(2026, 10, 1))
    with pytest.raises(DomainError):
        await other.app.write(retire_override, RetireOverride(other.organisation, mine.id, TESTER, "not mine"))
    assert await world.app.read(store.overrides, world.organisation) == [mine]


# --- two at once --------------------------------------------------------------------------------------------------------


async def test_what_was_changed_since_it_was_shown_is_not_overwritten(world: World) -> None:
    org = world.organisation
    await opens(world)
    await enrols(world)
    term = await world.app.read(term_of, org, "Term 3")
    shown = await world.app.read(school.class_named, org, "Grade 4")
    assert shown is not None
    fees = ClassFees("Grade 4", (FeeLine("Tuition", kes(9_000)),))

    await changes(world, due_on=date(2026, 10, 15), seen=term.version)
    await world.app.write(set_fees, SetFees(org, "Term 3", fees, TESTER, seen=0))
    await world.app.write(change_class, ChangeClass(org, "Grade 4", TESTER, "Grade Four", seen=shown.version))

    late: list[tuple[Any, Any]] = [
        (change_term, ChangeTerm(org, "Term 3", TESTER, due_on=date(2026, 10, 20), seen=term.version)),
        (set_fees, SetFees(org, "Term 3", ClassFees("Grade Four", ()), TESTER, seen=0)),
        (change_class, ChangeClass(org, "Grade Four", TESTER, "Grade 4", seen=shown.version)),
    ]
    for use_case, wish in late:
        with pytest.raises(ChangedMeanwhile):
            await world.app.write(use_case, wish)


async def test_a_new_term_does_not_take_the_name_of_another(world: World) -> None:
    await opens(world)
    wish = OpenTerm(
        world.organisation, "Term 3", date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30), (), TESTER, is_new=True
    )

    with pytest.raises(NameTaken):
        await world.app.write(open_term, wish)
