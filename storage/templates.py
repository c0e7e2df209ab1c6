"""Organisations' own words for messages: every version that was ever set, of which the last one holds (NOT-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.ids import OrganisationId
from core.preferences import Channel
from core.templates import OwnWords
from storage.fast import Lookup
from storage.tables import attempts, outbox, templates
from storage.tx import Tx

Place = tuple[OrganisationId, str, Channel, str]
"""Whose words, for which event, by which channel, in which language."""

_ALL = Lookup(
    sa.select(
        *(templates.c.organisation_id, templates.c.event, templates.c.channel, templates.c.language),
        *(templates.c.version, templates.c.source),
    ),
    templates.c.organisation_id,
    order_by=(templates.c.version,),
)


def of_organisations(tx: Tx, organisations: Iterable[OrganisationId]) -> dict[Place, OwnWords]:
    """The words that hold now; what was reverted is not among them."""
    found = {
        (organisation, event, Channel(channel), language): OwnWords(version, source)
        for organisation, event, channel, language, version, source in _ALL(tx, sorted(set(organisations)))
    }
    return {place: own for place, own in found.items() if own.source}


def add(tx: Tx, place: Place, source: str, *, by: str) -> int:
    """A new version; "" goes back to the standard text. Its number. Two at once break a constraint."""
    organisation, event, channel, language = place
    mine = _at(place)
    last = tx.connection.scalar(sa.select(sa.func.max(templates.c.version)).where(mine)) or 0
    tx.connection.execute(
        sa.insert(templates).values(
            organisation_id=organisation,
            event=event,
            channel=channel.value,
            language=language,
            version=last + 1,
            source=source,
            set_by=by,
            at=tx.now,
        )
    )
    return int(last) + 1


def _at(place: Place) -> sa.ColumnElement[bool]:
    organisation, event, channel, language = place
    return sa.and_(
        templates.c.organisation_id == organisation,
        templates.c.event == event,
        templates.c.channel == channel.value,
        templates.c.language == language,
    )


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it was set; "" is the standard text."""

    version: int
    source: str
    set_by: str
    at: datetime


def history(tx: Tx, place: Place) -> list[Version]:
    """The newest first."""
    rows = tx.connection.execute(sa.select(templates).where(_at(place)).order_by(templates.c.version.desc()))
    return [Version(row.version, row.source, row.set_by, row.at) for row in rows]


def fallen_back(tx: Tx, organisation: OrganisationId | None, *, since: datetime) -> int:
    """How many texts went out in the standard words since then, because the organisation's own could not be used."""
    query = sa.select(sa.func.count()).select_from(attempts).join(outbox, outbox.c.id == attempts.c.message_id)
    query = query.where(attempts.c.template < 0, attempts.c.began_at >= since)
    if organisation:
        query = query.where(outbox.c.organisation_id == organisation)
    return int(tx.connection.scalar(query) or 0)


def prices(tx: Tx, organisation: OrganisationId) -> dict[str, tuple[int, str]]:
    """What each gateway took for the newest text that it told a price of: parts and price, as it wrote it."""
    newest = (
        sa.select(attempts.c.provider, attempts.c.parts, attempts.c.cost)
        .join(outbox, outbox.c.id == attempts.c.message_id)
        .where(outbox.c.organisation_id == organisation, attempts.c.cost != "", attempts.c.parts > 0)
        .order_by(attempts.c.began_at.desc())
        .limit(200)
    )
    found: dict[str, tuple[int, str]] = {}
    for provider, parts, cost in tx.connection.execute(newest):
        found.setdefault(provider, (parts, cost))
    return found
