"""Charging a term: the preview and the run are one function; what differs afterwards is a correction (FEE-2).

preview ──┐
          ├── drafts ──> invoices, entries, numbers, credit applied, messages     one transaction a batch
run ──────┘
preview_corrections ──> confirmed ──> a further invoice, or a credit note         linked to the first invoice
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from core import entries, fees
from core.application import Application, Strategy
from core.document_links import PaperKind
from core.errors import DomainError
from core.fees import FeeLine, Invoice, Structure, Student, Term, credit_note_number, invoice_for, structure_total
from core.ids import CustomerAccountId, ItemId, OrganisationId
from core.ledger import JournalEntry, customer_credit
from core.messages import InvoiceIssued
from core.money import Currency, Money, total, zero
from core.permissions import Action, Actor
from storage import applications, customer_accounts, ledger, numbers, organisations, outbox, school
from storage import fees as store
from storage.applications import NewApplication
from storage.fees import Charged, CreditNote, Progress
from storage.organisations import Organisation
from storage.outbox import MessageFacts, Out
from storage.school import NewInvoice
from storage.tx import Tx
from usecases.fees import Retired, term_of
from usecases.noting import note, note_of
from usecases.rights import require_for

INCOME = "fees"


@dataclass(frozen=True, slots=True)
class RunInvoices:
    """Charge a term to students who have no invoice for it: all of them, or in batches, one command each."""

    organisation: OrganisationId
    term: str
    issued_on: date
    actor: Actor
    tell: bool = False
    """Send each family its invoice by SMS."""
    after: str = ""
    """Begin behind this student number: where the batch before ended."""
    limit: int | None = None
    """How many students at most; None means all in one transaction."""


@dataclass(frozen=True, slots=True)
class InvoiceRun:
    """What the run did. `next_after` is where the next batch begins; None when everybody was looked at."""

    issued: int
    amount: Money
    credit_applied: Money
    next_after: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice as it will be: its lines, and the credit that it will meet."""

    student: Student
    invoice: Invoice
    structure: UUID | None
    credit: Money

    @property
    def left(self) -> Money:
        """What remains to be paid once the credit is applied."""
        return self.invoice.amount - self.credit


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do now: the same drafts that it posts."""

    organisation: OrganisationId
    term: str
    issued_on: date


def preview_invoices(tx: Tx, wish: Preview) -> list[Draft]:
    """By student number. Asks nothing of anybody; the door asks whether the reader may see it."""
    organisation = organisations.by_id(tx, wish.organisation)
    term = term_of(tx, wish.organisation, wish.term)
    students = school.uninvoiced(tx, wish.organisation, term.source)
    return _drafts(tx, organisation, term, students, wish.issued_on)


def run_invoices(tx: Tx, wish: RunInvoices) -> InvoiceRun:
    """One invoice per student and term, however often it is run, wherever it was cut off; credit held is applied (FEE-2)."""
    require_for(tx, wish.actor, Action.RUN_INVOICES, wish.organisation, what="organisation", name="")
    organisation = organisations.by_id(tx, wish.organisation)
    term = term_of(tx, wish.organisation, wish.term)
    if term.is_retired:
        raise Retired(term.name)
    students = school.uninvoiced(tx, wish.organisation, term.source, after=wish.after, limit=wish.limit)
    # Money that arrives meanwhile waits, so that what is held as credit is used once.
    customer_accounts.standings(tx, [student.account for student in students], lock=True)
    drafts = _drafts(tx, organisation, term, students, wish.issued_on)
    _write(tx, organisation, [NewInvoice(one.invoice, term.id, one.structure) for one in drafts])
    used = apply_credit(tx, organisation, [one.invoice for one in drafts])
    if wish.tell:
        _tell(tx, organisation, [(one.student.number, one.invoice, one.left) for one in drafts])
    amount = total([one.invoice.amount for one in drafts], organisation.currency)
    is_last = wish.limit is None or len(students) < wish.limit
    done = Progress(len(students), len(drafts), amount, used, is_last)
    expected = 0 if is_last else len(school.uninvoiced(tx, wish.organisation, term.source)) + len(drafts)
    store.note_progress(tx, wish.organisation, term.id, max(expected, len(students)), done)
    note(tx, wish.actor, wish.organisation, "invoices_run", f"{wish.term}: {len(drafts)}")
    return InvoiceRun(len(drafts), amount, used, None if is_last else students[-1].number)


def _drafts(tx: Tx, organisation: Organisation, term: Term, students: Sequence[Student], on: date) -> list[Draft]:
    """What each student is to be charged, and the credit that it meets. The one function behind preview and posting."""
    currency = organisation.currency
    wanted = _Wanted.load(tx, organisation, term)
    invoices = [(student, wanted.invoice(student, ItemId(tx.new_id()), on)) for student in students]
    charged = [(student, invoice) for student, invoice in invoices if invoice is not None]
    held = _credit_of(tx, organisation, [student.account for student, _ in charged])
    return [
        Draft(
            student,
            invoice,
            structure.id if (structure := wanted.structures.get(student.group)) else None,
            min(max(held[student.account], zero(currency)), invoice.amount),
        )
        for student, invoice in charged
    ]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a term asks of whom, as everything stands now."""

    term: Term
    currency: Currency
    structures: dict[UUID, Structure]
    overrides: dict[CustomerAccountId, list[fees.Override]]
    siblings: fees.SiblingDiscount
    children: dict[CustomerAccountId, int]

    @classmethod
    def load(cls, tx: Tx, organisation: Organisation, term: Term) -> _Wanted:
        siblings = store.sibling_discount(tx, organisation.id)
        return cls(
            term,
            organisation.currency,
            store.structures_of(tx, term.id, organisation.currency),
            store.overrides_of(tx, organisation.id, term.id),
            siblings,
            school.child_numbers(tx, organisation.id) if siblings.steps else {},
        )

    def invoice(self, student: Student, item: ItemId, on: date) -> Invoice | None:
        return invoice_for(
            student,
            self.term,
            self._structure(student),
            item=item,
            on=on,
            overrides=self.overrides.get(student.account, ()),
            sibling_bps=self._sibling_bps(student),
        )

    def lines(self, student: Student) -> tuple[FeeLine, ...]:
        """The same for one who has an invoice already; nothing, when nothing would be charged."""
        return fees.charges(
            self._structure(student),
            self.overrides.get(student.account, ()),
            self._sibling_bps(student),
            self.currency,
        )

    def _structure(self, student: Student) -> Sequence[FeeLine]:
        structure = self.structures.get(student.group)
        return structure.lines if structure else ()

    def _sibling_bps(self, student: Student) -> int:
        return self.siblings.bps_of(self.children.get(student.account, 1))


def _write(tx: Tx, organisation: Organisation, new: Sequence[NewInvoice]) -> None:
    if not new:
        return
    first = numbers.take(tx, numbers.INVOICES, {organisation.id: len(new)})[organisation.id]
    school.add_invoices(tx, organisation.id, first, new)
    ledger.post(tx, [_issued(organisation.id, one.invoice) for one in new])


def _issued(organisation: OrganisationId, invoice: Invoice) -> JournalEntry:
    return entries.invoice_issued(
        organisation=organisation,
        item=invoice.item,
        account=invoice.account,
        amount=invoice.amount,
        income=INCOME,
        value_on=invoice.issued_on,
    )


def _credit_of(
    tx: Tx, organisation: Organisation, accounts: Sequence[CustomerAccountId]
) -> dict[CustomerAccountId, Money]:
    """What is held for each account beyond its debts."""
    places = {account: customer_credit(organisation.id, account, organisation.currency) for account in accounts}
    balances = ledger.balances_of(tx, list(places.values()))
    return {account: -balances[place.id] for account, place in places.items()}


def apply_credit(tx: Tx, organisation: Organisation, invoices: Sequence[Invoice]) -> Money:
    """Money paid ahead meets the new invoices, as far as it reaches."""
    held = _credit_of(tx, organisation, [invoice.account for invoice in invoices])
    journal, applied = [], []
    for invoice in invoices:
        part = min(held[invoice.account], invoice.amount)
        if part.minor <= 0:
            continue
        held[invoice.account] -= part
        journal.append(
            entries.credit_applied(
                organisation=organisation.id,
                item=invoice.item,
                account=invoice.account,
                amount=part,
                value_on=invoice.issued_on,
            )
        )
        applied.append(Application(invoice.account, invoice.item, part, Strategy.CREDIT, "credit:held"))
    ids = ledger.post(tx, journal)
    applications.add(tx, [NewApplication(id_, None, (one,)) for id_, one in zip(ids, applied, strict=True)])
    return total([one.amount for one in applied], organisation.currency)


def _tell(tx: Tx, organisation: Organisation, issued: Sequence[tuple[str, Invoice, Money]]) -> None:
    messages = [
        (InvoiceIssued(organisation.name, invoice.amount, number, left, invoice.due_on), invoice)
        for number, invoice, left in issued
    ]
    outbox.put(
        tx,
        [
            Out(
                *(organisation.id, outbox.Kind.SMS, message.event),
                MessageFacts(message, accounts=(invoice.account,), paper=(PaperKind.INVOICE.value, invoice.item)),
            )
            for message, invoice in messages
        ],
    )


# --- corrections -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Correction:
    """What one student's invoices would have to be changed by, so that they say what the fees say now."""

    student: Student
    first: ItemId
    number: str
    """Of the invoice that was issued first."""
    charged: Money
    wanted: Money
    lines: tuple[FeeLine, ...]
    """Below zero where too much was charged."""
    corrections: int
    owed: tuple[tuple[ItemId, Money], ...]
    structure: UUID | None

    @property
    def difference(self) -> Money:
        return self.wanted - self.charged


@dataclass(frozen=True, slots=True)
class PreviewCorrections:
    organisation: OrganisationId
    term: str


def preview_corrections(tx: Tx, wish: PreviewCorrections) -> list[Correction]:
    """Who was charged otherwise than the newest fees, overrides and rules say; by student number. Who left is not touched."""
    organisation = organisations.by_id(tx, wish.organisation)
    currency = organisation.currency
    term = term_of(tx, wish.organisation, wish.term)
    wanted = _Wanted.load(tx, organisation, term)
    charged = store.charged(tx, term.id, currency)
    mine = [(student, charged.get(student.account)) for student in school.students_of(tx, wish.organisation)]
    found = [_correction(student, was, wanted) for student, was in mine if was is not None]
    return [one for one in found if one.difference]


def _correction(student: Student, was: Charged, wanted: _Wanted) -> Correction:
    lines = wanted.lines(student)
    structure = wanted.structures.get(student.group)
    return Correction(
        student=student,
        first=was.first,
        number=was.number,
        charged=structure_total(was.lines, wanted.currency),
        wanted=structure_total(lines, wanted.currency),
        lines=fees.differences(was.lines, lines, wanted.currency),
        corrections=was.corrections,
        owed=tuple((item, owed) for item, owed in was.owed if owed),
        structure=structure.id if structure else None,
    )


@dataclass(eq=False)
class CorrectionsChanged(DomainError):
    """What would be corrected is no longer what was confirmed: look again."""

    code: ClassVar[str] = "corrections_changed"
    confirmed: Money
    now: Money


@dataclass(frozen=True, slots=True)
class CorrectInvoices:
    """Somebody saw the preview and confirms it: `confirmed` is the sum of its differences (may be below zero)."""

    organisation: OrganisationId
    term: str
    confirmed: Money
    issued_on: date
    actor: Actor
    tell: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    invoices: int
    credit_notes: int
    amount: Money
    """All differences together."""


def correct_invoices(tx: Tx, wish: CorrectInvoices) -> Corrected:
    """Each difference becomes an invoice of its own or a credit note, linked to the first invoice. Doing it again finds
    nothing."""
    require_for(tx, wish.actor, Action.CORRECT_INVOICES, wish.organisation, what="organisation", name="")
    organisation = organisations.by_id(tx, wish.organisation)
    term = term_of(tx, wish.organisation, wish.term)
    asked = PreviewCorrections(wish.organisation, wish.term)
    accounts = {one.student.account for one in preview_corrections(tx, asked)}
    customer_accounts.standings(tx, accounts, lock=True)
    found = preview_corrections(tx, asked)
    amount = total([one.difference for one in found], organisation.currency)
    if amount != wish.confirmed or not accounts.issuperset(one.student.account for one in found):
        raise CorrectionsChanged(wish.confirmed, amount)
    more = [one for one in found if one.difference.minor > 0]
    less = [one for one in found if one.difference.minor < 0]
    _charge_more(tx, organisation, term, more, wish)
    _charge_less(tx, organisation, less, wish)
    if found:
        note(tx, wish.actor, wish.organisation, "invoices_corrected", f"{term.name}: {len(found)}, {amount}")
    return Corrected(len(more), len(less), amount)


def _charge_more(
    tx: Tx, organisation: Organisation, term: Term, more: Sequence[Correction], wish: CorrectInvoices
) -> None:
    new = [
        NewInvoice(
            Invoice(
                ItemId(tx.new_id()),
                one.student.account,
                f"{term.source}:correction:{one.corrections + 1}",
                one.lines,
                wish.issued_on,
                fees.correction_due(term, wish.issued_on),
            ),
            term.id,
            one.structure,
            corrects=one.first,
        )
        for one in more
    ]
    held = _credit_of(tx, organisation, [one.student.account for one in more])
    _write(tx, organisation, new)
    apply_credit(tx, organisation, [one.invoice for one in new])
    if wish.tell:
        left = [one.invoice.amount - min(held[one.invoice.account], one.invoice.amount) for one in new]
        _tell(
            tx,
            organisation,
            [(was.student.number, one.invoice, rest) for was, one, rest in zip(more, new, left, strict=True)],
        )


def _charge_less(tx: Tx, organisation: Organisation, less: Sequence[Correction], wish: CorrectInvoices) -> None:
    if not less:
        return
    first = numbers.take(tx, numbers.CREDIT_NOTES, {organisation.id: len(less)})[organisation.id]
    notes, journal, applied = [], [], []
    for at, one in enumerate(less):
        credit_note = CreditNote(
            id=tx.new_id(),
            number=credit_note_number(first + at),
            item=one.first,
            structure=one.structure,
            amount=-one.difference,
            lines=one.lines,
            issued_on=wish.issued_on,
        )
        parts = _parts(one, credit_note)
        notes.append(credit_note)
        applied.append(parts)
        journal.append(
            entries.invoice_corrected(
                organisation=organisation.id,
                note=credit_note.id,
                item=one.first,
                amount=credit_note.amount,
                applied=parts,
                income=INCOME,
                value_on=wish.issued_on,
            )
        )
    store.add_credit_notes(tx, organisation.id, notes)
    ids = ledger.post(tx, journal)
    applications.add(tx, [NewApplication(id_, None, parts) for id_, parts in zip(ids, applied, strict=True)])
    for one, credit_note in zip(less, notes, strict=True):
        note_of(
            tx,
            *(wish.actor, organisation.id, "credit_note_issued", "credit_note", credit_note.id),
            after=f"{credit_note.number} {credit_note.amount.plain()} on {one.number}",
        )


def _parts(one: Correction, credit_note: CreditNote) -> tuple[Application, ...]:
    """What is still owed is lowered, the newest item first; what was paid already is held for the student."""
    reason = f"credit_note:{credit_note.number}"
    lowered, rest = fees.taken_off(one.owed, credit_note.amount)
    account = one.student.account
    parts = [Application(account, item, amount, Strategy.CORRECTION, reason) for item, amount in lowered]
    if rest:
        parts.append(Application(account, None, rest, Strategy.CORRECTION, reason))
    return tuple(parts)
