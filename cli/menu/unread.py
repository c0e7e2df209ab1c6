"""`karani unread`: callbacks that nobody could read."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
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
        ask(chosen, "unread.list", wishes, json=json, staff=staff)

    @unread.command("reprocess")
    def reprocess(
        exchange: Annotated[str | None, typer.Argument(help="The id of one; without it, all that wait.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Read again what could not be read, after the mistake was mended. Never credits twice."""
        ask(chosen, "unread.reprocess", {"exchange": exchange, "organisation": organisation}, json=json, staff=staff)
