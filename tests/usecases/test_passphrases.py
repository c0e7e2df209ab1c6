"""A stolen hash of a passphrase costs its thief as much as OWASP asks; the suite itself hashes cheaply (`tests/conftest.py`)."""

from __future__ import annotations

import subprocess
import sys

from argon2 import Type

from runtime.chance import SeededRandom
from runtime.threads import InlineThreads
from usecases.passphrases import Passphrases

TELL = "from usecases.passphrases import HASHER; print(HASHER.time_cost, HASHER.memory_cost, HASHER.parallelism, HASHER.type.name)"


def test_a_hash_costs_as_much_as_owasp_asks() -> None:
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True).stdout.split()

    passes, kibibytes, lanes = map(int, told[:3])
    assert passes >= 2
    assert kibibytes >= 19 * 1_024
    assert lanes == 1
    assert told[3] == Type.ID.name


async def test_only_the_passphrase_itself_matches_and_nobody_has_one() -> None:
    passphrases = Passphrases(InlineThreads(), SeededRandom(1))
    kept = await passphrases.hashed(b"simba na nyoka")

    assert await passphrases.matches(kept, b"simba na nyoka")
    assert not await passphrases.matches(kept, b"simba")
    assert not await passphrases.matches(None, b"simba na nyoka")
