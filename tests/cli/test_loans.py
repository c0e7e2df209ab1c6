"""What a lender types: products, wishes, loans, figures."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.world import World

PRODUCTS = """
[[products]]
code = "boda"
name = "Boda loan"
least = 1000
most = 100000
method = "flat"
rate = "10% a month"
every = "week"
terms = [4, 8]
first_limit = 10000
fee_share = "2%"
penalty_share = "5%"
penalty_after_days = 2
"""


@pytest.fixture
def lender(desk: Desk, world_of: Any, tmp_path: Path) -> Desk:
    async def founded(world: World) -> None:
        await world.school()

    world_of(founded)
    file = tmp_path / "products.toml"
    file.write_text(PRODUCTS)
    assert desk.types("loans", "products", str(file)).code == 0
    return desk


def test_a_loan_is_shown_before_it_is_asked_for_and_then_waits_for_a_yes(lender: Desk) -> None:
    (offered,) = lender.types("loans", "products", "--json").items
    (shown,) = lender.types("loans", "apply", "0711000001", "BODA", "4000", "4", "--preview", "--json").items
    (asked,) = lender.types("loans", "apply", "0711000001", "BODA", "4000", "4", "--name", "Asha", "--json").items
    (listed,) = lender.types("loans", "list", "--json").items
    (loan,) = lender.types("loans", "show", "l0an-000001", "--json").items
    (waiting,) = lender.types("approvals", "list", "--json").items

    assert (offered["code"], offered["interest"], offered["instalments"]) == ("BODA", "10% a month flat", "4, 8")
    assert (shown["sent"], shown["cost"], shown["total"]) == ("3920.00", "449.23", "4369.23")
    assert (asked["number"], asked["approval"]) == ("LOAN-000001", waiting["approval"])
    assert (listed["state"], listed["borrower"]) == ("applied", "Asha")
    assert (loan["terms"], loan["approval"]) == ("4 x week, 10% a month flat", waiting["approval"])
    assert waiting["subject"] == "LOAN-000001"
    assert lender.types("verify").code == 0


def test_what_cannot_be_is_said_in_words(lender: Desk, tmp_path: Path) -> None:
    lender.types("loans", "apply", "0711000001", "BODA", "4000", "4", "--name", "Asha")
    refused = {
        "twice": lender.types("loans", "apply", "0711000001", "BODA", "4000", "4"),
        "size": lender.types("loans", "apply", "0711000002", "BODA", "400", "4", "--name", "Ben"),
        "give": lender.types("loans", "give", "LOAN-000001"),
        "send": lender.types("loans", "send", "LOAN-000001", "--code", "123456"),
        "code": lender.types("loans", "code", "LOAN-000001"),
        "waive": lender.types("loans", "waive", "LOAN-000001", "5", "--reason", "kind"),
        "restructure": lender.types("loans", "restructure", "LOAN-000001", "5", "--reason", "flood"),
        "write-off": lender.types("loans", "write-off", "LOAN-000001", "--reason", "gone"),
        "officer": lender.types("loans", "officer", "LOAN-000001", "Nobody"),
        "what-if": lender.types("loans", "what-if", "LOAN-000001", "500"),
        "state": lender.types("loans", "list", "--state", "lost"),
    }

    assert all(one.code and one.err for one in refused.values()), refused
    (figures,) = lender.types("loans", "portfolio", "--json").items
    assert (figures["officer"], figures["loans"], figures["collected"]) == ("all", 0, "")


@pytest.mark.parametrize(
    "text", ["", "products = 1 [", '[[products]]\ncode = "x"', PRODUCTS.replace("10% a month", "10")]
)
def test_a_file_that_makes_no_sense_names_what_is_wrong(lender: Desk, tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)

    assert lender.types("loans", "products", str(file)).code != 0
