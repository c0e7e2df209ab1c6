"""Finding the loan that is meant."""

from __future__ import annotations

from core.errors import NotFound
from core.ids import CustomerAccountId, OrganisationId
from storage import callers
from storage import loans as store
from storage.loans import Loan
from storage.tx import Tx


def loan_named(tx: Tx, organisation: OrganisationId, typed: str, *, lock: bool = False) -> Loan:
    """The loan that a typed number surely means, however it is written. Raises `NotFound`."""
    account = callers.any_account_named(tx, organisation, typed)
    loan = store.load(tx, account, lock=lock) if account else None
    if loan is None:
        raise NotFound("loan", typed[:40])
    return loan


def loaded(tx: Tx, account: CustomerAccountId, *, lock: bool = False) -> Loan:
    """Raises `NotFound` for an account that is no loan."""
    loan = store.load(tx, account, lock=lock)
    if loan is None:
        raise NotFound("loan", account.hex)
    return loan
