"""Borrowing: what one has borrowed and still pays; what may be had, its whole cost before the yes, and asking for it (LOAN-1)."""

from __future__ import annotations

from datetime import date

import msgspec

from core.errors import Bug
from core.loans.products import LoanAmountRefused
from core.loans.states import LoanState
from core.money import Money, parse_typed
from dialogue.answers import NoNameTyped
from dialogue.conversation import Answers, Gone, View
from dialogue.screens import Act, Ask, Choice, Choose, End, Fork, Item, Line, Menu, Screen, Shown
from dialogue.speech import day, money, name, plain
from dialogue.world import FindLoans, Outcome, QuoteLoan
from usecases.commands import AskLoan
from usecases.loans.asking import LendingSeen, QuoteSeen
from usecases.loans.lending import Applied

LONGEST_NAME = 60


class Lent(msgspec.Struct, frozen=True, array_like=True):
    """A loan as the conversation keeps it; sums in minor units of the organisation's currency."""

    number: str
    name: str
    state: str
    asked: int
    payoff: int
    late: int
    coming: list[tuple[int, int]]
    """Day (as an ordinal) and sum."""


class Offered(msgspec.Struct, frozen=True, array_like=True):
    """A product that may be had, as the conversation keeps it."""

    code: str
    name: str
    least: int
    most: int
    terms: list[int]
    every: str


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """Turning back asks nothing again."""

    loans: list[Lent]
    offers: list[Offered]
    why: str


class Priced(msgspec.Struct, frozen=True, array_like=True):
    """What the loan would be."""

    sent: int
    cost: int
    total: int
    count: int
    each: int
    first_on: int
    last_on: int
    to_phone: bool


_encode = msgspec.json.Encoder().encode
_kept_of = msgspec.json.Decoder(Kept).decode
_priced_of = msgspec.json.Decoder(Priced).decode


def lends(view: View) -> bool:
    return view.relation.lends


def has_no_loan(view: View) -> bool:
    return lends(view) and not has_loan(view)


def has_loan(view: View) -> bool:
    return any(account.is_loan for account in view.accounts)


def mine(view: View) -> FindLoans:
    return FindLoans(view.relation.organisation, view.caller.msisdn)


def found(outcome: Outcome) -> Answers:
    if not isinstance(outcome, LendingSeen):
        raise Bug(f"loans were looked for, {outcome} came")
    loans = [
        Lent(
            *(one.number, plain(one.name), one.state.value, one.asked.minor, one.payoff.minor, one.late.minor),
            [(on.toordinal(), amount.minor) for on, amount in one.coming],
        )
        for one in outcome.loans
    ]
    offers = [
        Offered(one.code, plain(one.name), one.least.minor, one.most.minor, list(one.terms), one.every.value)
        for one in outcome.offers
    ]
    return {"lending": _encode(Kept(loans, offers, outcome.why)).decode()}


def _kept(view: View) -> Kept:
    if "lending" not in view.answers:
        raise Gone
    return _kept_of(str(view.answers["lending"]))


def _money(view: View, minor: int) -> Money:
    return Money(minor, view.relation.currency)


# --- what one has ------------------------------------------------------------------------------------------------------


def which(view: View) -> str:
    """Who has loans sees them first."""
    kept = _kept(view)
    return "loan.mine" if kept.loans else "loan.product" if kept.offers else "loan.none"


def may_borrow(view: View) -> bool:
    return bool(_kept(view).offers)


def loans(view: View) -> list[Item]:
    return [Item(_line(view, one), {"loan": one.number}) for one in _kept(view).loans]


def _line(view: View, one: Lent) -> Line:
    if one.state != LoanState.ACTIVE.value:
        return one.state, {"number": one.number, "amount": money(_money(view, one.asked))}
    return "active", {"number": one.number, "amount": money(_money(view, one.payoff))}


def _chosen(view: View) -> Lent:
    for one in _kept(view).loans:
        if one.number == view.answers.get("loan"):
            return one
    raise Gone


def standing(view: View) -> Shown:
    """What ends it today, what is late, what comes next; before it runs, how far it has come."""
    one = _chosen(view)
    facts = {"name": name(one.name), "number": one.number}
    if one.state != LoanState.ACTIVE.value:
        return Shown(facts, [(one.state, {"amount": money(_money(view, one.asked))})])
    lines: list[Line] = [("payoff", {"amount": money(_money(view, one.payoff))})]
    if one.late:
        lines.append(("late", {"amount": money(_money(view, one.late))}))
    if one.coming:
        lines.append(("next", _coming(view, one.coming[0])))
    return Shown(facts, lines)


def _coming(view: View, one: tuple[int, int]) -> dict[str, str]:
    on, minor = one
    return {"amount": money(_money(view, minor)), "on": day(date.fromordinal(on))}


def is_running(view: View) -> bool:
    """Can it be paid? Where the conversation began before it ran, it is not among the caller's accounts yet."""
    number = _chosen(view).number
    return any(account.reference == number for account in view.accounts)


def this_one(view: View) -> Answers:
    return {"whom": _chosen(view).number}


def has_schedule(view: View) -> bool:
    return len(_chosen(view).coming) > 1


def schedule(view: View) -> Shown:
    """All that is still to be paid."""
    one = _chosen(view)
    return Shown({"number": one.number}, [("row", _coming(view, each)) for each in one.coming])


def refused(view: View) -> Shown:
    """Why nothing can be had now."""
    why = _kept(view).why
    return Shown(lines=[(why if why in ("waiting", "late", "lost", "running") else "nothing", {})])


# --- what may be had ---------------------------------------------------------------------------------------------------


def products(view: View) -> list[Item]:
    return [
        Item(("item", {"name": name(one.name), "most": money(_money(view, one.most))}), {"loan_product": one.code})
        for one in _kept(view).offers
    ]


def _offer(view: View) -> Offered:
    for one in _kept(view).offers:
        if one.code == view.answers.get("loan_product"):
            return one
    raise Gone


def bounds(view: View) -> Shown:
    offer = _offer(view)
    least, most = _money(view, offer.least), _money(view, offer.most)
    return Shown({"least": money(least), "most": money(most)})


def typed_sum(text: str, view: View) -> Answers:
    offer = _offer(view)
    least, most = _money(view, offer.least), _money(view, offer.most)
    amount = parse_typed(text, most.currency)
    if not least <= amount <= most:
        raise LoanAmountRefused(least, most)
    return {"loan_minor": amount.minor}


def terms(view: View) -> list[Item]:
    offer = _offer(view)
    return [
        Item((f"{offer.every}s" if count > 1 else offer.every, {"count": f"{count}"}), {"loan_term": count})
        for count in offer.terms
    ]


def who(view: View) -> str:
    return "loan.quote" if view.relation.contact is not None else "loan.name"


def typed_name(text: str, _: View) -> Answers:
    """At least two letters: the lender will ask for more."""
    typed = " ".join(text.split())[:LONGEST_NAME]
    if sum(character.isalpha() for character in typed) < 2:
        raise NoNameTyped
    return {"loan_name": typed}


def _asked(view: View) -> tuple[Money, int]:
    if "loan_minor" not in view.answers or "loan_term" not in view.answers:
        raise Gone
    return _money(view, int(view.answers["loan_minor"])), int(view.answers["loan_term"])


def question(view: View) -> QuoteLoan:
    amount, count = _asked(view)
    return QuoteLoan(view.relation.organisation, view.caller.msisdn, _offer(view).code, amount, count)


def priced(outcome: Outcome) -> Answers:
    if not isinstance(outcome, QuoteSeen):
        raise Bug(f"the cost of a loan was asked for, {outcome} came")
    one = outcome
    kept = Priced(
        *(one.sent.minor, one.cost.minor, one.total.minor, one.count, one.each.minor),
        *(one.first_on.toordinal(), one.last_on.toordinal(), one.to_phone),
    )
    return {"loan_quote": _encode(kept).decode()}


def _price(view: View) -> Priced:
    if "loan_quote" not in view.answers:
        raise Gone
    return _priced_of(str(view.answers["loan_quote"]))


def word(view: View) -> Shown:
    """What comes, what it costs, what is paid back and when, and where it comes: all of it, before it is asked for."""
    price = _price(view)
    facts = {
        "cost": money(_money(view, price.cost)),
        "total": money(_money(view, price.total)),
        "count": f"{price.count}",
        "each": money(_money(view, price.each)),
        "first": day(date.fromordinal(price.first_on)),
        "last": day(date.fromordinal(price.last_on)),
    }
    lines: list[Line] = [
        ("cost", {"cost": facts["cost"], "total": facts["total"]}),
        ("dates" if price.count > 1 else "date", facts),
        ("phone", {"phone": view.caller.msisdn.masked}) if price.to_phone else ("office", {}),
    ]
    return Shown({"sent": money(_money(view, price.sent))}, lines)


def wish(view: View) -> AskLoan:
    """Its intent is the hop's: the shell fills it in."""
    amount, count = _asked(view)
    return AskLoan(
        organisation=view.relation.organisation,
        product=_offer(view).code,
        amount=amount,
        instalments=count,
        total=_money(view, _price(view).total),
        msisdn=view.caller.msisdn,
        name=str(view.answers.get("loan_name", "")),
    )


def asked(outcome: Outcome) -> Answers:
    if not isinstance(outcome, Applied):
        raise Bug(f"a loan was asked for, {outcome} came")
    return {"loan_asked": outcome.number}


def noted(view: View) -> Shown:
    amount, _ = _asked(view)
    return Shown({"number": str(view.answers["loan_asked"]), "amount": money(amount)})


SCREENS: tuple[Screen, ...] = (
    Act("loan.find", effect=mine, keeps=found, then="loan.which"),
    Fork("loan.which", to=("loan.mine", "loan.product", "loan.none"), decide=which),
    Choose("loan.mine", items=loans, then="loan.one", choices=(Choice("borrow", "loan.product", when=may_borrow),)),
    Menu(
        "loan.one",
        shows=standing,
        choices=(
            Choice("pay", "pay.child", when=is_running, sets=this_one),
            Choice("schedule", "loan.schedule", when=has_schedule),
        ),
    ),
    Menu("loan.schedule", shows=schedule),
    Menu("loan.none", shows=refused),
    Choose("loan.product", items=products, then="loan.sum"),
    Ask("loan.sum", answer=typed_sum, then="loan.term", shows=bounds),
    Choose("loan.term", items=terms, then="loan.who"),
    Fork("loan.who", to=("loan.quote", "loan.name"), decide=who),
    Ask("loan.name", answer=typed_name, then="loan.quote"),
    Act("loan.quote", effect=question, keeps=priced, then="loan.confirm"),
    Menu(
        "loan.confirm",
        shows=word,
        choices=(
            Choice("yes", "loan.ask"),
            Choice("change", "loan.product"),
        ),
    ),
    Act("loan.ask", effect=wish, keeps=asked, then="loan.asked"),
    End("loan.asked", shows=noted),
)
