"""`karani funds` and `karani requisitions`: petty cash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Day, Slug, Staff, ask

Payment = Annotated[str, typer.Argument(help="Its number, TP-000012, or its id.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    funds = typer.Typer(no_args_is_help=True, help="Funds: what they hold, and how long it lasts.")
    karani.add_typer(funds, name="funds")

    @funds.command("list")
    def list_funds(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Balances, limits, what was spent in thirty days, and when each runs dry."""
        ask(chosen, "funds.list", {"organisation": organisation}, json=json, staff=staff)

    @funds.command("replenish")
    def replenish(
        fund: Annotated[str, typer.Argument(help="Its short name.")],
        amount: Annotated[str | None, typer.Option(help="By how much; to the brim without it.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Ask that a fund be filled up; others approve."""
        wishes = {"fund": fund, "amount": amount, "organisation": organisation}
        ask(chosen, "funds.replenish", wishes, json=json, staff=staff)

    @funds.command("ledger")
    def ledger(
        fund: Annotated[str, typer.Argument(help="Its short name.")],
        only_open: Annotated[bool, typer.Option("--open", help="Only what nobody has reconciled.")] = False,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The entries of a fund, the newest first, and who reconciled them when."""
        wishes = {"fund": fund, "open": only_open, "limit": limit, "organisation": organisation}
        ask(chosen, "funds.ledger", wishes, json=json, staff=staff)

    @funds.command("reconcile")
    def reconcile(
        entries: Annotated[list[str], typer.Argument(help="Their ids, as `karani funds ledger` lists them.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Mark entries reconciled, for good. Not by whoever carried them out."""
        ask(chosen, "funds.reconcile", {"entries": entries, "organisation": organisation}, json=json, staff=staff)

    _requisitions(karani, chosen)


def _requisitions(karani: typer.Typer, chosen: Chosen) -> None:
    requisitions = typer.Typer(no_args_is_help=True, help="Payments out of funds, from the asking to the statement.")
    karani.add_typer(requisitions, name="requisitions")

    @requisitions.command("list")
    def list_payments(
        organisation: Slug = None,
        status: Annotated[
            str | None, typer.Option(help="pending, approved, executing, success, failed, reconciled, …")
        ] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The newest first."""
        wishes = {"organisation": organisation, "status": status, "limit": limit, "clear": clear}
        ask(chosen, "requisitions.list", wishes, json=json, staff=staff)

    @requisitions.command("ask")
    def ask_for(
        fund: Annotated[str, typer.Argument(help="The fund's short name.")],
        phone: Annotated[str, typer.Argument(help="Who is paid.")],
        amount: Annotated[str, typer.Argument()],
        purpose: Annotated[str, typer.Argument(help="One word: the expense, as fuel.")],
        reason: Annotated[str, typer.Argument(help="Why: whoever approves reads it.")],
        name: Annotated[str, typer.Option(help="The payee's name.")] = "",
        on: Day = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Ask for a payment, as the member of staff whom --as names."""
        wishes = {
            "fund": fund,
            "phone": phone,
            "amount": amount,
            "purpose": purpose,
            "reason": reason,
            "name": name,
            "on": on,
            "organisation": organisation,
        }
        ask(chosen, "requisitions.ask", wishes, json=json, staff=staff)

    @requisitions.command("import")
    def import_sheet(
        file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
        fund: Annotated[str, typer.Option(help="The fund's short name.")],
        take: Annotated[bool, typer.Option("--take", help="Ask for every good row. Without it, only check.")] = False,
        twins: Annotated[bool, typer.Option("--twins", help="Rows that say the same are meant, each of them.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Payments from CSV or Excel: a check of every row first; a row that fails harms no other; safe to repeat."""
        from providers.sheets import MOST_BYTES

        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        wishes = {"fund": fund, "content": content, "take": take, "twins": twins, "organisation": organisation}
        ask(chosen, "requisitions.import", wishes, json=json, staff=staff)

    @requisitions.command("execute")
    def execute(
        payment: Payment,
        code: Annotated[str, typer.Option(help="What your authenticator shows.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Let an approved payment go. Nobody executes what they asked for."""
        wishes = {"payment": payment, "code": code, "organisation": organisation}
        ask(chosen, "requisitions.execute", wishes, json=json, staff=staff)

    @requisitions.command("withdraw")
    def withdraw(payment: Payment, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Take back what you asked for."""
        ask(chosen, "requisitions.withdraw", {"payment": payment, "organisation": organisation}, json=json, staff=staff)

    @requisitions.command("again")
    def again(payment: Payment, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Ask anew for a payment that failed."""
        ask(chosen, "requisitions.again", {"payment": payment, "organisation": organisation}, json=json, staff=staff)

    @requisitions.command("reconcile")
    def reconcile(payment: Payment, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """It was found on the provider's statement. Not by whoever let it go."""
        ask(
            chosen, "requisitions.reconcile", {"payment": payment, "organisation": organisation}, json=json, staff=staff
        )

    @requisitions.command("variance")
    def variance(
        payment: Payment,
        amount: Annotated[str, typer.Argument(help="What was really spent.")],
        reason: Annotated[str, typer.Argument(help="Why.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Less or more was spent than was paid; the CFO agrees, and it is in the books."""
        wishes = {"payment": payment, "amount": amount, "reason": reason, "organisation": organisation}
        ask(chosen, "requisitions.variance", wishes, json=json, staff=staff)
