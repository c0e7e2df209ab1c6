"""Cause and effect from anything that is named, and who did what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage.database import DatabaseUrl
from tests.cli.conftest import Desk


@pytest.fixture
def database(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    return sqlite_database


def test_from_a_payment_to_its_callback_its_entry_and_its_message(books: Desk) -> None:
    (payment, *_) = books.types("payments", "list", "--status", "completed", "--json").items

    by_receipt = books.types("trace", payment["receipt"], "--json").items
    by_id = books.types("trace", payment["id"], "--json").items

    assert by_receipt == by_id
    assert {"change", "exchange", "entry", "message"} <= {line["kind"] for line in by_receipt}
    message = next(line for line in by_receipt if line["kind"] == "message")
    assert by_id == books.types("trace", message["subject"], "--json").items


def test_what_nobody_knows_is_said_to_be_unknown(books: Desk) -> None:
    assert books.types("trace", "UKL9999999").code == 2


def test_who_did_what_by_person_and_by_deed(books: Desk, world_of: Callable[[Any], Any]) -> None:
    everything = books.types("trail", "--json").items
    set_up = books.types("trail", "--what", "set_up", "--json").items

    assert set_up
    assert all(line["action"] == "set_up" for line in set_up)
    assert len(everything) > len(set_up)
    assert books.types("trail", "--who", "Nobody", "--json").items == []
    assert books.types("trail", "--since", "2030-01-01", "--json").items == []
