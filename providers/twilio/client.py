"""Handing texts to Twilio: one POST a message, form-encoded, with basic authentication.

There is no idempotency key: when the answer is lost, the message may have been created. Our own name of the attempt travels
in the address of its status callback, so that the callback tells what the answer did not.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import msgspec

from core.errors import Bug, Unavailable
from core.phones import Msisdn
from core.ports import Http, HttpReply, SmsRefused, SmsTaken
from providers.reading import tidied

SYSTEM = "twilio"
LONGEST = 1_600
"""Characters of a body."""


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """One account at Twilio, with the number or service that texts come from."""

    base_url: str
    """`https://api.twilio.com`, or a simulator; without a slash at the end."""
    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    """A number, a registered name, or the SID of a messaging service (`MG…`)."""
    status_url: str
    """Where Twilio reports how each message is doing."""
    api_key: str = ""
    """An API key's SID, in place of the account's own token for sending."""
    api_secret: str = field(default="", repr=False)
    timeout_s: float = 10.0


class _Message(msgspec.Struct):
    sid: str
    num_segments: str | int | None = None
    price: str | None = None
    price_unit: str | None = None


class _Error(msgspec.Struct):
    code: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Meaning:
    name: str
    temporary: bool = False
    halt: bool = False
    stopped: bool = False


# https://www.twilio.com/docs/api/errors: the codes that say whose fault it is. Any other 4xx is a refusal of this message.
_MEANINGS = {
    20003: _Meaning("BadCredentials", halt=True),
    20005: _Meaning("AccountNotActive", halt=True),
    20404: _Meaning("NoSuchAccount", halt=True),
    20429: _Meaning("TooManyRequests", temporary=True),
    21211: _Meaning("InvalidTo"),
    21212: _Meaning("InvalidFrom", halt=True),
    21408: _Meaning("RegionNotEnabled"),
    21606: _Meaning("FromIsNotOurs", halt=True),
    21610: _Meaning("OptedOut", stopped=True),
    21611: _Meaning("QueueFull", temporary=True),
    21612: _Meaning("NotReachable"),
    21614: _Meaning("NotAMobile"),
    21617: _Meaning("BodyTooLong"),
}


class TwilioSms:
    """Sends one text to one phone a call (`core.ports.SmsGateway`)."""

    def __init__(self, account: TwilioAccount, *, http: Http) -> None:
        self._account = account
        self._http = http

    @property
    def most_numbers(self) -> int:
        return 1

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        """Raises `Unavailable`; with `sent` when the message may have been created."""
        if len(to) != 1:
            raise Bug(f"{len(to)} numbers in one call")
        account = self._account
        mark = f"?mark={quote(marks[0])}" if marks else ""
        by = "MessagingServiceSid" if account.sender.startswith("MG") else "From"
        form = {"To": to[0].e164, by: account.sender, "Body": text, "StatusCallback": account.status_url + mark}
        user, secret = (
            (account.api_key, account.api_secret) if account.api_key else (account.account_sid, account.auth_token)
        )
        reply = await self._http.request(
            "POST",
            f"{account.base_url}/2010-04-01/Accounts/{account.account_sid}/Messages.json",
            headers={
                "Authorization": f"Basic {b64encode(f'{user}:{secret}'.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(form).encode(),
            timeout_s=account.timeout_s,
        )
        return [_read(reply)]


def _read(reply: HttpReply) -> SmsTaken | SmsRefused:
    if 200 <= reply.status < 300:
        try:
            made = msgspec.json.decode(reply.body, type=_Message)
        except (msgspec.DecodeError, RecursionError):
            raise Unavailable(SYSTEM, "unreadable answer", sent=True) from None
        return SmsTaken(made.sid, _parts(made.num_segments), _cost(made))
    if 400 <= reply.status < 500:
        return _refused(reply)
    raise Unavailable(SYSTEM, f"answered {reply.status}", sent=True)


def _refused(reply: HttpReply) -> SmsRefused:
    """A 4xx is Twilio's word that nothing was created. A page that is not theirs says nothing about the message itself."""
    try:
        error = msgspec.json.decode(reply.body, type=_Error)
    except (msgspec.DecodeError, RecursionError):
        busy = reply.status in (408, 429)
        return SmsRefused(str(reply.status), "an answer that is not Twilio's", temporary=True, halt=not busy)
    meaning = _MEANINGS.get(error.code, _Meaning(str(error.code), temporary=reply.status == 429))
    said = tidied(f"{error.code} {error.message}", most=200)
    return SmsRefused(meaning.name, said, meaning.temporary, meaning.halt, meaning.stopped)


def _parts(said: str | int | None) -> int | None:
    """A text; "0" with a messaging service that has not chosen a number yet."""
    text = str(said or "")
    return (int(text) or None) if text.isdecimal() and len(text) < 4 else None


def _cost(made: _Message) -> str:
    """Often unknown at first. Twilio writes what it takes as a negative price."""
    return f"{made.price_unit or ''} {(made.price or '').lstrip('-')}".strip() if made.price else ""
