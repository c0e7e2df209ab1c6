"""Double entry: accounts, entries that balance by construction, linked reversals, holds.

A posting is signed: positive debits, negative credits; an entry's postings sum to zero in each currency. Balances follow:
an asset or expense account is normally positive, a liability, income or equity account negative.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import ClassVar, NamedTuple
from uuid import UUID

from core.errors import Bug, DomainError
from core.ids import AccountId, CustomerAccountId, EntryId, HoldId, OrganisationId, PaymentId
from core.money import Currency, Money


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger account of one organisation, in one currency. `code` is its place in the chart, `asset:float:600984`."""

    organisation: OrganisationId
    code: str
    currency: Currency
    id: AccountId = field(init=False, repr=False, compare=False)
    """Derived from what the account is, so that no lookup stands between an event and its posting."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _account_id(self.organisation, self.code, self.currency.code))

    @property
    def root(self) -> str:
        """`asset`, `liability`, `income`, `expense` or `equity`."""
        return self.code.partition(":")[0]


@lru_cache(maxsize=262_144)
def _account_id(organisation: UUID, code: str, currency: str) -> AccountId:
    name = f"{organisation.hex}|{code}|{currency}".encode()
    return AccountId(UUID(bytes=hashlib.blake2b(name, digest_size=16).digest()))


_remembered = lru_cache(maxsize=65_536)
"""The same accounts are posted to all day: found again in a third of the time that making one takes."""


@_remembered
def float_account(organisation: OrganisationId, provider: str, shortcode: str, currency: Currency) -> Account:
    """Our money at a mobile-money provider."""
    return Account(organisation, f"asset:float:{provider}:{shortcode}", currency)


@_remembered
def receivable(organisation: OrganisationId, account: CustomerAccountId, currency: Currency) -> Account:
    """What one customer account owes us."""
    return Account(organisation, f"asset:receivable:{account.hex}", currency)


@_remembered
def customer_credit(organisation: OrganisationId, account: CustomerAccountId, currency: Currency) -> Account:
    """What we hold for one customer account beyond its debts (docs/decisions/0003)."""
    return Account(organisation, f"liability:credit:{account.hex}", currency)


@_remembered
def suspense(organisation: OrganisationId, currency: Currency) -> Account:
    """Money that has arrived and whose owner we do not know yet."""
    return Account(organisation, "liability:suspense", currency)


def refunds_owed(organisation: OrganisationId, currency: Currency) -> Account:
    """Taken from where a payment went, and not set aside for its payout yet: nothing, once a transaction is over."""
    return Account(organisation, "liability:refunds", currency)


def income(organisation: OrganisationId, kind: str, currency: Currency) -> Account:
    return Account(organisation, f"income:{kind}", currency)


def payout_promised(organisation: OrganisationId, currency: Currency) -> Account:
    """What is approved and on its way to somebody, and not paid yet."""
    return Account(organisation, "liability:payout", currency)


def expense(organisation: OrganisationId, kind: str, currency: Currency) -> Account:
    """What money was spent on: `charges` of providers, or a purpose."""
    return Account(organisation, f"expense:{kind}", currency)


OF_FUNDS = "asset:fund:"
"""How the codes of all funds' accounts begin."""


def fund_account(organisation: OrganisationId, fund: UUID, currency: Currency) -> Account:
    """What one fund may spend of the organisation's money."""
    return Account(organisation, f"{OF_FUNDS}{fund.hex}", currency)


def allotted(organisation: OrganisationId, currency: Currency) -> Account:
    """The other side of all funds: what they may spend lies in floats and banks, which must not be counted twice. Negative, so
    that it and the funds sum to zero."""
    return Account(organisation, "asset:allotted", currency)


def cash(organisation: OrganisationId, currency: Currency) -> Account:
    """Coins and notes in the office's drawer."""
    return Account(organisation, "asset:cash", currency)


def equity_opening(organisation: OrganisationId, currency: Currency) -> Account:
    return Account(organisation, "equity:opening", currency)


class Posting(NamedTuple):
    """One line of an entry: `minor` debits the account when positive and credits it when negative."""

    account: Account
    minor: int


@dataclass(eq=False)
class CurrencyOfAccount(Bug):
    """Money of one currency was posted to an account of another."""

    account: Account
    amount: Money


def debit(account: Account, amount: Money) -> Posting:
    if amount.currency is not account.currency:
        raise CurrencyOfAccount(account, amount)
    return Posting(account, amount.minor)


def credit(account: Account, amount: Money) -> Posting:
    if amount.currency is not account.currency:
        raise CurrencyOfAccount(account, amount)
    return Posting(account, -amount.minor)


@dataclass(eq=False)
class Unbalanced(Bug):
    """The postings of an entry do not sum to zero in each currency, or say nothing."""

    key: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One business event in the books. `key` makes it happen once: the same event posted twice is one entry."""

    organisation: OrganisationId
    key: str
    kind: str
    """The event's name in `core/entries.py`, `payment_received`."""
    value_on: date
    """The business date. The recording time is added when it is written."""
    subject: UUID
    """The payment, item or account that the event is about."""
    postings: tuple[Posting, ...]
    reverses: EntryId | None = None

    def __post_init__(self) -> None:
        sums: dict[Currency, int] = {}
        for posting in self.postings:
            if posting.minor == 0 or posting.account.organisation != self.organisation:
                raise Unbalanced(self.key)
            currency = posting.account.currency
            sums[currency] = sums.get(currency, 0) + posting.minor
        if not sums or any(sums.values()):
            raise Unbalanced(self.key)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it stands in the books."""

    id: EntryId
    entry: JournalEntry
    recorded_at: datetime


@dataclass(eq=False)
class AlreadyReversed(DomainError):
    """An entry is reversed once at most; a second wish is refused, not repeated."""

    code: ClassVar[str] = "already_reversed"
    entry: str


def reversal(recorded: Recorded, *, value_on: date) -> JournalEntry:
    """The linked opposite of an entry, on the date that the accountant chooses. Both stay in the books for ever."""
    original = recorded.entry
    if original.reverses is not None:
        raise AlreadyReversed(original.key)
    return JournalEntry(
        organisation=original.organisation,
        key=f"{original.key}:reversed",
        kind=f"{original.kind}_reversed",
        value_on=value_on,
        subject=original.subject,
        postings=tuple(Posting(posting.account, -posting.minor) for posting in original.postings),
        reverses=recorded.id,
    )


def canonical(
    entry_id: UUID,
    organisation: UUID,
    key: str,
    kind: str,
    value_on: date,
    recorded_at_us: int,
    subject: UUID,
    reverses: UUID | None,
    postings: Iterable[tuple[UUID, int]],
) -> bytes:
    """The bytes of an entry that its authenticity code and the seals cover: every column, in one fixed order."""
    return canonical_of_digits(
        entry_id.hex,
        organisation.hex,
        key,
        kind,
        value_on,
        recorded_at_us,
        subject.hex,
        reverses.hex if reverses else None,
        [(account.hex, minor) for account, minor in postings],
    )


def canonical_of_digits(
    entry_id: str,
    organisation: str,
    key: str,
    kind: str,
    value_on: date,
    recorded_at_us: int,
    subject: str,
    reverses: str | None,
    postings: Iterable[tuple[str, int]],
) -> bytes:
    """The same from ids that are hexadecimal digits already."""
    lines = ";".join([f"{account},{minor}" for account, minor in postings])
    back = "" if reverses is None else reverses
    head = f"{entry_id}|{organisation}|{key}|{kind}|{value_on}|{recorded_at_us}|{subject}|{back}|"
    return (head + lines).encode()


# --- holds: money that is promised but not final ----------------------------------------------------------------------


class HoldState(Enum):
    ACTIVE = "active"
    SETTLED = "settled"
    """The money came (or went) and was posted."""
    RELEASED = "released"
    EXPIRED = "expired"


HOLD_NEXT: dict[HoldState, frozenset[HoldState]] = {
    HoldState.ACTIVE: frozenset({HoldState.SETTLED, HoldState.RELEASED, HoldState.EXPIRED}),
    # The PIN was typed after we had given up: the money is real, so the hold ends as settled.
    HoldState.EXPIRED: frozenset({HoldState.SETTLED}),
    HoldState.RELEASED: frozenset({HoldState.SETTLED}),
    HoldState.SETTLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A part of a customer account's debt that a prompt is asking for right now. It posts nothing and expires by itself."""

    id: HoldId
    organisation: OrganisationId
    account: CustomerAccountId
    payment: PaymentId
    amount: Money
    expires_at: datetime
    state: HoldState = HoldState.ACTIVE

    def is_active(self, now: datetime) -> bool:
        return self.state is HoldState.ACTIVE and now < self.expires_at


@dataclass(eq=False)
class HoldEnded(DomainError):
    """The hold was settled, released or has expired."""

    code: ClassVar[str] = "hold_ended"
    state: str


def end_hold(hold: Hold, state: HoldState) -> Hold:
    """`hold` in its final state. Raises `HoldEnded` where the table does not allow it."""
    if state not in HOLD_NEXT[hold.state]:
        raise HoldEnded(hold.state.value)
    return Hold(hold.id, hold.organisation, hold.account, hold.payment, hold.amount, hold.expires_at, state)


# --- seals ------------------------------------------------------------------------------------------------------------


def chain(previous: bytes, digests: Sequence[bytes]) -> bytes:
    """A seal: the hash of the seal before it and of the digests that it covers, in order."""
    hasher = hashlib.sha256(previous)
    for digest in digests:
        hasher.update(digest)
    return hasher.digest()


GENESIS = bytes(32)
"""What the first seal follows."""
