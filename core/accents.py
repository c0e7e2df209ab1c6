"""Letters as they are looked up: whoever writes on twelve keys leaves the accents out."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """`élève` as `eleve`. What is one letter in two shapes (`ﬁ`, full-width digits) comes out in the plain one; case stays."""
    if text.isascii():
        return text
    return "".join([letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)])
