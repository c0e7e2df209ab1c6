"""Payments and what hangs on them: receipts, money nobody claimed, what is held for a prompt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from storage import tables
from tests.usecases.tampering.hands import NEW, Tampering, a_payment, add, an_entry, change, first, remove


def payment_made_larger(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    payment = a_payment(c, newest=newest)
    change(c, tables.payments, tables.payments.c.id == payment.id, minor=payment.minor + 1)
    return "payments", payment.id


def payment_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    payment = a_payment(c, newest=newest)
    remove(c, tables.payments, tables.payments.c.id == payment.id)
    return "payments", payment.id


def payment_inserted(c: sa.Connection) -> tuple[str, Any]:
    add(c, tables.payments, a_payment(c), id=NEW, receipt="UKL7777777")
    return "payments", NEW


def failed_payment_completed(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, "failed")
    change(c, tables.payments, tables.payments.c.id == payment.id, status="completed", receipt="UKL7777777")
    return "payments", payment.id


def completed_payment_failed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    payment = a_payment(c, newest=newest)
    change(c, tables.payments, tables.payments.c.id == payment.id, status="failed")
    return "payments", payment.id


def reversed_payment_completed(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, "reversed")
    change(c, tables.payments, tables.payments.c.id == payment.id, status="completed")
    return "payments", payment.id


def completed_payment_reversed(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c)
    change(c, tables.payments, tables.payments.c.id == payment.id, status="reversed")
    return "payments", payment.id


def reversal_of_less(c: sa.Connection) -> tuple[str, Any]:
    entry = an_entry(c, "payment_reversed")
    change(c, tables.payments, tables.payments.c.id == entry.subject_id, minor=tables.payments.c.minor + 1)
    return "payments", entry.subject_id


def receipt_of_the_provider_freed_for_another_credit(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c)
    change(c, tables.payments, tables.payments.c.id == payment.id, receipt="UKL7777777")
    return "receipts", payment.id


def nonsense_status(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c)
    change(c, tables.payments, tables.payments.c.id == payment.id, status="paid")
    return "payments", payment.id


def receipt_renumbered(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    change(c, r, r.c.number == 3, number=99)
    return "receipts", "R000003"


def receipt_code_altered(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    change(c, r, r.c.number == 3, code="7K2M9QXAV9")
    return "receipts", "R000003"


def receipt_codes_exchanged(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    one, two = first(c, sa.select(r).where(r.c.number == 1)), first(c, sa.select(r).where(r.c.number == 2))
    change(c, r, r.c.number == 1, code="")
    change(c, r, r.c.number == 2, code=one.code)
    change(c, r, r.c.number == 1, code=two.code)
    return "receipts", "R000001"


def receipts_exchanged(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    one, two = first(c, sa.select(r).where(r.c.number == 1)), first(c, sa.select(r).where(r.c.number == 2))
    change(c, r, r.c.number == 1, number=0)
    change(c, r, r.c.number == 2, number=1)
    change(c, r, r.c.number == 0, number=2)
    del two
    return "receipts", one.payment_id


def receipt_removed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    r = tables.receipts
    row = first(c, sa.select(r).order_by(r.c.number), newest=newest)
    remove(c, r, r.c.number == row.number)
    return "receipts", row.payment_id


def receipt_inserted(c: sa.Connection) -> tuple[str, Any]:
    r = tables.receipts
    failed = a_payment(c, "failed")
    last = first(c, sa.select(r).order_by(r.c.number), newest=True)
    add(c, r, last, number=last.number + 1, payment_id=failed.id, code="7K2M9QXAV9")
    return "receipts", f"R{last.number + 1:06d}"


def receipt_of_nothing(c: sa.Connection) -> tuple[str, Any]:
    add(c, tables.receipts, first(c, sa.select(tables.receipts)), number=77, payment_id=NEW, code="7K2M9QXAV9")
    return "receipts", NEW


def counter_turned(c: sa.Connection) -> tuple[str, Any]:
    counters = tables.counters
    row = first(c, sa.select(counters).where(counters.c.name == "receipts"))
    change(c, counters, counters.c.name == "receipts", last=row.last + 1)
    return "counters", f"{row.organisation_id}/receipts"


def suspense_made_smaller(c: sa.Connection) -> tuple[str, Any]:
    s = tables.suspense_items
    row = first(c, sa.select(s).where(s.c.closed_at.is_(None)))
    change(c, s, s.c.payment_id == row.payment_id, minor=row.minor - 1)
    return "suspense_items", row.payment_id


def suspense_forgotten(c: sa.Connection) -> tuple[str, Any]:
    s = tables.suspense_items
    row = first(c, sa.select(s).where(s.c.closed_at.is_(None)))
    remove(c, s, s.c.payment_id == row.payment_id)
    return "suspense_items", row.payment_id


def suspense_opened_again(c: sa.Connection) -> tuple[str, Any]:
    s = tables.suspense_items
    row = first(c, sa.select(s).where(s.c.closed_at.is_not(None)))
    change(c, s, s.c.payment_id == row.payment_id, closed_at=None)
    return "suspense_items", row.payment_id


def hold_released(c: sa.Connection) -> tuple[str, Any]:
    h = tables.holds
    row = first(c, sa.select(h).where(h.c.state == "settled"))
    change(c, h, h.c.id == row.id, state="released")
    return "holds", row.id


def hold_removed(c: sa.Connection) -> tuple[str, Any]:
    h = tables.holds
    row = first(c, sa.select(h).order_by(h.c.id))
    remove(c, h, h.c.payment_id == row.payment_id)
    return "holds", row.payment_id


def part_changed(c: sa.Connection) -> tuple[str, Any]:
    parts = tables.payment_parts
    row = first(c, sa.select(parts))
    change(c, parts, parts.c.payment_id == row.payment_id, parts.c.position == row.position, minor=row.minor + 1)
    return "payment_parts", row.payment_id


def payment_at_nobodys_account(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, newest=True)
    change(c, tables.payments, tables.payments.c.id == payment.id, provider_account_id=NEW)
    return "payments", payment.id


def payment_redated(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, newest=True)
    change(c, tables.payments, tables.payments.c.id == payment.id, value_on=payment.value_on - timedelta(days=1))
    return "payments", payment.id


def payment_in_another_currency(c: sa.Connection) -> tuple[str, Any]:
    payment = a_payment(c, newest=True)
    change(c, tables.payments, tables.payments.c.id == payment.id, currency="TZS")
    return "payments", payment.id


ONCE: tuple[Tampering, ...] = (
    payment_at_nobodys_account,
    payment_redated,
    payment_in_another_currency,
    payment_inserted,
    failed_payment_completed,
    reversed_payment_completed,
    completed_payment_reversed,
    reversal_of_less,
    receipt_of_the_provider_freed_for_another_credit,
    nonsense_status,
    receipt_renumbered,
    receipt_code_altered,
    receipt_codes_exchanged,
    receipts_exchanged,
    receipt_inserted,
    receipt_of_nothing,
    counter_turned,
    suspense_made_smaller,
    suspense_forgotten,
    suspense_opened_again,
    hold_released,
    hold_removed,
    part_changed,
)
TWICE = (
    payment_made_larger,
    payment_removed,
    completed_payment_failed,
    receipt_removed,
)
