"""What is held of one person, and taking it out (SEC-6)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.ids import ContactId, OrganisationId
from core.mail import MailAddress
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn
from storage import listing, persons
from storage.listing import PaymentShown
from storage.persons import AccountHeld, MessageHeld, PaidHeld, Person, TextHeld, Traces, WishHeld
from storage.tx import Tx
from usecases.app import App
from usecases.erasure import Erase, erase_person
from usecases.students import ChangeMail, change_mail

PAGE = 300
"""Bodies opened at once: some milliseconds of a serving process."""
Looking = Callable[..., tuple[list[UUID], UUID | None]]


class PersonArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person by their phone, as one organisation knows them; without a name, the only organisation there is."""

    phone: str
    organisation: str | None = None


class PersonHeld(msgspec.Struct, frozen=True):
    """Everything that is held of one person."""

    organisation: str
    contact: ContactId | None
    name: str
    phones: list[str]
    mail: str
    languages: list[str]
    accounts: list[AccountHeld]
    wishes: list[WishHeld]
    texts: list[TextHeld]
    messages: list[MessageHeld]
    paid: list[PaidHeld]
    """What was paid to them or given back."""
    payments: list[PaymentShown]
    exchanges: list[str]
    """What providers said that names them, beside what stands with their payments. Secrets are covered."""


class ErasedLine(msgspec.Struct, frozen=True):
    """A person is erased."""

    person: str
    organisation: str
    phones: int
    payments: int
    exchanges: int
    messages: int


class MailArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address`: where the person with this phone gets mail; empty for nowhere."""

    phone: str
    address: str = ""
    organisation: str | None = None


class MailLine(msgspec.Struct, frozen=True):
    person: str
    organisation: str
    mail: str


async def mail(opened: Opened, args: MailArgs, operator: Operator) -> AsyncGenerator[MailLine, None]:
    """The address of a guardian, as the staff's page would set it."""
    operator.require(Action.EDIT_SCHOOL)
    app = opened.app
    slug, phone, organisation = await _meant(app, PersonArgs(args.phone, args.organisation), operator)
    address = MailAddress.parse(args.address) if args.address else None
    person = await app.read(persons.find, organisation, phone)
    if person.contact is None:
        raise NotFound("person", phone.masked)
    await app.write(change_mail, ChangeMail(organisation, person.contact, address, operator.actor))
    yield MailLine(phone.masked, slug, address.text if address else "")


async def export_person(opened: Opened, args: PersonArgs, operator: Operator) -> AsyncGenerator[PersonHeld, None]:
    """For the person who asks what is known of them."""
    operator.require(Action.EXPORT_PERSON)
    app = opened.app
    slug, phone, organisation = await _meant(app, args, operator)
    person = await app.read(persons.find, organisation, phone)
    traces = await _traces(app, person)
    if not await app.read(persons.is_known, person, traces):
        raise NotFound("person", phone.masked)
    yield await app.read(_held, slug, person, traces)


def _held(tx: Tx, slug: str, person: Person, traces: Traces) -> PersonHeld:
    found = persons.held(tx, person, traces)
    shown = [listing.payment_shown(tx, payment, clear=True) for payment in traces.payments]
    return PersonHeld(
        organisation=slug,
        contact=person.contact,
        name=found.name,
        phones=found.phones,
        mail=found.mail,
        languages=found.languages,
        accounts=found.accounts,
        wishes=found.wishes,
        texts=found.texts,
        messages=found.messages,
        paid=found.paid,
        payments=[payment for payment in shown if payment is not None],
        exchanges=listing.said_in(tx, traces.exchanges, beside=traces.payments),
    )


async def erase(opened: Opened, args: PersonArgs, operator: Operator) -> AsyncGenerator[ErasedLine, None]:
    """Looks into all that was ever said first, a page at a time, and then erases in one transaction."""
    operator.require(Action.ERASE_PERSON)
    app = opened.app
    slug, phone, organisation = await _meant(app, args, operator)
    person = await app.read(persons.find, organisation, phone)
    traces = await _traces(app, person)
    done = await app.write(erase_person, Erase(organisation, phone, traces, operator.actor))
    yield ErasedLine(phone.masked, slug, done.phones, done.payments, len(traces.exchanges), len(traces.messages))


async def _meant(app: App, args: PersonArgs, operator: Operator) -> tuple[str, Msisdn, OrganisationId]:
    organisation = await operator.only(app, args.organisation)
    phone = Msisdn.parse(args.phone, country_code=COUNTRIES[organisation.country].calling_code)
    return organisation.slug, phone, organisation.id


async def _traces(app: App, person: Person) -> Traces:
    paid = await app.read(persons.payments_of, person)
    said = await _all(app, persons.exchanges_naming, person)
    written = await _all(app, persons.messages_naming, person)
    return Traces(tuple(paid), tuple(said), tuple(written))


async def _all(app: App, looking: Looking, person: Person) -> list[UUID]:
    found: list[UUID] = []
    end: Any = None
    while True:
        more, end = await app.read(looking, person, end, most=PAGE)
        if end is None:
            return found
        found += more


EXPORT = Command(PersonArgs, PersonHeld, export_person)
MAIL = Command(MailArgs, MailLine, mail, writes=True)
ERASE = Command(PersonArgs, ErasedLine, erase, writes=True)
