"""Daraja's access token, kept once for every worker: fetching a new one invalidates the one before (vendor FAQ)."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode

import msgspec

from core.errors import Unavailable
from core.ports import Clock, Http, HttpReply, KeyValue

_EARLY_S = 60.0
_DEFAULT_LIFE_S = 300.0
_LOOK_AGAIN_S = 0.05


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: str | int | float | None = None  # documented as a number, in practice often a text


_ANSWER = msgspec.json.Decoder(_Answer)


class AccessToken:
    """The token of one pair of consumer key and secret, in `KeyValue` until a minute before it ends."""

    def __init__(
        self,
        *,
        base_url: str,
        consumer_key: str,
        consumer_secret: str,
        http: Http,
        keyvalue: KeyValue,
        clock: Clock,
        timeout_s: float,
    ) -> None:
        self._url = f"{base_url}/oauth/v1/generate?grant_type=client_credentials"
        self._basic = b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()
        name = hashlib.sha256(f"{base_url} {consumer_key}".encode()).hexdigest()[:32]
        self._key = f"mpesa:token:{name}"
        self._lock_key = f"mpesa:token-lock:{name}"
        self._http = http
        self._keyvalue = keyvalue
        self._clock = clock
        self._timeout_s = timeout_s
        self._here = asyncio.Lock()

    async def get(self) -> str:
        """A valid token. One caller fetches it while the others, in this process or another, wait for that one.

        Raises `Unavailable(sent=False)`: whatever the token was for has surely not been sent.
        """
        kept = await self._keyvalue.get(self._key)
        if kept is not None:
            return kept.decode()
        async with self._here:
            return await self._get_alone()

    async def refused(self, token: str) -> None:
        """Daraja does not know `token` any more. Forgotten, unless somebody has already put a newer one in its place."""
        if await self._keyvalue.get(self._key) == token.encode():
            await self._keyvalue.delete(self._key)

    async def _get_alone(self) -> str:
        """As `get`, for the one caller of this process."""
        until = self._clock.monotonic() + self._timeout_s
        while True:
            kept = await self._keyvalue.get(self._key)
            if kept is not None:
                return kept.decode()
            # The lock outlives the longest fetch, so that what we delete is always our own.
            if await self._keyvalue.put_if_absent(self._lock_key, b"1", ttl_s=self._timeout_s + 5):
                try:
                    return await self._fetch()
                finally:
                    await self._keyvalue.delete(self._lock_key)
            if self._clock.monotonic() >= until:
                raise Unavailable("mpesa", "another worker did not bring a token in time", retry_after_s=5)
            await self._clock.sleep(_LOOK_AGAIN_S)

    async def _fetch(self) -> str:
        if (kept := await self._keyvalue.get(self._key)) is not None:  # brought while we took the lock
            return kept.decode()
        headers = {"Authorization": f"Basic {self._basic}", "Accept": "application/json"}
        try:
            reply = await self._http.request("GET", self._url, headers=headers, body=None, timeout_s=self._timeout_s)
        except Unavailable as error:
            raise Unavailable("mpesa", f"no token: {error.reason}", retry_after_s=error.retry_after_s) from error
        token, life_s = _read(reply)
        await self._keyvalue.put(self._key, token.encode(), ttl_s=max(1.0, life_s - _EARLY_S))
        return token


def _read(reply: HttpReply) -> tuple[str, float]:
    """The token and its life in seconds. Raises `Unavailable`; its reason holds nothing of the answer but the status."""
    if reply.status != 200:
        # Wrong credentials are answered with 400 and an explanation that helps nobody at this hour.
        raise Unavailable("mpesa", f"no token: HTTP {reply.status}", retry_after_s=60)
    try:
        said = _ANSWER.decode(reply.body)
    except (ValueError, RecursionError):
        raise Unavailable("mpesa", "no token: unreadable answer", retry_after_s=60) from None
    if not said.access_token or not (said.access_token.isascii() and said.access_token.isprintable()):
        raise Unavailable("mpesa", "no token: unusable answer", retry_after_s=60)
    try:
        life_s = float(said.expires_in) if said.expires_in is not None else _DEFAULT_LIFE_S
    except ValueError:
        life_s = _DEFAULT_LIFE_S
    return said.access_token, life_s if 0 < life_s < 86_400 else _DEFAULT_LIFE_S
