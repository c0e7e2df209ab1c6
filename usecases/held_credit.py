"""Credit that a payment gave and that has settled a later invoice since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core import application, entries
from core.application import Application
from core.ledger import customer_credit
from core.money import zero
from core.payments import Payment
from storage import applications, ledger
from storage.applications import NewApplication
from storage.tx import Tx


def withdraw_credit(
    tx: Tx, payment: Payment, standing: Sequence[Application], value_on: date, *, refund: str = ""
) -> None:
    """Credit that this payment gave and that has settled a later invoice since: that invoice is owed again."""
    for part in standing:
        if part.item is not None:
            continue
        held = -ledger.balance(tx, customer_credit(payment.organisation, part.account, part.amount.currency))
        missing = part.amount - max(held, zero(held.currency))
        if missing.minor <= 0:
            continue
        back = application.withdrawn(missing, applications.spent_credit(tx, part.account))
        (entry,) = ledger.post(
            tx,
            [
                entries.credit_withdrawn(
                    organisation=payment.organisation,
                    payment=payment.id,
                    account=part.account,
                    amount=missing,
                    value_on=value_on,
                    refund=refund,
                )
            ],
        )
        applications.add(tx, [NewApplication(entry, None, back)])
