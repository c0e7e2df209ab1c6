"""The PIN with which a member of staff decides from any phone: what it must be, and how often it may be tried (OUT-4, SEC-4).

A PIN of five figures has 17 bits: what protects it is that it is tried five times at most, that its hash rests on a key
outside the database, and that it is never the only proof where money leaves: the phone's own number comes from the network,
and what the policy asks for (`core/codes.py`) comes on top. Sources: NIST SP 800-63B section 5.1.1, RFC 9106.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from core.errors import DomainError

LENGTH = 5
"""One less than a code: neither is taken for the other."""
FEWEST_FIGURES = 3
"""Different ones in a PIN: `12121` is none."""
RESTS_AFTER, RESTS = 3, timedelta(minutes=15)
"""After so many wrong ones each further try waits so long."""
MOST_TRIES = 5
"""Wrong ones, before it takes a new PIN."""

OPEN_FOR = timedelta(minutes=5)
"""How long a PIN can be chosen after the code for it was right."""
ACTIVATION_FOR = timedelta(hours=24)
ACTIVATION_LENGTH = 8
PROVEN_FOR = timedelta(minutes=5)
"""How long a right PIN counts, for the one request for which it was typed."""

_PIN = re.compile(rf"[0-9]{{{LENGTH}}}", re.ASCII)
_RUNS = ("01234567890", "09876543210")


@dataclass(eq=False)
class NotAPin(DomainError):
    """Five figures."""

    code: ClassVar[str] = "not_a_pin"


@dataclass(eq=False)
class WeakPin(DomainError):
    """Too few different figures, a run of them, or a part of the person's own number."""

    code: ClassVar[str] = "weak_pin"


@dataclass(eq=False)
class WrongPin(DomainError):
    """`left` more tries."""

    code: ClassVar[str] = "wrong_pin"
    left: int


@dataclass(eq=False)
class PinRests(DomainError):
    """Wrong several times: it can be tried again in so many minutes."""

    code: ClassVar[str] = "pin_rests"
    minutes: int


@dataclass(eq=False)
class PinLocked(DomainError):
    """Wrong too often: it takes a new PIN."""

    code: ClassVar[str] = "pin_locked"


@dataclass(eq=False)
class NoPin(DomainError):
    """They have none yet, or it was not typed for this."""

    code: ClassVar[str] = "no_pin"


def read(text: str) -> str:
    """A PIN as it was typed. What cannot be one costs no try: raises `NotAPin`."""
    typed = text.strip()
    if not _PIN.fullmatch(typed):
        raise NotAPin
    return typed


def chosen(text: str, *, phone: str) -> str:
    """A PIN that somebody with this phone (its digits) may have. Raises `NotAPin`, `WeakPin`."""
    pin = read(text)
    if len(set(pin)) < FEWEST_FIGURES or any(pin in run for run in _RUNS) or pin in phone:
        raise WeakPin
    return pin


def why_not(tries: int, tried_at: datetime | None, now: datetime) -> DomainError | None:
    """Why a PIN cannot be tried after so many wrong ones, the last at `tried_at`; None when it can."""
    if tries >= MOST_TRIES:
        return PinLocked()
    if tries >= RESTS_AFTER and tried_at is not None and now < tried_at + RESTS:
        return PinRests(-(-int((tried_at + RESTS - now).total_seconds()) // 60))
    return None


def activation_code(number: int) -> str:
    """`00417203`: what an administrator reads out to somebody without an authenticator, once."""
    return f"{number % 10**ACTIVATION_LENGTH:0{ACTIVATION_LENGTH}d}"
