"""Saying yes or no from any phone, for those who may: a list, the facts, a PIN, and a code where the policy asks (TG-2, OUT-4).

PINs and codes are typed on `Secret` screens: no answer of them is kept. What was shown is what is approved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import cast
from uuid import UUID

import msgspec

from core.approvals import Approval, ApprovalId, ContentHash, State, Verdict
from core.money import Money
from dialogue.conversation import Answers, Gone, View
from dialogue.screens import Act, Choice, Choose, End, Fork, Item, Line, Menu, Screen, Secret, Shown
from dialogue.speech import money, plain, shorten
from dialogue.world import CodeTexted, Effect, FindApprovals, LookAt, Outcome
from usecases.briefs import Fact
from usecases.by_phone import DecideByPhone, Request, TextCode, ToDecide, Waits
from usecases.pins import ChoosePin, OpenPin, PinProven, TryPin

LONGEST_FACT = 44
"""Longer ones go on in lines of their own, so that no page is too full for a single line."""
MOST_LINES = 4
LONGEST_NAME = 18
LONGEST_HEAD = 20
TEXT_ME = "1"
"""What is typed in place of a code to be texted one. No code is so short."""
REASONS = ("needless", "wrong_sum", "wrong_payee", "other")
IN_THE_BOOKS = {
    "needless": "not needed",
    "wrong_sum": "the sum is wrong",
    "wrong_payee": "the payee is wrong",
    "other": "refused by phone",
}
"""Why, as it is chosen; in the books it stands in English."""
_SAID = frozenset({"payee", "name", "purpose", "reason"})
_SAYS_NOTHING = re.compile(r"[0-9a-f]{32}")
_QUIET = frozenset({"brief_first", "brief_not_again", "brief_same_phone"})
"""Lines of a brief that a small screen leaves out: nothing is odd."""


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """A request as the conversation keeps it."""

    approval: str
    kind: str
    what: str


_encode = msgspec.json.Encoder().encode
_listed = msgspec.json.Decoder(list[Listed]).decode
_lines = msgspec.json.Decoder(list[tuple[str, dict[str, str]]]).decode


# --- the list -----------------------------------------------------------------------------------------------------------


def mine(view: View) -> FindApprovals:
    return FindApprovals(view.relation.organisation, view.caller.msisdn)


def found(outcome: Outcome) -> Answers:
    waiting = cast(ToDecide, outcome)
    listed = [Listed(one.approval.hex, one.kind.value, _what(one)) for one in waiting.waits]
    return {"office_list": _encode(listed).decode(), "office_pin": int(waiting.has_pin)}


def _what(one: Waits) -> str:
    amount = money(one.amount) if one.amount is not None else ""
    return f"{shorten(plain(one.name), LONGEST_HEAD)} {amount}".strip()


def _kept(view: View) -> list[Listed]:
    return _listed(str(view.answers.get("office_list", "[]")))


def is_any(view: View) -> str:
    return "office.list" if _kept(view) else "office.none"


def items(view: View) -> list[Item]:
    return [Item((one.kind, {"what": one.what}), {"office_of": one.approval}) for one in _kept(view)]


def _chosen(view: View) -> Listed:
    of = view.answers.get("office_of")
    one = next((one for one in _kept(view) if one.approval == of), None)
    if one is None:
        raise Gone
    return one


def _approval(view: View) -> ApprovalId:
    return ApprovalId(UUID(_chosen(view).approval))


# --- the facts ----------------------------------------------------------------------------------------------------------


def chosen(view: View) -> LookAt:
    return LookAt(view.relation.organisation, view.caller.msisdn, _approval(view))


def looked(outcome: Outcome) -> Answers:
    request = cast(Request, outcome)
    return {"office_seen": request.seen.hex(), "office_facts": _encode(_facts(request)).decode()}


def _facts(request: Request) -> list[Line]:
    facts = dict(request.facts)
    lines: list[Line] = [("by", {"who": _cut(request.asked_by)}) if request.asked_by else ("customer", {})]
    payee = " ".join(facts[name] for name in ("name", "payee") if name in facts)
    if payee:
        lines.append(("payee", {"who": _cut(payee)}))
    for name in ("purpose", "reason"):
        first, *rest = wrap(plain(facts.get(name, "")), LONGEST_FACT) or [""]
        lines += [(name, {"what": first})] if first else []
        lines += [("rest", {"what": line}) for line in rest[: MOST_LINES - 1]]
    lines += [
        ("fact", {"name": shorten(name.replace("_", " "), LONGEST_NAME), "what": _cut(value)})
        for name, value in request.facts
        if name not in _SAID and not _SAYS_NOTHING.fullmatch(value)
    ]
    lines += [(fact.key, _values(fact)) for fact in request.brief if fact.key not in _QUIET]
    if request.people > 1:
        lines.append(("said", {"yes": str(request.yes), "people": str(request.people)}))
    return lines


def _cut(text: str) -> str:
    return shorten(plain(text), LONGEST_FACT)


def _values(fact: Fact) -> dict[str, str]:
    return {
        name: money(value) if isinstance(value, Money) else shorten(plain(str(value)), LONGEST_NAME)
        for name, value in fact.values.items()
    }


def facts(view: View) -> Shown:
    return Shown({"what": _chosen(view).what}, _lines(str(view.answers.get("office_facts", "[]"))))


def says_yes(_: View) -> Answers:
    return {"office_says": Verdict.APPROVE.value}


def why_not(_: View) -> Sequence[Item]:
    return [
        Item((reason, {}), {"office_says": Verdict.REJECT.value, "office_why": IN_THE_BOOKS[reason]})
        for reason in REASONS
    ]


# --- the yes or no ------------------------------------------------------------------------------------------------------


def has_pin(view: View) -> str:
    return "office.pin" if view.answers.get("office_pin") else "office.no_pin"


def _verdict(view: View) -> Verdict:
    if "office_says" not in view.answers:
        raise Gone
    return Verdict(view.answers["office_says"])


def decision(view: View) -> Shown:
    """Once more what is decided: above the PIN."""
    return Shown({}, [(_verdict(view).value, {"what": _chosen(view).what})])


def try_pin(text: str, view: View) -> Effect:
    return TryPin(view.relation.organisation, view.caller.msisdn, _approval(view), _verdict(view), text)


def tried(outcome: Outcome) -> Answers:
    return {"office_code": int(cast(PinProven, outcome).needs_code), "office_texted": 0}


def takes_code(view: View) -> str:
    return "office.code" if view.answers.get("office_code") else "office.decide"


def codes(view: View) -> Shown:
    texted = view.answers.get("office_texted")
    return Shown({}, [("texted" if texted else "needed", {"what": _chosen(view).what})])


def with_code(text: str, view: View) -> Effect:
    if text == TEXT_ME:
        return TextCode(view.relation.organisation, view.caller.msisdn, _approval(view))
    return _decide(view, text)


def without_code(view: View) -> Effect:
    return _decide(view, "")


def _decide(view: View, code: str) -> DecideByPhone:
    verdict = _verdict(view)
    return DecideByPhone(
        view.relation.organisation,
        view.caller.msisdn,
        _approval(view),
        verdict,
        ContentHash(bytes.fromhex(str(view.answers.get("office_seen", "")))),
        reason=str(view.answers.get("office_why", "")) if verdict is Verdict.REJECT else "",
        code=code,
    )


def decided(outcome: Outcome) -> Answers:
    if isinstance(outcome, CodeTexted):
        return {"office_texted": 1}
    approval = cast(Approval, outcome)
    return {"office_texted": 0, "office_state": approval.state.value, "office_missing": approval.missing}


def after_code(view: View) -> str:
    return "office.code" if view.answers.get("office_texted") else "office.done"


def done(view: View) -> Shown:
    state = State(view.answers["office_state"])
    return Shown({"what": _chosen(view).what}, [(state.value, {"missing": str(view.answers["office_missing"])})])


# --- a PIN of one's own -------------------------------------------------------------------------------------------------


def open_pin(text: str, view: View) -> Effect:
    return OpenPin(view.relation.organisation, view.caller.msisdn, text)


def choose_pin(text: str, view: View) -> Effect:
    return ChoosePin(view.relation.organisation, view.caller.msisdn, text)


def nothing(_: Outcome) -> Answers:
    return {}


def pin_is_there(_: Outcome) -> Answers:
    return {"office_pin": 1}


SCREENS: tuple[Screen, ...] = (
    Act("office.find", effect=mine, keeps=found, then="office.any"),
    Fork("office.any", to=("office.list", "office.none"), decide=is_any),
    Menu("office.none", choices=(Choice("pin", "office.open"),)),
    Choose("office.list", items=items, then="office.look", choices=(Choice("pin", "office.open"),)),
    Act("office.look", effect=chosen, keeps=looked, then="office.facts"),
    Menu(
        "office.facts",
        shows=facts,
        choices=(
            Choice("approve", "office.sure", sets=says_yes),
            Choice("refuse", "office.why"),
        ),
    ),
    Choose("office.why", items=why_not, then="office.sure"),
    Fork("office.sure", to=("office.pin", "office.no_pin"), decide=has_pin),
    Menu("office.no_pin", choices=(Choice("pin", "office.open"),)),
    Secret("office.pin", effect=try_pin, keeps=tried, then="office.proven", shows=decision),
    Fork("office.proven", to=("office.code", "office.decide"), decide=takes_code),
    Secret("office.code", effect=with_code, keeps=decided, then="office.after", shows=codes),
    Act("office.decide", effect=without_code, keeps=decided, then="office.after"),
    Fork("office.after", to=("office.code", "office.done"), decide=after_code),
    End("office.done", shows=done),
    Secret("office.open", effect=open_pin, keeps=nothing, then="office.choose"),
    Secret("office.choose", effect=choose_pin, keeps=pin_is_there, then="office.chosen"),
    Menu("office.chosen", choices=(Choice("approvals", "office.find"),)),
)
