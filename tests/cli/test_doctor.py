"""`karani doctor` says of each thing whether it is in place, and what to do where it is not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cli import doctor
from storage.database import DatabaseUrl
from storage.outbox import Kind, Unknown, claim, settle
from storage.schema import REVISION, version
from tests.cli.conftest import Desk, Settings
from tests.world import World


def schema_version(desk: Desk) -> str | None:
    engine = sa.create_engine(DatabaseUrl(desk.settings.database_url).driver)
    with engine.connect() as connection:
        found = version(connection)
    engine.dispose()
    return found


def stamp(desk: Desk) -> None:
    engine = sa.create_engine(DatabaseUrl(desk.settings.database_url).driver)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{REVISION}')")  # noqa: S608
    engine.dispose()


def said(desk: Desk) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in desk.types("doctor", "--json").items}


def test_sound_books_are_sound(books: Desk) -> None:
    if schema_version(books) is None:  # the tests' template is made from the tables
        stamp(books)
    found = said(books)

    if books.settings.database_url.startswith("postgresql"):  # whose clock is not the virtual one of this test
        assert "database server's differs" in found.pop("clock")["text"]
    for name in found.keys() & {
        "configuration",
        "database",
        "append-only triggers",
        "vault",
        "disk",
        "clock",
        "kivuli",
    }:
        assert found[name]["state"] == "ok", found[name]
    assert found["process"]["state"] == "warn"
    assert found["suspense"]["text"] == "1 waiting"
    assert books.types("doctor").code == 0


def test_provider_accounts_are_listed_with_masked_addresses(books: Desk) -> None:
    account = said(books)["kivuli mpesa 600984"]

    assert account["text"] == "sandbox, https://pay.example.org/hooks/key-***/"


def test_a_wrong_configuration_is_the_whole_answer(desk: Desk) -> None:
    desk.wrong = [("KARANI_PORT", "must be a number"), ("KARANI_SECRET_KEYS", "is needed")]

    printed = desk.types("doctor", "--json")

    assert printed.code == 3
    assert [check["name"] for check in printed.items] == [
        "configuration: KARANI_PORT",
        "configuration: KARANI_SECRET_KEYS",
    ]


def test_a_database_that_does_not_open_is_a_line_of_the_answer(tmp_path: Path) -> None:
    desk = Desk(Settings(tmp_path, f"sqlite:///{tmp_path}/karani.db"))

    printed = desk.types("doctor")

    assert printed.code == 3
    assert "there are no books yet" in printed.out


def test_missing_triggers_are_bad(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def dropping(world: World) -> None:
        with world.engine.begin() as connection:
            name = "entries_no_update" if world.url.is_sqlite else "entries_append_only ON entries"
            connection.exec_driver_sql(f"DROP TRIGGER {name}")

    world_of(dropping)

    assert said(books)["append-only triggers"]["state"] == "bad"


def test_an_empty_program_is_told_what_comes_next(desk: Desk) -> None:
    found = said(desk)

    assert "karani setup" in found["organisations"]["advice"]
    assert found["seals"]["text"] == "none yet"


def test_what_may_have_been_sent_is_for_a_person(books: Desk, world_of: Callable[[Any], Any]) -> None:
    def losing(tx: Any, _: None) -> None:
        due = claim(tx, kind=Kind.SMS, limit=1, lease=timedelta(minutes=1))
        settle(tx, [Unknown(due[0].id, "no answer")])

    async def lost(world: World) -> None:
        await world.app.write(losing, None)

    world_of(lost)

    assert said(books)["outbox"]["state"] == "warn"


def test_a_clock_that_went_back_is_bad(books: Desk, world_of: Callable[[Any], Any]) -> None:
    async def tomorrow(world: World) -> None:
        await world.clock.advance(86_400)
        await world.school("mzuri")

    world_of(tomorrow)

    assert said(books)["clock"]["state"] == "bad"


@pytest.mark.parametrize("free_mb, state", [(100, "bad"), (1_000, "warn"), (9_000, "ok")])
def test_a_full_disk_is_seen_before_it_is_full(free_mb: int, state: str) -> None:
    assert doctor._disk(free_mb).state == state
