"""What a pull answers, read into our own words: payments that we may have missed, and reversals of some that we had.

Shapes: vendor page PullTransaction, and what public captures add: a list of lists, keys in lower case, an empty list as the
text "[[]]", phones whole, short or masked, ids in mixed case. Only customers' payments are money in; a line of any other
kind is kept for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from core.errors import Unavailable
from core.money import NotAnAmount, parse_reported
from core.payments import Method, MoneyArrived, MoneyReturned, Witness
from core.phones import read_payer
from core.ports import HttpReply, PulledPage, PulledRow
from providers.mpesa.parse import PROVIDER, Received
from providers.mpesa.times import read_pulled
from providers.reading import Unreadable, kept_text, tidied

FOUND, NOTHING = "1000", "1001"
_ANSWER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_RECEIPT = re.compile(r"[A-Z0-9]{3,40}", re.ASCII)
_MOST_REFERENCE = 100


def read_page(reply: HttpReply, received: Received) -> PulledPage:
    """The lines of one answer. Raises `Unavailable` when it is none: nothing was read, so nothing may be skipped."""
    try:
        said = _ANSWER.decode(reply.body)
    except (ValueError, RecursionError):
        raise Unavailable("mpesa", f"HTTP {reply.status}") from None
    code = str(said.get("ResponseCode") or said.get("errorCode") or "")
    if reply.status >= 300 or code not in (FOUND, NOTHING):
        raise Unavailable("mpesa", f"HTTP {reply.status} {code}".strip(), retry_after_s=60)
    return PulledPage(tuple(_row(line, received) for line in _lines(said.get("Response"))))


def _lines(listed: Any) -> Iterator[Any]:
    """Lists of lists, however deep; an empty one may be missing, or the text "[[]]"."""
    if isinstance(listed, list):
        for one in listed:
            yield from _lines(one)
    elif isinstance(listed, Mapping):
        yield listed


def read_row(line: Mapping[str, Any], received: Received) -> MoneyArrived | MoneyReturned:
    """One line. Raises `Unreadable`."""
    return _news({str(name).lower(): _text(value) for name, value in line.items()}, received)


def _row(line: Mapping[str, Any], received: Received) -> PulledRow:
    raw = msgspec.json.encode(line)
    try:
        return PulledRow(raw, read_row(line, received))
    except Unreadable as unreadable:
        return PulledRow(raw, None, str(unreadable))


def _news(said: Mapping[str, str], received: Received) -> MoneyArrived | MoneyReturned:
    kind = said.get("transactiontype", "").lower()
    if "revers" in kind:
        return _returned(said, received)
    if "debit" not in kind or not kind.startswith("c2b"):
        raise Unreadable(f"a line of another kind: {kind[:40]!r}")
    receipt = _receipt(said.get("transactionid", ""))
    text = said.get("amount", "")
    try:
        reported = parse_reported(text, received.currency)
    except NotAnAmount:
        raise Unreadable(f"no amount of money: {text[:40]!r}") from None
    return MoneyArrived(
        provider_account=received.provider_account,
        organisation=received.organisation,
        provider=PROVIDER,
        witness=Witness.PULL,
        method=Method.TILL if "goods" in kind else Method.PAYBILL,
        receipt=receipt,
        amount=reported.money,
        exact=reported.exact,
        amount_text=text,
        reference=kept_text(said.get("billreference", ""), most=_MOST_REFERENCE, what="reference"),
        payer=read_payer(said.get("msisdn", ""), country_code=received.country_code),
        payer_name=tidied(said.get("sender", ""), most=120),
        value_at=read_pulled(said.get("trxdate", ""), receipt=receipt, now=received.received_at)
        or received.received_at,
    )


def _returned(said: Mapping[str, str], received: Received) -> MoneyReturned:
    """A reversal bears its own id; the receipt that it takes back stands where a payment has its reference. Not documented:
    a line that names no receipt is left to people."""
    own = said.get("transactionid", "")
    try:
        amount = parse_reported(said.get("amount", "").lstrip("-"), received.currency)
    except NotAnAmount:
        raise Unreadable("a reversal of no amount") from None
    return MoneyReturned(
        provider_account=received.provider_account,
        organisation=received.organisation,
        provider=PROVIDER,
        witness=Witness.PULL,
        receipt=_receipt(said.get("billreference", "")),
        reversal_receipt=tidied(own, most=40),
        amount=amount.money if amount.exact else None,
        value_at=read_pulled(said.get("trxdate", ""), receipt=own, now=received.received_at) or received.received_at,
    )


def _receipt(text: str) -> str:
    """In capitals, as confirmations write it: a receipt in small letters would be a second payment."""
    receipt = text.strip().upper()
    if not _RECEIPT.fullmatch(receipt) or receipt.endswith("0000000"):
        raise Unreadable(f"no receipt: {text[:40]!r}")
    return receipt


def _text(value: Any) -> str:
    """A value as it was written: phones are numbers here, amounts are texts, and no amount passes through a float."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
