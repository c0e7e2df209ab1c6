"""`karani refunds`: paying payments back."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Slug, Staff, ask
from core.refunds import State


def add(karani: typer.Typer, chosen: Chosen) -> None:
    refunds = typer.Typer(no_args_is_help=True, help="Paying payments back.")
    karani.add_typer(refunds, name="refunds")

    @refunds.command("list")
    def list_refunds(
        organisation: Slug = None,
        state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
        limit: Annotated[int, typer.Option(min=1)] = 200,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What was asked for, the newest first."""
        wishes = {"organisation": organisation, "state": state, "limit": limit, "clear": clear}
        ask(chosen, "refunds.list", wishes, json=json, staff=staff)

    @refunds.command("ask")
    def ask_refund(
        payment: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or our receipt number.")],
        reason: Annotated[str, typer.Option(help="Why: whoever approves reads it.")],
        amount: Annotated[str, typer.Option(help="A part of it; left out: all that is left.")] = "",
        phone: Annotated[str, typer.Option(help="To which phone, where the payer's number is hidden.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Ask that a payment be paid back. Somebody else approves it (`karani approvals`), and the payer is told."""
        wishes = {"payment": payment, "reason": reason, "amount": amount, "phone": phone, "organisation": organisation}
        ask(chosen, "refunds.ask", wishes, json=json, staff=staff)
