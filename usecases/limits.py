"""Rate limits for every door: one trip to the shared memory a try (SEC-4).

    await limits.allow(app.memory, "receipt:lookup", limits.address_key(address), LOOKUPS)

`name` says what is limited, `whom` who tries: a phone's digits, an address (`address_key`), a token's hash.
"""

from __future__ import annotations

from core.limits import Rule, TooManyTries, address_key
from core.ports import KeyValue

__all__ = ["Rule", "TooManyTries", "address_key", "allow", "forgive"]


async def allow(memory: KeyValue, name: str, whom: str, rule: Rule) -> None:
    """Count one try. Raises `TooManyTries`, and `Unavailable` when the shared memory is down: what is limited is then not
    served at all, because a limit that can be switched off by trouble is none."""
    wait_ms = await memory.take(_key(name, whom), rule)
    if wait_ms > 0:
        raise TooManyTries(-(-wait_ms // 60_000))


async def forgive(memory: KeyValue, name: str, whom: str) -> None:
    """Forget the tries so far: the right code was typed after all."""
    await memory.delete(_key(name, whom))


def _key(name: str, whom: str) -> str:
    return f"limit:{name}:{whom}"
