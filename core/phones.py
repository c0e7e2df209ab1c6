"""Phone numbers, and what providers leave of them: whole, hashed or masked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import phonenumbers

from core.errors import DomainError

COUNTRY_OF_CODE = {"254": "KE", "250": "RW", "256": "UG", "255": "TZ"}


@dataclass(eq=False)
class NotAPhone(DomainError):
    """The text is no mobile number that we can reach."""

    code: ClassVar[str] = "not_a_phone"
    text: str


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A whole phone number: `digits` is international without the plus, `254712345678`."""

    digits: str

    @classmethod
    def parse(cls, text: str, *, country_code: str = "254") -> Msisdn:
        """Read any spelling people and providers use (`0712 345 678`, `+254712345678`, a bare 9 digits). Raises `NotAPhone`."""
        return cls(_parse(text, country_code))

    @property
    def e164(self) -> str:
        return f"+{self.digits}"

    @property
    def masked(self) -> str:
        """`254712***678`: for logs, group chats and shared screens. Three digits are hidden in short numbers too."""
        return f"{self.digits[:-6]}***{self.digits[-3:]}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Msisdn({self.masked})"


_KENYAN = re.compile(r"\+?254[17][0-9]{8}", re.ASCII)
_SPELLING = re.compile(r"\+?[0-9 ()./-]{1,30}", re.ASCII)


@lru_cache(maxsize=65_536)
def _parse(text: str, country_code: str) -> str:
    if _KENYAN.fullmatch(text):  # the shape of nearly all traffic, without the general parser
        return text.removeprefix("+")
    candidate = text.strip()
    if not _SPELLING.fullmatch(candidate):  # the general parser would find a number in any sentence, and in letters
        raise NotAPhone(text[:40])
    digits = re.sub(r"[^0-9]", "", candidate)
    if digits.startswith("00") or (len(digits) > 10 and digits.startswith((country_code, *COUNTRY_OF_CODE))):
        candidate = "+" + digits.lstrip("0")
    try:
        number = phonenumbers.parse(candidate, COUNTRY_OF_CODE.get(country_code))
    except phonenumbers.NumberParseException:
        raise NotAPhone(text[:40]) from None
    mobile, landline = phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE
    if not phonenumbers.is_possible_number_for_type(number, mobile) or phonenumbers.number_type(number) == landline:
        raise NotAPhone(text[:40])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


@dataclass(frozen=True, slots=True)
class HashedMsisdn:
    """What Daraja's C2B v1 sends: SHA-256 of the digits, lower-case hex. We hash our own customers' numbers and compare."""

    sha256: str


@dataclass(frozen=True, slots=True)
class MaskedMsisdn:
    """What Daraja's C2B v2 sends: some leading and trailing digits. Weak evidence: a thousand phones share it."""

    prefix: str
    suffix: str

    def may_be(self, msisdn: Msisdn) -> bool:
        """False when the number is surely another."""
        return msisdn.digits.startswith(self.prefix) and msisdn.digits.endswith(self.suffix)


PayerPhone = Msisdn | HashedMsisdn | MaskedMsisdn

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MASKED = re.compile(r"\+?([0-9]{1,11})\*+([0-9]{2,11})", re.ASCII)


def read_payer(text: str, *, country_code: str = "254") -> PayerPhone | None:
    """The payer's phone as a provider states it: whole, hashed, masked with any number of stars and blanks, or unreadable (None)."""
    squeezed = text.replace(" ", "")
    if _SHA256.fullmatch(squeezed.lower()):
        return HashedMsisdn(squeezed.lower())
    if masked := _MASKED.fullmatch(squeezed):
        prefix = country_code + masked[1][1:] if masked[1].startswith("0") else masked[1]
        return MaskedMsisdn(prefix, masked[2])
    try:
        return Msisdn.parse(squeezed, country_code=country_code)
    except NotAPhone:
        return None


@lru_cache(maxsize=65_536)
def hashed(msisdn: Msisdn) -> HashedMsisdn:
    """The hash that a provider would send for this number (source: C2B v1 captures, 12 digits without the plus)."""
    return HashedMsisdn(hashlib.sha256(msisdn.digits.encode()).hexdigest())
