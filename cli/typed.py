"""What all commands share: their common options, and how what was typed is carried out and printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.programme import Programme
from cli.told import FOUND_SOMETHING, REFUSED, told

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
Staff = Annotated[str | None, typer.Option("--as", metavar="NAME", help="As this member of staff, with their rights.")]
Clear = Annotated[bool, typer.Option("--clear", help="Show whole phone numbers (for those who may see them).")]
Slug = Annotated[str | None, typer.Option("--organisation", metavar="SLUG", help="Of one organisation.")]
Day = Annotated[
    str | None, typer.Option(metavar="DAY", help="A day, as in 2026-11-21, of the organisation's calendar.")
]

Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the trail.")]


class Chosen:
    """The program, and which configuration of it was chosen."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.file: Path | None = None
        self.demo = False


def run(chosen: Chosen, start: Callable[[], Awaitable[None]]) -> None:
    with told():
        chosen.programme.load(chosen.file, demo=chosen.demo)
        asyncio.run(_awaited(start()))


async def _awaited(work: Awaitable[None]) -> None:
    await work


def ask(
    chosen: Chosen, name: str, wishes: dict[str, Any], *, json: bool, staff: str | None = None, as_csv: bool = False
) -> None:
    """Carry a command out and print what it answers."""
    from cli import output

    with told():
        items = _answers(chosen, name, wishes, staff=staff)
        printed = output.as_json if json else output.as_csv if as_csv else output.as_tables
        answer = asyncio.run(printed(items))
    if any(getattr(one, "complaints", ()) for one in answer):
        raise typer.Exit(REFUSED)
    if (name == "verify" and any(one.findings for one in answer)) or (name == "rollups.check" and answer):
        raise typer.Exit(FOUND_SOMETHING)


def fetch(
    chosen: Chosen, name: str, wishes: dict[str, Any], *, out: Path | None, json: bool, staff: str | None = None
) -> None:
    """Carry out a command that answers with a file, and keep it: where `out` says, else here under its own name."""
    from json import dumps

    with told():
        paper = asyncio.run(_only(_answers(chosen, name, wishes, staff=staff)))
        path = out or Path(paper.name)
        try:
            path.write_bytes(paper.content)
        except OSError as error:
            raise typer.BadParameter(f"{path} cannot be written ({error.strerror})") from None
        typer.echo(dumps({"file": str(path), "bytes": len(paper.content)}) if json else str(path))


def _answers(chosen: Chosen, name: str, wishes: dict[str, Any], *, staff: str | None) -> AsyncGenerator[Any, None]:
    """What the command answers. Raises `BadParameter` for wishes that it does not understand."""
    import msgspec

    from cli.carry import carry_out, settings_of
    from cli.registry import command

    try:
        args = msgspec.convert(wishes, command(name).args)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from None
    settings = settings_of(chosen.programme, chosen.file, demo=chosen.demo)
    return carry_out(chosen.programme, settings, name, args, staff=staff)


async def _only(items: AsyncGenerator[Any, None]) -> Any:
    (item,) = [item async for item in items]
    return item
