"""The office changes what it knows of a student and of who answers for them (FEE-8).

Nothing that money rests on is overwritten: invoices keep their lines, a number never changes, an account that was paid
into stays. Names stand in the trail only as strangers see them, because the trail is kept for ever and people may ask to
be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.errors import DomainError, NotFound
from core.fees import Student
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.mail import MailAddress
from core.masks import masked_name
from core.permissions import Action, Actor
from core.phones import Msisdn
from core.references import Reference
from core.versions import check
from storage import customer_accounts, mail_addresses, organisations, people, school
from storage import students as store
from storage.mail_addresses import Mailbox
from storage.people import NewContact
from storage.students import Guardian, StudentLine
from storage.tx import Tx
from usecases.noting import note_of
from usecases.rights import require_for

LONGEST_NAME, LONGEST_NUMBER = 80, 20


@dataclass(eq=False)
class NotAName(DomainError):
    """Empty, too long, or no letters in it."""

    code: ClassVar[str] = "not_a_name"
    most: int


@dataclass(eq=False)
class NotANumber(DomainError):
    """A student number that nobody could type on a phone."""

    code: ClassVar[str] = "not_a_number"
    most: int


@dataclass(eq=False)
class NumberTaken(DomainError):
    """Another student or invoice is found by this number, or by one that looks like it."""

    code: ClassVar[str] = "number_taken"
    number: str


@dataclass(eq=False)
class PhoneTaken(DomainError):
    """The phone is another person's at this organisation; a phone has one owner."""

    code: ClassVar[str] = "phone_taken"
    name: str


@dataclass(eq=False)
class LastPhone(DomainError):
    """Without any phone nobody could be told; give another one first."""

    code: ClassVar[str] = "last_phone"


def readable_name(text: str) -> str:
    """A name in one line. Raises `NotAName`."""
    name = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if len(name) > LONGEST_NAME or not any(each.isalpha() for each in name):
        raise NotAName(LONGEST_NAME)
    return name


def readable_number(text: str) -> str:
    """A student number as it will be written on invoices. Raises `NotANumber`."""
    number = " ".join(text.split()).upper()
    if not 0 < len(number) <= LONGEST_NUMBER or not number.isascii() or not Reference.read(number).exact:
        raise NotANumber(LONGEST_NUMBER)
    return number


# --- students -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddStudent:
    organisation: OrganisationId
    number: str
    name: str
    group: UUID
    """The class."""
    actor: Actor


def add_student(tx: Tx, wish: AddStudent) -> CustomerAccountId:
    """One more student, who can be paid for at once; charged with the next invoice run."""
    _require(tx, wish.actor, wish.organisation)
    number, name = readable_number(wish.number), readable_name(wish.name)
    class_name = _class(tx, wish.organisation, wish.group)
    key = Reference.read(number).canonical
    if customer_accounts.named(tx, [key]).get((wish.organisation, key)):
        raise NumberTaken(number)
    currency = organisations.by_id(tx, wish.organisation).currency
    student = Student(CustomerAccountId(tx.new_id()), number, name, wish.group)
    school.add_students(tx, wish.organisation, [student], currency)
    told = f"{number}, {masked_name(name)}, {class_name}"
    note_of(tx, wish.actor, wish.organisation, "student_added", "student", student.account, after=told)
    return student.account


@dataclass(frozen=True, slots=True)
class ChangeStudent:
    """`seen` is the version of what was shown when the change was begun."""

    organisation: OrganisationId
    account: CustomerAccountId
    name: str
    group: UUID
    seen: str
    actor: Actor


def change_student(tx: Tx, wish: ChangeStudent) -> None:
    """Another name, another class; who had left comes back by it. Invoices that were issued stay."""
    _require(tx, wish.actor, wish.organisation)
    before = _student(tx, wish.organisation, wish.account)
    check(wish.seen, before.number, before.name, before.group)
    name = readable_name(wish.name)
    if (name, wish.group) == (before.name, before.group):
        return
    class_name = before.class_name if wish.group == before.group else _class(tx, wish.organisation, wish.group)
    store.change(tx, before.account, name=name, group=wish.group, is_open=True)
    action = "student_returned" if before.group is None else "student_changed"
    note_of(
        tx,
        *(wish.actor, wish.organisation, action, "student", before.account),
        before=_told(before.name, before.class_name),
        after=_told(name, class_name),
        reason="name" if wish.group == before.group else "class" if name == before.name else "name, class",
    )


@dataclass(frozen=True, slots=True)
class Leave:
    organisation: OrganisationId
    account: CustomerAccountId
    reason: str
    seen: str
    actor: Actor


def leave(tx: Tx, wish: Leave) -> None:
    """A student leaves school: never charged again. While something is owed or held, the number can be paid as before."""
    _require(tx, wish.actor, wish.organisation)
    before = _student(tx, wish.organisation, wish.account)
    check(wish.seen, before.number, before.name, before.group)
    if before.group is None:
        return
    is_settled = not before.owed and not before.credit
    store.change(tx, before.account, name=before.name, group=None, is_open=not is_settled)
    owes = "settled" if is_settled else f"owes {before.owed.plain()}, holds {before.credit.plain()}"
    note_of(
        tx,
        *(wish.actor, wish.organisation, "student_left", "student", before.account),
        before=_told(before.name, before.class_name),
        after=f"left, {owes}",
        reason=" ".join(wish.reason.split())[:200],
    )


def _require(tx: Tx, actor: Actor, organisation: OrganisationId) -> None:
    require_for(tx, actor, Action.EDIT_SCHOOL, organisation, what="organisation", name="")


def _student(tx: Tx, organisation: OrganisationId, account: CustomerAccountId) -> StudentLine:
    found = store.by_account(tx, organisation, account, lock=True)
    if found is None:
        raise NotFound("student", account.hex)
    return found


def _class(tx: Tx, organisation: OrganisationId, group: UUID) -> str:
    """The name of a class that takes students."""
    found = next((one for one in school.classes(tx, organisation) if one.id == group and not one.is_retired), None)
    if found is None:
        raise NotFound("class", "")
    return found.name


def _told(name: str, class_name: str) -> str:
    return f"{masked_name(name)}, {class_name}" if class_name else f"{masked_name(name)}, left"


# --- who answers for them -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddGuardian:
    organisation: OrganisationId
    account: CustomerAccountId
    name: str
    msisdn: Msisdn
    actor: Actor
    mail: MailAddress | None = None
    """Of a known person, their new one; None leaves theirs."""


def add_guardian(tx: Tx, wish: AddGuardian) -> Guardian:
    """Whoever has this phone answers for the student from now on: a known person keeps the name that is known."""
    _require(tx, wish.actor, wish.organisation)
    student = _student(tx, wish.organisation, wish.account)
    contact = _owner(tx, wish.organisation, wish.msisdn)
    if contact is None:
        contact = ContactId(tx.new_id())
        people.add(tx, wish.organisation, [NewContact(contact, readable_name(wish.name), (wish.msisdn,))])
    if wish.mail is not None:
        known = _guardian(tx, wish.organisation, contact)
        _keep_mail(tx, wish.organisation, known, wish.mail, waits=known.mail_waits)
    people.link(tx, [(student.account, contact, store.last_rank(tx, student.account) + 1)])
    found = _guardian(tx, wish.organisation, contact)
    _tell(tx, wish.actor, wish.organisation, student.account, "guardian_added", after=_who(found))
    return found


@dataclass(frozen=True, slots=True)
class RemoveGuardian:
    organisation: OrganisationId
    account: CustomerAccountId
    contact: ContactId
    actor: Actor


def remove_guardian(tx: Tx, wish: RemoveGuardian) -> None:
    """They see and pay for this student no more by their own menu; for their other children all stays as it was."""
    _require(tx, wish.actor, wish.organisation)
    student = _student(tx, wish.organisation, wish.account)
    found = _guardian(tx, wish.organisation, wish.contact)
    if store.unlink(tx, student.account, found.contact):
        _tell(tx, wish.actor, wish.organisation, student.account, "guardian_removed", before=_who(found))


@dataclass(frozen=True, slots=True)
class PutFirst:
    organisation: OrganisationId
    account: CustomerAccountId
    contact: ContactId
    actor: Actor


def put_first(tx: Tx, wish: PutFirst) -> None:
    """Messages about this student go to this guardian before the others."""
    _require(tx, wish.actor, wish.organisation)
    student = _student(tx, wish.organisation, wish.account)
    there = store.guardians_of(tx, student.account)
    found = next((one for one in there if one.contact == wish.contact), None)
    if found is None:
        raise NotFound("guardian", "")
    if there[0].contact != found.contact:
        store.put_first(tx, student.account, found.contact)
        _tell(tx, wish.actor, wish.organisation, student.account, "guardian_first", after=_who(found))


@dataclass(frozen=True, slots=True)
class ChangeGuardian:
    """A corrected name, a phone more, a phone less, another address of mail. It holds for all children whom they answer
    for."""

    organisation: OrganisationId
    contact: ContactId
    name: str
    seen: str
    actor: Actor
    add: Msisdn | None = None
    remove: Msisdn | None = None
    mail: MailAddress | None = None
    """None for none."""
    mail_waits: bool = False
    """Whether quiet hours hold their mail, too."""


def change_guardian(tx: Tx, wish: ChangeGuardian) -> None:
    """A phone that is taken away does not sign the person in to anything any more, from the next message on."""
    _require(tx, wish.actor, wish.organisation)
    before = _guardian(tx, wish.organisation, wish.contact)
    check(wish.seen, *before.facts)
    name = readable_name(wish.name)
    if name != before.name:
        people.rename(tx, [(before.contact, name)])
    if wish.add is not None and wish.add not in before.phones:
        owner = _owner(tx, wish.organisation, wish.add)
        if owner is not None:
            raise PhoneTaken(_guardian(tx, wish.organisation, owner).name)
        people.add_phones(tx, wish.organisation, before.contact, [wish.add])
    if wish.remove is not None and wish.remove in before.phones:
        if wish.add is None and len(before.phones) == 1:
            raise LastPhone
        store.remove_phone(tx, before.contact, wish.remove)
    _keep_mail(tx, wish.organisation, before, wish.mail, waits=wish.mail_waits)
    after = _guardian(tx, wish.organisation, wish.contact)
    if after != before:
        told = {"before": _who(before), "after": _who(after)}
        note_of(tx, wish.actor, wish.organisation, "guardian_changed", "contact", before.contact, **told)


@dataclass(frozen=True, slots=True)
class ChangeMail:
    """Where one guardian gets mail; None for nowhere."""

    organisation: OrganisationId
    contact: ContactId
    mail: MailAddress | None
    actor: Actor


def change_mail(tx: Tx, wish: ChangeMail) -> None:
    """As `change_guardian`, for whoever knows nothing else of them."""
    _require(tx, wish.actor, wish.organisation)
    before = _guardian(tx, wish.organisation, wish.contact)
    _keep_mail(tx, wish.organisation, before, wish.mail, waits=before.mail_waits)
    after = _guardian(tx, wish.organisation, wish.contact)
    if after != before:
        told = {"before": _who(before), "after": _who(after)}
        note_of(tx, wish.actor, wish.organisation, "guardian_changed", "contact", before.contact, **told)


def _keep_mail(
    tx: Tx, organisation: OrganisationId, before: Guardian, mail: MailAddress | None, *, waits: bool
) -> None:
    if (mail, waits) != (before.mail, before.mail_waits):
        mail_addresses.put(tx, organisation, [(before.contact, Mailbox(mail, waits) if mail else None)])


def _owner(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> ContactId | None:
    known = people.recognise(tx, [msisdn]).get(msisdn, ())
    return next((one.contact for one in known if one.organisation == organisation), None)


def _guardian(tx: Tx, organisation: OrganisationId, contact: ContactId) -> Guardian:
    found = store.guardian(tx, organisation, contact, lock=True)
    if found is None:
        raise NotFound("guardian", "")
    return found


def _who(guardian: Guardian) -> str:
    """As the trail may keep it: a masked name, masked phones, and the masked address of mail."""
    known = [masked_name(guardian.name), *(phone.masked for phone in guardian.phones)]
    return ", ".join(known if guardian.mail is None else [*known, guardian.mail.masked])


def _tell(
    tx: Tx,
    actor: Actor,
    organisation: OrganisationId,
    account: CustomerAccountId,
    action: str,
    *,
    before: str | None = None,
    after: str | None = None,
) -> None:
    note_of(tx, actor, organisation, action, "student", account, before=before, after=after)
