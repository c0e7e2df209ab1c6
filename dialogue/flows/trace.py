"""Where is my money? Asked with any scrap that is remembered, answered on the next page with what to do."""

from __future__ import annotations

import msgspec

from core.errors import Bug
from core.scraps import LONGEST
from core.tracing import NOT_THEIRS, Says, Told
from dialogue.answers import NothingTyped
from dialogue.conversation import Answers, View
from dialogue.screens import Act, Ask, Choice, Menu, Screen, Shown
from dialogue.speech import day, money, plain
from dialogue.world import Enquire, Outcome, Traced, TraceMoney
from usecases.enquiries import EnquiryOpened


class Line(msgspec.Struct, frozen=True, array_like=True):
    """An answer as the conversation keeps it: turning back asks nothing again."""

    says: str
    on: str
    amount: str
    account: str
    receipt: str


_encode = msgspec.json.Encoder().encode
_lines = msgspec.json.Decoder(list[Line]).decode


def typed_scrap(text: str, _: View) -> Answers:
    if not any(letter.isalnum() for letter in text):
        raise NothingTyped
    return {"scrap": text[:LONGEST]}


def which(view: View) -> TraceMoney:
    return TraceMoney(view.relation.organisation, view.caller.msisdn, str(view.answers["scrap"]))


def found(outcome: Outcome) -> Answers:
    if not isinstance(outcome, Traced):
        raise Bug(f"money was looked for, {outcome} came")
    return {"traced": _encode([_line(told) for told in outcome.told]).decode()}


def _line(told: Told) -> Line:
    return Line(
        told.says.value,
        day(told.on) if told.on else "",
        money(told.amount) if told.amount is not None else "",
        plain(told.account),
        told.receipt,
    )


_WITHOUT_FACTS = {says.value for says in NOT_THEIRS}


def seen(view: View) -> Shown:
    """Each payment with what became of it, and what to do."""
    kept = _lines(str(view.answers["traced"]))
    lines = []
    for line in dict.fromkeys(kept):
        key = line.says if line.on or line.says in _WITHOUT_FACTS else f"{line.says}_bare"
        facts = {"on": line.on, "amount": line.amount, "account": line.account, "receipt": line.receipt}
        lines.append((key, facts))
    return Shown(lines=lines or [("nothing", {})])


SETTLED = {Says.CREDITED.value, Says.REVERSED.value, Says.PARTLY_REFUNDED.value, Says.REFUNDED.value}
"""Nobody need look for these."""


def is_open(view: View) -> bool:
    """Is there something that a person, or the provider, should look for?"""
    kept = _lines(str(view.answers["traced"]))
    return not kept or any(line.says not in SETTLED for line in kept)


def enquiry(view: View) -> Enquire:
    return Enquire(view.relation.organisation, view.caller.msisdn, str(view.answers["scrap"]), view.language)


def noted(outcome: Outcome) -> Answers:
    if not isinstance(outcome, EnquiryOpened):
        raise Bug(f"an enquiry was opened, {outcome} came")
    return {"noted": "provider" if outcome.asks_provider else "office"}


def told(view: View) -> Shown:
    return Shown(lines=[(str(view.answers["noted"]), {})])


SCREENS: tuple[Screen, ...] = (
    Ask("trace.scrap", answer=typed_scrap, then="trace.find"),
    Act("trace.find", effect=which, keeps=found, then="trace.seen"),
    Menu("trace.seen", shows=seen, choices=(Choice("look", "trace.enquire", when=is_open),)),
    Act("trace.enquire", effect=enquiry, keeps=noted, then="trace.noted"),
    Menu("trace.noted", shows=told),
)
