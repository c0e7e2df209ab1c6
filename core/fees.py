"""School fees: a term's structure per class, and the invoice that a student gets from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.errors import Bug
from core.ids import CustomerAccountId, ItemId
from core.money import Currency, Money, total


@dataclass(frozen=True, slots=True)
class Term:
    """A term with the day by which its fees are due (a local date of the school)."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One thing that a class is charged for in a term: tuition, lunch, transport."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Student:
    """A learner, who is also the customer account that guardians pay into."""

    account: CustomerAccountId
    number: str
    name: str
    group: UUID
    """The class."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one student owes for one term. Its number is given when it is written, without gaps."""

    item: ItemId
    account: CustomerAccountId
    source: str
    """What it was made from, `term:<id>`: one invoice per student and source, however often the run is repeated."""
    lines: tuple[FeeLine, ...]
    issued_on: date
    due_on: date

    @property
    def amount(self) -> Money:
        return total([line.amount for line in self.lines], self.lines[0].amount.currency)


def invoice_for(student: Student, term: Term, lines: Sequence[FeeLine], *, item: ItemId, on: date) -> Invoice | None:
    """The student's invoice for the term; None when the class is charged nothing."""
    if any(line.amount.minor < 0 for line in lines):
        raise Bug("a charge below zero")
    charged = tuple(line for line in lines if line.amount)
    if not charged:
        return None
    return Invoice(item, student.account, f"term:{term.id.hex}", charged, issued_on=on, due_on=term.due_on)


def invoice_number(sequence: int) -> str:
    """`INV-000321`: what people read and type."""
    return f"INV-{sequence:06d}"


def receipt_number(sequence: int) -> str:
    """`R000321`."""
    return f"R{sequence:06d}"


def structure_total(lines: Sequence[FeeLine], currency: Currency) -> Money:
    return total([line.amount for line in lines], currency)
