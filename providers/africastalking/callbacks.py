"""What Africa's Talking tells us about messages: delivery reports, incoming texts, opt-outs.

All are forms, posted without a signature, in any order and more than once. Any 2xx answer will do; its body is ignored.
Functions are pure, take the raw bytes and raise nothing but `Unreadable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import parse_qsl

from core.dispatch import Verdict
from core.phones import Msisdn
from providers.reading import Unreadable, required, texted, texting_phone, tidied

_MOST_FIELDS = 40
_MOST_BYTES = 65_536


class Delivery(Enum):
    """How far a message has come."""

    SENT = "Sent"
    """It left the gateway."""
    SUBMITTED = "Submitted"
    BUFFERED = "Buffered"
    """The operator has it."""
    SUCCESS = "Success"
    """It is on the handset."""
    REJECTED = "Rejected"
    FAILED = "Failed"
    ABSENT = "AbsentSubscriber"
    """The phone is off. Final for a one-time code; a reminder may be sent again."""
    EXPIRED = "Expired"
    UNKNOWN = "unknown"
    """A word we do not know: kept, and never taken for the end."""

    @property
    def rank(self) -> int:
        """Reports overtake each other: one of a lower rank never replaces one of a higher. That it arrived beats all."""
        return _RANKS.get(self, 9)

    @property
    def is_final(self) -> bool:
        return self.rank >= 9

    @property
    def arrived(self) -> bool:
        return self is Delivery.SUCCESS


_RANKS = {Delivery.UNKNOWN: 0, Delivery.SENT: 1, Delivery.SUBMITTED: 2, Delivery.BUFFERED: 3, Delivery.SUCCESS: 10}
_BY_WORD = {status.value.lower(): status for status in Delivery}


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A message came one step further, or to its end. Some reports hold no more than the first two."""

    gateway_id: str
    """As the gateway named the message when it took it: `ATXid_…`, `ATUid_…` or a number."""
    status: Delivery
    status_text: str
    phone: Msisdn | None = None
    failure_reason: str = ""
    """Lower case, as `userinblacklist`; the gateway's own spelling varies. Unknown ones are kept."""
    network_code: str = ""

    @property
    def verdict(self) -> Verdict:
        """What it means for the message."""
        if self.status.arrived:
            return Verdict.ARRIVED
        if not self.status.is_final:
            return Verdict.ON_THE_WAY
        return Verdict.STOPPED if "blacklist" in self.failure_reason else Verdict.FAILED


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """Somebody sent a text to one of our short codes. The same (`gateway_id`, sender) again is the same text."""

    gateway_id: str
    sender: Msisdn | None
    """None when the sender is a name (an operator's advertisement): never answered."""
    sender_text: str
    short_code: str
    text: str
    at: datetime
    """Aware UTC; the receive time when the gateway's cannot be read."""
    link_id: str
    network_code: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """A person wants no more bulk messages of one sender name."""

    sender: str
    phone: Msisdn


def parse_delivery_report(body: bytes, *, country_code: str) -> DeliveryReport:
    """How a message that we sent is doing. An unknown status is a report all the same; one without id or status is not."""
    form = _form(body)
    status_text = required(form, "status")
    return DeliveryReport(
        gateway_id=required(form, "id"),
        status=_BY_WORD.get(status_text.lower(), Delivery.UNKNOWN),
        status_text=status_text,
        phone=texting_phone(form.get("phoneNumber", ""), country_code),
        failure_reason=tidied(form.get("failureReason", ""), most=100).lower(),
        network_code=tidied(form.get("networkCode", ""), most=20),
    )


def parse_incoming(body: bytes, *, country_code: str, received_at: datetime) -> IncomingSms:
    """A text that somebody sent us. It may hold line breaks; other control characters become blanks."""
    form = _form(body)
    text = texted(form.get("text", ""))
    sender = required(form, "from")
    return IncomingSms(
        gateway_id=required(form, "id"),
        sender=texting_phone(sender, country_code),
        sender_text=sender,
        short_code=tidied(form.get("to", ""), most=40),
        text=text,
        at=_moment(form.get("date", "")) or received_at,
        link_id=tidied(form.get("linkId", ""), most=100),
        network_code=tidied(form.get("networkCode", ""), most=20),
    )


def parse_opt_out(body: bytes, *, country_code: str) -> OptOut:
    """A person answered the opt-out instructions that the gateway adds to the first message of a sender name."""
    form = _form(body)
    phone = texting_phone(required(form, "phoneNumber"), country_code)
    if phone is None:
        raise Unreadable("no phone")
    return OptOut(sender=tidied(form.get("senderId", ""), most=40), phone=phone)


def _form(body: bytes) -> dict[str, str]:
    """The fields of a form; of a repeated one the last."""
    if len(body) > _MOST_BYTES:
        raise Unreadable(f"{len(body)} bytes")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Unreadable("not a form") from None
    return dict(pairs)


def _moment(text: str) -> datetime | None:
    """`2017-05-03T06:04:45Z`, or `2026-10-06 11:20:46` without a zone, which public integrations read as UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
