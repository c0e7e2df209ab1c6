"""A school's own people: enrolling its students with their guardians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.fees import Student
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.mail import MailAddress
from core.permissions import Action, Actor
from core.phones import Msisdn
from storage import mail_addresses, organisations, people
from storage import school as store
from storage.mail_addresses import Mailbox
from storage.people import NewContact
from storage.tx import Tx
from usecases.noting import note
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class GuardianEntry:
    """A guardian as the school's list has them. `msisdn` tells who is the same person in two families."""

    name: str
    msisdn: Msisdn
    language: str | None = None
    mail: MailAddress | None = None


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
    organisation = organisations.by_id(tx, wish.organisation)
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
    note(tx, wish.actor, wish.organisation, "students_enrolled", f"{len(new)} students")
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
    boxes = [(person.id, wanted[person.phones[0]].mail) for person in new]
    mail_addresses.put(tx, organisation, [(contact, Mailbox(mail)) for contact, mail in boxes if mail])
    for phone, guardian in wanted.items():
        if guardian.language is not None and people.language_of(tx, phone) is None:
            people.choose_language(tx, phone, guardian.language)
    return contacts | {person.phones[0]: person.id for person in new}
