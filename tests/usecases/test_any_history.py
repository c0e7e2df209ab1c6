"""Whatever people and providers do, in whatever order and company: the laws of the books hold."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from core.ids import OrganisationId, PaymentId
from core.payments import FailReason, MoneyArrived, MoneyReturned, NotPaid, Paid, StillWaiting, Witness
from core.phones import Msisdn
from core.ports import Exchanged, PromptRefused
from simulation.laws import books, broken_laws
from storage import suspense
from storage.tables import payments
from storage.tx import Tx
from tests.documents.recount import paper_faults
from tests.usecases.stories import (
    GUARDIANS,
    ONE_CHILD,
    OWED,
    SHAPES,
    STRANGER,
    TWO_CHILDREN,
    examples,
    new_school,
    payer,
    school_numbers,
)
from tests.world import TESTER, World
from usecases.collection import Arrival, record_arrivals
from usecases.messages import Claim, claim_messages, claim_prompts, settle
from usecases.prompts import Answer, PromptAnswered, prompt_answered, record_answer, record_failure, request_payment
from usecases.reallocation import Reallocate, reallocate
from usecases.reversals import Returned, record_reversal
from usecases.suspense import AssignSuspense, assign

EXCHANGED = Exchanged("status", b"{}", b"{}", 200, 5)


@dataclass
class Player:
    """One school and all that may happen to it. Remembers what was told, as an honest bystander would."""

    school: World
    asked: list[PaymentId] = field(default_factory=list)
    coins: dict[str, int] = field(default_factory=dict)
    """By receipt, the amount that was told of it first."""
    terms: int = 0

    def prompt(self, number: int) -> PaymentId | None:
        return self.asked[number % len(self.asked)] if self.asked else None

    def request_id(self, number: int) -> str:
        return f"{self.school.organisation.hex}-{number % len(self.asked)}" if self.asked else "nobody's"

    def receipt(self, number: int) -> str:
        return f"{self.school.organisation.hex}-{number}"

    def told(self, notice: MoneyArrived) -> Arrival:
        self.coins.setdefault(notice.receipt, notice.amount.minor)
        return Arrival(notice, b"{}", "127.0.0.1", "trace")


Move = Callable[[Player], Awaitable[Any]]
"""One thing that happens. Its command is put in the queue before anything is awaited, so that moves of one moment share a
commit, in their order."""


def coin(reference: str, phone: str, shape: str, shillings: int, receipt: int, *, exact: bool, name: str) -> Move:
    def move(player: Player) -> Awaitable[Any]:
        seen = payer(phone, shape)
        notice = player.school.notice(
            reference, shillings, payer=seen, receipt=player.receipt(receipt), exact=exact, name=name
        )
        return player.school.app.writer.put(record_arrivals, player.told(notice))

    return move


def callback(number: int, shillings: int, phone: str, receipt: int) -> Move:
    def move(player: Player) -> Awaitable[Any]:
        notice = player.school.notice(
            "",
            shillings,
            payer=Msisdn.parse(phone),
            receipt=player.receipt(receipt),
            witness=Witness.PROMPT_RESULT,
            request_id=player.request_id(number),
        )
        return player.school.app.writer.put(record_arrivals, player.told(notice))

    return move


def failure(number: int, *, final: bool) -> Move:
    return lambda player: player.school.app.writer.put(
        record_failure, player.school.failure(player.request_id(number), final=final)
    )


def ask(phone: str, shares: dict[str, int]) -> Move:
    async def move(player: Player) -> None:
        wish = await player.school.wish(phone, shares)
        requested = await player.school.app.write(request_payment, wish)
        player.asked.append(requested.payment)

    return move


def provider_answers(number: int, kind: str) -> Move:
    async def move(player: Player) -> None:
        if (payment := player.prompt(number)) is None:
            return
        news = player.school.accepted(payment, player.request_id(number))
        if kind == "refused":
            refused = PromptRefused("1", "no", temporary=False)
            news = PromptAnswered(payment, refused, EXCHANGED, FailReason.OUR_FAULT, "", "trace")
        elif kind == "lost":
            news = PromptAnswered(payment, None, None, FailReason.UNKNOWN, "timeout", "trace")
        await player.school.app.write(prompt_answered, news)

    return move


def question_answered(number: int, outcome: Any) -> Move:
    async def move(player: Player) -> None:
        if (payment := player.prompt(number)) is not None:
            await player.school.app.write(record_answer, Answer(payment, outcome, EXCHANGED if outcome else None))

    return move


def time_passes(seconds: int) -> Move:
    return lambda player: player.school.clock.advance(seconds)


def staff_assign(number: int, reference: str) -> Move:
    async def move(player: Player) -> None:
        waiting = await player.school.app.read(_waiting, player.school.organisation)
        if waiting:
            payment = waiting[number % len(waiting)]
            await player.school.app.write(assign, AssignSuspense(payment, reference, TESTER, "trace"))

    return move


def staff_move(number: int, reference: str) -> Move:
    async def move(player: Player) -> None:
        found = await player.school.app.read(_paid, player.school.organisation)
        if found:
            payment = found[number % len(found)]
            await player.school.app.write(reallocate, Reallocate(payment, reference, TESTER, "trace"))

    return move


def _paid(tx: Tx, organisation: OrganisationId) -> list[PaymentId]:
    query = sa.select(payments.c.id).where(payments.c.organisation_id == organisation, payments.c.receipt.is_not(None))
    return list(tx.connection.execute(query.order_by(payments.c.id)).scalars())


def _waiting(tx: Any, organisation: Any) -> list[PaymentId]:
    return [one.payment for one in suspense.waiting(tx, organisation)]


def provider_reverses(receipt: int, witness: Witness) -> Move:
    def move(player: Player) -> Awaitable[Any]:
        school, named = player.school, player.receipt(receipt)
        notice = MoneyReturned(
            school.account.id, school.organisation, "mpesa", witness, named, "UKR", None, school.clock.now()
        )
        return school.app.writer.put(record_reversal, Returned(notice, b"{}", "127.0.0.1", "trace"))

    return move


def new_term() -> Move:
    async def move(player: Player) -> None:
        player.terms += 1
        await player.school.students(OWED, guardians=GUARDIANS)

    return move


def workers_claim() -> Move:
    async def move(player: Player) -> None:
        for claim in (claim_prompts, claim_messages):
            claimed: Any = await player.school.app.write(claim, Claim(3))
            del claimed  # the worker dies with what it claimed: nothing is sent twice
        await player.school.app.write(settle, [])

    return move


RECEIPT = st.integers(1, 8)
NUMBER = st.integers(0, 3)
SHILLINGS = st.sampled_from([1, 5, 25, 30, 40, 55, 60, 95])
PHONE = st.sampled_from([ONE_CHILD, TWO_CHILDREN, STRANGER])
REFERENCE = st.sampled_from([*OWED, "kv-1O", "INV-000002", "", "nonsense", "0712345678"])
SHARES = st.dictionaries(st.sampled_from([*OWED]), SHILLINGS, min_size=1, max_size=2)

MOVES: st.SearchStrategy[Move] = st.one_of(
    st.builds(
        coin,
        REFERENCE,
        PHONE,
        SHAPES,
        SHILLINGS,
        RECEIPT,
        exact=st.sampled_from([True, True, True, False]),
        name=st.sampled_from(["", "Guardian"]),
    ),
    st.builds(ask, PHONE, SHARES),
    st.builds(callback, NUMBER, SHILLINGS, PHONE, RECEIPT),
    st.builds(provider_answers, NUMBER, st.sampled_from(["accepted", "accepted", "refused", "lost"])),
    st.builds(failure, NUMBER, final=st.booleans()),
    st.builds(
        question_answered,
        NUMBER,
        st.sampled_from([Paid(), NotPaid("1032", "", FailReason.CANCELLED), StillWaiting(""), None]),
    ),
    st.builds(time_passes, st.sampled_from([2, 30, 120, 90_000])),
    st.builds(staff_assign, NUMBER, REFERENCE),
    st.builds(staff_move, NUMBER, REFERENCE),
    st.builds(provider_reverses, RECEIPT, st.sampled_from([Witness.PULL, Witness.STATUS])),
    st.builds(new_term),
    st.builds(workers_claim),
)
MOMENTS = st.lists(st.lists(MOVES, min_size=1, max_size=5), min_size=1, max_size=12)
"""What happens, moment by moment; the moves of one moment share a commit as far as they can."""


async def quietly(work: Awaitable[Any]) -> None:
    """People are refused all the time; anything else that goes wrong is a bug."""
    try:
        await work
    except DomainError:
        return


@given(MOMENTS)
@examples(1)
async def test_the_laws_hold_after_any_history(world: World, moments: list[list[Move]]) -> None:
    player = Player(await new_school(world, next(school_numbers)))

    for moment in moments:
        if len(moment) > 1 and any(_moves_time(move) for move in moment):
            for move in moment:
                await quietly(move(player))
        else:
            await asyncio.gather(*(quietly(move(player)) for move in moment))

    assert await player.school.app.read(broken_laws, player.school.organisation) == []
    assert await player.school.app.read(paper_faults, player.school.organisation) == []
    assert world.bugs == []
    told = await player.school.app.read(books, player.school.organisation)
    assert {receipt: minor for receipt, (minor, _) in told.coins.items()} == player.coins
    gone = await player.school.app.read(_taken_back, player.school.organisation)
    kept = sum(minor for receipt, minor in player.coins.items() if receipt not in gone)
    assert told.balances.get("asset:float:mpesa:600984", 0) == kept


def _taken_back(tx: Tx, organisation: OrganisationId) -> set[str]:
    rows = tx.connection.execute(
        sa.select(payments.c.receipt).where(payments.c.organisation_id == organisation, payments.c.status == "reversed")
    )
    return set(rows.scalars())


def _moves_time(move: Move) -> bool:
    """Only one task may move the clock."""
    return move.__qualname__.startswith("time_passes")
