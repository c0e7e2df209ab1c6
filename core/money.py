"""Money: whole minor units with a currency. No floats; `Decimal` only while parsing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar

from core.errors import Bug, DomainError


class Currency(Enum):
    """A currency and the decimals that it really has (ISO 4217; UGX and RWF coins below 1 are not in use)."""

    KES = ("KES", 2, "KSh")
    TZS = ("TZS", 2, "TSh")
    UGX = ("UGX", 0, "USh")
    RWF = ("RWF", 0, "RWF")

    code: str
    decimals: int
    symbol: str
    unit: int

    def __new__(cls, code: str, decimals: int, symbol: str) -> Currency:
        member = object.__new__(cls)
        member._value_ = code
        member.code = code
        member.decimals = decimals
        member.symbol = symbol
        member.unit = 10**decimals
        return member

    __hash__ = object.__hash__  # members are singletons: identity is the fastest honest hash

    @classmethod
    def of(cls, code: str) -> Currency:
        """The currency named `code`, or `UnknownCurrency`."""
        try:
            return cls[code]
        except KeyError:
            raise UnknownCurrency(code) from None


BY_CODE = {currency.code: currency for currency in Currency}
"""Found in a tenth of the time that the enumeration itself takes."""


@dataclass(eq=False)
class CurrencyMismatch(Bug):
    """Two currencies met in one calculation."""

    one: Currency
    other: Currency


@dataclass(eq=False)
class UnknownCurrency(DomainError):
    """We keep no books in this currency."""

    code: ClassVar[str] = "unknown_currency"
    currency: str


@dataclass(eq=False)
class NotAnAmount(DomainError):
    """The text is not an amount of money that we can take: not a number, not positive, too many decimals, or too large."""

    code: ClassVar[str] = "not_an_amount"
    text: str


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount. `minor` counts the currency's smallest coin: KES cents, UGX shillings."""

    minor: int
    currency: Currency

    def __add__(self, other: Money) -> Money:
        if other.currency is not self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        if other.currency is not self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __str__(self) -> str:
        return f"{self.currency.code} {self.plain()}"

    def plain(self) -> str:
        """Decimal text without separators, `12500.00`: what scripts and providers read. Parses back to the same money."""
        sign = "-" if self.minor < 0 else ""
        whole, coins = divmod(abs(self.minor), self.currency.unit)
        return f"{sign}{whole}.{coins:0{self.currency.decimals}d}" if self.currency.decimals else f"{sign}{whole}"

    @property
    def is_whole(self) -> bool:
        """True when it is a whole number of shillings or francs, which is all that mobile money can be asked for."""
        return self.minor % self.currency.unit == 0

    @property
    def whole_units(self) -> int:
        """Shillings or francs. A fraction is refused, never rounded."""
        if not self.is_whole:
            raise FractionRefused(self)
        return self.minor // self.currency.unit

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Shares in proportion to `weights` by largest remainder: they always add up to the whole.

        All weights zero means equal shares. Ties go to the earlier share.
        """
        if not weights or min(weights) < 0:
            raise Bug(f"cannot split by {weights}")
        total = sum(weights)
        parts = list(weights) if total else [1] * len(weights)
        total = total or len(weights)
        sign = -1 if self.minor < 0 else 1
        floors = [abs(self.minor) * weight // total for weight in parts]
        remainders = [abs(self.minor) * weight % total for weight in parts]
        missing = abs(self.minor) - sum(floors)
        for index in sorted(range(len(parts)), key=lambda at: (-remainders[at], at))[:missing]:
            floors[index] += 1
        return [Money(sign * share, self.currency) for share in floors]

    def _same(self, other: Money) -> None:
        if other.currency is not self.currency:
            raise CurrencyMismatch(self.currency, other.currency)


@dataclass(eq=False)
class FractionRefused(DomainError):
    """Mobile money is asked for in whole shillings or francs."""

    code: ClassVar[str] = "fraction_refused"
    amount: Money


def zero(currency: Currency) -> Money:
    """No money, in `currency`."""
    return Money(0, currency)


def total(amounts: Sequence[Money], currency: Currency) -> Money:
    """The sum of `amounts`, each in `currency`; zero of it for none."""
    minor = 0
    for amount in amounts:
        if amount.currency is not currency:
            raise CurrencyMismatch(currency, amount.currency)
        minor += amount.minor
    return Money(minor, currency)


MOST_MINOR = 10**13
"""More than this is no payment: it fits 64 bits with room for a million such sums."""

_REPORTED = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,8})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reported:
    """An amount as a provider stated it. `exact` is False when it holds a fraction that the currency does not have:
    `money` is then the whole coins in it, and `text` keeps what was said (DESIGN 3: such money goes to suspense)."""

    money: Money
    exact: bool
    text: str


def parse_reported(text: str, currency: Currency) -> Reported:
    """Read the amount in a provider's message: `12500.00` and `12500` are valid in every currency.

    Raises `NotAnAmount` for anything that is not a plain positive decimal (signs, exponents, NaN, separators, zero).
    """
    if not _REPORTED.fullmatch(text):
        raise NotAnAmount(text[:40])
    scaled = Decimal(text).scaleb(currency.decimals)
    minor = int(scaled)
    if not 0 < minor <= MOST_MINOR:
        raise NotAnAmount(text[:40])
    return Reported(Money(minor, currency), exact=minor == scaled, text=text)


_WORDS = {
    Currency.KES: frozenset({"", "kes", "ksh", "kshs", "sh", "shs", "bob", "/=", "/-"}),
    Currency.TZS: frozenset({"", "tzs", "tsh", "tshs", "sh", "shs", "/=", "/-"}),
    Currency.UGX: frozenset({"", "ugx", "ush", "ushs", "sh", "shs", "/=", "/-"}),
    Currency.RWF: frozenset({"", "rwf", "frw", "rf", "f", "fr", "frs", "/=", "/-"}),
}
"""What people write before or after an amount. Another currency's word is refused: money never changes it silently."""

_TYPED = re.compile(
    r"(?:(?P<before>[a-z]{1,4})\.?\s*)?(?P<whole>[0-9][0-9, ']*)(?:\.0{1,2})?\s*(?P<after>[a-z]{1,4}|/=|/-|)\.?"
)


def parse_typed(text: str, currency: Currency) -> Money:
    """Read the amount that a person typed: `1500`, `1,500`, `1 500/=`, `Ksh1,500.00`. Raises `NotAnAmount`.

    Only positive amounts of whole shillings or francs: it is what a phone can pay, and a fraction is never rounded.
    """
    match = _TYPED.fullmatch(text.strip().casefold())
    if match is None or not {match["before"] or "", match["after"]} <= _WORDS[currency]:
        raise NotAnAmount(text[:40])
    digits = re.sub(r"[, ']", "", match["whole"])
    if len(digits) > 13 or not _grouped(match["whole"]):
        raise NotAnAmount(text[:40])
    minor = int(digits) * currency.unit
    if not 0 < minor <= MOST_MINOR:
        raise NotAnAmount(text[:40])
    return Money(minor, currency)


def _grouped(text: str) -> bool:
    """Separators stand between groups of three, or nowhere: `1,500`, but not `1,50` (which may mean one and a half), `0,500`
    or `1500,000`."""
    first, *rest = re.split(r"[, ']", text.rstrip(" "))
    return not rest or (len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in rest))


def parse_percent(text: str) -> int:
    """`12.5`, or `12.5 %`, in hundredths of a percent. Raises `NotAnAmount`, also for what is finer than that."""
    typed = text.strip().removesuffix("%").strip()
    if not _PERCENT.fullmatch(typed):
        raise NotAnAmount(text[:40])
    return int(Decimal(typed.replace(",", ".")) * 100)


_PERCENT = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,2})?", re.ASCII)
