"""Links to papers: a token that names one paper, its language and its last hour, and that nobody can make up.

`https://your.name/d/` and 48 letters: the hour until which it opens (3 bytes), what it opens (16 bytes), an authenticity
code of all the rest (16 bytes), and which kind of paper in which language (1 byte). Nothing is kept of a link: a stolen
database tells none, and one that was given out ends by itself. The kind stands last, because its bits make the last of the
48 a letter or a digit: phones cut a dash off the end of a link.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from uuid import UUID

from core.callers import LANGUAGES

LIFETIME = timedelta(days=7)
"""How long a link in a message opens: long enough for the week's end, short enough for a phone that is sold."""

_HOUR_S = 3_600
_SPELT = re.compile(r"[A-Za-z0-9_-]{48}", re.ASCII)


class PaperKind(Enum):
    """What a link opens, and whose id it names. The number is on the air: it never changes."""

    RECEIPT = 1
    """A payment."""
    INVOICE = 2
    """An open item."""
    STATEMENT = 3
    """A customer account."""
    FAMILY = 4
    """A contact: all accounts that this guardian answers for."""


@dataclass(frozen=True, slots=True)
class DocumentLink:
    kind: PaperKind
    subject: UUID
    language: str
    until: datetime
    """Whole hours: it opens before this moment."""

    @property
    def signed_part(self) -> bytes:
        """What the authenticity code is computed of."""
        hours = int(self.until.timestamp()) // _HOUR_S
        return (
            hours.to_bytes(3, "big")
            + self.subject.bytes
            + bytes([LANGUAGES.index(self.language) << 4 | self.kind.value])
        )


def link_to(
    kind: PaperKind, subject: UUID, language: str, *, now: datetime, lifetime: timedelta = LIFETIME
) -> DocumentLink:
    """A link that opens from now on for `lifetime`, and until the end of that hour."""
    hours = -(-int((now + lifetime).timestamp()) // _HOUR_S)
    return DocumentLink(kind, subject, language, datetime.fromtimestamp(hours * _HOUR_S, UTC))


def token_of(link: DocumentLink, code: bytes) -> str:
    """The link's letters, with its authenticity code (16 bytes)."""
    part = link.signed_part
    return urlsafe_b64encode(part[:-1] + code + part[-1:]).decode()


def read_token(token: str) -> tuple[DocumentLink, bytes] | None:
    """What a token claims to be, with the code that must be compared; None for what cannot be one. One link has one spelling."""
    if not _SPELT.fullmatch(token):
        return None
    whole = urlsafe_b64decode(token)
    kind, language = whole[-1] & 15, whole[-1] >> 4
    if language >= len(LANGUAGES) or kind not in {one.value for one in PaperKind}:
        return None
    until = datetime.fromtimestamp(int.from_bytes(whole[:3], "big") * _HOUR_S, UTC)
    link = DocumentLink(PaperKind(kind), UUID(bytes=whole[3:19]), LANGUAGES[language], until)
    return link, whole[19:35]
