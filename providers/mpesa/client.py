"""Asking Daraja: prompt a phone (STK push), what became of it (STK query), where to send confirmations (C2B), and what we
missed (pull)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from core.errors import Unavailable
from core.organisations import ProviderAccount
from core.payments import NotPaid, Paid, PromptOutcome, StillWaiting
from core.phones import Msisdn
from core.ports import (
    Clock,
    Exchanged,
    Http,
    HttpReply,
    KeyValue,
    PromptAccepted,
    PromptOrder,
    PromptRefused,
    PulledPage,
)
from core.pulling import Window
from providers.mpesa.codes import ALREADY_REGISTERED, PAID, THROTTLED, TOKEN_INVALID, prompt_result, refusal
from providers.mpesa.parse import Received
from providers.mpesa.pulling import read_page
from providers.mpesa.times import write_pulled, write_time
from providers.mpesa.token import AccessToken
from providers.reading import tidied

PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
REGISTER = "/mpesa/c2b/{version}/registerurl"
STATUS = "/mpesa/transactionstatus/v1/query"
PULL = "/pulltransactions/v1/query"
PULL_REGISTER = "/pulltransactions/v1/register"

MOST_REFERENCE = 12
"""Characters of an AccountReference. A longer one is refused, never cut: it comes back with the money."""
MOST_DESCRIPTION = 13

_BUSY_S = 15.0
_MOST_LOGGED = 16_384
_SECRET = ("Password", "SecurityCredential")
FORBIDDEN_IN_URLS = ("mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query")
"""Words that Safaricom refuses in a callback URL, in any case."""


@dataclass(frozen=True, slots=True)
class MpesaAccount:
    """One paybill or till and the credentials that speak for it."""

    base_url: str
    """`https://api.safaricom.co.ke`, or a simulator; without a slash at the end."""
    shortcode: str
    """The paybill; for a till, the store or head-office number that went live."""
    callback_url: str
    """Where the outcome of each prompt is posted."""
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    passkey: str = field(repr=False)
    till: str | None = None
    """The till number when customers buy goods; None for a paybill."""
    timeout_s: float = 15.0
    country_code: str = "254"
    hooks_url: str = ""
    """Where answers that come later are posted, below it by their question."""
    initiator: str = ""
    """The API operator of the short code who may ask about transactions; empty when nobody may."""
    security_credential: str = field(default="", repr=False)
    """The operator's password, encrypted for Daraja as its portal does it (sheet, section 16)."""


class ResponseType(Enum):
    """What M-Pesa does with a payment when our validation does not answer in time."""

    COMPLETED = "Completed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class UrlsRegistered:
    """Confirmations now come to us. `already`: they had been registered before, in production for good, maybe elsewhere."""

    already: bool


@dataclass(frozen=True, slots=True)
class UrlsRefused:
    """Daraja did not take the addresses."""

    code: str
    detail: str


class MpesaRail:
    """Collections by M-Pesa for one account (`core.ports.Rail`).

    A push has no idempotency key: whenever it may have left us without a clear answer, `Unavailable(sent=True)` says so,
    and nobody may send it again before the callback, the C2B twin or a statement has told (vendor page, section 15).
    """

    def __init__(self, account: MpesaAccount, *, http: Http, keyvalue: KeyValue, clock: Clock) -> None:
        self._account = account
        self._http = http
        self._clock = clock
        self._token = AccessToken(
            base_url=account.base_url,
            consumer_key=account.consumer_key,
            consumer_secret=account.consumer_secret,
            http=http,
            keyvalue=keyvalue,
            clock=clock,
            timeout_s=account.timeout_s,
        )

    @property
    def shortcodes(self) -> tuple[str, ...]:
        """The numbers under which confirmations name this account: its paybill or head office, and its till."""
        return tuple(filter(None, (self._account.shortcode, self._account.till)))

    async def prompt(self, order: PromptOrder) -> tuple[PromptAccepted | PromptRefused, Exchanged]:
        """Show the payer a prompt for the PIN. Raises `FractionRefused` for cents, and `Unavailable`."""
        account = self._account
        asked = {
            **self._signed(),
            "TransactionType": "CustomerBuyGoodsOnline" if account.till else "CustomerPayBillOnline",
            "Amount": str(order.amount.whole_units),
            "PartyA": order.payer.digits,
            "PartyB": account.till or account.shortcode,
            "PhoneNumber": order.payer.digits,
            "CallBackURL": account.callback_url,
            "AccountReference": order.reference,
            "TransactionDesc": order.description[:MOST_DESCRIPTION],
        }
        if len(order.reference) > MOST_REFERENCE:
            unsent = Exchanged("stk_push", _redacted(asked), b"", status=0, latency_ms=0)
            return PromptRefused("reference_too_long", f"{len(order.reference)} characters", temporary=False), unsent
        reply, exchanged = await self._post("stk_push", PUSH, asked)
        return _read_push(reply), exchanged

    async def ask(self, provider_request_id: str) -> tuple[PromptOutcome, Exchanged]:
        """What became of a prompt, by its CheckoutRequestID. The answer never holds a receipt. Safe to repeat; ask first
        after 15 s, then ever more slowly. Raises `Unavailable`, always with `sent=False`: a question changes nothing."""
        asked = {**self._signed(), "CheckoutRequestID": provider_request_id}
        try:
            reply, exchanged = await self._post("stk_query", QUERY, asked)
            return _read_query(reply), exchanged
        except Unavailable as error:
            error.sent = False
            raise

    async def register_urls(
        self,
        *,
        confirmation_url: str,
        validation_url: str,
        response_type: ResponseType = ResponseType.COMPLETED,
        version: str = "v2",
    ) -> tuple[UrlsRegistered | UrlsRefused, Exchanged]:
        """Tell Daraja where C2B payments of this short code are reported. In production it works once; a second call is
        answered with `already`. `version` decides how payers are hidden: `v1` hashes phones, `v2` masks them."""
        asked = {
            "ShortCode": self._account.shortcode,
            "ResponseType": response_type.value,
            "ConfirmationURL": confirmation_url,
            "ValidationURL": validation_url,
        }
        for word in FORBIDDEN_IN_URLS:
            if word in f"{confirmation_url} {validation_url}".lower():
                unsent = Exchanged("register_urls", _redacted(asked), b"", status=0, latency_ms=0)
                return UrlsRefused("forbidden_word", word), unsent
        reply, exchanged = await self._post("register_urls", REGISTER.format(version=version), asked)
        return _read_registration(reply), exchanged

    async def register_pull(
        self, *, nominated: Msisdn, callback_url: str
    ) -> tuple[UrlsRegistered | UrlsRefused, Exchanged]:
        """Ask Daraja once to remember what arrives for us to pull. `nominated` is the number on the short code's own record."""
        asked = {
            "ShortCode": self._account.shortcode,
            "RequestType": "Pull",
            "NominatedNumber": nominated.digits,
            "CallBackURL": callback_url,
        }
        reply, exchanged = await self._post("register_pull", PULL_REGISTER, asked)
        return _read_pull_registration(reply), exchanged

    async def pull(self, account: ProviderAccount, window: Window, *, offset: int) -> PulledPage:
        """What arrived in a stretch of time, from row `offset` on (`core.ports.Puller`)."""
        asked = {
            "ShortCode": self._account.shortcode,
            "StartDate": write_pulled(window.since),
            "EndDate": write_pulled(window.until),
            "OffSetValue": str(offset),
        }
        try:
            reply, _ = await self._post("pull", PULL, asked)
        except Unavailable as error:
            error.sent = False  # a question changes nothing
            raise
        received = Received(
            account.id, account.organisation, account.currency, self._account.country_code, self._clock.now()
        )
        return read_page(reply, received)

    @property
    def can_ask(self) -> bool:
        """Whether transactions can be asked about: it takes an operator of the short code (`core.ports.StatusAsker`)."""
        return bool(self._account.initiator and self._account.security_credential)

    async def ask_about(self, receipt: str, *, question: UUID) -> tuple[bool, Exchanged]:
        """Ask what a receipt is; Daraja answers later, below `hooks_url` (vendor page TransactionStatus)."""
        account = self._account
        asked = {
            "Initiator": account.initiator,
            "SecurityCredential": account.security_credential,
            "CommandID": "TransactionStatusQuery",
            "TransactionID": receipt,
            "PartyA": account.shortcode,
            "IdentifierType": "4",
            "ResultURL": f"{account.hooks_url}/result/{question.hex}",
            "QueueTimeOutURL": f"{account.hooks_url}/timeout/{question.hex}",
            "Remarks": "enquiry",
            "Occasion": "",
        }
        try:
            reply, exchanged = await self._post("status_query", STATUS, asked)
        except Unavailable as error:
            error.sent = False
            raise
        said = fields_of(reply)
        if reply.status < 300 and field_of(said, "ResponseCode") == "0":
            return True, exchanged
        code = field_of(said, "errorCode")
        if not code or code in THROTTLED:
            raise Unavailable("mpesa", f"HTTP {reply.status} {code}".strip(), retry_after_s=_BUSY_S)
        return False, exchanged

    def _signed(self) -> dict[str, str]:
        account, timestamp = self._account, write_time(self._clock.now())
        password = b64encode(f"{account.shortcode}{account.passkey}{timestamp}".encode()).decode()
        return {"BusinessShortCode": account.shortcode, "Password": password, "Timestamp": timestamp}

    async def _post(self, operation: str, path: str, asked: Mapping[str, str]) -> tuple[HttpReply, Exchanged]:
        """One question with a valid token. A token that Daraja has forgotten is replaced once, and the question put again:
        it was turned away at the gate."""
        body = msgspec.json.encode(asked)
        began = self._clock.monotonic()
        reply = await self._send(path, body)
        latency_ms = round((self._clock.monotonic() - began) * 1000)
        return reply, Exchanged(operation, _redacted(asked), reply.body[:_MOST_LOGGED], reply.status, latency_ms)

    async def _send(self, path: str, body: bytes) -> HttpReply:
        for _ in range(2):
            token = await self._token.get()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            url = self._account.base_url + path
            reply = await self._http.request("POST", url, headers=headers, body=body, timeout_s=self._account.timeout_s)
            if reply.status < 400 or field_of(fields_of(reply), "errorCode") not in TOKEN_INVALID:
                return reply
            await self._token.refused(token)
        raise Unavailable("mpesa", "the access token is refused again and again", retry_after_s=60)


def _read_push(reply: HttpReply) -> PromptAccepted | PromptRefused:
    said = fields_of(reply)
    if reply.status < 300:
        code, request_id = field_of(said, "ResponseCode"), field_of(said, "CheckoutRequestID")
        if code == "0" and request_id:
            return PromptAccepted(request_id, {"MerchantRequestID": field_of(said, "MerchantRequestID")})
        if code and code != "0":
            return PromptRefused(code, field_of(said, "ResponseDescription"), temporary=False)
        raise Unavailable("mpesa", f"unreadable answer to a prompt: HTTP {reply.status}", sent=True)
    code, detail = field_of(said, "errorCode"), field_of(said, "errorMessage")
    if code and (refused := refusal(code, detail)):
        return PromptRefused(code, detail, temporary=refused.temporary)
    raise Unavailable("mpesa", f"HTTP {reply.status} {code}".strip(), sent=True)


def _read_query(reply: HttpReply) -> PromptOutcome:
    said = fields_of(reply)
    code, detail = field_of(said, "ResultCode"), field_of(said, "ResultDesc")
    if code == PAID:
        return Paid()
    if code:
        meaning = prompt_result(code)
        return NotPaid(code, detail, meaning.reason) if meaning.final else StillWaiting(f"{code} {detail}")
    error = field_of(said, "errorCode")
    if not error or error in THROTTLED:
        raise Unavailable("mpesa", f"HTTP {reply.status} {error}".strip(), retry_after_s=_BUSY_S)
    return StillWaiting(f"{error} {field_of(said, 'errorMessage')}")


def _read_registration(reply: HttpReply) -> UrlsRegistered | UrlsRefused:
    said = fields_of(reply)
    if reply.status < 300 and field_of(said, "ResponseCode") in ("0", "00000000"):
        return UrlsRegistered(already=False)
    code = field_of(said, "errorCode") or field_of(said, "ResponseCode")
    detail = field_of(said, "errorMessage") or field_of(said, "ResponseDescription")
    if code == ALREADY_REGISTERED and "already" in detail.lower():
        return UrlsRegistered(already=True)
    if not code or code in THROTTLED:
        raise Unavailable("mpesa", f"HTTP {reply.status} {code}".strip(), sent=not code)
    return UrlsRefused(code, detail)


def _read_pull_registration(reply: HttpReply) -> UrlsRegistered | UrlsRefused:
    """The keys come with and without a blank in them (seen so in public captures)."""
    said = {name.replace(" ", ""): value for name, value in fields_of(reply).items()}
    code = field_of(said, "ResponseStatus") or field_of(said, "ResponseCode") or field_of(said, "errorCode")
    if code in ("1000", "1001"):
        return UrlsRegistered(already=code == "1001")
    if not code or code in THROTTLED:
        raise Unavailable("mpesa", f"HTTP {reply.status} {code}".strip(), sent=not code)
    return UrlsRefused(code, field_of(said, "ResponseDescription") or field_of(said, "errorMessage"))


def fields_of(reply: HttpReply) -> dict[str, Any]:
    """The answer's fields; none for a firewall's HTML page and anything else that is no JSON object."""
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except (ValueError, RecursionError):
        return {}


def field_of(said: dict[str, Any], name: str) -> str:
    """A code or text, which may come as a number; empty when absent."""
    value = said.get(name)
    return tidied(str(value), most=200) if isinstance(value, str | int) else ""


def _redacted(asked: Mapping[str, str]) -> bytes:
    """The question as it may be logged: `Password` can be turned back into the passkey."""
    return msgspec.json.encode({name: "***" if name in _SECRET else value for name, value in asked.items()})
