"""Finding payments by whatever somebody has of one: a receipt, an id, a phone, an account, an invoice, a name (PAY-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import msgspec

from core.organisations import COUNTRIES
from core.payments import Method, Status
from core.phones import Msisdn, NotAPhone
from storage import callers, listing
from storage import students as student_store
from storage.listing import Filters, PaymentLine
from storage.organisations import Organisation
from storage.students import Search, StudentLine
from storage.tx import Tx

MOST_NAMED = 5
"""Students whose name fits; more are too many to look through on a phone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. Without a text, the newest of a state, a way and some days, or of all."""

    text: str = ""
    status: Status | None = None
    method: Method | None = None
    provider: str | None = None
    since: date | None = None
    """Days of the organisation's calendar, the last one included."""
    until: date | None = None
    before: UUID | None = None
    """Only payments older than this."""
    clear: bool = False
    """Show whole phone numbers."""
    limit: int = 30


def find_payments(tx: Tx, organisation: Organisation, wanted: Wanted) -> list[PaymentLine]:
    """A name that means one payment finds that; else a phone, else an account or an invoice, else what was typed as one, else
    the students of that name: the newest first."""
    filters = Filters(
        organisation=organisation.id,
        status=wanted.status,
        method=wanted.method,
        provider=wanted.provider,
        since=organisation.midnight(wanted.since) if wanted.since else None,
        until=organisation.midnight(wanted.until + timedelta(days=1)) if wanted.until else None,
    )
    text = wanted.text.strip()
    if not text:
        return _page(tx, filters, wanted)
    if named := listing.payments_named(tx, text, organisation=organisation.id):
        return listing.payments_of(tx, named, clear=wanted.clear)
    try:
        payer = Msisdn.parse(text, country_code=COUNTRIES[organisation.country].calling_code).digits
    except NotAPhone:
        payer = ""
    if payer and (found := _page(tx, msgspec.structs.replace(filters, payer=payer), wanted)):
        return found
    account = callers.account_named(tx, organisation.id, text)
    if account is not None and (found := _page(tx, msgspec.structs.replace(filters, account=account[0]), wanted)):
        return found
    if found := _page(tx, msgspec.structs.replace(filters, reference=text), wanted):
        return found
    accounts = [one.account for one in students_named(tx, organisation, text)]
    found = [line for one in accounts for line in _page(tx, msgspec.structs.replace(filters, account=one), wanted)]
    return sorted(found, key=lambda line: line.id, reverse=True)[: wanted.limit]


def students_named(tx: Tx, organisation: Organisation, text: str) -> list[StudentLine]:
    """Those who are meant by a number, a phone or words of a name; none when too many may be."""
    country_code = COUNTRIES[organisation.country].calling_code
    found = student_store.page_of(tx, organisation.id, Search(text), country_code=country_code, limit=MOST_NAMED + 1)
    return found if len(found) <= MOST_NAMED else []


def _page(tx: Tx, filters: Filters, wanted: Wanted) -> list[PaymentLine]:
    return listing.payments_list(tx, filters, limit=wanted.limit, before=wanted.before, clear=wanted.clear)
