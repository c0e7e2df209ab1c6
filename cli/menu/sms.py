"""`karani sms`: texts that people send."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    sms = typer.Typer(no_args_is_help=True, help="Texts that people send, and how they are understood.")
    karani.add_typer(sms, name="sms")

    @sms.command("try")
    def try_text(text: Annotated[str, typer.Argument(metavar="TEXT")], json: AsJson = False) -> None:
        """What a text would be taken for: wish, amount, number, day, language, and why."""
        ask(chosen, "sms.try", {"text": text}, json=json)

    @sms.callback()
    def about() -> None:
        """Texts that people send, and how they are understood."""
