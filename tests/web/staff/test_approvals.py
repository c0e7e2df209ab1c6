"""A refund on the staff's pages: asked for by one, approved with a code by another, refused to everybody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa

from core.organisations import Kind, ProviderAccount
from core.payouts import Payee, StandsPaid
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.treasury import Fund, FundPayment
from storage import chats, floats, outbox
from storage.tx import Tx
from tests.usecases.signing import Person
from tests.web.browser import Browser, Shown, somebody
from tests.web.door import Door
from tests.world import TESTER, kes
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.payouts import Claim, PayoutNews, claim_payouts, record_news
from usecases.setup import ProviderAccountEntry, SetUp, set_up
from usecases.treasury import RequestFundPayment, request_payment
from usecases.variances import RecordVariance, record_variance

PAYER = Msisdn("254712345678")


async def paid(door: Door, shillings: int = 2_500) -> str:
    """A payment's page."""
    (recorded,) = await door.world.arrives(door.world.notice("ADM2231", shillings, payer=PAYER))
    return f"/staff/payments/{recorded.payment}"


async def asked(browser: Browser, at: str, **fields: str) -> Shown:
    page = await browser.get(f"{at}/refund")
    assert page.status == 200, page.words
    hidden = {name: page.value(name) for name in ("csrf", "intent")}
    return await browser.posts(f"{at}/refund", {**hidden, "reason": "Paid twice", **fields})


async def opened(browser: Browser) -> tuple[str, Shown]:
    """The only approval that waits."""
    (at,) = re.findall(r'href="(/staff/approvals/[0-9a-f-]{36})"', (await browser.get("/staff/approvals")).text)
    return at, await browser.get(at)


async def says(browser: Browser, at: str, page: Shown, verdict: str, **fields: str) -> Shown:
    hidden = {name: page.value(name) for name in ("csrf", "seen")}
    return await browser.posts(at, {**hidden, "verdict": verdict, "reason": "", "code": "", **fields})


async def test_a_cashier_asks_and_a_manager_approves_with_a_code(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, person = await somebody(door)
    payment = await paid(door)
    assert "Pay it back" in (await cashier.get(payment)).words

    done = await asked(cashier, payment, amount="600")
    at, page = await opened(manager)
    missing = await says(manager, at, page, "approve")
    wrong = await says(manager, at, page, "approve", code="000000")
    yes = await says(manager, at, page, "approve", code=person.code)

    assert done.goes_to == "/staff/approvals?told=refund_asked"
    for told in ("Refund RF-000001, waits", "KSh 600", "254712345678", "Paid twice", "Chao Mutheu"):
        assert told in page.words, told
    assert (missing.status, wrong.status) == (422, 422)
    assert "Type your one-time code as well." in missing.words
    assert yes.goes_to == "/staff/approvals?told=approved"
    assert door.world.rows("SELECT state, minor FROM payouts") == [("reserved", 600_00)]
    assert "Refund RF-000001: KSh 600, being paid" in (await manager.get(payment)).words
    assert "RF-000001, carried out" in (await manager.get(at)).words


async def test_much_money_waits_for_its_owner_until_a_second_person_agrees(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, person = await somebody(door)
    (recorded,) = await door.world.arrives(door.world.notice("nobody", 60_000))
    at = f"/staff/suspense/{recorded.payment}"
    form = await cashier.get(f"{at}?to=ADM2231")

    wanted = {"csrf": form.value("csrf"), "to": "ADM2231", "why": "Her aunt pays"}
    done = await cashier.posts(at, wanted)
    (waits, page) = await opened(manager)
    yes = await says(manager, waits, page, "approve", code=person.code)

    assert done.goes_to == "/staff/suspense?told=placement_asked"
    assert "So much takes a second person" in (await cashier.get(done.goes_to)).words
    for told in ("KSh 60,000", "From", "suspense", "ADM2231 Student ADM2231", "Chao Mutheu", "Why Her aunt pays"):
        assert told in page.words, told
    assert f"/staff/payments/{recorded.payment.hex}" in page.text
    assert yes.goes_to == "/staff/approvals?told=approved"
    assert await door.world.suspense() == 0


async def test_who_asked_is_offered_no_button_and_is_refused_all_the_same(door: Door) -> None:
    manager, person = await somebody(door)
    await asked(manager, await paid(door))

    at, page = await opened(manager)
    forged = await manager.posts(
        at, {"csrf": (await manager.get("/staff")).value("csrf"), "verdict": "approve", "code": person.code}
    )

    assert "You asked for it: somebody else decides." in page.words
    assert 'name="verdict"' not in page.text
    assert forged.status == 422
    assert door.world.rows("SELECT 1 FROM payouts") == []


async def test_what_was_not_shown_is_not_approved(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, person = await somebody(door)
    await asked(cashier, await paid(door))
    at, page = await opened(manager)

    for seen in ("00" * 32, "no hash"):
        done = await says(manager, at, page, "approve", seen=seen, code=person.code)
        assert "It has changed since. Look at it again." in done.words
        await door.world.clock.advance(30)
    rejected = await says(manager, at, page, "reject", reason="No")

    assert rejected.goes_to == "/staff/approvals?told=rejected"
    assert "Nothing waits for a yes." in (await manager.get("/staff/approvals")).words


async def test_a_sum_that_cannot_be_is_said_at_its_field(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    payment = await paid(door)

    too_much, nonsense, phone = (
        await asked(cashier, payment, amount="2501"),
        await asked(cashier, payment, amount="much"),
        await asked(cashier, payment, phone="nobody"),
    )

    assert "KSh 2,500 at most can be paid back." in too_much.words
    assert (too_much.status, nonsense.status, phone.status) == (422, 422, 422)
    assert (await cashier.get("/staff/payments/00000000-0000-7000-8000-000000000000/refund")).status == 404
    assert (await cashier.get("/staff/approvals/00000000-0000-7000-8000-000000000000")).status == 404


async def test_the_same_form_twice_asks_once(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    payment = await paid(door)
    page = await cashier.get(f"{payment}/refund")
    fields = {"csrf": page.value("csrf"), "intent": page.value("intent"), "amount": "100", "reason": "Twice"}

    for _ in range(2):
        assert (await cashier.posts(f"{payment}/refund", fields)).status == 303

    assert door.world.rows("SELECT count(*) FROM refunds") == [(1,)]


async def test_only_those_who_may_see_and_decide(door: Door) -> None:
    auditor, _ = await somebody(door, Role.AUDITOR, "odera", "254700900003")
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    payment = await paid(door)
    await asked(cashier, payment)

    at, page = await opened(auditor)

    assert "Your role does not decide this." in page.words
    assert "254712***678" in page.words
    assert (await auditor.posts(at, {"csrf": (await auditor.get("/staff")).value("csrf")})).status == 403
    assert (await auditor.get(f"{payment}/refund")).status == 403


async def test_a_code_comes_by_text_for_this_and_no_other(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, _ = await somebody(door)
    await asked(cashier, await paid(door))
    at, page = await opened(manager)
    csrf = {"csrf": page.value("csrf")}

    sent, soon = await manager.posts(f"{at}/code", csrf), await manager.posts(f"{at}/code", csrf)
    done = await says(manager, at, page, "approve", code=await code_in_the_text(door))

    assert sent.goes_to == f"{at}?told=code_sent"
    assert "A code was just sent. Wait 1 min." in soon.words
    assert done.goes_to == "/staff/approvals?told=approved"


async def test_a_code_comes_into_the_chat_of_who_has_one(door: Door) -> None:
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, person = await somebody(door)
    await asked(cashier, await paid(door))
    at, page = await opened(manager)
    csrf = {"csrf": page.value("csrf")}

    unlinked = await manager.posts(f"{at}/code", {**csrf, "by": "telegram"})
    assert "No chat of yours is linked. Take SMS." in unlinked.words
    assert "Send me a code in Telegram" not in page.words
    entry = ProviderAccountEntry("telegram", "kivuli_bot", "sandbox", "key-of-the-bot", {"token": "1:x"})
    wish = SetUp("kivuli", "Kivuli Primary School", (Kind.SCHOOL,), "KE", "en", (), (entry,), TESTER)
    await door.world.app.write(set_up, wish)
    await door.world.app.write(lambda tx, user: chats.join(tx, door.world.organisation, person.staff, user), 5)

    at, page = await opened(manager)
    sent = await manager.posts(f"{at}/code", {**csrf, "by": "telegram"})
    done = await says(manager, at, page, "approve", code=await code_in_the_chat(door))

    assert "Send me a code in Telegram" in page.words
    assert sent.goes_to == f"{at}?told=code_sent_chat"
    assert done.goes_to == "/staff/approvals?told=approved"


async def code_in_the_chat(door: Door) -> str:
    def read(tx: Tx) -> str:
        query = sa.text("SELECT facts_sealed FROM outbox WHERE event = 'one_time_code' AND kind = 'chat'")
        return str(msgspec.json.decode(tx.vault.open(bytes(tx.connection.scalar(query))))["message"]["code"])

    return await door.world.app.read(read)


async def code_in_the_text(door: Door) -> str:
    def read(tx: Tx) -> str:
        query = sa.text("SELECT facts_sealed FROM outbox WHERE event = 'one_time_code'")
        return str(outbox.message_facts(tx, bytes(tx.connection.execute(query).scalar_one())).message["code"])

    return await door.world.app.read(read)


# --- payments out of funds ----------------------------------------------------------------------------------------------


async def kitchen(door: Door) -> Fund:
    entry = FundEntry("kitchen", "Kitchen", opening=20_000, most=10_000, least=1_000, full=20_000)
    (fund,) = await door.world.app.write(save_funds, SaveFunds(door.world.organisation, (entry,), TESTER))
    return fund


async def asks(door: Door, person: Person, *, on: datetime | None = None) -> FundPayment:
    fund = await kitchen(door)
    actor = Actor(ActorKind.STAFF, person.staff.hex, "test", Role.CASHIER)
    wish = RequestFundPayment(
        door.world.organisation, fund.id, Payee(PAYER, "Garage Ltd"), kes(800), "fuel", "diesel", actor, on
    )
    return await door.world.app.write(request_payment, wish)


def is_paid(tx: Tx, paid: tuple[FundPayment, ProviderAccount]) -> None:
    """It left for the provider, which says that it paid."""
    payment, account = paid
    floats.want(tx, account)
    floats.told(tx, account.id, kes(100_000), asked_at=tx.now)
    (one,) = claim_payouts(tx, Claim(1))
    assert one.subject == payment.id
    record_news(tx, PayoutNews(one.id, account, StandsPaid("UKL9999999", kes(800), kes(0)), b"", "", "t"))


async def lets_go(browser: Browser, at: str, page: Shown, **fields: str) -> Shown:
    return await browser.posts(f"{at}/execute", {"csrf": page.value("csrf"), **fields})


async def test_the_page_shows_all_that_is_approved_and_what_the_books_say_of_it(door: Door) -> None:
    _, chao = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, _ = await somebody(door)
    auditor, _ = await somebody(door, Role.AUDITOR, "odera", "254700900003")
    await asks(door, chao, on=datetime(2027, 2, 1, 5, 0, tzinfo=UTC))

    at, page = await opened(manager)

    for told in (
        "Payout TP-000001, waits",
        "Amount KSh 800",
        "To be paid to 254712345678",
        "Name Garage Ltd",
        "From the fund Kitchen",
        "For fuel",
        "Why diesel",
        "Not before 1 Feb 2027, 08:00",
        "Kitchen holds KSh 20,000; after this KSh 19,200",
        "No other of the same payee and sum this week",
    ):
        assert told in page.words, told
    masked = await auditor.get(at)
    assert "254712***678" in masked.words
    assert "254712345678" not in masked.text


async def test_an_approved_payment_is_let_go_with_a_code_and_its_money_followed(door: Door) -> None:
    _, chao = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, _ = await somebody(door)
    cfo, faith = await somebody(door, Role.CFO, "faith", "254700900004")
    await asks(door, chao, on=door.world.clock.now() + timedelta(days=3))
    at, page = await opened(manager)
    assert "Pay it out" not in page.words
    await says(manager, at, page, "approve")

    page = await cfo.get(at)
    missing = await lets_go(cfo, at, page, code="")
    wrong = await lets_go(cfo, at, page, code="000000")
    done = await lets_go(cfo, at, page, code=faith.code)

    assert (missing.status, wrong.status) == (422, 422)
    assert "Type your one-time code as well." in missing.words
    assert done.goes_to == f"{at}?told=let_go"
    assert door.world.rows("SELECT status FROM fund_payments") == [("executing",)]
    assert len(door.world.rows("SELECT 1 FROM executions")) == 1
    after = await cfo.get(at)
    assert "The money Let go for" in after.words
    assert "Pay it out" not in after.words
    again = await lets_go(cfo, at, page, code=faith.code)
    assert again.status == 422
    assert len(door.world.rows("SELECT 1 FROM executions")) == 1


async def test_what_waits_for_its_day_is_called_back_by_who_may(door: Door) -> None:
    asker, chao = await somebody(door, Role.CASHIER, "chao", "254700900002")
    other, _ = await somebody(door, Role.CASHIER, "kip", "254700900006")
    manager, _ = await somebody(door)
    cfo, faith = await somebody(door, Role.CFO, "faith", "254700900004")
    await asks(door, chao, on=door.world.clock.now() + timedelta(days=3))
    at, page = await opened(manager)
    await says(manager, at, page, "approve")
    csrf = {"csrf": (await asker.get("/staff")).value("csrf")}
    too_early = await asker.posts(f"{at}/call_back", csrf)
    await lets_go(cfo, at, await cfo.get(at), code=faith.code)

    assert "Call it back" not in (await other.get(at)).words
    not_theirs = await other.posts(f"{at}/call_back", {"csrf": (await other.get("/staff")).value("csrf")})
    page = await asker.get(at)
    assert "Call it back" in page.words
    done = await asker.posts(f"{at}/call_back", {"csrf": page.value("csrf")})
    again = await asker.posts(f"{at}/call_back", {"csrf": page.value("csrf")})

    assert (too_early.status, not_theirs.status, again.status) == (404, 403, 422)
    assert done.goes_to == f"{at}?told=called_back"
    assert "It may have been sent" in again.words
    assert door.world.rows("SELECT status FROM fund_payments") == [("failed",)]
    after = await asker.get(at)
    assert "The money is in the fund again" in after.words
    assert "Call it back" not in after.words


def is_short(tx: Tx, account: ProviderAccount) -> None:
    """The provider holds less than it takes: the worker lets it wait."""
    floats.want(tx, account)
    floats.told(tx, account.id, kes(500), asked_at=tx.now)
    assert claim_payouts(tx, Claim(1)) == []


async def test_what_waits_for_float_says_so_on_the_page_and_is_called_back(door: Door) -> None:
    asker, chao = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, _ = await somebody(door)
    cfo, faith = await somebody(door, Role.CFO, "faith", "254700900004")
    await asks(door, chao)
    at, page = await opened(manager)
    await says(manager, at, page, "approve")
    await lets_go(cfo, at, await cfo.get(at), code=faith.code)
    await door.world.app.write(is_short, door.world.account)

    page = await asker.get(at)
    assert "Let go, and waits for float: the provider holds too little for us" in page.words
    await asker.posts(f"{at}/call_back", {"csrf": page.value("csrf")})

    assert door.world.rows("SELECT status FROM fund_payments") == [("failed",)]


async def test_who_asked_and_whose_role_it_is_not_lets_nothing_go(door: Door) -> None:
    """Nor does a form that this browser was not shown."""
    asker, amina = await somebody(door, Role.MANAGER, "amina", "254700900005")
    cashier, _ = await somebody(door, Role.CASHIER, "chao", "254700900002")
    manager, _ = await somebody(door)
    await asks(door, amina)
    at, page = await opened(manager)
    await says(manager, at, page, "approve")

    for browser in (asker, cashier):
        assert "Pay it out" not in (await browser.get(at)).words
    csrf = {name: (await browser.get("/staff")).value("csrf") for name, browser in (("a", asker), ("c", cashier))}
    own = await asker.posts(f"{at}/execute", {"csrf": csrf["a"], "code": amina.code})
    other = await cashier.posts(f"{at}/execute", {"csrf": csrf["c"]})
    forged = await manager.posts(f"{at}/execute", {"code": "123456"})

    assert own.status == 422
    assert (other.status, forged.status) == (403, 403)
    assert door.world.rows("SELECT 1 FROM executions") == []


async def test_a_variance_is_shown_with_both_sums_and_its_sign(door: Door) -> None:
    _, chao = await somebody(door, Role.CASHIER, "chao", "254700900002")
    cfo, faith = await somebody(door, Role.CFO, "faith", "254700900004")
    payment = await asks(door, chao)
    at, page = await opened(cfo)
    await says(cfo, at, page, "approve")
    await lets_go(cfo, at, await cfo.get(at), code=faith.code)
    await door.world.app.write(is_paid, (payment, door.world.account))
    wish = RecordVariance(
        payment.id, kes(700), "change came back", Actor(ActorKind.STAFF, chao.staff.hex, "test", Role.CASHIER)
    )
    await door.world.app.write(record_variance, wish)

    assert "The money Paid, receipt UKL9999999" in (await cfo.get(at)).words
    _, page = await opened(cfo)

    for told in ("Variance TP-000001, waits", "Amount -KSh 100", "Was paid KSh 800", "Really spent KSh 700"):
        assert told in page.words, told
