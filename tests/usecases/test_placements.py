"""So much money is given to its owner, or moved, that it takes a second person's yes (OUT-3, PAY-5, PAY-7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.application import Strategy
from core.approvals import (
    Approval,
    ApprovalExpired,
    ApprovalId,
    ApprovalOver,
    CodeMissing,
    ContentChanged,
    NotEntitled,
    OwnMoney,
    OwnRequest,
    State,
    SubjectKind,
    Verdict,
)
from core.errors import NotFound
from core.ids import PaymentId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.placements import PlacementWaits, RequesterUnknown
from storage import approvals as store
from storage import audit, organisations, outbox
from storage.organisations import TierSetting
from storage.tables import outbox as outbox_table
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.approving import JOB, staff_id
from tests.usecases.signing import Person, enrolled
from tests.usecases.test_reversals import reverses
from tests.world import TESTER, World, kes
from usecases import approvals, deciding, second_factor
from usecases.approvals import Decide, Request, Withdraw, who_may
from usecases.deciding import Decided
from usecases.moving import MoveOwn, move_own
from usecases.owners import OWNERS
from usecases.placements import Asked
from usecases.reallocation import CreditSpent, Reallocate, reallocate
from usecases.suspense import Assigned, AssignSuspense, assign
from usecases.verification import verify

PAYER, STRANGER, GUARDIAN = Msisdn("254712345678"), Msisdn("254799000111"), "254700800003"
MUCH = 60_000


@dataclass
class Desk:
    """A cashier and a manager who ask, a CFO with an authenticator who decides, and one of the staff who is a parent."""

    world: World
    cashier: Actor
    manager: Actor
    faith: Person
    parent: Actor

    @property
    def boss(self) -> Actor:
        return Actor(ActorKind.STAFF, self.faith.staff.hex, "web", Role.CFO)

    async def waits(self, shillings: int = MUCH, receipt: str = "UKL0000001") -> PaymentId:
        notice = self.world.notice("nobody", shillings, payer=STRANGER, receipt=receipt)
        (recorded,) = await self.world.arrives(notice)
        return recorded.payment

    async def paid(self, account: str = "KV10", shillings: int = MUCH) -> PaymentId:
        notice = self.world.notice(account, shillings, payer=PAYER, receipt="UKL0000002")
        (recorded,) = await self.world.arrives(notice)
        return recorded.payment

    async def gives(self, payment: PaymentId, to: str = "KV20", by: Actor | None = None) -> Any:
        wish = AssignSuspense(payment, to, by or self.cashier, "trace", why="their mother called")
        return await self.world.app.write(assign, wish)

    async def moves(self, payment: PaymentId, to: str = "KV20", by: Actor | None = None) -> Any:
        wish = Reallocate(payment, to, by or self.manager, "trace", "the sister's number")
        return await self.world.app.write(reallocate, wish)

    async def says(
        self,
        asked: Asked,
        verdict: Verdict = Verdict.APPROVE,
        *,
        by: Actor | None = None,
        code: str | None = None,
        world: World | None = None,
    ) -> Decided:
        typed = self.faith.code if code is None else code
        wish = Decide(asked.approval, verdict, by or self.boss, code=typed, trace="yes")
        done = await (world or self.world).app.write(deciding.decide, wish)
        await self.world.clock.advance(30)  # the next code
        return done

    async def now(self, asked: Asked) -> Approval:
        found = await self.world.app.read(store.load, asked.approval)
        assert found is not None
        return found

    async def ruling(self) -> list[Any]:
        return [one for (one,) in self.world.rows("SELECT ruling FROM placements ORDER BY at, id")]


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await world.students({"KV10": 2_000, "KV20": 500}, guardians={"KV10": [PAYER.digits], "KV20": [GUARDIAN]})
    cashier = await world.staff(Role.CASHIER, "254700800001", "Chao")
    manager = await world.staff(Role.MANAGER, "254700800002", "Amina")
    parent = await world.staff(Role.TREASURER, GUARDIAN, "Peter")
    opened = Desk(world, cashier, manager, await enrolled(world, "faith", Role.CFO, "254700800004"), parent)
    yield opened
    assert await world.app.read(verify) == []


async def books(world: World) -> dict[str, int]:
    return {code: minor for code, minor in (await world.balances()).items() if minor}


# --- how much is too much for one -----------------------------------------------------------------------------------------


async def test_up_to_the_limit_one_person_gives_and_moves(desk: Desk) -> None:
    given = await desk.gives(await desk.waits(50_000), by=TESTER)
    moved = await desk.moves(await desk.paid(shillings=50_000))

    assert (given.amount, moved.amount) == (kes(50_000), kes(50_000))
    assert desk.world.rows("SELECT 1 FROM approvals") == []


async def test_above_it_a_second_person_agrees_and_the_money_goes_then(desk: Desk) -> None:
    payment = await desk.waits()
    before = await books(desk.world)

    asked = await desk.gives(payment)

    assert isinstance(asked, Asked)
    assert (asked.amount, asked.reference) == (kes(MUCH), "KV20")
    assert await books(desk.world) == before
    facts = OWNERS[SubjectKind.SUSPENSE].content
    assert (await desk.world.app.read(facts, (await desk.now(asked)).subject.id, lock=False)).facts == {
        "payment": payment.hex,
        "from": "suspense",
        "to": "KV20 Student KV20",
        "reason": "their mother called",
    }

    done = await desk.says(asked)

    assert (done.problem, done.approval.state, done.approval.executor) == (None, State.EXECUTED, desk.faith.staff)
    assert await desk.world.suspense() == 0
    assert await desk.world.owes("KV20") == -kes(MUCH - 500).minor
    assert await desk.ruling() == ["approved"]


async def test_the_books_are_those_of_one_persons_act_and_the_trail_says_who_agreed(desk: Desk) -> None:
    alone = await desk.waits(50_000, "UKL0000003")
    await desk.gives(alone)
    asked = await desk.gives(await desk.waits())
    await desk.says(asked)

    kinds = "SELECT kind, count(*) FROM entries WHERE kind = 'suspense_assigned' GROUP BY kind"
    assert [tuple(row) for row in desk.world.rows(kinds)] == [("suspense_assigned", 2)]
    history = await desk.world.app.read(audit.history, asked.payment)
    assert [(step.change.action, step.change.reason, step.actor, step.change.trace) for step in history][-1] == (
        "suspense_assigned",
        f"staff:KV20 their mother called approval:{asked.approval.hex}",
        desk.faith.staff.hex,
        "yes",
    )
    trail = await desk.world.app.read(audit.history, asked.approval)
    assert [(step.change.action, step.actor) for step in trail] == [
        ("approval_requested", desk.cashier.name),
        ("approval_given", desk.faith.staff.hex),
        ("approval_executed", desk.faith.staff.hex),
    ]
    placed = await desk.world.app.read(audit.history, (await desk.now(asked)).subject.id)
    assert [(step.change.action, step.actor) for step in placed] == [
        ("placement_asked", desk.cashier.name),
        ("placement_made", desk.faith.staff.hex),
    ]
    told = sa.select(outbox_table.c.facts_sealed).where(outbox_table.c.event == "payment_received")
    (_, last) = await desk.world.app.read(
        lambda tx: [outbox.message_facts(tx, bytes(one)) for one in tx.connection.scalars(told)]
    )
    assert last.message["reference"] == "KV20"


async def test_a_payment_is_moved_with_a_second_yes_to_one_invoice_of_theirs(desk: Desk) -> None:
    await desk.world.students({"KV20": 70_000})  # the next term: INV-000003
    payment = await desk.paid()

    asked = await desk.moves(payment, "INV-000003")
    subject = (await desk.now(asked)).subject
    content = await desk.world.app.read(OWNERS[subject.kind].content, subject.id, lock=False)
    await desk.says(asked)

    assert (content.facts["from"], content.facts["to"]) == ("KV10 60000.00", "INV-000003 KV20 Student KV20")
    assert (await desk.world.owes("KV10"), await desk.world.owes("KV20")) == (2_000_00, 10_500_00)
    owed = desk.world.rows("SELECT outstanding_minor FROM open_items WHERE number = 'INV-000003'")
    assert [tuple(row) for row in owed] == [(10_000_00,)]
    assert await desk.world.app.read(OWNERS[subject.kind].named, subject.id) == "UKL0000002"


async def test_an_office_says_itself_of_how_much_it_takes_whom(world: World) -> None:
    roles = (Role.MANAGER,)
    tiers = (
        TierSetting(1, roles),
        TierSetting(0, roles, 100_00, SubjectKind.SUSPENSE),
        TierSetting(2, roles, None, SubjectKind.SUSPENSE),
    )
    strict = await world.other_school("mlima", tiers=tiers)
    await strict.students({"ML10": 500})
    cashier = await strict.staff(Role.CASHIER, "254700800009", "Mary")
    (small, large) = await strict.arrives(strict.notice("who", 100), strict.notice("who", 101))

    given = await strict.app.write(assign, AssignSuspense(small.payment, "ML10", cashier, "trace"))
    asked = await strict.app.write(assign, AssignSuspense(large.payment, "ML10", cashier, "trace"))

    assert (type(given), type(asked)) == (Assigned, Asked)
    policy = await strict.app.read(organisations.approval_policy, strict.organisation)
    assert not policy.takes_another(SubjectKind.REALLOCATION, kes(50_000))
    assert policy.requires(SubjectKind.SUSPENSE, kes(101)).people == 2


async def test_what_the_payer_moves_asks_nobody(desk: Desk) -> None:
    payment = await desk.waits()

    await desk.world.app.write(move_own, MoveOwn(desk.world.organisation, payment, "KV10", STRANGER, "sms"))

    assert await desk.world.suspense() == 0


async def test_what_a_later_witness_decides_asks_nobody(desk: Desk) -> None:
    wish = AssignSuspense(await desk.waits(), "KV20", JOB, "trace", Strategy.ONLY_ACCOUNT)

    done = await desk.world.app.write(assign, wish)

    assert isinstance(done, Assigned)
    assert desk.world.rows("SELECT 1 FROM approvals") == []


# --- who ----------------------------------------------------------------------------------------------------------------


async def test_never_who_asked_nor_who_owes_less_by_it_nor_without_a_code(desk: Desk) -> None:
    asked = await desk.gives(await desk.waits(), by=desk.manager)

    for who, refusal in ((desk.manager, OwnRequest), (desk.parent, OwnMoney), (desk.cashier, NotEntitled)):
        with pytest.raises(refusal):
            await desk.says(asked, by=who)
    with pytest.raises(CodeMissing):
        await desk.says(asked, code="")

    assert await desk.world.app.read(who_may, await desk.now(asked)) == [desk.faith.staff]
    assert await desk.world.suspense() == kes(MUCH).minor


async def test_who_asks_has_a_name(desk: Desk) -> None:
    with pytest.raises(RequesterUnknown):
        await desk.gives(await desk.waits(), by=TESTER)
    with pytest.raises(RequesterUnknown):
        await desk.moves(await desk.paid(), by=TESTER)

    assert desk.world.rows("SELECT 1 FROM approvals") == []


# --- what became of it meanwhile ------------------------------------------------------------------------------------------


async def test_a_yes_to_money_that_has_its_owner_already_places_nothing(desk: Desk) -> None:
    payment = await desk.waits()
    asked = await desk.gives(payment)
    await desk.world.app.write(move_own, MoveOwn(desk.world.organisation, payment, "KV10", STRANGER, "sms"))
    before = await books(desk.world)

    done = await desk.says(asked)

    assert isinstance(done.problem, ContentChanged)
    assert ((await desk.now(asked)).state, await desk.ruling()) == (State.VOID, ["rejected"])
    assert await books(desk.world) == before
    with pytest.raises(ContentChanged):
        await desk.says(asked)


RENUMBERED = (
    "UPDATE account_references SET account_id = (SELECT id FROM customer_accounts WHERE reference = 'KV10') "
    "WHERE account_id = (SELECT id FROM customer_accounts WHERE reference = 'KV20') AND item_id IS NULL"
)


@pytest.mark.parametrize("what", ["reversed", "moved", "closed", "renamed", "renumbered"])
async def test_a_yes_to_a_move_that_is_another_now_places_nothing(desk: Desk, what: str) -> None:
    asked = await desk.moves(await desk.paid())
    if what == "reversed":
        await reverses(desk.world, "UKL0000002")
    elif what == "moved":
        await desk.world.students({"KV30": 10}, guardians={"KV30": [PAYER.digits]})
        await desk.world.app.write(
            move_own, MoveOwn(desk.world.organisation, asked.payment, "KV30", PAYER, "sms", has_code=True)
        )
    elif what == "closed":
        await desk.world.closes("KV20")
    elif what == "renumbered":
        await desk.world.app.write(_behind, RENUMBERED)
    else:
        await desk.world.app.write(_behind, "UPDATE customer_accounts SET holder = 'X' WHERE reference = 'KV20'")
    before = await books(desk.world)

    done = await desk.says(asked)

    assert isinstance(done.problem, ContentChanged)
    assert await books(desk.world) == before


async def test_credit_that_was_spent_meanwhile_keeps_the_yes_from_counting(desk: Desk) -> None:
    asked = await desk.moves(await desk.paid())
    await desk.world.students({"KV10": 10_000})

    with pytest.raises(CreditSpent):
        await desk.says(asked)

    assert ((await desk.now(asked)).state, (await desk.now(asked)).yes) == (State.PENDING, 0)


async def test_what_could_not_be_done_is_not_asked_for(desk: Desk) -> None:
    payment = await desk.paid()
    with pytest.raises(NotFound):
        await desk.moves(payment, "KV10")
    with pytest.raises(NotFound):
        await desk.moves(payment, "KV99")
    with pytest.raises(NotFound):
        await desk.gives(payment)
    await desk.world.students({"KV10": 10_000})
    with pytest.raises(CreditSpent):
        await desk.moves(payment)

    assert desk.world.rows("SELECT 1 FROM approvals") == []


# --- asked again, refused, taken back, too late ---------------------------------------------------------------------------


async def test_asked_twice_it_is_one_request_and_another_one_waits_its_turn(desk: Desk) -> None:
    payment = await desk.waits()
    first = await desk.gives(payment)

    assert await desk.gives(payment, "kv-20", desk.manager) == first
    with pytest.raises(PlacementWaits) as refused:
        await desk.gives(payment, "KV10")

    assert refused.value.reference == "KV20 Student KV20"
    assert desk.world.rows("SELECT count(*) FROM approvals") == [(1,)]


async def test_a_request_that_the_books_have_overtaken_gives_way_to_a_new_one(desk: Desk) -> None:
    payment = await desk.waits()
    first = await desk.gives(payment)
    await desk.world.app.write(move_own, MoveOwn(desk.world.organisation, payment, "KV10", STRANGER, "sms"))

    second = await desk.moves(payment)

    assert (await desk.now(first)).state is State.VOID
    assert await desk.ruling() == ["rejected", "pending"]
    assert (await desk.says(second)).approval.state is State.EXECUTED
    with pytest.raises(ContentChanged):
        await desk.says(first)


async def test_a_yes_said_twice_places_it_once(desk: Desk) -> None:
    asked = await desk.gives(await desk.waits())
    await desk.says(asked)
    before = await books(desk.world)

    with pytest.raises(ApprovalOver):
        await desk.says(asked)

    assert await books(desk.world) == before


@pytest.mark.parametrize("how", ["refused", "taken back", "too late"])
async def test_without_a_yes_the_money_stays_and_can_be_asked_for_again(desk: Desk, how: str) -> None:
    payment = await desk.waits()
    asked = await desk.gives(payment)
    if how == "refused":
        await desk.says(asked, Verdict.REJECT, code="")
    elif how == "taken back":
        await desk.world.app.write(deciding.withdraw, Withdraw(asked.approval, desk.cashier))
    else:
        await desk.world.clock.advance(timedelta(hours=73).total_seconds())
        with pytest.raises(ApprovalExpired):
            await desk.says(asked)
        assert await desk.world.app.write(deciding.expire, JOB) == 1

    assert await desk.world.suspense() == kes(MUCH).minor
    assert await desk.ruling() == ["rejected"]
    again = await desk.gives(payment)
    assert (await desk.says(again)).approval.state is State.EXECUTED


async def test_nobody_else_takes_it_back(desk: Desk) -> None:
    asked = await desk.gives(await desk.waits())

    with pytest.raises(NotEntitled):
        await desk.world.app.write(deciding.withdraw, Withdraw(asked.approval, desk.manager))


# --- at once ------------------------------------------------------------------------------------------------------------


async def test_two_who_press_in_one_instant_place_it_once(desk: Desk) -> None:
    asked = await desk.gives(await desk.waits())
    other = await enrolled(desk.world, "grace", Role.CFO, "254700800005")
    grace = Actor(ActorKind.STAFF, other.staff.hex, "web", Role.CFO)

    yes, late = await asyncio.gather(
        desk.says(asked), desk.says(asked, by=grace, code=other.code), return_exceptions=True
    )

    assert isinstance(yes, Decided)
    assert isinstance(late, ApprovalOver)
    assert await desk.world.owes("KV20") == -kes(MUCH - 500).minor


async def test_two_processes_place_it_once(desk: Desk) -> None:
    asked = await desk.gives(await desk.waits())
    other = await enrolled(desk.world, "grace", Role.CFO, "254700800005")
    grace = Actor(ActorKind.STAFF, other.staff.hex, "web", Role.CFO)
    code = other.code

    with rival_of(desk.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: desk.says(asked), lambda: desk.says(asked, by=grace, code=code, world=rival.world)
        )

    assert mine.approval.state is State.EXECUTED
    assert isinstance(theirs, ApprovalOver)
    assert await desk.world.owes("KV20") == -kes(MUCH - 500).minor


async def test_a_yes_and_the_payers_own_move_meet_and_one_of_them_counts(desk: Desk) -> None:
    payment = await desk.waits()
    asked = await desk.gives(payment)
    own = MoveOwn(desk.world.organisation, payment, "KV10", STRANGER, "sms")

    with rival_of(desk.world) as rival:
        _, theirs = await rival.overlap(
            lambda: desk.world.app.write(move_own, own), lambda: desk.says(asked, world=rival.world)
        )

    assert isinstance(theirs.problem, ContentChanged)
    assert await desk.world.owes("KV20") == kes(500).minor


async def test_two_processes_ask_once(desk: Desk) -> None:
    payment = await desk.waits()
    wish = AssignSuspense(payment, "KV20", desk.manager, "trace", why="their mother called")

    with rival_of(desk.world) as rival:
        mine, theirs = await rival.overlap(lambda: desk.gives(payment), lambda: rival.world.app.write(assign, wish))

    assert mine == theirs
    assert desk.world.rows("SELECT count(*) FROM placements") == [(1,)]


# --- past the program -----------------------------------------------------------------------------------------------------

BREAKING = (
    "UPDATE placements SET ruling = 'approved'",
    "UPDATE placements SET minor = minor - 1",
    "UPDATE placements SET account_id = (SELECT id FROM customer_accounts WHERE reference = 'KV10')",
    "UPDATE placements SET reference = 'KV10'",
    "UPDATE placements SET why = ''",
    "UPDATE placements SET requested_by = (SELECT id FROM staff WHERE name = 'Amina')",
    "DELETE FROM placements",
    "UPDATE approvals SET requested_by = NULL",
    "UPDATE approvals SET state = 'approved', version = 2",
    "UPDATE approvals SET state = 'executed', version = 2, executed_by = requested_by, ended_at = requested_at",
)
_AGAIN = (
    "INSERT INTO placements SELECT {id}, organisation_id, kind, payment_id, reference, account_id, minor, currency, origin, "
    "target, why, {by}, '{ruling}', at FROM placements"
)
_DECIDES = (
    "INSERT INTO approval_decisions (approval_id, staff_id, number, role, verdict, reason, content_hash, origin, at) "
    "SELECT a.id, s.id, 1, s.role, 'approve', '', a.content_hash, 'web', a.requested_at FROM approvals a, staff s "
    "WHERE s.name = '{name}'"
)


async def test_the_database_places_nothing_with_one_persons_word(desk: Desk) -> None:
    asked = await desk.gives(await desk.waits(), by=desk.manager)
    subject = (await desk.now(asked)).subject.id
    fresh = (
        "X'00000000000000000000000000000001'" if desk.world.url.is_sqlite else f"'{ApprovalId(desk.world.ids.new())}'"
    )
    stranger = await (await desk.world.other_school("mlima")).staff(Role.CASHIER, "254700800077", "Stranger")
    theirs = f"X'{stranger.name}'" if desk.world.url.is_sqlite else f"'{staff_id(stranger)}'"

    for statement in (
        *BREAKING,
        _DECIDES.format(name="Amina"),
        _DECIDES.format(name="Peter"),
        _DECIDES.format(name="Chao"),
        _AGAIN.format(id=fresh, by="requested_by", ruling="pending"),
        _AGAIN.format(id=fresh, by="requested_by", ruling="approved"),
        _AGAIN.format(id="id", by="requested_by", ruling="pending"),
    ):
        with pytest.raises(sa.exc.DBAPIError):
            await desk.world.app.write(_behind, statement)
    await desk.says(asked, Verdict.REJECT, code="")
    for statement in (
        "UPDATE placements SET ruling = 'approved'",
        "UPDATE placements SET ruling = 'rejected'",
        _AGAIN.format(id=fresh, by=theirs, ruling="pending"),
    ):
        with pytest.raises(sa.exc.DBAPIError):
            await desk.world.app.write(_behind, statement)

    desk.world.bugs.clear()
    assert await desk.ruling() == ["rejected"]
    with pytest.raises(NotFound):
        await desk.world.app.read(OWNERS[SubjectKind.SUSPENSE].content, asked.approval)
    assert await desk.world.app.read(OWNERS[SubjectKind.SUSPENSE].named, asked.approval) == ""
    assert await desk.world.app.read(OWNERS[SubjectKind.SUSPENSE].named, subject) == "UKL0000001"


async def test_a_yes_to_what_another_asked_for_places_nothing_of_ones_own(desk: Desk) -> None:
    """The request was taken back behind the placement, and somebody else asked for the same: theirs was approved, and not this."""
    asked = await desk.gives(await desk.waits(), by=desk.cashier)
    subject = (await desk.now(asked)).subject

    def again(tx: Tx, by: Actor) -> Approval:
        approvals.withdraw(tx, Withdraw(asked.approval, desk.cashier))
        content = OWNERS[subject.kind].content(tx, subject.id)
        return approvals.request(tx, Request(content, by))

    other = await desk.world.app.write(again, desk.manager)

    def carried_out(tx: Tx, code: str) -> State:
        content = OWNERS[subject.kind].content(tx, subject.id)
        approvals.decide(tx, Decide(other.id, Verdict.APPROVE, desk.boss), content)
        now = store.load(tx, other.id, lock=True)
        assert now is not None
        assert second_factor.check(tx, now, approvals.person_of(tx, desk.boss), code, origin="") is None
        return approvals.execute(tx, now, content, by=desk.boss, has_code=True).state

    assert await desk.world.app.write(carried_out, desk.faith.code) is State.EXECUTED
    with pytest.raises(sa.exc.DBAPIError, match="approved by others"):
        await desk.world.app.write(_behind, "UPDATE placements SET ruling = 'approved'")

    desk.world.bugs.clear()
    assert await desk.ruling() == ["pending"]


def _behind(tx: Tx, statement: str) -> None:
    tx.connection.exec_driver_sql(statement)
