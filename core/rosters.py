"""A school's list of students, read as a whole: every line that cannot be taken is named with its reason, all together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from core.cells import BadCell, Cell, amount_of, class_of, day_of, language_of, mail_of, name_of, number_of, phone_of
from core.headings import SEARCHED_ROWS, Field, Headings, find_headings, plain
from core.mail import MailAddress
from core.money import Currency, Money
from core.phones import Msisdn
from core.references import Reference

T = TypeVar("T")

MOST_STUDENTS = 20_000
MOST_COMPLAINTS = 500
"""Whoever has more mends these first; all are counted."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a line, or the whole file (line 0), cannot be taken. `code` is the key of its words (`dialogue/words/import.toml`)."""

    line: int
    column: str
    """The heading, as the file writes it; empty for the whole line."""
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number as an editor or a spreadsheet counts, and its cells."""

    number: int
    cells: tuple[Cell, ...]
    complaint: str = ""
    """What the reader of the file found wrong with the line already."""


@dataclass(frozen=True, slots=True)
class ListedGuardian:
    name: str
    msisdn: Msisdn
    language: str | None = None
    mail: MailAddress | None = None


@dataclass(frozen=True, slots=True)
class ListedStudent:
    """A student as the file has them. `balance` is what is owed from before (negative: held for the family) since
    `balance_on`; zero for nothing."""

    line: int
    number: str
    name: str
    class_name: str
    guardians: tuple[ListedGuardian, ...]
    balance: Money
    balance_on: date | None


@dataclass(frozen=True, slots=True)
class Roster:
    """What a file says. Nothing of it may be taken while there is a complaint."""

    students: tuple[ListedStudent, ...]
    complaints: tuple[Complaint, ...]
    """At most `MOST_COMPLAINTS`, in order of lines."""
    complained: int
    """How many there are in all."""
    ignored: tuple[str, ...] = ()
    """Headings of columns that nobody asked for."""

    @classmethod
    def refused(cls, complaint: Complaint) -> Roster:
        """A file that is no list at all."""
        return cls((), (complaint,), 1)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list is read by. `balance_on` is the day of balances that have none of their own."""

    country_code: str
    currency: Currency
    today: date
    balance_on: date | None = None


def read_roster(lines: Sequence[Line], rules: Rules) -> Roster:
    """The students of a file, and everything that is wrong with it."""
    if not lines:
        return Roster.refused(Complaint(0, "", "empty"))
    headings = find_headings([shown(line) for line in lines[:SEARCHED_ROWS]])
    if headings is None:
        return Roster.refused(Complaint(lines[0].number, "", "no_headings"))
    at = lines[headings.at].number
    wrong = [Complaint(at, "", "heading_missing", {"heading": one.value}) for one in headings.missing]
    wrong += [Complaint(at, text, "heading_twice") for text in headings.twice]
    if wrong:
        return Roster((), tuple(wrong), len(wrong), headings.ignored)
    body = [line for line in lines[headings.at + 1 :] if line.complaint or any(_is_said(cell) for cell in line.cells)]
    if not body:
        return Roster.refused(Complaint(at, "", "empty"))
    if len(body) > MOST_STUDENTS:
        return Roster.refused(Complaint(0, "", "too_many_lines", {"limit": str(MOST_STUDENTS)}))
    reading = _Reading(rules, headings)
    for line in body:
        reading.take(line)
    wrong = sorted(reading.wrong, key=lambda one: one.line)
    return Roster(tuple(reading.students.values()), tuple(wrong[:MOST_COMPLAINTS]), len(wrong), headings.ignored)


def shown(line: Line) -> list[str]:
    """The line as texts, for whoever looks for headings."""
    return ["" if cell is None else str(cell)[:200] for cell in line.cells]


def _is_said(cell: Cell) -> bool:
    return cell is not None and str(cell).strip() != ""


_SUMS = frozenset({"total", "totals", "grand total", "sum", "jumla", "igiteranyo", "byose", "somme", "totaux"})


class _Reading:
    """What was read so far."""

    def __init__(self, rules: Rules, headings: Headings) -> None:
        self._rules = rules
        self._headings = headings
        self.students: dict[str, ListedStudent] = {}
        """By the exact key of their number."""
        self.wrong: list[Complaint] = []
        self._line = Line(0, ())

    def take(self, line: Line) -> None:
        """Read one line; a line that is wrong in several ways is told of each."""
        self._line = line
        if line.complaint:
            self._complain("", line.complaint)
            return
        if any(plain(str(cell)) in _SUMS for cell in line.cells[:3] if isinstance(cell, str)):
            self._complain("", "total_line")
            return
        if any(_is_said(cell) for cell in line.cells[self._headings.width :]):
            self._complain("", "too_many_cells")
            return
        before = len(self.wrong)
        number = self._required(Field.NUMBER, number_of)
        name = self._required(Field.NAME, name_of)
        class_name = self._required(Field.CLASS, class_of)
        guardians = self._guardians()
        balance, on = self._balance()
        if len(self.wrong) == before:
            self._add(ListedStudent(line.number, number, name, class_name, guardians, balance, on))

    def _add(self, student: ListedStudent) -> None:
        """A second line with the same number may name one more guardian; anything else is a mistake."""
        key = Reference.read(student.number).exact
        known = self.students.get(key)
        if known is None:
            self.students[key] = student
            return
        phones = {guardian.msisdn for guardian in known.guardians}
        more = tuple(guardian for guardian in student.guardians if guardian.msisdn not in phones)
        is_same = (known.name.casefold(), known.class_name) == (student.name.casefold(), student.class_name)
        if not is_same or not more or (student.balance and student.balance != known.balance):
            self._complain(self._heading(Field.NUMBER), "number_twice", {"first": str(known.line)})
            return
        self.students[key] = replace(known, guardians=(*known.guardians, *more))

    def _guardians(self) -> tuple[ListedGuardian, ...]:
        language = self._read(Field.LANGUAGE, language_of, None)
        found: list[ListedGuardian] = []
        columns = (Field.GUARDIAN, Field.PHONE, Field.MAIL), (Field.GUARDIAN_2, Field.PHONE_2, Field.MAIL_2)
        for of_name, of_phone, of_mail in columns:
            before = len(self.wrong)
            name = self._read(of_name, name_of, "")
            phone = self._read(of_phone, lambda cell: phone_of(cell, country_code=self._rules.country_code), None)
            mail = self._read(of_mail, mail_of, None)
            if len(self.wrong) > before:
                continue
            if phone is None and (mail or (name and of_phone is Field.PHONE)):
                self._complain(self._heading(of_phone), "phone_missing", {"name": name or str(mail)})
            elif phone is not None and any(one.msisdn == phone for one in found):
                self._complain(self._heading(of_phone), "phone_twice")
            elif phone is not None:
                found.append(ListedGuardian(name, phone, language, mail))
        return tuple(found)

    def _balance(self) -> tuple[Money, date | None]:
        nothing = Money(0, self._rules.currency)
        before = len(self.wrong)
        amount = self._read(Field.BALANCE, lambda cell: amount_of(cell, self._rules.currency), nothing)
        on = self._read(Field.BALANCE_DATE, lambda cell: day_of(cell, today=self._rules.today), None)
        if not amount or len(self.wrong) > before:
            return nothing, None
        on = on or self._rules.balance_on
        if on is None:
            self._complain(self._heading(Field.BALANCE_DATE), "balance_without_date")
        return amount, on

    def _required(self, wanted: Field, read: Callable[[Cell], str]) -> str:
        before = len(self.wrong)
        value = self._read(wanted, read, "")
        if not value and len(self.wrong) == before:
            self._complain(self._heading(wanted), "missing")
        return value

    def _read(self, wanted: Field, read: Callable[[Cell], T], default: T) -> T:
        column = self._headings.columns.get(wanted)
        if column is None or column >= len(self._line.cells):
            return default
        try:
            return read(self._line.cells[column])
        except BadCell as bad:
            self._complain(self._heading(wanted), bad.code, bad.facts)
            return default

    def _heading(self, wanted: Field) -> str:
        return self._headings.names.get(wanted, wanted.value)

    def _complain(self, column: str, code: str, facts: Mapping[str, str] | None = None) -> None:
        self.wrong.append(Complaint(self._line.number, column, code, facts or {}))
