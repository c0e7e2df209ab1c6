"""Money goes out once: whatever is lost, doubled, late, wrong or cut off, the books end as the provider's truth (OUT-5)."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound, NotPermitted
from core.ids import PayoutId, ProviderAccountId
from core.ledger import debit, suspense
from core.money import FractionRefused, Money
from core.payments import MoneyReturned, Witness
from core.payouts import FailReason, Lost, Payout, PayoutUnderWay, SaidPaid, StandsNot, StandsPaid, State, TooLate
from core.permissions import Role
from core.phones import Msisdn
from jobs.paying import Paying
from sandbox.moods import Mood
from storage import floats
from storage.database import DatabaseUrl
from storage.schema import lay_triggers, lift_rules
from storage.tables import payouts as table
from storage.tx import Tx
from tests.paying import PAYEE, PLENTY, Till, till
from tests.rivals import rival_of
from tests.usecases.stories import examples
from tests.world import KES, TESTER, World, kes, open_world
from usecases import payouts
from usecases.payout_requests import request_payout, withdraw_payout
from usecases.payouts import Claim, PayoutNews, Resume, claim_payouts, doubt_all, record_news, resume
from usecases.reversals import Returned, record_reversal
from usecases.verification import verify


@pytest.fixture
async def small(sqlite_database: DatabaseUrl) -> AsyncIterator[World]:
    """As everywhere, but for the laws of applied money: payouts here are asked for out of nothing."""
    opened = open_world(sqlite_database)
    await opened.school()
    yield opened
    opened.close()
    assert opened.bugs == []


@pytest.fixture
async def school(small: World) -> AsyncIterator[Till]:
    async with till(small) as opened:
        yield opened


@pytest.fixture
async def either(world: World) -> AsyncIterator[Till]:
    """The same on each database."""
    async with till(world) as opened:
        yield opened


async def test_a_payout_is_promised_paid_and_charged(either: Till) -> None:
    school = either
    payout = await school.request(3_200)

    promised = await school.world.balances()
    await school.until_known()

    assert promised["liability:payout"] == -3_200_00
    assert promised["expense:fuel"] == 3_200_00
    assert await school.world.balances() == {
        "expense:fuel": 3_200_00,
        "liability:payout": 0,
        "asset:float:mpesa:600984": -3_222_40,
        "expense:charges": 22_40,
    }
    paid = await school.standing(payout)
    assert (paid.state, paid.receipt) == (State.PAID, school.orders[0].receipt)
    assert [(one.was, one.payout.state) for one in school.ended] == [(State.PROCESSING, State.PAID)]
    assert await school.agrees() == []


async def test_a_payout_waits_until_the_provider_has_told_its_balance_and_while_that_is_too_low(school: Till) -> None:
    school.account.opening = kes(500)
    payout = await school.request(3_200)

    await school.work(120)

    assert school.orders == []
    assert (await school.standing(payout)).last_error == "the balance does not cover it"
    school.account.opening = PLENTY
    await school.until_known()
    assert await school.state(payout) is State.PAID
    assert await school.agrees() == []


async def test_two_payouts_never_start_on_the_same_shilling(school: Till) -> None:
    school.account.opening = kes(1_000)
    payouts_ = [await school.request(600), await school.request(600)]

    await school.work(60)

    assert len(school.orders) == 1
    assert sorted([(await school.state(one)).value for one in payouts_]) == ["paid", "reserved"]


async def test_what_fails_is_released_and_whoever_asked_is_told_once(school: Till) -> None:
    school.daraja.disbursing.unregistered.add(PAYEE.digits)
    payout = await school.request(3_200)

    await school.until_known()

    failed = await school.standing(payout)
    assert (failed.state, failed.fail_reason) == (State.FAILED, FailReason.NOT_REGISTERED)
    assert set((await school.world.balances()).values()) == {0}
    assert [one.payout.state for one in school.ended] == [State.FAILED]
    again = await school.request(3_200, subject=payout.subject)  # a person may ask again
    assert again.id != payout.id
    assert await school.agrees() == []


async def test_a_subject_is_paid_once_however_often_it_is_asked_for(school: Till) -> None:
    payout = await school.request(100)
    with pytest.raises(PayoutUnderWay):
        await school.request(100, subject=payout.subject)
    await school.until_known()

    with pytest.raises(PayoutUnderWay):
        await school.request(100, subject=payout.subject)

    assert len(school.orders) == 1


async def test_cents_are_refused_and_so_is_an_account_of_somebody_else(school: Till) -> None:
    other = await school.world.other_school("other")
    cents = replace(school.wish(100), amount=Money(10_050, KES))
    with pytest.raises(FractionRefused):
        await school.world.app.write(request_payout, cents)
    with pytest.raises(NotFound):
        await school.request(100, provider_account=other.account.id)


async def test_a_server_error_after_the_money_moved_is_asked_about_and_never_sent_again(school: Till) -> None:
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    school.mpesa.mood = Mood(broken=1, lost=1)
    payout = await school.request(3_200)
    await school.work(20)

    assert await school.state(payout) is State.UNKNOWN
    await school.until_known()

    assert len(school.orders) == 1
    assert await school.state(payout) is State.PAID
    assert await school.agrees() == []


async def test_a_question_that_could_not_be_put_is_put_again(school: Till) -> None:
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    school.mpesa.mood = Mood(broken=1, lost=1)
    payout = await school.request(3_200)
    await school.work(20)
    assert await school.state(payout) is State.UNKNOWN

    rails, school.world.app.rails = school.world.app.rails, {}
    await school.work(3_600, step=60)
    asked = (await school.standing(payout)).asked
    school.world.app.rails = rails
    await school.until_known()

    assert asked > 0
    assert school.world.rows("SELECT 1 FROM exchanges WHERE detail = 'question 1'") == []
    assert await school.state(payout) is State.PAID


async def test_a_queue_that_was_too_long_is_no_failure(school: Till) -> None:
    school.mpesa.mood = Mood(queue_full=1)
    payout = await school.request(3_200)

    await school.work(20)
    await school.until_known()

    assert await school.state(payout) is State.PAID
    assert len(school.ended) == 1
    assert await school.agrees() == []


async def test_a_credential_that_is_refused_stops_the_account_until_a_person_resumes_it(school: Till) -> None:
    school.account.credential = "another"
    first = await school.request(100)
    await school.work(300, step=5)
    second = await school.request(200)
    await school.work(60)

    assert await school.state(first) is State.FAILED
    assert (await school.standing(second)).last_error == "halted: 2001"
    assert len(school.orders) == 1
    school.account.credential = ""
    cashier = await school.world.staff(Role.CASHIER)
    with pytest.raises(NotPermitted):
        await school.world.app.write(resume, Resume(school.world.account.id, cashier))
    assert await school.world.app.write(resume, Resume(school.world.account.id, TESTER)) == "2001"
    assert await school.world.app.write(resume, Resume(school.world.account.id, TESTER)) == ""
    await school.until_known()
    assert await school.state(second) is State.PAID
    assert await school.agrees() == []


async def test_what_surely_did_not_leave_is_tried_again_a_few_times(school: Till) -> None:
    payout = await school.request(100)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    school.http.cut.add("https://daraja.test")

    await school.work(200)

    failed = await school.standing(payout)
    assert (failed.state, failed.fail_reason, failed.attempts) == (State.FAILED, FailReason.NO_RAIL, 5)
    assert school.orders == []
    assert await school.agrees() == []


def _fresh(tx: Tx, school: Till) -> None:
    """The provider told its balance just now."""
    floats.want(tx, school.world.account)
    floats.told(tx, school.world.account.id, PLENTY, asked_at=tx.now)


async def test_it_can_be_withdrawn_until_it_may_have_left(school: Till) -> None:
    early, late = await school.request(100), await school.request(200)
    withdrawn = await school.world.app.write(lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), early.id)
    await school.work(20)

    assert withdrawn.fail_reason is FailReason.WITHDRAWN
    with pytest.raises(TooLate):
        await school.world.app.write(lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), late.id)
    with pytest.raises(NotFound):
        await school.world.app.write(
            lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), PayoutId(school.world.ids.new())
        )
    await school.until_known()
    assert await school.agrees() == []


@pytest.mark.parametrize("point", ["claimed", "called", "answered"])
async def test_a_worker_that_dies_anywhere_between_promise_and_result_leaves_nothing_that_is_paid_twice(
    school: Till, point: str
) -> None:
    payout = await school.request(3_200)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    (taken,) = await school.world.app.write(claim_payouts, Claim(5))
    if point != "claimed":
        answered = await Paying(school.world.app)._answer(taken)
        if point == "answered":
            await school.world.app.write(payouts.payout_answered, answered)

    await school.world.clock.advance(300)  # whoever it was is gone
    await school.until_known()

    paid = point != "claimed"
    assert await school.state(payout) is (State.PAID if paid else State.FAILED)
    assert len(school.orders) == (1 if paid else 0)
    assert await school.agrees() == []


async def test_books_out_of_a_backup_ask_before_they_send(school: Till) -> None:
    payout = await school.request(3_200)

    assert await school.world.app.write(doubt_all, "restored") == 1
    await school.until_known()

    assert school.orders == []
    assert (await school.standing(payout)).fail_reason is FailReason.NOT_FOUND
    assert await school.agrees() == []


async def test_news_of_another_account_and_bytes_that_nobody_can_read_change_nothing(school: Till) -> None:
    payout = await school.request(3_200)
    url = "https://program.test/hooks/key-of-the-hook"

    async def post(path: str, body: bytes) -> int:
        reply = await school.http.request(
            "POST", url + path, headers={"Content-Type": "application/json"}, body=body, timeout_s=5
        )
        return reply.status

    body = b'{"Result": {"ResultCode": 0, "TransactionID": "UKK6C9VZ4D", "ResultDesc": "ok"}}'
    statuses = [
        await post(f"/result/p{school.world.ids.new().hex}-0", body),
        await post(f"/result/p{payout.id.hex}-0", b"<html>"),
        await post(f"/timeout/p{payout.id.hex}-0", b"<html>"),
        await post(f"/timeout/q{payout.id.hex}-1", b'{"Result": {"ResultCode": 1}}'),
        await post(f"/result/b{payout.id.hex}-1", b'{"Result": {"ResultCode": 0}}'),
        await post(f"/result/b{school.world.account.id.hex}-1", b'{"Result": {"ResultCode": 1}}'),
    ]

    assert statuses == [200] * 6
    assert await school.state(payout) is State.RESERVED
    outcomes = school.world.rows("SELECT operation, outcome FROM exchanges")
    assert sorted(outcome for _, outcome in outcomes) == ["noted", "unread", "unread", "unread", "unread"]


async def test_two_processes_that_claim_at_the_same_moment_send_once(either: Till) -> None:
    school = either
    await school.request(3_200)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    with rival_of(school.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: school.world.app.write(claim_payouts, Claim(5)),
            lambda: rival.world.app.write(claim_payouts, Claim(5)),
        )

    assert sorted(len(one) for one in (mine, theirs)) == [0, 1]


async def test_two_processes_that_ask_for_the_same_subject_promise_it_once(either: Till) -> None:
    school = either
    wish = school.wish(100)
    with rival_of(school.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: school.world.app.write(request_payout, wish),
            lambda: rival.world.app.write(request_payout, wish),
        )

    assert sum(isinstance(one, Exception) for one in (mine, theirs)) == 1
    assert len(school.world.rows("SELECT 1 FROM payouts")) == 1
    assert school.world.broken_laws() == []


async def test_two_processes_told_of_the_same_result_book_it_once(either: Till) -> None:
    school = either
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    school.mpesa.mood = Mood(lost=1)
    payout = await school.request(3_200)
    await school.work(20)
    order = school.orders[0]
    news = PayoutNews(payout.id, school.world.account, SaidPaid(order.receipt, kes(3_200)), b"{}", "127.0.0.1", "t")
    with rival_of(school.world) as rival:
        await rival.overlap(
            lambda: school.world.app.write(record_news, news), lambda: rival.world.app.write(record_news, news)
        )

    await school.until_known()
    assert await school.state(payout) is State.PAID
    assert await school.agrees() == []


async def test_money_that_moved_after_we_gave_up_is_booked_all_the_same_and_people_see_that_it_contradicts(
    school: Till,
) -> None:
    payout = await school.request(3_200)
    await school.world.app.write(doubt_all, "restored")
    await school.until_known()
    assert await school.state(payout) is State.FAILED

    account = school.world.account
    told = StandsPaid("UKL9999999", kes(3_200), kes(13))
    await school.world.app.write(record_news, PayoutNews(payout.id, account, told, b"{}", "", "trace"))

    assert await school.state(payout) is State.PAID
    balances = await school.world.balances()
    assert balances["asset:float:mpesa:600984"] == -3_213_00
    assert balances["expense:fuel"] == 3_200_00
    undone = StandsNot("declined")
    await school.world.app.write(record_news, PayoutNews(payout.id, account, undone, b"{}", "", "trace"))
    assert await school.state(payout) is State.REVERSED
    assert (await school.world.balances())["expense:fuel"] == 0
    assert [one.payout.state for one in school.ended] == [State.FAILED, State.PAID, State.REVERSED]
    contradictions = school.world.rows("SELECT 1 FROM exchanges WHERE outcome = 'contradicts'")
    assert len(contradictions) == 2
    assert await school.world.app.read(verify) == []
    assert school.world.broken_laws() == []


async def test_a_result_that_contradicts_an_end_is_asked_about(school: Till) -> None:
    school.daraja.disbursing.unregistered.add(PAYEE.digits)
    payout = await school.request(3_200)
    await school.until_known()
    told = SaidPaid("UKL9999999", kes(3_200))

    await school.world.app.write(record_news, PayoutNews(payout.id, school.world.account, told, b"{}", "", "trace"))
    asked = (await school.standing(payout)).asked
    await school.until_known()

    assert (await school.standing(payout)).asked == asked + 1
    assert await school.state(payout) is State.FAILED
    assert await school.agrees() == []


async def test_a_receipt_that_another_payout_bears_is_given_to_whom_the_provider_says(school: Till) -> None:
    """The results of two payouts were mixed up: each is told with the other's receipt."""
    first, second = await school.request(3_200), await school.request(3_200)
    school.mpesa.mood = Mood(lost=1)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    await school.work(5)
    receipts = {order.originator: order.receipt for order in school.orders}
    account = school.world.account

    for payout, others in ((first, second), (second, first)):
        told = SaidPaid(receipts[str(others.id)], kes(3_200))
        await school.world.app.write(record_news, PayoutNews(payout.id, account, told, b"{}", "", "trace"))
    again = SaidPaid(receipts[str(second.id)], kes(3_200))  # which the first one bears still
    await school.world.app.write(record_news, PayoutNews(second.id, account, again, b"{}", "", "trace"))
    await school.until_known()

    assert [(await school.standing(one)).receipt for one in (first, second)] == [
        receipts[str(one.id)] for one in (first, second)
    ]
    assert await school.agrees() == []
    assert school.world.bugs == []


async def test_a_receipt_of_what_was_not_paid_goes_to_the_payout_that_was(school: Till) -> None:
    school.daraja.disbursing.unregistered.add(PAYEE.digits)
    wrong = await school.request(3_200)
    school.mpesa.mood = Mood(lost=1)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    await school.work(5)
    account = school.world.account
    told = SaidPaid("UKL0000042", kes(3_200))
    await school.world.app.write(record_news, PayoutNews(wrong.id, account, told, b"{}", "", "trace"))
    await school.until_known()
    assert await school.state(wrong) is State.REVERSED

    right = await school.request(100, payee=Msisdn("254712000222"))
    await school.work(5)
    stands = StandsPaid("UKL0000042", kes(100), kes(13))
    await school.world.app.write(record_news, PayoutNews(right.id, account, stands, b"{}", "", "trace"))

    assert (await school.standing(wrong)).receipt is None
    assert (await school.standing(right)).receipt == "UKL0000042"
    assert await school.world.app.read(verify) == []


async def test_nobody_can_answer_for_or_resume_what_is_not_there(school: Till) -> None:
    stranger = PayoutId(school.world.ids.new())
    with pytest.raises(NotFound):
        await school.world.app.write(payouts.payout_answered, payouts.Answered(stranger, Lost("x"), None))
    with pytest.raises(NotFound):
        await school.world.app.write(resume, Resume(ProviderAccountId(stranger), TESTER))
    assert await school.world.app.read(payouts.unresolved) == 0


async def test_an_account_without_an_operator_pays_nothing_and_says_so(school: Till) -> None:
    payout = await school.request(100)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    school.world.app.rails = {}

    await school.work(10)

    assert (await school.standing(payout)).fail_reason is FailReason.NO_RAIL


@pytest.mark.parametrize(
    "change, says",
    [
        ("UPDATE payouts SET minor = minor + 100", "should be promised"),
        ("UPDATE payouts SET charge_minor = 100", "should be charged"),
        ("UPDATE payouts SET state = 'failed'", "its history of 1 ends at reserved"),
        ("UPDATE payouts SET currency = 'XXX'", "no such state or currency"),
        ("DELETE FROM payouts", "it has a history, but is not there"),
    ],
)
async def test_verify_names_a_payout_that_was_changed_behind_the_program_s_back(
    school: Till, change: str, says: str
) -> None:
    await school.request(3_200)
    assert await school.world.app.read(verify) == []

    await school.world.app.write(_without_rules, sa.text(change))

    assert any(says in one.what for one in await school.world.app.read(verify) if one.table == "payouts")


REFUSED = (
    "UPDATE payouts SET minor = minor + 100",
    "UPDATE payouts SET payee_index = x'00'",
    "UPDATE payouts SET provider_account_id = id",
    "UPDATE payouts SET subject_id = id",
    "UPDATE payouts SET original_receipt = 'UKL0000001', way = 'give_back'",
    "UPDATE payouts SET state = 'processing', version = version + 1",
    "UPDATE payouts SET state = 'failed'",
    "DELETE FROM payouts",
    "INSERT OR REPLACE INTO payouts SELECT * FROM payouts",
)
"""None of these leaves a trace in the trail, and each could pay another sum, another person, or once more."""


async def test_the_database_keeps_what_was_promised(either: Till) -> None:
    school = either
    await school.request(3_200)
    for statement in REFUSED:
        with pytest.raises(sa.exc.DBAPIError):
            await school.world.app.write(_behind, statement)
    school.world.bugs.clear()


async def test_the_database_sends_nothing_that_is_not_set_aside_or_that_nobody_let_go(either: Till) -> None:
    school = either
    first = await school.request(3_200)

    def copied(tx: Tx, changes: dict[str, Any]) -> None:
        """The row of a payout that nobody promised."""
        row = tx.connection.execute(sa.select(table).where(table.c.id == first.id)).mappings().one()
        tx.connection.execute(sa.insert(table).values({**row, **changes}))

    def sent(tx: Tx, id_: UUID) -> None:
        tx.connection.execute(sa.update(table).where(table.c.id == id_).values(state="sending", version=2))

    for changes in ({"state": "paid", "receipt": "UKL1"}, {"state": "sending"}, {"receipt": "UKL1"}):
        with pytest.raises(sa.exc.DBAPIError, match="payouts_begin"):
            await school.world.app.write(copied, {**changes, "id": school.world.ids.new(), "subject_id": first.id})
    for kind, why in (("test", "payouts_promised"), ("refund", ""), ("treasury", ""), ("loan", "")):
        mine = school.world.ids.new()
        await school.world.app.write(copied, {"id": mine, "subject_id": mine, "subject_kind": kind})
        with pytest.raises(sa.exc.DBAPIError, match=why or "payouts_"):
            await school.world.app.write(sent, mine)
    await school.world.app.write(_without_rules, sa.delete(table).where(table.c.id != first.id))
    school.world.bugs.clear()


@pytest.mark.parametrize("kind", ["refund", "treasury", "loan"])
async def test_what_is_set_aside_for_nothing_that_was_let_go_stays_here(school: Till, kind: str) -> None:
    payout = await school.world.app.write(request_payout, replace(school.wish(100), subject_kind=kind))
    with pytest.raises(sa.exc.DBAPIError, match="payouts_let_go"):
        await school.world.app.write(
            lambda tx, id_: tx.connection.execute(
                sa.update(table).where(table.c.id == id_).values(state="sending", version=2)
            ),
            payout.id,
        )
    school.world.bugs.clear()


def _without_rules(tx: Tx, statement: sa.Executable) -> None:
    lift_rules(tx.connection)
    tx.connection.execute(statement)
    lay_triggers(tx.connection)


def _behind(tx: Tx, statement: str) -> None:
    if tx.is_postgresql:
        statement = statement.replace("x'00'", "'x'").replace("INSERT OR REPLACE", "INSERT")
    tx.connection.exec_driver_sql(statement)


async def paid_in(school: Till, shillings: int) -> str:
    """A payment that both we and the provider know; its receipt."""
    school.account.confirmation_url = "https://program.test/hooks/key-of-the-hook/c2b/confirmation"
    await school.mpesa.pay(school.phones.of(PAYEE), "600984", "nobody", str(shillings))
    await school.world.clock.advance(5)
    return school.mpesa.transactions[-1].receipt


async def give_back(school: Till, receipt: str, shillings: int) -> Payout:
    organisation = school.world.organisation
    against = (debit(suspense(organisation, KES), kes(shillings)),)
    wish = replace(school.wish(shillings), original_receipt=receipt, against=against)
    return await school.world.app.write(request_payout, wish)


async def test_a_payment_is_given_back_at_its_provider_and_what_else_tells_of_it_is_a_witness(school: Till) -> None:
    receipt = await paid_in(school, 700)
    payout = await give_back(school, receipt, 700)
    await school.until_known()

    back = school.mpesa.reversals[0]
    notice = MoneyReturned(
        school.world.account.id,
        school.world.organisation,
        "mpesa",
        Witness.PULL,
        receipt,
        back.reversal,
        kes(700),
        back.at,
    )
    told = await school.world.app.write(record_reversal, Returned(notice, b"{}", "", "trace"))

    assert (await school.standing(payout)).receipt == back.reversal
    assert not told.is_new
    assert (await school.world.balances())["asset:float:mpesa:600984"] == 0


async def test_a_reversal_whose_answer_and_result_were_lost_is_found_by_the_payment_that_it_reversed(
    school: Till,
) -> None:
    receipt = await paid_in(school, 700)
    await school.world.app.write(lambda tx, _: _fresh(tx, school), None)
    school.mpesa.mood = Mood(unknown=1, lost=1)
    payout = await give_back(school, receipt, 700)
    await school.work(10)
    assert await school.state(payout) is State.UNKNOWN

    await school.until_known()

    assert len(school.orders) == 1
    assert await school.state(payout) is State.PAID


async def test_what_somebody_reversed_by_hand_is_told_by_the_pull_and_not_booked_beside_our_own(school: Till) -> None:
    receipt = await paid_in(school, 700)
    payout = await give_back(school, receipt, 700)
    school.mpesa.reverse(receipt)
    account, organisation = school.world.account.id, school.world.organisation
    notice = MoneyReturned(account, organisation, "mpesa", Witness.PULL, receipt, "", None, school.world.clock.now())

    await school.world.app.write(record_reversal, Returned(notice, b"{}", "", "trace"))
    await school.until_known()

    assert await school.state(payout) is State.PAID
    assert school.orders == []
    assert (await school.world.balances())["asset:float:mpesa:600984"] == 0


async def test_a_reversal_that_was_withdrawn_has_no_part_in_one_that_happens_later(school: Till) -> None:
    receipt = await paid_in(school, 700)
    payout = await give_back(school, receipt, 700)
    await school.world.app.write(lambda tx, id_: withdraw_payout(tx, id_, actor=TESTER, trace=""), payout.id)
    account, organisation = school.world.account.id, school.world.organisation
    notice = MoneyReturned(account, organisation, "mpesa", Witness.PULL, receipt, "", None, school.world.clock.now())

    told = await school.world.app.write(record_reversal, Returned(notice, b"{}", "", "trace"))

    assert told.is_new
    assert school.world.broken_laws() == []


MOODS = st.builds(
    Mood,
    lost=st.sampled_from([0, 0.5, 1]),
    doubled=st.sampled_from([0, 0.5]),
    late=st.sampled_from([0, 0.5]),
    refused=st.sampled_from([0, 0.3]),
    unknown=st.sampled_from([0, 0.5, 1]),
    broken=st.sampled_from([0, 0.5]),
    queue_full=st.sampled_from([0, 0.5]),
    lies=st.sampled_from([0, 0.5, 1]),
    down=st.booleans(),
    retries=st.sampled_from([0, 2]),
)
_NUMBERS = itertools.count(1)


@given(
    seed=st.integers(0, 10_000),
    sums=st.lists(st.sampled_from([5, 100, 3_200, 300_000]), min_size=1, max_size=4),
    moods=st.lists(MOODS, min_size=1, max_size=3),
    dies=st.booleans(),
)
@examples(6)
async def test_whatever_the_provider_does_each_is_paid_once_at_most_and_the_books_end_as_its_truth(
    small: World, seed: int, sums: list[int], moods: list[Mood], dies: bool
) -> None:
    own = await small.other_school(f"school-{next(_NUMBERS)}")
    async with till(own, seed=seed) as school:
        asked = [await school.request(shillings) for shillings in sums]
        for mood in moods:
            school.mpesa.mood = mood
            await school.work(40, step=4)
        if dies:
            await own.app.write(claim_payouts, Claim(1))  # and never sends it
        await school.until_known()

        ends = [await school.state(one) for one in asked]
        assert set(ends) <= {State.PAID, State.FAILED, State.REVERSED}
        assert len({one.originator for one in school.orders}) == len(school.orders)
        assert await school.agrees() == []
