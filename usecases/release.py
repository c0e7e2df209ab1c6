"""A person decides about messages of which nobody knows whether they left: by a restore, a lost answer, a dead worker (NOT-4).

The program never sends such a message by itself. Whoever asked the gateway, or the reader, says what is so; a prompt for money
is never released: its payment decides itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from core.dispatch import Outcome
from core.errors import NotFound
from core.ids import MessageId, OrganisationId
from core.permissions import Action, Actor, require
from storage import attempts, outbox
from storage.attempts import Ended
from storage.outbox import RESTORED, Doubtful, State
from storage.tx import Tx
from usecases.noting import note_of

MOST = 1_000
"""Messages of one decision: one transaction, which payments wait for."""


class Decision(Enum):
    """What a person found out."""

    SEND = "send"
    """It did not leave: send it, if it is still true and wanted then."""
    SENT = "sent"
    """It arrived."""
    DROP = "drop"
    """Whatever it is: do not send it any more."""


@dataclass(frozen=True, slots=True)
class Release:
    """About one message, or with `restored` all that a restore held back. `organisation` None is every one's."""

    decision: Decision
    actor: Actor
    message: MessageId | None = None
    restored: bool = False
    organisation: OrganisationId | None = None


def doubtful(tx: Tx, wish: Release) -> list[Doubtful]:
    """The messages that are meant, oldest first. Raises `NotFound` where one is named that is in no doubt."""
    if wish.message is None and not wish.restored:
        return []
    found = outbox.doubtful(
        tx,
        message=wish.message,
        because=RESTORED if wish.restored else "",
        organisation=wish.organisation,
        limit=MOST,
    )
    if wish.message is not None and not found:
        raise NotFound("message", wish.message.hex)
    return found


def release(tx: Tx, wish: Release) -> list[Doubtful]:
    """Decide about them; which they were. Each decision stands in the trail. A second one finds nothing in doubt."""
    require(wish.actor, Action.RELEASE_MESSAGES)
    outbox.standing(tx, [one.id for one in doubtful(tx, wish)])  # taken: of two people, one decides
    found = doubtful(tx, wish)
    _decide(tx, found, wish.decision)
    for one in found:
        about = (wish.actor, one.organisation, "message_released", "message", one.id)
        note_of(tx, *about, before=State.UNKNOWN.value, after=wish.decision.value, reason=one.event)
    return found


def _decide(tx: Tx, found: Sequence[Doubtful], decision: Decision) -> None:
    outcome = {Decision.SEND: Outcome.LATER, Decision.SENT: Outcome.ARRIVED, Decision.DROP: Outcome.REFUSED}[decision]
    said = f"decided by a person: {decision.value}"
    attempts.decide(tx, [Ended(one.id, 0, outcome, said) for one in found])
    state = {Decision.SEND: State.PENDING, Decision.SENT: State.SENT, Decision.DROP: State.SKIPPED}[decision]
    outbox.decide(tx, [one.id for one in found], state, said)
