"""`karani loans`: what is offered, who owes what, and what is decided about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.told import told
from cli.typed import AsJson, Chosen, Day, Reason, Slug, Staff, ask

Number = Annotated[str, typer.Argument(metavar="LOAN", help="`LOAN-000123`, however it is written.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    loans = typer.Typer(no_args_is_help=True, help="Loans: products, borrowers, arrears, figures.")
    karani.add_typer(loans, name="loans")
    _add_seeing(loans, chosen)
    _add_lending(loans, chosen)
    _add_changing(loans, chosen)


def _add_seeing(loans: typer.Typer, chosen: Chosen) -> None:
    @loans.command("list")
    def list_loans(
        state: Annotated[str | None, typer.Option(help="applied, approved, active, repaid, written_off, …")] = None,
        late: Annotated[bool, typer.Option("--late", help="Only what is late, the worst first.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Loans that wait or run; a loan officer's own."""
        ask(chosen, "loans.list", {"state": state, "late": late, "organisation": organisation}, json=json, staff=staff)

    @loans.command("show")
    def show_loan(number: Number, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """One loan: what is owed, what ends it today, and what is still to come."""
        ask(chosen, "loans.show", {"number": number, "organisation": organisation}, json=json, staff=staff)

    @loans.command("portfolio")
    def portfolio(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Outstanding, PAR30/60/90 and collection rate, by officer and over all."""
        ask(chosen, "loans.portfolio", {"organisation": organisation}, json=json, staff=staff)

    @loans.command("what-if")
    def what_if(
        number: Number,
        amount: Annotated[str, typer.Argument(help="Paid beside the usual instalments.")],
        on: Day = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """When the loan would end, and the interest that would be saved."""
        wishes = {"number": number, "amount": amount, "on": on, "organisation": organisation}
        ask(chosen, "loans.what-if", wishes, json=json, staff=staff)

    @loans.command("products")
    def products(
        file: Annotated[
            Path | None, typer.Argument(help="Set the products of this file first (docs/loans.md).")
        ] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What is offered."""
        if file is None:
            ask(chosen, "loans.products", {"organisation": organisation}, json=json, staff=staff)
            return
        from cli.loans import read_products

        with told():
            entries = read_products(file.read_text())
        ask(chosen, "loans.set", {"products": entries, "organisation": organisation}, json=json, staff=staff)


def _add_lending(loans: typer.Typer, chosen: Chosen) -> None:
    @loans.command("apply")
    def apply(
        phone: Annotated[str, typer.Argument(help="The borrower's.")],
        product: Annotated[str, typer.Argument(help="Its code.")],
        amount: Annotated[str, typer.Argument(help="What the borrower asks for.")],
        instalments: Annotated[int, typer.Argument(min=1)],
        name: Annotated[str, typer.Option(help="Of a borrower who is new.")] = "",
        preview: Annotated[bool, typer.Option("--preview", help="Only show what it would be.")] = False,
        on: Annotated[str | None, typer.Option(help="When it was asked for on paper, where that is past.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Ask for a loan for a borrower; somebody else must approve it."""
        wishes = {
            "phone": phone,
            "product": product,
            "amount": amount,
            "instalments": instalments,
            "name": name,
            "preview": preview,
            "on": on,
            "organisation": organisation,
        }
        ask(chosen, "loans.apply", wishes, json=json, staff=staff)

    @loans.command("give")
    def give(
        number: Number, on: Day = None, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """Write down that an approved loan was given by hand, today or on an earlier day."""
        ask(chosen, "loans.give", {"number": number, "on": on, "organisation": organisation}, json=json, staff=staff)

    @loans.command("send")
    def send(
        number: Number,
        code: Annotated[str, typer.Option(help="What your authenticator shows, or the code that was sent.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Try once more to pay an approved loan to the borrower's phone; it takes a code of the person whom --as names."""
        wishes = {"number": number, "code": code, "organisation": organisation}
        ask(chosen, "loans.send", wishes, json=json, staff=staff)

    @loans.command("code")
    def code(number: Number, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Text a one-time code to the member of staff whom --as names, for sending this loan and nothing else."""
        ask(chosen, "loans.code", {"number": number, "organisation": organisation}, json=json, staff=staff)

    @loans.command("call-off")
    def call_off(
        number: Number, reason: Reason, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """An approved loan is not given after all."""
        wishes = {"number": number, "reason": reason, "organisation": organisation}
        ask(chosen, "loans.call-off", wishes, json=json, staff=staff)


def _add_changing(loans: typer.Typer, chosen: Chosen) -> None:
    @loans.command("waive")
    def waive(
        number: Number,
        amount: Annotated[str, typer.Argument(help="At most; as far as there are penalties.")],
        reason: Reason,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Let the borrower off penalties."""
        wishes = {"number": number, "amount": amount, "reason": reason, "organisation": organisation}
        ask(chosen, "loans.waive", wishes, json=json, staff=staff)

    @loans.command("restructure")
    def restructure(
        number: Number,
        instalments: Annotated[int, typer.Argument(min=1)],
        reason: Reason,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """All that is owed today is paid in so many instalments from now on."""
        wishes = {"number": number, "instalments": instalments, "reason": reason, "organisation": organisation}
        ask(chosen, "loans.restructure", wishes, json=json, staff=staff)

    @loans.command("write-off")
    def write_off(
        number: Number, reason: Reason, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """Ask that what is owed be given up; somebody else must approve it."""
        wishes = {"number": number, "reason": reason, "organisation": organisation}
        ask(chosen, "loans.write-off", wishes, json=json, staff=staff)

    @loans.command("officer")
    def officer(
        number: Number,
        name: Annotated[str, typer.Argument(help="Who looks after the loan from now on.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give a loan to another officer."""
        ask(
            chosen,
            "loans.officer",
            {"number": number, "officer": name, "organisation": organisation},
            json=json,
            staff=staff,
        )
