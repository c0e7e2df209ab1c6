"""One run: its plan, its folder, its processes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import settings
from bench.served import HOUSE, Served, environment, free_port, until_accepting


@dataclass(frozen=True)
class Plan:
    """How long and how large."""

    rounds: int = 5
    seconds: float = 2.0
    """Of each load in a round."""
    payments: int = 200_000
    """In the database that P10 reports on and P15 restarts on."""
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

    def start(self, kind: str, *words: str | Path, wait: bool = True) -> Served:
        """Run `python -m bench.server <kind> …`, by default until it accepts connections."""
        port = free_port()
        command = [sys.executable, "-m", "bench.server", kind, "--port", str(port), *map(str, words)]
        served = self._run(kind, port, command, environment())
        if wait:
            until_accepting(served)
        return served

    def serve(self, folder: Path, *, interpreter: tuple[str, ...] = ()) -> Served:
        """Run `karani serve` on a data folder, without waiting for it."""
        port = free_port()
        command = [sys.executable, *interpreter, "main.py", "serve"]
        return self._run("serve", port, command, environment() | settings.variables(folder, port))

    def _run(self, name: str, port: int, command: list[str], env: dict[str, str]) -> Served:
        self._count += 1
        log = self.folder / f"{self._count:03d}-{name}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                command, cwd=HOUSE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=env
            )
        served = Served(process, port, log)
        self.stack.callback(served.stop)
        return served

    def close(self) -> None:
        self.stack.close()
