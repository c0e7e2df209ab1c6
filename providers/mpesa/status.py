"""What a transaction status result says, read into our own words (vendor page TransactionStatus; sheet, sections 8 and 13).

The only answer of M-Pesa's that shows a payer's whole number. Result code 0 means that the question was understood, not
that the payment was made; captures bring codes as texts and numbers, one parameter in place of a list, keys without values,
keys with blanks, and the names of two parties under one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from core.money import NotAnAmount, parse_reported
from core.payments import Method, MoneyArrived, Standing, StatusTold, Witness
from core.phones import Msisdn, NotAPhone
from providers.mpesa.parse import PROVIDER, Received
from providers.mpesa.times import read_time
from providers.reading import Unreadable, kept_text, tidied

UNKNOWN_RECEIPT = "2032"
"""Captured in the sandbox; its text is not documented."""
_RESULT = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def parse_status(body: bytes, received: Received) -> StatusTold:
    """The result of a status question. Raises `Unreadable`; a timeout of M-Pesa's queue tells nothing, and says so."""
    try:
        said = _RESULT.decode(body).get("Result")
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(said, Mapping):
        raise Unreadable("no result")
    code, detail = plain(said.get("ResultCode")), tidied(plain(said.get("ResultDesc")), most=200)
    if not code:
        raise Unreadable("no result code")
    if code == UNKNOWN_RECEIPT:
        return StatusTold(Standing.NOT_FOUND, f"{code} {detail}".strip())
    facts = facts_of(said.get("ResultParameters"))
    state = (facts.get("transactionstatus") or facts.get("status") or [""])[0]
    if code != "0" or not state:
        return StatusTold(Standing.UNCLEAR, f"{code} {detail}".strip())
    if state.lower() != "completed":
        return StatusTold(Standing.UNCLEAR, tidied(state, most=40))
    return StatusTold(Standing.COMPLETED, "Completed", _arrived(facts, received))


def _arrived(facts: Mapping[str, list[str]], received: Received) -> MoneyArrived | None:
    """The payment as money of ours; None when another party was credited, or none is named."""
    parties = [*facts.get("debitpartyname", []), *facts.get("creditpartyname", [])]
    if len(parties) < 2:
        return None
    payer, payee = (party.partition(" - ") for party in (parties[0], parties[-1]))
    if received.shortcodes and payee[0].strip() not in received.shortcodes:
        return None
    text = (facts.get("amount") or facts.get("transactionamount") or [""])[0]
    times = facts.get("finalisedtime") or facts.get("finalizedtime") or facts.get("initiatedtime") or [""]
    receipt = (facts.get("receiptno") or [""])[0].upper()
    try:
        reported = parse_reported(text, received.currency)
        phone = Msisdn.parse(payer[0].strip(), country_code=received.country_code)
    except (NotAnAmount, NotAPhone):
        return None
    if not receipt.isalnum() or len(receipt) > 40 or receipt.endswith("0000000"):
        return None
    return MoneyArrived(
        provider_account=received.provider_account,
        organisation=received.organisation,
        provider=PROVIDER,
        witness=Witness.STATUS,
        method=Method.PAYBILL,
        receipt=receipt,
        amount=reported.money,
        exact=reported.exact,
        amount_text=kept_text(text, most=40, what="amount"),
        reference="",
        payer=phone,
        payer_name=tidied(payer[2], most=120),
        value_at=read_time(times[0]) or received.received_at,
    )


def facts_of(parameters: Any) -> dict[str, list[str]]:
    """Keys in small letters without blanks, each with all that was said under it: the vendor's own sample names two
    parties with one key."""
    found: dict[str, list[str]] = {}
    for item in items_of(parameters):
        if isinstance(item.get("Key"), str) and (value := plain(item.get("Value"))):
            found.setdefault(item["Key"].replace(" ", "").lower(), []).append(value)
    return found


def items_of(parameters: Any) -> Iterator[Mapping[str, Any]]:
    """A list, one lone item, or either without the level between (all three were captured)."""
    if isinstance(parameters, Mapping):
        if "Key" in parameters:
            yield parameters
        else:
            yield from items_of(parameters.get("ResultParameter"))
    elif isinstance(parameters, list):
        for one in parameters:
            if isinstance(one, Mapping):
                yield one


def plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
