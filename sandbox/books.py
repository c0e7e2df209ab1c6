"""What the sandbox page shows of the real books: plain values, and the port through which they are asked for.

Nothing here knows the database. The demo answers these questions with real queries; the page's own tests answer them
from memory. Every value goes to the browser as JSON exactly as it is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Side = Literal["debit", "credit"]

BalanceKind = Literal["float", "receivable", "credit", "suspense", "trial"]
"""`trial` is the sum of every posting that was ever made: anything but zero is an alarm."""

EventKind = Literal["callback", "posted", "prompt", "queued", "sent", "delivered", "refused", "note"]
"""The page's symbols. `callback`: a provider told us. `posted`: an entry was made. `prompt`: a phone is asked for its
PIN. `queued`, `sent`, `delivered`: the message to the payer. `refused`: something was turned away or failed."""


@dataclass(frozen=True, slots=True)
class Account:
    """One customer account. `phone` is the first guardian's; `owed` counts minor units."""

    reference: str
    owner: str
    phone: str
    owed: int
    group: str = ""
    phones: Sequence[str] = ()
    """Every guardian's, the first included."""
    credit: int = 0
    """Held for the next invoice, minor units."""


@dataclass(frozen=True, slots=True)
class Staff:
    """One who works there, with what a script needs to act as them in the sandbox."""

    name: str
    role: str
    phone: str
    telegram_id: int | None = None
    api_token: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation of the pretend world. `hooks` maps a hook's name to its full URL."""

    name: str
    kind: str
    country: str
    currency: str
    decimals: int
    ussd_code: str
    shortcode: str
    hooks: Mapping[str, str]
    accounts: Sequence[Account]
    staff: Sequence[Staff] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whose phone the visitor may pick up. `about` says in plain words why they are worth trying."""

    msisdn: str
    name: str
    about: str
    organisation: str
    language: str
    currency: str
    decimals: int
    owed: int
    """Of all their accounts together, minor units."""
    credit: int = 0
    references: Sequence[str] = ()
    """What they would type as account number when they pay by paybill."""


@dataclass(frozen=True, slots=True)
class World:
    """`GET /sandbox/world`."""

    organisations: Sequence[Organisation]
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One posting. An accountant calls the account `name` (`Fees owed: KV2467`), the ledger calls it `code`."""

    name: str
    code: str
    side: Side
    minor: int


@dataclass(frozen=True, slots=True)
class EntryCard:
    """One journal entry. `id` is the cursor for those after it."""

    id: str
    at: datetime
    title: str
    """The event in the accountant's words: `Payment received`."""
    organisation: str
    currency: str
    decimals: int
    lines: Sequence[EntryLine]
    trace: str = ""
    why: str = ""
    """What decided where the money went: `exact reference KV2467`."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """One thing that happened, in plain words, under the trace that it belongs to. `id` is the cursor."""

    id: str
    at: datetime
    kind: EventKind
    text: str
    trace: str = ""


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One total of the books, positive on the side that is natural for its kind (what we owe is positive credit)."""

    kind: BalanceKind
    name: str
    currency: str
    decimals: int
    minor: int


class Books(Protocol):
    """The questions that the page asks of the books. All are reads; each may be asked several times a second."""

    async def world(self) -> World: ...

    async def recent(self, after: str | None, limit: int) -> Sequence[EntryCard]:
        """At most `limit` entries, oldest first: those next after the entry `after`, or the newest ones for None."""
        ...

    async def events(self, after: str | None, limit: int) -> Sequence[EventLine]:
        """At most `limit` events, in the same order and sense as `recent`."""
        ...

    async def totals(self) -> Sequence[BalanceLine]:
        """Float, receivables, credit, suspense and the trial balance, in this order, once for each currency."""
        ...


@dataclass(frozen=True, slots=True)
class News:
    """What the page has not seen yet: the answer of `GET /sandbox/books` and one message of the live feed."""

    totals: Sequence[BalanceLine] = ()
    entries: Sequence[EntryCard] = field(default_factory=tuple)
    events: Sequence[EventLine] = field(default_factory=tuple)
