"""Telegram's door: known by its secret, each update once, hostile bytes harmless (SEC-1, SEC-4)."""

from __future__ import annotations

import msgspec

from core.permissions import Role
from providers.telegram.secret import HEADER, secret_token
from sandbox.moods import Mood
from storage.database import DatabaseUrl
from tests.bot.chat import ESTHER, STRANGER, TOKEN, ChatTown, chat_town, hook_url


def told(number: int, text: str = "/menu", who: int = ESTHER) -> bytes:
    person = {"id": who, "is_bot": False, "first_name": "Esther"}
    message = {"message_id": number, "date": 1, "chat": {"id": who, "type": "private"}, "from": person, "text": text}
    return msgspec.json.encode({"update_id": number, "message": message})


async def posts(town: ChatTown, body: bytes, secret: str | None = None) -> int:
    url = await hook_url(town)
    shown = secret_token(TOKEN, url.split("/")[-2]) if secret is None else secret
    headers = {"Content-Type": "application/json", HEADER: shown}
    reply = await town.running.http.request("POST", url, headers=headers, body=body, timeout_s=5)
    await town.settles()
    return reply.status


async def test_only_telegram_is_believed(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        assert [await posts(town, told(1), secret) for secret in ("", "guess", "é")] == [403, 403, 403]
        assert town.world.rows("SELECT count(*) FROM chat_updates") == [(0,)]


async def test_an_update_told_again_has_no_second_effect(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        before = len(town.telegram.view(ESTHER)["messages"])

        assert [await posts(town, told(7)) for _ in range(3)] == [200, 200, 200]

        assert len(town.telegram.view(ESTHER)["messages"]) == before + 1


HOSTILE = (
    b"",
    b"{}",
    b"[]",
    b"\xff\xfe",
    b'{"update_id": -1}',
    b'{"update_id": 1e99}',
    b'{"update_id": 5, "message": 7}',
    b'{"update_id": 6, "message": {"message_id": 1, "chat": {"id": "x"}}}',
    b'{"update_id": 8, "callback_query": {"id": "1", "from": {"id": 5}, "data": "x"}}',
    b'{"update_id": 9, "message": {"message_id": 1, "chat": {"id": 5}, "from": {"id": 5}, "text": "\\u0000/start \\ud83d"}}',
    b'{"update_id": 10, "edited_message": {"message_id": 1}}',
    b"[" * 50_000,
)


async def test_whatever_is_told_is_acknowledged_and_changes_nothing(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        assert [await posts(town, body) for body in HOSTILE] == [200] * len(HOSTILE)
        assert town.world.rows("SELECT count(*) FROM chat_people") == [(0,)]


async def test_who_floods_us_is_not_heard_for_a_while(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        for _ in range(60):
            town.telegram.say(STRANGER, "hello")
        await town.world.clock.advance(0)

        ((heard,),) = town.world.rows("SELECT count(*) FROM chat_updates")
        assert heard == 40


async def test_what_telegram_took_without_telling_us_is_not_said_twice(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        before = len(town.telegram.view(ESTHER)["messages"])

        town.telegram.mood = Mood(unknown=1)
        await town.says(ESTHER, "/menu")
        town.telegram.mood = Mood()
        await town.world.clock.advance(600)
        await town.settles()

        assert len(town.telegram.view(ESTHER)["messages"]) == before + 2
        assert town.world.rows("SELECT state FROM outbox WHERE kind = 'chat' ORDER BY id DESC LIMIT 1") == [
            ("unknown",)
        ]


async def test_the_pace_of_a_group_is_kept(sqlite_database: DatabaseUrl) -> None:
    async with chat_town(sqlite_database) as town:
        await town.hires(ESTHER, "Esther Mutheu", Role.CASHIER)
        for _ in range(30):
            town.telegram.say(-555, "/help", by=ESTHER)
        for _ in range(8):
            await town.settles()

        assert town.world.rows("SELECT count(*) FROM outbox WHERE kind = 'chat' AND last_error <> ''") == [(0,)]
        ((sent,),) = town.world.rows("SELECT count(*) FROM outbox WHERE kind = 'chat' AND state = 'sent'")
        assert sent >= 20
