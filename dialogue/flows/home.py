"""Where a conversation begins: which organisation, what is owed in sight, and what can be done."""

from __future__ import annotations

from core.callers import AccountView
from dialogue.conversation import Answers, View, candidates
from dialogue.flows.loan import has_loan, has_no_loan, lends
from dialogue.flows.pay import askable, is_askable, next_due, pending_of, to_pay_all, to_pay_only
from dialogue.screens import Choice, Choose, End, Fork, Item, Line, Menu, Restore, Screen, Shown
from dialogue.speech import Facts, day, money, name


def first(view: View) -> str:
    """The organisation is asked for only when there are several."""
    offered = candidates(view.caller)
    if len(offered) > 1:
        return "home.organisation"
    return door(view) if offered else "home.nobody"


def door(view: View) -> str:
    """Strangers see another home."""
    return "home.menu" if view.relation.contact is not None else "home.stranger"


def organisations(view: View) -> list[Item]:
    return [
        Item(("item", {"organisation": name(relation.name)}), {"organisation": str(relation.organisation)})
        for relation in candidates(view.caller)
    ]


def welcome(view: View) -> Shown:
    return Shown({"organisation": name(view.relation.name), **waiting(view)})


def decides(view: View) -> bool:
    """Only whoever may say yes to something here is offered it."""
    return view.relation.approvals is not None


def waiting(view: View) -> Facts:
    return {"approvals": str(view.relation.approvals or 0)}


def has_one(view: View) -> bool:
    return len(view.accounts) == 1 and not has_loan(view)


def has_several(view: View) -> bool:
    return len(view.accounts) > 1 and not all(account.is_loan for account in view.accounts)


def can_pay_one(view: View) -> bool:
    accounts = view.accounts
    return len(accounts) == 1 and is_askable(accounts[0])


def can_pay_all(view: View) -> bool:
    """Nobody is offered to end all loans at once by one key."""
    accounts = view.accounts
    return len(accounts) > 1 and not has_loan(view) and any(map(is_askable, accounts))


def knows_students(view: View) -> bool:
    """Whoever only lends has no students to pay for."""
    return not lends(view) or any(not account.is_loan for account in view.accounts)


def only(view: View) -> Answers:
    return {"whom": view.accounts[0].reference}


def standing(view: View) -> Shown:
    """What is owed, in sight of everything else; what a phone is being asked for right now; what is held in credit."""
    relation, accounts = view.relation, view.accounts
    due = next_due(relation, accounts[0]) if len(accounts) == 1 else askable(relation, accounts)
    lines = [_owed(accounts[0])] if len(accounts) == 1 else []
    if len(accounts) > 1:
        owed = relation.owed
        lines.append(("owes", {"owed": money(owed)}) if owed else ("clear", {}))
    if pending := pending_of(relation):
        lines.append(("pending", {"pending": money(pending)}))
    facts = {"organisation": name(relation.name), "due": money(due) if due else "", **waiting(view)}
    return Shown(facts, lines)


def _owed(account: AccountView) -> Line:
    student = name(account.holder)
    if account.is_loan and account.instalment and (by := account.instalment_by or account.due_on):
        return "loan_next", {"loan": student, "amount": money(account.instalment), "on": day(by)}
    if account.owed:
        return "one_owes", {"student": student, "owed": money(account.owed)}
    return "one_clear", {"student": student}


SCREENS: tuple[Screen, ...] = (
    Fork("home.start", to=("home.organisation", "home.menu", "home.stranger", "home.nobody"), decide=first, fresh=True),
    Fork("home.door", to=("home.menu", "home.stranger"), decide=door),
    Choose("home.organisation", items=organisations, then="home.door", home=True),
    Menu(
        "home.menu",
        shows=standing,
        home=True,
        choices=(
            Choice("approvals", "office.find", when=decides),
            Choice("pay_one", "pay.confirm", when=can_pay_one, sets=to_pay_only),
            Choice("pay_all", "pay.confirm", when=can_pay_all, sets=to_pay_all),
            Choice("child", "pay.child", when=has_one, sets=only),
            Choice("children", "pay.children", when=has_several),
            Choice("borrow", "loan.find", when=has_no_loan),
            Choice("loans", "loan.find", when=has_loan),
            Choice("other", "other.number", when=knows_students),
            Choice("payments", "mine.payments"),
            Choice("help", "help.menu"),
            Choice("language", "mine.language"),
        ),
    ),
    Menu(
        "home.stranger",
        shows=welcome,
        home=True,
        choices=(
            Choice("approvals", "office.find", when=decides),
            Choice("borrow", "loan.find", when=lends),
            Choice("number", "other.number", when=knows_students),
            Choice("language", "mine.language"),
            Choice("help", "help.menu"),
        ),
    ),
    Menu("home.resume", choices=(Choice("continue", "home.restored"), Choice("again", "home.start"))),
    Restore("home.restored"),
    End("home.nobody"),
)
