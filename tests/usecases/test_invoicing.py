"""A term is charged: the preview is what is posted, batches and crashes change nothing, differences are corrected (FEE-2)."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotPermitted
from core.fees import FeeLine, OverrideKind, SiblingDiscount
from core.money import Currency
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import fees as store
from storage.database import DatabaseUrl
from storage.tx import Tx
from storage.types import uuid_of
from tests.rivals import rival_of
from tests.usecases.test_reversals import returned
from tests.world import TESTER, World, kes, open_world
from usecases.fees import (
    ChangeTerm,
    ClassFees,
    Grant,
    OpenTerm,
    Retired,
    SetFees,
    SetSiblingDiscount,
    change_term,
    grant,
    open_term,
    set_fees,
    set_sibling_discount,
    term_of,
)
from usecases.invoicing import (
    Corrected,
    CorrectInvoices,
    CorrectionsChanged,
    InvoiceRun,
    Preview,
    PreviewCorrections,
    RunInvoices,
    correct_invoices,
    preview_corrections,
    preview_invoices,
    run_invoices,
)
from usecases.reallocation import Reallocate, reallocate
from usecases.reversals import record_reversal
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol
from usecases.verification import verify

MAMA, BABA = Msisdn.parse("0711000001"), Msisdn.parse("0711000002")
ON, LATER = date(2026, 9, 1), date(2026, 10, 1)


async def a_school(world: World) -> None:
    """Three children of one family, one of another; the second child gets 10 % off, the third 20 %."""
    entries = [
        StudentEntry(number, f"Student {number}", "Grade 4", (GuardianEntry("G", phone),))
        for number, phone in (("KV10", MAMA), ("KV20", MAMA), ("KV30", MAMA), ("KV40", BABA))
    ]
    await world.app.write(enrol, Enrol(world.organisation, tuple(entries), TESTER))
    lines = (FeeLine("Tuition", kes(9_000)), FeeLine("Lunch", kes(1_005)))
    dates = (date(2026, 9, 1), date(2026, 11, 30), date(2026, 9, 30))
    fees = (ClassFees("Grade 4", lines),)
    await world.app.write(open_term, OpenTerm(world.organisation, "Term 3", *dates, fees, TESTER))
    rule = SiblingDiscount(((2, 1_000), (3, 2_000)))
    await world.app.write(set_sibling_discount, SetSiblingDiscount(world.organisation, rule, TESTER))


async def runs(world: World, **wishes: Any) -> InvoiceRun:
    return await world.app.write(run_invoices, RunInvoices(world.organisation, "Term 3", ON, TESTER, **wishes))


async def sets(world: World, **lines: int) -> None:
    fees = ClassFees("Grade 4", tuple(FeeLine(label, kes(shillings)) for label, shillings in lines.items()))
    await world.app.write(set_fees, SetFees(world.organisation, "Term 3", fees, TESTER))


async def grants(world: World, number: str, kind: OverrideKind, **wishes: Any) -> None:
    await world.app.write(
        grant, Grant(world.organisation, number, kind, kind.value.title(), "the board", TESTER, **wishes)
    )


async def preview(world: World) -> list[Any]:
    return await world.app.read(preview_invoices, Preview(world.organisation, "Term 3", ON))


async def to_correct(world: World) -> dict[str, int]:
    found = await world.app.read(preview_corrections, PreviewCorrections(world.organisation, "Term 3"))
    return {one.student.number: one.difference.minor // 100 for one in found}


async def corrects(world: World, shillings: int, **wishes: Any) -> Corrected:
    wish = CorrectInvoices(world.organisation, "Term 3", kes(shillings), LATER, TESTER, **wishes)
    return await world.app.write(correct_invoices, wish)


def posted(world: World) -> dict[str, tuple[int, tuple[tuple[str, int], ...]]]:
    lines: dict[str, list[tuple[str, int]]] = {}
    for number, label, minor in world.rows(
        "SELECT o.number, l.label, l.minor FROM item_lines l JOIN open_items o ON o.id = l.item_id"
        " ORDER BY o.number, l.position"
    ):
        lines.setdefault(number, []).append((label, minor))
    return {
        reference: (total, tuple(lines[number]))
        for reference, number, total in world.rows(
            "SELECT a.reference, o.number, o.total_minor FROM open_items o JOIN customer_accounts a"
            " ON a.id = o.account_id JOIN invoices i ON i.item_id = o.id WHERE i.corrects_id IS NULL"
        )
    }


def check(tx: Tx, _: None) -> list[Any]:
    return verify(tx)


async def is_whole(world: World) -> bool:
    return world.broken_laws() == [] and await world.app.read(check, None) == []


# --- preview and run ----------------------------------------------------------------------------------------------------


async def test_siblings_a_scholarship_and_an_extra_item_stand_on_the_invoices(world: World) -> None:
    await a_school(world)
    await grants(world, "KV20", OverrideKind.SCHOLARSHIP, bps=5_000)
    await grants(world, "KV40", OverrideKind.EXTRA, amount=kes(700), term="Term 3")

    await runs(world)

    whole = (("Tuition", 900_000), ("Lunch", 100_500))
    assert posted(world) == {
        "KV10": (1_000_500, whole),
        "KV20": (400_100, (*whole, ("Sibling discount", -100_100), ("Scholarship", -500_300))),
        "KV30": (800_400, (*whole, ("Sibling discount", -200_100))),
        "KV40": (1_070_500, (*whole, ("Extra", 70_000))),
    }
    assert await is_whole(world)


async def test_the_preview_is_what_is_posted_credit_and_all_and_changes_nothing(world: World) -> None:
    await a_school(world)
    await world.arrives(world.notice("KV10", 1_500), world.notice("KV40", 20_000))

    shown = await preview(world)
    nothing = posted(world)
    await runs(world)

    assert nothing == {}
    assert {
        one.student.number: (
            one.invoice.amount.minor,
            tuple((line.label, line.amount.minor) for line in one.invoice.lines),
        )
        for one in shown
    } == posted(world)
    left = {one.student.number: one.left.minor for one in shown}
    owed = world.rows(
        "SELECT a.reference, o.outstanding_minor FROM open_items o JOIN customer_accounts a ON a.id = o.account_id"
    )
    assert left == dict(owed)
    assert await preview(world) == []


async def test_a_run_in_batches_gives_the_books_of_a_run_at_once_and_shows_how_far_it_is(world: World) -> None:
    await a_school(world)

    first = await runs(world, limit=3)
    term = await world.app.read(term_of, world.organisation, "Term 3")
    (under_way,) = await world.app.read(store.runs_of, world.organisation, term.id, Currency.KES)
    second = await runs(world, limit=3, after=first.next_after or "")
    (done,) = await world.app.read(store.runs_of, world.organisation, term.id, Currency.KES)

    assert (first.issued, first.next_after, second.issued, second.next_after) == (3, "KV30", 1, None)
    assert (under_way.looked_at, under_way.expected, under_way.finished_at) == (3, 4, None)
    assert (done.looked_at, done.issued, done.amount) == (4, 4, first.amount + second.amount)
    assert done.finished_at is not None
    numbers = [row[0] for row in world.rows("SELECT number FROM open_items ORDER BY number")]
    assert numbers == [f"INV-{at:06}" for at in range(1, 5)]


async def test_a_run_that_was_cut_off_is_gone_on_with_from_the_beginning(world: World) -> None:
    await a_school(world)
    await runs(world, limit=2)

    again = await runs(world)

    assert again.issued == 2
    assert len(posted(world)) == 4
    assert world.rows("SELECT issued, finished_at IS NOT NULL FROM invoice_runs") in ([(4, 1)], [(4, True)])
    assert (await runs(world)).issued == 0
    assert len(world.rows("SELECT 1 FROM invoice_runs")) == 1


async def test_each_family_is_told_what_is_left_to_pay_and_by_when(world: World) -> None:
    await a_school(world)
    await world.arrives(world.notice("KV40", 20_000))

    await runs(world, tell=True)

    assert world.rows("SELECT event, COUNT(*) FROM outbox GROUP BY event ORDER BY event")[0] == ("invoice_issued", 4)


async def test_a_retired_term_is_not_charged_and_who_may_not_run_does_not(world: World) -> None:
    await a_school(world)
    cashier = Actor(ActorKind.STAFF, "tess", "test", Role.CASHIER)

    with pytest.raises(NotPermitted):
        await world.app.write(run_invoices, RunInvoices(world.organisation, "Term 3", ON, cashier))
    with pytest.raises(NotPermitted):
        await world.app.write(correct_invoices, CorrectInvoices(world.organisation, "Term 3", kes(0), ON, cashier))
    await world.app.write(change_term, ChangeTerm(world.organisation, "Term 3", TESTER, retired=True))
    with pytest.raises(Retired):
        await runs(world)


async def test_two_runs_at_once_charge_everybody_once_and_use_each_credit_once(world: World) -> None:
    await a_school(world)
    await world.arrives(world.notice("KV40", 4_000))

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: runs(world), lambda: runs(rival.world))

    assert (mine.issued, theirs.issued) == (4, 0)
    numbers = [row[0] for row in world.rows("SELECT number FROM open_items ORDER BY number")]
    assert numbers == [f"INV-{at:06}" for at in range(1, 5)]
    assert await world.owes("KV40") == kes(6_005).minor
    assert await is_whole(world)


# --- corrections --------------------------------------------------------------------------------------------------------


async def test_higher_fees_become_a_further_invoice_linked_to_the_first_once_confirmed(world: World) -> None:
    await a_school(world)
    await runs(world)
    await sets(world, Tuition=10_000, Lunch=1_005)

    shown = await to_correct(world)
    owed = await world.owes("KV10")
    done = await corrects(world, 3_700, tell=True)
    again = await corrects(world, 0)

    assert shown == {"KV10": 1_000, "KV20": 900, "KV30": 800, "KV40": 1_000}
    assert done == Corrected(4, 0, kes(3_700))
    assert again == Corrected(0, 0, kes(0))
    assert await world.owes("KV10") == owed + kes(1_000).minor
    added = world.rows(
        "SELECT f.number, o.number, o.source FROM invoices i"
        " JOIN open_items o ON o.id = i.item_id JOIN open_items f ON f.id = i.corrects_id ORDER BY o.number"
    )
    assert [tuple(map(str, row[:2])) for row in added] == [(f"INV-{at:06}", f"INV-{at + 4:06}") for at in range(1, 5)]
    assert all(row[2].endswith(":correction:1") for row in added)
    assert await is_whole(world)


async def test_lower_fees_become_credit_notes_and_what_was_paid_becomes_credit(world: World) -> None:
    await a_school(world)
    await runs(world)
    await world.arrives(world.notice("KV10", 9_500), world.notice("KV40", 10_005))
    await sets(world, Tuition=8_000, Lunch=1_005)

    shown = await to_correct(world)
    done = await corrects(world, sum(shown.values()))

    assert shown == {"KV10": -1_000, "KV20": -900, "KV30": -800, "KV40": -1_000}
    assert done == Corrected(0, 4, kes(-3_700))
    assert await world.owes("KV10") == -kes(495).minor
    assert await world.owes("KV40") == -kes(1_000).minor
    assert world.rows("SELECT number FROM credit_notes ORDER BY number") == [(f"CN-{at:06}",) for at in range(1, 5)]
    assert await to_correct(world) == {}
    assert await is_whole(world)


async def test_a_correction_of_a_correction_and_credit_that_meets_it(world: World) -> None:
    await a_school(world)
    await runs(world)
    await world.arrives(world.notice("KV40", 10_505))
    await sets(world, Tuition=9_700, Lunch=1_005)
    await corrects(world, sum((await to_correct(world)).values()))
    await sets(world, Tuition=9_100, Lunch=1_005, Books=100)

    shown = await to_correct(world)
    done = await corrects(world, sum(shown.values()))
    await sets(world, Tuition=9_000, Lunch=1_005)
    await corrects(world, sum((await to_correct(world)).values()))

    assert shown == {"KV10": -500, "KV20": -450, "KV30": -400, "KV40": -500}
    assert done.credit_notes == 4
    assert await world.owes("KV40") == -kes(500).minor
    assert await is_whole(world)
    first = world.rows("SELECT item_id FROM credit_notes ORDER BY number LIMIT 1")
    notes = await world.app.read(store.credit_notes_of, [_id(first[0][0])])
    assert [note.number for note in notes] == ["CN-000001", "CN-000005"]
    assert [line.label for line in notes[0].lines] == ["Tuition", "Books"]


def _id(value: Any) -> Any:
    return uuid_of(value) if isinstance(value, bytes) else value


async def test_a_payment_that_is_reversed_takes_back_its_credit_and_no_credit_note(world: World) -> None:
    await a_school(world)
    await world.arrives(world.notice("KV40", 500, receipt="UKL1"))
    await runs(world)
    await sets(world, Tuition=8_000, Lunch=1_005)
    await corrects(world, sum((await to_correct(world)).values()))

    await world.app.write(record_reversal, returned(world, "UKL1"))

    assert await world.owes("KV40") == kes(9_005).minor
    kept = world.rows(
        "SELECT SUM(a.minor) FROM applications a JOIN customer_accounts c ON c.id = a.account_id"
        " WHERE c.reference = 'KV40' AND a.strategy = 'correction'"
    )
    assert int(kept[0][0]) == kes(1_000).minor
    assert await is_whole(world)


async def test_a_payment_that_a_credit_note_met_may_be_moved_and_reversed(world: World) -> None:
    await a_school(world)
    await runs(world)
    (paid,) = await world.arrives(world.notice("KV10", 10_005, receipt="UKL1"))
    await sets(world, Tuition=8_000, Lunch=1_005)
    await corrects(world, sum((await to_correct(world)).values()))

    await world.app.write(reallocate, Reallocate(paid.payment, "KV40", TESTER, "trace"))
    moved = [await world.owes(number) for number in ("KV10", "KV40")]
    await world.app.write(record_reversal, returned(world, "UKL1"))

    assert moved == [kes(9_005).minor, -kes(1_000).minor]
    assert [await world.owes(number) for number in ("KV10", "KV40")] == [kes(9_005).minor] * 2
    assert await is_whole(world)


async def test_a_scholarship_that_is_granted_late_is_a_correction_too(world: World) -> None:
    await a_school(world)
    await runs(world)
    await grants(world, "KV40", OverrideKind.SCHOLARSHIP, bps=10_000)
    await grants(world, "KV10", OverrideKind.EXTRA, amount=kes(300), term="Term 3")

    assert await to_correct(world) == {"KV10": 300, "KV40": -10_005}
    assert await corrects(world, -9_705) == Corrected(1, 1, kes(-9_705))
    assert await world.owes("KV40") == 0


async def test_a_class_that_is_charged_nothing_any_more_gets_all_of_it_back(world: World) -> None:
    await a_school(world)
    await runs(world)
    await sets(world)

    assert (await corrects(world, sum((await to_correct(world)).values()))).credit_notes == 4
    assert [await world.owes(number) for number in ("KV10", "KV20", "KV30", "KV40")] == [0, 0, 0, 0]


async def test_what_was_not_confirmed_is_not_corrected(world: World) -> None:
    await a_school(world)
    await runs(world)
    await sets(world, Tuition=10_000)

    with pytest.raises(CorrectionsChanged):
        await corrects(world, 1)
    assert len(world.rows("SELECT 1 FROM open_items")) == 4


async def test_two_who_confirm_the_same_correction_at_once_correct_once(world: World) -> None:
    await a_school(world)
    await runs(world)
    await sets(world, Tuition=9_500, Lunch=1_005)
    whole = sum((await to_correct(world)).values())

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: corrects(world, whole), lambda: corrects(rival.world, whole))

    assert mine == Corrected(4, 0, kes(whole))
    assert isinstance(theirs, CorrectionsChanged)
    assert await is_whole(world)


@pytest.mark.parametrize(
    "tamper, tables",
    [
        ("UPDATE credit_notes SET minor = minor + 100", {"credit_notes"}),
        ("UPDATE credit_notes SET lines = '[]'", {"credit_notes"}),
        ("UPDATE open_items SET currency = 'XXX'", {"credit_notes", "customer_accounts", "open_items"}),
    ],
)
async def test_a_credit_note_that_was_altered_is_named(world: World, tamper: str, tables: set[str]) -> None:
    await a_school(world)
    await runs(world)
    await sets(world, Tuition=8_000, Lunch=1_005)
    await corrects(world, sum((await to_correct(world)).values()))
    statements = (*_without_triggers(world), tamper)

    def behind_our_back(tx: Tx, _: None) -> None:
        for statement in statements:
            tx.connection.exec_driver_sql(statement)

    await world.app.write(behind_our_back, None)

    found = await world.app.read(check, None)

    assert {finding.table for finding in found} - {"triggers"} == tables


def _without_triggers(world: World) -> list[str]:
    if world.url.is_sqlite:
        return [
            f"DROP TRIGGER {row[0]}"
            for row in world.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'credit_notes'")
        ]
    return ["ALTER TABLE credit_notes DISABLE TRIGGER USER"]


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("fees"), st.integers(0, 12_000)),
        st.tuples(st.just("pays"), st.integers(1, 15_000)),
        st.tuples(st.just("grant"), st.integers(1, 10_000)),
        st.tuples(st.just("reversed"), st.integers(0, 3)),
        st.tuples(st.just("correct"), st.just(0)),
        st.tuples(st.just("run"), st.just(0)),
    ),
    max_size=8,
)


@given(events=EVENTS)
def test_after_any_history_of_charging_and_correcting_the_books_are_whole(
    events: list[tuple[str, int]], history: Callable[[list[tuple[str, int]]], None]
) -> None:
    history(events)


@pytest.fixture(scope="module")
def history(sqlite_template: Any, sqlite_copy: Callable[[Any], DatabaseUrl]) -> Callable[..., Any]:
    async def lives(world: World, events: list[tuple[str, int]]) -> None:
        await world.school()
        await a_school(world)
        receipts: list[str] = []
        for what, value in (*events, ("run", 0), ("correct", 0)):
            if what == "fees":
                await sets(world, Tuition=value)
            elif what == "pays":
                receipts.append(f"UKP{len(receipts)}")
                await world.arrives(world.notice(f"KV{1 + value % 4}0", value, receipt=receipts[-1]))
            elif what == "reversed":
                if receipts:
                    await world.app.write(record_reversal, returned(world, receipts[value % len(receipts)]))
            elif what == "grant":
                kind = list(OverrideKind)[value % 3]
                await grants(world, f"KV{1 + value % 4}0", kind, bps=value)
            elif what == "run":
                await runs(world)
            else:
                await corrects(world, sum((await to_correct(world)).values()))
        assert await to_correct(world) == {}
        assert await is_whole(world)

    def play(events: list[tuple[str, int]]) -> None:
        world = open_world(sqlite_copy(sqlite_template))
        asyncio.run(lives(world, events))
        world.close()

    return play
