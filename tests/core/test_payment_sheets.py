"""Files of payments, as people make them."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.cells import Cell
from core.ids import OrganisationId
from core.money import Currency, Money
from core.payment_sheets import MOST_ROWS, Books, Checked, Fate, Sheet, check, read_sheet
from core.rosters import Line
from core.treasury import Fund, FundId

KES = Currency.KES


def fund() -> Fund:
    sums = (Money(minor, KES) for minor in (2_000_000, 0, 1_000_000, 0, 0))
    return Fund(FundId(UUID(int=1)), OrganisationId(UUID(int=2)), "house", "House", "", "", *sums)


def test_columns_are_known_by_their_headings_in_any_order_and_language() -> None:
    lines = [
        Line(1, ("A title", None)),
        Line(2, ("Kiasi", "Sababu", "Simu", "Lengo", None, 3)),
        Line(3, (3000.0, "gari", 712000111, "fuel")),
        Line(4, (100, "gari")),
        Line(5, ("1", "x", "0712000111", "fuel", None), "too_many_columns"),
    ]

    sheet = read_sheet(lines, fund(), country_code="254")

    good, short, broken = sheet.rows
    assert not good.problem
    assert (good.payee and good.payee.msisdn.digits, good.amount, good.purpose) == (
        "254712000111",
        Money(300_000, KES),
        "fuel",
    )
    assert (short.problem, broken.problem) == ("no_phone", "too_many_columns")


def test_a_file_without_its_headings_is_no_list_of_payments() -> None:
    assert read_sheet([Line(1, ("phone", "amount"))], fund(), country_code="254").missing
    assert read_sheet([], fund(), country_code="254").missing


def test_rows_beyond_the_limit_are_named_and_not_read() -> None:
    head = Line(1, ("phone", "name", "amount", "purpose", "reason"))
    rows = [Line(number, ("0712000111", "Otieno", 10, "fuel", "the van")) for number in range(2, MOST_ROWS + 4)]

    sheet = read_sheet([head, *rows], fund(), country_code="254")

    assert [row.problem for row in sheet.rows[-2:]] == ["too_many_rows"] * 2
    assert len({row.batch for row in sheet.rows}) == len(sheet.rows)


def test_a_line_that_the_reader_could_not_take_apart_is_named() -> None:
    lines = [HEAD, Line(2, (), "quotes"), Line(3, ("0712000111", "", 10, "fuel", "the van"))]

    broken, good = read_sheet(lines, fund(), country_code="254").rows

    assert (broken.line, broken.problem, good.problem) == (2, "quotes", "")


# --- laws ---------------------------------------------------------------------------------------------------------------

HEAD = Line(1, ("phone", "name", "amount", "purpose", "reason"))
NOTHING = Money(0, KES)
RICH = Books(spendable=Money(10**12, KES), waiting=NOTHING)

payments = st.tuples(
    st.sampled_from(["0712000111", "+254 712 000 111", "0712000112", "nobody"]),
    st.sampled_from(["", "Otieno"]),
    st.sampled_from([10, 20.0, "30", "10001", ""]),
    st.sampled_from(["fuel", "food"]),
    st.sampled_from(["the van", "The Van", "rice"]),
)
files = st.lists(payments, max_size=8)


def sheet_of(file: list[tuple[Cell, ...]], title: str = "") -> Sheet:
    lines = [Line(1, (title,)), *(Line(at, cells) for at, cells in enumerate((HEAD.cells, *file), 2))]
    return read_sheet(lines, fund(), country_code="254")


def good_of(checked: Checked) -> list[str]:
    return [row.batch for row, fate in checked.rows if fate is Fate.GOOD]


@given(files, st.integers(0, 8), st.booleans())
def test_the_same_file_given_again_and_again_asks_for_each_row_once(
    file: list[tuple[Cell, ...]], cut: int, twins: bool
) -> None:
    """Also where it was cut off after some rows, and where it was saved anew in between, by Excel."""
    first = good_of(check(sheet_of(file), RICH, twins=twins))
    known = dict.fromkeys(first[:cut], 1)
    as_saved = [tuple(float(cell) if isinstance(cell, int) else cell for cell in (*row, "")) for row in file]
    blank: tuple[Cell, ...] = (" ", None)

    rest = good_of(check(sheet_of([blank, *as_saved, ()]), Books(RICH.spendable, NOTHING, known), twins=twins))

    assert first[:cut] + rest == first
    assert len(set(first)) == len(first)


@given(files, files)
def test_each_row_of_another_file_is_asked_for_once_however_like_the_last_one_it_is(
    file: list[tuple[Cell, ...]], other: list[tuple[Cell, ...]]
) -> None:
    monday = good_of(check(sheet_of(file, "16 November"), RICH, twins=True))
    known = dict.fromkeys(monday, 1)

    next_monday = check(sheet_of(other, "23 November"), Books(RICH.spendable, NOTHING, known), twins=True)

    assert all(fate is Fate.REFUSED if row.problem else fate is Fate.GOOD for row, fate in next_monday.rows)
    assert not known.keys() & set(good_of(next_monday))


@given(files, st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_the_total_is_that_of_the_rows_to_be_asked_for_and_the_fund_must_bear_it_beside_what_waits(
    file: list[tuple[Cell, ...]], spendable: int, waiting: int, twins: bool
) -> None:
    books = Books(Money(spendable * 100, KES), Money(waiting * 100, KES))

    checked = check(sheet_of(file), books, twins=twins)

    asked = sum(row.amount.minor for row, fate in checked.rows if fate is Fate.GOOD and row.amount is not None)
    assert checked.total.minor == asked
    assert checked.is_covered == (asked == 0 or asked + waiting * 100 <= spendable * 100)


@given(files)
def test_of_rows_that_say_the_same_only_the_first_is_asked_for_without_a_word(file: list[tuple[Cell, ...]]) -> None:
    checked = check(sheet_of(file), RICH)

    wishes = [row.wish for row, fate in checked.rows if fate is Fate.GOOD]
    assert len(set(wishes)) == len(wishes)
    by_line = {row.line: row for row, _ in checked.rows}
    for row, fate in checked.rows:
        if fate is Fate.TWIN:
            assert row.twin_of < row.line
            assert by_line[row.twin_of].wish == row.wish
