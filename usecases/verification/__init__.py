"""Do the books still say what was written? `verify` looks at every row that money rests on and names those that are wrong.

Several passes ask independently, so that whoever alters one row would have to alter many, in step:

    who wrote it?     authenticity codes of entries, changes and seals: a row from elsewhere has none
    is it all there?  seals list what was written; numbers and sequences have no gaps
    does it add up?   entries balance; balances, debts, credit, suspense and rollups are what a recount gives
    does it agree?    payments, payouts, entries, receipts, holds and the audit trail tell one story

What the newest seal does not cover yet is vouched for by its authenticity code. A book that was cut back to an earlier
state as a whole (an old backup) is consistent in itself: only a seal that was written down elsewhere tells (`Anchor`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from storage import schema
from storage.tx import Tx
from usecases.verification.approvals import approvals, refunds
from usecases.verification.chain import Anchor, sealed
from usecases.verification.chats import links
from usecases.verification.findings import Finding
from usecases.verification.journal import entries
from usecases.verification.loans import loans
from usecases.verification.payments import changes_and_payments
from usecases.verification.payouts import payouts
from usecases.verification.sums import agreements, balances, corrections, debts, figures, numbers
from usecases.verification.treasury import treasury

__all__ = ["Anchor", "Finding", "verify"]

MOST_FINDINGS = 1_000
"""Whoever has that many needs a backup, not a longer list."""


def verify(tx: Tx, anchor: Anchor | None = None) -> list[Finding]:
    """Everything that is wrong, at most `MOST_FINDINGS`. Reads all of the books once, in pages: linear, in little memory."""
    passes = (
        _triggers(tx),
        entries(tx),
        changes_and_payments(tx),
        payouts(tx),
        treasury(tx),
        sealed(tx, anchor),
        balances(tx),
        debts(tx),
        corrections(tx),
        agreements(tx),
        loans(tx),
        numbers(tx),
        approvals(tx),
        refunds(tx),
        figures(tx),
        links(tx),
    )
    return list(islice((finding for one in passes for finding in one), MOST_FINDINGS))


def _triggers(tx: Tx) -> Iterator[Finding]:
    """The database itself refuses changes: is that still so?"""
    for name in sorted(schema.trigger_names(tx.connection.dialect.name) - schema.triggers(tx.connection)):
        yield Finding("triggers", name, "is missing, altered or switched off (`karani migrate` lays it anew)")
