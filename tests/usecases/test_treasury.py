"""Petty cash: nobody pays what they asked for themselves, nothing leaves a fund twice, and the fund is what its books say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.approvals import (
    CodeMissing,
    ContentChanged,
    NotApproved,
    OwnMoney,
    OwnRequest,
    State,
    SubjectKind,
    Verdict,
)
from core.errors import NotFound, NotPermitted
from core.money import Money
from core.payouts import Payee, StandsNot, StandsPaid
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.sign_in import WrongCode
from core.treasury import (
    AttemptsSpent,
    Fund,
    FundId,
    FundPayment,
    FundPaymentId,
    FundTooLow,
    NotWords,
    NoVariance,
    OverTheFundsLimit,
    Ruling,
    Status,
    WrongStatus,
)
from sandbox.moods import Mood
from storage import approvals as approval_store
from storage import treasury as store
from storage.database import DatabaseUrl
from storage.tx import Tx
from tests.paying import PAYEE, Till, till
from tests.rivals import rival_of
from tests.usecases.signing import RECOVERY, Person, added
from tests.world import KES, TESTER, World, kes, open_world
from usecases import deciding, funds, treasury, variances
from usecases.approvals import Decide, Withdraw
from usecases.funds import FundEntry, Replenish, SaveFunds
from usecases.owners import OWNERS
from usecases.payouts import PayoutNews, record_news
from usecases.staff import Enrol, enrol
from usecases.treasury import (
    AskAgain,
    ChangePayment,
    ExecutePayment,
    ReconcilePayment,
    RequestFundPayment,
    WithdrawPayment,
)
from usecases.variances import RecordVariance
from usecases.verification import verify

HOUSE = FundEntry("house", "House money", opening=20_000, most=10_000, least=1_000, reorder=12_000, full=20_000)


@dataclass
class Office:
    """A fund of 20,000 and its people: Ruth asks, Amina and Carol decide and execute, Faith is the CFO."""

    till: Till
    fund: Fund
    ruth: Actor
    amina: Actor
    carol: Actor
    faith: Actor
    people: dict[str, Person]

    @property
    def world(self) -> World:
        return self.till.world

    async def asks(self, shillings: int = 3_000, by: Actor | None = None, **changes: Any) -> FundPayment:
        facts: dict[str, Any] = {"payee": Payee(PAYEE, "Otieno"), "purpose": "fuel", "reason": "the van", **changes}
        wish = RequestFundPayment(
            self.world.organisation, self.fund.id, amount=kes(shillings), actor=by or self.ruth, **facts
        )
        return await self.world.app.write(treasury.request_payment, wish)

    async def says(self, subject: Any, who: Actor, verdict: Verdict = Verdict.APPROVE, code: str = "") -> Any:
        approval = await self.world.app.read(approval_store.of_subject, subject.id)
        assert approval is not None
        return await self.world.app.write(deciding.decide, Decide(approval.id, verdict, who, code=code))

    async def code(self, who: Actor) -> str:
        await self.world.clock.advance(30)  # no code is taken twice
        return self.people[who.name].code

    async def executes(self, payment: FundPayment, who: Actor, code: str | None = None) -> Any:
        typed = await self.code(who) if code is None else code
        return await self.world.app.write(
            treasury.execute_payment, ExecutePayment(payment.id, who, typed, "curl", "trace")
        )

    async def approved(self, shillings: int = 3_000, **changes: Any) -> FundPayment:
        payment = await self.asks(shillings, **changes)
        await self.says(payment, self.amina)
        return await self.now(payment)

    async def now(self, payment: FundPayment) -> FundPayment:
        found = await self.world.app.read(store.load, payment.id)
        assert found is not None
        return found

    async def balance(self) -> int:
        found = await self.world.app.read(store.fund, self.fund.id)
        assert found is not None
        balances = await self.world.balances()
        assert balances.get(f"asset:fund:{self.fund.id.hex}", 0) == found.balance.minor
        assert balances["asset:allotted"] == -found.balance.minor
        return found.balance.minor


async def opened(world: World, shop: Till) -> Office:
    await world.app.write(funds.save_funds, SaveFunds(world.organisation, (HOUSE,), TESTER))
    (fund,) = await world.app.read(store.funds_of, world.organisation)
    people: dict[str, Person] = {}
    actors = []
    for number, (name, role) in enumerate(
        (("ruth", Role.REQUESTER), ("amina", Role.MANAGER), ("carol", Role.TREASURER), ("faith", Role.CFO))
    ):
        person = await added(world, name, role, f"25470080000{number}")
        enrolled = Enrol(person.link.token, "no passphrase is asked for here", person.code, RECOVERY, "127.0.0.1")
        await world.app.write(enrol, enrolled)
        people[person.staff.hex] = person
        actors.append(Actor(ActorKind.STAFF, person.staff.hex, "web 127.0.0.1", role))
    ruth, amina, carol, faith = actors
    return Office(shop, fund, ruth, amina, carol, faith, people)


@pytest.fixture
async def office(sqlite_database: DatabaseUrl) -> AsyncIterator[Office]:
    """What cannot differ between databases."""
    world = open_world(sqlite_database)
    await world.school()
    async with till(world) as shop:
        yield await opened(world, shop)
        assert await world.app.read(verify) == []
        assert world.broken_laws() == []
    world.close()
    assert world.bugs == []


@pytest.fixture
async def either(world: World) -> AsyncIterator[Office]:
    """The same on each database."""
    async with till(world) as shop:
        yield await opened(world, shop)
        assert await world.app.read(verify) == []


async def test_a_requisition_becomes_money_on_a_phone_and_each_step_is_known(either: Office) -> None:
    office = either
    payment = await office.asks()
    await office.says(payment, office.amina)
    done = await office.executes(payment, office.carol)
    assert (done.problem, done.payment.status) == (None, Status.EXECUTING)
    await office.till.until_known()

    paid = await office.now(payment)
    assert (paid.status, paid.attempts) == (Status.SUCCESS, 1)
    assert await office.balance() == 17_000_00
    ((execution, (outcome,)),) = await office.world.app.read(store.executions_of, payment.id)
    assert execution.verified_by == execution.executor == paid.executor
    assert (execution.origin, execution.agent) == ("web 127.0.0.1", "curl")
    assert (outcome.state, outcome.gateway_reference) == ("paid", office.till.orders[0].receipt)
    balances = await office.world.balances()
    assert balances["expense:fuel"] == 3_000_00
    assert balances["asset:float:mpesa:600984"] == -3_022_40
    assert await office.till.agrees() == []

    with pytest.raises(NotPermitted):  # whoever let it go does not tick it off
        await office.world.app.write(treasury.reconcile_payment, ReconcilePayment(payment.id, office.carol))
    done = await office.world.app.write(treasury.reconcile_payment, ReconcilePayment(payment.id, office.faith))
    assert (done.status, done.reconciled_at) == (Status.RECONCILED, office.world.clock.now())
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.reconcile_payment, ReconcilePayment(FundPaymentId(office.world.ids.new()), office.faith)
        )


async def test_nobody_approves_or_executes_their_own(office: Office) -> None:
    payment = await office.asks(by=office.amina)
    with pytest.raises(OwnRequest):
        await office.says(payment, office.amina)
    with pytest.raises(WrongStatus):
        await office.executes(payment, office.carol)
    await office.says(payment, office.carol)

    with pytest.raises(OwnRequest):
        await office.executes(payment, office.amina)
    with pytest.raises(NotPermitted):
        await office.executes(payment, office.ruth)
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.execute_payment, ExecutePayment(FundPaymentId(office.world.ids.new()), office.carol)
        )

    to_herself = await office.asks(payee=Payee(Msisdn("254700800001"), "Amina"))
    with pytest.raises(OwnMoney):
        await office.says(to_herself, office.amina)


async def test_a_wrong_code_lets_nothing_go_and_a_right_one_does_once(office: Office) -> None:
    payment = await office.approved()
    with pytest.raises(CodeMissing):
        await office.executes(payment, office.carol, code="")
    wrong = await office.executes(payment, office.carol, code="000000")
    assert isinstance(wrong.problem, WrongCode)
    assert wrong.payment.status is Status.APPROVED

    await office.executes(payment, office.carol)
    with pytest.raises(WrongStatus):
        await office.executes(payment, office.faith)

    assert len(office.world.rows("SELECT 1 FROM executions")) == 1


async def test_a_fund_is_not_spent_below_its_limit_nor_above_what_one_payment_may_be(office: Office) -> None:
    with pytest.raises(OverTheFundsLimit):
        await office.asks(10_001)
    first, second = await office.approved(10_000), await office.approved(9_001)
    await office.executes(first, office.carol)
    with pytest.raises(FundTooLow):
        await office.executes(second, office.carol)

    lower = FundEntry(**{**_entry(HOUSE), "most": 9_000})
    await office.world.app.write(funds.save_funds, SaveFunds(office.world.organisation, (lower,), TESTER))
    with pytest.raises(OverTheFundsLimit):
        await office.executes(second, office.carol)
    assert await office.balance() == 10_000_00


def _entry(entry: FundEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


async def test_what_cannot_be_asked_for_is_refused(office: Office) -> None:
    wrongs: list[dict[str, Any]] = [{"purpose": "Fuel!"}, {"reason": " "}, {"reason": "x" * 300}]
    for wrong in wrongs:
        with pytest.raises(NotWords):
            await office.asks(**wrong)
    with pytest.raises(NotPermitted):
        await office.asks(by=TESTER)
    nowhere = FundId(office.world.ids.new())
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.request_payment,
            RequestFundPayment(
                office.world.organisation, nowhere, Payee(PAYEE, "x"), kes(1), "fuel", "why", office.ruth
            ),
        )


async def test_whoever_changes_a_payment_needs_new_yeses_and_only_whoever_asked_may(office: Office) -> None:
    payment = await office.asks()
    with pytest.raises(NotPermitted):
        await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.carol, amount=kes(1)))
    changed = await office.world.app.write(
        treasury.change_payment, ChangePayment(payment.id, office.ruth, amount=kes(4_000), reason="two vans")
    )
    assert (changed.amount, changed.reason, changed.purpose) == (kes(4_000), "two vans", "fuel")
    assert office.world.rows("SELECT state FROM approvals ORDER BY requested_at, id") == [("void",), ("pending",)]

    await office.says(changed, office.amina)
    with pytest.raises(WrongStatus):
        await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.ruth, amount=kes(1)))
    withdrawn = await office.world.app.write(treasury.withdraw_payment, WithdrawPayment(payment.id, office.ruth))
    assert withdrawn.status is Status.WITHDRAWN
    with pytest.raises(NotFound):
        await office.world.app.write(
            treasury.withdraw_payment, WithdrawPayment(FundPaymentId(office.world.ids.new()), office.ruth)
        )


async def test_what_is_refused_or_withdrawn_at_the_approval_ends_the_payment(office: Office) -> None:
    refused, withdrawn = await office.asks(), await office.asks(4_000)
    await office.says(refused, office.amina, Verdict.REJECT)
    approval = await office.world.app.read(approval_store.of_subject, withdrawn.id)
    assert approval is not None
    await office.world.app.write(deciding.withdraw, Withdraw(approval.id, office.ruth))

    assert (await office.now(refused)).status is Status.REJECTED
    assert (await office.now(withdrawn)).status is Status.WITHDRAWN


async def test_what_nobody_decides_in_time_is_over(office: Office) -> None:
    payment = await office.asks()
    one = await office.world.app.write(
        funds.replenish, Replenish(office.world.organisation, office.fund.id, kes(1), office.ruth)
    )
    await office.world.clock.advance(80 * 3_600)
    await office.world.app.write(deciding.expire, TESTER)

    assert (await office.now(payment)).status is Status.REJECTED
    (found,) = await office.world.app.read(store.replenishments_of, office.world.organisation, limit=9)
    assert (found.id, found.ruling) == (one.id, Ruling.REJECTED)


async def test_people_read_what_waits_by_its_name_and_what_is_not_there_has_none(office: Office) -> None:
    payment = await office.approved()
    nowhere = office.world.ids.new()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    variance = await office.world.app.write(
        variances.record_variance, RecordVariance(payment.id, kes(1), "lost", office.ruth)
    )
    full = await office.world.app.write(
        funds.replenish, Replenish(office.world.organisation, office.fund.id, kes(1), office.ruth)
    )
    meant = {SubjectKind.PAYOUT: payment.id, SubjectKind.VARIANCE: variance.id, SubjectKind.REPLENISHMENT: full.id}
    names = {SubjectKind.PAYOUT: "TP-000001", SubjectKind.VARIANCE: "variance of TP-000001"}
    for kind, owner in OWNERS.items():
        if kind not in meant:
            continue
        named = await office.world.app.read(owner.named, meant[kind])
        assert named == names.get(kind, "replenish House money")
        assert await office.world.app.read(owner.named, nowhere) == ""
        with pytest.raises(NotFound):
            await office.world.app.write(owner.content, nowhere)


async def test_a_failed_payment_gives_the_fund_its_money_and_takes_new_yeses_a_few_times(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    for attempt in (1, 2, 3):
        await office.executes(payment, office.carol)
        await office.till.until_known()
        failed = await office.now(payment)
        assert (failed.status, failed.attempts) == (Status.FAILED, attempt)
        assert failed.last_error.startswith("not_registered")
        assert await office.balance() == 20_000_00
        if attempt < 3:
            await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
            await office.says(payment, office.amina)

    with pytest.raises(AttemptsSpent):
        await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))


async def test_money_that_moved_after_it_was_given_up_leaves_the_fund_all_the_same(office: Office) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
    ((execution, _),) = await office.world.app.read(store.executions_of, payment.id)
    told = StandsPaid("UKL9999999", kes(3_000), kes(13))

    await office.world.app.write(record_news, PayoutNews(execution.payout, office.world.account, told, b"", "", "t"))

    assert (await office.now(payment)).status is Status.SUCCESS
    assert await office.balance() == 17_000_00
    assert office.world.rows("SELECT state FROM approvals ORDER BY requested_at, id")[-1] == ("void",)
    undone = PayoutNews(execution.payout, office.world.account, StandsNot("declined"), b"", "", "t")
    await office.world.app.write(record_news, undone)
    assert (await office.now(payment)).status is Status.FAILED
    assert await office.balance() == 20_000_00


async def test_an_older_attempt_that_was_paid_after_all_is_told_while_the_newer_one_is_under_way(
    office: Office,
) -> None:
    office.till.daraja.disbursing.unregistered.add(PAYEE.digits)
    payment = await office.approved()
    await office.executes(payment, office.carol)
    await office.till.until_known()
    await office.world.app.write(treasury.ask_again, AskAgain(payment.id, office.ruth))
    await office.says(payment, office.amina)
    await office.executes(payment, office.carol)
    (first, _), _ = await office.world.app.read(store.executions_of, payment.id)

    news = PayoutNews(first.payout, office.world.account, StandsPaid("UKL9", kes(3_000), kes(0)), b"", "", "t")
    await office.world.app.write(record_news, news)

    assert (await office.now(payment)).status is Status.EXECUTING
    assert await office.balance() == 14_000_00
    assert len(office.world.rows("SELECT 1 FROM execution_outcomes WHERE state = 'paid'")) == 1


async def test_a_scheduled_payment_is_sent_on_its_day(office: Office) -> None:
    day = office.world.clock.now() + timedelta(days=3)
    payment = await office.approved(not_before=day)
    await office.executes(payment, office.carol)
    await office.till.work(60, step=20)
    assert office.till.orders == []

    await office.world.clock.advance(3 * 86_400)
    await office.till.until_known()

    assert (await office.now(payment)).status is Status.SUCCESS


async def test_a_variance_is_agreed_to_by_the_cfo_and_then_in_the_books(office: Office) -> None:
    payment = await office.approved()
    wish = RecordVariance(payment.id, kes(2_800), "change came back", office.ruth)
    with pytest.raises(WrongStatus):
        await office.world.app.write(variances.record_variance, wish)
    await office.executes(payment, office.carol)
    await office.till.until_known()
    one = await office.world.app.write(variances.record_variance, wish)
    for nothing in (kes(2_800), kes(3_000), Money(-1, KES)):
        with pytest.raises(NoVariance):
            await office.world.app.write(
                variances.record_variance, RecordVariance(payment.id, nothing, "x", office.ruth)
            )
    with pytest.raises(NotFound):
        await office.world.app.write(
            variances.record_variance, RecordVariance(FundPaymentId(office.world.ids.new()), kes(1), "x", office.ruth)
        )

    done = await office.says(one, office.faith, code=await office.code(office.faith))

    assert done.approval.state is State.EXECUTED
    assert await office.balance() == 17_200_00
    balances = await office.world.balances()
    assert (balances["expense:fuel"], balances["asset:cash"]) == (2_800_00, 200_00)
    more = await office.world.app.write(
        variances.record_variance, RecordVariance(payment.id, kes(2_900), "found a receipt", office.ruth)
    )
    assert more.original == kes(2_800)
    await office.says(more, office.faith, Verdict.REJECT)
    rulings = [
        one.ruling for one in await office.world.app.read(store.variances_of, office.world.organisation, limit=9)
    ]
    assert rulings == [Ruling.REJECTED, Ruling.APPROVED]


async def test_a_fund_that_runs_low_asks_to_be_filled_up_by_itself_once(office: Office) -> None:
    for _ in range(2):
        await office.executes(await office.approved(4_500), office.carol)
    await office.till.until_known()

    (one,) = await office.world.app.read(store.replenishments_of, office.world.organisation, limit=9)
    assert (one.requester, one.amount, one.ruling) == (None, kes(9_000), Ruling.PENDING)
    done = await office.says(one, office.faith, code=await office.code(office.faith))

    assert done.approval.state is State.EXECUTED
    assert await office.balance() == 20_000_00
    (filled,) = await office.world.app.read(store.replenishments_of, office.world.organisation, limit=9)
    assert filled.ruling is Ruling.APPROVED


async def test_somebody_may_ask_for_it_sooner_and_be_refused(office: Office) -> None:
    with pytest.raises(NotFound):  # it is full
        await office.world.app.write(
            funds.replenish, Replenish(office.world.organisation, office.fund.id, None, office.ruth)
        )
    wish = Replenish(office.world.organisation, office.fund.id, kes(5_000), office.ruth)
    one = await office.world.app.write(funds.replenish, wish)
    assert await office.world.app.write(funds.replenish, wish) == one  # one waits already
    await office.says(one, office.faith, Verdict.REJECT)

    with pytest.raises(NotFound):
        await office.world.app.write(
            funds.replenish, Replenish(office.world.organisation, FundId(office.world.ids.new()), None, office.ruth)
        )
    assert await office.balance() == 20_000_00


async def test_the_forecast_says_when_a_fund_runs_dry(office: Office) -> None:
    (before,) = await office.world.app.read(funds.forecasts, office.world.organisation)
    await office.executes(await office.approved(9_000), office.carol)
    await office.till.until_known()
    (after,) = await office.world.app.read(funds.forecasts, office.world.organisation)

    assert (before.spent.minor, before.dry) == (0, None)
    assert after.spent == kes(9_000)
    assert after.dry is not None
    assert (after.dry - office.world.clock.now().date()).days in (33, 34)  # 10,000 left at 300 a day


async def test_a_fund_may_be_opened_with_nothing_in_it(office: Office) -> None:
    (fund,) = await office.world.app.write(
        funds.save_funds, SaveFunds(office.world.organisation, (FundEntry("new", "New"),), TESTER)
    )
    assert (fund.balance.minor, fund.missing, fund.spendable.minor) == (0, None, 0)


async def test_set_up_is_safe_to_repeat_and_changes_no_balance(office: Office) -> None:
    wish = SaveFunds(office.world.organisation, (FundEntry(**{**_entry(HOUSE), "name": "Petty cash"}),), TESTER)
    for _ in range(2):
        await office.world.app.write(funds.save_funds, wish)

    (fund,) = await office.world.app.read(store.funds_of, office.world.organisation)
    assert (fund.name, fund.balance) == ("Petty cash", kes(20_000))
    with pytest.raises(NotPermitted):
        await office.world.app.write(funds.save_funds, SaveFunds(office.world.organisation, (HOUSE,), office.ruth))


async def test_two_who_execute_at_the_same_moment_let_it_go_once(either: Office) -> None:
    office = either
    payment = await office.approved()
    codes = await office.code(office.carol), office.people[office.faith.name].code
    wishes = [
        ExecutePayment(payment.id, who, code, "", "trace")
        for who, code in zip((office.carol, office.faith), codes, strict=True)
    ]
    with rival_of(office.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: office.world.app.write(treasury.execute_payment, wishes[0]),
            lambda: rival.world.app.write(treasury.execute_payment, wishes[1]),
        )

    assert sum(isinstance(one, Exception) for one in (mine, theirs)) == 1
    assert len(office.world.rows("SELECT 1 FROM executions")) == 1
    assert await office.balance() == 17_000_00


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

    def behind(tx: Tx, text: str) -> None:
        tx.connection.exec_driver_sql(text)

    for statement in BREAKING:
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(behind, statement)
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


CHANGES: dict[str, Any] = {
    "payee": Payee(Msisdn("254712000999"), "Otieno"),
    "name": Payee(PAYEE, "Otieno Junior"),
    "amount": kes(3_001),
    "purpose": "food",
    "reason": "the other van",
}


@pytest.mark.parametrize("field", [*CHANGES])
async def test_a_yes_to_what_was_shown_before_any_field_changed_is_refused(office: Office, field: str) -> None:
    payment = await office.asks()
    shown = await office.world.app.read(approval_store.of_subject, payment.id)
    assert shown is not None
    change = {"payee" if field == "name" else field: CHANGES[field]}
    await office.world.app.write(treasury.change_payment, ChangePayment(payment.id, office.ruth, **change))
    now = await office.world.app.read(approval_store.of_subject, payment.id)
    assert now is not None

    assert now.id != shown.id
    for approval in (shown.id, now.id):
        with pytest.raises(ContentChanged):
            await office.world.app.write(
                deciding.decide, Decide(approval, Verdict.APPROVE, office.amina, seen=shown.content)
            )
    assert (await office.now(payment)).status is Status.PENDING


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

    def behind(tx: Tx, text: str) -> int:
        return tx.connection.exec_driver_sql(text).rowcount

    for statement in RULED:
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(behind, statement)
    await office.says(one, office.faith, code=await office.code(office.faith))
    for statement in ("UPDATE variances SET ruling = 'rejected', version = 3", "DELETE FROM variances"):
        with pytest.raises(sa.exc.DBAPIError):
            await office.world.app.write(behind, statement)
    office.world.bugs.clear()


async def test_verify_names_what_was_done_behind_the_programs_back(office: Office) -> None:
    payment = await office.approved()
    await office.executes(payment, office.carol)

    def behind(tx: Tx, text: str) -> None:
        tx.connection.exec_driver_sql(text)

    for spoil, mend, table in (
        ("balance_minor = balance_minor + 5", "balance_minor = balance_minor - 5", "funds"),
        ("attempts = 2", "attempts = 1", "executions"),
        ("version = version + 1", "version = version - 1", "fund_payments"),
    ):
        where = "funds" if table == "funds" else "fund_payments"
        await office.world.app.write(behind, f"UPDATE {where} SET {spoil}")  # noqa: S608
        assert {one.table for one in await office.world.app.read(verify)} == {table}
        await office.world.app.write(behind, f"UPDATE {where} SET {mend}")  # noqa: S608


async def test_an_approval_dies_where_the_payment_is_another_than_was_approved(office: Office) -> None:
    payment = await office.approved()

    def another(tx: Tx, _: None) -> None:
        """As if the approval had been of another attempt."""
        before = store.load(tx, payment.id)
        assert before is not None
        tx.connection.exec_driver_sql("UPDATE fund_payments SET attempts = 1")

    await office.world.app.write(another, None)
    done = await office.executes(payment, office.carol)

    await office.world.app.write(
        lambda tx, _: tx.connection.exec_driver_sql("UPDATE fund_payments SET attempts = 0"), None
    )

    assert isinstance(done.problem, ContentChanged)
    assert office.world.rows("SELECT state FROM approvals") == [("void",)]


async def test_a_yes_to_another_payment_than_was_shown_kills_the_approval_and_nothing_else(office: Office) -> None:
    payment = await office.asks()

    def behind(tx: Tx, attempts: int) -> None:
        tx.connection.exec_driver_sql(f"UPDATE fund_payments SET attempts = {attempts}")  # noqa: S608

    await office.world.app.write(behind, 1)
    done = await office.says(payment, office.amina)
    await office.world.app.write(behind, 0)

    assert isinstance(done.problem, ContentChanged)
    assert (await office.now(payment)).status is Status.PENDING


async def test_one_who_was_never_approved_is_not_executed_even_by_the_cfo(office: Office) -> None:
    two = await office.asks(9_000)
    with pytest.raises((NotApproved, WrongStatus)):
        await office.executes(two, office.faith)


async def test_an_unreliable_provider_never_makes_the_fund_pay_twice(office: Office) -> None:
    payments = [await office.approved(shillings) for shillings in (1_000, 2_000, 2_500)]
    office.till.mpesa.mood = Mood(lost=0.5, doubled=0.5, broken=0.5, queue_full=0.5, lies=0.3)
    for payment in payments:
        await office.executes(payment, office.carol)
        await office.till.work(40, step=4)
    await office.till.until_known()

    ends = [await office.now(one) for one in payments]
    paid = sum(one.amount.minor for one in ends if one.status is Status.SUCCESS)
    assert await office.balance() == 20_000_00 - paid
    assert await office.till.agrees() == []
