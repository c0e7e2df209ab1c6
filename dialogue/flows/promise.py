"""Paying later: a day and a sum, and until then nobody is reminded (FEE-5)."""

from __future__ import annotations

from datetime import date

from core.money import Money, parse_typed
from core.promises import PromiseNotPossible, offered_days
from dialogue.conversation import Answers, Gone, View
from dialogue.screens import Act, Ask, Choice, Choose, End, Item, Menu, Screen, Shown
from dialogue.speech import day, money, name
from dialogue.world import Outcome
from usecases.commands import MakePromise

DAYS = ("soon", "week", "fortnight", "month")
"""How the offered days are called."""


def days(view: View) -> list[Item]:
    offered = zip(DAYS, offered_days(view.relation.today), strict=True)
    return [Item((called, {"on": day(on)}), {"promised_by": on.toordinal()}) for called, on in offered]


def whose(view: View) -> Shown:
    """What is owed, and by whom."""
    account = view.account
    return Shown(
        {"student": name(account.holder), "owed": money(account.owed), "currency": account.owed.currency.symbol}
    )


def all_of_it(view: View) -> Answers:
    return {"promised": view.account.owed.minor}


def typed_sum(text: str, view: View) -> Answers:
    owed = view.account.owed
    amount = parse_typed(text, owed.currency)
    if amount > owed:
        raise PromiseNotPossible(owed)
    return {"promised": amount.minor}


def word(view: View) -> Shown:
    """Who, how much, by when: all of it, before it is given."""
    amount, on = _given(view)
    account = view.account
    facts = {"student": name(account.holder), "amount": money(amount), "on": day(on)}
    return Shown(facts)


def _given(view: View) -> tuple[Money, date]:
    if "promised" not in view.answers or "promised_by" not in view.answers:
        raise Gone
    currency = view.account.owed.currency
    return Money(int(view.answers["promised"]), currency), date.fromordinal(int(view.answers["promised_by"]))


def given(view: View) -> MakePromise:
    amount, on = _given(view)
    return MakePromise(view.relation.organisation, view.account.account, view.caller.msisdn, amount, on, "ussd")


def nothing_kept(_: Outcome) -> Answers:
    return {}


SCREENS: tuple[Screen, ...] = (
    Choose("promise.day", items=days, then="promise.sum", shows=whose),
    Menu(
        "promise.sum",
        shows=whose,
        choices=(
            Choice("all", "promise.confirm", sets=all_of_it),
            Choice("part", "promise.part"),
        ),
    ),
    Ask("promise.part", answer=typed_sum, then="promise.confirm", shows=whose),
    Menu(
        "promise.confirm",
        shows=word,
        choices=(
            Choice("yes", "promise.give"),
            Choice("change", "promise.day"),
        ),
    ),
    Act("promise.give", effect=given, keeps=nothing_kept, then="promise.given"),
    End("promise.given", shows=word),
)
