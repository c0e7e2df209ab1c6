"""Money is exact: it adds, splits, prints and reads back without gaining or losing a cent."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import Bug
from core.money import (
    MOST_MINOR,
    Currency,
    CurrencyMismatch,
    FractionRefused,
    Money,
    NotAnAmount,
    UnknownCurrency,
    parse_percent,
    parse_reported,
    parse_typed,
    total,
    zero,
)
from tests.core.builders import currencies, kes

amounts = st.builds(Money, st.integers(-MOST_MINOR, MOST_MINOR), currencies)
received = st.builds(Money, st.integers(1, MOST_MINOR), currencies)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


# --- currencies ---------------------------------------------------------------------------------------------------------


def test_shillings_of_kenya_and_tanzania_have_cents_and_those_of_uganda_and_francs_have_not() -> None:
    decimals = {currency.code: currency.decimals for currency in Currency}

    assert decimals == {"KES": 2, "TZS": 2, "UGX": 0, "RWF": 0}


def test_a_currency_is_found_by_its_code() -> None:
    assert Currency.of("RWF") is Currency.RWF


@pytest.mark.parametrize("code", ["EUR", "kes", "", "KES "])
def test_a_currency_that_we_keep_no_books_in_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refusal:
        Currency.of(code)

    assert refusal.value.currency == code


@given(amounts, amounts)
def test_two_currencies_never_meet_in_one_sum(one: Money, other: Money) -> None:
    assume(one.currency is not other.currency)

    for meet in (
        lambda: one + other,
        lambda: one - other,
        lambda: one < other,
        lambda: one <= other,
        lambda: one > other,
        lambda: one >= other,
        lambda: total([one], other.currency),
    ):
        with pytest.raises(CurrencyMismatch):
            meet()
    assert one != other


# --- sums ---------------------------------------------------------------------------------------------------------------


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), currencies)
def test_money_adds_and_compares_as_its_coins_do(one: int, other: int, currency: Currency) -> None:
    a, b = Money(one, currency), Money(other, currency)

    assert (a + b).minor == one + other
    assert (a - b).minor == one - other
    assert (-a).minor == -one
    assert bool(a) == (one != 0)
    assert (a < b, a <= b, a > b, a >= b, a == b) == (
        one < other,
        one <= other,
        one > other,
        one >= other,
        one == other,
    )
    assert total([a, b], currency) == a + b


def test_no_money_is_zero_of_its_currency() -> None:
    assert total([], Currency.UGX) == zero(Currency.UGX)
    assert not zero(Currency.UGX)


@given(amounts, weights)
def test_splitting_an_amount_never_gains_or_loses_a_cent(amount: Money, weights: list[int]) -> None:
    shares = amount.split(weights)

    assert sum(share.minor for share in shares) == amount.minor
    assert {share.currency for share in shares} == {amount.currency}


@given(amounts, weights)
def test_a_share_is_its_exact_proportion_give_or_take_one_coin(amount: Money, weights: list[int]) -> None:
    whole = sum(weights)
    assume(whole)

    for share, weight in zip(amount.split(weights), weights, strict=True):
        assert abs(share.minor * whole - amount.minor * weight) < whole


@given(amounts, st.integers(1, 12))
def test_weights_of_nothing_mean_equal_shares(amount: Money, people: int) -> None:
    shares = [abs(share.minor) for share in amount.split([0] * people)]

    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)  # the odd coins go to the first


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_an_amount_is_not_split_over_nobody_or_below_zero(weights: list[int]) -> None:
    with pytest.raises(Bug):
        kes(10).split(weights)


def test_the_odd_coin_goes_where_most_was_cut_off_and_else_to_the_first() -> None:
    assert kes(1).split([1, 2]) == [kes(0, 33), kes(0, 67)]  # 33.33 and 66.67
    assert kes(1).split([1, 1, 1]) == [kes(0, 34), kes(0, 33), kes(0, 33)]


# --- whole shillings ----------------------------------------------------------------------------------------------------


def test_mobile_money_is_asked_for_in_whole_shillings() -> None:
    assert kes(1_500).whole_units == 1_500
    assert kes(1_500).is_whole
    assert Money(1_500, Currency.RWF).whole_units == 1_500


def test_a_fraction_of_a_shilling_is_refused_and_never_rounded() -> None:
    with pytest.raises(FractionRefused) as refusal:
        _ = kes(1_500, 50).whole_units

    assert refusal.value.amount == kes(1_500, 50)
    assert not kes(1_500, 50).is_whole


# --- print and parse ----------------------------------------------------------------------------------------------------


def test_money_prints_with_its_currency_and_its_real_decimals() -> None:
    assert str(kes(12_500)) == "KES 12500.00"
    assert str(Money(12_500, Currency.RWF)) == "RWF 12500"
    assert kes(0, 5).plain() == "0.05"
    assert (-kes(1, 50)).plain() == "-1.50"


@given(received)
def test_what_is_printed_reads_back_as_the_same_money(amount: Money) -> None:
    read = parse_reported(amount.plain(), amount.currency)

    assert (read.money, read.exact, read.text) == (amount, True, amount.plain())


@pytest.mark.parametrize("currency", Currency)
def test_a_provider_may_state_whole_amounts_with_or_without_decimals_in_every_currency(currency: Currency) -> None:
    whole = Money(12_500 * currency.unit, currency)

    for text in ("12500", "12500.0", "12500.00", "0012500.00000000"):
        assert parse_reported(text, currency).money == whole
        assert parse_reported(text, currency).exact


@pytest.mark.parametrize(
    "text, currency, minor",
    [("12500.50", Currency.RWF, 12_500), ("12500.505", Currency.KES, 1_250_050), ("1.00000001", Currency.UGX, 1)],
)
def test_a_fraction_that_the_currency_lacks_is_kept_in_words_and_marked(
    text: str, currency: Currency, minor: int
) -> None:
    read = parse_reported(text, currency)

    assert (read.money.minor, read.exact, read.text) == (minor, False, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "0.00",
        "0.001",
        "-1",
        "+1",
        "-0.00",
        "1e3",
        "1E+3",
        "NaN",
        "nan",
        "Infinity",
        "inf",
        "1,500.00",
        "1 500",
        " 1500",
        "1500\n",
        "1500.",
        ".50",
        "1.5.0",
        "0x10",
        "1_500",
        "١٥٠٠",
        "１５００",
        "KES 1500",
        "1.000000001",
        "100000000000.01",
        "9" * 13,
        "9" * 14,
        "9" * 10_000,
        "\x001",
    ],
)
def test_what_is_no_plain_positive_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount) as refusal:
        parse_reported(text, Currency.KES)

    assert refusal.value.text == text[:40]


def test_the_largest_payment_is_a_hundred_thousand_million_shillings() -> None:
    assert parse_reported("100000000000.00", Currency.KES).money.minor == MOST_MINOR


@given(st.text(max_size=60), currencies)
def test_no_text_makes_a_report_that_is_not_positive_money(text: str, currency: Currency) -> None:
    try:
        read = parse_reported(text, currency)
    except NotAnAmount:
        return

    assert 0 < read.money.minor <= MOST_MINOR


# --- what people type ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "1500",
        " 1500 ",
        "1,500",
        "1 500",
        "1'500",
        "1,500.00",
        "1500.0",
        "1500/=",
        "1,500/-",
        "1500 bob",
        "Ksh1500",
        "ksh 1,500",
        "KSH. 1,500/=",
        "Kshs 1500",
        "KES1500",
        "sh 1500",
        "1500 ksh",
        "1500 Shs.",
        "01500",
    ],
)
def test_people_write_fifteen_hundred_shillings_in_many_ways(text: str) -> None:
    assert parse_typed(text, Currency.KES) == kes(1_500)


@pytest.mark.parametrize(
    "text, currency",
    [
        ("1,500 frw", Currency.RWF),
        ("1500F", Currency.RWF),
        ("RWF 1 500", Currency.RWF),
        ("USh 1,500", Currency.UGX),
        ("1500 ushs", Currency.UGX),
        ("TZS 1,500", Currency.TZS),
        ("1,500/=", Currency.TZS),
    ],
)
def test_each_country_writes_its_own_word(text: str, currency: Currency) -> None:
    assert parse_typed(text, currency) == Money(1_500 * currency.unit, currency)


@pytest.mark.parametrize(
    "text, currency",
    [
        ("RWF 1500", Currency.KES),
        ("1500 frw", Currency.KES),
        ("Ksh 1500", Currency.RWF),
        ("1500 bob", Currency.UGX),
        ("USh 1500", Currency.TZS),
        ("usd 15", Currency.KES),
    ],
)
def test_an_amount_in_another_currency_is_not_taken_for_ours(text: str, currency: Currency) -> None:
    with pytest.raises(NotAnAmount):
        parse_typed(text, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "ksh",
        "0",
        "0.00",
        "-5",
        "+5",
        "1500.50",
        ".50",
        ".5",
        "0.5",
        "1,50",
        "1500,000",
        "0,500",
        "1,500,",
        "1,,500",
        "1.500",
        "1.500,00",
        "1500.000",
        "1e3",
        "15k",
        "1500 2000",
        "1500 KV1042",
        "١٥٠٠",
        "１５００",
        "1" * 14,
        "100000000001",
        "9" * 10_000,
    ],
)
def test_an_unclear_amount_is_never_guessed(text: str) -> None:
    with pytest.raises(NotAnAmount) as refusal:
        parse_typed(text, Currency.KES)

    assert refusal.value.text == text[:40]


@given(st.integers(1, 10**9), currencies, st.sampled_from(["{}", "{:,}", "{}.00", "{:,}/=", " {:,} "]))
def test_a_typed_amount_reads_back_as_what_was_meant(units: int, currency: Currency, spelling: str) -> None:
    assert parse_typed(spelling.format(units), currency).whole_units == units


@given(st.text(max_size=60) | st.text("0123456789 ,.'/=-kshfrw", max_size=12), currencies)
def test_no_text_makes_an_amount_that_a_phone_cannot_pay(text: str, currency: Currency) -> None:
    try:
        amount = parse_typed(text, currency)
    except NotAnAmount:
        return

    assert amount.is_whole
    assert 0 < amount.minor <= MOST_MINOR


@pytest.mark.parametrize(
    "text, bps", [("10", 1_000), ("12.5", 1_250), (" 12,25 % ", 1_225), ("0.01%", 1), ("100", 10_000)]
)
def test_a_percentage_is_read_in_hundredths(text: str, bps: int) -> None:
    assert parse_percent(text) == bps


@pytest.mark.parametrize("text", ["", "%", "x", "-5", "1e2", "12.345", "NaN", "\u0661"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_percent(text)
