"""A provider took back what it had given: noticed by whoever tells first, and booked once (PAY-3, PAY-13).

A reversal is made by the payer's own call to the provider, by an operator in the provider's portal, or by the provider
itself. Often no callback comes: then a pulled row, a status answer or a statement is the first to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from core import application, entries
from core.application import Application
from core.fees import receipt_number
from core.ids import CustomerAccountId, PaymentId
from core.messages import PaymentReversed
from core.organisations import ProviderAccount
from core.payments import MoneyReturned, Payment, Status, may_become
from core.payouts import FailReason, Payout, StandsPaid, StandsUndone
from storage import applications, audit, customer_accounts, exchanges, ledger, organisations, outbox, receipts, suspense
from storage import payments as payment_store
from storage import payouts as payout_store
from storage.applications import NewApplication
from storage.exchanges import Exchange, Outcome
from storage.outbox import MessageFacts, Out
from storage.payments import Stored
from storage.tx import Tx
from usecases.held_credit import spend_credit, withdraw_credit
from usecases.loans.telling import tell_loans
from usecases.noting import payment_change, provider_told
from usecases.payouts import PayoutNews, record_news
from usecases.refunds.ending import overtaken


@dataclass(frozen=True, slots=True)
class Returned:
    """News of a reversal, with the bytes that told it."""

    notice: MoneyReturned
    raw: bytes
    address: str
    trace: str


@dataclass(frozen=True, slots=True)
class Reversed:
    """What came of it. `payment` is None when nobody knows the payment (yet); `is_new` is False when it was booked before."""

    payment: PaymentId | None
    is_new: bool


def record_reversal(tx: Tx, news: Returned) -> Reversed:
    """Undo what the payment had settled, in a linked entry, and tell its payer. Safe to repeat, whoever tells again.

    A part of the sum, or the reversal of what is no money any more, is left to people: it contradicts the books."""
    notice = news.notice
    ours, stored = _meant(tx, notice)
    if ours is not None:
        return _given_back(tx, news, ours)
    if stored is None:
        if not exchanges.is_noted(tx, notice.provider_account, _nobody(notice)):
            exchanges.keep(tx, [_said(news, None, Outcome.UNREAD, _nobody(notice))])
        return Reversed(None, is_new=False)
    payment = stored.payment
    if payment.status is Status.REVERSED:
        exchanges.keep(tx, [_said(news, payment.id, Outcome.KNOWN)])
        return Reversed(payment.id, is_new=False)
    if not may_become(payment.status, Status.REVERSED) or notice.amount not in (None, payment.amount):
        what = f"{notice.amount or payment.amount} reversed of {payment.amount}, {payment.status.value}"
        exchanges.keep(tx, [_said(news, payment.id, Outcome.CONTRADICTS, what)])
        return Reversed(payment.id, is_new=False)
    _take_back(tx, news, overtaken(tx, stored, provider_told(notice, news.address), news.trace))
    return Reversed(payment.id, is_new=True)


def _take_back(tx: Tx, news: Returned, stored: Stored) -> None:
    """Book it, note it, tell it."""
    payment = stored.payment
    account = organisations.provider_accounts_of(tx, [payment.provider_account])[payment.provider_account]
    standing = applications.standing(tx, payment.id)
    # In one order with everybody else who applies cash: nobody spends the credit that is being taken away.
    touched = customer_accounts.standings(tx, [part.account for part in standing], lock=True)
    lent = [id_ for id_, one in touched.items() if one.account.is_loan]
    _book(tx, payment, account, standing, account.local_date(news.notice.value_at), lent)
    tell_loans(tx, lent)
    exchanges.keep(tx, [_said(news, payment.id, Outcome.REVERSED)])
    _record(tx, news, payment)
    first = touched[standing[0].account].account.reference if standing else payment.reference
    _tell(tx, news, stored, account, first, tuple(touched))


def _meant(tx: Tx, notice: MoneyReturned) -> tuple[Payout | None, Stored | None]:
    """Our own wish to give it back, or else its payment. Whoever approved a refund may have held the payment's lock until now,
    so wishes are looked at again under it: else the one made meanwhile would be told of as the provider's doing."""
    if (ours := _ours(tx, notice)) is not None:
        return ours, None
    stored = _find(tx, notice)
    return _ours(tx, notice) if stored else None, stored


def _ours(tx: Tx, notice: MoneyReturned) -> Payout | None:
    """The newest payout of ours by which that receipt was to be given back, unless it was withdrawn before it left."""
    asked = payout_store.giving_back(tx, notice.organisation, notice.receipt)
    return next((one for one in reversed(asked) if one.fail_reason is not FailReason.WITHDRAWN), None)


def _given_back(tx: Tx, news: Returned, ours: Payout) -> Reversed:
    """We asked for it ourselves: its own entries book it, and this is one more witness."""
    notice = news.notice
    account = organisations.provider_accounts_of(tx, [ours.provider_account])[ours.provider_account]
    told = StandsPaid(notice.reversal_receipt, notice.amount, None) if notice.reversal_receipt else None
    stands = told or StandsUndone(notice.receipt)
    record_news(tx, PayoutNews(ours.id, account, stands, news.raw, news.address, news.trace))
    stored = _find(tx, notice)
    return Reversed(stored.payment.id if stored else None, is_new=False)


def _find(tx: Tx, notice: MoneyReturned) -> Stored | None:
    for found in payment_store.by_receipts(tx, [notice.receipt]):
        if (found.payment.organisation, found.payment.provider) == (notice.organisation, notice.provider):
            return payment_store.load(tx, found.payment.id, lock=True)
    return None


def _book(
    tx: Tx,
    payment: Payment,
    account: ProviderAccount,
    standing: Sequence[Application],
    value_on: date,
    lent: Sequence[CustomerAccountId],
) -> None:
    received = ledger.load(tx, f"payment:{payment.id.hex}:received")
    assert received is not None, "a payment that has money has the entry that received it"
    withdraw_credit(tx, payment, [part for part in standing if part.account not in lent], value_on)
    suspense.close(tx, payment)
    (entry,) = ledger.post(
        tx,
        [
            entries.payment_reversed(
                organisation=payment.organisation,
                payment=payment.id,
                received=received.id,
                float_account=account.float_account,
                amount=payment.amount,
                standing=standing,
                value_on=value_on,
            )
        ],
    )
    if standing:
        applications.add(tx, [NewApplication(entry, payment.id, application.undone(standing, "reversed"))])
        spend_credit(tx, payment, sorted({part.account for part in standing} - set(lent)), value_on)
    payment_store.reverse(tx, payment)


def _nobody(notice: MoneyReturned) -> str:
    return f"reversal of {notice.receipt}, which nobody told of"


def _said(news: Returned, payment: PaymentId | None, outcome: Outcome, detail: str = "") -> Exchange:
    return exchanges.told(
        news.notice,
        raw=news.raw,
        address=news.address,
        payment=payment,
        outcome=outcome,
        detail=detail or f"reversed {news.notice.reversal_receipt}".strip(),
        trace=news.trace,
    )


def _record(tx: Tx, news: Returned, payment: Payment) -> None:
    after = replace(payment, status=Status.REVERSED, version=payment.version + 1)
    reason = f"{news.notice.witness.value} {news.notice.reversal_receipt}".strip()
    change = payment_change(after, payment.status, reason=reason, trace=news.trace)
    audit.record(tx, [(change, provider_told(news.notice, news.address))])


def _tell(
    tx: Tx,
    news: Returned,
    stored: Stored,
    account: ProviderAccount,
    reference: str,
    accounts: tuple[CustomerAccountId, ...],
) -> None:
    """Tell the payer; whose number nobody knows whole is told through those who answer for the accounts."""
    payment = stored.payment
    payer = payment_store.open_payer(tx, stored.payer_sealed)
    if not (payer.msisdn or payment.payer_contact or accounts):
        return  # nobody's phone is known: the provider's own SMS is all that this payer gets
    message = PaymentReversed(
        organisation=account.organisation_name,
        amount=payment.amount,
        reference=reference,
        receipt_number=receipt_number(receipts.of(tx, payment.id).number),
        provider_receipt=payment.receipt or "",
    )
    facts = MessageFacts(
        message=message,
        msisdn=payer.msisdn,
        contact=payment.payer_contact,
        masked=payer.partial if "*" in payer.partial else "",
        accounts=accounts,
    )
    outbox.put(
        tx, [Out(payment.organisation, outbox.Kind.SMS, message.event, facts, payment=payment.id, trace=news.trace)]
    )
