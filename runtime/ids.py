"""Identifiers that increase in time: UUIDv7 (RFC 9562)."""

from __future__ import annotations

import random
from uuid import UUID

import uuid_utils.compat

from core.ports import Clock


class UuidV7:
    """The real thing: increasing within a process, unguessable enough for a key, never for a secret."""

    def new(self) -> UUID:
        return uuid_utils.compat.uuid7()


class SeededIds:
    """The same ids for the same seed and the same virtual time, in UUIDv7's shape and strictly increasing.

    48 bits of milliseconds, then 30 bits that count within the millisecond, then 44 bits of seeded chance.
    """

    def __init__(self, clock: Clock, *, seed: int) -> None:
        self._clock = clock
        self._chance = random.Random(seed)
        self._millisecond = -1
        self._count = 0

    def new(self) -> UUID:
        millisecond = max(int(self._clock.now().timestamp() * 1000), self._millisecond)
        self._count = self._count + 1 if millisecond == self._millisecond else 0
        self._millisecond = millisecond
        high, low = divmod(self._count, 1 << 18)
        tail = low << 44 | self._chance.getrandbits(44)
        return UUID(int=millisecond << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | tail)
