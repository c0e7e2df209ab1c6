"""`karani payouts`: what goes out, one payout with all that is known of it, calling one back, going on after a stop."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Clear, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    payouts = typer.Typer(no_args_is_help=True, help="Money that goes out, and what the provider says of it.")
    karani.add_typer(payouts, name="payouts")

    @payouts.command("list")
    def list_payouts(
        organisation: Slug = None,
        state: Annotated[
            str | None, typer.Option(help="reserved, sending, processing, unknown, paid, failed, reversed")
        ] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The newest first."""
        wishes = {"organisation": organisation, "state": state, "limit": limit, "clear": clear}
        ask(chosen, "payouts.list", wishes, json=json, staff=staff)

    @payouts.command("show")
    def show_payout(
        payout: Annotated[str, typer.Argument(help="Its id, the provider's receipt, or the provider's name for it.")],
        organisation: Slug = None,
        clear: Clear = False,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """One payout: its history and every exchange with the provider."""
        wishes = {"payout": payout, "organisation": organisation, "clear": clear}
        ask(chosen, "payouts.show", wishes, json=json, staff=staff)

    @payouts.command("cancel")
    def cancel(
        payout: Annotated[str, typer.Argument(help="Its id, as `karani payouts list` shows it.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Call a payout back while it surely has not left: what was set aside goes back to where it came from."""
        ask(chosen, "payouts.cancel", {"payout": payout, "organisation": organisation}, json=json, staff=staff)

    @payouts.command("resume")
    def resume(
        shortcode: Annotated[str, typer.Argument(help="Of the account whose credentials or rights were mended.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Send from an account again that stopped because its credentials were refused."""
        ask(chosen, "payouts.resume", {"shortcode": shortcode, "organisation": organisation}, json=json, staff=staff)
