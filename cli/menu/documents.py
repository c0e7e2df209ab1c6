"""`karani documents`: papers as PDF files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.typed import AsJson, Chosen, Day, Slug, Staff, fetch

Language = Annotated[str | None, typer.Option(help="en, sw, rw or fr; else the organisation's own.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False, help="Where to keep it.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    documents = typer.Typer(no_args_is_help=True, help="Papers as PDF files.")
    karani.add_typer(documents, name="documents")

    @documents.command("receipt")
    def receipt(
        payment: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or our receipt number.")],
        out: Out = None,
        language: Language = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The receipt of a payment, with whole names."""
        wishes: dict[str, Any] = {"payment": payment, "organisation": organisation, "language": language}
        fetch(chosen, "documents.receipt", wishes, out=out, json=json, staff=staff)

    @documents.command("invoice")
    def invoice(
        number: Annotated[str, typer.Argument(help="As printed: INV-000012.")],
        out: Out = None,
        language: Language = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """An invoice, with what is paid of it and what is open."""
        wishes: dict[str, Any] = {"number": number, "organisation": organisation, "language": language}
        fetch(chosen, "documents.invoice", wishes, out=out, json=json, staff=staff)

    @documents.command("statement")
    def statement(
        whom: Annotated[str, typer.Argument(help="A student's number; or a guardian's phone, for all children.")],
        since: Day = None,
        until: Day = None,
        out: Out = None,
        language: Language = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What was owed before, each event since, and what is owed: of the last year, or between two days."""
        wishes: dict[str, Any] = {
            "whom": whom,
            "since": since,
            "until": until,
            "organisation": organisation,
            "language": language,
        }
        fetch(chosen, "documents.statement", wishes, out=out, json=json, staff=staff)
