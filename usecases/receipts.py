"""Is this receipt genuine? Whoever holds its code is told what it says, and of persons only what recognises them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.fees import receipt_number
from core.limits import Rule
from core.masks import masked_name, masked_reference
from core.money import Money
from core.payments import Status
from core.receipt_codes import read, shown
from storage import receipts
from storage.tx import Tx

CHECKS = Rule(most=30, per_s=3_600)
"""Codes that one address or one phone may ask for: a queue at a school's gate, and no search for codes."""

_NOBODYS = ""


@dataclass(frozen=True, slots=True)
class SeenShare:
    """For whom: `Amani K.` and `****42`."""

    name: str
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Genuine:
    """What a receipt of ours says, and what has become of its money since."""

    number: str
    code: str
    organisation: str
    amount: Money
    value_on: date
    """The organisation's calendar day on which the money arrived."""
    status: Status
    moved: bool
    """Staff moved it to another account; `shares` says where it is now."""
    shares: tuple[SeenShare, ...]
    """Empty while the organisation does not know whose it is."""


def check(tx: Tx, typed: str) -> Genuine | None:
    """The receipt whose code was typed, however it was spelled; None for every other text, after the same one question to
    the books, so that an answer's time does not tell a slip of the pen from a code that was never given."""
    found = receipts.by_code(tx, read(typed) or _NOBODYS)
    if found is None:
        return None
    return Genuine(
        number=receipt_number(found.number),
        code=shown(found.code),
        organisation=found.organisation,
        amount=found.amount,
        value_on=found.value_on,
        status=found.status,
        moved=found.moved,
        shares=tuple(
            SeenShare(masked_name(share.holder), masked_reference(share.reference), share.amount)
            for share in found.shares
        ),
    )
