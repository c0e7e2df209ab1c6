"""Money goes out once: whatever is lost, doubled, late, wrong or cut off, the books end as the provider's truth (OUT-5)."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.payouts import FailReason, SaidPaid, StandsNot, StandsPaid, State
from core.phones import Msisdn
from jobs.paying import Paying
from sandbox.moods import Mood
from tests.paying import PAYEE, Till, till
from tests.rivals import rival_of
from tests.usecases.stories import examples
from tests.world import World, kes
from usecases import payouts
from usecases.payout_requests import request_payout
from usecases.payouts import Claim, PayoutNews, claim_payouts, doubt_all, record_news
from usecases.verification import verify


async def test_a_server_error_after_the_money_moved_is_asked_about_and_never_sent_again(school: Till) -> None:
    await school.hears_its_balance()
    school.mpesa.mood = Mood(broken=1, lost=1)
    payout = await school.request(3_200)
    await school.work(20)

    assert await school.state(payout) is State.UNKNOWN
    await school.until_known()

    assert len(school.orders) == 1
    assert await school.state(payout) is State.PAID
    assert await school.agrees() == []


async def test_a_question_that_could_not_be_put_is_put_again(school: Till) -> None:
    await school.hears_its_balance()
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


@pytest.mark.parametrize("point", ["claimed", "called", "answered"])
async def test_a_worker_that_dies_anywhere_between_promise_and_result_leaves_nothing_that_is_paid_twice(
    school: Till, point: str
) -> None:
    payout = await school.request(3_200)
    await school.hears_its_balance()
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
    await school.hears_its_balance()
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
    await school.hears_its_balance()
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
    await school.hears_its_balance()
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
    await school.hears_its_balance()
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
