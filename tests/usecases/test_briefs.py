"""What the books say beside a request: each line recomputed here by hand (TG-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.approvals import Approval, ApprovalId, Content, Mark, Requirement, Subject, SubjectKind
from core.money import Money
from core.permissions import Role
from core.phones import MaskedMsisdn, Msisdn
from storage.database import DatabaseUrl
from storage.people import recognise
from storage.tx import Tx
from tests.world import TESTER, World, kes
from usecases.briefs import Fact, brief
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.noting import note_of

PAYER, OTHER = Msisdn("254712345678"), Msisdn("254799000111")


@pytest.fixture
def database(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    return sqlite_database


async def facts_of(
    world: World,
    kind: SubjectKind = SubjectKind.PAYOUT,
    *,
    amount: Money | None = None,
    interested: frozenset[Mark] = frozenset({Mark(b"theirs")}),
    **facts: str,
) -> dict[str, Fact]:
    subject = Subject(kind, world.ids.new())
    content = Content(world.organisation, subject, amount, facts)
    now = world.clock.now()
    approval = Approval(
        id=ApprovalId(world.ids.new()),
        organisation=world.organisation,
        subject=subject,
        content=content.hash,
        requirement=Requirement(1, frozenset({Role.CFO})),
        requester=None,
        interested=interested,
        requested_at=now,
        expires_at=now + timedelta(hours=1),
        amount=amount,
    )
    return {fact.key: fact for fact in await world.app.read(brief, approval, content)}


async def test_without_an_amount_or_a_phone_there_is_nothing_to_tell(world: World) -> None:
    assert await facts_of(world) == {}
    assert await facts_of(world, payee="KPLC prepaid 0042") == {}


async def test_a_first_payment_says_that_nothing_is_usual_yet(world: World) -> None:
    found = await facts_of(world, amount=kes(1_500))

    assert found["brief_first"].values == {"count": 0}
    assert "brief_not_again" in found


async def test_who_is_paid_twice_is_not_asked_where_nobody_is_named(world: World) -> None:
    found = await facts_of(world, amount=kes(1_500), interested=frozenset())

    assert found.keys() == {"brief_first"}


async def test_a_change_of_the_payee_is_told_for_a_fortnight(world: World) -> None:
    await world.students({"SK1024": 4_000}, guardians={"SK1024": [PAYER.digits]})
    assert "brief_changed" not in await facts_of(world, payee=OTHER.digits)
    await world.clock.advance(timedelta(days=20).total_seconds())
    assert "brief_changed" not in await facts_of(world, payee=PAYER.digits)

    def changed(tx: Tx, _: None) -> None:
        (known,) = recognise(tx, [PAYER])[PAYER]
        note_of(tx, TESTER, world.organisation, "guardian_changed", "contact", known.contact)

    await world.app.write(changed, None)
    await world.clock.advance(timedelta(days=3).total_seconds())

    found = await facts_of(world, payee="0712 345 678")
    assert found["brief_changed"] == Fact("brief_changed", {"days": 3}, warns=True)


async def test_a_refund_to_another_phone_than_the_one_that_paid_is_told(world: World) -> None:
    await world.students({"SK1024": 4_000})
    (recorded,) = await world.arrives(world.notice("SK1024", 1_500, payer=PAYER))
    paid = recorded.payment.hex

    same = await facts_of(world, SubjectKind.REFUND, payment=paid, payee=PAYER.digits)
    other = await facts_of(world, SubjectKind.REFUND, payment=paid, payee=OTHER.digits)

    assert "brief_same_phone" in same
    assert other["brief_other_phone"].warns
    assert await facts_of(world, SubjectKind.REFUND, payee=PAYER.digits) == {}


async def test_a_payer_whose_number_the_provider_hid_is_no_other_phone(world: World) -> None:
    await world.students({"SK1024": 4_000}, guardians={"SK1024": [PAYER.digits]})
    masked = MaskedMsisdn("2547", "678")
    (recorded,) = await world.arrives(world.notice("SK1024", 1_500, payer=masked, name="GUARDIAN"))

    same = await facts_of(world, SubjectKind.REFUND, payment=recorded.payment.hex, payee=PAYER.digits)

    assert "brief_same_phone" in same


async def test_what_the_fund_holds_after_it_is_told_with_a_warning_below_its_least(world: World) -> None:
    house = FundEntry("house", "House money", opening=20_000, most=10_000, least=1_000, reorder=12_000, full=20_000)
    (fund,) = await world.app.write(save_funds, SaveFunds(world.organisation, (house,), TESTER))

    small = await facts_of(world, amount=kes(1_500), fund=fund.id.hex)
    large = await facts_of(world, amount=kes(19_500), fund=fund.id.hex)

    assert small["brief_fund"].values["after"] == kes(18_500)
    assert (small["brief_fund"].warns, large["brief_fund"].warns) == (False, True)
