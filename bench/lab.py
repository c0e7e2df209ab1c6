"""One run: its plan, its folder, its processes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.served import HOUSE, Served, environment, free_port, until_accepting


@dataclass(frozen=True)
class Plan:
    """How long and how large."""

    rounds: int = 5
    seconds: float = 2.0
    """Of each load in a round."""
    payments: int = 200_000
    """In the database that P15 restarts on."""
    pgbench: bool = True


class Skipped(Exception):
    """A benchmark cannot run here, because..."""


class Lab:
    """Where the processes of one run live; all are gone when it closes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = ExitStack()
        self._count = 0

    def place(self, name: str) -> Path:
        """A new empty folder."""
        self._count += 1
        place = self.folder / f"{self._count:03d}-{name.replace(' ', '-')}"
        place.mkdir()
        return place

    def start(self, kind: str, *words: str | Path, wait: bool = True, interpreter: tuple[str, ...] = ()) -> Served:
        """Run `python -m bench.server <kind> …`, by default until it accepts connections."""
        port = free_port()
        self._count += 1
        log = self.folder / f"{self._count:03d}-{kind}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, *interpreter, "-m", "bench.server", kind, "--port", str(port), *map(str, words)],
                cwd=HOUSE,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=environment(),
            )
        served = Served(process, port, log)
        self.stack.callback(served.stop)
        if wait:
            until_accepting(served)
        return served

    def close(self) -> None:
        self.stack.close()
