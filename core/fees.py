"""School fees: a term's structure per class, what a single student is charged apart from it, and the invoice that follows.

An invoice is the class's charges, then extra items, then what is taken off. Percentages are of the class's charges alone.
What money rests on is never edited: a structure has versions, and a difference is a correction with a number of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from core.errors import Bug
from core.ids import CustomerAccountId, ItemId
from core.money import Currency, Money, total, zero
from core.versions import version_of


@dataclass(frozen=True, slots=True)
class Term:
    """A term with the day by which its fees are due (a local date of the school)."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    due_on: date
    is_retired: bool = False
    """Nothing new is charged for it; what was charged stays owed."""

    @property
    def source(self) -> str:
        """What an invoice for this term is made from: one per student."""
        return f"term:{self.id.hex}"

    @property
    def version(self) -> str:
        """What may be changed of it, as it is."""
        return version_of(self.name, self.starts_on, self.ends_on, self.due_on, self.is_retired)


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One thing that a class is charged for in a term (tuition, lunch), or, below zero, what is taken off an invoice."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Structure:
    """What a class is charged in a term. Versions count from 1; the highest holds, the others stay for ever."""

    id: UUID
    term: UUID
    group: UUID
    version: int
    lines: tuple[FeeLine, ...]


@dataclass(frozen=True, slots=True)
class Student:
    """A learner, who is also the customer account that guardians pay into."""

    account: CustomerAccountId
    number: str
    name: str
    group: UUID
    """The class."""


# --- what differs for one student --------------------------------------------------------------------------------------

WHOLE_BPS = 10_000
"""All of it, in hundredths of a percent."""


def percent_of(amount: Money, bps: int) -> Money:
    """`bps` hundredths of a percent of `amount`, rounded up to the whole shilling or franc and never more than `amount`: the
    one place where fees are rounded. Up, because what is taken off a bill should not leave cents that no phone can pay."""
    if not 0 <= bps <= WHOLE_BPS or amount.minor < 0:
        raise Bug(f"{bps} hundredths of a percent of {amount}")
    step = amount.currency.unit * WHOLE_BPS
    return min(Money(-(-amount.minor * bps // step) * amount.currency.unit, amount.currency), amount)


class OverrideKind(Enum):
    SCHOLARSHIP = "scholarship"
    DISCOUNT = "discount"
    EXTRA = "extra"
    """Charged on top: a trip, a music lesson, the bus."""


@dataclass(frozen=True, slots=True)
class Override:
    """What one student is charged apart from the class: an amount, or `bps` hundredths of a percent of the class's charges."""

    id: UUID
    account: CustomerAccountId
    term: UUID | None
    """None holds for every term, until it is retired."""
    kind: OverrideKind
    label: str
    """As it stands on the invoice."""
    reason: str
    """Why it was granted; for the auditor, not for the invoice."""
    amount: Money | None = None
    bps: int = 0


@dataclass(frozen=True, slots=True)
class SiblingDiscount:
    """The rule of a school: which child of a family gets how many hundredths of a percent off. `((2, 1000), (3, 2000))`: the
    second child 10 %, the third and all later ones 20 %."""

    steps: tuple[tuple[int, int], ...] = ()

    def bps_of(self, child: int) -> int:
        """For the `child`-th of a family, counted from 1."""
        reached = [(at, bps) for at, bps in self.steps if at <= child]
        return max(reached)[1] if reached else 0


SIBLING_LABEL = "Sibling discount"


def charges(
    structure: Sequence[FeeLine], overrides: Sequence[Override], sibling_bps: int, currency: Currency
) -> tuple[FeeLine, ...]:
    """The lines of one student's invoice. What is taken off never exceeds what is charged: the invoice is never below zero.

    Order: the class's charges, extra items, sibling discount, discounts, scholarships; within each as they were granted.
    """
    if any(line.amount.minor < 0 for line in structure):
        raise Bug("a charge below zero")
    base = total([line.amount for line in structure], currency)
    lines = [line for line in structure if line.amount]
    lines += [
        FeeLine(extra.label, amount)
        for extra in overrides
        if extra.kind is OverrideKind.EXTRA and (amount := _worth(extra, base))
    ]
    left = total([line.amount for line in lines], currency)
    wanted = [(SIBLING_LABEL, percent_of(base, sibling_bps))]
    for kind in (OverrideKind.DISCOUNT, OverrideKind.SCHOLARSHIP):
        wanted += [(one.label, _worth(one, base)) for one in overrides if one.kind is kind]
    for label, amount in wanted:
        if taken := min(amount, left):
            lines.append(FeeLine(label, -taken))
            left -= taken
    return tuple(lines)


def _worth(override: Override, base: Money) -> Money:
    return override.amount if override.amount is not None else percent_of(base, override.bps)


# --- invoices ----------------------------------------------------------------------------------------------------------


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


def invoice_for(
    student: Student,
    term: Term,
    lines: Sequence[FeeLine],
    *,
    item: ItemId,
    on: date,
    overrides: Sequence[Override] = (),
    sibling_bps: int = 0,
) -> Invoice | None:
    """The student's invoice for the term; None when nothing is left to pay."""
    currency = _currency_of(lines, overrides)
    if currency is None:
        return None
    charged = charges(lines, overrides, sibling_bps, currency)
    if not total([line.amount for line in charged], currency):
        return None
    return Invoice(item, student.account, term.source, charged, issued_on=on, due_on=term.due_on)


def _currency_of(lines: Sequence[FeeLine], overrides: Sequence[Override]) -> Currency | None:
    """None when there is nothing that could be charged."""
    amounts = [line.amount for line in lines] + [one.amount for one in overrides if one.amount is not None]
    return amounts[0].currency if amounts else None


CORRECTION_DAYS = 14
"""How long a family has to pay what a correction adds, when the term's own day is nearer or past."""


def correction_due(term: Term, on: date) -> date:
    return max(term.due_on, on + timedelta(days=CORRECTION_DAYS))


def differences(charged: Sequence[FeeLine], wanted: Sequence[FeeLine], currency: Currency) -> tuple[FeeLine, ...]:
    """By label, what must still be charged (or, below zero, given back) so that `charged` becomes `wanted`."""
    labels = dict.fromkeys([line.label for line in (*wanted, *charged)])
    found = [(label, _sum_of(label, wanted, currency) - _sum_of(label, charged, currency)) for label in labels]
    return tuple(FeeLine(label, amount) for label, amount in found if amount)


def _sum_of(label: str, lines: Sequence[FeeLine], currency: Currency) -> Money:
    return total([line.amount for line in lines if line.label == label], currency)


def taken_off(owed: Sequence[tuple[ItemId, Money]], amount: Money) -> tuple[tuple[tuple[ItemId, Money], ...], Money]:
    """How a credit note of `amount` lowers what the items still owe, in their order; and the rest, which was paid already
    and becomes the family's credit."""
    parts, left = [], amount
    for item, outstanding in owed:
        if taken := min(outstanding, left):
            parts.append((item, taken))
            left -= taken
    return tuple(parts), left


# --- numbers for people ------------------------------------------------------------------------------------------------


def invoice_number(sequence: int) -> str:
    """`INV-000321`: what people read and type."""
    return f"INV-{sequence:06d}"


def credit_note_number(sequence: int) -> str:
    """`CN-000021`: what was charged too much and taken back."""
    return f"CN-{sequence:06d}"


def receipt_number(sequence: int) -> str:
    """`R000321`."""
    return f"R{sequence:06d}"


def structure_total(lines: Sequence[FeeLine], currency: Currency) -> Money:
    return total([line.amount for line in lines], currency) if lines else zero(currency)
