"""What people remember of a payment, read in every way that it can mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Currency, Money
from core.scraps import Scrap, is_slip, read_scrap

TODAY = date(2026, 11, 21)  # a Saturday


def read(typed: str) -> Scrap:
    return read_scrap(typed, currency=Currency.KES, today=TODAY)


def kes(units: int) -> Money:
    return Money(units * 100, Currency.KES)


@pytest.mark.parametrize(
    "typed, code",
    [
        ("UKK4A7PQ2X", "UKK4A7PQ2X"),
        ("ukk4 a7pq 2x", "UKK4A7PQ2X"),
        ("UKK4A7PQ2X Confirmed", "UKK4A7PQ2X"),
        ("UKLSJRJKUU", "UKLSJRJKUU"),
        ("7k2m9-qxav9", "7K2M9QXAV9"),
        ("R KV-3833-99", "RKV383399"),
    ],
)
def test_a_code_is_read_however_it_is_spelt(typed: str, code: str) -> None:
    assert code in read(typed).codes


@pytest.mark.parametrize("typed", ["700", "KV3833", "0712345678", "jana", ""])
def test_what_has_not_the_form_of_a_code_is_none(typed: str) -> None:
    assert read(typed).codes == frozenset()


@pytest.mark.parametrize(
    "typed, amount",
    [("700", 700), ("1,500/=", 1500), ("ksh 700", 700), ("700 jana", 700), ("KV3833 1 500", 1500)],
)
def test_a_sum_is_read_among_other_words(typed: str, amount: int) -> None:
    assert kes(amount) in read(typed).amounts


@pytest.mark.parametrize(
    "typed, on",
    [
        ("today", TODAY),
        ("leo", TODAY),
        ("Aujourd'hui", TODAY),
        ("uyu munsi", TODAY),
        ("700 jana", date(2026, 11, 20)),
        ("hier", date(2026, 11, 20)),
        ("juzi", date(2026, 11, 19)),
        ("Monday", date(2026, 11, 16)),
        ("kuwa mbere", date(2026, 11, 16)),
        ("samedi", TODAY),
        ("12/9", date(2026, 9, 12)),
        ("12.09.26", date(2026, 9, 12)),
        ("12-9-2026", date(2026, 9, 12)),
        ("2026-09-12", date(2026, 9, 12)),
        ("1209", date(2026, 9, 12)),
        ("120926", date(2026, 9, 12)),
        ("25/12", date(2025, 12, 25)),
    ],
)
def test_a_day_is_read_as_people_say_it(typed: str, on: date) -> None:
    assert read(typed).days == {on}


@pytest.mark.parametrize("typed", ["31/2", "12/13", "25/12/26", "700", "2026-13-40"])
def test_a_day_that_was_not_is_no_day(typed: str) -> None:
    assert read(typed).days == frozenset()


def test_two_words_are_no_code_in_two_pieces() -> None:
    assert read("I sent five hundrd yesterday").asked_code == ""
    assert read("UKL44 82913").asked_code == "UKL4482913"


def test_our_receipt_number_is_found_with_and_without_its_zeros() -> None:
    assert read("r321").numbers == read("R000321").numbers == read("R 0321").numbers == {"R000321"}


def test_one_code_can_be_asked_for_at_the_provider_and_two_cannot() -> None:
    assert read("UKK4A7PQ2X").asked_code == "UKK4A7PQ2X"
    assert read("UKK4A7PQ2X UKK4A7PQ2Y").asked_code == ""
    assert read("700").asked_code == ""


@given(st.text(max_size=300))
def test_any_line_is_read_without_harm(line: str) -> None:
    scrap = read(line)

    assert len(scrap.codes) + len(scrap.references) < 60
    assert all(day <= TODAY for day in scrap.days)


codes = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=10, max_size=10)


@given(
    codes, st.integers(0, 9), st.sampled_from("ABCXYZ789"), st.sampled_from(["wrong", "lost", "more", "swapped", "not"])
)
def test_one_slip_is_forgiven(code: str, at: int, letter: str, how: str) -> None:
    slipped = {
        "wrong": code[:at] + letter + code[at + 1 :],
        "lost": code[:at] + code[at + 1 :],
        "more": code[:at] + letter + code[at:],
        "swapped": code[:at] + code[at : at + 2][::-1] + code[at + 2 :],
        "not": code.replace("0", "O").replace("1", "I"),
    }[how]

    assert is_slip(slipped, code)
    assert is_slip(code, slipped)


@pytest.mark.parametrize("other", ["UKK4A7PQXY", "UKK4A7P", "KUK4A7PQX2", "XKK4A7PQ2Y", "UKK4A7PQ2XYZ"])
def test_two_slips_are_another_code(other: str) -> None:
    assert not is_slip(other, "UKK4A7PQ2X")
