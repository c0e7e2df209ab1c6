"""A planted defect: a piece of the program's text, and what a tired programmer might have written instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """`old` stands once in `file`; with `new` in its place the program is wrong in a way that its name says."""

    name: str
    kind: str
    """What sort of mistake it is, in the words of those who had it."""
    law: str
    """A piece of what the law says that is expected to catch it. Another one that does is as good, and is told."""
    file: str
    old: str
    new: str
