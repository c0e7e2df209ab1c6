"""An organisation sets its own words for a message, or goes back to the standard ones. Each version stays (NOT-3).

Whether words can be rendered is asked before they come here (`notifications/own_words.py`); and what cannot be used when it
is sent gives way to the standard text, so that no words can ever stop a message.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.callers import LANGUAGES
from core.errors import NotFound
from core.ids import OrganisationId
from core.permissions import Action, Actor, require
from core.preferences import Channel
from core.templates import MOST_MAIL, MOST_SOURCE, TemplateRefused
from storage import audit, templates
from storage.audit import Change
from storage.outbox import EVENTS
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class SetWords:
    """`source` is a template; "" goes back to the standard text."""

    organisation: OrganisationId
    event: str
    language: str
    source: str
    actor: Actor
    trace: str = ""
    channel: Channel = Channel.SMS


def set_words(tx: Tx, wish: SetWords) -> int:
    """These words hold from the next message on. The number of their version."""
    require(wish.actor, Action.EDIT_TEMPLATES)
    if wish.event not in EVENTS:
        raise NotFound("message", wish.event[:40])
    if wish.language not in LANGUAGES:
        raise NotFound("language", wish.language[:10])
    most = MOST_SOURCE if wish.channel is Channel.SMS else MOST_MAIL
    if len(wish.source) > most:
        raise TemplateRefused(f"longer than {most} characters")
    place = (wish.organisation, wish.event, wish.channel, wish.language)
    version = templates.add(tx, place, wish.source, by=wish.actor.name)
    action = "words_set" if wish.source else "words_reverted"
    sequence = audit.next_sequence(tx, wish.organisation)
    by = "" if wish.channel is Channel.SMS else f" {wish.channel.value}"
    reason = f"{wish.event}{by} {wish.language} version {version}"
    change = Change(
        *(wish.organisation, action, "organisation", wish.organisation, sequence, None, None, reason, wish.trace)
    )
    audit.record(tx, [(change, wish.actor)])
    return version
