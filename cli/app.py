"""`karani`: what operators type. Nothing is decided here; each command is one function (`cli/registry.py`).

It ends with 0 when all is well, 2 when it was refused (with the reason), 3 when `verify` or `doctor` found something, and 1
for a mistake of ours (with a reference into the log).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.programme import Programme
from cli.told import FOUND_SOMETHING, told

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
Staff = Annotated[str | None, typer.Option("--as", metavar="NAME", help="As this member of staff, with their rights.")]
Clear = Annotated[bool, typer.Option("--clear", help="Show whole phone numbers (for those who may see them).")]
Slug = Annotated[str | None, typer.Option("--organisation", metavar="SLUG", help="Of one organisation.")]
Day = Annotated[
    str | None, typer.Option(metavar="DAY", help="A day, as in 2026-11-21, of the organisation's calendar.")
]


class Role(StrEnum):
    """What one process does (`--role`)."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def build(programme: Programme) -> typer.Typer:
    """The command line of a program."""
    karani = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="A payments clerk."
    )
    chosen = _Chosen(programme)

    @karani.callback()
    def choose(
        config: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of karani.toml.")] = None,
        demo: Annotated[bool, typer.Option("--demo", help="The books of the demo in the data folder.")] = False,
    ) -> None:
        chosen.file, chosen.demo = config, demo

    @karani.command()
    def serve(role: Annotated[Role, typer.Option(help="More processes than one need PostgreSQL.")] = Role.ALL) -> None:
        """Run the service until it is told to stop."""
        _run(chosen, lambda: programme.serve(role.value))

    @karani.command("demo")
    def run_demo(
        fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was paid before.")] = False,
        port: Annotated[int | None, typer.Option(min=0, max=65_535)] = None,
    ) -> None:
        """Run an example school with simulated providers and a page with phones."""
        chosen.demo = True
        _run(chosen, lambda: programme.demo(fresh=fresh, port=port))

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
        _ask(chosen, "verify", {"anchor": anchor}, json=json)

    @karani.command()
    def doctor(json: AsJson = False) -> None:
        """Is everything in place? Says what to do where it is not."""
        _doctor(chosen, json=json)

    _payments(karani, chosen)
    _suspense(karani, chosen)
    _unread(karani, chosen)
    return karani


def _payments(karani: typer.Typer, chosen: _Chosen) -> None:
    payments = typer.Typer(no_args_is_help=True, help="Recent payments, and one with all that is known of it.")
    karani.add_typer(payments, name="payments")

    @payments.command("list")
    def list_payments(
        organisation: Slug = None,
        status: Annotated[str | None, typer.Option(help="initiated, processing, completed, failed, expired, …")] = None,
        provider: Annotated[str | None, typer.Option()] = None,
        reference: Annotated[str | None, typer.Option(help="As typed: an account, a student, an invoice.")] = None,
        phone: Annotated[str | None, typer.Option(help="The payer's whole number.")] = None,
        since: Day = None,
        until: Day = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The newest payments first."""
        wishes = {
            "organisation": organisation,
            "status": status,
            "provider": provider,
            "reference": reference,
            "phone": phone,
            "since": since,
            "until": until,
            "limit": limit,
            "clear": clear,
        }
        _ask(chosen, "payments.list", wishes, json=json, staff=staff)

    @payments.command("show")
    def show_payment(
        payment: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or our receipt number.")],
        organisation: Slug = None,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """One payment: history, exchanges with the provider, where its money went."""
        wishes = {"payment": payment, "organisation": organisation, "clear": clear}
        _ask(chosen, "payments.show", wishes, json=json, staff=staff)

    @payments.command("move")
    def move_payment(
        payment: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or our receipt number.")],
        reference: Annotated[str, typer.Argument(help="The account, student or invoice that it belongs to.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Apply a payment elsewhere, by a correcting entry: what was posted stays in the books."""
        wishes = {"payment": payment, "reference": reference, "organisation": organisation}
        _ask(chosen, "payments.move", wishes, json=json, staff=staff)

    export = typer.Typer(no_args_is_help=True, help="Everything, for scripts and auditors.")
    karani.add_typer(export, name="export")

    @export.command("payments")
    def export_payments(
        organisation: Slug = None,
        since: Day = None,
        until: Day = None,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Every payment, the oldest first: CSV, or one JSON object a payment."""
        wishes = {"organisation": organisation, "since": since, "until": until, "clear": clear}
        _ask(chosen, "export.payments", wishes, json=json, staff=staff, as_csv=True)


def _suspense(karani: typer.Typer, chosen: _Chosen) -> None:
    suspense = typer.Typer(no_args_is_help=True, help="Money that waits for its owner.")
    karani.add_typer(suspense, name="suspense")

    @suspense.command("list")
    def list_suspense(
        organisation: Slug = None,
        limit: Annotated[int, typer.Option(min=1)] = 200,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What waits, the longest waiting first."""
        wishes = {"organisation": organisation, "limit": limit, "clear": clear}
        _ask(chosen, "suspense.list", wishes, json=json, staff=staff)

    @suspense.command("assign")
    def assign_suspense(
        payment: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or our receipt number.")],
        reference: Annotated[str, typer.Argument(help="The account, student or invoice that it belongs to.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give money to its owner. They are told, and the audit trail says who did it."""
        wishes = {"payment": payment, "reference": reference, "organisation": organisation}
        _ask(chosen, "suspense.assign", wishes, json=json, staff=staff)


def _unread(karani: typer.Typer, chosen: _Chosen) -> None:
    unread = typer.Typer(no_args_is_help=True, help="Callbacks that nobody could read: they may be money.")
    karani.add_typer(unread, name="unread")

    @unread.command("list")
    def list_unread(
        organisation: Slug = None,
        limit: Annotated[int, typer.Option(min=1)] = 100,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What waits to be looked at, newest first."""
        wishes = {"organisation": organisation, "limit": limit, "clear": clear}
        _ask(chosen, "unread.list", wishes, json=json, staff=staff)


# --- carrying it out ----------------------------------------------------------------------------------------------------


class _Chosen:
    """The program, and which configuration of it was chosen."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.file: Path | None = None
        self.demo = False


def _run(chosen: _Chosen, start: Callable[[], Awaitable[None]]) -> None:
    with told():
        chosen.programme.load(chosen.file, demo=chosen.demo)
        asyncio.run(_awaited(start()))


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _migrate(chosen: _Chosen, *, json: bool) -> None:
    from json import dumps

    from cli.output import console

    with told():
        chosen.programme.load(chosen.file, demo=chosen.demo)
        done = chosen.programme.migrate()
        if json:
            typer.echo(dumps({"applied": done}))
        else:
            console().print(f"Brought to {done[-1]}." if done else "Nothing to do: it is up to date.")


def _ask(
    chosen: _Chosen, name: str, wishes: dict[str, Any], *, json: bool, staff: str | None = None, as_csv: bool = False
) -> None:
    """Carry a command out and print what it answers."""
    import msgspec

    from cli import output
    from cli.carry import carry_out, settings_of
    from cli.registry import command

    with told():
        try:
            args = msgspec.convert(wishes, command(name).args)
        except msgspec.ValidationError as error:
            raise typer.BadParameter(str(error)) from None
        settings = settings_of(chosen.programme, chosen.file, demo=chosen.demo)
        items = carry_out(chosen.programme, settings, name, args, staff=staff)
        printed = output.as_json if json else output.as_csv if as_csv else output.as_tables
        answer = asyncio.run(printed(items))
    if name == "verify" and any(one.findings for one in answer):
        raise typer.Exit(FOUND_SOMETHING)


def _setup(chosen: _Chosen, file: Path, *, clear: bool, json: bool, staff: str | None) -> None:
    from cli.setup import read

    with told():
        wishes = {"organisations": read(file.read_text(encoding="utf-8")), "clear": clear}
        _ask(chosen, "setup", wishes, json=json, staff=staff)


def _doctor(chosen: _Chosen, *, json: bool) -> None:
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
