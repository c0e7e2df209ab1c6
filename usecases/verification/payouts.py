"""Payouts: each is where its history and its entries say, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from core.ids import OrganisationId
from core.ledger import expense, float_account, payout_promised
from core.money import Currency
from core.payouts import OPEN, State
from storage import verification as books
from storage.tx import Tx
from storage.verification import Posted, Row
from usecases.verification.findings import Finding

_EVENTS = ("reserved", "released", "released_again", "restored", "paid", "returned", "charged")


def payouts(tx: Tx) -> Iterator[Finding]:
    """What is promised stands in the books, what was paid left the float, what failed was released, and the history of each
    ends where it stands."""
    for page in books.payout_pages(tx):
        keys = [f"payout:{row.id.hex}:{event}" for row in page.payouts for event in _EVENTS]
        posted = books.posted_under(tx, keys)
        for row in page.payouts:
            yield from _history(row, page.history.get(row.id))
            yield from _booked(
                row, [posted[key] for event in _EVENTS if (key := f"payout:{row.id.hex}:{event}") in posted]
            )
        known = {row.id for row in page.payouts}
        for id_ in sorted(page.history.keys() - known):
            yield Finding("payouts", str(id_), "it has a history, but is not there")


def _history(row: Row, told: tuple[int, str | None] | None) -> Iterator[Finding]:
    rows, last = told or (0, None)
    if rows != row.version or last != row.state:
        what = f"it is {row.state} in version {row.version}, its history of {rows} ends at {last or 'nothing'}"
        yield Finding("payouts", str(row.id), what)


def _booked(row: Row, posted: Sequence[Posted]) -> Iterator[Finding]:
    try:
        state, currency = State(row.state), Currency[row.currency]
    except (ValueError, KeyError):
        yield Finding("payouts", str(row.id), f"no such state or currency: {row.state}, {row.currency}")
        return
    organisation = OrganisationId(row.organisation_id)
    paid = row.minor if state is State.PAID else 0
    places = (
        ("promised", payout_promised(organisation, currency).id, -row.minor if state in OPEN else 0),
        ("charged", expense(organisation, "charges", currency).id, row.charge_minor or 0),
        (
            "out of the float",
            float_account(organisation, row.provider, row.shortcode or "", currency).id,
            -paid - (row.charge_minor or 0),
        ),
    )
    for what, account, expected in places:
        found = _moved(posted, account)
        if found != expected:
            said = f"it is {row.state} of {row.minor}: {expected} should be {what}, the books say {found}"
            yield Finding("payouts", str(row.id), said)


def _moved(posted: Sequence[Posted], account: UUID) -> int:
    return sum(entry.moved.get(account.hex, 0) for entry in posted)
