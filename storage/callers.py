"""What one phone may see: one read at the start of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from core.arrears import Due
from core.callers import AccountView, Caller, PaymentView, Relation
from core.fees import receipt_number
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId, StaffId
from core.ledger import customer_credit
from core.money import Money, zero
from core.open_items import oldest_first
from core.organisations import COUNTRIES, ProviderAccount
from core.permissions import TABLE, Action, Role
from core.phones import Msisdn
from core.plans import Plan
from core.promises import Promise, PromiseState, may_promise
from core.references import Found, Reference, resolve
from core.splitting import BY_DEBT, FamilyRule, Split
from storage import approvals, arrears, customer_accounts, holds, ledger, people, plans, promises, splits
from storage import organisations as organisation_store
from storage.customer_accounts import Named
from storage.fast import Query
from storage.tables import (
    account_contacts,
    applications,
    contacts,
    groups,
    open_items,
    payments,
    phones,
    receipts,
    staff,
)
from storage.tables import customer_accounts as accounts_table
from storage.tx import Tx

LAST_PAYMENTS = 5


def caller(tx: Tx, msisdn: Msisdn, service_code: str) -> Caller:
    """Who is calling: every organisation behind the code, and in each of them the caller's own accounts."""
    index = people.msisdn_index(tx, msisdn)
    known = {organisation: (contact, name) for organisation, contact, name in _CONTACTS(tx, index=index)}
    relations = [
        _relation(tx, account, COUNTRIES[country].calling_code, known.get(account.organisation), lends=lends)
        for account, country, lends in organisation_store.behind(tx, service_code)
    ]
    if works := {organisation: (id_, Role(role)) for organisation, id_, role in _STAFF(tx, index=index)}:
        relations = [_deciding(tx, one, works.get(one.organisation)) for one in relations]
    return Caller(msisdn, people.language_of(tx, msisdn), tuple(relations))


_STAFF = Query(
    sa.select(staff.c.organisation_id, staff.c.id, staff.c.role).where(
        staff.c.msisdn_index == sa.bindparam("index"), staff.c.disabled_at.is_(None)
    )
)


def _deciding(tx: Tx, relation: Relation, works: tuple[StaffId, Role] | None) -> Relation:
    """With what waits for their yes, where they work and the office's policy names their role."""
    if works is None:
        return relation
    member, role = works
    policy = organisation_store.approval_policy(tx, relation.organisation)
    if role not in TABLE[Action.DECIDE] or not any(role in tier.roles for tier in policy.tiers):
        return relation
    return replace(relation, approvals=approvals.decidable(tx, relation.organisation, member))


def relation(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> Relation | None:
    """What one organisation knows of a phone; None where it takes no payments."""
    account = organisation_store.main_account(tx, organisation)
    if account is None:
        return None
    here = organisation_store.by_id(tx, organisation)
    rows = _CONTACTS(tx, index=people.msisdn_index(tx, msisdn))
    known = next(((contact, name) for of, contact, name in rows if of == organisation), None)
    lends = organisation_store.lends(here.kinds)
    return _relation(tx, account, COUNTRIES[here.country].calling_code, known, lends=lends)


_CONTACTS = Query(
    sa.select(phones.c.organisation_id, contacts.c.id, contacts.c.name)
    .join(contacts, contacts.c.id == phones.c.contact_id)
    .where(phones.c.msisdn_index == sa.bindparam("index"))
)


def _relation(
    tx: Tx, account: ProviderAccount, calling_code: str, known: tuple[ContactId, str] | None, *, lends: bool
) -> Relation:
    limits = account.policy.limits
    contact, name = known or (None, "")
    rule = splits.rules_of(tx, [contact]).get(contact, BY_DEBT) if contact else BY_DEBT
    accounts = _accounts(tx, account, contact, rule) if contact else ()
    return Relation(
        organisation=account.organisation,
        name=account.organisation_name,
        currency=account.currency,
        country_code=calling_code,
        shortcode=account.shortcode,
        least=limits.least,
        most=limits.most,
        rule=rule,
        today=account.local_date(tx.now),
        contact=contact,
        contact_name=name,
        accounts=accounts,
        payments=_payments(tx, account, contact) if accounts and contact else (),
        lends=lends,
    )


_MINE = (
    account_contacts.c.contact_id == sa.bindparam("contact"),
    accounts_table.c.currency == sa.bindparam("currency"),
    accounts_table.c.is_open.is_(True),
)
"""The open accounts that a contact answers for. Contact and accounts are of one organisation; were it named here, SQLite
would begin with all of its accounts."""

_ACCOUNTS = Query(
    sa.select(
        accounts_table.c.id,
        accounts_table.c.reference,
        accounts_table.c.holder,
        groups.c.name,
        sa.func.coalesce(sa.func.sum(open_items.c.outstanding_minor), 0),
        sa.func.min(sa.case((open_items.c.outstanding_minor > 0, open_items.c.due_on))),
        accounts_table.c.kind,
    )
    .join(account_contacts, account_contacts.c.account_id == accounts_table.c.id)
    .outerjoin(groups, groups.c.id == accounts_table.c.group_id)
    .outerjoin(open_items, open_items.c.account_id == accounts_table.c.id)
    .where(*_MINE)
    .group_by(
        accounts_table.c.id,
        accounts_table.c.reference,
        accounts_table.c.holder,
        groups.c.name,
        accounts_table.c.kind,
    )
    .order_by(accounts_table.c.holder, accounts_table.c.reference)
)


def _accounts(tx: Tx, account: ProviderAccount, contact: ContactId, rule: FamilyRule) -> tuple[AccountView, ...]:
    organisation, currency = account.organisation, account.currency
    rows = _ACCOUNTS(tx, contact=contact, currency=currency.code)
    pending = holds.active(tx, [row[0] for row in rows], now=tx.now)
    places = [customer_credit(organisation, row[0], currency) for row in rows]
    credit = ledger.balances_of(tx, places)
    views = [
        AccountView(
            account=id_,
            reference=reference,
            holder=holder,
            group=group or "",
            owed=Money(int(owed), currency),
            pending=pending.get(id_, zero(currency)),
            credit=-credit[place.id],
            due_on=due_on,
        )
        for (id_, reference, holder, group, owed, due_on, _), place in zip(rows, places, strict=True)
    ]
    if lent := [row[0] for row in rows if row[6] == customer_accounts.LOAN]:
        views = _lent(tx, lent, views)
    if rule.split is Split.OLDEST:
        views = _aged(tx, views)
    return _agreed(tx, views, account.local_date(tx.now))


def _lent(tx: Tx, lent: Sequence[CustomerAccountId], views: Sequence[AccountView]) -> list[AccountView]:
    """Loans: what ends them today is owed, and their next instalment is asked for, with what is late."""
    dues, asked = arrears.dues_of(tx, lent), arrears.lent(tx, lent)
    return [
        replace(
            view,
            owed=Money(asked[view.account].payoff_minor, view.owed.currency),
            instalment=dues[view.account][0].amount,
            due_on=dues[view.account][0].due_on,
            instalment_by=asked[view.account].wanted_by,
            is_loan=True,
        )
        if view.account in dues
        else replace(view, is_loan=view.account in lent)
        for view in views
    ]


def _aged(tx: Tx, views: Sequence[AccountView]) -> list[AccountView]:
    """With the day of each debt."""
    standing = customer_accounts.standings(tx, [view.account for view in views], lock=False)
    return [
        replace(
            view,
            ages=tuple((item.due_on, item.outstanding) for item in oldest_first(standing[view.account].account.items)),
        )
        for view in views
    ]


def _agreed(tx: Tx, views: Sequence[AccountView], today: date) -> tuple[AccountView, ...]:
    """With what was agreed: the next instalment of a plan in place of the oldest debt, and an open promise."""
    owing = [view.account for view in views if view.owed]
    planned = plans.standing(tx, owing)
    dues = arrears.dues_of(tx, planned)
    last = promises.last_of(tx, owing)
    return tuple([_with_agreed(view, planned, dues, last.get(view.account), today) for view in views])


def _with_agreed(
    view: AccountView,
    planned: Mapping[CustomerAccountId, Plan],
    dues: Mapping[CustomerAccountId, Sequence[Due]],
    last: Promise | None,
    today: date,
) -> AccountView:
    if view.account in planned:
        first = dues[view.account][0]
        view = replace(view, due_on=first.due_on, instalment=first.amount)
    if last is not None and last.state is PromiseState.OPEN:
        return replace(view, promised=(last.amount, last.due_on))
    return replace(view, may_promise=True) if view.owed and may_promise(last, today) else view


_SHARE = sa.func.sum(applications.c.minor)
_PAYMENTS = Query(
    sa.select(
        payments.c.completed_at,
        payments.c.status,
        receipts.c.number,
        _SHARE,
        sa.func.min(accounts_table.c.reference),
        sa.func.sum(sa.case((applications.c.minor > 0, applications.c.minor), else_=0)),
    )
    .join(applications, applications.c.payment_id == payments.c.id)
    .join(accounts_table, accounts_table.c.id == applications.c.account_id)
    .join(account_contacts, account_contacts.c.account_id == accounts_table.c.id)
    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
    .where(*_MINE)
    .group_by(payments.c.id, payments.c.completed_at, payments.c.status, receipts.c.number)
    # What was moved elsewhere is no longer theirs to see; what was paid back is.
    .having(sa.or_(_SHARE > 0, payments.c.status == sa.literal_column("'refunded'")))
    .order_by(payments.c.completed_at.desc(), payments.c.id.desc())
    .limit(sa.literal_column(str(LAST_PAYMENTS)))
)


def _payments(tx: Tx, account: ProviderAccount, contact: ContactId) -> tuple[PaymentView, ...]:
    """The newest payments that any of the caller's accounts got a part of: the parts that are the caller's to see."""
    rows = _PAYMENTS(tx, contact=contact, currency=account.currency.code)
    return tuple(
        [
            PaymentView(
                on=account.local_date(completed_at),
                amount=Money(int(share or gross), account.currency),
                reference=reference,
                status=status,
                receipt_number=receipt_number(number) if number else None,
            )
            for completed_at, status, number, share, reference, gross in rows
        ]
    )


def account_named(tx: Tx, organisation: OrganisationId, typed: str) -> tuple[CustomerAccountId, str] | None:
    """The open account that a typed number surely means, with its number as it is written; None also when ambiguous."""
    found = resolve(typed, [(named.exact, named.account) for named in _meant(tx, organisation, typed)])
    if not isinstance(found, Found):
        return None
    rows = _OPEN(tx, account=found.candidate)
    return (rows[0][0], rows[0][1]) if rows else None


def any_account_named(tx: Tx, organisation: OrganisationId, typed: str) -> CustomerAccountId | None:
    """The account that a typed number surely means, open or not; None also when ambiguous."""
    found = resolve(typed, [(named.exact, named.account) for named in _meant(tx, organisation, typed)])
    return found.candidate if isinstance(found, Found) else None


_OPEN = Query(
    sa.select(accounts_table.c.id, accounts_table.c.reference).where(
        accounts_table.c.id == sa.bindparam("account"), accounts_table.c.is_open.is_(True)
    )
)


def item_named(tx: Tx, organisation: OrganisationId, typed: str) -> ItemId | None:
    """The one invoice that a typed number surely means; None when it means an account, several things or nothing."""
    found = resolve(typed, [(named.exact, named.item) for named in _meant(tx, organisation, typed)])
    return found.candidate if isinstance(found, Found) else None


def _meant(tx: Tx, organisation: OrganisationId, typed: str) -> list[Named]:
    canonical = Reference.read(typed).canonical
    return customer_accounts.named(tx, [canonical] if canonical else []).get((organisation, canonical), [])
