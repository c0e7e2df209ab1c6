"""`karani enquiries`: who looks for their money."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    enquiries = typer.Typer(no_args_is_help=True, help="Who looks for their money and has no answer yet.")
    karani.add_typer(enquiries, name="enquiries")

    @enquiries.command("list")
    def list_enquiries(
        organisation: Slug = None,
        limit: Annotated[int, typer.Option(min=1)] = 200,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What nobody has answered, the longest waiting first."""
        wishes = {"organisation": organisation, "limit": limit, "clear": clear}
        ask(chosen, "enquiries.list", wishes, json=json, staff=staff)

    @enquiries.command("close")
    def close(
        enquiry: Annotated[str, typer.Argument(help="Its id.")],
        note: Annotated[str, typer.Option(help="How it was answered, for colleagues.")] = "",
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """It is answered: by a call, a correction, a word at the counter."""
        ask(chosen, "enquiries.close", {"enquiry": enquiry, "note": note}, json=json, staff=staff)
