"""Where is my money? One read that answers a phone from any scrap it remembers, and tells it only what is its own."""

from __future__ import annotations

from core import tracing
from core.ids import OrganisationId
from core.limits import Rule
from core.phones import Msisdn
from core.scraps import read_scrap
from core.tracing import Told
from storage import organisations
from storage import tracing as store
from storage.tx import Tx

QUESTIONS = Rule(most=20, per_s=3_600)
"""That one phone may ask: somebody who looks for lost money, and no search for other people's."""


def trace_money(tx: Tx, organisation: OrganisationId, msisdn: Msisdn, typed: str) -> tuple[Told, ...]:
    """What became of the payments that `typed` may mean, as far as this phone may know; empty when nothing was found."""
    account = organisations.main_account(tx, organisation)
    if account is None:
        return ()
    scrap = read_scrap(typed, currency=account.currency, today=account.local_date(tx.now))
    return tracing.answer(store.trails(tx, store.asker(tx, account, msisdn), scrap), scrap)
