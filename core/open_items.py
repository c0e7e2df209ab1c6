"""What is owed: open items (an invoice, later an instalment or an order) of customer accounts, oldest due first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.errors import Bug
from core.ids import CustomerAccountId, ItemId
from core.money import Money


class ItemKind(Enum):
    INVOICE = "invoice"
    OPENING = "opening"
    """A balance brought in when the organisation started with us."""
    LOAN = "loan"
    """What a loan asks for: no row of its own, but read from the loan."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something owed. `outstanding` falls as it is paid and is never negative nor more than `total`."""

    id: ItemId
    account: CustomerAccountId
    kind: ItemKind
    number: str
    total: Money
    outstanding: Money
    due_on: date

    def paid(self, amount: Money) -> OpenItem:
        """The item after `amount` was applied to it."""
        if not 0 < amount.minor <= self.outstanding.minor:
            raise Bug(f"{amount} applied to {self.number} which owes {self.outstanding}")
        left = self.outstanding - amount
        return OpenItem(self.id, self.account, self.kind, self.number, self.total, left, self.due_on)


def oldest_first(items: Iterable[OpenItem]) -> list[OpenItem]:
    """By due date, then by number: the order in which debts are paid when nothing else is said."""
    return sorted(items, key=_age)


def _age(item: OpenItem) -> tuple[date, str, ItemId]:
    return item.due_on, item.number, item.id
