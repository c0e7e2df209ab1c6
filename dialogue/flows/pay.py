"""Paying for one's own children: one, all together, or another amount; and what is shown before the PIN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from core.callers import AccountView, Relation, share, whole_up
from core.ids import CustomerAccountId
from core.money import Money, total, zero
from core.payments import Part
from core.splitting import Split
from dialogue.answers import amount_within
from dialogue.conversation import Answers, Gone, Hop, View
from dialogue.flows.statement import of_account, of_child
from dialogue.screens import Act, Ask, Choice, Choose, Confirm, End, Item, Line, Menu, Screen, Shown
from dialogue.speech import day, money, name
from dialogue.world import Outcome
from usecases.commands import ChooseSplit, RequestPayment

ALL = "*"
"""In place of a reference: every child of the caller. No reference is made of punctuation."""


# --- how much there is to ask for --------------------------------------------------------------------------------------


def unasked(account: AccountView) -> Money:
    """What is owed and no prompt is asking for yet: nobody is prompted twice for one debt."""
    left = account.owed - account.pending
    return left if left.minor > 0 else zero(account.owed.currency)


def is_askable(account: AccountView) -> bool:
    """Is anything owed that no prompt is asking for yet?"""
    return account.owed.minor > account.pending.minor


def pending_of(relation: Relation) -> Money | None:
    """What phones are being asked for right now; None for nothing."""
    asked = [account.pending for account in relation.accounts if account.pending.minor]
    return total(asked, relation.currency) if asked else None


def askable(relation: Relation, accounts: Sequence[AccountView]) -> Money | None:
    """What one prompt can ask for of the debt of `accounts`: for each whole shillings that cover it, in all within the
    provider's limits. None for no debt."""
    currency, unit = relation.currency, relation.currency.unit
    left = sum([-(-max(0, account.owed.minor - account.pending.minor) // unit) for account in accounts])
    if not left:
        return None
    least, most = whole_up(relation.least).minor // unit, relation.most.minor // unit
    return Money(min(max(left, least), most) * unit, currency)


def next_due(relation: Relation, account: AccountView) -> Money | None:
    """What is asked for first: of a loan its next instalment, else all that is owed. Within what one prompt may ask for."""
    part = account.instalment
    if account.is_loan and part and part < account.owed and not account.pending:
        return max(min(whole_up(part), relation.most), whole_up(relation.least))
    return askable(relation, [account])


def to_pay_only(view: View) -> Answers:
    """All that the caller's only child owes, or the next instalment of their only loan."""
    account = view.accounts[0]
    return {"whom": account.reference, "amount": _minor(next_due(view.relation, account))}


def to_pay_all(view: View) -> Answers:
    """All that all children owe."""
    return {"whom": ALL, "amount": _minor(askable(view.relation, view.accounts))}


def to_pay_chosen(view: View) -> Answers:
    """All that the chosen child owes."""
    return {"amount": _minor(askable(view.relation, [view.account]))}


def has_instalment(view: View) -> bool:
    """Is there less than all to be paid next, and no prompt asking for anything?"""
    account = view.account
    return account.instalment is not None and account.instalment < account.owed and not account.pending


def to_pay_instalment(view: View) -> Answers:
    """The next instalment of the chosen account, within what one prompt may ask for."""
    asked = view.account.instalment
    relation = view.relation
    return {"amount": max(min(whole_up(asked), relation.most), whole_up(relation.least)).minor if asked else 0}


def _minor(amount: Money | None) -> int:
    return amount.minor if amount else 0


# --- choosing a child --------------------------------------------------------------------------------------------------


def children(view: View) -> list[Item]:
    return [
        Item(
            ("item", {"student": name(account.holder), "owed": money(account.owed)}),
            {"whom": account.reference},
        )
        for account in view.accounts
    ]


def together(view: View) -> Shown:
    due = askable(view.relation, view.accounts)
    return Shown({"due": money(due) if due else ""})


def several_owe(view: View) -> bool:
    return len([account for account in view.accounts if is_askable(account)]) > 1


WAYS = (Split.DEBT, Split.EQUAL, Split.OLDEST)
"""What a small screen offers; an order of children or weights are agreed on at the desk."""


def ways(view: View) -> list[Item]:
    return [Item((way.value, {}), {"split": way.value}) for way in WAYS]


def chosen_way(view: View) -> ChooseSplit:
    return ChooseSplit(view.relation.organisation, view.caller.msisdn, Split(str(view.answers["split"])), "ussd")


def told_way(view: View) -> Shown:
    """What holds from the next call on, said in its own words."""
    return Shown(lines=[(str(view.answers["split"]), {})])


def chosen(view: View) -> Shown:
    """One child: class and number, what is owed and since when, what is being asked for, what is held in credit."""
    account = view.account
    due = askable(view.relation, [account])
    part = whole_up(account.instalment) if account.instalment else None
    facts = {"student": name(account.holder), "due": money(due) if due else "", "part": money(part) if part else ""}
    lines: list[Line] = [_place(account)]
    if not account.owed:
        lines.append(("clear", {}))
    elif account.instalment and (by := account.instalment_by or account.due_on):
        facts_of = {"owed": money(account.owed), "amount": money(account.instalment), "on": day(by)}
        lines.append(("plan", facts_of))
    elif account.due_on is None:
        lines.append(("owes", {"owed": money(account.owed)}))
    else:
        lines.append(("owes_by", {"owed": money(account.owed), "on": day(account.due_on)}))
    if account.promised:
        amount, on = account.promised
        lines.append(("promised", {"amount": money(amount), "on": day(on)}))
    if account.pending:
        lines.append(("pending", {"pending": money(account.pending)}))
    if account.credit:
        lines.append(("credit", {"credit": money(account.credit)}))
    return Shown(facts, lines)


def _place(account: AccountView) -> Line:
    if account.group:
        return "place", {"group": name(account.group), "reference": account.reference}
    return "number", {"reference": account.reference}


def owes(view: View) -> bool:
    return is_askable(view.account)


def may_promise(view: View) -> bool:
    """Only what is owed, and nobody is asked for yet, can be promised; and not to everybody again."""
    return view.account.may_promise and is_askable(view.account)


# --- another amount ----------------------------------------------------------------------------------------------------


def payee(view: View) -> Shown:
    """For whom the amount is asked."""
    whom = view.answers.get("whom")
    facts = {"currency": view.relation.currency.symbol}
    if whom == ALL:
        owed = money(view.relation.owed)
        return Shown(facts, [("all", {"owed": owed})])
    if whom:
        account = view.account
        return Shown(facts, [("one", {"student": name(account.holder), "owed": money(account.owed)})])
    return Shown(facts, [("other", {"reference": str(view.answers.get("number", ""))})])


def typed_amount(text: str, view: View) -> Answers:
    return {"amount": amount_within(text, view.relation).minor}


# --- what is about to happen -------------------------------------------------------------------------------------------


def draft(view: View, hop: Hop) -> RequestPayment:
    """The request as it will be made: what the confirm screen shows, and what its first choice sends."""
    relation = view.relation
    parts, reference = _parts(view, Money(int(view.answers["amount"]), relation.currency))
    return RequestPayment(
        intent=hop.intent,
        organisation=relation.organisation,
        payer=view.caller.msisdn,
        contact=relation.contact,
        parts=parts,
        reference=reference,
        language=view.language,
        trace=hop.trace,
    )


def _parts(view: View, amount: Money) -> tuple[tuple[Part, ...], str]:
    """The shares of `amount`, and the reference that the payer sees on the phone."""
    whom = view.answers.get("whom")
    if whom == ALL:
        accounts = view.accounts
        if not accounts:
            raise Gone
        parts = share(amount, [replace(account, owed=unasked(account)) for account in accounts], view.relation.rule)
        by_id = {account.account: account for account in accounts}
        return parts, by_id[parts[0].account].reference
    if whom:
        return (Part(view.account.account, amount),), view.account.reference
    if "found" not in view.answers:
        raise Gone
    found = CustomerAccountId(UUID(str(view.answers["found"])))
    return (Part(found, amount),), str(view.answers["number"])


def about_to_pay(view: View) -> Shown:
    """Who, how much, to whom: all of it, whoever is paid for."""
    request, relation = view.draft, view.relation
    amount = total([part.amount for part in request.parts], relation.currency)
    known = {account.account: account for account in relation.accounts}
    lines: list[Line] = []
    for part in request.parts:
        account = known.get(part.account)
        if account is None:
            lines.append(("other", {"reference": request.reference}))
        elif len(request.parts) == 1:
            lines.append(("one", {"student": name(account.holder), "reference": account.reference}))
        else:
            lines.append(("part", {"student": name(account.holder), "amount": money(part.amount)}))
    return Shown({"amount": money(amount), "organisation": name(relation.name)}, lines)


def requested(view: View) -> RequestPayment:
    return view.draft


def nothing_kept(_: Outcome) -> Answers:
    return {}


def prompted(view: View) -> Shown:
    """The prompt comes after this page; and how to pay if it does not."""
    request, relation = view.draft, view.relation
    amount = total([part.amount for part in request.parts], relation.currency)
    facts = {"amount": money(amount), "organisation": name(relation.name)}
    if not relation.shortcode:
        return Shown(facts, [("again", {})])
    return Shown(facts, [("paybill", {"shortcode": relation.shortcode, "reference": request.reference})])


SCREENS: tuple[Screen, ...] = (
    Choose(
        "pay.children",
        items=children,
        then="pay.child",
        shows=together,
        choices=(
            Choice("all", "pay.confirm", when=several_owe, sets=to_pay_all),
            Choice("split", "pay.split"),
        ),
    ),
    Choose("pay.split", items=ways, then="pay.divide"),
    Act("pay.divide", effect=chosen_way, keeps=nothing_kept, then="pay.divided"),
    End("pay.divided", shows=told_way),
    Menu(
        "pay.child",
        shows=chosen,
        choices=(
            Choice("instalment", "pay.confirm", when=has_instalment, sets=to_pay_instalment),
            Choice("owed", "pay.confirm", when=owes, sets=to_pay_chosen),
            Choice("amount", "pay.amount"),
            Choice("later", "promise.day", when=may_promise),
            Choice("statement", "statement.send", when=of_account, sets=of_child),
        ),
    ),
    Ask("pay.amount", shows=payee, answer=typed_amount, then="pay.confirm"),
    Confirm(
        "pay.confirm",
        drafts=draft,
        shows=about_to_pay,
        choices=(Choice("now", "pay.send"), Choice("change", "pay.amount")),
    ),
    Act("pay.send", effect=requested, keeps=nothing_kept, then="pay.sent"),
    End("pay.sent", shows=prompted),
)
