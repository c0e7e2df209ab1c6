"""`karani payments`: what came in, one payment with all that is known of it, moving one, asking for one again."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Day, Reason, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    payments = typer.Typer(no_args_is_help=True, help="Recent payments, and one with all that is known of it.")
    karani.add_typer(payments, name="payments")

    @payments.command("list")
    def list_payments(
        organisation: Slug = None,
        status: Annotated[str | None, typer.Option(help="initiated, processing, completed, failed, expired, …")] = None,
        method: Annotated[str | None, typer.Option(help="paybill, till, prompt, bank, cash, card")] = None,
        provider: Annotated[str | None, typer.Option()] = None,
        reference: Annotated[str | None, typer.Option(help="As typed: an account, a student, an invoice.")] = None,
        phone: Annotated[str | None, typer.Option(help="The payer's whole number.")] = None,
        since: Day = None,
        until: Day = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The newest payments first."""
        wishes = {
            "organisation": organisation,
            "status": status,
            "method": method,
            "provider": provider,
            "reference": reference,
            "phone": phone,
            "since": since,
            "until": until,
            "limit": limit,
            "clear": clear,
        }
        ask(chosen, "payments.list", wishes, json=json, staff=staff)

    @payments.command("show")
    def show_payment(
        payment: Annotated[
            str, typer.Argument(help="Its id, the provider's receipt, or our receipt's number or code.")
        ],
        organisation: Slug = None,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """One payment: history, exchanges with the provider, where its money went."""
        wishes = {"payment": payment, "organisation": organisation, "clear": clear}
        ask(chosen, "payments.show", wishes, json=json, staff=staff)

    @payments.command("move")
    def move_payment(
        payment: Annotated[
            str, typer.Argument(help="Its id, the provider's receipt, or our receipt's number or code.")
        ],
        reference: Annotated[str, typer.Argument(help="The account, student or invoice that it belongs to.")],
        reason: Reason = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Apply a payment elsewhere, by a correcting entry: what was posted stays in the books."""
        wishes = {"payment": payment, "reference": reference, "reason": reason, "organisation": organisation}
        ask(chosen, "payments.move", wishes, json=json, staff=staff)

    @payments.command("again")
    def ask_payment_again(
        payment: Annotated[str, typer.Argument(help="The id of a prompt that surely failed.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Ask the payer's phone once more, where what it asked for is still owed. Said twice it is asked once."""
        ask(chosen, "payments.again", {"payment": payment, "organisation": organisation}, json=json, staff=staff)
