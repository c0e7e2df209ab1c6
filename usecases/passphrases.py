"""Hashing passphrases: slow on purpose, so never on the event loop and never inside a transaction.

Argon2id with OWASP's least costs (19 MiB, two passes, one lane: some 30 ms). What is hashed is peppered before
(`storage.vault`), bound to its owner, so that a hash copied to another row opens nothing.
"""

from __future__ import annotations

from base64 import b64encode

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.ports import Random, Threads

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
WITHIN_S = 5.0


class Passphrases:
    """Hashes and checks in a small pool of threads: a flood of sign-ins waits, and the rest of the program does not."""

    def __init__(self, threads: Threads, random: Random) -> None:
        """`threads` is a pool of its own: each check holds 19 MiB."""
        self._threads = threads
        self._random = random
        self._nobody = ""

    async def hashed(self, peppered: bytes) -> str:
        salt = self._random.token(16)
        return await self._threads.run(lambda: HASHER.hash(b64encode(peppered), salt=salt), timeout_s=WITHIN_S)

    async def matches(self, hash_: str | None, peppered: bytes) -> bool:
        """Is this the passphrase? Without a hash (nobody of that name) it takes as long, and is none."""
        if not self._nobody:
            self._nobody = await self.hashed(self._random.token(32))
        compared = hash_ or self._nobody
        found = await self._threads.run(lambda: _verified(compared, peppered), timeout_s=WITHIN_S)
        return found and hash_ is not None


def _verified(hash_: str, peppered: bytes) -> bool:
    try:
        return HASHER.verify(hash_, b64encode(peppered))
    except (VerificationError, InvalidHashError):
        return False
