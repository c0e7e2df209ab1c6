"""What the database itself refuses to do to petty cash, and `karani verify` names."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.tx import Tx
from tests.usecases.spending import Office
from tests.world import kes
from usecases import funds, variances
from usecases.funds import Replenish
from usecases.variances import RecordVariance
from usecases.verification import verify

BREAKING = (
    "UPDATE fund_payments SET executed_by = requested_by",
    "UPDATE fund_payments SET minor = minor + 1",
    "UPDATE fund_payments SET status = 'withdrawn'",
    "UPDATE fund_payments SET requested_by = executed_by",
    "DELETE FROM fund_payments",
    "UPDATE executions SET agent = ''",
    "DELETE FROM executions",
    "UPDATE execution_outcomes SET gateway_reference = ''",
    "UPDATE funds SET balance_minor = 0",
    "UPDATE funds SET most_minor = 0",
    "UPDATE executions SET executed_by = verified_by, attempt = 2",
    "UPDATE fund_payments SET status = 'executing' WHERE status = 'pending'",
)


async def test_the_database_itself_refuses_what_would_break_the_rules(either: Office) -> None:
    office = either
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    await office.asks(100)

    for statement in BREAKING:
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(_behind, statement)
    office.world.bugs.clear()


RULED = (
    "UPDATE variances SET ruling = 'approved', version = 2",
    "UPDATE variances SET adjusted_minor = 1",
    "DELETE FROM variances",
    "UPDATE replenishments SET ruling = 'approved', version = 2",
    "UPDATE replenishments SET minor = minor + 1",
    "DELETE FROM replenishments",
    "DELETE FROM funds",
    "UPDATE funds SET organisation_id = id",
    "UPDATE sign_ins SET totp_last_step = totp_last_step - 1",
)


async def test_the_database_takes_a_variance_and_a_replenishment_from_nobody_alone(either: Office) -> None:
    office = either
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    one = await office.world.app.write(
        variances.record_variance, RecordVariance(payment.id, kes(2_800), "change came back", office.ruth)
    )
    await office.world.app.write(
        funds.replenish, Replenish(office.world.organisation, office.fund.id, kes(1), office.ruth)
    )

    for statement in RULED:
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(_behind, statement)
    await office.says(one, office.faith, code=await office.code(office.faith))
    for statement in ("UPDATE variances SET ruling = 'rejected', version = 3", "DELETE FROM variances"):
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(_behind, statement)
    office.world.bugs.clear()


async def test_verify_names_what_was_done_behind_the_programs_back(office: Office) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)

    for spoil, mend, table in (
        ("balance_minor = balance_minor + 5", "balance_minor = balance_minor - 5", "funds"),
        ("attempts = 2", "attempts = 1", "executions"),
        ("version = version + 1", "version = version - 1", "fund_payments"),
    ):
        where = "funds" if table == "funds" else "fund_payments"
        await office.world.app.write(_behind, f"UPDATE {where} SET {spoil}")  # noqa: S608
        assert {one.table for one in await office.world.app.read(verify)} == {table}
        await office.world.app.write(_behind, f"UPDATE {where} SET {mend}")  # noqa: S608


def _behind(tx: Tx, statement: str) -> None:
    tx.connection.exec_driver_sql(statement)
