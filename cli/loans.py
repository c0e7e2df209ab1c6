"""Loans on the command line: what is offered, who owes what, and what is decided about it (LOAN-1 to LOAN-3)."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncGenerator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from cli.fees import amount_of
from cli.operator import Operator
from cli.programme import BadConfiguration, Opened
from cli.registry import Command
from core import codes
from core.errors import NotFound
from core.loans.products import (
    EarlySettlement,
    Every,
    Fee,
    FeeTaken,
    Given,
    LimitRule,
    LoanAmountRefused,
    Method,
    Part,
    PenaltyRule,
    Product,
    parse_millionths,
    parse_rate,
)
from core.loans.states import LoanState
from core.money import Currency, NotAnAmount
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn
from storage import loan_products, organisations
from storage.loans import Loan
from storage.organisations import Organisation
from usecases.loans import changing, giving, lending
from usecases.loans.portfolio import OfficersFigures, ask_what_if, figures, listed, seen_by


async def the_lender(opened: Opened, slug: str | None, operator: Operator) -> Organisation:
    operator.require(Action.SEE_LOANS)
    return await operator.only(opened.app, slug)


# --- what is offered ----------------------------------------------------------------------------------------------------


class ProductEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product of a file. Amounts are whole shillings or francs, rates and shares as `10% a month` and `2.5%`."""

    code: str
    name: str
    least: int
    most: int
    method: Method
    rate: str
    every: Every
    terms: tuple[int, ...]
    first_limit: int
    limit_step: str = "25%"
    limit_late_days: int = 7
    interest_only: int = 0
    round_to: int = 1
    fee: int = 0
    fee_share: str = "0%"
    fee_taken: FeeTaken = FeeTaken.DEDUCTED
    penalty: int = 0
    penalty_share: str = "0%"
    penalty_after_days: int = 0
    penalty_every_days: int | None = None
    penalty_most: str = "100%"
    order: tuple[Part, ...] = tuple(Part)
    early: EarlySettlement = EarlySettlement.INTEREST_TO_DATE
    given: Given = Given.HAND


def product_of(entry: ProductEntry, currency: Currency) -> Product:
    """What the entry means in the organisation's currency. Raises what the core refuses."""
    unit = currency.unit
    return Product(
        code=entry.code.strip().upper(),
        name=" ".join(entry.name.split()),
        currency=currency,
        least_minor=entry.least * unit,
        most_minor=entry.most * unit,
        method=entry.method,
        rate=parse_rate(entry.rate),
        every=entry.every,
        terms=entry.terms,
        limit=LimitRule(entry.first_limit * unit, parse_millionths(entry.limit_step), entry.limit_late_days),
        interest_only=entry.interest_only,
        round_to_minor=entry.round_to * unit,
        penalty=PenaltyRule(
            entry.penalty * unit,
            parse_millionths(entry.penalty_share),
            entry.penalty_after_days,
            entry.penalty_every_days,
            parse_millionths(entry.penalty_most),
        ),
        fee=Fee(entry.fee * unit, parse_millionths(entry.fee_share), entry.fee_taken),
        order=entry.order,
        early=entry.early,
        given=entry.given,
    )


def read_products(text: str) -> list[dict[str, Any]]:
    """The products in a file, each checked as far as its words go. Raises `BadConfiguration` with all that is wrong."""
    try:
        entries = tomllib.loads(text).get("products", [])
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration([("the file", str(error))]) from None
    errors = []
    for number, entry in enumerate(entries):
        try:
            product_of(msgspec.convert(entry, ProductEntry), Currency.KES)
        except msgspec.ValidationError as error:
            errors.append((f"products[{number}]", str(error)))
        except (NotAnAmount, LoanAmountRefused) as error:
            errors.append((f"products[{number}]", str(error)))
    if errors or not entries:
        raise BadConfiguration(errors or [("products", "must be a list: [[products]]")])
    return list(entries)


class ProductsArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


class SetProductsArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    products: tuple[ProductEntry, ...]
    organisation: str | None = None


class ProductLine(msgspec.Struct, frozen=True):
    code: str
    name: str
    from_: str
    to: str
    interest: str
    every: str
    instalments: str
    first_limit: str
    given: str


async def list_products(opened: Opened, args: ProductsArgs, operator: Operator) -> AsyncGenerator[ProductLine, None]:
    organisation = await the_lender(opened, args.organisation, operator)
    for product in (await opened.app.read(loan_products.products, organisation.id)).values():
        yield _product_line(product)


async def set_products(opened: Opened, args: SetProductsArgs, operator: Operator) -> AsyncGenerator[ProductLine, None]:
    organisation = await the_lender(opened, args.organisation, operator)
    for entry in args.products:
        product = product_of(entry, organisation.currency)
        await opened.app.write(lending.set_product, lending.SetProduct(organisation.id, product, operator.actor))
        yield _product_line(product)


def _product_line(product: Product) -> ProductLine:
    unit = product.currency.unit
    return ProductLine(
        product.code,
        product.name,
        f"{product.least_minor // unit}",
        f"{product.most_minor // unit}",
        f"{product.rate} {product.method.value}",
        product.every.value,
        ", ".join(map(str, product.terms)),
        f"{product.limit.first_minor // unit}",
        product.given.value,
    )


# --- loans --------------------------------------------------------------------------------------------------------------


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `state`: those that wait and those that run. `late`: only with something late, the worst first."""

    state: str | None = None
    late: bool = False
    organisation: str | None = None


class LoanLine(msgspec.Struct, frozen=True):
    """A loan in a list. `to_pay` ends it today."""

    number: str
    borrower: str
    product: str
    state: str
    asked: str
    to_pay: str
    late: str
    days_late: int
    next_on: date | None
    next: str
    officer: str


def _line(loan: Loan) -> LoanLine:
    told = loan.told
    return LoanLine(
        number=loan.number,
        borrower=loan.borrower_name,
        product=loan.product_name,
        state=loan.state.value,
        asked=loan.asked.plain(),
        to_pay=told.payoff.plain() if told else "",
        late=told.late.plain() if told else "",
        days_late=told.days_late if told else 0,
        next_on=told.next_on if told else None,
        next=told.next.plain() if told and told.next_on else "",
        officer=loan.officer_name,
    )


_USUAL = (LoanState.APPLIED, LoanState.APPROVED, LoanState.DISBURSING, LoanState.ACTIVE)


async def list_loans(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """By number. A loan officer sees their own."""
    organisation = await the_lender(opened, args.organisation, operator)
    states: tuple[LoanState, ...] = _USUAL
    if args.state is not None:
        try:
            states = (LoanState(args.state),)
        except ValueError:
            raise NotFound("state", args.state[:40]) from None
    for loan in await opened.app.read(listed, organisation.id, seen_by(operator.actor), states, late=args.late):
        yield _line(loan)


class NumberArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    organisation: str | None = None


class ComingLine(msgspec.Struct, frozen=True):
    on: date
    amount: str


class LoanShown(msgspec.Struct, frozen=True):
    """A loan as it stands today: what is owed, what ends it, and what is still to come."""

    number: str
    borrower: str
    product: str
    state: str
    officer: str
    asked: str
    sent: str
    fee: str
    terms: str
    principal: str
    interest: str
    penalty: str
    to_pay: str
    late: str
    days_late: int
    held: str
    schedules: int
    approval: UUID | None
    coming: tuple[ComingLine, ...]


async def show_loan(opened: Opened, args: NumberArgs, operator: Operator) -> AsyncGenerator[LoanShown, None]:
    organisation = await the_lender(opened, args.organisation, operator)
    yield _shown(await _own(opened, organisation, args.number, operator))


async def _own(opened: Opened, organisation: Organisation, number: str, operator: Operator) -> lending.Shown:
    """Of a loan officer's own; another's is not found."""
    found = await opened.app.read(lending.show, organisation.id, number)
    if seen_by(operator.actor) not in (None, found.loan.officer):
        raise NotFound("loan", number[:40])
    return found


def _shown(shown: lending.Shown) -> LoanShown:
    loan, run = shown.loan, shown.now.run
    currency = loan.asked.currency

    def plain(minor: int) -> str:
        return type(loan.asked)(minor, currency).plain()

    terms = loan.terms
    return LoanShown(
        number=loan.number,
        borrower=loan.borrower_name,
        product=loan.product_name,
        state=loan.state.value,
        officer=loan.officer_name,
        asked=loan.asked.plain(),
        sent=loan.sent.plain(),
        fee=loan.fee.plain(),
        terms=f"{terms.instalments} x {terms.every.value}, {terms.rate} {terms.method.value}",
        principal=plain(run.principal),
        interest=plain(run.interest),
        penalty=plain(run.penalty),
        to_pay=plain(shown.now.payoff),
        late=plain(shown.now.late if shown.now.days_late else 0),
        days_late=shown.now.days_late,
        held=plain(run.credit),
        schedules=shown.versions,
        approval=shown.waiting[0].id if shown.waiting else None,
        coming=tuple(ComingLine(one.on, plain(one.minor)) for one in shown.coming.payments),
    )


class FiguresArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


class FiguresLine(msgspec.Struct, frozen=True):
    """An officer's figures; the last line is of all. Shares are percent; the rate is of the last 30 days."""

    officer: str
    loans: int
    late: int
    outstanding: str
    late_amount: str
    par30: str
    par60: str
    par90: str
    collected: str


async def show_figures(opened: Opened, args: FiguresArgs, operator: Operator) -> AsyncGenerator[FiguresLine, None]:
    organisation = await the_lender(opened, args.organisation, operator)
    for line in await opened.app.read(figures, organisation, seen_by(operator.actor)):
        yield _figures(line)


def _figures(line: OfficersFigures) -> FiguresLine:
    found = line.figures
    rate = found.collection_bps
    return FiguresLine(
        officer=line.name or "all",
        loans=found.loans,
        late=found.late_loans,
        outstanding=found.outstanding.plain(),
        late_amount=found.late.plain(),
        par30=_percent(found.par_bps(30)),
        par60=_percent(found.par_bps(60)),
        par90=_percent(found.par_bps(90)),
        collected="" if rate is None else _percent(rate),
    )


def _percent(bps: int) -> str:
    return f"{bps // 100}.{bps % 100:02d}%"


# --- what is decided ----------------------------------------------------------------------------------------------------


class ApplyArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: str
    product: str
    amount: str
    instalments: int
    name: str = ""
    preview: bool = False
    on: date | None = None
    organisation: str | None = None


class OfferLine(msgspec.Struct, frozen=True):
    """What the loan is, or would be: what is sent, what it costs, and what is paid back by when."""

    number: str
    sent: str
    cost: str
    total: str
    instalment: str
    first_on: date
    last_on: date
    approval: UUID | None


async def apply(opened: Opened, args: ApplyArgs, operator: Operator) -> AsyncGenerator[OfferLine, None]:
    """Ask for a borrower, or only show what it would be. Somebody else must say yes (`karani approvals decide`)."""
    organisation = await the_lender(opened, args.organisation, operator)
    phone = Msisdn.parse(args.phone, country_code=COUNTRIES[organisation.country].calling_code)
    asked = amount_of(args.amount, organisation.currency)
    quote = await opened.app.read(lending.quote, organisation.id, None, args.product, asked, args.instalments)
    number, approval = "", None
    if not args.preview:
        wish = lending.Apply(
            *(organisation.id, args.product, asked, args.instalments, phone, operator.actor, args.name),
            opened.app.ids.new().hex,
            on=args.on,
        )
        done = await opened.app.write(lending.apply, wish)
        number, approval = done.number, done.approval
    currency = organisation.currency
    yield OfferLine(
        number=number,
        sent=quote.offer.sent.plain(),
        cost=quote.cost.plain(),
        total=quote.total.plain(),
        instalment=type(asked)(quote.rows[0].total, currency).plain(),
        first_on=quote.rows[0].due_on,
        last_on=quote.rows[-1].due_on,
        approval=approval,
    )


class GiveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    on: date | None = None
    organisation: str | None = None


async def give(opened: Opened, args: GiveArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """Write down that the borrower of an approved loan was given the money by hand."""
    organisation = await the_lender(opened, args.organisation, operator)
    wish = giving.GiveByHand(organisation.id, args.number, operator.actor, args.on)
    yield _line(await opened.app.write(giving.give_by_hand, wish))


class SendArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    code: str = ""
    organisation: str | None = None


async def send(opened: Opened, args: SendArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """Try once more to pay the borrower's phone. A command line does not know who types: it always asks for the code."""
    organisation = await the_lender(opened, args.organisation, operator)
    trace = opened.app.ids.new().hex
    wish = giving.SendLoan(organisation.id, args.number, operator.actor, trace, args.code, prove=True)
    done = await opened.app.write(giving.send_again, wish)
    if done.problem is not None:
        raise done.problem
    yield _line(done.loan)


class CodeLine(msgspec.Struct, frozen=True):
    number: str
    until: datetime


async def code(opened: Opened, args: NumberArgs, operator: Operator) -> AsyncGenerator[CodeLine, None]:
    """Text a code to the member of staff whom `--as` names, for sending this loan and nothing else."""
    organisation = await the_lender(opened, args.organisation, operator)
    drawn = codes.figures(opened.app.random.below(codes.NUMBERS))
    wish = giving.SendLoanCode(organisation.id, args.number, operator.actor, drawn, opened.app.ids.new().hex)
    yield CodeLine(args.number, (await opened.app.write(giving.send_loan_code, wish)).expires_at)


class CallOffArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    reason: str
    organisation: str | None = None


async def call_off(opened: Opened, args: CallOffArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """An approved loan is not given after all."""
    organisation = await the_lender(opened, args.organisation, operator)
    wish = giving.CallOff(organisation.id, args.number, args.reason, operator.actor, opened.app.ids.new().hex)
    yield _line(await opened.app.write(giving.call_off, wish))


class WaiveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    amount: str
    reason: str
    organisation: str | None = None


async def waive(opened: Opened, args: WaiveArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """Let the borrower off penalties."""
    organisation = await the_lender(opened, args.organisation, operator)
    amount = amount_of(args.amount, organisation.currency)
    wish = changing.WaivePenalty(organisation.id, args.number, amount, args.reason, operator.actor)
    yield _line(await opened.app.write(changing.waive_penalty, wish))


class RestructureArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    instalments: int
    reason: str
    organisation: str | None = None


async def restructure(opened: Opened, args: RestructureArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """All that is owed is paid in so many instalments from now on."""
    organisation = await the_lender(opened, args.organisation, operator)
    wish = changing.Restructure(organisation.id, args.number, args.instalments, args.reason, operator.actor)
    yield _line(await opened.app.write(changing.restructure, wish))


class WriteOffArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    reason: str
    organisation: str | None = None


class AskedLine(msgspec.Struct, frozen=True):
    number: str
    approval: UUID
    missing: int


async def write_off(opened: Opened, args: WriteOffArgs, operator: Operator) -> AsyncGenerator[AskedLine, None]:
    """Ask that what is owed be given up. Somebody else must say yes."""
    organisation = await the_lender(opened, args.organisation, operator)
    trace = opened.app.ids.new().hex
    wish = changing.WriteOff(organisation.id, args.number, args.reason, operator.actor, trace)
    asked = await opened.app.write(changing.ask_write_off, wish)
    yield AskedLine(args.number, asked.id, asked.missing)


class OfficerArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    officer: str
    organisation: str | None = None


async def set_officer(opened: Opened, args: OfficerArgs, operator: Operator) -> AsyncGenerator[LoanLine, None]:
    """Somebody else looks after the loan."""
    organisation = await the_lender(opened, args.organisation, operator)
    member = await opened.app.read(organisations.staff_named, args.officer)
    if member is None:
        raise NotFound("staff", args.officer[:40])
    wish = changing.GiveToOfficer(organisation.id, args.number, member.id, operator.actor)
    yield _line(await opened.app.write(changing.give_to_officer, wish))


class WhatIfArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    amount: str
    on: date | None = None
    organisation: str | None = None


class WhatIfLine(msgspec.Struct, frozen=True):
    """When the loan ends with and without one more payment, the usual instalments paid, and the interest that it saves."""

    number: str
    ends_on: date | None
    would_end_on: date | None
    saves: str


async def show_what_if(opened: Opened, args: WhatIfArgs, operator: Operator) -> AsyncGenerator[WhatIfLine, None]:
    organisation = await the_lender(opened, args.organisation, operator)
    amount = amount_of(args.amount, organisation.currency)
    loan, found = await opened.app.read(ask_what_if, organisation.id, args.number, amount, args.on)
    saved = type(amount)(found.saved, amount.currency).plain()
    yield WhatIfLine(loan.number, found.without.paid_off_on, found.after.paid_off_on, saved)


PRODUCTS = Command(ProductsArgs, ProductLine, list_products)
SET_PRODUCTS = Command(SetProductsArgs, ProductLine, set_products, writes=True)
LIST = Command(ListArgs, LoanLine, list_loans)
SHOW = Command(NumberArgs, LoanShown, show_loan)
FIGURES = Command(FiguresArgs, FiguresLine, show_figures)
APPLY = Command(ApplyArgs, OfferLine, apply, writes=True)
GIVE = Command(GiveArgs, LoanLine, give, writes=True)
SEND = Command(SendArgs, LoanLine, send, writes=True)
CODE = Command(NumberArgs, CodeLine, code, writes=True)
CALL_OFF = Command(CallOffArgs, LoanLine, call_off, writes=True)
WAIVE = Command(WaiveArgs, LoanLine, waive, writes=True)
RESTRUCTURE = Command(RestructureArgs, LoanLine, restructure, writes=True)
WRITE_OFF = Command(WriteOffArgs, AskedLine, write_off, writes=True)
OFFICER = Command(OfficerArgs, LoanLine, set_officer, writes=True)
WHAT_IF = Command(WhatIfArgs, WhatIfLine, show_what_if)
