"""The real books as the sandbox page shows them: entries in the accountant's words, and what happened around each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.callers import Relation
from core.ids import OrganisationId
from core.money import Currency
from core.phones import Msisdn
from sandbox.books import (
    Account,
    BalanceLine,
    EntryCard,
    EntryLine,
    EventKind,
    EventLine,
    Organisation,
    Person,
    Staff,
    World,
)
from sandbox.hooks import hook_urls
from sandbox.lender import LenderPlan
from sandbox.office import api_token
from sandbox.school import SchoolPlan
from storage import callers, chats
from storage import organisations as organisation_store
from storage.organisations import connections
from storage.tables import (
    account_contacts,
    attempts,
    balances,
    changes,
    customer_accounts,
    entries,
    exchanges,
    ledger_accounts,
    organisations,
    outbox,
    phones,
    postings,
)
from storage.tx import Tx
from storage.types import to_us
from usecases.app import App

_TITLES = {
    "payment_received": "Payment received",
    "invoice_issued": "Invoice issued",
    "credit_applied": "Credit applied to an invoice",
    "suspense_assigned": "Suspense assigned",
}
_STRANGER = Msisdn("254799000111")


class LedgerView:
    """Answers the page's questions (`sandbox.books.Books`) with real queries."""

    def __init__(self, app: App, plans: Sequence[SchoolPlan | LenderPlan], public_url: str) -> None:
        self._app = app
        self._plans = plans
        self._public_url = public_url

    async def world(self) -> World:
        return await self._app.read(_world, self._plans, self._public_url)

    async def recent(self, after: str | None, limit: int) -> Sequence[EntryCard]:
        return await self._app.read(_recent, after, limit)

    async def events(self, after: str | None, limit: int) -> Sequence[EventLine]:
        return await self._app.read(_events, after, limit)

    async def totals(self) -> Sequence[BalanceLine]:
        return await self._app.read(_totals)


# --- the world ---------------------------------------------------------------------------------------------------------


def _world(tx: Tx, plans: Sequence[SchoolPlan | LenderPlan], public_url: str) -> World:
    kinds = {plan.name: plan.kind for plan in plans}
    found: dict[OrganisationId, Organisation] = {}
    hooks: dict[OrganisationId, dict[str, str]] = defaultdict(dict)
    linked = connections(tx)
    for connection in linked:
        hooks[connection.account.organisation] |= hook_urls(connection, public_url)
    for connection in linked:
        account = connection.account
        if account.provider != "mpesa":
            continue
        users = chats.users_of(tx, account.organisation)
        found[account.organisation] = Organisation(
            name=account.organisation_name,
            kind=kinds.get(account.organisation_name, plans[0].kind),
            country=connection.country,
            currency=account.currency.code,
            decimals=account.currency.decimals,
            ussd_code=connection.service_codes[0] if connection.service_codes else "",
            shortcode=account.shortcode,
            hooks=hooks[account.organisation],
            accounts=_accounts(tx, account.organisation),
            staff=[
                Staff(
                    member.name, member.role.value, member.msisdn.e164, users.get(member.id), api_token(tx, member.id)
                )
                for member in organisation_store.staff_of(tx, account.organisation)
            ],
        )
    return World(list(found.values()), [person for plan in plans for person in _people(tx, plan)])


def _accounts(tx: Tx, organisation: OrganisationId) -> list[Account]:
    rows = tx.connection.execute(
        sa.text(
            """
            SELECT a.id, a.reference, a.holder, g.name AS group_name,
                   COALESCE((SELECT SUM(i.outstanding_minor) FROM open_items i WHERE i.account_id = a.id), 0)
                   + COALESCE(l.payoff_minor, 0) AS owed
            FROM customer_accounts a LEFT JOIN loans l ON l.account_id = a.id LEFT JOIN groups g ON g.id = a.group_id
            WHERE a.organisation_id = :organisation ORDER BY a.reference
            """
        ).bindparams(sa.bindparam("organisation", organisation, type_=organisations.c.id.type))
    ).all()
    guardians: dict[bytes, list[str]] = defaultdict(list)
    linked = tx.connection.execute(
        sa.select(account_contacts.c.account_id, phones.c.msisdn_sealed)
        .join(phones, phones.c.contact_id == account_contacts.c.contact_id)
        .where(phones.c.organisation_id == organisation)
        .order_by(account_contacts.c.account_id, account_contacts.c.rank)
    )
    for account, sealed in linked:
        guardians[account.bytes].append(Msisdn(tx.vault.open_text(sealed)).e164)
    credit = _credit(tx, organisation)
    return [
        Account(
            reference=row.reference,
            owner=row.holder,
            phone=next(iter(guardians[bytes(row.id)]), ""),
            owed=int(row.owed),
            group=row.group_name or "",
            phones=guardians[bytes(row.id)],
            credit=credit.get(bytes(row.id).hex(), 0),
        )
        for row in rows
    ]


def _credit(tx: Tx, organisation: OrganisationId) -> dict[str, int]:
    rows = tx.connection.execute(
        sa.select(ledger_accounts.c.code, -sa.func.sum(balances.c.minor))
        .join(balances, balances.c.account_id == ledger_accounts.c.id)
        .where(
            ledger_accounts.c.organisation_id == organisation, ledger_accounts.c.code.startswith("liability:credit:")
        )
        .group_by(ledger_accounts.c.code)
    )
    return {code.rpartition(":")[2]: int(minor) for code, minor in rows}


def _people(tx: Tx, plan: SchoolPlan | LenderPlan) -> list[Person]:
    found = []
    for character in plan.characters:
        relation = callers.caller(tx, character.msisdn, plan.ussd_code).relations[0]
        found.append(_person(character.name, character.msisdn, character.about, character.language, relation))
    known = {person.msisdn for person in found}
    is_school = isinstance(plan, SchoolPlan)
    if is_school and _STRANGER.e164 not in known and not any(not person.references for person in found):
        relation = callers.caller(tx, _STRANGER, plan.ussd_code).relations[0]
        about = "Nobody at the school knows this number. It can pay for a student number, and sees nothing else."
        found.append(_person("An unknown caller", _STRANGER, about, "en", relation))
    return found


def _person(name: str, msisdn: Msisdn, about: str, language: str, relation: Relation) -> Person:
    return Person(
        msisdn=msisdn.e164,
        name=name,
        about=about,
        organisation=relation.name,
        language=language,
        currency=relation.currency.code,
        decimals=relation.currency.decimals,
        owed=relation.owed.minor,
        credit=sum(account.credit.minor for account in relation.accounts),
        references=[account.reference for account in relation.accounts],
    )


# --- the ledger --------------------------------------------------------------------------------------------------------


def _recent(tx: Tx, after: str | None, limit: int) -> list[EntryCard]:
    query = sa.select(entries, organisations.c.name).join(
        organisations, organisations.c.id == entries.c.organisation_id
    )
    cursor = _uuid(after)
    if cursor is not None:
        query = query.where(entries.c.id > cursor).order_by(entries.c.id).limit(limit)
    else:
        query = query.order_by(entries.c.id.desc()).limit(limit)
    rows = sorted(tx.connection.execute(query), key=lambda row: row.id)
    lines = _lines(tx, [row.id for row in rows])
    why = _reasons(tx, [row.subject_id for row in rows])
    return [
        EntryCard(
            id=row.id.hex,
            at=row.recorded_at,
            title=_TITLES.get(row.kind, row.kind.replace("_", " ").capitalize()),
            organisation=row.name,
            currency=lines[row.id][0].code,
            decimals=lines[row.id][0].decimals,
            lines=lines[row.id][1],
            trace=why.get(row.subject_id, ("", ""))[1],
            why=why.get(row.subject_id, ("", ""))[0] if row.kind != "invoice_issued" else "",
        )
        for row in rows
    ]


def _lines(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, tuple[Currency, list[EntryLine]]]:
    rows = tx.connection.execute(
        sa.select(postings.c.entry_id, postings.c.minor, ledger_accounts.c.code, ledger_accounts.c.currency)
        .join(ledger_accounts, ledger_accounts.c.id == postings.c.account_id)
        .where(postings.c.entry_id.in_(ids))
        .order_by(postings.c.entry_id, postings.c.position)
    ).all()
    references = _references(tx, {tail for row in rows for tail in row.code.split(":")[2:]})
    found: dict[UUID, tuple[Currency, list[EntryLine]]] = {}
    for row in rows:
        line = EntryLine(
            name=_name(row.code, references),
            code=row.code,
            side="debit" if row.minor > 0 else "credit",
            minor=abs(row.minor),
        )
        found.setdefault(row.entry_id, (Currency[row.currency], []))[1].append(line)
    return found


def _references(tx: Tx, tails: set[str]) -> dict[str, str]:
    ids = [UUID(hex=tail) for tail in tails if len(tail) == 32]
    rows = tx.connection.execute(
        sa.select(customer_accounts.c.id, customer_accounts.c.reference).where(customer_accounts.c.id.in_(ids))
    )
    return {row.id.hex: row.reference for row in rows}


def _name(code: str, references: dict[str, str]) -> str:
    """The account in an accountant's words."""
    kind, _, rest = code.partition(":")
    family, _, tail = rest.partition(":")
    who = references.get(tail, tail)
    words = {
        ("asset", "float"): f"M-Pesa paybill {tail.rpartition(':')[2]}",
        ("asset", "receivable"): f"Fees owed: {who}",
        ("liability", "credit"): f"Held for {who}",
        ("liability", "suspense"): "Suspense",
        ("income", "fees"): "Fees charged",
        ("income", "interest"): "Interest earned",
        ("income", "penalty"): "Penalties",
        ("liability", "payout"): "Promised, not paid yet",
        ("expense", "writeoff"): "Given up",
    }
    if kind == "asset" and family == "loan":
        account, _, part = tail.rpartition(":")
        return f"{references.get(account, account)}: {part}"
    return words.get((kind, family), code)


def _reasons(tx: Tx, subjects: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Why the money went there, and the trace of its story, from the audit trail."""
    rows = tx.connection.execute(
        sa.select(changes.c.subject_id, changes.c.reason, changes.c.trace)
        .where(changes.c.subject_id.in_(subjects), changes.c.to_state == "completed")
        .order_by(changes.c.subject_id, changes.c.sequence)
    )
    return {row.subject_id: (row.reason.replace(":", " ").replace("_", " "), row.trace) for row in rows}


def _totals(tx: Tx) -> list[BalanceLine]:
    rows = tx.connection.execute(
        sa.select(ledger_accounts.c.code, ledger_accounts.c.currency, sa.func.sum(balances.c.minor).label("minor"))
        .join(balances, balances.c.account_id == ledger_accounts.c.id)
        .group_by(ledger_accounts.c.code, ledger_accounts.c.currency)
    ).all()
    sums: dict[tuple[str, str], int] = defaultdict(int)
    currencies = {row.currency for row in rows} or {"KES"}
    for row in rows:
        sums[row.currency, ":".join(row.code.split(":")[:2])] += int(row.minor)
        sums[row.currency, "trial"] += int(row.minor)
    shown: list[tuple[Any, str, str, int]] = [
        ("float", "M-Pesa float", "asset:float", 1),
        ("receivable", "Fees owed to us", "asset:receivable", 1),
        ("credit", "Held for customers", "liability:credit", -1),
        ("suspense", "In suspense", "liability:suspense", -1),
        ("trial", "Trial balance", "trial", 1),
    ]
    return [
        BalanceLine(kind, name, currency, Currency[currency].decimals, sign * sums[currency, key])
        for currency in sorted(currencies)
        for kind, name, key, sign in shown
    ]


# --- what happened around it -------------------------------------------------------------------------------------------


def _events(tx: Tx, after: str | None, limit: int) -> list[EventLine]:
    """Callbacks, prompts and messages, in the order of time. A cursor is the moment and the row."""
    since = int(after.partition(".")[0]) if after and after.partition(".")[0].isdigit() else None
    found = [*_exchange_events(tx, since, limit), *_message_events(tx, since, limit)]
    found.sort(key=lambda event: event.id)
    news = [event for event in found if after is None or event.id > after]
    return news[:limit] if after else news[-limit:]


def _cursor(at: datetime, step: int, row: UUID) -> str:
    return f"{to_us(at):020d}.{step}.{row.hex}"


_CALLBACKS: dict[tuple[str, str], tuple[EventKind, str]] = {
    ("confirmation", "credited"): ("callback", "M-Pesa confirms a payment; it is credited"),
    ("confirmation", "known"): ("callback", "M-Pesa confirms it too; it is known, nothing is credited again"),
    ("prompt_result", "credited"): ("callback", "M-Pesa answers the prompt: paid, and credited"),
    ("prompt_result", "known"): ("callback", "M-Pesa answers the prompt: paid; it is known, nothing is credited again"),
    ("prompt_result", "not_paid"): ("refused", "M-Pesa answers the prompt: not paid"),
    ("validation", "accepted"): ("callback", "M-Pesa asks whether this payment is welcome: yes"),
    ("validation", "rejected"): ("refused", "M-Pesa asks whether this payment is welcome: no"),
    ("prompt", "accepted"): ("prompt", "The phone is asked for the PIN"),
    ("prompt", "rejected"): ("refused", "M-Pesa would not ask the phone"),
    ("prompt", "unknown"): ("note", "No answer from M-Pesa: we wait for the money, and never ask the phone twice"),
    ("status", "noted"): ("note", "We ask M-Pesa what became of the prompt"),
    ("status", "not_paid"): ("refused", "We ask M-Pesa: the prompt was not paid"),
}


def _exchange_events(tx: Tx, since: int | None, limit: int) -> list[EventLine]:
    query = sa.select(
        exchanges.c.id, exchanges.c.at, exchanges.c.operation, exchanges.c.outcome, exchanges.c.trace
    ).where(exchanges.c.address != "demo")
    query = _window(query, exchanges.c.at, since, limit)
    events = []
    for row in tx.connection.execute(query):
        kind, text = _CALLBACKS.get((row.operation, row.outcome), ("note", f"{row.operation}: {row.outcome}"))
        events.append(EventLine(_cursor(row.at, 0, row.id), row.at, kind, text, row.trace))
    return events


def _message_events(tx: Tx, since: int | None, limit: int) -> list[EventLine]:
    steps: tuple[tuple[Any, int, EventKind, str], ...] = (
        (outbox.c.created_at, 1, "queued", "queued with the entry, in one commit"),
        (outbox.c.sent_at, 2, "sent", "handed to the gateway"),
    )
    events = []
    for column, step, kind, words in steps:
        query = sa.select(outbox.c.id, column.label("at"), outbox.c.kind, outbox.c.event, outbox.c.trace)
        query = query.where(column.is_not(None), outbox.c.trace != "demo")
        for row in tx.connection.execute(_window(query, column, since, limit)):
            queued = "queued, sent when the dial has ended" if row.kind == "prompt" else words
            text = f"{_what(row.kind, row.event)}: {queued if step == 1 else words}"
            events.append(EventLine(_cursor(row.at, step, row.id), row.at, kind, text, row.trace))
    return events + _delivery_events(tx, since, limit)


def _delivery_events(tx: Tx, since: int | None, limit: int) -> list[EventLine]:
    query = sa.select(
        outbox.c.id, outbox.c.kind, outbox.c.event, outbox.c.trace, attempts.c.delivery_at, attempts.c.delivery
    ).join(attempts, attempts.c.message_id == outbox.c.id)
    query = query.where(attempts.c.delivery_at.is_not(None), outbox.c.trace != "demo")
    return [
        EventLine(
            _cursor(row.delivery_at, 3, row.id),
            row.delivery_at,
            "delivered",
            f"{_what(row.kind, row.event)}: {'on the handset' if row.delivery == 'Success' else row.delivery}",
            row.trace,
        )
        for row in tx.connection.execute(_window(query, attempts.c.delivery_at, since, limit))
    ]


def _what(kind: str, event: str) -> str:
    return "PIN prompt" if kind == "prompt" else f"SMS {event.replace('_', ' ')}"


def _window(query: sa.Select[Any], column: sa.ColumnElement[Any], since: int | None, limit: int) -> sa.Select[Any]:
    if since is None:
        return query.order_by(column.desc()).limit(limit)
    return query.where(sa.type_coerce(column, sa.BigInteger) >= since).order_by(column).limit(limit)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(hex=text) if text else None
    except ValueError:
        return None
