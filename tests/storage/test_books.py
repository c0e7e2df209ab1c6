"""Numbers, holds and balances as storage keeps them."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.entries import invoice_issued
from core.errors import NotFound
from core.ids import CustomerAccountId, HoldId, ItemId
from core.ledger import Account, Hold, HoldState, customer_credit, receivable, reversal
from core.money import Money
from storage import applications, holds, ledger, numbers
from storage.audit import Change, history, next_sequence, record
from storage.exchanges import LONGEST_DETAIL, Exchange, Outcome, count_unread, keep, unread
from storage.tx import Tx
from tests.rivals import rival_of
from tests.world import KES, TESTER, World, kes
from usecases.inbox import keep as keep_in_inbox


def doing(world: World, work: Any) -> Any:
    """Run a plain function of a transaction and commit it."""
    return world.app.write(lambda tx, _: work(tx), None)


# --- numbers -----------------------------------------------------------------------------------------------------------


async def test_ranges_follow_each_other_by_name_and_organisation(world: World) -> None:
    other = await world.other_school("mlima")
    mine, theirs = world.organisation, other.organisation

    assert await doing(world, lambda tx: numbers.take(tx, "x", {mine: 3, theirs: 1})) == {mine: 1, theirs: 1}
    assert await doing(world, lambda tx: numbers.take(tx, "x", {mine: 2})) == {mine: 4}
    assert await doing(world, lambda tx: numbers.take(tx, "y", {mine: 1})) == {mine: 1}
    assert await world.app.read(numbers.last, "x", mine) == 5
    assert await world.app.read(numbers.last, "z", mine) == 0


async def test_a_refusal_and_a_bug_leave_no_gap(world: World) -> None:
    def takes_and_fails(tx: Tx, error: Exception) -> None:
        numbers.take(tx, "x", {world.organisation: 5})
        raise error

    for error in (NotFound("x", "y"), ValueError()):
        with pytest.raises(type(error)):
            await world.app.write(takes_and_fails, error)
    world.bugs.clear()

    assert await doing(world, lambda tx: numbers.take(tx, "x", {world.organisation: 1})) == {world.organisation: 1}


async def test_two_processes_that_take_numbers_at_once_share_none_and_leave_none_out(world: World) -> None:
    def take(tx: Tx, count: int) -> int:
        return numbers.take(tx, "x", {world.organisation: count})[world.organisation]

    with rival_of(world) as rival:
        mine, theirs = await rival.overlap(lambda: world.app.write(take, 3), lambda: rival.world.app.write(take, 4))

    assert (mine, theirs) == (1, 4)
    assert await world.app.read(numbers.last, "x", world.organisation) == 7


async def test_receipts_of_two_processes_are_numbered_without_gaps(world: World) -> None:
    with rival_of(world) as rival:
        await rival.overlap(
            lambda: world.arrives(*(world.notice("?", 1) for _ in range(3))),
            lambda: rival.world.arrives(*(world.notice("?", 2) for _ in range(2))),
        )

    assert sorted(world.rows("SELECT number FROM receipts")) == [(number,) for number in range(1, 6)]
    assert world.broken_laws() == []


# --- the ledger --------------------------------------------------------------------------------------------------------


async def issue(world: World, minor: int, value_on: date) -> Account:
    account = CustomerAccountId(world.ids.new())
    place = receivable(world.organisation, account, KES)

    def post(tx: Tx) -> Account:
        ledger.open_accounts(tx, [place])
        ledger.open_accounts(tx, [place])  # whoever needs an account first opens it
        entry = invoice_issued(
            organisation=world.organisation,
            item=ItemId(tx.new_id()),
            account=account,
            amount=Money(minor, KES),
            income="fees",
            value_on=value_on,
        )
        ledger.post(tx, [entry])
        return place

    found: Account = await doing(world, post)
    return found


async def test_a_balance_is_known_as_of_any_moment_and_any_business_date(world: World) -> None:
    """An invoice dated September is recorded in November, and reversed a day later under December's date."""
    recorded = world.clock.now()
    place = await issue(world, 500, date(2026, 9, 1))
    ((key,),) = world.rows("SELECT key FROM entries")
    await world.clock.advance(86_400)

    def undo(tx: Tx) -> None:
        original = ledger.load(tx, key)
        assert original is not None
        ledger.post(tx, [reversal(original, value_on=date(2026, 12, 1))])

    await doing(world, undo)

    async def as_of(**when: Any) -> int:
        balance: Money = await world.app.read(ledger.balance_as_of, place, **when)
        return balance.minor

    assert await as_of() == 0
    assert await as_of(recorded_until=recorded) == 500
    assert await as_of(recorded_until=recorded - timedelta(microseconds=1)) == 0
    assert await as_of(value_until=date(2026, 11, 30)) == 500
    assert await as_of(value_until=date(2026, 8, 31)) == 0
    assert await as_of(value_until=date(2026, 12, 1), recorded_until=recorded) == 500
    assert await world.app.read(ledger.balance, place) == kes(0)
    assert await world.app.read(ledger.trial_balance) == {KES: 0}
    assert await world.app.read(ledger.trial_balance, world.organisation) == {KES: 0}
    assert await world.app.read(ledger.load, "no such key") is None


async def test_a_past_balance_read_beside_the_writer_does_not_see_what_is_not_committed(world: World) -> None:
    place = await issue(world, 500, date(2026, 9, 1))
    seen: list[int] = []

    def look_from_outside() -> None:
        with world.reads.connect() as connection:
            tx = Tx(connection, world.clock.now(), world.ids.new, world.vault)
            seen.append(ledger.balance_as_of(tx, place).minor)
            seen.append(ledger.balance(tx, place).minor)

    def post_more(tx: Tx) -> None:
        original = ledger.load(tx, world.rows("SELECT key FROM entries")[0][0])
        assert original is not None
        ledger.post(tx, [reversal(original, value_on=date(2026, 9, 2))])

    world.writer.before_commit = look_from_outside
    await doing(world, post_more)
    look_from_outside()

    assert seen == [500, 500, 0, 0]


async def test_a_reader_sees_one_moment_from_beginning_to_end(world: World) -> None:
    place = await issue(world, 500, date(2026, 9, 1))
    (key,) = world.rows("SELECT key FROM entries")[0]

    def undo(tx: Tx, _: None) -> None:
        original = ledger.load(tx, key)
        assert original is not None
        ledger.post(tx, [reversal(original, value_on=date(2026, 9, 2))])

    def twice(tx: Tx) -> tuple[int, int]:
        first = ledger.balance(tx, place).minor
        world.writer.put(undo, None)
        world.writer.step()
        return first, ledger.balance(tx, place).minor

    assert await world.app.read(twice) == (500, 500)
    assert (await world.app.read(ledger.balance, place)).minor == 0


async def test_an_entry_posted_twice_or_to_an_account_that_was_never_opened_is_refused(world: World) -> None:
    await issue(world, 500, date(2026, 9, 1))
    (key,) = world.rows("SELECT key FROM entries")[0]

    def again(tx: Tx) -> None:
        original = ledger.load(tx, key)
        assert original is not None
        ledger.post(tx, [original.entry])

    def nowhere(tx: Tx) -> None:
        entry = invoice_issued(
            organisation=world.organisation,
            item=ItemId(tx.new_id()),
            account=CustomerAccountId(tx.new_id()),
            amount=kes(1),
            income="fees",
            value_on=date(2026, 9, 1),
        )
        ledger.post(tx, [entry])

    for work in (again, nowhere):
        with pytest.raises(sa.exc.IntegrityError):
            await doing(world, work)
    world.bugs.clear()
    assert world.broken_laws() == [] or len(world.rows("SELECT 1 FROM entries")) == 1


async def test_balances_of_several_processes_are_one_sum(world: World) -> None:
    await world.students({"KV10": 4_000})
    with rival_of(world) as rival:
        rival.world.writer._slot = 7
        await rival.overlap(
            lambda: world.arrives(world.notice("KV10", 1)), lambda: rival.world.arrives(world.notice("KV10", 2))
        )
    float_account = world.account.float_account

    assert await world.app.read(ledger.balance, float_account) == kes(3)
    assert len(world.rows("SELECT slot FROM balances WHERE slot = 7")) > 0
    nothing = customer_credit(world.organisation, CustomerAccountId(world.ids.new()), KES)
    assert await world.app.read(ledger.balances_of, [float_account, nothing]) == {
        float_account.id: kes(3),
        nothing.id: kes(0),
    }


# --- holds -------------------------------------------------------------------------------------------------------------


async def test_a_hold_ends_only_as_the_table_allows_and_counts_until_it_expires(world: World) -> None:
    await world.students({"KV10": 4_000})
    asked = await world.asks("254712345678", {"KV10": 100})
    account = await world.account_of("KV10")
    now = world.clock.now()

    async def active(after_s: int = 0) -> dict[Any, Money]:
        found: dict[Any, Money] = await world.app.read(holds.active, [account], now=now + timedelta(seconds=after_s))
        return found

    assert await active() == {account: kes(100)}
    assert await active(93) == {}
    for state, expected in (
        (HoldState.EXPIRED, "expired"),
        (HoldState.RELEASED, "expired"),
        (HoldState.SETTLED, "settled"),
        (HoldState.RELEASED, "settled"),
    ):
        await doing(world, lambda tx, state=state: holds.end(tx, [asked.payment], state))
        assert world.rows("SELECT state FROM holds") == [(expected,)]
    await doing(world, lambda tx: holds.end(tx, [], HoldState.SETTLED))
    assert await active() == {}


async def test_a_hold_of_nothing_is_refused(world: World) -> None:
    await world.students({"KV10": 4_000})
    asked = await world.asks("254712345678", {"KV10": 100})
    account = await world.account_of("KV10")
    empty = Hold(HoldId(world.ids.new()), world.organisation, account, asked.payment, kes(0), world.clock.now())

    with pytest.raises(sa.exc.IntegrityError):
        await doing(world, lambda tx: holds.add(tx, [empty]))
    world.bugs.clear()


# --- the trail and the inbox -------------------------------------------------------------------------------------------


async def test_a_subjects_history_cannot_fork(world: World) -> None:
    subject = world.ids.new()

    def change(tx: Tx, sequence: int) -> None:
        record(tx, [(Change(world.organisation, "x", "thing", subject, sequence, None, "y"), TESTER)])

    for sequence in (1, 2):
        assert await world.app.read(next_sequence, subject) == sequence
        await world.app.write(change, sequence)
    with pytest.raises(sa.exc.IntegrityError):
        await world.app.write(change, 2)
    world.bugs.clear()

    trail = await world.app.read(history, subject)
    assert [(row.change.sequence, row.actor, row.at) for row in trail] == [
        (1, "tester", world.clock.now()),
        (2, "tester", world.clock.now()),
    ]


async def test_what_cannot_be_read_is_kept_whole_sealed_and_shown_newest_first(world: World) -> None:
    body = bytes(range(256))
    first = Exchange("mpesa", "in", "confirmation", body, Outcome.UNREAD, detail="x" * 1_000, response=b"ok")
    await world.app.write(keep_in_inbox, first)
    await world.clock.advance(1)
    await world.app.write(keep_in_inbox, Exchange("mpesa", "in", "stk", b"2", Outcome.UNREAD))
    await doing(world, lambda tx: keep(tx, []))

    found = await world.app.read(unread)

    assert [kept.exchange.request for kept in found] == [b"2", body]
    assert len(found[1].exchange.detail) == LONGEST_DETAIL
    assert found[1].exchange.response == b"ok"
    assert await world.app.read(count_unread) == 2
    ((sealed,),) = world.rows("SELECT request_sealed FROM exchanges WHERE operation = 'confirmation'")
    assert body[:16] not in bytes(sealed)


# --- where a payment went ----------------------------------------------------------------------------------------------


async def test_what_a_payment_left_as_credit_stands_first_on_either_database(world: World) -> None:
    await world.students({"KV10": 40})
    (recorded,) = await world.arrives(world.notice("KV10", 50))

    standing = await world.app.read(applications.standing, recorded.payment)

    assert [(part.item is None, part.amount) for part in standing] == [(True, kes(10)), (False, kes(40))]
