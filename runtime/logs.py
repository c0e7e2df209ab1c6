"""Structured logs: one JSON object a line, on standard error. They carry ids and codes, no names, PINs or whole phones."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
import time
from functools import lru_cache
from threading import Lock
from typing import Any, BinaryIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger


def start_logs(level: str) -> None:
    """Send our own logs and those of libraries the same way, from `level` upwards."""
    number = logging.getLevelName(level.upper())
    structlog.configure(
        processors=[line],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    lines = Lines(sys.stderr.buffer)
    atexit.register(lines.end)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(lambda value, **_: _json(value).decode()),
            ],
        )
    )
    logging.basicConfig(level=max(number, logging.INFO), handlers=[handler], force=True)
    # Their lines hold URLs, and our URLs hold keys.
    for noisy in ("aiohttp.access", "urllib3", "asyncio", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def line(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    """The whole line in one step: every callback writes one, and a chain of processors took four times as long."""
    event["level"] = "error" if method == "exception" else method
    event["timestamp"] = _now()
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, method, event)
    return _json(event)


def _now() -> str:
    """The time in UTC, with microseconds: `2026-11-21T06:00:00.123456Z`."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_written(second)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=1)
def _written(second: int) -> str:
    """A thousand lines share one second."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


class Lines:
    """Where lines go. Those of one turn of the event loop leave together; from `warning` on, and from other threads, each at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = Lock()
        self._flushing: asyncio.AbstractEventLoop | None = None
        self._waiting = bytearray()
        """Written in one call: the file may have no buffer of its own (`PYTHONUNBUFFERED`, as images often set it)."""

    def info(self, line: bytes) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread of its own
            self.warning(line)
            return
        with self._lock:
            self._waiting += line
            self._waiting += b"\n"
            if self._flushing is not loop:
                self._flushing = loop
                loop.call_soon(self._flush)

    debug = info

    def _flush(self) -> None:
        with self._lock:
            self._flushing = None
            self._leave()

    def warning(self, line: bytes) -> None:
        with self._lock:
            self._waiting += line
            self._waiting += b"\n"
            self._leave()

    def end(self) -> None:
        """What the last loop left behind when it ended."""
        with self._lock:
            if self._waiting:
                self._leave()

    def _leave(self) -> None:
        """All that waits; a pipe may take less than it is given."""
        waiting, self._waiting = memoryview(self._waiting), bytearray()
        while waiting:
            waiting = waiting[self._file.write(waiting) or 0 :]
        self._file.flush()

    error = exception = critical = warn = fatal = log = msg = warning


def _json(value: Any, **_: Any) -> bytes:
    return orjson.dumps(value, default=str)
