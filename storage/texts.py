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
from storage.fast import Change, Insert, Query
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
    return tx.vault.phone_index(sender)


_THEIRS = (texts.c.sender_index == sa.bindparam("sender")) & (texts.c.organisation_id == sa.bindparam("organisation"))
"""Those of one sender to one organisation."""


_KNOWN = Query(
    sa.select(texts.c.id).where(
        _THEIRS, texts.c.gateway_id == sa.bindparam("gateway_id"), texts.c.provider == sa.bindparam("provider")
    )
)


def is_known(tx: Tx, organisation: OrganisationId, text: Text) -> bool:
    sender = sender_index(tx, text.sender)
    named = {"gateway_id": text.gateway_id, "provider": text.provider}
    return bool(_KNOWN(tx, sender=sender, organisation=organisation, **named))


MORE = "more"
"""The kind of an offer that is none: something was missing."""


PLANNED = "planned"
"""A text understood so was a yes to a payment on a day to come: its offer waits for that day and for no further yes."""


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
    wish: str = ""
    """Of `MORE`: what is wished (`core.sms.signs.Intent`)."""
    text: str = ""
    """Of `MORE`: what was texted so far. Of a move: the account where the money is; of a wish for a loan, what reaches the
    phone and what is paid back, in the currency's smallest coin."""

    @property
    def account_id(self) -> CustomerAccountId:
        return CustomerAccountId(UUID(self.account))

    @property
    def money(self) -> Money:
        return Money(self.minor, Currency[self.currency])


_encode = msgspec.json.Encoder().encode
_offer = msgspec.json.Decoder(Offer).decode


_ADD = Insert(
    texts,
    *("id", "organisation_id", "provider", "gateway_id", "sender_index", "sender_sealed", "short_code", "text_sealed"),
    *("understood", "answered", "offer_sealed", "offer_until", "at", "trace"),
)


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
    row = (
        *(tx.new_id(), organisation, text.provider, text.gateway_id),
        *(
            sender_index(tx, text.sender),
            tx.vault.seal_text(text.sender),
            text.short_code,
            tx.vault.seal_text(text.text),
        ),
        *(understood, answered),
        tx.vault.seal(_encode(offer[0])) if offer else None,
        offer[1] if offer else None,
        *(tx.now, text.trace),
    )
    _ADD(tx, [row])


NO_WISH = ("nothing", "stop", "start")
"""How texts are understood that want nothing of the books."""
_SINCE = texts.c.answered & (texts.c.at > sa.bindparam("since"))
_ANSWERED = Query(sa.select(sa.func.count()).where(_THEIRS, _SINCE))
_TALKED = Query(
    sa.select(sa.func.count()).where(_THEIRS, _SINCE, texts.c.understood.in_(list(map(sa.literal, NO_WISH))))
)
_UNDERSTOOD = Query(
    sa.select(texts.c.id).where(_THEIRS, _SINCE, texts.c.understood == sa.bindparam("understood")).limit(sa.literal(1))
)


def answered_since(
    tx: Tx, organisation: OrganisationId, sender: str, since: datetime, *, without_wish: bool = False
) -> int:
    """How many texts of this sender were answered after that moment; only those that wanted nothing of the books."""
    count = _TALKED if without_wish else _ANSWERED
    ((found,),) = count(tx, sender=sender_index(tx, sender), organisation=organisation, since=since)
    return int(found)


def understood_since(tx: Tx, organisation: OrganisationId, sender: str, understood: str, since: datetime) -> bool:
    """Did this sender want the same after that moment, and was answered?"""
    mine = sender_index(tx, sender)
    return bool(_UNDERSTOOD(tx, sender=mine, organisation=organisation, since=since, understood=understood))


_OFFERED = texts.c.offer_sealed.is_not(None) & (texts.c.understood != sa.literal_column(f"'{PLANNED}'"))
_WAITING = Query(
    sa.select(texts.c.id, texts.c.offer_sealed, texts.c.offer_until, texts.c.understood, texts.c.at)
    .where(_THEIRS, _OFFERED)
    .order_by(texts.c.at.desc(), texts.c.id.desc())
    .limit(sa.literal(1))
)
_DROP = Change(sa.update(texts).where(_THEIRS, _OFFERED).values(offer_sealed=sa.null()), "sender", "organisation")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a sender was asked back, and has not answered yet."""

    intent: str
    """The name of what a yes does."""
    offer: Offer
    asked_by: str
    """How the text was understood that it answered."""
    asked_at: datetime


def waiting_offer(tx: Tx, organisation: OrganisationId, sender: str) -> Waiting | None:
    """The newest thing that this sender was asked back; None when nothing waits (any more)."""
    for id_, sealed, until, understood, at in _WAITING(tx, sender=sender_index(tx, sender), organisation=organisation):
        if until > tx.now:
            return Waiting(f"sms:{id_.hex}", _offer(tx.vault.open(sealed)), understood, at)
    return None


def asked_last(tx: Tx, organisations: Sequence[OrganisationId], sender: str) -> OrganisationId | None:
    """Which of these organisations asked this sender something last, and has no answer yet. What has lapsed since counts: a
    late yes is never one to an older question."""
    asked = (
        sa.select(texts.c.organisation_id)
        .where(texts.c.sender_index == sender_index(tx, sender), texts.c.organisation_id.in_(organisations), _OFFERED)
        .order_by(texts.c.at.desc(), texts.c.id.desc())
        .limit(1)
    )
    return tx.connection.scalar(asked)


def drop_offers(tx: Tx, organisation: OrganisationId, sender: str) -> int:
    """Whatever waited for this sender's answer waits no more. How many: none when another process was quicker."""
    return _DROP(tx, [(sender_index(tx, sender), organisation)])


@dataclass(frozen=True, slots=True)
class Plan:
    """A payment that somebody said yes to for a day to come."""

    id: UUID
    sender: str
    """Digits of the phone that is asked."""
    offer: Offer
    trace: str


def planned(tx: Tx, organisation: OrganisationId) -> list[Plan]:
    """Every plan that was not carried out yet, in the order in which they were made."""
    is_open = (texts.c.organisation_id == organisation) & (texts.c.understood == sa.literal_column(f"'{PLANNED}'"))
    query = sa.select(texts).where(is_open, texts.c.offer_sealed.is_not(None)).order_by(texts.c.id)
    return [
        Plan(row.id, tx.vault.open_text(row.sender_sealed), _offer(tx.vault.open(row.offer_sealed)), row.trace)
        for row in tx.connection.execute(query)
    ]


def end_plan(tx: Tx, plan: Plan) -> None:
    """It was carried out, or cannot be any more."""
    tx.connection.execute(sa.update(texts).where(texts.c.id == plan.id).values(offer_sealed=None))


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
