"""Typst, as we use it: a template's name and its facts in, the bytes of a PDF out. Equal facts give equal bytes.

Facts reach a template as JSON values, which typst never reads as markup: whatever a name contains is printed. Our own font
is shipped, and fonts of the machine are ignored, so that every machine sets the same page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from typst import Compiler

ROOM = Path(__file__).parent
ACCESSIBLE: Literal["ua-1"] = "ua-1"
"""PDF/UA-1: tagged, with a language, a title and a text for each picture."""

_idle: list[Compiler] = []
"""A compiler belongs to one thread at a time; taking one out and putting it back are atomic."""


def typeset(template: str, facts: Mapping[str, Any]) -> bytes:
    """The PDF. A text with characters that none of our fonts has (an emoji in a name) makes a plain PDF with boxes for
    them: the standard of accessible ones forbids such a page."""
    from typst import TypstError

    compiler = _idle.pop() if _idle else _compiler()
    source, inputs = ROOM / "templates" / f"{template}.typ", {"data": json.dumps(facts)}
    try:
        try:
            made = compiler.compile(source, sys_inputs=inputs, format="pdf", pdf_standards=ACCESSIBLE)
        except TypstError:
            made = compiler.compile(source, sys_inputs=inputs, format="pdf")
    finally:
        _idle.append(compiler)
    assert isinstance(made, bytes)
    return made


def picture(template: str, facts: Mapping[str, Any], *, dots_per_inch: float) -> list[bytes]:
    """The same pages as PNG: for chats, and for the pages of our documentation."""
    made = _compiler().compile(
        ROOM / "templates" / f"{template}.typ",
        sys_inputs={"data": json.dumps(facts)},
        format="png",
        ppi=dots_per_inch,
    )
    return [made] if isinstance(made, bytes) else list(made or ())


def _compiler() -> Compiler:
    from typst import Compiler, Fonts

    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[ROOM / "fonts"])
    return Compiler(root=ROOM, font_paths=fonts)
