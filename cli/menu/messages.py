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

    @messages.command("release")
    def release(
        decision: Annotated[str, typer.Argument(help="send (it did not leave), sent (it arrived) or drop.")],
        message: Annotated[str | None, typer.Argument(help="Its id; or --restored.")] = None,
        restored: Annotated[bool, typer.Option(help="All that a restore held back.")] = False,
        organisation: Slug = None,
        yes: Annotated[bool, typer.Option("--yes", help="Without showing them first.")] = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Decide about messages of which nobody knows whether they left. Prompts for money are never released."""
        wishes = {"decision": decision, "message": message, "restored": restored, "organisation": organisation}
        if not yes:
            ask(chosen, "messages.release", {**wishes, "try_out": True}, json=json, staff=staff)
            typer.confirm(f"{decision.capitalize()} these?", abort=True, err=True)
        ask(chosen, "messages.release", wishes, json=json, staff=staff)
