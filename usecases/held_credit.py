"""Credit when a payment is taken back: what it gave is withdrawn, what others gave settles what is owed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core import application, entries
from core.application import Application, Strategy
from core.ids import CustomerAccountId
from core.ledger import customer_credit
from core.money import total, zero
from core.payments import Payment
from storage import applications, customer_accounts, ledger
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


def spend_credit(tx: Tx, payment: Payment, accounts: Sequence[CustomerAccountId], value_on: date) -> None:
    """This payment was taken back. Credit that is held for these accounts settles what is owed again, the oldest debt first:
    nobody owes while money is held for them (docs/decisions)."""
    for id_, standing in customer_accounts.standings(tx, accounts, lock=True).items():
        owed = total([item.outstanding for item in standing.account.items], standing.currency)
        held = -ledger.balance(tx, customer_credit(payment.organisation, id_, standing.currency))
        spent = min(held, owed)
        if spent.minor <= 0:
            continue
        parts = application.fill(standing.account, spent, strategy=Strategy.CREDIT, reason="credit:held")
        journal = [
            entries.credit_applied(
                organisation=payment.organisation,
                item=part.item,
                account=id_,
                amount=part.amount,
                value_on=value_on,
                after=payment.id,
            )
            for part in parts
            if part.item is not None
        ]
        ids = ledger.post(tx, journal)
        applications.add(tx, [NewApplication(entry, None, (one,)) for entry, one in zip(ids, parts, strict=True)])
