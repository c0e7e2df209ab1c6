"""A guardian's wishes about being told: by which channels, event by event (NOT-2). Stops are said elsewhere, and win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from core.errors import DomainError, NotFound
from core.ids import ContactId, OrganisationId
from core.messages import (
    AccessChanged,
    ApprovalWaits,
    DailySummary,
    FundLow,
    FundPaymentTold,
    LoanNews,
    LoanNotSent,
    LoanRepaid,
    Message,
    MoneyWaits,
    TextAnswered,
    WishAnswered,
)
from core.permissions import Action, Actor
from core.preferences import Channel
from storage import channel_wishes, students
from storage.outbox import EVENTS
from storage.tx import Tx
from usecases.noting import note_of
from usecases.rights import require_for

FOR_STAFF: tuple[type[Message], ...] = (
    AccessChanged,
    ApprovalWaits,
    DailySummary,
    FundLow,
    FundPaymentTold,
    LoanRepaid,
    LoanNews,
    LoanNotSent,
    MoneyWaits,
)
CHOSEN = tuple(event for event, kind in EVENTS.items() if kind not in (*FOR_STAFF, TextAnswered, WishAnswered))
"""The events about which a guardian may wish something. The answer to a text is a text."""


@dataclass(eq=False)
class NoChannel(DomainError):
    """A channel was wished for that does not reach this person: they have no address of mail."""

    code: ClassVar[str] = "no_mail_address"


@dataclass(frozen=True, slots=True)
class WishChannels:
    """`wishes`: channels in their order by event, under "" for all others; what is not in it is as usual."""

    organisation: OrganisationId
    contact: ContactId
    wishes: Mapping[str, tuple[Channel, ...]]
    actor: Actor


def wish_channels(tx: Tx, wish: WishChannels) -> None:
    """From the next message on they are told so. Without a channel they are not told of that event at all."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="guardian", name="")
    guardian = students.guardian(tx, wish.organisation, wish.contact, lock=True)
    if guardian is None:
        raise NotFound("guardian", "")
    for event, channels in wish.wishes.items():
        if event and event not in CHOSEN:
            raise NotFound("message", event[:40])
        if Channel.EMAIL in channels and guardian.mail is None:
            raise NoChannel
    before = channel_wishes.of_people(tx, [wish.contact]).get(wish.contact, {})
    if before == wish.wishes:
        return
    channel_wishes.put(tx, wish.organisation, wish.contact, wish.wishes)
    told = {"before": _told(before), "after": _told(wish.wishes)}
    note_of(tx, wish.actor, wish.organisation, "channels_wished", "contact", wish.contact, **told)


def _told(wishes: Mapping[str, tuple[Channel, ...]]) -> str:
    said = [
        f"{event or 'all'}: {' '.join(one.value for one in way) or 'none'}" for event, way in sorted(wishes.items())
    ]
    return ", ".join(said) or "as usual"
