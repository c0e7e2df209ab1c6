"""Seals: what the books said at a moment, hash-chained in batches (DESIGN 3), so that `karani verify` names any row that
was altered, removed or inserted later.

A seal lists rows with their digests. A change's digest is its authenticity code, which is a keyed hash of all that it says.
An entry's digest has three parts of 16 bytes, so that a mismatch says where it is: its authenticity code (the entry with its
postings), its applications, and, when it credits a payment, the payment's receipt and final facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import ledger
from core.ledger import GENESIS
from storage import audit
from storage.fast import Insert, Lookup, Query
from storage.tables import applications, changes, entries, payments, receipts, sealed, seals
from storage.tx import Tx
from storage.types import to_us, written

ENTRY, CHANGE = "entry", "change"
_SIZE = 16


def part_of(digest: bytes, at: int) -> bytes:
    """One of the parts of an entry's digest."""
    return digest[at * _SIZE : (at + 1) * _SIZE]


# --- what rows say ------------------------------------------------------------------------------------------------------

_ENTRIES = Lookup(
    sa.select(entries.c.id, entries.c.kind, entries.c.subject_id, entries.c.mac), entries.c.id, plain=True
)
_APPLICATIONS = Lookup(
    sa.select(
        applications.c.entry_id,
        applications.c.position,
        applications.c.account_id,
        applications.c.item_id,
        applications.c.minor,
        applications.c.strategy,
        applications.c.reason,
    ),
    applications.c.entry_id,
    order_by=(applications.c.entry_id, applications.c.position),
    plain=True,
)
_FINAL = Lookup(
    sa.select(
        payments.c.id,
        payments.c.provider_account_id,
        payments.c.provider,
        payments.c.receipt,
        payments.c.minor,
        payments.c.currency,
        payments.c.value_on,
        payments.c.completed_at,
        receipts.c.number,
        receipts.c.issued_at,
    ).outerjoin(receipts, receipts.c.payment_id == payments.c.id),
    payments.c.id,
    plain=True,
)
_CHANGES = Lookup(sa.select(changes.c.id, changes.c.mac), changes.c.id, plain=True)
RECEIVED = "payment_received"


def digests_of_entries(tx: Tx, ids: Sequence[str]) -> dict[str, bytes]:
    """The digest of each of these entries that is there. Ids are hexadecimal digits here, as digests are made of them."""
    found = _ENTRIES(tx, ids)
    applied: dict[str, list[str]] = {}
    for entry, position, account, item, minor, strategy, reason in _APPLICATIONS(tx, ids):
        text = f"{position}|{account}|{'' if item is None else item}|{minor}|{strategy}|{len(reason)}|{reason};"
        applied.setdefault(entry, []).append(text)
    received = [subject for _, kind, subject, _ in found if kind == RECEIVED]
    finals = {row[0]: _final(row) for row in _FINAL(tx, received)}
    return {
        id_: mac + _digest("".join(applied.get(id_, ()))) + _digest(finals.get(subject, "") if kind == RECEIVED else "")
        for id_, kind, subject, mac in found
    }


def _final(row: Sequence[Any]) -> str:
    """What never changes any more about a payment whose money is here, and its receipt."""
    _, account, provider, receipt, minor, currency, value_on, completed_at, number, issued_at = row
    times = ["" if moment is None else moment for moment in (completed_at, issued_at)]
    return f"{account}|{provider}|{minor}|{currency}|{value_on}|{times}|{number}|{receipt}"


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_SIZE).digest()


def digests_of_changes(tx: Tx, ids: Sequence[str]) -> dict[str, bytes]:
    """The digest of each of these changes that is there."""
    return dict(_CHANGES(tx, ids))


def content_of_change(row: Sequence[Any]) -> bytes:
    """The bytes of a change (a plain row of its table, in order of the columns) that its authenticity code covers."""
    id_, organisation, *between, subject, sequence, from_state, to_state, reason, trace, _ = row
    owner = None if organisation is None else written(organisation)
    return audit.canonical_of_digits(
        id_, owner, *between, written(subject), sequence, from_state, to_state, reason, trace
    )


# --- what is not sealed yet ---------------------------------------------------------------------------------------------

SETTLES_IN = timedelta(seconds=10)
"""On PostgreSQL rows of several processes become visible out of order, but within this time, or `thorough` finds them."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Rows in no seal, in order of id. `more` when there may be others."""

    entries: list[UUID]
    changes: list[UUID]
    more: bool


def unsealed(tx: Tx, *, most: int, thorough: bool = False) -> Unsealed:
    """The oldest rows that no seal lists, up to `most` of each kind.

    Ids increase in time, so everything up to the newest sealed id is sealed: the search starts there and its cost does
    not grow with the books. `thorough` starts at the beginning, for rows whose commit came very late.
    """
    newest: UUID | None = None
    if not thorough:
        newest = next((row[0] for row in _NEWEST(tx)), None)
    before = tx.now - SETTLES_IN if tx.is_postgresql and not thorough else None
    kinds = [
        _NEW_ENTRIES(tx, after=newest or _FIRST, most=most),
        _NEW_CHANGES(tx, after=newest or _FIRST, most=most),
    ]
    ends = [rows[-1][0] for rows in kinds if len(rows) == most]
    # Nothing above a row that is left for later may be sealed now: the next search would start beyond that row.
    unsettled = [id_ for rows in kinds for id_, at in rows if before is not None and at > before]
    first, second = (
        [
            id_
            for id_, _ in rows
            if (not ends or id_ <= min(ends)) and (thorough or not unsettled or id_ < min(unsettled))
        ]
        for rows in kinds
    )
    return Unsealed(first, second, more=bool(ends) and not unsettled)


def _waiting(id_: Any, at: Any) -> Query:
    return Query(
        sa.select(id_, at)
        .outerjoin_from(id_.table, sealed, sealed.c.row_id == id_)
        .where(sealed.c.row_id.is_(None), id_ > sa.bindparam("after"))
        .order_by(id_)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_FIRST = UUID(int=0)
"""Before every id."""
_NEWEST = Query(sa.select(sealed.c.row_id).order_by(sealed.c.row_id.desc()).limit(sa.literal_column("1")))
_NEW_ENTRIES = _waiting(entries.c.id, entries.c.recorded_at)
_NEW_CHANGES = _waiting(changes.c.id, changes.c.at)


# --- seals --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal. `hash` covers the digests that it lists, in order, and the hash of the seal before it."""

    number: int
    count: int
    hash: bytes
    mac: bytes
    sealed_at: datetime


def last(tx: Tx) -> Seal | None:
    """The newest seal: its number and hash, written down elsewhere, vouch for everything before it."""
    return next((Seal(*row) for row in _LAST(tx)), None)


_LAST = Query(sa.select(seals).order_by(seals.c.number.desc()).limit(sa.literal_column("1")))


def content_of(number: int, count: int, hash_: bytes, sealed_at: datetime) -> bytes:
    """The bytes of a seal that its authenticity code covers."""
    return f"seal|{number}|{count}|{hash_.hex()}|{to_us(sealed_at)}".encode()


_LIST = Insert(sealed)


def add(tx: Tx, rows: Sequence[tuple[UUID, str, bytes]]) -> Seal:
    """Seal rows: (id, kind, digest). Of two processes that seal at once the second breaks a unique number and begins anew."""
    before = last(tx)
    number = before.number + 1 if before else 1
    hash_ = ledger.chain(before.hash if before else GENESIS, [digest for _, _, digest in rows])
    mac = tx.vault.mac(content_of(number, len(rows), hash_, tx.now))
    seal = Seal(number, len(rows), hash_, mac, tx.now)
    tx.connection.execute(
        sa.insert(seals).values(number=number, count=len(rows), hash=hash_, mac=mac, sealed_at=tx.now)
    )
    _LIST(tx, [(id_, number, position, kind, digest) for position, (id_, kind, digest) in enumerate(rows)])
    return seal
