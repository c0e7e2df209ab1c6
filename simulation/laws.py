"""What must be true of the books of one organisation after any history whatever, and the books themselves as people see them.

Everything is recounted from the tables: nothing here trusts a balance that the program keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.ids import OrganisationId
from storage.tables import (
    applications,
    balances,
    changes,
    counters,
    customer_accounts,
    entries,
    holds,
    ledger_accounts,
    loan_movements,
    open_items,
    outbox,
    payments,
    payouts,
    postings,
    receipts,
    rollups,
    suspense_items,
)
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Books:
    """What an accountant would compare: balances, debts, and for every coin whether and where it arrived."""

    balances: dict[str, int]
    owed: dict[str, int]
    """Outstanding by invoice number."""
    coins: dict[str, tuple[int, dict[str, int]]]
    """By receipt: the amount, and what each customer account got of it."""
    suspense: dict[str, int]


def books(tx: Tx, organisation: OrganisationId) -> Books:
    """The books of one organisation, without a trace of the order in which they came about."""
    names = _names(tx, organisation)
    got: dict[object, Counter[str]] = {}
    for payment, account, minor in _rows(
        tx,
        sa.select(applications.c.payment_id, customer_accounts.c.reference, applications.c.minor)
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .where(customer_accounts.c.organisation_id == organisation, applications.c.payment_id.is_not(None)),
    ):
        got.setdefault(payment, Counter())[account] += minor
    mine = payments.c.organisation_id == organisation
    coins = _rows(
        tx, sa.select(payments.c.id, payments.c.receipt, payments.c.minor).where(mine, payments.c.receipt.is_not(None))
    )
    waiting = sa.select(payments.c.receipt, suspense_items.c.minor).join(
        suspense_items, suspense_items.c.payment_id == payments.c.id
    )
    items = sa.select(open_items.c.number, open_items.c.outstanding_minor)
    return Books(
        balances={names.get(code, code): minor for code, minor in _recounted(tx, organisation).items() if minor},
        owed=dict(_rows(tx, items.where(open_items.c.organisation_id == organisation))),
        coins={receipt: (minor, dict(got.get(id_, {}))) for id_, receipt, minor in coins},
        suspense=dict(_rows(tx, waiting.where(mine, suspense_items.c.closed_at.is_(None)))),
    )


def broken_laws(tx: Tx, organisation: OrganisationId) -> list[str]:
    """Every law that does not hold, in words. Empty after any history."""
    return [
        *_of_the_ledger(tx, organisation),
        *_of_coins(tx, organisation),
        *_of_payouts(tx, organisation),
        *_of_debts(tx, organisation),
        *_of_payments(tx, organisation),
        *_of_figures(tx, organisation),
        *_of_messages(tx, organisation),
    ]


def all_broken_laws(tx: Tx) -> list[str]:
    """The same over every organisation in the database."""
    found = tx.connection.execute(sa.select(ledger_accounts.c.organisation_id).distinct()).scalars()
    return [law for organisation in sorted(found) for law in broken_laws(tx, organisation)]


def _of_the_ledger(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    sums = sa.select(entries.c.key, sa.func.sum(postings.c.minor)).join(postings, postings.c.entry_id == entries.c.id)
    for key, minor in _rows(tx, sums.where(entries.c.organisation_id == organisation).group_by(entries.c.key)):
        if minor:
            yield f"entry {key} does not balance by {minor}"
    recounted = _recounted(tx, organisation)
    if sum(recounted.values()):
        yield f"trial balance {sum(recounted.values())}"
    kept = sa.select(ledger_accounts.c.code, sa.func.sum(balances.c.minor)).join(
        balances, balances.c.account_id == ledger_accounts.c.id
    )
    folded = _rows(tx, kept.where(ledger_accounts.c.organisation_id == organisation).group_by(ledger_accounts.c.code))
    if {code: int(minor) for code, minor in folded} != recounted:
        yield "balances are not what a recount of the postings gives"


_MONEYED = ("completed", "reversed", "partly_refunded", "refunded")


def _of_coins(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    mine = payments.c.organisation_id == organisation
    coins = _rows(
        tx,
        sa.select(payments.c.id, payments.c.receipt, payments.c.minor, payments.c.status).where(
            mine, sa.or_(payments.c.receipt.is_not(None), payments.c.status.in_(_MONEYED))
        ),
    )
    if len({receipt for _, receipt, _, _ in coins}) != len(coins):
        yield "a receipt belongs to several payments"
    for id_, receipt, _, status in coins:
        if receipt is None or status not in _MONEYED:
            yield f"payment {id_} is {status} with receipt {receipt}"
    credited = sa.select(entries.c.subject_id).where(
        entries.c.organisation_id == organisation, entries.c.kind == "payment_received"
    )
    if Counter(row[0] for row in _rows(tx, credited)) != Counter(coin[0] for coin in coins):
        yield "a coin is not credited exactly once"
    recounted = _recounted(tx, organisation)
    floats = sum(minor for code, minor in recounted.items() if code.startswith("asset:float:"))
    kept = sum(coin[2] for coin in coins if coin[3] != "reversed") - _paid_out(tx, organisation)
    if floats != kept:
        yield f"float {floats} is not the sum of the distinct receipts that were not reversed, less what was paid out {kept}"
    taken_back = sa.select(entries.c.subject_id).where(
        entries.c.organisation_id == organisation, entries.c.kind == "payment_reversed"
    )
    if Counter(row[0] for row in _rows(tx, taken_back)) != Counter(coin[0] for coin in coins if coin[3] == "reversed"):
        yield "a reversed coin is not taken back exactly once"
    numbers = sorted(
        row[0] for row in _rows(tx, sa.select(receipts.c.number).where(receipts.c.organisation_id == organisation))
    )
    last = tx.connection.scalar(
        sa.select(counters.c.last).where(counters.c.organisation_id == organisation, counters.c.name == "receipts")
    )
    if numbers != list(range(1, len(coins) + 1)) or (last or 0) != len(coins):
        yield f"receipts are numbered {numbers} for {len(coins)} payments, the counter says {last}"


def _paid_out(tx: Tx, organisation: OrganisationId) -> int:
    """What left our accounts, with what providers took for it."""
    mine = payouts.c.organisation_id == organisation
    paid = sa.select(sa.func.sum(payouts.c.minor)).where(mine, payouts.c.state == "paid")
    charges = sa.select(sa.func.sum(payouts.c.charge_minor)).where(mine)
    return sum(int(tx.connection.scalar(query) or 0) for query in (paid, charges))


def _of_payouts(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    """A subject is paid once; a promise stands as long as it may be paid; a history ends where the payout stands."""
    mine = payouts.c.organisation_id == organisation
    columns = (payouts.c.id, payouts.c.subject_id, payouts.c.state, payouts.c.minor, payouts.c.version)
    found = _rows(tx, sa.select(*columns).where(mine))
    open_ = sum(minor for _, _, state, minor, _ in found if state in ("reserved", "sending", "processing", "unknown"))
    promised = -_recounted(tx, organisation).get("liability:payout", 0)
    if open_ != promised:
        yield f"payouts of {open_} are promised, the books say {promised}"
    told = sa.select(changes.c.subject_id, sa.func.count(), sa.func.max(changes.c.sequence)).where(
        changes.c.organisation_id == organisation, changes.c.subject_kind == "payout"
    )
    history = {id_: (rows, last) for id_, rows, last in _rows(tx, told.group_by(changes.c.subject_id))}
    for id_, _, state, _, version in found:
        if history.get(id_) != (version, version):
            yield f"payout {id_} is {state} in version {version}, its history is {history.get(id_)}"
    paid = Counter(subject for _, subject, state, _, _ in found if state == "paid")
    yield from (f"{subject} was paid {times} times" for subject, times in paid.items() if times > 1)


def _of_debts(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    recounted = _recounted(tx, organisation)
    items = _rows(
        tx,
        sa.select(
            open_items.c.id,
            open_items.c.number,
            open_items.c.account_id,
            open_items.c.total_minor,
            open_items.c.outstanding_minor,
        ).where(open_items.c.organisation_id == organisation),
    )
    applied: Counter[object] = Counter()
    credit: Counter[str] = Counter()
    for account, item, minor, strategy in _rows(
        tx,
        sa.select(applications.c.account_id, applications.c.item_id, applications.c.minor, applications.c.strategy)
        .join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
        .where(customer_accounts.c.organisation_id == organisation),
    ):
        if item is None:
            credit[account.hex] += minor
        else:
            applied[item] += minor
            credit[account.hex] -= minor if strategy == "credit" else 0
    used = sa.select(
        loan_movements.c.account_id,
        loan_movements.c.principal_minor
        + loan_movements.c.interest_minor
        + loan_movements.c.penalty_minor
        + loan_movements.c.recovered_minor,
    ).join(customer_accounts, customer_accounts.c.id == loan_movements.c.account_id)
    kinds = loan_movements.c.kind.in_(["repaid", "recovered"])
    for account, minor in _rows(tx, used.where(customer_accounts.c.organisation_id == organisation, kinds)):
        credit[account.hex] += minor
    brought = sa.select(entries.c.subject_id, postings.c.minor).join(postings, postings.c.entry_id == entries.c.id)
    mine = brought.where(entries.c.organisation_id == organisation, entries.c.kind == "opening_credit")
    for account, minor in _rows(tx, mine.where(postings.c.minor < 0)):
        credit[account.hex] -= minor
    owed: Counter[str] = Counter()
    for id_, number, account, total, outstanding in items:
        owed[account.hex] += outstanding
        if outstanding != total - applied[id_]:
            yield f"{number} owes {outstanding}, but {applied[id_]} of {total} was applied"
    for root, expected, sign in (("asset:receivable:", owed, 1), ("liability:credit:", credit, -1)):
        posted = {code.removeprefix(root): sign * minor for code, minor in recounted.items() if code.startswith(root)}
        if {key: minor for key, minor in posted.items() if minor} != {
            k: minor for k, minor in expected.items() if minor
        }:
            yield f"{root} {posted} is not what the open items and applications say {dict(expected)}"
    waiting = sa.select(sa.func.coalesce(sa.func.sum(suspense_items.c.minor), 0)).where(
        suspense_items.c.organisation_id == organisation, suspense_items.c.closed_at.is_(None)
    )
    if -recounted.get("liability:suspense", 0) != int(tx.connection.scalar(waiting) or 0):
        yield "the suspense account is not the sum of what waits"


def _of_payments(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    mine = _rows(
        tx,
        sa.select(payments.c.id, payments.c.status, payments.c.version).where(
            payments.c.organisation_id == organisation
        ),
    )
    history: dict[object, list[tuple[int, str]]] = {}
    for subject, sequence, to_state in _rows(
        tx,
        sa.select(changes.c.subject_id, changes.c.sequence, changes.c.to_state)
        .where(changes.c.organisation_id == organisation, changes.c.subject_kind == "payment")
        .order_by(changes.c.sequence),
    ):
        history.setdefault(subject, []).append((sequence, to_state))
    for id_, status, version in mine:
        told = history.get(id_, [])
        if [sequence for sequence, _ in told] != list(range(1, version + 1)) or told[-1][1] != status:
            yield f"payment {id_} is {status} at version {version}, its history says {told}"
    ended = sa.select(payments.c.id, holds.c.state).join(holds, holds.c.payment_id == payments.c.id)
    for id_, state in _rows(
        tx,
        ended.where(
            payments.c.organisation_id == organisation,
            payments.c.status.in_(_MONEYED) & (holds.c.state != "settled")
            | payments.c.status.in_(["failed", "expired"]) & holds.c.state.in_(["active", "settled"]),
        ),
    ):
        yield f"payment {id_} has ended, its hold is {state}"


def _of_figures(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    """Counted here in plain Python, apart from the SQL by which the program itself recounts."""
    kind = (payments.c.value_on, payments.c.currency, payments.c.provider_account_id, payments.c.method)
    rows = _rows(
        tx,
        sa.select(*kind, payments.c.purpose, payments.c.status, payments.c.minor, suspense_items.c.minor)
        .outerjoin(
            suspense_items, (suspense_items.c.payment_id == payments.c.id) & suspense_items.c.closed_at.is_(None)
        )
        .where(payments.c.organisation_id == organisation),
    )
    counted: Counter[tuple[object, ...]] = Counter()
    summed: Counter[tuple[object, ...]] = Counter()
    for *dimensions, status, minor, waiting in rows:
        for state, part in ((status, minor), ("suspense", waiting)):
            if part is not None:
                counted[(*dimensions, state)] += 1
                summed[(*dimensions, state)] += part
    said = [tuple(row) for row in _rows(tx, sa.select(rollups).where(rollups.c.organisation_id == organisation))]
    for _, *dimensions_and_state, _, count, minor in said:
        counted[tuple(dimensions_and_state)] -= count
        summed[tuple(dimensions_and_state)] -= minor
    for key in sorted(set(counted) | set(summed), key=str):
        if counted[key] or summed[key]:
            yield f"rollups of {key} lack {counted[key]} payments of {summed[key]}"


def _of_messages(tx: Tx, organisation: OrganisationId) -> Iterator[str]:
    """One SMS a payment when its money comes, whether it found its owner or waits; one more when staff find the owner;
    one prompt; and at most one regret."""
    assigned = {
        row[0]
        for row in _rows(tx, sa.select(suspense_items.c.payment_id).where(suspense_items.c.closed_at.is_not(None)))
    }
    told: Counter[tuple[object, str]] = Counter()
    for payment, event in _rows(
        tx,
        sa.select(outbox.c.payment_id, outbox.c.event).where(
            outbox.c.organisation_id == organisation, outbox.c.payment_id.is_not(None)
        ),
    ):
        if event == "refund_told":
            continue  # each refund of a payment is told step by step
        told[(payment, "receipt" if event in ("payment_received", "payment_held") else event)] += 1
    for (payment, event), count in told.items():
        if count > 1 + (event == "receipt" and payment in assigned):
            yield f"payment {payment} was told {event} {count} times"


def _recounted(tx: Tx, organisation: OrganisationId) -> dict[str, int]:
    query = sa.select(ledger_accounts.c.code, sa.func.sum(postings.c.minor)).join(
        postings, postings.c.account_id == ledger_accounts.c.id
    )
    mine = query.where(ledger_accounts.c.organisation_id == organisation).group_by(ledger_accounts.c.code)
    return {code: int(minor) for code, minor in _rows(tx, mine)}


def _names(tx: Tx, organisation: OrganisationId) -> dict[str, str]:
    customers = sa.select(customer_accounts.c.id, customer_accounts.c.reference)
    mine = _rows(tx, customers.where(customer_accounts.c.organisation_id == organisation))
    return {
        f"{root}:{id_.hex}": f"{root}:{reference}"
        for id_, reference in mine
        for root in ("asset:receivable", "liability:credit")
    }


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
