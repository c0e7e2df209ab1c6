"""The pretend Telegram speaks the real one's dialect, and its chats can be lived in over HTTP (DESIGN 8)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from runtime.chance import SeededRandom
from runtime.clock import VirtualClock
from runtime.http import InProcessHttp
from runtime.tasks import Background
from sandbox.chat_routes import chat_routes
from sandbox.moods import Mood
from sandbox.telegram import Telegram
from tests.world import START

TOKEN, ESTHER, GROUP = "1:secret", 700900001, -5


class Bench:
    """A bot's maker at Telegram."""

    def __init__(
        self, telegram: Telegram, client: TestClient[web.Request, web.Application], clock: VirtualClock
    ) -> None:
        self.telegram, self.client, self.clock = telegram, client, clock

    async def calls(self, method: str, token: str = TOKEN, **fields: object) -> tuple[int, dict[str, Any]]:
        said = {
            name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for name, value in fields.items()
        }
        async with self.client.post(f"/bot{token}/{method}", data=said) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture
async def bench() -> Any:
    clock = VirtualClock(START)
    background = Background()
    telegram = Telegram(clock=clock, random=SeededRandom(1), http=InProcessHttp(clock), spawn=background.spawn)
    telegram.add(TOKEN, "a_bot")
    async with TestClient(TestServer(telegram.app)) as client:
        yield Bench(telegram, client, clock)
    await background.close()


def keys(data: str) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": "Yes", "callback_data": data}]]}


async def test_it_refuses_as_the_real_one_does(bench: Bench) -> None:
    bench.telegram.say(ESTHER, "hello")
    long_data = keys("x" * 65)

    refused = {
        "token": await bench.calls("getMe", token="nobody"),
        "method": await bench.calls("flyToTheMoon"),
        "chat": await bench.calls("sendMessage", chat_id=99, text="hi"),
        "data": await bench.calls("sendMessage", chat_id=ESTHER, text="hi", reply_markup=long_data),
        "empty": await bench.calls("sendMessage", chat_id=ESTHER, text=" "),
        "long": await bench.calls("sendMessage", chat_id=ESTHER, text="x" * 4_097),
        "markup": await bench.calls("sendMessage", chat_id=ESTHER, text="<b>unclosed"),
        "edit": await bench.calls("editMessageText", chat_id=ESTHER, message_id=77, text="hi"),
        "query": await bench.calls("answerCallbackQuery", callback_query_id="none"),
        "file": await bench.calls("getFile", file_id="none"),
    }

    assert {what: status for what, (status, _) in refused.items()} == dict.fromkeys(refused, 400) | {
        "token": 401,
        "method": 404,
    }
    assert all(answer["ok"] is False and answer["description"] for _, answer in refused.values())
    assert "BUTTON_DATA_INVALID" in refused["data"][1]["description"]


async def test_what_is_said_again_is_not_modified_and_too_much_is_too_fast(bench: Bench) -> None:
    bench.telegram.say(ESTHER, "hello")
    _, sent = await bench.calls("sendMessage", chat_id=ESTHER, text="hi", reply_markup=keys("a"))
    number = sent["result"]["message_id"]
    same = await bench.calls("editMessageText", chat_id=ESTHER, message_id=number, text="hi", reply_markup=keys("a"))

    assert "message is not modified" in same[1]["description"]
    answers = [await bench.calls("sendMessage", chat_id=ESTHER, text=f"{nth}") for nth in range(4)]
    assert [status for status, _ in answers] == [200, 200, 429, 429]
    assert answers[-1][1]["parameters"] == {"retry_after": 1}
    await bench.clock.advance(1)
    assert (await bench.calls("sendMessage", chat_id=ESTHER, text="again"))[0] == 200


async def test_a_group_hears_twenty_a_minute(bench: Bench) -> None:
    bench.telegram.say(GROUP, "hello", by=ESTHER)
    taken = 0
    for _ in range(30):
        status, _ = await bench.calls("sendMessage", chat_id=GROUP, text="hi")
        taken += status == 200
        await bench.clock.advance(1)

    assert 20 <= taken < 30


async def test_down_is_a_doormans_page(bench: Bench) -> None:
    bench.telegram.mood = Mood(down=True)

    async with bench.client.post(f"/bot{TOKEN}/getMe") as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")


async def test_a_file_that_somebody_sent_can_be_fetched(bench: Bench) -> None:
    bench.telegram.send_file(ESTHER, "statement.csv", b"a,b\n", caption="may")
    ((file_id, _),) = bench.telegram._files.items()

    _, found = await bench.calls("getFile", file_id=file_id)
    async with bench.client.get(f"/file/bot{TOKEN}/{found['result']['file_path']}") as answer:
        assert await answer.read() == b"a,b\n"


async def test_people_write_press_and_send_over_http() -> None:
    clock = VirtualClock(START)
    telegram = Telegram(clock=clock, random=SeededRandom(1), http=InProcessHttp(clock), spawn=lambda work: work.close())
    telegram.add(TOKEN, "a_bot")
    site = web.Application()
    site.add_routes(chat_routes(telegram, _Hasty(clock)))
    async with TestClient(TestServer(site)) as client:
        chat = f"/sandbox/chats/{ESTHER}"
        said = await client.post(f"{chat}/say", json={"text": "/menu"})
        sent = await client.post(f"{chat}/file", json={"name": "a.csv", "base64": b64encode(b"x").decode()})
        seen = await (await client.get(chat)).json()
        fetched = await client.get(f"{chat}/file/2")

        assert (said.status, sent.status, await fetched.read()) == (200, 200, b"x")
        assert [post["text"] for post in seen["messages"]] == ["/menu", ""]
        for path, body, status in (
            ("say", {"text": ""}, 400),
            ("press", {"message": 1, "button": "Yes"}, 404),
            ("file", {"name": "a", "base64": "?"}, 404),
            ("fly", {}, 404),
        ):
            assert (await client.post(f"{chat}/{path}", json=body)).status == status
        assert (await client.get("/sandbox/chats/nobody")).status == 404


class _Hasty:
    """Time that passes at once: nobody answers here."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now(self) -> Any:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        return None
