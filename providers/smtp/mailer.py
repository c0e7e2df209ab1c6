"""Handing mails to a server: one connection for a few mails, each with an answer of its own.

Where an answer is lost decides: before `DATA` nothing was sent; after it the server may have the mail, and nobody sends it
again. A 4yz asks for another time and a 5yz is final (RFC 5321, 4.2.1); said of our account or our own address, either is
about us, and the mail may go another way. The server's words are kept, tidied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from ssl import SSLError

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPResponseException,
)

from core.mail import MailAddress, NotAMailAddress
from core.ports import Clock, Mail, MailRefused, MailTaken, MailUnknown
from providers.reading import tidied
from providers.smtp.letter import mail_id, written

SYSTEM = "smtp"
MOST_MAILS = 10
STEP_S = 5.0
"""How long each answer before `DATA` may take."""
ANSWER_S = 14.0
"""How long a server may look at a whole mail before it answers for it."""
BEGUN_WITHIN_S = 10.0
"""No mail of a call is begun later than this after its beginning: the rest is for another time. With the patience of the
worker (`jobs/sending.py`) all this ends before the lease does."""


class Security(Enum):
    """How the connection is made safe. Never by whatever the server happens to offer."""

    TLS = "tls"
    """From the first byte: port 465."""
    STARTTLS = "starttls"
    """Before anything is said: port 587. A server that does not offer it gets nothing."""
    NONE = "none"
    """A simulator, or a relay on this machine."""


PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """An account at a mail server, and the address that mails come from."""

    host: str
    security: Security
    sender: MailAddress
    user: str = ""
    password: str = field(default="", repr=False)
    port: int = 0
    """0 takes the usual one."""
    reply_to: MailAddress | None = None

    def __post_init__(self) -> None:
        if self.security is Security.NONE and self.host not in LOOPBACK:
            raise ValueError("mail leaves this machine only by TLS")


def account_of(sender: str, settings: Mapping[str, str], credentials: Mapping[str, str]) -> SmtpAccount:
    """An account as a set-up file has it: `sender` is its name there. Raises `ValueError` with what is wrong."""
    host, security = settings.get("host", ""), settings.get("security", Security.STARTTLS.value)
    if not host:
        raise ValueError("settings.host is needed: the server of mail")
    if security not in {one.value for one in Security}:
        raise ValueError(f"settings.security must be one of {', '.join(one.value for one in Security)}")
    port = settings.get("port", "0")
    if not port.isdecimal() or int(port) > _LAST_PORT:
        raise ValueError("settings.port must be a number")
    try:
        own = MailAddress.parse(sender)
        reply_to = MailAddress.parse(settings["reply_to"]) if settings.get("reply_to") else None
    except NotAMailAddress as error:
        raise ValueError(f"{error.text} is no address of mail") from None
    user, password = credentials.get("username", ""), credentials.get("password", "")
    return SmtpAccount(host, Security(security), own, user, password, int(port), reply_to)


_LAST_PORT = 65_535


def at_server(account: SmtpAccount, server: str) -> SmtpAccount:
    """The account, spoken to at a simulator on this machine (`127.0.0.1:2525`), which asks for no password."""
    host, _, port = server.rpartition(":")
    return replace(account, host=host, port=int(port), security=Security.NONE, user="", password="")


class SmtpMailer:
    """Sends an organisation's mail (`core.ports.Mailer`)."""

    def __init__(self, account: SmtpAccount, *, clock: Clock) -> None:
        self._account = account
        self._clock = clock

    @property
    def most_mails(self) -> int:
        return MOST_MAILS

    async def send(self, mails: Sequence[Mail]) -> list[MailTaken | MailRefused | MailUnknown]:
        """As long as the connection holds; what it did not come to surely never left."""
        began = self._clock.monotonic()
        answers: list[MailTaken | MailRefused | MailUnknown] = []
        client = self._client()
        refusal: MailRefused | None = None
        try:
            refusal = await self._connected(client)
            for mail in mails:
                if refusal is None and self._clock.monotonic() - began > BEGUN_WITHIN_S:
                    refusal = MailRefused("", "no time left in this call", temporary=True)
                if refusal is not None:
                    break
                answer = await self._handed_over(client, mail)
                answers.append(answer)
                if isinstance(answer, MailUnknown) or not client.is_connected:
                    refusal = MailRefused("", "the connection was lost before it", temporary=True)
        finally:
            client.close()
        refusal = refusal or MailRefused("", "nothing was tried", temporary=True)
        return [*answers, *[refusal] * (len(mails) - len(answers))]

    def _client(self) -> SMTP:
        account = self._account
        return SMTP(
            hostname=account.host,
            port=account.port or PORTS[account.security],
            use_tls=account.security is Security.TLS,
            start_tls=account.security is Security.STARTTLS,
            local_hostname=account.sender.domain,  # else the library asks the resolver for our own name, and waits
            timeout=STEP_S,
        )

    async def _connected(self, client: SMTP) -> MailRefused | None:
        """Connected, safe and known to the server; or why not: about us, and so for another time or another way."""
        try:
            async with asyncio.timeout(BEGUN_WITHIN_S):
                await client.connect()
                if self._account.user:
                    await client.login(self._account.user, self._account.password)
        except SMTPAuthenticationError as error:
            return MailRefused(str(error.code), tidied(f"sign-in refused: {error.message}", most=200), halt=True)
        except SMTPResponseException as error:
            return _about_us(error)
        except (SMTPConnectError, SSLError) as error:
            return MailRefused("", tidied(f"no connection: {error}", most=200), temporary=True)
        except (SMTPException, OSError, TimeoutError) as error:
            said = str(error) or type(error).__name__
            return MailRefused("", tidied(said, most=200), temporary=True, halt=not isinstance(error, OSError))
        return None

    async def _handed_over(self, client: SMTP, mail: Mail) -> MailTaken | MailRefused | MailUnknown:
        sender = self._account.sender
        try:
            raw = written(mail, sender, reply_to=self._account.reply_to)
        except Exception as error:  # a mistake of ours in one mail must not blur what became of its neighbours
            return MailRefused("", f"cannot be written: {type(error).__name__}")
        try:
            await client.mail(sender.text)
        except SMTPResponseException as error:
            return await _given_up(client, _about_us(error))
        except (SMTPException, OSError, TimeoutError) as error:
            return _lost(error)
        try:
            await client.rcpt(mail.to.text)
        except SMTPResponseException as error:
            return await _given_up(client, _about_mail(error))
        except (SMTPException, OSError, TimeoutError) as error:
            return _lost(error)
        try:
            async with asyncio.timeout(ANSWER_S):
                said = await client.data(raw, timeout=ANSWER_S)
        except SMTPResponseException as error:
            if error.code < _LEAST_REFUSAL:  # an answer that is none
                return MailUnknown(tidied(f"an odd answer to the mail: {error.code} {error.message}", most=200))
            return await _given_up(client, _about_mail(error))
        except (SMTPException, OSError, TimeoutError) as error:
            return MailUnknown(tidied(f"no answer to the mail: {str(error) or type(error).__name__}", most=200))
        return MailTaken(mail_id(mail, sender), tidied(said.message, most=200))


async def _given_up(client: SMTP, refusal: MailRefused) -> MailRefused:
    """The next mail of the connection starts from nothing."""
    try:
        await client.rset()
    except (SMTPException, OSError, TimeoutError):
        client.close()
    return refusal


_LEAST_REFUSAL = 400


def _about_us(error: SMTPResponseException) -> MailRefused:
    """Whatever is said of our account or our own address is no word about the mail."""
    return MailRefused(str(error.code), tidied(error.message, most=200), temporary=True, halt=error.code >= 500)


def _about_mail(error: SMTPResponseException) -> MailRefused:
    """554 and 530 may mean our whole address range: still final for this mail here, and another way may be open."""
    return MailRefused(str(error.code), tidied(error.message, most=200), temporary=error.code < 500)


def _lost(error: Exception) -> MailRefused:
    """The connection ended before the mail was handed over."""
    said = str(error) or type(error).__name__
    return MailRefused("", tidied(f"connection lost: {said}", most=200), temporary=True)
