"""What every test may ask for: real servers, a browser, and how hard Hypothesis tries."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import structlog
from argon2 import PasswordHasher, Type
from hypothesis import HealthCheck, settings

from storage.database import DatabaseUrl
from tests import servers
from tests.world import World, create_schema, open_world
from usecases import passphrases

if TYPE_CHECKING:
    from playwright.async_api import Browser

# A busy machine is not a failure: no deadlines. Everyday runs try the same examples each time, so that what is green here
# is green in CI; `make prove` sets KARANI_PROVE, draws afresh, and looks more than sixty times longer.
SLOW_IS_FINE = [HealthCheck.too_slow]
settings.register_profile(
    "everyday",
    max_examples=30,
    deadline=None,
    print_blob=True,
    derandomize=True,
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile("prove", parent=settings.get_profile("everyday"), max_examples=2_000, derandomize=False)
settings.load_profile("prove" if os.environ.get("KARANI_PROVE") == "1" else "everyday")

# What no production does: structlog's own default draws each trace in colours, with the values of every frame. That was
# nine tenths of the time of a story with an outage.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

# Slow on purpose, and hundreds of tests sign somebody in: 25 ms each, a tenth of the suite. What it costs in earnest is asserted
# in `tests/usecases/test_passphrases.py`.
passphrases.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)

QUIET_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

RUN = pytest.StashKey[Path]()

# Long walks through every room. A trace doubles their time and shows nothing new: what they reach, small tests reach too,
# or coverage of core and usecases would fail without them.
UNTRACED = (
    "tests/bench/",
    "tests/dialogue/test_any_input.py",
    "tests/dialogue/test_pages_fit.py",
    "tests/processes/",
    "tests/simulation/",
    "tests/stories/",
    "tests/web/staff/test_looks.py",
)

# Where core and usecases are to be covered whole, these tests must do it: the two rooms' own, and those of the doors through
# which alone some of their stories are told. All others run without a trace. Each room's coverage (`make cover`) is of all.
WHOLE = ["core", "usecases"]
TRACED = (
    "tests/bot/",
    "tests/cli/test_approvals.py",
    "tests/cli/test_fees.py",
    "tests/cli/test_loans.py",
    "tests/cli/test_providers.py",
    "tests/cli/test_treasury.py",
    "tests/core/",
    "tests/jobs/",
    "tests/usecases/",
    "tests/web/api/",
)
TRACE = pytest.StashKey[bool]()


MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Files of tests lie in memory where there is room: what they wait for otherwise is the disk's syncs."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    given = getattr(config, "workerinput", None)  # set in the worker processes of pytest-xdist only
    config.stash[RUN] = Path(given["karani_run"]) if given else servers.open_run()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: a test waits for servers and browsers a third of its time."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker process of pytest-xdist where the run's servers live."""
    node.workerinput["karani_run"] = str(node.config.stash[RUN])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN in config.stash:
        servers.close_run(config.stash[RUN])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the cases of one test in the order of their names, and trace no long walk and nothing twice.

    Cases made from a set come in an order that hangs on the process's hashing, and pytest-xdist refuses a run whose
    workers collected differently.
    """
    first: dict[str, int] = {}
    for place, item in enumerate(items):
        first.setdefault(item.nodeid.partition("[")[0], place)
    items.sort(key=lambda item: (first[item.nodeid.partition("[")[0]], item.nodeid))
    shown = TRACED if getattr(config.option, "cov_source", None) == WHOLE else ("tests/",)
    for item in items:
        # What runs on PostgreSQL is traced on SQLite, where the same code runs.
        item.stash[TRACE] = item.nodeid.startswith(shown) and not (
            item.nodeid.startswith(UNTRACED) or _on_postgresql(item)
        )
        if not item.stash[TRACE]:
            item.add_marker(pytest.mark.usefixtures("_untraced_processes"))
    if os.environ.get("KARANI_PROVE") != "1":
        _sample(config, items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected lives to the end: looking for garbage in it took a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """An untraced test's fixtures are not traced either; under pytest-cov's own marker they would be."""
    plugin = item.config.pluginmanager.get_plugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    if controller is None or item.stash[TRACE]:
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def _on_postgresql(item: pytest.Item) -> bool:
    return "[postgresql]" in item.nodeid or "[postgresql-" in item.nodeid


def _sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests marked `sampled`, every fourth case is enough on PostgreSQL: each case runs on SQLite, all under `make prove`."""
    sampled = [item for item in items if item.get_closest_marker("sampled") and _on_postgresql(item)]
    left_out = {item for at, item in enumerate(sampled) if at % 4}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


@pytest.fixture
def _untraced_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a long walk starts is no more traced than the walk is."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)


@pytest.fixture(scope="session")
def proving() -> bool:
    """Is this `make prove`? Long proofs choose their size by it."""
    return os.environ.get("KARANI_PROVE") == "1"


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> servers.Postgres:
    """A real PostgreSQL, one for the whole run, started when first asked for."""
    return servers.shared_postgres(pytestconfig.stash[RUN])


@pytest.fixture(scope="session")
def pg_url(postgres: servers.Postgres, worker_id: str) -> Iterator[str]:
    """An empty PostgreSQL database of this worker process, shared by its tests."""
    name = f"karani_{worker_id}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def new_pg_url(postgres: servers.Postgres, worker_id: str, _numbers: Iterator[int]) -> Iterator[Callable[..., str]]:
    """Call it for a PostgreSQL database of this test alone: empty, or a copy of `template`, dropped afterwards."""
    made: list[str] = []

    def create(*, template: str = "template0") -> str:
        made.append(f"karani_{worker_id}_{next(_numbers)}")
        return postgres.create(made[-1], template=template)

    yield create
    for name in made:
        postgres.drop(name)


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config, worker_id: str) -> str:
    """A numbered database of this worker process in a real Valkey, which speaks Redis; empty at the first test."""
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    return servers.shared_redis(pytestconfig.stash[RUN]).url(number)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium for browser tests; without one they are skipped, and say so. `KARANI_TEST_CHROMIUM` names another."""
    names = (os.environ.get("KARANI_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, filter(None, names)) if path), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install one, or name it in KARANI_TEST_CHROMIUM")
    return Path(found)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _browser(chromium: Path) -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET_BROWSER)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(_browser: Browser) -> AsyncIterator[Browser]:
    """One browser for the run, without pages: ask it for a context or a page of your own.

    It lives on the run's event loop, and so must its tests: `pytest.mark.asyncio(loop_scope="session")`, fixtures alike.
    """
    yield _browser
    for context in _browser.contexts:
        await context.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test: an in-memory one would be two databases for two engines."""
    path = tmp_path_factory.mktemp("template") / "karani.db"
    create_schema(DatabaseUrl(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def pg_template(postgres: servers.Postgres, worker_id: str) -> str:
    """The name of a migrated PostgreSQL database to copy for each test."""
    name = f"karani_template_{worker_id}"
    create_schema(DatabaseUrl(postgres.create(name)))
    return name


@pytest.fixture(scope="session")
def pg_copy(postgres: servers.Postgres, worker_id: str) -> Iterator[Callable[[str], str]]:
    """Call it for the URL of a copy of a template, as the template was: the same copy each time, for one test at a time."""
    copies: dict[str, servers.Copy] = {}
    with contextlib.ExitStack() as stack:

        def fresh(template: str) -> str:
            if template not in copies:
                copies[template] = stack.enter_context(
                    postgres.copy(f"karani_copy_{worker_id}_{len(copies)}", template)
                )
            return copies[template].fresh()

        yield fresh


@pytest.fixture(scope="session")
def sqlite_copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], DatabaseUrl]:
    """Call it for a copy of a template, as the template was: the same path each time, for one test at a time, so that
    engines with their compiled statements can be used again."""
    places: dict[Path, Path] = {}

    def fresh(template: Path) -> DatabaseUrl:
        if template not in places:
            places[template] = tmp_path_factory.mktemp("copy")
        for left in places[template].iterdir():
            left.unlink()
        copy = shutil.copy(template, places[template] / "karani.db")
        return DatabaseUrl(f"sqlite:///{copy}")

    return fresh


@pytest.fixture
def sqlite_database(sqlite_template: Path, sqlite_copy: Callable[[Path], DatabaseUrl]) -> DatabaseUrl:
    """A migrated SQLite file of this test alone, for what cannot differ between databases."""
    return sqlite_copy(sqlite_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> DatabaseUrl:
    """A migrated database of this test alone, once of each kind: the same tests hold on both."""
    if request.param == "sqlite":
        url: DatabaseUrl = request.getfixturevalue("sqlite_copy")(request.getfixturevalue("sqlite_template"))
        return url
    return DatabaseUrl(request.getfixturevalue("pg_copy")(request.getfixturevalue("pg_template")))


@pytest.fixture
async def world(database: DatabaseUrl) -> AsyncIterator[World]:
    """A school that takes M-Pesa, on either database."""
    opened = open_world(database)
    await opened.school()
    yield opened
    opened.close()
    assert opened.bugs == []
