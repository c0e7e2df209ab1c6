"""Whoever looks after a loan hears of it: that its borrower paid, gave their word or did not keep it, or is late (LOAN-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.ids import CustomerAccountId, OrganisationId
from core.loans.states import GIVEN
from core.messages import LoanNews, LoanNewsStep, LoanRepaid, Message
from core.money import Money
from storage import loans as store
from storage import organisations, outbox
from storage.loans import Loan
from storage.organisations import StaffMember
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from storage.types import in_order
from usecases.chats import tell_each_in_chats, tell_in_chats


def tell_officers(tx: Tx, paid: Sequence[tuple[CustomerAccountId, Money]]) -> None:
    """Who looks after these loans hears that their borrower has paid: by SMS, and in their chat where they have one. Asked once
    for however many payments."""
    if not paid:
        return
    loans = store.load_all(tx, {account for account, _ in paid})
    officers = organisations.staff_by_ids(tx, {loan.officer for loan in loans.values() if loan.officer})
    names = {id_: organisations.by_id(tx, id_).name for id_ in in_order({loan.organisation for loan in loans.values()})}
    texts: list[Out] = []
    said: dict[OrganisationId, list[tuple[StaffMember, Message]]] = {id_: [] for id_ in names}
    for account, amount in paid:
        loan = loans.get(account)
        member = officers.get(loan.officer) if loan and loan.officer else None
        if loan is None or member is None or member.is_disabled or loan.told is None:
            continue
        own = names[loan.organisation]
        message = LoanRepaid(own, loan.borrower_name, amount, loan.number, loan.told.balance)
        texts.append(_sms(loan, member, message))
        said[loan.organisation].append((member, message))
    outbox.put(tx, texts)
    for organisation, messages in said.items():
        tell_each_in_chats(tx, organisation, messages)


def tell_promised(tx: Tx, account: CustomerAccountId, amount: Money, due_on: date) -> None:
    """Somebody gave their word for an account; nobody need hear it where that is no loan."""
    _tell_of(tx, account, LoanNewsStep.PROMISED, amount, due_on)


def tell_missed(tx: Tx, account: CustomerAccountId, amount: Money, due_on: date) -> None:
    """What was promised did not come."""
    _tell_of(tx, account, LoanNewsStep.MISSED, amount, due_on)


def _tell_of(tx: Tx, account: CustomerAccountId, step: LoanNewsStep, amount: Money, on: date) -> None:
    """In their chat; by SMS to who has none."""
    loan = store.load(tx, account)
    member = _officer(tx, loan) if loan and loan.state in GIVEN else None
    if loan is None or member is None:
        return
    message = _news(tx, loan, step, amount, on)
    if not tell_in_chats(tx, loan.organisation, [member], message):
        outbox.put(tx, [_sms(loan, member, message)])


def tell_late(tx: Tx, loan: Loan, amount: Money, since: date) -> None:
    """Its borrower is told today that this is late. In the chat only: the list of what is late shows it to everybody else."""
    if (member := _officer(tx, loan)) is not None:
        tell_in_chats(tx, loan.organisation, [member], _news(tx, loan, LoanNewsStep.LATE, amount, since))


def _news(tx: Tx, loan: Loan, step: LoanNewsStep, amount: Money, on: date) -> LoanNews:
    name = organisations.by_id(tx, loan.organisation).name
    return LoanNews(name, step, loan.borrower_name, amount, loan.number, on)


def _officer(tx: Tx, loan: Loan) -> StaffMember | None:
    """Who looks after it now, and still works there."""
    member = organisations.staff_by_id(tx, loan.officer) if loan.officer else None
    return None if member is None or member.is_disabled else member


def _sms(loan: Loan, member: StaffMember, message: LoanNews | LoanRepaid) -> Out:
    return Out(loan.organisation, Kind.SMS, message.event, MessageFacts(message, msisdn=member.msisdn.digits))
