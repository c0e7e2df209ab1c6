"""What we answer to Daraja's C2B callbacks, as the bytes that it expects (sandbox and production alike)."""

from __future__ import annotations

from enum import Enum

import msgspec

from core.organisations import Rejection as Why

ACKNOWLEDGED = b'{"ResultCode":0,"ResultDesc":"Success"}'
"""To a confirmation and to the outcome of a prompt, after commit. Neither can be refused: an unknown account is suspense."""

ACCEPTED = b'{"ResultCode":"0","ResultDesc":"Accepted"}'


class Rejection(Enum):
    """Why a payment is cancelled before it happens. The code chooses the text that the customer gets by SMS."""

    INVALID_PHONE = "C2B00011"
    UNKNOWN_ACCOUNT = "C2B00012"
    INVALID_AMOUNT = "C2B00013"
    INVALID_DETAILS = "C2B00014"
    INVALID_SHORTCODE = "C2B00015"
    OTHER = "C2B00016"


def accepted(our_reference: str = "") -> bytes:
    """Take the payment. `our_reference` comes back in the confirmation as ThirdPartyTransID."""
    if not our_reference:
        return ACCEPTED
    answer = {"ResultCode": "0", "ResultDesc": "Accepted", "ThirdPartyTransID": our_reference}
    return msgspec.json.encode(answer)


def rejected(why: Rejection) -> bytes:
    """Cancel the payment: no money moves."""
    return msgspec.json.encode({"ResultCode": why.value, "ResultDesc": "Rejected"})


_CODES = {
    Why.UNKNOWN_ACCOUNT: Rejection.UNKNOWN_ACCOUNT,
    Why.CLOSED_ACCOUNT: Rejection.UNKNOWN_ACCOUNT,
    Why.AMOUNT_OUTSIDE_LIMITS: Rejection.INVALID_AMOUNT,
    Why.WRONG_CURRENCY: Rejection.OTHER,
    Why.UNREADABLE: Rejection.OTHER,
}


def verdict(why: Why | None) -> bytes:
    """The organisation's decision in Daraja's words; None takes the payment."""
    return accepted() if why is None else rejected(_CODES[why])
