"""Nouns whose commands are made when somebody types them: to make all hundred of them takes longer than most take to run."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup


def lazily(nouns: dict[str, typer.Typer]) -> type[TyperGroup]:
    """The class of a command line that makes these nouns when they are asked for. `nouns` may be filled later."""

    class Lazily(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return [*(name for name in super().list_commands(ctx) if name not in nouns), *nouns]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name in nouns and cmd_name not in self.commands:
                noun = typer.main.get_group(nouns[cmd_name])
                noun.name = cmd_name
                self.commands[cmd_name] = noun
            return super().get_command(ctx, cmd_name)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            if self.get_command(ctx, args[0]) is None:  # whoever mistyped a noun is told of those that are like it
                for name in nouns:
                    self.get_command(ctx, name)
            return super().resolve_command(ctx, args)

    return Lazily


def put_by(karani: typer.Typer, nouns: dict[str, typer.Typer]) -> None:
    """Take the nouns from a command line, for `lazily` to make."""
    for group in karani.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        nouns[group.name] = group.typer_instance
    karani.registered_groups.clear()
