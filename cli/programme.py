"""What the command line needs from the program that `main.py` is: it may not import that file, so it is given this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.errors import KaraniError

if TYPE_CHECKING:
    from documents.press import Press
    from usecases.app import App


class BadConfiguration(KaraniError):
    """The configuration cannot be used. `errors` holds every wrong key with its reason, and never a value."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{key}: {reason}" for key, reason in errors))
        self.errors = list(errors)


class Settings(Protocol):
    """What commands ask the configuration."""

    @property
    def data_dir(self) -> Path: ...

    @property
    def database_url(self) -> str: ...

    @property
    def public_url(self) -> str: ...


class Opened(Protocol):
    """The program without its doors, on its database."""

    @property
    def app(self) -> App: ...

    @property
    def config(self) -> Settings: ...

    @property
    def press(self) -> Press: ...

    async def rewire(self) -> object:
        """Take up what a set-up changed: rails, gateways, hooks."""
        ...


class Brought(Protocol):
    """What a restore brought, and what it marked (`usecases.restoration.Restored`)."""

    @property
    def made_at(self) -> datetime: ...

    @property
    def rows(self) -> int: ...

    @property
    def held(self) -> int: ...

    @property
    def runs(self) -> int: ...


class Programme(Protocol):
    """`main.py`, as the command line sees it. `load` comes first; all else works with what it read."""

    def load(self, file: Path | None, *, demo: bool = False) -> Settings:
        """Read the configuration (file: `--config`, else `karani.toml` if there is one); with `demo` that of the demo in
        the same data folder, which needs no settings. Raises `BadConfiguration`."""
        ...

    def migrate(self) -> list[str]:
        """Bring the database to the program's version; the revisions that were applied. Safe to repeat."""
        ...

    def restore(self, file: Path, *, moved: bool, by: str, told: Callable[[str, int], None]) -> Brought:
        """Write a backup into the empty database of the configuration. `told` hears of each table how many rows are in."""
        ...

    def sweep(self) -> list[str]:
        """Leave nothing of what was erased in the database's files; what is still to be done by a person."""
        ...

    def open(self, *, write: bool) -> AbstractAsyncContextManager[Opened]:
        """Open the database in this process. With `write` on SQLite it takes the data folder's lock, or raises a
        `KaraniError` when somebody has it; without, nothing is locked and nothing may be written."""
        ...

    async def serve(self, role: str) -> None:
        """Run until told to stop. It also answers operators on `cli.socket.answering`."""
        ...

    async def demo(self, *, fresh: bool, port: int | None) -> None:
        """Run with simulated providers and an example school."""
        ...

    def simulate(
        self, wishes: Mapping[str, Any], database: str | None, progress: Callable[[Any], None], *, shorter: bool
    ) -> tuple[Any, Any]:
        """Live through pretended months (`simulation.story.Wish`) on an empty database, or on one of its own. `progress`
        hears of each day. What came of it, and with `shorter` the shortest story found that breaks a law, if one broke."""
        ...

    def simulate_many(self, wishes: Mapping[str, Any], seeds: str, said: Callable[[Any, Any], None], **how: Any) -> Any:
        """A story for each of `seeds` (`1-50`), until one breaks a law, or with `go_on` all; `how` as in `simulation.many`.
        `said` hears of each and of the sums so far. Raises ValueError for what are no seeds."""
        ...
