"""Payments as operators, exports and lists see them: pages by key, newest or oldest first, payers masked unless told."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core import receipt_codes
from core.fees import receipt_number
from core.ids import CustomerAccountId, OrganisationId, PaymentId
from core.money import Currency, Money
from core.payments import Method, Status
from core.phones import Msisdn
from core.references import Reference
from storage import applications as application_store
from storage import audit, exchanges
from storage import payments as payment_store
from storage.fast import Lookup
from storage.payments import AGAIN, ASKED_AGAIN, PayerSeen
from storage.people import msisdn_index
from storage.redaction import redacted
from storage.tables import applications, customer_accounts, organisations, payments, receipts, suspense_items
from storage.tables.money import NOT_BY_PAYBILL, NOT_COMPLETED
from storage.tx import Tx
from storage.types import to_us

PAGE = 1_000


class AppliedTo(msgspec.Struct, frozen=True):
    """What a customer account got of a payment, in all."""

    account: str
    amount: str


class Times(msgspec.Struct, frozen=True):
    initiated: datetime
    completed: datetime | None
    value_on: date | None
    """The organisation's calendar day on which the money arrived."""


class PaymentLine(msgspec.Struct, frozen=True):
    """One payment: the object of `karani export payments --json` (DESIGN 8). Amounts are decimal text in `currency`; what
    is completed was applied or is in suspense, to the last cent."""

    id: UUID
    organisation: str
    provider: str
    method: str
    receipt: str | None
    """The provider's."""
    receipt_number: str | None
    """Ours."""
    amount: str
    currency: str
    reference: str
    payer: str
    status: str
    applied: list[AppliedTo]
    suspense: str
    times: Times


class Filters(msgspec.Struct, frozen=True):
    """Which payments. What is None is not asked. `since` and `until` are moments of the first word of the payment."""

    organisation: OrganisationId | None = None
    provider: str | None = None
    method: Method | None = None
    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None
    reference: str | None = None
    payer: str | None = None
    """A whole number, as digits with the country code."""
    account: CustomerAccountId | None = None
    """That has a part of it, or had."""


_COLUMNS = (
    payments.c.id,
    organisations.c.slug,
    payments.c.provider,
    payments.c.method,
    payments.c.receipt,
    receipts.c.number,
    payments.c.minor,
    payments.c.currency,
    payments.c.reference,
    payments.c.payer_sealed,
    payments.c.status,
    payments.c.created_at,
    payments.c.completed_at,
    payments.c.value_on,
)
_SELECT = (
    sa.select(*_COLUMNS)
    .join(organisations, organisations.c.id == payments.c.organisation_id)
    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
)
_APPLIED = Lookup(
    sa.select(applications.c.payment_id, customer_accounts.c.reference, sa.func.sum(applications.c.minor))
    .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
    .group_by(applications.c.payment_id, customer_accounts.c.reference),
    applications.c.payment_id,
    order_by=(applications.c.payment_id, customer_accounts.c.reference),
)
_WAITING = Lookup(
    sa.select(suspense_items.c.payment_id, suspense_items.c.minor).where(suspense_items.c.closed_at.is_(None)),
    suspense_items.c.payment_id,
)


def payments_list(
    tx: Tx, filters: Filters, *, limit: int = 50, before: UUID | None = None, clear: bool = False
) -> list[PaymentLine]:
    """The newest payments that fit, older than the payment `before`. Ids increase in time, so they are the key of pages."""
    query = _filtered(tx, filters).order_by(payments.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(payments.c.id < before)
    return _lines(tx, tx.connection.execute(query).all(), clear=clear)


def payments_of(tx: Tx, ids: Sequence[PaymentId], *, clear: bool = False) -> list[PaymentLine]:
    """These payments, the newest first."""
    query: sa.Select[Any] = _SELECT.where(payments.c.id.in_(ids)).order_by(payments.c.id.desc())
    return _lines(tx, tx.connection.execute(query).all(), clear=clear)


def exported(
    tx: Tx, *, after: UUID | None = None, filters: Filters | None = None, limit: int = PAGE, clear: bool = False
) -> list[PaymentLine]:
    """The oldest payments after the payment `after`: a page of an export. A page that is not full is the last."""
    query = _filtered(tx, filters or Filters()).order_by(payments.c.id).limit(limit)
    if after is not None:
        query = query.where(payments.c.id > after)
    return _lines(tx, tx.connection.execute(query).all(), clear=clear)


def _filtered(tx: Tx, filters: Filters) -> sa.Select[Any]:
    wanted = {
        payments.c.organisation_id: filters.organisation,
        payments.c.provider: filters.provider,
        payments.c.reference_key: Reference.read(filters.reference).canonical if filters.reference else None,
        payments.c.payer_index: msisdn_index(tx, Msisdn(filters.payer)) if filters.payer else None,
    }
    query: sa.Select[Any] = _SELECT.where(*(column == value for column, value in wanted.items() if value is not None))
    if filters.account is not None:
        theirs = sa.select(applications.c.payment_id).where(applications.c.account_id == filters.account)
        query = query.where(payments.c.id.in_(theirs))
    if filters.status is not None:
        query = query.where(payments.c.status == sa.literal_column(f"'{filters.status.value}'"))
        if filters.status is not Status.COMPLETED:
            query = query.where(NOT_COMPLETED)
    if filters.method is not None:
        query = query.where(payments.c.method == sa.literal_column(f"'{filters.method.value}'"))
        if filters.method is not Method.PAYBILL:
            query = query.where(NOT_BY_PAYBILL)
    if filters.since is not None:
        query = query.where(
            payments.c.created_at >= filters.since, payments.c.id >= _first_id(to_us(filters.since) - _APART_US)
        )
    if filters.until is not None:
        query = query.where(
            payments.c.created_at < filters.until, payments.c.id < _first_id(to_us(filters.until) + _APART_US)
        )
    return query


_APART_US = 24 * 3_600 * 1_000_000
"""A payment's id is made at its moment, by the clock of its process: never further from it than this."""


def _first_id(us: int) -> UUID:
    """No id (UUIDv7) that was made from then on is below this: days are a stretch of the pages' own key."""
    return UUID(int=max(0, us // 1_000) << 80)


def _lines(tx: Tx, rows: Sequence[Sequence[Any]], *, clear: bool) -> list[PaymentLine]:
    ids = [row[0] for row in rows]
    applied: dict[UUID, list[tuple[str, int]]] = {}
    for payment, reference, minor in _APPLIED(tx, ids):
        applied.setdefault(payment, []).append((reference, int(minor)))
    waiting = dict(_WAITING(tx, ids))
    return [_line(tx, row, applied.get(row[0], ()), waiting.get(row[0], 0), clear=clear) for row in rows]


def _line(tx: Tx, row: Sequence[Any], applied: Sequence[tuple[str, int]], waiting: int, *, clear: bool) -> PaymentLine:
    id_, slug, provider, method, receipt, number, minor, code, reference, payer, status, created, completed, value = row
    currency = Currency[code]
    return PaymentLine(
        id=id_,
        organisation=slug,
        provider=provider,
        method=method,
        receipt=receipt,
        receipt_number=receipt_number(number) if number else None,
        amount=Money(minor, currency).plain(),
        currency=code,
        reference=reference,
        payer=_shown(payment_store.open_payer(tx, payer), clear=clear),
        status=status,
        applied=[AppliedTo(account, Money(part, currency).plain()) for account, part in applied if part],
        suspense=Money(waiting, currency).plain(),
        times=Times(created, completed, value if completed else None),
    )


def _shown(payer: PayerSeen, *, clear: bool) -> str:
    return payer.msisdn if clear and payer.msisdn else payer.shown


# --- one payment, with all that is known of it --------------------------------------------------------------------------


class Step(msgspec.Struct, frozen=True):
    """A change of its state: when, who, from where, and why."""

    at: datetime
    state: str
    action: str
    actor: str
    origin: str
    reason: str
    trace: str


class Said(msgspec.Struct, frozen=True):
    """One exchange with the provider about it, redacted: what was told (`in`) or asked (`out`), and what came of it."""

    at: datetime
    direction: str
    operation: str
    outcome: str
    detail: str
    address: str
    latency_ms: int | None
    request: str
    response: str | None


class Share(msgspec.Struct, frozen=True):
    """A part of it and what that settled (`item`; None: held as credit), decided how."""

    account: str
    item: str | None
    amount: str
    strategy: str
    reason: str


class PaymentShown(msgspec.Struct, frozen=True):
    payment: PaymentLine
    payer_name: str
    typed: str
    """The reference exactly as typed."""
    provider_request_id: str | None
    fail_reason: str | None
    shares: list[Share]
    witnesses: list[str]
    """Who told us that the money came, in order."""
    history: list[Step]
    exchanges: list[Said]
    follows: UUID | None = None
    """The failed payment in whose place this was asked for."""
    followed_by: UUID | None = None
    """What was asked for in this one's place, after it failed."""


def payments_named(tx: Tx, name: str, *, organisation: OrganisationId | None = None) -> list[PaymentId]:
    """The payments of that id, receipt of the provider, or receipt of ours: its code, or its number (which every
    organisation counts)."""
    name = name.strip()
    found = _ids(tx, sa.select(payments.c.id).where(payments.c.receipt.in_([name, name.upper()])), organisation)
    with contextlib.suppress(ValueError):
        found += _ids(tx, sa.select(payments.c.id).where(payments.c.id == UUID(name)), organisation)
    if name[:1].upper() == "R" and name[1:].isdecimal() and len(name) < _LONGEST_NUMBER:
        numbered = sa.select(payments.c.id).join(receipts, receipts.c.payment_id == payments.c.id)
        everywhere = sa.select(organisations.c.id)
        query = numbered.where(receipts.c.organisation_id.in_(everywhere), receipts.c.number == int(name[1:]))
        found += _ids(tx, query, organisation)
    if code := receipt_codes.read(name):
        coded = sa.select(payments.c.id).join(receipts, receipts.c.payment_id == payments.c.id)
        found += _ids(tx, coded.where(receipts.c.code == code), organisation)
    return list(dict.fromkeys(found))


def _ids(tx: Tx, query: sa.Select[Any], organisation: OrganisationId | None) -> list[PaymentId]:
    if organisation is not None:
        query = query.where(payments.c.organisation_id == organisation)
    return list(tx.connection.execute(query.order_by(payments.c.id)).scalars())


_LONGEST_NUMBER = 10


def payment_shown(tx: Tx, payment: PaymentId, *, clear: bool = False) -> PaymentShown | None:
    """One payment with its history, its exchanges (redacted) and where its money went."""
    columns = (payments.c.payer_sealed, payments.c.provider_request_id, payments.c.fail_reason)
    found = tx.connection.execute(_SELECT.add_columns(*columns[1:]).where(payments.c.id == payment)).one_or_none()
    if found is None:
        return None
    said = exchanges.of_payment(tx, payment)
    payer = payment_store.open_payer(tx, found.payer_sealed)
    steps = audit.history(tx, payment)
    return PaymentShown(
        payment=_lines(tx, [found[: len(_COLUMNS)]], clear=clear)[0],
        payer_name=payer.name if clear else initials(payer.name),
        typed=payer.typed if clear else redacted(payer.typed.encode()),
        provider_request_id=found.provider_request_id,
        fail_reason=found.fail_reason,
        shares=[
            Share(
                one.reference,
                one.item,
                one.application.amount.plain(),
                one.application.strategy.value,
                one.application.reason,
            )
            for one in application_store.of_payment(tx, payment)
        ],
        witnesses=[kept.exchange.operation for kept in said if kept.exchange.outcome.value in ("credited", "known")],
        history=[
            Step(
                one.at,
                one.change.to_state or "",
                one.change.action,
                f"{one.actor_kind} {one.actor}",
                one.origin,
                one.change.reason,
                one.change.trace,
            )
            for one in steps
        ],
        exchanges=[_said(kept, clear=clear) for kept in said],
        follows=next(
            (UUID(why[len(AGAIN) :]) for step in steps[:1] if (why := step.change.reason).startswith(AGAIN)), None
        ),
        followed_by=next((UUID(step.change.reason) for step in steps if step.change.action == ASKED_AGAIN), None),
    )


def _said(kept: exchanges.Kept, *, clear: bool) -> Said:
    exchange = kept.exchange
    return Said(
        at=kept.at,
        direction=exchange.direction,
        operation=exchange.operation,
        outcome=exchange.outcome.value,
        detail=redacted(exchange.detail.encode(), clear=clear),
        address=exchange.address,
        latency_ms=exchange.latency_ms,
        request=redacted(exchange.request, clear=clear),
        response=None if exchange.response is None else redacted(exchange.response, clear=clear),
    )


def said_in(tx: Tx, found: Sequence[UUID], *, beside: Sequence[PaymentId]) -> list[str]:
    """What was said in these exchanges, people shown and secrets covered, but for those of the payments that stand beside."""
    said = exchanges.these(tx, found)
    return [redacted(kept.exchange.request, clear=True) for kept in said if kept.exchange.payment not in beside]


def initials(name: str) -> str:
    """A name as others may see it: `A. W.`."""
    return " ".join(f"{word[0]}." for word in name.split())


# --- what nobody could read ---------------------------------------------------------------------------------------------


class UnreadLine(msgspec.Struct, frozen=True):
    """A callback that is kept because nobody could read or handle it: it may be money."""

    id: UUID
    at: datetime
    provider: str
    operation: str
    address: str
    detail: str
    body: str


def unread_list(
    tx: Tx, *, organisation: OrganisationId | None = None, limit: int = 100, clear: bool = False
) -> list[UnreadLine]:
    """What waits to be looked at, newest first."""
    return [
        UnreadLine(
            kept.id,
            kept.at,
            kept.exchange.provider,
            kept.exchange.operation,
            kept.exchange.address,
            redacted(kept.exchange.detail.encode(), clear=clear),
            redacted(kept.exchange.request, clear=clear),
        )
        for kept in exchanges.unread(tx, limit=limit)
        if organisation is None or kept.exchange.organisation == organisation
    ]
