"""What may be told of a payment, and to whom: the laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import PaymentId
from core.money import Currency, Money
from core.payments import FailReason, Status
from core.scraps import Scrap, read_scrap
from core.tracing import MOST_TOLD, NOT_THEIRS, Origin, Says, Tie, Told, Trail, answer, tie

TODAY = date(2026, 11, 21)
CODE = "UKK4A7PQ2X"


def kes(units: int) -> Money:
    return Money(units * 100, Currency.KES)


def a_trail(**facts: object) -> Trail:
    usual = Trail(
        payment=PaymentId(UUID(int=1)),
        status=Status.COMPLETED,
        amount=kes(700),
        on=TODAY,
        reference="KV3833",
        provider_receipt=CODE,
        receipt_number="R000321",
        receipt_code="7K2M9QXAV9",
        origin=Origin.THIS,
        own=kes(700),
        own_account="KV3833",
        waits=False,
    )
    return replace(usual, **facts)  # type: ignore[arg-type]


def nobodys(**facts: object) -> Trail:
    return a_trail(**{"own": kes(0), "own_account": "", **facts})


def scrap(typed: str) -> Scrap:
    return read_scrap(typed, currency=Currency.KES, today=TODAY)


def said(typed: str, *trails: Trail) -> list[Says]:
    return [told.says for told in answer(trails, scrap(typed))]


# --- the law ------------------------------------------------------------------------------------------------------------

trails = st.builds(
    a_trail,
    payment=st.integers(1, 10**6).map(lambda number: PaymentId(UUID(int=number))),
    status=st.sampled_from(Status),
    amount=st.integers(1, 5).map(kes),
    on=st.integers(0, 3).map(lambda ago: TODAY - timedelta(days=ago)),
    reference=st.sampled_from(["KV1111", "KV2222", ""]),
    provider_receipt=st.sampled_from([CODE, "UKK4A7PQ2Y", ""]),
    receipt_code=st.sampled_from(["7K2M9QXAV9", ""]),
    origin=st.sampled_from(Origin),
    own=st.integers(0, 5).map(kes),
    own_account=st.sampled_from(["", "KV3333"]),
    waits=st.booleans(),
    fail_reason=st.one_of(st.none(), st.sampled_from(FailReason)),
)
lines = st.sampled_from(
    ["1", "2 leo", "3 jana", CODE, "UKK4A7PQ2Z", "KV1111", "KV2222 1", "KV3333", "R000321", "7K2M9-QXAV9", "5 KV2222"]
)


@given(st.lists(trails, max_size=8), lines)
def test_nobody_is_told_a_fact_of_a_payment_that_is_neither_from_their_phone_nor_for_their_account(
    found: list[Trail], line: str
) -> None:
    asked = scrap(line)
    for told in answer(found, asked):
        theirs = [
            one
            for one in found
            if one.payment == told.payment
            and (one.origin is Origin.THIS or (one.origin is Origin.MAYBE and _holds(one, asked)))
        ]
        familys = [one for one in found if one.payment == told.payment and one.own_account]
        if told.amount is not None:
            sums = {one.amount for one in theirs} | {one.own for one in familys}
            assert told.amount in sums
            assert told.on in {one.on for one in (*theirs, *familys)}
            assert told.account in {one.reference for one in theirs} | {one.own_account for one in familys}
        else:
            assert (told.on, told.account, told.receipt) == (None, "", "")


def _holds(trail: Trail, asked: Scrap) -> bool:
    return bool({trail.provider_receipt, trail.receipt_code} & asked.codes - {""})


@given(st.lists(trails, max_size=8), lines)
def test_what_is_no_business_of_theirs_changes_no_answer(found: list[Trail], line: str) -> None:
    """Otherwise the answer would tell that it exists."""
    asked = scrap(line)

    assert answer(found, asked) == answer([one for one in found if tie(one, asked) is not None], asked)


@given(st.lists(trails, max_size=12), lines)
def test_an_answer_fits_a_page_and_does_not_depend_on_the_order(found: list[Trail], line: str) -> None:
    unique = list({one.payment: one for one in found}.values())
    told = answer(unique, scrap(line))

    assert len(told) <= MOST_TOLD
    assert answer(unique[::-1], scrap(line)) == told


# --- who is told what ---------------------------------------------------------------------------------------------------


def test_the_payer_is_told_all_of_it() -> None:
    assert answer([a_trail()], scrap("700")) == (
        Told(PaymentId(UUID(int=1)), Says.CREDITED, kes(700), TODAY, "KV3833", "R000321"),
    )


def test_a_family_is_told_its_share_and_nothing_of_the_rest() -> None:
    shared = a_trail(origin=Origin.OTHER, amount=kes(1500), own=kes(500), reference="KV9999")

    assert answer([shared], scrap("500")) == (
        Told(shared.payment, Says.CREDITED, kes(500), TODAY, "KV3833", "R000321"),
    )


@pytest.mark.parametrize("origin", [Origin.OTHER, Origin.UNKNOWN])
def test_whoever_holds_a_code_is_told_that_it_came_and_no_more(origin: Origin) -> None:
    assert answer([nobodys(origin=origin)], scrap(CODE)) == (Told(PaymentId(UUID(int=1)), Says.OTHER_PHONE),)
    assert said(CODE, nobodys(origin=origin, waits=True)) == [Says.WAITING]
    assert said(CODE, nobodys(origin=origin, status=Status.REVERSED)) == [Says.REVERSED]
    assert said("7K2M9-QXAV9", nobodys(origin=origin)) == [Says.OTHER_PHONE]


def test_a_code_with_a_slip_opens_only_what_is_ones_own() -> None:
    assert said("UKK4A7PQ2Y", a_trail()) == [Says.CREDITED]
    assert said("UKK4A7PQ2Y", nobodys(origin=Origin.OTHER)) == []


def test_a_phone_that_looks_alike_must_know_more_and_is_told_nothing_but_to_type_the_code() -> None:
    alike = nobodys(origin=Origin.MAYBE)

    assert said("700", alike) == []
    assert said("700 leo", alike) == [Says.LIKELY]
    assert said("700 KV3833", alike) == [Says.LIKELY]
    assert said("700", replace(alike, waits=True)) == [Says.LIKELY]
    assert said("KV3833 leo", alike) == []
    assert said(CODE, alike) == [Says.ELSEWHERE]
    assert tie(alike, scrap(CODE)) is Tie.PAYER


def test_another_family_asking_by_sum_day_and_number_finds_nothing() -> None:
    assert said("700 leo KV3833 R000321", nobodys(origin=Origin.OTHER)) == []


# --- what fits ----------------------------------------------------------------------------------------------------------


def test_the_sum_that_fits_exactly_beats_the_one_that_fits_roughly() -> None:
    other = a_trail(payment=PaymentId(UUID(int=2)), amount=kes(650), own=kes(650))

    assert [told.amount for told in answer([a_trail(), other], scrap("700"))] == [kes(700)]
    assert [told.amount for told in answer([other], scrap("700"))] == [kes(650)]
    assert answer([other], scrap("900")) == ()


def test_paying_twice_shows_both_the_newest_first() -> None:
    earlier = a_trail(payment=PaymentId(UUID(int=2)), on=TODAY - timedelta(days=1))

    assert [told.on for told in answer([earlier, a_trail()], scrap("700"))] == [TODAY, TODAY - timedelta(days=1)]


def test_the_day_beside_is_taken_when_nothing_is_nearer() -> None:
    yesterday = a_trail(on=TODAY - timedelta(days=1))

    assert said("leo", yesterday) == [Says.CREDITED]
    assert [told.on for told in answer([yesterday, a_trail()], scrap("leo"))] == [TODAY]
    assert said("leo", a_trail(on=TODAY - timedelta(days=2))) == []


def test_our_receipt_number_finds_ones_own() -> None:
    assert said("R321", a_trail()) == [Says.CREDITED]


@pytest.mark.parametrize(
    "status, reason, says",
    [
        (Status.INITIATED, None, Says.ASKED),
        (Status.PROCESSING, None, Says.ASKED),
        (Status.EXPIRED, FailReason.NOT_ANSWERED, Says.EXPIRED),
        (Status.FAILED, FailReason.NOT_ANSWERED, Says.EXPIRED),
        (Status.FAILED, FailReason.INSUFFICIENT_FUNDS, Says.NO_FUNDS),
        (Status.FAILED, FailReason.PIN_LOCKED, Says.WRONG_PIN),
        (Status.FAILED, FailReason.CANCELLED, Says.CANCELLED),
        (Status.FAILED, FailReason.OUR_FAULT, Says.NOT_PAID),
        (Status.FAILED, None, Says.NOT_PAID),
        (Status.REVERSED, None, Says.REVERSED),
        (Status.PARTLY_REFUNDED, None, Says.PARTLY_REFUNDED),
        (Status.REFUNDED, None, Says.REFUNDED),
        (Status.COMPLETED, None, Says.ELSEWHERE),
    ],
)
def test_what_became_of_it_is_said_in_one_word(status: Status, reason: FailReason | None, says: Says) -> None:
    assert said("700", nobodys(status=status, fail_reason=reason)) == [says]
    assert said("700", nobodys(waits=True)) == [Says.WAITING]


def test_a_prompt_that_was_called_paid_is_not_to_be_paid_twice() -> None:
    assert said("700", nobodys(status=Status.PROCESSING, told_paid=True)) == [Says.TOLD_PAID]


def test_a_prompt_whose_money_is_in_an_equal_payment_is_not_shown_beside_it() -> None:
    doubled = nobodys(status=Status.FAILED, fail_reason=FailReason.PAID_TWICE_AS_ONE)

    assert said("700", doubled) == []


def test_what_is_not_theirs_is_said_without_a_fact() -> None:
    assert {Says.OTHER_PHONE, Says.LIKELY} == NOT_THEIRS
