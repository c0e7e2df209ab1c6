"""What tests of the writer have in common."""

from collections.abc import Iterator

import pytest

from storage.database import DatabaseUrl
from tests.storage.notebook import Notebook


@pytest.fixture
def notebook(database: DatabaseUrl) -> Iterator[Notebook]:
    opened = Notebook(database)
    yield opened
    opened.close()
