"""Who is calling, and what they may see: the facts that conversations are made of.

A caller is one phone number. It may be known to several organisations behind one service code (ORG-3), in each of them
as a contact who answers for some customer accounts (a guardian's children, later a borrower's loans).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.money import Currency, FractionRefused, Money, total
from core.payments import Part
from core.phones import Msisdn
from core.splitting import BY_DEBT, Child, FamilyRule, split

LANGUAGES = ("en", "sw", "rw", "fr")


@dataclass(frozen=True, slots=True)
class AccountView:
    """One customer account as its guardian sees it. `owed` is what is outstanding; `pending` is the part of it that a
    prompt on some phone is asking for right now; `credit` is held for the next invoice."""

    account: CustomerAccountId
    reference: str
    holder: str
    group: str
    """The student's class."""
    owed: Money
    pending: Money
    credit: Money
    due_on: date | None
    """The earliest due date of what is owed; of a plan, that of its next instalment."""
    instalment: Money | None = None
    """Under a plan: what is to be paid by `due_on`. Of a loan: what is late and the instalment that follows."""
    instalment_by: date | None = None
    """Of a loan: by when all of that is wanted, where `due_on` is since when a part of it is late."""
    promised: tuple[Money, date] | None = None
    """What was promised, and by when."""
    may_promise: bool = False
    ages: tuple[tuple[date, Money], ...] = ()
    """Each debt with its day, the oldest first; only where the family's rule asks for the days."""
    is_loan: bool = False


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as the payer sees it, newest first in lists. `receipt_number` is ours; None unless completed."""

    on: date
    amount: Money
    reference: str
    status: str
    receipt_number: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """What one organisation knows of the caller. `contact` is None for a stranger, who then sees no accounts."""

    organisation: OrganisationId
    name: str
    currency: Currency
    country_code: str
    """The phone prefix of the organisation's country, `254`."""
    shortcode: str
    """The paybill to pay from the provider's own menu, when a prompt cannot be used."""
    least: Money
    most: Money
    """What one prompt may ask for (the provider's limits)."""
    rule: FamilyRule = BY_DEBT
    """How the caller wants one payment divided over several children."""
    today: date = date.min
    """The organisation's own day."""
    contact: ContactId | None = None
    contact_name: str = ""
    accounts: tuple[AccountView, ...] = ()
    payments: tuple[PaymentView, ...] = ()
    lends: bool = False
    """Can one borrow here?"""
    approvals: int | None = None
    """How many requests wait for the caller's yes; None for whoever decides nothing here."""

    @property
    def owed(self) -> Money:
        return total([account.owed for account in self.accounts], self.currency)


@dataclass(frozen=True, slots=True)
class Caller:
    """One phone, and all that it may see. `language` is the remembered choice; None until one was made."""

    msisdn: Msisdn
    language: str | None
    relations: tuple[Relation, ...]


def whole_up(amount: Money) -> Money:
    """The least whole number of shillings that covers `amount`: what a prompt asks for. The payer sees this sum before the
    PIN, and what it holds beyond the debt becomes credit."""
    unit = amount.currency.unit
    return Money(-(-amount.minor // unit) * unit, amount.currency)


def share(amount: Money, accounts: Sequence[AccountView], rule: FamilyRule = BY_DEBT) -> tuple[Part, ...]:
    """Split `amount` (whole units) over accounts by the family's rule, in whole units that add up exactly.

    This is the function behind both the screen before the PIN and the posting (preview equals posting).
    """
    if not amount.is_whole:
        raise FractionRefused(amount)
    children = [Child(one.account, _debts(one)) for one in accounts]
    return split(amount, children, rule, step=amount.currency.unit)


def _debts(account: AccountView) -> tuple[tuple[date, Money], ...]:
    """What is owed with its days. What is being asked for already counts as paid, the oldest first."""
    if not account.ages:
        return ((account.due_on or date.max, account.owed),)
    asked = total([amount for _, amount in account.ages], account.owed.currency) - account.owed
    left = []
    for day, amount in account.ages:
        taken = min(asked, amount)
        asked -= taken
        left.append((day, amount - taken))
    return tuple(left)
