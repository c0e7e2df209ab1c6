"""What stories have in common."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from storage.database import DatabaseUrl


@pytest.fixture(scope="module")
def without_logs() -> Iterator[None]:
    """A month logs some ten thousand lines that nobody reads."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def only_when_proving(proving: bool) -> None:
    """Everyday runs have a shorter story instead."""
    if not proving:
        pytest.skip("`make prove` does it")


@pytest.fixture
def both(tmp_path: Path, new_pg_url: Callable[[], str]) -> tuple[DatabaseUrl, DatabaseUrl]:
    """A place for a story in a database of each kind."""
    return DatabaseUrl(f"sqlite:///{tmp_path}/karani.db"), DatabaseUrl(new_pg_url())
