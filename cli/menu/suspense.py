"""`karani suspense`: money that waits for its owner."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Reason, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    suspense = typer.Typer(no_args_is_help=True, help="Money that waits for its owner.")
    karani.add_typer(suspense, name="suspense")

    @suspense.command("list")
    def list_suspense(
        organisation: Slug = None,
        limit: Annotated[int, typer.Option(min=1)] = 200,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What waits, the longest waiting first."""
        wishes = {"organisation": organisation, "limit": limit, "clear": clear}
        ask(chosen, "suspense.list", wishes, json=json, staff=staff)

    @suspense.command("assign")
    def assign_suspense(
        payment: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or our receipt number.")],
        reference: Annotated[str, typer.Argument(help="The account, student or invoice that it belongs to.")],
        reason: Reason = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give money to its owner. They are told, and the audit trail says who did it."""
        wishes = {"payment": payment, "reference": reference, "reason": reason, "organisation": organisation}
        ask(chosen, "suspense.assign", wishes, json=json, staff=staff)
