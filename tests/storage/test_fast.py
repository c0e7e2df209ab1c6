"""Statements compiled once say exactly what SQLAlchemy's Core says, on both databases."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.errors import Bug
from storage.database import DatabaseUrl, writer_engine
from storage.fast import Alike, Insert, Lookup, Query
from storage.schema import open_vault
from storage.tables import languages
from storage.tx import Tx
from storage.types import Id, Moment, from_us, to_us
from tests.rivals import Rival
from tests.world import START, World, keyring

metadata = sa.MetaData()
things = sa.Table(
    "things",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("on_day", sa.Date, nullable=True),
    sa.Column("at", Moment, nullable=True),
    sa.Column("is_open", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("raw", sa.LargeBinary, nullable=True),
    sa.Column("minor", sa.BigInteger, nullable=False, server_default="7"),
)
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("minor", sa.BigInteger, nullable=False),
)


@pytest.fixture
def tx(database: DatabaseUrl) -> Iterator[Tx]:
    engine = writer_engine(database)
    with engine.connect() as connection:
        vault = open_vault(connection, keyring())
    with engine.begin() as connection:
        metadata.create_all(connection)
        yield Tx(connection, START, lambda: UUID(int=0), vault)
    engine.dispose()


def thing(number: int) -> tuple[Any, ...]:
    return (
        UUID(int=number),
        f"thing {number}",
        date(2026, 1, 1 + number % 28) if number % 3 else None,
        START if number % 2 else None,
        number % 5 != 0,
        bytes([number % 256]) if number % 7 else None,
        number * 10**12,
    )


ADD = Insert(things)
BY_ID = Lookup(sa.select(things), things.c.id, order_by=(things.c.id,))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 64, 511, 512, 513, 1_300])
def test_what_is_inserted_is_found_as_core_finds_it(tx: Tx, count: int) -> None:
    rows = [thing(number) for number in range(count)]
    ADD(tx, rows)

    found = BY_ID(tx, [row[0] for row in rows])

    assert found == rows
    assert found == [tuple(row) for row in tx.connection.execute(sa.select(things).order_by(things.c.id))]
    assert [type(cell) for row in found[:1] for cell in row] == [type(cell) for row in rows[:1] for cell in row]


def test_padding_doubles_no_row_and_unknown_keys_find_nothing(tx: Tx) -> None:
    ADD(tx, [thing(number) for number in range(5)])

    assert [row[0].int for row in BY_ID(tx, [UUID(int=3), UUID(int=4), UUID(int=99)])] == [3, 4]
    assert [row[0].int for row in BY_ID(tx, [UUID(int=4)] * 3)] == [4]
    assert BY_ID(tx, [UUID(int=77)]) == []
    assert BY_ID(tx, []) == []


def test_columns_that_are_not_named_take_their_defaults(tx: Tx) -> None:
    Insert(things, "id", "name")(tx, [(UUID(int=1), "short")])

    assert BY_ID(tx, [UUID(int=1)]) == [(UUID(int=1), "short", None, None, True, None, 7)]


@pytest.mark.parametrize("count", [1, 3, 513])
def test_plain_rows_are_asked_for_and_answered_in_digits_and_microseconds(tx: Tx, count: int) -> None:
    rows = [thing(number) for number in range(count)]
    ADD(tx, rows)
    named = sa.select(things.c.id, things.c.name, things.c.at).order_by(things.c.id)
    expected = [(row[0].hex, row[1], to_us(row[3]) if row[3] else None) for row in rows]

    assert sorted(Lookup(named, things.c.id, plain=True)(tx, [row[0].hex for row in rows])) == expected
    assert Query(named, plain=True)(tx) == expected


@pytest.mark.parametrize("columns", [("name", "id"), ("id", "nome"), ("id", "id")])
def test_columns_out_of_order_would_change_places_and_are_refused(columns: tuple[str, ...]) -> None:
    """The story: `Insert(things, "name", "id")` wrote names into ids wherever the types let it."""
    with pytest.raises(Bug):
        Insert(things, *columns)


def test_a_known_row_breaks_the_constraint_is_passed_over_or_added_to(tx: Tx) -> None:
    ADD(tx, [thing(1)])
    Insert(things, or_ignore=True)(tx, [(UUID(int=1), "other", None, None, True, None, 0), thing(2)])
    fold = Insert(tallies, add=("minor",))
    fold(tx, [(UUID(int=1), 0, 5), (UUID(int=1), 1, 6)])
    fold(tx, [(UUID(int=1), 0, -7), (UUID(int=2), 0, 1)])

    assert [row[1] for row in BY_ID(tx, [UUID(int=1), UUID(int=2)])] == ["thing 1", "thing 2"]
    assert sorted(tuple(row) for row in tx.connection.execute(sa.select(tallies))) == [
        (UUID(int=1), 0, -2),
        (UUID(int=1), 1, 6),
        (UUID(int=2), 0, 1),
    ]
    with pytest.raises(sa.exc.IntegrityError), tx.connection.begin_nested():
        ADD(tx, [thing(1)])


def test_rows_that_change_alike_change_in_one_statement_and_others_do_not(tx: Tx) -> None:
    before = [thing(number) for number in range(702)]
    ADD(tx, before)
    ids = [row[0] for row in before]
    renamed = Alike(
        sa.update(things)
        .where(things.c.minor >= sa.literal_column("0"))
        .values(
            name=sa.bindparam("new", type_=sa.Text),
            at=sa.func.coalesce(sa.bindparam("when", type_=things.c.at.type), things.c.at),
        ),
        things.c.id,
    )

    for count in (0, 1, 3, 512, 700):
        assert renamed(tx, [*ids[:count], UUID(int=10_000)], new=f"one of {count}", when=None) == count
    found = BY_ID(tx, ids)

    assert [row[1] for row in found] == ["one of 700"] * 700 + ["thing 700", "thing 701"]
    assert [(row[0], *row[2:]) for row in found] == [(row[0], *row[2:]) for row in before]
    assert renamed(tx, [], new="nobody", when=None) == 0
    assert renamed(tx, ids[:2], new="two", when=START) == 2
    assert [row[1:4:2] for row in BY_ID(tx, ids[:3])] == [("two", START), ("two", START), ("one of 700", None)]


def test_named_parameters_and_constants_go_beside_the_keys(tx: Tx) -> None:
    ADD(tx, [thing(number) for number in range(10)])
    since = Lookup(
        sa.select(things.c.id).where(
            things.c.at >= sa.bindparam("since", type_=things.c.at.type), things.c.is_open.is_(True), things.c.minor > 0
        ),
        things.c.id,
    )
    wanted = [UUID(int=number) for number in range(10)]

    assert sorted(row[0].int for row in since(tx, wanted, since=START)) == [1, 3, 7, 9]
    assert since(tx, wanted, since=from_us(to_us(START) + 1)) == []


def test_a_query_is_asked_again_with_other_parameters(tx: Tx) -> None:
    ADD(tx, [thing(number) for number in range(10)])
    asked = (
        sa.select(things.c.id, things.c.on_day, sa.func.sum(things.c.minor))
        .where(things.c.at == sa.bindparam("at", type_=things.c.at.type), things.c.on_day <= sa.bindparam("day"))
        .group_by(things.c.id, things.c.on_day)
        .order_by(things.c.on_day.desc())
    )
    query = Query(asked)

    for day in (date(2026, 1, 6), date(2026, 1, 8)):
        expected = tx.connection.execute(asked, {"at": START, "day": day}).all()
        assert query(tx, at=START, day=day) == [tuple(row) for row in expected]
        assert expected


async def test_rows_that_are_looked_up_to_be_changed_are_held_until_the_commit(world: World) -> None:
    """On PostgreSQL: a second process that wants them waits; on SQLite the writer is alone."""
    await world.students({"KV10": 4_000})
    lookup = Lookup(sa.select(languages.c.language), languages.c.language)
    line = b"0123456789abcdef"
    await world.app.write(
        lambda tx, _: Insert(languages)(tx, [(line, "en", tx.now)]),
        None,
    )
    rival = Rival(world)
    try:
        order: list[str] = []

        def holds(tx: Tx, _: None) -> None:
            assert lookup(tx, ["en"], lock=True) == [("en",)]

        def wants(tx: Tx, _: None) -> None:
            lookup(tx, ["en"], lock=True)
            order.append("theirs")

        async def mine() -> None:
            await world.app.write(holds, None)
            order.append("mine")

        await rival.overlap(mine, lambda: rival.world.app.write(wants, None))
    finally:
        rival.close()

    assert sorted(order) == ["mine", "theirs"]


def test_a_broken_statement_is_told_as_core_tells_it_without_its_values(tx: Tx) -> None:
    ADD(tx, [thing(1)])

    with pytest.raises(sa.exc.IntegrityError) as by_us, tx.connection.begin_nested():
        ADD(tx, [thing(1)])
    with pytest.raises(sa.exc.IntegrityError) as by_core, tx.connection.begin_nested():
        tx.connection.execute(sa.insert(things).values(id=UUID(int=1), name="thing 1"))

    assert type(by_us.value.orig) is type(by_core.value.orig)
    assert "thing 1" not in str(by_us.value).partition("DETAIL")[0]
    assert not by_us.value.connection_invalidated


def test_a_connection_that_broke_is_said_to_be_broken_and_replaced(database: DatabaseUrl) -> None:
    if database.is_sqlite:
        pytest.skip("a SQLite file has no backend to kill")
    engine, others = writer_engine(database), writer_engine(database)
    lookup = Lookup(sa.select(languages.c.language), languages.c.language)
    with engine.connect() as connection, others.connect() as other:
        tx = Tx(connection, START, lambda: UUID(int=0), open_vault(connection, keyring()))
        (pid,) = connection.exec_driver_sql("SELECT pg_backend_pid()").one()
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")

        with pytest.raises(sa.exc.OperationalError) as lost:
            lookup(tx, ["en"])

        assert lost.value.connection_invalidated
        connection.rollback()
        assert lookup(tx, ["en"]) == []
    engine.dispose()
    others.dispose()
