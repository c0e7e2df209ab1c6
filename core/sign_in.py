"""Signing in: what a passphrase must be, which one-time code counts, how long a session lasts (ORG-5, SEC-4).

A code from an authenticator is RFC 6238 as every app speaks it: SHA-1, six digits, thirty seconds. One step before and
one after the present are taken, for clocks that are off; each step is accepted once.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import pyotp

from core.errors import DomainError

IDLE = timedelta(minutes=30)
"""A session that nobody used for so long is over."""
LONGEST = timedelta(hours=12)
"""No session lasts longer, however busy: a working day."""
LINK_FOR = timedelta(hours=72)
"""An enrolment link is good for so long."""

STEP_S = 30
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
"""80 bits: beyond guessing, so their hashes need no salt."""

SHORTEST_PASSPHRASE, LONGEST_PASSPHRASE = 12, 200
FEWEST_LETTERS = 5
"""Different characters in a passphrase: `aaaaaaaaaaaa` is none."""
BESIDE_A_NAME = 8
"""What a passphrase with the person's own name in it must hold beside that."""

LOCAL_DIGITS = 9
"""What `0712 345 678` and `+254 712 345 678` have in common."""

_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_RECOVERY = re.compile(r"[a-z2-7]{16}", re.ASCII)
_USER_NAME = re.compile(r"[a-z][a-z0-9.-]{2,31}", re.ASCII)


@dataclass(eq=False)
class WeakPassphrase(DomainError):
    """Too short, too uniform, or the person's own name."""

    code: ClassVar[str] = "weak_passphrase"
    least: int


@dataclass(eq=False)
class WrongCode(DomainError):
    """The one-time code is not the one that the authenticator shows."""

    code: ClassVar[str] = "wrong_code"


@dataclass(eq=False)
class LinkUsed(DomainError):
    """The enrolment link was used, replaced, or is too old."""

    code: ClassVar[str] = "link_used"


@dataclass(eq=False)
class NotAUserName(DomainError):
    """Letters a to z, figures, dots and dashes; 3 to 32 of them."""

    code: ClassVar[str] = "not_a_user_name"
    text: str


@dataclass(eq=False)
class UserNameTaken(DomainError):
    """Somebody else signs in with this name, at this organisation or another."""

    code: ClassVar[str] = "user_name_taken"
    user_name: str


@dataclass(eq=False)
class StaffPhoneTaken(DomainError):
    """Somebody who works here has this phone: nobody else becomes them, nor they somebody else."""

    code: ClassVar[str] = "staff_phone_taken"
    name: str


@dataclass(eq=False)
class NotOneself(DomainError):
    """Nobody changes their own role, disables or resets themselves: another admin does."""

    code: ClassVar[str] = "not_oneself"


def user_name(text: str) -> str:
    """A user name as it is kept. Raises `NotAUserName`."""
    name = text.strip().lower()
    if not _USER_NAME.fullmatch(name):
        raise NotAUserName(text[:40])
    return name


def whom(typed: str) -> str:
    """Whose tries a typed name counts among, known or not: a phone in all its spellings is one."""
    digits = re.sub(r"[\s()+-]", "", typed)
    return digits[-LOCAL_DIGITS:] if digits.isdecimal() else typed.strip().lower()


def passphrase(text: str, *names: str) -> str:
    """A passphrase in the one spelling that is hashed, whatever keyboard it comes from. Raises `WeakPassphrase` when it is
    too easy, as one that is hardly more than one of `names`."""
    chosen = spelt(text)
    likely = any(len(name) > 2 and len(chosen.replace(name.casefold(), "")) < BESIDE_A_NAME for name in names)
    if not SHORTEST_PASSPHRASE <= len(chosen) <= LONGEST_PASSPHRASE or len(set(chosen)) < FEWEST_LETTERS or likely:
        raise WeakPassphrase(SHORTEST_PASSPHRASE)
    return chosen


def spelt(text: str) -> str:
    """The one spelling of a typed passphrase. What is too long to be one becomes empty, and costs nothing."""
    return unicodedata.normalize("NFKC", text).strip() if len(text) <= LONGEST_PASSPHRASE else ""


@dataclass(frozen=True, slots=True)
class Code:
    """What was typed as second factor: six figures of an authenticator, or a recovery code."""

    text: str
    is_recovery: bool


def read_code(text: str) -> Code | None:
    """`123 456`, or `abcd-efgh-ijkl-mnop` in any spelling; None for what can be neither."""
    squeezed = re.sub(r"[\s-]", "", text[:60]).lower()
    if _CODE.fullmatch(squeezed):
        return Code(squeezed, is_recovery=False)
    if _RECOVERY.fullmatch(squeezed):
        return Code(squeezed, is_recovery=True)
    return None


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_S


def accepted_step(secret: str, code: str, *, now: datetime, last: int) -> int | None:
    """The time step that `code` belongs to; None when it is wrong, too old, or not after the `last` accepted one.

    Source: RFC 6238, sections 4.2 and 5.2.
    """
    totp, present = pyotp.TOTP(secret), step_at(now)
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step if step > last else None
    return None


def current_code(secret: str, *, now: datetime) -> str:
    """What an authenticator with this secret shows now: for the demo, whose visitors have none."""
    return pyotp.TOTP(secret).generate_otp(step_at(now))


def secret_of(token: bytes) -> str:
    """The shared secret that `SECRET_BYTES` unguessable bytes make."""
    return b32encode(token).decode()


def authenticator_uri(secret: str, *, name: str, issuer: str) -> str:
    """What the QR code says to the authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def recovery_code(token: bytes) -> str:
    """`abcd-efgh-ijkl-mnop` of `RECOVERY_BYTES` unguessable bytes."""
    text = b32encode(token).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def is_live(*, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Does a session last still?"""
    return now < seen_at + IDLE and now < created_at + LONGEST
