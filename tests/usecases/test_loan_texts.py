"""Borrowers text: what their loans still want, and what-if, where DO does exactly what was foretold (LOAN-2, SMS-1)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.approvals import Verdict
from core.loans.products import FeeTaken, Per, Rate
from core.messages import Reply, WishAnswered
from core.money import Money
from core.phones import Msisdn
from core.schedule import Due
from storage.database import DatabaseUrl
from storage.tables import organisations, phones
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.lending import BODA, Lender
from tests.usecases.test_replies import GUARDIAN, STRANGER, asked, says, text, with_students
from tests.world import KES, TESTER, World, open_world
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.loans.changing import WriteOff, ask_write_off
from usecases.loans.lending import SetProduct, set_product
from usecases.loans.planned import ask_planned
from usecases.messages import Claim, claim_messages
from usecases.replies.answering import ECHO_FOR
from usecases.schedule import begin_run
from usecases.texts import receive_text


@pytest.fixture
async def lender(sqlite_database: DatabaseUrl) -> AsyncIterator[Lender]:
    opened = await Lender(open_world(sqlite_database)).opens()
    yield opened
    assert opened.world.broken_laws() == []
    opened.world.close()
    assert opened.world.bugs == []


async def borrows(lender: Lender, phone: str, shillings: int = 6_000) -> str:
    number = await lender.lends(phone, shillings)
    await lender.world.app.write(claim_messages, Claim(99))
    return number


async def arrives(world: World, number: str, minor: int) -> None:
    await world.arrives(replace(world.notice(number, 1, payer=Msisdn(GUARDIAN)), amount=Money(minor, KES)))


async def test_what_if_is_foretold_and_do_does_exactly_that(lender: Lender) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)
    interest = sum(row.interest for row in (await lender.sees(number)).now.run.rows)
    assert await says(world, GUARDIAN, "WHATIF 3000") == (
        f"KSh 3,000 on 21 Nov 2026 for {number}: paid off 21 Feb 2027, KSh 307.99 of interest saved."
        " To do it, text DO within a day."
    )

    assert await says(world, GUARDIAN, "DO") == f"your phone now asks for your PIN to pay KSh 3,000 for Boda {number}."
    assert asked(world) == [(number, 3_000)]

    await arrives(world, number, 300_000)
    for days, usual in ((30, 107_115), (31, 107_115), (31, None)):  # as it went on before, until it ends
        await lender.days_pass(days)
        await arrives(world, number, usual or (await lender.sees(number)).now.payoff)
    run = (await lender.sees(number)).now.run
    assert (str(run.closed_on), interest - run.interest_charged) == ("2027-02-21", 30_799)


def limited(tx: Tx, least_minor: int) -> None:
    settings = tx.connection.scalar(sa.select(organisations.c.settings))
    narrow = json.dumps(json.loads(settings or "") | {"least_minor": least_minor})
    tx.connection.execute(sa.update(organisations).values(settings=narrow))


async def nine_o_clock(lender: Lender) -> object:
    """The morning's work, as the schedule runs it; "" when it ran already."""
    world = lender.world
    taken = await world.app.write(begin_run, Due("planned_payments", world.organisation, world.clock.now()))
    assert taken is not None
    first = await world.app.write(ask_planned, taken)
    assert await world.app.write(ask_planned, taken) == "done before"
    await world.app.write(claim_messages, Claim(99))
    return first


async def test_what_ends_a_loan_today_is_less_than_its_last_instalment(lender: Lender) -> None:
    """Seed 1 with one lender: a loan of one instalment was said to end with all the interest that was still to come."""
    await lender.lends(GUARDIAN, 6_000, 1)

    assert (await says(lender.world, GUARDIAN, "LOAN")).endswith(
        "KSh 6,120 is due by 21 Dec 2026. KSh 6,000 ends the loan today. To pay, text PAY LOAN-000001 and the sum."
    )
    assert (await says(lender.world, GUARDIAN, "balance")).startswith("Boda (LOAN-000001) owes KSh 6,000.")


async def test_what_if_on_a_day_to_come_asks_the_phone_on_that_day_and_reminds_of_nothing_before(
    lender: Lender,
) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)

    assert (await says(world, GUARDIAN, "what if I pay 500 on friday")).startswith(
        f"KSh 500 on 27 Nov 2026 for {number}"
    )
    assert await says(world, GUARDIAN, "yes") == (
        f"good. On 27 Nov 2026 your phone asks for your PIN to pay KSh 500 for {number}. Nothing is paid without it."
    )
    assert (await says(world, GUARDIAN, "yes")).startswith("nothing waits")
    assert world.rows("SELECT minor, due_on FROM promises") == [(50_000, "2026-11-27")]

    await lender.days_pass(5)
    assert await nine_o_clock(lender) == "0 phones of 0 plans"
    assert asked(world) == []
    await lender.days_pass(1)
    assert await nine_o_clock(lender) == "1 phones of 1 plans"
    assert asked(world) == [(number, 500)]
    await lender.days_pass(1)
    assert await nine_o_clock(lender) == "0 phones of 0 plans"


async def test_a_plan_that_was_paid_before_its_day_or_whose_loan_ended_asks_nobody(lender: Lender) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)
    await says(world, GUARDIAN, "what if 500 friday")
    await says(world, GUARDIAN, "yes")
    await arrives(world, number, 50_000)
    await lender.days_pass(6)
    assert await nine_o_clock(lender) == "0 phones of 1 plans"

    await says(world, GUARDIAN, "what if 700 friday")
    await says(world, GUARDIAN, "yes")
    await gives_up(lender, number)
    await lender.days_pass(7)
    assert await nine_o_clock(lender) == "0 phones of 1 plans"
    assert asked(world) == []


async def test_a_plan_beyond_limits_that_are_new_asks_nobody(lender: Lender) -> None:
    await borrows(lender, GUARDIAN)
    await says(lender.world, GUARDIAN, "what if 500 friday")
    await says(lender.world, GUARDIAN, "yes")
    await lender.world.app.write(limited, 100_000)
    await lender.days_pass(6)

    assert await nine_o_clock(lender) == "0 phones of 1 plans"


async def test_what_has_become_untrue_since_is_read_back_anew(lender: Lender) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)
    first = await says(world, GUARDIAN, "what if 500")
    await world.clock.advance(20 * 3_600)  # past midnight: another day, other figures

    again = await says(world, GUARDIAN, "DO")

    assert [first[:17], again[:17]] == ["KSh 500 on 21 Nov", "KSh 500 on 22 Nov"]
    assert asked(world) == []
    await world.clock.advance(ECHO_FOR.seconds)
    assert (await says(world, GUARDIAN, "DO")).startswith("your phone now asks")
    assert asked(world) == [(number, 500)]


async def test_a_yes_that_the_network_brings_twice_accepts_no_figures_that_nobody_has_read(lender: Lender) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)
    await says(world, GUARDIAN, "what if 500")
    await world.clock.advance(20 * 3_600)
    again = f"have you read our last text? For KSh 500 {number} text YES KSh 500 now, or YES in two minutes."

    await says(world, GUARDIAN, "DO", id_="ATXid_first")
    assert await says(world, GUARDIAN, "DO", id_="ATXid_second") == again
    assert await says(world, GUARDIAN, "yes 400") == again
    assert asked(world) == []

    assert (await says(world, GUARDIAN, "YES KSh 500")).startswith("your phone now asks")
    assert (await says(world, GUARDIAN, "YES KSh 500")).startswith("nothing waits")
    assert asked(world) == [(number, 500)]


async def test_what_if_waits_a_day_and_no_longer(lender: Lender) -> None:
    await borrows(lender, GUARDIAN)
    await says(lender.world, GUARDIAN, "what if 500 friday")
    await lender.world.clock.advance(86_401)

    assert (await says(lender.world, GUARDIAN, "DO")).startswith("nothing waits")


async def test_what_if_never_pays_more_than_ends_the_loan_nor_what_no_phone_can_be_asked_for(lender: Lender) -> None:
    await borrows(lender, GUARDIAN)

    assert (await says(lender.world, GUARDIAN, "what if 50000")).startswith("KSh 6,000 on 21 Nov 2026")
    assert (await says(lender.world, GUARDIAN, "what if")).startswith("how much, on which day? Text WHATIF 500 FRI")
    assert (await says(lender.world, GUARDIAN, "what if 500 yesterday")).startswith("how much, on which day?")


async def test_a_borrower_reads_what_each_loan_wants_and_when(lender: Lender) -> None:
    world, first = lender.world, await borrows(lender, GUARDIAN)
    assert await says(world, GUARDIAN, "my loan") == (
        f"{first}: KSh 1,071.15 is due by 21 Dec 2026. KSh 6,000 ends the loan today."
        f" To pay, text PAY {first} and the sum."
    )

    await lender.days_pass(40)
    assert (await says(world, GUARDIAN, f"loan {first}")).startswith(f"{first}: KSh 1,178.27 is late")
    assert "KSh 1,178.27 imechelewa tangu 21 Des 2026" in await says(world, GUARDIAN, "mkopo wangu loan 000001")


async def test_who_has_several_loans_reads_of_all_and_is_asked_which(lender: Lender) -> None:
    world, first = lender.world, await borrows(lender, GUARDIAN, 3_000)
    second = await borrows(lender, GUARDIAN, 2_000)
    told = f"2 loans, KSh 5,000 ends them today. Next: KSh 535.58 for {first}, 21 Dec 2026."

    assert (await says(world, GUARDIAN, "my loans")).startswith(told)
    assert (await says(world, GUARDIAN, "balance")).startswith(told)
    assert (await says(world, GUARDIAN, f"balance {second}")).startswith(f"{second}: KSh 357.05 is due by")
    assert (await says(world, GUARDIAN, "what if 500 friday")).startswith("for whom?")
    assert (await says(world, GUARDIAN, second)).startswith(f"KSh 500 on 27 Nov 2026 for {second}")
    assert (await says(world, GUARDIAN, "loan LOAN-000099")).startswith("LOAN-000099 is no number that we know")


async def test_a_borrowers_statement_is_what_the_loan_wants(lender: Lender) -> None:
    world, first = lender.world, await borrows(lender, GUARDIAN)

    for typed in ("statement", f"statement {first}", "taarifa ya mkopo 1"):
        assert (await says(world, GUARDIAN, typed)).startswith(f"{first}: KSh 1,071.15 "), typed


async def test_who_has_a_child_and_a_loan_gets_a_paper_of_the_child_alone(lender: Lender) -> None:
    world = await with_students(lender.world)
    first = await borrows(lender, GUARDIAN)

    assert (await says(world, GUARDIAN, f"statement {first}")).startswith(f"{first}: KSh 1,071.15 is due by")
    assert "http" in await says(world, GUARDIAN, "statement")
    assert "http" in await says(world, GUARDIAN, "statement KV10")


async def test_another_persons_loan_is_no_loan(lender: Lender) -> None:
    await borrows(lender, GUARDIAN)
    other = await borrows(lender, STRANGER)

    for typed in (f"loan {other}", f"what if {other} 500 friday"):
        assert (await says(lender.world, GUARDIAN, typed)).startswith(f"{other} is no number that we know")


async def test_a_loan_that_has_ended_has_no_what_if(lender: Lender) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)
    await says(world, GUARDIAN, "what if 500 friday")
    await arrives(world, number, 600_000)
    await world.app.write(claim_messages, Claim(99))

    assert (await says(world, GUARDIAN, "DO")).startswith("nothing waits")
    assert (await says(world, GUARDIAN, "my loan")).startswith("you can have up to KSh ")


async def gives_up(lender: Lender, number: str) -> None:
    wish = WriteOff(lender.world.organisation, number, "gone", lender.officer)
    asked_for = await lender.world.app.write(ask_write_off, wish)
    await lender.world.app.write(decide, Decide(asked_for.id, Verdict.APPROVE, lender.boss))


async def test_what_is_given_up_or_paid_ahead_is_not_asked_for(lender: Lender) -> None:
    world, number = lender.world, await borrows(lender, GUARDIAN)
    await gives_up(lender, number)

    assert (await says(world, GUARDIAN, "what if 500 friday")).startswith(f"{number} does not run any more")
    assert (await says(world, GUARDIAN, "my loan")).startswith("nothing is owed now")


async def test_a_wish_for_a_loan_that_nobody_decided_yet_is_told(lender: Lender) -> None:
    applied = await lender.asks(GUARDIAN)

    assert await says(lender.world, GUARDIAN, "my loan") == (
        f"your wish for KSh 6,000 ({applied.number}) is with the office. You get a text when it is decided."
    )
    assert (await says(lender.world, STRANGER, "my loan")).startswith("we do not know this phone yet. A first loan")


async def test_what_was_approved_is_told_as_what_comes_and_not_as_with_the_office(lender: Lender) -> None:
    by_hand = await lender.asks(GUARDIAN)
    await lender.decides(by_hand)
    await lender.pays_out()
    by_phone = await lender.asks(STRANGER)
    await lender.decides(by_phone)
    await lender.world.app.write(claim_messages, Claim(99))

    assert (await says(lender.world, GUARDIAN, "my loan")) == (
        f"your loan {by_hand.number} is approved. KSh 5,900 waits to be given to you; you get a text when it is on its way."
    )
    assert (await says(lender.world, STRANGER, "my loan")) == (
        f"your loan {by_phone.number} is approved and KSh 5,900 is on its way to your phone."
    )


async def test_what_no_phone_can_be_asked_for_is_not_foretold(lender: Lender) -> None:
    await borrows(lender, GUARDIAN)
    await lender.world.app.write(limited, 1_000)

    assert (await says(lender.world, GUARDIAN, "what if 5 friday")).startswith("one payment may be from KSh 10 to")


async def test_loans_that_were_given_up_ask_for_nothing(lender: Lender) -> None:
    for number in [await borrows(lender, GUARDIAN, 3_000), await borrows(lender, GUARDIAN, 2_000)]:
        await gives_up(lender, number)

    assert (await says(lender.world, GUARDIAN, "my loans")).startswith("nothing is owed now")


async def test_a_school_gives_no_loans(sqlite_database: DatabaseUrl) -> None:
    world = open_world(sqlite_database)
    await world.school()
    await with_students(world)

    assert (await says(world, GUARDIAN, "what if 500 friday")).startswith("we give no loans")
    assert (await says(world, GUARDIAN, "a loan for zebras")).startswith("text BALANCE")
    world.close()
    assert world.bugs == []


# --- asking for one -----------------------------------------------------------------------------------------------------


async def is_known(lender: Lender) -> None:
    """GUARDIAN has repaid a small loan in time, and may have a larger one."""
    await arrives(lender.world, await borrows(lender, GUARDIAN, 1_000), 100_000)
    await lender.world.app.write(claim_messages, Claim(99))


def loans(lender: Lender) -> list[tuple[object, ...]]:
    return lender.world.rows("SELECT asked_minor, state FROM loans WHERE number > 1 ORDER BY number")


async def test_a_loan_is_asked_for_after_its_cost_was_read_back(lender: Lender) -> None:
    world = lender.world
    await is_known(lender)

    assert await says(world, GUARDIAN, "APPLY 5000") == (
        "KSh 5,000, to pay back in how many parts: 1, 3, 6? Text only that number."
    )
    assert await says(world, GUARDIAN, "6") == (
        "loan KSh 5,000: you get KSh 4,900, pay back KSh 5,355.77 in 6, 21 Dec 2026-21 May 2027. Cost KSh 455.77. Text YES."
    )
    assert loans(lender) == []
    assert await says(world, GUARDIAN, "YES") == (
        "your wish for KSh 5,000 (LOAN-000002) is with the office. You get a text when it is decided."
    )
    assert (await says(world, GUARDIAN, "YES")).startswith("nothing waits")

    assert loans(lender) == [(500_000, "applied")]
    for typed in ("apply 2000 3", "apply 2000", "apply"):
        assert (await says(world, GUARDIAN, typed)).startswith("no further loan can be had by text now"), typed
    assert (await says(world, GUARDIAN, "balance")).startswith("nothing is owed now")
    assert (await says(world, GUARDIAN, "pay 500")).startswith("nothing is owed now")


async def test_however_it_is_asked_for_the_cost_comes_first(lender: Lender) -> None:
    await is_known(lender)

    for typed in ("apply 6 5000", "apply KES 5000 6", "apply boda 5k in 6", "naomba mkopo 5000 6", "kopa 5000 6"):
        assert "KSh 5,355.77" in await says(lender.world, GUARDIAN, typed), typed
    assert loans(lender) == []


CANNOT_BE_HAD = {
    "apply": "you can have up to KSh 12,500. Text APPLY and the sum in figures",
    "my loan": "you can have up to KSh 12,500.",
    "apply 500": "you can have up to KSh 12,500.",
    "apply 5000 6000": "you can have up to KSh 12,500.",
    "apply rwf 5000 6": "you can have up to KSh 12,500.",
    "apply 5000 4": "KSh 5,000, to pay back in how many parts: 1, 3, 6?",
    "apply 12501 6": "you can have up to KSh 12,500 now. Paying on time makes the next one larger.",
    "apply 500000 6": "this loan is from KSh 1,000 to KSh 100,000",
}


async def test_what_cannot_be_had_is_said_with_what_can(lender: Lender) -> None:
    await is_known(lender)

    for typed, told in CANNOT_BE_HAD.items():
        assert (await says(lender.world, GUARDIAN, typed)).startswith(told), typed
    assert (await says(lender.world, GUARDIAN, "yes")).startswith("KSh 5,000, to pay back in how many parts")


async def test_a_phone_that_nobody_knows_sees_the_office_first(lender: Lender) -> None:
    assert (await says(lender.world, STRANGER, "apply 5000 6")).startswith("we do not know this phone yet.")


async def test_who_is_late_pays_first(lender: Lender) -> None:
    await borrows(lender, GUARDIAN)
    await lender.days_pass(40)
    await lender.world.app.write(claim_messages, Claim(99))

    assert (await says(lender.world, GUARDIAN, "apply 2000 3")).startswith("something is late")
    assert (await says(lender.world, GUARDIAN, "apply")).startswith("something is late")


async def offers(lender: Lender, **other: object) -> None:
    product = replace(BODA, **other)  # type: ignore[arg-type]
    await lender.world.app.write(set_product, SetProduct(lender.world.organisation, product, TESTER))


async def test_of_several_products_the_one_that_is_named_is_meant(lender: Lender) -> None:
    await is_known(lender)
    await offers(lender, code="DUKA", name="Shop loan", terms=(4,))

    assert await says(lender.world, GUARDIAN, "apply 5000") == (
        "which loan? Text APPLY, its name and the sum, as APPLY BODA/DUKA 5000."
    )
    assert (await says(lender.world, GUARDIAN, "duka")).startswith(
        "loan KSh 5,000: you get KSh 4,900, pay back KSh 5,252.4"
    )


async def test_a_product_that_changed_before_the_yes_is_read_back_anew(lender: Lender) -> None:
    await is_known(lender)
    await says(lender.world, GUARDIAN, "apply 5000 6")
    await offers(lender, rate=Rate(50_000, Per.MONTH))

    assert (await says(lender.world, GUARDIAN, "yes")).startswith(
        "loan KSh 5,000: you get KSh 4,900, pay back KSh 5,910"
    )
    assert loans(lender) == []
    assert "LOAN-000002" in await says(lender.world, GUARDIAN, "yes 5000")


async def test_what_reaches_the_phone_is_as_it_was_read_back(lender: Lender) -> None:
    await is_known(lender)
    free, fee = Rate(0, Per.MONTH), BODA.fee
    await offers(lender, rate=free)
    assert (await says(lender.world, GUARDIAN, "apply 5000 6")).startswith(
        "loan KSh 5,000: you get KSh 4,900, pay back KSh 5,000 in 6"
    )
    await offers(lender, rate=free, fee=replace(fee, taken=FeeTaken.FINANCED))

    assert (await says(lender.world, GUARDIAN, "yes")).startswith(
        "loan KSh 5,000: you get KSh 5,000, pay back KSh 5,100 in 6"
    )
    assert loans(lender) == []


async def test_a_wish_by_text_and_one_on_a_screen_at_once_are_one(world: World) -> None:
    at = await Lender(world).opens()
    await is_known(at)
    await says(world, GUARDIAN, "apply 5000 6")

    with rival_of(world) as rival:
        await rival.overlap(
            lambda: at.asks_by_phone(GUARDIAN, 2_000),
            lambda: rival.world.app.write(receive_text, text(rival.world, GUARDIAN, "yes")),
        )

    assert loans(at) == [(200_000, "applied")]
    (told,) = [one.message for one in await world.app.write(claim_messages, Claim(9)) if one.to == Msisdn(GUARDIAN)]
    assert isinstance(told, WishAnswered)
    assert told.reply is Reply.LOAN_NOT_NOW


async def test_whoever_is_known_no_more_asks_for_nothing(lender: Lender) -> None:
    def leaves(tx: Tx, _: None) -> None:
        tx.connection.execute(sa.delete(phones))

    await is_known(lender)
    await says(lender.world, GUARDIAN, "apply 5000 6")
    await lender.world.app.write(leaves, None)

    assert (await says(lender.world, GUARDIAN, "yes")).startswith("we do not know this phone yet.")
