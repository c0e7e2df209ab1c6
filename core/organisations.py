"""Organisations and their accounts at providers, as the rest of the core needs to know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from core.application import Rules
from core.errors import DomainError
from core.ids import OrganisationId, ProviderAccountId
from core.ledger import Account, float_account
from core.money import Currency, Money
from core.phones import Msisdn


class Kind(Enum):
    """What an organisation is; it may be several at once."""

    SCHOOL = "school"
    LENDER = "lender"
    MERCHANT = "merchant"
    FLEET = "fleet"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Country:
    """What follows from the country: the phone prefix, the currency, the clock."""

    code: str
    calling_code: str
    currency: Currency
    time_zone: str


COUNTRIES = {
    country.code: country
    for country in (
        Country("KE", "254", Currency.KES, "Africa/Nairobi"),
        Country("RW", "250", Currency.RWF, "Africa/Kigali"),
        Country("UG", "256", Currency.UGX, "Africa/Kampala"),
        Country("TZ", "255", Currency.TZS, "Africa/Dar_es_Salaam"),
    )
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one payment may be (the provider's limits, or narrower ones of the organisation)."""

    least: Money
    most: Money


@dataclass(frozen=True, slots=True)
class Policy:
    """How one organisation takes money: cash application, and what C2B validation rejects (PAY-8)."""

    rules: Rules
    limits: Limits
    strict_references: bool = False
    """Reject a payment whose reference nobody knows, instead of keeping it in suspense."""


MAIL = "smtp"
"""An organisation's account at a mail server."""
GATEWAYS = frozenset({"africastalking", "telegram", "twilio", MAIL})
"""Providers that carry words and no money: their accounts have no float."""


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An organisation's account at a provider: where its money arrives."""

    id: ProviderAccountId
    organisation: OrganisationId
    organisation_name: str
    provider: str
    environment: str
    shortcode: str
    currency: Currency
    time_zone: str
    policy: Policy

    def local_date(self, moment: datetime) -> date:
        """The organisation's calendar day of a moment: the value date of what happens then."""
        return local_day(moment, self.time_zone)

    @property
    def float_account(self) -> Account:
        return float_account(self.organisation, self.provider, self.shortcode, self.currency)


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of a moment there."""
    return moment.astimezone(_zone(time_zone)).date()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


_ZONE_OF_CODE = {country.calling_code: country.time_zone for country in COUNTRIES.values()}


def zone_of(phone: Msisdn, otherwise: str) -> ZoneInfo:
    """By whose clock a phone's owner wakes and sleeps: that of its country, or `otherwise` (the organisation's zone)."""
    return _zone(_ZONE_OF_CODE.get(phone.digits[:3], otherwise))


class Rejection(Enum):
    """Why validation says no; each provider has its own code for it."""

    UNKNOWN_ACCOUNT = "unknown_account"
    CLOSED_ACCOUNT = "closed_account"
    AMOUNT_OUTSIDE_LIMITS = "amount_outside_limits"
    WRONG_CURRENCY = "wrong_currency"
    UNREADABLE = "unreadable"


@dataclass(eq=False)
class AmountOutsideLimits(DomainError):
    """More, or less, than one payment may be."""

    code: ClassVar[str] = "amount_outside_limits"
    least: Money
    most: Money
