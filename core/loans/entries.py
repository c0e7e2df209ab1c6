"""What loans do to the books: one function for each kind of movement, its docstring the accountant's view.

A movement may be a correction of what was booked before: then its amounts are negative, and debits are credits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from core.ids import CustomerAccountId, OrganisationId
from core.ledger import Account, JournalEntry, Posting, customer_credit, debit, income
from core.loans.events import Kind, Movement
from core.money import Currency, Money


@dataclass(frozen=True, slots=True)
class LoanBooks:
    """The accounts of one loan, and what its entries need to know of it."""

    organisation: OrganisationId
    account: CustomerAccountId
    currency: Currency
    fee: int
    """Kept when it was given, in minor units; part of the principal, and never sent."""

    def part(self, name: str) -> Account:
        """`principal`, `interest` and `penalty` are what the borrower owes; `sent` is money that has left for them and is not
        lent yet, or is lent and has not left."""
        return Account(self.organisation, f"asset:loan:{self.account.hex}:{name}", self.currency)

    @property
    def credit(self) -> Account:
        return customer_credit(self.organisation, self.account, self.currency)

    @property
    def writeoff(self) -> Account:
        return Account(self.organisation, "expense:writeoff", self.currency)

    @property
    def cash(self) -> Account:
        return Account(self.organisation, "asset:cash", self.currency)

    def income(self, kind: str) -> Account:
        return income(self.organisation, kind, self.currency)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All that its entries may post to."""
        parts = (self.part(name) for name in ("principal", "interest", "penalty", "sent"))
        kinds = (self.income(kind) for kind in ("interest", "penalty", "fees"))
        return (*parts, *kinds, self.credit, self.writeoff, self.cash)


def _given(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """The borrower has the money: they owe the principal, and the fee is earned.

    debit   asset:loan:<loan>:principal  10,000.00
    credit  asset:loan:<loan>:sent        9,800.00   what has left for them
    credit  income:fees                     200.00
    """
    fee = books.fee if m.principal > 0 else -books.fee
    return [
        (books.part("principal"), m.principal),
        (books.part("sent"), fee - m.principal),
        (books.income("fees"), -fee),
    ]


def _interest_charged(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """Days have passed, and the loan costs so much for them.

    debit   asset:loan:<loan>:interest  250.00
    credit  income:interest             250.00
    """
    return [(books.part("interest"), m.interest), (books.income("interest"), -m.interest)]


def _penalty_charged(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """An instalment is late beyond the patience that was agreed on.

    debit   asset:loan:<loan>:penalty  50.00
    credit  income:penalty             50.00
    """
    return [(books.part("penalty"), m.penalty), (books.income("penalty"), -m.penalty)]


def _repaid(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """Money that is held for the loan settles what is owed, in the product's order. What is beyond stays held.

    debit   liability:credit:<loan>      2,000.00
    credit  asset:loan:<loan>:penalty       50.00
    credit  asset:loan:<loan>:interest     250.00
    credit  asset:loan:<loan>:principal  1,700.00
    """
    return [(books.credit, -m.owed), *_owed(books, m)]


def _waived(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """The lender lets the borrower off a penalty: it was never earned.

    debit   income:penalty             50.00
    credit  asset:loan:<loan>:penalty  50.00
    """
    return [(books.income("penalty"), -m.penalty), (books.part("penalty"), m.penalty)]


def _restructured(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """All that is owed becomes the principal of a new schedule.

    debit   asset:loan:<loan>:principal  300.00
    credit  asset:loan:<loan>:interest   250.00
    credit  asset:loan:<loan>:penalty     50.00
    """
    return _owed(books, m)


def _written_off(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """The lender gives up what is still owed.

    debit   expense:writeoff             8,300.00
    credit  asset:loan:<loan>:principal  8,000.00
    credit  asset:loan:<loan>:interest     250.00
    credit  asset:loan:<loan>:penalty       50.00
    """
    return [(books.writeoff, -m.owed), *_owed(books, m)]


def _recovered(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    """Money came in for what had been given up: the loss is smaller.

    debit   liability:credit:<loan>  500.00
    credit  expense:writeoff         500.00
    """
    return [(books.credit, -m.recovered), (books.writeoff, m.recovered)]


def _owed(books: LoanBooks, m: Movement) -> list[tuple[Account, int]]:
    return [
        (books.part("penalty"), m.penalty),
        (books.part("interest"), m.interest),
        (books.part("principal"), m.principal),
    ]


_EVENTS: dict[Kind, Callable[[LoanBooks, Movement], Sequence[tuple[Account, int]]]] = {
    Kind.DISBURSED: _given,
    Kind.INTEREST: _interest_charged,
    Kind.PENALTY: _penalty_charged,
    Kind.REPAID: _repaid,
    Kind.WAIVED: _waived,
    Kind.RESTRUCTURED: _restructured,
    Kind.WRITTEN_OFF: _written_off,
    Kind.RECOVERED: _recovered,
}


def loan_moved(books: LoanBooks, movement: Movement, *, number: int) -> JournalEntry:
    """The entry of one movement, on the day that it belongs to. `number` counts the entries of its day and kind from 1: the
    second and later ones correct the first, which stays."""
    lines = _EVENTS[movement.kind](books, movement)
    return JournalEntry(
        books.organisation,
        f"loan:{books.account.hex}:{movement.kind.value}:{movement.on}:{number}",
        f"loan_{movement.kind.value}",
        movement.on,
        books.account,
        tuple(Posting(account, minor) for account, minor in lines if minor),
    )


def loan_sent_by_hand(books: LoanBooks, amount: Money, *, on: date, number: int) -> JournalEntry:
    """Somebody gave the borrower the money from the cash box. `number` as in `loan_moved`.

    debit   asset:loan:<loan>:sent  9,800.00
    credit  asset:cash              9,800.00
    """
    return JournalEntry(
        books.organisation,
        f"loan:{books.account.hex}:sent:{on}:{number}",
        "loan_sent_by_hand",
        on,
        books.account,
        (debit(books.part("sent"), amount), Posting(books.cash, -amount.minor)),
    )


def loan_promised(books: LoanBooks, amount: Money) -> tuple[Posting, ...]:
    """On whose account a payout to the borrower's phone is set aside (`core.entries.payout_reserved`). When it is paid, what
    left is lent (`loan_disbursed`), and `sent` is empty again; when it fails, its release empties it.

    debit   asset:loan:<loan>:sent  9,800.00
    credit  liability:payout        9,800.00
    """
    return (debit(books.part("sent"), amount),)
