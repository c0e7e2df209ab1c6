"""A form with a file in it, taken apart (RFC 7578): by its boundary, from bytes that were bounded before."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?', re.ASCII)
_NAME = re.compile(rb'name="([^"\r\n]{1,60})"')
_FILE = re.compile(rb'filename="([^"\r\n]{0,200})"')
MOST_PARTS = 20


def parts(raw: bytes, content_type: str) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """Fields, and files with their names. Raises `ValueError` for what is no such form."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ValueError("no boundary")
    pieces = raw.split(b"--" + found[1].encode(), MOST_PARTS)[1:]
    if not pieces or not pieces[-1].startswith(b"--"):
        raise ValueError("no end")
    fields: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    for piece in pieces[:-1]:
        head, blank, body = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(re.sub(rb'filename="[^"]*"', b"", head))
        if not blank or name is None:
            raise ValueError("a part without a name")
        body = body.removesuffix(b"\r\n")
        key = name[1].decode("utf-8")
        if file := _FILE.search(head):
            files[key] = (file[1].decode("utf-8", "replace"), body)
        else:
            fields[key] = body.decode("utf-8")
    return fields, files
