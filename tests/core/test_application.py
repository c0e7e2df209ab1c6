"""Cash application: which debts a payment settles, why, and when nobody is credited until somebody has looked."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.application import (
    DEFAULT_ORDER,
    Accounts,
    Ambiguous,
    Application,
    CustomerAccount,
    Payer,
    Placement,
    Rules,
    Strategy,
    SuspenseReason,
    Target,
    default_rules,
    fill,
    place,
    place_parts,
    rearranged,
    undone,
    withdrawn,
)
from core.callers import share
from core.errors import Bug
from core.ids import CustomerAccountId, ItemId
from core.money import Currency, Money, total
from core.open_items import oldest_first
from core.payments import Part
from tests.core.builders import account_id, books, currencies, customer, families, item, kes, payer, view


def applied(
    amount: Money,
    accounts: Accounts,
    *,
    target: Target | Ambiguous | None = None,
    typed: bool | None = None,
    by: Payer | None = None,
    exact: bool = True,
    rules: Rules | None = None,
) -> Placement:
    return place(
        amount,
        exact=exact,
        typed=target is not None if typed is None else typed,
        target=target,
        payer=by,
        accounts=accounts,
        rules=rules or default_rules(amount.currency),
    )


def told(placement: Placement) -> list[tuple[str, int, str]]:
    """Who got how many shillings by which strategy; credit is marked with a plus."""
    return [
        (
            f"KV{part.account.int}" + ("" if part.item else "+"),
            part.amount.minor // part.amount.currency.unit,
            part.strategy.value,
        )
        for part in placement.applied
    ]


# --- the typed reference ------------------------------------------------------------------------------------------------


def test_a_typed_account_number_decides_whoever_pays() -> None:
    asha, baraka = customer(1, kes(4_000)), customer(2, kes(4_000))

    placed = applied(kes(1_500), books(asha, baraka), target=Target(asha.id), by=payer(baraka))

    assert told(placed) == [("KV1001", 1_500, "exact_reference")]
    assert placed.applied[0].reason == "exact_reference:KV1001"
    assert placed.suspense is None
    assert asha.items[0].outstanding == kes(2_500)
    assert baraka.items[0].outstanding == kes(4_000)


def test_a_typed_invoice_number_is_paid_before_older_invoices_of_the_account() -> None:
    asha = customer(1, kes(1_000), kes(2_000))
    newer = asha.items[1]

    placed = applied(kes(2_500), books(asha), target=Target(asha.id, newer.id))

    assert [(part.item, part.amount) for part in placed.applied] == [
        (newer.id, kes(2_000)),
        (asha.items[0].id, kes(500)),
    ]


def test_what_exceeds_the_debt_is_the_accounts_credit() -> None:
    asha = customer(1, kes(1_000))

    placed = applied(kes(1_500), books(asha), target=Target(asha.id))

    assert told(placed) == [("KV1001", 1_000, "exact_reference"), ("KV1001+", 500, "exact_reference")]
    assert not asha.owes


def test_a_paid_up_account_takes_the_whole_payment_as_credit() -> None:
    assert told(applied(kes(1_500), books(customer(1)), target=Target(account_id(1)))) == [
        ("KV1001+", 1_500, "exact_reference")
    ]


def test_a_closed_account_is_never_credited_and_staff_see_why() -> None:
    asha, baraka = customer(1, kes(4_000), is_open=False), customer(2, kes(4_000))

    placed = applied(kes(4_000), books(asha, baraka), target=Target(asha.id), by=payer(asha, baraka))

    assert placed == Placement((), SuspenseReason.CLOSED_ACCOUNT)
    assert asha.items[0].outstanding == kes(4_000)


def test_money_of_another_currency_than_the_debt_waits_for_staff() -> None:
    asha = customer(1, Money(4_000, Currency.RWF))

    placed = applied(kes(4_000), books(asha), target=Target(asha.id))

    assert placed == Placement((), SuspenseReason.OTHER_CURRENCY)


def test_a_debt_in_another_currency_is_not_found_through_the_payer_either() -> None:
    asha = customer(1, Money(400_000, Currency.RWF))

    placed = applied(kes(4_000), books(asha), by=payer(asha))

    assert placed == Placement((), SuspenseReason.UNKNOWN_PAYER)


# --- the payer's only account -------------------------------------------------------------------------------------------


def test_a_known_payer_with_one_child_needs_no_reference() -> None:
    asha = customer(1, kes(4_000))

    placed = applied(kes(1_500), books(asha), by=payer(asha))

    assert told(placed) == [("KV1001", 1_500, "only_account")]
    assert placed.applied[0].reason == "only_account:KV1001"


def test_a_payer_whose_other_accounts_are_closed_has_one_account() -> None:
    asha, left_school = customer(1), customer(2, kes(100), is_open=False)

    assert told(applied(kes(10), books(asha, left_school), by=payer(asha, left_school))) == [
        ("KV1001+", 10, "only_account")
    ]


def test_of_two_children_the_only_one_who_owes_is_meant() -> None:
    asha, baraka = customer(1), customer(2, kes(4_000))

    assert told(applied(kes(1_500), books(asha, baraka), by=payer(asha, baraka))) == [("KV1002", 1_500, "only_account")]


def test_an_account_that_the_payer_holds_twice_is_one_account() -> None:
    asha = customer(1)

    assert told(applied(kes(10), books(asha), by=payer(asha, asha))) == [("KV1001+", 10, "only_account")]


def test_a_mistyped_reference_does_not_stop_a_payer_with_one_child() -> None:
    asha = customer(1, kes(4_000))

    for target in (None, Ambiguous()):
        placed = applied(kes(10), books(asha), typed=True, target=target, by=payer(asha))
        assert told(placed) == [("KV1001", 10, "only_account")]


# --- the amount ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paid", [kes(4_000), kes(3_990), kes(4_010), kes(3_995, 50)])
def test_an_amount_within_ten_shillings_of_one_debt_means_that_debt(paid: Money) -> None:
    asha, baraka = customer(1, kes(4_000)), customer(2, kes(2_500))

    placed = applied(paid, books(asha, baraka), by=payer(asha, baraka))

    assert {part.account for part in placed.applied} == {asha.id}
    assert {part.strategy for part in placed.applied} == {Strategy.AMOUNT}


def test_an_amount_eleven_shillings_away_means_nothing() -> None:
    asha, baraka = customer(1, kes(4_000)), customer(2, kes(2_500))

    placed = applied(kes(4_011), books(asha, baraka), by=payer(asha, baraka, certain=False))

    assert placed.applied == ()


def test_the_tolerance_is_ten_of_each_currencys_own_units() -> None:
    assert default_rules(Currency.KES) == Rules()
    assert default_rules(Currency.RWF).tolerance_minor == 10


def test_an_amount_may_be_what_a_whole_account_owes() -> None:
    asha, baraka = customer(1, kes(1_000), kes(700)), customer(2, kes(900))

    placed = applied(kes(1_700), books(asha, baraka), by=payer(asha, baraka))

    assert told(placed) == [("KV1001", 1_000, "amount"), ("KV1001", 700, "amount")]


def test_the_invoice_of_that_amount_is_paid_before_older_ones() -> None:
    asha, baraka = customer(1, kes(1_000), kes(700)), customer(2, kes(300))

    placed = applied(kes(700), books(asha, baraka), by=payer(asha, baraka))

    assert [part.item for part in placed.applied] == [asha.items[1].id]


def test_two_children_who_owe_the_same_are_not_told_apart_by_the_amount() -> None:
    asha, baraka = customer(1, kes(4_000)), customer(2, kes(4_000))
    rules = Rules(order=(Strategy.EXACT_REFERENCE, Strategy.ONLY_ACCOUNT, Strategy.AMOUNT))

    placed = applied(kes(4_000), books(asha, baraka), by=payer(asha, baraka), rules=rules)

    assert placed == Placement((), SuspenseReason.UNKNOWN_PAYER)


def test_a_near_debt_beside_an_exact_one_is_still_two_answers() -> None:
    asha, baraka = customer(1, kes(4_000)), customer(2, kes(4_005))
    rules = Rules(order=(Strategy.AMOUNT,))

    assert applied(kes(4_000), books(asha, baraka), by=payer(asha, baraka), rules=rules).applied == ()


def test_two_equal_invoices_of_one_child_are_not_told_apart_by_the_amount() -> None:
    asha, baraka = customer(1, kes(500), kes(500)), customer(2, kes(900))
    rules = Rules(order=(Strategy.AMOUNT,))

    assert applied(kes(500), books(asha, baraka), by=payer(asha, baraka), rules=rules).applied == ()


def test_an_amount_never_finds_a_paid_or_closed_account() -> None:
    paid, closed = customer(1, kes(0)), customer(2, kes(500), is_open=False)
    rules = Rules(order=(Strategy.AMOUNT,))

    for amount in (kes(500), kes(5)):
        assert applied(amount, books(paid, closed), by=payer(paid, closed), rules=rules).applied == ()


# --- oldest due first ---------------------------------------------------------------------------------------------------


def test_else_the_oldest_debts_of_all_children_are_paid_first() -> None:
    asha, baraka = customer(1, kes(1_000), kes(2_000)), customer(2, kes(1_500))

    placed = applied(kes(2_700), books(asha, baraka), by=payer(asha, baraka))

    assert told(placed) == [
        ("KV1001", 1_000, "oldest_due"),
        ("KV1002", 1_500, "oldest_due"),
        ("KV1001", 200, "oldest_due"),
    ]
    assert [part.reason for part in placed.applied] == [
        "oldest_due:INV-000010",
        "oldest_due:INV-000020",
        "oldest_due:INV-000011",
    ]


def test_money_that_ends_before_the_debts_leaves_the_later_ones_as_they_are() -> None:
    asha, baraka = customer(1, kes(1_000)), customer(2, kes(1_500), kes(500))

    placed = applied(kes(600), books(asha, baraka), by=payer(asha, baraka))

    assert told(placed) == [("KV1001", 600, "oldest_due")]
    assert [owed.outstanding for owed in baraka.items] == [kes(1_500), kes(500)]


def test_what_exceeds_all_debts_is_credit_of_the_account_paid_last() -> None:
    asha, baraka = customer(1, kes(1_000)), customer(2, kes(1_500))

    placed = applied(kes(3_000), books(asha, baraka), by=payer(asha, baraka))

    assert told(placed) == [
        ("KV1001", 1_000, "oldest_due"),
        ("KV1002", 1_500, "oldest_due"),
        ("KV1002+", 500, "oldest_due"),
    ]


def test_a_payer_of_two_who_owe_nothing_is_asked_for_whom_it_is() -> None:
    asha, baraka = customer(1), customer(2)

    assert applied(kes(10), books(asha, baraka), by=payer(asha, baraka)).suspense is SuspenseReason.UNKNOWN_PAYER


# --- when nobody is credited --------------------------------------------------------------------------------------------


def test_a_stranger_without_a_reference_waits_in_suspense() -> None:
    assert applied(kes(10), {}) == Placement((), SuspenseReason.UNKNOWN_PAYER)


def test_a_strangers_reference_that_fits_nothing_is_said_to_be_unknown() -> None:
    assert applied(kes(10), {}, typed=True) == Placement((), SuspenseReason.UNKNOWN_REFERENCE)


def test_a_reference_that_fits_several_accounts_is_said_to_be_ambiguous() -> None:
    assert applied(kes(10), {}, target=Ambiguous()) == Placement((), SuspenseReason.AMBIGUOUS)


def test_an_amount_with_a_fraction_that_does_not_exist_waits_for_staff() -> None:
    asha = customer(1, kes(4_000))

    placed = applied(kes(10), books(asha), target=Target(asha.id), by=payer(asha), exact=False)

    assert placed == Placement((), SuspenseReason.ODD_AMOUNT)
    assert asha.items[0].outstanding == kes(4_000)


# --- an organisation's own order ----------------------------------------------------------------------------------------


def test_an_organisation_may_put_the_amount_before_the_reference() -> None:
    asha, baraka = customer(1, kes(4_000)), customer(2, kes(2_500))
    rules = Rules(order=(Strategy.AMOUNT, Strategy.EXACT_REFERENCE))

    placed = applied(kes(2_500), books(asha, baraka), target=Target(asha.id), by=payer(asha, baraka), rules=rules)

    assert told(placed) == [("KV1002", 2_500, "amount")]


def test_an_organisation_may_leave_strategies_out() -> None:
    asha = customer(1, kes(4_000))
    rules = Rules(order=())

    placed = applied(kes(4_000), books(asha), target=Target(asha.id), by=payer(asha), rules=rules)

    assert placed == Placement((), SuspenseReason.UNKNOWN_REFERENCE)


def test_the_usual_order_is_reference_then_only_account_then_amount_then_oldest() -> None:
    assert [strategy.value for strategy in DEFAULT_ORDER] == ["exact_reference", "only_account", "amount", "oldest_due"]


# --- laws ---------------------------------------------------------------------------------------------------------------

orders = st.permutations(DEFAULT_ORDER).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda kept: tuple(order[:kept]))
)


@st.composite
def decisions(draw: st.DrawFn) -> tuple[list[CustomerAccount], Money, Target | Ambiguous | None, Payer | None, Rules]:
    family = draw(families())
    named = draw(st.sampled_from(family))
    reference = st.sampled_from([None, Ambiguous(), Target(named.id), *(Target(named.id, i.id) for i in named.items)])
    who = st.sampled_from([None, payer(*family), payer(*family, certain=False), payer(family[0])])
    rules = Rules(order=draw(orders), tolerance_minor=draw(st.sampled_from([0, 10, 500])))
    return family, Money(draw(st.integers(1, 12_000)), Currency.KES), draw(reference), draw(who), rules


@given(decisions())
def test_a_decision_keeps_every_law(
    case: tuple[list[CustomerAccount], Money, Target | Ambiguous | None, Payer | None, Rules],
) -> None:
    family, amount, target, by, rules = case
    before = copy.deepcopy(books(*family))
    after = books(*family)

    placed = applied(amount, after, target=target, by=by, rules=rules)

    conserves_money(amount, placed)
    advances_the_books(before, after, placed.applied)
    used = {part.strategy for part in placed.applied}
    assert len(used) <= 1
    assert used <= set(rules.order)
    assert all(part.amount.minor > 0 for part in placed.applied)
    assert all(before[part.account].is_open for part in placed.applied)
    if by is None or not by.certain:
        assert not used & {Strategy.ONLY_ACCOUNT, Strategy.OLDEST_DUE}
    if used == {Strategy.AMOUNT}:
        assert is_the_only_debt_of(amount, before, by, {part.account for part in placed.applied}, rules)


def conserves_money(amount: Money, placed: Placement) -> None:
    """What is applied is all of it, or nothing is and suspense says why."""
    whole = total([part.amount for part in placed.applied], amount.currency)
    assert whole == (amount if placed.applied else Money(0, amount.currency))
    assert (placed.suspense is None) == bool(placed.applied)


def advances_the_books(before: Accounts, after: Accounts, parts: tuple[Application, ...]) -> None:
    """Each item owes less by just what it was given, and none is over-applied."""
    for id, account in before.items():
        now = {item.id: item for item in after[id].items}
        for owed in account.items:
            given_to_it = sum(part.amount.minor for part in parts if part.item == owed.id)
            assert now[owed.id] == replace(owed, outstanding=owed.outstanding - Money(given_to_it, Currency.KES))
            assert now[owed.id].outstanding.minor >= 0
        credit = sum(part.amount.minor for part in parts if part.account == id and part.item is None)
        if credit:
            assert not after[id].owes


def is_the_only_debt_of(
    amount: Money, before: Accounts, by: Payer | None, chosen: set[CustomerAccountId], rules: Rules
) -> bool:
    """No other of the payer's open accounts has a debt, or a sum of debts, that is near this amount."""
    assert by is not None
    for id in set(by.accounts) - chosen:
        owed = [item.outstanding.minor for item in before[id].items if item.outstanding]
        if before[id].is_open and any(
            abs(minor - amount.minor) <= rules.tolerance_minor for minor in (*owed, *[sum(owed)] * bool(owed))
        ):
            return False
    return len(chosen) == 1


@given(families(), st.integers(1, 12_000), st.integers(1, 12_000))
def test_two_payments_of_one_batch_see_each_other(family: list[CustomerAccount], one: int, other: int) -> None:
    target = Target(account_id(1))
    alone = copy.deepcopy(family[0])
    accounts = books(*family)

    for minor in (one, other):
        applied(Money(minor, Currency.KES), accounts, target=target)
    fill(alone, Money(one + other, Currency.KES), strategy=Strategy.STAFF, reason="once")

    if family[0].is_open:  # two payments settle what one of their sum would
        assert {item.id: item.outstanding for item in family[0].items} == {
            item.id: item.outstanding for item in alone.items
        }


def test_the_second_of_two_equal_payments_finds_the_debt_paid() -> None:
    asha = customer(1, kes(4_000))
    accounts = books(asha)

    first = applied(kes(4_000), accounts, target=Target(asha.id))
    second = applied(kes(4_000), accounts, target=Target(asha.id))

    assert told(first) == [("KV1001", 4_000, "exact_reference")]
    assert told(second) == [("KV1001+", 4_000, "exact_reference")]


@given(st.permutations([1_000, 700, 2_500]))
def test_the_order_in_which_payments_come_does_not_change_what_is_owed(order: list[int]) -> None:
    asha = customer(1, kes(1_000), kes(1_500), kes(2_500))

    for shillings in order:
        applied(kes(shillings), books(asha), target=Target(asha.id))

    assert [item.outstanding for item in oldest_first(asha.items)] == [kes(0), kes(0), kes(800)]


# --- what was chosen on a screen ----------------------------------------------------------------------------------------


def test_what_the_payer_saw_before_the_pin_is_posted_exactly() -> None:
    asha, baraka = customer(1, kes(1_000)), customer(2, kes(2_000))
    parts = [Part(asha.id, kes(400)), Part(baraka.id, kes(1_100))]

    placed = place_parts(kes(1_500), parts, books(asha, baraka))

    assert told(placed) == [("KV1001", 400, "chosen"), ("KV1002", 1_100, "chosen")]
    assert [part.reason for part in placed.applied] == ["chosen:KV1001", "chosen:KV1002"]


@given(families(), st.lists(st.integers(0, 6_000), min_size=4, max_size=4))
def test_each_chosen_account_gets_just_its_part(family: list[CustomerAccount], sums: list[int]) -> None:
    parts = [Part(account.id, Money(minor, Currency.KES)) for account, minor in zip(family, sums, strict=False)]
    amount = total([part.amount for part in parts], Currency.KES)
    before = copy.deepcopy(books(*family))
    after = books(*family)

    placed = place_parts(amount, parts, after)

    for part in parts:
        got = [share.amount for share in placed.applied if share.account == part.account]
        assert total(got, Currency.KES) == part.amount
    assert total([share.amount for share in placed.applied], Currency.KES) == amount
    advances_the_books(before, after, placed.applied)


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=4), st.integers(1, 20_000))
def test_the_preview_of_a_split_and_its_posting_are_the_same(owes: list[int], shillings: int) -> None:
    family = [customer(at, kes(owed)) for at, owed in enumerate(owes)]
    shown = share(kes(shillings), [view(at, kes(owed)) for at, owed in enumerate(owes)])

    placed = place_parts(kes(shillings), shown, books(*family))

    for part in shown:
        assert part.amount == total([a.amount for a in placed.applied if a.account == part.account], Currency.KES)


@pytest.mark.parametrize("arrived", [kes(1_499), kes(1_501)])
def test_parts_of_another_sum_than_arrived_are_not_posted(arrived: Money) -> None:
    asha = customer(1, kes(4_000))

    with pytest.raises(Bug):
        place_parts(arrived, [Part(asha.id, kes(1_500))], books(asha))

    assert asha.items[0].outstanding == kes(4_000)


@given(currencies, st.integers(1, 10**9))
def test_every_currency_is_applied_the_same_way(currency: Currency, minor: int) -> None:
    id = account_id(1)
    asha = CustomerAccount(id, "KV1001", True, [item(1, Money(minor, currency), account=id)])

    placed = applied(Money(minor + 1, currency), books(asha), target=Target(id))

    assert [part.amount.minor for part in placed.applied] == [minor, 1]


# --- taking back ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 1_000), max_size=6), st.integers(1, 6_000))
def test_credit_is_withdrawn_from_the_first_invoices_and_exactly_as_much_as_is_missing(
    spent: list[int], minor: int
) -> None:
    parts = [
        Application(account_id(1), ItemId(UUID(int=90 + n)), Money(one, Currency.KES), Strategy.CREDIT, "credit:held")
        for n, one in enumerate(spent)
    ]
    missing = Money(minor, Currency.KES)

    if sum(spent) < minor:
        with pytest.raises(Bug):
            withdrawn(missing, parts)
        return
    back = withdrawn(missing, parts)

    assert -sum(part.amount.minor for part in back) == minor
    assert [part.item for part in back] == [part.item for part in parts][: len(back)]
    assert all(-part.amount.minor == one for part, one in zip(back[:-1], spent, strict=False))


def test_what_stood_is_undone_row_by_row() -> None:
    stood = Application(account_id(1), None, kes(5), Strategy.STAFF, "staff:KV1")

    assert undone([stood], "reversed") == (
        Application(account_id(1), None, -kes(5), Strategy.STAFF, "reversed:staff:KV1"),
    )


@given(st.lists(st.integers(1, 900), min_size=4, max_size=4), st.permutations(range(3)), st.integers(0, 3))
def test_money_that_is_rearranged_is_divided_as_wanted_and_what_fits_stays(
    sums: list[int], order: list[int], unlike: int
) -> None:
    held = [Application(account_id(1), None, kes(sums[0]), Strategy.CHOSEN, "")]
    held += [Application(account_id(at), ItemId(UUID(int=at)), kes(sums[at]), Strategy.CHOSEN, "") for at in (1, 2, 3)]
    whole = kes(sum(sums))
    wanted = [Part(account_id(at + unlike + 1), share) for at, share in zip(order, whole.split([1, 2, 3]), strict=True)]

    taken, lacking = rearranged(held, wanted)

    divided = Counter({part.account: part.amount.minor for part in lacking})
    for sign, rows in ((1, held), (-1, taken)):
        for one in rows:
            divided[one.account] += sign * one.amount.minor
    assert +divided == {part.account: part.amount.minor for part in wanted}
    assert {part.account for part in taken}.isdisjoint(part.account for part in lacking)


FIRST, SECOND = ItemId(UUID(int=1)), ItemId(UUID(int=2))


def test_credit_and_the_latest_items_are_rearranged_first() -> None:
    held = [Application(account_id(1), item, kes(10), Strategy.CHOSEN, "") for item in (None, FIRST, SECOND)]

    taken, lacking = rearranged(held, [Part(account_id(1), kes(15)), Part(account_id(2), kes(15))])

    assert [(one.item, one.amount) for one in taken] == [(None, kes(10)), (SECOND, kes(5))]
    assert lacking == [Part(account_id(2), kes(15))]
    assert rearranged(held, [Part(account_id(1), kes(30))]) == ([], [])
    with pytest.raises(Bug):
        rearranged(held, [Part(account_id(1), kes(29))])
