"""What is wrong with a line of a list that somebody sent, in their language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from core.rosters import Complaint


def told(one: Complaint, language: str) -> str:
    """One sentence: what to do rather than what went wrong."""
    text: str = _words()[one.code][language]
    return text.format(**one.facts)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files("dialogue") / "words" / "import.toml").read_text(encoding="utf-8"))
