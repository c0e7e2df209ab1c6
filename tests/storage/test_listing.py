"""Lists of payments are asked of indexes, in the order of their pages: as fast among ten million as among ten (PAY-12)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.payments import Method, Status
from storage.listing import Filters, payments_list
from storage.tx import Tx
from tests.world import START, World

DAY = timedelta(days=1)
SORTED = re.compile(r"\bSort\b|TEMP B-TREE")
"""What a plan says that finds everything before it can show a page."""


def plan(tx: Tx, filters: Filters) -> str:
    """How the database finds a page."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    if tx.is_postgresql:  # a table of a few rows is read whole, index or not
        tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        tx.connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        tx.connection.exec_driver_sql("SET LOCAL enable_sort = off")
    sa.event.listen(tx.connection, "before_cursor_execute", note)
    payments_list(tx, filters, limit=50)
    sa.event.remove(tx.connection, "before_cursor_execute", note)
    statement, parameters = asked[0]
    how = "EXPLAIN" if tx.is_postgresql else "EXPLAIN QUERY PLAN"
    rows = tx.connection.exec_driver_sql(f"{how} {statement}", parameters)
    return "\n".join(" ".join(map(str, row)) for row in rows)


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.COMPLETED])
async def test_what_was_not_simply_paid_is_found_by_its_own_index(world: World, status: Status) -> None:
    wanted = Filters(organisation=world.organisation, status=status)

    told = await world.app.read(plan, wanted)

    assert "payments_by_status" in told
    assert not SORTED.search(told), told


@pytest.mark.parametrize("method", [each for each in Method if each is not Method.PAYBILL])
async def test_what_was_not_paid_as_nearly_everything_is_is_found_by_its_own_index(
    world: World, method: Method
) -> None:
    wanted = Filters(organisation=world.organisation, status=Status.COMPLETED, method=method, provider="mpesa")

    told = await world.app.read(plan, wanted)

    assert "payments_by_method" in told
    assert not SORTED.search(told), told


@pytest.mark.parametrize("status", [None, Status.COMPLETED])
async def test_days_are_a_stretch_of_the_pages_own_key(world: World, status: Status | None) -> None:
    wanted = Filters(
        organisation=world.organisation, status=status, provider="mpesa", since=START - DAY, until=START + DAY
    )

    told = await world.app.read(plan, wanted)

    assert "(id>? AND id<?)" in told or ("payments_pkey" in told and "(id >=" in told and "(id <" in told), told
    assert not SORTED.search(told), told


async def test_days_find_each_payment_by_its_own_moment(world: World) -> None:
    await world.students({"KV10": 4_000})
    await world.arrives(world.notice("KV10", 100))
    await world.clock.advance(DAY.total_seconds())
    await world.arrives(world.notice("KV10", 200))
    moments = [line.times.initiated for line in await world.app.read(payments_list, Filters())][::-1]

    for since, until, found in (
        (None, None, 2),
        (moments[0], moments[1], 1),
        (moments[0], moments[1] + timedelta(microseconds=1), 2),
        (moments[0] + timedelta(microseconds=1), None, 1),
        (None, moments[0], 0),
    ):
        assert len(await world.app.read(payments_list, Filters(since=since, until=until))) == found
