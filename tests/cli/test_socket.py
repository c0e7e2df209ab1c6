"""A running process answers operators on a socket in its data folder."""

import asyncio
import os
import stat
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli import socket
from cli.carry import carry_out
from cli.payments import ExportArgs, ListArgs
from cli.socket import CannotListen, Failed, Refused, answering, ask, connected_to
from cli.suspense import AssignArgs
from storage import listing
from tests.cli.conftest import Desk, Opened, Settings
from tests.world import World


class Running:
    """A process that serves the books of a world."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.opened = Opened(world.app, Settings(folder, world.url.text))

    async def asked(self, name: str, args: msgspec.Struct, *, staff: str | None = None) -> list[Any]:
        connection = await connected_to(self.folder)
        assert connection is not None
        return [msgspec.json.decode(item) async for item in ask(*connection, name, args, staff=staff)]


@pytest.fixture
def running(world: World, tmp_path: Path) -> Running:
    return Running(world, tmp_path)


async def test_a_command_is_carried_out_by_the_process_that_runs(running: Running) -> None:
    await running.world.arrives(*(running.world.notice("", 100 + number) for number in range(5)))

    async with answering(running.opened, running.folder):
        found = await running.asked("payments.list", ListArgs(limit=3))

    assert [one["amount"] for one in found] == ["104.00", "103.00", "102.00"]


async def test_the_command_line_asks_it_and_opens_nothing_itself(running: Running) -> None:
    await running.world.arrives(running.world.notice("", 100))
    desk = Desk(running.opened.config)

    async with answering(running.opened, running.folder):
        items = carry_out(desk, running.opened.config, "payments.list", ListArgs(), staff=None)
        found = [item async for item in items]

    assert [item.amount for item in found] == ["100.00"]
    assert desk.opened == []


async def test_verification_leaves_the_running_process_in_peace(running: Running) -> None:
    desk = Desk(running.opened.config)
    desk.load(None)

    async with answering(running.opened, running.folder):
        from cli.verify import VerifyArgs

        (verified,) = [
            item async for item in carry_out(desk, running.opened.config, "verify", VerifyArgs(), staff=None)
        ]

    assert verified.findings == []
    assert desk.opened == [False]


async def test_only_the_owner_may_connect(running: Running) -> None:
    async with answering(running.opened, running.folder):
        mode = stat.S_IMODE((running.folder / "socket").stat().st_mode)

    assert mode == 0o600
    assert not (running.folder / "socket").exists()


async def test_an_export_of_any_length_is_streamed(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 7)
    await running.world.arrives(*(running.world.notice("", 100 + number) for number in range(50)))

    async with answering(running.opened, running.folder):
        found = await running.asked("export.payments", ExportArgs())

    assert len({one["id"] for one in found}) == 50


async def test_a_client_that_goes_away_in_the_middle_harms_nobody(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    await running.world.arrives(*(running.world.notice("", 100 + number) for number in range(30)))

    async with answering(running.opened, running.folder):
        connection = await connected_to(running.folder)
        assert connection is not None
        async for _ in ask(*connection, "export.payments", ExportArgs(), staff=None):
            break
        connection[1].close()

        assert len(await running.asked("export.payments", ExportArgs())) == 30


async def test_a_refusal_travels_as_its_sentence(running: Running) -> None:
    async with answering(running.opened, running.folder):
        with pytest.raises(Refused, match=r"Not found: UKL7\."):
            await running.asked("suspense.assign", AssignArgs("UKL7", "KV10"))
        with pytest.raises(Refused, match=r"Not found: Nobody\."):
            await running.asked("payments.list", ListArgs(), staff="Nobody")
        with pytest.raises(Refused, match=r"Not found: payments\.burn\."):
            await running.asked("payments.burn", ListArgs())
        with pytest.raises(Refused, match="unknown field"):
            await running.asked("payments.list", AssignArgs("UKL7", "KV10"))


async def test_a_mistake_of_ours_is_logged_there_and_has_a_reference(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(listing, "payments_list", broken)

    async with answering(running.opened, running.folder):
        with pytest.raises(Failed, match=r"reference [0-9a-f]{12} in the log"):
            await running.asked("payments.list", ListArgs())


@pytest.mark.parametrize(
    "said",
    [
        b"hello\n",
        b"{}\n",
        b'{"command": 7}\n',
        b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
        b'{"command": "payments.list"',
        b"x" * (socket.LONGEST_LINE + 10),
        b'{"command": "payments.list", "args": {"limit": "many"}}\n',
    ],
    ids=["words", "empty", "wrong type", "nested", "not UTF-8", "cut", "endless", "bad args"],
)
async def test_nonsense_is_refused(running: Running, said: bytes) -> None:
    async with answering(running.opened, running.folder):
        connection = await connected_to(running.folder)
        assert connection is not None
        reader, writer = connection
        writer.write(said)
        writer.write_eof()
        answer = msgspec.json.decode(await reader.readline())
        writer.close()

        assert answer["refused"] == "bad_question"
        assert await running.asked("payments.list", ListArgs()) == []


async def test_more_connections_than_we_serve_are_told_so(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "MOST_CONNECTIONS", 1)

    async with answering(running.opened, running.folder):
        silent = await connected_to(running.folder)
        assert silent is not None
        await asyncio.sleep(0)  # noqa: TID251
        with pytest.raises(Refused, match="busy"):
            await running.asked("payments.list", ListArgs())
        silent[1].close()


async def test_the_socket_of_a_killed_process_is_replaced(running: Running) -> None:
    socket._bound(running.folder / "socket").close()
    assert await connected_to(running.folder) is None

    async with answering(running.opened, running.folder):
        assert await running.asked("payments.list", ListArgs()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells who is connected")
async def test_the_audit_trail_names_who_is_connected_and_not_who_they_say_they_are(running: Running) -> None:
    await running.world.students({"KV10": 1_000})
    await running.world.arrives(running.world.notice("", 100, receipt="UKL9"))
    question = (
        b'{"command": "suspense.assign", "args": {"payment": "UKL9", "reference": "KV10"}, "user": "the treasurer"}\n'
    )

    async with answering(running.opened, running.folder):
        connection = await connected_to(running.folder)
        assert connection is not None
        reader, writer = connection
        writer.write(question)
        await reader.readline()
        writer.close()

    who = running.world.rows("SELECT actor FROM changes WHERE action = 'suspense_assigned'")
    assert who == [(socket.name_of(os.getuid()),)]


async def test_a_folder_with_too_long_a_name_is_told(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 100)
    folder.mkdir()

    with pytest.raises(CannotListen):
        async with answering(running.opened, folder):
            pass


def test_a_user_without_a_name_has_a_number() -> None:
    assert socket.name_of(4_000_000) == "user 4000000"
