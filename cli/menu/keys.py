"""`karani keys`: the secret keys."""

from __future__ import annotations

import typer

from cli.typed import AsJson, Chosen, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    keys = typer.Typer(no_args_is_help=True, help="Secret keys: what rests on each, and changing to a new one.")
    karani.add_typer(keys, name="keys")

    @keys.command("list")
    def list_keys(json: AsJson = False) -> None:
        """Each key by its id, how many values rest on it, and whether it is still needed."""
        ask(chosen, "keys.list", {}, json=json)

    @keys.command()
    def rotate(json: AsJson = False) -> None:
        """Seal everything anew under the first key, while payments arrive. Safe to repeat, and to break off."""
        ask(chosen, "keys.rotate", {}, json=json)
