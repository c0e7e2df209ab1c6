"""Deciding from any phone: a PIN for the one request at hand, a code where the policy asks, and the first answer counts (TG-2)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
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
    OwnRequest,
    State,
    Verdict,
)
from core.codes import CodesBlocked, CodeTooSoon
from core.errors import NotFound, NotPermitted
from core.ids import StaffId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.pins import NoPin, PinLocked, PinRests, WeakPin, WrongPin
from core.sign_in import NotOneself, WrongCode
from dialogue.conversation import Hop
from dialogue.flows import GRAPH
from dialogue.program import Program
from dialogue.talk import Talk
from storage import approvals as store
from storage import audit, outbox
from storage.callers import caller as called
from storage.tables import approval_decisions
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.signing import PASSPHRASES, Person, enrolled
from tests.world import TESTER, World, kes
from usecases import by_phone, deciding, pins, second_factor
from usecases.approvals import Decide
from usecases.by_phone import DecideByPhone, TextCode
from usecases.deciding import Decided
from usecases.pins import ChoosePin, GiveActivation, OpenPin, TryPin
from usecases.placements import Asked
from usecases.refunds.asking import RequestRefund, request_refund
from usecases.staff import Disable, Reset, disable, reset
from usecases.suspense import AssignSuspense, assign
from usecases.verification import verify

CODE = "*384*70421#"
PIN = "24680"
AMINA, CHAO, BRIAN = Msisdn("254700800001"), Msisdn("254700800002"), Msisdn("254700800003")


@dataclass
class Office:
    """A refund that waits for the yes of Amina, who has a PIN and an authenticator."""

    world: World
    amina: Person
    chao: Actor
    typed: list[str] = field(default_factory=list)
    session: int = 0

    def __post_init__(self) -> None:
        self.program = Program(self.world.app, PASSPHRASES, public_url="https://pay.example.org")
        self.talk = Talk(self.program, self.world.app.memory, GRAPH)

    async def dials(self, *answers: str, who: Msisdn = AMINA) -> str:
        self.session += 1
        self.typed = []
        page = (await self.talk.turn(self.hop(who))).text
        return await self.types(*answers, who=who) if answers else page

    async def types(self, *answers: str, who: Msisdn = AMINA) -> str:
        page = ""
        for answer in answers:
            self.typed.append(answer)
            page = (await self.talk.turn(self.hop(who))).text
        return page

    def hop(self, who: Msisdn) -> Hop:
        return Hop(f"s{self.session}", who, CODE, "*".join(self.typed), "trace")

    async def asked(self, shillings: int = 500, by: Actor | None = None) -> ApprovalId:
        receipt = f"UKL000000{self.session + shillings % 7}"
        notice = self.world.notice("KV10", shillings, payer=Msisdn("254712345678"), receipt=receipt)
        (recorded,) = await self.world.arrives(notice)
        wish = RequestRefund(recorded.payment, None, "Paid twice", by or self.chao, "trace")
        refund = await self.world.app.write(request_refund, wish)
        approval = await self.world.app.read(store.of_subject, refund.id)
        assert approval is not None
        return approval.id

    async def chooses(self, pin: str = PIN, *, who: Msisdn = AMINA, code: str | None = None) -> None:
        await self.program.open_pin(OpenPin(self.world.organisation, who, code or self.amina.code))
        await self.program.choose_pin(ChoosePin(self.world.organisation, who, pin))
        await self.world.clock.advance(30)  # the next code

    async def tries(self, approval: ApprovalId, pin: str = PIN, *, who: Msisdn = AMINA) -> Any:
        return await self.program.try_pin(TryPin(self.world.organisation, who, approval, Verdict.APPROVE, pin))

    async def says(self, approval: ApprovalId, **facts: Any) -> Any:
        seen = facts.pop("seen", None) or (await self.now(approval)).content
        wish = DecideByPhone(self.world.organisation, AMINA, approval, Verdict.APPROVE, seen, **facts)
        return await self.program.decide(wish)

    async def now(self, approval: ApprovalId) -> Any:
        return await self.world.app.read(store.load, approval)

    async def texted(self) -> list[str]:
        """What staff were told of their way in."""

        def read(tx: Tx) -> list[str]:
            query = sa.text("SELECT facts_sealed FROM outbox WHERE event = 'access_changed' ORDER BY created_at, id")
            found = [outbox.message_facts(tx, bytes(row[0])).message for row in tx.connection.execute(query)]
            return [message["what"] for message in found]

        return await self.world.app.read(read)


async def office_of(world: World) -> Office:
    await world.students({"KV10": 2_000}, guardians={"KV10": ["254712345678"]})
    amina = await enrolled(world, "amina", Role.MANAGER, AMINA.digits)
    return Office(world, amina, await world.staff(Role.CASHIER, CHAO.digits, "Chao"))


@pytest.fixture
async def at(small: World) -> Office:
    return await office_of(small)


async def test_a_manager_says_yes_on_a_plain_phone(world: World) -> None:
    at = await office_of(world)
    approval = await at.asked()

    assert "1 Approvals (1)" in await at.dials()
    assert await at.types("1", "1") == (
        "RF-000001 KSh 500\nAsked by Chao\nTo 254712***678\nWhy: Paid twice\n1 Approve\n2 Refuse\n0 Back 00 Home"
    )
    assert (await at.types("1")).startswith("You have no PIN yet.")
    assert (await at.types("1")).startswith("A new PIN.")
    assert await at.types(at.amina.code) == "Choose a PIN of 5 figures:\n0 Back 00 Home"
    assert (await at.types("12345")).startswith("Too easy to guess.")
    assert (await at.types(PIN)).startswith("Your PIN is set.")
    await at.world.clock.advance(30)
    assert await at.types("1", "1", "1") == "Approve RF-000001 KSh 500\nYour PIN:\n0 Back 00 Home"
    assert (await at.types("13579")).startswith("Wrong PIN. Tries left: 4.")
    assert "Code of your authenticator" in await at.types(PIN)
    assert (await at.types("000000")).startswith("The code is wrong")
    assert await at.types(at.amina.code) == "RF-000001 KSh 500\nApproved. It is being carried out."

    done = await at.now(approval)
    assert (done.state, done.decisions[0].origin, done.executor) == (State.EXECUTED, "ussd", at.amina.staff)
    proofs = world.rows("SELECT proof FROM approval_proofs ORDER BY at, id")
    assert sorted(proof for (proof,) in proofs) == ["authenticator", "pin", "wrong", "wrong_pin"]
    assert await at.texted() == ["set_up", "pin_set"]
    assert await world.app.read(verify) == []
    assert "1 Approvals (0)" in await at.dials()
    assert (await at.types("1")).startswith("Nothing waits for your yes.")


async def test_much_money_gets_its_owner_by_a_yes_on_a_plain_phone(at: Office) -> None:
    (recorded,) = await at.world.arrives(at.world.notice("nobody", 60_000, receipt="UKL0000009"))
    wish = AssignSuspense(recorded.payment, "KV10", at.chao, "trace", why="Their mother called")
    asked = await at.world.app.write(assign, wish)
    await at.chooses()

    assert await at.dials("1", "1") == (
        "UKL0000009 KSh 60,000\nAsked by Chao\nWhy: Their mother called\nfrom: suspense\nto: KV10 Student KV10\n"
        "1 Approve\n2 Refuse\n0 Back 00 Home"
    )
    done = await at.types("1", PIN, at.amina.code)

    assert done == "UKL0000009 KSh 60,000\nApproved. It is being carried out."
    assert isinstance(asked, Asked)
    assert (await at.now(asked.approval)).state is State.EXECUTED
    assert await at.world.suspense() == 0


async def test_a_no_takes_a_reason_and_a_pin_and_no_code(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()

    assert await at.dials("1", "1", "2", "2", PIN) == "RF-000001 KSh 500\nRefused. Whoever asked is told."

    done = await at.now(approval)
    assert (done.state, done.decisions[0].reason) == (State.REJECTED, "the sum is wrong")


async def test_a_large_sum_waits_for_the_second_yes(at: Office) -> None:
    approval = await at.asked(60_000)
    await at.chooses()

    page = await at.dials("1", "1", "98", "1", PIN)

    assert page == "RF-000001 KSh 60,000\nYour yes counts. Yes still missing: 1."
    assert (await at.now(approval)).missing == 1


async def test_a_code_is_texted_on_wish_and_the_call_is_taken_up_again(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()

    page = await at.dials("1", "1", "1", PIN, "1")
    assert page.startswith("A code comes by SMS.")
    assert (await at.types("1")).startswith("A code was just sent.")
    assert (await at.dials()).startswith("Welcome back.")
    assert (await at.types("1")).startswith("A code comes by SMS.")
    assert (await at.types(await sent_code(at))).endswith("It is being carried out.")

    assert (await at.now(approval)).state is State.EXECUTED


async def sent_code(at: Office) -> str:
    def read(tx: Tx) -> str:
        query = sa.text("SELECT facts_sealed FROM outbox WHERE event = 'one_time_code'")
        (row,) = tx.connection.execute(query).all()
        return str(outbox.message_facts(tx, bytes(row[0])).message["code"])

    return await at.world.app.read(read)


async def test_neither_pin_nor_code_is_kept_anywhere(at: Office) -> None:
    await at.asked()
    await at.chooses()
    await at.dials("1", "1", "1", "13579", PIN)
    kept = [value for _, value in at.world.app.memory._kept.values()]  # type: ignore[attr-defined]

    assert kept
    assert not any(PIN.encode() in value or b"13579" in value for value in kept)
    page = await at.types(at.amina.code)
    assert page.endswith("It is being carried out.")
    assert (await at.talk.turn(at.hop(AMINA))).text == page  # the gateway says it again
    for table in ("changes", "approval_proofs", "staff_pins", "outbox", "approval_decisions"):
        for row in at.world.rows(f"SELECT * FROM {table}"):  # noqa: S608
            assert not any(PIN in str(value) for value in row), table


async def test_when_the_memory_is_lost_the_pin_is_asked_again_and_tried_once(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    await at.dials("1", "1", "1")
    at.world.app.memory = type(at.world.app.memory)(at.world.clock)  # type: ignore[call-arg]
    at.talk = Talk(at.program, at.world.app.memory, GRAPH)

    assert await at.types(PIN) == "Approve RF-000001 KSh 500\nYour PIN:\n0 Back 00 Home"
    assert at.world.rows("SELECT tries FROM staff_pins") == [(0,)]
    assert "Code of your authenticator" in await at.types(PIN)
    assert (await at.types(at.amina.code)).endswith("It is being carried out.")
    assert (await at.now(approval)).state is State.EXECUTED


async def test_only_who_is_entitled_sees_it(at: Office) -> None:
    await at.asked()
    requester = Msisdn("254700800009")
    await at.world.staff(Role.REQUESTER, requester.digits, "Rose")

    for phone in (Msisdn("254712345678"), CHAO, requester, Msisdn("254799999999")):
        assert "Approvals" not in await at.dials(who=phone)
        found = await at.world.app.read(called, phone, CODE)
        assert found.relations[0].approvals is None
    for phone in (requester, Msisdn("254799999999")):
        with pytest.raises(NotPermitted):
            await at.world.app.read(by_phone.to_decide_by, at.world.organisation, phone)


async def test_who_was_disabled_or_reset_has_no_pin_any_more(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()

    await at.world.app.write(reset, Reset(at.amina.staff, at.amina.link, TESTER))
    with pytest.raises(NoPin):
        await at.tries(approval)
    await at.world.app.write(disable, Disable(at.amina.staff, TESTER))
    with pytest.raises(NotPermitted):
        await at.tries(approval)


# --- tries ------------------------------------------------------------------------------------------------------------


async def test_a_pin_rests_after_three_wrong_ones_and_locks_after_five(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()

    for left in (4, 3, 2):
        with pytest.raises(WrongPin) as wrong:
            await at.tries(approval, "13579")
        assert wrong.value.left == left
    with pytest.raises(PinRests):
        await at.tries(approval)
    await at.world.clock.advance(15 * 60)
    with pytest.raises(WrongPin):
        await at.tries(approval, "13579")
    await at.world.clock.advance(15 * 60)
    with pytest.raises(PinLocked):
        await at.tries(approval, "13579")
    await at.world.clock.advance(86_400)
    with pytest.raises(PinLocked):
        await at.tries(approval)

    assert await at.texted() == ["set_up", "pin_set", "pin_locked"]
    again = await at.asked(700)
    await at.chooses("90817")  # with the authenticator
    assert (await at.tries(again, "90817")).needs_code


async def test_the_right_one_forgives_the_wrong_ones(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    for _ in range(2):
        with pytest.raises(WrongPin):
            await at.tries(approval, "13579")

    assert (await at.tries(approval)).needs_code

    assert at.world.rows("SELECT tries FROM staff_pins") == [(0,)]


async def test_any_number_of_phones_at_once_have_five_tries_together(world: World) -> None:
    at = await office_of(world)
    approval = await at.asked()
    await at.chooses()

    answers = await asyncio.gather(*(at.tries(approval, f"1357{n}") for n in range(8)), return_exceptions=True)

    assert sum(isinstance(answer, WrongPin) for answer in answers) <= 3
    assert all(isinstance(answer, WrongPin | PinRests | PinLocked) for answer in answers)


async def test_a_pin_counts_for_its_request_alone_and_five_minutes(at: Office) -> None:
    approval, other = await at.asked(), await at.asked(700)
    await at.chooses()
    await at.tries(approval)

    with pytest.raises(NoPin):
        await at.says(other, code=at.amina.code)
    with pytest.raises(NoPin):
        await at.world.app.write(by_phone.text_code, TextCode(at.world.organisation, AMINA, other))
    await at.world.clock.advance(300)
    with pytest.raises(NoPin):
        await at.says(approval, code=at.amina.code)


async def test_a_pin_that_was_changed_while_it_was_compared_proves_nothing(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    wish = TryPin(at.world.organisation, AMINA, approval, Verdict.APPROVE, PIN)
    counted = await at.world.app.write(pins.begin_try, wish)
    await at.chooses("90817")

    answer = await at.world.app.write(pins.end_try, pins.Tried(wish, counted.hash))

    assert isinstance(answer, WrongPin)


async def test_a_person_whose_pin_was_taken_while_it_was_compared_proves_nothing(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    wish = TryPin(at.world.organisation, AMINA, approval, Verdict.APPROVE, PIN)
    counted = await at.world.app.write(pins.begin_try, wish)
    await at.world.app.write(reset, Reset(at.amina.staff, at.amina.link, TESTER))

    assert isinstance(await at.world.app.write(pins.end_try, pins.Tried(wish, counted.hash)), PinLocked)


# --- what stands in the way ---------------------------------------------------------------------------------------------


async def test_nobody_decides_their_own_request_nor_spends_a_try_on_it(at: Office) -> None:
    me = Actor(ActorKind.STAFF, at.amina.staff.hex, "web", Role.MANAGER)
    approval = await at.asked(by=me)
    await at.chooses()

    with pytest.raises(OwnRequest):
        await at.tries(approval, "13579")
    with pytest.raises(OwnRequest):
        await at.world.app.read(by_phone.look, at.world.organisation, AMINA, approval)
    assert at.world.rows("SELECT tries FROM staff_pins") == [(0,)]


async def test_what_changed_after_it_was_shown_is_not_decided(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    await at.tries(approval)

    with pytest.raises(ContentChanged):
        await at.says(approval, seen=ContentHash(bytes(32)), code=at.amina.code)

    assert (await at.now(approval)).state is State.PENDING


async def test_what_expired_between_the_page_and_the_pin_is_not_decided(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    await at.dials("1", "1", "1")
    await at.world.clock.advance(timedelta(hours=72).total_seconds() - 60)
    await at.dials("1", "1", "1")
    await at.world.clock.advance(60)

    assert (await at.types(PIN)).startswith("Too late: the request has expired.")
    with pytest.raises(ApprovalExpired):
        await at.tries(approval)


async def test_nothing_of_another_school_is_found(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    other = await at.world.other_school("other")
    await other.staff(Role.MANAGER, BRIAN.digits, "Brian")
    unknown = ApprovalId(UUID(int=3))
    theirs = TryPin(other.organisation, BRIAN, approval, Verdict.APPROVE, PIN)
    for wish in (theirs, replace(theirs, organisation=at.world.organisation, msisdn=AMINA, approval=unknown)):
        with pytest.raises(NotFound):
            await at.world.app.write(pins.begin_try, wish)
    decision = DecideByPhone(other.organisation, BRIAN, approval, Verdict.APPROVE, ContentHash(b""))
    with pytest.raises(NotFound):
        await at.world.app.write(by_phone.decide_by_phone, decision)
    with pytest.raises(NotFound):
        await at.world.app.write(by_phone.text_code, TextCode(other.organisation, BRIAN, approval))
    with pytest.raises(NotFound):
        await at.world.app.read(by_phone.look, other.organisation, BRIAN, approval)


async def test_the_first_answer_counts_and_the_late_one_reads_whose_it_was(world: World) -> None:
    at = await office_of(world)
    approval = await at.asked()
    brian = await enrolled(world, "brian", Role.CFO, BRIAN.digits)
    await at.chooses()
    await at.tries(approval)
    seen = (await at.now(approval)).content

    async def in_the_chat(where: World) -> Decided:
        by = Actor(ActorKind.STAFF, brian.staff.hex, "telegram", Role.CFO)
        return await where.app.write(deciding.decide, Decide(approval, Verdict.APPROVE, by, seen, code=brian.code))

    if world.url.is_sqlite:
        answers: Any = await asyncio.gather(
            in_the_chat(world), at.says(approval, seen=seen, code=at.amina.code), return_exceptions=True
        )
    else:
        with rival_of(world) as rival:
            answers = await rival.overlap(
                lambda: at.says(approval, seen=seen, code=at.amina.code), lambda: in_the_chat(rival.world)
            )

    late = [answer for answer in answers if isinstance(answer, ApprovalOver)]
    assert len(late) == 1
    assert late[0].by in ("Amina Mutheu", "Brian Mutheu")
    done = await at.now(approval)
    assert (done.state, len(done.decisions)) == (State.EXECUTED, 1)
    assert await world.app.read(verify) == []


async def test_the_database_takes_no_decision_by_phone_without_a_pin_and_no_pin_for_a_code(world: World) -> None:
    at = await office_of(world)
    approval = await at.asked()
    await at.chooses()
    row = {
        "approval_id": approval,
        "staff_id": at.amina.staff,
        "number": 1,
        "role": Role.MANAGER.value,
        "verdict": "approve",
        "reason": "",
        "content_hash": (await at.now(approval)).content,
        "origin": "ussd",
        "at": world.clock.now(),
    }
    with pytest.raises(sa.exc.DBAPIError, match="PIN"):
        await world.app.write(lambda tx, one: tx.connection.execute(sa.insert(approval_decisions).values(one)), row)
    world.bugs.clear()

    await at.tries(approval)

    person = await world.app.read(store.person, at.amina.staff)
    assert person is not None
    assert not await world.app.read(second_factor.is_proven, await at.now(approval), person, origin="")
    with pytest.raises(CodeMissing):
        await at.says(approval)


# --- choosing one -------------------------------------------------------------------------------------------------------


async def test_an_administrator_gives_a_code_to_who_has_no_authenticator_and_never_to_themselves(at: Office) -> None:
    brian = await at.world.staff(Role.CFO, BRIAN.digits, "Brian")
    staff = StaffId(UUID(brian.name))
    admin = await at.world.staff(Role.ADMIN, "254700800004", "Ada")
    with pytest.raises(NotOneself):
        await give(at, StaffId(UUID(admin.name)), admin)
    with pytest.raises(NotPermitted):
        await give(at, staff, at.chao)

    await give(at, staff, admin)
    with pytest.raises(WrongCode):
        await at.chooses(who=BRIAN, code="87654321")
    with pytest.raises(WrongCode):
        await at.chooses(who=BRIAN, code="123456")
    await at.chooses(who=BRIAN, code="12345678")
    with pytest.raises(WrongCode):
        await at.chooses(who=BRIAN, code="12345678")

    approval = await at.asked()
    assert (await at.tries(approval, who=BRIAN)).needs_code
    history = await at.world.app.read(audit.history, staff)
    assert [row.change.action for row in history] == ["pin_code_given", "pin_set"]


async def give(at: Office, staff: StaffId, by: Actor) -> None:
    await at.world.app.write(pins.give_activation, GiveActivation(staff, "12345678", by))


async def test_a_code_that_was_given_out_is_good_for_a_day(at: Office) -> None:
    await at.world.staff(Role.CFO, BRIAN.digits, "Brian")
    staff = await at.world.app.read(lambda tx: pins.caller(tx, at.world.organisation, BRIAN).id)
    await give(at, staff, TESTER)
    await at.world.clock.advance(86_400)

    with pytest.raises(WrongCode):
        await at.chooses(who=BRIAN, code="12345678")


async def test_five_wrong_codes_and_an_administrator_must_help(at: Office) -> None:
    for _ in range(5):
        with pytest.raises(WrongCode):
            await at.chooses(code="000000")
    with pytest.raises(CodesBlocked):
        await at.chooses()

    await give(at, at.amina.staff, TESTER)
    await at.chooses(code="12345678")


async def test_a_recovery_code_chooses_no_pin(at: Office) -> None:
    with pytest.raises(WrongCode):
        await at.chooses(code="aaaa-aaaa-aaaa-aaaa")


async def test_a_pin_is_chosen_within_five_minutes_of_the_code(at: Office) -> None:
    choose = ChoosePin(at.world.organisation, AMINA, PIN)
    with pytest.raises(NoPin):
        await at.program.choose_pin(choose)
    await at.program.open_pin(OpenPin(at.world.organisation, AMINA, at.amina.code))
    with pytest.raises(WeakPin):
        await at.program.choose_pin(replace(choose, pin="00800"))
    await at.world.clock.advance(300)
    with pytest.raises(NoPin):
        await at.program.choose_pin(choose)


async def test_one_code_a_minute_is_texted(at: Office) -> None:
    approval = await at.asked()
    await at.chooses()
    await at.tries(approval)
    await at.program.text_code(TextCode(at.world.organisation, AMINA, approval))

    with pytest.raises(CodeTooSoon):
        await at.program.text_code(TextCode(at.world.organisation, AMINA, approval))


async def test_the_brief_says_what_a_careful_clerk_would_look_up(at: Office) -> None:
    approval = await at.asked(60_000)

    found = await at.world.app.read(by_phone.look, at.world.organisation, AMINA, approval)

    assert (found.asked_by, dict(found.facts)["payee"], found.people) == ("Chao", "254712***678", 2)
    assert "brief_not_again" in [fact.key for fact in found.brief]
    assert found.waits.amount == kes(60_000)
