"""Payments in the chat: looked for, shown with their history and what was said about them, their papers (PAY-12, ANA-1)."""

from __future__ import annotations

from html import escape
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.telegram import refunds
from bot.telegram.menu import Act, back
from bot.telegram.papers import RECEIPT, STATEMENT
from bot.telegram.visit import Key, Visit
from core.errors import NotFound
from core.figures import day_in
from core.ids import PaymentId
from core.money import Currency, Money
from core.payments import Status
from core.permissions import Action
from storage import listing
from storage.chats import Facts
from storage.listing import PaymentLine, PaymentShown
from usecases.asking_again import AskAgain, ask_again, require_askable
from usecases.finding import Wanted, find_payments, students_named
from usecases.rights import require_for

A_PAGE = 6
MOST_STEPS = 12
MOST_SAID = 3_200
"""Characters of exchanges that one message has room for."""


def search(visit: Visit, _: Facts) -> None:
    visit.ask("found", {}, visit.word("search"))


def answered(visit: Visit, _: Facts, text: str) -> None:
    found(visit, {"text": text})


def found(visit: Visit, facts: Facts) -> None:
    """A list of payments, each a button; and the statements of students who are meant."""
    _require(visit)
    text, before = facts.get("text", ""), facts.get("before")
    wanted = Wanted(text, before=UUID(before) if before else None, limit=A_PAGE + 1)
    lines = find_payments(visit.tx, visit.room.organisation, wanted)
    rows = [[Key(_label(visit, line), "payment", {"payment": line.id.hex})] for line in lines[:A_PAGE]]
    students = students_named(visit.tx, visit.room.organisation, text) if text and not before else []
    rows += [
        [Key(visit.word("key_statement", number=one.number), STATEMENT, {"account": one.account.hex})]
        for one in students[:2]
    ]
    if len(lines) > A_PAGE:
        more = {**({"text": text} if text else {}), "before": lines[A_PAGE - 1].id.hex}
        rows.append([Key(visit.word("key_more"), "found", more)])
    word = "found_newest" if not text else "found" if lines else "found_none"
    visit.show(visit.word(word, text=text), [*rows, [Key(visit.word("key_search"), "search"), *back(visit)]])


def _label(visit: Visit, line: PaymentLine) -> str:
    on = line.times.initiated.astimezone(ZoneInfo(visit.room.organisation.time_zone)).date()
    state = "" if line.status == "completed" else f" · {visit.word(f'state_{line.status}')}"
    return (
        f"{visit.word('sum', amount=_sum(line.amount, line.currency))} · {line.reference or '-'} · {on:%d.%m.}{state}"
    )


def _sum(text: str, currency: str) -> Money:
    return Money(int(text.replace(".", "")), Currency[currency])


def show(visit: Visit, facts: Facts) -> None:
    """One payment, and what can be done with it here by this person."""
    shown = _shown(visit, facts)
    one, named = shown.payment, {"payment": shown.payment.id.hex}
    rows = [[Key(visit.word("key_history"), "history", named), Key(visit.word("key_said"), "said", named)]]
    acts = []
    if one.receipt_number:
        acts.append(Key(visit.word("key_receipt"), RECEIPT, named))
    if visit.may(Action.ASSIGN_SUSPENSE) and _waits(one):
        acts.append(Key(visit.word("key_give"), "give", named))
    if visit.may(Action.REALLOCATE) and one.applied:
        acts.append(Key(visit.word("key_move"), "move", named))
    if visit.may(Action.AGREE) and one.status == Status.FAILED.value and shown.followed_by is None:
        acts.append(Key(visit.word("key_again"), "again", named))
    if refunds.offered(visit, PaymentId(one.id)):
        acts.append(Key(visit.word("key_refund"), "refund", named))
    visit.show(_told(visit, shown), [*rows, *([acts] if acts else []), back(visit)])


def again(visit: Visit, facts: Facts) -> None:
    """Whose phone would be asked once more, for how much; then the button, or why not."""
    one = _shown(visit, facts).payment
    require_askable(visit.tx, PaymentId(one.id))
    told = visit.word("again_sure", amount=_sum(one.amount, one.currency), payer=one.payer, typed=one.reference)
    yes = Key(visit.word("key_yes"), "again_now", {"payment": one.id.hex}, once=True)
    visit.say(told, [[yes, Key(visit.word("key_no"), "menu", once=True)]])


def again_now(visit: Visit, facts: Facts) -> None:
    done = ask_again(visit.tx, AskAgain(PaymentId(UUID(facts["payment"])), visit.actor, visit.room.trace))
    look = Key(visit.word("key_look"), "payment", {"payment": done.payment.hex})
    visit.show(visit.word("asked_again", amount=done.amount, name=visit.me.name), [[look], back(visit)])


def _waits(line: PaymentLine) -> bool:
    return bool(int(line.suspense.replace(".", "")))


def _told(visit: Visit, shown: PaymentShown) -> str:
    one = shown.payment
    local = one.times.initiated.astimezone(ZoneInfo(visit.room.organisation.time_zone))
    lines = [
        visit.word("payment_head", amount=_sum(one.amount, one.currency), state=visit.word(f"state_{one.status}")),
        visit.word(
            "payment_when", day=day_in(local.date(), visit.language), time=f"{local:%H:%M}", provider=one.provider
        ),
        visit.word("payment_from", payer=one.payer, name=shown.payer_name or "-", typed=one.reference or "-"),
    ]
    if one.receipt or one.receipt_number:
        lines.append(visit.word("payment_receipts", theirs=one.receipt or "-", ours=one.receipt_number or "-"))
    lines += [
        visit.word("payment_share", account=part.account, amount=_sum(part.amount, one.currency))
        for part in one.applied
    ]
    if _waits(one):
        lines.append(visit.word("payment_waits", amount=_sum(one.suspense, one.currency)))
    if shown.fail_reason:
        lines.append(visit.word("payment_failed", reason=shown.fail_reason))
    return "\n".join(lines)


def history(visit: Visit, facts: Facts) -> None:
    """What became of it, step by step: who, from where, why."""
    shown, zone = _shown(visit, facts), ZoneInfo(visit.room.organisation.time_zone)
    steps = [
        f"<b>{step.at.astimezone(zone):%d.%m. %H:%M:%S}</b> {escape(step.state)} · {escape(step.action)}\n"
        f"{escape(' · '.join(part for part in (step.actor, step.origin, step.reason) if part))}"
        for step in shown.history[-MOST_STEPS:]
    ]
    visit.show("\n".join([visit.word("history"), *steps]), [_to_payment(visit, facts), back(visit)])


def said(visit: Visit, facts: Facts) -> None:
    """Every exchange with the provider, redacted."""
    shown, zone = _shown(visit, facts), ZoneInfo(visit.room.organisation.time_zone)
    lines, left = [visit.word("said")], MOST_SAID
    for one in shown.exchanges:
        head = f"{one.at.astimezone(zone):%d.%m. %H:%M:%S} {one.direction} {one.operation}: {one.outcome}"
        body = " ".join(part for part in (one.request, one.response) if part)[: max(0, min(900, left))]
        left -= len(body) + len(head)
        lines.append(f"<b>{escape(head)}</b>" + (f"\n<pre>{escape(body, quote=False)}</pre>" if body else ""))
    visit.show("\n".join(lines), [_to_payment(visit, facts), back(visit)])


def _to_payment(visit: Visit, facts: Facts) -> list[Key]:
    return [Key(visit.word("key_back"), "payment", {"payment": facts["payment"]})]


def receipt(visit: Visit, facts: Facts) -> None:
    """The paper, into this chat. Names and phones are whole on it: so never into a group."""
    shown = _shown(visit, facts)
    visit.require_private()
    caption = visit.word("paper_receipt", number=shown.payment.receipt_number or "-")
    visit.room.paper(RECEIPT, shown.payment.id, caption)


def statement(visit: Visit, facts: Facts) -> None:
    _require(visit)
    visit.require_private()
    account = UUID(facts["account"])
    visit.room.paper(STATEMENT, account, visit.word("paper_statement"))


def _require(visit: Visit) -> None:
    action = Action.SEE_PAYMENTS
    require_for(visit.tx, visit.actor, action, visit.organisation, what="organisation", name="")


def _shown(visit: Visit, facts: Facts) -> PaymentShown:
    """Raises `NotFound` for a payment of somebody else's books."""
    _require(visit)
    payment = PaymentId(UUID(facts["payment"]))
    ours = listing.payments_named(visit.tx, str(payment), organisation=visit.organisation)
    shown = listing.payment_shown(visit.tx, payment, clear=visit.clear) if ours else None
    if shown is None:
        raise NotFound("payment", payment.hex)
    return shown


ACTS: dict[str, Act] = {
    "search": search,
    "found": found,
    "payment": show,
    "history": history,
    "said": said,
    "again": again,
    "again_now": again_now,
    RECEIPT: receipt,
    STATEMENT: statement,
}
QUESTIONS = {"found": answered}
