"""Texts that people sent to an organisation's numbers: each kept once, sealed, with what it was understood to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import CustomerAccountId, OrganisationId
from core.money import Currency, Money
from storage.tables import organisations, texts
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Text:
    """One text. The same `gateway_id` from the same sender is the same text, however often the gateway tells of it."""

    provider: str
    gateway_id: str
    sender: str
    """Digits of a phone, or the name of a sender that nobody can answer."""
    short_code: str
    text: str
    trace: str


def sender_index(tx: Tx, sender: str) -> bytes:
    """That of a phone is the blind index of the phone, so that texts and consents of one person meet."""
    return tx.vault.index("msisdn", sender)


def is_known(tx: Tx, organisation: OrganisationId, text: Text) -> bool:
    same = (
        (texts.c.gateway_id == text.gateway_id)
        & (texts.c.sender_index == sender_index(tx, text.sender))
        & (texts.c.provider == text.provider)
        & (texts.c.organisation_id == organisation)
    )
    return tx.connection.execute(sa.select(texts.c.id).where(same)).first() is not None


MORE = "more"
"""The kind of an offer that is none: something was missing."""


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was read back to a writer, exactly as their yes will do it."""

    kind: str
    """Which of `usecases.replies` does it; `MORE` where something was missing, and `text` waits for it."""
    account: str = ""
    reference: str = ""
    minor: int = 0
    currency: str = ""
    due_on: str = ""
    """Of a promise and of what-if: the day on which it is paid."""
    ends_on: str = ""
    """Of what-if: when the loan would be paid off; of a wish for one, its last day."""
    cost: int = 0
    """Of what-if: the interest that it saves; of a wish for a loan, what it costs."""
    count: int = 0
    """Of instalments."""
    payment: str = ""
    """Of a move or a refund: which payment."""
    text: str = ""

    @property
    def account_id(self) -> CustomerAccountId:
        return CustomerAccountId(UUID(self.account))

    @property
    def money(self) -> Money:
        return Money(self.minor, Currency[self.currency])


_encode = msgspec.json.Encoder().encode
_offer = msgspec.json.Decoder(Offer).decode


def add(
    tx: Tx,
    organisation: OrganisationId,
    text: Text,
    *,
    understood: str,
    answered: bool,
    offer: tuple[Offer, datetime] | None = None,
) -> None:
    """Keep a text, and what was read back and until when that waits. A second row of the same text breaks a constraint."""
    tx.connection.execute(
        sa.insert(texts).values(
            id=tx.new_id(),
            organisation_id=organisation,
            provider=text.provider,
            gateway_id=text.gateway_id,
            sender_index=sender_index(tx, text.sender),
            sender_sealed=tx.vault.seal_text(text.sender),
            short_code=text.short_code,
            text_sealed=tx.vault.seal_text(text.text),
            understood=understood,
            answered=answered,
            offer_sealed=tx.vault.seal(_encode(offer[0])) if offer else None,
            offer_until=offer[1] if offer else None,
            at=tx.now,
            trace=text.trace,
        )
    )


def answered_since(
    tx: Tx, organisation: OrganisationId, sender: str, since: datetime, *, only: Sequence[str] | None = None
) -> int:
    """How many texts of this sender were answered after that moment; only those understood as one of `only`."""
    mine = (
        (texts.c.sender_index == sender_index(tx, sender))
        & (texts.c.organisation_id == organisation)
        & (texts.c.at > since)
        & texts.c.answered
    )
    if only is not None:
        mine &= texts.c.understood.in_(only)
    return tx.connection.scalar(sa.select(sa.func.count()).where(mine)) or 0


def understood_since(tx: Tx, organisation: OrganisationId, sender: str, understood: str, since: datetime) -> bool:
    """Did this sender want the same after that moment, and was answered?"""
    mine = (
        (texts.c.sender_index == sender_index(tx, sender))
        & (texts.c.organisation_id == organisation)
        & (texts.c.at > since)
        & (texts.c.understood == understood)
        & texts.c.answered
    )
    return tx.connection.execute(sa.select(texts.c.id).where(mine).limit(1)).first() is not None


def waiting_offer(tx: Tx, organisation: OrganisationId, sender: str) -> tuple[str, Offer] | None:
    """The newest thing that this sender was asked back, with the name of its intent; None when nothing waits (any more)."""
    waiting = sa.select(texts.c.id, texts.c.offer_sealed, texts.c.offer_until).where(
        *_offered(tx, organisation, sender)
    )
    row = tx.connection.execute(waiting.order_by(texts.c.at.desc(), texts.c.id.desc()).limit(1)).one_or_none()
    if row is None or row.offer_until <= tx.now:
        return None
    return f"sms:{row.id.hex}", _offer(tx.vault.open(row.offer_sealed))


def drop_offers(tx: Tx, organisation: OrganisationId, sender: str) -> None:
    """Whatever waited for this sender's answer waits no more."""
    tx.connection.execute(sa.update(texts).where(*_offered(tx, organisation, sender)).values(offer_sealed=None))


def _offered(tx: Tx, organisation: OrganisationId, sender: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        texts.c.sender_index == sender_index(tx, sender),
        texts.c.organisation_id == organisation,
        texts.c.offer_sealed.is_not(None),
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """A text as operators read it, in the clear."""

    at: datetime
    organisation: str
    provider: str
    short_code: str
    sender: str
    text: str
    understood: str
    answered: bool


def heard(tx: Tx, organisation: OrganisationId | None, *, understood: str | None, limit: int) -> list[Heard]:
    """The newest texts first; of one organisation, or of all. `understood` is `stop`, `start`, `nothing`,
    or a wish (`core.sms.words.Intent`)."""
    query = sa.select(texts, organisations.c.slug).join(organisations, organisations.c.id == texts.c.organisation_id)
    if organisation:
        query = query.where(texts.c.organisation_id == organisation)
    if understood:
        query = query.where(texts.c.understood == understood)
    open_ = tx.vault.open_text
    return [
        Heard(
            *(row.at, row.slug, row.provider, row.short_code, open_(row.sender_sealed), open_(row.text_sealed)),
            *(row.understood, row.answered),
        )
        for row in tx.connection.execute(query.order_by(texts.c.id.desc()).limit(limit))
    ]
