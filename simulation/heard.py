"""STOP and START as the program was told them, from the letters that it accepted: what its own books say of them is not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qs
from uuid import UUID

import sqlalchemy as sa

from sandbox.moods import Letter
from simulation.crowd import STARTS, STOPS
from simulation.town import Town
from storage import outbox as outbox_store
from storage.tables import outbox
from storage.tx import Tx

_ABOUT = timedelta(minutes=2)
_FOR_A_STOP = ("stopped by the reader", "not wanted by the reader")


class Heard:
    """Remembers who said what to which school."""

    def __init__(self, town: Town, organisations: Mapping[str, UUID]) -> None:
        self._town = town
        self._organisations = {plan.number: organisations[plan.slug] for plan in town.places}
        self._words: dict[tuple[UUID, str], list[tuple[datetime, str]]] = defaultdict(list)
        courier = town.pretend.africastalking.courier
        courier.on_accepted = partial(self._note, relied_upon=STOPS + STARTS)
        # The power may go when a STOP is written down and not answered. That a START was is not relied upon.
        courier.on_unanswered = partial(self._note, relied_upon=STOPS)

    def _note(self, letter: Letter, *, relied_upon: Sequence[str]) -> None:
        form = parse_qs(letter.body.decode(errors="replace"))
        word, sender, number = (form.get(name, [""])[0] for name in ("text", "from", "to"))
        if word in relied_upon and number in self._organisations:
            self._words[(self._organisations[number], sender.lstrip("+"))].append((self._town.clock.now(), word))

    def broken(self) -> list[str]:
        """Texts that were kept from somebody whose last word, well before they were written, was START."""
        return list(self._town.look(lambda tx: [*self._kept_back(tx)]))

    def _kept_back(self, tx: Tx) -> Iterator[str]:
        columns = (outbox.c.organisation_id, outbox.c.event, outbox.c.facts_sealed, outbox.c.created_at)
        query = sa.select(*columns).where(outbox.c.state == "skipped", outbox.c.last_error.in_(_FOR_A_STOP))
        for organisation, event, sealed, queued_at in tx.connection.execute(query):
            words = self._words.get((organisation, outbox_store.message_facts(tx, sealed).msisdn or ""), [])
            if words and words[-1][1] in STARTS and words[-1][0] < queued_at - _ABOUT:
                yield f"{event} of {queued_at:%d/%m %H:%M} was not sent after START"
