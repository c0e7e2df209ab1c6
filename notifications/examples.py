"""Examples of every message: what a template is tried with before it is used. The first is an ordinary one, the others are
its turns of phrase and its longest names and sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from enum import Enum
from itertools import product
from typing import Any, get_args, get_type_hints

from core.approvals import SubjectKind
from core.messages import (
    Answer,
    ApprovalWaits,
    ArrearsCritical,
    ArrearsWarning,
    DailySummary,
    FundLow,
    FundPaymentEnd,
    FundPaymentTold,
    GivingStep,
    InvoiceIssued,
    LoanTold,
    Message,
    OneTimeCode,
    PaperName,
    PaperSent,
    PaymentFailed,
    PaymentHeld,
    PaymentReceived,
    PaymentReversed,
    RefundStep,
    RefundTold,
    ReminderBeforeDue,
    Reply,
    TextAnswered,
    WishAnswered,
)
from core.money import Currency, Money
from core.payments import FailReason
from core.payouts import FailReason as WhyNotPaid

SCHOOL, LONG = "Kilimani View School", "Our Lady of Perpetual Help Academy Ruiru"
PAID, LARGE, NOTHING = Money(150_000, Currency.KES), Money(999_999_950, Currency.KES), Money(0, Currency.KES)
REFERENCE, RECEIPT, CODE, THEIRS = "KV1042", "R000321", "7K2M9-QXAV9", "UKK4A7PQ2X"
LINK = f"https://pay.kilimani-view.ac.ke/d/{48 * 'x'}"
DUE, USSD = date(2027, 9, 28), "*384*70421#"

_RECEIVED = PaymentReceived(SCHOOL, PAID, REFERENCE, 0, PAID, RECEIPT, CODE, THEIRS)
_FAILED = PaymentFailed(SCHOOL, PAID, REFERENCE, FailReason.CANCELLED, "600984")
_ALL: tuple[Message, ...] = (
    _RECEIVED,
    replace(_RECEIVED, balance=NOTHING),
    replace(_RECEIVED, organisation=LONG, amount=LARGE, balance=-LARGE, others=12),
    PaymentHeld(SCHOOL, PAID, "ADM2231", CODE, THEIRS),
    PaymentHeld(LONG, LARGE, "", CODE, THEIRS),
    _FAILED,
    *(replace(_FAILED, reason=reason, organisation=LONG, amount=LARGE) for reason in FailReason),
    PaymentReversed(SCHOOL, PAID, REFERENCE, RECEIPT, THEIRS),
    PaymentReversed(LONG, LARGE, "", RECEIPT, THEIRS),
    *(RefundTold(SCHOOL, step, "RF-000012", PAID, THEIRS) for step in RefundStep),
    *(RefundTold(LONG, step, "RF-999999", LARGE, THEIRS) for step in RefundStep),
    *(LoanTold(SCHOOL, step, "LOAN-000123", PAID, DUE, PAID) for step in GivingStep),
    *(ApprovalWaits(SCHOOL, kind, "TP-000012", PAID, USSD) for kind in SubjectKind),
    *(ApprovalWaits(LONG, kind, "TP-999999", LARGE, "") for kind in SubjectKind),
    ApprovalWaits(SCHOOL, SubjectKind.REFUND, "RF-000012", NOTHING, USSD),
    FundLow(SCHOOL, "Kitchen", PAID, PAID, USSD),
    FundLow(LONG, "The kitchen of the upper house", LARGE, LARGE, ""),
    FundPaymentTold(SCHOOL, FundPaymentEnd.PAID, "TP-000012", PAID, "Juma Garage", THEIRS, None),
    FundPaymentTold(LONG, FundPaymentEnd.PAID, "TP-999999", LARGE, "Wanjiku Nyambura Kamau", THEIRS, None),
    *(
        FundPaymentTold(LONG, end, "TP-999999", LARGE, "Wanjiku Nyambura Kamau", "", reason)
        for end in (FundPaymentEnd.FAILED, FundPaymentEnd.RETURNED)
        for reason in (None, *WhyNotPaid)
    ),
    InvoiceIssued(SCHOOL, PAID, REFERENCE, PAID, DUE),
    InvoiceIssued(LONG, LARGE, REFERENCE, -LARGE, DUE),
    InvoiceIssued(SCHOOL, PAID, REFERENCE, PAID, DUE, LINK),
    *(PaperSent(SCHOOL, paper, "Asha Wanjiru", LINK) for paper in PaperName),
    OneTimeCode(SCHOOL, "482913", "RF-000012", PAID, "254712***678"),
    OneTimeCode(LONG, "482913", "RF-000012", LARGE, "254712***678"),
    OneTimeCode(SCHOOL, "482913", "RF-000012", NOTHING, ""),
    DailySummary(SCHOOL, DUE, PAID, 137, 2, 1),
    DailySummary(LONG, DUE, LARGE, 99_999, 0, 0),
    *(
        kind(name, amount, REFERENCE, DUE, code)
        for kind in (ReminderBeforeDue, ArrearsWarning, ArrearsCritical)
        for name, amount, code in ((SCHOOL, PAID, USSD), (LONG, LARGE, ""))
    ),
    *(TextAnswered(name, answer, USSD) for name in (SCHOOL, LONG) for answer in Answer),
    *(WishAnswered(SCHOOL, reply, PAID, PAID, DUE, REFERENCE, "Amani Kamau") for reply in Reply),
    *(WishAnswered(LONG, reply, LARGE, LARGE, DUE, REFERENCE, "Wanjiku Nyambura") for reply in Reply),
)


_USUAL: Mapping[type[Any], object] = {Money: PAID, int: 2, date: DUE, bool: True}
_NAMED: Mapping[str, str] = {
    "organisation": SCHOOL,
    "receipt_number": RECEIPT,
    "receipt_code": CODE,
    "provider_receipt": THEIRS,
    "code": USSD,
    "shortcode": "600984",
}


def made(kind: type[Message]) -> tuple[Message, ...]:
    """Ordinary examples of a message that has none above: one for each word that a fact of it may be."""
    hints = get_type_hints(kind)
    types = {field.name: hints[field.name] for field in fields(kind)}
    facts = {name: _NAMED.get(name, _USUAL.get(type_, REFERENCE)) for name, type_ in types.items()}
    words = {name: list(type_) for name, type_ in types.items() if isinstance(type_, type) and issubclass(type_, Enum)}
    build: Any = kind
    return tuple(build(**{**facts, **dict(zip(words, said, strict=True))}) for said in product(*words.values()))


def _by_event() -> Mapping[str, tuple[Message, ...]]:
    found: dict[str, list[Message]] = {}
    for message in _ALL:
        found.setdefault(message.event, []).append(message)
    return {kind.event: tuple(found.get(kind.event, ())) or made(kind) for kind in get_args(Message)}


EXAMPLES = _by_event()
