"""The ledger of a fund is ticked off: each entry once, by somebody who did not carry it out, for good (OUT-6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.errors import NotFound, NotPermitted
from core.ids import EntryId, StaffId
from core.permissions import Actor
from core.treasury import AlreadyReconciled, FundId, Status
from storage import ledger
from storage.ledger import EntryKept
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.spending import Office
from tests.world import TESTER, kes
from usecases import funds, treasury, variances
from usecases.documents import fund_ledger
from usecases.funds import ReconcileEntries, Replenish
from usecases.noting import note_of
from usecases.treasury import ReconcilePayment
from usecases.variances import RecordVariance
from usecases.verification import verify


async def entries_of(office: Office, *, is_open: bool = False) -> dict[str, EntryKept]:
    """The fund's ledger, the newest of each kind."""
    code = f"asset:fund:{office.fund.id.hex}"
    found = await office.world.app.read(ledger.listed, office.world.organisation, limit=100, code=code, is_open=is_open)
    return {one.kind: one for one in reversed(found)}


async def ticks(office: Office, who: Actor, *entries: UUID) -> list[EntryKept]:
    wish = ReconcileEntries(office.world.organisation, entries, who, "trace")
    return await office.world.app.write(funds.reconcile_entries, wish)


async def paid(office: Office) -> Any:
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    return await office.now(payment)


async def varied(office: Office) -> None:
    """Ruth brings change back; the CFO agrees."""
    payment = await paid(office)
    wish = RecordVariance(payment.id, kes(2_800), "change came back", office.ruth)
    one = await office.world.app.write(variances.record_variance, wish)
    await office.says(one, office.faith, code=await office.code(office.faith))


async def test_entries_of_a_fund_are_reconciled_by_whom_and_when_and_for_good(either: Office) -> None:
    office = either
    await varied(office)
    kept = await entries_of(office)
    assert set(kept) == {"fund_allotted", "payout_reserved", "variance_applied"}
    assert {(one.reconciled_by, one.reconciled_at) for one in kept.values()} == {(None, None)}

    at = office.world.clock.now()
    opening, variance = kept["fund_allotted"].id, kept["variance_applied"].id
    marked = await ticks(office, office.carol, opening, variance, opening)

    assert [(one.id, one.reconciled_by, one.reconciled_at) for one in marked] == [
        (opening, UUID(office.carol.name), at),
        (variance, UUID(office.carol.name), at),
    ]
    assert (await entries_of(office))["variance_applied"] == marked[1]
    assert set(await entries_of(office, is_open=True)) == {"payout_reserved"}
    trail = office.world.rows("SELECT actor, to_state FROM changes WHERE action = 'entry_reconciled'")
    assert trail == [(office.carol.name, "reconciled")] * 2
    with pytest.raises(AlreadyReconciled) as again:
        await ticks(office, office.amina, kept["payout_reserved"].id, variance)
    assert again.value.day.isoformat() == "2026-11-21"
    assert set(await entries_of(office, is_open=True)) == {"payout_reserved"}  # all of them, or none


async def test_whoever_carried_it_out_does_not_tick_it_off(either: Office) -> None:
    office = either
    await varied(office)
    fill = await office.world.app.write(
        funds.replenish, Replenish(office.world.organisation, office.fund.id, kes(100), office.ruth)
    )
    await office.says(fill, office.amina, code=await office.code(office.amina))
    kept = await entries_of(office)

    hands = (("payout_reserved", office.carol), ("variance_applied", office.faith), ("fund_allotted", office.amina))
    for kind, who in hands:
        with pytest.raises(NotPermitted):
            await ticks(office, who, kept[kind].id)
        with pytest.raises(sa.exc.DBAPIError, match="carried it out"):
            await office.world.app.write(_mark, (kept[kind].id, StaffId(UUID(who.name))))
    office.world.bugs.clear()

    assert len(await ticks(office, office.carol, kept["variance_applied"].id, kept["fund_allotted"].id)) == 2
    assert len(await ticks(office, office.faith, kept["payout_reserved"].id)) == 1


async def test_only_entries_of_a_fund_by_who_may_and_works_here(office: Office) -> None:
    await paid(office)
    kept = await entries_of(office)
    (other,) = office.world.rows("SELECT id FROM entries WHERE kind = 'payout_paid'")
    opening = kept["fund_allotted"].id

    for who, entry, refusal in (
        (office.ruth, opening, NotPermitted),
        (TESTER, opening, NotPermitted),
        (office.faith, UUID(bytes=other[0]), NotFound),
        (office.faith, UUID(int=1), NotFound),
    ):
        with pytest.raises(refusal):
            await ticks(office, who, entry)
    faith = StaffId(UUID(office.faith.name))
    with pytest.raises(sa.exc.DBAPIError, match="works there"):
        await office.world.app.write(_mark, (EntryId(UUID(bytes=other[0])), faith))
    await ticks(office, office.faith, opening)
    for statement in (
        "UPDATE reconciled_entries SET at = at + 1",
        "DELETE FROM reconciled_entries",
        "INSERT INTO reconciled_entries SELECT entry_id, staff_id, at + 1 FROM reconciled_entries",
    ):
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(_behind, statement)
    office.world.bugs.clear()


async def test_a_payment_that_is_reconciled_has_its_entry_reconciled_with_it(either: Office) -> None:
    office = either
    payment = await paid(office)
    await office.world.app.write(treasury.reconcile_payment, ReconcilePayment(payment.id, office.faith))

    entry = (await entries_of(office))["payout_reserved"]
    assert (entry.reconciled_by, entry.reconciled_at) == (UUID(office.faith.name), office.world.clock.now())

    second = await paid(office)  # and where its entry was ticked off before, by another, that stands
    entry = (await entries_of(office))["payout_reserved"]
    await ticks(office, office.amina, entry.id)
    done = await office.world.app.write(treasury.reconcile_payment, ReconcilePayment(second.id, office.faith))
    assert done.status is Status.RECONCILED
    assert (await entries_of(office))["payout_reserved"].reconciled_by == UUID(office.amina.name)


async def test_two_who_tick_the_same_entry_off_at_the_same_moment_mark_it_once(either: Office) -> None:
    office = either
    await paid(office)
    opening = (await entries_of(office))["fund_allotted"].id
    theirs_wish = ReconcileEntries(office.world.organisation, (opening,), office.amina)

    with rival_of(office.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: ticks(office, office.faith, opening),
            lambda: rival.world.app.write(funds.reconcile_entries, theirs_wish),
        )

    assert isinstance(theirs, AlreadyReconciled)
    assert (await entries_of(office))["fund_allotted"] == mine[0]


async def test_verify_names_a_mark_of_which_the_trail_knows_nothing(either: Office) -> None:
    office = either
    await paid(office)
    opening = (await entries_of(office))["fund_allotted"].id
    await office.world.app.write(_mark, (opening, StaffId(UUID(office.faith.name))))

    assert {one.table for one in await office.world.app.read(verify)} == {"reconciled_entries"}

    await office.world.app.write(_told, (opening, office))
    assert await office.world.app.read(verify) == []


async def test_the_ledger_as_a_workbook_says_what_each_entry_was_and_what_it_left(either: Office) -> None:
    office = either
    await varied(office)
    kept = await entries_of(office)
    await ticks(office, office.carol, kept["variance_applied"].id)

    ledger_ = await office.world.app.read(fund_ledger, office.fund.id)

    assert ledger_ is not None
    assert (ledger_.fund, ledger_.file_name) == ("House money", "House-money-2026-11-21.xlsx")
    assert [(one.kind, one.amount, one.balance) for one in ledger_.lines] == [
        ("fund_allotted", kes(20_000), kes(20_000)),
        ("payout_reserved", kes(0) - kes(3_000), kes(17_000)),
        ("variance_applied", kes(200), kes(17_200)),
    ]
    assert [(one.number, one.payee, one.purpose, one.reason) for one in ledger_.lines] == [
        ("", "", "", ""),
        *[("TP-000001", "Otieno", "fuel", "the van")] * 2,
    ]
    assert [(one.reconciled_by, str(one.reconciled_on)) for one in ledger_.lines][1:] == [
        ("", "None"),
        ("Carol Mutheu", "2026-11-21"),
    ]
    assert await office.world.app.read(fund_ledger, FundId(UUID(int=1))) is None


def _mark(tx: Tx, mark: tuple[EntryId, StaffId]) -> None:
    ledger.reconcile(tx, *mark)


def _told(tx: Tx, wish: tuple[EntryId, Office]) -> None:
    """The trail is told after all, so that the books are whole again."""
    entry, office = wish
    note_of(tx, office.faith, office.world.organisation, "entry_reconciled", "entry", entry, after="reconciled")


def _behind(tx: Tx, statement: str) -> None:
    tx.connection.exec_driver_sql(statement)
