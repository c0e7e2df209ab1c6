"""Receipts: one a payment, numbered per organisation without gaps, each with a code that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core import receipt_codes
from core.ids import OrganisationId, PaymentId
from core.money import Currency, Money
from core.payments import Status
from storage.fast import Insert, Lookup
from storage.tables import applications, changes, customer_accounts, open_items, organisations, payments, receipts
from storage.tx import Tx

_INSERT = Insert(receipts)
_TAKEN = Lookup(sa.select(receipts.c.code), receipts.c.code)
_MOST_TRIES = 8
"""Two payments of a million have the same first code about every second time: the later one then gets its next."""


def add(tx: Tx, new: Sequence[tuple[OrganisationId, int, PaymentId, str]]) -> None:
    """Write receipts: (organisation, number, payment, code)."""
    _INSERT(tx, [(organisation, number, payment, code, tx.now) for organisation, number, payment, code in new])


def new_codes(tx: Tx, wanted: Sequence[PaymentId]) -> list[str]:
    """The codes of payments that get a receipt now: each the payment's own, and nobody's yet."""
    codes = [_code(tx, payment, 0) for payment in wanted]
    taken = {code for (code,) in _TAKEN(tx, codes)} if codes else set()
    for at, payment in enumerate(wanted):
        if codes[at] in taken:
            codes[at] = _next_free(tx, payment, taken)
        taken.add(codes[at])
    return codes


def _next_free(tx: Tx, payment: PaymentId, taken: set[str]) -> str:
    tries = [_code(tx, payment, nth) for nth in range(_MOST_TRIES)]
    taken |= {code for (code,) in _TAKEN(tx, tries)}
    return next(code for code in tries if code not in taken)


def is_code_of(tx: Tx, payment: PaymentId, code: str) -> bool:
    """Did this program give that code to this payment?"""
    return any(_code(tx, payment, nth) == code for nth in range(_MOST_TRIES))


def _code(tx: Tx, payment: PaymentId, nth: int) -> str:
    """From the key that outlives every rotation of the secret keys: a receipt stays true for ever."""
    return receipt_codes.code_from(tx.vault.mac(f"receipt code|{payment.hex}|{nth}".encode()))


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a payment is told by: our number, and the code that proves it."""

    number: int
    code: str


def of(tx: Tx, payment: PaymentId) -> Labelled:
    """The receipt of a payment whose money came: each has one, from the transaction that credited it."""
    query = sa.select(receipts.c.number, receipts.c.code).where(receipts.c.payment_id == payment)
    row = tx.connection.execute(query).one()
    return Labelled(row.number, row.code)


@dataclass(frozen=True, slots=True)
class Share:
    """A customer account that has a part of the payment now."""

    holder: str
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt with what has become of its payment since."""

    payment: PaymentId
    number: int
    code: str
    organisation: str
    amount: Money
    value_on: date
    status: Status
    moved: bool
    """Did staff move it to another account?"""
    shares: tuple[Share, ...]
    """Empty while nobody knows whose it is."""


def by_code(tx: Tx, code: str) -> Issued | None:
    """The receipt that bears this code, in our spelling."""
    return _issued(tx, receipts.c.code == code)


def of_payment(tx: Tx, payment: PaymentId) -> Issued | None:
    """The receipt of a payment; None while it has none."""
    return _issued(tx, receipts.c.payment_id == payment)


def _issued(tx: Tx, which: sa.ColumnElement[bool]) -> Issued | None:
    row = tx.connection.execute(
        sa.select(
            receipts.c.payment_id,
            receipts.c.number,
            receipts.c.code,
            organisations.c.name,
            payments.c.minor,
            payments.c.currency,
            payments.c.value_on,
            payments.c.status,
        )
        .join(payments, payments.c.id == receipts.c.payment_id)
        .join(organisations, organisations.c.id == receipts.c.organisation_id)
        .where(which)
    ).one_or_none()
    if row is None:
        return None
    currency = Currency[row.currency]
    return Issued(
        payment=PaymentId(row.payment_id),
        number=row.number,
        code=row.code,
        organisation=row.name,
        amount=Money(row.minor, currency),
        value_on=row.value_on,
        status=Status(row.status),
        moved=_was_moved(tx, row.payment_id),
        shares=_shares(tx, row.payment_id, currency),
    )


def _was_moved(tx: Tx, payment: PaymentId) -> bool:
    moves = sa.select(changes.c.id).where(changes.c.subject_id == payment, changes.c.action == "applications_moved")
    return tx.connection.execute(moves.limit(1)).first() is not None


def _shares(tx: Tx, payment: PaymentId, currency: Currency) -> tuple[Share, ...]:
    """Where the money is now: what was moved away from an account is no longer that account's."""
    share = sa.func.sum(applications.c.minor)
    rows = tx.connection.execute(
        sa.select(customer_accounts.c.holder, customer_accounts.c.reference, share.label("minor"))
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .where(applications.c.payment_id == payment)
        .group_by(customer_accounts.c.id, customer_accounts.c.holder, customer_accounts.c.reference)
        .having(share > 0)
        .order_by(customer_accounts.c.reference)
    )
    return tuple(Share(row.holder, row.reference, Money(int(row.minor), currency)) for row in rows)


@dataclass(frozen=True, slots=True)
class Part:
    """What a payment does for one account: pays this invoice, or, without one, is held as credit."""

    holder: str
    reference: str
    invoice: str | None
    amount: Money


def parts(tx: Tx, payment: PaymentId) -> list[Part]:
    """Where a payment stands applied now, by account, the oldest invoice of each first and credit last."""
    share = sa.func.sum(applications.c.minor)
    rows = tx.connection.execute(
        sa.select(
            customer_accounts.c.holder,
            customer_accounts.c.reference,
            customer_accounts.c.currency,
            open_items.c.number,
            share.label("minor"),
        )
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .outerjoin(open_items, open_items.c.id == applications.c.item_id)
        .where(applications.c.payment_id == payment)
        .group_by(
            customer_accounts.c.id,
            customer_accounts.c.holder,
            customer_accounts.c.reference,
            customer_accounts.c.currency,
            open_items.c.id,
            open_items.c.number,
            open_items.c.due_on,
        )
        .having(share > 0)
        .order_by(
            customer_accounts.c.reference,
            open_items.c.number.is_(None),
            open_items.c.due_on,
            open_items.c.number,
        )
    )
    return [Part(row.holder, row.reference, row.number, Money(int(row.minor), Currency[row.currency])) for row in rows]
