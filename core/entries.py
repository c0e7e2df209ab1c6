"""Every business event that moves money, once each: the docstring is the accountant's view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from core import ledger
from core.application import Application
from core.errors import Bug
from core.ids import CustomerAccountId, EntryId, ItemId, OrganisationId, PaymentId
from core.ledger import Account, JournalEntry, Posting, credit, debit
from core.money import Money, total


def payment_received(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    float_account: Account,
    amount: Money,
    applied: Sequence[Application],
    value_on: date,
) -> JournalEntry:
    """Money has reached one of our accounts: it grows, and each customer account that it pays owes us less.

    debit   asset:float:mpesa:600984             2,000.00
    credit  asset:receivable:<customer account>  1,500.00   what its open items took
    credit  liability:credit:<customer account>    400.00   what was paid beyond the debt
    credit  liability:suspense                     100.00   what has no owner yet
    """
    rest = amount - total([part.amount for part in applied], amount.currency)
    if rest.minor < 0:
        raise Bug(f"{-rest} more than the payment {payment} was applied")
    postings = [debit(float_account, amount), *_credits(organisation, applied)]
    if rest:
        postings.append(credit(ledger.suspense(organisation, amount.currency), rest))
    return JournalEntry(
        organisation, f"payment:{payment.hex}:received", "payment_received", value_on, payment, tuple(postings)
    )


def suspense_assigned(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    amount: Money,
    applied: Sequence[Application],
    value_on: date,
) -> JournalEntry:
    """Staff found the owner of money that waited in suspense.

    debit   liability:suspense                   2,000.00
    credit  asset:receivable:<customer account>  1,500.00
    credit  liability:credit:<customer account>    500.00
    """
    postings = (debit(ledger.suspense(organisation, amount.currency), amount), *_credits(organisation, applied))
    return JournalEntry(
        organisation, f"payment:{payment.hex}:assigned", "suspense_assigned", value_on, payment, postings
    )


def invoice_issued(
    *,
    organisation: OrganisationId,
    item: ItemId,
    account: CustomerAccountId,
    amount: Money,
    income: str,
    value_on: date,
) -> JournalEntry:
    """A customer account owes us for a term, an order, a fare.

    debit   asset:receivable:<customer account>  12,500.00
    credit  income:fees                          12,500.00
    """
    return JournalEntry(
        organisation,
        f"item:{item.hex}:issued",
        "invoice_issued",
        value_on,
        item,
        (
            debit(ledger.receivable(organisation, account, amount.currency), amount),
            credit(ledger.income(organisation, income, amount.currency), amount),
        ),
    )


def opening_balance(
    *, organisation: OrganisationId, item: ItemId, account: CustomerAccountId, amount: Money, value_on: date
) -> JournalEntry:
    """A customer account owed this already when the organisation came to us, since `value_on`.

    debit   asset:receivable:<customer account>  4,500.00
    credit  equity:opening                       4,500.00
    """
    return JournalEntry(
        organisation,
        f"item:{item.hex}:issued",
        "opening_balance",
        value_on,
        item,
        (
            debit(ledger.receivable(organisation, account, amount.currency), amount),
            credit(ledger.equity_opening(organisation, amount.currency), amount),
        ),
    )


def opening_credit(
    *, organisation: OrganisationId, account: CustomerAccountId, amount: Money, value_on: date
) -> JournalEntry:
    """The organisation held this for a customer account already when it came to us, since `value_on`. Once an account.

    debit   equity:opening                       1,000.00
    credit  liability:credit:<customer account>  1,000.00
    """
    return JournalEntry(
        organisation,
        opening_credit_key(account),
        "opening_credit",
        value_on,
        account,
        (
            debit(ledger.equity_opening(organisation, amount.currency), amount),
            credit(ledger.customer_credit(organisation, account, amount.currency), amount),
        ),
    )


def opening_credit_key(account: CustomerAccountId) -> str:
    """Under which an account's opening credit is found again."""
    return f"account:{account.hex}:opening"


def credit_applied(
    *, organisation: OrganisationId, item: ItemId, account: CustomerAccountId, amount: Money, value_on: date
) -> JournalEntry:
    """Money that the customer had paid ahead settles (a part of) a new invoice.

    debit   liability:credit:<customer account>  500.00
    credit  asset:receivable:<customer account>  500.00
    """
    return JournalEntry(
        organisation,
        f"item:{item.hex}:credit_applied",
        "credit_applied",
        value_on,
        item,
        (
            debit(ledger.customer_credit(organisation, account, amount.currency), amount),
            credit(ledger.receivable(organisation, account, amount.currency), amount),
        ),
    )


def invoice_corrected(
    *,
    organisation: OrganisationId,
    note: UUID,
    item: ItemId,
    amount: Money,
    applied: Sequence[Application],
    income: str,
    value_on: date,
) -> JournalEntry:
    """A credit note: an invoice charged too much. It stays as it is, and what it charged too much is taken back; what was
    paid of that already is held for the customer.

    debit   income:fees                          2,000.00
    credit  asset:receivable:<customer account>  1,500.00   what was still owed of it
    credit  liability:credit:<customer account>    500.00   what had been paid
    """
    postings = (debit(ledger.income(organisation, income, amount.currency), amount), *_credits(organisation, applied))
    return JournalEntry(organisation, f"credit_note:{note.hex}:issued", "invoice_corrected", value_on, item, postings)


def applications_moved(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    move: UUID,
    taken: Sequence[Application],
    given: Sequence[Application],
    value_on: date,
) -> JournalEntry:
    """A payment was applied to the wrong account and staff correct it: the first application is undone, never edited.

    debit   asset:receivable:<wrong account>  1,500.00
    credit  asset:receivable:<right account>  1,500.00
    """
    undone = [Posting(posting.account, -posting.minor) for posting in _credits(organisation, taken)]
    postings = _net((*undone, *_credits(organisation, given)))
    return JournalEntry(
        organisation,
        f"payment:{payment.hex}:moved:{move.hex}",
        "applications_moved",
        value_on,
        payment,
        tuple(postings),
    )


def payment_reversed(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    received: EntryId,
    float_account: Account,
    amount: Money,
    standing: Sequence[Application],
    value_on: date,
) -> JournalEntry:
    """The provider took a payment back: our float shrinks, and what the payment had settled is owed again. Linked to the
    entry that received it; `standing` is where its money was by then, after all moves.

    credit  asset:float:mpesa:600984             2,000.00
    debit   asset:receivable:<customer account>  1,500.00   its open items are open again
    debit   liability:credit:<customer account>    400.00   what was held for it beyond its debts
    debit   liability:suspense                     100.00   what had no owner yet
    """
    rest = amount - total([part.amount for part in standing], amount.currency)
    if rest.minor < 0:
        raise Bug(f"{-rest} more than the payment {payment} is applied")
    undone = [Posting(posting.account, -posting.minor) for posting in _credits(organisation, standing)]
    if rest:
        undone.append(debit(ledger.suspense(organisation, amount.currency), rest))
    return JournalEntry(
        organisation,
        f"payment:{payment.hex}:reversed",
        "payment_reversed",
        value_on,
        payment,
        (credit(float_account, amount), *undone),
        reverses=received,
    )


def credit_withdrawn(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    account: CustomerAccountId,
    amount: Money,
    value_on: date,
) -> JournalEntry:
    """A payment is being reversed whose credit had settled a later invoice: that invoice is owed again first, so that the
    credit is there to be taken away.

    debit   asset:receivable:<customer account>  300.00
    credit  liability:credit:<customer account>  300.00
    """
    return JournalEntry(
        organisation,
        f"payment:{payment.hex}:credit_withdrawn:{account.hex}",
        "credit_withdrawn",
        value_on,
        payment,
        (
            debit(ledger.receivable(organisation, account, amount.currency), amount),
            credit(ledger.customer_credit(organisation, account, amount.currency), amount),
        ),
    )


def _credits(organisation: OrganisationId, applied: Sequence[Application]) -> list[Posting]:
    """One credit per customer account and side: its receivable for what items took, its credit for what is held."""
    return _net(
        [
            credit(
                (ledger.receivable if part.item is not None else ledger.customer_credit)(
                    organisation, part.account, part.amount.currency
                ),
                part.amount,
            )
            for part in applied
        ]
    )


def _net(postings: Sequence[Posting]) -> list[Posting]:
    if len(postings) == 1 and postings[0].minor:
        return list(postings)
    sums: dict[Account, int] = {}
    for posting in postings:
        sums[posting.account] = sums.get(posting.account, 0) + posting.minor
    return [Posting(account, minor) for account, minor in sums.items() if minor]
