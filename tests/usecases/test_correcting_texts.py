"""Payers move what they paid, and ask for it back, by text: read back first, and only what is theirs (PAY-5, PAY-7, OUT-1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.errors import DomainError
from core.money import Currency, Money
from core.phones import MaskedMsisdn, Msisdn
from storage.database import DatabaseUrl
from tests.rivals import rival_of
from tests.usecases.lending import Lender
from tests.usecases.test_replies import GUARDIAN, STRANGER, TWO, says, text, with_students
from tests.usecases.test_rollups import reverses
from tests.world import TESTER, World, open_world
from usecases.messages import Claim, claim_messages
from usecases.moving import MoveOwn, NotMovable, move_own
from usecases.reallocation import Reallocate, reallocate
from usecases.suspense import AssignSuspense, assign
from usecases.texts import receive_text


@pytest.fixture
async def school(small: World) -> World:
    return await with_students(small)


async def pays(world: World, reference: str, shillings: int, receipt: str, phone: str = TWO) -> Any:
    (paid,) = await world.arrives(world.notice(reference, shillings, receipt=receipt, payer=Msisdn(phone)))
    await world.app.write(claim_messages, Claim(9))
    return paid


def owed(world: World) -> list[tuple[Any, ...]]:
    return world.rows(
        "SELECT a.reference, SUM(i.outstanding_minor) / 100 FROM open_items i"
        " JOIN customer_accounts a ON a.id = i.account_id GROUP BY a.reference ORDER BY a.reference"
    )


# --- move ---------------------------------------------------------------------------------------------------------------


async def test_a_payment_is_moved_from_one_child_to_the_other_after_a_yes_and_once(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")

    assert await says(school, TWO, "MOVE UKL4R7TX12 KV30") == (
        "move KSh 400 of 21 Nov 2026 from KV20 to KV30? It will count there from its day. Text YES."
    )
    assert owed(school) == [("KV10", 4_000), ("KV20", 600), ("KV30", 500)]
    assert await says(school, TWO, "YES") == "done. KSh 400 of 21 Nov 2026 now counts for KV30."
    assert (await says(school, TWO, "YES")).startswith("nothing waits")

    assert owed(school) == [("KV10", 4_000), ("KV20", 1_000), ("KV30", 100)]
    assert await says(school, TWO, "move R000001 kv30") == "KSh 400 of 21 Nov 2026 counts for KV30 already."
    assert school.rows("SELECT strategy, reason FROM applications WHERE minor > 0 ORDER BY entry_id DESC LIMIT 1") == [
        ("chosen", "payer:KV30")
    ]


async def test_a_yes_that_repeats_the_sum_with_its_cents_accepts_it_and_another_one_does_not(school: World) -> None:
    notice = school.notice("KV20", 400, receipt="UKL4R7TX12", payer=Msisdn(TWO))
    await school.arrives(replace(notice, amount=Money(40_050, Currency.KES)))
    await school.app.write(claim_messages, Claim(9))
    await says(school, TWO, "MOVE UKL4R7TX12 KV30")

    assert (await says(school, TWO, "YES 400.05")).startswith("we asked about another sum. For KSh 400.50")
    assert await says(school, TWO, "YES KSh 400.50") == "done. KSh 400.50 of 21 Nov 2026 now counts for KV30."


async def test_what_a_move_leaves_unsaid_is_inferred_and_read_back(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")

    for typed in ("move UKL4R7TX12", "hamisha kv30", "move my payment"):
        assert (await says(school, TWO, typed))[-4:] in ("YES.", "IYO."), typed
    assert (await says(school, TWO, "move UKL4R7TX12 NO99")).startswith("NO99 is no number that we know")
    assert (await says(school, TWO, "move R000001 KV20 KV30")).startswith("which payment, and where to?")
    assert (await says(school, GUARDIAN, "move my payment")).startswith("which payment, and where to?")
    assert (await says(school, STRANGER, "move my payment")).startswith("which payment, and where to?")
    assert (await says(school, TWO, "no")) == "good, nothing is done."
    assert owed(school) == [("KV10", 4_000), ("KV20", 600), ("KV30", 500)]


async def test_only_whose_phone_paid_moves_it_and_only_between_accounts_of_theirs(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")

    for phone, typed in (
        (GUARDIAN, "move UKL4R7TX12 KV10"),
        (STRANGER, "move UKL4R7TX12 KV30"),
        (TWO, "move UKL4R7TX12 KV10"),
        (TWO, "move UKL9Z1AB77 KV30"),
    ):
        assert (await says(school, phone, typed)).startswith("nothing was moved: this needs the office"), typed
        assert (await says(school, phone, "yes")).startswith("nothing waits")
    assert owed(school) == [("KV10", 4_000), ("KV20", 600), ("KV30", 500)]
    assert len(school.rows("SELECT 1 FROM enquiries")) == 4  # staff see each, with what was written


async def test_money_that_waits_for_its_owner_is_given_to_it_by_its_payer(school: World) -> None:
    await pays(school, "nonsense", 400, "UKL4R7TX12", STRANGER)
    assert (await says(school, STRANGER, "move kv30")).startswith(
        "which payment, and where to?"
    )  # whoever has the code says it

    assert await says(school, STRANGER, "move UKL4R7TX12 KV30") == (
        "KSh 400 of 21 Nov 2026 still waits for its owner. Is it for KV30? Text YES."
    )
    assert (await says(school, STRANGER, "yes")).startswith("KSh 400 received for KV30")

    assert owed(school) == [("KV10", 4_000), ("KV20", 1_000), ("KV30", 100)]
    assert school.rows("SELECT 1 FROM suspense_items WHERE closed_at IS NULL") == []


async def test_what_staff_did_before_the_yes_is_not_done_over(school: World) -> None:
    waits = await pays(school, "nonsense", 400, "UKL4R7TX12", STRANGER)
    await says(school, STRANGER, "move UKL4R7TX12 KV30")
    await school.app.write(assign, AssignSuspense(waits.payment, "KV30", TESTER, "trace"))
    await school.app.write(claim_messages, Claim(9))
    assert await says(school, STRANGER, "yes") == "KSh 400 of 21 Nov 2026 counts for KV30 already."

    mine = await pays(school, "KV20", 300, "UKL4R7TX13")
    await says(school, TWO, "move UKL4R7TX13 KV30")
    await school.app.write(reallocate, Reallocate(mine.payment, "KV30", TESTER, "trace"))
    await says(school, TWO, "move UKL4R7TX13 KV20")
    assert await says(school, TWO, "yes") == "done. KSh 300 of 21 Nov 2026 now counts for KV20."


async def test_money_that_staff_put_elsewhere_before_the_yes_is_asked_about_anew(school: World) -> None:
    paid = await pays(school, "KV20", 400, "UKL4R7TX12")
    await school.students({"KV40": 700}, guardians={"KV40": [TWO]})
    await says(school, TWO, "move UKL4R7TX12 KV30")
    await school.app.write(reallocate, Reallocate(paid.payment, "KV40", TESTER, "trace"))

    assert (await says(school, TWO, "yes")).startswith("move KSh 400 of 21 Nov 2026 from KV40 to KV30?")
    assert owed(school)[-1] == ("KV40", 300)
    assert await says(school, TWO, "yes 400") == "done. KSh 400 of 21 Nov 2026 now counts for KV30."


async def test_whoever_forges_a_sender_needs_the_code_of_what_waits_to_have_it(school: World) -> None:
    await pays(school, "nonsense", 400, "UKL4R7TX12", STRANGER)

    for typed in ("move kv30", "move R000001 kv30", "move my payment kv30"):
        assert (await says(school, STRANGER, typed)).startswith("which payment, and where to?"), typed
        assert (await says(school, STRANGER, "yes")).startswith("which payment, and where to?")
    assert len(school.rows("SELECT 1 FROM suspense_items WHERE closed_at IS NULL")) == 1


async def test_a_code_with_hardly_a_digit_is_a_code_and_no_word(school: World) -> None:
    await pays(school, "KV20", 400, "UKLQRSTXYZ")

    assert (await says(school, TWO, "move uklqrstxyz kv30")).startswith(
        "move KSh 400 of 21 Nov 2026 from KV20 to KV30?"
    )
    assert (await says(school, TWO, "move uklqrstxya kv30")).startswith(
        "move KSh 400 of 21 Nov 2026 from KV20 to KV30?"
    )


async def test_a_payer_whose_number_is_hidden_moves_with_the_code_of_their_message_and_to_their_own(
    school: World,
) -> None:
    hidden = MaskedMsisdn(TWO[:4], TWO[-3:])
    await school.arrives(school.notice("KV20", 400, receipt="UKL4R7TX12", payer=hidden))
    await school.arrives(school.notice("nonsense", 300, receipt="UKL4R7TX13", payer=hidden))
    await school.app.write(claim_messages, Claim(9))

    for typed in ("move R000001 kv30", "yes"):
        assert (await says(school, TWO, typed)).startswith("which payment, and where to?")
    for phone, typed in (
        (GUARDIAN, "move UKL4R7TX12 KV10"),  # what is shown of the number is not theirs
        (TWO, "move UKL4R7TX12 KV10"),  # not their account
        (TWO, "move UKL4R7TX13 KV10"),
    ):
        assert (await says(school, phone, typed)).startswith("nothing was moved"), typed
    assert (await says(school, TWO, "move UKL4R7TX12 KV30")).startswith(
        "move KSh 400 of 21 Nov 2026 from KV20 to KV30?"
    )
    assert await says(school, TWO, "yes") == "done. KSh 400 of 21 Nov 2026 now counts for KV30."
    assert (await says(school, TWO, "move UKL4R7TX13 KV20")).endswith("Is it for KV20? Text YES.")
    assert (await says(school, TWO, "yes")).startswith("KSh 300 received for KV20")

    assert owed(school) == [("KV10", 4_000), ("KV20", 700), ("KV30", 100)]


async def test_credit_that_was_spent_since_is_for_the_office(school: World) -> None:
    await pays(school, "KV30", 900, "UKL4R7TX12")
    assert (await says(school, TWO, "move UKL4R7TX12 KV20")).startswith("move KSh 900")
    await school.students({"KV30": 900}, guardians={"KV30": [TWO]})

    assert (await says(school, TWO, "yes")).startswith("nothing was moved")


async def test_money_that_went_back_is_not_moved(school: World) -> None:
    paid = await pays(school, "KV20", 400, "UKL4R7TX12")
    await says(school, TWO, "move UKL4R7TX12 KV30")
    await reverses(school, "UKL4R7TX12")
    await school.app.write(claim_messages, Claim(9))

    assert (await says(school, TWO, "yes")).startswith("nothing was moved")
    assert (await says(school, TWO, "move UKL4R7TX12 KV30")).startswith("nothing was moved")
    wish = MoveOwn(school.organisation, paid.payment, "KV30", Msisdn(TWO), "sms")
    with pytest.raises(NotMovable):
        await school.app.write(move_own, wish)


async def test_moved_twice_it_is_moved_once(school: World) -> None:
    paid = await pays(school, "KV20", 400, "UKL4R7TX12")
    wish = MoveOwn(school.organisation, paid.payment, "KV30", Msisdn(TWO), "sms")

    first, second = await school.app.write(move_own, wish), await school.app.write(move_own, wish)

    assert (first.origin, second.origin, second.is_there) == ("KV20", "KV30", True)
    for strange in ("NO99", "KV10"):
        with pytest.raises(DomainError):
            await school.app.write(move_own, MoveOwn(school.organisation, paid.payment, strange, Msisdn(TWO), "sms"))


async def test_two_phones_that_move_at_once_in_two_processes_move_once(world: World) -> None:
    with rival_of(world) as rival:
        await with_students(world)
        await pays(world, "KV20", 400, "UKL4R7TX12")
        await says(world, TWO, "MOVE UKL4R7TX12 KV30")

        await rival.overlap(
            lambda: world.app.write(receive_text, text(world, TWO, "yes")),
            lambda: rival.world.app.write(receive_text, text(rival.world, TWO, "YES")),
        )

    assert owed(world) == [("KV10", 4_000), ("KV20", 1_000), ("KV30", 100)]
    assert world.broken_laws() == []


def officers_heard(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM outbox WHERE event = 'loan_repaid' AND kind = 'sms'")[0][0])


async def test_money_that_waited_and_is_given_to_a_loan_is_told_to_its_officer(sqlite_database: DatabaseUrl) -> None:
    world = open_world(sqlite_database)
    lender = await Lender(world).opens()
    number = await lender.lends(GUARDIAN, 3_000)
    await pays(world, "nonsense", 500, "UKL4R7TX12", STRANGER)
    await says(world, STRANGER, f"move UKL4R7TX12 {number}")

    assert f"KSh 500 received for {number}" in await says(world, STRANGER, "yes")
    assert officers_heard(world) == 1
    world.close()
    assert world.bugs == []


async def test_money_moved_by_text_counts_for_its_loan_from_its_day(sqlite_database: DatabaseUrl) -> None:
    world = open_world(sqlite_database)
    lender = await Lender(world).opens()
    first, second = await lender.lends(TWO, 3_000), await lender.lends(TWO, 2_000)
    right, _ = await lender.lends(GUARDIAN, 2_000), await lender.repays("LOAN-000003", 900, GUARDIAN)
    await lender.repays(first, 900, TWO)
    await lender.days_pass(40)
    await world.app.write(claim_messages, Claim(99))
    before = await lender.books(first)

    await says(world, TWO, f"MOVE R000002 {second}")
    heard = officers_heard(world)
    assert (await says(world, TWO, "yes")).endswith(f"now counts for {second}.")
    assert officers_heard(world) == heard + 1

    assert await lender.books(second) == await lender.books(right)
    await says(world, TWO, f"MOVE R000002 {first}")
    await says(world, TWO, "yes")
    assert await lender.books(first) == before
    assert world.broken_laws() == []
    world.close()
    assert world.bugs == []


# --- refund -------------------------------------------------------------------------------------------------------------


async def test_a_payer_asks_for_money_back_and_the_office_decides(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")

    assert await says(school, TWO, "REFUND UKL4R7TX12 150") == (
        "ask for KSh 150 of 21 Nov 2026 (KV20) back, to this phone? The office decides. Text YES."
    )
    assert school.rows("SELECT 1 FROM refunds") == []
    assert "RF-000001" in await says(school, TWO, "yes")
    assert school.rows("SELECT minor, state FROM refunds") == [(15_000, "requested")]
    assert owed(school)[1] == ("KV20", 600)

    await says(school, TWO, "refund R000001 150")
    assert (await says(school, TWO, "yes")).startswith("you asked for KSh 150 already")
    await says(school, TWO, "refund kv20")
    assert "RF-000002" in await says(school, TWO, "yes")
    assert (await says(school, TWO, "refund UKL4R7TX12")).startswith("you asked for KSh ")
    assert school.rows("SELECT SUM(minor) FROM refunds") == [(40_000,)]


async def test_a_refund_that_is_not_clear_is_asked_about(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")
    await pays(school, "KV30", 300, "UKL4R7TX13")

    assert (await says(school, TWO, "refund")).startswith("which payment, and how much?")
    assert (await says(school, TWO, "UKL4R7TX13")).startswith("ask for KSh 300 of 21 Nov 2026 (KV30) back")
    assert (await says(school, TWO, "refund 400")).startswith("ask for KSh 400 of 21 Nov 2026 (KV20) back")
    assert (await says(school, TWO, "refund 1400 UKL4R7TX12")).startswith("of that payment at most KSh 400")
    assert (await says(school, TWO, "refund rwf 100 UKL4R7TX12")).startswith("which payment, and how much?")
    assert school.rows("SELECT 1 FROM refunds") == []


async def test_only_who_paid_asks_for_it_back(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")

    for phone, typed in (
        (GUARDIAN, "refund UKL4R7TX12"),
        (STRANGER, "refund"),
        (TWO, "refund UKL9Z1AB77"),
        (TWO, "refund KV30"),
    ):
        assert (await says(school, phone, typed)).startswith("nothing can be asked back by text"), typed


async def test_what_went_back_before_the_yes_is_not_asked_for(school: World) -> None:
    await pays(school, "KV20", 400, "UKL4R7TX12")
    await says(school, TWO, "refund UKL4R7TX12")
    await reverses(school, "UKL4R7TX12")
    await school.app.write(claim_messages, Claim(9))

    assert (await says(school, TWO, "yes")).startswith("nothing can be asked back by text")
