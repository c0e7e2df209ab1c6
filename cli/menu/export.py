"""`karani export`: everything, for scripts and auditors."""

from __future__ import annotations

import typer

from cli.typed import AsJson, Chosen, Clear, Day, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
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
        ask(chosen, "export.payments", wishes, json=json, staff=staff, as_csv=True)
