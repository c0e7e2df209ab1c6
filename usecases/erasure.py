"""Erasing a person who asks for it: everything personal goes, and the books stay whole to the last code (SEC-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.errors import DomainError, NotFound
from core.ids import OrganisationId
from core.money import Money
from core.permissions import Action, Actor, require
from core.phones import Msisdn
from storage import audit, persons
from storage.audit import Change
from storage.people import msisdn_index
from storage.persons import Traces
from storage.tx import Tx


@dataclass(eq=False)
class PersonOwes(DomainError):
    """Who owes cannot be forgotten: the debt must be paid, waived, or another made to answer for it."""

    code: ClassVar[str] = "person_owes"
    reference: str
    owed: Money


@dataclass(eq=False)
class PersonPays(DomainError):
    """A payment of theirs is under way: its end must be known first."""

    code: ClassVar[str] = "person_pays"


@dataclass(eq=False)
class PersonInSuspense(DomainError):
    """Money of theirs waits for its owner: without their phone nobody could find out."""

    code: ClassVar[str] = "person_in_suspense"


@dataclass(eq=False)
class PersonIsStaff(DomainError):
    """They work here: the trail of what staff did is kept."""

    code: ClassVar[str] = "person_is_staff"


@dataclass(frozen=True, slots=True)
class Erase:
    """`traces` were found beforehand, by looking into everything that was ever said."""

    organisation: OrganisationId
    phone: Msisdn
    traces: Traces
    actor: Actor


@dataclass(frozen=True, slots=True)
class Erased:
    """What was emptied."""

    phones: int
    payments: int


def erase_person(tx: Tx, wish: Erase) -> Erased:
    """Refused while something is open between them and the organisation. Safe to repeat: then nobody is found."""
    require(wish.actor, Action.ERASE_PERSON)
    person = persons.find(tx, wish.organisation, wish.phone)
    if not persons.is_known(tx, person, wish.traces):
        raise NotFound("person", wish.phone.masked)
    if persons.is_staff(tx, person):
        raise PersonIsStaff
    if owing := persons.debt(tx, person):
        raise PersonOwes(*owing)
    if persons.is_paying(tx, person):
        raise PersonPays
    if persons.waits_in_suspense(tx, wish.traces.payments):
        raise PersonInSuspense
    subject = person.contact or UUID(bytes=msisdn_index(tx, wish.phone))
    persons.erase(tx, person, wish.traces)
    reason = f"{len(wish.traces.payments)} payments"
    sequence = audit.next_sequence(tx, subject)
    change = Change(wish.organisation, "person_erased", "contact", subject, sequence, None, None, reason)
    audit.record(tx, [(change, wish.actor)])
    return Erased(len(person.phones), len(wish.traces.payments))
