"""What a stranger with a receipt in hand may read of a person: enough to recognise whom they know, no more."""

from __future__ import annotations

_KEPT = 2


def masked_name(name: str) -> str:
    """`Amani K.`: the first name and the last one's initial. One name alone is cut to its initial."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1:
        return f"{words[0][0]}."
    return f"{words[0]} {words[-1][0]}."


def masked_reference(reference: str) -> str:
    """`****42`: the last two characters of an account number, and never more than half of it."""
    kept = min(_KEPT, len(reference) // 2)
    return "*" * (len(reference) - kept) + reference[len(reference) - kept :]
