"""Loans, recounted each from its own story by a second reckoning; what left for them, and where each coin for them lies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.loans.products import Method, Terms, half_up
from core.loans.states import GIVEN, LoanState
from core.payments import Status
from core.phones import Msisdn
from sandbox.disbursing import Order
from sandbox.mpesa import Mpesa, Transaction
from simulation import meant
from simulation.crowd import Crowd
from simulation.meant import Coin
from simulation.paid_out import OPEN
from simulation.places import Lender
from simulation.reckoning import DayByDay
from simulation.tales import Tale, tales
from simulation.town import Town
from storage import people
from storage.tables import (
    account_contacts,
    loan_handovers,
    loan_instalments,
    loan_movements,
    loans,
    organisations,
    payouts,
    suspense_items,
)
from storage.tx import Tx

_GIVEN = {state.value for state in GIVEN}
_TOLD = ("told_on", "principal_minor", "interest_minor", "penalty_minor", "held_minor", "payoff_minor")
_CHARGED = ("interest", "penalty")


def wrongly_lent(town: Town, crowd: Crowd, *, at_rest: bool) -> list[str]:
    """What is not so of the loans of all lenders. `at_rest`: all that was on its way has arrived."""
    broken: list[str] = []
    for plan in town.lenders:
        broken += town.look(partial(_of_lender, plan=plan, town=town, crowd=crowd, at_rest=at_rest))
    return broken


def _of_lender(tx: Tx, plan: Lender, town: Town, crowd: Crowd, *, at_rest: bool) -> list[str]:
    organisation = tx.connection.execute(
        sa.select(organisations.c.id).where(organisations.c.slug == plan.slug)
    ).scalar_one()
    mpesa = town.pretend.mpesa
    truth = {done.receipt: done for done in mpesa.transactions}
    found = tales(tx, organisation, ZoneInfo(plan.time_zone))
    broken = [law for tale in found for law in _recounted(tx, tale, truth)]
    broken += [law for tale in found for law in _scheduled(tx, tale)]
    broken += _paid_out(tx, found, town, at_rest=at_rest)
    coins = meant.coins_of(tx, organisation)
    return [
        *broken,
        *_placed(tx, organisation, found, coins, truth, crowd),
        *_unjoined(tx, organisation, coins, plan, mpesa),
    ]


# --- what is owed --------------------------------------------------------------------------------------------------------


def _recounted(tx: Tx, tale: Tale, truth: Mapping[str, Transaction]) -> Iterator[str]:
    """Its row, and its interest and penalties of each day, are what a clerk reckons who looks at it every day."""
    ((told_on, *said),) = _rows(
        tx, sa.select(*(loans.c[name] for name in _TOLD)).where(loans.c.account_id == tale.account)
    )
    if told_on is None:
        return
    clerk = tale.lived(truth, told_on, tx.now)
    right = [clerk.principal, clerk.interest, clerk.penalty, clerk.credit, clerk.payoff(told_on)]
    if said != right:
        yield f"{tale.number} owes {said} of each part by its row of {told_on}, a recount of its days gives {right}"
    if tale.state == LoanState.ACTIVE.value and (tale.day(tx.now) - told_on).days > 1:
        yield f"{tale.number} was last reckoned on {told_on}"
    if tale.state in _GIVEN and (tale.state == LoanState.REPAID.value) != (clerk.closed_on is not None):
        yield f"{tale.number} is {tale.state}, and by a recount it {'ended' if clerk.closed_on else 'runs'}"
    yield from _charged(tx, tale, clerk, told_on)


def _charged(tx: Tx, tale: Tale, clerk: DayByDay, until: date) -> Iterator[str]:
    """Interest and penalties, day by day."""
    booked: dict[str, Counter[date]] = {kind: Counter() for kind in _CHARGED}
    columns = (loan_movements.c[name] for name in ("on_day", "kind", "interest_minor", "penalty_minor"))
    mine = (loan_movements.c.account_id == tale.account) & loan_movements.c.kind.in_(_CHARGED)
    for day, kind, interest, penalty in _rows(tx, sa.select(*columns).where(mine)):
        booked[kind][day] += interest + penalty
    for kind, right in (("interest", clerk.charges), ("penalty", clerk.fines)):
        for day in sorted({*booked[kind], *right}):
            if day <= until and booked[kind][day] != right[day]:
                yield f"{tale.number} was charged {booked[kind][day]} of {kind} on {day}, it is {right[day]}"


def _scheduled(tx: Tx, tale: Tale) -> Iterator[str]:
    """The parts of each schedule sum to what was lent and to what it costs, a week apart."""
    columns = (loan_instalments.c[name] for name in ("version", "due_on", "principal_minor", "interest_minor"))
    versions: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
    query = sa.select(*columns).where(loan_instalments.c.account_id == tale.account)
    for version, *row in _rows(tx, query.order_by(loan_instalments.c.version, loan_instalments.c.number)):
        versions[version].append((row[0], row[1], row[2]))
    terms = tale.terms
    for rows in versions.values():
        principal, interest = sum(row[1] for row in rows), sum(row[2] for row in rows)
        if principal != terms.principal.minor or len(rows) != terms.instalments:
            yield f"{tale.number} is paid back in {len(rows)} parts of {principal} together, lent was {terms.principal}"
        if interest != _cost(terms, [row[1] for row in rows]):
            yield f"{tale.number} costs {interest} by its schedule, by its terms {_cost(terms, [row[1] for row in rows])}"
        if any(after[0] - before[0] != timedelta(days=7) for before, after in pairwise(rows)):
            yield f"{tale.number} has instalments that are no week apart"


def _cost(terms: Terms, principals: Sequence[int]) -> int:
    """All interest, where each instalment is paid on its day."""
    rate, left = terms.rate.of_period(terms.every), terms.principal.minor
    if terms.method is Method.FLAT:
        return half_up(left * rate * terms.instalments)
    cost = 0
    for principal in principals:
        cost += half_up(left * rate)
        left -= principal
    return cost


# --- what left -----------------------------------------------------------------------------------------------------------


def _paid_out(tx: Tx, found: Sequence[Tale], town: Town, *, at_rest: bool) -> Iterator[str]:
    """A loan leaves once, by M-Pesa or by hand, never more than was lent; it runs because of that, and from its day."""
    query = sa.select(payouts.c.id, payouts.c.subject_id, payouts.c.state).where(payouts.c.subject_kind == "loan")
    rows = _rows(tx, query)
    of = {str(id_): subject for id_, subject, _ in rows}
    under_way = {subject for _, subject, state in rows if state in OPEN}  # it may wait for money (`paid_out.py`)
    left: dict[UUID, list[Order]] = defaultdict(list)
    for order in town.pretend.daraja.disbursing.orders:
        if order.is_paid and order.originator in of:
            left[of[order.originator]].append(order)
    by_hand = sa.select(loan_handovers.c.account_id).where(loan_handovers.c.payout_id.is_(None))
    hands = Counter(row[0] for row in _rows(tx, by_hand))
    for tale in found:
        times, sent = len(left[tale.account]) + hands[tale.account], sum(one.amount.minor for one in left[tale.account])
        if times > 1:
            yield f"{tale.number} was paid out {times} times"
        if sent > tale.terms.principal.minor:
            yield f"{sent} left for {tale.number}, lent was {tale.terms.principal}"
        if at_rest and tale.state in _GIVEN and not times:
            yield f"{tale.number} is {tale.state}, and nobody had its money"
        if at_rest and times and tale.state not in _GIVEN:
            yield f"{tale.number} is {tale.state}, and its borrower has the money"
        given = [day for _, _, day, undoes in tale.given if day and not undoes]
        if left[tale.account] and any(day < tale.day(left[tale.account][0].at) for day in given):
            yield f"{tale.number} runs from {given}, its money came on {tale.day(left[tale.account][0].at)}"
        if at_rest and tale.state == LoanState.DISBURSING.value and tale.account not in under_way:
            yield f"{tale.number} is still on its way, and no payout of it is"


# --- what came -----------------------------------------------------------------------------------------------------------


def _placed(
    tx: Tx,
    organisation: UUID,
    found: Sequence[Tale],
    coins: Sequence[Coin],
    truth: Mapping[str, Transaction],
    crowd: Crowd,
) -> Iterator[str]:
    """Each coin for a loan is on that loan once, or on another of its payer's, or waits; elsewhere only where its payer said so."""
    numbers = {tale.account: tale.number for tale in found}
    named = {meant.plain(tale.number): tale for tale in found}
    waits = dict(
        _rows(
            tx,
            sa.select(suspense_items.c.payment_id, suspense_items.c.minor).where(
                suspense_items.c.organisation_id == organisation, suspense_items.c.closed_at.is_(None)
            ),
        )
    )
    owners = _owners(tx, organisation)
    for coin in coins:
        done = truth.get(coin.receipt)
        if done is None:
            continue  # that law is elsewhere
        got: Counter[UUID] = Counter()
        for part in coin.applied:
            got[part.account] += part.minor
        there = {account: minor for account, minor in got.items() if minor}
        whole = 0 if coin.status == Status.REVERSED.value else coin.minor
        if sum(there.values()) + waits.get(coin.id, 0) != whole:
            yield f"of coin {coin.receipt} of {whole} there are {sum(there.values())} on loans and {waits.get(coin.id, 0)} waiting"
        meant_for = named.get(meant.plain(done.reference))
        for account in there:
            is_named = meant_for is not None and account == meant_for.account
            is_own = done.payer in owners[account]
            if not (is_named or is_own or _moved(done, numbers[account], crowd)):
                yield f"coin {coin.receipt} for {done.reference!r} is on {numbers[account]}"
        if meant_for is not None and coin.applied:
            is_elsewhere = set(there) - {meant_for.account} or waits.get(coin.id)
            if is_elsewhere and not _told_to_move(done, crowd) and _stood(meant_for, coin, truth):
                yield f"coin {coin.receipt} was paid for {meant_for.number} and is {'elsewhere' if there else 'nowhere'}"


def _stood(tale: Tale, coin: Coin, truth: Mapping[str, Transaction]) -> bool:
    """Did the loan run when the books first heard of this coin?"""
    at = coin.applied[0].at - timedelta(microseconds=1)
    return tale.lived(truth, tale.day(at), at).runs


def _told_to_move(done: Transaction, crowd: Crowd) -> bool:
    """Did its payer text to move this coin?"""
    return any(done.receipt.lower() in text for text in crowd.typed.get(done.payer, ()))


def _moved(done: Transaction, number: str, crowd: Crowd) -> bool:
    """Did its payer text to move this coin to that loan?"""
    bare = number[5:].lstrip("0")
    return any(done.receipt.lower() in text and bare in text for text in crowd.typed.get(done.payer, ()))


def _owners(tx: Tx, organisation: UUID) -> dict[UUID, set[Msisdn]]:
    """Whose phones answer for each loan."""
    query = sa.select(account_contacts.c.account_id, account_contacts.c.contact_id).join(
        loans, loans.c.account_id == account_contacts.c.account_id
    )
    found: dict[UUID, set[Msisdn]] = defaultdict(set)
    for account, contact in _rows(tx, query.where(loans.c.organisation_id == organisation)):
        found[account] |= {one.msisdn for one in people.phones_of(tx, contact)}
    return found


def _unjoined(tx: Tx, organisation: UUID, coins: Sequence[Coin], plan: Lender, mpesa: Mpesa) -> Iterator[str]:
    """Prompts and days, as for schools."""
    truth = {done.receipt: done for done in mpesa.transactions}
    for coin in coins:
        done = truth.get(coin.receipt)
        day = done.at.astimezone(ZoneInfo(plan.time_zone)).date() if done else coin.value_on
        if coin.value_on != day:
            yield f"coin {coin.receipt} came on {day} and is dated {coin.value_on}"
    yield from meant.shown_all_the_same(tx, organisation, plan, mpesa)
    yield from meant.unjoined(mpesa, coins, meant.prompts_waiting(tx, organisation))


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
