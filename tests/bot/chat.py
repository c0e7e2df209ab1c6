"""A school with a bot at the pretended Telegram, in process and under a virtual clock; staff who write and press there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bot.telegram.desk import Answering
from bot.telegram.papers import Papers
from bot.telegram.registering import Registering
from bot.telegram.sending import Speaking
from config import load
from core.chats import LINK_BYTES
from core.ids import StaffId
from core.organisations import Kind
from core.permissions import Actor, Role
from documents.press import Press
from runtime.http import InProcessHttp
from runtime.tasks import Background
from runtime.threads import InlineThreads
from sandbox.telegram import Telegram
from storage.database import DatabaseUrl
from storage.organisations import connections
from tests.world import TESTER, World, open_world
from usecases.chats import IssueLink, issue_link
from usecases.setup import ProviderAccountEntry, SetUp, set_up
from wiring import Running, web_application

PUBLIC, TELEGRAM = "https://karani.test", "https://telegram.test"
TOKEN, BOT = "1234:token-for-tests", "kivuli_karani_bot"
ESTHER, DANIEL, RUTH, STRANGER, GROUP = 700900001, 700900002, 700900003, 799000111, -555


@dataclass
class ChatTown:
    """`says`, `presses` and `sees` are what people do; the workers run until all is said."""

    world: World
    running: Running
    telegram: Telegram
    staff: dict[int, Actor] = field(default_factory=dict)

    def workers(self) -> list[Any]:
        app, running = self.world.app, self.running
        return [
            Answering(app),
            Speaking(app, running.bots, Papers(app, running.press)),
            Registering(running.listening, app.clock),
        ]

    async def settles(self) -> None:
        """Everything that was told is taken up and answered, in Telegram's pace."""
        answering, speaking, _ = self.workers()
        for _ in range(40):
            await self.world.clock.advance(0.25)
            done = await answering.round() + await speaking.round()
            if not done and not self.world.rows(
                "SELECT 1 FROM chat_updates WHERE state = 'pending' UNION ALL "
                "SELECT 1 FROM outbox WHERE kind = 'chat' AND state = 'pending'"
            ):
                return

    async def says(self, who: int, text: str, *, in_: int = 0) -> str:
        self.telegram.say(in_ or who, text, by=who)
        await self.settles()
        return self.sees(in_ or who)

    async def presses(self, who: int, button: str, *, in_: int = 0, message: int = 0) -> str:
        """Press what the newest message that offers it says."""
        chat = in_ or who
        number = message or next(
            post["id"]
            for post in reversed(self.telegram.view(chat)["messages"])
            if any(button in row for row in post.get("buttons", ()))
        )
        self.telegram.press(chat, number, button, by=who)
        await self.settles()
        return self.notice(chat) or self.sees(chat)

    def sees(self, chat: int) -> str:
        """The bot's newest words there."""
        mine = [post for post in self.telegram.view(chat)["messages"] if post["from"] == "bot"]
        return str(max(mine, key=lambda post: post["id"])["text"]) if mine else ""

    def post(self, chat: int, number: int) -> dict[str, Any]:
        found: dict[str, Any] = next(post for post in self.telegram.view(chat)["messages"] if post["id"] == number)
        return found

    def newest(self, chat: int) -> dict[str, Any]:
        found: dict[str, Any] = [post for post in self.telegram.view(chat)["messages"] if post["from"] == "bot"][-1]
        return found

    def offers(self, chat: int) -> list[str]:
        return [label for row in self.newest(chat).get("buttons", ()) for label in row]

    def notice(self, chat: int) -> str:
        return str(self.telegram.view(chat)["notice"])

    async def hires(self, user: int, name: str, role: Role, *, linked: bool = True) -> Actor:
        """A member of staff, whose chat account has the last nine digits of their phone."""
        actor = await self.world.staff(role, phone=f"254{user}", name=name)
        self.staff[user] = actor
        if linked:
            token = await self.link(actor)
            await self.says(user, f"/start {token}")
        return actor

    async def link(self, actor: Actor) -> str:
        token = self.world.app.random.token(LINK_BYTES).hex()
        await self.world.app.write(issue_link, IssueLink(StaffId(UUID(actor.name)), token, TESTER))
        return token


@asynccontextmanager
async def chat_town(url: DatabaseUrl, *, world: World | None = None) -> AsyncIterator[ChatTown]:
    """A school with a bot that Telegram knows. A `world` that is given is another process of the same."""
    own = world or open_world(url)
    if world is None:
        await own.school()
        bot = ProviderAccountEntry("telegram", BOT, "sandbox", "key-of-the-bot", {"token": TOKEN})
        wish = SetUp("kivuli", "Kivuli Primary School", (Kind.SCHOOL,), "KE", "en", ("*384*70421#",), (bot,), TESTER)
        await own.app.write(set_up, wish)
    app, clock = own.app, own.clock
    http = InProcessHttp(clock)
    config = load(None, {"KARANI_PUBLIC_URL": PUBLIC, "KARANI_TELEGRAM_BASE_URL": TELEGRAM}, demo=True)
    press = Press(InlineThreads(), public_url=PUBLIC)
    running = Running(app, config, clock, own.ids, http, InlineThreads(), InlineThreads(), press)
    await running.rewire()
    background = Background()
    telegram = Telegram(clock=clock, random=app.random, http=http, spawn=background.spawn)
    telegram.add(TOKEN, BOT)
    http.mount(PUBLIC, web_application(running))
    http.mount(TELEGRAM, telegram.app)
    town = ChatTown(own, running, telegram)
    await town.workers()[2].round()
    try:
        yield town
    finally:
        await background.close()
        await http.close()
        own.close()
        assert own.bugs == []


async def hook_url(town: ChatTown) -> str:
    (found,) = [one for one in await town.world.app.read(connections) if one.account.provider == "telegram"]
    return f"{PUBLIC}/hooks/{found.hook_key}/telegram"
