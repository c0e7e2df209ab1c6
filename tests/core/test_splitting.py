"""One payment over several children: parts that sum, whole and fair, by each family's rule."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Bug
from core.ids import CustomerAccountId
from core.money import Currency, Money, total
from core.splitting import BY_DEBT, Child, FamilyRule, Split, split
from tests.core.builders import kes

ON = date(2026, 9, 30)


def account(at: int) -> CustomerAccountId:
    return CustomerAccountId(UUID(int=at + 1))


def children(*owed: int) -> list[Child]:
    """Each owes so many shillings, the first since longest."""
    return [Child(account(at), ((ON + timedelta(at), kes(one)),) if one else ()) for at, one in enumerate(owed)]


def parts(amount: int, owed: tuple[int, ...], rule: FamilyRule) -> list[int]:
    got = {part.account: part.amount.minor // 100 for part in split(kes(amount), children(*owed), rule, step=100)}
    return [got.get(account(at), 0) for at in range(len(owed))]


def named(*each: tuple[int, int]) -> tuple[tuple[CustomerAccountId, int], ...]:
    return tuple((account(at), weight) for at, weight in each)


EQUAL, OLDEST = FamilyRule(Split.EQUAL), FamilyRule(Split.OLDEST)


@pytest.mark.parametrize(
    "rule, amount, owed, shown",
    [
        (BY_DEBT, 3_000, (4_000, 2_000, 0), [2_000, 1_000, 0]),
        (EQUAL, 3_000, (4_000, 2_000, 1_500), [1_000, 1_000, 1_000]),
        (EQUAL, 3_000, (4_000, 2_000, 500), [1_250, 1_250, 500]),
        (EQUAL, 100, (40, 40, 40), [34, 33, 33]),
        (OLDEST, 3_000, (2_500, 2_000, 1_500), [2_500, 500, 0]),
        (FamilyRule(Split.ORDER, named((2, 1), (0, 1))), 3_000, (4_000, 2_000, 1_500), [1_500, 0, 1_500]),
        (FamilyRule(Split.ORDER, named((2, 1))), 4_000, (1_000, 2_000, 1_500), [1_000, 1_500, 1_500]),
        (FamilyRule(Split.WEIGHTS, named((0, 2), (1, 1))), 3_000, (4_000, 2_000, 1_500), [2_000, 1_000, 0]),
        (FamilyRule(Split.WEIGHTS, named((0, 2), (1, 1))), 3_000, (100, 200, 9_000), [100, 200, 2_700]),
        (EQUAL, 1_000, (300, 200, 0), [800, 200, 0]),
        (EQUAL, 100, (0, 0, 0), [100, 0, 0]),
    ],
)
def test_each_family_divides_it_its_way(rule: FamilyRule, amount: int, owed: tuple[int, ...], shown: list[int]) -> None:
    assert parts(amount, owed, rule) == shown


def test_nothing_is_split_as_nothing_and_nobody_cannot_share() -> None:
    assert [part.amount for part in split(kes(0), children(500), EQUAL)] == [kes(0)]
    with pytest.raises(Bug):
        split(kes(5), [], EQUAL)
    with pytest.raises(Bug):
        split(kes(1, 50), children(5), EQUAL, step=100)


FAMILIES = st.lists(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 10**7)), max_size=4), min_size=1, max_size=6)
RULES = st.builds(
    FamilyRule,
    st.sampled_from(Split),
    st.lists(
        st.tuples(st.integers(0, 6).map(account), st.integers(1, 9)), max_size=6, unique_by=lambda one: one[0]
    ).map(tuple),
)


@given(FAMILIES, RULES, st.integers(0, 10**8), st.sampled_from([1, 100]), st.sampled_from(Currency))
def test_parts_sum_in_steps_and_fill_nobody_beyond_the_debt_while_another_owes(
    debts: list[list[tuple[int, int]]], rule: FamilyRule, steps: int, step: int, currency: Currency
) -> None:
    family = [
        Child(account(at), tuple((ON + timedelta(days), Money(minor, currency)) for days, minor in mine))
        for at, mine in enumerate(debts)
    ]
    amount = Money(steps * step, currency)

    shown = split(amount, family, rule, step=step)

    got = {part.account: part.amount for part in shown}
    assert total([part.amount for part in shown], currency) == amount
    assert len(got) == len(shown)
    assert all(part.amount.minor % step == 0 for part in shown)
    owed = {child.account: sum(debt.minor for _, debt in child.debts) for child in family}
    caps = {id_: -(-minor // step) * step for id_, minor in owed.items()}
    nothing = Money(0, currency)
    somebody_short = any(got.get(id_, nothing).minor < cap for id_, cap in caps.items())
    somebody_over = any(part.minor > caps[id_] for id_, part in got.items())
    assert not (somebody_short and somebody_over)
