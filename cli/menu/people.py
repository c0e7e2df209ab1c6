"""`karani people`: what is held of one person."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.told import told
from cli.typed import AsJson, Chosen, Slug, Staff, ask

Phone = Annotated[str, typer.Argument(metavar="PHONE")]
Yes = Annotated[bool, typer.Option("--yes", help="Without asking back.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    people = typer.Typer(
        no_args_is_help=True, help="One person: what is held of them, their address of mail, erasing them."
    )
    karani.add_typer(people, name="people")

    @people.command("export")
    def export_person(phone: Phone, organisation: Slug = None, staff: Staff = None) -> None:
        """Everything that is held of the person with this phone, as JSON."""
        ask(chosen, "people.export", {"phone": phone, "organisation": organisation}, json=True, staff=staff)

    @people.command("mail")
    def set_mail(
        phone: Phone,
        address: Annotated[str, typer.Argument(help="Where they get mail; left out: nowhere.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give the guardian with this phone an address of mail, or take it away."""
        wishes = {"phone": phone, "address": address, "organisation": organisation}
        ask(chosen, "people.mail", wishes, json=json, staff=staff)

    @people.command("erase")
    def erase_person(
        phone: Phone, organisation: Slug = None, yes: Yes = False, json: AsJson = False, staff: Staff = None
    ) -> None:
        """Erase the person with this phone. Amounts and receipts stay; who it was does not. This cannot be undone."""
        if not yes:
            typer.confirm("Erase this person? It cannot be undone.", abort=True)
        ask(chosen, "people.erase", {"phone": phone, "organisation": organisation}, json=json, staff=staff)
        _sweep(chosen)

    @people.command("sweep")
    def sweep_people() -> None:
        """Write the database anew, so that nothing of what was erased lies in its file."""
        with told():
            chosen.programme.load(chosen.file, demo=chosen.demo)
            _sweep(chosen)


def _sweep(chosen: Chosen) -> None:
    with told():
        for advice in chosen.programme.sweep():
            typer.echo(advice, err=True)
