"""`karani`: what operators type. Nothing is decided here; each command is one function (`cli/registry.py`).

It ends with 0 when all is well, 2 when it was refused (with the reason), 3 when `verify`, `rollups check` or `doctor` found
something, and 1 for a mistake of ours (with a reference into the log).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.menu import (
    approvals,
    documents,
    enquiries,
    export,
    fees,
    funds,
    hooks,
    imports,
    jobs,
    keys,
    loans,
    messages,
    payments,
    payouts,
    people,
    providers,
    refunds,
    rollups,
    sms,
    students,
    suspense,
    templates,
    texts,
    trace,
    unread,
    users,
)
from cli.nouns import lazily, put_by
from cli.programme import Programme
from cli.told import FOUND_SOMETHING, told
from cli.typed import AsJson, Chosen, Staff, ask, run

MENU = (
    payments,
    payouts,
    funds,
    suspense,
    refunds,
    approvals,
    enquiries,
    messages,
    texts,
    sms,
    templates,
    students,
    fees,
    loans,
    documents,
    unread,
    hooks,
    providers,
    users,
    jobs,
    rollups,
    imports,
    export,
    keys,
    people,
    trace,
)
"""The nouns, in the order of `karani --help`."""


SAY_EVERY = 20_000
"""Rows of a table between two lines that say how far a restore is."""


class Role(StrEnum):
    """What one process does (`--role`)."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


class Faults(StrEnum):
    """How much goes wrong in a simulation (`--faults`)."""

    NONE = "none"
    SOME = "some"
    MANY = "many"


def build(programme: Programme) -> typer.Typer:
    """The command line of a program."""
    nouns: dict[str, typer.Typer] = {}
    karani = typer.Typer(
        cls=lazily(nouns),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="A payments clerk.",
    )
    chosen = Chosen(programme)

    @karani.callback()
    def choose(
        config: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of karani.toml.")] = None,
        demo: Annotated[bool, typer.Option("--demo", help="The books of the demo in the data folder.")] = False,
    ) -> None:
        chosen.file, chosen.demo = config, demo

    @karani.command()
    def serve(role: Annotated[Role, typer.Option(help="More processes than one need PostgreSQL.")] = Role.ALL) -> None:
        """Run the service until it is told to stop."""
        run(chosen, lambda: programme.serve(role.value))

    @karani.command("demo")
    def run_demo(
        fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was paid before.")] = False,
        port: Annotated[int | None, typer.Option(min=0, max=65_535)] = None,
    ) -> None:
        """Run an example school with simulated providers and a page with phones."""
        chosen.demo = True
        run(chosen, lambda: programme.demo(fresh=fresh, port=port))

    @karani.command()
    def migrate(json: AsJson = False) -> None:
        """Create the database, or bring it to this program's version. Safe to repeat."""
        _migrate(chosen, json=json)

    @karani.command()
    def setup(
        file: Annotated[Path, typer.Argument(metavar="FILE.toml", exists=True, dir_okay=False)],
        clear: Annotated[
            bool, typer.Option("--clear", help="Show the addresses to register, with their keys.")
        ] = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Set organisations up from a file: accounts at providers, staff, service codes. Safe to repeat."""
        _setup(chosen, file, clear=clear, json=json, staff=staff)

    @karani.command()
    def verify(
        anchor: Annotated[
            str | None, typer.Option(metavar="NUMBER:HASH", help="A seal that was written down elsewhere.")
        ] = None,
        json: AsJson = False,
    ) -> None:
        """Look at every row of the books and name those that were altered, removed or inserted."""
        ask(chosen, "verify", {"anchor": anchor}, json=json)

    @karani.command()
    def backup(file: Annotated[Path, typer.Argument(metavar="FILE")], json: AsJson = False) -> None:
        """Write everything into one sealed file, from one moment, while payments arrive."""
        ask(chosen, "backup", {"file": str(file)}, json=json)

    @karani.command()
    def restore(
        file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
        moved: Annotated[
            bool, typer.Option("--moved", help="Nothing ran on these books since: what waits is still to be sent.")
        ] = False,
        json: AsJson = False,
    ) -> None:
        """Write a backup into an empty database, and verify it."""
        _restore(chosen, file, moved=moved, json=json)

    @karani.command()
    def doctor(json: AsJson = False) -> None:
        """Is everything in place? Says what to do where it is not."""
        _doctor(chosen, json=json)

    @karani.command("simulate")
    def run_simulation(
        seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
        months: Annotated[int, typer.Option(min=1, max=1_200)] = 1,
        organisations: Annotated[int, typer.Option(min=1, max=90)] = 1,
        students: Annotated[int, typer.Option(min=1, max=300, help="Of each school.")] = 300,
        faults: Annotated[Faults, typer.Option(help="How much goes wrong in the world.")] = Faults.SOME,
        acts: Annotated[int, typer.Option(min=1, max=300, help="What each person tries in a month.")] = 3,
        office: Annotated[
            int,
            typer.Option(min=0, max=300, help="How often each school has money asked for in a month; 0: no office."),
        ] = 3,
        lenders: Annotated[
            int, typer.Option(min=0, max=90, help="Beside the schools, with borrowers and officers.")
        ] = 0,
        database: Annotated[str | None, typer.Option(metavar="URL", help="An empty one; else its own.")] = None,
        shorter: Annotated[bool, typer.Option(help="When a law broke, look for a shorter story.")] = True,
        seeds: Annotated[
            str | None, typer.Option(metavar="1-50", help="A story for each of them, instead of --seed.")
        ] = None,
        go_on: Annotated[bool, typer.Option("--go-on", help="With --seeds: also after a law broke.")] = False,
        processes: Annotated[int, typer.Option(min=1, max=256, help="With --seeds: so many stories at once.")] = 1,
        minutes: Annotated[float | None, typer.Option(help="With --seeds: no story after these.")] = None,
        json: AsJson = False,
    ) -> None:
        """Live through pretended months with people, providers and power cuts, and check every law on the way."""
        wishes: dict[str, Any] = {"seed": seed, "months": months, "organisations": organisations, "students": students}
        wishes |= {"faults": faults.value, "acts": acts, "office": office, "lenders": lenders}
        how = {"shorter": shorter, "go_on": go_on, "processes": processes, "minutes": minutes}
        _simulate(chosen, wishes, database, seeds, how, json=json)

    for noun in MENU:
        noun.add(karani, chosen)
    put_by(karani, nouns)
    return karani


# --- carrying it out ----------------------------------------------------------------------------------------------------


def _simulate(
    chosen: Chosen,
    wishes: dict[str, Any],
    database: str | None,
    seeds: str | None,
    how: dict[str, Any],
    *,
    json: bool,
) -> None:
    from cli.simulate import simulate, simulate_many

    if seeds is None:
        simulate(chosen.programme, wishes, database, shorter=how["shorter"], json=json)
    else:
        simulate_many(chosen.programme, wishes, seeds, json=json, **how)


def _migrate(chosen: Chosen, *, json: bool) -> None:
    from json import dumps

    from cli.output import console

    with told():
        chosen.programme.load(chosen.file, demo=chosen.demo)
        done = chosen.programme.migrate()
        if json:
            typer.echo(dumps({"applied": done}))
        else:
            console().print(f"Brought to {done[-1]}." if done else "Nothing to do: it is up to date.")


def _restore(chosen: Chosen, file: Path, *, moved: bool, json: bool) -> None:
    import os
    from json import dumps

    from cli.output import console
    from cli.socket import name_of

    def further(table: str, rows: int) -> None:
        if not json and rows % SAY_EVERY == 0:
            console(to_errors=True).print(f"{table}: {rows:,} rows")

    with told():
        chosen.programme.load(chosen.file, demo=chosen.demo)
        done = chosen.programme.restore(file, moved=moved, by=name_of(os.getuid()), told=further)
        if json:
            found = {"made_at": done.made_at.isoformat(), "rows": done.rows, "held": done.held, "runs": done.runs}
            typer.echo(dumps(found))
        else:
            console().print(f"{done.rows:,} rows are back as they were at {done.made_at:%Y-%m-%d %H:%M:%S} UTC.")
            if done.held:
                console().print(
                    f"{done.held:,} messages, prompts and payouts may have been sent since: they are held as unknown."
                )
    ask(chosen, "verify", {}, json=json)


def _setup(chosen: Chosen, file: Path, *, clear: bool, json: bool, staff: str | None) -> None:
    from cli.setup import read

    with told():
        wishes = {"organisations": read(file.read_text(encoding="utf-8")), "clear": clear}
        ask(chosen, "setup", wishes, json=json, staff=staff)


def _doctor(chosen: Chosen, *, json: bool) -> None:
    """Its own frame: what keeps the program from opening is a line of the answer, not an error."""
    from cli import output
    from cli.consult import consulted

    with told():
        items = consulted(chosen.programme, chosen.file, demo=chosen.demo)
        states: list[str] = []
        asyncio.run((output.as_json if json else output.as_tables)(_noting(items, states)))
    if "bad" in states:
        raise typer.Exit(FOUND_SOMETHING)


async def _noting(checks: AsyncGenerator[Any, None], states: list[str]) -> AsyncGenerator[Any, None]:
    async for check in checks:
        states.append(check.state)
        yield check
