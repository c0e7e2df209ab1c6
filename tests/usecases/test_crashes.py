"""A crash anywhere in a transaction leaves nothing, and telling it again gives exactly what would have been."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.fees import FeeLine
from core.ids import OrganisationId, PaymentId
from core.payments import FailReason, NotPaid, Standing, StatusTold, Witness
from core.phones import Msisdn
from core.ports import Exchanged, PromptRefused
from simulation.laws import Books, books
from storage import exchanges, fast, questions
from storage.exchanges import Exchange, Outcome
from storage.tables import metadata, outbox, payments
from storage.texts import Text
from storage.tx import Tx
from tests.usecases.test_reversals import returned
from tests.world import TESTER, World, kes
from usecases.collection import record_arrivals
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import CorrectInvoices, RunInvoices, correct_invoices, run_invoices
from usecases.messages import Claim, claim_messages, claim_prompts
from usecases.prompts import Answer, PromptAnswered, prompt_answered, record_answer, record_failure, request_payment
from usecases.questions import StatusAnswer, record_status
from usecases.reprocessing import Reprocess, reprocess
from usecases.reversals import record_reversal
from usecases.suspense import AssignSuspense, assign
from usecases.texts import TextReceived, receive_text

PHONE = "254712345678"
ON = date(2026, 10, 1)


class Crash(BaseException):
    """The power goes."""


@dataclass
class Scene:
    """A school in the middle of its day: a prompt under way, money in suspense, credit held, a term to charge."""

    world: World
    prompt: PaymentId
    asked: PaymentId
    waiting: PaymentId
    question: UUID
    unread: UUID


async def scene(world: World) -> Scene:
    await world.students({"KV10": 4_000, "KV20": 3_000}, guardians={"KV10": [PHONE]})
    prompt = await world.prompts(PHONE, {"KV10": 1_000, "KV20": 500}, request_id="ws_1")
    asked = (await world.asks(PHONE, {"KV20": 250})).payment
    waiting, _ = await world.arrives(world.notice("?", 700, receipt="S1"), world.notice("KV20", 9_000, receipt="S2"))
    term = OpenTerm(
        world.organisation,
        "Next",
        date(2027, 1, 4),
        date(2027, 3, 30),
        date(2027, 1, 31),
        (ClassFees("Class KV10", (FeeLine("Tuition", kes(100)),)), ClassFees("Class KV20", (FeeLine("T", kes(200)),))),
        TESTER,
    )
    await world.app.write(open_term, term)
    await charged_otherwise(world)
    await world.app.write(lambda tx, receipt: questions.put(tx, world.account, [receipt]), "S1")
    question = await world.app.read(questions.about, world.account.id, "S1")
    assert question is not None
    said = Exchange("mpesa", "in", "stk", b"{}", Outcome.UNREAD, world.organisation, world.account.id)
    (unread,) = await world.app.write(lambda tx, kept: exchanges.keep(tx, [kept]), said)
    await world.clock.advance(5)
    return Scene(world, prompt, asked, waiting.payment, question.id, unread)


def status(at: Scene) -> StatusAnswer:
    """Who paid what waits: a guardian of one student."""
    told = at.world.notice("", 700, payer=Msisdn.parse(PHONE), receipt="S1", witness=Witness.STATUS)
    return StatusAnswer(
        at.question, at.world.account, StatusTold(Standing.COMPLETED, "", told), b"{}", "127.0.0.1", "trace"
    )


def again(at: Scene) -> Reprocess:
    return Reprocess(at.unread, at.world.organisation, at.world.notice("KV10", 60, receipt="C9"), TESTER, "trace")


async def charged_otherwise(world: World) -> None:
    """A term whose fees changed after its run: one student is to be charged more, the other less."""
    dates = (date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30))
    for first, second in ((900, 1_000), (1_000, 300)):
        fees = tuple(
            ClassFees(f"Class {number}", (FeeLine("Lunch", kes(shillings)),))
            for number, shillings in (("KV10", first), ("KV20", second))
        )
        await world.app.write(open_term, OpenTerm(world.organisation, "Late", *dates, fees, TESTER))
        await world.app.write(run_invoices, RunInvoices(world.organisation, "Late", date(2026, 9, 1), TESTER))


def coins(at: Scene) -> list[Awaitable[Any]]:
    """A batch of everything: a prompt's money, its twin, a stranger's coin, an overpayment."""
    world, phone = at.world, Msisdn.parse(PHONE)
    told = [
        world.notice("", 1_500, payer=phone, receipt="C1", witness=Witness.PROMPT_RESULT, request_id="ws_1"),
        world.notice("KV10", 1_500, payer=phone, receipt="C1"),
        world.notice("who?", 10, receipt="C2"),
        world.notice("KV10", 8_000, receipt="C3"),
    ]
    return [world.app.write(record_arrivals, world.arrival(notice)) for notice in told]


async def wishes(at: Scene) -> list[Awaitable[Any]]:
    wish = await at.world.wish(PHONE, {"KV10": 10, "KV20": 20}, intent="ussd:crash")
    return [at.world.app.write(request_payment, wish)]


def texted(at: Scene) -> TextReceived:
    """A guardian who wants to pay, in words that can be read in one way."""
    text = Text("africastalking", "ATXid_1", PHONE, "20880", "PAY KV10 500", "trace")
    return TextReceived((at.world.organisation,), Msisdn.parse(PHONE), text, "*384*70421#")


def one(use_case: Any, command: Callable[[Scene], Any]) -> Callable[[Scene], list[Awaitable[Any]]]:
    return lambda at: [at.world.app.write(use_case, command(at))]


REFUSED = PromptRefused("1", "no", temporary=False)
MOVES: dict[str, Callable[[Scene], Any]] = {
    "record_arrivals": coins,
    "request_payment": wishes,
    "prompt_answered": one(prompt_answered, lambda at: at.world.accepted(at.asked, "ws_2")),
    "prompt_refused": one(
        prompt_answered, lambda at: PromptAnswered(at.asked, REFUSED, None, FailReason.OUR_FAULT, "", "trace")
    ),
    "record_failure": one(record_failure, lambda at: at.world.failure("ws_1")),
    "record_answer": one(
        record_answer,
        lambda at: Answer(at.prompt, NotPaid("1", "", FailReason.CANCELLED), Exchanged("status", b"", b"", 200, 1)),
    ),
    "assign": one(assign, lambda at: AssignSuspense(at.waiting, "KV10", TESTER, "trace")),
    "record_status": one(record_status, status),
    "reprocess": one(reprocess, again),
    "record_reversal": one(record_reversal, lambda at: returned(at.world, "S2")),
    "run_invoices": one(run_invoices, lambda at: RunInvoices(at.world.organisation, "Next", date(2027, 1, 4), TESTER)),
    "correct_invoices": one(
        correct_invoices, lambda at: CorrectInvoices(at.world.organisation, "Late", kes(-600), ON, TESTER)
    ),
    "receive_text": one(receive_text, texted),
    "claim_messages": one(claim_messages, lambda at: Claim(9)),
    "claim_prompts": one(claim_prompts, lambda at: Claim(9)),
}


async def moves(at: Scene, name: str) -> list[Any]:
    asked = MOVES[name](at)
    return await asyncio.gather(*(await asked if asyncio.iscoroutine(asked) else asked))


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        table.name: sorted(world.rows(f"SELECT * FROM {table.name}"), key=repr)  # noqa: S608
        for table in metadata.sorted_tables
    }


def traces(tx: Tx, organisation: OrganisationId) -> tuple[Books, list[Any], list[Any]]:
    """The books, the payments' states and what goes out."""
    states = sa.select(payments.c.status, payments.c.minor).where(payments.c.organisation_id == organisation)
    out = sa.select(outbox.c.kind, outbox.c.event, outbox.c.state).where(outbox.c.organisation_id == organisation)
    found = [sorted(tuple(row) for row in tx.connection.execute(query)) for query in (states, out)]
    return books(tx, organisation), found[0], found[1]


class Cut:
    """Cuts the power at the n-th statement of the writer, or at its commit; `seen` counts them."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = 0
        self.at: int | None = None
        self._engine = world.engine
        sa.event.listen(world.engine, "before_cursor_execute", self._statement)
        world.writer.before_commit = self._statement
        opened = fast.open_cursor

        def open_cursor(connection: sa.Connection) -> Any:
            if connection.engine is world.engine:
                self._statement()
            return opened(connection)

        monkeypatch.setattr(fast, "open_cursor", open_cursor)

    def forget(self) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._statement)

    def _statement(self, *_: Any) -> None:
        self.seen += 1
        if self.at is not None and self.seen > self.at:
            raise Crash


async def crashes(at: Scene, name: str, cut: Cut, statement: int) -> bool:
    """Does the power go before the move is done? Callers that waited are gone with it."""
    cut.seen, cut.at = 0, statement
    work = asyncio.ensure_future(moves(at, name))
    try:
        loop = asyncio.get_running_loop()
        gone: list[BaseException] = []
        real = at.world.writer.step

        def step() -> int:
            try:
                return real()
            except Crash as crash:
                gone.append(crash)
                work.cancel()
                return 0

        at.world.writer.step = step  # type: ignore[method-assign]
        await asyncio.wait([work])
        at.world.writer.step = real  # type: ignore[method-assign]
        assert loop.is_running()
        return bool(gone)
    finally:
        cut.at = None


@pytest.mark.parametrize("name", [*MOVES])
async def test_a_crash_at_any_statement_or_at_the_commit_leaves_nothing_and_the_repeat_gives_the_uncut_result(
    world: World,
    name: str,
    proving: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uncut = await world.other_school("uncut")
    expected_scene = await scene(uncut)
    expected_answers = await moves(expected_scene, name)
    expected = await world.app.read(traces, uncut.organisation)

    at = await scene(world)
    cut = Cut(world, monkeypatch)
    before = everything(world)
    statements = 0
    stride = 1 if proving else 2 if world.url.is_sqlite else 5
    while await crashes(at, name, cut, statements):
        assert everything(world) == before
        statements += stride
    cut.forget()
    assert statements > 2
    assert world.broken_laws() == []

    # The last round was uncut. Everything once more, as a provider or a person who heard no answer would.
    after = await world.app.read(traces, world.organisation)
    again = await _again(at, name)

    assert after == expected
    told = await world.app.read(books, world.organisation)
    assert told == expected[0]
    assert len(again) == len(expected_answers)
    assert world.broken_laws() == []


async def _again(at: Scene, name: str) -> list[Any]:
    asked = MOVES[name](at)
    return await asyncio.gather(*(await asked if asyncio.iscoroutine(asked) else asked), return_exceptions=True)
