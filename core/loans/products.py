"""What a lender offers, and the terms under which one loan is given: products change, a loan keeps its own terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import ClassVar

from core.errors import DomainError
from core.money import Currency, Money, NotAnAmount
from core.plans import months_after


class Method(Enum):
    """On what interest is reckoned."""

    FLAT = "flat"
    """On the sum that was lent, for the whole term, however it is repaid."""
    DECLINING = "declining"
    """On what is still owed of it, from day to day; instalments are equal."""


class Every(Enum):
    """How far instalments are apart."""

    WEEK = "week"
    MONTH = "month"

    def after(self, first: date, count: int) -> date:
        """The day `count` periods after `first`; a month that is too short ends on its last day."""
        return first + timedelta(weeks=count) if self is Every.WEEK else months_after(first, count)


class Per(Enum):
    """What a rate is quoted for. A year has 12 months and 52 weeks."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_A_YEAR = {Per.WEEK: 52, Per.MONTH: 12, Per.YEAR: 1}
_PERIODS = {Every.WEEK: 52, Every.MONTH: 12}
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Interest as it is quoted: `millionths` of the principal for a week, a month or a year. 8.25 % is 82,500."""

    millionths: int
    per: Per

    def of_period(self, every: Every) -> Fraction:
        """For one period of the schedule, exactly."""
        return Fraction(self.millionths * _A_YEAR[self.per], MILLION * _PERIODS[every])

    def __str__(self) -> str:
        return f"{percent_text(self.millionths)}% a {self.per.value}"


def percent_text(millionths: int) -> str:
    """`8.25`: without a sign, and without zeros that say nothing."""
    return f"{Decimal(millionths) / 10_000:f}"


_RATE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)\s*%\s*(?:a|per|/)\s*(week|month|year)", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)\s*%?", re.ASCII)


def parse_rate(text: str) -> Rate:
    """`10% a month`, `18.5 % per year`. Raises `NotAnAmount`."""
    found = _RATE.fullmatch(text.strip().casefold())
    if found is None:
        raise NotAnAmount(text[:40])
    return Rate(int(Decimal(found[1]) * 10_000), Per(found[2]))


def parse_millionths(text: str) -> int:
    """`2.5` or `2.5%` as millionths. Raises `NotAnAmount`."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise NotAnAmount(text[:40])
    return int(Decimal(found[1]) * 10_000)


class Part(Enum):
    """What a loan owes, by kind; money settles it in the product's order."""

    PENALTY = "penalty"
    INTEREST = "interest"
    PRINCIPAL = "principal"


USUAL_ORDER = (Part.PENALTY, Part.INTEREST, Part.PRINCIPAL)


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """What an instalment costs that is late: once, or again every so many days while anything of it is owed."""

    fixed_minor: int = 0
    millionths: int = 0
    """Of what is late of that instalment."""
    grace_days: int = 0
    """It is charged on the day after so many days of patience."""
    every_days: int | None = None
    """None: once an instalment."""
    most_millionths: int = MILLION
    """All penalties of a loan together are never more than this share of what was lent."""

    @property
    def is_any(self) -> bool:
        return self.fixed_minor > 0 or self.millionths > 0

    def charge(self, late_minor: int) -> int:
        """For one instalment of which `late_minor` is late."""
        return self.fixed_minor + half_up(Fraction(late_minor * self.millionths, MILLION))


class FeeTaken(Enum):
    DEDUCTED = "deducted"
    """The borrower is sent less than the principal."""
    FINANCED = "financed"
    """The borrower is sent all that they asked for, and owes the fee on top."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What giving the loan costs, once."""

    fixed_minor: int = 0
    millionths: int = 0
    taken: FeeTaken = FeeTaken.DEDUCTED

    def of(self, asked_minor: int) -> int:
        return self.fixed_minor + half_up(Fraction(asked_minor * self.millionths, MILLION))


class Given(Enum):
    """How the money reaches the borrower."""

    HAND = "hand"
    """Somebody hands it over and writes that down."""
    PHONE = "phone"
    """It is paid out to the phone that asked for it, as soon as the loan is approved."""


class EarlySettlement(Enum):
    """What a borrower pays who ends a loan before its time."""

    INTEREST_TO_DATE = "interest_to_date"
    """No interest for days that have not come."""
    ALL_INTEREST = "all_interest"
    """The interest of the whole term (flat loans only)."""


@dataclass(frozen=True, slots=True)
class LimitRule:
    """How much a borrower may have, by history: the first loan is small, each one repaid in time makes the next larger."""

    first_minor: int
    step_millionths: int = 250_000
    """How much more after each good loan, of the limit before it."""
    late_days: int = 7
    """A loan that was ever later than this does not count as good; one that is so now stops everything."""


LONGEST_TERM = 360
LARGEST_RATE = MILLION
"""A hundred percent a period: more is a mistake in writing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which one loan is given. `principal` is what is owed at the start, a financed fee included."""

    principal: Money
    method: Method
    rate: Rate
    every: Every
    instalments: int
    interest_only: int = 0
    """So many first instalments bear no principal."""
    round_to_minor: int = 1
    """Instalments are a multiple of it; the last one takes the difference."""
    penalty: PenaltyRule = PenaltyRule()
    order: tuple[Part, ...] = USUAL_ORDER
    early: EarlySettlement = EarlySettlement.INTEREST_TO_DATE

    def __post_init__(self) -> None:
        if not (
            self.principal.minor > 0
            and 0 < self.instalments <= LONGEST_TERM
            and 0 <= self.interest_only < self.instalments
            and self.round_to_minor > 0
            and 0 <= self.rate.of_period(self.every) <= 1
            and sorted(part.value for part in self.order) == sorted(part.value for part in Part)
        ):
            raise TermsNotPossible(str(self.principal), self.instalments)


@dataclass(eq=False)
class TermsNotPossible(DomainError):
    """No schedule can be made of these terms."""

    code: ClassVar[str] = "terms_not_possible"
    principal: str
    instalments: int


@dataclass(eq=False)
class LoanAmountRefused(DomainError):
    """The product is not given for so much, or so little, or so long."""

    code: ClassVar[str] = "loan_amount_refused"
    least: Money
    most: Money


@dataclass(frozen=True, slots=True)
class Product:
    """What a lender offers. Its `code` is what people type: `BODA`."""

    code: str
    name: str
    currency: Currency
    least_minor: int
    most_minor: int
    method: Method
    rate: Rate
    every: Every
    terms: tuple[int, ...]
    """How many instalments a borrower may choose."""
    limit: LimitRule
    interest_only: int = 0
    round_to_minor: int = 1
    penalty: PenaltyRule = PenaltyRule()
    fee: Fee = Fee()
    order: tuple[Part, ...] = USUAL_ORDER
    early: EarlySettlement = EarlySettlement.INTEREST_TO_DATE
    given: Given = Given.HAND

    def __post_init__(self) -> None:
        early_fits = self.early is EarlySettlement.INTEREST_TO_DATE or self.method is Method.FLAT
        if not (0 < self.least_minor <= self.most_minor and self.terms and early_fits):
            raise LoanAmountRefused(Money(self.least_minor, self.currency), Money(self.most_minor, self.currency))
        for count in self.terms:
            self.offer(Money(self.least_minor, self.currency), count)

    def offer(self, asked: Money, instalments: int) -> Offer:
        """What a borrower is shown who asks for so much. Raises `LoanAmountRefused` where the product does not reach, and
        `FractionRefused` for cents that no phone can be sent."""
        least, most = Money(self.least_minor, self.currency), Money(self.most_minor, self.currency)
        if not least <= asked <= most or instalments not in self.terms:
            raise LoanAmountRefused(least, most)
        is_financed = self.fee.taken is FeeTaken.FINANCED
        fee = Money(self._fee(asked), self.currency)
        terms = Terms(
            principal=asked + fee if is_financed else asked,
            method=self.method,
            rate=self.rate,
            every=self.every,
            instalments=instalments,
            interest_only=self.interest_only,
            round_to_minor=self.round_to_minor,
            penalty=self.penalty,
            order=self.order,
            early=self.early,
        )
        sent = asked if is_financed else asked - fee
        if sent.minor <= 0:
            raise LoanAmountRefused(least, most)
        if self.given is Given.PHONE:
            _ = sent.whole_units  # raises FractionRefused
        return Offer(terms, sent, fee)

    def _fee(self, asked: Money) -> int:
        """To the coin; what is sent to a phone is whole shillings or francs, so there a fee that is kept is whole too."""
        fee, unit = self.fee.of(asked.minor), self.currency.unit
        if self.given is Given.PHONE and self.fee.taken is FeeTaken.DEDUCTED:
            return half_up(Fraction(fee, unit)) * unit
        return fee


@dataclass(frozen=True, slots=True)
class Offer:
    """One loan as it would be: `sent` reaches the phone, `fee` is kept, `terms` say what is owed."""

    terms: Terms
    sent: Money
    fee: Money


def half_up(value: Fraction) -> int:
    """To the nearest coin; the half goes up. The one rounding of loans."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
