"""What the days brought, for those who answer for an organisation's money: read from the rollups (ANA-1, NOT-5)."""

from __future__ import annotations

from datetime import date, timedelta

from core.money import Currency
from core.takings import Takings, takings
from storage import rollups
from storage.organisations import Organisation
from storage.tx import Tx

RECENT = 30
"""Days, with today."""


def of_days(tx: Tx, organisation: Organisation, *, since: date, until: date) -> Takings:
    """The business days from `since` to `until`, both included, in the organisation's currency."""
    lines = rollups.lines(tx, organisation.id, since=since, until=until)
    return takings(lines, organisation.currency, since=since, until=until)


def recent(tx: Tx, organisation: Organisation) -> dict[Currency, tuple[Takings, Takings]]:
    """Today, and the last days with today: in the organisation's currency, then in every other that came."""
    today = organisation.local_day(tx.now)
    since = today - timedelta(days=RECENT - 1)
    lines = rollups.lines(tx, organisation.id, since=since, until=today)
    others = sorted({line.amount.currency for line in lines} - {organisation.currency}, key=lambda one: one.code)
    return {
        currency: (
            takings(lines, currency, since=today, until=today),
            takings(lines, currency, since=since, until=today),
        )
        for currency in (organisation.currency, *others)
    }
