"""What Daraja's results say of our payouts, and of what it holds for us (sheet, sections 6 to 9 and 13; `exceptions`).

Every function is pure, takes the raw bytes, and raises nothing but `Unreadable`. Codes come as numbers and texts,
parameters as a list, a lone object, or without the level between; failures may have parameters too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from core.money import Currency, Money, NotAnAmount, parse_reported, zero
from core.payouts import (
    REVERSED_ALREADY,
    FailReason,
    SaidNot,
    SaidNothing,
    SaidPaid,
    StandsNot,
    StandsNowhere,
    StandsPaid,
    StandsUnclear,
    StandsUndone,
    Status,
    Told,
)
from core.phones import Msisdn, NotAPhone
from providers.mpesa.parse import Received
from providers.mpesa.status import UNKNOWN_RECEIPT, facts_of, plain
from providers.reading import Unreadable, kept_text, tidied

_RESULT = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_ALREADY_REVERSED = "R000001"

# Vendor pages BusinessToCustomer and Reversal.
_REASONS = {
    "1": FailReason.FLOAT_SHORT,
    "2": FailReason.LIMIT,
    "3": FailReason.LIMIT,
    "4": FailReason.LIMIT,
    "8": FailReason.WALLET_FULL,
    "11": FailReason.OUR_FAULT,
    "21": FailReason.OUR_FAULT,  # also captured with a success text and all parameters: never a success
    "2001": FailReason.OUR_FAULT,
    "2006": FailReason.OUR_FAULT,
    "2028": FailReason.OUR_FAULT,
    "2040": FailReason.NOT_REGISTERED,
    "8006": FailReason.OUR_FAULT,
    "R000002": FailReason.NOT_REVERSIBLE,
    "SFC_IC0003": FailReason.NOT_REGISTERED,
}


def reason_of(code: str) -> FailReason:
    """Why nothing was paid, by Daraja's code; one that is not documented is a decline that the status must confirm."""
    return _REASONS.get(code, FailReason.DECLINED)


def parse_payout_result(body: bytes, received: Received) -> Told:
    """A B2C or reversal result. A success without a receipt or of an unreadable sum says nothing that could be booked."""
    said = _result(body)
    code, detail = _code(said), tidied(plain(said.get("ResultDesc")), most=200)
    facts = facts_of(said.get("ResultParameters"))
    conversation = kept_text(plain(said.get("ConversationID")), most=100, what="conversation id") or None
    if _is_timeout(said):
        return SaidNothing(f"time-out: {detail}")
    if code == _ALREADY_REVERSED:
        return SaidNothing(f"{REVERSED_ALREADY}: by whom, the status tells")
    if code != "0":
        return SaidNot(tidied(code, most=40), detail, reason_of(code), conversation)
    receipt = _receipt(_first(facts, "transactionreceipt") or plain(said.get("TransactionID")))
    if not receipt:
        return SaidNothing("a success without a receipt")
    named = _first(facts, "receiverpartypublicname") or _first(facts, "creditpartypublicname")
    return SaidPaid(
        receipt=receipt,
        amount=_money(_first(facts, "transactionamount") or _first(facts, "amount"), received.currency),
        payee=_phone(named, received.country_code),
        charge=_money(_first(facts, "charge"), received.currency) if _first(facts, "charge") else None,
        conversation_id=conversation,
    )


def parse_timeout(body: bytes, received: Received) -> SaidNothing:
    """M-Pesa's queue was too long: no failure, for a result can still follow (section 13). Whatever the body says, it was
    posted to where time-outs go."""
    said = _result(body)
    return SaidNothing(f"time-out: {tidied(plain(said.get('ResultDesc')), most=200)}")


def parse_payout_status(body: bytes, received: Received, *, asked: int) -> Status:
    """The answer to our question about a payout, put for the `asked`-th time."""
    said = _result(body)
    code, detail = _code(said), tidied(plain(said.get("ResultDesc")), most=200)
    if code == UNKNOWN_RECEIPT:
        return StandsNowhere(asked)
    facts = facts_of(said.get("ResultParameters"))
    state = (_first(facts, "transactionstatus") or _first(facts, "status")).lower()
    receipt = _receipt(_first(facts, "receiptno"))
    if code != "0" or not state:
        return StandsUnclear(f"{code} {detail}".strip())
    if state in ("cancelled", "canceled", "declined", "expired", "failed"):
        return StandsNot(state)
    if state == "reversed" and receipt:
        return StandsUndone(receipt)
    amount = _money(_first(facts, "amount") or _first(facts, "transactionamount"), received.currency)
    if state != "completed" or not receipt or amount is None:
        return StandsUnclear(tidied(state, most=40))
    parties = [*facts.get("debitpartyname", []), *facts.get("creditpartyname", [])]
    return StandsPaid(
        receipt=receipt,
        amount=amount,
        charge=_charge(facts, received.currency),
        payee=_phone(parties[-1], received.country_code) if len(parties) > 1 else None,
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """One of a short code's accounts at M-Pesa: `Utility Account`, `Working Account`…"""

    name: str
    available: Money


UTILITY = "utility account"
"""What B2C pays from."""


def parse_balance(body: bytes, received: Received) -> list[Holding]:
    """What M-Pesa holds for us, by account. Empty when it answered, but told nothing.

    The figures of each are total, available, reserved and uncleared, in the order of a production capture (`exceptions`, 1);
    some have fewer."""
    said = _result(body)
    if _code(said) != "0":
        return []
    text = _first(facts_of(said.get("ResultParameters")), "accountbalance")
    return [holding for part in text.split("&") if (holding := _holding(part, received.currency))]


def utility_of(holdings: list[Holding]) -> Money | None:
    """What payouts can be made from; None when the answer does not name it."""
    return next((one.available for one in holdings if one.name.lower() == UTILITY), None)


def _holding(text: str, currency: Currency) -> Holding | None:
    name, *rest = (part.strip() for part in text.split("|"))
    if len(rest) < 2 or rest[0] != currency.code:
        return None
    figure = rest[2] if len(rest) > 2 else rest[1]
    amount = _money(figure.removeprefix("-"), currency)
    if amount is None:
        return None
    return Holding(tidied(name, most=60), -amount if figure.startswith("-") else amount)


def _result(body: bytes) -> Mapping[str, Any]:
    try:
        said = _RESULT.decode(body).get("Result")
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(said, Mapping):
        raise Unreadable("no result")
    return said


def _code(said: Mapping[str, Any]) -> str:
    code = plain(said.get("ResultCode"))
    if not code:
        raise Unreadable("no result code")
    return code


def _is_timeout(said: Mapping[str, Any]) -> bool:
    """A time-out that was posted as a result: the type alone decides nothing, and the code 1 means a short float as well."""
    text = plain(said.get("ResultDesc")).lower()
    return plain(said.get("ResultType")) == "1" and plain(said.get("ResultCode")) == "1" and "timed out" in text


def _first(facts: Mapping[str, list[str]], name: str) -> str:
    return (facts.get(name) or [""])[0]


def _receipt(text: str) -> str:
    """A real receipt; empty for placeholders, which are zeros, with or without the letters of a day."""
    receipt = text.strip()
    if not receipt.isascii() or not receipt.isalnum() or len(receipt) > 40 or receipt.endswith("0000000"):
        return ""
    return receipt.upper()


def _money(text: str, currency: Currency) -> Money | None:
    if text and not text.strip("0."):
        return zero(currency)
    try:
        reported = parse_reported(text, currency) if len(text) <= 40 else None
    except NotAnAmount:
        return None
    return reported.money if reported is not None and reported.exact else None


def _charge(facts: Mapping[str, list[str]], currency: Currency) -> Money | None:
    """`Label|KES|22.40`, or nothing at all; the debited side is ours. None when the answer does not speak of it."""
    if "debitpartycharges" not in facts:
        return zero(currency)
    return _money(facts["debitpartycharges"][0].rpartition("|")[2], currency)


def _phone(text: str, country_code: str) -> Msisdn | None:
    try:
        return Msisdn.parse(text.partition(" - ")[0].strip(), country_code=country_code)
    except NotAPhone:
        return None
