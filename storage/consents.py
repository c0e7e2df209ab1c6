"""What people said about being written to: stop, or go on. Said once, it holds for ever (NOT-2)."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from core.ids import OrganisationId
from core.preferences import Channel, Consent, Topic
from storage.fast import Lookup
from storage.tables import consents
from storage.tx import Tx

_SAID = Lookup(
    sa.select(
        consents.c.organisation_id, consents.c.address_index, consents.c.topic, consents.c.channel, consents.c.wanted
    ),
    consents.c.address_index,
    order_by=(consents.c.id,),
)
Address = tuple[OrganisationId, bytes]
"""A phone or an address of mail as one organisation knows it, by its blind index."""


def note(tx: Tx, organisation: OrganisationId, address: bytes, consent: Consent, *, source: str) -> None:
    """Write down what a person said. `source` is whence: `sms` or the gateway that told us."""
    tx.connection.execute(
        sa.insert(consents).values(
            id=tx.new_id(),
            organisation_id=organisation,
            address_index=address,
            topic=consent.topic.value if consent.topic else "",
            channel=consent.channel.value if consent.channel else "",
            wanted=consent.wanted,
            source=source,
            at=tx.now,
        )
    )


def said_by(tx: Tx, addresses: Iterable[bytes]) -> dict[Address, list[Consent]]:
    """Everything that these addresses said to each organisation, oldest first."""
    found: dict[Address, list[Consent]] = {}
    for organisation, address, topic, channel, wanted in _SAID(tx, sorted(set(addresses))):
        consent = Consent(bool(wanted), Topic(topic) if topic else None, Channel(channel) if channel else None)
        found.setdefault((organisation, address), []).append(consent)
    return found
