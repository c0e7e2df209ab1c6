"""Requests decided in the chat: asked for, briefed, decided once by who may, seen by all (TG-1, TG-2, OUT-3, OUT-4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
import sqlalchemy as sa

from bot.telegram import approvals as pages
from bot.telegram.desk import claim
from bot.telegram.visit import Room
from core.approvals import Approval, ApprovalId, Content, Subject, SubjectKind, Verdict
from core.codes import Proof
from core.ids import StaffId
from core.permissions import Actor, Role
from core.phones import Msisdn
from sandbox.moods import Mood
from storage import approvals as store
from storage import codes, organisations
from storage.approvals import phone_mark
from storage.database import DatabaseUrl
from storage.outbox import message_facts
from storage.tables import outbox
from storage.tx import Tx
from tests.bot.chat import DANIEL, ESTHER, GROUP, RUTH, ChatTown, chat_town
from tests.rivals import rival_of
from tests.usecases.approving import Errand
from tests.usecases.signing import Person, fresh_link
from tests.world import TESTER, World, kes
from usecases import approvals, owners
from usecases.approvals import Decide, Request
from usecases.chats import LEASE
from usecases.deciding import decide
from usecases.staff import AddStaff, add_staff

PAYEE = Msisdn("254712345678")
FRANK = 700900004


@dataclass
class Treasury:
    """An office where Esther asks, and Daniel and Ruth may say yes."""

    town: ChatTown
    errand: Errand
    esther: Actor

    async def asks(self, shillings: int = 1_500) -> None:
        town = self.town
        subject = Subject(SubjectKind.PAYOUT, town.world.ids.new())
        content = Content(
            town.world.organisation, subject, kes(shillings), {"payee": PAYEE.digits, "purpose": "Chalk & paper <A4>"}
        )
        self.errand.content_now = content
        mark = await town.world.app.read(phone_mark, PAYEE)
        await town.world.app.write(approvals.request, Request(content, self.esther, payee=frozenset({mark})))
        await town.settles()

    async def carries_out(self, approval: ApprovalId) -> None:
        content, ruth = self.errand.content_now, self.town.staff[RUTH]

        def carried_out(tx: Tx, id_: ApprovalId) -> None:
            found = store.load(tx, id_, lock=True)
            assert found is not None
            staff = StaffId(UUID(ruth.name))
            codes.note(tx, Proof.AUTHENTICATOR, found.id, staff, found.content, code=None, origin="test")
            approvals.execute(tx, found, content, by=ruth, has_code=True)

        await self.town.world.app.write(carried_out, approval)


@asynccontextmanager
async def treasury(
    url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch, *, at_once: bool = False
) -> AsyncIterator[Treasury]:
    async with chat_town(url) as town:
        esther = await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO)
        nothing = Content(town.world.organisation, Subject(SubjectKind.PAYOUT, town.world.ids.new()), None, {})
        errand = Errand(nothing, at_once)
        monkeypatch.setitem(owners.OWNERS, SubjectKind.PAYOUT, errand)
        yield Treasury(town, errand, esther)


async def test_a_request_reaches_who_may_decide_and_who_asked_with_the_facts(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        await office.asks()

        town = office.town
        assert town.sees(DANIEL) == (
            "Payment an errand: KSh 1,500\n"
            "Asked for by Esther Mutheu\n"
            "payee: 254712345678\n"
            "purpose: Chalk & paper <A4>\n"
            "· Too few of this kind in 90 days to say what is usual (0)\n"
            "· No other of the same payee and sum this week\n"
            "Waits for 1 more yes of: chief of finance, manager, treasurer"
        )
        assert town.offers(DANIEL) == town.offers(RUTH) == ["Approve", "Reject"]
        assert "254712***678" in town.sees(ESTHER)
        assert town.offers(ESTHER) == ["Take it back"]


async def test_the_first_yes_decides_and_all_see_who_it_was(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await office.asks()
        asked = {who: town.newest(who)["id"] for who in (ESTHER, DANIEL, RUTH)}

        await town.presses(RUTH, "Approve")
        await town.presses(DANIEL, "Approve")
        await town.presses(DANIEL, "Approve", message=town.newest(DANIEL)["id"])
        late = await town.presses(RUTH, "Approve", message=town.newest(RUTH)["id"])

        assert office.errand.told == ["approved"]
        assert late == "Already decided. Daniel Koech"
        for who, number in asked.items():
            page = town.post(who, number)
            assert "✓ Daniel Koech said yes (telegram)" in page["text"]
            assert "Approved, to be carried out" in page["text"]
            assert page.get("buttons", []) in ([["Pay it out"]], [["Take it back"]])


async def test_a_no_takes_a_reason_that_whoever_asked_reads(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        await office.asks()
        asked = office.town.newest(ESTHER)["id"]

        await office.town.presses(DANIEL, "Reject")
        await office.town.says(DANIEL, "Too dear & too late")

        assert (
            "✗ Daniel Koech said no (telegram): Too dear & too late\nRejected"
            in office.town.post(ESTHER, asked)["text"]
        )
        assert office.errand.told == ["rejected"]


async def test_whoever_asked_takes_it_back_and_nobody_can_decide_it_any_more(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await office.asks()
        number, (yes, _) = town.newest(DANIEL)["id"], town.telegram.data_of(DANIEL, town.newest(DANIEL)["id"])

        await town.presses(ESTHER, "Take it back")
        town.telegram.forge(DANIEL, number, yes)
        await town.settles()

        assert "Withdrawn" in town.post(DANIEL, number)["text"]
        assert town.notice(DANIEL) == "This button is too old. Send /menu."


async def test_what_changed_after_the_prompt_was_shown_is_refused_and_says_so(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await office.asks()
        asked = town.newest(DANIEL)["id"]
        await town.presses(DANIEL, "Approve")

        office.errand.content_now = replace(office.errand.content_now, facts={"payee": "254799000111"})
        await town.presses(DANIEL, "Approve", message=town.newest(DANIEL)["id"])

        assert "changed" in " ".join(post["text"] for post in town.telegram.view(DANIEL)["messages"])
        assert "Void" in town.post(DANIEL, asked)["text"]
        assert office.errand.told == ["void"]


async def test_a_worker_that_dies_while_it_tells_of_a_decision_leaves_no_button_behind(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await office.asks()
        asked = {who: town.newest(who)["id"] for who in (DANIEL, RUTH)}
        (approval,) = await town.world.app.read(store.listed, town.world.organisation)
        await town.world.app.write(decide, Decide(approval.id, Verdict.REJECT, town.staff[RUTH], reason="too dear"))

        for _ in range(2):  # what changed, and then the changed messages: taken, and never sent
            await town.world.app.write(claim, 32)
        await town.world.clock.advance(LEASE.total_seconds() + 1)
        await town.settles()

        for who, number in asked.items():
            page = town.post(who, number)
            assert page.get("buttons", []) == []
            assert "✗ Ruth Cherono said no" in page["text"]


async def test_in_a_group_all_see_it_with_masked_phones_and_only_who_may_can_act(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await town.hires(FRANK, "Frank Otieno", Role.AUDITOR)
        await town.says(DANIEL, "/here", in_=GROUP)
        await office.asks()
        assert "254712***678" in town.sees(GROUP)
        assert "254712345678" not in str(town.telegram.view(GROUP))
        asked = town.newest(GROUP)["id"]

        assert await town.presses(FRANK, "Approve", in_=GROUP) == "Your role does not decide this."
        assert await town.presses(ESTHER, "Approve", in_=GROUP) == "Your role does not decide this."
        await town.presses(RUTH, "Approve", in_=GROUP)
        await town.presses(RUTH, "Approve", message=town.newest(RUTH)["id"])

        assert "✓ Ruth Cherono said yes (telegram)" in town.post(GROUP, asked)["text"]


async def test_the_last_yes_takes_a_code_which_is_deleted_from_the_chat(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch, at_once=True) as office:
        town = office.town
        await office.asks()
        await town.presses(DANIEL, "Approve")
        assert "type the six figures" in town.sees(DANIEL)

        await town.says(DANIEL, "000000")

        assert office.errand.told == []
        assert not any(post["text"] == "000000" for post in town.telegram.view(DANIEL)["messages"])
        assert "next six figures" in town.sees(DANIEL)
        daniel = await signs_up(town, DANIEL, "daniel")
        await town.says(DANIEL, daniel.code)
        assert office.errand.told == ["approved"]
        assert not any(post["text"] == daniel.code for post in town.telegram.view(DANIEL)["messages"])
        assert "Approved and carried out" in town.post(RUTH, town.newest(RUTH)["id"])["text"]


async def test_who_has_no_authenticator_at_hand_is_texted_a_code_for_this_alone(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch, at_once=True) as office:
        town = office.town
        await office.asks()
        await town.presses(DANIEL, "Approve")

        await town.presses(DANIEL, "Text me a code instead")

        assert "on its way to your phone by SMS" in town.sees(DANIEL)
        code = await town.world.app.read(_texted_code)
        assert not any(code in post["text"] for post in town.telegram.view(DANIEL)["messages"])
        await town.says(DANIEL, code)
        assert office.errand.told == ["approved"]


def _texted_code(tx: Tx) -> str:
    """What the newest text message to staff bears."""
    query = sa.select(outbox.c.facts_sealed).where(outbox.c.event == "one_time_code").order_by(outbox.c.id.desc())
    return str(message_facts(tx, tx.connection.execute(query.limit(1)).scalar_one()).message["code"])


async def signs_up(town: ChatTown, who: int, user_name: str) -> Person:
    """They enrol with an authenticator, as for the staff pages."""
    link, actor = fresh_link(), town.staff[who]
    member = await town.world.app.read(organisations.staff_by_id, StaffId(UUID(actor.name)))
    assert member is not None
    wish = AddStaff(member.organisation, member.name, member.role, member.msisdn, user_name, link, TESTER)
    person = Person(town.world, await town.world.app.write(add_staff, wish), user_name, link)
    await person.enrols()
    return person


async def test_the_brief_tells_what_is_usual_and_what_is_asked_twice(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        await office.asks(1_500)
        await office.asks(1_500)

        assert "⚠ Same payee and same sum this week: 1 more" in office.town.sees(DANIEL)

        for shillings in (1_000, 1_000, 300):
            await office.asks(shillings)
            await office.town.says(DANIEL, "/menu")
            (*_, newest) = await office.town.world.app.read(store.listed, office.town.world.organisation)
            await office.town.world.app.write(decide, Decide(newest.id, Verdict.APPROVE, office.town.staff[RUTH]))
            await office.carries_out(newest.id)
        await office.asks(4_200)
        assert "⚠ 4.2 times the usual KSh 1,000 (middle of 3 in 90 days)" in office.town.sees(DANIEL)


def _overtaken(tx: Tx) -> int:
    old = outbox.c.last_error == "the message was changed again"
    return tx.connection.execute(sa.select(sa.func.count()).where(old, outbox.c.state == "skipped")).scalar_one()


def _pin_was_right(tx: Tx, tried: tuple[Approval, Actor]) -> None:
    approval, who = tried
    codes.note(tx, Proof.PIN, approval.id, StaffId(UUID(who.name)), approval.content, code=None, origin="ussd")


async def test_while_telegram_is_away_the_decision_is_made_elsewhere_and_the_chat_follows(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await office.asks()
        asked = town.newest(DANIEL)["id"]
        town.telegram.mood = Mood(down=True)
        (approval,) = await town.world.app.read(store.listed, town.world.organisation)
        ruth = town.staff[RUTH]._replace(origin="ussd")
        await town.world.app.write(_pin_was_right, (approval, ruth))
        await town.world.app.write(decide, Decide(approval.id, Verdict.APPROVE, ruth))
        await town.settles()
        town.telegram.mood = Mood()
        await town.world.clock.advance(300)
        await town.settles()

        assert "✓ Ruth Cherono said yes (ussd)" in town.post(DANIEL, asked)["text"]
        assert town.post(DANIEL, asked).get("buttons", []) == [["Pay it out"]]


async def test_a_change_that_was_kept_waiting_does_not_undo_a_newer_one(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        await office.asks()
        asked = town.newest(DANIEL)["id"]
        (approval,) = await town.world.app.read(store.listed, town.world.organisation)
        town.telegram.mood = Mood(down=True)
        ruth = town.staff[RUTH]._replace(origin="ussd")
        await town.world.app.write(_pin_was_right, (approval, ruth))
        await town.world.app.write(decide, Decide(approval.id, Verdict.APPROVE, ruth))
        for _ in range(6):  # what would offer to pay it out rests ever longer
            await town.settles()
            await town.world.clock.advance(120)
        town.telegram.mood = Mood()
        await office.carries_out(approval.id)
        for _ in range(4):
            await town.settles()
            await town.world.clock.advance(1_800)

        assert "Approved and carried out" in town.post(DANIEL, asked)["text"]
        assert town.post(DANIEL, asked).get("buttons", []) == []
        assert await town.world.app.read(_overtaken) > 0


async def test_what_was_decided_before_telegram_could_ask_is_not_offered_by_the_late_message(
    sqlite_database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with treasury(sqlite_database, monkeypatch) as office:
        town = office.town
        town.telegram.mood = Mood(down=True)
        await office.asks()
        (approval,) = await town.world.app.read(store.listed, town.world.organisation)
        await town.world.app.write(decide, Decide(approval.id, Verdict.REJECT, town.staff[RUTH], reason="too dear"))
        for _ in range(20):
            await town.settles()
        town.telegram.mood = Mood()
        for _ in range(12):
            await town.world.clock.advance(600)
            await town.settles()

        assert "✗ Ruth Cherono said no" in town.sees(DANIEL)
        assert town.newest(DANIEL).get("buttons", []) == []


@pytest.mark.postgres
async def test_a_worker_that_looked_before_the_decision_does_not_write_over_one_that_looked_after(
    database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes bring the chats up to date with one request: what was so before must not stand there in the end."""
    if database.is_sqlite:
        pytest.skip("one process owns a SQLite file")
    async with treasury(database, monkeypatch) as office:
        await office.asks()
        world, daniel = office.town.world, office.town.staff[DANIEL]
        (asked,) = await world.app.read(store.listed, world.organisation)

        def looks(tx: Tx, _: None) -> None:
            pages.follow(tx, asked.id, "")

        async def decides(rival: World) -> None:
            await rival.app.write(decide, Decide(asked.id, Verdict.REJECT, daniel))
            await rival.app.write(claim, 100)

        def after_looking(goes: Callable[[], None]) -> None:
            told = pages.page

            def slowly(room: Room, approval: Approval) -> str:
                monkeypatch.setattr(pages, "page", told)
                goes()
                return told(room, approval)

            monkeypatch.setattr(pages, "page", slowly)

        with rival_of(world) as rival:
            await rival.overlap(lambda: world.app.write(looks, None), lambda: decides(rival.world), when=after_looking)
        await office.town.settles()

        assert "Daniel Koech said no" in office.town.sees(DANIEL)
