"""What a person can look up: the last payments, the own details, and the language to be spoken with."""

from __future__ import annotations

from core.callers import LANGUAGES, PaymentView
from core.payments import Status
from dialogue.conversation import Answers, View
from dialogue.flows.refund import has_paid
from dialogue.flows.statement import of_all, of_some
from dialogue.screens import Act, Choice, Choose, Item, Line, Menu, Screen, Shown
from dialogue.speech import day, money, name, plain
from dialogue.world import Outcome
from usecases.commands import ChooseLanguage

SAID_OF = {
    Status.INITIATED.value: "waiting",
    Status.PROCESSING.value: "waiting",
    Status.COMPLETED.value: "completed",
    Status.FAILED.value: "failed",
    Status.EXPIRED.value: "expired",
    Status.REVERSED.value: "reversed",
    Status.PARTLY_REFUNDED.value: "partly_refunded",
    Status.REFUNDED.value: "refunded",
}


def payments(view: View) -> Shown:
    lines = [_payment(payment) for payment in view.relation.payments]
    return Shown(lines=lines or [("none", {})])


def _payment(payment: PaymentView) -> Line:
    facts = {
        "on": day(payment.on),
        "amount": money(payment.amount),
        "reference": plain(payment.reference),
        "receipt": payment.receipt_number or "",
    }
    key = SAID_OF.get(payment.status, "waiting")
    return ("unnumbered" if key == "completed" and not payment.receipt_number else key), facts


def details(view: View) -> Shown:
    """The caller's own name and masked number, and the numbers of the children."""
    relation = view.relation
    lines: list[Line] = [("name", {"name": name(relation.contact_name)})] if relation.contact_name else []
    lines.append(("phone", {"phone": view.caller.msisdn.masked}))
    lines += [("child", {"student": name(one.holder), "reference": one.reference}) for one in relation.accounts]
    return Shown({"organisation": name(relation.name)}, lines)


def languages(_: View) -> list[Item]:
    """Each in its own words, so that it is found by whoever cannot read this page."""
    return [Item((language, {}), {"language": language}) for language in LANGUAGES]


def chosen(view: View) -> ChooseLanguage:
    return ChooseLanguage(view.caller.msisdn, view.language)


def nothing_kept(_: Outcome) -> Answers:
    return {}


SCREENS: tuple[Screen, ...] = (
    Menu(
        "mine.payments",
        shows=payments,
        choices=(
            Choice("statement", "statement.send", when=of_some, sets=of_all),
            Choice("refund", "refund.find", when=has_paid),
        ),
    ),
    Menu("mine.details", shows=details),
    Choose("mine.language", items=languages, then="mine.speak"),
    Act("mine.speak", effect=chosen, keeps=nothing_kept, then="home.door"),
)
