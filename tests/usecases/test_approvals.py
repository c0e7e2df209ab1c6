"""Somebody asks, somebody else decides: in the books, in the trail, and whoever writes past the program (OUT-3)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.approvals import (
    ApprovalExpired,
    ApprovalId,
    ApprovalOver,
    CodeMissing,
    ContentChanged,
    ContentHash,
    DecidedBefore,
    NotApproved,
    NotEntitled,
    Obstacle,
    OwnMoney,
    OwnRequest,
    State,
    SubjectKind,
    Verdict,
)
from core.codes import Proof
from core.errors import Bug, NotFound, NotPermitted
from core.ids import StaffId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.sign_in import WrongCode
from storage import approvals as store
from storage import audit, codes
from storage.tables import approval_decisions, approval_people, approvals, staff_marks
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.approving import JOB, Office, office, staff_id
from tests.usecases.signing import enrolled
from tests.world import TESTER, World
from usecases import approvals as usecases
from usecases import deciding
from usecases.approvals import Decide, Request, Withdraw, waiting_for, who_may
from usecases.staff import Disable, disable
from usecases.verification import verify

PHONE = "254712345678"


async def test_one_asks_and_another_says_yes(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth", Role.CASHIER), await at.hires("Amina")
    await at.asks(ruth)

    done = await at.says(amina, reason=" fine ")

    assert (done.problem, done.approval.state, at.errand.told) == (None, State.APPROVED, ["approved"])
    assert await at.now() == done.approval
    history = await world.app.read(audit.history, at.approval.id)
    assert [(row.change.action, row.change.to_state, row.actor) for row in history] == [
        ("approval_requested", "pending", ruth.name),
        ("approval_given", "approved", amina.name),
    ]
    assert await world.app.read(verify) == []


async def test_above_the_limit_it_takes_two(world: World) -> None:
    at = office(world, 60_000)
    ruth, amina, brian = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("Brian", Role.CFO)
    await at.asks(ruth)

    first, second = await at.says(amina), await at.says(brian)

    assert (first.approval.state, first.approval.missing) == (State.PENDING, 1)
    assert (second.approval.state, at.errand.told) == (State.APPROVED, ["approved"])


async def test_one_no_is_enough(world: World) -> None:
    at = office(world, 60_000)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)

    done = await at.says(amina, Verdict.REJECT, reason="Too dear")

    assert (done.approval.state, at.errand.told) == (State.REJECTED, ["rejected"])
    assert done.approval.decisions[0].reason == "Too dear"


async def test_who_asked_does_not_decide_nor_with_another_account(world: World) -> None:
    at = office(world)
    ruth, again, amina = await at.hires("Ruth"), await at.hires("R. Njeri", Role.CFO), await at.hires("Amina")
    for account in (ruth, again):
        await world.app.write(lambda tx, who: store.add_mark(tx, staff_id(who), "telegram", "4711"), account)
    await at.asks(ruth)

    for account in (ruth, again):
        with pytest.raises(OwnRequest):
            await at.says(account)
    assert await world.app.read(who_may, at.approval) == [staff_id(amina)]


async def test_nobody_approves_what_they_are_paid(world: World) -> None:
    at = office(world)
    ruth, brian = await at.hires("Ruth"), await at.hires("Brian", phone="254722222222")
    payee = await world.app.read(store.marks_of_phone, world.organisation, Msisdn("254722222222"))
    await at.asks(ruth, payee=payee)

    with pytest.raises(OwnMoney):
        await at.says(brian)


async def test_a_member_of_staff_who_asks_as_a_customer_does_not_approve_it(world: World) -> None:
    at = office(world)
    amina = await at.hires("Amina", phone=PHONE)
    marks = await world.app.read(store.marks_of_phone, world.organisation, Msisdn(PHONE))
    await at.asks(Actor(ActorKind.PERSON, "contact", "ussd"), customer=marks)

    with pytest.raises(OwnRequest):
        await at.says(amina)


async def test_one_person_counts_once_also_with_two_accounts(world: World) -> None:
    at = office(world, 60_000)
    ruth, amina, again = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("A. Wairimu", Role.CFO)
    for account in (amina, again):
        await world.app.write(lambda tx, who: store.add_mark(tx, staff_id(who), "telegram", "12"), account)
    await at.asks(ruth)
    await at.says(amina)

    for account in (amina, again):
        with pytest.raises(DecidedBefore):
            await at.says(account)


async def test_roles_that_decide_nothing_and_those_who_left_are_refused(world: World) -> None:
    at = office(world)
    ruth, cashier, gone = await at.hires("Ruth"), await at.hires("Chao", Role.CASHIER), await at.hires("Gone")
    await world.app.write(disable, Disable(staff_id(gone), TESTER))
    await at.asks(ruth)

    for account in (cashier, gone):
        with pytest.raises(NotEntitled):
            await at.says(account)
    for nobody in (TESTER, Actor(ActorKind.STAFF, UUID(int=5).hex, "web")):
        with pytest.raises(NotPermitted):
            await at.says(nobody)


async def test_another_organisations_staff_do_not_even_know_of_it(world: World) -> None:
    at = office(world)
    ruth = await at.hires("Ruth")
    await at.asks(ruth)
    other = await world.other_school("other")
    stranger = await other.staff(Role.CFO, "254700999999", "Stranger")

    with pytest.raises(NotFound):
        await at.says(stranger)
    assert await world.app.read(waiting_for, staff_id(stranger)) == []


async def test_a_change_of_the_content_kills_the_approval_and_says_so(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)
    at.errand.now_pays("254799999999")

    done = await at.says(amina)

    assert isinstance(done.problem, ContentChanged)
    assert ((await at.now()).state, at.errand.told) == (State.VOID, ["void"])
    with pytest.raises(ContentChanged):
        await at.says(amina)


async def test_what_was_shown_must_be_what_is_decided(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)

    with pytest.raises(ContentChanged):
        await at.says(amina, seen=ContentHash(bytes(32)))

    assert (await at.now()).state is State.PENDING


async def test_who_is_late_is_told_who_was_quicker(world: World) -> None:
    at = office(world)
    ruth, amina, brian = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("Brian")
    await at.asks(ruth)
    await at.says(amina)

    with pytest.raises(ApprovalOver) as refused:
        await at.says(brian, Verdict.REJECT)

    assert refused.value.by == "Amina"


async def test_two_who_press_in_the_same_instant_give_one_decision(world: World) -> None:
    at = office(world)
    ruth, amina, brian = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("Brian")
    await at.asks(ruth)

    answers = await asyncio.gather(at.says(amina), at.says(brian, Verdict.REJECT), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["ApprovalOver", "Decided"]
    assert len((await at.now()).decisions) == 1
    assert len(at.errand.told) == 1


async def test_two_processes_that_decide_at_once_give_one_decision(world: World) -> None:
    at = office(world)
    ruth, amina, brian = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("Brian")
    await at.asks(ruth)

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: at.says(amina), lambda: at.says(brian, world=rival.world))

    assert (mine.approval.state, type(theirs)) == (State.APPROVED, ApprovalOver)
    assert len((await at.now()).decisions) == 1


async def test_a_request_that_nobody_decides_expires(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)
    await world.clock.advance(72 * 3_600)
    with pytest.raises(ApprovalExpired):
        await at.says(amina)

    ended = await world.app.write(lambda tx, by: deciding.expire(tx, by, {SubjectKind.PAYOUT: at.errand}), JOB)
    again = await world.app.write(lambda tx, by: deciding.expire(tx, by, {SubjectKind.PAYOUT: at.errand}), JOB)

    assert (ended, again, at.errand.told) == (1, 0, ["expired"])
    with pytest.raises(ApprovalExpired):
        await at.says(amina)


async def test_who_asked_takes_it_back(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)

    with pytest.raises(NotEntitled):
        await withdraws(at, amina)
    done = await withdraws(at, ruth)

    assert (done.state, at.errand.told) == (State.WITHDRAWN, ["withdrawn"])
    with pytest.raises(ApprovalOver):
        await withdraws(at, ruth)


async def test_a_customer_takes_back_what_they_asked_for(world: World) -> None:
    at = office(world)
    marks = await world.app.read(store.marks_of_phone, world.organisation, Msisdn(PHONE))
    customer = Actor(ActorKind.PERSON, "contact", "ussd")
    await at.asks(customer, customer=marks)

    with pytest.raises(NotEntitled):
        await withdraws(at, customer)
    done = await withdraws(at, customer, customer=marks)

    assert done.state is State.WITHDRAWN


async def withdraws(at: Office, who: Actor, **facts: Any) -> Any:
    def run(tx: Tx, wish: Withdraw) -> Any:
        return deciding.withdraw(tx, wish, {SubjectKind.PAYOUT: at.errand})

    return await at.world.app.write(run, Withdraw(at.approval.id, who, **facts))


async def test_what_is_carried_out_at_once_takes_the_code_of_who_says_the_last_yes(world: World) -> None:
    at = office(world, at_once=True)
    ruth = await at.hires("Ruth")
    amina = await enrolled(world, "amina", Role.MANAGER, "254700800001")
    actor = Actor(ActorKind.STAFF, amina.staff.hex, "web", Role.MANAGER)
    await at.asks(ruth)

    with pytest.raises(CodeMissing):
        await at.says(actor)
    wrong = [await at.says(actor, code=code) for code in ("000000", "abc", "aaaa-bbbb-cccc-dddd")]
    done = await at.says(actor, code=amina.code)

    assert all(isinstance(answer.problem, WrongCode) for answer in wrong)
    assert (done.approval.state, done.approval.executor) == (State.EXECUTED, amina.staff)


async def test_a_code_of_the_authenticator_is_used_up(world: World) -> None:
    amina = await enrolled(world, "amina", Role.MANAGER, "254700800001")
    actor = Actor(ActorKind.STAFF, amina.staff.hex, "web", Role.MANAGER)
    first, second = office(world, at_once=True), office(world, at_once=True)
    ruth = await first.hires("Ruth")
    await first.asks(ruth)
    await second.asks(ruth)
    code = amina.code

    done, again = await first.says(actor, code=code), await second.says(actor, code=code)

    assert (done.problem, type(again.problem)) == (None, WrongCode)
    assert (await second.now()).state is State.PENDING


async def test_nobody_spends_a_code_on_what_they_may_not_decide(world: World) -> None:
    at = office(world, at_once=True)
    amina = await enrolled(world, "amina", Role.MANAGER, "254700800001")
    actor = Actor(ActorKind.STAFF, amina.staff.hex, "web", Role.MANAGER)
    await at.asks(actor)

    with pytest.raises(OwnRequest):
        await at.says(actor, code=amina.code)

    assert (await amina.signs_in()).__class__.__name__ == "SignedIn"


async def test_what_was_approved_is_carried_out_once_and_only_as_it_was(world: World) -> None:
    at = office(world)
    ruth, amina, brian = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("Brian")
    await at.asks(ruth)

    with pytest.raises(NotApproved):
        await executes(at, brian)
    await at.says(amina)
    with pytest.raises(OwnRequest):
        await executes(at, ruth)
    done = await executes(at, brian)
    with pytest.raises(ApprovalOver) as late:
        await executes(at, amina)

    assert (done.state, done.executor, late.value.by) == (State.EXECUTED, staff_id(brian), "Brian")


async def test_what_changed_after_the_yes_is_not_carried_out(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)
    await at.says(amina)
    at.errand.now_pays("254799999999")

    assert (await executes(at, amina)).state is State.VOID


async def executes(at: Office, who: Actor) -> Any:
    def run(tx: Tx, by: Actor) -> Any:
        approval = store.load(tx, at.approval.id, lock=True)
        assert approval is not None
        codes.note(tx, Proof.AUTHENTICATOR, approval.id, staff_id(by), approval.content, code=None, origin="")
        return usecases.execute(tx, approval, at.errand.content_now, by=by, has_code=True)

    return await at.world.app.write(run, who)


async def test_each_sees_what_waits_and_why_they_may_not(world: World) -> None:
    at = office(world)
    ruth, amina = await at.hires("Ruth"), await at.hires("Amina")
    await at.asks(ruth)

    assert [row.obstacle for row in await world.app.read(waiting_for, staff_id(ruth))] == [Obstacle.OWN_REQUEST]
    assert [row.obstacle for row in await world.app.read(waiting_for, staff_id(amina))] == [None]
    assert await world.app.read(waiting_for, StaffId(UUID(int=7))) == []
    of_loans = await world.app.read(lambda tx: waiting_for(tx, staff_id(amina), kinds=frozenset({SubjectKind.LOAN})))
    assert of_loans == []
    assert (await world.app.read(store.of_subject, at.approval.subject.id)) == at.approval
    assert not await world.app.read(lambda tx: store.are_expired(tx, tx.now))


async def test_what_nobody_knows_and_what_nobody_owns(world: World) -> None:
    at = office(world)
    ruth = await at.hires("Ruth")
    await at.asks(ruth)
    unknown = ApprovalId(UUID(int=3))

    with pytest.raises(NotFound):
        await world.app.write(deciding.decide, Decide(unknown, Verdict.APPROVE, ruth))
    with pytest.raises(NotFound):
        await world.app.write(
            lambda tx, by: usecases.decide(tx, Decide(unknown, Verdict.APPROVE, by), at.errand.content_now), ruth
        )
    with pytest.raises(NotFound):
        await world.app.write(usecases.withdraw, Withdraw(unknown, ruth))
    with pytest.raises(Bug):
        await world.app.write(lambda tx, by: deciding.decide(tx, Decide(at.approval.id, Verdict.APPROVE, by), {}), ruth)
    world.bugs.clear()


# --- behind the program's back ------------------------------------------------------------------------------------------


async def refused(world: World, *statements: sa.Executable) -> None:
    """A write that passes the program by is refused by the database itself."""
    for statement in statements:
        with pytest.raises(sa.exc.DBAPIError, match=r"approval|append-only"):
            await world.app.write(lambda tx, what: tx.connection.execute(what), statement)
    world.bugs.clear()


async def test_the_database_keeps_the_people_apart(world: World) -> None:
    at = office(world, 60_000)
    ruth, amina, again = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("A. Wairimu", Role.CFO)
    chao, brian = await at.hires("Chao", Role.CASHIER), await at.hires("Brian", phone="254722222222")
    for account in (amina, again):
        await world.app.write(lambda tx, who: store.add_mark(tx, staff_id(who), "telegram", "12"), account)
    payee = await world.app.read(store.marks_of_phone, world.organisation, Msisdn("254722222222"))
    await at.asks(ruth, payee=payee)
    await at.says(amina)
    other = await world.other_school("other")
    stranger = await other.staff(Role.CFO, "254700999999", "Stranger")

    def yes(who: Actor, role: Role = Role.MANAGER, **values: Any) -> sa.Insert:
        row = {
            "approval_id": at.approval.id,
            "staff_id": staff_id(who),
            "number": 7,
            "role": role.value,
            "verdict": "approve",
            "reason": "",
            "content_hash": at.approval.content,
            "origin": "",
            "at": world.clock.now(),
        }
        return sa.insert(approval_decisions).values({**row, **values})

    await refused(
        world,
        yes(ruth),
        yes(amina),
        yes(again, Role.CFO),
        yes(brian),
        yes(chao),
        yes(chao, Role.CASHIER),
        yes(stranger, Role.CFO),
        yes(await at.hires("Late"), at=at.approval.expires_at),
        yes(await at.hires("Blind"), content_hash=bytes(32)),
        sa.update(approval_decisions).values(verdict="reject"),
        sa.delete(approval_decisions),
        sa.delete(approval_people),
        sa.update(approval_people).values(part="checker"),
    )
    assert len((await at.now()).decisions) == 1
    await world.app.write(lambda tx, what: tx.connection.execute(what), yes(await at.hires("Fine")))
    assert len((await at.now()).decisions) == 2


async def test_the_database_keeps_an_approval_as_it_was_asked_for(world: World) -> None:
    at = office(world, 60_000)
    ruth, amina, brian = await at.hires("Ruth"), await at.hires("Amina"), await at.hires("Brian")
    await at.asks(ruth)
    await at.says(amina)
    mine = sa.update(approvals).where(approvals.c.id == at.approval.id)

    def becomes(state: str, who: Actor | None = None) -> sa.Update:
        return mine.values(state=state, version=9, executed_by=who and staff_id(who))

    await refused(
        world,
        becomes("approved"),
        becomes("rejected"),
        becomes("executed", brian),
        becomes("pending", brian),
        mine.values(content_hash=bytes(32)),
        mine.values(minor=1),
        mine.values(people=1),
        mine.values(roles="cashier"),
        mine.values(code=False),
        mine.values(requested_by=staff_id(brian)),
        mine.values(expires_at=world.clock.now()),
        mine.values(version=1),
        sa.delete(approvals),
        sa.insert(approvals).from_select(
            [column.name for column in approvals.c], sa.select(approvals).where(approvals.c.id == at.approval.id)
        ),
    )
    await at.says(brian)
    await refused(world, becomes("executed", ruth), becomes("executed"), becomes("rejected"), becomes("pending"))
    await executes(at, brian)
    await refused(world, becomes("withdrawn"), becomes("executed", amina), becomes("approved"))


async def test_the_database_asks_for_one_open_approval_a_subject(world: World) -> None:
    at = office(world)
    ruth = await at.hires("Ruth")
    await at.asks(ruth)

    with pytest.raises(sa.exc.DBAPIError):
        await at.world.app.write(usecases.request, Request(at.errand.content_now, ruth))
    world.bugs.clear()


async def test_who_sees_an_approval_change_without_its_lock_is_stopped(world: World) -> None:
    at = office(world)
    ruth = await at.hires("Ruth")
    approval = await at.asks(ruth)

    def blind(tx: Tx, command: None) -> None:
        store.save(tx, replace(approval, version=5), replace(approval, version=6))

    with pytest.raises(Bug):
        await world.app.write(blind, None)
    world.bugs.clear()


async def test_a_mark_that_is_known_stays(world: World) -> None:
    at = office(world)
    ruth = await at.hires("Ruth")
    for _ in range(2):
        await world.app.write(lambda tx, who: store.add_mark(tx, staff_id(who), "telegram", "12"), ruth)

    assert world.rows("SELECT count(*) FROM staff_marks") == [(1,)]
    assert await world.app.read(store.person, StaffId(UUID(int=1))) is None
    await refused(world, sa.delete(staff_marks), sa.update(staff_marks).values(mark=b""))
