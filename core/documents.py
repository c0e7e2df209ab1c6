"""What stands on paper: values with all that a document says, in no language yet. `documents/` sets them as PDF.

A paper holds facts that do not change by being looked at again: the same facts are the same document, to the last byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from core.fees import FeeLine
from core.money import Money
from core.payments import Status
from core.statements import AccountStatement


@dataclass(frozen=True, slots=True)
class Settled:
    """What a part of a payment did for an account: paid this invoice, or, without a number, became credit."""

    invoice: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ReceiptShare:
    """For whom, as the reader may see it: whole, or masked."""

    name: str
    reference: str
    amount: Money
    settled: tuple[Settled, ...] = ()
    """Empty on a masked receipt."""


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """One payment, receipted: where its money is now, and whether the receipt still counts."""

    organisation: str
    number: str
    code: str
    """As people read it, `7K2M9-QXAV9`."""
    amount: Money
    value_on: date
    """The organisation's calendar day on which the money arrived."""
    status: Status
    moved: bool
    """Staff moved the money to another account since it was paid."""
    shares: tuple[ReceiptShare, ...]
    """Empty while nobody knows whose it is."""
    is_masked: bool
    """For whoever is shown the code: persons are hinted at, and what follows is left out."""
    provider: str = ""
    provider_receipt: str = ""
    payer_name: str = ""
    payer_phone: str = ""
    """Masked on every paper: a receipt is passed on."""
    own_language: str = "en"
    """The organisation's: spoken when nobody wishes for another."""

    @property
    def file_name(self) -> str:
        return named_file(self.number)


@dataclass(frozen=True, slots=True)
class HowToPay:
    """From the phone's own menu: the paybill, and what to type as account."""

    shortcode: str
    """Empty where the organisation has none."""
    reference: str


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """What one student is charged, with what is paid of it and what is open. `total` less `corrected` and `paid` is `open`."""

    organisation: str
    number: str
    is_opening: bool
    """A balance brought in, not a charge of ours."""
    term: str
    name: str
    reference: str
    group: str
    issued_on: date
    due_on: date
    lines: tuple[FeeLine, ...]
    total: Money
    corrected: Money
    paid: Money
    open: Money
    pay: HowToPay
    own_language: str = "en"

    @property
    def file_name(self) -> str:
        return named_file(self.number)


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """What a student, or every student of a family, owed before, what happened since, and what is owed now."""

    organisation: str
    since: date
    until: date
    accounts: tuple[AccountStatement, ...]
    """At least one."""
    pay: HowToPay
    own_language: str = "en"

    @property
    def file_name(self) -> str:
        return named_file("statement", self.accounts[0].reference, self.until.isoformat())


Paper = ReceiptPaper | InvoicePaper | StatementPaper


@dataclass(frozen=True, slots=True)
class FundLine:
    """One entry of a fund: by how much it then had more or less to spend, and what was left. `number`, `payee`, `purpose` and
    `reason` are those of the payment that it is about; empty for an allotment."""

    on: date
    kind: str
    amount: Money
    balance: Money
    number: str = ""
    payee: str = ""
    purpose: str = ""
    reason: str = ""
    reconciled_by: str = ""
    reconciled_on: date | None = None


@dataclass(frozen=True, slots=True)
class FundLedger:
    """The entries of one fund as the books stood on a day, the oldest first: no paper, but a workbook to reckon with."""

    organisation: str
    fund: str
    balance: Money
    made_on: date
    lines: tuple[FundLine, ...]

    @property
    def file_name(self) -> str:
        return named_file(self.fund, self.made_on.isoformat(), kind="xlsx")


def named_file(*parts: str, kind: str = "pdf") -> str:
    """A file's name that every system and every header takes, whatever the parts were made of."""
    return f"{'-'.join(_ODD.sub('-', part).strip('-') for part in parts)}.{kind}"


_ODD = re.compile(r"[^A-Za-z0-9]+", re.ASCII)
