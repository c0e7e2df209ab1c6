"""What accounts still have to pay and by when, how an organisation chases it, and what was told of it already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.arrears import Due, Policy, Stage, Told
from core.ids import CustomerAccountId, OrganisationId
from core.money import Currency, Money
from core.plans import planned
from storage import plans, rules
from storage.fast import Insert, Lookup
from storage.tables import chased, customer_accounts, loans, open_items
from storage.tx import Tx
from storage.types import Moment


def policy_of(tx: Tx, organisation: OrganisationId) -> Policy:
    """How debts are chased: what was chosen, or the usual days."""
    value = rules.newest(tx, organisation, rules.ARREARS)
    return Policy() if value is None else msgspec.json.decode(value, type=Policy)


def choose_policy(tx: Tx, organisation: OrganisationId, policy: Policy) -> int:
    return rules.choose(tx, organisation, organisation, rules.ARREARS, msgspec.json.encode(policy).decode())


_OWED = (
    sa.select(
        open_items.c.account_id,
        open_items.c.id,
        open_items.c.currency,
        open_items.c.outstanding_minor,
        open_items.c.due_on,
    )
    .join(customer_accounts, customer_accounts.c.id == open_items.c.account_id)
    .where(open_items.c.outstanding_minor > 0, customer_accounts.c.is_open.is_(True))
)
_OWED_BY = Lookup(_OWED, open_items.c.account_id)


def dues_of(tx: Tx, accounts: Iterable[CustomerAccountId]) -> dict[CustomerAccountId, list[Due]]:
    """What these accounts still have to pay and by when, a plan's instalments in place of what it covers, the oldest due
    first; those that owe nothing are not there. A loan asks for its next instalment with what is late, then for the rest."""
    wanted = sorted(set(accounts))
    found = _dues(tx, _OWED_BY(tx, wanted))
    for account, currency, following, next_on, late_since, payoff in _LENT(tx, wanted):
        parts = [(following, late_since or next_on or date.max), (payoff - following, date.max)]
        asked = [Due(account, account, Money(minor, Currency[currency]), on) for minor, on in parts if minor > 0]
        if asked:
            found[account] = asked
    return found


class Lent(NamedTuple):
    """A loan as its borrower is asked for it."""

    wanted_by: date | None
    """By when all is wanted that it asks for first: what is late, together with the instalment that follows."""
    payoff_minor: int
    """What ends it today: less than the last instalment, whose interest is not earned yet."""


def lent(tx: Tx, accounts: Iterable[CustomerAccountId]) -> dict[CustomerAccountId, Lent]:
    """Those of these accounts that are loans."""
    return {row[0]: Lent(row[3] or row[4], row[5]) for row in _LENT(tx, sorted(set(accounts)))}


_LENT = Lookup(
    sa.select(
        loans.c.account_id,
        loans.c.currency,
        loans.c.next_minor,
        loans.c.next_on,
        loans.c.late_since,
        loans.c.payoff_minor,
    ),
    loans.c.account_id,
)


def all_dues(tx: Tx, organisation: OrganisationId) -> dict[CustomerAccountId, list[Due]]:
    """The same for every open account of an organisation."""
    return _dues(tx, tx.connection.execute(_OWED.where(open_items.c.organisation_id == organisation)))


def _dues(tx: Tx, rows: Iterable[Sequence[Any]]) -> dict[CustomerAccountId, list[Due]]:
    found: dict[CustomerAccountId, list[Due]] = {}
    for account, item, currency, minor, due_on in rows:
        found.setdefault(account, []).append(Due(item, account, Money(minor, Currency[currency]), due_on))
    standing = plans.standing(tx, found)
    return {account: planned(dues, standing.get(account)) for account, dues in found.items()}


_TOLD = Lookup(sa.select(chased.c.subject_id, chased.c.stage), chased.c.subject_id)
_NOTE = Insert(chased, or_ignore=True)


def told_of(tx: Tx, subjects: Iterable[UUID]) -> set[Told]:
    """What was told of these debts."""
    return {(subject, Stage(stage)) for subject, stage in _TOLD(tx, sorted(set(subjects)))}


_TOLD_SINCE = Lookup(
    sa.select(chased.c.subject_id).where(chased.c.at >= sa.bindparam("since", type_=Moment)), chased.c.subject_id
)


def told_since(tx: Tx, subjects: Iterable[UUID], since: datetime) -> set[UUID]:
    """Of which of these debts something was told since then."""
    return {row[0] for row in _TOLD_SINCE(tx, sorted(set(subjects)), since=since)}


def note_told(tx: Tx, organisation: OrganisationId, told: Sequence[Told]) -> None:
    """Write down what is told now: the table has the last word on "once"."""
    _NOTE(tx, [(subject, stage.value, organisation, tx.now) for subject, stage in told])
