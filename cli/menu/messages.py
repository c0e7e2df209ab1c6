"""`karani messages`: what was written to people, and how far it came."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    messages = typer.Typer(no_args_is_help=True, help="What was written to people, and how far it came.")
    karani.add_typer(messages, name="messages")

    @messages.command("list")
    def list_messages(
        organisation: Slug = None,
        state: Annotated[str | None, typer.Option(help="pending, sending, sent, failed, unknown or skipped.")] = None,
        event: Annotated[str | None, typer.Option(help="As payment_received.")] = None,
        phone: Annotated[str | None, typer.Option(help="The reader's whole number.")] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The newest messages first, each with the last way that was tried."""
        wishes = {
            "organisation": organisation,
            "state": state,
            "event": event,
            "phone": phone,
            "limit": limit,
            "clear": clear,
        }
        ask(chosen, "messages.list", wishes, json=json, staff=staff)

    @messages.command("show")
    def show_message(
        message: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")],
        organisation: Slug = None,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Every attempt of one message: way, time, provider's id, cost, delivery. `--clear` also shows what it says."""
        wishes = {"message": message, "organisation": organisation, "clear": clear}
        ask(chosen, "messages.show", wishes, json=json, staff=staff)
