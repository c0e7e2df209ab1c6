"""A pretended month keeps every law, is the same story each time, and a broken law is found and told again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import sqlalchemy as sa

from simulation import report, story
from simulation.report import told_and_shrunk
from simulation.story import tell
from simulation.town import Town
from simulation.weather import Faults
from simulation.wish import Told, Wish
from storage.database import DatabaseUrl, writer_engine
from storage.tables import balances, ledger_accounts

SMALL = Wish(seed=11, months=1, students=14, faults=Faults.MANY, acts=10)


@pytest.fixture(autouse=True, scope="module")
def _short_months(proving: bool) -> Iterator[None]:
    """A fifth of a month shows what a whole one does; `make prove` lives through whole ones."""
    with pytest.MonkeyPatch.context() as patch:
        if not proving:
            patch.setattr(story, "MONTH", timedelta(days=6))
            patch.setattr(story, "RECOUNT_EVERY", timedelta(days=3))
        yield


pytestmark = pytest.mark.usefixtures("without_logs")


def fresh(folder: Path, name: str = "karani") -> DatabaseUrl:
    return DatabaseUrl(f"sqlite:///{folder}/{name}.db")


def money(url: DatabaseUrl) -> dict[str, int]:
    """Every account's folded balance by its code."""
    engine = writer_engine(url)
    query = (
        sa.select(ledger_accounts.c.code, sa.func.sum(balances.c.minor))
        .join(balances, balances.c.account_id == ledger_accounts.c.id)
        .group_by(ledger_accounts.c.code)
    )
    with engine.connect() as connection:
        found = {code: int(minor) for code, minor in connection.execute(query)}
    engine.dispose()
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, DatabaseUrl]:
    """A month of bad luck, told once for the tests that compare with it."""
    url = fresh(tmp_path_factory.mktemp("month"))
    return await tell(url, SMALL), url


def test_a_month_of_bad_luck_breaks_no_law(month: tuple[Told, DatabaseUrl]) -> None:
    told, _ = month

    assert told.broken == ()
    assert told.payments > 5
    assert told.faults["power cut"] > 1
    assert told.faults["power cut at a commit"] > 1
    assert told.looks > 200


async def test_the_same_wish_tells_the_same_story(month: tuple[Told, DatabaseUrl], tmp_path: Path) -> None:
    again = await tell(fresh(tmp_path), SMALL)

    assert again.trace == month[0].trace
    assert money(fresh(tmp_path)) == money(month[1])


@pytest.mark.postgres
async def test_both_databases_end_in_the_same_money(
    tmp_path: Path, new_pg_url: Callable[[], str], proving: bool
) -> None:
    wish = SMALL if proving else replace(SMALL, students=4, acts=5)  # a story takes PostgreSQL several times as long
    sqlite, postgres = fresh(tmp_path), DatabaseUrl(new_pg_url())
    told = [await tell(url, wish) for url in (sqlite, postgres)]

    assert [one.broken for one in told] == [(), ()]
    assert told[0].payments > 2
    assert money(postgres) == money(sqlite)


async def test_a_broken_law_ends_the_story_and_a_shorter_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_one_coin(monkeypatch)
    monkeypatch.setattr(report, "MOST_ATTEMPTS", 1)

    told, shorter = await told_and_shrunk({"seed": 11, "months": 1, "students": 8, "faults": "none"}, None, _quietly)

    assert any("never came" in law for law in told.broken)
    assert shorter is not None
    assert shorter.wish.students < told.wish.students
    assert shorter.broken
    assert shorter.wish.command.startswith("karani simulate --seed 11 ")


async def test_a_wish_that_is_no_story_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        await told_and_shrunk({"organisations": 0}, None, _quietly)


def _quietly(told: Told) -> None:
    """Nobody watches."""


def forget_one_coin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world moves money of which it tells nobody, whoever asks."""
    found: Callable[..., Any] = Town.found

    async def with_a_lost_coin(*args: Any, **kwargs: Any) -> Town:
        town: Town = await found(*args, **kwargs)
        mpesa = town.pretend.mpesa
        tell_all = mpesa._move

        def silently(payee: Any, done: Any) -> None:
            tell_all(payee, done)
            mpesa.transactions.append(replace(done, receipt=f"X{done.receipt[1:]}", shortcode="1"))
            mpesa._move = tell_all  # type: ignore[method-assign]

        mpesa._move = silently  # type: ignore[method-assign]
        return town

    monkeypatch.setattr(Town, "found", with_a_lost_coin)
