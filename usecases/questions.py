"""Asking a provider about one receipt: who paid it, where the number was masked, and whether it exists at all (PAY-4, PAY-6).

A status answer has no reference, so it alone places money only as the payer's whole number does: with somebody's only
account. What nobody told us of is left to the pull, whose lines have the reference, wherever the pull still reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core import application
from core.application import Strategy, SuspenseReason
from core.ids import PaymentId, ProviderAccountId
from core.organisations import ProviderAccount
from core.payments import Standing, StatusTold
from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from core.ports import Exchanged
from core.pulling import REACH
from storage import customer_accounts, exchanges, organisations, people, pulls, questions, suspense
from storage import payments as payment_store
from storage.exchanges import Exchange, Outcome
from storage.questions import StatusQuestion
from storage.tx import Tx
from usecases.collection import Arrival, record_arrival
from usecases.suspense import AssignSuspense, assign

MOST_ASKED = 4
AGAIN = timedelta(minutes=3)
"""How long an answer may take before it is asked for again; doubled each time."""
MASKED_SINCE = timedelta(days=2)
_SYSTEM = Actor(ActorKind.SYSTEM, "questions", "worker")
_UNPLACED = {SuspenseReason.UNKNOWN_PAYER, SuspenseReason.UNKNOWN_REFERENCE}


@dataclass(frozen=True, slots=True)
class AskAbout:
    """Payers of these accounts are to be asked for, where their number was hidden and their money waits."""

    accounts: Sequence[ProviderAccountId]
    limit: int = 50


def ask_about_masked(tx: Tx, wish: AskAbout) -> int:
    """Queue a question for each payment in suspense whose payer is hidden; how many."""
    found = questions.masked_and_waiting(tx, wish.accounts, since=tx.now - MASKED_SINCE, limit=wish.limit)
    accounts = organisations.provider_accounts_of(tx, [one.provider_account for one in found])
    for one in found:
        questions.put(tx, accounts[one.provider_account], [one.receipt])
    return len(found)


@dataclass(frozen=True, slots=True)
class Put:
    """A question was put to its provider; `exchanged` is None when the provider could not be reached."""

    question: StatusQuestion
    taken: bool
    exchanged: Exchanged | None


def question_put(tx: Tx, news: Put) -> None:
    """Keep what was said, and ask again if no answer comes."""
    question = news.question
    again = tx.now + AGAIN * 2**question.asked if question.asked + 1 < MOST_ASKED else None
    questions.asked(tx, question.id, again_at=again)
    if news.exchanged is None:
        return
    said = Exchange(
        provider=organisations.provider_accounts_of(tx, [question.provider_account])[
            question.provider_account
        ].provider,
        direction="out",
        operation=news.exchanged.operation,
        request=news.exchanged.request,
        response=news.exchanged.response,
        outcome=Outcome.ACCEPTED if news.taken else Outcome.REJECTED,
        organisation=question.organisation,
        provider_account=question.provider_account,
        payment=_known(tx, question),
        detail=question.receipt,
        latency_ms=news.exchanged.latency_ms,
    )
    exchanges.keep(tx, [said])


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """The provider's answer to one of our questions, with the bytes that told it."""

    question: UUID
    account: ProviderAccount
    told: StatusTold
    raw: bytes
    address: str
    trace: str


def record_status(tx: Tx, news: StatusAnswer) -> Outcome:
    """One more witness. A payer who was hidden is named, and their money placed if they have one account; what nobody told
    us of is pulled, or credited where no pull reaches. Safe to repeat; an answer to no question of ours changes nothing."""
    question = questions.load(tx, news.question)
    if question is None or question.provider_account != news.account.id:
        return _keep(tx, news, None, Outcome.UNREAD, "an answer to no question of ours")
    arrived = news.told.arrived
    if news.told.standing is not Standing.COMPLETED:
        is_late = question.asked >= MOST_ASKED
        again = None if is_late or news.told.standing is Standing.NOT_FOUND else tx.now + AGAIN * 2**question.asked
        questions.answered(tx, question.id, news.told.standing, again_at=again)
        return _keep(tx, news, _known(tx, question), Outcome.NOTED, news.told.detail)
    if arrived is None or arrived.receipt != question.receipt:
        questions.answered(tx, question.id, Standing.UNCLEAR, again_at=None)
        return _keep(tx, news, _known(tx, question), Outcome.NOTED, "completed, and not to this account")
    questions.answered(tx, question.id, Standing.COMPLETED, again_at=None)
    payment = _known(tx, question)
    if payment is None and arrived.value_at > tx.now - REACH and pulls.want(tx, news.account.id):
        return _keep(tx, news, None, Outcome.NOTED, f"{question.receipt} completed: the pull brings its reference")
    recorded = record_arrival(tx, Arrival(arrived, news.raw, news.address, news.trace))
    if payment is not None and isinstance(arrived.payer, Msisdn):
        _place(tx, news, payment, arrived.payer)
    return Outcome.CREDITED if recorded.is_new else Outcome.KNOWN


def _place(tx: Tx, news: StatusAnswer, payment: PaymentId, payer: Msisdn) -> None:
    """The payer is known now: as if they had been when the money came, their only account gets it."""
    waiting = suspense.reason_of(tx, payment)
    known = [
        one for one in people.recognise(tx, [payer]).get(payer, []) if one.organisation == news.account.organisation
    ]
    if waiting not in _UNPLACED or not known:
        return
    payment_store.name_contact(tx, payment, known[0].contact)
    held = people.accounts_of(tx, [known[0].contact]).get(known[0].contact, [])
    standings = customer_accounts.standings(tx, held, lock=True)
    mine = [one.account for one in standings.values() if one.currency is news.account.currency]
    only = application.only_one(mine, news.account.currency)
    if only is not None and Strategy.ONLY_ACCOUNT in news.account.policy.rules.order:
        assign(tx, AssignSuspense(payment, only.reference, _SYSTEM, news.trace, Strategy.ONLY_ACCOUNT))


def _known(tx: Tx, question: StatusQuestion) -> PaymentId | None:
    for stored in payment_store.by_receipts(tx, [question.receipt]):
        if stored.payment.provider_account == question.provider_account:
            return stored.payment.id
    return None


def _keep(tx: Tx, news: StatusAnswer, payment: PaymentId | None, outcome: Outcome, detail: str) -> Outcome:
    said = Exchange(
        provider=news.account.provider,
        direction="in",
        operation="status",
        request=news.raw,
        outcome=outcome,
        organisation=news.account.organisation,
        provider_account=news.account.id,
        payment=payment,
        address=news.address,
        detail=detail,
        trace=news.trace,
    )
    exchanges.keep(tx, [said])
    return outcome


def due(tx: Tx, limit: int) -> list[StatusQuestion]:
    """What providers should be asked about now."""
    return questions.due(tx, limit=limit)
