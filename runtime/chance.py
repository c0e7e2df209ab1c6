"""Chance: the operating system's, and a seeded one for stories that must repeat."""

from __future__ import annotations

import random
import secrets


class SystemRandom:
    """Unguessable: keys, codes, tokens."""

    def token(self, n_bytes: int) -> bytes:
        return secrets.token_bytes(n_bytes)

    def below(self, n: int) -> int:
        return secrets.randbelow(n)


class SeededRandom:
    """The same throws for the same seed. Never for secrets of a real installation."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def token(self, n_bytes: int) -> bytes:
        return self._chance.randbytes(n_bytes)

    def below(self, n: int) -> int:
        return self._chance.randrange(n)
