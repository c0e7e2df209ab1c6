"""Payments: looked for, seen with their witnesses, and those in suspense given to their owners (PAY-7, PAY-12)."""

from __future__ import annotations

import contextlib
from datetime import date
from enum import Enum
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from core.document_links import PaperKind
from core.errors import NotFound
from core.ids import CustomerAccountId, OrganisationId, PaymentId
from core.money import Money
from core.payments import Method, Status
from core.permissions import Action
from core.placements import LONGEST_WHY
from core.refunds import Refund
from storage import callers, customer_accounts, listing, organisations, suspense
from storage import payments as payment_store
from storage import refunds as refund_store
from storage import students as student_store
from storage.listing import PaymentShown
from storage.students import StudentLine
from storage.suspense import Waiting
from storage.tx import Tx
from usecases.asking_again import AskAgain, ask_again, require_askable
from usecases.documents import new_token
from usecases.finding import Wanted, find_payments
from usecases.placements import Asked
from usecases.refunds.asking import most_refundable
from usecases.suspense import AssignSuspense, assign
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in

LIST, WAITING = "/staff/payments", "/staff/suspense"
A_PAGE = 30
MOST_WAITING = 100
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Beyond these no payment is, and no clock of ours."""


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    return [
        desk.get(LIST, doors.search, needs=Action.SEE_PAYMENTS),
        desk.get(f"{LIST}/{{id}}", doors.show, needs=Action.SEE_PAYMENTS),
        desk.get(f"{LIST}/{{id}}/receipt", doors.receipt, needs=Action.SEE_PAYMENTS),
        desk.get(f"{LIST}/{{id}}/again", doors.again, needs=Action.AGREE),
        desk.post(f"{LIST}/{{id}}/again", doors.ask_again, needs=Action.AGREE),
        desk.get(WAITING, doors.waiting, needs=Action.SEE_SUSPENSE),
        desk.get(f"{WAITING}/{{id}}", doors.owner, needs=Action.ASSIGN_SUSPENSE),
        desk.post(f"{WAITING}/{{id}}", doors.assign, needs=Action.ASSIGN_SUSPENSE),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._app = desk.app

    async def search(self, visit: Visit) -> Reply:
        """By receipt, ours or the provider's; by phone, account, invoice or name; or the newest of a state, a way and some days."""
        asked = {name: visit.asked(name, 60) for name in ("q", "state", "method", "provider", "since", "until")}
        providers = await self._app.read(organisations.providers, visit.school.id)
        before = None
        with contextlib.suppress(ValueError):
            before = UUID(visit.asked("before"))
        wanted = Wanted(
            text=asked["q"],
            status=_of(Status, asked["state"]),
            method=_of(Method, asked["method"]),
            provider=asked["provider"] if asked["provider"] in providers else None,
            since=_day(asked["since"]),
            until=_day(asked["until"]),
            before=before,
            clear=visit.may(Action.SEE_WHOLE_PHONES),
            limit=A_PAGE + 1,
        )
        found = await self._app.read(find_payments, visit.school, wanted)
        facts = {
            "found": found[:A_PAGE],
            "more": found[A_PAGE - 1].id if len(found) > A_PAGE else None,
            "asked": asked,
            "states": [each.value for each in Status],
            "methods": [each.value for each in Method],
            "providers": providers,
        }
        return Page("payments.html", facts)

    async def show(self, visit: Visit) -> Reply:
        payment = PaymentId(id_in(visit, "id"))
        clear = visit.may(Action.SEE_WHOLE_PHONES)
        shown = await self._app.read(_shown, visit.school.id, payment, clear=clear)
        most, back = await self._app.read(_paid_back, payment)
        return Page("payment.html", {"shown": shown, "one": shown.payment, "most": most, "refunds": back})

    async def receipt(self, visit: Visit) -> Reply:
        """The paper that the payer gets, by a link that ends."""
        token = await self._app.read(_receipt, visit.school.id, PaymentId(id_in(visit, "id")), visit.language)
        return Go(f"/d/{token}")

    # --- what failed ---

    async def again(self, visit: Visit) -> Reply:
        """Whose phone, how much and for whom; then the button, or why there is none."""
        payment = PaymentId(id_in(visit, "id"))
        shown, shares = await self._app.read(
            _asked_for, visit.school.id, payment, clear=visit.may(Action.SEE_WHOLE_PHONES)
        )
        if shown.followed_by is not None:
            return Go(f"{LIST}/{shown.followed_by}")
        ready = await attempt(visit, self._app.read(require_askable, payment), {})
        form = Form({}) if isinstance(ready, Done) else ready[0]
        status = 422 if visit.request.method == "POST" else 200
        return Page("again.html", {"one": shown.payment, "shares": shares, "form": form}, status)

    async def ask_again(self, visit: Visit) -> Reply:
        """The same form sent twice, or by two people, asks once."""
        wish = AskAgain(PaymentId(id_in(visit, "id")), visit.actor, self._app.ids.new().hex)
        done = await attempt(visit, self._app.write(ask_again, wish), {})
        if isinstance(done, Done):
            return Go(f"{LIST}/{done.answer.payment}", "asked_again")
        return await self.again(visit)

    # --- suspense ---

    async def waiting(self, visit: Visit) -> Reply:
        found = await self._app.read(suspense.waiting, visit.school.id, limit=MOST_WAITING)
        return Page("suspense.html", {"found": found})

    async def owner(self, visit: Visit) -> Reply:
        """First who is meant by the number; then the button."""
        typed = visit.asked("to", 40)
        one, owner = await self._app.read(_meant, visit.school.id, PaymentId(id_in(visit, "id")), typed)
        return Page("suspense_one.html", {"one": one, "owner": owner, "typed": typed, "form": Form({})})

    async def assign(self, visit: Visit) -> Reply:
        payment, typed = PaymentId(id_in(visit, "id")), visit.text("to")[:40]
        one, owner = await self._app.read(_meant, visit.school.id, payment, typed)
        form = Form(visit.fields)
        if owner is not None:
            why = visit.text("why")[:LONGEST_WHY]
            wish = AssignSuspense(payment, owner.number, visit.actor, self._app.ids.new().hex, why=why)
            done = await attempt(visit, self._app.write(assign, wish), {})
            if isinstance(done, Done):
                return Go(WAITING, "placement_asked" if isinstance(done.answer, Asked) else "assigned")
            form = done[0]
        return Page("suspense_one.html", {"one": one, "owner": owner, "typed": typed, "form": form}, 422)


T = TypeVar("T", bound=Enum)


def _of(kind: type[T], text: str) -> T | None:
    """What was chosen; nonsense asks for nothing."""
    return next((each for each in kind if each.value == text), None)


def _day(text: str) -> date | None:
    """A day as browsers send it; nonsense asks for nothing."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


# --- what the pages ask the books ---------------------------------------------------------------------------------------


def _shown(tx: Tx, organisation: OrganisationId, payment: PaymentId, *, clear: bool) -> PaymentShown:
    _of_ours(tx, organisation, payment)
    found = listing.payment_shown(tx, payment, clear=clear)
    assert found is not None
    return found


def _asked_for(
    tx: Tx, organisation: OrganisationId, payment: PaymentId, *, clear: bool
) -> tuple[PaymentShown, list[tuple[str, Money]]]:
    """A prompt, and what it asked for by account."""
    shown = _shown(tx, organisation, payment, clear=clear)
    stored = payment_store.load(tx, payment)
    parts = stored.payment.parts if stored else ()
    found = customer_accounts.standings(tx, [part.account for part in parts], lock=False)
    return shown, [(found[part.account].account.reference, part.amount) for part in parts]


def _paid_back(tx: Tx, payment: PaymentId) -> tuple[Money | None, list[Refund]]:
    """How much may still be asked for, and what was."""
    return most_refundable(tx, payment), refund_store.of_payment(tx, payment)


def _receipt(tx: Tx, organisation: OrganisationId, payment: PaymentId, language: str) -> str:
    _of_ours(tx, organisation, payment)
    return new_token(tx, PaperKind.RECEIPT, payment, language)


def _of_ours(tx: Tx, organisation: OrganisationId, payment: PaymentId) -> None:
    stored = payment_store.load(tx, payment)
    if stored is None or stored.payment.organisation != organisation:
        raise NotFound("payment", "")


def _meant(tx: Tx, organisation: OrganisationId, payment: PaymentId, typed: str) -> tuple[Waiting, StudentLine | None]:
    """The money that waits, and whose account the typed number surely means."""
    one = next((each for each in suspense.waiting(tx, organisation, limit=10_000) if each.payment == payment), None)
    if one is None:
        raise NotFound("payment", "")
    named = callers.account_named(tx, organisation, typed) if typed else None
    owner = student_store.by_account(tx, organisation, CustomerAccountId(named[0])) if named else None
    return one, owner
