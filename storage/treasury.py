"""Funds, payments out of them, who let them go, variances and replenishments, as they stand in the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.approvals import ApprovalId
from core.ids import EntryId, OrganisationId, PayoutId, StaffId
from core.money import Currency, Money
from core.payment_sheets import Row, Wish
from core.payouts import Payee
from core.phones import Msisdn
from core.treasury import (
    Fund,
    FundId,
    FundPayment,
    FundPaymentId,
    Replenishment,
    ReplenishmentId,
    Ruling,
    Status,
    Variance,
    VarianceId,
)
from storage.payments import Stale
from storage.payouts import PayeeKept
from storage.people import msisdn_index
from storage.tables import (
    approvals,
    entries,
    execution_outcomes,
    executions,
    fund_payments,
    funds,
    replenishments,
    variances,
)
from storage.tx import Tx

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(PayeeKept).decode

# --- funds -------------------------------------------------------------------------------------------------------------


def add_fund(tx: Tx, fund: Fund) -> None:
    tx.connection.execute(
        sa.insert(funds).values(
            id=fund.id,
            organisation_id=fund.organisation,
            slug=fund.slug,
            currency=fund.balance.currency.code,
            balance_minor=fund.balance.minor,
            created_at=tx.now,
            **_settings(fund),
        )
    )


def change_fund(tx: Tx, fund: Fund) -> None:
    """Its name and limits; never its balance."""
    tx.connection.execute(sa.update(funds).where(funds.c.id == fund.id).values(**_settings(fund)))


def _settings(fund: Fund) -> dict[str, Any]:
    return {
        "name": fund.name,
        "region": fund.region,
        "branch": fund.branch,
        "least_minor": fund.least.minor,
        "most_minor": fund.most.minor,
        "reorder_minor": fund.reorder.minor,
        "full_minor": fund.full.minor,
    }


def move_fund(tx: Tx, fund: FundId, by: Money, *, is_truth: bool = False) -> None:
    """Its balance follows the books, in the same transaction. The database refuses to let it fall below its limit, unless
    the provider has paid already: `is_truth`."""
    values: dict[str, Any] = {"balance_minor": funds.c.balance_minor + by.minor}
    if is_truth:
        values["overdrawn_minor"] = funds.c.overdrawn_minor + max(0, -by.minor)
    tx.connection.execute(sa.update(funds).where(funds.c.id == fund).values(**values))


def fund(tx: Tx, id_: UUID, *, lock: bool = False) -> Fund | None:
    query = sa.select(funds).where(funds.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _fund(row) if row is not None else None


def funds_of(tx: Tx, organisation: OrganisationId) -> list[Fund]:
    """By name."""
    query = sa.select(funds).where(funds.c.organisation_id == organisation).order_by(funds.c.name, funds.c.id)
    return [_fund(row) for row in tx.connection.execute(query)]


def fund_named(tx: Tx, organisation: OrganisationId, slug: str) -> Fund | None:
    query = sa.select(funds).where(funds.c.organisation_id == organisation, funds.c.slug == slug)
    row = tx.connection.execute(query).one_or_none()
    return _fund(row) if row is not None else None


def _fund(row: Any) -> Fund:
    currency = Currency[row.currency]
    sums = (row.balance_minor, row.least_minor, row.most_minor, row.reorder_minor, row.full_minor)
    return Fund(
        row.id,
        row.organisation_id,
        row.slug,
        row.name,
        row.region,
        row.branch,
        *(Money(minor, currency) for minor in sums),
    )


def spent_since(tx: Tx, fund: Fund, since: datetime) -> Money:
    """What was let go out of it since then and did not fail."""
    gone = [Status.EXECUTING.value, Status.SUCCESS.value, Status.RECONCILED.value]
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(fund_payments.c.minor), 0))
        .select_from(fund_payments.join(executions, executions.c.payment_id == fund_payments.c.id))
        .where(
            fund_payments.c.fund_id == fund.id,
            fund_payments.c.status.in_(gone),
            executions.c.attempt == fund_payments.c.attempts,
            executions.c.at >= since,
        )
    )
    return Money(int(tx.connection.scalar(query) or 0), fund.balance.currency)


# --- payments ----------------------------------------------------------------------------------------------------------


def add(tx: Tx, payment: FundPayment, *, batch: str | None = None) -> None:
    tx.connection.execute(
        sa.insert(fund_payments).values(
            id=payment.id,
            organisation_id=payment.organisation,
            number=payment.number,
            fund_id=payment.fund,
            currency=payment.amount.currency.code,
            requested_by=payment.requester,
            requested_at=payment.requested_at,
            batch=batch,
            **_content(tx, payment),
            **_changing(payment),
        )
    )


def _content(tx: Tx, payment: FundPayment) -> dict[str, Any]:
    payee = payment.payee
    return {
        "payee_index": msisdn_index(tx, payee.msisdn),
        "payee_sealed": tx.vault.seal(_encode(PayeeKept(payee.msisdn.digits, payee.name))),
        "minor": payment.amount.minor,
        "purpose": payment.purpose,
        "reason": payment.reason,
        "not_before": payment.not_before,
    }


def _changing(payment: FundPayment) -> dict[str, Any]:
    return {
        "status": payment.status.value,
        "executed_by": payment.executor,
        "attempts": payment.attempts,
        "last_error": payment.last_error[:300],
        "reconciled_by": payment.reconciled_by,
        "reconciled_at": payment.reconciled_at,
        "version": payment.version,
    }


def save(tx: Tx, before: FundPayment, after: FundPayment) -> None:
    """Write what has changed. Raises `Stale` when somebody else changed it meanwhile."""
    values = _changing(after)
    if (before.payee, before.amount, before.purpose, before.reason, before.not_before) != (
        *(after.payee, after.amount, after.purpose, after.reason, after.not_before),
    ):
        values |= _content(tx, after)
    mine = sa.and_(fund_payments.c.id == before.id, fund_payments.c.version == before.version)
    if tx.connection.execute(sa.update(fund_payments).where(mine).values(**values)).rowcount != 1:
        raise Stale(before.id)


def load(tx: Tx, id_: UUID, *, lock: bool = False) -> FundPayment | None:
    query = sa.select(fund_payments).where(fund_payments.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _payment(tx, row) if row is not None else None


def numbered(tx: Tx, organisation: OrganisationId, number: int) -> FundPayment | None:
    query = sa.select(fund_payments).where(
        fund_payments.c.organisation_id == organisation, fund_payments.c.number == number
    )
    row = tx.connection.execute(query).one_or_none()
    return _payment(tx, row) if row is not None else None


def of_batch(tx: Tx, organisation: OrganisationId, batches: Iterable[str]) -> dict[str, int]:
    """Which of these rows of files were taken already, with the numbers of their payments."""
    query = sa.select(fund_payments.c.batch, fund_payments.c.number).where(
        fund_payments.c.organisation_id == organisation, fund_payments.c.batch.in_(sorted(batches))
    )
    return {row.batch: row.number for row in tx.connection.execute(query)}


def alike(tx: Tx, organisation: OrganisationId, rows: Sequence[Row]) -> dict[Wish, int]:
    """The newest payment, not said no to and none of these rows' own, that asks for what one of these rows asks for: the
    same phone, sum, purpose and reason, whichever fund it is out of."""
    phones = {msisdn_index(tx, row.payee.msisdn): row.payee.msisdn.digits for row in rows if row.payee is not None}
    batch = fund_payments.c.batch
    query = (
        sa.select(
            fund_payments.c.payee_index,
            fund_payments.c.minor,
            fund_payments.c.purpose,
            fund_payments.c.reason,
            fund_payments.c.number,
        )
        .where(
            fund_payments.c.organisation_id == organisation,
            fund_payments.c.payee_index.in_(sorted(phones)),
            fund_payments.c.status.not_in((Status.REJECTED.value, Status.WITHDRAWN.value)),
            sa.or_(batch.is_(None), batch.not_in([row.batch for row in rows])),
        )
        .order_by(fund_payments.c.number)
    )
    return {
        (phones[row.payee_index], row.minor, row.purpose, row.reason.casefold()): row.number
        for row in tx.connection.execute(query)
    }


def waiting(tx: Tx, fund: Fund) -> Money:
    """What was asked of it, and is neither let go nor said no to."""
    undecided = [Status.PENDING.value, Status.APPROVED.value]
    query = sa.select(sa.func.coalesce(sa.func.sum(fund_payments.c.minor), 0)).where(
        fund_payments.c.fund_id == fund.id, fund_payments.c.status.in_(undecided)
    )
    return Money(int(tx.connection.scalar(query) or 0), fund.balance.currency)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which payments a list shows."""

    organisation: OrganisationId
    status: Status | None = None
    fund: FundId | None = None
    requester: StaffId | None = None


def listed(tx: Tx, filters: Filters, *, limit: int, before: UUID | None = None) -> list[FundPayment]:
    """The newest first, older than `before`."""
    query = (
        sa.select(fund_payments)
        .where(fund_payments.c.organisation_id == filters.organisation)
        .order_by(fund_payments.c.id.desc())
        .limit(limit)
    )
    for column, value in (
        (fund_payments.c.status, filters.status.value if filters.status else None),
        (fund_payments.c.fund_id, filters.fund),
        (fund_payments.c.requested_by, filters.requester),
    ):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(fund_payments.c.id < before)
    return [_payment(tx, row) for row in tx.connection.execute(query)]


def _payment(tx: Tx, row: Any) -> FundPayment:
    payee = _decode(tx.vault.open(row.payee_sealed))
    return FundPayment(
        id=row.id,
        organisation=row.organisation_id,
        number=row.number,
        fund=row.fund_id,
        payee=Payee(Msisdn(payee.msisdn), payee.name),
        amount=Money(row.minor, Currency[row.currency]),
        purpose=row.purpose,
        reason=row.reason,
        requester=row.requested_by,
        status=Status(row.status),
        requested_at=row.requested_at,
        not_before=row.not_before,
        executor=row.executed_by,
        attempts=row.attempts,
        last_error=row.last_error,
        reconciled_by=row.reconciled_by,
        reconciled_at=row.reconciled_at,
        version=row.version,
    )


# --- executions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Execution:
    """Who let a payment go, who proved it and when, and from where. Never changed."""

    payment: FundPaymentId
    attempt: int
    payout: PayoutId
    approval: ApprovalId
    executor: StaffId
    verified_by: StaffId | None
    verified_at: datetime | None
    origin: str
    agent: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider said of an execution. Never changed; a second word is a second row."""

    payout: PayoutId
    state: str
    gateway_reference: str
    detail: str
    at: datetime


def add_execution(tx: Tx, one: Execution) -> None:
    tx.connection.execute(
        sa.insert(executions).values(
            payment_id=one.payment,
            attempt=one.attempt,
            payout_id=one.payout,
            approval_id=one.approval,
            executed_by=one.executor,
            verified_by=one.verified_by,
            verified_at=one.verified_at,
            origin=one.origin,
            agent=one.agent[:200],
            at=one.at,
        )
    )


def add_outcome(tx: Tx, one: Outcome) -> None:
    """Once for each state that a payout ends in."""
    known = sa.select(execution_outcomes.c.at).where(
        execution_outcomes.c.payout_id == one.payout, execution_outcomes.c.state == one.state
    )
    if tx.connection.execute(known).first() is None:
        tx.connection.execute(
            sa.insert(execution_outcomes).values(
                payout_id=one.payout,
                state=one.state,
                gateway_reference=one.gateway_reference,
                detail=one.detail[:300],
                at=one.at,
            )
        )


def execution_by(tx: Tx, payout: PayoutId) -> Execution:
    """Who let this payout go."""
    return _execution(tx.connection.execute(sa.select(executions).where(executions.c.payout_id == payout)).one())


def execution_under(tx: Tx, approval: ApprovalId) -> Execution | None:
    """What was let go under this approval: at most one, for an approval is used once."""
    row = tx.connection.execute(sa.select(executions).where(executions.c.approval_id == approval)).one_or_none()
    return _execution(row) if row is not None else None


def _execution(row: Any) -> Execution:
    return Execution(
        row.payment_id,
        row.attempt,
        row.payout_id,
        row.approval_id,
        row.executed_by,
        row.verified_by,
        row.verified_at,
        row.origin,
        row.agent,
        row.at,
    )


def executions_of(tx: Tx, payment: FundPaymentId) -> list[tuple[Execution, list[Outcome]]]:
    """Each attempt with what was said of it, the first one first."""
    rows = tx.connection.execute(
        sa.select(executions).where(executions.c.payment_id == payment).order_by(executions.c.attempt)
    ).all()
    said = tx.connection.execute(
        sa.select(execution_outcomes)
        .where(execution_outcomes.c.payout_id.in_([row.payout_id for row in rows]))
        .order_by(execution_outcomes.c.at, execution_outcomes.c.state)
    )
    outcomes = [Outcome(row.payout_id, row.state, row.gateway_reference, row.detail, row.at) for row in said]
    return [(_execution(row), [one for one in outcomes if one.payout == row.payout_id]) for row in rows]


def payments_behind(tx: Tx, subjects: Sequence[UUID]) -> dict[UUID, FundPayment]:
    """The payment that each of these is about: payouts of payments, and variances."""
    payouts = sa.select(executions.c.payout_id.label("subject"), executions.c.payment_id)
    corrections = sa.select(variances.c.id.label("subject"), variances.c.payment_id)
    about = sa.union_all(
        payouts.where(executions.c.payout_id.in_(subjects)), corrections.where(variances.c.id.in_(subjects))
    ).subquery()
    query = sa.select(fund_payments, about.c.subject).join(about, about.c.payment_id == fund_payments.c.id)
    return {row.subject: _payment(tx, row) for row in tx.connection.execute(query)}


def carried_out_by(tx: Tx, entry: EntryId) -> set[StaffId]:
    """Who brought an entry of a fund about: let the payment go, or gave the last yes to the variance or the filling up."""
    booked = tx.connection.execute(
        sa.select(entries.c.key, entries.c.kind, entries.c.subject_id).where(entries.c.id == entry)
    ).one()
    # An allotment is about its fund; what allotted it stands at the end of its key.
    subject = UUID(booked.key.rpartition(":")[2]) if booked.kind == "fund_allotted" else booked.subject_id
    let_go = sa.select(executions.c.approval_id).where(executions.c.payout_id == subject)
    query = sa.select(approvals.c.executed_by).where(
        sa.or_(approvals.c.subject_id == subject, approvals.c.id.in_(let_go)), approvals.c.executed_by.is_not(None)
    )
    return set(tx.connection.scalars(query))


# --- variances ---------------------------------------------------------------------------------------------------------


def add_variance(tx: Tx, one: Variance) -> None:
    tx.connection.execute(
        sa.insert(variances).values(
            id=one.id,
            organisation_id=one.organisation,
            payment_id=one.payment,
            original_minor=one.original.minor,
            adjusted_minor=one.adjusted.minor,
            currency=one.original.currency.code,
            reason=one.reason,
            requested_by=one.requester,
            ruling=one.ruling.value,
            at=one.at,
            version=one.version,
        )
    )


def rule_variance(tx: Tx, one: Variance, ruling: Ruling) -> None:
    """It was decided. Raises `Stale` when somebody else did so meanwhile."""
    mine = sa.and_(variances.c.id == one.id, variances.c.version == one.version)
    done = sa.update(variances).where(mine).values(ruling=ruling.value, version=one.version + 1)
    if tx.connection.execute(done).rowcount != 1:
        raise Stale(one.id)


def variance(tx: Tx, id_: UUID, *, lock: bool = False) -> Variance | None:
    query = sa.select(variances).where(variances.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _variance(row) if row is not None else None


def variances_of(
    tx: Tx, organisation: OrganisationId, *, limit: int, before: UUID | None = None, payment: UUID | None = None
) -> list[Variance]:
    """The newest first."""
    query = sa.select(variances).where(variances.c.organisation_id == organisation)
    if before is not None:
        query = query.where(variances.c.id < before)
    if payment is not None:
        query = query.where(variances.c.payment_id == payment)
    return [_variance(row) for row in tx.connection.execute(query.order_by(variances.c.id.desc()).limit(limit))]


def _variance(row: Any) -> Variance:
    currency = Currency[row.currency]
    return Variance(
        VarianceId(row.id),
        row.organisation_id,
        row.payment_id,
        Money(row.original_minor, currency),
        Money(row.adjusted_minor, currency),
        row.reason,
        row.requested_by,
        Ruling(row.ruling),
        row.at,
        row.version,
    )


# --- replenishments ----------------------------------------------------------------------------------------------------


def add_replenishment(tx: Tx, one: Replenishment) -> None:
    tx.connection.execute(
        sa.insert(replenishments).values(
            id=one.id,
            organisation_id=one.organisation,
            fund_id=one.fund,
            minor=one.amount.minor,
            currency=one.amount.currency.code,
            requested_by=one.requester,
            ruling=one.ruling.value,
            at=one.at,
            version=one.version,
        )
    )


def rule_replenishment(tx: Tx, one: Replenishment, ruling: Ruling) -> None:
    """It was decided. Raises `Stale` when somebody else did so meanwhile."""
    mine = sa.and_(replenishments.c.id == one.id, replenishments.c.version == one.version)
    done = sa.update(replenishments).where(mine).values(ruling=ruling.value, version=one.version + 1)
    if tx.connection.execute(done).rowcount != 1:
        raise Stale(one.id)


def replenishment(tx: Tx, id_: UUID, *, lock: bool = False) -> Replenishment | None:
    query = sa.select(replenishments).where(replenishments.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _replenishment(row) if row is not None else None


def replenishments_of(
    tx: Tx, organisation: OrganisationId, *, limit: int, before: UUID | None = None
) -> list[Replenishment]:
    """The newest first."""
    query = sa.select(replenishments).where(replenishments.c.organisation_id == organisation)
    if before is not None:
        query = query.where(replenishments.c.id < before)
    newest = query.order_by(replenishments.c.id.desc()).limit(limit)
    return [_replenishment(row) for row in tx.connection.execute(newest)]


def open_replenishment(tx: Tx, fund: FundId) -> Replenishment | None:
    """The one that nobody has decided, if there is one."""
    query = sa.select(replenishments).where(
        replenishments.c.fund_id == fund, replenishments.c.ruling == Ruling.PENDING.value
    )
    row = tx.connection.execute(query).one_or_none()
    return _replenishment(row) if row is not None else None


def _replenishment(row: Any) -> Replenishment:
    return Replenishment(
        ReplenishmentId(row.id),
        row.organisation_id,
        row.fund_id,
        Money(row.minor, Currency[row.currency]),
        row.requested_by,
        Ruling(row.ruling),
        row.at,
        row.version,
    )
