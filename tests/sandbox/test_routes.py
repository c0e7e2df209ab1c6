"""The sandbox's paths answer scripts as DESIGN section 8 promises, and tell them plainly what they did wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from runtime.clock import VirtualClock, settle
from sandbox import feed as feeds
from sandbox import routes
from sandbox.moods import Mood, Moods
from sandbox.phones import INVALID_CODE, Phones
from tests.sandbox.pretend import START, PretendWorld

Client = TestClient[web.Request, web.Application]


@dataclass
class AnyProvider:
    """Something that has a mood."""

    mood: Mood = field(default_factory=Mood)


WANJIKU = "/sandbox/phones/254700100000"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
async def world(clock: VirtualClock) -> AsyncIterator[PretendWorld]:
    world = PretendWorld(clock)
    yield world
    await world.background.close()


@pytest.fixture
async def client(world: PretendWorld, clock: VirtualClock) -> AsyncIterator[Client]:
    app = web.Application()
    routes.mount(app, books=world, handsets=world, moods=world, clock=clock)
    async with TestClient(TestServer(app)) as client:
        yield client


async def get(client: Client, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.json()


async def post(client: Client, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status == 200, await answer.text()
    return await answer.json()


# --- the page --------------------------------------------------------------------------------------------------------


async def test_the_root_leads_to_the_page(client: Client) -> None:
    answer = await client.get("/", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (302, "/sandbox")


@pytest.mark.parametrize(
    "path, content_type",
    [
        ("/sandbox", "text/html; charset=utf-8"),
        ("/sandbox/page/style.css", "text/css; charset=utf-8"),
        ("/sandbox/page/page.js", "text/javascript; charset=utf-8"),
        ("/sandbox/page/icon.svg", "image/svg+xml"),
        ("/sandbox/page/fonts/besley.woff2", "font/woff2"),
    ],
)
async def test_each_file_of_the_page_has_its_type_and_its_guards(client: Client, path: str, content_type: str) -> None:
    answer = await client.get(path)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_a_browser_that_has_the_file_is_not_sent_it_again(client: Client) -> None:
    first = await client.get("/sandbox/page/style.css")

    again = await client.get("/sandbox/page/style.css", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status == 304
    assert await again.read() == b""


@pytest.mark.parametrize("name", ["nothing.js", "../routes.py", "%2e%2e/routes.py", "fonts/../../routes.py"])
async def test_nothing_but_the_page_is_served(client: Client, name: str) -> None:
    answer = await client.get(f"/sandbox/page/{name}")

    assert answer.status == 404


async def test_the_page_asks_nothing_of_other_hosts() -> None:
    for path in routes.PAGE.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text().replace("http://www.w3.org/2000/svg", "")
            assert "http:" not in text, path.name
            assert "https:" not in text, path.name


# --- phones ----------------------------------------------------------------------------------------------------------


async def test_a_script_dials_chooses_a_child_and_pays_with_the_pin(client: Client, clock: VirtualClock) -> None:
    dialled = await post(client, f"{WANJIKU}/dial", code="*384*70421#")
    chosen = await post(client, f"{WANJIKU}/key", input="1")
    ended = await post(client, f"{WANJIKU}/key", input="1")
    await clock.advance(2)
    asked = await get(client, WANJIKU)
    await post(client, f"{WANJIKU}/prompt", id=asked["prompts"][0]["id"], answer="pin")
    await clock.advance(2)
    after = await get(client, WANJIKU)

    assert dialled["screen"]["open"]
    assert chosen["screen"]["open"]
    assert not ended["screen"]["open"]
    assert asked["prompts"][0]["reference"] == "KV3833"
    assert after["prompts"] == []
    assert "Balance KSh 0.00" in after["sms"][-1]["text"]


async def test_a_phone_is_known_by_any_spelling_of_its_number(client: Client) -> None:
    await post(client, f"{WANJIKU}/dial", code="*384*70421#")

    assert (await get(client, "/sandbox/phones/0700100000"))["screen"]["open"]
    assert (await get(client, "/sandbox/phones/+254700100000"))["screen"]["open"]


@pytest.mark.parametrize("amount", [1500, "1500"])
async def test_paybill_takes_an_amount_as_number_or_as_text(client: Client, amount: object) -> None:
    await post(client, f"{WANJIKU}/paybill", shortcode="600100", account="KV3833", amount=amount)

    world = await get(client, "/sandbox/world")

    assert world["organisations"][0]["accounts"][0]["owed"] == 1_995_000 - 150_000


@pytest.mark.parametrize(
    "path", ["/sandbox/phones/nobody", "/sandbox/phones/12", "/sandbox/feed?phone=x", "/sandbox/feed"]
)
async def test_what_is_no_phone_number_is_not_found(client: Client, path: str) -> None:
    answer = await client.get(path)

    assert answer.status == 404
    assert (await answer.json())["code"] == "unknown_phone"


BAD_BODIES = [
    (b"", "not_json"),
    (b"{", "not_json"),
    (b"\xff\xfe", "not_json"),
    (b"[" * 15_000, "wrong_field"),
    (b"[]", "wrong_field"),
    (b"null", "wrong_field"),
    (b"{}", "wrong_field"),
    (b'{"code": 5}', "wrong_field"),
    (b'{"code": ""}', "wrong_field"),
    (b'{"code": null}', "wrong_field"),
    (b'{"code": "*1#", "also": 1}', "wrong_field"),
    (json.dumps({"code": "*" * 500}).encode(), "wrong_field"),
]


@pytest.mark.parametrize("body, code", BAD_BODIES)
async def test_a_wrong_body_is_explained_and_changes_nothing(client: Client, body: bytes, code: str) -> None:
    before = await get(client, WANJIKU)

    answer = await client.post(f"{WANJIKU}/dial", data=body)

    problem = await answer.json(content_type="application/problem+json")
    assert answer.status == 400
    assert problem["code"] == code
    assert problem["detail"]
    assert await get(client, WANJIKU) == before


@pytest.mark.parametrize("amount", [None, 1.5, True, [], ""])
async def test_an_amount_of_the_wrong_kind_is_refused(client: Client, amount: object) -> None:
    body = {"shortcode": "600100", "account": "KV3833", "amount": amount}

    answer = await client.post(f"{WANJIKU}/paybill", json=body)

    assert answer.status == 400


async def test_a_body_that_is_far_too_long_is_refused(client: Client) -> None:
    answer = await client.post(f"{WANJIKU}/dial", data=b" " * 100_000)

    assert answer.status == 413


async def test_a_prompt_that_is_not_there_is_not_found(client: Client) -> None:
    answer = await client.post(f"{WANJIKU}/prompt", json={"id": "gone", "answer": "pin"})

    assert answer.status == 404
    assert "gone" in (await answer.json())["detail"]


async def test_a_prompt_is_answered_in_one_of_the_known_ways_only(client: Client) -> None:
    answer = await client.post(f"{WANJIKU}/prompt", json={"id": "p01", "answer": "1234"})

    assert answer.status == 400


@pytest.mark.parametrize("path", ["/sandbox/chats/77", "/sandbox/nothing", "/sandbox/phones"])
async def test_other_paths_say_in_json_that_they_do_not_exist(client: Client, path: str) -> None:
    answer = await client.get(path)

    assert answer.status == 404
    assert (await answer.json())["code"] == "no_such_path"


async def test_the_real_handsets_and_moods_fit_these_paths(world: PretendWorld, clock: VirtualClock) -> None:
    provider = AnyProvider()
    app = web.Application()
    routes.mount(app, books=world, handsets=Phones(clock), moods=Moods({"mpesa": provider}), clock=clock)
    async with TestClient(TestServer(app)) as client:
        dialled = await post(client, f"{WANJIKU}/dial", code="*1#")
        mood = await post(client, "/sandbox/providers/mpesa/mood", down=True)
        wrong = await client.post("/sandbox/providers/mpesa/mood", json={"lost": 7})
        nowhere = await client.post(f"{WANJIKU}/paybill", json={"shortcode": "1", "account": "", "amount": 5})

    assert dialled["screen"] == {"text": INVALID_CODE, "open": False}
    assert mood["down"]
    assert [wrong.status, nowhere.status] == [404, 404]


# --- moods -----------------------------------------------------------------------------------------------------------


async def test_a_provider_changes_its_mood(client: Client) -> None:
    await post(client, "/sandbox/providers/mpesa/mood", doubled=1)

    assert (await get(client, "/sandbox/providers"))["mpesa"] == {"doubled": 1}


async def test_an_unknown_provider_and_a_mood_that_is_no_object_are_refused(client: Client) -> None:
    unknown = await client.post("/sandbox/providers/nobody/mood", json={})
    no_object = await client.post("/sandbox/providers/mpesa/mood", json=["down"])
    no_json = await client.post("/sandbox/providers/mpesa/mood", data=b"down")
    too_deep = await client.post("/sandbox/providers/mpesa/mood", data=b'{"a":' * 3_000)

    assert [unknown.status, no_object.status, no_json.status, too_deep.status] == [404, 400, 400, 400]


# --- the books and the feed ------------------------------------------------------------------------------------------


async def test_the_books_give_totals_and_what_came_after(client: Client) -> None:
    first = await get(client, "/sandbox/books")
    await post(client, f"{WANJIKU}/paybill", shortcode="600100", account="KV3833", amount=100)

    then = await get(client, f"/sandbox/books?after={first['entries'][-1]['id']}")

    trial = next(line for line in then["totals"] if line["kind"] == "trial")
    assert trial["minor"] == 0
    assert [entry["why"] for entry in then["entries"]] == ["exact reference KV3833"]
    assert {line["side"] for line in then["entries"][0]["lines"]} == {"debit", "credit"}


class Listener:
    """One open page."""

    def __init__(self, client: Client, clock: VirtualClock) -> None:
        self.client, self.clock = client, clock
        self.rest = b""

    async def open(self) -> None:
        self.answer = await self.client.get("/sandbox/feed?phone=254700100000")
        assert self.answer.headers["Content-Type"] == "text/event-stream"

    async def next(self) -> tuple[str, Any]:
        """The next message: its name and data."""
        while b"\n\n" not in self.rest:
            reading = asyncio.ensure_future(self.answer.content.readany())
            while not reading.done():
                await self.clock.advance(feeds.BEAT_S)
                await asyncio.wait([reading], timeout=0.02)
            self.rest += reading.result()
        message, self.rest = self.rest.split(b"\n\n", 1)
        if not message.startswith(b"event: "):
            return message.decode(), None
        name, data = message.decode().split("\n")
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_the_feed_tells_of_the_phone_and_of_the_books_as_they_change(client: Client, clock: VirtualClock) -> None:
    page = Listener(client, clock)
    await page.open()
    opening = [await page.next() for _ in range(3)]
    await post(client, f"{WANJIKU}/dial", code="*384*70421#")
    dialled = await page.next()
    await post(client, f"{WANJIKU}/paybill", shortcode="600100", account="KV3833", amount=100)
    paid = await page.next()

    assert [name for name, _ in opening] == ["retry: 2000", "phone", "news"]
    assert dialled[0] == "phone"
    assert dialled[1]["screen"]["open"]
    assert paid[0] == "news"
    assert [entry["why"] for entry in paid[1]["entries"]] == ["exact reference KV3833"]
    assert [event["kind"] for event in paid[1]["events"]][:3] == ["callback", "posted", "queued"]


async def test_a_silent_feed_shows_that_it_still_lives(client: Client, clock: VirtualClock) -> None:
    page = Listener(client, clock)
    await page.open()
    for _ in range(3):
        await page.next()

    assert await page.next() == (": still here", None)


async def test_more_pages_than_can_be_served_are_told_to_ask_instead(
    client: Client, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_LISTENERS", 1)
    page = Listener(client, clock)
    await page.open()
    await page.next()

    answer = await client.get("/sandbox/feed?phone=254700100000")

    assert answer.status == 503
    assert (await answer.json())["code"] == "too_many_listeners"


async def test_a_page_that_was_closed_makes_room_for_another(
    client: Client, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_LISTENERS", 1)
    page = Listener(client, clock)
    await page.open()
    await page.next()

    page.answer.close()
    for _ in range(100):
        await clock.advance(feeds.SILENCE_S)
        await settle()
        answer = await client.get("/sandbox/feed?phone=254700100000")
        if answer.status == 200:
            return
    pytest.fail("the closed page still takes up its place")
