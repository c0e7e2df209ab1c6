"""A family's word: given on a phone or noted by staff, judged by the books when its day is over (FEE-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import NotFound
from core.fees import Student
from core.ids import CustomerAccountId, OrganisationId
from core.money import Money, total, zero
from core.permissions import Action, Actor, ActorKind
from core.promises import (
    LONGEST_DAYS,
    Promise,
    PromiseNotPossible,
    PromiseState,
    is_to_be_judged,
    may_promise,
    require_possible,
    verdict,
)
from storage import arrears, customer_accounts, organisations, people, school
from storage import promises as store
from storage.organisations import Organisation
from storage.tx import Tx
from usecases.commands import MakePromise
from usecases.loans.officers import tell_promised
from usecases.noting import note_of
from usecases.rights import require_for

_BOOKS = Actor(ActorKind.SYSTEM, "promises", "worker")


def make_promise(tx: Tx, wish: MakePromise) -> Promise:
    """Somebody who answers for an account gives their word on a phone. The same word again changes nothing."""
    organisation = organisations.by_id(tx, wish.organisation)
    if wish.account not in _accounts_of(tx, wish):
        raise NotFound("account", "")
    owed, on = _owed(tx, organisation, wish.account), organisation.local_day(tx.now)
    last = store.last_of(tx, [wish.account]).get(wish.account)
    if (
        last is not None
        and last.state is PromiseState.OPEN
        and (last.amount, last.due_on) == (wish.amount, wish.due_on)
    ):
        return last
    if not may_promise(last, on):
        raise PromiseNotPossible(owed)
    require_possible(wish.amount, wish.due_on, on=on, owed=owed, longest_days=LONGEST_DAYS)
    actor = Actor(ActorKind.PERSON, wish.msisdn.masked, wish.channel)
    tell_promised(tx, wish.account, wish.amount, wish.due_on)
    return _note(tx, organisation, wish.account, wish.amount, wish.due_on, actor)


def _accounts_of(tx: Tx, wish: MakePromise) -> list[CustomerAccountId]:
    known = people.recognise(tx, [wish.msisdn]).get(wish.msisdn, [])
    contacts = [one.contact for one in known if one.organisation == wish.organisation]
    return [account for accounts in people.accounts_of(tx, contacts).values() for account in accounts]


def _owed(tx: Tx, organisation: Organisation, account: CustomerAccountId) -> Money:
    """What it owes; money that arrives meanwhile waits, so that what was paid before is what was paid before."""
    customer_accounts.standings(tx, [account], lock=True)
    dues = arrears.dues_of(tx, [account]).get(account, [])
    return total([due.amount for due in dues], organisation.currency)


def _note(
    tx: Tx, organisation: Organisation, account: CustomerAccountId, amount: Money, due_on: date, actor: Actor
) -> Promise:
    promise = Promise(
        id=tx.new_id(),
        account=account,
        amount=amount,
        due_on=due_on,
        state=PromiseState.OPEN,
        paid_before=store.paid_until_now(tx, account, organisation.currency),
        made_on=organisation.local_day(tx.now),
        made_by=actor.kind.value,
    )
    store.add(tx, organisation.id, promise)
    note_of(
        tx,
        *(actor, organisation.id, "promise_made", "promise", promise.id),
        after=PromiseState.OPEN.value,
        reason=f"{amount.plain()} by {due_on}",
    )
    return promise


@dataclass(frozen=True, slots=True)
class AgreePromise:
    """Staff note what a family has promised; an open promise of the student is replaced."""

    organisation: OrganisationId
    student: str
    amount: Money
    due_on: date
    actor: Actor


def agree_promise(tx: Tx, wish: AgreePromise) -> Promise:
    require_for(tx, wish.actor, Action.AGREE, wish.organisation, what="organisation", name="")
    organisation = organisations.by_id(tx, wish.organisation)
    student = student_of(tx, wish.organisation, wish.student)
    owed, on = _owed(tx, organisation, student.account), organisation.local_day(tx.now)
    if wish.amount.currency is not organisation.currency:
        raise PromiseNotPossible(owed)
    require_possible(wish.amount, wish.due_on, on=on, owed=owed, longest_days=None)
    last = store.last_of(tx, [student.account]).get(student.account)
    if last is not None and last.state is PromiseState.OPEN:
        _end(tx, wish.organisation, last, PromiseState.WITHDRAWN, wish.actor, "another one")
    return _note(tx, organisation, student.account, wish.amount, wish.due_on, wish.actor)


@dataclass(frozen=True, slots=True)
class WithdrawPromise:
    organisation: OrganisationId
    student: str
    actor: Actor
    reason: str


def withdraw_promise(tx: Tx, wish: WithdrawPromise) -> Promise:
    """The family is reminded again from now on. Raises `NotFound` where no promise is open."""
    require_for(tx, wish.actor, Action.AGREE, wish.organisation, what="organisation", name="")
    student = student_of(tx, wish.organisation, wish.student)
    last = store.last_of(tx, [student.account]).get(student.account)
    if last is None or last.state is not PromiseState.OPEN:
        raise NotFound("promise", wish.student)
    _end(tx, wish.organisation, last, PromiseState.WITHDRAWN, wish.actor, wish.reason)
    return last


def student_of(tx: Tx, organisation: OrganisationId, number: str) -> Student:
    """The student with that number. Raises `NotFound`."""
    student = school.student_named(tx, organisation, number)
    if student is None:
        raise NotFound("student", number)
    return student


def judge(tx: Tx, organisation: Organisation) -> list[tuple[Promise, PromiseState]]:
    """What the books say of the promises whose day is over. Changes nothing."""
    on = organisation.local_day(tx.now)
    over = [one for one in store.of_organisation(tx, organisation.id) if is_to_be_judged(one, on)]
    dues = arrears.dues_of(tx, [one.account for one in over])
    owed = {one.id: [due.amount for due in dues.get(one.account, [])] for one in over}
    return [
        (one, verdict(one, paid=store.paid_by(tx, one), owed=total(owed[one.id], organisation.currency)))
        for one in over
    ]


def pronounce(tx: Tx, organisation: OrganisationId, verdicts: Sequence[tuple[Promise, PromiseState]]) -> None:
    """Write down what was judged."""
    for one, state in verdicts:
        _end(tx, organisation, one, state, _BOOKS, f"{one.amount.plain()} by {one.due_on}")


def is_redeemed(tx: Tx, promise: Promise) -> bool:
    """Has the promised sum come after all?"""
    paid = store.paid_until_now(tx, promise.account, promise.amount.currency)
    return paid - promise.paid_before >= promise.amount


def _end(
    tx: Tx, organisation: OrganisationId, promise: Promise, state: PromiseState, actor: Actor, reason: str
) -> None:
    store.end(tx, promise.id, state)
    note_of(
        tx,
        *(actor, organisation, f"promise_{state.value}", "promise", promise.id),
        before=promise.state.value,
        after=state.value,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class PromiseSeen:
    """A promise as staff see it. `came` is what was paid since it was given."""

    promise: Promise
    student: Student
    came: Money


def open_promises(tx: Tx, organisation: OrganisationId) -> list[PromiseSeen]:
    """The earliest due first. Asks nothing of anybody; the door asks whether the reader may see it."""
    return _seen(tx, organisation, PromiseState.OPEN)


def all_promises(tx: Tx, organisation: OrganisationId) -> list[PromiseSeen]:
    return _seen(tx, organisation, None)


def _seen(tx: Tx, organisation: OrganisationId, state: PromiseState | None) -> list[PromiseSeen]:
    students = {student.account: student for student in school.students_of(tx, organisation)}
    found = []
    for one in store.of_organisation(tx, organisation, state=state):
        currency = one.amount.currency
        came = max(store.paid_until_now(tx, one.account, currency) - one.paid_before, zero(currency))
        if one.account in students:
            found.append(PromiseSeen(one, students[one.account], came))
    return found
