"""An approved loan goes to the borrower's phone: once, from the day of the payment on, and back to people where it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.approvals import ApprovalId, CodeMissing, ContentHash, OwnMoney, OwnRequest, Verdict
from core.codes import LASTS, CodeTooSoon, SentCode
from core.errors import IntentReused, NotFound, NotPermitted
from core.loans.states import LoanNotThere, LoanState
from core.money import FractionRefused
from core.payouts import FailReason, SaidNot, SaidPaid, StandsNot, StandsPaid, StandsUndone
from core.payouts import State as PayoutState
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import approvals, outbox, people
from storage.database import DatabaseUrl
from storage.organisations import TierSetting
from storage.tables import loan_events, loan_handovers, phones, staff
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.approving import JOB
from tests.usecases.lending import BODA, Lender, lender
from tests.usecases.signing import Person, enrolled
from tests.usecases.test_crashes import Cut, everything
from tests.usecases.test_loan_races import crashes_while
from tests.world import TESTER, World, kes, open_world
from usecases import approvals as approving
from usecases import deciding
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.loans import giving
from usecases.loans.changing import WriteOff, ask_write_off
from usecases.loans.giving import (
    CallOff,
    GiveByHand,
    SendLoan,
    SendLoanCode,
    call_off,
    give_by_hand,
    send_again,
    send_loan_code,
    still_so,
)
from usecases.loans.lending import LoanOwner, LoanRefused, SetProduct, content_of, set_product
from usecases.loans.naming import loaded
from usecases.payouts import record_news
from usecases.truth import Queued
from usecases.verification import verify

ASHA, BEN = "254712345678", "254712345679"
PAID = SaidPaid("UKM0000001", kes(5_900), charge=kes(0))
REFUSED = StandsNot("declined")


@pytest.fixture
async def at(sqlite_database: DatabaseUrl) -> AsyncIterator[Lender]:
    """A lender whose loans go to phones. What can differ between databases is asked of both, with `world`."""
    world = open_world(sqlite_database)
    yield await paying(world)
    assert await world.app.read(verify) == []
    world.close()
    assert world.bugs == []


async def paying(world: World) -> Lender:
    found = await lender(world)
    await found.pays_out()
    return found


async def approved(at: Lender, phone: str = ASHA) -> str:
    asked = await at.asks_by_phone(phone)
    await at.decides(asked, by=at.officer)
    return asked.number


async def state(at: Lender, number: str) -> LoanState:
    return (await at.sees(number)).loan.state


async def told(at: Lender) -> list[str]:
    """What borrowers were texted of their loans, each step."""

    def read(tx: Tx) -> list[str]:
        rows = tx.connection.execute(sa.text("SELECT facts_sealed FROM outbox WHERE event = 'loan_told' ORDER BY id"))
        return [outbox.message_facts(tx, bytes(row[0])).message["step"] for row in rows]

    return await at.world.app.read(read)


async def held(at: Lender) -> dict[str, int]:
    """What stands in the books of all loans and of the promise, in shillings, where it is not nothing."""
    found = await at.world.balances()
    kept = ("asset:loan", "liability:payout", "asset:float", "asset:cash")
    return {name: minor // 100 for name, minor in found.items() if minor and name.startswith(kept)}


# --- paid ---------------------------------------------------------------------------------------------------------------


async def test_what_is_approved_is_on_its_way_and_runs_from_the_day_on_which_it_is_paid(at: Lender) -> None:
    number = await approved(at)
    (payout,) = await at.payouts(number)
    promised = await held(at)
    await at.world.clock.advance(86_400)

    await at.provider(number, PAID)

    seen = await at.sees(number)
    account = seen.loan.account.hex
    assert (payout.payee.msisdn, payout.amount, payout.remarks) == (Msisdn(ASHA), kes(5_900), "Loan LOAN-000001")
    assert sorted(promised.values()) == [-5_900, 5_900]
    assert seen.loan.state is LoanState.ACTIVE
    assert seen.loan.told is not None
    assert seen.loan.told.given_on == date(2026, 11, 22)
    assert seen.now.run.rows[0].due_on == date(2026, 12, 22)
    assert await held(at) == {f"asset:loan:{account}:principal": 6_000, "asset:float:mpesa:600984": -5_900}
    assert await told(at) == ["sending", "given"]


async def test_a_result_that_comes_twice_gives_once(at: Lender) -> None:
    number = await approved(at)

    await at.provider(number, PAID)
    await at.provider(number, PAID)

    assert await told(at) == ["sending", "given"]
    assert (await at.owed(number))[0] == kes(6_000).minor


async def test_the_same_yes_on_a_screen_is_one_wish(at: Lender) -> None:
    first = await at.asks_by_phone(ASHA)

    again = await at.asks_by_phone(ASHA)
    with pytest.raises(IntentReused):
        await at.asks_by_phone(ASHA, 5_000)
    await at.world.app.write(set_product, SetProduct(at.world.organisation, replace(BODA, code="STOCK"), TESTER))
    for intent in ("ussd:1", "ussd:2"):  # another product is another wish, of which there may be one
        with pytest.raises(IntentReused if intent == "ussd:1" else LoanRefused):
            await at.asks_by_phone(ASHA, intent=intent, product="stock")

    assert again == first


async def test_who_takes_the_cash_box_while_it_is_on_its_way_is_refused(at: Lender) -> None:
    number = await approved(at)

    with pytest.raises(LoanNotThere):
        await at.gives(number)
    with pytest.raises(LoanNotThere):
        await at.world.app.write(call_off, CallOff(at.world.organisation, number, "", at.boss))
    with pytest.raises(LoanNotThere):
        await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))


async def test_cents_are_neither_asked_for_nor_kept_of_what_goes_to_a_phone() -> None:
    by_phone = replace(BODA, fee=replace(BODA.fee, fixed_minor=0, millionths=12_345), given=type(BODA.given).PHONE)
    cents = kes(1_000) + replace(kes(0), minor=50)

    offer = by_phone.offer(kes(1_001), 6)

    assert (offer.fee, offer.sent) == (kes(12), kes(989))
    with pytest.raises(FractionRefused):
        by_phone.offer(cents, 6)


# --- not paid -----------------------------------------------------------------------------------------------------------


async def test_what_could_not_be_sent_is_sent_again_by_somebody_who_may(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, REFUSED)
    waits = await state(at, number)
    with pytest.raises(NotPermitted):
        await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.officer, "trace"))

    await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))
    await at.provider(number, PAID)

    assert waits is LoanState.APPROVED
    assert await state(at, number) is LoanState.ACTIVE
    assert await told(at) == ["sending", "failed", "sending", "given"]
    said = [event for (event,) in at.world.rows("SELECT event FROM outbox WHERE kind = 'sms' ORDER BY id")]
    assert said.count("loan_not_sent") == 1  # the officer


async def test_what_could_not_be_sent_is_given_by_hand(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, REFUSED)

    await at.gives(number)

    account = (await at.sees(number)).loan.account.hex
    assert await held(at) == {f"asset:loan:{account}:principal": 6_000, "asset:cash": -5_900}


async def test_money_is_handed_over_neither_by_who_asked_for_it_nor_by_who_borrows(at: Lender) -> None:
    teller, clerk = await at.world.staff(Role.CASHIER, ASHA, "Asha"), await at.world.staff(Role.CASHIER, BEN, "Ben")
    own = await approved(at)
    await at.provider(own, REFUSED)
    at.officer, at.boss = at.boss, at.officer
    asked = await at.asks(BEN)
    await at.decides(asked)
    await at.provider(asked.number, REFUSED)

    theirs = asked.number
    for number, hand, why in ((own, teller, OwnRequest), (theirs, at.officer, OwnRequest), (theirs, clerk, OwnMoney)):
        with pytest.raises(why):
            await at.world.app.write(send_again, SendLoan(at.world.organisation, number, hand, "trace"))
        with pytest.raises(why):
            await at.world.app.write(give_by_hand, GiveByHand(at.world.organisation, number, hand))
    await at.world.app.write(give_by_hand, GiveByHand(at.world.organisation, theirs, teller))
    assert await state(at, own) is LoanState.APPROVED


async def test_an_officer_who_left_is_told_nothing_more(at: Lender) -> None:
    number = await approved(at)

    def leave(tx: Tx, command: None) -> None:
        tx.connection.execute(sa.update(staff).where(staff.c.name == "Peter Kamau").values(disabled_at=tx.now))

    await at.world.app.write(leave, None)
    await at.provider(number, REFUSED)

    assert at.world.rows("SELECT event FROM outbox WHERE event = 'loan_not_sent'") == []


async def test_what_could_not_be_sent_is_called_off_and_the_borrower_may_ask_again(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, SaidNot("2040", "not registered", FailReason.NOT_REGISTERED))
    await at.provider(number, REFUSED)

    await at.world.app.write(call_off, CallOff(at.world.organisation, number, "Wrong phone", at.boss))

    assert await state(at, number) is LoanState.WITHDRAWN
    assert await told(at) == ["sending", "failed", "called_off"]
    assert (await at.asks_by_phone(ASHA, intent="ussd:2")).number == "LOAN-000002"


async def test_no_money_goes_to_a_phone_that_is_the_borrowers_no_more(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, REFUSED)
    stranger = Msisdn.parse(BEN)

    def change(tx: Tx, command: None) -> None:
        new = {"msisdn_index": people.msisdn_index(tx, stranger), "msisdn_sealed": tx.vault.seal_text(stranger.digits)}
        tx.connection.execute(sa.update(phones).values(new))

    await at.world.app.write(change, None)

    with pytest.raises(NotFound):
        await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))


# --- providers change their word ----------------------------------------------------------------------------------------


async def test_money_that_moved_after_we_gave_up_has_moved(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, REFUSED)
    await at.world.app.write(call_off, CallOff(at.world.organisation, number, "", at.boss))

    await at.provider(number, StandsPaid("UKM0000001", kes(5_900), kes(0)))

    assert await state(at, number) is LoanState.ACTIVE


async def test_what_is_paid_late_takes_back_what_was_to_be_sent_again(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, REFUSED)
    await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))

    await at.provider(number, StandsPaid("UKM0000001", kes(5_900), kes(0)), which=0)

    first, second = await at.payouts(number)
    assert (first.state, second.state) == (PayoutState.PAID, PayoutState.FAILED)
    assert await state(at, number) is LoanState.ACTIVE


async def test_what_was_called_paid_and_is_not_waits_for_people_again_and_what_was_repaid_is_kept(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, PAID)
    await at.repays(number, 500)

    await at.provider(number, StandsUndone("UKM0000001"))

    seen = await at.sees(number)
    assert await at.world.app.read(verify) == []
    assert seen.loan.state is LoanState.APPROVED
    assert (seen.now.run.principal, seen.now.run.credit) == (0, kes(500).minor)
    assert await told(at) == ["sending", "given", "failed"]

    await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))
    await at.provider(number, SaidPaid("UKM0000002", kes(5_900), charge=kes(0)))

    assert (await at.owed(number))[0] == kes(5_500).minor


async def test_what_is_paid_twice_is_named_and_the_loan_is_owed_once(sqlite_database: DatabaseUrl) -> None:
    world = open_world(sqlite_database)
    at = await paying(world)
    number = await approved(at)
    await at.provider(number, REFUSED)
    await at.gives(number)

    await at.provider(number, StandsPaid("UKM0000001", kes(5_900), kes(0)))
    found = [finding.what for finding in await world.app.read(verify)]
    await at.provider(number, StandsUndone("UKM0000001"))

    assert [what for what in found if "has left for it" in what] == [
        "LOAN-000001: it is active, 590000 has left for it, and not 0"
    ]
    assert (await at.owed(number))[0] == kes(6_000).minor
    assert await state(at, number) is LoanState.ACTIVE
    assert await world.app.read(verify) == []
    world.close()


# --- decided ------------------------------------------------------------------------------------------------------------


async def test_a_no_and_what_nobody_decides_are_told(at: Lender) -> None:
    refused = await at.asks_by_phone(ASHA)
    await at.decides(refused, Verdict.REJECT)
    await at.asks_by_phone(BEN)
    await at.world.clock.advance(40 * 86_400)

    await at.world.app.write(deciding.expire, JOB)

    assert await told(at) == ["declined", "expired"]


async def test_an_approval_of_other_terms_sends_nothing(at: Lender) -> None:
    asked = await at.asks_by_phone(ASHA)

    def alter(tx: Tx, command: None) -> str:
        approval = approvals.of_subject(tx, asked.account)
        assert approval is not None
        wish = Decide(approval.id, Verdict.APPROVE, at.boss)
        after = approving.decide(tx, wish, content_of(tx, loaded(tx, asked.account)))
        other = replace(after, content=ContentHash(bytes(32)))
        return LoanOwner().approved(tx, other, at.boss, has_code=True, trace="").state.value

    assert await at.world.app.write(alter, None) == "void"
    assert await state(at, asked.number) is LoanState.APPLIED
    assert await at.payouts(asked.number) == []


async def test_a_message_that_waited_is_passed_over_when_it_is_no_longer_so(at: Lender) -> None:
    number = await approved(at)

    def waiting(tx: Tx) -> list[Queued]:
        rows = tx.connection.execute(
            sa.text("SELECT id, facts_sealed FROM outbox WHERE event = 'loan_told' ORDER BY id")
        )
        found = []
        for id_, sealed in rows:
            facts = outbox.message_facts(tx, bytes(sealed))
            found.append(Queued(id_, at.world.organisation, outbox.read_message("loan_told", facts), facts, None))
        return found

    before = await at.world.app.read(lambda tx: [one is not None for one in still_so(tx, waiting(tx))])
    await at.provider(number, PAID)
    after = await at.world.app.read(lambda tx: [one is not None for one in still_so(tx, waiting(tx))])

    assert (before, after) == ([True], [False, True])


async def test_a_loan_from_the_paper_books_is_told_from_its_day_and_nobody_is_texted_of_it(
    sqlite_database: DatabaseUrl,
) -> None:
    world = open_world(sqlite_database)
    at = await lender(world)
    asked = await at.asks(ASHA, on=date(2026, 10, 1))
    await at.decides(asked)
    await at.gives(asked.number, date(2026, 10, 2))

    seen = await at.sees(asked.number)

    assert seen.now.run.rows[0].due_on == date(2026, 11, 2)
    assert seen.now.days_late == 19
    assert await told(at) == ["approved"]  # and that is not sent: it is no longer so
    with pytest.raises(NotFound):
        await at.asks(BEN, on=date(2026, 11, 22))
    with pytest.raises(NotFound):
        await at.asks_by_phone(BEN, on=date(2026, 11, 20))
    world.close()


# --- crashes and rivals -------------------------------------------------------------------------------------------------


async def test_a_crash_at_any_statement_of_the_yes_sends_nothing_and_the_repeat_sends_once(
    world: World, monkeypatch: pytest.MonkeyPatch, proving: bool
) -> None:
    at = await paying(world)
    asked = await at.asks_by_phone(ASHA)
    before, cut, statement = everything(world), Cut(world, monkeypatch), 0

    while await crashes_while(world, lambda: at.decides(asked), cut, statement):
        assert everything(world) == before
        statement += 1 if proving else 9
    cut.forget()

    assert statement > 20
    assert len(await at.payouts(asked.number)) == 1
    assert await state(at, asked.number) is LoanState.DISBURSING


async def test_two_processes_that_hear_of_one_payment_give_once(world: World) -> None:
    at = await paying(world)
    number = await approved(at)

    news = await at.handed_over(number, PAID)

    with rival_of(world) as rival:
        await rival.overlap(
            lambda: world.app.write(record_news, news), lambda: rival.world.app.write(record_news, news)
        )

    assert (await at.owed(number))[0] == kes(6_000).minor
    assert await world.app.read(verify) == []


async def test_two_who_send_again_at_once_send_once(world: World) -> None:
    at = await paying(world)
    number = await approved(at)
    await at.provider(number, REFUSED)
    wish = SendLoan(world.organisation, number, at.boss, "trace")

    with rival_of(world) as rival:
        answers = await rival.overlap(
            lambda: world.app.write(send_again, wish), lambda: rival.world.app.write(send_again, wish)
        )

    assert sorted(type(answer).__name__ for answer in answers) == ["LoanNotThere", "SentAgain"]
    assert [one.state for one in await at.payouts(number)] == [PayoutState.FAILED, PayoutState.RESERVED]


# --- with a code --------------------------------------------------------------------------------------------------------


async def with_codes(world: World) -> tuple[Lender, Person, str]:
    """A lender that asks for a code whatever the sum, its manager, and a loan that could not be paid."""
    at = await paying(world)
    await world.school(code_above=0, tiers=(TierSetting(1, (Role.LOAN_OFFICER, Role.MANAGER)),))
    manager = await enrolled(world, "amina", Role.MANAGER, "254700800001")
    at.boss = Actor(ActorKind.STAFF, manager.staff.hex, "web", Role.MANAGER)
    asked = await at.asks(ASHA)
    yes = Decide(ApprovalId(asked.approval), Verdict.APPROVE, at.boss, code=manager.code)
    await world.app.write(decide, yes)
    await at.provider(asked.number, REFUSED)
    return at, manager, asked.number


async def sends_again(at: Lender, number: str, code: str = "", *, prove: bool = False) -> str:
    """What stood in the way, if anything did."""
    wish = SendLoan(at.world.organisation, number, at.boss, "trace", code, prove)
    problem = (await at.world.app.write(send_again, wish)).problem
    return problem.code if problem else ""


async def test_a_loan_is_sent_again_with_a_code_that_is_good_for_this_one_time(world: World) -> None:
    at, manager, number = await with_codes(world)
    spent = manager.code
    with pytest.raises(CodeMissing):
        await sends_again(at, number)

    again = await sends_again(at, number, spent)
    kept_back = await state(at, number)
    await world.clock.advance(30)
    right = await sends_again(at, number, manager.code)

    assert (again, kept_back, right) == ("wrong_code", LoanState.APPROVED, "")
    assert await state(at, number) is LoanState.DISBURSING
    proofs = world.rows("SELECT proof FROM approval_proofs ORDER BY at, id")
    assert proofs == [("authenticator",), ("wrong",), ("authenticator",)]
    assert world.rows("SELECT count(DISTINCT proof_id) FROM loan_handovers") == [(2,)]
    assert await world.app.read(verify) == []


async def test_a_code_that_is_texted_sends_this_loan_and_no_other(world: World) -> None:
    at, _, number = await with_codes(world)
    other = await at.asks_by_phone(BEN)

    async def wants(by: Actor, loan: str = number) -> SentCode:
        return await world.app.write(send_loan_code, SendLoanCode(world.organisation, loan, by, "004217", "trace"))

    with pytest.raises(LoanNotThere):  # nobody has said yes to that one
        await wants(at.boss, other.number)
    with pytest.raises(NotPermitted):
        await wants(at.officer)
    sent = await wants(at.boss)
    with pytest.raises(CodeTooSoon):
        await wants(at.boss)

    assert await sends_again(at, number, "004218") == "wrong_code"
    assert await sends_again(at, number, "004217") == ""
    assert sent.expires_at - sent.sent_at == LASTS
    texted = world.rows("SELECT count(*) FROM outbox WHERE event = 'one_time_code'")
    assert texted == [(1,)]
    assert await state(at, number) is LoanState.DISBURSING


async def test_a_command_line_asks_for_a_code_whatever_the_sum(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, REFUSED)

    with pytest.raises(CodeMissing):
        await sends_again(at, number, prove=True)


async def test_no_code_is_texted_for_money_that_goes_from_hand_to_hand(sqlite_database: DatabaseUrl) -> None:
    world = open_world(sqlite_database)
    at = await lender(world)
    asked = await at.asks(ASHA)
    await at.decides(asked)

    with pytest.raises(NotFound):
        await world.app.write(
            send_loan_code, SendLoanCode(world.organisation, asked.number, at.boss, "004217", "trace")
        )
    world.close()


async def test_the_database_sends_no_loan_again_without_a_code_of_its_sender(world: World) -> None:
    at, _, number = await with_codes(world)
    (used,) = world.rows("SELECT proof_id FROM loan_handovers")
    third = await world.staff(Role.CASHIER, "254700900015", "Grace")

    account = (await at.sees(number)).loan.account

    def forgets(tx: Tx, _: None) -> None:
        giving.send(tx, loaded(tx, account, lock=True), at.boss, "trace")

    with pytest.raises(sa.exc.DBAPIError, match="loan_handovers_proven"):
        await world.app.write(forgets, None)

    def by_hand(tx: Tx, facts: dict[str, Any]) -> None:
        row = tx.connection.execute(sa.select(loan_handovers)).mappings().first()
        tx.connection.execute(sa.insert(loan_handovers).values({**(row or {}), "payout_id": None, **facts}))

    for facts, why in (
        ({"staff_id": UUID(third.name)}, "loan_handovers_proven"),  # the code was another's
        ({}, r"append-only|UNIQUE|unique"),  # and has been used
    ):
        with pytest.raises(sa.exc.DBAPIError, match=why):
            await world.app.write(by_hand, {**facts, "id": world.ids.new()})
    world.bugs.clear()
    assert world.rows("SELECT proof_id FROM loan_handovers") == [used]


# --- what the database itself refuses -----------------------------------------------------------------------------------


async def test_the_database_keeps_who_hands_a_loan_over_apart_from_who_asked_and_who_is_paid(world: World) -> None:
    at = await paying(world)
    clerk = await world.staff(Role.CASHIER, BEN, "Ben")
    left = await world.staff(Role.CASHIER, "254700900014", "Ruth")
    at.officer, at.boss = at.boss, at.officer
    asked = await at.asks(BEN)
    await at.decides(asked)
    await at.provider(asked.number, REFUSED)
    account = (await at.sees(asked.number)).loan.account

    def hands_over(tx: Tx, facts: dict[str, Any]) -> None:
        tx.connection.execute(sa.update(staff).where(staff.c.name == "Ruth").values(disabled_at=tx.now))
        row = tx.connection.execute(sa.select(loan_handovers)).mappings().first()
        new = {**(row or {}), "id": tx.new_id(), "payout_id": None, **facts}
        tx.connection.execute(sa.insert(loan_handovers).values(new))

    def behind(tx: Tx, statement: sa.Executable) -> None:
        tx.connection.execute(statement)

    for hand in (at.officer, clerk, left):  # who asked, who is paid with an account of theirs, who works here no more
        with pytest.raises(sa.exc.DBAPIError, match="loan_handovers_other"):
            await world.app.write(hands_over, {"staff_id": UUID(hand.name)})
    for facts in ({"payout_id": world.ids.new()}, {"approval_id": world.ids.new()}, {"account_id": world.ids.new()}):
        with pytest.raises(sa.exc.DBAPIError, match=r"loan_handovers_let_go|loan_handovers_other"):
            await world.app.write(hands_over, facts)
    event = {"id": world.ids.new(), "account_id": account, "kind": "disbursed", "on_day": date(2026, 11, 21)}
    began = sa.insert(loan_events).values(**event, minor=0, made_at=world.clock.now())
    for statement, why in (
        (began, "loan_events_handed_over"),
        (sa.update(loan_handovers).values(origin="?"), "append-only"),
        (sa.delete(loan_handovers), "append-only"),
    ):
        with pytest.raises(sa.exc.DBAPIError, match=why):
            await world.app.write(behind, statement)
    world.bugs.clear()

    third = await world.staff(Role.CASHIER, "254700900015", "Grace")
    await world.app.write(give_by_hand, GiveByHand(world.organisation, asked.number, third))

    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        await world.app.write(behind, sa.update(loan_events).values(minor=1))
    with pytest.raises(sa.exc.DBAPIError, match="loan_handovers_let_go"):  # it has gone
        await world.app.write(hands_over, {})
    world.bugs.clear()
    assert world.rows("SELECT count(*) FROM loan_handovers") == [(2,)]
    assert await world.app.read(verify) == []


async def test_no_loan_leaves_for_a_phone_without_the_hand_that_let_it_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = await paying(world)
    number = await approved(at)
    await at.provider(number, REFUSED)
    with monkeypatch.context() as forgetful:
        forgetful.setattr(giving, "_hand_over", lambda *anything: None)
        await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))

    with pytest.raises(sa.exc.DBAPIError, match="payouts_let_go"):
        await at.handed_over(number, PAID)

    world.bugs.clear()
    assert [one.state for one in await at.payouts(number)] == [PayoutState.FAILED, PayoutState.RESERVED]
    assert {one.table for one in await world.app.read(verify)} == {"loan_handovers"}


async def test_a_loan_that_was_given_up_and_never_arrived_is_sent_again_under_its_own_yes(at: Lender) -> None:
    number = await approved(at)
    await at.provider(number, PAID)
    asked = await at.world.app.write(ask_write_off, WriteOff(at.world.organisation, number, "Gone", at.boss))
    await at.world.app.write(decide, Decide(asked.id, Verdict.APPROVE, at.officer))
    await at.provider(number, StandsUndone("UKM0000001"))

    await at.world.app.write(send_again, SendLoan(at.world.organisation, number, at.boss, "trace"))

    assert await state(at, number) is LoanState.DISBURSING
