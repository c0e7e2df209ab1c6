"""A provider's own confirmation that somebody forwards, read as far as its wording is known (PAY-10). A claim, never proof.

Wordings: docs/sms.md; samples in `tests/samples/sms/claims.json`. Forwarding adds noise, so a wording is looked for anywhere in the
text. The sum is the one that is bound to the verb; balances, fees and limits are others.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from functools import lru_cache

from core.money import Currency, Money

WRONG_DAY = "wrong day"
"""A doubt: the day within the code is not the one of the text."""
LONGEST = 700
"""Characters that are looked at: a forwarded text is long, and its first sentences tell."""


class Kind(Enum):
    """What a confirmation tells of."""

    SENT = "sent"
    PAYBILL = "paybill"
    BUY_GOODS = "buy_goods"
    MERCHANT_PAID = "merchant_paid"
    API_DEBIT = "api_debit"
    """A prompt of ours that was paid."""
    RECEIVED = "received"
    MERCHANT_RECEIVED = "merchant_received"
    """To the merchant's own phone."""
    WITHDRAW = "withdraw"
    AIRTIME = "airtime"
    REVERSAL = "reversal"
    FAILED = "failed"
    NOTICE = "notice_not_a_payment"
    """Of a credit that funded a payment, with the payment's own code and another sum."""


PAYS = frozenset(
    {Kind.SENT, Kind.PAYBILL, Kind.BUY_GOODS, Kind.MERCHANT_PAID, Kind.API_DEBIT, Kind.MERCHANT_RECEIVED, Kind.NOTICE}
)
"""Kinds whose code may be that of a payment to us."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a forwarded text says. Facts that it does not tell are empty."""

    kind: Kind
    code: str = ""
    amount: Money | None = None
    party: str = ""
    phone: str = ""
    """As it stands there, maybe masked."""
    account: str = ""
    at: datetime | None = None
    fee: Money | None = None
    balance: Money | None = None
    original: str = ""
    """Of a reversal: the code of what was taken back."""
    doubt: str = ""
    """Why it can hardly be genuine; empty where nothing speaks against it."""


_CODE = r"(?P<code>(?=[A-Z0-9]*[A-Z])[A-Z0-9]{9,11})"
_NUM = r"[0-9][0-9,]*(?:\.[0-9]{2})?"
_CUR = r"Ksh|KES|Tshs|Tsh|TZS|RWF|UGX"


def _money(name: str) -> str:
    """A sum with its currency before or behind it."""
    return rf"(?:(?P<{name}_c>{_CUR})\.?\s?(?P<{name}>{_NUM})|(?P<{name}_n>{_NUM})\s?(?P<{name}_d>RWF|UGX))"


_SUM = _money("sum")
_DAY = r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>(?:20)?[0-9]{2})"
_TIME = r"(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::[0-9]{2})?(?:\s?(?P<half>[AP]M))?"
_WHEN = rf"(?:on|tarehe|mnamo)\s{_DAY}(?:\s(?:at|saa)?\s?{_TIME})?"
_MAYBE_WHEN = rf"(?:(?:on|tarehe|mnamo)\s)?{_DAY}(?:\s(?:at|saa)?\s?{_TIME})?"
_ISO = r"at\s(?P<y>20[0-9]{2})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})\s(?P<h>[0-9]{2}):(?P<min>[0-9]{2})(?::[0-9]{2})?"
_PHONE = r"(?P<phone>\+?[0-9*][0-9* ]{7,13}[0-9])"
_WHO = r"(?P<party>.{1,80}?)"
_MPESA = rf"\b{_CODE}\s+(?:confirmed|imethibitishwa)\b[.\s]*"
_TID = r"TID\s?:?\s?(?P<code>[A-Z0-9.]{8,24}?)\.?\s"
_RW_ID = r"TxId:\s?(?P<code>[0-9]{8,14})"
_RW_FID = r"Financial Transaction Id:\s?(?P<code>[0-9]{8,14})"

_SAID: tuple[tuple[Kind, str], ...] = (
    # M-Pesa. What tells of more stands before what tells of less.
    (
        Kind.REVERSAL,
        rf"{_MPESA}Reversal of transaction (?P<original>[A-Z0-9]{{9,11}})\b.*? {_WHEN} and {_SUM} is credited",
    ),
    (Kind.REVERSAL, rf"{_MPESA}(?:Your )?transaction of {_SUM} to {_WHO} has been reversed"),
    (Kind.NOTICE, rf"{_MPESA}Fuliza M-PESA amount is {_SUM}"),
    (Kind.NOTICE, rf"{_MPESA}{_SUM} from your M-PESA has been used to (?:fully|partially) pay"),
    (
        Kind.RECEIVED,
        rf"{_MPESA}You have received (?:a payment of )?{_SUM} from {_WHO}(?: {_PHONE})?\.?\s+{_MAYBE_WHEN}",
    ),
    (Kind.RECEIVED, rf"{_MPESA}Umepokea {_SUM} kutoka {_WHO}(?: {_PHONE})? {_WHEN}"),
    (
        Kind.MERCHANT_RECEIVED,
        rf"{_MPESA}{_WHEN} {_SUM} received from {_WHO}(?: {_PHONE})?\.(?: ?Account Number (?P<account>.{{1,40}}?))? New",
    ),
    (Kind.AIRTIME, rf"{_MPESA}You bought {_SUM} of airtime"),
    (Kind.WITHDRAW, rf"{_MPESA}(?:{_WHEN}\s?)?Withdraw {_SUM} from {_WHO} New"),
    (Kind.PAYBILL, rf"{_MPESA}{_SUM} (?:sent|paid) to {_WHO} for account (?P<account>.{{1,40}}?) {_WHEN}"),
    (Kind.BUY_GOODS, rf"{_MPESA}{_SUM} (?:sent to business|paid to) {_WHO}\.? {_WHEN}"),
    (Kind.SENT, rf"{_MPESA}{_SUM} (?:sent to|imetumwa kwa) {_WHO}(?:(?: -)? {_PHONE})? {_WHEN}"),
    # MTN Rwanda and Uganda.
    (Kind.FAILED, rf"\*143\*.*?{_SUM}.*? failed {_ISO}"),
    (Kind.FAILED, rf"\*143\*{_RW_ID}.*? has failed"),
    (Kind.REVERSAL, rf"Your transaction to {_WHO} \({_PHONE}\) with {_SUM} has been reversed {_ISO}"),
    (
        Kind.API_DEBIT,
        rf"A transaction of {_SUM} by {_WHO} on your MOMO account was successfully completed {_ISO}.*?{_RW_FID}",
    ),
    (
        Kind.MERCHANT_PAID,
        rf"{_RW_ID}.*?Your payment of {_SUM} to {_WHO}(?: (?P<account>[0-9]{{4,7}}))?(?: \(.{{0,60}}?)? has been completed {_ISO}",
    ),
    (Kind.SENT, rf"{_SUM} transferred to {_WHO} \({_PHONE}\)(?: from [0-9]+)? {_ISO}(?:.*?{_RW_ID})?"),
    (
        Kind.RECEIVED,
        rf"You have received {_SUM} from {_WHO} \({_PHONE}\) on your mobile money account {_ISO}.*?{_RW_FID}",
    ),
    (Kind.RECEIVED, rf"You have received {_SUM} from {_WHO}, {_PHONE} on .*?Transaction ID:\s?(?P<code>[0-9]{{8,14}})"),
    # Airtel.
    (Kind.RECEIVED, rf"RECEIVED\.\s?{_TID}{_SUM} from (?P<phone>[0-9]{{9,12}}), {_WHO}\."),
    (Kind.SENT, rf"SENT\.\s?{_TID}{_SUM} to {_WHO}(?: {_PHONE})?\. Fee"),
    (Kind.MERCHANT_PAID, rf"PAID\.\s?{_TID}{_SUM} to {_WHO} Charge"),
    (Kind.WITHDRAW, rf"WITHDRAWN\.\s?{_TID}{_SUM}"),
    (Kind.RECEIVED, rf"{_TID}Confirmed\. You have received {_SUM} from {_WHO} {_PHONE} {_WHEN}"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SAID)
_BALANCE = re.compile(
    rf"(?:balance (?:is|:)|balance:|Baki yako ya M-PESA ni|\bBal)\s?(?:now )?{_money('bal')}", re.IGNORECASE
)
_FEE = re.compile(
    rf"(?:Transaction cost,|Gharama ya kutuma ni|Total fee|Fee was ?:?|Fee:|\. Fee|Charge)\s?{_money('fee')}",
    re.IGNORECASE,
)
_CURRENCIES = {"ksh": "KES", "kes": "KES", "tsh": "TZS", "tshs": "TZS", "tzs": "TZS", "rwf": "RWF", "ugx": "UGX"}
_HOURS = {"RWF": 2}
"""Ahead of UTC: Rwanda two, the others three."""


@lru_cache(maxsize=256)
def read_claim(text: str) -> Claim | None:
    """What a provider's confirmation somewhere in `text` says; None where there is none that we know. Never raises."""
    clean = " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).split())
    for kind, pattern in _PATTERNS:
        if found := pattern.search(clean):
            return _claim(kind, found, clean)
    return None


def _claim(kind: Kind, found: re.Match[str], text: str) -> Claim:
    facts = found.groupdict()
    amount = _sum(facts, "sum")
    code = (facts.get("code") or "").upper().strip(".")
    at = _at(facts, amount)
    balance, fee = _BALANCE.search(text, found.start()), _FEE.search(text, found.start())
    return Claim(
        kind,
        code,
        amount,
        (facts.get("party") or "").strip(" .,"),
        (facts.get("phone") or "").replace(" ", ""),
        (facts.get("account") or "").strip(" ."),
        at,
        _sum(fee.groupdict(), "fee") if fee else None,
        _sum(balance.groupdict(), "bal") if balance else None,
        (facts.get("original") or "").upper(),
        _doubt(code, amount, at),
    )


def _sum(facts: dict[str, str | None], name: str) -> Money | None:
    """A sum in its own currency; None where it is none, or a fraction that its currency does not have."""
    typed = facts.get(name) or facts.get(f"{name}_n")
    named = facts.get(f"{name}_c") or facts.get(f"{name}_d")
    if not typed or not named:
        return None
    currency = Currency[_CURRENCIES[named.casefold()]]
    whole, _, coins = typed.replace(",", "").partition(".")
    if int(coins or 0) and currency.unit == 1:
        return None
    return Money(int(whole[:12]) * currency.unit + int(coins or 0), currency)


def _at(facts: dict[str, str | None], amount: Money | None) -> datetime | None:
    """When, with the hours of its country; None for a day or time that does not exist."""
    if not facts.get("y"):
        return None
    hour = int(facts["h"] or 0) if facts.get("h") else 0
    if facts.get("half"):
        hour = hour % 12 + (12 if (facts["half"] or "").upper() == "PM" else 0)
    zone = timezone(timedelta(hours=_HOURS.get(amount.currency.code, 3) if amount else 3))
    year = int((facts["y"] or "")[-2:]) + 2_000
    with contextlib.suppress(ValueError):
        return datetime(year, int(facts["m"] or 0), int(facts["d"] or 0), hour, int(facts.get("min") or 0), tzinfo=zone)
    return None


_FIRST_YEAR = {"KES": 2006, "TZS": 2023}
"""Whose letter is A in M-Pesa's codes (protocols: mpesa-sms, 2 and 3)."""
_MONTHS = "ABCDEFGHIJKL"
_DAYS = "123456789ABCDEFGHIJKLMNOPQRSTUV"


def _doubt(code: str, amount: Money | None, at: datetime | None) -> str:
    """The first three characters of M-Pesa's codes are the day: another one than the text tells was typed by hand."""
    if (
        amount is None
        or at is None
        or amount.currency.code not in _FIRST_YEAR
        or not re.fullmatch("[A-Z0-9]{10,11}", code)
    ):
        return ""
    told = _day_of(code, _FIRST_YEAR[amount.currency.code])
    return "" if told == at.date() else WRONG_DAY


def _day_of(code: str, first_year: int) -> date | None:
    letters: Sequence[int] = (ord(code[0]) - ord("A"), _MONTHS.find(code[1]), _DAYS.find(code[2]))
    if min(letters) < 0:
        return None
    with contextlib.suppress(ValueError):
        return date(first_year + letters[0], letters[1] + 1, letters[2] + 1)
    return None
