"""Money that was not found at once: the provider is asked, staff see who looks for it, and whoever asked is told (PAY-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core import tracing
from core.errors import NotFound
from core.ids import OrganisationId
from core.limits import Rule
from core.messages import EnquiryAnswered
from core.payments import Standing
from core.permissions import Action, Actor, ActorKind, require
from core.phones import Msisdn
from core.scraps import LONGEST, read_scrap
from storage import audit, enquiries, organisations, outbox, pulls, questions
from storage import payments as payment_store
from storage import tracing as trail_store
from storage.audit import Change
from storage.enquiries import Enquiry
from storage.outbox import MessageFacts, Out
from storage.tx import Tx
from usecases.rights import require_for

ENQUIRIES = Rule(most=5, per_s=3_600)
"""That one phone may open: each costs a person's time."""
BELIEVED_AFTER = timedelta(minutes=10)
"""A code that the provider does not know is asked about anew before anybody is told so: its own books may be late."""


@dataclass(frozen=True, slots=True)
class OpenEnquiry:
    """This phone asks us to look for what `typed` may mean."""

    organisation: OrganisationId
    msisdn: Msisdn
    typed: str
    language: str
    trace: str


@dataclass(frozen=True, slots=True)
class EnquiryOpened:
    """Somebody will look. `asks_provider`: the provider is asked about the code, and the person is texted."""

    asks_provider: bool


def open_enquiry(tx: Tx, wish: OpenEnquiry) -> EnquiryOpened:
    """Write down who looks for what, as far as it was found. A code that nobody told us of is asked about. Safe to repeat."""
    account = organisations.main_account(tx, wish.organisation)
    if account is None:
        raise NotFound("organisation", wish.organisation.hex)
    typed = wish.typed[:LONGEST]
    scrap = read_scrap(typed, currency=account.currency, today=account.local_date(tx.now))
    told = tracing.answer(trail_store.trails(tx, trail_store.asker(tx, account, wish.msisdn), scrap), scrap)
    receipt = scrap.asked_code if not told else ""
    payment = told[0].payment if told else None
    new = Enquiry(tx.new_id(), wish.organisation, wish.msisdn, typed, receipt, payment, wish.language, opened_at=tx.now)
    if enquiries.put(tx, new):
        who = Actor(ActorKind.PERSON, wish.msisdn.masked, "ussd")
        _record(tx, new, who, "enquiry_opened", "asked" if receipt else "open", "", wish.trace)
        if receipt:
            questions.put(tx, account, [receipt])
            pulls.want(tx, account.id)
    return EnquiryOpened(asks_provider=bool(receipt))


@dataclass(frozen=True, slots=True)
class AnswerEnquiries:
    limit: int = 100


def any_waits(tx: Tx) -> bool:
    """Does anybody wait for word of a code?"""
    return bool(enquiries.awaiting_a_receipt(tx, limit=1))


def answer_enquiries(tx: Tx, wish: AnswerEnquiries) -> int:
    """Tell those who asked about a code what has come of it since; how many. Each is told once, and nothing but whether it
    was found: what may be said of it is for the phone, where it is known who asks."""
    told = 0
    for one in enquiries.awaiting_a_receipt(tx, limit=wish.limit):
        account = organisations.main_account(tx, one.organisation)
        assert account is not None, "an enquiry is opened at an account"
        found = [
            stored.payment.id
            for stored in payment_store.by_receipts(tx, [one.receipt])
            if stored.payment.organisation == one.organisation
        ]
        question = questions.about(tx, account.id, one.receipt)
        is_unknown = question is not None and question.told is Standing.NOT_FOUND
        if not found and not (is_unknown and tx.now >= one.opened_at + BELIEVED_AFTER):
            continue
        answered = "found" if found else "unknown"
        if enquiries.close(tx, one.id, answered=answered, payment=found[0] if found else None, note=""):
            system = Actor(ActorKind.SYSTEM, "enquiries", "worker")
            _record(tx, one, system, "enquiry_answered", answered, "", "")
            _tell(tx, one, is_found=bool(found))
            told += 1
    return told


def _tell(tx: Tx, one: Enquiry, *, is_found: bool) -> None:
    name = organisations.voices(tx, [one.organisation])[one.organisation].name
    code = organisations.code_of(tx, one.organisation)
    message = EnquiryAnswered(name, one.receipt, is_found, code)
    facts = MessageFacts(message, msisdn=one.asker.digits, language=one.language)
    key = f"enquiry:{one.id.hex}"
    outbox.put(tx, [Out(one.organisation, outbox.Kind.SMS, message.event, facts, key=key)])


@dataclass(frozen=True, slots=True)
class CloseEnquiry:
    """A person has answered. `note` says how, for colleagues."""

    enquiry: UUID
    note: str
    actor: Actor


def close_enquiry(tx: Tx, wish: CloseEnquiry) -> Enquiry:
    """Staff are done with it. Raises `NotFound` when nobody waits for an answer (any more)."""
    require(wish.actor, Action.ASSIGN_SUSPENSE)
    one = enquiries.load(tx, wish.enquiry)
    if one is None:
        raise NotFound("enquiry", wish.enquiry.hex)
    require_for(tx, wish.actor, Action.ASSIGN_SUSPENSE, one.organisation, what="enquiry", name=wish.enquiry.hex)
    if not enquiries.close(tx, one.id, answered="staff", payment=one.payment, note=wish.note):
        raise NotFound("enquiry", wish.enquiry.hex)
    _record(tx, one, wish.actor, "enquiry_closed", "staff", wish.note, "")
    return one


def _record(tx: Tx, one: Enquiry, actor: Actor, action: str, state: str, reason: str, trace: str) -> None:
    sequence = audit.next_sequence(tx, one.id)
    before = None if sequence == 1 else "open"
    change = Change(one.organisation, action, "enquiry", one.id, sequence, before, state, reason, trace)
    audit.record(tx, [(change, actor)])
