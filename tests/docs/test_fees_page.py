"""The examples on the bursar's page (docs/fees.md) are what the program computes."""

import re
from pathlib import Path
from uuid import UUID

from core.fees import FeeLine, Override, OverrideKind, charges, structure_total
from core.money import Currency
from tests.core.builders import account_id, kes

PAGE = (Path(__file__).parents[2] / "docs" / "fees.md").read_text()


def table_under(heading: str) -> list[list[str]]:
    """The cells of the first table after a heading or sentence."""
    rows = re.findall(r"^\|(.*)\|$", PAGE.partition(heading)[2], re.MULTILINE)
    return [[cell.strip(" *") for cell in row.split("|")] for row in rows]


def shillings(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_invoice_of_a_second_child_with_half_a_scholarship() -> None:
    bursary = Override(UUID(int=1), account_id(1), None, OverrideKind.SCHOLARSHIP, "Bursary", "board", bps=5_000)
    rows = table_under("KV20 is a second child")[2:7]

    lines = charges((FeeLine("Tuition", kes(9_000)), FeeLine("Lunch", kes(1_005))), [bursary], 1_000, Currency.KES)

    assert [(row[0].partition(" (")[0], kes(shillings(row[1]))) for row in rows[:4]] == [
        (line.label, line.amount) for line in lines
    ]
    assert kes(shillings(rows[4][1])) == structure_total(lines, Currency.KES)
