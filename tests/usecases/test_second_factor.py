"""Nobody carries out what asks for a code without the right one: bound to the person, the approval and its content (OUT-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from core.approvals import NotEntitled, OwnRequest, State, SubjectKind
from core.codes import (
    CodeOfChat,
    CodeOld,
    CodesBlocked,
    CodeSpent,
    CodeTooSoon,
    NoChat,
    Proof,
    SentCode,
    Way,
)
from core.errors import NotFound
from core.organisations import Kind
from core.permissions import Actor, Role
from core.sign_in import WrongCode
from jobs.expiring import Expiring
from storage import approvals as store
from storage import chats, codes, outbox
from storage.tables import approval_codes, approval_proofs
from storage.tables import approvals as approval_table
from storage.tx import Tx
from tests.usecases.approving import Office, office, staff_id
from tests.world import TESTER, World
from usecases import approvals, deciding, second_factor
from usecases.chats import ChatsSettled, claim_chats, settle_chats
from usecases.second_factor import SendCode
from usecases.setup import ProviderAccountEntry, SetUp, set_up

CODE = "482913"


async def at_once(world: World) -> tuple[Office, Actor]:
    """Something that whoever says yes carries out at once, and who may."""
    at = office(world, at_once=True)
    ruth, amina = await at.hires("Ruth", Role.CASHIER), await at.hires("Amina")
    await at.asks(ruth)
    return at, amina


async def sends(at: Office, who: Actor, code: str = CODE, way: Way = Way.MESSAGE) -> SentCode:
    def run(tx: Tx, wish: SendCode) -> SentCode:
        return deciding.send_code(tx, wish, {SubjectKind.PAYOUT: at.errand})

    return await at.world.app.write(run, SendCode(at.approval.id, who, code, way))


async def told(at: Office) -> list[tuple[dict[str, Any], str]]:
    """The messages with codes in the outbox: their facts and states."""

    def read(tx: Tx) -> list[tuple[dict[str, Any], str]]:
        query = sa.text("SELECT facts_sealed, state FROM outbox WHERE event = 'one_time_code' ORDER BY created_at, id")
        rows = tx.connection.execute(query).all()
        return [(outbox.message_facts(tx, bytes(row[0])).message, row[1]) for row in rows]

    return await at.world.app.read(read)


async def test_a_code_is_texted_with_what_it_is_for_and_carries_it_out_once(world: World) -> None:
    at, amina = await at_once(world)

    await sends(at, amina)
    ((message, state),) = await told(at)
    done = await at.says(amina, code=CODE)

    assert (message["code"], message["subject"], message["payee"]) == (CODE, "an errand", "254712***678")
    assert (message["amount"]["minor"], state) == (1_000_00, "pending")
    assert (done.problem, done.approval.state, done.approval.executor) == (None, State.EXECUTED, staff_id(amina))
    assert world.rows("SELECT proof, origin FROM approval_proofs") == [("sent", "test")]


async def test_the_code_itself_stands_nowhere_once_it_is_over(world: World) -> None:
    at, amina = await at_once(world)
    await sends(at, amina)
    assert CODE.encode() not in bytes(world.rows("SELECT proof FROM approval_codes")[0][0])

    assert await Expiring(world.app).round() == 0
    await world.clock.advance(300)
    assert await Expiring(world.app).round() == 1

    assert [(message["code"], state) for message, state in await told(at)] == [("******", "skipped")]
    assert await Expiring(world.app).round() == 0


async def test_a_message_that_was_sent_keeps_its_state_when_its_code_is_forgotten(world: World) -> None:
    at, amina = await at_once(world)
    await sends(at, amina)
    await world.app.write(lambda tx, what: tx.connection.execute(what), sa.text("UPDATE outbox SET state = 'sent'"))
    await world.clock.advance(300)

    await world.app.write(second_factor.forget_codes, None)

    assert [(message["code"], state) for message, state in await told(at)] == [("******", "sent")]


async def test_five_wrong_tries_and_the_code_is_worth_nothing(world: World) -> None:
    at, amina = await at_once(world)
    await sends(at, amina)

    wrong = [await at.says(amina, code="000000") for _ in range(5)]
    spent = await at.says(amina, code=CODE)

    assert all(isinstance(answer.problem, WrongCode) for answer in wrong)
    assert isinstance(spent.problem, CodeSpent)
    assert (await at.now()).state is State.PENDING


async def test_an_old_code_a_replaced_one_and_nonsense_open_nothing(world: World) -> None:
    at, amina = await at_once(world)
    await sends(at, amina)
    await world.clock.advance(60)
    await sends(at, amina, "111111")

    replaced, nonsense = await at.says(amina, code=CODE), await at.says(amina, code="a code")
    await world.clock.advance(300)
    old = await at.says(amina, code="111111")

    assert [type(answer.problem) for answer in (replaced, nonsense, old)] == [WrongCode, WrongCode, CodeOld]
    assert (await at.now()).state is State.PENDING


async def test_a_code_for_one_payment_opens_no_other_and_one_persons_no_one_elses(world: World) -> None:
    at, amina = await at_once(world)
    brian = await at.hires("Brian")
    other = office(world, at_once=True)
    await other.asks(await other.hires("Chao", Role.CASHIER))
    await sends(at, amina)

    elsewhere, by_another = await other.says(amina, code=CODE), await at.says(brian, code=CODE)
    right = await at.says(amina, code=CODE)

    assert (type(elsewhere.problem), type(by_another.problem)) == (WrongCode, WrongCode)
    assert right.approval.state is State.EXECUTED


async def test_a_used_code_is_used(world: World) -> None:
    at, amina = await at_once(world)
    at.errand.at_once = False
    await sends(at, amina)
    person = await world.app.read(store.person, staff_id(amina))
    assert person is not None

    def check(tx: Tx, typed: str) -> Any:
        approval = store.load(tx, at.approval.id)
        assert approval is not None
        return second_factor.check(tx, approval, person, typed, origin=""), second_factor.is_proven(
            tx, approval, person, origin=""
        )

    first, again = await world.app.write(check, CODE), await world.app.write(check, CODE)
    await world.clock.advance(300)

    assert (first, type(again[0]), again[1]) == ((None, True), CodeOld, True)
    assert not await world.app.read(lambda tx: second_factor.is_proven(tx, at.approval, person, origin=""))


async def test_ten_wrong_codes_in_a_day_and_somebody_must_help(world: World) -> None:
    at, amina = await at_once(world)
    for _ in range(10):
        await at.says(amina, code="000000")

    blocked = await at.says(amina, code="000000")

    assert isinstance(blocked.problem, CodesBlocked)
    with pytest.raises(CodesBlocked):
        await sends(at, amina)
    await world.clock.advance(24 * 3_600)
    await sends(at, amina)


async def test_codes_are_not_sent_as_fast_as_somebody_presses(world: World) -> None:
    at, amina = await at_once(world)
    await sends(at, amina)

    with pytest.raises(CodeTooSoon) as refused:
        await sends(at, amina)

    assert refused.value.minutes == 1


async def test_who_may_not_decide_gets_no_code(world: World) -> None:
    at, amina = await at_once(world)
    ruth = Actor(amina.kind, at.approval.requester.hex, "test", Role.CASHIER)  # type: ignore[union-attr]

    with pytest.raises((OwnRequest, NotEntitled)):
        await sends(at, ruth)
    unknown = SendCode(at.approval.subject.id, amina, CODE)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await world.app.write(second_factor.send_code, unknown)


async def test_some_subjects_have_no_sum(world: World) -> None:
    _, amina = await at_once(world)
    bare = office(world, at_once=True)
    bare.errand.content_now = replace(bare.errand.content_now, amount=None, facts={})
    await bare.asks(await bare.hires("Chao", Role.CASHIER))
    await sends(bare, amina)

    ((message, _),) = await told(bare)
    assert (message["amount"]["minor"], message["payee"]) == (0, "")


AMINAS_CHAT = 5


async def linked(world: World, who: Actor) -> None:
    entry = ProviderAccountEntry("telegram", "kivuli_bot", "sandbox", "key-of-the-bot", {"token": "1:x"})
    wish = SetUp("kivuli", "Kivuli Primary School", (Kind.SCHOOL,), "KE", "en", (), (entry,), TESTER)
    await world.app.write(set_up, wish)
    await world.app.write(lambda tx, user: chats.join(tx, world.organisation, staff_id(who), user), AMINAS_CHAT)


async def in_chats(world: World) -> list[tuple[str, int, Any, str]]:
    """What goes out in chats: what is done, where, the code in it, and its state."""

    def read(tx: Tx) -> list[tuple[str, int, Any, str]]:
        query = sa.text("SELECT facts_sealed, state FROM outbox WHERE kind = 'chat' ORDER BY created_at, id")
        opened = [
            (msgspec.json.decode(tx.vault.open(bytes(row[0]))), row[1]) for row in tx.connection.execute(query).all()
        ]
        return [(one["act"], one["chat"], one.get("message", {}).get("code"), state) for one, state in opened]

    return await world.app.read(read)


async def test_a_code_comes_into_ones_own_chat_and_counts_everywhere_but_there(world: World) -> None:
    at, amina = await at_once(world)
    await linked(world, amina)

    await sends(at, amina, way=Way.TELEGRAM)
    said = await in_chats(world)
    where_it_was_read = await at.says(amina._replace(origin="telegram"), code=CODE)
    elsewhere = await at.says(amina, code=CODE)

    assert said == [("say", AMINAS_CHAT, CODE, "pending")]
    assert isinstance(where_it_was_read.problem, CodeOfChat)
    assert (elsewhere.problem, elsewhere.approval.state) == (None, State.EXECUTED)


@pytest.mark.parametrize("was_said", [True, False])
async def test_a_code_is_taken_out_of_the_chat_once_it_is_over(world: World, *, was_said: bool) -> None:
    at, amina = await at_once(world)
    await linked(world, amina)
    await sends(at, amina, way=Way.TELEGRAM)
    if was_said:
        (due,) = await world.app.write(claim_chats, 9)
        settled = ChatsSettled([outbox.Sent(due.row.id, None, attempt=1)], [(due.row.id, 77)])
        await world.app.write(settle_chats, settled)
    await world.clock.advance(300)

    await world.app.write(second_factor.forget_codes, None)

    gone = [("delete", AMINAS_CHAT, None, "pending")] if was_said else []
    assert await in_chats(world) == [("say", AMINAS_CHAT, "******", "sent" if was_said else "skipped"), *gone]
    if was_said:
        assert [due.number for due in await world.app.write(claim_chats, 9)] == [77]


@pytest.mark.parametrize("was_said", [True, False])
async def test_a_code_that_is_being_sent_is_forgotten_once_its_worker_has_said_what_became_of_it(
    world: World, *, was_said: bool
) -> None:
    """Its number comes late, or it was not sent and would leave later: in neither case does it stand there for good."""
    at, amina = await at_once(world)
    await linked(world, amina)
    await sends(at, amina, way=Way.TELEGRAM)
    (due,) = await world.app.write(claim_chats, 9)
    await world.clock.advance(300)
    assert await world.app.write(second_factor.forget_codes, None) == 0

    outcome: outbox.Tried = outbox.NotSent(due.row.id, "away", world.clock.now(), 1)
    if was_said:
        outcome = outbox.Sent(due.row.id, None, attempt=1)
    await world.app.write(settle_chats, ChatsSettled([outcome], [(due.row.id, 77)] if was_said else []))
    assert await world.app.write(second_factor.forget_codes, None) == 1

    due_now = [(one.row.facts.act, one.number) for one in await world.app.write(claim_chats, 9)]  # type: ignore[union-attr]
    assert due_now == ([("delete", 77)] if was_said else [])
    assert (await in_chats(world))[0][2] == "******"


async def test_a_code_of_which_nobody_knows_whether_it_was_said_stands_nowhere_once_it_is_over(world: World) -> None:
    """No number of a message came back, so nothing can be taken out of the chat; our own rows say it no more."""
    at, amina = await at_once(world)
    await linked(world, amina)
    await sends(at, amina, way=Way.TELEGRAM)
    (due,) = await world.app.write(claim_chats, 9)
    await world.app.write(settle_chats, ChatsSettled([outbox.Unknown(due.row.id, "the line broke", 1)]))
    assert await in_chats(world) == [("say", AMINAS_CHAT, CODE, "unknown")]
    await world.clock.advance(300)

    assert await world.app.write(second_factor.forget_codes, None) == 1

    assert await in_chats(world) == [("say", AMINAS_CHAT, "******", "unknown")]
    assert await world.app.write(second_factor.forget_codes, None) == 0


async def test_a_slip_of_the_pen_in_the_chat_is_a_wrong_code_and_no_other_doors(world: World) -> None:
    at, amina = await at_once(world)
    await linked(world, amina)
    await sends(at, amina, way=Way.TELEGRAM)

    slip = await at.says(amina._replace(origin="telegram"), code="000000")

    assert isinstance(slip.problem, WrongCode)


async def test_what_a_code_by_chat_proved_elsewhere_proves_nothing_in_the_chat(world: World) -> None:
    at, amina = await at_once(world)
    at.errand.at_once = False
    await linked(world, amina)
    await sends(at, amina, way=Way.TELEGRAM)
    person = await world.app.read(store.person, staff_id(amina))
    assert person is not None

    def check(tx: Tx, origin: str) -> Any:
        approval = store.load(tx, at.approval.id)
        assert approval is not None
        return second_factor.check(tx, approval, person, CODE, origin=origin)

    assert await world.app.write(check, "api 127.0.0.1") is None

    proven = {
        origin: await world.app.read(second_factor.is_proven, await at.now(), person, origin=origin)
        for origin in ("telegram", "telegram (group)", "api 127.0.0.1", "")
    }
    assert proven == {"telegram": False, "telegram (group)": False, "api 127.0.0.1": True, "": True}


async def test_who_is_linked_nowhere_gets_no_code_in_a_chat(world: World) -> None:
    at, amina = await at_once(world)

    with pytest.raises(NoChat):
        await sends(at, amina, way=Way.TELEGRAM)

    await sends(at, amina)  # the refused one is not counted


async def test_who_says_yes_may_have_a_code_for_carrying_it_out(world: World) -> None:
    at, amina = await at_once(world)
    at.errand.at_once = False
    await at.says(amina)

    await sends(at, amina)

    assert len(await told(at)) == 1


async def test_the_database_carries_nothing_out_without_a_proof(world: World) -> None:
    at, amina = await at_once(world)
    at.errand.at_once = False
    other = office(world)
    await other.asks(await other.hires("Chao", Role.CASHIER))
    await at.says(amina)
    sent = await sends(at, amina)

    def proof(**changes: Any) -> sa.Insert:
        row = {
            "id": world.ids.new(),
            "approval_id": at.approval.id,
            "staff_id": staff_id(amina),
            "content_hash": at.approval.content,
            "proof": "sent",
            "code_id": sent.id,
            "origin": "",
            "at": world.clock.now(),
        }
        return sa.insert(approval_proofs).values({**row, **changes})

    code = sa.update(approval_codes)
    row = (await world.app.read(lambda tx: tx.connection.execute(sa.select(approval_codes)).mappings().all()))[0]
    another = sa.insert(approval_codes)
    fresh = {**row, "id": world.ids.new(), "tries": 0, "used_at": None}
    for statement in (
        another.values({**fresh, "used_at": world.clock.now()}),
        another.values({**fresh, "tries": 1}),
        another.values({**fresh, "content_hash": bytes(32)}),
        another.values({**fresh, "approval_id": world.ids.new()}),
        proof(),
        proof(proof="right", code_id=None),
        proof(proof="sent", code_id=None),
        proof(approval_id=other.approval.id),
        code.values(expires_at=world.clock.now() + timedelta(days=1)),
        code.values(proof=bytes(32)),
        code.values(tries=9),
        sa.delete(approval_codes),
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"approval|code"):
            await world.app.write(lambda tx, what: tx.connection.execute(what), statement)
    person = await world.app.read(store.person, staff_id(amina))
    assert person is not None
    with pytest.raises(sa.exc.DBAPIError, match="proven nothing"):
        await world.app.write(lambda tx, by: executed(tx, at, by), amina)

    def note(tx: Tx) -> None:
        now = store.load(tx, at.approval.id, lock=True)
        assert now is not None
        codes.note(tx, Proof.AUTHENTICATOR, now.id, person.staff, now.content, code=None, origin="")

    def too_late(tx: Tx, by: Actor) -> None:
        note(tx)
        late = {"state": "executed", "version": 9, "executed_by": staff_id(by), "ended_at": at.approval.expires_at}
        tx.connection.execute(sa.update(approval_table).where(approval_table.c.id == at.approval.id).values(late))

    with pytest.raises(sa.exc.DBAPIError, match="until its time is over"):
        await world.app.write(too_late, amina)
    world.bugs.clear()

    def prove(tx: Tx, by: Actor) -> State:
        note(tx)
        return executed(tx, at, by)

    assert await world.app.write(prove, amina) is State.EXECUTED


def executed(tx: Tx, at: Office, by: Actor) -> State:
    now = store.load(tx, at.approval.id, lock=True)
    assert now is not None
    return approvals.execute(tx, now, at.errand.content_now, by=by, has_code=True).state
