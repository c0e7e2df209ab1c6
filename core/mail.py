"""Addresses of mail: read at the door, and then safe to stand in a header or behind `RCPT TO`."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.errors import DomainError
from core.ids import MessageId

LONGEST = 254
"""RFC 5321: a path of 256 octets, less its brackets."""
_LONGEST_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SPELLING = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9])", re.ASCII)


@dataclass(eq=False)
class NotAMailAddress(DomainError):
    """The text is no address that every mail server takes: plain letters, one @, a domain with a dot."""

    code: ClassVar[str] = "not_a_mail_address"
    text: str


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address as its owner writes it, its domain in lower case: `Asha.W@example.org`."""

    text: str

    @classmethod
    def parse(cls, text: str) -> MailAddress:
        """Raises `NotAMailAddress`; also for quoted names, comments, other alphabets, and anything with a line break."""
        found = _SPELLING.fullmatch(text.strip(" \t")) if len(text) <= 2 * LONGEST else None
        if found is None or len(found[0]) > LONGEST or len(found[1]) > _LONGEST_LOCAL:
            raise NotAMailAddress("".join(each if each.isprintable() else " " for each in text[:60]))
        return cls(f"{found[1]}@{found[2].lower()}")

    @property
    def key(self) -> str:
        """By which an address is found again: no provider of note tells `Asha@` from `asha@`."""
        return self.text.lower()

    @property
    def domain(self) -> str:
        return self.text.rpartition("@")[2]

    @property
    def masked(self) -> str:
        """`a***@example.org`: for logs and shared screens."""
        return f"{self.text[0]}***@{self.domain}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"MailAddress({self.masked})"


# --- the link that ends mails of a kind ---------------------------------------------------------------------------------

_VERSION = b"\x01"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{44}", re.ASCII)


def stop_token(message: MessageId, code: bytes) -> str:
    """44 letters that name a mail, with an authenticity code (16 bytes). It never ends: who stops us next year is heard."""
    return urlsafe_b64encode(_VERSION + message.bytes + code).decode()


def read_stop_token(token: str) -> tuple[MessageId, bytes] | None:
    """What a token claims to be, with the code that must be compared; None for what cannot be one."""
    if not _TOKEN.fullmatch(token):
        return None
    whole = urlsafe_b64decode(token)
    return (MessageId(UUID(bytes=whole[1:17])), whole[17:]) if whole[:1] == _VERSION else None
