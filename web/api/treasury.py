"""The treasury over JSON: funds, payments, variances, replenishments, the ledger (API-2). What it does are use cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core import codes
from core.approvals import Approval, ApprovalId, ContentHash, SubjectKind, Verdict
from core.errors import NotFound
from core.ids import PayoutId
from core.money import Currency, Money, parse_typed
from core.organisations import COUNTRIES
from core.payouts import Payee
from core.permissions import Action, require
from core.phones import Msisdn
from core.treasury import FundId, Replenishment, Status, Variance, WrongStatus, payment_number
from storage import approvals as approval_store
from storage import ledger, organisations
from storage import treasury as store
from storage.ledger import EntryKept
from storage.tx import Tx
from usecases import funds, second_factor, treasury, variances
from usecases.app import App
from usecases.approvals import Decide, person_of
from usecases.calling_back import CallBack, call_back, under_way
from usecases.deciding import decide
from usecases.funds import Replenish
from usecases.owners import OWNERS
from usecases.second_factor import SendCode, send_code
from usecases.treasury import ChangePayment, ExecutePayment, ReconcilePayment, RequestFundPayment, WithdrawPayment
from usecases.variances import RecordVariance
from web.api.desk import Asked, BadRequest, Endpoint
from web.api.shapes import (
    ApprovalShown,
    BalanceShown,
    CodeProven,
    CodeSent,
    CodeWish,
    EntryShown,
    FundShown,
    MaybeTyped,
    Page,
    PaymentChange,
    PaymentShown,
    PaymentWish,
    PostingShown,
    ReplenishmentShown,
    ReplenishWish,
    Ruled,
    Typed,
    VarianceShown,
    VarianceWish,
    balance_shown,
    fund_shown,
    payment_shown,
    replenishment_shown,
    signed,
    variance_shown,
)

# --- funds -------------------------------------------------------------------------------------------------------------


async def list_funds(app: App, asked: Asked) -> list[FundShown]:
    """Every fund of the organisation, by name."""
    return [fund_shown(one) for one in await app.read(store.funds_of, asked.bearer.organisation)]


async def read_fund(app: App, asked: Asked) -> FundShown:
    """One fund."""
    return fund_shown(await app.read(_fund, asked))


async def read_balance(app: App, asked: Asked) -> BalanceShown:
    """What it holds now, and the day it runs dry."""
    return balance_shown(await app.read(_forecast, asked))


async def replenish(app: App, asked: Asked) -> ReplenishmentShown:
    """Ask that it be filled up; where that waits already, this is the answer."""
    wish: ReplenishWish = asked.body
    fund = await app.read(_fund, asked)
    amount = parse_typed(wish.amount, fund.balance.currency) if wish.amount else None
    bearer = asked.bearer
    command = Replenish(bearer.organisation, fund.id, amount, bearer.actor, asked.trace)
    return await app.read(_replenishment_shown, await app.write(funds.replenish, command))


def _fund(tx: Tx, asked: Asked) -> Any:
    found = store.fund(tx, _meant(asked))
    if found is None or found.organisation != asked.bearer.organisation:
        raise NotFound("fund", _meant(asked).hex)
    return found


def _forecast(tx: Tx, asked: Asked) -> Any:
    return funds.forecast(tx, _fund(tx, asked))


def _meant(asked: Asked) -> UUID:
    assert asked.id is not None, "its path has an id"
    return asked.id


# --- payments ----------------------------------------------------------------------------------------------------------


async def list_payments(app: App, asked: Asked) -> Page[PaymentShown]:
    """The newest first; by status and fund."""
    fund, status = asked.uuid("fund_id"), asked.query.get("status")
    if status is not None and status not in {each.value for each in Status}:
        raise BadRequest("status", f"one of {', '.join(each.value for each in Status)}")
    filters = store.Filters(
        asked.bearer.organisation, Status(status) if status else None, FundId(fund) if fund else None
    )
    found = await app.read(store.listed, filters, limit=asked.limit + 1, before=asked.uuid("before"))
    shown = [payment_shown(one) for one in found[: asked.limit]]
    return Page(shown, shown[-1].id if len(found) > asked.limit else None)


async def create_payment(app: App, asked: Asked) -> PaymentShown:
    """Write a requisition. Others approve it."""
    wish: PaymentWish = asked.body
    bearer = asked.bearer
    currency, phone = await app.read(_read_for, asked, wish.payee_phone)
    command = RequestFundPayment(
        bearer.organisation,
        FundId(wish.fund),
        Payee(phone, wish.payee_name),
        parse_typed(wish.amount, currency),
        wish.purpose,
        wish.reason,
        bearer.actor,
        not_before=_utc(wish.not_before),
        trace=asked.trace,
    )
    return payment_shown(await app.write(treasury.request_payment, command))


def _utc(moment: datetime | None) -> datetime | None:
    """Raises `BadRequest` where the calendar ends."""
    try:
        return moment.astimezone(UTC) if moment is not None else None
    except OverflowError:
        raise BadRequest("not_before", "a moment of our time") from None


def _read_for(tx: Tx, asked: Asked, phone: str) -> tuple[Currency, Msisdn]:
    """The currency of the organisation, and a phone as it is written there."""
    organisation = organisations.by_id(tx, asked.bearer.organisation)
    return organisation.currency, Msisdn.parse(phone, country_code=COUNTRIES[organisation.country].calling_code)


async def read_payment(app: App, asked: Asked) -> PaymentShown:
    """One payment, with each time that somebody let it go."""
    return await app.read(_shown, asked)


def _shown(tx: Tx, asked: Asked) -> PaymentShown:
    payment = _payment(tx, asked)
    return payment_shown(payment, store.executions_of(tx, payment.id))


def _payment(tx: Tx, asked: Asked) -> Any:
    found = store.load(tx, _meant(asked))
    if found is None or found.organisation != asked.bearer.organisation:
        raise NotFound("payment", _meant(asked).hex)
    return found


async def change_payment(app: App, asked: Asked) -> PaymentShown:
    """Another payee, sum or purpose while it is pending: only whoever asked."""
    wish: PaymentChange = asked.body
    before = await app.read(_payment, asked)
    payee = before.payee
    if wish.payee_phone is not None:
        _, phone = await app.read(_read_for, asked, wish.payee_phone)
        payee = Payee(phone, payee.name)
    if wish.payee_name is not None:
        payee = Payee(payee.msisdn, wish.payee_name)
    command = ChangePayment(
        before.id,
        asked.bearer.actor,
        payee=payee,
        amount=parse_typed(wish.amount, before.amount.currency) if wish.amount else None,
        purpose=wish.purpose,
        reason=wish.reason,
        trace=asked.trace,
    )
    return payment_shown(await app.write(treasury.change_payment, command))


async def withdraw_payment(app: App, asked: Asked) -> PaymentShown:
    """Take it back, before anybody let it go: only whoever asked."""
    before = await app.read(_payment, asked)
    wish = WithdrawPayment(before.id, asked.bearer.actor, asked.trace)
    return payment_shown(await app.write(treasury.withdraw_payment, wish))


async def send_otp(app: App, asked: Asked) -> CodeSent:
    """Send a code to the bearer's own phone or chat, for this payment alone, as it is now."""
    approval, name, payee = await app.read(_approval_of_payment, asked)
    figures = codes.figures(app.random.below(codes.NUMBERS))
    wanted: CodeWish = asked.body
    wish = SendCode(approval.id, asked.bearer.actor, figures, wanted.by, name=name, payee=payee, trace=asked.trace)
    return CodeSent((await app.write(send_code, wish)).expires_at)


async def verify_otp(app: App, asked: Asked) -> CodeProven:
    """Prove oneself for this payment; executing it within five minutes then takes no code."""
    wish: Typed = asked.body
    approval, _, _ = await app.read(_approval_of_payment, asked)
    problem = await app.write(_verify, (approval.id, asked.bearer.actor, wish.code))
    if problem is not None:
        raise problem
    return CodeProven(verified=True)


def _verify(tx: Tx, command: tuple[ApprovalId, Any, str]) -> Any:
    id_, actor, code = command
    approval = approval_store.load(tx, id_, lock=True)
    assert approval is not None, "approvals are never removed"
    return second_factor.check(tx, approval, person_of(tx, actor), code, origin=actor.origin)


def _approval_of_payment(tx: Tx, asked: Asked) -> tuple[Approval, str, str]:
    payment = _payment(tx, asked)
    found = approval_store.of_subject(tx, payment.id)
    if found is None:
        raise NotFound("approval", payment.id.hex)
    return found, payment_number(payment.number), payment.payee.msisdn.masked


async def execute_payment(app: App, asked: Asked) -> PaymentShown:
    """Let an approved payment go, once; with a code here, or proven before by `verify_otp`."""
    wish: MaybeTyped = asked.body
    before = await app.read(_payment, asked)
    command = ExecutePayment(before.id, asked.bearer.actor, wish.code or "", asked.agent, asked.trace)
    done = await app.write(treasury.execute_payment, command)
    if done.problem is not None:
        raise done.problem
    return payment_shown(done.payment)


async def call_back_payment(app: App, asked: Asked) -> PaymentShown:
    """Call back what was let go while it surely has not left, before its day for example: whoever asked, or may let payments go."""
    payout = await app.read(_payout_under_way, asked)
    await app.write(call_back, CallBack(payout, asked.bearer.actor, asked.trace))
    return await app.read(_shown, asked)


def _payout_under_way(tx: Tx, asked: Asked) -> PayoutId:
    payment = _payment(tx, asked)
    found = under_way(tx, payment.id)
    if found is None:
        raise WrongStatus(payment.status.value)
    return found.id


async def reconcile_payment(app: App, asked: Asked) -> PaymentShown:
    """It was found on the provider's statement. Not by whoever let it go."""
    before = await app.read(_payment, asked)
    wish = ReconcilePayment(before.id, asked.bearer.actor, asked.trace)
    return payment_shown(await app.write(treasury.reconcile_payment, wish))


async def record_variance(app: App, asked: Asked) -> VarianceShown:
    """Say that less or more was spent; the CFO agrees."""
    wish: VarianceWish = asked.body
    before = await app.read(_payment, asked)
    adjusted = _amount(wish.adjusted, before.amount.currency)
    command = RecordVariance(before.id, adjusted, wish.reason, asked.bearer.actor, asked.trace)
    return await app.read(_variance_shown, await app.write(variances.record_variance, command))


def _amount(text: str, currency: Currency) -> Money:
    """Also nothing at all: everything came back."""
    return parse_typed(text, currency) if text.strip("0.") else Money(0, currency)


# --- deciding ----------------------------------------------------------------------------------------------------------


async def approve_payment(app: App, asked: Asked) -> ApprovalShown:
    """Say yes to a payment."""
    return await _decide(app, asked, await app.read(_payment, asked), Verdict.APPROVE)


async def reject_payment(app: App, asked: Asked) -> ApprovalShown:
    """Say no to a payment."""
    return await _decide(app, asked, await app.read(_payment, asked), Verdict.REJECT)


async def approve_variance(app: App, asked: Asked) -> ApprovalShown:
    """The CFO agrees: it is in the books at once. It takes a code."""
    return await _decide(app, asked, await app.read(_variance, asked), Verdict.APPROVE)


async def reject_variance(app: App, asked: Asked) -> ApprovalShown:
    return await _decide(app, asked, await app.read(_variance, asked), Verdict.REJECT)


async def approve_replenishment(app: App, asked: Asked) -> ApprovalShown:
    """Say yes: with enough of them the fund is filled up at once. The last one takes a code."""
    return await _decide(app, asked, await app.read(_replenishment, asked), Verdict.APPROVE)


async def reject_replenishment(app: App, asked: Asked) -> ApprovalShown:
    return await _decide(app, asked, await app.read(_replenishment, asked), Verdict.REJECT)


async def _decide(app: App, asked: Asked, subject: Any, verdict: Verdict) -> ApprovalShown:
    """A yes or a no to what the bearer was shown: if it is another thing by now, nothing is decided."""
    wish: Ruled = asked.body
    approval = await app.read(approval_store.of_subject, subject.id)
    if approval is None:
        raise NotFound("approval", subject.id.hex)
    command = Decide(
        approval.id,
        verdict,
        asked.bearer.actor,
        seen=ContentHash(bytes.fromhex(wish.seen)),
        code=wish.code or "",
        reason=wish.reason,
        trace=asked.trace,
    )
    done = await app.write(decide, command)
    if done.problem is not None:
        raise done.problem
    return ApprovalShown(done.approval.id, done.approval.state.value, done.approval.missing)


# --- variances and replenishments --------------------------------------------------------------------------------------


async def list_variances(app: App, asked: Asked) -> Page[VarianceShown]:
    """The newest first."""
    return await app.read(_variances, asked, asked.limit, asked.uuid("before"))


def _variances(tx: Tx, asked: Asked, limit: int, before: UUID | None) -> Page[VarianceShown]:
    found = store.variances_of(tx, asked.bearer.organisation, limit=limit + 1, before=before)
    shown = [_variance_shown(tx, one) for one in found[:limit]]
    return Page(shown, shown[-1].id if len(found) > limit else None)


async def read_variance(app: App, asked: Asked) -> VarianceShown:
    """One variance."""
    return await app.read(_variance_shown, await app.read(_variance, asked))


def _variance_shown(tx: Tx, one: Variance) -> VarianceShown:
    content = OWNERS[SubjectKind.VARIANCE].content(tx, one.id, lock=False)
    return variance_shown(one, content.hash)


def _variance(tx: Tx, asked: Asked) -> Any:
    found = store.variance(tx, _meant(asked))
    if found is None or found.organisation != asked.bearer.organisation:
        raise NotFound("variance", _meant(asked).hex)
    return found


async def list_replenishments(app: App, asked: Asked) -> Page[ReplenishmentShown]:
    """The newest first."""
    return await app.read(_replenishments, asked, asked.limit, asked.uuid("before"))


def _replenishments(tx: Tx, asked: Asked, limit: int, before: UUID | None) -> Page[ReplenishmentShown]:
    found = store.replenishments_of(tx, asked.bearer.organisation, limit=limit + 1, before=before)
    shown = [_replenishment_shown(tx, one) for one in found[:limit]]
    return Page(shown, shown[-1].id if len(found) > limit else None)


async def read_replenishment(app: App, asked: Asked) -> ReplenishmentShown:
    """One replenishment."""
    return await app.read(_replenishment_shown, await app.read(_replenishment, asked))


def _replenishment_shown(tx: Tx, one: Replenishment) -> ReplenishmentShown:
    content = OWNERS[SubjectKind.REPLENISHMENT].content(tx, one.id, lock=False)
    return replenishment_shown(one, content.hash)


def _replenishment(tx: Tx, asked: Asked) -> Any:
    found = store.replenishment(tx, _meant(asked))
    if found is None or found.organisation != asked.bearer.organisation:
        raise NotFound("replenishment", _meant(asked).hex)
    return found


# --- the ledger --------------------------------------------------------------------------------------------------------


async def list_entries(app: App, asked: Asked) -> Page[EntryShown]:
    """Every entry of the organisation, the newest first."""
    found = await app.read(ledger.listed, asked.bearer.organisation, limit=asked.limit + 1, before=asked.uuid("before"))
    return _page_of_entries(found, asked.limit)


async def read_entry(app: App, asked: Asked) -> EntryShown:
    """One entry with its lines. What touches no fund is for those who may see payments."""
    found = await app.read(ledger.entry, asked.bearer.organisation, _meant(asked))
    if found is None:
        raise NotFound("entry", _meant(asked).hex)
    if not any(line.account.code.startswith("asset:fund:") for line in found.postings):
        require(asked.bearer.actor, Action.SEE_PAYMENTS)
    return _entry(found)


async def list_by_fund(app: App, asked: Asked) -> Page[EntryShown]:
    """The entries that touch one fund, the newest first."""
    fund = asked.uuid("fund_id")
    assert fund is not None, "it must be there"
    found = await app.read(
        ledger.listed,
        asked.bearer.organisation,
        limit=asked.limit + 1,
        before=asked.uuid("before"),
        code=f"asset:fund:{fund.hex}",
    )
    return _page_of_entries(found, asked.limit)


def _page_of_entries(found: list[EntryKept], limit: int) -> Page[EntryShown]:
    shown = [_entry(one) for one in found[:limit]]
    return Page(shown, shown[-1].id if len(found) > limit else None)


def _entry(one: EntryKept) -> EntryShown:
    lines = [
        PostingShown(line.account.code, signed(Money(line.minor, line.account.currency)), line.account.currency.code)
        for line in one.postings
    ]
    about = (one.id, one.kind, one.value_on, one.recorded_at, one.subject, one.reverses)
    return EntryShown(*about, lines, one.reconciled_by, one.reconciled_at)


async def reconcile_entry(app: App, asked: Asked) -> EntryShown:
    """This entry of a fund was compared with what really happened: marked once, for good. Not by whoever carried it out."""
    bearer = asked.bearer
    wish = funds.ReconcileEntries(bearer.organisation, (_meant(asked),), bearer.actor, asked.trace)
    (entry,) = await app.write(funds.reconcile_entries, wish)
    return _entry(entry)


# --- the table ---------------------------------------------------------------------------------------------------------

_LIMIT = ("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 25})
_BEFORE = ("before", {"type": "string", "format": "uuid"})
_PAGED = (_LIMIT, _BEFORE)
_FUND = ("fund_id", {"type": "string", "format": "uuid"})
_STATUS = ("status", {"type": "string", "enum": [status.value for status in Status]})

SEE, ASK = Action.SEE_FUNDS, Action.REQUEST_PAYMENT

ENDPOINTS = (
    Endpoint("GET", "/api/funds/", list_funds, SEE, list[FundShown]),
    Endpoint("GET", "/api/funds/{id}/", read_fund, SEE, FundShown),
    Endpoint("GET", "/api/funds/{id}/balance/", read_balance, SEE, BalanceShown),
    Endpoint("POST", "/api/funds/{id}/replenish/", replenish, ASK, ReplenishmentShown, ReplenishWish, status=201),
    Endpoint("GET", "/api/payments/", list_payments, SEE, Page[PaymentShown], query=(*_PAGED, _FUND, _STATUS)),
    Endpoint("POST", "/api/payments/", create_payment, ASK, PaymentShown, PaymentWish, status=201),
    Endpoint("GET", "/api/payments/{id}/", read_payment, SEE, PaymentShown),
    Endpoint("PATCH", "/api/payments/{id}/", change_payment, ASK, PaymentShown, PaymentChange),
    Endpoint("DELETE", "/api/payments/{id}/", withdraw_payment, ASK, PaymentShown),
    Endpoint("POST", "/api/payments/{id}/approve/", approve_payment, Action.DECIDE, ApprovalShown, Ruled),
    Endpoint("POST", "/api/payments/{id}/reject/", reject_payment, Action.DECIDE, ApprovalShown, Ruled),
    Endpoint("POST", "/api/payments/{id}/send_otp/", send_otp, Action.DECIDE, CodeSent, CodeWish),
    Endpoint("POST", "/api/payments/{id}/verify_otp/", verify_otp, Action.DECIDE, CodeProven, Typed),
    Endpoint("POST", "/api/payments/{id}/execute/", execute_payment, Action.EXECUTE_PAYMENT, PaymentShown, MaybeTyped),
    Endpoint("POST", "/api/payments/{id}/call_back/", call_back_payment, ASK, PaymentShown),
    Endpoint("POST", "/api/payments/{id}/reconcile/", reconcile_payment, Action.RECONCILE_PAYMENT, PaymentShown),
    Endpoint(
        "POST", "/api/payments/{id}/record_variance/", record_variance, ASK, VarianceShown, VarianceWish, status=201
    ),
    Endpoint("GET", "/api/variances/", list_variances, SEE, Page[VarianceShown], query=_PAGED),
    Endpoint("GET", "/api/variances/{id}/", read_variance, SEE, VarianceShown),
    Endpoint("POST", "/api/variances/{id}/approve/", approve_variance, Action.DECIDE, ApprovalShown, Ruled),
    Endpoint("POST", "/api/variances/{id}/reject/", reject_variance, Action.DECIDE, ApprovalShown, Ruled),
    Endpoint("GET", "/api/replenishments/", list_replenishments, SEE, Page[ReplenishmentShown], query=_PAGED),
    Endpoint("GET", "/api/replenishments/{id}/", read_replenishment, SEE, ReplenishmentShown),
    Endpoint("POST", "/api/replenishments/{id}/approve/", approve_replenishment, Action.DECIDE, ApprovalShown, Ruled),
    Endpoint("POST", "/api/replenishments/{id}/reject/", reject_replenishment, Action.DECIDE, ApprovalShown, Ruled),
    Endpoint("GET", "/api/ledger/", list_entries, Action.SEE_PAYMENTS, Page[EntryShown], query=_PAGED),
    Endpoint(
        "GET", "/api/ledger/by_fund/", list_by_fund, SEE, Page[EntryShown], query=(*_PAGED, _FUND), must=("fund_id",)
    ),
    Endpoint("GET", "/api/ledger/{id}/", read_entry, SEE, EntryShown),
    Endpoint("POST", "/api/ledger/{id}/reconcile/", reconcile_entry, Action.RECONCILE_PAYMENT, EntryShown),
)
"""Everything that can be asked, in the order in which paths are compared: `by_fund` is no id."""
