"""A school's own work: enrolling its students, charging a term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core import entries
from core.application import Application, Strategy
from core.errors import NotFound
from core.fees import FeeLine, Invoice, Student, Term, invoice_for
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId
from core.ledger import JournalEntry, customer_credit
from core.money import Money, zero
from core.permissions import Action, Actor
from core.phones import Msisdn
from storage import applications, audit, customer_accounts, ledger, numbers, organisations, people
from storage import school as store
from storage.applications import NewApplication
from storage.audit import Change
from storage.people import NewContact
from storage.tx import Tx
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class GuardianEntry:
    """A guardian as the school's list has them. `msisdn` tells who is the same person in two families."""

    name: str
    msisdn: Msisdn
    language: str | None = None


@dataclass(frozen=True, slots=True)
class StudentEntry:
    number: str
    name: str
    class_name: str
    guardians: tuple[GuardianEntry, ...]
    """The one who is told first comes first."""


@dataclass(frozen=True, slots=True)
class Enrol:
    """Take students with their guardians into the books. Numbers that are enrolled already are passed over."""

    organisation: OrganisationId
    students: tuple[StudentEntry, ...]
    actor: Actor


def enrol(tx: Tx, wish: Enrol) -> int:
    """How many students are new."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    organisation = _organisation(tx, wish.organisation)
    known = {student.number for student in store.students_of(tx, wish.organisation)}
    new = [entry for entry in wish.students if entry.number not in known]
    classes = store.add_classes(tx, wish.organisation, list(dict.fromkeys(entry.class_name for entry in new)))
    students = [
        Student(CustomerAccountId(tx.new_id()), entry.number, entry.name, classes[entry.class_name]) for entry in new
    ]
    store.add_students(tx, wish.organisation, students, organisation.currency)
    contacts = _contacts(tx, wish.organisation, [guardian for entry in new for guardian in entry.guardians])
    people.link(
        tx,
        [
            (student.account, contacts[guardian.msisdn], rank)
            for student, entry in zip(students, new, strict=True)
            for rank, guardian in enumerate(entry.guardians)
        ],
    )
    _tell(tx, wish.actor, wish.organisation, "students_enrolled", f"{len(new)} students")
    return len(new)


def _contacts(tx: Tx, organisation: OrganisationId, guardians: Sequence[GuardianEntry]) -> dict[Msisdn, ContactId]:
    """Guardians by phone; who is new to the organisation is added, once."""
    wanted = {guardian.msisdn: guardian for guardian in guardians}
    found = people.recognise(tx, list(wanted))
    contacts = {
        phone: known.contact
        for phone, everywhere in found.items()
        for known in everywhere
        if known.organisation == organisation and isinstance(phone, Msisdn)
    }
    new = [
        NewContact(ContactId(tx.new_id()), guardian.name, (phone,))
        for phone, guardian in wanted.items()
        if phone not in contacts
    ]
    people.add(tx, organisation, new)
    for phone, guardian in wanted.items():
        if guardian.language is not None and people.language_of(tx, phone) is None:
            people.choose_language(tx, phone, guardian.language)
    return contacts | {person.phones[0]: person.id for person in new}


@dataclass(frozen=True, slots=True)
class ClassFees:
    class_name: str
    lines: tuple[FeeLine, ...]


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """A term with its dates and what each class is charged."""

    organisation: OrganisationId
    name: str
    starts_on: date
    ends_on: date
    due_on: date
    fees: tuple[ClassFees, ...]
    actor: Actor


def open_term(tx: Tx, wish: OpenTerm) -> Term:
    """Enter a term and its fee structure. Repeating it replaces the structure, not the invoices already issued."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    term = store.add_term(
        tx, wish.organisation, Term(tx.new_id(), wish.name, wish.starts_on, wish.ends_on, wish.due_on)
    )
    classes = store.add_classes(tx, wish.organisation, [fees.class_name for fees in wish.fees])
    for fees in wish.fees:
        store.set_fees(tx, term.id, classes[fees.class_name], fees.lines)
    _tell(tx, wish.actor, wish.organisation, "term_opened", wish.name)
    return term


@dataclass(frozen=True, slots=True)
class RunInvoices:
    """Charge a term to every student who has no invoice for it."""

    organisation: OrganisationId
    term: str
    issued_on: date
    actor: Actor


@dataclass(frozen=True, slots=True)
class InvoiceRun:
    """What the run did."""

    issued: int
    amount: Money
    credit_applied: Money


def run_invoices(tx: Tx, wish: RunInvoices) -> InvoiceRun:
    """One invoice per student and term, however often it is run; credit that the account holds is applied (FEE-2)."""
    require_for(tx, wish.actor, Action.RUN_INVOICES, wish.organisation, what="organisation", name="")
    organisation = _organisation(tx, wish.organisation)
    currency = organisation.currency
    term = store.term_named(tx, wish.organisation, wish.term)
    if term is None:
        raise NotFound("term", wish.term)
    fees = store.fees_of(tx, term.id, currency)
    done = store.invoiced(tx, wish.organisation, f"term:{term.id.hex}")
    charged = [student for student in store.students_of(tx, wish.organisation) if student.account not in done]
    # Money that arrives meanwhile waits, so that what is held as credit is used once.
    customer_accounts.standings(tx, [student.account for student in charged], lock=True)
    drafts = [
        invoice_for(student, term, fees.get(student.group, ()), item=ItemId(tx.new_id()), on=wish.issued_on)
        for student in charged
    ]
    invoices = [invoice for invoice in drafts if invoice is not None]
    amount, used = zero(currency), zero(currency)
    if invoices:
        first = numbers.take(tx, numbers.INVOICES, {wish.organisation: len(invoices)})[wish.organisation]
        store.add_invoices(tx, wish.organisation, first, invoices)
        ledger.post(tx, [_issued(wish.organisation, invoice) for invoice in invoices])
        used = apply_credit(tx, wish.organisation, invoices)
        for invoice in invoices:
            amount += invoice.amount
    _tell(tx, wish.actor, wish.organisation, "invoices_run", f"{wish.term}: {len(invoices)}")
    return InvoiceRun(len(invoices), amount, used)


def _issued(organisation: OrganisationId, invoice: Invoice) -> JournalEntry:
    return entries.invoice_issued(
        organisation=organisation,
        item=invoice.item,
        account=invoice.account,
        amount=invoice.amount,
        income="fees",
        value_on=invoice.issued_on,
    )


def apply_credit(tx: Tx, organisation: OrganisationId, invoices: Sequence[Invoice]) -> Money:
    """Money paid ahead meets the new invoices, as far as it reaches."""
    currency = invoices[0].amount.currency
    places = {invoice.item: customer_credit(organisation, invoice.account, currency) for invoice in invoices}
    balances = ledger.balances_of(tx, list(places.values()))
    journal, applied = [], []
    for invoice in invoices:
        part = min(-balances[places[invoice.item].id], invoice.amount)
        if part.minor <= 0:
            continue
        journal.append(
            entries.credit_applied(
                organisation=organisation,
                item=invoice.item,
                account=invoice.account,
                amount=part,
                value_on=invoice.issued_on,
            )
        )
        applied.append(Application(invoice.account, invoice.item, part, Strategy.CREDIT, "credit:held"))
    ids = ledger.post(tx, journal)
    applications.add(tx, [NewApplication(id_, None, (one,)) for id_, one in zip(ids, applied, strict=True)])
    return Money(sum(one.amount.minor for one in applied), currency)


def _organisation(tx: Tx, id_: OrganisationId) -> organisations.Organisation:
    for organisation in organisations.all_organisations(tx):
        if organisation.id == id_:
            return organisation
    raise NotFound("organisation", id_.hex)


def _tell(tx: Tx, actor: Actor, organisation: OrganisationId, action: str, reason: str) -> None:
    sequence = audit.next_sequence(tx, organisation)
    change = Change(organisation, action, "organisation", organisation, sequence, None, None, reason)
    audit.record(tx, [(change, actor)])
