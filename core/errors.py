"""What can go wrong, in three families by who can act.

    KaraniError
    ├── DomainError      the business says no; the person is told why, in their language
    ├── Unavailable      the world is down; ask again when it says
    └── Bug              our mistake; logged with its trace, never swallowed

Every `DomainError` has a `code`: the key of its text in the catalogue `dialogue/words/errors.toml` (a test asks every
subclass for its text in each language) and its name in JSON answers. Its dataclass fields are the facts of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar


class KaraniError(Exception):
    """Root of everything that we raise on purpose."""


@dataclass(eq=False)
class DomainError(KaraniError):
    """The business says no. Subclasses are dataclasses whose fields are the facts that their text needs."""

    code: ClassVar[str] = ""

    def __str__(self) -> str:
        facts = ", ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))
        return f"{self.code}({facts})"


@dataclass(eq=False)
class Unavailable(KaraniError):
    """An outside system cannot be used now. `sent` is True when it may have acted on what we sent (an unknown outcome)."""

    system: str
    reason: str
    retry_after_s: float = 30.0
    sent: bool = False

    def __str__(self) -> str:
        return f"{self.system}: {self.reason}"


class Bug(KaraniError):
    """A broken promise inside the program."""


@dataclass(eq=False)
class NotPermitted(DomainError):
    """The actor's role does not allow this action."""

    code: ClassVar[str] = "not_permitted"
    action: str


@dataclass(eq=False)
class NotFound(DomainError):
    """Nothing of this kind is known under this name, or the asker may not know of it."""

    code: ClassVar[str] = "not_found"
    what: str
    name: str


@dataclass(eq=False)
class Overloaded(DomainError):
    """More waits than can be served in time; nothing was changed. Come back shortly."""

    code: ClassVar[str] = "overloaded"


@dataclass(eq=False)
class IntentReused(DomainError):
    """The same intent id arrived before with other content (DESIGN 4)."""

    code: ClassVar[str] = "intent_reused"
    intent: str
