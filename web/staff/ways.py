"""On a guardian's page: by which way they are told of what, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from core.ids import ContactId, OrganisationId
from core.permissions import Action
from core.preferences import Channel
from core.splitting import Split
from notifications.catalogue import render
from storage import channel_wishes, students
from storage import splits as split_store
from storage.attempts import Logged
from storage.channel_wishes import Wishes
from storage.notices import page_of
from storage.tx import Tx
from usecases.wishes import CHOSEN, WishChannels, wish_channels
from web.staff.desk import Desk, Go, Reply, Visit
from web.staff.forms import id_in

SHOWN = 20
WAYS: Mapping[str, tuple[Channel, ...]] = {
    "sms_email": (Channel.SMS, Channel.EMAIL),
    "email_sms": (Channel.EMAIL, Channel.SMS),
    "sms": (Channel.SMS,),
    "email": (Channel.EMAIL,),
    "none": (),
}
"""What can be chosen, by its word in `ways.toml`."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message as the office reads it."""

    text: str
    event: str
    at: datetime
    is_read: bool
    state: str
    log: tuple[Logged, ...]


def routes(desk: Desk) -> list[web.RouteDef]:
    async def choose(visit: Visit) -> Reply:
        """What is not chosen is as usual."""
        contact = ContactId(id_in(visit, "contact"))
        wishes = {
            event: WAYS[visit.text(f"way-{event}")] for event in ("", *CHOSEN) if visit.text(f"way-{event}") in WAYS
        }
        await desk.app.write(wish_channels, WishChannels(visit.school.id, contact, wishes, visit.actor))
        return Go(f"/staff/guardians/{contact}", "saved")

    return [desk.post("/staff/guardians/{contact}/ways", choose, needs=Action.EDIT_SCHOOL)]


def shown(tx: Tx, organisation: OrganisationId, contact: ContactId, language: str) -> dict[str, object]:
    """What the page needs beside the guardian; nothing of another organisation's."""
    if students.guardian(tx, organisation, contact) is None:
        return {}
    wishes = channel_wishes.of_people(tx, [contact]).get(contact, {})
    return {
        "chosen": {event: _word(wishes, event) for event in ("", *CHOSEN)},
        "ways": tuple(WAYS),
        "told_lately": [
            Told(render(one.told, language), one.told.event, one.at, one.read_at is not None, one.state.value, one.log)
            for one in page_of(tx, contact, limit=SHOWN, with_log=True)
        ],
    }


def _word(wishes: Wishes, event: str) -> str:
    return next((word for word, channels in WAYS.items() if wishes.get(event) == channels), "")


def split_of(tx: Tx, contact: ContactId) -> dict[str, object]:
    """How a guardian's payments are divided now, and what can be chosen."""
    rule = split_store.rules_of(tx, [contact]).get(contact)
    return {"split": rule.split.value if rule else Split.DEBT.value, "splits": [one.value for one in Split]}
