"""What is charged: fee structures by version, what single students are charged apart, invoice runs and corrections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.fees import FeeLine, Override, OverrideKind, SiblingDiscount, Structure
from core.ids import CustomerAccountId, ItemId, OrganisationId
from core.money import Currency, Money
from storage import rules
from storage.fast import Insert, Lookup
from storage.tables import (
    credit_notes,
    customer_accounts,
    fee_lines,
    fee_overrides,
    fee_structures,
    invoice_runs,
    invoices,
    item_lines,
    open_items,
)
from storage.tx import Tx

# --- structures --------------------------------------------------------------------------------------------------------

_LINES = Insert(fee_lines)


def structures_of(tx: Tx, term: UUID, currency: Currency) -> dict[UUID, Structure]:
    """What each class is charged in a term, by class: the newest version of each."""
    return {structure.group: structure for structure in versions_of(tx, term, currency)}


def versions_of(tx: Tx, term: UUID, currency: Currency) -> list[Structure]:
    """Every version of every class's structure in a term, the oldest of each first."""
    heads = tx.connection.execute(
        sa.select(fee_structures)
        .where(fee_structures.c.term_id == term)
        .order_by(fee_structures.c.group_id, fee_structures.c.version)
    ).all()
    lines: dict[UUID, list[FeeLine]] = {}
    for row in tx.connection.execute(
        sa.select(fee_lines)
        .join(fee_structures, fee_structures.c.id == fee_lines.c.structure_id)
        .where(fee_structures.c.term_id == term)
        .order_by(fee_lines.c.structure_id, fee_lines.c.position)
    ):
        lines.setdefault(row.structure_id, []).append(FeeLine(row.label, Money(row.minor, currency)))
    return [Structure(row.id, row.term_id, row.group_id, row.version, tuple(lines.get(row.id, ()))) for row in heads]


def add_structure(tx: Tx, organisation: OrganisationId, structure: Structure) -> None:
    """A new version. The table refuses a second one of the same number."""
    tx.connection.execute(
        sa.insert(fee_structures).values(
            id=structure.id,
            organisation_id=organisation,
            term_id=structure.term,
            group_id=structure.group,
            version=structure.version,
            made_at=tx.now,
        )
    )
    _LINES(tx, [(structure.id, at, line.label, line.amount.minor) for at, line in enumerate(structure.lines)])


# --- overrides and rules -----------------------------------------------------------------------------------------------


def add_override(tx: Tx, organisation: OrganisationId, override: Override) -> None:
    tx.connection.execute(
        sa.insert(fee_overrides).values(
            id=override.id,
            organisation_id=organisation,
            account_id=override.account,
            term_id=override.term,
            kind=override.kind.value,
            label=override.label,
            reason=override.reason,
            minor=None if override.amount is None else override.amount.minor,
            bps=override.bps,
            granted_at=tx.now,
        )
    )


def retire_override(tx: Tx, organisation: OrganisationId, override: UUID) -> Override | None:
    """Let it no longer hold; None when there is none that does. What was invoiced with it stays until it is corrected."""
    found = [one for one in overrides(tx, organisation) if one.id == override]
    if found:
        tx.connection.execute(sa.update(fee_overrides).where(fee_overrides.c.id == override).values(retired_at=tx.now))
    return found[0] if found else None


def overrides(tx: Tx, organisation: OrganisationId) -> list[Override]:
    """What holds now, over all students, in the order in which it was granted."""
    return list(_overrides(tx, fee_overrides.c.organisation_id == organisation))


def overrides_of(tx: Tx, organisation: OrganisationId, term: UUID) -> dict[CustomerAccountId, list[Override]]:
    """What holds in a term, by student, in the order in which it was granted."""
    found: dict[CustomerAccountId, list[Override]] = {}
    mine = fee_overrides.c.organisation_id == organisation
    in_term = sa.or_(fee_overrides.c.term_id.is_(None), fee_overrides.c.term_id == term)
    for override in _overrides(tx, mine & in_term):
        found.setdefault(override.account, []).append(override)
    return found


def _overrides(tx: Tx, which: sa.ColumnElement[bool]) -> Iterable[Override]:
    rows = tx.connection.execute(
        sa.select(fee_overrides, customer_accounts.c.currency)
        .join(customer_accounts, customer_accounts.c.id == fee_overrides.c.account_id)
        .where(which, fee_overrides.c.retired_at.is_(None))
        .order_by(fee_overrides.c.granted_at, fee_overrides.c.id)
    )
    for row in rows:
        yield Override(
            id=row.id,
            account=row.account_id,
            term=row.term_id,
            kind=OverrideKind(row.kind),
            label=row.label,
            reason=row.reason,
            amount=None if row.minor is None else Money(row.minor, Currency[row.currency]),
            bps=row.bps,
        )


def sibling_discount(tx: Tx, organisation: OrganisationId) -> SiblingDiscount:
    """The school's rule; without one nobody gets any."""
    value = rules.newest(tx, organisation, rules.SIBLINGS)
    return SiblingDiscount() if value is None else msgspec.json.decode(value, type=SiblingDiscount)


def set_sibling_discount(tx: Tx, organisation: OrganisationId, rule: SiblingDiscount) -> int:
    value = msgspec.json.encode(rule).decode()
    return rules.choose(tx, organisation, organisation, rules.SIBLINGS, value)


# --- runs --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """How far a term's invoice run is. `finished_at` None: it is under way, or was cut off and waits to be gone on with."""

    id: UUID
    term: UUID
    expected: int
    """Students who had no invoice when it began."""
    looked_at: int
    issued: int
    amount: Money
    credit: Money
    started_at: datetime
    finished_at: datetime | None


def runs_of(tx: Tx, organisation: OrganisationId, term: UUID, currency: Currency) -> list[Run]:
    """The runs of a term, the newest first."""
    rows = tx.connection.execute(
        sa.select(invoice_runs)
        .where(invoice_runs.c.organisation_id == organisation, invoice_runs.c.term_id == term)
        .order_by(invoice_runs.c.started_at.desc(), invoice_runs.c.id.desc())
    )
    return [
        Run(
            row.id,
            row.term_id,
            row.expected,
            row.looked_at,
            row.issued,
            Money(row.minor, currency),
            Money(row.credit_minor, currency),
            row.started_at,
            row.finished_at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """What one batch did."""

    looked_at: int
    issued: int
    amount: Money
    credit: Money
    is_last: bool


def note_progress(tx: Tx, organisation: OrganisationId, term: UUID, expected: int, done: Progress) -> None:
    """Add a batch to the term's run under way, or begin one with it."""
    finished_at = tx.now if done.is_last else None
    changed = tx.connection.execute(
        sa.update(invoice_runs)
        .where(invoice_runs.c.term_id == term, invoice_runs.c.finished_at.is_(None))
        .values(
            looked_at=invoice_runs.c.looked_at + done.looked_at,
            issued=invoice_runs.c.issued + done.issued,
            minor=invoice_runs.c.minor + done.amount.minor,
            credit_minor=invoice_runs.c.credit_minor + done.credit.minor,
            finished_at=finished_at,
        )
    )
    if changed.rowcount or not (done.issued or expected > done.looked_at):
        return  # a run that found nothing to do leaves no trace
    tx.connection.execute(
        sa.insert(invoice_runs).values(
            id=tx.new_id(),
            organisation_id=organisation,
            term_id=term,
            expected=expected,
            looked_at=done.looked_at,
            issued=done.issued,
            minor=done.amount.minor,
            credit_minor=done.credit.minor,
            started_at=tx.now,
            finished_at=finished_at,
        )
    )


# --- what was charged, and corrections ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Charged:
    """What one student was charged for a term, all invoices and credit notes together."""

    first: ItemId
    number: str
    """Of the first invoice."""
    lines: list[FeeLine]
    corrections: int
    """Invoices and credit notes that followed the first one."""
    owed: list[tuple[ItemId, Money]]
    """What its items still owe, the newest first."""


def charged(tx: Tx, term: UUID, currency: Currency) -> dict[CustomerAccountId, Charged]:
    """Every student who has an invoice for the term."""
    found: dict[CustomerAccountId, Charged] = {}
    by_item: dict[UUID, Charged] = {}
    rows = tx.connection.execute(
        sa.select(invoices.c.item_id, invoices.c.account_id, open_items.c.number, open_items.c.outstanding_minor)
        .join(open_items, open_items.c.id == invoices.c.item_id)
        .where(invoices.c.term_id == term)
        .order_by(invoices.c.corrects_id.is_not(None), open_items.c.number)
    )
    for row in rows:
        mine = found.get(row.account_id)
        if mine is None:
            mine = found[row.account_id] = Charged(row.item_id, row.number, [], -1, [])
        mine.corrections += 1
        mine.owed.insert(0, (row.item_id, Money(row.outstanding_minor, currency)))
        by_item[row.item_id] = mine
    lines = tx.connection.execute(
        sa.select(item_lines.c.item_id, item_lines.c.label, item_lines.c.minor)
        .join(invoices, invoices.c.item_id == item_lines.c.item_id)
        .where(invoices.c.term_id == term)
        .order_by(item_lines.c.item_id, item_lines.c.position)
    )
    for item, label, minor in lines:
        by_item[item].lines.append(FeeLine(label, Money(minor, currency)))
    notes = tx.connection.execute(
        sa.select(credit_notes.c.item_id, credit_notes.c.lines)
        .join(invoices, invoices.c.item_id == credit_notes.c.item_id)
        .where(invoices.c.term_id == term)
        .order_by(credit_notes.c.number)
    )
    for item, text in notes:
        mine = by_item[item]
        mine.corrections += 1
        mine.lines += [FeeLine(label, Money(minor, currency)) for label, minor in msgspec.json.decode(text)]
    return found


@dataclass(frozen=True, slots=True)
class CreditNote:
    """What was charged too much and taken back. `lines` are below zero."""

    id: UUID
    number: str
    item: ItemId
    structure: UUID | None
    amount: Money
    lines: tuple[FeeLine, ...]
    issued_on: date


_NOTES = Insert(credit_notes)


def add_credit_notes(tx: Tx, organisation: OrganisationId, notes: Sequence[CreditNote]) -> None:
    _NOTES(
        tx,
        [
            (
                note.id,
                organisation,
                note.number,
                note.item,
                note.structure,
                note.amount.minor,
                msgspec.json.encode([(line.label, line.amount.minor) for line in note.lines]).decode(),
                note.issued_on,
            )
            for note in notes
        ],
    )


_NOTES_OF = Lookup(
    sa.select(
        credit_notes.c.item_id,
        credit_notes.c.id,
        credit_notes.c.number,
        credit_notes.c.structure_id,
        credit_notes.c.minor,
        credit_notes.c.lines,
        credit_notes.c.issued_on,
        open_items.c.currency,
    ).join(open_items, open_items.c.id == credit_notes.c.item_id),
    credit_notes.c.item_id,
    order_by=(credit_notes.c.number,),
)


def credit_notes_of(tx: Tx, items: Iterable[ItemId]) -> list[CreditNote]:
    """The credit notes of these invoices: what a statement shows beside them."""
    return [_note(row) for row in _NOTES_OF(tx, sorted(set(items)))]


def _note(row: Sequence[Any]) -> CreditNote:
    item, id_, number, structure, minor, lines, issued_on, code = row
    currency = Currency[code]
    return CreditNote(
        id_,
        number,
        item,
        structure,
        Money(minor, currency),
        tuple(FeeLine(label, Money(each, currency)) for label, each in msgspec.json.decode(lines)),
        issued_on,
    )
