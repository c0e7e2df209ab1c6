"""Paying out, once: from the reservation over the provider's answers to the end that everybody can rely on (OUT-5, OUT-9).

request_payout ──> claim_payouts ──> payout_answered ──> record_news   a result came, or the status that we asked for
   (reserved)       (sending)              │        └──> question_put  nobody told: the provider is asked until it is known
                                           └──> ended: settled, or released, and whoever asked for it is told

What may have left is never sent again. What `core.payouts` decides is booked here, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core import entries, payouts
from core.errors import NotFound
from core.ids import PayoutId, ProviderAccountId
from core.money import Money
from core.organisations import ProviderAccount
from core.payouts import (
    HALTING,
    OPEN,
    Answer,
    Decision,
    Float,
    Payout,
    SaidPaid,
    StandsPaid,
    State,
    Status,
    Taken,
    Told,
    Wait,
    question_after,
)
from core.permissions import Action, Actor, ActorKind
from core.ports import Exchanged
from storage import exchanges, floats, ledger, organisations
from storage import payouts as store
from storage.exchanges import Exchange, Outcome
from storage.tx import Tx
from usecases import fund_news, treasury
from usecases.loans import giving
from usecases.noting import note_of
from usecases.payout_requests import PayoutEnded, record, release
from usecases.refunds.ending import refund_ended
from usecases.refunds.paying import SUBJECT as REFUND
from usecases.rights import require_for

LEASE = timedelta(minutes=2)
"""How long a worker may take to hand one over: longer than every timeout of a rail."""
FLOAT_SOON = timedelta(seconds=15)
"""How soon to look again whether the provider has told its balance."""
FLOAT_SHORT = timedelta(minutes=5)
_SYSTEM = Actor(ActorKind.SYSTEM, "payouts", "worker")


ENDED: dict[str, Callable[[Tx, PayoutEnded], None]] = {
    treasury.SUBJECT: treasury.payout_ended,
    REFUND: refund_ended,
    giving.SUBJECT: giving.payout_ended,
}
"""Who is told, by `subject_kind`."""


@dataclass(frozen=True, slots=True)
class Claim:
    limit: int


def is_due(tx: Tx) -> bool:
    """Is there anything to send or to sweep?"""
    return store.is_due(tx)


def claim_payouts(tx: Tx, wish: Claim) -> list[Payout]:
    """Take what is due, where the provider's own balance covers it; each is marked as being sent before anybody sends it.
    Whose sender went away is unknown from now on."""
    for gone in store.lapsed(tx, limit=wish.limit):
        after = store.save(tx, gone, payouts.abandoned(gone, now=tx.now))
        record(tx, after, gone.state, _SYSTEM, reason=after.last_error, trace=gone.trace)
    due = store.to_send(tx, limit=wish.limit)
    accounts = organisations.provider_accounts_of(tx, [one.provider_account for one in due])
    known = floats.of(tx, accounts, lock=True)
    taken = []
    for one in due:
        balance = known.get(one.provider_account)
        why, until = _why_not(tx, one, balance)
        if why:
            if why == _STALE:
                floats.want(tx, accounts[one.provider_account])
                if payouts.held_up(one) is Wait.FLOAT:
                    why = one.last_error  # it holds until the answer says otherwise
            store.put_off(tx, [one.id], until=until, why=why)
            _show(tx, one, replace(one, last_error=why))
            continue
        assert balance is not None
        after = store.save(tx, one, payouts.sending(one, now=tx.now, lease=LEASE))
        record(tx, after, one.state, _SYSTEM, reason=f"attempt {after.attempts}", trace=one.trace)
        _show(tx, one, after)
        known[one.provider_account] = replace(balance, spoken_for=balance.spoken_for + one.amount)
        taken.append(after)
    return taken


_STALE = "the balance is asked for"


def _why_not(tx: Tx, payout: Payout, balance: Float | None) -> tuple[str, datetime]:
    """Why this one waits, and until when; empty when it may start."""
    if balance is not None and balance.halted:
        return f"{Wait.HALTED.value}: {balance.halted}", tx.now + FLOAT_SHORT
    if balance is None or not balance.is_fresh(tx.now):
        return _STALE, tx.now + FLOAT_SOON
    if not balance.covers(payout.amount):
        return Wait.FLOAT.value, tx.now + FLOAT_SHORT
    return "", tx.now


def _show(tx: Tx, before: Payout, after: Payout) -> None:
    """Chats that show the payment say when it begins to wait, or waits no more."""
    if payouts.held_up(before) is not payouts.held_up(after) and after.subject_kind == treasury.SUBJECT:
        fund_news.show(tx, after)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of our call to the provider."""

    payout: PayoutId
    news: Answer
    exchanged: Exchanged | None


def payout_answered(tx: Tx, said: Answered) -> Payout:
    """The provider took it, turned it away, or left us in the dark. In the dark it is asked about, never sent again."""
    payout = store.load(tx, said.payout, lock=True)
    if payout is None:
        raise NotFound("payout", said.payout.hex)
    decision = payouts.decide(payout, said.news, now=tx.now)
    if said.exchanged is not None:
        outcome = Outcome.ACCEPTED if isinstance(said.news, Taken) else _OUTCOMES.get(type(said.news), Outcome.UNKNOWN)
        exchanges.keep(tx, [_ours(payout, said.exchanged, outcome, decision.note)])
    return _apply(tx, payout, decision, _SYSTEM, payout.trace)


_OUTCOMES = {payouts.Refused: Outcome.REJECTED, payouts.NeverLeft: Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class PayoutNews:
    """A result, a time-out, or the answer to our question, with the bytes that told it."""

    payout: PayoutId
    account: ProviderAccount
    news: Told | Status
    raw: bytes
    address: str
    trace: str


def record_news(tx: Tx, told: PayoutNews) -> Outcome:
    """One more witness. Safe to repeat and in any order; what is about no payout of this account changes nothing."""
    payout = store.load(tx, told.payout, lock=True)
    if payout is None or payout.provider_account != told.account.id:
        exchanges.keep(tx, [_theirs(told, None, Outcome.UNREAD, "about no payout of ours")])
        return Outcome.UNREAD
    decision = payouts.decide(payout, _with_its_receipt(tx, payout, told), now=tx.now)
    outcome = Outcome.CONTRADICTS if decision.contradicts else Outcome.NOTED
    if decision.after.state is payout.state and not decision.contradicts:
        outcome = Outcome.KNOWN if decision.note == "known" else Outcome.NOTED
    exchanges.keep(tx, [_theirs(told, payout, outcome, decision.note)])
    actor = Actor(ActorKind.PROVIDER, payout.provider, f"payout {told.address}".strip())
    _apply(tx, payout, decision, actor, told.trace)
    return outcome


def _with_its_receipt(tx: Tx, payout: Payout, told: PayoutNews) -> Told | Status:
    """One receipt is one payout. When another bears it, one of the two was told wrongly: a result is believed by nobody, and
    the status takes the receipt away from whoever was only told it."""
    news = told.news
    if not isinstance(news, SaidPaid | StandsPaid):
        return news
    other = store.bearing(tx, news.receipt, payout)
    if other is None:
        return news
    if isinstance(news, SaidPaid):
        store.reschedule(tx, replace(other, next_at=tx.now))
        return replace(news, is_anothers=True)
    freed = store.save(tx, other, payouts.disowned(other, now=tx.now))
    record(tx, freed, other.state, _SYSTEM, reason=f"{news.receipt} is another's", trace=told.trace)
    return news


def _apply(tx: Tx, before: Payout, decision: Decision, actor: Actor, trace: str) -> Payout:
    """Write down and book what was decided."""
    after = decision.after
    if after == before:
        return before
    if replace(after, next_at=before.next_at, last_error=before.last_error) == before:
        store.reschedule(tx, after)
        return after
    saved = store.save(tx, before, after)
    record(tx, saved, before.state, actor, reason=decision.note, trace=trace)
    _show(tx, before, saved)
    _book(tx, before, saved)
    if saved.fail_reason in HALTING and saved.state in (State.FAILED, State.UNKNOWN):
        account = organisations.provider_accounts_of(tx, [saved.provider_account])[saved.provider_account]
        floats.halt(tx, account, saved.told_failed or saved.last_error)
    if saved.state is not before.state and saved.state not in OPEN:
        tell_owner(tx, PayoutEnded(saved, before.state, actor, trace))
    return saved


def tell_owner(tx: Tx, ended: PayoutEnded) -> None:
    """What asked for the payout follows its end."""
    if (tell := ENDED.get(ended.payout.subject_kind)) is not None:
        tell(tx, ended)


def _book(tx: Tx, before: Payout, after: Payout) -> None:
    """The journal follows the state; each entry's key makes it happen once."""
    account = organisations.provider_accounts_of(tx, [after.provider_account])[after.provider_account]
    value_on = account.local_date(tx.now)
    if before.state is State.FAILED and after.state is State.PAID:
        released = ledger.load(tx, entries.payout_released_key(after.id))
        assert released is not None, "what failed was released"
        ledger.post(tx, [entries.payout_restored(released, payout=after.id, value_on=value_on)])
    if before.state is not State.PAID and after.state is State.PAID:
        paid = entries.payout_paid(
            organisation=after.organisation,
            payout=after.id,
            float_account=account.float_account,
            amount=after.amount,
            value_on=value_on,
        )
        ledger.post(tx, [paid])
    if after.charge and before.charge is None:
        charged = entries.payout_charged(
            organisation=after.organisation,
            payout=after.id,
            float_account=account.float_account,
            charge=after.charge,
            value_on=value_on,
        )
        ledger.post(tx, [charged])
    if before.state in OPEN and after.state is State.FAILED:
        release(tx, after)
    if after.state is State.REVERSED and before.state is State.PAID:
        recorded = ledger.load(tx, entries.payout_paid_key(after.id))
        assert recorded is not None, "what was paid has the entry that paid it"
        ledger.post(tx, [entries.payout_returned(recorded, payout=after.id, value_on=value_on)])
        release(tx, after)


# --- asking ------------------------------------------------------------------------------------------------------------


def questions_due(tx: Tx, limit: int) -> list[Payout]:
    """What providers should be asked about now."""
    return store.to_ask(tx, limit=limit)


@dataclass(frozen=True, slots=True)
class QuestionPut:
    """A provider was asked, or could not be (`exchanged` is None)."""

    payout: Payout
    taken: bool
    exchanged: Exchanged | None


def question_put(tx: Tx, news: QuestionPut) -> None:
    """Keep what was said, and ask again if no answer comes."""
    payout = news.payout
    store.asked(tx, payout.id, again_at=tx.now + question_after(payout.asked + 1))
    if news.exchanged is not None:
        outcome = Outcome.ACCEPTED if news.taken else Outcome.REJECTED
        exchanges.keep(tx, [_ours(payout, news.exchanged, outcome, f"question {payout.asked + 1}")])


def floats_wanted(tx: Tx) -> list[ProviderAccountId]:
    """Accounts whose balance a payout waits for."""
    return floats.wanted(tx)


@dataclass(frozen=True, slots=True)
class FloatAsked:
    account: ProviderAccountId
    taken: bool
    exchanged: Exchanged | None


def float_asked(tx: Tx, news: FloatAsked) -> None:
    """The provider was asked what it holds for us."""
    floats.asked(tx, news.account)
    if news.exchanged is None:
        return
    account = organisations.provider_accounts_of(tx, [news.account])[news.account]
    said = Exchange(
        provider=account.provider,
        direction="out",
        operation=news.exchanged.operation,
        request=news.exchanged.request,
        response=news.exchanged.response,
        outcome=Outcome.ACCEPTED if news.taken else Outcome.REJECTED,
        organisation=account.organisation,
        provider_account=account.id,
        latency_ms=news.exchanged.latency_ms,
    )
    exchanges.keep(tx, [said])


@dataclass(frozen=True, slots=True)
class FloatTold:
    """The provider's word on what it holds, asked for at `asked_at`."""

    account: ProviderAccount
    balance: Money | None
    asked_at: datetime
    raw: bytes
    address: str
    trace: str


def record_float(tx: Tx, told: FloatTold) -> Outcome:
    """What payouts may start on from now. An answer from before the newest one changes nothing."""
    account = told.account
    if told.balance is not None and told.asked_at <= tx.now:
        floats.told(tx, account.id, told.balance, asked_at=told.asked_at)
    said = Exchange(
        provider=account.provider,
        direction="in",
        operation="balance",
        request=told.raw,
        outcome=Outcome.NOTED,
        organisation=account.organisation,
        provider_account=account.id,
        address=told.address,
        detail=f"{told.balance}" if told.balance is not None else "no balance told",
        trace=told.trace,
    )
    exchanges.keep(tx, [said])
    return Outcome.NOTED


# --- for people --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resume:
    """Whatever stopped payouts of this account has been mended."""

    account: ProviderAccountId
    actor: Actor


def resume(tx: Tx, wish: Resume) -> str:
    """Send from this account again; why it had stopped, or "" when it had not."""
    account = organisations.provider_accounts_of(tx, [wish.account]).get(wish.account)
    if account is None:
        raise NotFound("provider account", wish.account.hex)
    require_for(tx, wish.actor, Action.SETUP, account.organisation, what="provider account", name=account.shortcode)
    standing = floats.of(tx, [account.id], lock=True).get(account.id)
    if standing is None or not standing.halted:
        return ""
    floats.halt(tx, account, "")
    note_of(
        tx,
        wish.actor,
        account.organisation,
        "payouts_resumed",
        "provider_account",
        account.id,
        before="halted",
        after="sending",
        reason=standing.halted,
    )
    return standing.halted


def doubt_all(tx: Tx, why: str) -> int:
    """Books out of a backup do not know what left since: whatever waited to be sent is asked about instead. How many."""
    waiting = store.waiting(tx)
    for one in waiting:
        doubted = replace(one, state=State.UNKNOWN, sent_at=one.sent_at or tx.now, next_at=tx.now, last_error=why)
        after = store.save(tx, one, doubted)
        record(tx, after, one.state, _SYSTEM, reason=why, trace=one.trace)
        _show(tx, one, after)
    return len(waiting)


UNRESOLVED_AFTER = timedelta(hours=1)


def unresolved(tx: Tx) -> int:
    """Payouts whose end nobody could tell an hour after they were sent."""
    return store.count_open(tx, before=tx.now - UNRESOLVED_AFTER)


def _ours(payout: Payout, exchanged: Exchanged, outcome: Outcome, detail: str) -> Exchange:
    return Exchange(
        provider=payout.provider,
        direction="out",
        operation=exchanged.operation,
        request=exchanged.request,
        response=exchanged.response,
        outcome=outcome,
        organisation=payout.organisation,
        provider_account=payout.provider_account,
        payment=payout.id,
        detail=detail,
        latency_ms=exchanged.latency_ms,
        trace=payout.trace,
    )


def _theirs(told: PayoutNews, payout: Payout | None, outcome: Outcome, detail: str) -> Exchange:
    return Exchange(
        provider=told.account.provider,
        direction="in",
        operation=_OPERATIONS.get(type(told.news), "payout_status"),
        request=told.raw,
        outcome=outcome,
        organisation=told.account.organisation,
        provider_account=told.account.id,
        payment=payout.id if payout else None,
        address=told.address,
        detail=detail,
        trace=told.trace,
    )


_OPERATIONS = dict.fromkeys((payouts.SaidPaid, payouts.SaidNot, payouts.SaidNothing), "payout_result")
