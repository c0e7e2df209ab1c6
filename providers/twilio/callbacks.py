"""What Twilio tells us about messages: how far one has come, and texts that people send us. Forms, repeated, in any order.

Functions are pure, take the fields of a form whose signature was found good, and raise nothing but `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

from core.dispatch import Verdict
from core.ids import MessageId
from core.phones import Msisdn
from providers.reading import Unreadable, required, texted, texting_phone, tidied

_MOST_BYTES = 65_536
_MOST_FIELDS = 100
_MARK = re.compile(r"(?P<message>[0-9a-f]{32})-(?P<number>[1-9][0-9]{0,2})")
OPTED_OUT = "21610"

# How far a message has come. What failed may be reported as delivered later, and then was.
_RANKS = {
    **dict.fromkeys(("accepted", "scheduled"), 1),
    "queued": 2,
    "sending": 3,
    "sent": 4,
    **dict.fromkeys(("failed", "undelivered", "canceled"), 9),
    **dict.fromkeys(("delivered", "partially_delivered", "read"), 10),
}
_FAILED, _ARRIVED = 9, 10


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A message came one step further, or to its end. A status that we do not know is kept, and never taken for the end."""

    sid: str
    status: str
    rank: int
    error: str
    mark: tuple[MessageId, int] | None
    """Our own name of the attempt, out of the address that we gave Twilio: the message and the number of the try."""

    @property
    def verdict(self) -> Verdict:
        if self.rank == _ARRIVED:
            return Verdict.ARRIVED
        if self.rank == _FAILED:
            return Verdict.STOPPED if self.error == OPTED_OUT else Verdict.FAILED
        return Verdict.ON_THE_WAY


@dataclass(frozen=True, slots=True)
class IncomingText:
    """Somebody sent a text to one of our numbers; `sender` is None where nobody can be answered by SMS."""

    sid: str
    sender: Msisdn | None
    sender_text: str
    to: str
    text: str


def form_of(body: bytes) -> list[tuple[str, str]]:
    """Every field of a form, in order, also repeated and empty ones: the signature is over all of them."""
    if len(body) > _MOST_BYTES:
        raise Unreadable(f"{len(body)} bytes")
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Unreadable("not a form") from None


def parse_status(fields: Sequence[tuple[str, str]], mark: str) -> StatusReport:
    """How a message that we sent is doing; `mark` is what stands in the address that was called."""
    form = dict(fields)
    status = required(form, "MessageStatus").lower()
    return StatusReport(
        sid=required(form, "MessageSid"),
        status=status,
        rank=_RANKS.get(status, 0),
        error=tidied(form.get("ErrorCode", ""), most=20),
        mark=_mark(mark),
    )


def parse_incoming(fields: Sequence[tuple[str, str]], *, country_code: str) -> IncomingText:
    """A text to one of our numbers. Its words are never decoded: base64-looking text is ordinary text."""
    form = dict(fields)
    text = texted(form.get("Body", ""))
    sender = required(form, "From")
    return IncomingText(
        sid=required(form, "MessageSid"),
        sender=texting_phone(sender, country_code),
        sender_text=sender,
        to=tidied(form.get("To", ""), most=40),
        text=text,
    )


def _mark(text: str) -> tuple[MessageId, int] | None:
    found = _MARK.fullmatch(text)
    return (MessageId(UUID(hex=found["message"])), int(found["number"])) if found else None
