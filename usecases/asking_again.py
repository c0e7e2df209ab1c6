"""A prompt that surely brought no money is asked for once more, as staff wish it (PAY-13). Only the payer's PIN pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.errors import DomainError, NotFound
from core.ids import PaymentId
from core.money import Money, total, zero
from core.organisations import zone_of
from core.payments import FailReason, Method, Payment, Status
from core.permissions import Action, Actor, require
from core.phones import Msisdn
from storage import audit, customer_accounts, exchanges, holds, organisations
from storage import payments as store
from storage.payments import Stored
from storage.tx import Tx
from usecases.commands import RequestPayment
from usecases.noting import decided
from usecases.prompts import ask_phone
from usecases.rights import require_for


@dataclass(eq=False)
class NotSurelyUnpaid(DomainError):
    """It was no prompt, or money came for it, or may have come: a phone that has paid is not asked again."""

    code: ClassVar[str] = "not_surely_unpaid"


@dataclass(eq=False)
class LessOwed(DomainError):
    """What it asked for is not owed any more, or not all of it."""

    code: ClassVar[str] = "less_owed"
    reference: str


@dataclass(eq=False)
class BeingAsked(DomainError):
    """Another prompt asks for the same debt right now."""

    code: ClassVar[str] = "being_asked"
    reference: str


@dataclass(eq=False)
class AtNight(DomainError):
    """By the payer's clock people are not disturbed now."""

    code: ClassVar[str] = "at_night"
    until: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask for what the prompt `payment` asked for. Said twice, or by two people, it is asked once."""

    payment: PaymentId
    actor: Actor
    trace: str


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """`payment` is the new one, which follows `failed`."""

    payment: PaymentId
    failed: PaymentId
    amount: Money


def ask_again(tx: Tx, wish: AskAgain) -> AskedAgain:
    """The payer's phone is asked for the same parts under the same reference. A prompt that fails anew may be followed in turn."""
    require(wish.actor, Action.AGREE)
    stored = store.load(tx, wish.payment, lock=True)
    if stored is None:
        raise NotFound("payment", wish.payment.hex)
    failed = stored.payment
    require_for(tx, wish.actor, Action.AGREE, failed.organisation, what="payment", name=wish.payment.hex)
    if before := store.of_intent(tx, failed.organisation, _intent(failed)):
        return AskedAgain(before[1], failed.id, failed.amount)
    phone = _phone(tx, stored, lock=True)
    request = RequestPayment(
        intent=_intent(failed),
        organisation=failed.organisation,
        payer=phone,
        contact=failed.payer_contact,
        parts=failed.parts,
        reference=failed.reference,
        language="",
        trace=wish.trace,
    )
    asked = ask_phone(tx, request, wish.actor, follows=failed.id)
    store.advance(tx, failed)
    audit.record(tx, [(decided(failed, store.ASKED_AGAIN, reason=asked.payment.hex, trace=wish.trace), wish.actor)])
    return AskedAgain(asked.payment, failed.id, asked.amount)


def _intent(failed: Payment) -> str:
    return f"again:{failed.id.hex}"


def require_askable(tx: Tx, payment: PaymentId) -> None:
    """A query: raise why this payment's phone cannot be asked again now."""
    stored = store.load(tx, payment)
    if stored is None:
        raise NotFound("payment", payment.hex)
    _phone(tx, stored, lock=False)


def _phone(tx: Tx, stored: Stored, *, lock: bool) -> Msisdn:
    """The phone that may be asked. A payer who was forgotten has none."""
    failed = stored.payment
    _require_surely_unpaid(tx, failed)
    _require_owed(tx, failed, lock=lock)
    seen = store.open_payer(tx, stored.payer_sealed)
    if not seen.msisdn:
        raise NotFound("phone", failed.reference)
    phone = Msisdn(seen.msisdn)
    voice = organisations.voices(tx, [failed.organisation])[failed.organisation]
    zone = zone_of(phone, voice.time_zone)
    if (until := voice.quiet.end_of(tx.now, zone)) is not None:
        raise AtNight(f"{until.astimezone(zone):%H:%M}")
    return phone


def _require_surely_unpaid(tx: Tx, payment: Payment) -> None:
    """What expired may have been paid; and what the provider once called paid, or was paid as an equal one, has been."""
    if (
        payment.method is not Method.PROMPT
        or payment.status is not Status.FAILED
        or store.fail_reason(tx, payment.id) is FailReason.PAID_TWICE_AS_ONE
        or exchanges.told_paid_since(tx, payment.id) is not None
    ):
        raise NotSurelyUnpaid


def _require_owed(tx: Tx, payment: Payment, *, lock: bool) -> None:
    """Each part is owed still, beside what other prompts ask for. With the lock nobody else can ask or pay meanwhile."""
    accounts = [part.account for part in payment.parts]
    found = customer_accounts.standings(tx, accounts, lock=lock)
    held = holds.active(tx, accounts, now=tx.now)
    for part in payment.parts:
        account = found[part.account].account
        owed = total([item.outstanding for item in account.items], part.amount.currency)
        if owed < part.amount:
            raise LessOwed(account.reference)
        if owed - held.get(part.account, zero(part.amount.currency)) < part.amount:
            raise BeingAsked(account.reference)
