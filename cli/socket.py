"""The operator's socket in the data folder: one process owns a SQLite file, and commands are sent to it.

JSON, one object a line. A client says `{"command", "args", "user", "staff"}` and hears `{"item"}` any number of times, then
`{"done"}`, `{"refused", "text"}` or `{"failed"}` (a reference in the log). Who may open the socket is decided by the
permissions of the file (0600): that is the right to give commands, as it is for the database file beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog

from cli.operator import operator_named
from cli.programme import Opened
from cli.registry import command
from cli.sentences import sentence
from core.errors import DomainError, KaraniError, Overloaded

log = structlog.get_logger()

NAME = "socket"
LONGEST_LINE = 8 * 1_048_576
"""Of a question: a set-up file, or a school's list, travels in one. An answer's lines are bounded by what we list."""
MOST_CONNECTIONS = 16
ASKS_WITHIN_S = 10.0
_LONGEST_PATH = 103
"""Of a socket's path, by the narrowest system."""


class Question(msgspec.Struct, frozen=True):
    """One command. `user` is believed only where the system does not tell who is connected."""

    command: str
    args: msgspec.Raw = msgspec.Raw(b"{}")
    user: str = ""
    staff: str | None = None


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an answer; exactly one of its fields is there."""

    item: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    done: bool = False
    refused: str | None = None
    text: str = ""
    failed: str | None = None


class CannotListen(KaraniError):
    """The socket cannot be made."""


class Refused(KaraniError):
    """A running process said no: the code of its refusal, and the sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Failed(KaraniError):
    """A running process met a mistake of ours; its log has the rest under this reference."""


_encode = msgspec.json.Encoder().encode
_read_question = msgspec.json.Decoder(Question).decode
_read_answer = msgspec.json.Decoder(Answer).decode


# --- the process that runs ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def answering(opened: Opened, data_dir: Path) -> AsyncIterator[None]:
    """Answer operators until the block ends. A socket that a killed process left behind is replaced."""
    path = data_dir / NAME
    if len(os.fsencode(path.absolute())) > _LONGEST_PATH:
        raise CannotListen(f"the path of the data folder is too long for a socket in it ({_LONGEST_PATH} bytes)")
    places = asyncio.Semaphore(MOST_CONNECTIONS)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            try:
                if places.locked():
                    await _send(writer, _refusal(Overloaded()))
                else:
                    async with places:
                        await _serve(opened, reader, writer)
            finally:
                writer.close()

    server = await asyncio.start_unix_server(connected, sock=_bound(path), limit=LONGEST_LINE)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def _bound(path: Path) -> socket.socket:
    """A socket that is nobody else's from its first moment on."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        made.bind(str(path))
    except OSError:
        made.close()
        raise
    finally:
        os.umask(mask)
    return made


async def _serve(opened: Opened, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(ASKS_WITHIN_S):
            line = await reader.readuntil(b"\n")
        asked = _read_question(line)
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, msgspec.DecodeError):
        await _send(writer, Answer(refused="bad_question", text="That was no question that we can read."))
        return
    user = _user_of(writer) or asked.user[:64] or "unknown"
    try:
        async with aclosing(_items(opened, asked, user)) as items:
            async for item in items:
                await _send(writer, Answer(item=msgspec.Raw(_encode(item))))
        await _send(writer, Answer(done=True))
    except ConnectionError:
        raise
    except Exception as error:
        await _send(writer, _refusal(error) or _failure(opened, asked, error))


async def _items(opened: Opened, asked: Question, user: str) -> AsyncGenerator[Any, None]:
    wanted = command(asked.command)
    args = msgspec.json.decode(asked.args, type=wanted.args)
    operator = await operator_named(opened.app, system_user=user, staff=asked.staff)
    async with aclosing(wanted.run(opened, args, operator)) as items:
        async for item in items:
            yield item


def _refusal(error: Exception) -> Answer | None:
    if isinstance(error, DomainError):
        return Answer(refused=error.code, text=sentence(error))
    if isinstance(error, msgspec.ValidationError | msgspec.DecodeError):
        return Answer(refused="bad_question", text=str(error))
    return None


def _failure(opened: Opened, asked: Question, error: Exception) -> Answer:
    reference = opened.app.ids.new().hex[-12:]
    log.error("command_failed", reference=reference, command=asked.command[:40], exc_info=error)
    return Answer(failed=reference)


async def _send(writer: asyncio.StreamWriter, answer: Answer | None) -> None:
    """Waits while the other side is slow: an export holds one page, however long it is."""
    writer.write(_encode(answer) + b"\n")
    await writer.drain()


def _user_of(writer: asyncio.StreamWriter) -> str | None:
    """The system user at the other end, where the system tells."""
    peer = getattr(socket, "SO_PEERCRED", None)
    if peer is None:
        return None
    _, user, _ = struct.unpack("3i", writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, peer, 12))
    return name_of(user)


def name_of(user: int) -> str:
    """A system user's name, or number where they have none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


# --- the command line ---------------------------------------------------------------------------------------------------


async def connected_to(data_dir: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """The process that serves this data folder; None when nothing runs."""
    try:
        return await asyncio.open_unix_connection(str(data_dir / NAME), limit=LONGEST_LINE)
    except (OSError, ValueError):
        return None


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, args: msgspec.Struct, *, staff: str | None
) -> AsyncGenerator[msgspec.Raw, None]:
    """The items of a command that a running process carries out. Raises `Refused` or `Failed`."""
    try:
        question = Question(name, msgspec.Raw(_encode(args)), name_of(os.getuid()), staff)
        writer.write(_encode(question) + b"\n")
        await writer.drain()
        while True:
            try:
                answer = _read_answer(await reader.readuntil(b"\n"))
            except (asyncio.IncompleteReadError, ConnectionError):
                raise Failed("the running process went away before it had answered") from None
            if answer.item is not msgspec.UNSET:
                yield answer.item
            elif answer.refused is not None:
                raise Refused(answer.refused, answer.text)
            elif answer.failed is not None:
                raise Failed(f"a mistake of ours: reference {answer.failed} in the log of the running process")
            else:
                return
    finally:
        writer.close()
