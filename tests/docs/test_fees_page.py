"""The examples on the bursar's page (docs/fees.md) are what the program computes."""

import re
from datetime import date
from pathlib import Path
from uuid import UUID

from core.fees import FeeLine, Override, OverrideKind, charges, structure_total
from core.money import Currency
from core.splitting import Child, FamilyRule, Split, split
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


def test_a_payment_in_equal_parts() -> None:
    family = [Child(account_id(at), ((date(2027, 1, 18), kes(owed)),)) for at, owed in enumerate((4_000, 2_000, 500))]

    parts = split(kes(3_000), family, FamilyRule(Split.EQUAL), step=100)

    assert "3,000 in\nequal parts over debts of 4,000, 2,000 and 500 is 1,250, 1,250 and 500." in PAGE
    assert [part.amount for part in parts] == [kes(1_250), kes(1_250), kes(500)]
