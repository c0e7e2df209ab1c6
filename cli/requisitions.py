"""Payments out of funds: asked for, let go by somebody else, taken back, asked for again, ticked off, corrected (OUT-2)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cli.funds import fund_named
from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import DomainError, NotFound
from core.ids import OrganisationId
from core.money import parse_typed
from core.organisations import COUNTRIES
from core.payment_sheets import Books, Checked, Fate, Row, Sheet, check, read_sheet
from core.payouts import Payee
from core.permissions import Action
from core.phones import Msisdn
from core.treasury import Fund, FundPayment, FundTooLow, Status, payment_number
from providers.sheets import Unreadable, read_lines
from storage import organisations, treasury
from storage.organisations import Organisation
from storage.treasury import Filters
from storage.tx import Tx
from usecases.treasury import (
    AskAgain,
    ExecutePayment,
    ReconcilePayment,
    RequestFundPayment,
    WithdrawPayment,
    ask_again,
    execute_payment,
    reconcile_payment,
    request_payment,
    withdraw_payment,
)
from usecases.variances import RecordVariance, record_variance

MOST_LISTED = 1_000


class PaymentLine(msgspec.Struct, frozen=True):
    """One payment out of a fund."""

    id: UUID
    number: str
    fund: str
    payee: str
    payee_name: str
    amount: str
    currency: str
    purpose: str
    reason: str
    status: str
    asked_by: str
    executed_by: str
    attempts: int
    error: str
    not_before: datetime | None
    asked_at: datetime


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    status: Status | None = None
    limit: int = 50
    clear: bool = False


async def list_payments(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """The newest first."""
    operator.require(Action.SEE_FUNDS)
    if args.clear:
        operator.require(Action.SEE_WHOLE_PHONES)
    organisation = await operator.only(opened.app, args.organisation)
    filters = Filters(organisation.id, args.status)
    for line in await opened.app.read(_lines, filters, max(0, min(args.limit, MOST_LISTED)), clear=args.clear):
        yield line


def _lines(tx: Tx, filters: Filters, limit: int, *, clear: bool) -> list[PaymentLine]:
    return [_line(tx, one, clear=clear) for one in treasury.listed(tx, filters, limit=limit)]


def _line(tx: Tx, one: FundPayment, *, clear: bool = False) -> PaymentLine:
    names = {member.id: member.name for member in organisations.staff_of(tx, one.organisation)}
    fund = treasury.fund(tx, one.fund)
    phone = one.payee.msisdn
    return PaymentLine(
        one.id,
        payment_number(one.number),
        fund.slug if fund else "",
        phone.digits if clear else phone.masked,
        one.payee.name,
        one.amount.plain(),
        one.amount.currency.code,
        one.purpose,
        one.reason,
        one.status.value,
        names.get(one.requester, ""),
        names.get(one.executor, "") if one.executor else "",
        one.attempts,
        one.last_error,
        one.not_before,
        one.requested_at,
    )


class AskArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pay `amount` to `phone` out of `fund`, for `purpose` (one word, the expense). `on`: not before that day."""

    fund: str
    phone: str
    amount: str
    purpose: str
    reason: str
    name: str = ""
    on: date | None = None
    organisation: str | None = None


async def ask(opened: Opened, args: AskArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """As the member of staff whom `--as` names; others approve (`karani approvals`)."""
    operator.require(Action.REQUEST_PAYMENT)
    organisation = await operator.only(opened.app, args.organisation)
    fund = await opened.app.read(fund_named, organisation.id, args.fund)
    msisdn = Msisdn.parse(args.phone, country_code=COUNTRIES[organisation.country].calling_code)
    wish = RequestFundPayment(
        organisation.id,
        fund.id,
        Payee(msisdn, args.name),
        parse_typed(args.amount, organisation.currency),
        args.purpose,
        args.reason,
        operator.actor,
        not_before=_morning(args.on, organisation),
        trace=opened.app.ids.new().hex,
    )
    yield await _shown(opened, await opened.app.write(request_payment, wish))


def _morning(day: date | None, organisation: Organisation) -> datetime | None:
    """Eight o'clock there."""
    return datetime.combine(day, time(8), ZoneInfo(organisation.time_zone)) if day else None


class PaymentArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`payment` by its number, `TP-000012`, or its id."""

    payment: str
    code: str = ""
    organisation: str | None = None


async def execute(opened: Opened, args: PaymentArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """Let an approved payment go, as the member of staff whom `--as` names, proven by a code."""
    payment = await _meant(opened, args.payment, args.organisation, operator, Action.EXECUTE_PAYMENT)
    wish = ExecutePayment(payment.id, operator.actor, args.code, "karani", opened.app.ids.new().hex)
    done = await opened.app.write(execute_payment, wish)
    if done.problem is not None:
        raise done.problem
    yield await _shown(opened, done.payment)


async def withdraw(opened: Opened, args: PaymentArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """Take back what oneself asked for."""
    payment = await _meant(opened, args.payment, args.organisation, operator, Action.REQUEST_PAYMENT)
    wish = WithdrawPayment(payment.id, operator.actor, opened.app.ids.new().hex)
    yield await _shown(opened, await opened.app.write(withdraw_payment, wish))


async def again(opened: Opened, args: PaymentArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """Ask anew for what failed."""
    payment = await _meant(opened, args.payment, args.organisation, operator, Action.REQUEST_PAYMENT)
    wish = AskAgain(payment.id, operator.actor, opened.app.ids.new().hex)
    yield await _shown(opened, await opened.app.write(ask_again, wish))


async def reconcile(opened: Opened, args: PaymentArgs, operator: Operator) -> AsyncGenerator[PaymentLine, None]:
    """It was found on the statement."""
    payment = await _meant(opened, args.payment, args.organisation, operator, Action.RECONCILE_PAYMENT)
    wish = ReconcilePayment(payment.id, operator.actor, opened.app.ids.new().hex)
    yield await _shown(opened, await opened.app.write(reconcile_payment, wish))


class SheetArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of payments. Without `take` nothing is written: each row is shown with what would come of it. `twins`: rows
    that say the same are meant, each of them."""

    fund: str
    content: bytes
    take: bool = False
    twins: bool = False
    organisation: str | None = None


class SheetLine(msgspec.Struct, frozen=True):
    """One row of the file. `state`: good, known (taken before), twin (as the line that `same_as` names), taken, held (good,
    and the fund cannot bear the file) or refused, with `problem`. `same_as` of a good row is an earlier payment that looks
    the same. The last line, 0, is the total: `amount` of the good rows beside what waits, and what the fund can spend."""

    line: int
    payee: str
    payee_name: str
    amount: str
    currency: str
    purpose: str
    reason: str
    state: str
    problem: str
    number: str = ""
    same_as: str = ""
    waiting: str = ""
    spendable: str = ""

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why the file as a whole is not taken."""
        return (self.problem,) if self.line == 0 and self.problem else ()


async def take_sheet(opened: Opened, args: SheetArgs, operator: Operator) -> AsyncGenerator[SheetLine, None]:
    """Every row by itself: one that fails harms no other, and the file given again goes on where it was cut off. Nothing is
    taken of a file that the fund cannot bear."""
    operator.require(Action.REQUEST_PAYMENT)
    organisation = await operator.only(opened.app, args.organisation)
    fund = await opened.app.read(fund_named, organisation.id, args.fund)
    try:
        lines = read_lines(args.content)
    except Unreadable as error:
        raise NotFound("list in the file", error.complaint.code) from None
    sheet = read_sheet(lines, fund, country_code=COUNTRIES[organisation.country].calling_code)
    if sheet.missing:
        raise NotFound("columns", ", ".join(sheet.missing))
    checked = check(sheet, await opened.app.read(_books, fund, sheet), twins=args.twins)
    for row, fate in checked.rows:
        if fate is not Fate.GOOD or not args.take:
            yield _sheet_line(row, checked, fate.value, row.problem)
        elif not checked.is_covered:
            yield _sheet_line(row, checked, "held", FundTooLow.code)
        else:
            yield await _taken(opened, operator, fund, sheet, row, checked)
    yield _total_line(checked)


def _books(tx: Tx, fund: Fund, sheet: Sheet) -> Books:
    return Books(
        spendable=fund.spendable,
        waiting=treasury.waiting(tx, fund),
        known=treasury.of_batch(tx, fund.organisation, [row.batch for row in sheet.rows]),
        alike=treasury.alike(tx, fund.organisation, sheet.rows),
    )


async def _taken(opened: Opened, operator: Operator, fund: Fund, sheet: Sheet, row: Row, checked: Checked) -> SheetLine:
    assert row.payee is not None
    assert row.amount is not None
    wish = RequestFundPayment(
        fund.organisation,
        fund.id,
        row.payee,
        row.amount,
        row.purpose,
        row.reason,
        operator.actor,
        batch=row.batch,
        sheet=sheet.name,
        trace=opened.app.ids.new().hex,
    )
    try:
        payment = await opened.app.write(request_payment, wish)
    except DomainError as refused:
        return _sheet_line(row, checked, "refused", refused.code)
    return _sheet_line(row, checked, "taken", "", payment.number)


def _sheet_line(row: Row, checked: Checked, state: str, problem: str, number: int | None = None) -> SheetLine:
    books = checked.books
    number = number or books.known.get(row.batch)
    earlier = books.alike.get(row.wish) if row.wish else None
    return SheetLine(
        row.line,
        row.payee.msisdn.masked if row.payee else "",
        row.payee.name if row.payee else "",
        row.amount.plain() if row.amount else "",
        books.spendable.currency.code,
        row.purpose,
        row.reason,
        state,
        problem,
        payment_number(number) if number else "",
        f"line {row.twin_of}" if row.twin_of else payment_number(earlier) if earlier else "",
    )


def _total_line(checked: Checked) -> SheetLine:
    books = checked.books
    return SheetLine(
        *(0, "", "", checked.total.plain(), books.spendable.currency.code, "", "", "total"),
        "" if checked.is_covered else FundTooLow.code,
        waiting=books.waiting.plain(),
        spendable=books.spendable.plain(),
    )


class VarianceArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`amount` is what was really spent."""

    payment: str
    amount: str
    reason: str
    organisation: str | None = None


class VarianceLine(msgspec.Struct, frozen=True):
    variance: UUID
    payment: str
    original: str
    adjusted: str
    currency: str
    state: str


async def vary(opened: Opened, args: VarianceArgs, operator: Operator) -> AsyncGenerator[VarianceLine, None]:
    """Say that less or more was spent; once the CFO agrees it is in the books."""
    payment = await _meant(opened, args.payment, args.organisation, operator, Action.REQUEST_PAYMENT)
    adjusted = parse_typed(args.amount, payment.amount.currency)
    wish = RecordVariance(payment.id, adjusted, args.reason, operator.actor, opened.app.ids.new().hex)
    one = await opened.app.write(record_variance, wish)
    yield VarianceLine(
        one.id,
        payment_number(payment.number),
        one.original.plain(),
        one.adjusted.plain(),
        one.original.currency.code,
        one.ruling.value,
    )


async def _meant(
    opened: Opened, name: str, organisation: str | None, operator: Operator, action: Action
) -> FundPayment:
    operator.require(action)
    mine = await operator.only(opened.app, organisation)
    found = await opened.app.read(named, mine.id, name)
    if found is None:
        raise NotFound("payment", name[:40])
    return found


def named(tx: Tx, organisation: OrganisationId, name: str) -> FundPayment | None:
    """A payment by its number or its id."""
    digits = name.upper().removeprefix("TP-")
    if digits.isdecimal() and len(digits) < 10:
        return treasury.numbered(tx, organisation, int(digits))
    try:
        found = treasury.load(tx, UUID(name))
    except ValueError:
        return None
    return found if found is not None and found.organisation == organisation else None


async def _shown(opened: Opened, payment: FundPayment) -> PaymentLine:
    return await opened.app.read(_line, payment)


LIST = Command(ListArgs, PaymentLine, list_payments)
ASK = Command(AskArgs, PaymentLine, ask, writes=True)
EXECUTE = Command(PaymentArgs, PaymentLine, execute, writes=True)
WITHDRAW = Command(PaymentArgs, PaymentLine, withdraw, writes=True)
AGAIN = Command(PaymentArgs, PaymentLine, again, writes=True)
RECONCILE = Command(PaymentArgs, PaymentLine, reconcile, writes=True)
VARY = Command(VarianceArgs, VarianceLine, vary, writes=True)
IMPORT = Command(SheetArgs, SheetLine, take_sheet, writes=True)
