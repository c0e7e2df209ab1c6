"""Each loan's story as the world has it: when its money arrived, and every coin that is on it, with M-Pesa's own day and sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.loans.events import Disbursed, Event, Repaid
from core.loans.products import Terms
from sandbox.mpesa import Transaction
from simulation.reckoning import DayByDay
from storage.loan_products import terms_of
from storage.loans import loan_number
from storage.tables import applications, entries, loan_events, loans, payments
from storage.tx import Tx


@dataclass
class Tale:
    """What happened to one loan. `knows`: what the books had of it by some moment."""

    account: UUID
    number: str
    state: str
    terms: Terms
    zone: ZoneInfo
    given: list[tuple[datetime, UUID, date | None, UUID | None]] = field(default_factory=list)
    """Told at, id, the day, and what it takes back."""
    coins: list[tuple[datetime, str, int]] = field(default_factory=list)
    """Recorded at, M-Pesa's receipt, and how much of it came or went."""

    def events(self, truth: Mapping[str, Transaction], until: datetime) -> list[Event]:
        """Those that the books knew then, each on the day on which it really was."""
        told = [one for one in self.given if one[0] <= until]
        undone = {undoes for *_, undoes in told if undoes}
        found: list[Event] = [
            Disbursed(day, self.terms) for _, id_, day, undoes in told if day and not undoes and id_ not in undone
        ]
        got: dict[str, int] = defaultdict(int)
        for at, receipt, minor in self.coins:
            got[receipt] += minor if at <= until else 0
        found += [Repaid(self.day(truth[receipt].at), minor) for receipt, minor in got.items() if minor > 0]
        return found

    def lived(self, truth: Mapping[str, Transaction], day: date, until: datetime) -> DayByDay:
        """The clerk's own reckoning at the end of `day`, by what was known at `until`."""
        return DayByDay().live([one for one in self.events(truth, until) if one.on <= day], day)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def moved_between(self, since: datetime, until: datetime) -> bool:
        """Did anything come to it, or go?"""
        return any(since < at <= until for at in (*(one[0] for one in self.given), *(one[0] for one in self.coins)))


def tales(tx: Tx, organisation: UUID, zone: ZoneInfo, *, number: int | None = None) -> list[Tale]:
    """Of all loans of a lender, or of one."""
    mine = loans.c.organisation_id == organisation
    if number is not None:
        mine &= loans.c.number == number
    columns = ("account_id", "number", "state", "terms")
    rows = _rows(tx, sa.select(*(loans.c[name] for name in columns)).where(mine).order_by(loans.c.number))
    found = {id_: Tale(id_, loan_number(nth), state, terms_of(terms), zone) for id_, nth, state, terms in rows}
    of = sa.select(loans.c.account_id).where(mine)
    told = ("account_id", "made_at", "id", "on_day", "undoes_id")
    query = sa.select(*(loan_events.c[name] for name in told)).where(loan_events.c.account_id.in_(of))
    for account, at, id_, day, undoes in _rows(tx, query.order_by(loan_events.c.id)):
        found[account].given.append((at, id_, day, undoes))
    coins = (
        sa.select(applications.c.account_id, entries.c.recorded_at, payments.c.receipt, applications.c.minor)
        .join(entries, entries.c.id == applications.c.entry_id)
        .join(payments, payments.c.id == applications.c.payment_id)
        .where(applications.c.account_id.in_(of))
    )
    for account, at, receipt, minor in _rows(tx, coins.order_by(applications.c.entry_id, applications.c.position)):
        found[account].coins.append((at, receipt, minor))
    return list(found.values())


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
