"""A loan from the wish to the last coin; and money that finds its loan, at once or after it was moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.approvals import OwnRequest, Verdict
from core.errors import NotFound, NotPermitted
from core.ids import StaffId
from core.loans.states import LoanNotThere, LoanState
from core.payments import Witness
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import approvals, organisations
from storage.database import DatabaseUrl, writer_engine
from storage.loan_schedules import schedule_of
from storage.persons import Traces
from storage.tx import Tx
from tests.usecases.lending import BODA, Lender, lender
from tests.usecases.test_reversals import reverses
from tests.world import TESTER, World, kes, open_world
from usecases.approvals import Decide, Withdraw
from usecases.collection import record_arrivals
from usecases.deciding import decide, withdraw
from usecases.erasure import Erase, Erased, PersonOwes, erase_person
from usecases.loans.changing import (
    GiveToOfficer,
    Restructure,
    WaivePenalty,
    WriteOff,
    WriteOffOwner,
    ask_write_off,
    give_to_officer,
    restructure,
    waive_penalty,
)
from usecases.loans.giving import GiveByHand, give_by_hand
from usecases.loans.lending import (
    Apply,
    LoanOwner,
    LoanRefused,
    SetProduct,
    apply,
    quote,
    set_product,
)
from usecases.loans.portfolio import ask_what_if, figures, listed, seen_by
from usecases.loans.telling import tell_loans
from usecases.reallocation import Reallocate, reallocate
from usecases.suspense import AssignSuspense, assign
from usecases.verification import verify


@pytest.fixture
async def world(sqlite_database: DatabaseUrl) -> AsyncIterator[World]:
    """What can differ between databases is asked in test_loan_races.py."""
    opened = open_world(sqlite_database)
    yield opened
    opened.close()
    assert opened.bugs == []


ASHA, BEN = "254712345678", "254712345679"
TODAY = date(2026, 11, 21)


def told(world: World) -> list[str]:
    return [event for (event,) in world.rows("SELECT event FROM outbox WHERE kind = 'sms' ORDER BY id")]


# --- asked for, decided, given ------------------------------------------------------------------------------------------


async def test_what_is_shown_before_the_yes_is_what_the_loan_is(world: World) -> None:
    at = await lender(world)
    shown = await world.app.read(quote, world.organisation, None, "BODA", kes(6_000), 6)

    number = await at.lends(ASHA)

    seen = await at.sees(number)
    assert number == "LOAN-000001"
    assert (shown.offer.sent, shown.offer.fee) == (kes(5_900), kes(100))
    assert shown.total == kes(6_000) + shown.cost - kes(100)
    assert seen.now.run.rows == shown.rows
    assert seen.loan.borrower_name == "Borrower 678"
    assert seen.loan.told is not None
    assert (seen.loan.told.payoff, seen.loan.told.next_on) == (kes(6_000), date(2026, 12, 21))


async def test_who_asked_for_a_borrower_does_not_approve_it(world: World) -> None:
    at = await lender(world)
    asked = await at.asks(ASHA)

    with pytest.raises(OwnRequest):
        await at.decides(asked, by=at.officer)


async def test_a_loan_that_was_refused_or_withdrawn_is_never_given(world: World) -> None:
    at = await lender(world)
    refused, taken_back = await at.asks(ASHA), await at.asks(BEN)
    await at.decides(refused, Verdict.REJECT)
    await world.app.write(withdraw, Withdraw(taken_back.approval, at.officer))  # type: ignore[arg-type]

    assert (await at.sees(refused.number)).loan.state is LoanState.DECLINED
    assert (await at.sees(taken_back.number)).loan.state is LoanState.WITHDRAWN
    for number in (refused.number, taken_back.number):
        with pytest.raises(LoanNotThere):
            await at.gives(number)


async def test_nobody_is_lent_more_than_their_history_allows(world: World) -> None:
    at = await lender(world)
    with pytest.raises(LoanRefused) as too_much:
        await at.asks(ASHA, 10_001)
    number = await at.lends(ASHA, 6_000, 1)
    with pytest.raises(LoanRefused) as running:
        await at.asks(ASHA, 5_000)
    await at.repays(number, 6_000, ASHA)

    assert (too_much.value.most, too_much.value.why) == (kes(10_000), "new")
    assert (running.value.most, running.value.why) == (kes(4_000), "running")
    asked = await at.asks(ASHA, 12_500)
    assert asked.number == "LOAN-000002"


async def test_one_who_waits_for_an_answer_asks_no_second_time(world: World) -> None:
    at = await lender(world)
    await at.asks(ASHA)

    with pytest.raises(LoanRefused) as waiting:
        await at.asks(ASHA)

    assert waiting.value.why == "waiting"


async def test_staff_without_the_right_do_not_lend(world: World) -> None:
    at = await lender(world)
    nobody = Actor(ActorKind.STAFF, at.boss.name, "test", None)
    wish = Apply(world.organisation, "BODA", kes(5_000), 6, Msisdn.parse(ASHA), nobody, "Asha")

    with pytest.raises(NotPermitted):
        await world.app.write(apply, wish)
    with pytest.raises(NotFound, match="product"):
        await world.app.write(
            apply, Apply(world.organisation, "X", kes(5_000), 6, Msisdn.parse(ASHA), at.officer, "Asha")
        )
    with pytest.raises(NotFound, match="borrower"):
        await world.app.write(apply, Apply(world.organisation, "BODA", kes(5_000), 6, Msisdn.parse(ASHA), at.officer))


async def test_a_borrower_who_asks_by_phone_has_the_officer_who_says_yes(world: World) -> None:
    at = await lender(world)
    by_phone = Actor(ActorKind.PERSON, "phone 1", "ussd")
    wish = Apply(world.organisation, "BODA", kes(5_000), 6, Msisdn.parse(ASHA), by_phone, "Asha")
    asked = await world.app.write(apply, wish)

    await at.decides(asked, by=at.officer)
    await at.gives(asked.number)
    given = await world.app.write(
        give_to_officer,
        GiveToOfficer(world.organisation, asked.number, (await at.sees(asked.number)).loan.officer, TESTER),  # type: ignore[arg-type]
    )

    assert given.officer_name == "Peter Kamau"


async def test_a_day_that_has_not_come_or_was_before_the_wish_is_no_day_of_giving(world: World) -> None:
    at = await lender(world)
    asked = await at.asks(ASHA)
    await at.decides(asked)

    for day in (TODAY + timedelta(1), TODAY - timedelta(1)):
        with pytest.raises(NotFound):
            await world.app.write(give_by_hand, GiveByHand(world.organisation, asked.number, at.boss, day))


async def test_a_product_set_anew_is_a_new_version_and_leaves_what_was_given(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    dearer = replace(BODA, penalty=replace(BODA.penalty, fixed_minor=5_000))
    first = await world.app.write(set_product, SetProduct(world.organisation, dearer, at.boss))
    again = await world.app.write(set_product, SetProduct(world.organisation, dearer, at.boss))

    assert first == again
    assert (await at.sees(number)).loan.terms.penalty == BODA.penalty


# --- repaid -------------------------------------------------------------------------------------------------------------


async def test_a_repayment_finds_its_loan_whatever_slips_are_in_the_number(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    await at.days_pass(30)

    for typed in ("loan-OOOOO1", "LOAN 00000I", "l0an000001"):
        await at.repays(typed, 100)

    assert number == "LOAN-000001"
    assert (await world.suspense(), sum(await at.owed(number))) == (0, 600_000 + 12_000 - 30_000)


async def test_the_receipt_says_what_is_still_to_be_paid(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA, 6_000, 1)

    await at.repays(number, 2_000, ASHA)
    await at.repays(number, 5_000, ASHA)

    run = (await at.sees(number)).now.run
    assert (run.closed_on, run.owed, run.credit) == (TODAY, 0, 100_000)
    assert told(world) == ["approval_waits", "loan_told", "loan_told", *["payment_received", "loan_repaid"] * 2]
    assert (await world.balances())[f"liability:credit:{number}"] == -100_000


async def test_two_payments_in_one_commit_are_both_used(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)

    await world.arrives(world.notice(number, 1_000), world.notice(number, 2_000))

    assert (await at.sees(number)).now.run.principal == 300_000


async def test_a_known_payer_needs_no_number_and_the_amount_tells_two_loans_apart(world: World) -> None:
    at = await lender(world)
    first = await at.lends(ASHA, 3_000, 3)
    await at.repays("", 500, ASHA)
    second = await at.lends(ASHA, 2_000, 1)

    await at.days_pass(30)
    due = (await at.sees(first)).loan.told
    assert due is not None
    await at.repays("thanks", 2_040, ASHA)
    await at.repays("", 20_000, ASHA)

    assert (await at.sees(second)).loan.state is LoanState.REPAID
    assert (await at.sees(first)).loan.state is LoanState.REPAID
    reasons = [row[0] for row in world.rows("SELECT DISTINCT reason FROM applications ORDER BY reason")]
    assert reasons == ["amount:LOAN-000002", "only_account:LOAN-000001"]


async def test_with_several_loans_and_no_hint_the_oldest_debt_is_paid_first(world: World) -> None:
    at = await lender(world)
    older = await at.lends(ASHA, 3_000, 3)
    await at.days_pass(10)
    newer = await at.lends(ASHA, 3_000, 3)

    await at.repays("", 777, ASHA)

    assert (await at.owed(older))[0] < 300_000
    assert (await at.owed(newer))[0] == 300_000


async def test_a_loan_that_is_not_given_or_done_takes_no_money_by_itself(world: World) -> None:
    at = await lender(world)
    asked = await at.asks(ASHA)

    await at.repays(asked.number, 500, ASHA)

    assert await world.suspense() == kes(500).minor


async def test_penalties_and_interest_come_with_the_nights_and_once_only(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA, 6_000, 6)

    await at.days_pass(40)
    await at.night()

    principal, interest, penalty = await at.owed(number)
    assert (principal, interest) == (600_000, 12_000)
    assert penalty == 10_712  # a tenth of 1,071.15, on the fourth day
    assert (await at.sees(number)).now.days_late == 10
    assert await world.app.read(schedule_of, (await at.sees(number)).loan.account) == (
        1,
        (await at.sees(number)).now.run.rows,
    )


# --- moved --------------------------------------------------------------------------------------------------------------


async def two_pairs(at: Lender) -> tuple[list[str], list[str]]:
    """Two loans for what goes wrong, and the same two for what goes right."""
    phones = ("254712000001", "254712000002", "254712000003", "254712000004")
    numbers = [await at.lends(phone, 6_000 - 1_000 * (place % 2)) for place, phone in enumerate(phones)]
    return numbers[:2], numbers[2:]


async def test_wrong_then_moved_equals_right_from_the_start_and_moving_back_restores_everything(world: World) -> None:
    at = await lender(world)
    (wrong, other), (kept, right) = await two_pairs(at)
    await at.days_pass(28)
    lost = await at.repays(wrong, 1_100)
    await at.repays(right, 1_100)
    await at.days_pass(50)  # two instalments are late, penalties and interest are charged for the wrong ones
    before = await at.books(wrong), await at.books(other)
    assert before[1] != await at.books(right)

    await world.app.write(reallocate, Reallocate(lost, "1oan-000002", at.boss, "trace"))
    assert await at.books(wrong) == await at.books(kept)
    assert await at.books(other) == await at.books(right)
    assert (await at.sees(other)).now.run == (await at.sees(right)).now.run

    await world.app.write(reallocate, Reallocate(lost, wrong, at.boss, "trace"))
    assert (await at.books(wrong), await at.books(other)) == before


async def test_money_that_closed_the_wrong_loan_opens_it_again_when_it_is_moved(world: World) -> None:
    at = await lender(world)
    (wrong, other), _ = await two_pairs(at)
    lost = await at.repays(wrong, 6_000)
    assert (await at.sees(wrong)).loan.state is LoanState.REPAID

    await world.app.write(reallocate, Reallocate(lost, other, at.boss, "trace"))

    assert (await at.sees(wrong)).loan.state is LoanState.ACTIVE
    assert (await at.sees(other)).loan.state is LoanState.REPAID
    assert (await at.sees(other)).now.run.credit == 100_000


async def test_a_loan_gets_what_the_prompt_showed_that_its_callback_names(world: World) -> None:
    at = await lender(world)
    (wrong, other), (kept, right) = await two_pairs(at)
    await world.prompts("254712000002", {other: 1_100}, request_id="ws_1")
    await world.clock.advance(1)
    await world.prompts("254712000002", {wrong: 600, other: 500}, request_id="ws_2")
    twin = world.notice("", 1_100, payer=Msisdn.parse("254712000002"), receipt="R1")
    await world.arrives(twin)
    await world.arrives(replace(twin, witness=Witness.PROMPT_RESULT, provider_request_id="ws_1"))
    await at.repays(right, 1_100)

    assert await at.books(wrong) == await at.books(kept)
    assert await at.books(other) == await at.books(right)
    assert world.rows("SELECT count(*) FROM outbox WHERE event = 'loan_repaid' AND kind = 'sms'") == [(4,)]


async def test_money_that_waited_in_suspense_counts_from_the_day_on_which_it_came(world: World) -> None:
    at = await lender(world)
    (late, _), (_, _) = await two_pairs(at)
    paid = await at.repays("who knows", 2_000)
    await at.days_pass(45)
    assert (await at.owed(late))[2] > 0

    await world.app.write(assign, AssignSuspense(paid, late, at.boss, "trace"))

    assert (await at.owed(late))[2] == 0
    assert (await at.sees(late)).now.run.worst_late == 0


async def test_a_payment_that_the_provider_takes_back_never_counted(world: World) -> None:
    at = await lender(world)
    (taken, untouched), (same, _) = await two_pairs(at)
    await world.app.write(record_arrivals, world.arrival(world.notice(taken, 1_500, receipt="UKX1")))
    await at.days_pass(40)

    await reverses(world, "UKX1")

    assert (await at.sees(taken)).now.run == (await at.sees(same)).now.run
    assert (await at.owed(untouched))[0] == 500_000


async def test_money_goes_from_a_student_to_a_loan_and_back(world: World) -> None:
    at = await lender(world)
    number = await at.lends(BEN)
    await world.students({"KV10": 4_000})
    paid = await at.repays("KV10", 1_000)

    await world.app.write(reallocate, Reallocate(paid, number, at.boss, "trace"))
    assert (await at.owed(number))[0] == 500_000
    await world.app.write(reallocate, Reallocate(paid, "KV10", at.boss, "trace"))

    assert (await at.owed(number))[0] == 600_000
    assert (await world.balances())["asset:receivable:KV10"] == kes(3_000).minor


# --- decided about a loan that runs -------------------------------------------------------------------------------------


async def test_a_penalty_is_let_off_as_far_as_there_is_one(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    with pytest.raises(NotFound):
        await world.app.write(waive_penalty, WaivePenalty(world.organisation, number, kes(5), "kind", at.officer))
    await at.days_pass(40)

    await world.app.write(waive_penalty, WaivePenalty(world.organisation, number, kes(50_000), "flood", at.officer))

    assert (await at.owed(number))[2] == 0


async def test_a_new_schedule_holds_all_that_is_owed_and_a_second_version(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    await at.days_pass(40)
    owed = sum(await at.owed(number))

    await world.app.write(restructure, Restructure(world.organisation, number, 12, "flood", at.officer))

    seen = await at.sees(number)
    assert (seen.versions, len(seen.now.run.rows), seen.now.days_late) == (2, 12, 0)
    assert seen.now.run.principal >= owed


async def test_giving_up_takes_a_second_person_and_what_comes_later_is_a_recovery(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    await at.days_pass(40)
    asked = await world.app.write(ask_write_off, WriteOff(world.organisation, number, "gone", at.officer))
    await world.app.write(decide, Decide(asked.id, Verdict.APPROVE, at.boss))
    assert (await at.sees(number)).loan.state is LoanState.WRITTEN_OFF
    lost = (await world.balances())["expense:writeoff"]
    await at.days_pass(1)
    await at.repays(number, 1_000)

    assert (await world.balances())["expense:writeoff"] == lost - kes(1_000).minor
    with pytest.raises(LoanNotThere):
        await world.app.write(restructure, Restructure(world.organisation, number, 12, "", at.officer))


async def test_a_phone_that_another_house_knows_is_a_new_borrower_here(world: World) -> None:
    at = await lender(world)
    other = await world.other_school("elsewhere")
    await other.students({"EL10": 100}, guardians={"EL10": [ASHA]})

    asked = await at.asks(ASHA)

    assert (await at.sees(asked.number)).loan.borrower_name == "Borrower 678"


async def test_a_request_that_ends_late_changes_no_loan_that_runs(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    account = (await at.sees(number)).loan.account

    def ends(tx: Tx, command: None) -> None:
        approval = approvals.of_subject(tx, account)
        assert approval is not None
        LoanOwner().ended(tx, approval, at.boss, trace="")

    await world.app.write(ends, None)

    assert (await at.sees(number)).loan.state is LoanState.ACTIVE


async def test_a_loan_that_nobody_knows(world: World) -> None:
    at = await lender(world)

    with pytest.raises(NotFound):
        await at.sees("LOAN-000099")


async def test_nobody_gives_up_a_loan_where_the_second_person_says_no(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)
    asked = await world.app.write(ask_write_off, WriteOff(world.organisation, number, "gone", at.officer))
    assert await world.app.read(WriteOffOwner().named, asked.subject.id) == number
    assert await world.app.read(WriteOffOwner().named, world.ids.new()) == ""

    await world.app.write(decide, Decide(asked.id, Verdict.REJECT, at.boss))

    assert (await at.sees(number)).loan.state is LoanState.ACTIVE
    for owner in (WriteOffOwner(), LoanOwner()):
        with pytest.raises(NotFound):
            await world.app.write(owner.content, world.ids.new())


async def test_a_loan_has_its_name_in_the_list_of_what_waits(world: World) -> None:
    at = await lender(world)
    asked = await at.asks(ASHA)

    assert await world.app.read(LoanOwner().named, asked.account) == asked.number
    assert await world.app.read(LoanOwner().named, world.ids.new()) == ""
    assert await world.app.write(tell_loans, [asked.account]) != {}


# --- forgotten ----------------------------------------------------------------------------------------------------------


async def forgets(world: World) -> Erased:
    wish = Erase(world.organisation, Msisdn.parse(ASHA), Traces(), TESTER)
    return await world.app.write(erase_person, wish)


async def test_who_has_a_loan_cannot_be_forgotten_and_whose_loans_have_ended_can(world: World) -> None:
    at = await lender(world)
    asked = await at.asks(ASHA)
    with pytest.raises(PersonOwes):
        await forgets(world)
    await at.decides(asked)
    await at.gives(asked.number)
    with pytest.raises(PersonOwes) as owes:
        await forgets(world)
    assert owes.value.owed == kes(6_000)
    notice = world.notice(asked.number, 6_000, receipt="UKX1")
    await world.app.write(record_arrivals, world.arrival(notice))

    await forgets(world)

    assert (await at.sees(asked.number)).loan.borrower_name == ""
    await reverses(world, "UKX1")
    assert (await at.sees(asked.number)).loan.state is LoanState.ACTIVE
    assert await world.app.read(verify) == []


# --- seen, and looked after ---------------------------------------------------------------------------------------------


async def test_each_officer_sees_their_own_loans_and_figures_and_a_manager_all(world: World) -> None:
    at = await lender(world)
    mine = await at.lends(ASHA)
    asked = await world.app.write(
        apply, Apply(world.organisation, "BODA", kes(5_000), 6, Msisdn.parse(BEN), at.boss, "Ben")
    )
    await at.decides(asked, by=at.officer)
    teller = await world.staff(Role.CASHIER, "254700900013", "Ruth Wairimu")
    await world.app.write(give_by_hand, GiveByHand(world.organisation, asked.number, teller))  # who asked does not
    await at.days_pass(40)
    await at.repays(mine, 1_500)
    (organisation,) = await world.app.read(organisations.all_organisations)

    own = await world.app.read(figures, organisation, seen_by(at.officer))
    all_ = await world.app.read(figures, organisation, seen_by(at.boss))
    late = await world.app.read(listed, world.organisation, None, [LoanState.ACTIVE], late=True)

    assert [line.name for line in own] == ["Peter Kamau", ""]
    assert [(line.name, line.figures.loans, line.figures.late_loans) for line in all_] == [
        ("Mary Atieno", 1, 1),
        ("Peter Kamau", 1, 0),
        ("", 2, 1),
    ]
    assert own[0].figures.came_in == kes(1_500)
    assert [loan.number for loan in late] == [asked.number]
    assert len(await world.app.read(listed, world.organisation, seen_by(at.officer), [LoanState.ACTIVE])) == 1


async def test_what_if_says_what_would_be(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)

    loan, asked = await world.app.read(ask_what_if, world.organisation, number, kes(3_000), None)

    assert loan.number == number
    assert asked.saved > 0
    await at.repays(number, 6_000)
    with pytest.raises(LoanNotThere):
        await world.app.read(ask_what_if, world.organisation, number, kes(3_000), None)


async def test_who_is_of_another_house_looks_after_no_loan(world: World) -> None:
    at = await lender(world)
    number = await at.lends(ASHA)

    with pytest.raises(NotFound):
        await world.app.write(
            give_to_officer, GiveToOfficer(world.organisation, number, StaffId(world.ids.new()), at.boss)
        )


# --- looked through -----------------------------------------------------------------------------------------------------


async def busy(world: World) -> Lender:
    """One loan that was late and repaid in part, one that waits."""
    at = await lender(world)
    number = await at.lends(ASHA)
    await at.days_pass(40)
    await at.repays(number, 2_000)
    await at.asks(BEN)
    return at


async def test_honest_loans_have_no_finding(world: World) -> None:
    await busy(world)

    assert await world.app.read(verify) == []


@pytest.mark.parametrize(
    "damage, named",
    [
        ("UPDATE loan_movements SET penalty_minor = 1 WHERE kind = 'penalty'", "loan_movements"),
        ("DELETE FROM loan_movements WHERE kind = 'repaid'", "loan_movements"),
        ("UPDATE loan_handovers SET staff_id = (SELECT requested_by FROM approvals)", "loan_handovers"),
        ("DELETE FROM loan_handovers", "loan_handovers"),
        ("UPDATE loan_events SET on_day = '2026-11-22'", "loan_movements"),
        ("UPDATE loan_instalments SET principal_minor = principal_minor + 1 WHERE number = 1", "loan_instalments"),
        ("UPDATE loans SET principal_minor = principal_minor - 1 WHERE number = 1", "loans"),
        ("UPDATE loans SET state = 'repaid' WHERE number = 1", "loans"),
        ("UPDATE loans SET state = 'declined' WHERE number = 1", "loans"),
        ("DELETE FROM counters WHERE name = 'loans'", "counters"),
    ],
)
async def test_whatever_is_done_to_loans_behind_the_programs_back_is_named(
    sqlite_database: DatabaseUrl, damage: str, named: str
) -> None:
    books = open_world(sqlite_database)
    await busy(books)
    engine = writer_engine(sqlite_database)
    with engine.begin() as connection:
        for (trigger,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql(damage)
    engine.dispose()

    found = {finding.table for finding in await books.app.read(verify)} - {"triggers"}
    books.close()

    assert named in found
