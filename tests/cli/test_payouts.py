"""`karani payouts`: what goes out, as operators see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.ledger import debit, expense
from core.payouts import FailReason, Payee, Refused
from core.phones import Msisdn
from storage import floats
from storage.tx import Tx
from tests.cli.conftest import Desk
from tests.world import KES, TESTER, World, kes
from usecases.payout_requests import RequestPayout, request_payout
from usecases.payouts import Answered, Claim, claim_payouts, payout_answered


async def pays(world: World) -> None:
    """One payout whose credentials were refused, and one that waits because of it."""
    await world.school()
    against = (debit(expense(world.organisation, "fuel", KES), kes(500)),)
    for _ in range(2):
        wish = RequestPayout(
            world.organisation,
            "test",
            world.ids.new(),
            Payee(Msisdn("254712000111"), "Otieno"),
            kes(500),
            "fuel",
            against,
            TESTER,
            "trace",
        )
        await world.app.write(request_payout, wish)

    def fresh(tx: Tx, _: None) -> None:
        floats.want(tx, world.account)
        floats.told(tx, world.account.id, kes(9_000), asked_at=tx.now)

    await world.app.write(fresh, None)
    (taken,) = await world.app.write(claim_payouts, Claim(1))
    refused = Refused("2001", "initiator", temporary=False, reason=FailReason.OUR_FAULT)
    await world.app.write(payout_answered, Answered(taken.id, refused, None))


def test_payouts_are_listed_shown_and_resumed(desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]) -> None:
    desk.types("migrate")
    world_of(pays)

    waiting, failed = desk.types("payouts", "list", "--json").items
    assert (failed["state"], failed["reason"], failed["payee"]) == ("failed", "our_fault", "254712***111")
    assert waiting["state"] == "reserved"
    (clear,) = desk.types("payouts", "list", "--state", "failed", "--clear", "--json").items
    assert clear["payee"] == "254712000111"

    (shown,) = desk.types("payouts", "show", failed["id"], "--json").items
    assert [step["state"] for step in shown["history"]] == ["reserved", "sending", "failed"]
    assert (shown["float"], shown["halted"]) == ("9000.00", "2001 initiator")
    assert "Halted" in desk.types("payouts", "show", failed["id"]).out
    assert desk.types("payouts", "show", "nonsense").code == 2

    (resumed,) = desk.types("payouts", "resume", "600984", "--json").items
    assert resumed["was"] == "2001 initiator"
    assert desk.types("payouts", "resume", "123456").code == 2


def test_what_waits_is_called_back_by_who_may_and_what_is_over_is_not(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(pays)
    waiting, failed = desk.types("payouts", "list", "--json").items

    (back,) = desk.types("payouts", "cancel", waiting["id"], "--json").items

    assert (back["state"], back["reason"], back["next_at"]) == ("failed", "withdrawn", None)
    (shown,) = desk.types("payouts", "show", waiting["id"], "--json").items
    assert [step["state"] for step in shown["history"]] == ["reserved", "failed"]
    assert desk.types("payouts", "cancel", failed["id"]).code == 2
    assert desk.types("payouts", "cancel", waiting["id"]).code == 2
    assert desk.types("payouts", "cancel", "nonsense").err == "Not found: nonsense.\n"
