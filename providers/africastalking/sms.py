"""Handing texts to Africa's Talking through its official SDK (2.0.3), with its traps closed.

The SDK is synchronous, so each call runs in the Threads port, and its own limits are shorter than ours: a caller that gives
up frees itself, not the thread. One service per account (`service.py`).

A text is called refused only where it surely did not leave: whoever is refused may be texted by another way at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from ssl import SSLCertVerificationError
from typing import Any

import msgspec

from core.errors import Bug, Unavailable
from core.phones import Msisdn
from core.ports import Clock, SmsAnswer, SmsRefused, SmsTaken, SmsUnknown, Threads
from providers.reading import tidied

SYSTEM = "africastalking"

MOST_NUMBERS = 1_000
"""Numbers in one call; the SDK's own tests go to 999."""


@dataclass(frozen=True, slots=True)
class AfricasTalkingAccount:
    """One application at Africa's Talking. `username` is `sandbox` in their sandbox."""

    base_url: str
    """`https://api.africastalking.com`, or a simulator; without a slash at the end."""
    username: str
    api_key: str = field(repr=False)
    sender: str | None = None
    """A registered sender name (up to 11 characters) or short code; None for the account's default."""
    connect_s: float = 2.0
    read_s: float = 8.0


class AfricasTalkingSms:
    """Sends one text to several phones (`core.ports.SmsGateway`).

    There is no idempotency key: when the gateway may have taken a text without saying so, `Unavailable(sent=True)` is
    raised, and the delivery report has to tell (their answer has no other name for the message than its own id).
    """

    def __init__(self, account: AfricasTalkingAccount, *, threads: Threads, clock: Clock) -> None:
        self._account = account
        self._threads = threads
        self._clock = clock
        self._service: Any = None

    @property
    def most_numbers(self) -> int:
        return MOST_NUMBERS

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsAnswer]:
        """One answer per number, in order. Give bulk runs up to `MOST_NUMBERS` at once: one call costs as much as one text.
        The gateway has no place for `marks`."""
        if not 0 < len(to) <= MOST_NUMBERS:
            raise Bug(f"{len(to)} numbers in one call")
        account = self._account
        call = partial(
            self._send,
            text,
            [number.e164 for number in to],
            sender_id=account.sender,
            enqueue=len(to) > 1,
            timeout=(account.connect_s, account.read_s),
        )
        try:
            # A call may wait behind another in its thread, and has its own time then.
            answer = await self._threads.run(call, timeout_s=2 * (account.connect_s + account.read_s) + 2)
        except TimeoutError:
            raise Unavailable(SYSTEM, "the SDK did not come back in time", sent=True) from None
        if isinstance(answer, SmsRefused):
            return [answer] * len(to)
        return _read(answer, to)

    def _send(self, text: str, numbers: list[str], **options: Any) -> bytes | SmsRefused:
        """The SDK's call, on a thread of the pool; its exceptions become ours."""
        from requests import RequestException

        from providers.africastalking.service import NotTaken

        try:
            answer: bytes = self._open().send(text, numbers, **options)
            return answer
        except NotTaken as error:
            return _refused_whole(error.status, str(error))
        except RequestException as error:
            raise Unavailable(SYSTEM, type(error).__name__, sent=_may_have_left(error)) from error

    def _open(self) -> Any:
        """The SDK's service, made at the first message: importing it costs a tenth of a second at start."""
        if self._service is None:
            from providers.africastalking.service import KeptService

            account = self._account
            self._service = KeptService(
                account.username, account.api_key, base_url=account.base_url, monotonic=self._clock.monotonic
            )
        return self._service


def _may_have_left(error: Exception) -> bool:
    """False when the request surely never left: no connection came about, the gateway's certificate was not trusted, or the
    library refused to build it."""
    from requests import ConnectionError as NoConnection
    from requests import exceptions
    from urllib3.exceptions import HTTPError, NewConnectionError

    told = error.args[0] if error.args else None
    cause = getattr(told, "reason", told)
    if isinstance(error, exceptions.SSLError):
        return not (isinstance(cause, HTTPError) and cause.args and isinstance(cause.args[0], SSLCertVerificationError))
    if isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError):
        return False
    if isinstance(error, NoConnection):
        return not isinstance(cause, NewConnectionError)
    if isinstance(error, exceptions.InvalidHeader):
        return isinstance(told, HTTPError)  # then it stands in the answer
    return not isinstance(error, exceptions.InvalidURL | exceptions.MissingSchema | exceptions.InvalidSchema)


def _refused_whole(status: int, text: str) -> SmsRefused:
    """An answer that is no 2xx. Raises `Unavailable` where that does not say that nothing was sent: what stands on a page of
    errors is no word of the gateway's."""
    if status in (401, 403):
        return SmsRefused("InvalidCredentials", tidied(text, most=200), halt=True)
    if status == 429:
        raise Unavailable(SYSTEM, "throttled", retry_after_s=10)
    raise Unavailable(SYSTEM, tidied(text, most=120) or f"{status} without a text", sent=True)


# --- what the gateway said of each number --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Code:
    """A status of one number that is a refusal."""

    name: str
    temporary: bool = False
    halt: bool = False
    stopped: bool = False


# Africa's Talking's table of status codes but for 500 and 501, which leave open whether it was sent.
_REFUSALS = {
    401: _Code("RiskHold"),
    402: _Code("InvalidSenderId", halt=True),
    403: _Code("InvalidPhoneNumber"),
    404: _Code("UnsupportedNumberType"),
    405: _Code("InsufficientBalance", temporary=True, halt=True),
    406: _Code("UserInBlacklist", stopped=True),
    407: _Code("CouldNotRoute"),
    409: _Code("DoNotDisturbRejection", temporary=True),
    502: _Code("RejectedByGateway", temporary=True),
}
_ACCEPTED = (100, 101, 102)
_REFUSED = range(400, 500)
"""Codes that their table does not name yet are refusals where the others of their hundred are."""
_BY_NAME = {code.name.lower(): code for code in _REFUSALS.values()}


class _Recipient(msgspec.Struct):
    number: str = ""
    statusCode: int | str = 0  # noqa: N815 - the gateway's spelling
    status: str = ""
    cost: str | int | None = None
    messageId: str | None = None  # noqa: N815 - likewise
    messageParts: int | str | None = None  # noqa: N815 - likewise


class _Data(msgspec.Struct):
    Message: str = ""
    Recipients: list[_Recipient] = []


class _Answer(msgspec.Struct):
    SMSMessageData: _Data


_decode = msgspec.json.Decoder(_Answer).decode


def _read(answer: bytes, to: Sequence[Msisdn]) -> list[SmsAnswer]:
    """2xx alone is no success: a number is taken when its own status says so. Raises `Unavailable(sent=True)` when the
    answer cannot be read, as it came after the gateway had our text."""
    try:
        data = _decode(answer).SMSMessageData
    except (ValueError, RecursionError):
        raise Unavailable(SYSTEM, "unreadable answer", sent=True) from None
    if not data.Recipients:
        return [_of_nobody(data.Message.strip())] * len(to)
    said: dict[str, SmsAnswer] = {}
    for recipient in data.Recipients:
        number, verdict = _digits(recipient.number), _verdict(recipient)
        if not isinstance(said.get(number), SmsTaken):
            said[number] = verdict
    return [said.get(number.digits) or SmsUnknown("the answer does not name this number") for number in to]


def _of_nobody(message: str) -> SmsAnswer:
    """The reason stands in the text for all; `Sent to 0/2 …` is one, too."""
    code = _BY_NAME.get(message.lower())
    if code is None and not message.startswith("Sent to 0/"):
        return SmsUnknown(tidied(f"an answer without numbers: {message}", most=200))
    code = code or _Code("NoRecipients")
    return SmsRefused(code.name, tidied(message, most=200), code.temporary, code.halt, code.stopped)


def _verdict(recipient: _Recipient) -> SmsAnswer:
    code = _number(recipient.statusCode)
    if code in _ACCEPTED and recipient.messageId and recipient.messageId != "None":
        return SmsTaken(recipient.messageId, _number(recipient.messageParts) or None, str(recipient.cost or "0"))
    said = tidied(f"{code} {recipient.status}", most=200)
    known = _REFUSALS.get(code)
    if known is None and code not in _REFUSED:
        return SmsUnknown(said)
    known = known or _Code(recipient.status or str(code))
    return SmsRefused(known.name, said, known.temporary, known.halt, known.stopped)


def _number(said: int | str | None) -> int:
    if isinstance(said, str):
        said = said.strip()
        return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    return said or 0


def _digits(number: str) -> str:
    return "".join(number.split()).removeprefix("+").removeprefix("00")
