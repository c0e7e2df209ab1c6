"""Two organisations with the same references, phones and receipts behind one program: nothing crosses (ORG-1)."""

import pytest

from core.callers import Caller
from core.payments import Witness
from core.phones import MaskedMsisdn, Msisdn, PayerPhone, hashed
from simulation.laws import books
from storage import suspense
from storage.callers import account_named, caller
from storage.organisations import all_organisations, by_slug, main_account, staff_of
from tests.world import TESTER, World
from usecases.commands import ChooseLanguage
from usecases.messages import Claim, claim_messages
from usecases.people import choose_language
from usecases.suspense import AssignSuspense, assign

PHONE = "254712345678"


@pytest.fixture
async def schools(world: World) -> tuple[World, World]:
    """Mlima is Kivuli's twin: the same numbers, the same guardian, the same paybill number."""
    other = await world.other_school("mlima")
    for school, owed in ((world, 4_000), (other, 7_000)):
        await school.students({"KV10": owed}, guardians={"KV10": [PHONE]})
    return world, other


async def test_the_same_receipt_at_two_organisations_is_two_coins(schools: tuple[World, World]) -> None:
    kivuli, mlima = schools

    first, second = await kivuli.arrives(
        kivuli.notice("KV10", 1_000, receipt="SAME"), mlima.notice("KV10", 2_000, receipt="SAME")
    )
    (again,) = await mlima.arrives(mlima.notice("KV10", 2_000, receipt="SAME"))

    assert first.is_new
    assert second.is_new
    assert again.payment == second.payment
    assert await kivuli.owes("KV10") == 300_000
    assert await mlima.owes("KV10") == 500_000


@pytest.mark.parametrize("shape", ["whole", "hashed", "masked"])
async def test_a_payer_is_recognised_by_each_organisation_for_itself(schools: tuple[World, World], shape: str) -> None:
    kivuli, mlima = schools
    number = Msisdn.parse(PHONE)
    shapes: dict[str, PayerPhone] = {"whole": number, "hashed": hashed(number), "masked": MaskedMsisdn("2547", "678")}
    payer = shapes[shape]

    await kivuli.arrives(mlima.notice("", 7_000, payer=payer, name="Guardian"))

    assert await kivuli.owes("KV10") == 400_000
    assert await mlima.owes("KV10") == 0
    (told,) = await kivuli.app.write(claim_messages, Claim(9))
    assert told.organisation == mlima.organisation


async def test_a_prompt_of_one_organisation_is_not_answered_by_money_of_the_other(
    schools: tuple[World, World],
) -> None:
    kivuli, mlima = schools
    payment = await kivuli.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")
    theirs = await mlima.prompts(PHONE, {"KV10": 1_000}, request_id="ws_1")  # each provider account names its own

    number = Msisdn.parse(PHONE)
    (coin,) = await mlima.arrives(mlima.notice("KV10", 1_000, payer=number, receipt="R1"))
    (told,) = await mlima.arrives(
        mlima.notice("", 1_000, payer=number, receipt="R1", witness=Witness.PROMPT_RESULT, request_id="ws_1")
    )
    await mlima.fails("ws_1")

    assert coin.payment == told.payment == theirs
    statuses = dict(kivuli.rows("SELECT organisation_id, status FROM payments"))
    mine = {getattr(key, "bytes", key): status for key, status in statuses.items()}
    assert mine == {kivuli.organisation.bytes: "processing", mlima.organisation.bytes: "completed"}
    assert payment != theirs


async def test_the_same_intent_at_two_organisations_is_two_wishes(schools: tuple[World, World]) -> None:
    kivuli, mlima = schools

    first = await kivuli.asks(PHONE, {"KV10": 1_000}, intent="ussd:1")
    second = await mlima.asks(PHONE, {"KV10": 2_000}, intent="ussd:1")

    assert first.payment != second.payment
    assert second.payee == "Mlima Primary School"


async def test_staff_see_and_assign_what_waits_at_their_own_organisation(schools: tuple[World, World]) -> None:
    kivuli, mlima = schools
    (mine,) = await kivuli.arrives(kivuli.notice("?", 100))
    (theirs,) = await mlima.arrives(mlima.notice("?", 200))

    assert [one.payment for one in await kivuli.app.read(suspense.waiting, kivuli.organisation)] == [mine.payment]
    assert len(await kivuli.app.read(suspense.waiting)) == 2
    await kivuli.app.write(assign, AssignSuspense(theirs.payment, "KV10", TESTER, "trace"))

    assert await kivuli.owes("KV10") == 400_000
    assert await mlima.owes("KV10") == 680_000


async def test_receipts_and_invoices_are_numbered_by_each_organisation_for_itself(
    schools: tuple[World, World],
) -> None:
    kivuli, mlima = schools
    await kivuli.arrives(kivuli.notice("KV10", 1), mlima.notice("KV10", 2), kivuli.notice("KV10", 3))

    numbers = sorted(number for (number,) in kivuli.rows("SELECT number FROM receipts"))

    assert numbers == [1, 1, 2]
    assert kivuli.rows("SELECT number FROM open_items") == [("INV-000001",), ("INV-000001",)]


async def test_a_number_of_the_other_organisation_means_nothing(schools: tuple[World, World]) -> None:
    kivuli, mlima = schools
    await mlima.students({"ML77": 50})

    assert await kivuli.app.read(account_named, kivuli.organisation, "ML77") is None
    assert await kivuli.app.read(account_named, kivuli.organisation, "") is None
    await kivuli.arrives(kivuli.notice("ML77", 10))

    assert await mlima.owes("ML77") == 5_000
    assert (await kivuli.app.read(books, kivuli.organisation)).suspense != {}
    assert (await kivuli.app.read(books, mlima.organisation)).suspense == {}


async def test_a_caller_sees_each_organisation_behind_the_code_with_its_own_accounts_and_payments(
    schools: tuple[World, World],
) -> None:
    kivuli, mlima = schools
    await kivuli.arrives(kivuli.notice("KV10", 1_000), mlima.notice("KV10", 2_000))
    await kivuli.app.write(choose_language, ChooseLanguage(Msisdn.parse(PHONE), "rw"))

    seen: Caller = await kivuli.app.read(caller, Msisdn.parse(PHONE), "*384*70421#")
    stranger: Caller = await kivuli.app.read(caller, Msisdn.parse("254799000111"), "*384*70421#")
    elsewhere: Caller = await kivuli.app.read(caller, Msisdn.parse(PHONE), "*384*1#")

    assert seen.language == "rw"
    assert [(one.name, one.owed.minor, [paid.amount.minor for paid in one.payments]) for one in seen.relations] == [
        ("Kivuli Primary School", 300_000, [100_000]),
        ("Mlima Primary School", 500_000, [200_000]),
    ]
    assert [(one.contact, one.accounts, one.payments) for one in stranger.relations] == [(None, (), ())] * 2
    assert elsewhere.relations == ()


async def test_organisations_are_told_apart_by_their_slug(schools: tuple[World, World]) -> None:
    kivuli, mlima = schools

    assert [one.slug for one in await kivuli.app.read(all_organisations)] == ["kivuli", "mlima"]
    found = await kivuli.app.read(by_slug, "mlima")
    assert found is not None
    assert found.id == mlima.organisation
    assert await kivuli.app.read(by_slug, "nobody") is None
    assert await kivuli.app.read(staff_of, mlima.organisation) == []
    account = await kivuli.app.read(main_account, mlima.organisation)
    assert account is not None
    assert account.organisation == mlima.organisation
