"""A customer account's statement: what it owed before, each event since, and what it owes now, straight from its postings.

What an account owes is the sum of its receivable and its credit in the ledger: above zero it owes, below zero we hold money
for it. An event that only moves between the two (credit that meets an invoice) leaves that as it is and is no line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from core.money import Money, total

MOST_LINES = 400
"""Of one account on one paper. What came before them is in the opening balance."""


class MovementKind(Enum):
    """What happened, as a family would say it."""

    OPENING = "opening"
    """Brought in when the organisation came to us."""
    INVOICE = "invoice"
    CORRECTION = "correction"
    """A credit note."""
    PAYMENT = "payment"
    MOVED = "moved"
    """A payment that staff moved to this account, or away from it."""
    TAKEN_BACK = "taken_back"
    """A payment that the provider reversed."""
    OTHER = "other"


_KINDS = {
    "opening_balance": MovementKind.OPENING,
    "opening_credit": MovementKind.OPENING,
    "invoice_issued": MovementKind.INVOICE,
    "invoice_corrected": MovementKind.CORRECTION,
    "payment_received": MovementKind.PAYMENT,
    "suspense_assigned": MovementKind.PAYMENT,
    "applications_moved": MovementKind.MOVED,
    "payment_reversed": MovementKind.TAKEN_BACK,
}


def kind_of(entry_kind: str) -> MovementKind:
    """What an entry of that kind (`core/entries.py`) is for the family."""
    return _KINDS.get(entry_kind, MovementKind.OTHER)


@dataclass(frozen=True, slots=True)
class Movement:
    """One event. `amount` above zero makes the account owe more. `number` is the invoice's, receipt's or credit note's."""

    on: date
    kind: MovementKind
    number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """One account over some days."""

    name: str
    reference: str
    group: str
    opening: Money
    movements: tuple[Movement, ...]

    @property
    def closing(self) -> Money:
        """What is owed after the last line; below zero it is credit."""
        return total([self.opening, *(movement.amount for movement in self.movements)], self.opening.currency)

    @property
    def balances(self) -> list[Money]:
        """What is owed after each line."""
        found, balance = [], self.opening
        for movement in self.movements:
            balance += movement.amount
            found.append(balance)
        return found

    def shortened(self, most: int = MOST_LINES) -> AccountStatement:
        """The last lines only; the opening balance takes up the others, so that the closing one stays."""
        if len(self.movements) <= most:
            return self
        cut = len(self.movements) - most
        before = [movement.amount for movement in self.movements[:cut]]
        opening = total([self.opening, *before], self.opening.currency)
        return replace(self, opening=opening, movements=self.movements[cut:])


def owed_in_all(statements: Sequence[AccountStatement]) -> Money:
    """What a family owes, as the phone says it: one child's credit does not pay for another. Raises `IndexError` for none."""
    owed = [one.closing for one in statements if one.closing.minor > 0]
    return total(owed, statements[0].opening.currency)
