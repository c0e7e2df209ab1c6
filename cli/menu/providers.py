"""`karani providers`: accounts at providers, registration of our addresses, a test payment."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask

ShortCode = Annotated[str | None, typer.Option(help="Of one account.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    providers = typer.Typer(no_args_is_help=True, help="Accounts at providers: what is entered, registration, a test.")
    karani.add_typer(providers, name="providers")

    @providers.command("list")
    def list_providers(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Every account: its environment, which credentials are there, when it was registered, how far it is pulled."""
        ask(chosen, "providers.list", {"organisation": organisation}, json=json, staff=staff)

    @providers.command("register")
    def register(
        organisation: Slug = None,
        shortcode: ShortCode = None,
        phones: Annotated[str, typer.Option(help="v1: payers' numbers come hashed; v2: masked.")] = "v2",
        unanswered: Annotated[
            str, typer.Option(help="Completed or Cancelled: a payment that we do not judge in time.")
        ] = "Completed",
        nominated: Annotated[
            str | None, typer.Option(help="The number on the short code's record: to pull missed payments, too.")
        ] = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Tell M-Pesa where to report payments, and to remember them for us. Safe to repeat."""
        wishes = {
            "organisation": organisation,
            "shortcode": shortcode,
            "phones": phones,
            "unanswered": unanswered,
            "nominated": nominated,
        }
        ask(chosen, "providers.register", wishes, json=json, staff=staff)

    @providers.command("switch")
    def switch(
        shortcode: Annotated[str, typer.Argument(help="Of the account.")],
        environment: Annotated[str, typer.Argument(help="sandbox, or production: where money is real.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Speak to the provider's sandbox or to its real house. Credentials of both stay as they were entered."""
        wishes = {"shortcode": shortcode, "environment": environment, "organisation": organisation}
        ask(chosen, "providers.switch", wishes, json=json, staff=staff)

    @providers.command("rekey")
    def rekey(
        shortcode: Annotated[str, typer.Argument(help="Of the account.")],
        retire: Annotated[bool, typer.Option("--retire", help="The key before counts no more.")] = False,
        clear: Annotated[bool, typer.Option("--clear", help="Show the whole address, with its key.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give an account's callback addresses a new key, because the old one leaked; both count until --retire."""
        wishes = {"shortcode": shortcode, "organisation": organisation, "retire": retire, "clear": clear}
        ask(chosen, "providers.rekey", wishes, json=json, staff=staff)

    @providers.command("test")
    def try_out(
        phone: Annotated[str, typer.Argument(help="The phone that is asked; the sandbox's own, or a simulated one.")],
        reference: Annotated[str, typer.Argument(help="The account that it pays for.")],
        amount: Annotated[str, typer.Option(help="Whole shillings or francs.")] = "1",
        organisation: Slug = None,
        shortcode: ShortCode = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """A payment all the way at the provider's sandbox. Refused where money is real."""
        wishes = {
            "phone": phone,
            "reference": reference,
            "amount": amount,
            "organisation": organisation,
            "shortcode": shortcode,
        }
        ask(chosen, "providers.test", wishes, json=json, staff=staff)
