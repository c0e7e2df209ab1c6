"""Asking for money to be paid out: the promise is booked at once, and a worker does the rest.

The port for whoever owes somebody money (a refund, a payment of the treasury):

    request_payout   reserves and instructs, in the caller's own transaction, after the caller's own approval
    withdraw_payout  takes it back while it surely has not left
    payout_ended     of the caller, named in `usecases.payouts.ENDED` by its `subject_kind`: told once of each end
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from core import entries
from core.errors import NotFound
from core.ids import OrganisationId, PayoutId, ProviderAccountId
from core.ledger import Posting, expense, payout_promised
from core.money import Money
from core.organisations import ProviderAccount
from core.payouts import OPEN, FailReason, Payee, Payout, PayoutUnderWay, State, TooLate, Way
from core.permissions import Actor
from storage import audit, ledger, organisations, payouts
from storage.audit import Change
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class RequestPayout:
    """Pay `amount` to `payee`. With `original_receipt` that payment is given back where it came from, at its provider."""

    organisation: OrganisationId
    subject_kind: str
    """For what: the word under which the asker is called back."""
    subject: UUID
    payee: Payee
    amount: Money
    remarks: str
    """2 to 100 characters that the provider keeps with it; the payee may see them."""
    against: Sequence[Posting]
    """On whose account: what is debited while `liability:payout` is credited (`entries.payout_reserved`)."""
    actor: Actor
    trace: str
    provider_account: ProviderAccountId | None = None
    """From which account; None takes the organisation's main one."""
    original_receipt: str = ""
    not_before: datetime | None = None
    """A scheduled one is sent then, not earlier."""


@dataclass(frozen=True, slots=True)
class PayoutEnded:
    """A payout has come to an end: paid, failed, or paid and taken back. Told once for each, to whoever asked for it."""

    payout: Payout
    was: State
    actor: Actor
    trace: str


def request_payout(tx: Tx, wish: RequestPayout) -> Payout:
    """Set the money aside and queue the instruction. Raises `PayoutUnderWay` while one for the same subject stands or has
    paid: a subject is paid once, however often it is asked for. Cents are refused, never rounded."""
    before = payouts.of_subject(tx, wish.subject_kind, wish.subject)
    for other in before:
        if other.state in OPEN or other.state is State.PAID:
            raise PayoutUnderWay(other.state.value)
    _ = wish.amount.whole_units  # raises FractionRefused: providers pay whole shillings and francs
    account = _account(tx, wish)
    payout = Payout(
        id=PayoutId(tx.new_id()),
        organisation=wish.organisation,
        provider_account=account.id,
        provider=account.provider,
        way=Way.GIVE_BACK if wish.original_receipt else Way.TRANSFER,
        subject_kind=wish.subject_kind,
        subject=wish.subject,
        payee=wish.payee,
        amount=wish.amount,
        remarks=wish.remarks,
        original_receipt=wish.original_receipt,
        state=State.RESERVED,
        requested_at=tx.now,
        trace=wish.trace,
        next_at=max(tx.now, wish.not_before or tx.now),
    )
    payouts.add(tx, payout)
    touched = [posting.account for posting in wish.against]
    currency = wish.amount.currency
    ledger.open_accounts(
        tx,
        [*touched, payout_promised(wish.organisation, currency), expense(wish.organisation, "charges", currency)],
    )
    entry = entries.payout_reserved(
        organisation=wish.organisation,
        payout=payout.id,
        amount=wish.amount,
        against=wish.against,
        value_on=account.local_date(tx.now),
    )
    ledger.post(tx, [entry])
    record(tx, payout, None, wish.actor, reason=wish.subject_kind, trace=wish.trace)
    return payout


def _account(tx: Tx, wish: RequestPayout) -> ProviderAccount:
    if wish.provider_account is None:
        account = organisations.main_account(tx, wish.organisation)
    else:
        account = organisations.provider_accounts_of(tx, [wish.provider_account]).get(wish.provider_account)
    if account is None or account.organisation != wish.organisation:
        raise NotFound("provider account", (wish.provider_account or wish.organisation).hex)
    return account


def withdraw_payout(tx: Tx, id_: PayoutId, *, actor: Actor, trace: str) -> Payout:
    """Take it back and release what was set aside. Raises `TooLate` once it may have been sent."""
    payout = payouts.load(tx, id_, lock=True)
    if payout is None:
        raise NotFound("payout", id_.hex)
    if payout.state is not State.RESERVED:
        raise TooLate(payout.state.value)
    after = replace(payout, state=State.FAILED, fail_reason=FailReason.WITHDRAWN, next_at=None)
    after = payouts.save(tx, payout, after)
    release(tx, after)
    record(tx, after, payout.state, actor, reason=FailReason.WITHDRAWN.value, trace=trace)
    return after


def release(tx: Tx, payout: Payout) -> None:
    """What stood aside for it goes back to where it came from, whichever entry set it aside last."""
    account = organisations.provider_accounts_of(tx, [payout.provider_account])[payout.provider_account]
    value_on = account.local_date(tx.now)
    restored = ledger.load(tx, entries.payout_restored_key(payout.id))
    reserved = restored or ledger.load(tx, entries.payout_reserved_key(payout.id))
    assert reserved is not None, "a payout was reserved before anything else"
    ledger.post(tx, [entries.payout_released(reserved, payout=payout.id, value_on=value_on)])


def record(tx: Tx, after: Payout, before: State | None, actor: Actor, *, reason: str, trace: str) -> None:
    """The next row in its history."""
    change = Change(
        organisation=after.organisation,
        action=f"payout_{after.state.value}",
        subject_kind="payout",
        subject=after.id,
        sequence=after.version,
        from_state=before.value if before else None,
        to_state=after.state.value,
        reason=reason[:200],
        trace=trace,
    )
    audit.record(tx, [(change, actor)])
