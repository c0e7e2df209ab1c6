"""Asking for a statement: what a guardian owes and has paid, as a link by SMS, for one child or for all."""

from __future__ import annotations

from dialogue.conversation import Answers, Gone, View
from dialogue.screens import Act, Menu, Screen, Shown
from dialogue.speech import name
from dialogue.world import Outcome
from usecases.commands import SendStatement

ALL = "*"


def answers_for(view: View) -> bool:
    """Only guardians are told more than what is owed."""
    return view.relation.contact is not None


def of_account(view: View) -> bool:
    """A loan has no statement: its own screens tell what it wants."""
    return answers_for(view) and not view.account.is_loan


def of_some(view: View) -> bool:
    return answers_for(view) and any(not one.is_loan for one in view.relation.accounts)


def of_child(view: View) -> Answers:
    return {"statement_of": view.account.reference}


def of_all(_: View) -> Answers:
    return {"statement_of": ALL}


def wanted(view: View) -> SendStatement:
    """For the child that was chosen, or for all of them."""
    relation, whom = view.relation, str(view.answers["statement_of"])
    known = {account.reference: account.account for account in relation.accounts if not account.is_loan}
    if relation.contact is None or (whom != ALL and whom not in known):
        raise Gone
    return SendStatement(
        organisation=relation.organisation,
        contact=relation.contact,
        account=known.get(whom),
        msisdn=view.caller.msisdn,
        language=view.language,
    )


def nothing_kept(_: Outcome) -> Answers:
    return {}


def sent(view: View) -> Shown:
    return Shown({"organisation": name(view.relation.name)})


SCREENS: tuple[Screen, ...] = (
    Act("statement.send", effect=wanted, keeps=nothing_kept, then="statement.sent"),
    Menu("statement.sent", shows=sent),
)
