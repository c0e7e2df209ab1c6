"""A browser in a test's hands: its cookies, the forms it was shown, and what it is answered."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

from core.permissions import Role
from tests.usecases.signing import PASSPHRASE, Person, enrolled
from tests.web.door import FORM, Door

ORIGIN = "https://karani.test"


@dataclass(frozen=True, slots=True)
class Shown:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def goes_to(self) -> str:
        return self.headers.get("Location", "")

    @property
    def words(self) -> str:
        """What a reader sees, without the marks."""
        body = re.sub(r"<(style|title).*?</\1>", " ", self.text, flags=re.DOTALL)
        body = re.sub(r"</?(strong|span|a)\b[^>]*>", "", body)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    def value(self, name: str) -> str:
        """What stands in a field."""
        found = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.text)
        assert found, f"no field {name}"
        value = re.search(r'value="([^"]*)"', found[0])
        return unescape(value[1]) if value else ""


@dataclass
class Browser:
    door: Door
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})

    async def get(self, path: str, **headers: str) -> Shown:
        return await self._asks("GET", path, None, headers)

    async def posts(self, path: str, fields: Mapping[str, str], **headers: str) -> Shown:
        """Only these fields: without the form's own, nobody believes it."""
        return await self._asks("POST", path, urlencode(fields).encode(), headers)

    async def sends(self, path: str, fields: Mapping[str, str], *, at: str = "", **headers: str) -> Shown:
        """Open the page, fill its form, send it."""
        page = await self.get(path)
        assert page.status == 200, (path, page.status, page.goes_to)
        hidden = {name: page.value(name) for name in ("csrf", "version") if f'name="{name}"' in page.text}
        return await self.posts(at or path, {**hidden, **fields}, **headers)

    async def sends_raw(self, path: str, body: bytes, kind: str, *, packed: str = "") -> Shown:
        """Any bytes as a form."""
        return await self._asks("POST", path, body, {"Content-Type": kind, "Content-Encoding": packed})

    async def _asks(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Shown:
        said = {**self.headers, **({"Content-Type": FORM} if body is not None else {})}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        said = {name: value for name, value in said.items() if value}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = io.BytesIO(body) if body is not None and len(body) > 1_000_000 else body
        async with self.door.client.request(method, path, data=sent, headers=said, allow_redirects=False) as answer:
            for name, morsel in answer.cookies.items():
                self.cookies[name] = morsel.value
            return Shown(answer.status, await answer.text(), answer.headers)

    async def signs_in(self, person: Person, **changes: str) -> Shown:
        fields = {"user": person.user_name, "passphrase": PASSPHRASE, "code": person.code, "next": "/staff"}
        return await self.sends("/staff/sign-in", fields | changes)


async def somebody(
    door: Door, role: Role = Role.MANAGER, user_name: str = "esther", phone: str = "254700900001"
) -> tuple[Browser, Person]:
    """A member of staff who has just signed in, and their browser."""
    person = await enrolled(door.world, user_name, role, phone)
    browser = Browser(door)
    assert (await browser.signs_in(person)).goes_to == "/staff"
    await door.world.clock.advance(30)  # the next code
    return browser, person
