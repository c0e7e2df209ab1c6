"""`karani texts`: what people texted to us."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    texts = typer.Typer(no_args_is_help=True, help="What people texted to the organisation's numbers.")
    karani.add_typer(texts, name="texts")

    @texts.command("list")
    def list_texts(
        organisation: Slug = None,
        understood: Annotated[str | None, typer.Option(help="As what: stop, start, nothing, pay, balance ...")] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The newest texts first. `--clear` shows whole numbers and words."""
        wishes = {"organisation": organisation, "understood": understood, "limit": limit, "clear": clear}
        ask(chosen, "texts.list", wishes, json=json, staff=staff)
