"""What went wrong, in one clear English sentence: the catalogue's, as every other door says it in its own language."""

from __future__ import annotations

import tomllib
from importlib import resources

from core.errors import DomainError
from dialogue.catalogues import facts_of


def sentence(error: DomainError) -> str:
    """The English text of a refusal; its code where the catalogue has none."""
    words = tomllib.loads((resources.files("dialogue") / "words" / "errors.toml").read_text(encoding="utf-8"))
    text: str = words.get(error.code, {}).get("en", error.code)
    return text.format(**facts_of(error))
