"""A pretend mail server: a real SMTP dialogue in a demo, the same without sockets in a story; what it took can be read."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from core.mail import MailAddress
from core.ports import Clock, Mail, MailRefused, MailTaken, MailUnknown, Random
from providers.smtp.letter import mail_id, written
from sandbox.moods import Dice, Mood

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MOST_KEPT = 500
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class File:
    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Received:
    """A mail in somebody's mailbox. `id` is its Message-ID: a mailbox that has it already shows no second one."""

    id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    files: tuple[File, ...]
    at: datetime
    unsubscribe: str = ""


class Postbox:
    """Takes mail for everybody, in the mood of the day."""

    def __init__(self, *, clock: Clock, random: Random) -> None:
        self.mood = Mood()
        self.received: deque[Received] = deque(maxlen=MOST_KEPT)
        self._clock = clock
        self._dice = Dice(random)

    def to(self, address: str) -> list[Received]:
        """What lies in one mailbox, oldest first."""
        return [mail for mail in self.received if mail.to == address]

    async def refusal(self) -> tuple[int, str] | None:
        """Why the next mail is not taken: a code and words of SMTP."""
        if self.mood.latency_ms:
            await self._clock.sleep(self.mood.latency_ms / 1000)
        if self.mood.down:
            return 421, "4.3.2 Service shutting down"
        if self._dice.falls(self.mood.refused):
            return 550, "5.1.1 No such mailbox"
        return None

    def take(self, raw: bytes, to: str) -> Received | None:
        """Into the mailbox, once for each Message-ID; None where the line breaks before anybody hears of it."""
        mail = _read(raw, to, self._clock.now())
        if all((known.id, known.to) != (mail.id, mail.to) for known in self.received):
            self.received.append(mail)
        return None if self._dice.falls(self.mood.unknown) else mail

    # --- in a story ---

    def in_process(self, sender: str = "office@karani.test") -> InProcessMailer:
        """The server as a mailer, without sockets."""
        return InProcessMailer(self, MailAddress.parse(sender))

    # --- in a demo ---

    @asynccontextmanager
    async def listening(self, host: str, port: int = 0) -> AsyncIterator[int]:
        """Speak SMTP until the block ends; the port. Loaded only here: a story needs no server."""
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(_Handler(self), hostname="mail.sandbox", data_size_limit=MOST_BYTES, loop=loop), host, port
        )
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


class _Handler:
    """What the SMTP server asks of us, by the names that its library calls."""

    def __init__(self, box: Postbox) -> None:
        self._box = box

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        refusal = await self._box.refusal()
        if refusal is not None:
            return f"{refusal[0]} {refusal[1]}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - likewise
        taken = [self._box.take(envelope.content, to) for to in envelope.rcpt_tos]
        if None in taken:
            server.transport.abort()
        return "250 2.0.0 taken"


class InProcessMailer:
    """`core.ports.Mailer` without sockets: the bytes are those that would travel."""

    most_mails = 10

    def __init__(self, box: Postbox, sender: MailAddress) -> None:
        self._box = box
        self._sender = sender

    async def send(self, mails: Sequence[Mail]) -> list[MailTaken | MailRefused | MailUnknown]:
        return [await self._one(mail) for mail in mails]

    async def _one(self, mail: Mail) -> MailTaken | MailRefused | MailUnknown:
        refusal = await self._box.refusal()
        if refusal is not None:
            return MailRefused(str(refusal[0]), refusal[1], temporary=refusal[0] < 500)
        if self._box.take(written(mail, self._sender), mail.to.text) is None:
            return MailUnknown("no answer to the mail")
        return MailTaken(mail_id(mail, self._sender))


def _read(raw: bytes, to: str, at: datetime) -> Received:
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return Received(
        id=str(letter["Message-ID"] or ""),
        sender=str(letter["From"] or ""),
        to=to,
        subject=str(letter["Subject"] or ""),
        text=_part(letter, "plain"),
        html=_part(letter, "html"),
        files=tuple(_files(letter)),
        at=at,
        unsubscribe=str(letter["List-Unsubscribe"] or "").strip("<>"),
    )


def _part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body(preferencelist=(kind,))
    return str(body.get_content()).replace("\r\n", "\n") if isinstance(body, EmailMessage) else ""


def _files(letter: EmailMessage) -> Iterator[File]:
    for part in letter.iter_attachments():
        content = part.get_payload(decode=True)
        yield File(
            part.get_filename() or "", part.get_content_type(), len(content) if isinstance(content, bytes) else 0
        )
