"""Chats as files that anyone can read and correct: what somebody writes after `>`, presses after `*`, then the bot's words.

A file begins with lines of `#` for the reader, then says who speaks which language. After a change of words,
`python -m tests.bot.transcript` writes the bot's part anew: read the difference before keeping it.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from uuid import UUID

from core.ids import StaffId
from storage.database import DatabaseUrl
from tests.bot.chat import DANIEL, ESTHER, RUTH, STRANGER, ChatTown
from tests.bot.test_payments import office
from tests.world import create_schema
from usecases.staff import SpeakTo, choose_language

FOLDER = Path(__file__).parent / "transcripts"
PEOPLE = {"Esther, cashier": ESTHER, "Daniel, manager": DANIEL, "Ruth, auditor": RUTH, "a stranger": STRANGER}


async def retold(text: str, url: DatabaseUrl) -> str:
    """The same transcript with what the bot says now."""
    lines = text.split("\n")
    at = next(nth for nth, line in enumerate(lines) if line.startswith("who: "))
    who, _, language = lines[at].removeprefix("who: ").partition(" in ")
    told = lines[: at + 1]
    async with office(url) as town:
        person = PEOPLE[who]
        if person in town.staff:
            staff = StaffId(UUID(town.staff[person].name))
            await town.world.app.write(choose_language, SpeakTo(staff, language))
        for line in lines[at + 1 :]:
            if line.startswith("> "):
                town.telegram.say(person, line.removeprefix("> ").replace(" / ", "\n"))
            elif line.startswith("* "):
                town.telegram.press(person, _bearing(town, person, line.removeprefix("* ")), line.removeprefix("* "))
            else:
                continue
            await town.settles()
            told += ["", line, *_words(town, person)]
    return "\n".join(told) + "\n"


def _bearing(town: ChatTown, person: int, label: str) -> int:
    """The newest message that offers it."""
    posts = town.telegram.view(person)["messages"]
    return int(next(post["id"] for post in reversed(posts) if any(label in row for row in post.get("buttons", ()))))


def _words(town: ChatTown, person: int) -> list[str]:
    """What is told to whoever pressed; else the newest message, with its buttons."""
    if notice := town.notice(person):
        return [f"({notice})"]
    post = town.newest(person)
    return [post["text"], *("".join(f"[{label}]" for label in row) for row in post.get("buttons", ()))]


async def _write_anew() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for nth, path in enumerate(sorted(FOLDER.glob("*.txt"))):
            url = DatabaseUrl(f"sqlite:///{folder}/{nth}.db")
            create_schema(url)
            path.write_text(await retold(path.read_text(encoding="utf-8"), url), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write_anew())
