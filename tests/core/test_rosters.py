"""A school's list: headings as schools write them, cells as people and spreadsheets write them, each mistake by its line."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cells import BadCell, Cell, amount_of, class_of, day_of, language_of, name_of, number_of, phone_of, text_of
from core.headings import Field, find_headings, plain
from core.money import Currency, Money
from core.phones import Msisdn
from core.rosters import MOST_COMPLAINTS, MOST_STUDENTS, Complaint, Line, Roster, Rules, read_roster
from tests.core.builders import TODAY, kes

RULES = Rules("254", Currency.KES, TODAY)
HEAD = ("Adm No", "Name", "Class", "Parent", "Phone", "Parent 2", "Phone 2", "Language", "Balance", "As at")
ASHA = ("KV1", "Asha Wanjiru", "Grade 4", "Mary", "0712 345 678")


def phone(cell: Cell) -> Msisdn | None:
    return phone_of(cell, country_code="254")


def kenyan(cell: Cell) -> Money:
    return amount_of(cell, Currency.KES)


def day(cell: Cell) -> date | None:
    return day_of(cell, today=TODAY)


# --- cells --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "read, cell, value",
    [
        (text_of, None, ""),
        (text_of, 1042.0, "1042"),
        (text_of, "\ufeff Zoë\u00a0 N. ", "Zoë N."),
        (text_of, "'=text", "=text"),
        (text_of, "'tis", "'tis"),
        (name_of, "Amina 2nd", "Amina 2nd"),
        (name_of, "", ""),
        (class_of, 4.0, "4"),
        (number_of, 1042.0, "1042"),
        (number_of, "KV/10-42", "KV/10-42"),
        (number_of, "", ""),
        (language_of, "Kiswahili", "sw"),
        (language_of, "", None),
        (phone, None, None),
        (phone, "n/a", None),
        (phone, 712345678.0, Msisdn("254712345678")),
        (phone, "2.54712345678E+11", Msisdn("254712345678")),
        (phone, "+254 712-345 678", Msisdn("254712345678")),
        (kenyan, None, kes(0)),
        (kenyan, "-", kes(0)),
        (kenyan, 1500, kes(1_500)),
        (kenyan, 1500.5, kes(1_500, 50)),
        (kenyan, "KSh 12,500.00/=", kes(12_500)),
        (kenyan, "12.500,50", kes(12_500, 50)),
        (kenyan, "1500,5", kes(1_500, 50)),
        (kenyan, "(500)", kes(-500)),
        (kenyan, "500 CR", kes(-500)),
        (kenyan, "500 dr", kes(500)),
        (kenyan, "-500", kes(-500)),
        (day, None, None),
        (day, "", None),
        (day, datetime(2026, 1, 31, 8), date(2026, 1, 31)),  # noqa: DTZ001 (as a spreadsheet gives it)
        (day, date(2026, 1, 31), date(2026, 1, 31)),
        (day, "2026-01-31", date(2026, 1, 31)),
        (day, "31/1/26", date(2026, 1, 31)),
        (day, "31 août 2026", date(2026, 8, 31)),
        (day, 46053.0, date(2026, 1, 31)),
    ],
)
def test_a_cell_is_read_as_it_was_meant(read: Callable[[Cell], Any], cell: Cell, value: Any) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    "read, cell, code",
    [
        (text_of, date(2026, 1, 4), "became_date"),
        (text_of, "x" * 101, "too_long"),
        (text_of, "a\nb", "line_break"),
        (text_of, "a\x07b", "control_character"),
        (text_of, "#REF!", "formula_error"),
        (text_of, "ZoÃ«", "garbled"),
        (name_of, "=cmd()", "formula"),
        (name_of, "...", "name_without_letters"),
        (name_of, "Asha 0712", "name_with_figures"),
        (class_of, "+4", "formula"),
        (number_of, "@x", "formula"),
        (number_of, "1.2E+05", "scientific"),
        (number_of, 10.5, "number_unreadable"),
        (number_of, True, "number_unreadable"),
        (number_of, "//", "number_unreadable"),
        (language_of, "Klingon", "language_unknown"),
        (phone, "2.547E+11", "scientific"),
        (phone, 0.5, "phone_unreadable"),
        (phone, "0712345678 / 0733000001", "phones_several"),
        (phone, "O712345678", "phone_unreadable"),
        (phone, "0712", "phone_short"),
        (phone, "071234567899999", "phone_long"),
        (phone, "0000000001", "phone_unreadable"),
        (kenyan, "1.5E+03", "scientific"),
        (kenyan, "1.500", "amount_unclear"),
        (kenyan, "much", "amount_unreadable"),
        (kenyan, True, "amount_unreadable"),
        (kenyan, float("nan"), "amount_too_large"),
        (kenyan, 1e30, "amount_too_large"),
        (kenyan, 0.001, "amount_fraction"),
        (day, "2026-11-21", "date_in_future"),
        (day, "1.1.1980", "date_too_old"),
        (day, "31/02/2026", "date_unreadable"),
        (day, "31 foo 2026", "date_unreadable"),
        (day, "soon", "date_unreadable"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_reason(read: Callable[[Cell], Any], cell: Cell, code: str) -> None:
    with pytest.raises(BadCell) as refused:
        read(cell)

    assert refused.value.code == code


ANY_CELL = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.dates())


@given(ANY_CELL)
def test_no_cell_whatever_is_in_it_breaks_a_reader(cell: Cell) -> None:
    for read in (text_of, name_of, class_of, number_of, language_of, phone, kenyan, day):
        with suppress(BadCell):
            read(cell)


@given(st.integers(-(10**9), 10**9))
def test_every_amount_that_we_print_is_read_back(minor: int) -> None:
    money = Money(minor, Currency.KES)

    assert kenyan(money.plain()) == kenyan(f"KES {money.plain()}") == money


# --- headings -----------------------------------------------------------------------------------------------------------


def test_headings_are_found_below_a_title_and_under_a_merged_cell() -> None:
    found = find_headings(
        [["KIVULI PRIMARY"], ["", "", "", "Guardian 2", ""], ["N°", "Jina", "Classe", "Name", "Phone", "House", "name"]]
    )

    assert found is not None
    assert (found.at, found.width, found.missing) == (2, 7, [])
    assert found.columns[Field.GUARDIAN_2] == 3
    assert (found.ignored, found.twice) == (("House",), ("name",))


@pytest.mark.parametrize("heading", ["ADM. NO", "Numéro d'élève", "  adm_no "])
def test_a_heading_may_be_written_in_any_manner(heading: str) -> None:
    assert plain(heading) in {"adm no", "numero d eleve"}


def test_where_no_two_headings_are_known_there_are_none() -> None:
    assert find_headings([["Name", ""], ["x", "y"]]) is None


# --- lists --------------------------------------------------------------------------------------------------------------


def read(*rows: tuple[Cell, ...], head: tuple[Cell, ...] = HEAD, rules: Rules = RULES) -> Roster:
    return read_roster([Line(number, row) for number, row in enumerate((head, *rows), 1)], rules)


def codes(roster: Roster) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.code) for one in roster.complaints]


def test_a_student_is_read_with_guardians_and_balance() -> None:
    row = (*ASHA, "John", "0733 000 001", "sw", "4,500", "31/08/2026")

    (student,) = read(row, ("", None)).students

    assert (student.line, student.number, student.name, student.class_name) == (2, "KV1", "Asha Wanjiru", "Grade 4")
    assert [(one.name, one.msisdn.digits, one.language) for one in student.guardians] == [
        ("Mary", "254712345678", "sw"),
        ("John", "254733000001", "sw"),
    ]
    assert (student.balance, student.balance_on) == (kes(4_500), date(2026, 8, 31))


def test_a_second_line_may_name_one_more_guardian() -> None:
    (student,) = read(ASHA, ("kv-1", "asha wanjiru", "Grade 4", "John", "0733000001")).students

    assert [one.name for one in student.guardians] == ["Mary", "John"]


def test_a_balance_takes_the_day_of_the_whole_list() -> None:
    (student,) = read((*ASHA, "", "", "", 100), rules=replace(RULES, balance_on=TODAY)).students

    assert student.balance_on == TODAY


@pytest.mark.parametrize(
    "row, column, code",
    [
        (("", *ASHA[1:]), "Adm No", "missing"),
        (("KV2", "", "Grade 4"), "Name", "missing"),
        (("KV2", "Baraka"), "Class", "missing"),
        (("KV2", "Baraka", "Grade 4", "Mary"), "Phone", "phone_missing"),
        (("KV2", "Baraka", "Grade 4", "Mary", "0712345678", "John", "0712345678"), "Phone 2", "phone_twice"),
        (("KV2", "Baraka", "Grade 4", "", "123"), "Phone", "phone_short"),
        (("KV2", "Baraka", "Grade 4", "", "", "", "", "", 5), "As at", "balance_without_date"),
        (("KV2", "Baraka", "Grade 4", "", "", "", "", "", "x"), "Balance", "amount_unreadable"),
        (("", "TOTAL", ""), "", "total_line"),
        ((*ASHA, "", "", "", "", "", "more"), "", "too_many_cells"),
        (ASHA, "Adm No", "number_twice"),
        (("KV1", "Another", "Grade 4", "John", "0733000001"), "Adm No", "number_twice"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(row: tuple[Cell, ...], column: str, code: str) -> None:
    assert codes(read(ASHA, row)) == [(3, column, code)]


def test_what_the_reader_of_the_file_complained_of_is_told() -> None:
    lines = [Line(1, HEAD), Line(2, (), "quotes")]

    assert codes(read_roster(lines, RULES)) == [(2, "", "quotes")]


def test_files_that_are_no_lists() -> None:
    many = [("x",)] * (MOST_STUDENTS + 1)

    assert codes(read_roster([], RULES)) == [(0, "", "empty")]
    assert codes(read(head=("a", "b"))) == [(1, "", "no_headings")]
    assert codes(read()) == [(1, "", "empty")]
    assert codes(read(*many)) == [(0, "", "too_many_lines")]
    assert codes(read(head=("Name", "Class", "Name"))) == [(1, "", "heading_missing"), (1, "Name", "heading_twice")]


def test_a_column_that_is_not_there_is_named_as_we_call_it() -> None:
    found = read(("KV1", "Asha", "4", 10), head=("No", "Name", "Class", "Balance"))

    assert codes(found) == [(2, "balance_date", "balance_without_date")]


def test_thousands_of_mistakes_are_all_counted() -> None:
    found = read(*[("", "Asha", "4")] * (MOST_COMPLAINTS + 5))

    assert (len(found.complaints), found.complained) == (MOST_COMPLAINTS, MOST_COMPLAINTS + 5)
    assert Roster.refused(Complaint(0, "", "empty")).complained == 1


@given(st.lists(st.lists(ANY_CELL, max_size=11), max_size=6))
def test_any_lines_give_students_or_complaints(rows: list[list[Cell]]) -> None:
    found = read(*map(tuple, rows))

    said = {student.line for student in found.students} | {one.line for one in found.complaints}
    assert said <= set(range(len(rows) + 2))
    assert found.complaints or found.students
