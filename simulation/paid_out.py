"""Money out: what M-Pesa really paid against what the books say, and who had said yes to it.

Trusts neither the program's states nor its balances: orders are those that M-Pesa got, people are those who exist.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from core.phones import Msisdn
from sandbox.disbursing import Order
from simulation.petty_cash import wrong_funds
from simulation.town import Town
from storage import payouts as store
from storage.payouts import Filters
from storage.tables import (
    changes,
    ledger_accounts,
    organisations,
    payments,
    payouts,
    postings,
    provider_accounts,
    refunds,
)
from storage.tx import Tx

OPEN = ("reserved", "sending", "processing", "unknown")
LACKS_MONEY = 1
"""M-Pesa's word for it."""
FLOAT_IS_FRESH = timedelta(minutes=15)
SENDER_IS_GONE = timedelta(minutes=70)
"""A call lasts a minute at most, its lease two; but the power may be off for an hour."""
MAY_WAIT = ("the balance", "halted:")
"""Why a payout may still be set aside when all is at rest: nobody can pay what is not there."""


@dataclass(frozen=True, slots=True)
class Told:
    """A payout as the books have it, and what M-Pesa was told to do for it."""

    id: UUID
    subject: tuple[str, UUID]
    state: str
    minor: int
    payee: Msisdn
    gives_back: str
    receipt: str | None
    charge: int
    why: str
    orders: tuple[Order, ...]

    @property
    def paid(self) -> list[Order]:
        return [order for order in self.orders if order.is_paid]


def wrong_payouts(town: Town, *, at_rest: bool) -> list[str]:
    """Money that went otherwise than the books say. At rest everything that was let go has come to an end."""
    orders = town.pretend.daraja.disbursing.orders
    told: list[Told] = town.look(lambda tx: _told(tx, orders))
    broken = [*_strangers(told, orders), *_twice(told), *_otherwise(told), *_beyond(town, told)]
    broken += _uncovered(town, orders)
    broken += [f"payout {name} was sent again" for name in town.pretend.daraja.disbursing.repeated]
    broken += town.look(lambda tx: [*_below_nothing(tx), *wrong_funds(tx), *_meanwhile(tx, told)])
    if at_rest:
        broken += [*_unended(told), *_charges(town, told)]
    return broken


def _told(tx: Tx, orders: list[Order]) -> list[Told]:
    named: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        named[order.gives_back or order.originator].append(order)
    return [
        Told(
            one.id,
            (one.subject_kind, one.subject),
            one.state.value,
            one.amount.minor,
            one.payee.msisdn,
            one.original_receipt,
            one.receipt,
            one.charge.minor if one.charge else 0,
            one.last_error,
            tuple(named[one.original_receipt or str(one.id)]),
        )
        for one in store.listed(tx, Filters(), limit=100_000)
    ]


def _strangers(told: list[Told], orders: list[Order]) -> Iterator[str]:
    known = {one.gives_back or str(one.id) for one in told}
    for order in orders:
        if (order.gives_back or order.originator) not in known:
            yield f"M-Pesa was told to pay {order.originator}, of which the books know nothing"


def _uncovered(town: Town, orders: list[Order]) -> Iterator[str]:
    """Nothing is sent that the float surely did not hold: its charge apart, and what M-Pesa took back of its own accord."""
    taken = [back.at for back in town.pretend.mpesa.reversals]
    for order in orders:
        is_short = order.code == LACKS_MONEY and order.amount > order.held
        if is_short and not any(order.at - FLOAT_IS_FRESH < at < order.at + FLOAT_IS_FRESH for at in taken):
            yield f"{order.amount} were sent for, and the float held {order.held}"


def _twice(told: list[Told]) -> Iterator[str]:
    """Each thing that was approved is paid once at most, by however many tries."""
    times: Counter[tuple[str, UUID]] = Counter()
    given_back: set[str] = set()
    for one in told:
        if one.gives_back in given_back:
            continue  # one receipt, whoever asked first
        given_back |= {one.gives_back} - {""}
        times[one.subject] += len(one.paid)
    for (kind, subject), paid in times.items():
        if paid > 1:
            yield f"{kind} {subject} was paid {paid} times at M-Pesa"


def _otherwise(told: list[Told]) -> Iterator[str]:
    """What M-Pesa was told is what was approved; what the books call paid or failed is so there."""
    for one in told:
        for order in one.orders:
            if order.amount.minor != one.minor or (not one.gives_back and order.payee != one.payee):
                yield f"payout {one.id} of {one.minor} went as {order.amount.minor} to {order.payee}"
        if one.state == "reserved" and one.paid and not one.gives_back:
            yield f"payout {one.id} waits to be sent, and M-Pesa has paid it"


def _meanwhile(tx: Tx, told: list[Told]) -> Iterator[str]:
    """What was said of a payout on the way to its end: it never failed when M-Pesa paid it in the end, and nothing stays with a
    sender who is gone."""
    ours = {one.id: one for one in told if not one.gives_back}
    since: dict[UUID, datetime] = {}
    query = (
        sa.select(changes.c.subject_id, changes.c.to_state, changes.c.at)
        .where(changes.c.subject_kind == "payout")
        .order_by(changes.c.subject_id, changes.c.sequence)
    )
    for id_, state, at in tx.connection.execute(query):
        if state == "failed" and id_ in ours and ours[id_].paid:
            yield f"payout {id_} was called failed at {at}, and M-Pesa had paid it or had not decided"
        if id_ in since and at - since[id_] > SENDER_IS_GONE:
            yield f"payout {id_} was still sending {at - since[id_]} after it was taken"
        since.pop(id_, None)
        if state == "sending":
            since[id_] = at
    for id_, at in since.items():
        if tx.now - at > SENDER_IS_GONE:
            yield f"payout {id_} is still sending {tx.now - at} after it was taken"


def _unended(told: list[Told]) -> Iterator[str]:
    for one in told:
        if one.state in OPEN and not (one.state == "reserved" and one.why.startswith(MAY_WAIT)):
            yield f"payout {one.id} is still {one.state}: {one.why}"
        if (one.state == "paid") != bool(one.paid) and one.state not in OPEN and not one.gives_back:
            yield f"payout {one.id} is {one.state} in the books and {'' if one.paid else 'not '}paid at M-Pesa"
        if one.state == "paid" and one.paid and one.receipt not in (one.paid[0].receipt, one.gives_back):
            yield f"payout {one.id} is paid by {one.receipt}, M-Pesa calls it {one.paid[0].receipt}"


def _charges(town: Town, told: list[Told]) -> Iterator[str]:
    """What M-Pesa took is booked, and its word on what each short code holds is ours."""
    for one in told:
        taken = sum(order.charge.minor for order in one.paid)
        if one.state == "paid" and one.charge != taken:
            yield f"M-Pesa took {taken} for payout {one.id}, the books say {one.charge}"
    for shortcode, minor in town.look(_floats):
        payee = town.pretend.mpesa.payee(shortcode)
        if payee is not None and payee.utility.minor != minor:
            yield f"M-Pesa holds {payee.utility.minor} for {shortcode}, our float says {minor}"


def _floats(tx: Tx) -> list[tuple[str, int]]:
    code = sa.literal("asset:float:mpesa:") + provider_accounts.c.shortcode
    query = (
        sa.select(provider_accounts.c.shortcode, sa.func.coalesce(sa.func.sum(postings.c.minor), 0))
        .join(
            ledger_accounts,
            (ledger_accounts.c.organisation_id == provider_accounts.c.organisation_id)
            & (ledger_accounts.c.code == code),
        )
        .join(postings, postings.c.account_id == ledger_accounts.c.id)
        .where(provider_accounts.c.provider == "mpesa")
        .group_by(provider_accounts.c.shortcode)
    )
    return [(shortcode, int(minor)) for shortcode, minor in tx.connection.execute(query)]


def _beyond(town: Town, told: list[Told]) -> Iterator[str]:
    """What was paid back of a payment is never more than was paid, by M-Pesa's own word."""
    of_payment = dict(town.look(_payments_of_refunds))
    sums = {done.receipt: done.amount.minor for done in town.pretend.mpesa.transactions}
    back: Counter[str] = Counter()
    seen: set[str] = set()
    for one in told:
        receipt = of_payment.get(one.subject[1]) if one.subject[0] == "refund" else None
        if receipt is None or one.gives_back in seen:
            continue
        seen |= {one.gives_back} - {""}
        back[receipt] += sum(order.amount.minor for order in one.paid)
    for receipt, minor in back.items():
        if minor > sums.get(receipt, 0):
            yield f"{minor} of {receipt} were paid back, and {sums.get(receipt, 0)} had been paid"


def given_back(tx: Tx) -> frozenset[str]:
    """Receipts that we asked M-Pesa to undo ourselves: its operators do not undo those as well."""
    query = sa.select(payouts.c.original_receipt).where(payouts.c.original_receipt != "")
    return frozenset(receipt for (receipt,) in tx.connection.execute(query))


def refunded_receipts(tx: Tx) -> frozenset[str]:
    """Of payments whose refund was asked for."""
    return frozenset(receipt for _, receipt in _payments_of_refunds(tx))


def back_by_both(tx: Tx) -> frozenset[str]:
    """Payments that operators took back and a payout paid back: verify names them, and people settle it with the payer."""
    query = (
        sa.select(payments.c.id)
        .join(refunds, refunds.c.payment_id == payments.c.id)
        .where(payments.c.status == "reversed", refunds.c.state == "paid")
    )
    return frozenset(str(id_) for (id_,) in tx.connection.execute(query))


def _payments_of_refunds(tx: Tx) -> list[tuple[UUID, str]]:
    query = sa.select(refunds.c.id, payments.c.receipt).join(payments, payments.c.id == refunds.c.payment_id)
    return [(refund, receipt) for refund, receipt in tx.connection.execute(query)]


def _below_nothing(tx: Tx) -> Iterator[str]:
    """Money that is promised is never less than none: nothing is released or settled twice, but for what payers got from us
    and from M-Pesa's operators as well."""
    query = (
        sa.select(organisations.c.slug, ledger_accounts.c.code, sa.func.sum(postings.c.minor))
        .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
        .join(organisations, organisations.c.id == ledger_accounts.c.organisation_id)
        .where(ledger_accounts.c.code.in_(["liability:payout", "liability:refunds"]))
        .group_by(organisations.c.slug, ledger_accounts.c.code)
    )
    both = (
        sa.select(organisations.c.slug, sa.func.sum(refunds.c.minor))
        .join(payments, payments.c.id == refunds.c.payment_id)
        .join(organisations, organisations.c.id == refunds.c.organisation_id)
        .where(payments.c.status == "reversed", refunds.c.state.in_(["paying", "paid"]))
        .group_by(organisations.c.slug)
    )
    owed_to_us = {slug: int(minor) for slug, minor in tx.connection.execute(both)}
    for slug, code, minor in tx.connection.execute(query):
        if minor > (owed_to_us.get(slug, 0) if code == "liability:refunds" else 0):
            yield f"{code} of {slug} is {minor} below nothing"
