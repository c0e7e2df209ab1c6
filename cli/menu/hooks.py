"""`karani hooks`: the callbacks of providers."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    hooks = typer.Typer(
        no_args_is_help=True, help="Callbacks of providers: who called from where, and what came of it."
    )
    karani.add_typer(hooks, name="hooks")

    @hooks.command("log")
    def log(
        organisation: Slug = None,
        provider: Annotated[str, typer.Option(help="As mpesa.")] = "",
        operation: Annotated[str, typer.Option(help="As c2b/confirmation or stk.")] = "",
        outcome: Annotated[str | None, typer.Option(help="As credited, known, refused or unread.")] = None,
        address: Annotated[str, typer.Option(help="Of the caller.")] = "",
        hours: Annotated[int | None, typer.Option(min=1, help="No older than this.")] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Every callback that was kept, and those that were turned away, newest first."""
        wishes = {
            "organisation": organisation,
            "provider": provider,
            "operation": operation,
            "outcome": outcome,
            "address": address,
            "hours": hours,
            "limit": limit,
        }
        ask(chosen, "hooks.log", wishes, json=json, staff=staff)
