"""`karani import students`: files as schools have them, fifty kinds of bad line each named, hostile files refused."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import dialogue
from providers.sheets import MOST_BYTES, Unreadable, read_lines
from tests.cli.conftest import Desk
from tests.world import World
from usecases.verification import verify

HEAD = "Adm No,Name,Class,Parent,Phone,Parent 2,Phone 2,Language,Balance,As at"
BAD: list[tuple[str, str]] = [
    (",A,4", "missing"),
    ("N,,4", "missing"),
    ("N,A,", "missing"),
    ("=1+1,A,4", "formula"),
    ("+1,A,4", "formula"),
    ("1.5E+05,A,4", "scientific"),
    ("//,A,4", "number_unreadable"),
    ("N123456789012345678901,A,4", "too_long"),
    ("#N/A,A,4", "formula_error"),
    ("N,#REF!,4", "formula_error"),
    ("N,12345,4", "name_without_letters"),
    ("N,Asha 0712,4", "name_with_figures"),
    ("N,@sum(A1),4", "formula"),
    ("N,-A,4", "formula"),
    ("N,AmÃ©lie,4", "garbled"),
    ("N,A\x07,4", "control_character"),
    (f"N,{'a' * 90},4", "too_long"),
    ("N,A,=4", "formula"),
    (f"N,A,{'4' * 50}", "too_long"),
    ("N,A,4,Mary", "phone_missing"),
    ("N,A,4,Mary,0712", "phone_short"),
    ("N,A,4,Mary,071234567812345", "phone_long"),
    ("N,A,4,Mary,soon", "phone_unreadable"),
    ("N,A,4,Mary,2.547E+11", "scientific"),
    ("N,A,4,Mary,0712345678/0733000001", "phones_several"),
    ("N,A,4,Mary,0712345678 or 0733000001", "phones_several"),
    ("N,A,4,Mary,O712345678", "phone_unreadable"),
    ("N,A,4,=M,0712345678", "formula"),
    ("N,A,4,99,0712345678", "name_without_letters"),
    ("N,A,4,M,0712345678,J,0712345678", "phone_twice"),
    ("N,A,4,M,0712345678,J,07", "phone_short"),
    ("N,A,4,M,0712345678,J 0712,0733000001", "name_with_figures"),
    ("N,A,4,,,,,Klingon", "language_unknown"),
    ("N,A,4,,,,,,much,1/1/2026", "amount_unreadable"),
    ("N,A,4,,,,,,1.500,1/1/2026", "amount_unclear"),
    ("N,A,4,,,,,,USD 5,1/1/2026", "amount_unreadable"),
    ("N,A,4,,,,,,9999999999999,1/1/2026", "amount_too_large"),
    ("N,A,4,,,,,,1E+05,1/1/2026", "scientific"),
    ("N,A,4,,,,,,5", "balance_without_date"),
    ("N,A,4,,,,,,5,31/02/2026", "date_unreadable"),
    ("N,A,4,,,,,,5,soon", "date_unreadable"),
    ("N,A,4,,,,,,5,1/1/2030", "date_in_future"),
    ("N,A,4,,,,,,5,1/1/1950", "date_too_old"),
    ("N,A,4,,,,,,5,13/13/2026", "date_unreadable"),
    ("TOTAL,,", "total_line"),
    (",Jumla,", "total_line"),
    ("N,A,4,,,,,,12,500,1/1/2026", "too_many_cells"),
    ("N,A,4,,,,,,5,1/1/2026,more", "too_many_cells"),
    ('N,A "B" C,"4"4', "quotes"),
    ('N,"A\nB",4', "line_break"),
    ("KV1,Another,4", "number_twice"),
    ("kv-1,Another,4", "number_twice"),
]


def good(number: int) -> str:
    return f"KV{number},Student {chr(65 + number % 26)},Grade {number % 8},Parent,07{10_000_000 + number},,,,{number},1/9/2026"


def imports(desk: Desk, tmp_path: Path, content: bytes | str, *words: str) -> tuple[int, Any]:
    file = tmp_path / "list.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    printed = desk.types("import", "students", str(file), "--organisation", "kivuli", "--json", *words)
    return printed.code, printed.items[0]


def rows(world_of: Callable[[Any], Any], query: str) -> list[tuple[Any, ...]]:
    async def looks(world: World) -> list[tuple[Any, ...]]:
        assert await world.app.read(verify) == []
        return world.rows(query)

    found: list[tuple[Any, ...]] = world_of(looks)
    return found


def test_every_bad_line_is_named_and_the_corrected_list_is_imported_once(
    books: Desk, world_of: Callable[[Any], Any], tmp_path: Path, proving: bool
) -> None:
    size = 5_000 if proving else 300
    every = size // len(BAD)
    lines, expected, at = [HEAD], list[tuple[int, str]](), 2
    for number in range(1, size + 1):
        line, code = good(number), ""
        if number % every == 0 and number // every <= len(BAD):
            line, code = BAD[number // every - 1]
            line = line.replace("N,", f"X{number},", 1) if line.startswith("N,") else line
        lines.append(line)
        if code:
            expected.append((at, code))
        at += 1 + line.count("\n")
    counted = "SELECT (SELECT count(*) FROM customer_accounts), (SELECT count(*) FROM changes)"
    before = rows(world_of, counted)

    ended, told = imports(books, tmp_path, "\n".join(lines))

    assert (ended, told["is_done"], told["complained"]) == (2, False, len(BAD))
    assert [(one["line"], one["code"]) for one in told["complaints"]] == expected
    assert all(one["reason"] for one in told["complaints"])
    assert rows(world_of, counted) == before

    right = "\n".join([HEAD, *map(good, range(1000, 1000 + size))])
    rehearsed = imports(books, tmp_path, right, "--dry-run")[1]
    done = imports(books, tmp_path, right)
    after = rows(world_of, counted)
    again = imports(books, tmp_path, right)

    assert rehearsed == {**done[1], "is_done": False}
    assert (done[0], done[1]["students"], done[1]["guardians"], done[1]["balances"]) == (0, size, size, size)
    assert after == [(before[0][0] + size, before[0][1] + 1)]
    assert [again[1][name] for name in ("students", "corrected", "guardians", "classes", "balances")] == [0] * 5
    assert rows(world_of, counted) == after


def test_what_people_read(books: Desk, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("No,Name,Class,House,Balance\nKV7,Asha,4,Red,10\n")
    words = ("import", "students", str(file), "--organisation", "kivuli")

    refused = books.types(*words)
    done = books.types(*words, "--balances-on", "2026-09-01")

    assert refused.code == 2
    assert "Since when is it owed?" in refused.out
    assert "Nothing was imported: 1 mistakes." in refused.out
    assert "Not read: House." in done.out
    assert "Imported: 1 new students, 0 corrected, 0 guardians, 1 classes, 1 balances (KES 10.00 owed" in done.out
    assert books.types("import", "students", str(file)).code == 2
    assert books.types(*words, "--as", "Tess").err == "You are not allowed to do this.\n"


# --- files --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_spelling_of_csv_is_read(encoding: str, separator: str) -> None:
    text = "No;Name;Class\r\n1;Zoë;4\r\n".replace(";", separator)

    assert [line.cells for line in read_lines(text.encode(encoding))] == [("No", "Name", "Class"), ("1", "Zoë", "4")]


def workbook(*cells: tuple[int, int, Any]) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        book.add_worksheet("Cover").write(0, 0, "Kivuli")
        sheet = book.add_worksheet("Students")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, column, value in cells:
            if isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write(row, column, value)
    return held.getvalue()


LIST = [(1, at, text) for at, text in enumerate(("No", "Name", "Class", "Phone", "Balance", "As at"))]
ROW = [(2, at, value) for at, value in enumerate((1042, "Asha", 4, 712345678, 1500.5, date(2026, 9, 1)))]


def test_a_workbook_is_read_from_the_sheet_with_the_list(books: Desk, tmp_path: Path) -> None:
    code, told = imports(books, tmp_path, workbook(*LIST, *ROW))
    assert told["complaints"] == []
    assert (code, told["students"], told["guardians"], told["owed"]) == (0, 1, 1, "1500.50")

    code, told = imports(books, tmp_path, workbook(*LIST, *ROW[:1]))
    assert [(one["line"], one["column"]) for one in told["complaints"]] == [(3, "Name"), (3, "Class")]


def packed(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(f"xl/{name}.xml", data)
    return held.getvalue()


@pytest.mark.parametrize(
    "content, code",
    [
        (b"x" * (MOST_BYTES + 1), "file_too_large"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "old_excel"),
        (b"\x89PNG\0\0", "not_a_list"),
        (b"\xff\xfea", "not_a_list"),
        (b"a\x81", "not_a_list"),
        (b"\n" * 30_000, "too_many_lines"),
        (b"PK\x03\x04" + bytes(50), "not_a_list"),
        (packed(a=b"<a/>"), "not_a_list"),
        (packed(bomb=bytes(60 * 1_048_576)), "workbook_too_large"),
        (packed(**{f"p{at}": b"" for at in range(501)}), "workbook_too_large"),
        (packed(a=b"<!DOCTYPE x>"), "not_a_list"),
        (packed(a=b'<row r="1"><c r="XFD1"/></row>'), "workbook_too_large"),
        (packed(a=b'<x:row r="1048576"/>'), "workbook_too_large"),
        (packed(a=b'<row><c r="&#65;1"/></row>'), "not_a_list"),
        (packed(a=b"<row>" + b"<c/>" * 300), "workbook_too_large"),
        (packed(a=b"<row/>" * 30_000), "workbook_too_large"),
        (workbook(*LIST)[:-200], "not_a_list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_or_broken_file_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_lines(content)

    assert refused.value.complaint.code == code


def test_a_refused_file_is_told_like_a_line(books: Desk, tmp_path: Path) -> None:
    code, told = imports(books, tmp_path, b"\x89PNG\0\0")

    assert (code, [one["code"] for one in told["complaints"]]) == (2, ["not_a_list"])


def test_every_complaint_of_the_tests_has_words() -> None:
    known = tomllib.loads((Path(dialogue.__path__[0]) / "words" / "import.toml").read_text())

    assert {code for _, code in BAD} <= known.keys()
