"""What one phone may see: one read at the start of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.callers import AccountView, Caller, PaymentView, Relation
from core.fees import receipt_number
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId
from core.ledger import customer_credit
from core.money import Currency, Money, zero
from core.organisations import COUNTRIES, ProviderAccount
from core.phones import Msisdn
from core.references import Found, Reference, resolve
from storage import customer_accounts, holds, ledger, people
from storage import organisations as organisation_store
from storage.customer_accounts import Named
from storage.tables import (
    account_contacts,
    applications,
    contacts,
    groups,
    open_items,
    organisations,
    payments,
    phones,
    receipts,
    service_codes,
)
from storage.tables import customer_accounts as accounts_table
from storage.tx import Tx

LAST_PAYMENTS = 5


def caller(tx: Tx, msisdn: Msisdn, service_code: str) -> Caller:
    """Who is calling: every organisation behind the code, and in each of them the caller's own accounts."""
    rows = tx.connection.execute(
        sa.select(organisations.c.id, organisations.c.country)
        .join(service_codes, service_codes.c.organisation_id == organisations.c.id)
        .where(service_codes.c.code == service_code)
        .order_by(organisations.c.name, organisations.c.id)
    ).all()
    known = _contacts(tx, msisdn)
    relations = []
    for organisation, country in rows:
        account = organisation_store.main_account(tx, organisation)
        if account is not None:
            relations.append(_relation(tx, account, COUNTRIES[country].calling_code, known.get(organisation)))
    return Caller(msisdn, people.language_of(tx, msisdn), tuple(relations))


def _contacts(tx: Tx, msisdn: Msisdn) -> dict[OrganisationId, tuple[ContactId, str]]:
    rows = tx.connection.execute(
        sa.select(phones.c.organisation_id, contacts.c.id, contacts.c.name)
        .join(contacts, contacts.c.id == phones.c.contact_id)
        .where(phones.c.msisdn_index == people.msisdn_index(tx, msisdn))
    )
    return {row.organisation_id: (row.id, row.name) for row in rows}


def _relation(tx: Tx, account: ProviderAccount, calling_code: str, known: tuple[ContactId, str] | None) -> Relation:
    limits = account.policy.limits
    stranger = Relation(
        organisation=account.organisation,
        name=account.organisation_name,
        currency=account.currency,
        country_code=calling_code,
        shortcode=account.shortcode,
        least=limits.least,
        most=limits.most,
    )
    if known is None:
        return stranger
    contact, name = known
    accounts = _accounts(tx, account.organisation, contact, account.currency)
    return Relation(
        organisation=stranger.organisation,
        name=stranger.name,
        currency=stranger.currency,
        country_code=calling_code,
        shortcode=stranger.shortcode,
        least=limits.least,
        most=limits.most,
        contact=contact,
        contact_name=name,
        accounts=accounts,
        payments=_payments(tx, account, [view.account for view in accounts]),
    )


def _accounts(tx: Tx, organisation: OrganisationId, contact: ContactId, currency: Currency) -> tuple[AccountView, ...]:
    rows = tx.connection.execute(
        sa.select(
            accounts_table.c.id,
            accounts_table.c.reference,
            accounts_table.c.holder,
            groups.c.name.label("group_name"),
            sa.func.coalesce(sa.func.sum(open_items.c.outstanding_minor), 0).label("owed"),
            sa.func.min(sa.case((open_items.c.outstanding_minor > 0, open_items.c.due_on))).label("due_on"),
        )
        .join(account_contacts, account_contacts.c.account_id == accounts_table.c.id)
        .outerjoin(groups, groups.c.id == accounts_table.c.group_id)
        .outerjoin(open_items, open_items.c.account_id == accounts_table.c.id)
        .where(
            account_contacts.c.contact_id == contact,
            accounts_table.c.organisation_id == organisation,
            accounts_table.c.is_open.is_(True),
            accounts_table.c.currency == currency.code,
        )
        .group_by(accounts_table.c.id, accounts_table.c.reference, accounts_table.c.holder, groups.c.name)
        .order_by(accounts_table.c.holder, accounts_table.c.reference)
    ).all()
    ids = [row.id for row in rows]
    pending = holds.active(tx, ids, now=tx.now)
    places = {id_: customer_credit(organisation, id_, currency) for id_ in ids}
    credit = ledger.balances_of(tx, list(places.values()))
    return tuple(
        AccountView(
            account=row.id,
            reference=row.reference,
            holder=row.holder,
            group=row.group_name or "",
            owed=Money(int(row.owed), currency),
            pending=pending.get(row.id, zero(currency)),
            credit=-credit[places[row.id].id],
            due_on=row.due_on,
        )
        for row in rows
    )


def _payments(tx: Tx, account: ProviderAccount, ids: Sequence[CustomerAccountId]) -> tuple[PaymentView, ...]:
    """The newest payments that any of these accounts got a part of: the parts that are the caller's to see."""
    if not ids:
        return ()
    share_of_it = sa.func.sum(applications.c.minor)
    share = share_of_it.label("share")
    rows = tx.connection.execute(
        sa.select(
            payments.c.id,
            payments.c.completed_at,
            payments.c.status,
            receipts.c.number,
            share,
            sa.func.min(accounts_table.c.reference).label("reference"),
        )
        .join(applications, applications.c.payment_id == payments.c.id)
        .join(accounts_table, accounts_table.c.id == applications.c.account_id)
        .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
        .where(applications.c.account_id.in_(ids))
        .group_by(payments.c.id, payments.c.completed_at, payments.c.status, receipts.c.number)
        .having(share_of_it > 0)  # what was moved elsewhere is no longer theirs to see
        .order_by(payments.c.completed_at.desc(), payments.c.id.desc())
        .limit(LAST_PAYMENTS)
    )
    return tuple(_payment(account, row) for row in rows)


def _payment(account: ProviderAccount, row: Any) -> PaymentView:
    return PaymentView(
        on=account.local_date(row.completed_at),
        amount=Money(int(row.share), account.currency),
        reference=row.reference,
        status=row.status,
        receipt_number=receipt_number(row.number) if row.number else None,
    )


def account_named(tx: Tx, organisation: OrganisationId, typed: str) -> tuple[CustomerAccountId, str] | None:
    """The open account that a typed number surely means, with its number as it is written; None also when ambiguous."""
    found = resolve(typed, [(named.exact, named.account) for named in _meant(tx, organisation, typed)])
    if not isinstance(found, Found):
        return None
    row = tx.connection.execute(
        sa.select(accounts_table.c.id, accounts_table.c.reference).where(
            accounts_table.c.id == found.candidate, accounts_table.c.is_open.is_(True)
        )
    ).one_or_none()
    return (row.id, row.reference) if row else None


def item_named(tx: Tx, organisation: OrganisationId, typed: str) -> ItemId | None:
    """The one invoice that a typed number surely means; None when it means an account, several things or nothing."""
    found = resolve(typed, [(named.exact, named.item) for named in _meant(tx, organisation, typed)])
    return found.candidate if isinstance(found, Found) else None


def _meant(tx: Tx, organisation: OrganisationId, typed: str) -> list[Named]:
    canonical = Reference.read(typed).canonical
    return customer_accounts.named(tx, [canonical] if canonical else []).get((organisation, canonical), [])
