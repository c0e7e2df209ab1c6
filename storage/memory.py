"""What several processes share for a while lies outside of the database, and is sealed there as it would be within (SEC-2)."""

from __future__ import annotations

from collections.abc import Sequence

from core.limits import Rule
from core.ports import KeyValue
from storage.vault import CannotOpen, Vault


class SealedKeyValue:
    """A `KeyValue` whose server learns neither phones nor what they typed: names are blind indexes, values are sealed.

    What no key opens any more is forgotten, as if its time had run out: a dialogue begins anew, a token is fetched again.
    """

    def __init__(self, inner: KeyValue, vault: Vault) -> None:
        self._inner = inner
        self._vault = vault

    async def get(self, key: str) -> bytes | None:
        return self._opened(await self._inner.get(self._name(key)))

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self._opened(kept) for kept in await self._inner.get_many([self._name(key) for key in keys])]

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        await self._inner.put(self._name(key), self._vault.seal(value), ttl_s=ttl_s)

    async def put_many(self, kept: Sequence[tuple[str, bytes, float]]) -> None:
        await self._inner.put_many([(self._name(key), self._vault.seal(value), ttl_s) for key, value, ttl_s in kept])

    async def put_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        return await self._inner.put_if_absent(self._name(key), self._vault.seal(value), ttl_s=ttl_s)

    async def delete(self, key: str) -> None:
        await self._inner.delete(self._name(key))

    async def take(self, key: str, rule: Rule) -> int:
        return await self._inner.take(self._name(key), rule)

    def _opened(self, kept: bytes | None) -> bytes | None:
        try:
            return None if kept is None else self._vault.open(kept)
        except CannotOpen:
            return None

    def _name(self, key: str) -> str:
        return self._vault.index("memory", key).hex()
