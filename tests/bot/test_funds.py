"""Petty cash from the chat: one asks, another says yes, a third lets it go with a code; all see it (OUT-2, OUT-3, OUT-5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from python_calamine import CalamineWorkbook

from core.approvals import Verdict
from core.payouts import Payee, StandsNot
from core.permissions import Role
from core.treasury import FundPayment
from sandbox.moods import Mood
from storage import approvals, floats, treasury
from storage.database import DatabaseUrl
from storage.tx import Tx
from tests.bot.chat import DANIEL, ESTHER, GROUP, RUTH, ChatTown, chat_town
from tests.bot.test_approvals import signs_up
from tests.paying import PAYEE, PLENTY, Till, till
from tests.usecases.signing import Person
from tests.world import TESTER, kes
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.payouts import PayoutNews, Resume, record_news, resume
from usecases.treasury import AskAgain, RequestFundPayment, ask_again, request_payment

HOUSE = FundEntry("house", "House money", opening=20_000, most=10_000, least=1_000, reorder=12_000, full=20_000)


async def test_one_asks_another_approves_a_third_lets_it_go(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.app.write(save_funds, SaveFunds(town.world.organisation, (HOUSE,), TESTER))
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO)
        ruth = await signs_up(town, RUTH, "ruth")

        await town.says(ESTHER, "/menu")
        held = await town.presses(ESTHER, "Funds")
        assert "House money: KSh 20,000, of which KSh 19,000 may go; filled up at KSh 12,000" in held
        await town.presses(ESTHER, "Ask for money: House money")
        await town.says(ESTHER, "0712 345 678\n900\nfuel")
        await town.says(ESTHER, "0712 345 678, Juma <Garage>\n90,000\nfuel\nthe van")
        sure = await town.says(ESTHER, "0712 345 678, Juma <Garage>\n900\nfuel\nThe school van, to Thika")
        assert "Ask that KSh 900 go to 254712345678 Juma <Garage> for fuel?" in sure
        assert "From House money, which then holds KSh 19,100" in sure
        await town.presses(ESTHER, "Yes, do it")

        page = town.newest(DANIEL)
        assert "House money holds KSh 20,000; after this KSh 19,100" in page["text"]
        assert "name: Juma <Garage>" in page["text"]
        await town.presses(DANIEL, "Approve")
        await town.presses(DANIEL, "Approve", message=town.newest(DANIEL)["id"])
        assert "Approved, to be carried out" in town.post(DANIEL, page["id"])["text"]

        await town.presses(RUTH, "Pay it out")
        await town.says(RUTH, "000000")
        assert "next six figures" in town.sees(RUTH)
        await town.says(RUTH, ruth.code)

        assert "is on its way" in " ".join(post["text"] for post in town.telegram.view(RUTH)["messages"])
        assert "Approved and let go: the money is being sent" in town.post(DANIEL, page["id"])["text"]
        assert town.world.rows("SELECT status FROM fund_payments") == [("executing",)]
        assert town.world.broken_laws() == []


@dataclass
class Desk:
    """Esther asks, Daniel says yes, Ruth lets go: all in their chats, before the pretend M-Pesa."""

    town: ChatTown
    shop: Till
    ruth: Person

    async def asks(self, not_before: datetime | None = None) -> FundPayment:
        (fund,) = await self.town.world.app.read(treasury.funds_of, self.town.world.organisation)
        wish = RequestFundPayment(
            self.town.world.organisation,
            fund.id,
            Payee(PAYEE, "Juma"),
            kes(900),
            "fuel",
            "the van",
            self.town.staff[ESTHER],
            not_before=not_before,
        )
        payment = await self.town.world.app.write(request_payment, wish)
        await self.town.settles()
        return payment

    async def lets_go(self, payment: FundPayment) -> dict[int, int]:
        """Approved and let go in the chat; the number of everybody's card."""
        town = self.town
        cards = {who: town.newest(who)["id"] for who in (ESTHER, DANIEL, RUTH)}
        approval = await town.world.app.read(approvals.of_subject, payment.id)
        assert approval is not None
        await town.world.app.write(decide, Decide(approval.id, Verdict.APPROVE, town.staff[DANIEL]))
        await town.settles()
        await town.presses(RUTH, "Pay it out", message=cards[RUTH])
        await town.world.clock.advance(30)  # no code is taken twice
        await town.says(RUTH, self.ruth.code)
        return cards

    def stand(self, cards: dict[int, int]) -> set[str]:
        """The last lines of all cards: they say the same."""
        return {str(self.town.post(who, card)["text"]).splitlines()[-1] for who, card in cards.items()}

    def offers(self, who: int, card: int) -> list[str]:
        return [key for row in self.town.post(who, card).get("buttons", ()) for key in row]

    def hears(self, who: int) -> list[str]:
        posts = self.town.telegram.view(who)["messages"]
        return [post["text"] for post in posts if post["from"] == "bot" and post["text"].startswith("Kivuli Primary")]


@asynccontextmanager
async def desk(url: DatabaseUrl) -> AsyncIterator[Desk]:
    async with chat_town(url) as town, till(town.world) as shop:
        await town.world.app.write(save_funds, SaveFunds(town.world.organisation, (HOUSE,), TESTER))
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.hires(RUTH, "Ruth Cherono", Role.CFO)
        yield Desk(town, shop, await signs_up(town, RUTH, "ruth"))
        assert town.world.broken_laws() == []


async def test_every_card_follows_the_money_until_it_is_paid_and_its_people_are_told(
    sqlite_database: DatabaseUrl,
) -> None:
    async with desk(sqlite_database) as office:
        payment = await office.asks()
        cards = await office.lets_go(payment)
        assert office.stand(cards) == {"Approved and let go: the money is being sent"}

        await office.shop.until_known()
        await office.town.settles()

        ((receipt,),) = office.town.world.rows("SELECT receipt FROM payouts")
        assert office.stand(cards) == {f"Paid, receipt {receipt}"}
        told = f"Kivuli Primary School: TP-000001 is paid: KSh 900 to Juma. Receipt {receipt}."
        assert [office.hears(who) for who in (ESTHER, DANIEL, RUTH)] == [[told], [], [told]]
        assert office.town.world.rows("SELECT 1 FROM outbox WHERE event = 'fund_payment_told' AND kind = 'sms'") == []

        execution = (await office.town.world.app.read(treasury.executions_of, payment.id))[0][0]
        news = PayoutNews(execution.payout, office.town.world.account, StandsNot("declined"), b"", "", "t")
        await office.town.world.app.write(record_news, news)
        await office.town.settles()
        assert office.stand(cards) == {"Told as paid, and taken back: the money is in the fund again"}


async def test_a_card_says_why_money_did_not_go_and_stays_with_its_own_attempt(sqlite_database: DatabaseUrl) -> None:
    async with desk(sqlite_database) as office:
        office.shop.daraja.disbursing.unregistered.add(PAYEE.digits)
        payment = await office.asks()
        cards = await office.lets_go(payment)
        await office.shop.until_known()
        await office.town.settles()

        assert office.stand(cards) == {"Not paid: the phone has no wallet. The money is in the fund again"}
        assert "TP-000001 was not paid, the phone has no wallet." in office.hears(ESTHER)[-1]

        await office.town.world.app.write(ask_again, AskAgain(payment.id, office.town.staff[ESTHER]))
        await office.town.settles()
        second = await office.lets_go(payment)
        assert office.stand(second) == {"Approved and let go: the money is being sent"}
        assert office.stand(cards) == {"Not paid: the phone has no wallet. The money is in the fund again"}


async def test_a_card_of_a_scheduled_payment_names_its_day(sqlite_database: DatabaseUrl) -> None:
    async with desk(sqlite_database) as office:
        day = datetime(2027, 2, 1, 5, 0, tzinfo=office.town.world.clock.now().tzinfo)
        cards = await office.lets_go(await office.asks(not_before=day))

        assert "not before: 1 Feb 2027, 08:00" in office.town.post(DANIEL, cards[DANIEL])["text"]
        assert office.stand(cards) == {"Let go for 1 Feb 2027: the money is sent then"}
        assert "TP-000001, KSh 900, is let go for 1 Feb 2027." in " ".join(
            post["text"] for post in office.town.telegram.view(RUTH)["messages"]
        )


async def test_what_waits_for_its_day_is_called_back_from_the_card(sqlite_database: DatabaseUrl) -> None:
    async with desk(sqlite_database) as office:
        town = office.town
        day = datetime(2027, 2, 1, 5, 0, tzinfo=town.world.clock.now().tzinfo)
        cards = await office.lets_go(await office.asks(not_before=day))
        offered = {who: office.offers(who, card) for who, card in cards.items()}

        await town.world.clock.advance(3 * 86_400)  # longer than other buttons last
        sure = await town.presses(ESTHER, "Call it back", message=cards[ESTHER])
        assert "Call TP-000001 fuel back? KSh 900 will not be sent, and goes back to the fund." in sure
        await town.presses(ESTHER, "Yes, do it")
        said = [post["text"] for post in town.telegram.view(ESTHER)["messages"]]

        assert offered == {ESTHER: ["Call it back"], DANIEL: ["Call it back"], RUTH: ["Call it back"]}
        assert "Called back: KSh 900 is in the fund again. It can be asked for anew." in said
        assert not any("buttons" in town.post(who, card) for who, card in cards.items())
        assert len(office.stand(cards)) == 1
        assert "The money is in the fund again" in office.stand(cards).pop()
        assert town.world.rows("SELECT state FROM payouts") == [("failed",)]


async def test_money_that_left_meanwhile_is_not_called_back(sqlite_database: DatabaseUrl) -> None:
    async with desk(sqlite_database) as office:
        town = office.town
        day = town.world.clock.now() + timedelta(hours=6)
        cards = await office.lets_go(await office.asks(not_before=day))
        await town.presses(ESTHER, "Call it back", message=cards[ESTHER])
        await town.world.clock.advance(6 * 3_600)
        await office.shop.until_known()

        assert "it cannot be withdrawn" in await town.presses(ESTHER, "Yes, do it")
        assert town.world.rows("SELECT state FROM payouts") == [("paid",)]


WAITS_FOR_FLOAT = "Let go, and waits for float: the provider holds too little for us, and nothing was sent yet"


async def waits_for_float(office: Desk) -> dict[int, int]:
    """A payment that was let go, of which the provider holds too little; its cards."""
    office.shop.account.opening = kes(500)
    cards = await office.lets_go(await office.asks())
    await office.shop.work(60)
    await office.town.settles()
    assert office.stand(cards) == {WAITS_FOR_FLOAT}
    return cards


async def test_what_waits_for_float_says_so_on_every_card_and_is_called_back_from_it(
    sqlite_database: DatabaseUrl,
) -> None:
    async with desk(sqlite_database) as office:
        town = office.town
        cards = await waits_for_float(office)
        edits = len(town.world.rows("SELECT 1 FROM outbox WHERE event = 'edit'"))

        for _ in range(100):  # longer than other buttons last
            await town.world.clock.advance(900)
            await office.shop.work(20)
        await town.settles()
        assert office.stand(cards) == {WAITS_FOR_FLOAT}
        assert len(town.world.rows("SELECT 1 FROM outbox WHERE event = 'edit'")) == edits
        assert {who: office.offers(who, card) for who, card in cards.items()} == {
            who: ["Call it back"] for who in cards
        }
        await town.presses(ESTHER, "Call it back", message=cards[ESTHER])
        await town.presses(ESTHER, "Yes, do it")

        assert "The money is in the fund again" in office.stand(cards).pop()
        assert not any(office.offers(who, card) for who, card in cards.items())
        assert town.world.rows("SELECT state FROM payouts") == [("failed",)]
        assert office.shop.orders == []


async def test_a_card_that_waited_for_float_offers_nothing_more_when_it_leaves(sqlite_database: DatabaseUrl) -> None:
    async with desk(sqlite_database) as office:
        town = office.town
        cards = await waits_for_float(office)

        office.shop.account.opening = PLENTY
        await town.world.clock.advance(600)
        await office.shop.hears_its_balance()
        office.shop.mpesa.mood = Mood(lost=1.0)
        await office.shop.work(10)
        await town.settles()
        assert office.shop.orders
        assert office.stand(cards) == {"Approved and let go: the money is being sent"}
        assert not any(office.offers(who, card) for who, card in cards.items())

        await office.shop.until_known()
        await town.settles()
        assert office.stand(cards).pop().startswith("Paid, receipt ")


async def test_a_card_says_that_nothing_is_sent_from_the_account_until_somebody_resumes_it(
    sqlite_database: DatabaseUrl,
) -> None:
    async with desk(sqlite_database) as office:
        town = office.town

        def halted(tx: Tx, _: None) -> None:
            floats.halt(tx, town.world.account, "2001")

        await town.world.app.write(halted, None)
        cards = await office.lets_go(await office.asks())
        await office.shop.work(20)
        await town.settles()
        assert office.stand(cards) == {"Let go, and waits: nothing is sent from our account before somebody resumes it"}
        assert office.offers(RUTH, cards[RUTH]) == ["Call it back"]

        await town.world.app.write(resume, Resume(town.world.account.id, TESTER))
        await office.shop.until_known()
        await town.settles()
        assert office.stand(cards).pop().startswith("Paid, receipt ")


async def test_the_ledger_of_a_fund_comes_as_a_workbook_and_never_into_a_group(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.world.app.write(save_funds, SaveFunds(town.world.organisation, (HOUSE,), TESTER))
        await town.hires(DANIEL, "Daniel Koech", Role.MANAGER)
        await town.says(DANIEL, "/menu")
        await town.presses(DANIEL, "Funds")
        await town.presses(DANIEL, "Ledger (XLSX): House money")
        await town.settles()

        (post,) = (post for post in town.telegram.view(DANIEL)["messages"] if "file" in post)
        assert post["text"] == "Ledger of House money"
        workbook = CalamineWorkbook.from_filelike(BytesIO(town.telegram.file(DANIEL, post["id"])))
        opening = workbook.get_sheet_by_index(0).to_python()[4]
        assert opening[1] == "Opened or filled up"
        assert opening[6:8] == [20_000, 20_000]

        await town.says(DANIEL, "/menu", in_=GROUP)
        await town.presses(DANIEL, "Funds", in_=GROUP)
        assert "private chat" in await town.presses(DANIEL, "Ledger (XLSX): House money", in_=GROUP)
