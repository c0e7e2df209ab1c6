"""`karani approvals`: what waits for a second person."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask
from core.codes import Way


def add(karani: typer.Typer, chosen: Chosen) -> None:
    approvals = typer.Typer(no_args_is_help=True, help="What waits for a second person's yes.")
    karani.add_typer(approvals, name="approvals")

    @approvals.command("list")
    def list_approvals(
        organisation: Slug = None,
        limit: Annotated[int, typer.Option(min=1)] = 200,
        all_: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What was asked for and by whom, the longest waiting first."""
        wishes = {"organisation": organisation, "limit": limit, "all": all_}
        ask(chosen, "approvals.list", wishes, json=json, staff=staff)

    @approvals.command("code")
    def code(
        approval: Annotated[str, typer.Argument(help="Its id, or the beginning of it.")],
        by: Annotated[Way, typer.Option(help="As their messages go, or into their chat with the bot.")] = Way.MESSAGE,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Send a one-time code to the member of staff whom --as names, for this approval and nothing else."""
        wishes = {"approval": approval, "by": by, "organisation": organisation}
        ask(chosen, "approvals.code", wishes, json=json, staff=staff)

    @approvals.command("decide")
    def decide(
        approval: Annotated[str, typer.Argument(help="Its id, or the beginning of it.")],
        verdict: Annotated[str, typer.Argument(help="approve or reject")],
        code: Annotated[str, typer.Option(help="What your authenticator shows, or the code that was sent.")] = "",
        reason: Annotated[str, typer.Option(help="Why: whoever asked reads it.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Say yes or no, as the member of staff whom --as names. Nobody decides what they asked for, or are paid."""
        wishes = {
            "approval": approval,
            "verdict": verdict,
            "code": code,
            "reason": reason,
            "organisation": organisation,
        }
        ask(chosen, "approvals.decide", wishes, json=json, staff=staff)
