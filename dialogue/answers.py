"""What people type, read into what it means, or refused with a reason they can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.callers import Relation
from core.errors import DomainError
from core.money import Money, parse_typed
from core.organisations import AmountOutsideLimits
from core.references import Reference


@dataclass(eq=False)
class NoSuchAccount(DomainError):
    """No account surely bears this number. Said alike for unknown, ambiguous and unreadable ones."""

    code: ClassVar[str] = "no_such_account"
    number: str


@dataclass(eq=False)
class NoSuchReceipt(DomainError):
    """No receipt of ours bears the code that was typed. Said alike for a slip and for one that was never given."""

    code: ClassVar[str] = "no_such_receipt"


@dataclass(eq=False)
class NothingTyped(DomainError):
    """Not a letter and not a figure: there is nothing to look for."""

    code: ClassVar[str] = "nothing_typed"


@dataclass(eq=False)
class NoNameTyped(DomainError):
    """Nobody is called so: there are no letters in it."""

    code: ClassVar[str] = "no_name_typed"


def amount_within(text: str, relation: Relation) -> Money:
    """The amount typed, if one prompt can ask for it. Raises `NotAnAmount` or `AmountOutsideLimits`."""
    amount = parse_typed(text, relation.currency)
    if not relation.least <= amount <= relation.most:
        raise AmountOutsideLimits(relation.least, relation.most)
    return amount


def account_number(text: str) -> str:
    """An account number as typed, when it can be one at all. Raises `NoSuchAccount`."""
    if not Reference.read(text).exact:
        raise NoSuchAccount(text)
    return text
