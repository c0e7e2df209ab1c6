"""Chats, told again: each file in `transcripts/` is what was typed and pressed, and what the bot says to it."""

from __future__ import annotations

import pytest

from storage.database import DatabaseUrl
from tests.bot.transcript import FOLDER, retold

WRITTEN = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}


@pytest.mark.parametrize("name", WRITTEN)
async def test_a_chat_goes_as_it_is_written(name: str, sqlite_database: DatabaseUrl) -> None:
    assert await retold(WRITTEN[name], sqlite_database) == WRITTEN[name]
