"""A backup is one moment of busy books; restored, they are whole, and nothing is done twice (SEC-6)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.permissions import Actor, ActorKind
from core.phones import Msisdn
from runtime.chance import SeededRandom
from runtime.ids import SeededIds
from simulation.laws import books as books_of
from storage import backup, schedule
from storage.archive import ArchiveWriter, BadArchive, WrongKey
from storage.backup import Beginning, End, NotEmpty, OtherVersion, Rows, Written
from storage.database import DatabaseUrl, writer_engine
from storage.schema import REVISION
from storage.tables import metadata
from storage.tx import Tx
from storage.vault import Keyring
from tests.world import World, keyring, open_world
from usecases.collection import record_arrivals
from usecases.restoration import Restore, Restored, restore
from usecases.schedule import begin_run
from usecases.sealing import SealSome, seal
from usecases.verification import Anchor, verify

PHONE = "254712345678"
OPERATOR = Actor(ActorKind.OPERATOR, "tester", "cli")
Target = Callable[[], DatabaseUrl]
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Where there are no books yet."""
    return lambda: DatabaseUrl(f"sqlite:///{tmp_path / 'restored' / 'karani.db'}")


@pytest.fixture
def other_kind(database: DatabaseUrl, target: Target, new_pg_url: Callable[[], str]) -> Target:
    """A new, empty database of the other kind."""
    return (lambda: DatabaseUrl(new_pg_url())) if database.is_sqlite else target


def backed_up(world: World, *, told: Callable[[Written], None] = lambda _: None) -> bytes:
    """What `karani backup` writes now."""
    file, key = io.BytesIO(), SeededRandom(3).token(32)
    with world.reads.connect() as connection:
        tx = Tx(connection, world.clock.now(), world.ids.new, world.vault)
        archive = ArchiveWriter(file, data_key=key, wrapped=world.vault.seal(key))
        backup.dump(tx, archive.write, told=told)
        archive.close()
    return file.getvalue()


def restored_into(
    url: DatabaseUrl,
    file: bytes,
    world: World,
    *,
    moved: bool = False,
    ring: Keyring | None = None,
    told: Callable[[Written], None] = lambda _: None,
) -> Restored:
    ids = SeededIds(world.clock, seed=77)
    wish = Restore(
        url, ring or keyring(), SeededRandom(4).token, world.clock.now(), ids.new, OPERATOR, ("summary", "rare"), moved
    )
    return restore(io.BytesIO(file), wish, told=told)


def opened(url: DatabaseUrl, world: World) -> World:
    """The restored books, as a process that starts on them sees them."""
    other = open_world(url, seed=9, clock=world.clock)
    other.organisation, other.account, other._receipts = world.organisation, world.account, world._receipts
    return other


async def a_term(world: World) -> None:
    await world.students({"KV10": 4_000, "KV20": 1_000}, guardians={"KV10": [PHONE]})
    payer = Msisdn.parse(PHONE)
    for shillings in (100, 200, 300):
        await world.arrives(world.notice("KV10", shillings, payer=payer, name="ASHA WANJIRU"))
    await world.arrives(world.notice("nobody", 700, payer=payer))
    await world.prompts(PHONE, {"KV10": 150}, request_id="ws_CO_1")
    await world.asks(PHONE, {"KV20": 50})
    await world.clock.advance(60)
    await world.app.write(seal, SealSome(most=50))


def _into(file: io.BytesIO) -> Callable[[bytes], None]:
    def write(piece: bytes) -> None:
        file.write(piece)

    return write


def everything(url: DatabaseUrl, world: World) -> dict[str, list[Any]]:
    """Every row of every table, in the form that travels."""
    engine = writer_engine(url)
    stream = io.BytesIO()
    with engine.connect() as connection:
        tx = Tx(connection, world.clock.now(), world.ids.new, world.vault)
        backup.dump(tx, _into(stream), told=lambda _: None)
    engine.dispose()
    found: dict[str, list[Any]] = {}
    for record in backup.records([stream.getvalue()]):
        if isinstance(record, Rows):
            found.setdefault(record.table, []).extend(record.rows)
    return found


async def test_books_move_from_one_kind_of_database_to_the_other_without_losing_a_bit(
    world: World, database: DatabaseUrl, other_kind: Target
) -> None:
    await a_term(world)
    url = other_kind()

    done = restored_into(url, backed_up(world), world, moved=True)

    before, after = everything(database, world), everything(url, world)
    assert after.pop("changes")[: len(before["changes"])] == before.pop("changes")
    assert after == before
    assert (done.held, done.runs) == (0, 0)
    there = opened(url, world)
    assert await there.app.read(verify) == []
    assert there.broken_laws() == []
    assert await there.balances() == await world.balances()
    await there.arrives(there.notice("KV10", 400))
    assert await there.owes("KV10") == await world.owes("KV10") - 40_000
    await there.clock.advance(60)
    await there.app.write(seal, SealSome(most=50))
    assert await there.app.read(verify) == []
    there.close()


async def test_a_backup_under_traffic_is_one_moment(
    world: World, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGE", 2)
    await a_term(world)
    rival = writer_engine(world.url)
    arrived: list[int] = []

    def meanwhile(_: Written) -> None:
        if len(arrived) < 25:
            notice = world.notice("KV10", 10, payer=Msisdn.parse(PHONE))
            with rival.begin() as connection:
                tx = Tx(connection, world.clock.now(), world.ids.new, world.vault)
                record_arrivals(tx, [world.arrival(notice)])  # type: ignore[arg-type]
            arrived.append(1)

    before = await world.app.read(books_of, world.organisation)
    file = backed_up(world, told=meanwhile)
    rival.dispose()
    url = target()
    restored_into(url, file, world)

    there = opened(url, world)
    assert len(arrived) == 25
    assert await there.app.read(books_of, there.organisation) == before
    assert await there.app.read(verify) == []
    assert there.broken_laws() == []
    assert await world.owes("KV10") == await there.owes("KV10") - 25_000
    there.close()


@on_sqlite
async def test_what_may_have_been_sent_since_is_not_sent_again(world: World, target: Target) -> None:
    await a_term(world)
    waiting = world.rows("SELECT count(*) FROM outbox WHERE state = 'pending'")[0][0]
    assert waiting > 3
    file = backed_up(world)
    url = target()

    done = restored_into(url, file, world)

    there = opened(url, world)
    assert done.held == waiting
    assert there.rows("SELECT DISTINCT state FROM outbox WHERE substr(last_error, 1, 17) = 'may have been sen'") == [
        ("unknown",)
    ]
    assert there.rows("SELECT count(*) FROM outbox WHERE state = 'pending'") == [(0,)]
    assert there.rows("SELECT action, actor FROM changes WHERE subject_kind = 'books'") == [
        ("books_restored", "tester")
    ]
    there.close()


@on_sqlite
async def test_scheduled_work_that_was_due_before_the_restore_is_passed_over_and_the_next_covers_it(
    world: World, target: Target
) -> None:
    from core.schedule import Due
    from usecases.schedule import EndRun, end_run

    await a_term(world)
    first = Due("summary", world.organisation, world.clock.now())
    assert await world.app.write(begin_run, first) is not None
    await world.app.write(end_run, EndRun(first, True, "told"))
    file = backed_up(world)
    await world.clock.advance(26 * 3600)
    url = target()

    assert restored_into(url, file, world).runs == 2

    there = opened(url, world)
    last = await there.app.read(schedule.last_due, ["pull_missed", "summary"])
    assert set(last.values()) == {there.clock.now()}
    assert await there.app.read(schedule.unfinished) == []
    later = await there.app.write(begin_run, Due("summary", there.organisation, there.clock.now() + timedelta(hours=9)))
    assert later is not None
    assert later.since == first.at
    there.close()


@on_sqlite
async def test_a_book_that_was_rolled_back_is_told_by_a_seal_that_was_written_down(
    world: World, target: Target
) -> None:
    await a_term(world)
    file = backed_up(world)
    await world.arrives(world.notice("KV20", 20))
    await world.clock.advance(60)
    await world.app.write(seal, SealSome(most=50))
    newest = world.rows("SELECT number, hash FROM seals ORDER BY number DESC LIMIT 1")[0]
    url = target()
    restored_into(url, file, world)

    there = opened(url, world)
    anchor = Anchor.parse(f"{newest[0]}:{bytes(newest[1]).hex()}")
    assert await there.app.read(verify) == []
    assert [finding.table for finding in await there.app.read(verify, anchor)] == ["seals"]
    there.close()


async def test_nothing_is_written_over_books(world: World, database: DatabaseUrl) -> None:
    await a_term(world)
    before = everything(database, world)

    with pytest.raises(NotEmpty):
        restored_into(database, backed_up(world), world)

    assert everything(database, world) == before


@on_sqlite
async def test_a_restore_that_is_cut_off_leaves_an_empty_database_and_is_done_again(
    world: World, target: Target
) -> None:
    await a_term(world)
    file, url = backed_up(world), target()

    def killed(written: Written) -> None:
        if written.table == "payments":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restored_into(url, file, world, told=killed)
    restored_into(url, file, world)

    there = opened(url, world)
    assert await there.app.read(verify) == []
    there.close()


@on_sqlite
@pytest.mark.parametrize("spoil", [lambda file: file[:-1], lambda file: file[:-40] + b"\0" * 40, lambda file: b""])
async def test_a_spoilt_backup_is_refused_before_anything_is_written(
    world: World, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    url = DatabaseUrl(f"sqlite:///{tmp_path / 'nothing' / 'karani.db'}")

    with pytest.raises(BadArchive):
        restored_into(url, spoil(backed_up(world)), world)

    assert not url.path.exists()


@on_sqlite
async def test_a_thief_learns_nothing_and_needs_the_key(world: World, tmp_path: Path) -> None:
    await a_term(world)
    file = backed_up(world)

    for told in (b"Kivuli", b"Guardian", b"712345678", b"ASHA", b"KV10", b"payments"):
        assert told not in file
    url = DatabaseUrl(f"sqlite:///{tmp_path / 'nothing' / 'karani.db'}")
    with pytest.raises(WrongKey):
        restored_into(url, file, world, ring=Keyring([b"a thief's own key"], SeededRandom(5).token))
    assert not url.path.exists()


# --- streams that say something else ------------------------------------------------------------------------------------


def stream(*said: backup.Record) -> list[bytes]:
    return [len(body).to_bytes(4, "big") + body for body in map(backup._encode, said)]


COLUMNS = backup.columns_of_tables()
BEGINNING = Beginning(REVISION, 0, "sqlite", COLUMNS)
NOTHING = End(dict.fromkeys(COLUMNS, 0))


@pytest.mark.parametrize(
    "said",
    [
        [],
        [b"\0\0\0"],
        stream(BEGINNING),
        stream(NOTHING),
        stream(Rows("payments", [])),
        stream(BEGINNING, End({})),
        stream(BEGINNING, Rows("elsewhere", []), NOTHING),
        stream(BEGINNING, Rows("groups", [[1]]), NOTHING),
        stream(BEGINNING, NOTHING, NOTHING),
        [*stream(BEGINNING), b"\xff" * 8],
        [*stream(BEGINNING), b"\0\0\0\x01\xc1"],
    ],
)
def test_a_stream_that_is_no_backup_is_refused(said: list[bytes]) -> None:
    with pytest.raises(BadArchive):
        list(backup.records(said))


def test_a_backup_of_another_version_is_refused() -> None:
    for told in (
        Beginning("0000", 0, "sqlite", COLUMNS),
        Beginning(REVISION, 0, "sqlite", {"payments": ["id"]}),
    ):
        with pytest.raises(OtherVersion):
            list(backup.records(stream(told, NOTHING)))


def test_every_type_of_column_is_known_to_the_backup() -> None:
    for table in metadata.tables.values():
        for column in table.columns:
            backup._wire(column)
        assert table.primary_key.columns
    with pytest.raises(Exception, match="does not know"):
        backup._wire(sa.Column("share", sa.Float))
