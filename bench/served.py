"""Processes that a benchmark measures or measures against: started, awaited, weighed and ended here."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[1]
STARTS_WITHIN_S = 120.0


class DidNotStart(Exception):
    """A process ended, or did not answer in time."""


@dataclass(slots=True)
class Served:
    """A running process that listens on `port`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def rss_mb(self) -> float:
        return rss_mb(self.process.pid)

    def stop(self) -> None:
        """Ask it to end; insist when it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


def cpu_s(pid: int) -> tuple[float, float]:
    """Processor seconds that a process has used: its main thread, and all its others. Zero where there is no /proc."""
    main = others = 0.0
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        words = stat.read_text().rpartition(")")[2].split()
        spent = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        if stat.parent.name == str(pid):
            main = spent
        else:
            others += spent
    return main, others


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    found = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, text=True)
    return int(found.stdout) / 1024


@contextmanager
def workshop(where: Path | None = None) -> Iterator[Path]:
    """A folder for everything of one run. It lies on a disk if it can: a sync to memory costs nothing and tells nothing."""
    folder = Path(tempfile.mkdtemp(prefix="karani-bench-", dir=where))
    folder.chmod(0o755)  # PostgreSQL runs as nobody when we are root
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment() -> dict[str, str]:
    """Nothing of the machine's own settings reaches a benchmark."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KARANI_")}


def until_accepting(served: Served) -> None:
    """Wait until the port is open."""
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up:
        if served.process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", served.port), 1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise DidNotStart(served.log.read_text(errors="replace")[-3000:])


def until_ready(served: Served) -> float:
    """Wait until `/readyz` says yes; the moment at which it did."""
    request = b"GET /readyz HTTP/1.1\r\nHost: karani.example\r\nConnection: close\r\n\r\n"
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up:
        if served.process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", served.port), 1) as connection:
                connection.settimeout(10)
                connection.sendall(request)
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return time.perf_counter()
        except OSError:
            pass
        time.sleep(0.002)
    raise DidNotStart(served.log.read_text(errors="replace")[-3000:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def disk_sync_ms(folder: Path, times: int = 50) -> float:
    """What one durable write costs on this disk: the context of every figure with a commit in it."""
    path = folder / "sync"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        spent: list[float] = []
        for _ in range(times):
            os.write(handle, bytes(4096))
            began = time.perf_counter()
            os.fsync(handle)
            spent.append(time.perf_counter() - began)
    finally:
        os.close(handle)
        path.unlink()
    return sorted(spent)[times // 2] * 1000
