"""`karani users`: who may sign in to the staff pages."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask

User = Annotated[str, typer.Argument(help="A user name, or a name that only one person has.")]
ROLES = "cashier, manager, treasurer, cfo, auditor, admin, …"


def add(karani: typer.Typer, chosen: Chosen) -> None:
    users = typer.Typer(no_args_is_help=True, help="Who may sign in to the staff pages.")
    karani.add_typer(users, name="users")

    @users.command("list")
    def list_users(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Staff with their roles, and whether they can sign in."""
        ask(chosen, "users.list", {"organisation": organisation}, json=json, staff=staff)

    @users.command("add")
    def add_user(
        user: Annotated[str, typer.Argument(help="The name to sign in with, as esther.")],
        organisation: Annotated[str, typer.Option("--organisation", metavar="SLUG")],
        name: Annotated[str, typer.Option(help="As colleagues know them.")],
        role: Annotated[str, typer.Option(help=ROLES)],
        phone: Annotated[str, typer.Option()],
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Add somebody; prints the link by which they enrol, once. Give it to nobody else."""
        wishes = {"organisation": organisation, "user": user, "name": name, "role": role, "phone": phone}
        ask(chosen, "users.add", wishes, json=json, staff=staff)

    @users.command("roles")
    def give_role(
        user: User,
        role: Annotated[str, typer.Argument(help=ROLES)],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give somebody another role, from their next page on."""
        wishes = {"user": user, "role": role, "organisation": organisation}
        ask(chosen, "users.roles", wishes, json=json, staff=staff)

    @users.command("mail")
    def set_mail(
        user: User,
        address: Annotated[str, typer.Argument(help="Where they get mail; left out: nowhere.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Give somebody an address of mail, or take it away."""
        wishes = {"user": user, "address": address, "organisation": organisation}
        ask(chosen, "users.mail", wishes, json=json, staff=staff)

    @users.command("token")
    def token(
        user: User,
        name: Annotated[str, typer.Option(help="What it is for, for colleagues.")] = "command line",
        write: Annotated[bool, typer.Option("--write", help="It may also do what they may do.")] = False,
        revoke: Annotated[bool, typer.Option("--revoke", help="End all of their tokens.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Print a token with which a program acts for somebody (the staff API). It is shown this once."""
        wishes = {"user": user, "name": name, "write": write, "revoke": revoke, "organisation": organisation}
        ask(chosen, "users.token", wishes, json=json, staff=staff)

    @users.command("disable")
    def disable_user(user: User, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Sign somebody out everywhere and let them in no more."""
        ask(chosen, "users.disable", {"user": user, "organisation": organisation}, json=json, staff=staff)

    @users.command("reset")
    def reset_user(user: User, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """For a lost passphrase or phone: prints a new link to enrol by. Never one's own."""
        ask(chosen, "users.reset", {"user": user, "organisation": organisation}, json=json, staff=staff)

    @users.command("pin")
    def pin_code(user: User, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Print a code by which somebody chooses a PIN on their phone, once, within a day. For who has no authenticator."""
        ask(chosen, "users.pin", {"user": user, "organisation": organisation}, json=json, staff=staff)

    @users.command("link")
    def link_user(user: User, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Print the deep link by which somebody's Telegram is theirs here, once, within ten minutes. Give it to nobody else."""
        ask(chosen, "users.link", {"user": user, "organisation": organisation}, json=json, staff=staff)

    @users.command("unlink")
    def unlink_user(user: User, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """End the link of somebody's Telegram at once."""
        ask(chosen, "users.unlink", {"user": user, "organisation": organisation}, json=json, staff=staff)
