"""How old debts are, and who is told of them: each stage once, and nothing that is paid."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.arrears import Bucket, Due, Policy, Stage, Told, ageing, bucket_of, chases, stage_of
from core.ids import CustomerAccountId
from core.money import Currency, total
from tests.core.builders import kes

ON = date(2026, 11, 21)
ASHA = CustomerAccountId(UUID(int=1))
POLICY = Policy()


def due(late: int, shillings: int = 1_000, subject: int = 1) -> Due:
    return Due(UUID(int=subject), ASHA, kes(shillings), ON - timedelta(days=late))


DUES = st.lists(
    st.builds(due, st.integers(-40, 200), st.integers(1, 90_000), st.integers(1, 10_000)),
    max_size=6,
    unique_by=lambda one: one.subject,
)


@pytest.mark.parametrize(
    "late, bucket",
    [
        (-5, Bucket.CURRENT),
        (0, Bucket.CURRENT),
        (1, Bucket.TO_30),
        (30, Bucket.TO_30),
        (31, Bucket.TO_60),
        (60, Bucket.TO_60),
        (61, Bucket.TO_90),
        (90, Bucket.TO_90),
        (91, Bucket.OVER_90),
    ],
)
def test_a_debt_is_as_old_as_the_days_since_it_was_due(late: int, bucket: Bucket) -> None:
    assert bucket_of(ON - timedelta(days=late), ON) is bucket


@given(DUES)
def test_the_buckets_are_together_what_is_owed(dues: list[Due]) -> None:
    buckets = ageing(dues, ON, Currency.KES)

    assert list(buckets) == list(Bucket)
    assert total(list(buckets.values()), Currency.KES) == total([one.amount for one in dues], Currency.KES)


@pytest.mark.parametrize(
    "late, stage",
    [
        *((-4, None), (-3, Stage.REMINDER), (0, Stage.REMINDER), (1, None), (29, None)),
        *((30, Stage.WARNING), (59, Stage.WARNING), (60, Stage.CRITICAL), (900, Stage.CRITICAL)),
    ],
)
def test_a_family_is_reminded_before_warned_from_30_and_told_that_it_is_critical_from_60_days(
    late: int, stage: Stage | None
) -> None:
    assert stage_of(ON - timedelta(days=late), ON, POLICY) is stage


def test_nobody_is_reminded_where_the_school_does_not_want_it() -> None:
    assert stage_of(ON, ON, Policy(remind=0)) is None


@pytest.mark.parametrize(
    "remind, warning, critical", [(-1, 30, 60), (61, 30, 60), (3, 0, 60), (3, 60, 60), (3, 9, 9_999)]
)
def test_days_that_make_no_sense_are_refused(remind: int, warning: int, critical: int) -> None:
    with pytest.raises(ValueError, match="reminder"):
        Policy(remind, warning, critical)


def test_the_gravest_stage_is_told_over_all_that_is_late_and_the_milder_ones_are_told_with_it() -> None:
    dues = [due(70, 100, 1), due(40, 200, 2), due(5, 400, 3), due(-2, 800, 4), due(-3, 1_600, 5)]

    late, soon = chases(dues, set(), on=ON, policy=POLICY)

    assert (late.stage, late.amount, late.due_on) == (Stage.CRITICAL, kes(700), ON - timedelta(days=70))
    assert set(late.notes) == {(UUID(int=1), Stage.CRITICAL), (UUID(int=2), Stage.WARNING)}
    assert (soon.stage, soon.amount, soon.due_on) == (Stage.REMINDER, kes(800), ON + timedelta(days=2))
    assert soon.notes == ((UUID(int=4), Stage.REMINDER),)


@given(DUES, st.lists(st.integers(0, 40), max_size=12))
def test_no_stage_of_a_debt_is_told_twice_and_none_that_lasts_is_missed(dues: list[Due], pauses: list[int]) -> None:
    told: list[Told] = []
    on = ON
    for pause in (*pauses, 0):
        on += timedelta(days=pause)
        for chase in chases(dues, told, on=on, policy=POLICY):
            told += chase.notes

        reached = {(one.subject, stage) for one in dues if (stage := stage_of(one.due_on, on, POLICY))}
        grave = {one for one in reached if one[1] is not Stage.REMINDER}
        assert grave <= set(told)
    assert len(set(told)) == len(told)
