"""What the books say about what the world saw since somebody last looked: a few small questions, compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.ids import CustomerAccountId, MessageId, OrganisationId, PaymentId
from core.ledger import customer_credit, receivable
from core.messages import Message, PaymentReceived
from core.money import Currency
from core.phones import Msisdn
from storage import outbox as outbox_store
from storage import people
from storage.fast import Lookup, Query
from storage.ledger import balance_as_of
from storage.tables import (
    applications,
    attempts,
    balances,
    consents,
    customer_accounts,
    entries,
    open_items,
    outbox,
    payments,
    plans,
    postings,
    promises,
    receipts,
)
from storage.tx import Tx

AT_ONCE = timedelta(seconds=60)
"""What was committed while a text was handed over could not stop it; and a process's clock may be wrong by half of this."""

_BALANCE = Query(sa.select(sa.func.coalesce(sa.func.sum(balances.c.minor), 0)))
_RECEIPTS = Query(
    sa.select(receipts.c.organisation_id, sa.func.count(), sa.func.max(receipts.c.number)).group_by(
        receipts.c.organisation_id
    )
)
_COINS = Query(sa.select(sa.func.count()).select_from(payments).where(payments.c.receipt.is_not(None)))
_COIN = Query(sa.select(payments.c.id).where(payments.c.receipt == sa.bindparam("receipt")))
_TOLD = Query(
    sa.select(outbox.c.id, outbox.c.event, outbox.c.payment_id)
    .join(attempts, outbox.c.id == attempts.c.message_id)
    .where(attempts.c.gateway_id == sa.bindparam("gateway_id"))
)
_SAID = Query(
    sa.select(consents.c.topic, consents.c.channel, consents.c.wanted, consents.c.at)
    .where(
        consents.c.address_index == sa.bindparam("index"), consents.c.organisation_id == sa.bindparam("organisation")
    )
    .order_by(consents.c.id)
)


@dataclass(frozen=True, slots=True)
class Sums:
    """The books in four numbers."""

    trial_balance: int
    receipts: Sequence[tuple[UUID, int, int]]
    """By organisation: how many, and the highest number."""
    coins: int
    forgotten: Sequence[str]
    """Receipts that M-Pesa was told we have, and that are nowhere."""


def sums(tx: Tx, acknowledged: Sequence[str]) -> Sums:
    return Sums(
        trial_balance=int(_BALANCE(tx)[0][0]),
        receipts=[(row[0], row[1], row[2]) for row in _RECEIPTS(tx)],
        coins=int(_COINS(tx)[0][0]),
        forgotten=[receipt for receipt in acknowledged if not _COIN(tx, receipt=receipt)],
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What a text told: the row of the outbox behind it."""

    message: MessageId
    event: str
    payment: PaymentId | None


def told_by(tx: Tx, gateway_id: str) -> Told | None:
    rows = _TOLD(tx, gateway_id=gateway_id)
    return Told(*rows[0]) if rows else None


def told_in_full(tx: Tx, told: Told) -> tuple[Message, datetime]:
    """The message that it was, and when it was written."""
    ((sealed, _, at),) = _FACTS(tx, message=told.message)
    return outbox_store.read_message(told.event, outbox_store.message_facts(tx, sealed)), at


def said_by(tx: Tx, organisation: UUID, to: Msisdn) -> list[tuple[str, str, bool, datetime]]:
    """Every stop and start of a phone: the topic, the channel, whether it is wanted, and when."""
    rows = _SAID(tx, index=people.msisdn_index(tx, to), organisation=organisation)
    return [(topic, channel, bool(wanted), at) for topic, channel, wanted, at in rows]


# --- debts -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chased:
    """A student in the moment of a text."""

    owed: int
    """In minor units."""
    promised: bool
    """A promise stood."""
    oldest: date | None
    """The oldest day among what is owed; None for nothing, where a plan has other days, and where what is owed has changed since."""
    next: date | None
    """The first day among what is owed that was not over."""
    broken: date | None
    """The day of the promise that was broken last."""


def chased(tx: Tx, organisation: UUID, number: str, at: datetime, currency: Currency, today: date) -> Chased:
    mine = (customer_accounts.c.reference == number) & (customer_accounts.c.organisation_id == organisation)
    account = CustomerAccountId(tx.connection.execute(sa.select(customer_accounts.c.id).where(mine)).scalar_one())
    place = receivable(OrganisationId(organisation), account, currency)
    owed = balance_as_of(tx, place, recorded_until=at - AT_ONCE)
    since = sa.select(entries.c.id).join(postings, postings.c.entry_id == entries.c.id)
    has_changed = bool(_rows(tx, since.where(postings.c.account_id == place.id, entries.c.recorded_at > at - AT_ONCE)))
    stood = _rows(
        tx, sa.select(promises.c.due_on, promises.c.state, promises.c.made_at).where(promises.c.account_id == account)
    )
    is_planned = bool(_rows(tx, sa.select(plans.c.id).where(plans.c.account_id == account)))
    days = _rows(
        tx, sa.select(open_items.c.due_on).where(open_items.c.account_id == account, open_items.c.outstanding_minor > 0)
    )
    dues = [] if is_planned or has_changed else sorted(row[0] for row in days)
    return Chased(
        owed.minor,
        any(state == "open" and made_at < at - AT_ONCE for _, state, made_at in stood),
        next(iter(dues), None),
        next((due for due in dues if due >= today), None),
        max((due for due, state, _ in stood if state == "broken"), default=None),
    )


# --- what a receipt and a failure say -------------------------------------------------------------------------------------


def wrong_balance(tx: Tx, told: Told) -> str | None:
    """What a receipt said of the balance of its moment, where it is wrong; None where it is right, or cannot be judged."""
    ((sealed, owner, _),) = _FACTS(tx, message=told.message)
    facts = outbox_store.message_facts(tx, sealed)
    message = outbox_store.read_message(told.event, facts)
    assert isinstance(message, PaymentReceived)
    at = _PLACED(tx, payment=told.payment)[-1][0]
    places = [
        place(OrganisationId(owner), account, message.balance.currency)
        for account in facts.accounts
        for place in (receivable, customer_credit)
    ]
    if len(set(_MOVED(tx, [place.id for place in places], at=at))) != 1:
        return None  # several moved it at once: which of them a text tells of, nobody can say
    each = [balance_as_of(tx, place, recorded_until=at).minor for place in places]
    # Where a refund or a move left credit beside a debt, a receipt tells the debt of that account.
    left = {row[0] for row in _LEFT_BESIDE(tx, facts.accounts)}
    said = [
        (debt + credit, debt) if account in left else (debt + credit,)
        for account, debt, credit in zip(facts.accounts, each[::2], each[1::2], strict=True)
    ]
    right = {sum(one) for one in product(*said)}
    return None if message.balance.minor in right else f"says {message.balance.minor} is owed, it is {sum(each)}"


_FACTS = Query(
    sa.select(outbox.c.facts_sealed, outbox.c.organisation_id, outbox.c.created_at).where(
        outbox.c.id == sa.bindparam("message")
    )
)
_PLACED = Query(
    sa.select(entries.c.recorded_at)
    .where(
        entries.c.subject_id == sa.bindparam("payment"),
        # The later of them is what the text tells of.
        entries.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in ("payment_received", "suspense_assigned")]),
    )
    .order_by(entries.c.id)
)
_MOVED = Lookup(
    sa.select(entries.c.id)
    .join(postings, postings.c.entry_id == entries.c.id)
    .where(entries.c.recorded_at == sa.bindparam("at")),
    postings.c.account_id,
)


TAKEN_BY_PEOPLE = (
    applications.c.minor < 0,
    ~applications.c.reason.startswith("reversed:"),
    applications.c.reason != sa.literal_column("'credit:withdrawn'"),
)
"""What was refunded or moved: that may leave credit beside a debt. A reversal may not."""
_LEFT_BESIDE = Lookup(sa.select(applications.c.account_id).where(*TAKEN_BY_PEOPLE), applications.c.account_id)


@dataclass(frozen=True, slots=True)
class Failed:
    """A prompt of which its payer was told that it brought no money."""

    request: str | None
    """Its name at the provider."""
    asked_at: datetime
    completed_at: datetime | None


def failed(tx: Tx, payment: PaymentId) -> Failed:
    columns = (payments.c.provider_request_id, payments.c.created_at, payments.c.completed_at)
    return Failed(*_rows(tx, sa.select(*columns).where(payments.c.id == payment))[0])


# --- who may see what ------------------------------------------------------------------------------------------------------


def receipted(tx: Tx, number: int) -> list[tuple[str, str, set[str]]]:
    """The provider's receipt, our code and the students of a receipt number, at each school that has given it."""
    found: dict[tuple[str, str], set[str]] = {}
    for receipt, code, student in _RECEIPTED(tx, number=number):
        found.setdefault((receipt, code), set()).update({student} if student else set())
    return [(receipt, code, students) for (receipt, code), students in found.items()]


_RECEIPTED = Query(
    sa.select(payments.c.receipt, receipts.c.code, customer_accounts.c.reference)
    .select_from(receipts)
    .join(payments, payments.c.id == receipts.c.payment_id)
    .outerjoin(applications, applications.c.payment_id == payments.c.id)
    .outerjoin(customer_accounts, customer_accounts.c.id == applications.c.account_id)
    .where(receipts.c.number == sa.bindparam("number"))
)


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
