"""A term's fees, and the invoice that a student gets from them."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Bug
from core.fees import (
    FeeLine,
    Override,
    OverrideKind,
    SiblingDiscount,
    Student,
    Term,
    charges,
    correction_due,
    credit_note_number,
    differences,
    invoice_for,
    invoice_number,
    percent_of,
    receipt_number,
    structure_total,
    taken_off,
)
from core.ids import ItemId
from core.money import Currency, Money, zero
from tests.core.builders import TODAY, account_id, kes

TERM = Term(UUID(int=7), "Term 1 2027", date(2027, 1, 4), date(2027, 4, 9), date(2027, 1, 18))
ASHA = Student(account_id(1), "KV1001", "Asha Njeri", UUID(int=8))
ITEM = ItemId(UUID(int=70))


def test_an_invoice_charges_what_the_class_is_charged() -> None:
    tuition, lunch = FeeLine("Tuition", kes(12_500)), FeeLine("Lunch", kes(3_000))

    invoice = invoice_for(ASHA, TERM, [tuition, lunch], item=ITEM, on=TODAY)

    assert invoice is not None
    assert invoice.amount == kes(15_500) == structure_total([tuition, lunch], Currency.KES)
    assert invoice.lines == (tuition, lunch)
    assert (invoice.account, invoice.issued_on, invoice.due_on) == (ASHA.account, TODAY, TERM.due_on)


def test_two_runs_of_one_term_make_the_same_invoice_and_another_term_another() -> None:
    lines = [FeeLine("Tuition", kes(12_500))]
    other_term = Term(UUID(int=17), "Term 2 2027", TERM.starts_on, TERM.ends_on, TERM.due_on)

    first = invoice_for(ASHA, TERM, lines, item=ITEM, on=TODAY)
    again = invoice_for(ASHA, TERM, lines, item=ItemId(UUID(int=71)), on=date(2026, 12, 1))
    other = invoice_for(ASHA, other_term, lines, item=ITEM, on=TODAY)

    assert first is not None
    assert again is not None
    assert other is not None
    assert first.source == again.source != other.source


def test_a_line_of_nothing_is_left_out() -> None:
    tuition, trip = FeeLine("Tuition", kes(12_500)), FeeLine("Trip", kes(0))

    invoice = invoice_for(ASHA, TERM, [trip, tuition], item=ITEM, on=TODAY)

    assert invoice is not None
    assert invoice.lines == (tuition,)


@pytest.mark.parametrize("lines", [[], [FeeLine("Tuition", kes(0))]])
def test_who_is_charged_nothing_gets_no_invoice(lines: list[FeeLine]) -> None:
    assert invoice_for(ASHA, TERM, lines, item=ITEM, on=TODAY) is None
    assert structure_total(lines, Currency.KES) == zero(Currency.KES)


def test_a_charge_below_zero_is_not_silently_forgotten() -> None:
    with pytest.raises(Bug):
        invoice_for(ASHA, TERM, [FeeLine("Tuition", kes(100)), FeeLine("Bursary", -kes(50))], item=ITEM, on=TODAY)


def test_numbers_for_people_are_short_and_sort_as_they_were_given() -> None:
    assert invoice_number(321) == "INV-000321"
    assert receipt_number(321) == "R000321"
    assert receipt_number(1_000_000) == "R1000000"


# --- what differs for one student ---------------------------------------------------------------------------------------


def override(kind: OverrideKind, label: str, amount: Money | None = None, bps: int = 0) -> Override:
    return Override(UUID(int=9), ASHA.account, None, kind, label, "the board, 12 March", amount, bps)


STRUCTURE = (FeeLine("Tuition", kes(12_500)), FeeLine("Lunch", kes(3_000)))
TRIP = override(OverrideKind.EXTRA, "Trip", kes(1_000))
HALF = override(OverrideKind.SCHOLARSHIP, "Scholarship", bps=5_000)


def test_extra_items_come_before_what_is_taken_off_and_percentages_are_of_the_class_charges() -> None:
    staff_child = override(OverrideKind.DISCOUNT, "Staff child", kes(500))

    lines = charges(STRUCTURE, [HALF, staff_child, TRIP], 1_000, Currency.KES)

    assert [(line.label, line.amount.minor // 100) for line in lines] == [
        ("Tuition", 12_500),
        ("Lunch", 3_000),
        ("Trip", 1_000),
        ("Sibling discount", -1_550),
        ("Staff child", -500),
        ("Scholarship", -7_750),
    ]


def test_a_full_scholarship_leaves_no_invoice_and_more_than_everything_cannot_be_taken_off() -> None:
    whole = override(OverrideKind.SCHOLARSHIP, "Scholarship", kes(99_999))

    assert invoice_for(ASHA, TERM, STRUCTURE, item=ITEM, on=TODAY, overrides=[whole]) is None
    assert structure_total(charges(STRUCTURE, [whole, HALF], 0, Currency.KES), Currency.KES) == kes(0)


def test_an_extra_item_alone_is_an_invoice() -> None:
    invoice = invoice_for(ASHA, TERM, (), item=ITEM, on=TODAY, overrides=[TRIP])

    assert invoice is not None
    assert invoice.lines == (FeeLine("Trip", kes(1_000)),)
    assert invoice_for(ASHA, TERM, (), item=ITEM, on=TODAY, overrides=[HALF]) is None


def test_siblings_get_what_the_rule_says_for_the_child_they_are() -> None:
    rule = SiblingDiscount(((3, 2_000), (2, 1_000)))

    assert [rule.bps_of(child) for child in (1, 2, 3, 7)] == [0, 1_000, 2_000, 2_000]
    assert SiblingDiscount().bps_of(2) == 0


@pytest.mark.parametrize("amount, bps, off", [(12_505, 1_000, 1_251), (100, 1, 1), (100, 10_000, 100), (0, 5_000, 0)])
def test_a_percentage_is_rounded_up_to_the_whole_shilling(amount: int, bps: int, off: int) -> None:
    assert percent_of(kes(amount), bps) == kes(off)


def test_less_than_a_shilling_is_never_rounded_beyond_itself() -> None:
    assert percent_of(kes(0, 50), 9_000) == kes(0, 50)
    for bps, amount in ((-1, kes(1)), (10_001, kes(1)), (1, -kes(1))):
        with pytest.raises(Bug):
            percent_of(amount, bps)


some_lines = st.lists(st.integers(0, 10**7).map(lambda minor: Money(minor, Currency.KES)), max_size=5).map(
    lambda amounts: tuple(FeeLine(f"Line {at}", amount) for at, amount in enumerate(amounts))
)
some_overrides = st.lists(
    st.builds(
        lambda kind, minor, bps, label: override(kind, label, Money(minor, Currency.KES) if minor else None, bps),
        st.sampled_from(OverrideKind),
        st.integers(0, 10**7),
        st.integers(0, 10_000),
        st.sampled_from(["A", "B", "Line 1"]),
    ),
    max_size=5,
)


@given(some_lines, some_overrides, st.integers(0, 10_000))
def test_an_invoice_is_the_sum_of_its_lines_and_never_below_zero(
    lines: tuple[FeeLine, ...], overrides: list[Override], sibling_bps: int
) -> None:
    invoice = invoice_for(ASHA, TERM, lines, item=ITEM, on=TODAY, overrides=overrides, sibling_bps=sibling_bps)

    charged = charges(lines, overrides, sibling_bps, Currency.KES)
    assert all(line.amount for line in charged)
    whole = structure_total(charged, Currency.KES)
    assert whole.minor >= 0
    assert (invoice.amount if invoice else kes(0)) == whole


@given(some_lines, some_overrides, some_overrides)
def test_what_was_charged_and_its_differences_are_what_is_wanted(
    lines: tuple[FeeLine, ...], before: list[Override], after: list[Override]
) -> None:
    was, wanted = (charges(lines, overrides, 0, Currency.KES) for overrides in (before, after))

    found = differences(was, wanted, Currency.KES)

    assert structure_total((*was, *found), Currency.KES) == structure_total(wanted, Currency.KES)
    assert differences((*was, *found), wanted, Currency.KES) == ()


@given(st.lists(st.integers(0, 10**6), max_size=4), st.integers(1, 3 * 10**6))
def test_a_credit_note_is_what_it_takes_off_and_what_it_gives_back(owed: list[int], minor: int) -> None:
    items = [(ItemId(UUID(int=at)), Money(each, Currency.KES)) for at, each in enumerate(owed)]

    parts, rest = taken_off(items, Money(minor, Currency.KES))

    assert sum(part.minor for _, part in parts) + rest.minor == minor
    assert all(0 < part.minor <= dict(items)[item].minor for item, part in parts)
    assert not rest or sum(part.minor for _, part in parts) == sum(owed)


def test_what_a_correction_adds_may_be_paid_for_two_weeks() -> None:
    assert correction_due(TERM, date(2027, 1, 2)) == TERM.due_on
    assert correction_due(TERM, date(2027, 2, 1)) == date(2027, 2, 15)
    assert credit_note_number(21) == "CN-000021"
