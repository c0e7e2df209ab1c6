"""What people asked us to look for, until it is found or a person has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId, PaymentId
from core.phones import Msisdn
from storage.fast import Insert
from storage.people import msisdn_index
from storage.tables import enquiries
from storage.tx import Tx

_INSERT = Insert(
    enquiries,
    "id",
    "organisation_id",
    "asker_index",
    "asker_sealed",
    "subject",
    "scrap_sealed",
    "receipt",
    "payment_id",
    "language",
    "opened_at",
    "note",
    or_ignore=True,
)
_INDEX = "enquiry"
"""Of the blind index of what was typed, when it names nothing."""


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Somebody asks where their money is. `receipt` is the provider's code that nobody told us of; `payment` is what their
    scrap already found."""

    id: UUID
    organisation: OrganisationId
    asker: Msisdn
    scrap: str
    receipt: str
    payment: PaymentId | None
    language: str
    opened_at: datetime
    answered: str | None = None
    closed_at: datetime | None = None
    note: str = ""


def put(tx: Tx, new: Enquiry) -> bool:
    """Write it down; False when the same is open already: nobody asks twice by pressing twice."""
    subject = new.receipt or (new.payment.hex if new.payment else tx.vault.index(_INDEX, new.scrap.casefold()).hex())
    index = msisdn_index(tx, new.asker)
    mine = sa.select(enquiries.c.id).where(
        enquiries.c.asker_index == index,
        enquiries.c.organisation_id == new.organisation,
        enquiries.c.subject == subject,
        enquiries.c.closed_at.is_(None),
    )
    if tx.connection.execute(mine).first() is not None:
        return False
    sealed = (tx.vault.seal_text(new.asker.digits), subject, tx.vault.seal_text(new.scrap))
    row = (new.id, new.organisation, index, *sealed, new.receipt, new.payment, new.language, new.opened_at, "")
    _INSERT(tx, [row])
    return True


def open_ones(tx: Tx, organisation: OrganisationId | None = None, *, limit: int = 200) -> list[Enquiry]:
    """What nobody has answered yet, the longest waiting first."""
    query = sa.select(enquiries).where(enquiries.c.closed_at.is_(None))
    if organisation is not None:
        query = query.where(enquiries.c.organisation_id == organisation)
    return _read(tx, query.order_by(enquiries.c.opened_at, enquiries.c.id).limit(limit))


def count_open(tx: Tx, organisation: OrganisationId) -> int:
    """How many look for their money and have no answer yet."""
    query = sa.select(sa.func.count()).select_from(enquiries)
    query = query.where(enquiries.c.organisation_id == organisation, enquiries.c.closed_at.is_(None))
    return int(tx.connection.scalar(query) or 0)


def awaiting_a_receipt(tx: Tx, *, limit: int) -> list[Enquiry]:
    """Those about a code of which nobody had told."""
    query = sa.select(enquiries).where(enquiries.c.closed_at.is_(None), enquiries.c.receipt != "")
    return _read(tx, query.order_by(enquiries.c.opened_at, enquiries.c.id).limit(limit))


def load(tx: Tx, id_: UUID) -> Enquiry | None:
    found = _read(tx, sa.select(enquiries).where(enquiries.c.id == id_))
    return found[0] if found else None


def close(tx: Tx, id_: UUID, *, answered: str, payment: PaymentId | None, note: str) -> bool:
    """It is answered. False when it was, by somebody who was first."""
    mine = sa.update(enquiries).where(enquiries.c.id == id_, enquiries.c.closed_at.is_(None))
    values = {"answered": answered, "payment_id": payment, "note": note, "closed_at": tx.now}
    return bool(tx.connection.execute(mine.values(values)).rowcount)


def _read(tx: Tx, query: sa.Select[tuple[object, ...]]) -> list[Enquiry]:
    rows: Sequence[sa.Row[tuple[object, ...]]] = tx.connection.execute(query).all()
    return [
        Enquiry(
            row.id,
            row.organisation_id,
            Msisdn(tx.vault.open_text(row.asker_sealed)),
            tx.vault.open_text(row.scrap_sealed),
            row.receipt,
            row.payment_id,
            row.language,
            row.opened_at,
            row.answered,
            row.closed_at,
            row.note,
        )
        for row in rows
    ]
