"""`karani rollups`: the figures of days."""

from __future__ import annotations

import typer

from cli.typed import AsJson, Chosen, Day, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    rollups = typer.Typer(no_args_is_help=True, help="Counts and sums of payments by day, as pages and summaries tell.")
    karani.add_typer(rollups, name="rollups")

    @rollups.command("list")
    def list_figures(
        since: Day = None, until: Day = None, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """By day, account, method, purpose and state; without days the last thirty."""
        ask(
            chosen,
            "rollups.list",
            {"since": since, "until": until, "organisation": organisation},
            json=json,
            staff=staff,
        )

    @rollups.command()
    def check(json: AsJson = False) -> None:
        """Recount every payment, and name each figure that differs."""
        ask(chosen, "rollups.check", {}, json=json)

    @rollups.command()
    def rebuild(json: AsJson = False) -> None:
        """Recount, and set right what differs, while payments arrive."""
        ask(chosen, "rollups.rebuild", {}, json=json)
