"""A term's fees, and the invoice that a student gets from them."""

from datetime import date
from uuid import UUID

import pytest

from core.errors import Bug
from core.fees import FeeLine, Student, Term, invoice_for, invoice_number, receipt_number, structure_total
from core.ids import ItemId
from core.money import Currency, zero
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
