"""A school's own list taken into the books: students, guardians, classes and what was owed before. All of it, or nothing.

Who a student is, the number says; who a guardian is, the phone. The same list twice changes nothing: what is in the books
and not in the list stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from core import entries
from core.errors import NotFound
from core.fees import FeeLine, Invoice, Student
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId
from core.ledger import equity_opening
from core.mail import MailAddress
from core.money import Money
from core.permissions import Action, Actor
from core.phones import Msisdn
from core.references import Reference
from core.rosters import Complaint, ListedStudent, Roster
from storage import audit, customer_accounts, ledger, mail_addresses, organisations, people
from storage import school as store
from storage.audit import Change
from storage.mail_addresses import Mailbox
from storage.organisations import Organisation
from storage.people import NewContact
from storage.tx import Tx
from usecases.invoicing import apply_credit
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class ImportStudents:
    """Take a list as it was read. `source` is the file's name, for the audit trail."""

    organisation: OrganisationId
    roster: Roster
    source: str
    today: date
    actor: Actor


@dataclass(frozen=True, slots=True)
class Imported:
    """What the import did, or would do. With a complaint it did nothing. Money is in minor units."""

    students: int
    """New ones."""
    corrected: int
    """Known students and guardians with another name, class or address of mail now."""
    guardians: int
    """Who now answer for a student and did not before."""
    classes: int
    """New ones."""
    balances: int
    owed_minor: int
    held_minor: int
    complaints: tuple[Complaint, ...] = ()
    complained: int = 0

    @property
    def changes_something(self) -> bool:
        return self._counts != (0, 0, 0, 0, 0)

    @property
    def _counts(self) -> tuple[int, ...]:
        return (self.students, self.corrected, self.guardians, self.classes, self.balances)


def rehearse(tx: Tx, wish: ImportStudents) -> Imported:
    """What `import_students` would do now."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    return _plan(tx, wish).told()


def import_students(tx: Tx, wish: ImportStudents) -> Imported:
    """Bring the books in line with the list, unless there is a complaint about any line of it."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    plan = _plan(tx, wish)
    told = plan.told()
    if not told.complaints:
        _carry_out(tx, wish, plan)
    return told


@dataclass(slots=True)
class _Plan:
    """What the list says and the books do not. Students stand with their new class by name."""

    organisation: Organisation
    new: list[tuple[CustomerAccountId, ListedStudent]] = field(default_factory=list)
    corrected: list[tuple[Student, ListedStudent]] = field(default_factory=list)
    openings: list[tuple[CustomerAccountId, ListedStudent, date]] = field(default_factory=list)
    links: list[tuple[CustomerAccountId, ContactId, int]] = field(default_factory=list)
    """Who is new to whom."""
    accounts: list[tuple[CustomerAccountId, ListedStudent]] = field(default_factory=list)
    """All that the list names."""
    classes: dict[str, str] = field(default_factory=dict)
    """Those to add: by folded name, as the list first writes it."""
    guardians: list[NewContact] = field(default_factory=list)
    renamed: dict[ContactId, str] = field(default_factory=dict)
    mails: dict[ContactId, Mailbox] = field(default_factory=dict)
    """Addresses that are new, of new guardians and of known ones."""
    wrong: list[Complaint] = field(default_factory=list)
    complained: int = 0

    def told(self) -> Imported:
        balances = [student.balance.minor for _, student, _ in self.openings]
        return Imported(
            students=len(self.new),
            corrected=len(self.corrected) + len(self._others),
            guardians=len(self.links),
            classes=len(self.classes),
            balances=len(balances),
            owed_minor=sum(minor for minor in balances if minor > 0),
            held_minor=-sum(minor for minor in balances if minor < 0),
            complaints=tuple(sorted(self.wrong, key=lambda one: one.line)),
            complained=self.complained,
        )

    @property
    def _others(self) -> set[ContactId]:
        """Known guardians of whom something is corrected."""
        return (self.renamed.keys() | self.mails.keys()) - {person.id for person in self.guardians}


def _plan(tx: Tx, wish: ImportStudents) -> _Plan:
    plan = _Plan(_organisation(tx, wish.organisation), wrong=list(wish.roster.complaints))
    _plan_students(tx, wish, plan)
    _plan_guardians(tx, wish, plan)
    _plan_openings(tx, plan)
    plan.complained = wish.roster.complained + len(plan.wrong) - len(wish.roster.complaints)
    return plan


def _plan_students(tx: Tx, wish: ImportStudents, plan: _Plan) -> None:
    known = {Reference.read(one.number).exact: one for one in store.students_of(tx, wish.organisation)}
    groups = {name.casefold(): id_ for name, id_ in store.add_classes(tx, wish.organisation, []).items()}
    read = [(Reference.read(one.number), one) for one in wish.roster.students]
    taken = {
        named.exact
        for (organisation, _), all_named in customer_accounts.named(tx, [key.canonical for key, _ in read]).items()
        for named in all_named
        if organisation == wish.organisation
    }
    for key, listed in read:
        folded = listed.class_name.casefold()
        if folded not in groups:
            plan.classes.setdefault(folded, listed.class_name)
        student = known.get(key.exact)
        if student is not None:
            plan.accounts.append((student.account, listed))
            if (student.name, student.group) != (listed.name, groups.get(folded)):
                plan.corrected.append((student, listed))
        elif key.exact in taken:
            plan.wrong.append(Complaint(listed.line, "", "number_taken", {"number": listed.number}))
        else:
            account = CustomerAccountId(tx.new_id())
            plan.accounts.append((account, listed))
            plan.new.append((account, listed))


def _plan_guardians(tx: Tx, wish: ImportStudents, plan: _Plan) -> None:
    """The first name that the list gives to a phone holds."""
    names: dict[Msisdn, str] = {}
    for listed in wish.roster.students:
        for guardian in listed.guardians:
            names[guardian.msisdn] = names.get(guardian.msisdn) or guardian.name
    found = people.recognise(tx, list(names))
    contacts: dict[Msisdn, ContactId] = {}
    for phone, name in names.items():
        mine = [one for one in found.get(phone, ()) if one.organisation == wish.organisation]
        if not mine:
            contacts[phone] = ContactId(tx.new_id())
            plan.guardians.append(NewContact(contacts[phone], name, (phone,)))
            continue
        contacts[phone] = mine[0].contact
        if name and name != mine[0].name:
            plan.renamed[mine[0].contact] = name
    _plan_mails(tx, wish, plan, contacts)
    there = people.accounts_of(tx, contacts.values())
    for account, listed in plan.accounts:
        for rank, guardian in enumerate(listed.guardians):
            contact = contacts[guardian.msisdn]
            if account not in there.get(contact, ()):
                plan.links.append((account, contact, rank))


def _plan_mails(tx: Tx, wish: ImportStudents, plan: _Plan, contacts: dict[Msisdn, ContactId]) -> None:
    """The first address that the list gives to a phone holds; who has another gets this one, and keeps their wishes."""
    listed: dict[ContactId, MailAddress] = {}
    for student in wish.roster.students:
        for guardian in student.guardians:
            if guardian.mail is not None:
                listed.setdefault(contacts[guardian.msisdn], guardian.mail)
    known = mail_addresses.of_contacts(tx, listed)
    for contact, address in listed.items():
        before = known.get(contact)
        if before is None or before.address != address:
            plan.mails[contact] = Mailbox(address, before.waits_at_night if before else False)


def _plan_openings(tx: Tx, plan: _Plan) -> None:
    """A balance that was brought in is never brought in again, nor altered."""
    said = [(account, listed, listed.balance_on) for account, listed in plan.accounts if listed.balance_on]
    there = store.openings_of(tx, [account for account, _, _ in said])
    for account, listed, on in said:
        before = there.get(account)
        if before is None:
            plan.openings.append((account, listed, on))
        elif before != (listed.balance.minor, on):
            was = Money(before[0], plan.organisation.currency)
            facts = {"known": str(was), "since": f"{before[1]:%d/%m/%Y}"}
            plan.wrong.append(Complaint(listed.line, "", "balance_differs", facts))


def _carry_out(tx: Tx, wish: ImportStudents, plan: _Plan) -> None:
    organisation = wish.organisation
    groups = {
        name.casefold(): id_ for name, id_ in store.add_classes(tx, organisation, list(plan.classes.values())).items()
    }
    store.add_students(
        tx,
        organisation,
        [Student(account, one.number, one.name, groups[one.class_name.casefold()]) for account, one in plan.new],
        plan.organisation.currency,
    )
    store.correct_students(
        tx,
        [replace(student, name=one.name, group=groups[one.class_name.casefold()]) for student, one in plan.corrected],
    )
    people.add(tx, organisation, plan.guardians)
    people.rename(tx, list(plan.renamed.items()))
    mail_addresses.put(tx, organisation, list(plan.mails.items()))
    people.link(tx, plan.links)
    people.suggest_languages(tx, list(_languages(plan)))
    _bring_forward(tx, wish, plan)
    if plan.told().changes_something:
        _tell(tx, wish, plan.told())


def _languages(plan: _Plan) -> Iterator[tuple[Msisdn, str]]:
    for _, one in plan.accounts:
        for guardian in one.guardians:
            if guardian.language is not None:
                yield guardian.msisdn, guardian.language


def _bring_forward(tx: Tx, wish: ImportStudents, plan: _Plan) -> None:
    """What was owed becomes an open item, older than every invoice; what was held becomes credit."""
    organisation = wish.organisation
    ledger.open_accounts(tx, [equity_opening(organisation, plan.organisation.currency)])
    # Money that arrives meanwhile waits, so that what is held as credit is used once.
    customer_accounts.standings(tx, [account for account, _, _ in plan.openings], lock=True)
    owed, journal = [], []
    for account, listed, on in plan.openings:
        if listed.balance.minor > 0:
            line = FeeLine("Balance brought forward", listed.balance)
            item = Invoice(ItemId(tx.new_id()), account, store.OPENING, (line,), issued_on=on, due_on=on)
            owed.append((Reference.read(listed.number).exact.upper(), item))
            entry = entries.opening_balance(
                organisation=organisation, item=item.item, account=account, amount=listed.balance, value_on=on
            )
        else:
            entry = entries.opening_credit(
                organisation=organisation, account=account, amount=-listed.balance, value_on=on
            )
        journal.append(entry)
    store.add_openings(tx, organisation, owed)
    ledger.post(tx, journal)
    if owed:
        apply_credit(tx, plan.organisation, [replace(item, issued_on=wish.today) for _, item in owed])


def _tell(tx: Tx, wish: ImportStudents, told: Imported) -> None:
    reason = (
        f"{wish.source[:80]}: {told.students} students, {told.corrected} corrected, {told.guardians} guardians, "
        f"{told.classes} classes, {told.balances} balances"
    )
    sequence = audit.next_sequence(tx, wish.organisation)
    change = Change(
        wish.organisation, "students_imported", "organisation", wish.organisation, sequence, None, None, reason
    )
    audit.record(tx, [(change, wish.actor)])


def _organisation(tx: Tx, id_: OrganisationId) -> Organisation:
    for organisation in organisations.all_organisations(tx):
        if organisation.id == id_:
            return organisation
    raise NotFound("organisation", id_.hex)
