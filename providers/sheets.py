"""Files as schools have them, CSV or Excel, read into lines. Hostile ones are refused before they cost memory."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

from python_calamine import CalamineError, CalamineWorkbook

from core.cells import Cell
from core.headings import SEARCHED_ROWS, find_headings
from core.rosters import MOST_STUDENTS, Complaint, Line, shown

MOST_BYTES = 5 * 1_048_576
"""Of a file. It travels to the running process in one line (`cli/socket.py`), a third longer."""
MOST_INFLATED = 48 * 1_048_576
"""Of a workbook, unpacked."""
MOST_PARTS, MOST_SHEETS = 500, 20
MOST_ROWS, MOST_COLUMNS = MOST_STUDENTS + 1_000, 200


class Unreadable(Exception):
    """The file is no list at all: the complaint says why."""

    def __init__(self, code: str, line: int = 0, **facts: str) -> None:
        super().__init__(code)
        self.complaint = Complaint(line, "", code, facts)


def read_lines(content: bytes) -> list[Line]:
    """The lines of a list. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable("file_too_large", limit=f"{MOST_BYTES // 1_048_576}")
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_excel")
    return _separated(_text(content))


def _recognised(lines: list[Line]) -> int:
    headings = find_headings([shown(line) for line in lines[:SEARCHED_ROWS]])
    return len(headings.columns) if headings else 0


# --- CSV ----------------------------------------------------------------------------------------------------------------


def _text(content: bytes) -> str:
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in content and not is_wide:
        raise Unreadable("not_a_list")
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise Unreadable("not_a_list")


def _separated(text: str) -> list[Line]:
    """Read with the separator by which most headings are recognised."""
    readings = [list(_lines(text, separator)) for separator in ",;\t"]
    return max(readings, key=_recognised)


def _lines(text: str, separator: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield Line(number, tuple(next(reader)))
        except StopIteration:
            return
        except csv.Error:
            yield Line(number, (), "quotes")
        if number > MOST_ROWS:
            raise Unreadable("too_many_lines", limit=str(MOST_STUDENTS))


# --- Excel --------------------------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> list[Line]:
    _check_parts(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names[:MOST_SHEETS]
        sheets = [_sheet(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library panics on some broken files, past `Exception`
        if not isinstance(error, CalamineError | ValueError) and type(error).__name__ != "PanicException":
            raise
        raise Unreadable("not_a_list") from None
    return max(sheets, key=_recognised, default=[])


def _sheet(rows: Sequence[Sequence[object]]) -> list[Line]:
    return [Line(number, tuple(map(_cell, row))) for number, row in enumerate(rows, 1)]


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, Cell) else str(value)


def _check_parts(content: bytes) -> None:
    """Unpack each part within a limit, and look how far its cells reach: a library gives every cell between them room."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = parts.infolist()
            if len(names) > MOST_PARTS:
                raise Unreadable("workbook_too_large")
            left = MOST_INFLATED
            for name in names:
                with parts.open(name) as part:
                    data = part.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise Unreadable("workbook_too_large")
                if name.filename.lower().endswith((".xml", ".rels")):
                    _check_part(data)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise Unreadable("not_a_list") from None


_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*")
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*")
_AT = re.compile(rb"\br\s*=\s*[\"']([^\"']*)")
_PLACE = re.compile(rb"([A-Z]{0,3})([0-9]{1,7})")


def _check_part(data: bytes) -> None:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise Unreadable("not_a_list")
    ends = [found.start() for found in _ROW.finditer(data)]
    if len(ends) > MOST_ROWS or any(
        len(_CELL.findall(data, start, end)) > MOST_COLUMNS for start, end in pairwise([*ends, len(data)])
    ):
        raise Unreadable("workbook_too_large")
    for tag in (*_ROW.findall(data), *_CELL.findall(data)):
        written = _AT.search(tag)
        place = _PLACE.fullmatch(written[1]) if written else None
        if written and not place:
            raise Unreadable("not_a_list")
        if place and (int(place[2]) > MOST_ROWS or _column(place[1]) > MOST_COLUMNS):
            raise Unreadable("workbook_too_large")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
