"""What was let go and waits is said to wait for what it waits for, and the chats that show it hear when that changes."""

from __future__ import annotations

from core.organisations import Kind
from core.payouts import StandsPaid
from core.treasury import FundPayment
from storage import approvals, floats
from storage.tx import Tx
from tests.paying import PLENTY
from tests.usecases.spending import Office
from tests.world import TESTER, kes
from usecases.calling_back import under_way
from usecases.fund_news import Going, let_go
from usecases.payouts import Claim, PayoutNews, Resume, claim_payouts, doubt_all, record_news, resume
from usecases.setup import ProviderAccountEntry, SetUp, set_up


async def executed(office: Office) -> FundPayment:
    """In an organisation with a bot, whose chats are told."""
    bot = ProviderAccountEntry("telegram", "kivuli_bot", "sandbox", "key-of-the-bot", {"token": "1:x"})
    wish = SetUp("kivuli", "Kivuli Primary School", (Kind.SCHOOL,), "KE", "en", (), (bot,), TESTER)
    await office.world.app.write(set_up, wish)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    return payment


async def going(office: Office, payment: FundPayment) -> Going:
    def ask(tx: Tx) -> Going:
        approval = approvals.of_subject(tx, payment.id)
        assert approval is not None
        gone = let_go(tx, approval)
        assert gone is not None
        return gone.going

    return await office.world.app.read(ask)


def followed(office: Office) -> int:
    """How often chats were told to look."""
    return len(office.world.rows("SELECT 1 FROM outbox WHERE event = 'follow'"))


async def looks(office: Office, seconds: float = 300) -> None:
    """The worker, after a while."""
    await office.world.clock.advance(seconds)
    await office.world.app.write(claim_payouts, Claim(5))


def _told(tx: Tx, told: tuple[Office, int]) -> None:
    office, shillings = told
    floats.want(tx, office.world.account)
    floats.told(tx, office.world.account.id, kes(shillings), asked_at=tx.now)


async def test_it_waits_for_float_until_that_comes(either: Office) -> None:
    office = either
    payment = await executed(office)
    await looks(office, 0)
    before = followed(office)
    assert await going(office, payment) is Going.SENDING  # the balance is being asked for

    await office.world.app.write(_told, (office, 500))
    seen = []
    for _ in range(4):  # also while an old answer is asked for anew
        await looks(office)
        seen.append((await going(office, payment), followed(office) - before))
    assert seen == [(Going.FLOAT, 1)] * 4

    await office.world.app.write(_told, (office, PLENTY.minor // 100))
    await looks(office)
    assert (await going(office, payment), followed(office) - before) == (Going.SENDING, 2)
    await office.world.clock.advance(600)  # the worker who had it is gone: it is asked about
    await office.till.until_known()


async def test_it_waits_for_a_person_to_let_the_account_send_again(either: Office) -> None:
    office = either
    await office.world.app.write(_halted, office)
    payment = await executed(office)
    before = followed(office)

    await looks(office, 0)
    assert (await going(office, payment), followed(office) - before) == (Going.HALTED, 1)
    await office.world.app.write(resume, Resume(office.world.account.id, TESTER))
    await looks(office)
    assert (await going(office, payment), followed(office) - before) == (Going.SENDING, 2)
    await office.till.until_known()


async def test_what_may_have_left_after_all_is_not_said_to_wait(either: Office) -> None:
    """The provider names a payment that never left us; or the books come out of a backup."""
    office = either
    payment = await executed(office)
    await office.world.app.write(_told, (office, 500))
    await looks(office, 0)
    assert await going(office, payment) is Going.FLOAT
    before = followed(office)
    await office.world.app.write(doubt_all, "restored")
    assert (await going(office, payment), followed(office) - before) == (Going.SENDING, 1)
    await office.till.until_known()

    other = await executed(office)
    await office.world.app.write(_told, (office, 500))
    await looks(office, 0)
    assert await going(office, other) is Going.FLOAT
    before = followed(office)
    payout = await office.world.app.read(under_way, other.id)
    assert payout is not None
    paid = StandsPaid("UKL9999999", kes(3_000), kes(13))
    news = PayoutNews(payout.id, office.world.account, paid, b"", "", "t")
    await office.world.app.write(record_news, news)
    assert (await going(office, other), followed(office) - before) == (Going.SENDING, 1)
    await office.till.until_known()


def _halted(tx: Tx, office: Office) -> None:
    floats.halt(tx, office.world.account, "2001")
