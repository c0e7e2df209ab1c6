"""What Daraja's result and error codes mean. Texts vary between captures and are never matched, except where said."""

from __future__ import annotations

from dataclasses import dataclass

from core.payments import FailReason


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a result code says of a prompt. `final`: surely no money moved, and none will."""

    reason: FailReason
    final: bool = True


PAID = "0"

_UNKNOWN = Meaning(FailReason.UNKNOWN, final=False)

# Vendor page M-Pesa Express, and codes seen in public integrations.
_PROMPT_RESULTS = {
    "1": Meaning(FailReason.INSUFFICIENT_FUNDS),
    "2": Meaning(FailReason.LIMIT),  # under the minimum
    "3": Meaning(FailReason.LIMIT),  # over the maximum
    "4": Meaning(FailReason.LIMIT),  # the customer's daily limit
    "8": Meaning(FailReason.OUR_FAULT),  # our short code would hold too much
    "17": Meaning(FailReason.REPEATED),  # the same amount to the same payee within 2 minutes
    "26": Meaning(FailReason.BUSY),
    "1001": Meaning(FailReason.BUSY),  # another session of the subscriber is open
    "1019": Meaning(FailReason.NOT_ANSWERED),
    "1025": Meaning(FailReason.UNREACHABLE),  # the prompt could not be sent
    "1031": Meaning(FailReason.NOT_ANSWERED),
    "1032": Meaning(FailReason.CANCELLED),
    "1037": Meaning(FailReason.UNREACHABLE),
    "2001": Meaning(FailReason.WRONG_PIN),
    "2028": Meaning(FailReason.OUR_FAULT),  # wrong type or receiving party
    "4999": _UNKNOWN,  # still processing
    "8006": Meaning(FailReason.PIN_LOCKED),
    "9999": Meaning(FailReason.UNREACHABLE),
    "SFC_IC0003": Meaning(FailReason.OUR_FAULT),  # no such operator: wrong receiving party or type
}


def prompt_result(code: str) -> Meaning:
    """What a prompt's result code means, for any code but `PAID`. An unknown one is not final: ask, then reconcile."""
    return _PROMPT_RESULTS.get(code, _UNKNOWN)


TOKEN_INVALID = frozenset({"400.003.01", "401.002.01", "404.001.03", "404.001.04"})
"""A token that is no longer valid, whatever the HTTP status (404 on most services)."""

THROTTLED = frozenset({"500.003.02", "500.003.03"})
"""Spike arrest and quota: turned away at the gate, so nothing was done."""

BY_MESSAGE = "500.001.1001"
"""Means several things, told apart by their messages alone: see `refusal`."""

ALREADY_REGISTERED = "500.003.1001"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gateway error that surely means nothing was done. `temporary`: asking again may help."""

    temporary: bool


def refusal(code: str, message: str) -> Refusal | None:
    """What a gateway error at push time means; None when the outcome is unknown (a server error after our body was sent)."""
    if code in THROTTLED:
        return Refusal(temporary=True)
    if code == BY_MESSAGE:
        said = message.lower()
        if "unable to lock subscriber" in said:
            return Refusal(temporary=True)
        if "merchant" in said or "credential" in said:
            return Refusal(temporary=False)
        return None
    if code.startswith("4") and "." in code:
        return Refusal(temporary=False)
    if (meaning := prompt_result(code)).final:  # seen: a result code in the place of an error code
        return Refusal(temporary=meaning.reason in (FailReason.BUSY, FailReason.REPEATED, FailReason.UNREACHABLE))
    return None
