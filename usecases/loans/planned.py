"""What somebody said yes to for a day to come: on that day their phone is asked for its PIN, once. Only the PIN pays."""

from __future__ import annotations

from core.errors import DomainError
from core.payments import Part
from core.phones import Msisdn
from core.schedule import Due
from storage import callers, organisations, promises, texts
from storage.texts import Plan
from storage.tx import Tx
from usecases.commands import RequestPayment
from usecases.promises import is_redeemed
from usecases.prompts import request_payment
from usecases.schedule import complete


def ask_planned(tx: Tx, due: Due) -> str:
    """Ask the phones whose day has come. What was paid in the meantime, or cannot be paid any more, is not asked for."""
    today = organisations.by_id(tx, due.organisation).local_day(tx.now)
    found = [plan for plan in texts.planned(tx, due.organisation) if plan.offer.due_on <= today.isoformat()]
    if not complete(tx, due, f"{len(found)} plans"):
        return "done before"
    asked = 0
    for plan in found:
        asked += _ask(tx, due, plan)
        texts.end_plan(tx, plan)
    return f"{asked} phones of {len(found)} plans"


def _ask(tx: Tx, due: Due, plan: Plan) -> bool:
    offer, phone = plan.offer, Msisdn(plan.sender)
    seen = callers.relation(tx, due.organisation, phone)
    own = next((one for one in seen.accounts if one.account == offer.account_id), None) if seen else None
    promised = promises.last_of(tx, [offer.account_id]).get(offer.account_id)
    if seen is None or own is None or own.owed < offer.money or (promised and is_redeemed(tx, promised)):
        return False
    wish = RequestPayment(
        intent=f"sms:{plan.id.hex}",
        organisation=due.organisation,
        payer=phone,
        contact=seen.contact,
        parts=(Part(own.account, offer.money),),
        reference=own.reference,
        language="",
        trace=plan.trace,
    )
    try:
        request_payment(tx, wish)
    except DomainError:  # beyond limits that are new
        return False
    return True
