"""Statements over real books: what was owed, each event since, and sums that are those of the ledger, whatever happened."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.document_links import PaperKind
from core.documents import HowToPay, InvoicePaper, StatementPaper
from core.errors import NotFound
from core.fees import FeeLine
from core.ids import ContactId, CustomerAccountId, ItemId
from core.messages import StatementReady
from core.money import Money, zero
from core.payments import MoneyReturned, Witness
from core.phones import Msisdn
from core.statements import AccountStatement, Movement, MovementKind, kind_of
from storage import invoices, organisations
from storage.tx import Tx
from tests.world import KES, TESTER, World, kes
from usecases.commands import SendStatement
from usecases.documents import (
    family_statement,
    guardian_called,
    invoice_paper,
    new_token,
    opened,
    paper_of,
    send_statement,
    student_statement,
)
from usecases.messages import Claim, claim_messages
from usecases.reallocation import Reallocate, reallocate
from usecases.reversals import Returned, record_reversal

ASHA = "254712345678"
OWED = {"KV10": 4_000, "KV20": 1_000}


async def school(world: World) -> None:
    await world.students(OWED, guardians={"KV10": [ASHA], "KV20": [ASHA]})


async def statement(world: World, reference: str, **days: date) -> StatementPaper:
    paper = await world.app.read(student_statement, await world.account_of(reference), **days)
    assert paper is not None
    return paper


def told(paper: StatementPaper, at: int = 0) -> list[tuple[str, str, int]]:
    return [(one.kind.value, one.number, one.amount.minor // 100) for one in paper.accounts[at].movements]


async def reverses(world: World, receipt: str) -> None:
    notice = MoneyReturned(
        provider_account=world.account.id,
        organisation=world.organisation,
        provider="mpesa",
        witness=Witness.REVERSAL,
        receipt=receipt,
        reversal_receipt=f"{receipt}R",
        amount=None,
        value_at=world.clock.now(),
    )
    await world.app.write(record_reversal, Returned(notice, b"{}", "127.0.0.1", "trace"))


async def test_a_statement_tells_each_event_in_order_and_what_is_owed(world: World) -> None:
    await school(world)
    (first,) = await world.arrives(world.notice("KV10", 1_500, receipt="UKL01"))
    await world.arrives(world.notice("KV10", 3_000, receipt="UKL02"))
    await reverses(world, "UKL02")
    await world.app.write(reallocate, Reallocate(first.payment, "KV20", TESTER, "trace"))

    paper = await statement(world, "KV10")

    assert told(paper) == [
        ("invoice", "INV-000001", 4_000),
        ("payment", "R000001", -1_500),
        ("payment", "R000002", -3_000),
        ("taken_back", "R000002", 3_000),
        ("moved", "R000001", 1_500),
    ]
    (own,) = paper.accounts
    assert (own.name, own.group, own.opening, own.closing) == ("Student KV10", "Class KV10", zero(KES), kes(4_000))
    assert [balance.minor // 100 for balance in own.balances] == [4_000, 2_500, -500, 2_500, 4_000]
    assert paper.pay == HowToPay("600984", "KV10")
    assert (paper.since, paper.until) == (date(2025, 11, 21), date(2026, 11, 21))
    assert told(await statement(world, "KV20"))[-1] == ("moved", "R000001", -1_500)


async def test_what_came_before_is_in_the_opening_balance(world: World) -> None:
    await school(world)
    await world.arrives(world.notice("KV10", 1_500))

    later = await statement(world, "KV10", since=date(2026, 10, 1))
    early = await statement(world, "KV10", until=date(2026, 10, 1))

    assert later.accounts[0].opening == kes(4_000)
    assert later.accounts[0].closing == kes(2_500)
    assert early.accounts[0].closing == kes(4_000)


async def test_a_family_sees_all_its_children_and_nobody_else_s(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 1_000, "KV30": 700}, guardians={"KV10": [ASHA], "KV20": [ASHA]})
    mother = await contact(world)
    assert mother is not None
    paper = await world.app.read(family_statement, mother)

    assert paper is not None
    assert [one.reference for one in paper.accounts] == ["KV10", "KV20"]
    assert paper.pay.reference == "KV10"

    token = await world.app.read(new_token, PaperKind.FAMILY, mother, "en")
    link = await world.app.read(opened, token)
    assert link is not None
    assert await world.app.read(paper_of, link) == paper


async def contact(world: World, phone: str = ASHA) -> ContactId | None:
    def found(tx: Tx) -> ContactId | None:
        return guardian_called(tx, organisations.by_id(tx, world.organisation), phone)

    return await world.app.read(found)


async def test_nobody_has_no_statement(world: World) -> None:
    await school(world)
    nobody = world.ids.new()

    assert await contact(world, "0799000111") is None
    assert await contact(world, "KV10") is None
    assert await world.app.read(student_statement, CustomerAccountId(nobody)) is None
    assert await world.app.read(family_statement, ContactId(nobody)) is None
    assert await world.app.read(invoice_paper, ItemId(nobody)) is None


# --- invoices -----------------------------------------------------------------------------------------------------------


async def invoice(world: World, number: str) -> InvoicePaper:
    (item,) = await world.app.read(invoices.named, number, world.organisation)
    paper = await world.app.read(invoice_paper, item)
    assert paper is not None
    return paper


async def test_an_invoice_says_what_is_charged_what_is_paid_and_what_is_open(world: World) -> None:
    await school(world)
    await world.arrives(world.notice("KV10", 1_500))
    paper = await invoice(world, "inv-000001")

    assert paper.lines == (FeeLine("Tuition", kes(4_000)),)
    assert (paper.total, paper.corrected, paper.paid, paper.open) == (kes(4_000), kes(0), kes(1_500), kes(2_500))
    assert (paper.name, paper.reference, paper.group, paper.number) == (
        "Student KV10",
        "KV10",
        "Class KV10",
        "INV-000001",
    )
    assert paper.term.startswith("Term ")
    assert paper.due_on == date(2026, 9, 30)
    assert not paper.is_opening

    (item,) = await world.app.read(invoices.named, "INV-000001")
    link = await world.app.read(opened, await world.app.read(new_token, PaperKind.INVOICE, item, "en"))
    assert link is not None
    assert await world.app.read(paper_of, link) == paper

    account = await world.account_of("KV10")
    link = await world.app.read(opened, await world.app.read(new_token, PaperKind.STATEMENT, account, "en"))
    assert link is not None
    assert await world.app.read(paper_of, link) == await statement(world, "KV10")


# --- laws ---------------------------------------------------------------------------------------------------------------

amounts = st.integers(-(10**9), 10**9).map(lambda minor: Money(minor, KES))
movements = st.builds(Movement, st.just(date(2026, 9, 1)), st.sampled_from(MovementKind), st.text(max_size=5), amounts)


@given(amounts, st.lists(movements, max_size=30), st.integers(0, 31))
def test_a_statement_cut_short_ends_with_the_same_sum(opening: Any, lines: list[Movement], most: int) -> None:
    whole = AccountStatement("Asha", "KV10", "", opening, tuple(lines))
    cut = whole.shortened(most)

    assert cut.closing == whole.closing
    assert len(cut.movements) == min(most, len(lines))
    assert cut.balances == whole.balances[len(lines) - len(cut.movements) :]
    assert (cut.balances or [cut.opening])[-1] == cut.closing


def test_what_the_books_will_learn_later_is_a_correction_and_no_error() -> None:
    assert kind_of("written_off") is MovementKind.OTHER


# --- by phone -----------------------------------------------------------------------------------------------------------


async def asks(world: World, account: CustomerAccountId | None, phone: str = ASHA) -> None:
    mother = await contact(world)
    assert mother is not None
    wish = SendStatement(
        world.organisation, mother, account, Msisdn.parse(phone), "sw", "trace", "https://pay.example.org/d/"
    )
    await world.app.write(send_statement, wish)


async def sent(world: World) -> list[StatementReady]:
    taken = await world.app.write(claim_messages, Claim(10))
    return [one.message for one in taken if isinstance(one.message, StatementReady)]


async def test_a_guardian_is_texted_a_link_to_the_statement_once_an_hour(world: World) -> None:
    await school(world)
    account = await world.account_of("KV10")
    await asks(world, account)
    await asks(world, account)

    (message,) = await sent(world)
    assert message.student == "Student KV10"
    token = message.link.removeprefix("https://pay.example.org/d/")
    link = await world.app.read(opened, token)
    assert link is not None
    assert link.language == "sw"
    assert await world.app.read(paper_of, link) == await statement(world, "KV10")

    await world.clock.advance(3_600)
    await asks(world, account)
    assert len(await sent(world)) == 1


async def test_all_children_come_in_one_statement(world: World) -> None:
    await school(world)
    await asks(world, None)
    (message,) = await sent(world)
    link = await world.app.read(opened, message.link.rpartition("/")[2])

    assert message.student == ""
    assert link is not None
    assert link.kind is PaperKind.FAMILY


async def test_nobody_is_sent_another_family_s_statement(world: World) -> None:
    await world.students({"KV10": 4_000, "KV30": 700}, guardians={"KV10": [ASHA]})
    with pytest.raises(NotFound):
        await asks(world, await world.account_of("KV30"))
    other = await world.other_school("mlimani")
    mother = await contact(world)
    assert mother is not None
    wish = SendStatement(other.organisation, mother, None, Msisdn.parse(ASHA), "en")
    with pytest.raises(NotFound):
        await world.app.write(send_statement, wish)

    assert await sent(world) == []
