"""`karani approvals`: what waits for a second person, from the command line."""

from tests.cli.conftest import Desk


def test_nothing_waits_where_nobody_asked(books: Desk) -> None:
    assert books.types("approvals", "list").out == "nothing\n"
    assert books.types("approvals", "list", "--all", "--json", "--as", "Mary").items == []


def test_what_nobody_asked_for_cannot_be_decided(books: Desk) -> None:
    assert books.types("approvals", "decide", "0199", "approve", "--as", "Mary").err == "Not found: 0199.\n"
