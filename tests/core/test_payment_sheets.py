"""Files of payments, as people make them."""

from uuid import UUID

from core.ids import OrganisationId
from core.money import Currency, Money
from core.payment_sheets import MOST_ROWS, read_sheet
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
    assert sheet.good == (good,)
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
