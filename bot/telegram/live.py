"""A message that follows the day by itself: what came, what waits, what is to be decided (ANA-1).

It is written anew only when it would say something else, and in Telegram's pace: every few seconds, in a group every quarter
of a minute. Who has it sees in it what their role may see, and nothing of anybody's phone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.telegram import payments
from bot.telegram import suspense as suspense_pages
from bot.telegram.menu import Act
from bot.telegram.visit import Key, Room, Visit
from bot.telegram.words import told
from core.money import Currency, Money
from core.permissions import TABLE, Action
from storage import approvals, chats, listing, organisations, suspense
from storage.chats import Facts, Live
from storage.listing import Filters
from storage.tx import Tx
from usecases import takings
from usecases.app import App
from usecases.rights import require_for

LIVE_EVERY_S = 5.0
IN_A_GROUP = timedelta(seconds=15)
LASTS = timedelta(hours=24)
NEWEST = 3


def begin(visit: Visit, _: Facts) -> None:
    """A new live message in this chat; the one before it stays as it is."""
    require_for(visit.tx, visit.actor, Action.SEE_PAYMENTS, visit.organisation, what="organisation", name="")
    text = _text(visit.room)
    message = visit.room.say(_dated(visit.room, text), [_keys(visit.room)])
    reader = visit.room.member.id if visit.room.member else None
    live = Live(visit.organisation, message, visit.room.chat, reader, _digest(text), visit.tx.now)
    chats.put_live(visit.tx, live, visit.tx.now + LASTS)


def _keys(room: Room) -> list[Key]:
    return [
        Key(told(room.language, "key_suspense"), "suspense_apart"),
        Key(told(room.language, "key_newest"), "newest_apart"),
    ]


def _text(room: Room) -> str:
    """What it says, but for the time."""
    tx, organisation = room.tx, room.organisation
    today = organisation.local_day(tx.now)
    came = takings.of_days(tx, organisation, since=today, until=today).money_in
    lines = [
        told(room.language, "live_head", organisation=organisation.name),
        told(room.language, "live_came", count=came.count, amount=came.amount),
        told(room.language, "live_waits", count=suspense.count(tx, organisation.id)),
        told(room.language, "live_asked", count=len(approvals.listed(tx, organisation.id))),
    ]
    zone = ZoneInfo(organisation.time_zone)
    for one in listing.payments_list(tx, Filters(organisation=organisation.id), limit=NEWEST):
        amount = Money(int(one.amount.replace(".", "")), Currency[one.currency])
        at = one.times.initiated.astimezone(zone)
        state = told(room.language, f"state_{one.status}")
        lines.append(
            told(room.language, "live_one", time=f"{at:%H:%M}", amount=amount, typed=one.reference or "-", state=state)
        )
    return "\n".join(lines)


def _dated(room: Room, text: str) -> str:
    local = room.tx.now.astimezone(ZoneInfo(room.organisation.time_zone))
    return f"{text}\n{told(room.language, 'live_at', time=f'{local:%H:%M:%S}')}"


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Following:
    """Writes what is not so any more anew: reads for all, and a write only for what changed."""

    app: App

    async def round(self) -> int:
        """Always zero: there is nothing to be had by looking again at once."""
        for live in await self.app.read(_stale):
            await self.app.write(refresh, live)
        return 0


def _stale(tx: Tx) -> list[Live]:
    """The messages that would say something else now, and may be written again."""
    found = []
    for live in chats.lives(tx):
        room = _room(tx, live)
        is_too_soon = live.chat < 0 and tx.now - live.changed_at < IN_A_GROUP
        if room is not None and not is_too_soon and _digest(_text(room)) != live.digest:
            found.append(live)
    return found


def refresh(tx: Tx, live: Live) -> None:
    """Say what is so now, once, whoever else looks."""
    room = _room(tx, live)
    if room is None:
        return
    text = _text(room)
    if chats.live_changed(tx, live, _digest(text)):
        room.change(live.message, _dated(room, text), [_keys(room)])


def _room(tx: Tx, live: Live) -> Room | None:
    """Where it stands; None for whoever may not see it any more."""
    member = organisations.staff_by_id(tx, live.staff) if live.staff else None
    if live.staff and (member is None or member.is_disabled or member.role not in TABLE[Action.SEE_PAYMENTS]):
        return None
    organisation = organisations.by_id(tx, live.organisation)
    return Room(tx, organisation, live.chat, (member and member.language) or organisation.language, member)


def waiting_apart(visit: Visit, facts: Facts) -> None:
    """In a message of its own: the live one stays."""
    suspense_pages.waiting(replace(visit, pressed=None), facts)


def newest_apart(visit: Visit, facts: Facts) -> None:
    payments.found(replace(visit, pressed=None), facts)


ACTS: dict[str, Act] = {"live": begin, "suspense_apart": waiting_apart, "newest_apart": newest_apart}
