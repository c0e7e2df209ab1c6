"""Log lines: one JSON object each, whole, soon."""

import asyncio
import io
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import structlog

from runtime.clock import settle
from runtime.logs import Lines, line
from runtime.threads import start_thread


class File(io.BytesIO):
    """Knows how often it was flushed, and what had come by then."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: list[bytes] = []

    def flush(self) -> None:
        self.flushed.append(self.getvalue())


def test_a_line_says_what_when_and_how_grave() -> None:
    said = orjson.loads(line(None, "info", {"event": "callback", "status": 200}))

    assert said.items() >= {"event": "callback", "status": 200, "level": "info"}.items()
    moment = datetime.fromisoformat(said["timestamp"])
    assert moment.tzinfo == UTC
    assert len(said["timestamp"]) == len("2026-11-21T06:00:00.123456Z")


def test_an_error_is_told_with_where_it_came_from() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        said = orjson.loads(line(None, "exception", {"event": "failed", "exc_info": True}))

    assert said["level"] == "error"
    assert "ValueError: broken" in said["exception"]


async def test_lines_of_one_turn_of_the_loop_leave_together() -> None:
    file = File()
    lines = Lines(file)

    lines.info(b"one")
    lines.info(b"two")
    assert file.flushed == []
    await settle()

    assert file.flushed == [b"one\ntwo\n"]
    lines.info(b"three")
    await settle()
    assert file.flushed[1:] == [b"one\ntwo\nthree\n"]


async def test_lines_of_one_turn_are_one_call_of_a_file_without_a_buffer_that_takes_them_in_pieces() -> None:
    """The story: images set PYTHONUNBUFFERED, and every callback cost a call into the system."""
    calls: list[int] = []

    class Pipe(File):
        def write(self, piece: Any) -> int:
            calls.append(len(piece))
            return super().write(piece[:10])

    file = Pipe()
    lines = Lines(file)
    lines.info(b"one")
    lines.info(b"two two")
    await settle()

    assert file.getvalue() == b"one\ntwo two\n"
    assert calls == [12, 2]


def test_what_a_loop_left_behind_is_said_at_the_end() -> None:
    file = File()
    lines = Lines(file)
    loop = asyncio.new_event_loop()
    loop.call_soon(lines.info, b"one")
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert file.flushed == []

    lines.end()
    lines.end()

    assert file.flushed == [b"one\n"]


async def test_a_warning_leaves_at_once_and_takes_along_what_waits() -> None:
    file = File()
    lines = Lines(file)

    lines.info(b"one")
    lines.warning(b"two")

    assert file.flushed == [b"one\ntwo\n"]


def test_a_line_from_another_thread_leaves_at_once() -> None:
    file = File()

    start_thread("somebody", lambda: Lines(file).info(b"one"))()

    assert file.flushed == [b"one\n"]


def test_a_loop_that_ended_too_soon_holds_no_later_line_back() -> None:
    file = File()
    lines = Lines(file)

    async def says(what: bytes) -> None:
        lines.info(what)
        await settle()

    loop = asyncio.new_event_loop()
    loop.call_soon(lines.info, b"one")
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    asyncio.run(says(b"two"))

    assert file.flushed[-1] == b"one\ntwo\n"


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "exception", "critical"])
def test_every_way_to_say_something_is_there(method: str) -> None:
    file = File()
    log = structlog.wrap_logger(Lines(file), processors=[line], wrapper_class=structlog.make_filtering_bound_logger(0))

    getattr(log, method)("something", n=1)

    assert b'"event":"something"' in file.getvalue()
