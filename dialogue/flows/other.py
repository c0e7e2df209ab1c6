"""Paying by student number: all that a stranger can do, and what a guardian does for somebody else's child.

Whoever pays this way learns nothing of the student but that the number exists, and can ask only a few times.
"""

from __future__ import annotations

from core.errors import Bug
from dialogue.answers import account_number
from dialogue.conversation import Answers, View
from dialogue.screens import Act, Ask, End, Screen
from dialogue.world import AccountFound, FindAccount, Outcome

LOOKUPS = 3
"""Numbers that may be tried in one conversation."""


def typed_number(text: str, _: View) -> Answers:
    return {"typed": account_number(text)}


def which(view: View) -> FindAccount:
    return FindAccount(view.relation.organisation, str(view.answers["typed"]))


def found(outcome: Outcome) -> Answers:
    if not isinstance(outcome, AccountFound):
        raise Bug(f"an account was asked for, {outcome} came")
    return {"whom": "", "found": outcome.account.hex, "number": outcome.reference}


SCREENS: tuple[Screen, ...] = (
    Ask("other.number", answer=typed_number, then="other.find"),
    Act(
        "other.find",
        effect=which,
        keeps=found,
        then="pay.amount",
        lookups=LOOKUPS,
        exhausted="other.closed",
    ),
    End("other.closed"),
)
