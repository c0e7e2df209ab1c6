"""`karani templates`: an organisation's own words for its messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask

Event = Annotated[str, typer.Argument(help="A message, as payment_received.")]
Language = Annotated[str, typer.Argument(help="en, sw, rw or fr.")]
ByMail = Annotated[bool, typer.Option("--mail", help="Of mail: the first line is the subject.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The words.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    templates = typer.Typer(no_args_is_help=True, help="An organisation's own words for its messages.")
    karani.add_typer(templates, name="templates")

    @templates.command("list")
    def list_words(organisation: Slug = None, mail: ByMail = False, json: AsJson = False, staff: Staff = None) -> None:
        """Which words hold for each message in each language, and how many segments they make."""
        ask(chosen, "templates.list", {"organisation": organisation, "channel": _channel(mail)}, json=json, staff=staff)

    @templates.command("show")
    def show_words(
        event: Event,
        language: Language,
        organisation: Slug = None,
        mail: ByMail = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The words that hold, the facts that they may name, and every version before."""
        wishes = {"event": event, "language": language, "organisation": organisation, "channel": _channel(mail)}
        ask(chosen, "templates.show", wishes, json=json, staff=staff)

    @templates.command("preview")
    def preview_words(
        event: Event,
        language: Language,
        file: Annotated[Path | None, typer.Option("--file", exists=True, dir_okay=False, help="Words to try.")] = None,
        organisation: Slug = None,
        mail: ByMail = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The texts that words make of our examples, with segments, encoding and cost by gateway."""
        source = file.read_text(encoding="utf-8") if file else None
        wishes = {
            "event": event,
            "language": language,
            "organisation": organisation,
            "channel": _channel(mail),
            "source": source,
        }
        ask(chosen, "templates.preview", wishes, json=json, staff=staff)

    @templates.command("set")
    def set_words(
        event: Event,
        language: Language,
        file: Source,
        organisation: Slug = None,
        mail: ByMail = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Use these words from now on. Those that cannot be rendered are refused, with the reason."""
        source = file.read_text(encoding="utf-8")
        wishes = {
            "event": event,
            "language": language,
            "organisation": organisation,
            "channel": _channel(mail),
            "source": source,
        }
        ask(chosen, "templates.set", wishes, json=json, staff=staff)

    @templates.command("revert")
    def revert_words(
        event: Event,
        language: Language,
        organisation: Slug = None,
        mail: ByMail = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Go back to the standard text. The versions before stay on record."""
        wishes = {
            "event": event,
            "language": language,
            "organisation": organisation,
            "channel": _channel(mail),
            "source": "",
        }
        ask(chosen, "templates.set", wishes, json=json, staff=staff)


def _channel(mail: bool) -> str:
    return "email" if mail else "sms"
