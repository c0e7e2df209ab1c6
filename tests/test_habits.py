"""The house keeps its habits: names, locks, doorplates, and no machine's paths."""

import ast
import importlib.metadata
import itertools
import re
import sys
from pathlib import Path

import psycopg
import pytest
import redis

HOUSE = Path(__file__).parents[1]
ROOMS = [
    "core",
    "storage",
    "usecases",
    "providers",
    "notifications",
    "dialogue",
    "ussd",
    "web",
    "jobs",
    "cli",
    "runtime",
    "sandbox",
    "simulation",
    "bench",
    "tests",
]
TOP_LEVEL = {*ROOMS, "main", "wiring", "config"}
LOCKS = ("requirements.lock", "requirements-dev.lock")

A_PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<marker> ; [^\\]+)? \\$")
A_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
A_MACHINE = re.compile(r"(?:^|[\s\"'`=(:])(?:~|/(?:home|root|Users|work|private|var/folders))/[\w.]", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    lines = (HOUSE / lock).read_text().splitlines()
    return {pin["name"]: pin["version"] for pin in map(A_PIN.match, lines) if pin}


def written_by_us() -> list[Path]:
    names = ("*.py", "*.toml", "*.j2", "*.html", "*.js", "*.css", "*.md", "*.lock", "Makefile", "run")
    here = [path for name in names for path in HOUSE.glob(name)] + list((HOUSE / ".ci").glob("*"))
    rooms = [path for room in [*ROOMS, "docs"] for name in names for path in (HOUSE / room).rglob(name)]
    return sorted(path for path in {*here, *rooms} if path.is_file())


def test_no_name_of_ours_meets_an_installed_package_or_the_standard_library() -> None:
    theirs = {
        name for name, owners in importlib.metadata.packages_distributions().items() if set(owners) != {"karani"}
    } | set(sys.stdlib_module_names)

    assert theirs & TOP_LEVEL == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_no_address(lock: str) -> None:
    lines = (HOUSE / lock).read_text().splitlines()

    assert [line for line in lines if not (A_PIN.match(line) or A_HASH.match(line))] == []
    assert [first for first, second in itertools.pairwise(lines) if A_PIN.match(first) and A_PIN.match(second)] == []


def test_what_is_tested_is_what_runs() -> None:
    run, tested = pins("requirements.lock"), pins("requirements-dev.lock")

    assert run
    assert run.items() <= tested.items()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_in_one_sentence_what_it_is_for(room: str) -> None:
    sentence = ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text())) or ""

    assert re.fullmatch(r"[A-Z][^\n]*[^.\n]\.", sentence)
    assert ". " not in sentence


def test_no_file_knows_a_machine() -> None:
    found = {str(path.relative_to(HOUSE)): A_MACHINE.findall(path.read_text()) for path in written_by_us()}

    assert {name: paths for name, paths in found.items() if paths} == {}


def test_the_tests_bring_a_real_postgresql(pg_url: str) -> None:
    with psycopg.connect(pg_url) as connection:
        version = connection.execute("SELECT current_setting('server_version_num')::int").fetchone()

    assert version is not None
    assert version[0] >= 150_000


def test_the_tests_bring_a_real_redis(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
