"""Asking for money back: which payment, whole or in part, why, and a yes (OUT-1). The office decides; SMS tells each step."""

from __future__ import annotations

from uuid import UUID

import msgspec

from core.errors import Bug
from core.ids import PaymentId
from core.money import Money, parse_typed
from core.refunds import Refund, RefundTooLarge
from dialogue.conversation import Answers, Gone, View
from dialogue.screens import Act, Ask, Choice, Choose, End, Fork, Item, Menu, Screen, Shown
from dialogue.speech import day, money, plain
from dialogue.world import FindRefundable, Outcome, Refundables
from usecases.commands import AskRefund


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A payment as the conversation keeps it: turning back asks nothing again."""

    payment: str
    on: str
    reference: str
    most: int
    """Minor units of the organisation's currency."""


_encode = msgspec.json.Encoder().encode
_lines = msgspec.json.Decoder(list[Line]).decode
REASONS = ("twice", "wrong", "left", "other")
"""Why, as people choose it; in the books it stands in English."""
IN_THE_BOOKS = {
    "twice": "paid twice",
    "wrong": "paid to the wrong account",
    "left": "the student has left",
    "other": "asked by phone",
}


def has_paid(view: View) -> bool:
    return bool(view.relation.payments)


def mine(view: View) -> FindRefundable:
    return FindRefundable(view.relation.organisation, view.caller.msisdn)


def found(outcome: Outcome) -> Answers:
    if not isinstance(outcome, Refundables):
        raise Bug(f"payments were looked for, {outcome} came")
    lines = [Line(one.payment.hex, day(one.on), plain(one.reference), one.most.minor) for one in outcome.payments]
    return {"refundable": _encode(lines).decode()}


def _kept(view: View) -> list[Line]:
    return _lines(str(view.answers.get("refundable", "[]")))


def is_any(view: View) -> str:
    return "refund.payment" if _kept(view) else "refund.none"


def payments(view: View) -> list[Item]:
    currency = view.relation.currency
    return [
        Item(
            ("item", {"on": line.on, "amount": money(Money(line.most, currency)), "reference": line.reference}),
            {"refund_of": line.payment},
        )
        for line in _kept(view)
    ]


def _chosen(view: View) -> Line:
    of = view.answers.get("refund_of")
    line = next((line for line in _kept(view) if line.payment == of), None)
    if line is None:
        raise Gone
    return line


def _most(view: View) -> Money:
    return Money(_chosen(view).most, view.relation.currency)


def which(view: View) -> Shown:
    line = _chosen(view)
    most = _most(view)
    facts = {"on": line.on, "reference": line.reference, "most": money(most), "currency": most.currency.symbol}
    return Shown(facts)


def all_of_it(view: View) -> Answers:
    most = _most(view)
    return {"refund_minor": most.minor - most.minor % most.currency.unit}


def typed_sum(text: str, view: View) -> Answers:
    most = _most(view)
    amount = parse_typed(text, most.currency)
    if amount > most:
        raise RefundTooLarge(most)
    return {"refund_minor": amount.minor}


def reasons(_: View) -> list[Item]:
    return [Item((reason, {}), {"refund_why": reason}) for reason in REASONS]


def _sum(view: View) -> Money:
    if "refund_minor" not in view.answers:
        raise Gone
    return Money(int(view.answers["refund_minor"]), view.relation.currency)


def word(view: View) -> Shown:
    """How much of what to whom: all of it, before it is asked for."""
    line = _chosen(view)
    facts = {
        "amount": money(_sum(view)),
        "reference": line.reference,
        "on": line.on,
        "phone": view.caller.msisdn.masked,
    }
    return Shown(facts)


def wish(view: View) -> AskRefund:
    """Its intent is the hop's: the shell fills it in."""
    return AskRefund(
        organisation=view.relation.organisation,
        payment=PaymentId(UUID(_chosen(view).payment)),
        amount=_sum(view),
        reason=IN_THE_BOOKS[str(view.answers.get("refund_why", "other"))],
        msisdn=view.caller.msisdn,
    )


def asked(outcome: Outcome) -> Answers:
    if not isinstance(outcome, Refund):
        raise Bug(f"a refund was asked for, {outcome} came")
    return {"refund_name": outcome.name, "refund_told": money(outcome.amount)}


def noted(view: View) -> Shown:
    return Shown({"number": str(view.answers["refund_name"]), "amount": str(view.answers["refund_told"])})


SCREENS: tuple[Screen, ...] = (
    Act("refund.find", effect=mine, keeps=found, then="refund.any"),
    Fork("refund.any", to=("refund.payment", "refund.none"), decide=is_any),
    Menu("refund.none"),
    Choose("refund.payment", items=payments, then="refund.sum"),
    Menu(
        "refund.sum",
        shows=which,
        choices=(
            Choice("all", "refund.reason", sets=all_of_it),
            Choice("part", "refund.part"),
        ),
    ),
    Ask("refund.part", answer=typed_sum, then="refund.reason", shows=which),
    Choose("refund.reason", items=reasons, then="refund.confirm"),
    Menu(
        "refund.confirm",
        shows=word,
        choices=(
            Choice("yes", "refund.ask"),
            Choice("change", "refund.payment"),
        ),
    ),
    Act("refund.ask", effect=wish, keeps=asked, then="refund.asked"),
    End("refund.asked", shows=noted),
)
