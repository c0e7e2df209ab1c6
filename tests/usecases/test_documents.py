"""Papers and their links over real books: who reads what, and for how long."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from core.document_links import LIFETIME, PaperKind
from core.documents import ReceiptPaper, Settled
from core.ids import PaymentId
from core.payments import Status
from core.phones import Msisdn
from core.receipt_codes import shown
from storage import receipts
from tests.world import TESTER, World, kes
from usecases.documents import masked_receipt, new_token, opened, paper_of, whole_receipt
from usecases.reallocation import Reallocate, reallocate

PAYER = Msisdn.parse("254712345678")


async def paid(world: World, reference: str = "KV10", shillings: int = 1_500) -> PaymentId:
    (one,) = await world.arrives(
        world.notice(reference, shillings, payer=PAYER, name="ASHA WANJIRU", receipt="UKL0001")
    )
    return one.payment


async def whole(world: World, payment: PaymentId) -> ReceiptPaper:
    paper = await world.app.read(whole_receipt, payment)
    assert paper is not None
    return paper


async def test_the_family_s_receipt_says_which_invoices_were_paid_and_what_became_credit(world: World) -> None:
    await world.students({"KV10": 1_000})
    paper = await whole(world, await paid(world))

    (share,) = paper.shares
    assert (share.name, share.reference, share.amount) == ("Student KV10", "KV10", kes(1_500))
    assert share.settled == (Settled("INV-000001", kes(1_000)), Settled("", kes(500)))
    assert (paper.payer_name, paper.payer_phone) == ("ASHA WANJIRU", PAYER.masked)
    assert (paper.provider, paper.provider_receipt, paper.number) == ("mpesa", "UKL0001", "R000001")
    assert not paper.is_masked


async def test_whoever_holds_the_code_gets_a_paper_without_names(world: World) -> None:
    await world.students({"KV10": 1_000})
    label = await world.app.read(receipts.of, await paid(world))
    paper = await world.app.read(masked_receipt, shown(label.code))

    assert paper is not None
    assert paper.is_masked
    assert [(share.name, share.reference, share.settled) for share in paper.shares] == [("Student K.", "**10", ())]
    assert (paper.payer_name, paper.payer_phone, paper.provider_receipt) == ("", "", "")
    assert await world.app.read(masked_receipt, "00000-00000") is None


async def test_a_receipt_follows_its_money(world: World) -> None:
    await world.students({"KV10": 1_000, "KV20": 2_000})
    payment = await paid(world)
    await world.app.write(reallocate, Reallocate(payment, "KV20", TESTER, "trace"))
    paper = await whole(world, payment)

    assert paper.moved
    assert [(share.reference, share.amount) for share in paper.shares] == [("KV20", kes(1_500))]


async def test_money_that_waits_for_its_owner_is_receipted_for_nobody(world: World) -> None:
    paper = await whole(world, await paid(world, "nobody", 700))

    assert paper.shares == ()
    assert paper.status is Status.COMPLETED


async def test_what_brought_no_money_has_no_receipt(world: World) -> None:
    await world.students({"KV10": 1_000}, guardians={"KV10": [PAYER.digits]})
    waiting = await world.prompts(PAYER.digits, {"KV10": 100}, request_id="ws_CO_1")

    assert await world.app.read(whole_receipt, waiting) is None
    assert await world.app.read(whole_receipt, PaymentId(UUID(int=1))) is None


async def test_a_link_opens_its_paper_until_its_week_is_over(world: World) -> None:
    await world.students({"KV10": 1_000})
    payment = await paid(world)
    token = await world.app.read(new_token, PaperKind.RECEIPT, payment, "sw")

    link = await world.app.read(opened, token)
    assert link is not None
    assert link.language == "sw"
    assert await world.app.read(paper_of, link) == await whole(world, payment)

    await world.clock.advance(LIFETIME.total_seconds() + timedelta(hours=1).total_seconds())
    assert await world.app.read(opened, token) is None


async def test_no_letter_of_a_link_can_be_changed(world: World) -> None:
    token = await world.app.read(new_token, PaperKind.RECEIPT, UUID(int=7), "en")

    for at, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        assert await world.app.read(opened, token[:at] + other + token[at + 1 :]) is None
    assert await world.app.read(opened, token[:-1]) is None
