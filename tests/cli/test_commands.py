"""What operators type, and what they read."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import output, told
from core.phones import Msisdn
from storage import listing
from tests.cli.conftest import Desk, Settings
from tests.world import World

# --- payments -----------------------------------------------------------------------------------------------------------


def test_the_newest_payments_come_first_with_masked_payers(books: Desk) -> None:
    found = books.types("payments", "list", "--json").items

    assert [(one["receipt"], one["status"]) for one in found] == [
        (None, "failed"),
        ("UKL0000003", "completed"),
        ("UKL0000002", "completed"),
        ("UKL0000001", "completed"),
    ]
    assert found[-1]["payer"] == "254712***678"
    assert found[-1]["receipt_number"] == "R000001"
    assert found[-1]["applied"] == [{"account": "KV10", "amount": "1500.00"}]
    assert found[1]["suspense"] == "700.00"


def test_a_table_is_for_people(books: Desk) -> None:
    printed = books.types("payments", "list")

    assert "KES 1,500.00" in printed.out
    assert "KV20 1200.00" in printed.out
    assert "suspense 700.00" in printed.out
    assert "712345" not in printed.out


@pytest.mark.sampled
@pytest.mark.parametrize(
    "words, receipts",
    [
        (["--status", "failed"], [None]),
        (["--reference", "kv-20"], ["UKL0000002"]),
        (["--phone", "0712 345 678", "--status", "completed"], ["UKL0000001"]),
        (["--organisation", "kivuli", "--provider", "mpesa", "--limit", "1"], [None]),
        (["--provider", "airtel"], []),
        (["--method", "prompt"], [None]),
        (["--method", "paybill", "--status", "completed", "--limit", "1"], ["UKL0000003"]),
        (["--method", "cash"], []),
        (["--since", "0001-01-02", "--until", "2026-11-20"], []),
        (["--since", "2026-11-22"], []),
        (["--until", "2026-11-20"], []),
        (["--since", "2026-11-21", "--until", "2026-11-21", "--limit", "2"], [None, "UKL0000003"]),
    ],
)
def test_payments_are_filtered(books: Desk, words: list[str], receipts: list[str | None]) -> None:
    found = books.types("payments", "list", "--json", *words).items

    assert [one["receipt"] for one in found] == receipts


def test_a_list_longer_than_a_page_is_one_list(books: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)

    assert len(books.types("payments", "list", "--json", "--limit", "3").items) == 3
    assert len(books.types("payments", "list", "--json").items) == 4


@pytest.mark.parametrize("name", ["UKL0000001", "ukl0000001", "R000001"])
def test_a_payment_is_shown_with_all_that_is_known_of_it(books: Desk, name: str) -> None:
    (shown,) = books.types("payments", "show", name, "--json").items

    assert shown["payment"]["amount"] == "1500.00"
    assert shown["shares"][0] | {"reason": ""} == {
        "account": "KV10",
        "item": "INV-000001",
        "amount": "1500.00",
        "strategy": "exact_reference",
        "reason": "",
    }
    assert shown["witnesses"] == ["confirmation"]
    assert [step["state"] for step in shown["history"]] == ["completed"]
    assert shown["exchanges"][0]["request"] == '{"raw":true}'
    assert shown["payer_name"] == "A. W."
    by_id = books.types("payments", "show", shown["payment"]["id"], "--json").items
    assert by_id == [shown]


def test_a_payment_is_shown_to_people(books: Desk) -> None:
    (failed,) = books.types("payments", "list", "--json", "--status", "failed").items

    printed = books.types("payments", "show", failed["id"])

    assert "failed because" in printed.out
    assert "cancelled" in printed.out
    assert "processing" in printed.out


def test_a_payment_that_is_not_there_is_refused_in_a_sentence(books: Desk) -> None:
    printed = books.types("payments", "show", "UKL9999999")

    assert (printed.code, printed.out, printed.err) == (2, "", "Not found: UKL9999999.\n")


def test_a_wish_that_cannot_be_read_is_refused(books: Desk) -> None:
    assert books.types("payments", "list", "--status", "paid").code == 2
    assert books.types("payments", "list", "--since", "yesterday").code == 2
    assert books.types("payments", "list", "--phone", "soon").err == "soon is not a phone number.\n"
    assert books.types("payments", "list", "--organisation", "nobody").err == "Not found: nobody.\n"


# --- the export ---------------------------------------------------------------------------------------------------------


def test_an_export_accounts_for_every_cent(books: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)

    found = books.types("export", "payments", "--json").items

    assert [one["receipt"] for one in found] == ["UKL0000001", "UKL0000002", "UKL0000003", None]
    for one in found[:3]:
        parts = [*(part["amount"] for part in one["applied"]), one["suspense"]]
        assert sum(cents(part) for part in parts) == cents(one["amount"])
    assert found[0].keys() >= {
        *("id", "organisation", "provider", "receipt", "amount", "currency", "reference", "payer"),
        *("status", "applied", "suspense", "times"),
    }
    assert found[0]["times"] == {
        "initiated": "2026-11-21T06:00:00Z",
        "completed": "2026-11-21T06:00:00Z",
        "value_on": "2026-11-21",
    }


def test_an_export_for_a_spreadsheet_holds_no_formula(books: Desk) -> None:
    lines = books.types("export", "payments").out.splitlines()

    assert lines[0].startswith("id,organisation,provider")
    assert len(lines) == 5
    assert "'=1+1" in lines[3]


def test_of_one_organisation(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def another(world: World) -> None:
        await world.school("mzuri")
        await world.arrives(world.notice("", 55))

    world_of(another)

    assert [one["amount"] for one in books.types("export", "payments", "--json", "--organisation", "mzuri").items] == [
        "55.00"
    ]
    assert len(books.types("payments", "show", "R000001", "--json").items) == 2


def cents(text: str) -> int:
    return int(text.replace(".", ""))


# --- suspense -----------------------------------------------------------------------------------------------------------


def test_suspense_is_listed_and_assigned_once(books: Desk) -> None:
    (waiting,) = books.types("suspense", "list", "--json").items
    assert (waiting["receipt"], waiting["amount"], waiting["payer"]) == ("UKL0000003", "700.00", "254799***111")
    assert "UKL0000003" in books.types("suspense", "list").out

    assigned = books.types("suspense", "assign", "UKL0000003", "kv 20", "--reason", "her aunt pays")

    assert assigned.out == "KES 700.00 now belongs to KV20.\n"
    assert books.types("suspense", "list").out == "nothing\n"
    assert books.types("suspense", "assign", "UKL0000003", "KV20").code == 2
    (shown,) = books.types("payments", "show", "UKL0000003", "--json").items
    assert shown["history"][-1]["action"] == "suspense_assigned"
    assert shown["history"][-1]["reason"].endswith("her aunt pays")
    assert shown["history"][-1]["actor"].startswith("operator ")


def test_money_is_not_given_to_nobody(books: Desk) -> None:
    assert books.types("suspense", "assign", "UKL0000003", "KV99").err == "Not found: KV99.\n"
    assert books.types("suspense", "assign", "UKL7777777", "KV10").err == "Not found: UKL7777777.\n"


def test_what_nobody_could_read_is_listed(books: Desk) -> None:
    assert books.types("unread", "list").out == "nothing\n"


# --- rights -------------------------------------------------------------------------------------------------------------


def test_staff_act_with_the_rights_of_their_role(books: Desk) -> None:
    not_allowed = "You are not allowed to do this.\n"

    assert books.types("payments", "list", "--json", "--as", "Omondi").code == 0
    assert books.types("payments", "list", "--clear", "--as", "Omondi").err == not_allowed
    assert books.types("suspense", "assign", "UKL0000003", "KV10", "--as", "Omondi").err == not_allowed
    assert books.types("export", "payments", "--clear", "--as", "Tess").err == not_allowed
    assert books.types("payments", "list", "--as", "Nobody").err == "Not found: Nobody.\n"
    assert books.types("suspense", "assign", "UKL0000003", "KV10", "--as", "Tess").code == 0


def test_whole_phones_are_for_those_who_may_see_them(books: Desk) -> None:
    for words in ([], ["--as", "Mary"]):
        found = books.types("payments", "list", "--json", "--clear", *words).items
        assert found[-1]["payer"] == "254712345678"
    (waiting,) = books.types("suspense", "list", "--json", "--clear").items
    assert waiting["payer"] == "254799000111"
    (shown,) = books.types("payments", "show", "R000001", "--json", "--clear").items
    assert shown["payer_name"] == "ASHA WANJIRU"


def test_staff_see_nothing_of_another_organisation(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def another(world: World) -> None:
        await world.school("mzuri")
        await world.arrives(world.notice("", 55, receipt="UKM0000001"))

    world_of(another)

    assert len(books.types("payments", "list", "--json", "--as", "Mary").items) == 4
    assert books.types("payments", "list", "--organisation", "mzuri", "--as", "Mary").err == "Not found: mzuri.\n"
    assert books.types("payments", "show", "UKM0000001", "--as", "Mary").err == "Not found: UKM0000001.\n"
    assert books.types("suspense", "assign", "UKM0000001", "KV10", "--as", "Mary").err == "Not found: UKM0000001.\n"
    assert len(books.types("suspense", "list", "--json", "--as", "Mary").items) == 1


# --- verify -------------------------------------------------------------------------------------------------------------


def test_whole_books_are_verified(books: Desk) -> None:
    (verified,) = books.types("verify", "--json").items

    assert verified["findings"] == []
    assert verified["payments"] == 4
    assert "The books are whole" in books.types("verify").out
    assert books.types("verify", "--anchor", "1:00").code == 3
    assert books.types("verify", "--anchor", "soon").code == 2


def test_a_wrong_row_is_named_and_ends_with_three(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def tampering(world: World) -> None:
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE payments SET minor = minor + 1 WHERE receipt = 'UKL0000001'")

    world_of(tampering)

    printed = books.types("verify")

    assert printed.code == 3
    assert "payments" in printed.out
    assert "its amount is 150001, its entry received 150000" in printed.out


# --- the frame ----------------------------------------------------------------------------------------------------------


def test_a_configuration_is_refused_with_all_its_errors(desk: Desk) -> None:
    desk.wrong = [("KARANI_PORT", "must be a number"), ("KARANI_SECRET_KEYS", "is needed")]

    printed = desk.types("payments", "list")

    assert printed.code == 2
    assert printed.err == "KARANI_PORT: must be a number\nKARANI_SECRET_KEYS: is needed\n"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # as every demo
def test_without_a_configuration_the_demo_is_looked_at(books: Desk) -> None:
    """Its newcomer has set nothing, and types in a second window."""
    books.demo_settings, books.wrong = books.settings, [("KARANI_SECRET_KEYS", "is needed")]

    assert len(books.types("export", "payments", "--json").items) == 4


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # as every demo
def test_nor_where_the_folder_holds_only_a_demo(books: Desk, tmp_path: Path) -> None:
    books.demo_settings, books.settings = books.settings, Settings(tmp_path / "own", "sqlite:///own/karani.db")

    assert len(books.types("export", "payments", "--json").items) == 4
    assert len(books.types("--demo", "export", "payments", "--json").items) == 4


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    desk = Desk(Settings(tmp_path, f"sqlite:///{tmp_path}/karani.db"))

    printed = desk.types("payments", "list")

    assert (printed.code, "no books yet" in printed.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_only_what_writes_needs_the_lock(books: Desk) -> None:
    books.locked = True

    assert books.types("payments", "list", "--json").code == 0
    printed = books.types("suspense", "assign", "UKL0000003", "KV10")

    assert (printed.code, printed.err) == (2, "another process of Karani owns this data folder\n")


def test_a_mistake_of_ours_has_a_reference(books: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(listing, "payments_list", broken)

    printed = books.types("payments", "list")

    assert printed.code == 1
    assert "A mistake of ours: reference " in printed.err


def test_serve_demo_and_migrate_go_to_the_programme(desk: Desk) -> None:
    assert desk.types("serve", "--role", "web").code == 0
    assert desk.types("serve", "--role", "clown").code == 2
    assert desk.types("demo", "--fresh", "--port", "9090").code == 0
    assert desk.ran == [("serve", "web"), ("demo", True, 9090)]


def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    desk = Desk(Settings(tmp_path, f"sqlite:///{tmp_path}/karani.db"))

    assert desk.types("migrate").out == "Brought to 0001.\n"
    assert desk.types("migrate").out == "Nothing to do: it is up to date.\n"
    assert json.loads(desk.types("migrate", "--json").out) == {"applied": []}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_reader_who_has_seen_enough_is_no_mistake(books: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """`karani export payments | head -1`: the pipe breaks, the books are closed in order, nobody is told anything."""

    async def broken(items: Any) -> None:
        async with contextlib.aclosing(items):
            async for _ in items:
                raise BrokenPipeError

    silenced: list[tuple[int, int]] = []
    monkeypatch.setattr(output, "as_json", broken)
    monkeypatch.setattr("os.dup2", lambda *ends: silenced.append(ends))
    monkeypatch.setattr(told, "_standard_output", lambda: 1)

    printed = books.types("export", "payments", "--json")

    assert (printed.code, printed.out, printed.err) == (0, "", "")
    assert len(silenced) == 1


# --- secret keys --------------------------------------------------------------------------------------------------------


def test_keys_are_listed_with_what_rests_on_them_and_rotated(books: Desk) -> None:
    (only,) = books.types("keys", "list", "--json").items
    assert (only["role"], only["needed"]) == ("seals", True)
    assert only["values"] > 10
    assert "staff.msisdn_sealed 3" in only["where"]

    assert "0 values sealed anew" in books.types("keys", "rotate").out
    assert "yes" in books.types("keys", "list").out


# --- backup and restore -------------------------------------------------------------------------------------------------


def test_books_are_backed_up_in_one_command_and_restored_in_one(books: Desk, tmp_path: Path) -> None:
    file, moved = tmp_path / "books.karani", tmp_path / "elsewhere"
    (*_, done) = books.types("backup", str(file), "--json").items
    assert (done["file"], done["bytes"], done["seal"]) == (str(file), file.stat().st_size, None)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not file.with_name("books.karani.part").exists()
    there = Desk(Settings(moved, f"sqlite:///{moved / 'karani.db'}"))

    printed = there.types("restore", str(file))

    assert "rows are back as they were at 2026-11-21" in printed.out
    assert "may have been sent since" in printed.out
    assert "The books are whole" in printed.out
    shown = [one | {"id": ""} for one in books.types("payments", "list", "--json").items]
    assert [one | {"id": ""} for one in there.types("payments", "list", "--json").items] == shown
    again = there.types("restore", str(file))
    assert (again.code, again.err) == (2, "the database is not empty (changes): restore into a new one\n")


def test_a_restore_says_in_json_what_it_marked(books: Desk, tmp_path: Path) -> None:
    file, moved = tmp_path / "books.karani", tmp_path / "elsewhere"
    assert "is written" in books.types("backup", str(file)).out
    there = Desk(Settings(moved, f"sqlite:///{moved / 'karani.db'}"))

    brought, verified = there.types("restore", str(file), "--moved", "--json").items

    assert (brought["held"], brought["runs"], verified["findings"]) == (0, 0, [])
    assert brought["rows"] > 30


def test_nothing_is_written_over_a_file_nor_restored_from_one_that_is_none(books: Desk, tmp_path: Path) -> None:
    file = tmp_path / "books.karani"
    file.write_text("mine")

    assert books.types("backup", str(file)).err == f"{file} is there already\n"
    assert books.types("restore", str(file)).err == "the file is no backup of Karani\n"
    assert file.read_text() == "mine"


# --- one person ---------------------------------------------------------------------------------------------------------


def test_a_person_is_shown_what_is_held_of_them_and_erased_when_nothing_is_open(books: Desk) -> None:
    (held,) = books.types("people", "export", "0712 345 678").items
    assert (held["organisation"], held["phones"]) == ("kivuli", ["+254712345678"])
    assert [payment["payment"]["receipt"] for payment in held["payments"]] == ["UKL0000001", None]

    refused = books.types("people", "erase", "0712345678", "--yes")
    assert (refused.code, "KV10 still owes" in refused.err) == (2, True)
    assert books.types("people", "erase", "0712345678").code == 1  # nobody answers the question
    assert books.types("people", "erase", "0799000111", "--yes", "--as", "Mary").code == 2
    assert books.types("people", "export", "0799123456").err == "Not found: 254799***456.\n"
    assert books.types("people", "sweep").code == 0


def test_a_stranger_who_paid_is_erased(desk: Desk, world_of: Callable[[Any], Any]) -> None:
    async def paid(world: World) -> None:
        await world.school()
        await world.students({"KV10": 100})
        await world.arrives(world.notice("KV10", 100, payer=Msisdn.parse("0799000111"), name="ASHA"))

    world_of(paid)

    printed = desk.types("people", "erase", "0799000111", "--yes", "--json")

    assert printed.items[0] | {"exchanges": 0, "messages": 0} == {
        "person": "254799***111",
        "organisation": "kivuli",
        "phones": 1,
        "payments": 1,
        "exchanges": 0,
        "messages": 0,
    }
    assert "The books are whole" in desk.types("verify").out


# --- the menu -----------------------------------------------------------------------------------------------------------


def test_every_noun_is_told_though_its_commands_are_made_only_when_it_is_typed(tmp_path: Path) -> None:
    told = _nothing(tmp_path).types("--help").out

    for word in ("serve", "payments", "requisitions", "loans", "trail"):
        assert f" {word} " in told


def test_a_noun_that_was_mistyped_is_answered_with_those_that_are_like_it(tmp_path: Path) -> None:
    printed = _nothing(tmp_path).types("paymnts")

    assert printed.code == 2
    assert "'payments'" in printed.err


def _nothing(tmp_path: Path) -> Desk:
    return Desk(Settings(tmp_path, f"sqlite:///{tmp_path}/karani.db"))
