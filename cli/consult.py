"""What `karani doctor` says before and around what it finds in the books: a program that does not open is its patient too."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

from cli import socket
from cli.carry import carry_out, settings_of
from cli.doctor import Check, DoctorArgs
from cli.programme import BadConfiguration, Programme
from cli.told import words_for


async def consulted(programme: Programme, file: Path | None, *, demo: bool) -> AsyncGenerator[Check, None]:
    """All that can be said, as far as one gets."""
    try:
        settings = settings_of(programme, file, demo=demo)
    except BadConfiguration as error:
        for key, reason in error.errors:
            yield Check(f"configuration: {key}", "bad", reason, "set it in karani.toml or in the environment")
        return
    yield Check("configuration", "ok", f"complete; data in {settings.data_dir}, reached as {settings.public_url}")
    running = await socket.connected_to(settings.data_dir)
    if running is not None:
        running[1].close()
        yield Check("process", "ok", "one is running and answers")
    else:
        yield Check("process", "warn", "none is running on this data folder", "start one: `karani serve`")
    try:
        async for check in carry_out(programme, settings, "doctor", DoctorArgs(), staff=None):
            yield check
    except Exception as error:
        _, lines = words_for(error)
        yield Check("database", "bad", " ".join(lines), "put that right first; nothing else could be looked at")
