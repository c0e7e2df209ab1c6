"""A refund as it stands, its own history, and what its payee is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core import refunds as rules
from core.application import Application
from core.errors import NotFound
from core.ids import PaymentId
from core.messages import RefundStep, RefundTold
from core.payments import Payment
from core.permissions import Actor
from core.refunds import Refund, RefundId, State
from storage import applications, audit, customer_accounts, organisations, outbox
from storage import refunds as store
from storage.audit import Change
from storage.outbox import MessageFacts, Out
from storage.tx import Tx


def found(tx: Tx, id_: RefundId, *, lock: bool = True) -> Refund:
    refund = store.load(tx, id_, lock=lock)
    if refund is None:
        raise NotFound("refund", id_.hex)
    return refund


def parts(tx: Tx, payment: PaymentId) -> list[Application]:
    """Where a payment went, apart from loans: what was repaid of a loan is read from its story and never paid back."""
    standing = applications.standing(tx, payment)
    accounts = customer_accounts.standings(tx, [part.account for part in standing], lock=False)
    return [part for part in standing if not accounts[part.account].account.is_loan]


def become(tx: Tx, refund: Refund, state: State, actor: Actor, trace: str) -> Refund:
    rules.require_next(refund.state, state)
    after = replace(refund, state=state, version=refund.version + 1)
    store.save(tx, after)
    note(tx, after, refund.state, actor, f"refund_{state.value}", trace)
    return after


def note(tx: Tx, refund: Refund, before: State | None, actor: Actor, action: str, trace: str) -> None:
    """A row of the refund's own history, which counts with its version."""
    change = Change(
        organisation=refund.organisation,
        action=action,
        subject_kind="refund",
        subject=refund.id,
        sequence=refund.version,
        from_state=before.value if before else None,
        to_state=refund.state.value,
        reason=f"{refund.name} payment {refund.payment.hex}",
        trace=trace,
    )
    audit.record(tx, [(change, actor)])


def tell(tx: Tx, refund: Refund, step: RefundStep, trace: str, *, receipt: str = "") -> None:
    """The payee is told each step, by their own phone."""
    name = organisations.by_id(tx, refund.organisation).name
    message = RefundTold(name, step, refund.name, refund.amount, receipt)
    facts = MessageFacts(message, msisdn=refund.payee.digits)
    out = Out(refund.organisation, outbox.Kind.SMS, message.event, facts, payment=refund.payment, trace=trace)
    outbox.put(tx, [out])


def today(tx: Tx, payment: Payment) -> date:
    account = organisations.provider_accounts_of(tx, [payment.provider_account])[payment.provider_account]
    return account.local_date(tx.now)
