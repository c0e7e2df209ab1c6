"""What the providers know against what the books say: each coin credited once, for its whole amount, at the right school."""

from __future__ import annotations

import sqlalchemy as sa

from simulation.town import Town
from storage.outbox import State
from storage.tables import organisations, outbox, payments
from storage.tx import Tx
from usecases.prompts import unresolved


def wrong_coins(town: Town, *, all_arrived: bool) -> list[str]:
    """Coins that the books have otherwise than M-Pesa. Only when everything had time to arrive may none be missing."""
    truth = {done.receipt: (done.shortcode, done.amount.minor) for done in town.pretend.mpesa.transactions}
    shortcodes = {plan.slug: plan.shortcode for plan in town.places}
    books: dict[str, tuple[str, int]] = {}
    broken = []
    for receipt, slug, minor in town.look(_coins):
        if receipt in books:
            broken.append(f"coin {receipt} is in the books twice")
        books[receipt] = (shortcodes[slug], minor)
    broken += [
        f"coin {receipt} is {found} in the books and {truth.get(receipt, 'unknown')} at M-Pesa"
        for receipt, found in books.items()
        if truth.get(receipt) != found
    ]
    if all_arrived:
        broken += [f"coin {receipt} never came" for receipt in truth if receipt not in books]
    return broken


def left_lying(town: Town) -> list[str]:
    """What should have ended by now and did not."""
    unended: int = town.look(unresolved)
    return [f"{rows} {kind} are still {state}" for kind, state, rows in town.look(_waiting)] + (
        [f"{unended} prompts have no end"] if unended else []
    )


def _coins(tx: Tx) -> list[tuple[str, str, int]]:
    query = sa.select(payments.c.receipt, organisations.c.slug, payments.c.minor).join(
        organisations, organisations.c.id == payments.c.organisation_id
    )
    rows = tx.connection.execute(query.where(payments.c.receipt.is_not(None)).order_by(payments.c.receipt))
    return [(receipt, slug, minor) for receipt, slug, minor in rows]


def _waiting(tx: Tx) -> list[tuple[str, str, int]]:
    overdue = outbox.c.not_before < tx.now
    query = sa.select(outbox.c.kind, outbox.c.state, sa.func.count()).where(
        overdue, outbox.c.state.in_([State.PENDING.value, State.SENDING.value])
    )
    rows = tx.connection.execute(query.group_by(outbox.c.kind, outbox.c.state))
    return [(kind, state, count) for kind, state, count in rows]
