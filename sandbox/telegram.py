"""Telegram, pretended: the Bot API in its own dialect, and the chats that people have with bots (protocols: telegram).

Updates go to the webhook that a bot registered, with its secret, one after the other, again and again until they are
answered with 2xx. Limits are Telegram's: about one message a second in a chat, twenty a minute in a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from core.errors import NotFound
from core.limits import Rule, decide
from core.ports import Clock, Http, Random
from sandbox.moods import Courier, Dice, Letter, Mood, Spawn

MOST_TEXT, MOST_CAPTION, MOST_DATA, MOST_ANSWER = 4_096, 1_024, 64, 200
MOST_UPLOAD = 50 * 1024 * 1024
_IN_A_CHAT, _IN_A_GROUP, _OF_A_BOT = Rule(3, 3), Rule(20, 60), Rule(30, 1)
_KEPT = 300
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


@dataclass
class Bot:
    """A bot as its maker opened it, and what it asked for since."""

    token: str
    name: str
    id: int
    url: str = ""
    secret: str = ""
    allowed: tuple[str, ...] = ()
    blocked_by: set[int] = field(default_factory=set)
    pending: list[dict[str, Any]] = field(default_factory=list)
    """What happened while it had no webhook: kept for it, as Telegram does for a day."""
    updates: int = 0


@dataclass
class Post:
    """A message as it stands in a chat."""

    number: int
    sender: str
    """`bot`, or a person's name."""
    text: str
    at: datetime
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    edited: bool = False
    file_name: str = ""
    file: bytes = b""
    by: int = 0
    """The person's id; 0 for the bot."""

    def view(self) -> dict[str, Any]:
        text = self.text if self.by else _plain(self.text)
        shown: dict[str, Any] = {"id": self.number, "from": self.sender, "text": text, "at": self.at}
        if self.buttons:
            shown["buttons"] = [[button["text"] for button in row] for row in self.buttons]
        if self.edited:
            shown["edited"] = True
        if self.file_name:
            shown["file"] = {"name": self.file_name, "bytes": len(self.file)}
        return shown


@dataclass
class Room:
    """A chat of one bot: private (its id is the person's), or a group (its id is negative)."""

    id: int
    title: str
    posts: list[Post] = field(default_factory=list)
    last: int = 0
    notice: str = ""
    """What the bot answered to the last pressed button."""

    def add(self, post: Post) -> Post:
        self.posts.append(post)
        del self.posts[:-_KEPT]
        return post

    def next(self) -> int:
        self.last += 1
        return self.last

    def find(self, number: int) -> Post | None:
        return next((post for post in self.posts if post.number == number), None)


class Telegram:
    """`app` is the Bot API; `say`, `press` and `send_file` are what people do."""

    def __init__(self, *, clock: Clock, random: Random, http: Http, spawn: Spawn) -> None:
        self.mood = Mood()
        self.courier = Courier(http=http, clock=clock, random=random, spawn=spawn)
        self.deleted: list[tuple[int, int]] = []
        self._clock, self._random, self._dice = clock, random, Dice(random)
        self._bots: dict[str, Bot] = {}
        self._rooms: dict[tuple[str, int], Room] = {}
        self._names: dict[int, str] = {}
        self._homes: dict[int, str] = {}
        self._queries: dict[str, tuple[Room, float]] = {}
        self._files: dict[str, bytes] = {}
        self._paces: dict[str, int] = {}
        self.app = web.Application(client_max_size=MOST_UPLOAD)
        self.app.add_routes(
            [web.route("*", "/bot{token}/{method}", self._called), web.get("/file/bot{token}/{path:.+}", self._file)]
        )

    def add(self, token: str, name: str) -> Bot:
        """Open a bot; the same again changes nothing."""
        if token not in self._bots:
            self._bots[token] = Bot(token, name, 7_000_000_000 + len(self._bots))
        return self._bots[token]

    def name(self, person: int, name: str, *, bot: str = "") -> None:
        """What others see of a person, and with which bot they talk: the first one, where none is said. Who talks with
        another has started it already."""
        self._names[person] = name
        if bot and self._bot(bot) is not self._bot():
            self._homes[person] = bot
            self._room(self._bot(bot), person)

    def met(self, person: int, bot: str) -> None:
        """They have pressed a bot's *Start*, as whoever linked a chat has: the bot may write to them first."""
        self._room(self._bot(bot), person)

    # --- the Bot API ----------------------------------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.Response:
        mood = self.mood
        if mood.latency_ms:
            await self._clock.sleep(mood.latency_ms / 1000)
        if mood.down:
            return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
        bot = self._bots.get(request.match_info["token"])
        if bot is None:
            return _error(401, "Unauthorized")
        fields, file = await _fields(request)
        method = getattr(self, f"_do_{request.match_info['method'].lower()}", None)
        if method is None:
            return _error(404, "Not Found")
        try:
            result = method(bot, fields, file)
        except _Refused as refused:
            return _error(refused.status, refused.description, refused.parameters)
        if self._dice.falls(mood.unknown) and request.transport is not None:
            request.transport.abort()
        return web.json_response({"ok": True, "result": result})

    def _do_getme(self, bot: Bot, _fields: Fields, _file: Sent) -> Any:
        return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.name, "can_join_groups": True}

    def _do_setwebhook(self, bot: Bot, fields: Fields, _file: Sent) -> Any:
        if not fields.get("url", "").startswith(("http://", "https://")):
            raise _Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        bot.url, bot.secret = fields["url"], fields.get("secret_token", "")
        bot.allowed = tuple(msgspec.json.decode(fields.get("allowed_updates", "[]"), type=list[str]))
        waiting, bot.pending = bot.pending, []
        for what in waiting:
            self._tell(bot, what)
        return True

    def _do_deletewebhook(self, bot: Bot, _fields: Fields, _file: Sent) -> Any:
        bot.url = ""
        return True

    def _do_getwebhookinfo(self, bot: Bot, _fields: Fields, _file: Sent) -> Any:
        waiting = sum(bot.url == letter.url for letter in self.courier.undelivered)
        return {"url": bot.url, "has_custom_certificate": False, "pending_update_count": waiting}

    def _do_sendmessage(self, bot: Bot, fields: Fields, _file: Sent) -> Any:
        room = self._reached(bot, fields)
        text = _text(fields.get("text", ""), MOST_TEXT, "message text is empty")
        buttons = _buttons(fields)
        self._keep_pace(bot, room)
        post = room.add(Post(room.next(), "bot", text, self._clock.now(), buttons))
        return self._shown(bot, room, post)

    def _do_editmessagetext(self, bot: Bot, fields: Fields, _file: Sent) -> Any:
        room = self._reached(bot, fields)
        post = room.find(int(fields.get("message_id", "0") or 0))
        if post is None or post.by:
            raise _Refused(400, "Bad Request: message to edit not found")
        text, buttons = _text(fields.get("text", ""), MOST_TEXT, "message text is empty"), _buttons(fields)
        same = [[button["callback_data"] for button in row] for row in buttons]
        if text == post.text and same == [[button["callback_data"] for button in row] for row in post.buttons]:
            raise _Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        self._keep_pace(bot, room)
        post.text, post.buttons, post.edited = text, buttons, True
        return self._shown(bot, room, post)

    def _do_deletemessage(self, bot: Bot, fields: Fields, _file: Sent) -> Any:
        room = self._reached(bot, fields)
        post = room.find(int(fields.get("message_id", "0") or 0))
        if post is None:
            raise _Refused(400, "Bad Request: message to delete not found")
        room.posts.remove(post)
        self.deleted.append((room.id, post.number))
        return True

    def _do_answercallbackquery(self, bot: Bot, fields: Fields, _file: Sent) -> Any:
        found = self._queries.pop(fields.get("callback_query_id", ""), None)
        if found is None or self._clock.monotonic() - found[1] > 60:
            raise _Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(fields.get("text", "")) > MOST_ANSWER:
            raise _Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        found[0].notice = fields.get("text", "")
        return True

    def _do_senddocument(self, bot: Bot, fields: Fields, file: Sent) -> Any:
        room = self._reached(bot, fields)
        if not file:
            raise _Refused(400, "Bad Request: there is no document in the request")
        name, content = next(iter(file.values()))
        caption = _plain(fields.get("caption", ""))
        if len(caption) > MOST_CAPTION:
            raise _Refused(400, "Bad Request: message caption is too long")
        self._keep_pace(bot, room)
        post = Post(
            room.next(), "bot", fields.get("caption", ""), self._clock.now(), _buttons(fields), False, name, content
        )
        room.add(post)
        return self._shown(bot, room, post)

    _do_sendphoto = _do_senddocument

    def _do_getfile(self, _bot: Bot, fields: Fields, _file: Sent) -> Any:
        id_ = fields.get("file_id", "")
        if id_ not in self._files:
            raise _Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {
            "file_id": id_,
            "file_unique_id": id_[:8],
            "file_size": len(self._files[id_]),
            "file_path": f"documents/{id_}",
        }

    def _do_setmycommands(self, _bot: Bot, _fields: Fields, _file: Sent) -> Any:
        return True

    async def _file(self, request: web.Request) -> web.Response:
        content = self._files.get(request.match_info["path"].removeprefix("documents/"))
        if request.match_info["token"] not in self._bots or content is None:
            return _error(404, "Not Found")
        return web.Response(body=content)

    def _reached(self, bot: Bot, fields: Fields) -> Room:
        try:
            chat = int(fields.get("chat_id", ""))
        except ValueError:
            raise _Refused(400, "Bad Request: chat_id is empty") from None
        room = self._rooms.get((bot.token, chat))
        if room is None:
            raise _Refused(400, "Bad Request: chat not found")
        if chat in bot.blocked_by:
            raise _Refused(403, "Forbidden: bot was blocked by the user")
        return room

    def _keep_pace(self, bot: Bot, room: Room) -> None:
        rules = [(f"{bot.token}:{room.id}", _IN_A_CHAT), (bot.token, _OF_A_BOT)]
        if room.id < 0:
            rules.append((f"{bot.token}:{room.id}:group", _IN_A_GROUP))
        now_ms = int(self._clock.monotonic() * 1000)
        for key, rule in rules:
            verdict = decide(self._paces.get(key, 0), now_ms, rule)
            if verdict.wait_ms:
                after = -(-verdict.wait_ms // 1000)
                raise _Refused(429, f"Too Many Requests: retry after {after}", {"retry_after": after})
            self._paces[key] = verdict.full_at_ms

    def _shown(self, bot: Bot, room: Room, post: Post) -> dict[str, Any]:
        """A message as the API tells of it."""
        told: dict[str, Any] = {
            "message_id": post.number,
            "date": int(post.at.timestamp()),
            "chat": self._chat(room),
            "from": self._person(post.by) if post.by else self._do_getme(bot, {}, {}),
        }
        told["caption" if post.file_name else "text"] = _plain(post.text) if not post.by else post.text
        if post.file_name:
            told["document"] = {
                "file_id": self._keep_file(post.file),
                "file_unique_id": "u",
                "file_name": post.file_name,
                "file_size": len(post.file),
            }
        return told

    def _keep_file(self, content: bytes) -> str:
        id_ = self._random.token(12).hex()
        self._files[id_] = content
        return id_

    def _chat(self, room: Room) -> dict[str, Any]:
        if room.id < 0:
            return {"id": room.id, "type": "group", "title": room.title}
        return {"id": room.id, "type": "private", "first_name": room.title}

    def _person(self, person: int) -> dict[str, Any]:
        return {"id": person, "is_bot": False, "first_name": self._name(person)}

    def _name(self, person: int) -> str:
        return self._names.get(person, f"Person {person}")

    # --- what people do -------------------------------------------------------------------------------------------------

    def _bot(self, name: str = "", chat: int = 0) -> Bot:
        name = name or self._homes.get(chat, "")
        for bot in self._bots.values():
            if name in ("", bot.name):
                return bot
        raise NotFound("bot", name)

    def _room(self, bot: Bot, chat: int) -> Room:
        key = (bot.token, chat)
        if key not in self._rooms:
            self._rooms[key] = Room(chat, f"Group {-chat}" if chat < 0 else self._name(chat))
        return self._rooms[key]

    def view(self, chat: int, *, bot: str = "") -> dict[str, Any]:
        """A chat as its people see it."""
        room = self._room(self._bot(bot, chat), chat)
        return {
            "chat": chat,
            "title": room.title,
            "messages": [post.view() for post in room.posts],
            "notice": room.notice,
        }

    def file(self, chat: int, number: int, *, bot: str = "") -> bytes:
        post = self._room(self._bot(bot, chat), chat).find(number)
        if post is None or not post.file_name:
            raise NotFound("file", str(number))
        return post.file

    def say(self, chat: int, text: str, *, by: int = 0, bot: str = "") -> None:
        """Somebody writes; in a private chat it is the person whose chat it is."""
        person, here = by or chat, self._bot(bot, chat)
        room = self._room(here, chat)
        here.blocked_by.discard(chat)
        post = room.add(Post(room.next(), self._name(person), text, self._clock.now(), by=person))
        room.notice = ""
        self._tell(here, {"message": self._shown(here, room, post)})

    def send_file(self, chat: int, name: str, content: bytes, *, by: int = 0, caption: str = "", bot: str = "") -> None:
        person, here = by or chat, self._bot(bot, chat)
        room = self._room(here, chat)
        post = Post(room.next(), self._name(person), caption, self._clock.now(), [], False, name, content, person)
        self._tell(here, {"message": self._shown(here, room, room.add(post))})

    def press(self, chat: int, number: int, button: str, *, by: int = 0, bot: str = "") -> None:
        """Somebody presses what a message offers: by what the button says. Raises `NotFound` when it does not offer it."""
        post = self._room(self._bot(bot, chat), chat).find(number)
        offered = [one for row in post.buttons for one in row] if post else []
        found = next((one for one in offered if button in (one["text"], one["callback_data"])), None)
        if found is None and button.isdecimal() and int(button) < len(offered):
            found = offered[int(button)]
        if found is None:
            raise NotFound("button", button)
        self.forge(chat, number, found["callback_data"], by=by, bot=bot)

    def forge(self, chat: int, number: int, data: str, *, by: int = 0, bot: str = "") -> None:
        """A press with any data, as an altered client can send it."""
        here = self._bot(bot, chat)
        room = self._room(here, chat)
        query = self._random.token(8).hex()
        self._queries[query] = (room, self._clock.monotonic())
        room.notice = ""
        placed = {"message_id": number, "chat": self._chat(room), "date": 0}
        told = {"id": query, "from": self._person(by or chat), "chat_instance": "1", "data": data, "message": placed}
        self._tell(here, {"callback_query": told})

    def data_of(self, chat: int, number: int, *, bot: str = "") -> list[str]:
        """The data of a message's buttons."""
        post = self._room(self._bot(bot, chat), chat).find(number)
        return [button["callback_data"] for row in post.buttons for button in row] if post else []

    def block(self, person: int, *, bot: str = "") -> None:
        """Somebody stops the bot."""
        here = self._bot(bot, person)
        here.blocked_by.add(person)
        moved = {"old_chat_member": {"status": "member"}, "new_chat_member": {"status": "kicked"}, "date": 0}
        room = self._room(here, person)
        self._tell(here, {"my_chat_member": {"chat": self._chat(room), "from": self._person(person), **moved}})

    def _tell(self, bot: Bot, what: dict[str, Any]) -> None:
        (kind,) = what
        if not bot.url:
            bot.pending.append(what)
            return
        if bot.allowed and kind not in bot.allowed:
            return
        bot.updates += 1
        body = msgspec.json.encode({"update_id": 100_000 + bot.updates, **what})
        headers = {_SECRET_HEADER: bot.secret} if bot.secret else {}
        self.courier.send(Letter(bot.url, body, "application/json", "", headers), self.mood)


# --- words in, words out ------------------------------------------------------------------------------------------------

Fields = Mapping[str, str]
Sent = Mapping[str, tuple[str, bytes]]


@dataclass
class _Refused(Exception):
    status: int
    description: str
    parameters: dict[str, int] | None = None


def _error(status: int, description: str, parameters: dict[str, int] | None = None) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=status)


async def _fields(request: web.Request) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    fields: dict[str, str] = dict(request.query)
    files: dict[str, tuple[str, bytes]] = {}
    if request.method == "POST":
        if request.content_type == "application/json":
            said = await request.json()
            fields |= {
                name: each if isinstance(each, str) else msgspec.json.encode(each).decode()
                for name, each in said.items()
            }
        else:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.file.read())
                elif isinstance(value, str):
                    fields[name] = value
    return fields, files


def _buttons(fields: Fields) -> list[list[dict[str, str]]]:
    if not fields.get("reply_markup"):
        return []
    try:
        rows = msgspec.json.decode(fields["reply_markup"], type=dict[str, Any]).get("inline_keyboard", [])
    except msgspec.DecodeError:
        raise _Refused(400, "Bad Request: can't parse reply keyboard markup JSON object") from None
    for row in rows:
        for button in row:
            if not 1 <= len(button.get("callback_data", "").encode()) <= MOST_DATA:
                raise _Refused(400, "Bad Request: BUTTON_DATA_INVALID")
            if not button.get("text"):
                raise _Refused(400, "Bad Request: inline keyboard button text must be non-empty")
    return [[{"text": button["text"], "callback_data": button["callback_data"]} for button in row] for row in rows]


_TAGS = ("b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler")


def _plain(html: str) -> str:
    """What people read of Telegram's HTML. Raises the refusal that Telegram gives to markup that it does not know."""
    text, rest, open_ = "", html, []
    while rest:
        before, bracket, rest = rest.partition("<")
        text += before
        if not bracket:
            break
        tag, closed, rest = rest.partition(">")
        name = tag.lstrip("/")
        if not closed or name not in _TAGS:
            raise _Refused(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{name[:20]}"')
        if not tag.startswith("/"):
            open_.append(name)
        elif not open_ or open_.pop() != name:
            raise _Refused(400, "Bad Request: can't parse entities: unexpected end tag")
    if open_:
        raise _Refused(
            400, f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag {open_[-1]}"
        )
    for name, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(name, character)
    return text


def _text(html: str, most: int, empty: str) -> str:
    plain = _plain(html)
    if not plain.strip():
        raise _Refused(400, f"Bad Request: {empty}")
    if len(plain) > most:
        raise _Refused(400, "Bad Request: message is too long")
    return html
