"""Who asked for a payment out of a fund, and who let it go, hear what became of its money: once, and only while it is so."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from core.ids import StaffId
from core.messages import FundPaymentTold
from core.payouts import Payee, StandsNot, StandsPaid
from core.treasury import FundPayment, Status
from storage import outbox, staff
from storage import treasury as store
from storage.tables import outbox as table
from storage.treasury import Execution
from storage.tx import Tx
from tests.paying import PAYEE
from tests.usecases.spending import Office
from tests.world import kes
from usecases import treasury
from usecases.messages import Claim, claim_messages
from usecases.payouts import PayoutNews, record_news
from usecases.treasury import AskAgain


def _texts(tx: Tx, event: str) -> list[tuple[str, outbox.MessageFacts]]:
    mine = (table.c.event == event) & (table.c.kind == "sms")
    rows = tx.connection.scalars(sa.select(table.c.facts_sealed).where(mine).order_by(table.c.id))
    found = [outbox.message_facts(tx, bytes(sealed)) for sealed in rows]
    return [(facts.msisdn, facts) for facts in found]


async def told(office: Office, event: str = "fund_payment_told") -> list[tuple[str, str, str, str]]:
    """To whom, what, which receipt, why not."""
    return [
        (phone, facts.message["end"], facts.message["provider_receipt"], facts.message.get("reason") or "")
        for phone, facts in await office.world.app.read(_texts, event)
    ]


async def leaving(office: Office) -> list[str]:
    """What is taken to be sent now, by its end."""
    claimed = await office.world.app.write(claim_messages, Claim(50))
    return [one.message.end.value for one in claimed if isinstance(one.message, FundPaymentTold)]


async def execution(office: Office, payment: FundPayment) -> Execution:
    (*_, (last, _)) = await office.world.app.read(store.executions_of, payment.id)
    return last


async def says(office: Office, one: Execution, news: StandsPaid | StandsNot) -> None:
    await office.world.app.write(record_news, PayoutNews(one.payout, office.world.account, news, b"", "", "t"))


def _leaves(tx: Tx, who: StaffId) -> None:
    staff.change(tx, who, disabled_at=tx.now)


RUTH, CAROL = "254700800000", "254700800002"
PAID = StandsPaid("UKL9999999", kes(3_000), kes(13))


async def test_who_asked_and_who_let_it_go_are_told_the_receipt_once(office: Office) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    one = await execution(office, payment)
    ((receipt,),) = office.world.rows("SELECT receipt FROM payouts")

    await says(office, one, StandsPaid(str(receipt), kes(3_000), kes(13)))  # the provider tells it again

    assert await told(office) == [(RUTH, "paid", receipt, ""), (CAROL, "paid", receipt, "")]
    assert await leaving(office) == ["paid", "paid"]


async def test_they_are_told_why_it_was_not_paid(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()

    assert await told(office) == [(RUTH, "failed", "", "not_registered"), (CAROL, "failed", "", "not_registered")]


async def test_a_failure_that_waits_for_the_morning_is_not_told_when_it_was_paid_after_all(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()

    await says(office, await execution(office, payment), PAID)

    assert [end for _, end, _, _ in await told(office)] == ["failed", "failed", "paid", "paid"]
    assert await leaving(office) == ["paid", "paid"]


async def test_what_was_told_as_paid_and_was_not_is_told_as_well(office: Office) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()

    await says(office, await execution(office, payment), StandsNot("declined"))

    assert (await office.now(payment)).status is Status.FAILED
    assert [end for _, end, _, _ in await told(office)] == ["paid", "paid", "returned", "returned"]
    assert await leaving(office) == ["returned", "returned"]


async def test_an_older_attempt_that_was_paid_is_told_when_the_newer_one_has_ended(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    first = await execution(office, payment)
    await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
    await office.says(payment, office.amina)
    await office.executes(payment, office.faith)
    await says(office, first, PAID)

    await office.till.until_known()  # the newer one fails as the first had

    assert (await office.now(payment)).status is Status.SUCCESS
    assert [(phone, end, receipt) for phone, end, receipt, _ in await told(office)][2:] == [
        (RUTH, "paid", "UKL9999999"),
        ("254700800003", "paid", "UKL9999999"),
    ]


async def test_who_works_there_no_more_is_told_nothing_and_a_payee_without_a_name_is_told_by_a_masked_phone(
    office: Office,
) -> None:
    payment = await office.approved(payee=Payee(PAYEE, ""))
    await office.executes(payment, office.carol)
    await office.world.app.write(_leaves, StaffId(UUID(office.carol.name)))
    await office.till.until_known()

    ((phone, facts),) = await office.world.app.read(_texts, "fund_payment_told")
    assert (phone, facts.message["payee"]) == (RUTH, PAYEE.masked)


async def test_the_news_is_written_with_the_books_or_not_at_all(either: Office) -> None:
    payment = await either.approved()
    await either.executes(payment, either.carol)
    await either.till.until_known()

    assert await either.balance() == 17_000_00
    assert len(await told(either)) == 2
