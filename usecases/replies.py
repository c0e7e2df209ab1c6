"""What people want by text is done or asked back in the transaction that keeps the text (SMS-1, SMS-2).

Only where a text can be read in one way is a phone asked for money at once. What was inferred, the sum, the child, a slip in the
number, is read back and waits for a yes within the hour; the yes does exactly what was read back, once. Nobody reads anything
of an account that is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.callers import AccountView, Relation, whole_up
from core.errors import DomainError
from core.ids import CustomerAccountId, OrganisationId
from core.messages import Reply, WishAnswered
from core.money import Money, NotAnAmount, parse_typed, zero
from core.payments import Part, Status
from core.phones import Msisdn
from core.references import Reference
from core.scraps import LONGEST, read_scrap
from core.sms import days
from core.sms.reading import Reading, read
from core.sms.words import Intent
from core.tracing import Says, Told
from storage import callers, loans, people, texts
from storage.texts import Offer, Text
from storage.tx import Tx
from usecases import receipts, tracing
from usecases.commands import ChooseLanguage, MakePromise, RequestPayment, SendStatement
from usecases.documents import send_statement
from usecases.enquiries import OpenEnquiry, open_enquiry
from usecases.people import choose_language
from usecases.promises import make_promise
from usecases.prompts import request_payment

OFFERED_FOR = timedelta(hours=1)
"""How long what was read back waits for a yes."""
MORE = "more"
MOST_MORE = 4
"""Words of a text that may be no more than what was missing; a longer one speaks for itself."""
MOST_KEPT = 200
"""Characters of a text that waits for what was missing in it."""
STATED_AGAIN = timedelta(hours=1)
"""A statement is sent once in so long (`usecases.documents`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to one organisation, with what it was read as."""

    organisation: OrganisationId
    sender: Msisdn
    text: Text
    reading: Reading
    said: str
    """What was read: the text, behind the one that it completes."""
    opens_at: str
    """The address below which links open; "" where none can be sent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What to tell; None when what was done tells it itself. `language`: that of the answer, where the person chose none."""

    message: WishAnswered | None
    language: str
    offer: Offer | None = None


def knows(tx: Tx, organisation: OrganisationId, sender: Msisdn, reading: Reading) -> bool:
    """Is this organisation meant, of several that share a number: by who writes, or by the number in the text?"""
    known = people.recognise(tx, [sender]).get(sender, [])
    if any(one.organisation == organisation for one in known):
        return True
    return bool(reading.reference) and callers.account_named(tx, organisation, reading.reference) is not None


def continued(tx: Tx, organisation: OrganisationId, sender: Msisdn, text: str) -> tuple[Reading, str] | None:
    """A text that answers what we asked back (`for whom?`), read together with the one that it completes. It is never certain:
    the whole is read back before it moves money. With it what was read; None when nothing was asked."""
    found = texts.waiting_offer(tx, organisation, sender.digits)
    if found is None or found[1].kind != MORE or len(text.split()) > MOST_MORE:
        return None
    said = f"{found[1].text} {text}"
    return replace(read(said), certain=False), said


def reply_to(tx: Tx, asked: Asked) -> Answered | None:
    """Do what the text wants, or say what is missing. None where it wants nothing that we know."""
    relation = callers.relation(tx, asked.organisation, asked.sender)
    handle = _HANDLERS.get(asked.reading.intent)
    if relation is None or handle is None:
        return None
    return handle(_Desk(tx, asked, relation))


@dataclass(slots=True)
class _Desk:
    """One text at work."""

    tx: Tx
    asked: Asked
    relation: Relation

    @property
    def reading(self) -> Reading:
        return self.asked.reading

    @property
    def language(self) -> str:
        return people.language_of(self.tx, self.asked.sender) or self.reading.language or ""

    def asks(self, reply: Reply, *, reference: str = "") -> Answered:
        """Something is missing: the next text may be no more than that."""
        return self.says(reply, reference=reference, offer=Offer(MORE, text=self.asked.said[:MOST_KEPT]))

    def says(
        self,
        reply: Reply,
        *,
        amount: Money | None = None,
        balance: Money | None = None,
        on: date | None = None,
        reference: str = "",
        student: str = "",
        offer: Offer | None = None,
        language: str = "",
    ) -> Answered:
        nothing = zero(self.relation.currency)
        message = WishAnswered(
            organisation=self.relation.name,
            reply=reply,
            amount=amount or nothing,
            balance=balance or nothing,
            on=on or self.relation.today,
            reference=reference,
            student=student,
        )
        return Answered(message, language or self.language, offer)


# --- whose account ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """The account that is meant. `own` is None for somebody else's. `inferred`: not by its number as it is written."""

    account: CustomerAccountId
    reference: str
    own: AccountView | None
    inferred: bool

    @property
    def student(self) -> str:
        return self.own.holder.split(" ")[0] if self.own else ""


def _target(desk: _Desk) -> _Target | Answered:
    """By its number, by the child's name, or as the only one there is."""
    reading, own = desk.reading, desk.relation.accounts
    if reading.reference:
        found = callers.account_named(desk.tx, desk.relation.organisation, reading.reference)
        if found is None:
            return desk.says(Reply.NO_ACCOUNT, reference=reading.reference[:20])
        exact = Reference.read(reading.reference).exact == Reference.read(found[1]).exact
        mine = next((one for one in own if one.account == found[0]), None)
        return _Target(found[0], found[1], mine, inferred=not exact)
    named = [one for one in own if {*one.holder.casefold().split()} & {*reading.unknown}]
    several = named or list(own)
    if len(several) == 1:
        return _Target(several[0].account, several[0].reference, several[0], inferred=True)
    if not own:
        return desk.says(Reply.STRANGER)
    return desk.asks(Reply.WHICH, reference=several[0].reference)


def _amount(desk: _Desk) -> Money | None:
    """The sum that was said, in the organisation's money; None for one that was not, or in another country's."""
    reading, currency = desk.reading, desk.relation.currency
    if reading.amount is None:
        return None
    try:
        for mark in reading.marks:
            if mark in _COUNTRIES:
                parse_typed(f"{mark} 1", currency)
        return parse_typed(str(reading.amount), currency)
    except NotAnAmount:
        return None


_COUNTRIES = frozenset(["kes", "ksh", "kshs", "tzs", "tsh", "tshs", "ugx", "ush", "rwf", "frw"])
"""Words of one currency; `sh` and `f` are of several."""


# --- what is owed -------------------------------------------------------------------------------------------------------


def _balance(desk: _Desk) -> Answered:
    own = desk.relation.accounts
    if not own:
        return desk.says(Reply.STRANGER)
    if not desk.reading.reference and len(own) > 1 and desk.relation.owed:
        return desk.says(Reply.BALANCE_OF_ALL, balance=desk.relation.owed)
    target = _target(desk) if desk.reading.reference or len(own) == 1 else _Target(own[0].account, "", own[0], True)
    if isinstance(target, Answered):
        return target
    if target.own is None:
        return desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])
    if not target.own.owed:
        return desk.says(Reply.NOTHING_OWED)
    return desk.says(Reply.BALANCE, balance=target.own.owed, reference=target.own.reference, student=target.student)


# --- paying -------------------------------------------------------------------------------------------------------------


def _pay(desk: _Desk) -> Answered:
    target = _target(desk)
    if isinstance(target, Answered):
        return target
    said = _amount(desk)
    if said is None and (desk.reading.amount is not None or desk.reading.others):
        return desk.asks(Reply.PAY_HOW, reference=target.reference)
    amount = said
    if amount is None:
        if target.own is None:
            return desk.asks(Reply.PAY_HOW, reference=target.reference)
        if not target.own.owed:
            return desk.says(Reply.NOTHING_OWED)
        amount = whole_up(target.own.owed)
    if not desk.relation.least <= amount <= desk.relation.most:
        return desk.says(Reply.LIMITS, amount=desk.relation.least, balance=desk.relation.most)
    offer = Offer("pay", target.account.hex, target.reference, amount.minor, amount.currency.code)
    if desk.reading.certain and said is not None and not target.inferred:
        return _ask_phone(desk, offer, _intent_of(desk.asked.text), target.student)
    return desk.says(Reply.PAY_ASKED, amount=amount, reference=target.reference, student=target.student, offer=offer)


def _intent_of(text: Text) -> str:
    """The text's own name: told of twice, it asks a phone once."""
    return f"sms:{text.provider}:{text.sender}:{text.gateway_id}"


def _ask_phone(desk: _Desk, offer: Offer, intent: str, student: str) -> Answered:
    amount = offer.money
    part = Part(offer.account_id, amount)
    wish = RequestPayment(
        intent=intent,
        organisation=desk.relation.organisation,
        payer=desk.asked.sender,
        contact=desk.relation.contact,
        parts=(part,),
        reference=offer.reference,
        language=desk.language,
        trace=desk.asked.text.trace,
    )
    request_payment(desk.tx, wish)
    return desk.says(Reply.PAY_SENT, amount=amount, reference=offer.reference, student=student)


# --- promising ----------------------------------------------------------------------------------------------------------


def _promise(desk: _Desk) -> Answered:
    if not desk.relation.accounts:
        return desk.says(Reply.STRANGER)
    target = _target(desk)
    if isinstance(target, Answered):
        return target
    if target.own is None:
        return desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])
    said = _amount(desk)
    on = days.meant(desk.reading.day, desk.relation.today) if desk.reading.day else None
    if on is None or (said is None and desk.reading.amount is not None):
        return desk.asks(Reply.PROMISE_HOW, reference=target.reference)
    amount = said or target.own.owed
    if not amount:
        return desk.says(Reply.NOTHING_OWED)
    offer = Offer("promise", target.account.hex, target.reference, amount.minor, amount.currency.code, on.isoformat())
    if desk.reading.certain and said is not None and not target.inferred:
        return _note_promise(desk, offer, target.own)
    return desk.says(
        Reply.PROMISE_ASKED, amount=amount, on=on, reference=target.reference, student=target.student, offer=offer
    )


def _note_promise(desk: _Desk, offer: Offer, own: AccountView) -> Answered:
    on = date.fromisoformat(offer.due_on)
    wish = MakePromise(desk.relation.organisation, own.account, desk.asked.sender, offer.money, on, "sms")
    try:
        make_promise(desk.tx, wish)
    except DomainError:
        return desk.says(Reply.PROMISE_REFUSED, balance=own.owed)
    return desk.says(
        Reply.PROMISE_GIVEN, amount=offer.money, on=on, reference=offer.reference, student=own.holder.split(" ")[0]
    )


# --- yes and no ---------------------------------------------------------------------------------------------------------


def _yes(desk: _Desk) -> Answered:
    """Exactly what was read back, once: the offer is gone with this answer."""
    found = _taken(desk)
    if found is None or found[1].kind == MORE:
        return desk.says(Reply.NOTHING_WAITS)
    intent, offer = found
    own = next((one for one in desk.relation.accounts if one.account == offer.account_id), None)
    if offer.kind == "promise":
        return _note_promise(desk, offer, own) if own else desk.says(Reply.NOTHING_WAITS)
    try:
        return _ask_phone(desk, offer, intent, own.holder.split(" ")[0] if own else "")
    except DomainError:  # closed since, or beyond new limits
        return desk.says(Reply.NO_ACCOUNT, reference=offer.reference)


def _no(desk: _Desk) -> Answered:
    return desk.says(Reply.DROPPED if _taken(desk) else Reply.NOTHING_WAITS)


def _taken(desk: _Desk) -> tuple[str, Offer] | None:
    """What waits; it waits no more."""
    organisation, sender = desk.relation.organisation, desk.asked.sender.digits
    found = texts.waiting_offer(desk.tx, organisation, sender)
    texts.drop_offers(desk.tx, organisation, sender)
    return found


# --- papers and receipts ------------------------------------------------------------------------------------------------


def _statement(desk: _Desk) -> Answered:
    relation, sender = desk.relation, desk.asked.sender
    if relation.contact is None or not relation.accounts or not desk.asked.opens_at:
        return desk.says(Reply.STRANGER)
    account = None
    if desk.reading.reference:
        target = _target(desk)
        if isinstance(target, Answered):
            return target
        if target.own is None:
            return desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])
        account = target.account
    since = desk.tx.now - STATED_AGAIN
    again = texts.understood_since(desk.tx, relation.organisation, sender.digits, Intent.STATEMENT.value, since)
    wish = SendStatement(
        relation.organisation,
        relation.contact,
        account,
        sender,
        desk.language,
        trace=desk.asked.text.trace,
        opens_at=desk.asked.opens_at,
    )
    send_statement(desk.tx, wish)
    return desk.says(Reply.STATEMENT_COMES) if again else Answered(None, desk.language)


def _receipt(desk: _Desk) -> Answered:
    typed = desk.reading.reference
    if not typed:
        return desk.asks(Reply.RECEIPT_HOW)
    found = receipts.check(desk.tx, typed)
    if found is None:
        return _where(desk, otherwise=Reply.RECEIPT_UNKNOWN)
    is_undone = found.status in (Status.REVERSED, Status.REFUNDED)
    return desk.says(
        Reply.RECEIPT_UNDONE if is_undone else Reply.RECEIPT_GENUINE,
        amount=found.amount,
        on=found.value_on,
        reference=found.number,
        student=found.shares[0].name if found.shares else "",
    )


# --- where is my money --------------------------------------------------------------------------------------------------

_SAYS: Mapping[Says, Reply] = {
    Says.CREDITED: Reply.CREDITED,
    Says.ELSEWHERE: Reply.WAITS,
    Says.WAITING: Reply.WAITS,
    Says.ASKED: Reply.ASKED,
    Says.EXPIRED: Reply.NOT_PAID,
    Says.NOT_PAID: Reply.NOT_PAID,
    Says.NO_FUNDS: Reply.NOT_PAID,
    Says.WRONG_PIN: Reply.NOT_PAID,
    Says.CANCELLED: Reply.NOT_PAID,
    Says.REVERSED: Reply.TAKEN_BACK,
    Says.PARTLY_REFUNDED: Reply.CREDITED,
    Says.REFUNDED: Reply.TAKEN_BACK,
    Says.OTHER_PHONE: Reply.NOT_TOLD,
    Says.LIKELY: Reply.NOT_TOLD,
}


def _where(desk: _Desk, *, otherwise: Reply = Reply.NOT_FOUND) -> Answered:
    """What became of the payment that fits best what was written; a code that nobody knows is asked about."""
    reading, organisation, sender = desk.reading, desk.relation.organisation, desk.asked.sender
    typed = reading.reference if reading.intent in (Intent.CLAIM, Intent.RECEIPT) else desk.asked.said[:LONGEST]
    told = tracing.trace_money(desk.tx, organisation, sender, typed)
    if told:
        return _told(desk, told[0])
    if (
        reading.intent is Intent.WHERE
        and not (reading.amount or reading.reference or reading.day)
        and desk.relation.payments
    ):
        last = desk.relation.payments[0]
        return desk.says(Reply.CREDITED, amount=last.amount, on=last.on, reference=last.reference)
    scrap = read_scrap(typed, currency=desk.relation.currency, today=desk.relation.today)
    if scrap.asked_code and otherwise is Reply.NOT_FOUND:
        wish = OpenEnquiry(organisation, sender, scrap.asked_code, desk.language or "en", desk.asked.text.trace)
        open_enquiry(desk.tx, wish)
        return desk.says(Reply.LOOKED_FOR, reference=scrap.asked_code)
    return desk.says(otherwise)


def _told(desk: _Desk, told: Told) -> Answered:
    """A fact that is not theirs to know is not in `told`, and then the words that would name it are not used."""
    reply = _SAYS[told.says]
    if told.amount is None or told.on is None:
        reply = Reply.NOT_TOLD
    reference = told.account if reply is Reply.CREDITED else told.receipt
    return desk.says(reply, amount=told.amount, on=told.on, reference=reference)


# --- the rest -----------------------------------------------------------------------------------------------------------


def _language(desk: _Desk) -> Answered:
    speaks = desk.reading.speaks
    if speaks is None:
        return desk.says(Reply.LANGUAGE_HOW)
    choose_language(desk.tx, ChooseLanguage(desk.asked.sender, speaks))
    return desk.says(Reply.LANGUAGE, language=speaks)


def _loans(desk: _Desk) -> Answered | None:
    """What their loans still want."""
    lent = loans.among(desk.tx, [one.account for one in desk.relation.accounts])
    if not lent:
        return _at_a_lender(desk)
    own = tuple(one for one in desk.relation.accounts if one.account in lent)
    return _balance(replace(desk, relation=replace(desk.relation, accounts=own)))


def _at_a_lender(desk: _Desk) -> Answered | None:
    """Loans are asked for at the office, where there are any."""
    if loans.products(desk.tx, desk.relation.organisation):
        return desk.says(Reply.LOANS_AT_OFFICE)
    return desk.says(Reply.NO_LOANS) if desk.reading.certain else None


_HANDLERS: Mapping[Intent, Callable[[_Desk], Answered | None]] = {
    Intent.BALANCE: _balance,
    Intent.PAY: _pay,
    Intent.PROMISE: _promise,
    Intent.YES: _yes,
    Intent.NO: _no,
    Intent.STATEMENT: _statement,
    Intent.RECEIPT: _receipt,
    Intent.WHERE: _where,
    Intent.CLAIM: _where,
    Intent.LANGUAGE: _language,
    Intent.REFUND: lambda desk: desk.says(Reply.OFFICE),
    Intent.MOVE: lambda desk: desk.says(Reply.OFFICE),
    Intent.LOANS: _loans,
    Intent.APPLY: _at_a_lender,
    Intent.WHAT_IF: _at_a_lender,
}
