"""Help: where a person's money is, and what is known of the person."""

from __future__ import annotations

from dialogue.conversation import View
from dialogue.screens import Choice, Menu, Screen


def is_known(view: View) -> bool:
    return view.relation.contact is not None


SCREENS: tuple[Screen, ...] = (
    Menu(
        "help.menu",
        choices=(
            Choice("money", "trace.scrap"),
            Choice("details", "mine.details", when=is_known),
            Choice("receipt", "receipt.code"),
        ),
    ),
)
