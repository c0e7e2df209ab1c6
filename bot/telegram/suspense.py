"""Money that waits is given to its owner, and money that went wrong is moved: who is meant, why, yes (PAY-7, PAY-5, PAY-11).

Nothing moves before the chat has said from where, to whom and how much, and somebody with the right has said yes. Above the
office's limit that asks somebody else (`usecases/placements.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from bot.telegram.menu import Act, back
from bot.telegram.visit import Key, Visit
from bot.telegram.words import refused
from core.errors import DomainError, NotFound
from core.ids import CustomerAccountId, PaymentId
from core.money import Money, total
from core.permissions import Action
from core.placements import LONGEST_WHY
from storage import applications, callers, listing, suspense
from storage import students as student_store
from storage.chats import Facts
from storage.suspense import Waiting
from usecases.placements import Asked
from usecases.reallocation import Reallocate, reallocate
from usecases.rights import require_for
from usecases.suspense import AssignSuspense, assign

A_PAGE = 8
MOST_AT_ONCE = 20


def waiting(visit: Visit, _: Facts) -> None:
    """What waits, the longest first."""
    require_for(visit.tx, visit.actor, Action.SEE_SUSPENSE, visit.organisation, what="organisation", name="")
    count = suspense.count(visit.tx, visit.organisation)
    found = suspense.waiting(visit.tx, visit.organisation, limit=A_PAGE)
    rows = [[Key(_label(visit, one), "payment", {"payment": one.payment.hex})] for one in found]
    if count > 1 and visit.may(Action.ASSIGN_SUSPENSE):
        rows.append([Key(visit.word("key_several"), "several")])
    word = "suspense" if count else "suspense_none"
    visit.show(visit.word(word, count=count), [*rows, back(visit)])


def _label(visit: Visit, one: Waiting) -> str:
    return f"{visit.word('sum', amount=one.amount)} · {one.typed or '-'} · {one.payer}"


# --- one ----------------------------------------------------------------------------------------------------------------


def give(visit: Visit, facts: Facts) -> None:
    visit.ask("give_to", facts, visit.word("ask_account"))


def move(visit: Visit, facts: Facts) -> None:
    visit.ask("move_to", facts, visit.word("ask_account"))


def give_to(visit: Visit, facts: Facts, text: str) -> None:
    _meant(visit, facts, text, "give_why", Action.ASSIGN_SUSPENSE)


def move_to(visit: Visit, facts: Facts, text: str) -> None:
    _meant(visit, facts, text, "move_why", Action.REALLOCATE)


def _meant(visit: Visit, facts: Facts, typed: str, then: str, action: Action) -> None:
    """Who is meant by the number, named for the eyes; a number that means nobody is asked for again."""
    require_for(visit.tx, visit.actor, action, visit.organisation, what="organisation", name="")
    named = callers.account_named(visit.tx, visit.organisation, typed)
    if named is None:
        visit.ask(then.replace("_why", "_to"), facts, visit.word("no_account", typed=typed))
        return
    owner = _owner(visit, named[0])
    visit.ask(then, {**facts, "to": named[1]}, visit.word("ask_why", owner=owner, number=named[1]))


def _owner(visit: Visit, account: CustomerAccountId) -> str:
    found = student_store.by_account(visit.tx, visit.organisation, account)
    return found.name if found else "-"


def give_why(visit: Visit, facts: Facts, text: str) -> None:
    _sure(visit, {**facts, "why": text[:LONGEST_WHY]}, "give_now", "give_sure")


def move_why(visit: Visit, facts: Facts, text: str) -> None:
    _sure(visit, {**facts, "why": text[:LONGEST_WHY]}, "move_now", "move_sure")


def _sure(visit: Visit, facts: Facts, act: str, word: str) -> None:
    """Everything once more, then the button."""
    shown = _at_stake(visit, PaymentId(UUID(facts["payment"])), waits=act == "give_now")
    named = callers.account_named(visit.tx, visit.organisation, facts["to"])
    owner = _owner(visit, named[0]) if named else "-"
    text = visit.word(word, amount=shown, owner=owner, number=facts["to"], why=facts["why"])
    visit.say(text, [[Key(visit.word("key_yes"), act, facts, once=True), Key(visit.word("key_no"), "menu", once=True)]])


def _at_stake(visit: Visit, payment: PaymentId, *, waits: bool) -> Money:
    """How much would go there: what waits, or all that was applied elsewhere."""
    amount = suspense.of_payment(visit.tx, payment) if waits else None
    applied = applications.standing(visit.tx, payment)
    if amount is None and (waits or not applied):
        raise NotFound("suspense" if waits else "payment", payment.hex)
    return amount or total([part.amount for part in applied], applied[0].amount.currency)


def give_now(visit: Visit, facts: Facts) -> None:
    wish = AssignSuspense(
        PaymentId(UUID(facts["payment"])), facts["to"], visit.actor, visit.room.trace, why=facts["why"]
    )
    done = assign(visit.tx, wish)
    word = "asked_to_give" if isinstance(done, Asked) else "given"
    told = visit.word(word, amount=done.amount, number=done.reference, name=visit.me.name)
    visit.show(told, [_look(visit, facts), back(visit)])


def move_now(visit: Visit, facts: Facts) -> None:
    wish = Reallocate(PaymentId(UUID(facts["payment"])), facts["to"], visit.actor, visit.room.trace, facts["why"])
    done = reallocate(visit.tx, wish)
    word = "asked_to_move" if isinstance(done, Asked) else "moved"
    told = visit.word(word, amount=done.amount, number=done.reference, name=visit.me.name)
    visit.show(told, [_look(visit, facts), back(visit)])


def _look(visit: Visit, facts: Facts) -> list[Key]:
    return [Key(visit.word("key_look"), "payment", {"payment": facts["payment"]})]


# --- several at once ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as it was typed: `RECEIPT ACCOUNT`; and what it comes to."""

    receipt: str
    account: str
    payment: PaymentId | None
    said: str

    @property
    def is_good(self) -> bool:
        return self.payment is not None


def several(visit: Visit, _: Facts) -> None:
    visit.ask("several_lines", {}, visit.word("ask_several", most=MOST_AT_ONCE))


def several_lines(visit: Visit, _: Facts, text: str) -> None:
    """What each line would do; then the button for those that can be done."""
    require_for(visit.tx, visit.actor, Action.ASSIGN_SUSPENSE, visit.organisation, what="organisation", name="")
    lines = [_read(visit, line) for line in text.splitlines() if line.strip()][:MOST_AT_ONCE]
    good = [line for line in lines if line.is_good]
    told = "\n".join([visit.word("several_preview", good=len(good), all=len(lines)), *(line.said for line in lines)])
    facts = {f"{nth:02}": f"{line.payment.hex} {line.account}" for nth, line in enumerate(good) if line.payment}
    rows = [[Key(visit.word("key_yes_several", count=len(good)), "several_now", facts, once=True)]] if good else []
    visit.say(told, [*rows, back(visit)])


def _read(visit: Visit, line: str) -> _Line:
    receipt, _, account = line.strip().partition(" ")
    account = account.strip()
    try:
        payments = listing.payments_named(visit.tx, receipt, organisation=visit.organisation)
        amount = suspense.of_payment(visit.tx, payments[0]) if len(payments) == 1 else None
        if amount is None:
            raise NotFound("suspense", receipt)
        named = callers.account_named(visit.tx, visit.organisation, account) if account else None
        if named is None:
            raise NotFound("account", account or "?")
    except DomainError as error:
        return _Line(receipt, account, None, f"✗ {visit.word('plain', text=line)}: {refused(error, visit.language)}")
    said = visit.word("several_line", amount=amount, receipt=receipt, number=named[1], owner=_owner(visit, named[0]))
    return _Line(receipt, named[1], payments[0], f"✓ {said}")


def several_now(visit: Visit, facts: Facts) -> None:
    """Each by itself: one that cannot be done any more harms no other, and is told."""
    told = []
    for _, wanted in sorted(facts.items()):
        payment, _, account = wanted.partition(" ")
        why = visit.word("several_why")
        wish = AssignSuspense(PaymentId(UUID(payment)), account, visit.actor, visit.room.trace, why=why)
        try:
            with visit.tx.connection.begin_nested():
                done = assign(visit.tx, wish)
            mark, word = ("…", "several_asked") if isinstance(done, Asked) else ("✓", "several_done")
            told.append(f"{mark} {visit.word(word, amount=done.amount, number=done.reference)}")
        except DomainError as error:
            told.append(f"✗ {visit.word('plain', text=account)}: {refused(error, visit.language)}")
    visit.show("\n".join([visit.word("several_report", name=visit.me.name), *told]), [back(visit)])


ACTS: dict[str, Act] = {
    "suspense": waiting,
    "give": give,
    "move": move,
    "give_now": give_now,
    "move_now": move_now,
    "several": several,
    "several_now": several_now,
}
QUESTIONS = {
    "give_to": give_to,
    "give_why": give_why,
    "move_to": move_to,
    "move_why": move_why,
    "several_lines": several_lines,
}
