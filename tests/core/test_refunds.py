"""Paying back: never more than is there, taken from credit first, and no state that cannot follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.application import Application, Strategy
from core.ids import ItemId, OrganisationId, PaymentId, ProviderAccountId
from core.money import Money, total
from core.payments import Method, Payment, Purpose, Status
from core.phones import Msisdn
from core.refunds import (
    LIVE,
    NEXT,
    RECENT,
    NotRefundable,
    Refund,
    RefundId,
    RefundState,
    RefundTooLarge,
    State,
    checked,
    is_undone_at_the_provider,
    refundable,
    require_next,
    status_after,
    taken,
)
from tests.core.builders import SCHOOL, TODAY, account_id, kes

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def payment(amount: Money, status: Status = Status.COMPLETED, *, receipt: str | None = "UKL0000001") -> Payment:
    return Payment(
        id=PaymentId(UUID(int=1)),
        organisation=SCHOOL,
        provider_account=ProviderAccountId(UUID(int=2)),
        provider="mpesa",
        method=Method.PAYBILL,
        purpose=Purpose.FEE,
        status=status,
        amount=amount,
        reference="KV1001",
        payer_contact=None,
        receipt=receipt,
        provider_request_id=None,
        parts=(),
        created_at=NOW,
        value_on=TODAY,
    )


def refund(amount: Money, state: State = State.REQUESTED, *, number: int = 1) -> Refund:
    phone, school = Msisdn("254712345678"), OrganisationId(SCHOOL)
    made = PaymentId(UUID(int=1))
    return Refund(
        RefundId(UUID(int=number)), school, number, made, amount, phone, "Paid twice", state, None, requested_at=NOW
    )


@st.composite
def standings(draw: st.DrawFn) -> list[Application]:
    """Where a payment may lie: settled items and credit of some accounts, in whole shillings."""
    found = []
    for at in range(draw(st.integers(1, 5))):
        item = ItemId(UUID(int=100 + at)) if draw(st.booleans()) else None
        amount = kes(draw(st.integers(1, 5_000)))
        found.append(Application(account_id(draw(st.integers(1, 3))), item, amount, Strategy.OLDEST_DUE, "why"))
    return found


@given(standings(), st.integers(1, 30_000))
def test_what_is_taken_is_the_sum_and_no_part_gives_more_than_it_has(
    standing: list[Application], shillings: int
) -> None:
    amount, here = kes(shillings), total([part.amount for part in standing], kes(0).currency)
    if amount > here:
        with pytest.raises(RefundTooLarge) as refused:
            taken(standing, amount)
        assert refused.value.most == here
        return

    parts = taken(standing, amount)

    assert total([part.amount for part in parts], amount.currency) == amount
    left = [(part.account, part.item, part.amount) for part in standing]
    for part in parts:
        home = next(one for one in left if one[:2] == part[:2] and one[2] >= part.amount)
        left.remove(home)
    assert all(part.amount.minor > 0 for part in parts)
    held = total([part.amount for part in standing if part.item is None], amount.currency)
    from_held = total([part.amount for part in parts if part.item is None], amount.currency)
    assert from_held == min(held, amount)  # what settles nothing goes first


@given(st.integers(1, 5_000), st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from([*State])), max_size=8))
def test_whatever_becomes_of_them_refunds_that_count_never_exceed_their_payment(
    paid: int, wishes: list[tuple[int, State]]
) -> None:
    """Money that is taken or paid back lies no more where it lay; what comes to nothing is there again."""
    others: list[Refund] = []
    for number, (shillings, becomes) in enumerate(wishes):
        gone = [one.amount for one in others if one.state in LIVE - {State.REQUESTED}]
        here = kes(paid) - total(gone, kes(0).currency)
        part = Application(account_id(1), None, here, Strategy.ONLY_ACCOUNT, "why")
        try:
            amount = checked(kes(shillings), refundable(payment(kes(paid)), [part], others))
        except (RefundTooLarge, NotRefundable):
            continue
        others.append(refund(amount, becomes, number=number))

        counting = [one.amount for one in others if one.state in LIVE]
        assert total(counting, amount.currency) <= kes(paid)


@pytest.mark.parametrize("status", [one for one in Status if one not in (Status.COMPLETED, Status.PARTLY_REFUNDED)])
def test_only_money_that_came_and_stands_is_paid_back(status: Status) -> None:
    with pytest.raises(NotRefundable):
        refundable(payment(kes(100), status), [], [])


@given(st.integers(-10, 5_000), st.integers(-10, 5_000))
def test_a_sum_is_taken_as_it_is_or_refused(wanted: int, most: int) -> None:
    if most <= 0:
        with pytest.raises(NotRefundable):
            checked(kes(wanted), kes(most))
        return
    assert checked(None, kes(most)) == kes(most)
    if 0 < wanted <= most:
        assert checked(kes(wanted), kes(most)) == kes(wanted)
    else:
        with pytest.raises(RefundTooLarge):
            checked(kes(wanted), kes(most))


@given(st.integers(1, 5_000), st.integers(0, 6_000))
def test_the_payment_says_how_much_of_it_went_back(paid: int, back: int) -> None:
    status = status_after(payment(kes(paid)), kes(back))

    assert (status is Status.COMPLETED) == (back == 0)
    assert (status is Status.REFUNDED) == (back >= paid)
    assert (status is Status.PARTLY_REFUNDED) == (0 < back < paid)


@given(st.lists(st.sampled_from([*State]), max_size=12))
def test_nothing_is_paid_that_was_not_let_go_and_what_was_refused_stays_so(wanted: list[State]) -> None:
    now, was_let_go = State.REQUESTED, False
    for one in wanted:
        try:
            require_next(now, one)
        except RefundState:
            continue
        assert now not in (State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.VOID)
        now = one
        was_let_go |= now is State.PAYING
        assert was_let_go or now not in (State.PAID, State.FAILED)
    assert NEXT[State.PAID] == {State.FAILED}


def test_a_payment_is_undone_whole_soon_and_to_its_payer_alone() -> None:
    paid = payment(kes(100))
    whole, part = refund(kes(100)), refund(kes(99))
    last = TODAY + RECENT

    assert is_undone_at_the_provider(paid, whole, to_payer=True, today=last)
    assert not is_undone_at_the_provider(paid, part, to_payer=True, today=TODAY)
    assert not is_undone_at_the_provider(paid, whole, to_payer=False, today=TODAY)
    assert not is_undone_at_the_provider(paid, whole, to_payer=True, today=last + timedelta(days=1))
    for other in (replace(paid, status=Status.PARTLY_REFUNDED), payment(kes(100), receipt=None)):
        assert not is_undone_at_the_provider(other, whole, to_payer=True, today=TODAY)


def test_any_other_payee_sum_reason_or_payment_is_another_content() -> None:
    mine = refund(kes(100))
    others = (
        replace(mine, amount=kes(101)),
        replace(mine, payee=Msisdn("254712345679")),
        replace(mine, reason="Paid once"),
        replace(mine, payment=PaymentId(UUID(int=2))),
        replace(mine, number=2),
        replace(mine, id=RefundId(UUID(int=2))),
    )

    assert len({one.content.hash for one in (mine, *others)}) == 1 + len(others)
    assert replace(mine, state=State.PAYING, round=3).content.hash == mine.content.hash
