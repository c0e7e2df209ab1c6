"""Reading stored bytes of M-Pesa's once more, by what they were when they came: for what could not be read then."""

from __future__ import annotations

import msgspec

from core.payments import MoneyArrived, MoneyReturned, PromptFailed
from providers.mpesa.parse import Received, parse_confirmation, parse_prompt_result
from providers.mpesa.pulling import read_row
from providers.reading import Unreadable


def read_again(operation: str, raw: bytes, received: Received) -> MoneyArrived | MoneyReturned | PromptFailed:
    """What a stored callback or pulled line says. Raises `Unreadable` when it still says nothing."""
    match operation:
        case "c2b/confirmation" | "confirmation":
            return parse_confirmation(raw, received)
        case "stk" | "prompt_result":
            return parse_prompt_result(raw, received)
        case "pull":
            return read_row(_line(raw), received)
        case _:
            raise Unreadable(f"a {operation} is no news of money")


def _line(raw: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(raw, type=dict[str, object])
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
