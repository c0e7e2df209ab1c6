"""Finding the payments that somebody may mean who asks where their money is (PAY-13). Each question is bounded.

What is found here is not yet told: `core/tracing.py` decides that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from core.fees import receipt_number
from core.ids import ContactId, CustomerAccountId, OrganisationId, PaymentId
from core.money import Currency, Money
from core.organisations import ProviderAccount
from core.payments import WAITING, FailReason, Status
from core.phones import HashedMsisdn, MaskedMsisdn, Msisdn, hashed
from core.scraps import Scrap
from core.tracing import Origin, Trail
from storage import exchanges, people
from storage import payments as payment_store
from storage.fast import Lookup
from storage.payments import PayerSeen
from storage.tables import applications, customer_accounts, payments, receipts, suspense_items
from storage.tx import Tx

NEWEST = 60
"""Of one person's payments, and of one family's."""
NEWEST_WAITING = 500
NEWEST_RECEIPTS = 2_000
"""Of one organisation: how far we look for a payment whose payer is masked and whose account is another's."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The phone that asks, and who it is here."""

    account: ProviderAccount
    msisdn: Msisdn
    contact: ContactId | None
    answers_for: tuple[CustomerAccountId, ...]

    @property
    def organisation(self) -> OrganisationId:
        return self.account.organisation


def asker(tx: Tx, account: ProviderAccount, msisdn: Msisdn) -> Asker:
    """Who a phone is to an organisation, as the books know it now."""
    known = people.recognise(tx, [msisdn]).get(msisdn, [])
    contact = next((one.contact for one in known if one.organisation == account.organisation), None)
    held = people.accounts_of(tx, [contact]).get(contact, []) if contact else []
    return Asker(account, msisdn, contact, tuple(held))


def trails(tx: Tx, who: Asker, scrap: Scrap) -> list[Trail]:
    """Payments of this organisation that may be meant: those of the person, of the family, of that code, and those whose
    masked number may be the asker's."""
    found = {*_of_person(tx, who), *_of_family(tx, who), *_of_codes(tx, who, scrap), *_waiting(tx, who)}
    if scrap.amounts:
        found |= set(_alike(tx, who, scrap))
    return _trails(tx, who, sorted(found))


def _of_person(tx: Tx, who: Asker) -> Iterable[PaymentId]:
    mine = payments.c.payer_index == people.msisdn_index(tx, who.msisdn)
    strangers = sa.and_(payments.c.payer_contact_id.is_(None), payments.c.payer_index.is_not(None), mine)
    yield from _newest(tx, who, strangers)
    if who.contact is not None:
        yield from _newest(tx, who, payments.c.payer_contact_id == who.contact)


def _newest(tx: Tx, who: Asker, where: sa.ColumnElement[bool]) -> Iterable[PaymentId]:
    query = sa.select(payments.c.id).where(where, payments.c.organisation_id == who.organisation)
    return tx.connection.execute(query.order_by(payments.c.id.desc()).limit(NEWEST)).scalars()


def _of_family(tx: Tx, who: Asker) -> Iterable[PaymentId]:
    if not who.answers_for:
        return ()
    query = (
        sa.select(applications.c.payment_id)
        .where(applications.c.account_id.in_(who.answers_for), applications.c.payment_id.is_not(None))
        .order_by(applications.c.entry_id.desc())
        .limit(NEWEST)
    )
    return tx.connection.execute(query).scalars()


def _of_codes(tx: Tx, who: Asker, scrap: Scrap) -> Iterable[PaymentId]:
    return coded(tx, who.organisation, scrap.codes)


def coded(tx: Tx, organisation: OrganisationId, codes: Iterable[str]) -> Iterable[PaymentId]:
    """Payments in an organisation's books that bear one of these codes, a provider's or ours."""
    wanted = sorted({*codes})
    for stored in payment_store.by_receipts(tx, wanted):
        if stored.payment.organisation == organisation:
            yield stored.payment.id
    ours = sa.select(receipts.c.payment_id).where(
        receipts.c.code.in_(wanted), receipts.c.organisation_id == organisation
    )
    yield from tx.connection.execute(ours).scalars()


def _waiting(tx: Tx, who: Asker) -> Iterable[PaymentId]:
    query = (
        sa.select(suspense_items.c.payment_id)
        .where(suspense_items.c.organisation_id == who.organisation, suspense_items.c.closed_at.is_(None))
        .order_by(suspense_items.c.opened_at.desc())
        .limit(NEWEST_WAITING)
    )
    return tx.connection.execute(query).scalars()


def _alike(tx: Tx, who: Asker, scrap: Scrap) -> Iterable[PaymentId]:
    newest = (
        sa.select(receipts.c.payment_id)
        .where(receipts.c.organisation_id == who.organisation)
        .order_by(receipts.c.number.desc())
        .limit(NEWEST_RECEIPTS)
        .subquery()
    )
    query = (
        sa.select(payments.c.id)
        .join(newest, newest.c.payment_id == payments.c.id)
        .where(payments.c.minor.in_(sorted({one.minor for one in scrap.amounts})), payments.c.payer_index.is_(None))
    )
    return tx.connection.execute(query).scalars()


# --- what is known of each ----------------------------------------------------------------------------------------------

_ROWS = Lookup(
    sa.select(
        payments.c.id,
        payments.c.status,
        payments.c.minor,
        payments.c.currency,
        payments.c.value_on,
        payments.c.reference,
        payments.c.receipt,
        receipts.c.number,
        receipts.c.code,
        payments.c.payer_contact_id,
        payments.c.payer_index,
        payments.c.payer_sealed,
        payments.c.fail_reason,
        suspense_items.c.minor.label("waiting"),
    )
    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
    .outerjoin(
        suspense_items, sa.and_(suspense_items.c.payment_id == payments.c.id, suspense_items.c.closed_at.is_(None))
    ),
    payments.c.id,
)
_SHARES = Lookup(
    sa.select(
        applications.c.payment_id,
        applications.c.account_id,
        customer_accounts.c.reference,
        applications.c.minor,
        applications.c.reason,
    ).join(customer_accounts, customer_accounts.c.id == applications.c.account_id),
    applications.c.payment_id,
)


def _trails(tx: Tx, who: Asker, ids: Sequence[PaymentId]) -> list[Trail]:
    own = _own_shares(tx, who, ids)
    rows = _ROWS(tx, ids)
    told_paid = exchanges.surely_paid(tx, [row[0] for row in rows if Status(row[1]) in WAITING])
    return [replace(_trail(tx, who, row, own.get(row[0], {})), told_paid=row[0] in told_paid) for row in rows]


def _own_shares(tx: Tx, who: Asker, ids: Sequence[PaymentId]) -> dict[PaymentId, dict[str, int]]:
    """What each of the asker's accounts has of each payment: what was moved away is not theirs, what was reversed was."""
    held = set(who.answers_for)
    shares: dict[PaymentId, dict[str, int]] = {}
    for payment, account, reference, minor, reason in _SHARES(tx, ids):
        if account in held and not reason.startswith("reversed:"):
            mine = shares.setdefault(payment, {})
            mine[reference] = mine.get(reference, 0) + int(minor)
    return {
        payment: {reference: minor for reference, minor in sorted(mine.items()) if minor > 0}
        for payment, mine in shares.items()
    }


def _trail(tx: Tx, who: Asker, row: Sequence[Any], own: dict[str, int]) -> Trail:
    (
        id_,
        status,
        minor,
        code,
        value_on,
        reference,
        receipt,
        number,
        ours,
        contact,
        index,
        sealed,
        why,
        waits,
    ) = row
    currency = Currency[code]
    return Trail(
        payment=id_,
        status=Status(status),
        amount=Money(minor, currency),
        on=value_on,
        reference=reference,
        provider_receipt=receipt or "",
        receipt_number=receipt_number(number) if number else "",
        receipt_code=ours or "",
        origin=_origin(tx, who, contact, index, payment_store.open_payer(tx, sealed)),
        own=Money(sum(own.values()), currency),
        own_account=next(iter(own), ""),
        waits=waits is not None,
        fail_reason=FailReason(why) if why else None,
    )


def _origin(tx: Tx, who: Asker, contact: ContactId | None, index: bytes | None, payer: PayerSeen) -> Origin:
    """A masked number that was recognised by the name beside it was told of its payment when it came: it is the payer's."""
    if who.contact is not None and contact == who.contact:
        return Origin.THIS
    if index is not None:
        return Origin.THIS if index == people.msisdn_index(tx, who.msisdn) else Origin.OTHER
    prefix, star, suffix = payer.partial.partition("*")
    if star:
        fits = contact is None and MaskedMsisdn(prefix, suffix).may_be(who.msisdn)
        return Origin.MAYBE if fits else Origin.OTHER
    if payer.partial:
        return Origin.THIS if HashedMsisdn(payer.partial) == hashed(who.msisdn) else Origin.OTHER
    return Origin.UNKNOWN
