"""What was said between a provider and us, as people may see it: names, numbers and secrets are covered."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

LONGEST_SHOWN = 8_000

_SECRET = re.compile(
    r"pass|secret|token|credential|api_?key|authorization|initiator|(?<![a-z])pin(?![a-z])", re.IGNORECASE
)
_PERSON = re.compile(r"name", re.IGNORECASE)
_PHONE = re.compile(r"(?<![0-9])(\+?25[0456][0-9]{3}|0[0-9]{3}|[17][0-9]{2})[0-9]{3}([0-9]{3})(?![0-9])")
"""A number of nine, ten or twelve digits as our countries write them; receipts, sums and times are shaped otherwise."""
_HASH = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", re.IGNORECASE)
"""A hashed number is a number to whoever tries them all."""
_PIN = re.compile(r"(\bpin\b[^0-9]{0,20})[0-9]{4,6}(?![0-9])", re.IGNORECASE)
"""People write theirs to a school."""
_PROMPT = re.compile(r"(ws_CO_[0-9]{20})[0-9]{3}([0-9]{3})(?![0-9])")
"""Daraja's name for a prompt: a time, and the payer's last nine digits."""
_HOOK = re.compile(r"(/hooks/)[^/\"\s]+")
"""The unguessable part of our own addresses."""
COVERED = "***"
_BROKEN_SECRET, _BROKEN_PERSON = (
    re.compile(rf'("[^"]*(?:{inner.pattern})[^"]*"\s*:\s*"?)[^",}}]+', re.IGNORECASE) for inner in (_SECRET, _PERSON)
)
"""The same in what was meant to be JSON and is cut or broken."""


def redacted(raw: bytes, *, clear: bool = False) -> str:
    """The text of a body: JSON, a form, or whatever it is. `clear` shows people, never secrets."""
    text = raw.decode("utf-8", errors="replace")
    if len(text) > LONGEST_SHOWN:
        return f"({len(raw)} bytes) " + _broken_covered(text[:200], clear=clear)
    try:
        return msgspec.json.encode(_covered(msgspec.json.decode(raw), clear=clear)).decode()
    except (msgspec.DecodeError, RecursionError):
        pass
    if "=" in text and (pairs := parse_qsl(text, keep_blank_values=True)):
        return urlencode([(name, _value(name, value, clear=clear)) for name, value in pairs], safe="*+ ")
    return _broken_covered(text, clear=clear)


def covered(text: str, *, clear: bool = False) -> str:
    """A fact as people may see it: numbers in it are masked, and nothing else is changed."""
    return _numbers_covered(text, clear=clear)


def _broken_covered(text: str, *, clear: bool) -> str:
    text = _BROKEN_SECRET.sub(rf"\1{COVERED}", text)
    return _numbers_covered(text if clear else _BROKEN_PERSON.sub(rf"\1{COVERED}", text), clear=clear)


def _covered(value: Any, *, clear: bool) -> Any:
    if isinstance(value, dict):
        # Daraja names its facts in lists of {"Name": …, "Value": …}: there the name is the value beside it.
        named = value.get("Name")
        if isinstance(named, str) and value.keys() <= {"Name", "Value", "Key"}:
            return value | {"Value": _value(named, value.get("Value"), clear=clear)} if "Value" in value else value
        return {name: _value(name, inner, clear=clear) for name, inner in value.items()}
    if isinstance(value, list):
        return [_covered(inner, clear=clear) for inner in value]
    if isinstance(value, str | int) and not isinstance(value, bool):
        covered = _numbers_covered(str(value), clear=clear)
        return value if covered == str(value) else covered
    return value


def _value(name: str, value: Any, *, clear: bool) -> Any:
    if isinstance(value, dict | list):
        return _covered(value, clear=clear)
    if value and (_SECRET.search(name) or (_PERSON.search(name) and isinstance(value, str) and not clear)):
        return COVERED
    return _covered(value, clear=clear)


def _numbers_covered(text: str, *, clear: bool) -> str:
    for secret in (_HOOK, _PIN):
        text = secret.sub(rf"\1{COVERED}", text)
    if not clear:
        for pattern in (_PROMPT, _PHONE):
            text = pattern.sub(rf"\1{COVERED}\2", text)
        text = _HASH.sub(rf"\1{COVERED}", text)
    return text
