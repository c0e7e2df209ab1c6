"""The money reaches the borrower: handed over, or paid out to their phone; and what follows when it does not (LOAN-1).

send ──> payout reserved, loan disbursing ──> payout_ended: given from the day of the payment, or approved as before
                                                            └──> staff send again, give by hand, or call it off

The payout is told under `SUBJECT`. Locks in one order: the payout, the loan, its accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from core.approvals import Approval, CodeMissing, SubjectKind, refusal, to_hand_over
from core.codes import SentCode
from core.errors import DomainError, NotFound
from core.ids import CustomerAccountId, OrganisationId, PayoutId, StaffId
from core.loans.entries import loan_promised, loan_sent_by_hand
from core.loans.events import Disbursed
from core.loans.states import GIVEN, LoanNotThere, LoanState, require_next
from core.messages import GivingStep, LoanNotSent, LoanTold, Message
from core.money import zero
from core.payouts import Payee, Payout
from core.payouts import State as PayoutState
from core.permissions import Action, Actor
from core.phones import Msisdn
from storage import approvals as approval_store
from storage import codes, handovers, ledger, loan_stories, organisations, outbox, payouts, people
from storage.handovers import Handover
from storage.loans import Loan
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases import second_factor
from usecases.approvals import person_of
from usecases.chats import tell_in_chats
from usecases.loans.naming import loaded, loan_named
from usecases.loans.telling import books_of, change_state, tell
from usecases.noting import note_of
from usecases.payout_requests import PayoutEnded, RequestPayout, request_payout, withdraw_payout
from usecases.rights import require_for
from usecases.second_factor import SendCode

if TYPE_CHECKING:
    from usecases.truth import Queued

SUBJECT = "loan"


# --- by hand ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GiveByHand:
    """The borrower of an approved loan was given the money from the cash box, on a day that may be past."""

    organisation: OrganisationId
    number: str
    actor: Actor
    on: date | None = None


def give_by_hand(tx: Tx, wish: GiveByHand) -> Loan:
    """The loan runs from that day. Raises `LoanNotThere` for one that nobody approved, that runs already, or whose money is on
    its way to a phone."""
    loan = _to_hand_over(tx, wish.organisation, wish.number, wish.actor)
    today = organisations.by_id(tx, loan.organisation).local_day(tx.now)
    on = wish.on or today
    if on > today or on < loan.applied_on:
        raise NotFound("day", on.isoformat())
    _hand_over(tx, loan, wish.actor, None)
    ledger.post(tx, [loan_sent_by_hand(books_of(loan), loan.sent, on=on, number=1)])
    return given(tx, loan, on, wish.actor, reason=handovers.BY_HAND, trace="")


def given(tx: Tx, loan: Loan, on: date, actor: Actor, *, reason: str, trace: str) -> Loan:
    """The borrower has the money: the story begins, and they are told when the first instalment is due."""
    loan_stories.tell_event(tx, loan.account, Disbursed(on, loan.terms))
    change_state(tx, loan, LoanState.ACTIVE, actor, reason=reason)
    tell(tx, loaded(tx, loan.account))
    begun = loaded(tx, loan.account)
    if on == organisations.by_id(tx, loan.organisation).local_day(tx.now):  # whoever has had it for long knows
        announce(tx, begun, GivingStep.GIVEN, trace)
    return begun


def _approved(tx: Tx, organisation: OrganisationId, number: str, actor: Actor, right: Action) -> Loan:
    """Locked, and surely neither given nor on its way. Raises what stands in the way."""
    loan = loan_named(tx, organisation, number, lock=True)
    require_for(tx, actor, right, loan.organisation, what="loan", name=number)
    if loan.state is not LoanState.APPROVED:
        raise LoanNotThere(loan.number, loan.state.value)
    return loan


def _to_hand_over(tx: Tx, organisation: OrganisationId, number: str, actor: Actor) -> Loan:
    """The same, for money that leaves by this person's hand: it is never who asked for it, nor who borrows (OUT-3). Only members
    of staff are known as persons, so no system user hands anything over."""
    loan = _approved(tx, organisation, number, actor, Action.DISBURSE)
    person, approval = person_of(tx, actor), _approval(tx, loan)
    if (obstacle := to_hand_over(approval, person)) is not None:
        raise refusal(obstacle, approval)
    return loan


def _approval(tx: Tx, loan: Loan) -> Approval:
    approval = approval_store.of_subject(tx, loan.account, kind=SubjectKind.LOAN)
    assert approval is not None, "every wish asks for its approval"
    return approval


def _hand_over(tx: Tx, loan: Loan, actor: Actor, payout: PayoutId | None) -> None:
    """Whose hand lets it go is kept beside it: the database itself keeps them apart from who asked for it and who is paid."""
    who, approval = StaffId(UUID(actor.name)), _approval(tx, loan)
    proof = codes.unspent(tx, approval.id, who, approval.content) if payout else None
    handovers.add(tx, Handover(loan.account, approval.id, who, payout, proof, actor.origin, tx.now))


# --- to the phone -------------------------------------------------------------------------------------------------------


def to_whom(tx: Tx, loan: Loan) -> Msisdn | None:
    """The phone that is paid, while it is the borrower's; None where the money is handed over. Whoever changes a borrower's
    phone after the approval changes what was approved."""
    if loan.payee_index is None:
        return None
    for one in people.phones_of(tx, loan.borrower):
        if people.msisdn_index(tx, one.msisdn) == loan.payee_index:
            return one.msisdn
    return None


def send(tx: Tx, loan: Loan, actor: Actor, trace: str) -> Payout:
    """Set the money aside and instruct the payout. The loan is locked, approved, and nothing is on its way for it."""
    payee = to_whom(tx, loan)
    if payee is None:
        raise NotFound("phone", loan.number)
    require_next(loan.number, loan.state, LoanState.DISBURSING)
    payout = request_payout(
        tx,
        RequestPayout(
            organisation=loan.organisation,
            subject_kind=SUBJECT,
            subject=loan.account,
            payee=Payee(payee, loan.borrower_name),
            amount=loan.sent,
            remarks=f"Loan {loan.number}",
            against=loan_promised(books_of(loan), loan.sent),
            actor=actor,
            trace=trace,
        ),
    )
    _hand_over(tx, loan, actor, payout.id)
    change_state(tx, loan, LoanState.DISBURSING, actor, reason=f"payout {payout.id.hex}")
    announce(tx, loan, GivingStep.SENDING, trace)
    return payout


@dataclass(frozen=True, slots=True)
class SendLoan:
    """What could not be paid to the borrower's phone is to be tried once more."""

    organisation: OrganisationId
    number: str
    actor: Actor
    trace: str
    code: str = ""
    """Of the authenticator, or as it was sent: it is an execution like any other (OUT-4)."""
    prove: bool = False
    """The door does not know who types (a command line): a code is asked for whatever the sum."""


@dataclass(frozen=True, slots=True)
class SentAgain:
    """What came of it. `problem` says why nothing was sent, although a try was written down."""

    loan: Loan
    problem: DomainError | None = None
    proven: bool = False
    """A code was asked for, and this one was right."""


def send_again(tx: Tx, wish: SendLoan) -> SentAgain:
    """A new payout, to the same phone, under the yes that stands and a code of whoever sends it. Raises `LoanNotThere` unless the
    loan is approved and nothing is on its way, `CodeMissing`."""
    loan = _to_hand_over(tx, wish.organisation, wish.number, wish.actor)
    approval = _approval(tx, loan)
    proves = wish.prove or approval.requirement.code
    if proves:
        if not wish.code:
            raise CodeMissing
        person = person_of(tx, wish.actor)
        if (wrong := second_factor.check(tx, approval, person, wish.code, origin=wish.actor.origin)) is not None:
            return SentAgain(loan, wrong)
    send(tx, loan, wish.actor, wish.trace)
    return SentAgain(loaded(tx, loan.account), proven=proves)


@dataclass(frozen=True, slots=True)
class SendLoanCode:
    """Whoever is to send a loan once more wants a code for it. `code` is drawn at the edge (`core.codes.figures`)."""

    organisation: OrganisationId
    number: str
    actor: Actor
    code: str
    trace: str


def send_loan_code(tx: Tx, wish: SendLoanCode) -> SentCode:
    """To their own phone, for this loan and nothing else; its text says how much and to whom. Raises what would keep them from
    sending it."""
    loan = _to_hand_over(tx, wish.organisation, wish.number, wish.actor)
    payee = to_whom(tx, loan)
    if payee is None:
        raise NotFound("phone", loan.number)
    approval = _approval(tx, loan)
    asked = SendCode(approval.id, wish.actor, wish.code, name=loan.number, payee=payee.masked, trace=wish.trace)
    return second_factor.issue(tx, approval, person_of(tx, wish.actor), asked)


@dataclass(frozen=True, slots=True)
class CallOff:
    """An approved loan is not given after all."""

    organisation: OrganisationId
    number: str
    reason: str
    actor: Actor
    trace: str = ""


def call_off(tx: Tx, wish: CallOff) -> Loan:
    """Raises `LoanNotThere` once the money is on its way."""
    loan = _approved(tx, wish.organisation, wish.number, wish.actor, Action.LEND)
    change_state(tx, loan, LoanState.WITHDRAWN, wish.actor, reason=wish.reason.strip()[:120] or "called off")
    announce(tx, loan, GivingStep.CALLED_OFF, wish.trace)
    return loaded(tx, loan.account)


# --- the provider's word ------------------------------------------------------------------------------------------------


def payout_ended(tx: Tx, news: PayoutEnded) -> None:
    """The provider's last word on a loan's payout: paid, and the loan runs from that day; or surely not, and people decide.
    Providers change their word, and the loan follows the money."""
    loan = loaded(tx, CustomerAccountId(news.payout.subject), lock=True)
    if news.payout.state is PayoutState.PAID:
        _paid(tx, loan, news)
    else:
        _not_paid(tx, loan, news)


def _paid(tx: Tx, loan: Loan, news: PayoutEnded) -> None:
    """It runs from that day, also when staff had given it up. What was given by hand meanwhile, or by another payout, is paid
    twice now: that money stays in the loan's `sent` account, where `karani verify` names it until people have looked."""
    receipt = news.payout.receipt or ""
    if loan.state in GIVEN:
        note_of(tx, news.actor, loan.organisation, "loan_paid_twice", "loan", loan.account, reason=receipt)
        return
    for other in payouts.of_subject(tx, SUBJECT, loan.account):
        if other.state is PayoutState.RESERVED:
            withdraw_payout(tx, other.id, actor=news.actor, trace=news.trace)
    given(tx, loan, _paid_on(tx, news), news.actor, reason=f"paid {receipt}".strip(), trace=news.trace)


def _paid_on(tx: Tx, news: PayoutEnded) -> date:
    """The day on which its entry counts."""
    account = organisations.provider_accounts_of(tx, [news.payout.provider_account])[news.payout.provider_account]
    return account.local_date(tx.now)


def _not_paid(tx: Tx, loan: Loan, news: PayoutEnded) -> None:
    """Back to where people decide: what was on its way, and what runs although less has left than was lent."""
    if loan.state in GIVEN and ledger.balance(tx, books_of(loan).part("sent")).minor < 0:
        loan_stories.take_back(tx, loan.account, "disbursed", _paid_on(tx, news))
    elif loan.state is not LoanState.DISBURSING:
        return
    reason = news.payout.fail_reason.value if news.payout.fail_reason else news.payout.state.value
    change_state(tx, loan, LoanState.APPROVED, news.actor, reason=reason)
    if loan.told is not None:
        tell(tx, loaded(tx, loan.account))
    announce(tx, loan, GivingStep.FAILED, news.trace)
    _tell_officer(tx, loan, reason, news.trace)


# --- told ---------------------------------------------------------------------------------------------------------------


def announce(tx: Tx, loan: Loan, step: GivingStep, trace: str) -> None:
    """The borrower hears what became of their wish."""
    name = organisations.by_id(tx, loan.organisation).name
    told = loan.told if step is GivingStep.GIVEN else None
    due_on, due = (told.next_on, told.next) if told else (None, zero(loan.sent.currency))
    message = LoanTold(name, step, loan.number, loan.sent, due_on, due)
    payee = to_whom(tx, loan)
    facts = MessageFacts(message, accounts=(loan.account,), msisdn=payee.digits if payee else "")
    outbox.put(tx, [Out(loan.organisation, Kind.SMS, message.event, facts, trace=trace)])


_TRUE_IN = {
    GivingStep.APPROVED: frozenset({LoanState.APPROVED}),
    GivingStep.SENDING: frozenset({LoanState.DISBURSING}),
    GivingStep.FAILED: frozenset({LoanState.APPROVED}),
    GivingStep.GIVEN: GIVEN,
}


def still_so(tx: Tx, queued: Sequence[Queued]) -> list[Message | None]:
    """A message that waited for the morning is passed over when the loan has gone further by then."""
    return [one.message if _is_so(tx, one) else None for one in queued]


def _is_so(tx: Tx, one: Queued) -> bool:
    assert isinstance(one.message, LoanTold)
    states = _TRUE_IN.get(one.message.step)
    return states is None or loaded(tx, one.facts.accounts[0]).state in states


def _tell_officer(tx: Tx, loan: Loan, reason: str, trace: str) -> None:
    member = organisations.staff_by_id(tx, loan.officer) if loan.officer else None
    if member is None or member.is_disabled:
        return
    name = organisations.by_id(tx, loan.organisation).name
    message = LoanNotSent(name, loan.borrower_name, loan.sent, loan.number, reason)
    facts = MessageFacts(message, msisdn=member.msisdn.digits)
    outbox.put(tx, [Out(loan.organisation, Kind.SMS, message.event, facts, trace=trace)])
    tell_in_chats(tx, loan.organisation, [member], message)
