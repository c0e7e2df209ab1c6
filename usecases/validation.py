"""Before the money moves: does the organisation want this payment? (PAY-8)"""

from __future__ import annotations

from dataclasses import dataclass

from core.application import Ambiguous, Family
from core.organisations import Rejection
from core.payments import MoneyArrived
from storage import exchanges
from storage.exchanges import Exchange, Outcome
from storage.tx import Tx
from usecases.books import load_books


@dataclass(frozen=True, slots=True)
class Validate:
    """A payment that the provider is about to make, with the bytes that announced it."""

    notice: MoneyArrived
    raw: bytes
    address: str
    trace: str


def judge(tx: Tx, notice: MoneyArrived) -> Rejection | None:
    """Why the organisation will not take this payment; None takes it. Unknown payers go to suspense unless it is strict."""
    books = load_books(tx, [notice], lock=False)
    policy = books.provider_accounts[notice.provider_account].policy
    if not policy.limits.least <= notice.amount <= policy.limits.most:
        return Rejection.AMOUNT_OUTSIDE_LIMITS
    target = books.target(notice)
    if target is None or isinstance(target, Ambiguous):
        return Rejection.UNKNOWN_ACCOUNT if policy.strict_references else None
    if isinstance(target, Family):
        return None if target.accounts or not policy.strict_references else Rejection.UNKNOWN_ACCOUNT
    standing = books.standings[target.account]
    if standing.currency is not notice.amount.currency:
        return Rejection.WRONG_CURRENCY
    return None if standing.account.is_open else Rejection.CLOSED_ACCOUNT


def validate(tx: Tx, wish: Validate) -> Rejection | None:
    """The verdict, with the question kept beside it."""
    notice = wish.notice
    rejection = judge(tx, notice)
    exchanges.keep(
        tx,
        [
            Exchange(
                provider=notice.provider,
                direction="in",
                operation="validation",
                request=wish.raw,
                outcome=Outcome.REJECTED if rejection else Outcome.ACCEPTED,
                organisation=notice.organisation,
                provider_account=notice.provider_account,
                address=wish.address,
                detail=f"{notice.receipt} {rejection.value if rejection else ''}".strip(),
                trace=wish.trace,
            )
        ],
    )
    return rejection
