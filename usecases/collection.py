"""Money arrives: each coin is credited exactly once, whoever tells of it, however often and in whatever order (PAY-3).

One M-Pesa payment may be told by an STK callback, a C2B confirmation, a pulled row and a statement line. They are
witnesses of one payment, joined by the provider's receipt; a prompt's own callback and its C2B twin find the prompt that
asked for the money, whichever comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from core import application, entries
from core.application import Payer, Placement
from core.errors import DomainError
from core.fees import receipt_number
from core.ids import CustomerAccountId, OrganisationId, PaymentId
from core.ledger import HoldState, JournalEntry, customer_credit
from core.messages import PaymentHeld, PaymentReceived
from core.money import Money, total
from core.organisations import ProviderAccount
from core.payments import FailReason, MoneyArrived, Payment, Purpose, Status, require_next
from core.permissions import Actor
from core.phones import MaskedMsisdn, Msisdn
from core.receipt_codes import shown
from storage import applications, audit, exchanges, holds, ledger, numbers, outbox, receipts, suspense
from storage import payments as payment_store
from storage.applications import NewApplication
from storage.audit import Change
from storage.exchanges import Exchange, Outcome
from storage.loans import Told
from storage.outbox import MessageFacts, Out
from storage.payments import New, PayerSeen, Stored
from storage.tx import Tx
from storage.writer import batched
from usecases.books import Books, load_books
from usecases.loans.officers import tell_officers
from usecases.loans.telling import tell_loans
from usecases.noting import paid_as, payment_change, provider_told
from usecases.reallocation import Answered, divide_as_shown
from usecases.waiting import tell_of_waiting


class Arrival(NamedTuple):
    """News of money, with the bytes that told it."""

    notice: MoneyArrived
    raw: bytes
    address: str
    trace: str
    quiet: bool = False
    """History brought in: its payer was told long ago, and is not texted again."""


class Recorded(NamedTuple):
    """What came of it. `is_new` is False when the money was credited before."""

    payment: PaymentId
    is_new: bool


@batched
def record_arrivals(tx: Tx, arrivals: Sequence[Arrival]) -> list[Recorded | DomainError]:
    """Providers say that money has arrived. Each is credited once, however often we are told (PAY-3)."""
    books = load_books(tx, [arrival.notice for arrival in arrivals])
    work = _Work()
    answers: list[Recorded | DomainError] = [_decide(tx, arrival, books, work) for arrival in arrivals]
    _write(tx, work)
    return answers


def record_arrival(tx: Tx, arrival: Arrival) -> Recorded:
    """One notice, within a transaction that has more to do."""
    books, work = load_books(tx, [arrival.notice]), _Work()
    recorded = _decide(tx, arrival, books, work)
    _write(tx, work)
    return recorded


class _Credited(NamedTuple):
    """One payment that this batch credits."""

    payment: Payment
    arrival: Arrival
    account: ProviderAccount
    placement: Placement
    reference: str
    """Of the first account that it paid; as typed when it paid none."""
    owed_after: Money
    """What the accounts that it paid still owe together, but for loans."""
    loans: tuple[CustomerAccountId, ...] = ()


@dataclass(slots=True)
class _Work:
    """What the batch decided, to be written table by table."""

    new: list[New] = field(default_factory=list)
    completed: list[tuple[Payment, Payment]] = field(default_factory=list)
    """Prompts as they were before their money came, and after."""
    doubled: list[Payment] = field(default_factory=list)
    credited: list[_Credited] = field(default_factory=list)
    named: list[tuple[PaymentId, Msisdn, PayerSeen]] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    """Payments that are named as the answer to another prompt than they have joined."""
    said: list[Exchange] = field(default_factory=list)
    changes: list[tuple[Change, Actor]] = field(default_factory=list)


def _decide(tx: Tx, arrival: Arrival, books: Books, work: _Work) -> Recorded:
    """What one notice means, given all that came before it in this batch."""
    notice = arrival.notice
    key = (notice.organisation, notice.provider, notice.receipt)
    if known := books.known.get(key):
        return _told_again(tx, arrival, known, books, work)
    account = books.provider_accounts[notice.provider_account]
    value_on = account.local_date(notice.value_at)
    asked, payer = books.prompt_for(tx, notice), books.payer(notice)
    before: Status | None = None
    if asked is not None and asked.payment.receipt is None:
        before = asked.payment.status
        payment = _paid(asked.payment, notice, value_on)
        work.completed.append((asked.payment, payment))
        books.met(asked, asked._replace(payment=payment))
    else:
        payment = _unasked(notice, PaymentId(tx.new_id()), payer, value_on, books, tx)
        work.new.append(New(payment, notice.payer, notice.payer_name, notice.reference, completed_at=tx.now))
    placement = _place(notice, asked.payment if asked else payment, payer, books)
    books.known[key] = Stored(payment, b"" if asked or isinstance(notice.payer, Msisdn) else None, b"")
    touched = [books.accounts[id_] for id_ in dict.fromkeys(part.account for part in placement.applied)]
    lent = tuple(one.id for one in touched if one.is_loan)
    charged = [item.outstanding for one in touched if not one.is_loan for item in one.items]
    owed = total(charged, notice.amount.currency)
    reference = touched[0].reference if touched else payment.reference
    work.credited.append(_Credited(payment, arrival, account, placement, reference, owed, lent))
    work.said.append(_said(arrival, payment.id, Outcome.CREDITED))
    reason = placement.suspense._value_ if placement.suspense else placement.applied[0].reason
    work.changes.append(_change(arrival, payment, before, reason))
    return Recorded(payment.id, is_new=True)


def _paid(asked: Payment, notice: MoneyArrived, value_on: date) -> Payment:
    """The prompted payment, now that its money is here: also when we had given it up. What arrived counts, not what was
    asked for."""
    require_next(asked.status, Status.COMPLETED)
    return replace(
        asked,
        status=Status.COMPLETED,
        amount=notice.amount,
        receipt=notice.receipt,
        value_on=value_on,
        version=asked.version + 1,
    )


def _unasked(
    notice: MoneyArrived, id_: PaymentId, payer: Payer | None, value_on: date, books: Books, tx: Tx
) -> Payment:
    """A payment that begins with its money: nobody was prompted for it."""
    return Payment(
        id=id_,
        organisation=notice.organisation,
        provider_account=notice.provider_account,
        provider=notice.provider,
        method=notice.method,
        purpose=Purpose.FEE,
        status=Status.COMPLETED,
        amount=notice.amount,
        reference=books.shown_reference(notice),
        payer_contact=payer.contact if payer else None,
        receipt=notice.receipt,
        provider_request_id=None,
        parts=(),
        created_at=tx.now,
        value_on=value_on,
    )


def _place(notice: MoneyArrived, payment: Payment, payer: Payer | None, books: Books) -> Placement:
    parts = payment.parts
    if parts and notice.exact and sum(part.amount.minor for part in parts) == notice.amount.minor:
        return application.place_parts(notice.amount, parts, books.accounts)
    return application.place(
        notice.amount,
        exact=notice.exact,
        typed=bool(notice.reference.strip()),
        target=books.target(notice),
        payer=payer,
        accounts=books.accounts,
        rules=books.provider_accounts[notice.provider_account].policy.rules,
    )


def _told_again(tx: Tx, arrival: Arrival, known: Stored, books: Books, work: _Work) -> Recorded:
    """The receipt is known: another witness of the same coin, or the same one once more. Nothing is credited."""
    notice = arrival.notice
    if known.payment.amount != notice.amount:
        work.said.append(_said(arrival, known.payment.id, Outcome.CONTRADICTS, f"known as {known.payment.amount}"))
        return Recorded(known.payment.id, is_new=False)
    if known.payer_index is None and isinstance(notice.payer, Msisdn):
        seen = PayerSeen.of(notice.payer, notice.payer_name, known.payment.reference)
        work.named.append((known.payment.id, notice.payer, seen))
        books.known[(notice.organisation, notice.provider, notice.receipt)] = known._replace(payer_index=b"")
    named = books.prompt_named(notice)
    if named is not None and named.payment.id != known.payment.id:
        _taken_for_another(arrival, known.payment.id, named, books, work)
    work.said.append(_said(arrival, known.payment.id, Outcome.KNOWN))
    return Recorded(known.payment.id, is_new=False)


def _taken_for_another(arrival: Arrival, known: PaymentId, named: Stored, books: Books, work: _Work) -> None:
    """The named prompt's money is in the books under another payment: it goes where this prompt showed, and this one has none
    of its own to wait for."""
    prompt, teller = named.payment, provider_told(arrival.notice, arrival.address)
    work.answered.append(Answered(known, prompt, teller, arrival.trace))
    if _waits(prompt):
        ended = replace(prompt, status=Status.FAILED, version=prompt.version + 1)
        work.doubled.append(prompt)
        books.met(named, named._replace(payment=ended))
        work.changes.append(_change(arrival, ended, prompt.status, paid_as(known)))


def _waits(payment: Payment) -> bool:
    return payment.receipt is None and payment.status is not Status.FAILED


def _said(arrival: Arrival, payment: PaymentId, outcome: Outcome, detail: str = "") -> Exchange:
    return exchanges.told(
        arrival.notice,
        raw=arrival.raw,
        address=arrival.address,
        payment=payment,
        outcome=outcome,
        detail=detail,
        trace=arrival.trace,
    )


def _change(arrival: Arrival, payment: Payment, before: Status | None, reason: str) -> tuple[Change, Actor]:
    change = payment_change(payment, before, reason=reason, trace=arrival.trace)
    return change, provider_told(arrival.notice, arrival.address)


# --- writing it down ----------------------------------------------------------------------------------------------------


def _write(tx: Tx, work: _Work) -> None:
    """One insert a table. Receipt numbers come last but for what bears them: their row is locked until the commit."""
    payment_store.add(tx, work.new)
    for before, after in work.completed:
        payment_store.complete(tx, before, after)
    for doubled in work.doubled:
        payment_store.end(tx, doubled, status=Status.FAILED, reason=FailReason.PAID_TWICE_AS_ONE)
    for payment, payer, seen in work.named:
        payment_store.name_payer(tx, payment, payer, None, seen)
    holds.end(tx, [payment.id for _, payment in work.completed], HoldState.SETTLED)
    holds.end(tx, [payment.id for payment in work.doubled], HoldState.RELEASED)
    entry_ids = ledger.post(tx, [_entry(credited) for credited in work.credited])
    applications.add(
        tx,
        [
            NewApplication(entry, credited.payment.id, credited.placement.applied)
            for entry, credited in zip(entry_ids, work.credited, strict=True)
            if credited.placement.applied
        ],
    )
    suspense.add(
        tx,
        [
            (credited.payment, _left(credited), credited.placement.suspense)
            for credited in work.credited
            if credited.placement.suspense is not None
        ],
    )
    exchanges.keep(tx, work.said)
    audit.record(tx, work.changes)
    told = tell_loans(tx, [id_ for credited in work.credited for id_ in credited.loans])
    _issue_receipts(tx, work.credited, told)
    waiting = [one.payment for one in work.credited if one.placement.suspense is not None and not one.arrival.quiet]
    tell_of_waiting(tx, waiting)
    tell_officers(tx, [part for one in work.credited if not one.arrival.quiet for part in _to_loans(one)])
    for answered in work.answered:
        divide_as_shown(tx, answered)


def _to_loans(one: _Credited) -> list[tuple[CustomerAccountId, Money]]:
    """What each loan got of a payment."""
    parts = one.placement.applied
    currency = one.payment.amount.currency
    return [(id_, total([part.amount for part in parts if part.account == id_], currency)) for id_ in one.loans]


def _entry(credited: _Credited) -> JournalEntry:
    payment = credited.payment
    return entries.payment_received(
        organisation=payment.organisation,
        payment=payment.id,
        float_account=credited.account.float_account,
        amount=payment.amount,
        applied=credited.placement.applied,
        value_on=payment.value_on,
    )


def _left(credited: _Credited) -> Money:
    amount = credited.payment.amount
    return amount - total([part.amount for part in credited.placement.applied], amount.currency)


def _issue_receipts(tx: Tx, credited: Sequence[_Credited], told: Mapping[CustomerAccountId, Told]) -> None:
    wanted: dict[OrganisationId, int] = {}
    for one in credited:
        wanted[one.payment.organisation] = wanted.get(one.payment.organisation, 0) + 1
    credit = _credit_before(tx, credited)
    following = numbers.take(tx, numbers.RECEIPTS, wanted)
    codes = receipts.new_codes(tx, [one.payment.id for one in credited])
    issued, messages = [], []
    for one, code in zip(credited, codes, strict=True):
        number = following[one.payment.organisation]
        following[one.payment.organisation] += 1
        issued.append((one.payment.organisation, number, one.payment.id, code))
        for part in one.placement.applied:
            if part.item is None and part.account not in told:
                credit[part.account] += part.amount
        owed = one.owed_after + total([told[id_].balance for id_ in one.loans], one.owed_after.currency)
        message = _receipt_message(one, owed, receipt_number(number), shown(code), credit)
        if message and not one.arrival.quiet:
            messages.append(message)
    receipts.add(tx, issued)
    outbox.put(tx, messages)


def _credit_before(tx: Tx, credited: Sequence[_Credited]) -> dict[CustomerAccountId, Money]:
    """What the accounts that this batch gave credit to held before it: each receipt then tells the balance of its moment,
    whoever shares its commit."""
    given = [
        (one.payment.organisation, part)
        for one in credited
        for part in one.placement.applied
        if part.item is None and part.account not in one.loans
    ]
    if not given:
        return {}
    accounts = {
        part.account: customer_credit(organisation, part.account, part.amount.currency) for organisation, part in given
    }
    balances = ledger.balances_of(tx, list(accounts.values()))
    held = {customer: -balances[account.id] for customer, account in accounts.items()}
    for _, part in given:
        held[part.account] -= part.amount
    return held


def _receipt_message(
    one: _Credited, owed: Money, number: str, code: str, credit: dict[CustomerAccountId, Money]
) -> Out | None:
    payment, notice = one.payment, one.arrival.notice
    applied = one.placement.applied
    accounts = tuple(dict.fromkeys(part.account for part in applied))
    message: PaymentReceived | PaymentHeld
    if applied:
        held = total([credit[id_] for id_ in accounts if id_ in credit], payment.amount.currency)
        message = PaymentReceived(
            organisation=one.account.organisation_name,
            amount=payment.amount,
            reference=one.reference,
            others=len(accounts) - 1,
            balance=owed - held,
            receipt_number=number,
            receipt_code=code,
            provider_receipt=notice.receipt,
        )
    else:
        message = PaymentHeld(
            organisation=one.account.organisation_name,
            amount=payment.amount,
            typed=payment.reference,
            receipt_code=code,
            provider_receipt=notice.receipt,
        )
    if not applied and payment.payer_contact is None and not isinstance(notice.payer, Msisdn):
        return None  # nobody's phone is known: the provider's own SMS is all that this payer gets
    facts = MessageFacts(
        message=message,
        msisdn=notice.payer.digits if isinstance(notice.payer, Msisdn) else "",
        contact=payment.payer_contact,
        masked=f"{notice.payer.prefix}*{notice.payer.suffix}" if isinstance(notice.payer, MaskedMsisdn) else "",
        accounts=accounts,
    )
    return Out(payment.organisation, outbox.Kind.SMS, message.event, facts, payment=payment.id, trace=one.arrival.trace)
