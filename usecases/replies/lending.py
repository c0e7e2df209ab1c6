"""Loans by text: what they still want, and what one more payment would change; a yes within a day does exactly that."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date

import msgspec

from core.callers import AccountView, whole_up
from core.errors import DomainError
from core.loans.states import WAITING, LoanNotThere, LoanState
from core.messages import Reply
from core.money import Money, total
from core.sms import days
from storage import loans as store
from storage.loans import Loan
from storage.texts import PLANNED, Offer
from usecases.commands import MakePromise
from usecases.loans.portfolio import ask_what_if
from usecases.promises import make_promise
from usecases.replies import paying
from usecases.replies.applying import ask_loan
from usecases.replies.desk import Answered, Desk, amount_of, first_of, target_of

WHAT_IF = "what_if"


# --- what is lent -------------------------------------------------------------------------------------------------------


def balance(desk: Desk) -> Answered | None:
    """Somebody who has loans and nothing else reads of them as of loans."""
    own = desk.relation.accounts
    if len(own) > 1 and not desk.reading.reference and len(_lent(desk)) == len(own):
        return loans(desk)
    return paying.balance(desk)


def _lent(desk: Desk) -> list[AccountView]:
    own = desk.relation.accounts
    lent = {*store.among(desk.tx, [one.account for one in own])}
    return [one for one in own if one.account in lent]


def loans(desk: Desk) -> Answered | None:
    """What their loans still want, or how far their wish for one has come."""
    own = _lent(desk)
    if desk.reading.reference or len(own) == 1:
        found = _meant(desk, own)
        return found if isinstance(found, Answered) else _next(desk, found)
    if own:
        return _of_all(desk, own)
    contact = desk.relation.contact
    asked = [loan for loan in store.of_borrower(desk.tx, contact) if loan.state in WAITING] if contact else []
    if asked:
        return _waits(desk, asked[-1])
    return ask_loan(desk)


def _waits(desk: Desk, loan: Loan) -> Answered:
    """Undecided it is what they asked for; approved it is what they get."""
    if loan.state is LoanState.APPLIED:
        return desk.says(Reply.LOAN_WAITS, amount=loan.asked, reference=loan.number)
    reply = Reply.LOAN_SENDING if loan.state is LoanState.DISBURSING else Reply.LOAN_APPROVED
    return desk.says(reply, amount=loan.sent, reference=loan.number)


def _meant(desk: Desk, own: list[AccountView]) -> AccountView | Answered:
    """The loan of theirs that is meant; where it is not clear which, they are asked."""
    if len(own) == 1 and not desk.reading.reference:
        return own[0]
    found = target_of(replace(desk, relation=replace(desk.relation, accounts=tuple(own))))
    if isinstance(found, Answered):
        return found
    return found.own or desk.says(Reply.NO_ACCOUNT, reference=desk.reading.reference[:20])


def _next(desk: Desk, own: AccountView) -> Answered:
    """What is late, and only that; else the next instalment."""
    if own.instalment is None or own.due_on is None:
        return desk.says(Reply.NOTHING_OWED)
    loan = store.load(desk.tx, own.account)
    late = loan.told.late if loan and loan.told and loan.told.late_since else None
    return desk.says(
        Reply.LOAN_LATE if late else Reply.LOAN_NEXT,
        amount=late or own.instalment,
        balance=own.owed,
        on=own.due_on,
        reference=own.reference,
    )


def _of_all(desk: Desk, own: list[AccountView]) -> Answered:
    """All of them together, and the one that is to be paid first."""
    asking = [one for one in own if one.instalment is not None]
    if not asking:
        return desk.says(Reply.NOTHING_OWED)
    first = min(asking, key=lambda one: (one.due_on or date.max, one.reference))
    return desk.says(
        Reply.LOANS_OF_ALL,
        amount=first.instalment,
        balance=total([one.owed for one in asking], desk.relation.currency),
        on=first.due_on,
        reference=first.reference,
        count=len(asking),
    )


# --- what if ------------------------------------------------------------------------------------------------------------


def what_if(desk: Desk) -> Answered | None:
    """`WHATIF 500 FRI`: when the loan would be paid off, and what of its interest is saved."""
    own = _lent(desk)
    if not own:
        return ask_loan(desk)
    meant = _meant(desk, own)
    if isinstance(meant, Answered):
        return meant
    today, amount = desk.relation.today, amount_of(desk)
    on = days.meant(desk.reading.day, today) if desk.reading.day else today
    if amount is None or on is None or on < today:
        return desk.asks(Reply.WHAT_IF_HOW, reference=meant.reference)
    return _foretold(desk, meant, amount, on)


def _foretold(desk: Desk, own: AccountView, amount: Money, on: date) -> Answered:
    """Never more than ends the loan on that day: beyond it nothing could be saved."""
    organisation, relation = desk.relation.organisation, desk.relation
    try:
        _, seen = ask_what_if(desk.tx, organisation, own.reference, amount, on)
        most = whole_up(Money(seen.most, amount.currency))
        if amount > most:
            amount = most
            _, seen = ask_what_if(desk.tx, organisation, own.reference, amount, on)
    except LoanNotThere:
        return desk.says(Reply.LOAN_RESTS, reference=own.reference)
    if not relation.least <= amount <= relation.most:
        return desk.says(Reply.LIMITS, amount=relation.least, balance=relation.most)
    ends_on = seen.after.paid_off_on or on
    offer = Offer(
        WHAT_IF,
        own.account.hex,
        own.reference,
        amount.minor,
        amount.currency.code,
        due_on=on.isoformat(),
        ends_on=ends_on.isoformat(),
        cost=seen.saved,
    )
    return desk.says(
        Reply.WHAT_IF,
        amount=amount,
        cost=Money(seen.saved, amount.currency),
        on=on,
        until=ends_on,
        reference=own.reference,
        offer=offer,
    )


def do_what_if(desk: Desk, intent: str, offer: Offer) -> Answered:
    """Exactly what was foretold: where money that came since, or midnight, made it untrue, the new figures are read back."""
    own = desk.own(offer.account_id)
    if own is None:
        return desk.says(Reply.NOTHING_WAITS)
    on = max(date.fromisoformat(offer.due_on), desk.relation.today)
    again = _foretold(desk, own, offer.money, on)
    if again.offer != offer:
        return again
    if on > desk.relation.today:
        return _plan(desk, offer, own)
    return paying.ask_phone(desk, offer, intent, first_of(own))


def _plan(desk: Desk, offer: Offer, own: AccountView) -> Answered:
    """On its day the phone is asked; until then nobody is reminded, where the books allow a promise."""
    on = date.fromisoformat(offer.due_on)
    wish = MakePromise(desk.relation.organisation, own.account, desk.asked.sender, offer.money, on, "sms")
    with contextlib.suppress(DomainError):
        make_promise(desk.tx, wish)
    plan = msgspec.structs.replace(offer, kind=PLANNED)
    return desk.says(Reply.WHAT_IF_PLANNED, amount=offer.money, on=on, reference=own.reference, offer=plan)
