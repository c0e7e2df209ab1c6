"""What somebody saw when they began to change it: of two who change the same thing at once, the second one learns of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from core.errors import DomainError


@dataclass(eq=False)
class ChangedMeanwhile(DomainError):
    """It is not any more what was shown; nothing was changed."""

    code: ClassVar[str] = "changed_meanwhile"


def version_of(*facts: object) -> str:
    """A short name for exactly these facts, in this order: equal facts have it, others do not (64 bits of SHA-256)."""
    text = "\x1e".join(f"{type(fact).__name__}\x1f{fact}" for fact in facts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def check(seen: str, *facts: object) -> None:
    """Raise `ChangedMeanwhile` unless the facts are still those that were seen."""
    if seen != version_of(*facts):
        raise ChangedMeanwhile
