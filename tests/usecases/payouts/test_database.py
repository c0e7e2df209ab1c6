"""What the database itself refuses to do to a payout, and `karani verify` names."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from storage.schema import lay_triggers, lift_rules
from storage.tables import payouts as table
from storage.tx import Tx
from tests.paying import Till
from usecases.payout_requests import request_payout
from usecases.verification import verify


@pytest.mark.parametrize(
    "change, says",
    [
        ("UPDATE payouts SET minor = minor + 100", "should be promised"),
        ("UPDATE payouts SET charge_minor = 100", "should be charged"),
        ("UPDATE payouts SET state = 'failed'", "its history of 1 ends at reserved"),
        ("UPDATE payouts SET currency = 'XXX'", "no such state or currency"),
        ("DELETE FROM payouts", "it has a history, but is not there"),
    ],
)
async def test_verify_names_a_payout_that_was_changed_behind_the_program_s_back(
    school: Till, change: str, says: str
) -> None:
    await school.request(3_200)
    assert await school.world.app.read(verify) == []

    await school.world.app.write(_without_rules, sa.text(change))

    assert any(says in one.what for one in await school.world.app.read(verify) if one.table == "payouts")


REFUSED = (
    "UPDATE payouts SET minor = minor + 100",
    "UPDATE payouts SET payee_index = x'00'",
    "UPDATE payouts SET provider_account_id = id",
    "UPDATE payouts SET subject_id = id",
    "UPDATE payouts SET original_receipt = 'UKL0000001', way = 'give_back'",
    "UPDATE payouts SET state = 'processing', version = version + 1",
    "UPDATE payouts SET state = 'failed'",
    "DELETE FROM payouts",
    "INSERT OR REPLACE INTO payouts SELECT * FROM payouts",
)
"""None of these leaves a trace in the trail, and each could pay another sum, another person, or once more."""


async def test_the_database_keeps_what_was_promised(either: Till) -> None:
    school = either
    await school.request(3_200)
    for statement in REFUSED:
        with pytest.raises(sa.exc.DBAPIError):
            await school.world.app.write(_behind, statement)
    school.world.bugs.clear()


async def test_the_database_sends_nothing_that_is_not_set_aside_or_that_nobody_let_go(either: Till) -> None:
    school = either
    first = await school.request(3_200)

    def copied(tx: Tx, changes: dict[str, Any]) -> None:
        """The row of a payout that nobody promised."""
        row = tx.connection.execute(sa.select(table).where(table.c.id == first.id)).mappings().one()
        tx.connection.execute(sa.insert(table).values({**row, **changes}))

    def sent(tx: Tx, id_: UUID) -> None:
        tx.connection.execute(sa.update(table).where(table.c.id == id_).values(state="sending", version=2))

    for changes in ({"state": "paid", "receipt": "UKL1"}, {"state": "sending"}, {"receipt": "UKL1"}):
        with pytest.raises(sa.exc.DBAPIError, match="payouts_begin"):
            await school.world.app.write(copied, {**changes, "id": school.world.ids.new(), "subject_id": first.id})
    for kind, why in (("test", "payouts_promised"), ("refund", ""), ("treasury", ""), ("loan", "")):
        mine = school.world.ids.new()
        await school.world.app.write(copied, {"id": mine, "subject_id": mine, "subject_kind": kind})
        with pytest.raises(sa.exc.DBAPIError, match=why or "payouts_"):
            await school.world.app.write(sent, mine)
    await school.world.app.write(_without_rules, sa.delete(table).where(table.c.id != first.id))
    school.world.bugs.clear()


@pytest.mark.parametrize("kind", ["refund", "treasury", "loan"])
async def test_what_is_set_aside_for_nothing_that_was_let_go_stays_here(school: Till, kind: str) -> None:
    payout = await school.world.app.write(request_payout, replace(school.wish(100), subject_kind=kind))
    with pytest.raises(sa.exc.DBAPIError, match="payouts_let_go"):
        await school.world.app.write(
            lambda tx, id_: tx.connection.execute(
                sa.update(table).where(table.c.id == id_).values(state="sending", version=2)
            ),
            payout.id,
        )
    school.world.bugs.clear()


def _without_rules(tx: Tx, statement: sa.Executable) -> None:
    lift_rules(tx.connection)
    tx.connection.execute(statement)
    lay_triggers(tx.connection)


def _behind(tx: Tx, statement: str) -> None:
    if tx.is_postgresql:
        statement = statement.replace("x'00'", "'x'").replace("INSERT OR REPLACE", "INSERT")
    tx.connection.exec_driver_sql(statement)
