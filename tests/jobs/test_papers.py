"""Papers go where they are wanted: a link by text, the paper itself by mail; asked for by phone, by the office, or by a run."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.errors import NotFound, NotPermitted, Unavailable
from core.fees import FeeLine
from core.ids import CustomerAccountId
from core.messages import PaperName
from core.permissions import Role
from core.phones import Msisdn
from documents.press import Press
from jobs.mailing import Papers
from jobs.sending import Sending
from runtime.threads import InlineThreads
from sandbox.mail import File
from storage import people
from storage.mail_addresses import Mailbox
from tests.jobs.test_mailing import ASHA, HERS, MAIL_FIRST, House
from tests.usecases.test_delivery import Gateway
from tests.world import TESTER, World, kes
from usecases.commands import SendStatement
from usecases.documents import SendPaper, opened, send_paper, send_statement
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.invoicing import RunInvoices, run_invoices
from usecases.school import Enrol, StudentEntry, enrol

AT = "https://pay.example.org/d/"


class Texts(Gateway):
    """Remembers what it said."""

    def __init__(self) -> None:
        super().__init__("AT")
        self.said: list[str] = []

    async def send(self, text: str, to: Any, *, marks: Any = ()) -> Any:
        self.said.append(text)
        return await super().send(text, to, marks=marks)


class Office(House):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.gateway = Texts()
        self.world.app.gateways = {world.organisation: {"africastalking": self.gateway}}
        self.papers = Papers(world.app, Press(InlineThreads(), public_url="https://pay.example.org"))

    async def rounds(self, count: int = 4) -> None:
        for _ in range(count):
            await Sending(self.world.app, public_url="https://pay.example.org", papers=self.papers).round()

    @property
    def said(self) -> list[str]:
        assert isinstance(self.gateway, Texts)
        return self.gateway.said

    async def opens(self, text: str) -> Any:
        token = text.partition(AT)[2].split()[0]
        return await self.world.app.read(opened, token)


@pytest.fixture
async def office(world: World) -> Office:
    await world.students({"KV10": 4_000}, guardians={"KV10": [ASHA.digits]})
    return Office(world)


async def charged(office: Office) -> None:
    fees = (ClassFees("Class KV10", (FeeLine("Tuition", kes(500)),)),)
    term = OpenTerm(
        office.world.organisation, "Next", date(2027, 1, 4), date(2027, 3, 30), date(2027, 1, 31), fees, TESTER
    )
    await office.world.app.write(open_term, term)
    run = RunInvoices(office.world.organisation, "Next", date(2027, 1, 4), TESTER, tell=True)
    await office.world.app.write(run_invoices, run)


async def test_an_invoice_run_tells_each_family_where_their_invoice_opens(office: Office) -> None:
    await charged(office)
    await office.rounds()

    (text,) = office.said
    assert "KV10 invoice" in text
    assert (await office.opens(text)).kind.name == "INVOICE"


async def test_by_mail_the_invoice_itself_goes_along_in_the_readers_language(office: Office) -> None:
    await office.mailbox(Mailbox(HERS))
    await office.wishes(MAIL_FIRST)
    await office.world.app.write(lambda tx, _: people.choose_language(tx, ASHA, "fr"), None)
    await charged(office)
    await office.rounds()

    (mail,) = office.mails
    (file,) = mail.files
    assert (file.kind, file.name[:3], file.size > 5_000) == ("application/pdf", "INV", True)
    assert AT in mail.text
    assert f'href="{AT}' in mail.html
    assert "Frais scolaires" in mail.subject


async def test_a_receipt_by_mail_has_the_receipt_along(office: Office) -> None:
    await office.mailbox(Mailbox(HERS))
    await office.wishes(MAIL_FIRST)
    await office.world.arrives(office.world.notice("KV10", 1_500, payer=Msisdn(ASHA.digits)))
    await office.rounds()

    (mail,) = office.mails
    assert [file.name for file in mail.files] == ["R000001.pdf"]
    assert mail.subject.startswith("Receipt R000001")


async def test_a_press_that_is_busy_holds_no_mail_up(office: Office) -> None:
    class Busy(Press):
        async def pdf(self, paper: Any, language: str) -> bytes:
            raise Unavailable("press", "busy", sent=False)

    office.papers = Papers(office.world.app, Busy(InlineThreads(), public_url="x"))
    await office.mailbox(Mailbox(HERS))
    await office.wishes(MAIL_FIRST)
    await charged(office)
    await office.rounds()

    (mail,) = office.mails
    assert mail.files == ()
    assert AT in mail.text


async def test_a_statement_asked_for_by_phone_comes_by_text_and_to_the_mailbox_once_an_hour(office: Office) -> None:
    await office.mailbox(Mailbox(HERS))
    account = await office.world.account_of("KV10")
    wish = SendStatement(office.world.organisation, await office.contact(), account, ASHA, "en", opens_at=AT)
    for _ in range(3):
        await office.world.app.write(send_statement, wish)
        await office.rounds()

    (text,), (mail,) = office.said, office.mails
    assert (await office.opens(text)).kind.name == "STATEMENT"
    assert [type(file) for file in mail.files] == [File]
    assert "Statement of Student KV10" in mail.subject


@pytest.mark.parametrize("paper", PaperName)
async def test_the_office_sends_a_paper_once_an_hour_and_it_stands_in_the_trail(
    office: Office, paper: PaperName
) -> None:
    cashier, auditor = (
        await office.world.staff(Role.CASHIER),
        await office.world.staff(Role.AUDITOR, "254700900007", "A"),
    )
    account = await office.world.account_of("KV10")
    for _ in range(2):
        await office.world.app.write(send_paper, SendPaper(office.world.organisation, account, paper, cashier))
        await office.rounds()

    (text,) = office.said
    assert (await office.opens(text)).kind.name == paper.name
    assert f"{paper.value} of Student KV10" in text
    assert {row[0] for row in office.world.rows("SELECT reason FROM changes WHERE action = 'paper_sent'")} == {
        paper.value
    }
    with pytest.raises(NotPermitted):
        await office.world.app.write(send_paper, SendPaper(office.world.organisation, account, paper, auditor))


async def test_there_is_no_paper_of_a_stranger_nor_an_invoice_of_who_was_never_charged(office: Office) -> None:
    upendo = await office.world.other_school("upendo")
    await upendo.students({"UP1": 0})
    theirs = await upendo.account_of("UP1")
    for account, paper in (
        (theirs, PaperName.STATEMENT),
        (CustomerAccountId(office.world.ids.new()), PaperName.STATEMENT),
    ):
        with pytest.raises(NotFound):
            await office.world.app.write(send_paper, SendPaper(office.world.organisation, account, paper, TESTER))
    entry = StudentEntry("KV99", "New", "Class KV10", ())
    await office.world.app.write(enrol, Enrol(office.world.organisation, (entry,), TESTER))
    new = await office.world.account_of("KV99")
    with pytest.raises(NotFound):
        await office.world.app.write(send_paper, SendPaper(office.world.organisation, new, PaperName.INVOICE, TESTER))
