"""A stolen hash of a passphrase costs its thief as much as OWASP asks; the suite itself hashes cheaply (`tests/conftest.py`)."""

import subprocess
import sys

from argon2 import Type

TELL = "from usecases.passphrases import HASHER; print(HASHER.time_cost, HASHER.memory_cost, HASHER.parallelism, HASHER.type.name)"


def test_a_hash_costs_as_much_as_owasp_asks() -> None:
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True).stdout.split()

    passes, kibibytes, lanes = map(int, told[:3])
    assert passes >= 2
    assert kibibytes >= 19 * 1_024
    assert lanes == 1
    assert told[3] == Type.ID.name
