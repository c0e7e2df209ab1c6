"""What a school's funds must hold: what was put into them, less what was let go and did not come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from sandbox.demo import FUNDS
from storage.tables import fund_payments, funds, ledger_accounts, payouts, postings, replenishments, variances
from storage.tx import Tx

_OPENINGS = {entry.slug: entry.opening * 100 for entry in FUNDS}
_GONE = ("reserved", "sending", "processing", "unknown", "paid")
_LET_GO = (
    sa.select(fund_payments.c.fund_id, payouts.c.minor)
    .join(payouts, payouts.c.subject_id == fund_payments.c.id)
    .where(payouts.c.subject_kind == "treasury", payouts.c.state.in_(_GONE))
)
_VARIED = (
    sa.select(fund_payments.c.fund_id, variances.c.adjusted_minor - variances.c.original_minor)
    .join(variances, variances.c.payment_id == fund_payments.c.id)
    .where(variances.c.ruling == "approved")
)
_FILLED = sa.select(replenishments.c.fund_id, -replenishments.c.minor).where(replenishments.c.ruling == "approved")
_BOOKED = (
    sa.select(ledger_accounts.c.code, sa.func.sum(postings.c.minor))
    .join(postings, postings.c.account_id == ledger_accounts.c.id)
    .where(ledger_accounts.c.code.startswith("asset:fund:"))
    .group_by(ledger_accounts.c.code)
)
_FUNDS = sa.select(
    funds.c.id, funds.c.slug, funds.c.balance_minor, funds.c.least_minor, funds.c.overdrawn_minor
).order_by(funds.c.id)


def wrong_funds(tx: Tx) -> Iterator[str]:
    """Funds that hold, or whose ledger says, what a recount does not."""
    left: Counter[UUID] = Counter()
    for query in (_LET_GO, _VARIED, _FILLED):
        for fund, minor in _rows(tx, query):
            left[fund] -= minor
    booked = {code.removeprefix("asset:fund:"): int(minor) for code, minor in _rows(tx, _BOOKED)}
    for id_, slug, balance, least, overdrawn in _rows(tx, _FUNDS):
        wanted = _OPENINGS[slug] + left[id_]
        if balance != wanted:
            yield f"fund {slug} holds {balance}, a recount gives {wanted}"
        if booked.get(id_.hex, 0) != balance:
            yield f"fund {slug} holds {balance}, its ledger says {booked.get(id_.hex, 0)}"
        if balance + overdrawn < least:
            yield f"fund {slug} is below its limit"


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
