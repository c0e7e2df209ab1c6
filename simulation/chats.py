"""A member of staff with the bot's chat in hand: what stands there, and pressing it, also where it was never offered."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from core.errors import NotFound
from simulation.office import Clerk, Office
from simulation.town import Town


class Chats:
    """The chats of one office's people with its bot."""

    def __init__(self, town: Town, office: Office) -> None:
        self._telegram = town.pretend.telegram
        self._bot = office.bot

    def posts(self, clerk: Clerk) -> list[dict[str, Any]]:
        """What stands in their chat, the newest last."""
        found: list[dict[str, Any]] = self._telegram.view(clerk.chat, bot=self._bot)["messages"]
        return found

    def offer(self, clerk: Clerk, name: str, button: str) -> int | None:
        """The newest message that tells of this and offers that."""
        for post in reversed(self.posts(clerk)):
            if name in post["text"] and any(button in row for row in post.get("buttons", ())):
                return int(post["id"])
        return None

    def labels(self, clerk: Clerk, number: int) -> list[str]:
        """What a message offers."""
        found = [post for post in self.posts(clerk) if post["id"] == number]
        return [label for post in found for row in post.get("buttons", ()) for label in row]

    def newest(self, clerk: Clerk) -> str | None:
        """The bot's last words."""
        return next((str(post["text"]) for post in reversed(self.posts(clerk)) if post["from"] == "bot"), None)

    def press(self, clerk: Clerk, number: int, button: str) -> None:
        """What the message offers now; nothing where it does not offer it any more."""
        with suppress(NotFound):
            self._telegram.press(clerk.chat, number, button, by=clerk.chat, bot=self._bot)

    def press_newest(self, clerk: Clerk, button: str) -> None:
        for post in reversed(self.posts(clerk)):
            if any(button in row for row in post.get("buttons", ())):
                self.press(clerk, int(post["id"]), button)
                return

    def say(self, clerk: Clerk, text: str) -> None:
        self._telegram.say(clerk.chat, text, by=clerk.chat, bot=self._bot)

    def forward(self, clerk: Clerk, to: Clerk, number: int, button: str) -> None:
        """Another presses the same button: where it stands, and as a copy in a chat of their own."""
        labels = [
            label for post in self.posts(clerk) if post["id"] == number for row in post["buttons"] for label in row
        ]
        data = self._telegram.data_of(clerk.chat, number, bot=self._bot)
        if button not in labels or to.chat == clerk.chat:
            return
        pressed = data[labels.index(button)]
        self._telegram.forge(clerk.chat, number, pressed, by=to.chat, bot=self._bot)
        self._telegram.forge(to.chat, number, pressed, by=to.chat, bot=self._bot)
