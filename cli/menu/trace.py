"""`karani trace` and `karani trail`: what hangs together, and who did what."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Day, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    @karani.command("trace")
    def trace(
        named: Annotated[str, typer.Argument(help="A payment, receipt, request, message, callback, update or trace.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What led to something and what followed from it, oldest first."""
        ask(chosen, "trace", {"named": named, "organisation": organisation}, json=json, staff=staff)

    @karani.command("trail")
    def trail(
        organisation: Slug = None,
        who: Annotated[str | None, typer.Option(help="A name or user name.")] = None,
        what: Annotated[str | None, typer.Option(help="An action, as suspense_assigned.")] = None,
        since: Day = None,
        until: Day = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Who of the house did what, the newest first."""
        wishes = {
            "organisation": organisation,
            "who": who,
            "what": what,
            "since": since,
            "until": until,
            "limit": limit,
        }
        ask(chosen, "trail", wishes, json=json, staff=staff)
