"""Every business event that moves money, once each: the docstring is the accountant's view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from core import ledger
from core.application import Application
from core.errors import Bug
from core.ids import CustomerAccountId, EntryId, ItemId, OrganisationId, PaymentId, PayoutId
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
    *,
    organisation: OrganisationId,
    item: ItemId,
    account: CustomerAccountId,
    amount: Money,
    value_on: date,
    after: PaymentId | None = None,
) -> JournalEntry:
    """Money that the customer had paid ahead settles (a part of) a new invoice; or one that is owed again `after` its payment
    was taken back.

    debit   liability:credit:<customer account>  500.00
    credit  asset:receivable:<customer account>  500.00
    """
    return JournalEntry(
        organisation,
        f"item:{item.hex}:credit_applied{(after and f':{after.hex}') or ''}",
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


def refund_taken(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    refund: UUID,
    turn: int,
    taken: Sequence[Application],
    amount: Money,
    value_on: date,
) -> JournalEntry:
    """A refund was approved: (a part of) what its payment had settled is owed again, and we owe that money to the payer. At
    once it is set aside for the payout (`payout_reserved`). `turn` counts the times that this refund took its money.

    debit   liability:credit:<customer account>    400.00   first what is held beyond debts
    debit   asset:receivable:<customer account>    600.00   its items are open again
    credit  liability:refunds                    1,000.00
    """
    undone = [Posting(posting.account, -posting.minor) for posting in _credits(organisation, taken)]
    return JournalEntry(
        organisation,
        f"refund:{refund.hex}:taken:{turn}",
        "refund_taken",
        value_on,
        payment,
        (*undone, credit(ledger.refunds_owed(organisation, amount.currency), amount)),
    )


def refund_given_back(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    refund: UUID,
    turn: int,
    given: Sequence[Application],
    amount: Money,
    value_on: date,
) -> JournalEntry:
    """A refund could not be paid: its money settles again what is owed by the accounts that it was taken from.

    debit   liability:refunds                    1,000.00
    credit  asset:receivable:<customer account>    600.00
    credit  liability:credit:<customer account>    400.00
    """
    return JournalEntry(
        organisation,
        f"refund:{refund.hex}:given_back:{turn}",
        "refund_given_back",
        value_on,
        payment,
        (debit(ledger.refunds_owed(organisation, amount.currency), amount), *_credits(organisation, given)),
    )


def credit_withdrawn(
    *,
    organisation: OrganisationId,
    payment: PaymentId,
    account: CustomerAccountId,
    amount: Money,
    value_on: date,
    refund: str = "",
) -> JournalEntry:
    """A payment is being reversed or paid back (`refund` says which time) whose credit had settled a later
    invoice: that invoice is owed again first, so that the credit is there to be taken away.

    debit   asset:receivable:<customer account>  300.00
    credit  liability:credit:<customer account>  300.00
    """
    return JournalEntry(
        organisation,
        f"payment:{payment.hex}:credit_withdrawn:{account.hex}{refund and f':{refund}'}",
        "credit_withdrawn",
        value_on,
        payment,
        (
            debit(ledger.receivable(organisation, account, amount.currency), amount),
            credit(ledger.customer_credit(organisation, account, amount.currency), amount),
        ),
    )


def payout_reserved(
    *,
    organisation: OrganisationId,
    payout: PayoutId,
    amount: Money,
    against: Sequence[Posting],
    value_on: date,
) -> JournalEntry:
    """Money is promised to somebody and set aside, so that nobody spends it twice. `against` says on whose account: what we
    held for a customer, or what it is spent on; it debits `amount` in all.

    debit   liability:credit:<customer account>  500.00   a refund of what was held
    debit   expense:fuel                         500.00   or: a payment of the treasury
    credit  liability:payout                     500.00
    """
    if sum(posting.minor for posting in against) != amount.minor:
        raise Bug(f"payout {payout} is reserved against another sum than its own")
    return JournalEntry(
        organisation,
        payout_reserved_key(payout),
        "payout_reserved",
        value_on,
        payout,
        (*against, credit(ledger.payout_promised(organisation, amount.currency), amount)),
    )


def payout_reserved_key(payout: PayoutId) -> str:
    """Under which the reservation of a payout is found again."""
    return f"payout:{payout.hex}:reserved"


def payout_released(reserved: ledger.Recorded, *, payout: PayoutId, value_on: date) -> JournalEntry:
    """A payout surely was not made: what was set aside for it is back where it came from. Linked to the reservation.

    debit   liability:payout                     500.00
    credit  liability:credit:<customer account>  500.00   or wherever the reservation had taken it from
    """
    again = "_again" if reserved.entry.key == payout_restored_key(payout) else ""
    return _undone(reserved, f"payout:{payout.hex}:released{again}", "payout_released", value_on)


def payout_released_key(payout: PayoutId) -> str:
    """Under which the first release of a payout is found again."""
    return f"payout:{payout.hex}:released"


def payout_paid(
    *,
    organisation: OrganisationId,
    payout: PayoutId,
    float_account: Account,
    amount: Money,
    value_on: date,
) -> JournalEntry:
    """The provider has paid: our float is smaller, and the promise is kept.

    debit   liability:payout          500.00
    credit  asset:float:mpesa:600984  500.00
    """
    return JournalEntry(
        organisation,
        payout_paid_key(payout),
        "payout_paid",
        value_on,
        payout,
        (
            debit(ledger.payout_promised(organisation, amount.currency), amount),
            credit(float_account, amount),
        ),
    )


def payout_paid_key(payout: PayoutId) -> str:
    """Under which the payment of a payout is found again."""
    return f"payout:{payout.hex}:paid"


def payout_restored(released: ledger.Recorded, *, payout: PayoutId, value_on: date) -> JournalEntry:
    """A payout that had been given up was made after all: its reservation stands again, to be paid at once.

    debit   liability:credit:<customer account>  500.00
    credit  liability:payout                     500.00
    """
    postings = tuple(Posting(posting.account, -posting.minor) for posting in released.entry.postings)
    return JournalEntry(
        released.entry.organisation,
        payout_restored_key(payout),
        "payout_restored",
        value_on,
        payout,
        postings,
    )


def payout_restored_key(payout: PayoutId) -> str:
    """Under which it is found that a payout had been given up too early."""
    return f"payout:{payout.hex}:restored"


def payout_returned(paid: ledger.Recorded, *, payout: PayoutId, value_on: date) -> JournalEntry:
    """What was told as paid is not, says the provider itself: the float has the money. Linked to the entry that paid it; the
    promise is released by an entry of its own.

    debit   asset:float:mpesa:600984  500.00
    credit  liability:payout          500.00
    """
    return _undone(paid, f"payout:{payout.hex}:returned", "payout_returned", value_on)


def payout_charged(
    *,
    organisation: OrganisationId,
    payout: PayoutId,
    float_account: Account,
    charge: Money,
    value_on: date,
) -> JournalEntry:
    """What the provider took for making a payout.

    debit   expense:charges           13.00
    credit  asset:float:mpesa:600984  13.00
    """
    return JournalEntry(
        organisation,
        f"payout:{payout.hex}:charged",
        "payout_charged",
        value_on,
        payout,
        (
            debit(ledger.expense(organisation, "charges", charge.currency), charge),
            credit(float_account, charge),
        ),
    )


def fund_allotted(
    *, organisation: OrganisationId, fund: UUID, allotment: UUID, amount: Money, value_on: date
) -> JournalEntry:
    """A fund may spend more from now on: when it is set up, and each time it is replenished. No money moves.

    debit   asset:fund:<fund>  50,000.00
    credit  asset:allotted     50,000.00   the money itself lies in floats and banks
    """
    return JournalEntry(
        organisation,
        f"fund:{fund.hex}:allotted:{allotment.hex}",
        "fund_allotted",
        value_on,
        fund,
        (
            debit(ledger.fund_account(organisation, fund, amount.currency), amount),
            credit(ledger.allotted(organisation, amount.currency), amount),
        ),
    )


def spent_of_fund(organisation: OrganisationId, fund: UUID, purpose: str, amount: Money) -> tuple[Posting, ...]:
    """Against what a payment out of a fund is reserved (`payout_reserved`): an expense, and the fund has less to spend.

    debit   expense:fuel       3,000.00
    debit   asset:allotted     3,000.00
    credit  asset:fund:<fund>  3,000.00
    """
    return (
        debit(ledger.expense(organisation, purpose, amount.currency), amount),
        debit(ledger.allotted(organisation, amount.currency), amount),
        credit(ledger.fund_account(organisation, fund, amount.currency), amount),
    )


def variance_applied(
    *,
    organisation: OrganisationId,
    variance: UUID,
    fund: UUID,
    purpose: str,
    difference: Money,
    value_on: date,
) -> JournalEntry:
    """Less was spent than was paid, and the change is in the drawer; or more was, out of the drawer. The fund follows.

    debit   asset:cash          200.00   for a difference of -200.00
    credit  expense:fuel        200.00
    debit   asset:fund:<fund>   200.00
    credit  asset:allotted      200.00
    """
    currency = difference.currency
    return JournalEntry(
        organisation,
        f"variance:{variance.hex}:applied",
        "variance_applied",
        value_on,
        variance,
        (
            debit(ledger.expense(organisation, purpose, currency), difference),
            credit(ledger.cash(organisation, currency), difference),
            debit(ledger.allotted(organisation, currency), difference),
            credit(ledger.fund_account(organisation, fund, currency), difference),
        ),
    )


def _undone(recorded: ledger.Recorded, key: str, kind: str, value_on: date) -> JournalEntry:
    original = recorded.entry
    postings = tuple(Posting(posting.account, -posting.minor) for posting in original.postings)
    return JournalEntry(original.organisation, key, kind, value_on, original.subject, postings, reverses=recorded.id)


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
