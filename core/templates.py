"""An organisation's own words for a message: what bounds them, and why one is refused (NOT-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.errors import DomainError

MOST_SOURCE = 1_000
"""Characters of a template for a text message, as it is written."""
MOST_MAIL = 6_000
"""The same for mail, which has room."""
MOST_PARTS = 3
"""Segments of a text that it makes; each is paid for."""


@dataclass(eq=False)
class TemplateRefused(DomainError):
    """Words that cannot be used for this message: `reason` says what is wrong with them."""

    code: ClassVar[str] = "template_refused"
    reason: str


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words that an organisation set for one event, channel and language."""

    version: int
    """Counts from 1 for each event, channel and language; a text that was sent says with which version."""
    source: str
