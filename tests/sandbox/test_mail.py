"""The pretend mail server: a real dialogue, read by scripts."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.ports import MailRefused, MailTaken, MailUnknown
from providers.smtp.mailer import Security, SmtpAccount, SmtpMailer
from runtime.chance import SeededRandom
from runtime.clock import VirtualClock
from sandbox import routes
from sandbox.mail import MOST_KEPT, Postbox
from sandbox.moods import Mood
from tests.providers.smtp.test_letter import OURS, mail
from tests.sandbox.pretend import START, PretendWorld


def postbox() -> Postbox:
    return Postbox(clock=VirtualClock(START), random=SeededRandom(1))


async def test_our_mailer_and_the_pretend_server_understand_each_other() -> None:
    box = postbox()
    async with box.listening("127.0.0.1") as port:
        mailer = SmtpMailer(SmtpAccount("127.0.0.1", Security.NONE, OURS, port=port), clock=VirtualClock(START))
        assert isinstance((await mailer.send([mail()]))[0], MailTaken)
        assert isinstance((await mailer.send([mail()]))[0], MailTaken)  # the mailbox shows it once
        for mood, kind in (
            (Mood(refused=1), MailRefused),
            (Mood(down=True), MailRefused),
            (Mood(unknown=1), MailUnknown),
        ):
            box.mood = mood
            assert isinstance((await mailer.send([mail(name=f"{kind.__name__}{mood.down}")]))[0], kind)

    assert [one.subject for one in box.to("asha@example.org")] == ["Receipt R000321: KSh 1,500"] * 2


async def test_scripts_read_the_mail_that_was_taken() -> None:
    box = postbox()
    for number in range(MOST_KEPT + 5):
        await box.in_process().send([mail(name=str(number))])
    app, clock = web.Application(), VirtualClock(START)
    world = PretendWorld(clock)
    routes.mount(app, books=world, handsets=world, moods=world, clock=clock, mail=box)
    async with TestClient(TestServer(app)) as client:
        found = await (await client.get("/sandbox/mail")).json()
        nobody = await (await client.get("/sandbox/mail?to=nobody@example.org")).json()
    await world.background.close()

    assert (len(found), len(box.received), nobody) == (routes.SHOWN_MAILS, MOST_KEPT, [])
    assert found[-1]["to"] == "asha@example.org"
    assert found[-1]["text"].startswith("Good day,")
