"""Payments: found by the provider's receipt, by our prompt's name at the provider, or by what a prompt asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import ContactId, OrganisationId, PaymentId, ProviderAccountId
from core.money import Currency, Money
from core.payments import WAITING, FailReason, Method, Part, Payment, Purpose, Status
from core.phones import MaskedMsisdn, Msisdn, PayerPhone
from core.references import Reference
from storage import rollups
from storage.fast import Change, Insert, Lookup, Query
from storage.people import msisdn_index
from storage.tables import intents, payment_parts, payments
from storage.tx import Tx

AGAIN = "again:"
"""How the trail's reason begins for a prompt that was asked for in a failed one's place; that one's id follows."""
ASKED_AGAIN = "asked_again"
"""What the trail calls it on the failed one; the new one's id is the reason."""


class PayerSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What we know of who paid, as sealed in `payer_sealed`: personal data, opened only to be shown or texted."""

    msisdn: str = ""
    """Whole number."""
    partial: str = ""
    """A masked or hashed number, as the provider sent it."""
    name: str = ""
    typed: str = ""
    """The reference exactly as typed."""

    @classmethod
    def of(cls, phone: PayerPhone | None, name: str, typed: str) -> PayerSeen:
        if isinstance(phone, Msisdn):
            return cls(msisdn=phone.digits, name=name, typed=typed)
        if isinstance(phone, MaskedMsisdn):
            return cls(partial=f"{phone.prefix}*{phone.suffix}", name=name, typed=typed)
        return cls(partial=phone.sha256 if phone else "", name=name, typed=typed)

    @property
    def shown(self) -> str:
        """The payer's number as others may see it."""
        return Msisdn(self.msisdn).masked if self.msisdn else self.partial[:14]


_encode_payer = msgspec.json.Encoder().encode
_decode_payer = msgspec.json.Decoder(PayerSeen).decode


def open_payer(tx: Tx, sealed: bytes) -> PayerSeen:
    return _decode_payer(tx.vault.open(sealed))


_COLUMNS = (
    payments.c.id,
    payments.c.organisation_id,
    payments.c.provider_account_id,
    payments.c.provider,
    payments.c.method,
    payments.c.purpose,
    payments.c.status,
    payments.c.minor,
    payments.c.currency,
    payments.c.reference,
    payments.c.payer_contact_id,
    payments.c.receipt,
    payments.c.provider_request_id,
    payments.c.created_at,
    payments.c.value_on,
    payments.c.version,
    payments.c.payer_index,
    payments.c.payer_sealed,
)
_SELECT = sa.select(*_COLUMNS)


class Stored(NamedTuple):
    """A payment as found, with the blind index of its payer's number (None when it is not known whole)."""

    payment: Payment
    payer_index: bytes | None
    payer_sealed: bytes


def _stored(row: Sequence[Any], parts: tuple[Part, ...] = ()) -> Stored:
    return Stored(
        Payment(
            id=row[0],
            organisation=row[1],
            provider_account=row[2],
            provider=row[3],
            method=Method(row[4]),
            purpose=Purpose(row[5]),
            status=Status(row[6]),
            amount=Money(row[7], Currency[row[8]]),
            reference=row[9],
            payer_contact=row[10],
            receipt=row[11],
            provider_request_id=row[12],
            parts=parts,
            created_at=row[13],
            value_on=row[14],
            version=row[15],
        ),
        row[16],
        row[17],
    )


_BY_RECEIPT = Lookup(_SELECT, payments.c.receipt)
_BY_REQUEST = Lookup(_SELECT, payments.c.provider_request_id)
_UNMET = _SELECT.where(
    payments.c.method == sa.literal_column("'prompt'"),
    payments.c.receipt.is_(None),
    payments.c.created_at >= sa.bindparam("since", type_=payments.c.created_at.type),
)
_UNMET_BY_REFERENCE = Lookup(_UNMET, payments.c.reference_key)
_UNMET_BY_PAYER = Lookup(_UNMET, payments.c.payer_index)
_PARTS = Lookup(
    sa.select(payment_parts.c.payment_id, payment_parts.c.account_id, payment_parts.c.minor),
    payment_parts.c.payment_id,
    order_by=(payment_parts.c.payment_id, payment_parts.c.position),
)


def by_receipts(tx: Tx, receipts: Iterable[str]) -> list[Stored]:
    """Payments that bear one of these receipts, of any organisation and provider."""
    return [_stored(row) for row in _BY_RECEIPT(tx, sorted(set(receipts)))]


def by_requests(tx: Tx, request_ids: Iterable[str]) -> list[Stored]:
    """Payments whose prompt has one of these names at its provider."""
    return _with_parts(tx, _BY_REQUEST(tx, sorted(set(request_ids))))


def unmet_prompts(
    tx: Tx, *, reference_keys: Iterable[str], payer_indexes: Iterable[bytes], since: datetime
) -> list[Stored]:
    """Prompts without a receipt, asked since then under one of these references or of one of these phones."""
    rows = {row[0]: row for row in _UNMET_BY_REFERENCE(tx, sorted(set(reference_keys)), since=since)}
    rows |= {row[0]: row for row in _UNMET_BY_PAYER(tx, sorted(set(payer_indexes)), since=since)}
    return _with_parts(tx, list(rows.values()))


def _with_parts(tx: Tx, rows: Sequence[Sequence[Any]]) -> list[Stored]:
    parts: dict[PaymentId, list[Part]] = {}
    currency = {row[0]: Currency[row[8]] for row in rows}
    for payment, account, minor in _PARTS(tx, sorted(currency)):
        parts.setdefault(payment, []).append(Part(account, Money(minor, currency[payment])))
    return [_stored(row, tuple(parts.get(row[0], ()))) for row in rows]


class Equal(NamedTuple):
    """A prompt that is equal to another."""

    id: PaymentId
    paid_at: datetime | None
    """When we were told that money came for it."""


def equal_prompts(tx: Tx, stored: Stored, *, since: datetime) -> list[Equal]:
    """Other prompts that were asked for since then: of one phone, for one reference, of one sum. Found among one person's
    payments, which are few, never among all of a reference."""
    mine = stored.payment
    theirs = payments.c.payer_contact_id == mine.payer_contact
    if mine.payer_contact is None:
        theirs = payments.c.payer_contact_id.is_(None) & payments.c.payer_index.is_not(None)
    equal = sa.select(payments.c.id, payments.c.completed_at).where(
        theirs,
        payments.c.payer_index == stored.payer_index,
        payments.c.id != mine.id,
        payments.c.method == Method.PROMPT.value,
        payments.c.provider_account_id == mine.provider_account,
        payments.c.reference == mine.reference,
        payments.c.minor == mine.amount.minor,
        payments.c.created_at >= since,
    )
    return [Equal(*row) for row in tx.connection.execute(equal.order_by(payments.c.id))]


def load(tx: Tx, id_: PaymentId, *, lock: bool = False) -> Stored | None:
    """One payment with its parts."""
    rows = _BY_ID(tx, [id_], lock=lock)
    return _with_parts(tx, rows)[0] if rows else None


_BY_ID = Lookup(_SELECT, payments.c.id)


_INSERT = Insert(
    payments,
    "id",
    "organisation_id",
    "provider_account_id",
    "provider",
    "method",
    "purpose",
    "status",
    "version",
    "minor",
    "currency",
    "reference",
    "reference_key",
    "receipt",
    "provider_request_id",
    "payer_contact_id",
    "payer_index",
    "payer_sealed",
    "value_on",
    "created_at",
    "completed_at",
    "expires_at",
    "next_question_at",
)
_INSERT_PARTS = Insert(payment_parts)


class New(NamedTuple):
    """A payment to be written, with what only storage keeps of it."""

    payment: Payment
    payer: PayerPhone | None
    payer_name: str
    typed: str
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    next_question_at: datetime | None = None


def add(tx: Tx, new: Sequence[New]) -> None:
    """Write payments. (receipt, provider, organisation) is unique: the second of it is refused."""
    _INSERT(tx, [_row(tx, row) for row in new])
    _INSERT_PARTS(
        tx,
        [
            (row.payment.id, position, part.account, part.amount.minor)
            for row in new
            for position, part in enumerate(row.payment.parts)
        ],
    )
    rollups.fold(tx, [rollups.entered(row.payment) for row in new])


def _row(tx: Tx, new: New) -> tuple[Any, ...]:
    payment = new.payment
    return (
        payment.id,
        payment.organisation,
        payment.provider_account,
        payment.provider,
        payment.method._value_,
        payment.purpose._value_,
        payment.status._value_,
        payment.version,
        payment.amount.minor,
        payment.amount.currency.code,
        payment.reference,
        Reference.read(payment.reference).canonical,
        payment.receipt,
        payment.provider_request_id,
        payment.payer_contact,
        msisdn_index(tx, new.payer) if isinstance(new.payer, Msisdn) else None,
        tx.vault.seal(_encode_payer(PayerSeen.of(new.payer, new.payer_name, new.typed))),
        payment.value_on,
        payment.created_at,
        new.completed_at,
        new.expires_at,
        new.next_question_at,
    )


def complete(tx: Tx, before: Payment, after: Payment) -> None:
    """The money of a payment we had asked for is here, as much as it is."""
    _change(
        tx,
        before,
        after,
        minor=after.amount.minor,
        receipt=after.receipt,
        value_on=after.value_on,
        completed_at=tx.now,
        next_question_at=None,
        fail_reason=None,
    )


def processing(tx: Tx, payment: Payment, *, provider_request_id: str | None, next_question_at: datetime) -> None:
    """The provider was asked. Without a request id its answer was lost: only a witness can tell what became of it."""
    _change(
        tx,
        payment,
        replace(payment, status=Status.PROCESSING),
        provider_request_id=provider_request_id,
        next_question_at=next_question_at,
    )


def name_request(tx: Tx, payment: PaymentId, provider_request_id: str) -> None:
    """The provider's name for a prompt, learnt after its outcome."""
    tx.connection.execute(
        sa.update(payments)
        .where(payments.c.id == payment, payments.c.provider_request_id.is_(None))
        .values(provider_request_id=provider_request_id)
    )


def end(tx: Tx, payment: Payment, *, status: Status, reason: FailReason) -> None:
    """No money came: failed or expired, and why."""
    _change(tx, payment, replace(payment, status=status), fail_reason=reason.value, next_question_at=None)


def fail_reason(tx: Tx, payment: PaymentId) -> FailReason | None:
    """Why no money came; None where it came, or may still come."""
    said = tx.connection.scalar(sa.select(payments.c.fail_reason).where(payments.c.id == payment))
    return FailReason(said) if said else None


def reverse(tx: Tx, payment: Payment) -> None:
    """The provider took its money back."""
    _change(tx, payment, replace(payment, status=Status.REVERSED))


def refunded(tx: Tx, payment: Payment, status: Status) -> None:
    """(A part of) it was paid back, or came back after all."""
    _change(tx, payment, replace(payment, status=status))


def advance(tx: Tx, payment: Payment) -> None:
    """Something about the payment was decided that leaves its state: its history grows by one row."""
    _change(tx, payment, payment)


def ask_again(tx: Tx, payment: PaymentId, at: datetime | None) -> None:
    """When the provider is to be asked next what became of a prompt."""
    tx.connection.execute(sa.update(payments).where(payments.c.id == payment).values(next_question_at=at))


def name_payer(tx: Tx, payment: PaymentId, payer: Msisdn, contact: ContactId | None, seen: PayerSeen) -> None:
    """A second witness gave the whole number of a payer who had been masked."""
    _NAME_PAYER(tx, [(payment, msisdn_index(tx, payer), tx.vault.seal(_encode_payer(seen)))])
    if contact is not None:
        name_contact(tx, payment, contact)


_NAME_PAYER = Change(
    sa.update(payments)
    .where(payments.c.id == sa.bindparam("mine"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=payments.c[name].type) for name in ("payer_index", "payer_sealed")}
    ),
    *("mine", "new_payer_index", "new_payer_sealed"),
)


def name_contact(tx: Tx, payment: PaymentId, contact: ContactId) -> None:
    """Whom the payer's number belongs to, learnt after the money came."""
    tx.connection.execute(sa.update(payments).where(payments.c.id == payment).values(payer_contact_id=contact))


def payer_of(tx: Tx, payment: PaymentId) -> PayerSeen:
    return open_payer(
        tx, tx.connection.execute(sa.select(payments.c.payer_sealed).where(payments.c.id == payment)).scalar_one()
    )


class Stale(sa.exc.IntegrityError):
    """Another process changed the payment or payout meanwhile: the writer runs the command again on what is there now."""

    def __init__(self, payment: UUID) -> None:
        super().__init__("payment changed meanwhile", {"payment": payment.hex}, RuntimeError("stale version"))


def _change(tx: Tx, before: Payment, after: Payment, **values: Any) -> None:
    row = (before.id, before.version, before.version + 1, after.status.value, *values.values())
    if _changing(("version", "status", *values))(tx, [row]) != 1:
        raise Stale(before.id)
    if after is not before:
        rollups.fold(tx, [rollups.left(before), rollups.entered(after)])


@cache
def _changing(names: tuple[str, ...]) -> Change:
    """Sets these columns of a payment that is still in the version that was seen."""
    return Change(
        sa.update(payments)
        .where(payments.c.id == sa.bindparam("mine"), payments.c.version == sa.bindparam("seen"))
        .values({name: sa.bindparam(f"new_{name}", type_=payments.c[name].type) for name in names}),
        *("mine", "seen", *(f"new_{name}" for name in names)),
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt whose outcome is due to be asked for."""

    payment: PaymentId
    provider_account: ProviderAccountId
    provider_request_id: str | None
    expires_at: datetime


def questions(tx: Tx, *, until: datetime, limit: int) -> list[Question]:
    """Prompts to ask the provider about by `until`, the longest waiting first."""
    rows = tx.connection.execute(
        sa.select(payments.c.id, payments.c.provider_account_id, payments.c.provider_request_id, payments.c.expires_at)
        .where(payments.c.next_question_at <= until)
        .order_by(payments.c.next_question_at, payments.c.id)
        .limit(limit)
    )
    return [Question(row.id, row.provider_account_id, row.provider_request_id, row.expires_at) for row in rows]


def count_waiting(tx: Tx, *, before: datetime) -> int:
    """How many prompts of before that moment still have no end."""
    query = sa.select(sa.func.count()).select_from(payments)
    unmet = query.where(
        payments.c.method == sa.literal_column("'prompt'"),
        payments.c.receipt.is_(None),
        payments.c.status.in_([status.value for status in WAITING]),
        payments.c.created_at < before,
    )
    return int(tx.connection.scalar(unmet) or 0)


_KEEP_INTENT = Insert(intents, "organisation_id", "intent", "fingerprint", "payment_id", "at")
_OF_INTENT = Query(
    sa.select(intents.c.fingerprint, intents.c.payment_id).where(
        intents.c.organisation_id == sa.bindparam("organisation"), intents.c.intent == sa.bindparam("intent")
    )
)


def keep_intent(tx: Tx, organisation: OrganisationId, intent: str, fingerprint: bytes, payment: PaymentId) -> None:
    _KEEP_INTENT(tx, [(organisation, _kept(tx, intent), fingerprint, payment, tx.now)])


def _kept(tx: Tx, intent: str) -> str:
    """An intent as it stands in its table, for ever: it was made of a phone among others, and without the key it tells none."""
    return f"{intent.partition(':')[0][:16]}:{tx.vault.index('intent', intent).hex()}"


def of_intent(tx: Tx, organisation: OrganisationId, intent: str) -> tuple[bytes, PaymentId] | None:
    """What an intent was used for: the fingerprint of its content, and its payment."""
    rows = _OF_INTENT(tx, organisation=organisation, intent=_kept(tx, intent))
    return (rows[0][0], rows[0][1]) if rows else None
