"""`karani import`: a school's own lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Day, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    imports = typer.Typer(no_args_is_help=True, help="A school's own lists, from CSV or Excel.")
    karani.add_typer(imports, name="import")

    @imports.command("students")
    def import_students(
        file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
        organisation: Slug = None,
        balances_on: Day = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Students, guardians, classes and what was owed before. All of the list or, with any mistake in it, nothing."""
        from providers.sheets import MOST_BYTES

        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        wishes = {
            "organisation": organisation,
            "name": file.name,
            "content": content,
            "balances_on": balances_on,
            "dry_run": dry_run,
        }
        ask(chosen, "import.students", wishes, json=json, staff=staff)
