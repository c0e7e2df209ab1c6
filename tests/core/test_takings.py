"""Figures of days: what counts as money in, what does not, and that no figure loses a payment."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.ids import ProviderAccountId
from core.money import Currency, Money
from core.payments import Method, Purpose, Status
from core.takings import SUSPENSE, Figure, Line, Prompts, takings

KES, RWF = Currency.KES, Currency.RWF
MONDAY = date(2026, 11, 16)
PAYBILL = ProviderAccountId(UUID(int=1))


def line(
    state: str = "completed",
    *,
    count: int = 1,
    minor: int = 100,
    on: date = MONDAY,
    method: Method = Method.PAYBILL,
    purpose: Purpose = Purpose.FEE,
    currency: Currency = KES,
) -> Line:
    return Line(on, PAYBILL, method, purpose, state, count, Money(minor, currency))


def figure(count: int, minor: int) -> Figure:
    return Figure(count, Money(minor, KES))


def test_money_that_came_counts_by_method_the_largest_first() -> None:
    week = takings(
        [
            line(count=2, minor=300),
            line(method=Method.PROMPT, count=3, minor=900),
            line(method=Method.PROMPT, minor=50, on=MONDAY + timedelta(days=1)),
            line(purpose=Purpose.LOAN, minor=7),
        ],
        KES,
        since=MONDAY,
        until=MONDAY + timedelta(days=2),
    )

    assert week.money_in == figure(7, 1_257)
    assert week.by_method == ((Method.PROMPT, figure(4, 950)), (Method.PAYBILL, figure(3, 307)))
    assert week.by_purpose == ((Purpose.FEE, figure(6, 1_250)), (Purpose.LOAN, figure(1, 7)))
    assert [found for _, found in week.by_day] == [figure(6, 1_207), figure(1, 50), figure(0, 0)]


def test_what_the_provider_took_back_and_what_never_came_is_no_money_in() -> None:
    states = ["reversed", "failed", "expired", "initiated", "processing"]

    day = takings([line(state) for state in states], KES, since=MONDAY, until=MONDAY)

    assert day.money_in == figure(0, 0)
    assert day.by_method == ()
    assert day.reversed == figure(1, 100)


def test_money_that_waits_for_its_owner_has_come() -> None:
    day = takings([line(count=2, minor=500), line(SUSPENSE, minor=200)], KES, since=MONDAY, until=MONDAY)

    assert (day.money_in, day.suspense) == (figure(2, 500), figure(1, 200))


def test_of_prompts_a_thousandth_is_told_and_a_payment_that_was_taken_back_was_paid() -> None:
    kinds = {"completed": 5, "reversed": 1, "failed": 2, "expired": 1, "processing": 4, "initiated": 1}
    lines = [line(state, count=count, method=Method.PROMPT) for state, count in kinds.items()]

    day = takings([*lines, line(count=50)], KES, since=MONDAY, until=MONDAY)

    assert day.prompts == Prompts(paid=6, failed=2, expired=1, waiting=5)
    assert day.prompts.permille == 667
    assert takings([], KES, since=MONDAY, until=MONDAY).prompts.permille is None


def test_other_days_and_other_currencies_are_not_mixed_in() -> None:
    lines = [line(on=MONDAY - timedelta(days=1)), line(on=MONDAY + timedelta(days=1)), line(currency=RWF)]

    assert takings(lines, KES, since=MONDAY, until=MONDAY).money_in == figure(0, 0)
    assert takings(lines, RWF, since=MONDAY, until=MONDAY).money_in == Figure(1, Money(100, RWF))


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from([*(status.value for status in Status), SUSPENSE]),
        count=st.integers(1, 9),
        minor=st.integers(1, 10_000),
        on=st.integers(0, 4).map(lambda days: MONDAY + timedelta(days=days)),
        method=st.sampled_from(Method),
        purpose=st.sampled_from(Purpose),
    ),
    max_size=12,
)


@given(LINES)
def test_days_methods_and_purposes_are_each_together_all_that_came(lines: list[Line]) -> None:
    week = takings(lines, KES, since=MONDAY, until=MONDAY + timedelta(days=4))

    for parts in (week.by_day, week.by_method, week.by_purpose):
        assert sum((found for _, found in parts), figure(0, 0)) == week.money_in
