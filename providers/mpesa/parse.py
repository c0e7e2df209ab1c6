"""What Daraja tells us, read into our own words: money arrived, or a prompt that brought none.

Every function is pure, takes the raw bytes, and raises nothing but `Unreadable`: callbacks carry no signature, so a body
may be anything. Numbers come as texts and texts as numbers, keys are missing, and no amount ever passes through a float.
Shapes: vendor pages CustomerToBusiness and MpesaExpressSimulate; what public captures add is said where it matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from core.ids import OrganisationId, ProviderAccountId
from core.money import Currency, NotAnAmount, Reported, parse_reported
from core.payments import Method, MoneyArrived, PromptFailed, Witness
from core.phones import PayerPhone, read_payer
from providers.mpesa.codes import PAID, prompt_result
from providers.mpesa.times import read_time
from providers.reading import Unreadable, kept_text, tidied

PROVIDER = "mpesa"


@dataclass(frozen=True, slots=True)
class Received:
    """Whose callback it is and when it came: what the address it was posted to tells, and the body does not."""

    provider_account: ProviderAccountId
    organisation: OrganisationId
    currency: Currency
    country_code: str
    """The phone prefix of the account's country, `254`."""
    received_at: datetime
    """Aware UTC; stands in for a time of payment that cannot be read."""
    shortcodes: tuple[str, ...] = ()
    """The numbers at which this account takes money (paybill or head office, till); empty believes any."""


class NotOurShortcode(Unreadable):
    """The body speaks of another short code's money than the address that it was posted to."""


def parse_confirmation(body: bytes, received: Received) -> MoneyArrived:
    """A C2B confirmation: money is on our paybill or till, and cannot be refused any more."""
    try:
        said = _CONFIRMATION.decode(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_why(error)) from None
    _said_once(body, _MONEY)
    shortcode = str(said.BusinessShortCode or "").strip()
    if shortcode and received.shortcodes and shortcode not in received.shortcodes:
        # Somebody registered this address for another paybill: its money is not this organisation's.
        raise NotOurShortcode(f"for short code {shortcode[:20]!r}, which is not this account's")
    text = _amount(said.TransAmount)
    reported = _money(text, received.currency)
    till = "buy" in said.TransactionType.lower() if said.TransactionType else False
    reference = said.BillRefNumber
    return MoneyArrived(
        provider_account=received.provider_account,
        organisation=received.organisation,
        provider=PROVIDER,
        witness=Witness.CONFIRMATION,
        method=Method.TILL if till else Method.PAYBILL,
        receipt=_receipt(said.TransID),
        amount=reported.money,
        exact=reported.exact,
        amount_text=text,
        reference=kept_text(str(reference), most=_MOST_REFERENCE, what="reference") if reference else "",
        payer=_payer(str(said.MSISDN), received.country_code) if said.MSISDN else None,
        payer_name=_name(said),
        value_at=_moment(str(said.TransTime)) or received.received_at,
    )


def parse_validation(body: bytes, received: Received) -> MoneyArrived:
    """A C2B validation: what the confirmation will say if we accept. No money has moved yet."""
    return parse_confirmation(body, received)


def parse_prompt_result(body: bytes, received: Received) -> MoneyArrived | PromptFailed:
    """The outcome of an STK push. The payer's phone is whole here, and our account reference usually absent: the prompt
    is found by `provider_request_id`. A failure without one (a vendor sample) has it empty; a success still is money."""
    try:
        said = _PROMPT_RESULT.decode(body).Body.callback
    except (ValueError, RecursionError) as error:
        raise Unreadable(_why(error)) from None
    _said_once(body, (b'"ResultCode"', b'"stkCallback"', b'"CheckoutRequestID"', b'"CallbackMetadata"'))
    code = _plain(said.ResultCode)
    if not code:
        raise Unreadable("no result code")
    request = said.CheckoutRequestID
    request_id = kept_text(request, most=_MOST_REQUEST_ID, what="request id") if isinstance(request, str) else ""
    if code == PAID:
        return _paid(_items(said.CallbackMetadata), request_id, received)
    meaning = prompt_result(code)
    return PromptFailed(
        provider_account=received.provider_account,
        provider_request_id=request_id,
        code=tidied(code, most=40),
        detail=tidied(_text(said.ResultDesc), most=200),
        final=meaning.final,
        reason=meaning.reason,
    )


# --- shapes: lenient where it costs nothing, and blind to what we do not use ---------------------------------------------

_MOST_REFERENCE = 100
_MOST_REQUEST_ID = 100
_ABSENT = msgspec.Raw(b"")


class _Confirmation(msgspec.Struct, gc=False):
    TransID: str | int
    TransAmount: msgspec.Raw
    TransactionType: str | None = None
    TransTime: str | int | None = None
    BillRefNumber: str | int | None = None
    MSISDN: str | int | None = None
    BusinessShortCode: str | int | None = None
    FirstName: Any = None
    MiddleName: Any = None
    LastName: Any = None


class _Item(msgspec.Struct):
    Name: Any = None
    Value: msgspec.Raw = _ABSENT


class _Metadata(msgspec.Struct):
    Item: list[_Item] | _Item | None = None


class _Callback(msgspec.Struct):
    ResultCode: msgspec.Raw = _ABSENT
    CheckoutRequestID: Any = None
    ResultDesc: Any = None
    CallbackMetadata: _Metadata | None = None


class _CallbackBody(msgspec.Struct):
    callback: _Callback = msgspec.field(name="stkCallback")


class _PromptResult(msgspec.Struct):
    Body: _CallbackBody


_CONFIRMATION = msgspec.json.Decoder(_Confirmation)
_PROMPT_RESULT = msgspec.json.Decoder(_PromptResult)
_TEXT = msgspec.json.Decoder(str)


# --- parts -------------------------------------------------------------------------------------------------------------


def _paid(items: dict[str, msgspec.Raw], request_id: str, received: Received) -> MoneyArrived:
    """Items come in any order, some without a value, and sometimes with our reference among them."""
    text = _amount(items.get("Amount", _ABSENT))
    reported = _money(text, received.currency)
    return MoneyArrived(
        provider_account=received.provider_account,
        organisation=received.organisation,
        provider=PROVIDER,
        witness=Witness.PROMPT_RESULT,
        method=Method.PROMPT,
        receipt=_receipt(_plain(items.get("MpesaReceiptNumber", _ABSENT))),
        amount=reported.money,
        exact=reported.exact,
        amount_text=text,
        reference=kept_text(_plain(items.get("AccountReference", _ABSENT)), most=_MOST_REFERENCE, what="reference"),
        payer=_payer(_whole(_plain(items.get("PhoneNumber", _ABSENT))), received.country_code),
        payer_name="",
        value_at=_moment(_whole(_plain(items.get("TransactionDate", _ABSENT)))) or received.received_at,
        provider_request_id=request_id or None,
    )


def _items(metadata: _Metadata | None) -> dict[str, msgspec.Raw]:
    listed = metadata.Item if metadata else None
    if isinstance(listed, _Item):
        listed = [listed]
    found: dict[str, msgspec.Raw] = {}
    for item in listed or ():
        if isinstance(item.Name, str) and bytes(found.setdefault(item.Name, item.Value)) != bytes(item.Value):
            raise Unreadable("an item said twice, differently")
    return found


_MONEY = (b'"TransID"', b'"TransAmount"', b'"BillRefNumber"', b'"BusinessShortCode"')


def _said_once(body: bytes, keys: tuple[bytes, ...]) -> None:
    """A body that names an amount or an account twice says two things; which one is meant is not ours to guess."""
    for key in keys:
        if body.count(key) > 1:
            raise Unreadable(f"{key.decode()} said more than once")


def _plain(raw: msgspec.Raw) -> str:
    """A JSON text or number as text, exactly as it was written; empty for null and for nothing."""
    written = bytes(raw)
    if not written or written == b"null":
        return ""
    if written[:1] == b'"':
        try:
            return _TEXT.decode(written).strip()
        except ValueError as error:
            raise Unreadable(_why(error)) from None
    if written[:1] in b"{[tf":
        raise Unreadable("a list, object or truth where text is expected")
    return written.decode("ascii")


# Amounts, seconds and masked phones repeat a great deal in live traffic; remembering a few halves the cost of a callback.
_reported = lru_cache(maxsize=4_096)(parse_reported)
_read_time = lru_cache(maxsize=1_024)(read_time)
_MOST_REMEMBERED = 128
"""Nothing true is longer; what is remembered would otherwise be as large as whoever posts it likes."""


def _moment(text: str) -> datetime | None:
    return _read_time(text) if len(text) <= _MOST_REMEMBERED else None


def _money(text: str, currency: Currency) -> Reported:
    if len(text) > _MOST_REMEMBERED:
        raise Unreadable(f"an amount of {len(text)} characters")
    try:
        return _reported(text, currency)
    except NotAnAmount as error:
        raise Unreadable(f"no amount of money: {error.text!r}") from None


def _amount(raw: msgspec.Raw) -> str:
    """The digits of an amount, whether number or text."""
    written = bytes(raw)
    if written[:1] == b'"' and b"\\" not in written:
        return written[1:-1].decode("utf-8", "replace").strip()
    return _without_exponent(_plain(raw))


def _whole(text: str) -> str:
    """A phone or time that some JSON writer turned into `254708374149.0` or `2.54708374149E11`, as plain digits."""
    return _without_exponent(text).removesuffix(".0")


def _without_exponent(text: str) -> str:
    """`1.5E3` as `1500`: JSON writers use exponents for large numbers. Anything else, or anything huge, stays as it is."""
    if not _EXPONENT.fullmatch(text):
        return text
    return format(Decimal(text), "f")


_EXPONENT = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?[eE]\+?[0-9]{1,2}", re.ASCII)
_RECEIPT = re.compile(r"[A-Za-z0-9]{3,40}", re.ASCII)


def _receipt(said: str | int) -> str:
    """The M-Pesa receipt. Its date letters are a habit, not a rule; zeros mean that there is none (`UKK0000000`)."""
    receipt = str(said).strip()
    if not _RECEIPT.fullmatch(receipt) or receipt.endswith("0000000"):
        raise Unreadable(f"no receipt: {receipt[:40]!r}")
    return receipt


def _payer(text: str, country_code: str) -> PayerPhone | None:
    return _read_payer(text, country_code=country_code) if len(text) <= _MOST_REMEMBERED else None


_read_payer = lru_cache(maxsize=16_384)(read_payer)


def _name(said: _Confirmation) -> str:
    """Production names the payer by the first name alone; the sandbox sends three, some empty."""
    if not said.MiddleName and not said.LastName:
        return tidied(_text(said.FirstName), most=120)
    parts = (_text(part) for part in (said.FirstName, said.MiddleName, said.LastName))
    return tidied(" ".join(filter(None, parts)), most=120)


def _text(said: object) -> str:
    return said if isinstance(said, str) else ""


def _why(error: Exception) -> str:
    """What is wrong with the body, in words that hold none of it."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, msgspec.ValidationError):
        return f"unexpected shape: {error}"
    return "not JSON"
