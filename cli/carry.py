"""Carrying a command out: in the process that runs, else here, on the database itself."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec

from cli import socket
from cli.operator import operator_named
from cli.programme import BadConfiguration, Programme, Settings
from cli.registry import command
from core.errors import KaraniError


class NoBooks(KaraniError):
    """Nothing was ever written here."""


def settings_of(programme: Programme, file: Path | None, *, demo: bool) -> Settings:
    """The configuration; where there is none, or no books yet, and the data folder has a demo: the demo's.

    So the first command that somebody tries beside a running demo finds its books.
    """
    if demo:
        return programme.load(file, demo=True)
    try:
        own = programme.load(file)
    except BadConfiguration:
        if _has_books(_demo_of(programme, file)):
            return programme.load(file, demo=True)
        raise
    if own.database_url.startswith("sqlite") and not _has_books(own) and _has_books(_demo_of(programme, file)):
        return programme.load(file, demo=True)
    return programme.load(file)


def _demo_of(programme: Programme, file: Path | None) -> Settings | None:
    try:
        return programme.load(file, demo=True)
    except BadConfiguration:
        return None


def _has_books(settings: Settings | None) -> bool:
    return settings is not None and Path(settings.database_url.removeprefix("sqlite:///")).exists()


async def carry_out(
    programme: Programme, settings: Settings, name: str, args: msgspec.Struct, *, staff: str | None
) -> AsyncGenerator[Any, None]:
    """The command's items. Raises what refuses it: a `DomainError`, or `socket.Refused` from a running process."""
    wanted = command(name)
    running = None if wanted.apart else await socket.connected_to(settings.data_dir)
    if running is not None:
        async with aclosing(socket.ask(*running, name, args, staff=staff)) as answers:
            async for item in answers:
                yield msgspec.json.decode(item, type=wanted.item)
        return
    if settings.database_url.startswith("sqlite") and not _has_books(settings):
        raise NoBooks("there are no books yet: run `karani migrate`, or look at the demo (`karani demo`)")
    async with programme.open(write=wanted.writes) as opened:
        operator = await operator_named(opened.app, system_user=socket.name_of(os.getuid()), staff=staff)
        async with aclosing(wanted.run(opened, args, operator)) as items:
            async for item in items:
                yield item
