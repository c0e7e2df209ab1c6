"""By which channels each person wants to be told, event by event (NOT-2). Stops are another thing (`storage/consents.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId
from core.preferences import Channel
from storage.fast import Lookup
from storage.tables import channel_wishes
from storage.tx import Tx
from storage.types import in_order

Wishes = Mapping[str, tuple[Channel, ...]]
"""By event; under "" what holds for all others."""

_OF = Lookup(
    sa.select(channel_wishes.c.person_id, channel_wishes.c.event, channel_wishes.c.channels),
    channel_wishes.c.person_id,
)


def of_people(tx: Tx, people: Iterable[UUID]) -> dict[UUID, dict[str, tuple[Channel, ...]]]:
    """What each of these (contacts and staff) wishes; nothing of those who wish nothing special."""
    found: dict[UUID, dict[str, tuple[Channel, ...]]] = {}
    for person, event, channels in _OF(tx, in_order(people)):
        found.setdefault(person, {})[event] = tuple(Channel(name) for name in channels.split(",") if name)
    return found


def put(tx: Tx, organisation: OrganisationId, person: UUID, wishes: Wishes) -> None:
    """These are all of a person's wishes from now on."""
    tx.connection.execute(sa.delete(channel_wishes).where(channel_wishes.c.person_id == person))
    for event, channels in sorted(wishes.items()):
        tx.connection.execute(
            sa.insert(channel_wishes).values(
                person_id=person,
                event=event,
                organisation_id=organisation,
                channels=",".join(channel.value for channel in channels),
                set_at=tx.now,
            )
        )
