"""The link at the foot of a mail, as a reader, a mail client and a machine that opens every link use it."""

from __future__ import annotations

from typing import Any

import pytest

from core.callers import LANGUAGES
from core.ids import ContactId
from core.mail import MailAddress
from core.messages import PaymentHeld
from core.preferences import Channel
from jobs.sending import Sending
from sandbox.mail import Postbox
from storage import channel_wishes, mail_addresses, outbox, people
from storage.mail_addresses import Mailbox
from storage.outbox import Kind, MessageFacts, Out
from tests.usecases.test_mail_addresses import HERS
from tests.web.door import Door
from tests.world import kes
from usecases.mail_stops import WRONG_STOPS

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def mailed(door: Door) -> str:
    """The path at the foot of a mail that a guardian has just got."""
    world = door.world
    box = Postbox(clock=world.clock, random=world.app.random)
    world.app.mailers = {world.organisation: {"smtp": box.in_process()}}

    def put(tx: Any, command: None) -> None:
        contact: ContactId = people.guardians_of(tx, [_account])[0].contact
        mail_addresses.put(tx, world.organisation, [(contact, Mailbox(MailAddress(HERS.text)))])
        channel_wishes.put(tx, world.organisation, contact, {"": (Channel.EMAIL,)})
        message = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")
        outbox.put(tx, [Out(world.organisation, Kind.SMS, message.event, MessageFacts(message, contact=contact))])

    _account = await world.account_of("ADM2231")
    await world.app.write(put, None)
    await Sending(world.app, public_url="https://karani.test").round()
    (mail,) = box.received
    return "/u/" + mail.text.rpartition("/u/")[2].strip()


async def asked(door: Door, path: str, method: str = "GET", **facts: Any) -> tuple[int, str]:
    async with door.client.request(method, path, **facts) as answer:
        return answer.status, await answer.text()


def stops(door: Door) -> list[tuple[Any, ...]]:
    return door.world.rows("SELECT topic, wanted FROM consents ORDER BY id")


async def test_looking_changes_nothing_and_a_button_does(door: Door) -> None:
    path = await mailed(door)

    for language in LANGUAGES:
        status, page = await asked(door, f"{path}?lang={language}")
        assert status == 200
        assert 'name="do" value="kind"' in page
    assert stops(door) == []
    status, page = await asked(door, path, "POST", data={"do": "kind"})
    assert (status, stops(door)) == (200, [("account", False)])
    assert "You get no more mails of this kind" in page
    _, page = await asked(door, path, "POST", data={"do": "all"})
    assert 'value="all"' not in page
    _, page = await asked(door, path, "POST", data={"do": "back"})
    assert stops(door)[-1] == ("", True)
    assert 'value="back"' not in page


async def test_one_click_in_a_mail_client_is_enough_however_often(door: Door) -> None:
    path = await mailed(door)

    for _ in range(3):
        assert (await asked(door, path, "POST", data=ONE_CLICK))[0] == 200

    assert stops(door) == [("account", False)]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"do=" + b"x" * 5_000, b"do=nonsense"])
async def test_whatever_is_posted_means_this_kind_and_no_more(door: Door, body: bytes) -> None:
    path = await mailed(door)

    assert (await asked(door, path, "POST", data=body))[0] == 200
    assert stops(door) == [("account", False)]


async def test_links_that_lead_nowhere_are_few(door: Door) -> None:
    for number in range(WRONG_STOPS.most):
        assert (await asked(door, f"/u/{number}"))[0] == 404

    assert (await asked(door, "/u/x", "POST"))[0] == 429
