"""What people saw on their phones, as they remember it: for the laws to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.phones import Msisdn
from sandbox.phones import Prompt
from simulation.people import Person


@dataclass(slots=True)
class Dialogue:
    """One dial, as its owner remembers it."""

    who: Person
    began_at: datetime
    ended_at: datetime | None = None
    screens: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen that somebody saw: after which key, and after which screen."""

    who: Person
    typed: tuple[str, ...]
    before: str
    screen: str
    is_open: bool
    chose_language: bool
    """A page of this dialogue offered the languages: what follows may be in any."""
    began_at: datetime
    """Its dialogue."""
    first: str
    """The dialogue's first screen."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """A prompt appeared on a phone after this dialogue."""

    who: Person
    prompt: Prompt
    last_screen: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """Somebody texted that their phone may ask for one of these sums (minor units), once, until then."""

    phone: Msisdn
    shortcode: str
    sums: frozenset[int]
    at: datetime
    until: datetime
