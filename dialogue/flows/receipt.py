"""Checking a receipt on the phone: what its code says, for whoever was shown one and has no way to a page."""

from __future__ import annotations

from core.errors import Bug
from core.payments import Status
from dialogue.conversation import Answers, View
from dialogue.screens import Act, Ask, Line, Menu, Screen, Shown
from dialogue.speech import day, money, name, plain
from dialogue.world import CheckReceipt, Outcome
from usecases.receipts import Genuine

LONGEST = 41
"""One more than any code that is read: what is longer stays no code."""

SAID_OF = {
    Status.REVERSED: "reversed",
    Status.PARTLY_REFUNDED: "partly_refunded",
    Status.REFUNDED: "refunded",
}


def typed_code(text: str, _: View) -> Answers:
    """Whatever was typed is asked for: a slip and a code that was never given are answered alike."""
    return {"typed": text[:LONGEST]}


def which(view: View) -> CheckReceipt:
    return CheckReceipt(str(view.answers["typed"]))


def found(outcome: Outcome) -> Answers:
    """What the page shows: the conversation keeps words, so that turning back asks nothing again."""
    if not isinstance(outcome, Genuine):
        raise Bug(f"a receipt was asked for, {outcome} came")
    first = outcome.shares[0] if outcome.shares else None
    return {
        "receipt": outcome.number,
        "receipt_of": outcome.organisation,
        "receipt_says": SAID_OF.get(outcome.status, "genuine"),
        "receipt_amount": money(outcome.amount),
        "receipt_on": day(outcome.value_on),
        "receipt_for": first.name if first else "",
        "receipt_account": first.reference if first else "",
        "receipt_others": len(outcome.shares) - 1,
        "receipt_moved": int(outcome.moved),
    }


def seen(view: View) -> Shown:
    """Whether it counts before anything else, then the facts to compare."""
    said = {key: str(value) for key, value in view.answers.items()}
    lines: list[Line] = [(said["receipt_says"], {"amount": said["receipt_amount"], "on": said["receipt_on"]})]
    if said["receipt_account"]:
        whom = {"student": name(said["receipt_for"]), "reference": plain(said["receipt_account"])}
        others = said["receipt_others"]
        lines.append(("whom", whom) if others == "0" else ("whom_and_others", {**whom, "others": others}))
    else:
        lines.append(("unknown", {}))
    if said["receipt_moved"] == "1":
        lines.append(("moved", {}))
    return Shown({"number": said["receipt"], "organisation": name(said["receipt_of"])}, lines)


SCREENS: tuple[Screen, ...] = (
    Ask("receipt.code", answer=typed_code, then="receipt.check"),
    Act("receipt.check", effect=which, keeps=found, then="receipt.seen"),
    Menu("receipt.seen", shows=seen),
)
