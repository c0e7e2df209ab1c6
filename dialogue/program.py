"""The world behind the screens, over the real database: `dialogue.world.World` for `App`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from core.approvals import Approval
from core.callers import Caller
from core.errors import DomainError
from core.ids import OrganisationId
from core.phones import Msisdn
from core.refunds import Refund
from dialogue.world import (
    AccountFound,
    CodeTexted,
    Enquire,
    FindApprovals,
    LookAt,
    PinOpen,
    QuoteLoan,
    Refundables,
    Traced,
)
from storage import callers
from usecases import by_phone, documents, people, pins, promises, prompts, receipts, refundable, splits, tracing
from usecases.app import App
from usecases.asked_before import AskedBefore, asked_before
from usecases.by_phone import DecideByPhone, Request, TextCode, ToDecide
from usecases.commands import (
    AskLoan,
    AskRefund,
    ChooseLanguage,
    ChooseSplit,
    MakePromise,
    PaymentRequested,
    RequestPayment,
    SendStatement,
)
from usecases.enquiries import EnquiryOpened, OpenEnquiry, open_enquiry
from usecases.loans import asking
from usecases.loans.asking import LendingSeen, QuoteSeen
from usecases.loans.lending import Applied
from usecases.passphrases import Passphrases
from usecases.pins import ChoosePin, OpenPin, PinProven, PutPin, Tried, TryPin
from usecases.receipts import Genuine

T = TypeVar("T")


class Program:
    """Each question is one read, each effect one write."""

    def __init__(self, app: App, passphrases: Passphrases, *, public_url: str) -> None:
        """`passphrases` compares PINs, slowly on purpose; `public_url` is where links in messages lead."""
        self._app = app
        self._passphrases = passphrases
        self._opens_at = f"{public_url}/d/"

    async def caller(self, msisdn: Msisdn, service_code: str) -> Caller:
        return await self._app.glance(callers.caller, msisdn, service_code)

    async def find_account(self, organisation: OrganisationId, typed: str) -> AccountFound | None:
        found = await self._app.glance(callers.account_named, organisation, typed)
        return AccountFound(*found) if found else None

    async def check_receipt(self, typed: str) -> Genuine | None:
        return await self._app.read(receipts.check, typed)

    async def trace_money(self, organisation: OrganisationId, msisdn: Msisdn, typed: str) -> Traced:
        return Traced(await self._app.read(tracing.trace_money, organisation, msisdn, typed))

    async def enquire(self, wish: Enquire, trace: str) -> EnquiryOpened:
        command = OpenEnquiry(wish.organisation, wish.msisdn, wish.typed, wish.language, trace)
        return await self._app.write(open_enquiry, command)

    async def find_refundable(self, organisation: OrganisationId, msisdn: Msisdn) -> Refundables:
        return Refundables(await self._app.read(refundable.refundable_by, organisation, msisdn))

    async def ask_refund(self, command: AskRefund) -> Refund:
        return await self._app.write(refundable.ask_refund, command)

    async def find_loans(self, organisation: OrganisationId, msisdn: Msisdn) -> LendingSeen:
        return await self._app.read(asking.lending_seen, organisation, msisdn)

    async def quote_loan(self, wish: QuoteLoan) -> QuoteSeen:
        return await self._app.read(
            asking.quote_seen, wish.organisation, wish.msisdn, wish.product, wish.amount, wish.instalments
        )

    async def ask_loan(self, command: AskLoan) -> Applied:
        return await self._app.write(asking.ask_loan, command)

    async def find_approvals(self, wish: FindApprovals) -> ToDecide:
        return await self._app.read(by_phone.to_decide_by, wish.organisation, wish.msisdn)

    async def look_at(self, wish: LookAt) -> Request:
        return await self._app.read(by_phone.look, wish.organisation, wish.msisdn, wish.approval)

    async def try_pin(self, wish: TryPin) -> PinProven:
        counted = await self._app.write(pins.begin_try, wish)
        fits = await self._passphrases.matches(counted.hash, counted.peppered)
        return _said(await self._app.write(pins.end_try, Tried(wish, counted.hash if fits else None)))

    async def text_code(self, wish: TextCode) -> CodeTexted:
        await self._app.write(by_phone.text_code, wish)
        return CodeTexted()

    async def decide(self, wish: DecideByPhone) -> Approval:
        decided = await self._app.write(by_phone.decide_by_phone, wish)
        return _said(decided.problem or decided.approval)

    async def open_pin(self, wish: OpenPin) -> PinOpen:
        if (refusal := await self._app.write(pins.open_pin, wish)) is not None:
            raise refusal
        return PinOpen()

    async def choose_pin(self, wish: ChoosePin) -> None:
        peppered = await self._app.read(pins.to_hash, wish)
        await self._app.write(pins.put_pin, PutPin(wish, await self._passphrases.hashed(peppered)))

    async def request_payment(self, command: RequestPayment) -> PaymentRequested:
        return await self._app.write(prompts.request_payment, command)

    async def asked_before(self, organisations: Sequence[OrganisationId], intents: Sequence[str]) -> AskedBefore | None:
        return await self._app.read(asked_before, organisations, intents)

    async def make_promise(self, command: MakePromise) -> None:
        await self._app.write(promises.make_promise, command)

    async def choose_split(self, command: ChooseSplit) -> None:
        await self._app.write(splits.choose_split, command)

    async def send_statement(self, command: SendStatement) -> None:
        await self._app.write(documents.send_statement, replace(command, opens_at=self._opens_at))

    async def choose_language(self, command: ChooseLanguage) -> None:
        await self._app.write(people.choose_language, command)


def _said(answer: T | DomainError) -> T:
    """What a use case answers although it refuses, so that the try stays written down, is a refusal to the person."""
    if isinstance(answer, DomainError):
        raise answer
    return answer
