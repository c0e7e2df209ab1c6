"""Asking a phone for money: from the person's yes, over the provider's answer, to what became of it (PAY-4).

request_payment ──> outbox ──> prompt_answered ──> collection.record_arrivals   the money came
                                    │         └──> record_failure               it surely did not
                                    └──> record_answer                          we asked; the provider told
                                    └──> expire                                 nobody told; a late callback still credits
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.errors import IntentReused, NotFound
from core.ids import HoldId, PaymentId
from core.ledger import Hold, HoldState
from core.messages import PaymentFailed
from core.money import total
from core.organisations import AmountOutsideLimits
from core.payments import (
    WAITING,
    FailReason,
    Method,
    NotPaid,
    Paid,
    Payment,
    PromptFailed,
    PromptOutcome,
    Purpose,
    Status,
    StillWaiting,
)
from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from core.ports import Exchanged, PromptAccepted, PromptRefused
from storage import audit, customer_accounts, exchanges, holds, organisations, outbox, pulls
from storage import payments as store
from storage.exchanges import Exchange, Outcome
from storage.outbox import MessageFacts, Out, PromptFacts
from storage.payments import New, Question, Stored
from storage.people import msisdn_index
from storage.tx import Tx
from usecases.books import JOINS_WITHIN
from usecases.commands import PaymentRequested, RequestPayment
from usecases.noting import paid_as, payment_change
from usecases.reallocation import Answered, divide_as_shown

PROMPT_DELAY = timedelta(seconds=3)
"""No phone shows a prompt while its USSD session is open: it follows this long after the END."""
PROMPT_LIFE = timedelta(seconds=90)
"""A prompt that was not answered by then is not waited for (M-Pesa's lives about 60 s; source: protocols, section 19)."""
FIRST_QUESTION = timedelta(seconds=20)
"""When the provider is first asked what became of a prompt; then ever later, until the prompt's life ends."""
_SYSTEM = Actor(ActorKind.SYSTEM, "prompts", "worker")


def request_payment(tx: Tx, wish: RequestPayment) -> PaymentRequested:
    """A person said yes on a screen: the debt is held, and their phone will be asked for exactly what they saw."""
    # The trail is never erased, so it names a person by what is: their contact's id, or an index that needs the key.
    who = wish.contact.hex if wish.contact else f"phone {msisdn_index(tx, wish.payer).hex()[:12]}"
    return ask_phone(tx, wish, Actor(ActorKind.PERSON, who, wish.intent.partition(":")[0]))


def ask_phone(tx: Tx, wish: RequestPayment, by: Actor, *, follows: PaymentId | None = None) -> PaymentRequested:
    """The same, for whoever wishes it. `follows` is the failed prompt in whose place it is asked for."""
    account = organisations.main_account(tx, wish.organisation)
    if account is None:
        raise NotFound("provider account", wish.organisation.hex)
    amount = total([part.amount for part in wish.parts], account.currency)
    fingerprint = _fingerprint(tx, wish)
    if used := store.of_intent(tx, wish.organisation, wish.intent):
        if used[0] != fingerprint:
            raise IntentReused(wish.intent)
        return PaymentRequested(used[1], amount, account.organisation_name)
    limits = account.policy.limits
    is_payable = amount.is_whole and all(part.amount.minor > 0 for part in wish.parts)
    if not limits.least <= amount <= limits.most or not is_payable:
        raise AmountOutsideLimits(limits.least, limits.most)
    _require_accounts(tx, wish)
    payment = Payment(
        id=PaymentId(tx.new_id()),
        organisation=wish.organisation,
        provider_account=account.id,
        provider=account.provider,
        method=Method.PROMPT,
        purpose=Purpose.FEE,
        status=Status.INITIATED,
        amount=amount,
        reference=wish.reference,
        payer_contact=wish.contact,
        receipt=None,
        provider_request_id=None,
        parts=wish.parts,
        created_at=tx.now,
        value_on=account.local_date(tx.now),
    )
    expires_at = _ends_at(payment)
    store.add(
        tx,
        [
            New(
                payment,
                wish.payer,
                "",
                wish.reference,
                expires_at=expires_at,
                next_question_at=expires_at,
            )
        ],
    )
    store.keep_intent(tx, wish.organisation, wish.intent, fingerprint, payment.id)
    holds.add(
        tx,
        [
            Hold(HoldId(tx.new_id()), wish.organisation, part.account, payment.id, part.amount, expires_at)
            for part in wish.parts
        ],
    )
    facts = PromptFacts(
        account.id.hex, wish.payer.digits, amount.minor, amount.currency, wish.reference, account.organisation_name
    )
    if follows is not None:
        facts = msgspec.structs.replace(facts, follows=follows.hex)
    outbox.put(
        tx,
        [
            Out(
                wish.organisation,
                outbox.Kind.PROMPT,
                "prompt",
                facts,
                payment=payment.id,
                not_before=tx.now + PROMPT_DELAY,
                trace=wish.trace,
            )
        ],
    )
    reason = f"{store.AGAIN}{follows.hex}" if follows else "asked"
    _record(tx, payment, None, by, reason=reason, trace=wish.trace)
    return PaymentRequested(payment.id, amount, account.organisation_name)


def _fingerprint(tx: Tx, wish: RequestPayment) -> bytes:
    """Of the content. Keyed, as it stays for ever: without the key nobody can try phones against it."""
    parts = ";".join(f"{part.account.hex},{part.amount.minor}" for part in wish.parts)
    return tx.vault.index("intent", f"{wish.payer.digits}|{wish.reference}|{parts}")


def _require_accounts(tx: Tx, wish: RequestPayment) -> None:
    """Every part goes to an open account of this very organisation, whatever the screen said."""
    found = customer_accounts.standings(tx, [part.account for part in wish.parts], lock=True)
    for part in wish.parts:
        standing = found.get(part.account)
        if standing is None or standing.organisation != wish.organisation or not standing.account.is_open:
            raise NotFound("account", wish.reference)


@dataclass(frozen=True, slots=True)
class PromptAnswered:
    """What the provider said to our wish to prompt. Neither accepted nor refused: the answer was lost."""

    payment: PaymentId
    answer: PromptAccepted | PromptRefused | None
    exchanged: Exchanged | None
    reason: FailReason
    detail: str
    trace: str


def is_still_wanted(tx: Tx, payment: PaymentId) -> bool:
    """Is the person still waiting for this prompt, phone in hand? Only then may the phone be asked."""
    stored = store.load(tx, payment)
    return stored is not None and stored.payment.status is Status.INITIATED and tx.now < _ends_at(stored.payment)


def call_off(tx: Tx, payment: PaymentId, facts: PromptFacts, trace: str) -> bool:
    """Is the failed prompt in whose place this one was asked for paid after all? Then the phone is not asked a second time, and
    nobody is told of a failure."""
    first = store.load(tx, PaymentId(UUID(facts.follows))) if facts.follows else None
    if first is None or first.payment.status is Status.FAILED:
        return False
    stored = store.load(tx, payment, lock=True)
    assert stored is not None, "it was looked at in this very transaction"
    why = paid_as(first.payment.id)
    _end_quietly(tx, stored.payment, Status.FAILED, FailReason.PAID_TWICE_AS_ONE, _SYSTEM, trace, why=why)
    return True


def _ends_at(payment: Payment) -> datetime:
    return payment.created_at + PROMPT_DELAY + PROMPT_LIFE


def prompt_answered(tx: Tx, news: PromptAnswered) -> None:
    """The provider took our wish, refused it, or left us in the dark. In the dark we never ask the phone twice."""
    stored = store.load(tx, news.payment, lock=True)
    if stored is None:
        raise NotFound("payment", news.payment.hex)
    payment = stored.payment
    outcome = Outcome.UNKNOWN
    if isinstance(news.answer, PromptAccepted):
        outcome = Outcome.ACCEPTED
    elif news.answer is not None:
        outcome = Outcome.REJECTED
    exchanges.keep(tx, [_ours(payment, news.exchanged, "prompt", outcome, news.detail, news.trace)])
    if isinstance(news.answer, PromptRefused):
        if payment.status in WAITING:
            _end(tx, stored, Status.FAILED, news.reason, _SYSTEM, news.trace)
        return
    if payment.status is not Status.INITIATED:
        # The callback was faster than the answer: the state stands, only the name is added.
        if isinstance(news.answer, PromptAccepted):
            store.name_request(tx, payment.id, news.answer.provider_request_id)
        return
    request_id = news.answer.provider_request_id if isinstance(news.answer, PromptAccepted) else None
    # Without a name nothing can be asked: only the money itself, or the end of the prompt's life, tells more.
    question_at = tx.now + (FIRST_QUESTION if request_id else PROMPT_LIFE)
    store.processing(tx, payment, provider_request_id=request_id, next_question_at=question_at)
    after = replace(payment, status=Status.PROCESSING, version=payment.version + 1)
    _record(tx, after, payment.status, _SYSTEM, reason=outcome.value, trace=news.trace)


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider's news that a prompt brought no money, with the bytes that told it."""

    notice: PromptFailed
    provider: str
    raw: bytes
    address: str
    trace: str


def record_failure(tx: Tx, failure: Failure) -> None:
    """The payer cancelled, had too little, or did not answer. Money that came nevertheless stays credited."""
    notice = failure.notice
    stored = _by_request(tx, notice)
    payment = stored.payment if stored else None
    actor = Actor(ActorKind.PROVIDER, failure.provider, f"prompt_result {failure.address}")
    ends = stored is not None and notice.final and _may_fail(tx, stored.payment)
    exchanges.keep(
        tx,
        [
            Exchange(
                provider=failure.provider,
                direction="in",
                operation="prompt_result",
                request=failure.raw,
                outcome=Outcome.NOT_PAID if ends else Outcome.NOTED if stored else Outcome.UNREAD,
                organisation=payment.organisation if payment else None,
                provider_account=notice.provider_account,
                payment=payment.id if payment else None,
                address=failure.address,
                detail=f"{notice.code} {notice.detail}" if stored else "no such prompt",
                trace=failure.trace,
            )
        ],
    )
    if stored is not None and ends:
        _end(tx, stored, Status.FAILED, notice.reason, actor, failure.trace)
    elif stored is not None and stored.payment.status in WAITING:
        store.ask_again(tx, stored.payment.id, tx.now)  # a code that we do not trust: ask at once


def _may_fail(tx: Tx, payment: Payment) -> bool:
    """It waits, and the provider did not call it paid when we asked: whoever has paid is not told how to pay again."""
    return payment.status in WAITING and exchanges.told_paid_since(tx, payment.id) is None


def _by_request(tx: Tx, notice: PromptFailed) -> Stored | None:
    for stored in store.by_requests(tx, [notice.provider_request_id]):
        if stored.payment.provider_account == notice.provider_account:
            return stored
    return None


def questions_due(tx: Tx, limit: int) -> list[Question]:
    """Prompts that the provider should now be asked about."""
    return store.questions(tx, until=tx.now, limit=limit)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered when we asked about a prompt; `outcome` None when it could not be asked."""

    payment: PaymentId
    outcome: PromptOutcome | None
    exchanged: Exchanged | None
    trace: str = ""


def unresolved(tx: Tx) -> int:
    """Prompts that nobody could tell the end of, an hour after they were sent: a statement or the provider must."""
    return store.count_waiting(tx, before=tx.now - UNRESOLVED_AFTER)


UNRESOLVED_AFTER = timedelta(hours=1)


def record_answer(tx: Tx, answer: Answer) -> None:
    """A status answer is one more witness. Paid without a receipt waits for the witness that has it; not paid ends it."""
    stored = store.load(tx, answer.payment, lock=True)
    if stored is None or stored.payment.status not in WAITING:
        return
    payment, outcome = stored.payment, answer.outcome
    told_paid = tx.now if isinstance(outcome, Paid) else None
    paid_since = exchanges.told_paid_since(tx, payment.id) or told_paid
    ends = isinstance(outcome, NotPaid) and paid_since is None
    if answer.exchanged is not None:
        said = Outcome.NOT_PAID if ends else Outcome.NOTED
        exchanges.keep(tx, [_ours(payment, answer.exchanged, "status", said, _told(outcome), answer.trace)])
    expires_at = _ends_at(payment)
    if paid_since is not None:
        _wait_for_receipt(tx, stored, paid_since, outcome, answer.trace)
    elif isinstance(outcome, NotPaid):
        _end(tx, stored, Status.FAILED, outcome.reason, _SYSTEM, answer.trace)
    elif tx.now >= expires_at:
        _end(tx, stored, Status.EXPIRED, FailReason.NOT_ANSWERED, _SYSTEM, answer.trace)
    else:
        store.ask_again(tx, payment.id, min(expires_at, tx.now + (tx.now - payment.created_at)))


def _wait_for_receipt(tx: Tx, stored: Stored, paid_since: datetime, outcome: PromptOutcome | None, trace: str) -> None:
    """The money is there, its receipt is not: the callback, its twin or the pull brings it. What the pull has read by now and did
    not bring was taken for an equal prompt's money; or the provider, which says now that nothing was paid, was wrong before."""
    payment = stored.payment
    is_read = pulls.has_read(tx, payment.provider_account, paid_since)
    is_over = tx.now >= _ends_at(payment) + GIVE_UP
    if is_read and (others := _taken_for(tx, stored)):
        _end_quietly(tx, payment, Status.FAILED, FailReason.PAID_TWICE_AS_ONE, _SYSTEM, trace, why=paid_as(*others))
        if len(others) == 1:
            divide_as_shown(tx, Answered(others[0], payment, _SYSTEM, trace))
        return
    if isinstance(outcome, NotPaid) and (is_read or is_over):
        _end(tx, stored, Status.FAILED, outcome.reason, _SYSTEM, trace)
        return
    rest = min(max(LEAST_REST, (tx.now - paid_since) / 2), MOST_REST)
    store.ask_again(tx, payment.id, None if is_over else tx.now + rest)
    pulls.want(tx, payment.provider_account)


def _taken_for(tx: Tx, stored: Stored) -> list[PaymentId]:
    """The equal prompts of which one was taken for this one's: more money has come for them since this one was asked for than
    there are among them that were surely paid. Each coin ends the waiting of one."""
    asked_at = stored.payment.created_at
    equal = [
        one
        for one in store.equal_prompts(tx, stored, since=asked_at - JOINS_WITHIN)
        if one.paid_at is None or one.paid_at >= asked_at
    ]
    with_money = [one.id for one in equal if one.paid_at is not None]
    surely = exchanges.surely_paid(tx, [one.id for one in equal])
    return [id_ for id_ in with_money if id_ not in surely] if len(with_money) > len(surely) else []


def _told(outcome: PromptOutcome | None) -> str:
    match outcome:
        case Paid(None):
            return f"{exchanges.PAID}, receipt not told"
        case Paid(receipt):
            return f"{exchanges.PAID}, receipt {receipt}"
        case NotPaid(code, detail):
            return f"not paid: {code} {detail}"
        case StillWaiting(detail):
            return f"waiting: {detail}"
    return ""


LEAST_REST, MOST_REST = timedelta(minutes=5), timedelta(hours=1)
"""Between two questions about a prompt that was called paid without a receipt: the first hour tells most."""
GIVE_UP = timedelta(hours=48)
"""The pull reaches this far back (protocols, section 10): after it, the statement is the witness."""


def _end(tx: Tx, stored: Stored, status: Status, reason: FailReason, actor: Actor, trace: str) -> None:
    """No money came for a prompt that waited for it: the hold ends, and the payer is told why and how to pay instead."""
    payment = stored.payment
    _end_quietly(tx, payment, status, reason, actor, trace)
    account = organisations.provider_accounts_of(tx, [payment.provider_account])[payment.provider_account]
    payer = Msisdn(store.open_payer(tx, stored.payer_sealed).msisdn)
    message = PaymentFailed(
        organisation=account.organisation_name,
        amount=payment.amount,
        reference=payment.reference,
        reason=reason,
        shortcode=account.shortcode,
    )
    facts = MessageFacts(message=message, msisdn=payer.digits)
    outbox.put(tx, [Out(payment.organisation, outbox.Kind.SMS, message.event, facts, payment=payment.id, trace=trace)])


def _end_quietly(
    tx: Tx, payment: Payment, status: Status, reason: FailReason, actor: Actor, trace: str, *, why: str = ""
) -> None:
    """`why` says more than the reason to who reads the trail."""
    store.end(tx, payment, status=status, reason=reason)
    holds.end(tx, [payment.id], HoldState.EXPIRED if status is Status.EXPIRED else HoldState.RELEASED)
    after = replace(payment, status=status, version=payment.version + 1)
    _record(tx, after, payment.status, actor, reason=why or reason.value, trace=trace)


def _ours(
    payment: Payment, exchanged: Exchanged | None, operation: str, outcome: Outcome, detail: str, trace: str
) -> Exchange:
    return Exchange(
        provider=payment.provider,
        direction="out",
        operation=operation,
        request=exchanged.request if exchanged else b"",
        response=exchanged.response if exchanged else None,
        outcome=outcome,
        organisation=payment.organisation,
        provider_account=payment.provider_account,
        payment=payment.id,
        detail=detail,
        latency_ms=exchanged.latency_ms if exchanged else None,
        trace=trace,
    )


def _record(tx: Tx, after: Payment, before: Status | None, actor: Actor, *, reason: str, trace: str) -> None:
    audit.record(tx, [(payment_change(after, before, reason=reason, trace=trace), actor)])
