"""`karani funds` and `karani requisitions`: petty cash at the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.permissions import Role
from core.sign_in import current_code
from tests.cli.conftest import Desk
from tests.usecases.signing import RECOVERY, added
from tests.world import START, TESTER, World
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.staff import Enrol, enrol


async def founded(world: World) -> dict[str, str]:
    """A fund, and who may ask, agree and let go, with the secrets of their authenticators."""
    await world.school()
    house = FundEntry("house", "House money", opening=20_000, reorder=5_000, full=20_000)
    await world.app.write(save_funds, SaveFunds(world.organisation, (house,), TESTER))
    secrets = {}
    for number, (name, role) in enumerate(
        (("ruth", Role.REQUESTER), ("amina", Role.MANAGER), ("carol", Role.TREASURER))
    ):
        person = await added(world, name, role, f"25470080000{number}")
        await world.app.write(enrol, Enrol(person.link.token, "none", person.code, RECOVERY, ""))
        secrets[name] = person.link.secret
    return secrets


def test_funds_are_listed_and_payments_asked_for_withdrawn_and_kept_from_who_may_not(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(founded)

    (fund,) = desk.types("funds", "list", "--json").items
    assert (fund["fund"], fund["balance"], fund["dry_on"]) == ("house", "20000.00", None)

    asked = desk.types(
        "requisitions", "ask", "house", "0712000111", "3000", "fuel", "the van", "--json", "--as", "ruth"
    )
    (line,) = asked.items
    assert (line["number"], line["status"], line["payee"]) == ("TP-000001", "pending", "254712***111")
    assert desk.types("requisitions", "execute", "TP-000001", "--as", "carol").code == 2
    assert desk.types("requisitions", "ask", "house", "0712000111", "3000", "fuel", "the van").code == 2
    assert desk.types("requisitions", "ask", "nowhere", "0712000111", "3000", "fuel", "x", "--as", "ruth").code == 2
    assert desk.types("requisitions", "reconcile", "TP-000001", "--as", "carol").code == 2
    assert desk.types("requisitions", "variance", "TP-000001", "10", "why", "--as", "ruth").code == 2
    assert desk.types("requisitions", "again", "nonsense", "--as", "ruth").code == 2

    (waiting,) = desk.types("approvals", "list", "--json").items
    assert (waiting["kind"], waiting["subject"]) == ("payout", "TP-000001")
    (gone,) = desk.types("requisitions", "withdraw", line["id"], "--json", "--as", "ruth").items
    assert gone["status"] == "withdrawn"
    (listed,) = desk.types("requisitions", "list", "--status", "withdrawn", "--clear", "--json").items
    assert (listed["payee"], listed["asked_by"]) == ("254712000111", "Ruth Mutheu")

    (filled,) = desk.types("funds", "replenish", "house", "--amount", "500", "--json", "--as", "ruth").items
    assert (filled["amount"], filled["state"]) == ("500.00", "pending")


def test_a_payment_for_a_later_day_is_approved_as_it_was_asked_for(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    secrets = world_of(founded)
    asked = ("requisitions", "ask", "house", "0712000111", "3000", "fuel", "the van", "--on", "2027-02-01")
    assert desk.types(*asked, "--as", "ruth").code == 0

    (waiting,) = desk.types("approvals", "list", "--json").items
    code = current_code(secrets["amina"], now=START + timedelta(hours=1))  # when commands run here
    said = desk.types("approvals", "decide", waiting["approval"], "approve", "--as", "amina", "--code", code)

    assert said.code == 0, said.err
    (listed,) = desk.types("requisitions", "list", "--json").items
    assert (listed["status"], listed["not_before"]) == ("approved", "2027-02-01T05:00:00Z")


def test_the_ledger_of_a_fund_is_listed_and_ticked_off(
    desk: Desk, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(founded)

    (opening,) = desk.types("funds", "ledger", "house", "--json").items
    assert (opening["kind"], opening["amount"], opening["reconciled_by"]) == ("fund_allotted", "20000.00", "")
    assert desk.types("funds", "reconcile", opening["id"]).code == 2  # a system user names who compared it
    assert desk.types("funds", "reconcile", opening["id"], "--as", "ruth").code == 2
    assert desk.types("funds", "reconcile", "nonsense", "--as", "carol").code == 2
    (marked,) = desk.types("funds", "reconcile", opening["id"], "--json", "--as", "carol").items
    assert (marked["reconciled_by"], marked["reconciled_at"][:10]) == ("Carol Mutheu", "2026-11-21")
    assert desk.types("funds", "ledger", "house", "--json").items == [marked]
    assert desk.types("funds", "ledger", "house", "--open", "--json").items == []


SHEET = """Payments for Monday
Phone,Name,Amount,Purpose,Reason
0712000111,Otieno,3000,fuel,the van
0712000111,Otieno,3000,fuel,the van
0712000112,Akinyi,90000,rent,too much for one payment
nobody,Akinyi,10,rent,no phone
,,,,
0712000113,Wanjiru,-5,food,below nothing
,Wanjiru,5,food,no phone at all
0712000114,,10.50,food,cents
"""


def test_a_file_of_payments_is_checked_row_by_row_then_taken_once(
    desk: Desk, tmp_path: Path, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(founded)
    file = tmp_path / "payments.csv"
    file.write_text(SHEET)
    command = ("requisitions", "import", str(file), "--fund", "house", "--json", "--as", "ruth")

    *checked, whole = desk.types(*command).items
    assert [row["state"] for row in checked] == ["good", "twin", *["refused"] * 5]
    assert [(row["line"], row["same_as"]) for row in checked][:2] == [(3, ""), (4, "line 3")]
    assert checked[2]["problem"] == "over_the_funds_limit"
    assert (whole["amount"], whole["waiting"], whole["spendable"]) == ("3000.00", "0.00", "20000.00")
    *taken, _ = desk.types(*command, "--take").items
    assert [row["number"] for row in taken if row["state"] == "taken"] == ["TP-000001"]
    *both, _ = desk.types(*command, "--take", "--twins").items
    assert [(row["state"], row["number"]) for row in both][:2] == [("known", "TP-000001"), ("taken", "TP-000002")]
    *again, whole = desk.types(*command, "--take", "--twins").items
    assert [row["state"] for row in again] == ["known", "known", *["refused"] * 5]
    assert (whole["amount"], whole["waiting"]) == ("0.00", "6000.00")
    file.write_text(SHEET.replace("Monday", "next Monday"))
    *later, _ = desk.types(*command, "--take").items
    assert [(row["state"], row["number"], row["same_as"]) for row in later][:2] == [
        ("taken", "TP-000003", "TP-000002"),
        ("twin", "", "line 3"),
    ]

    file.write_text("nothing,here\n1,2\n")
    assert desk.types(*command).code == 2
    file.write_bytes(b"\x00\x01")
    assert desk.types(*command).code == 2


def test_a_file_that_the_fund_cannot_bear_is_refused_as_a_whole_and_says_so(
    desk: Desk, tmp_path: Path, world_of: Callable[[Callable[[World], Any]], Any]
) -> None:
    desk.types("migrate")
    world_of(founded)
    file = tmp_path / "payments.csv"
    file.write_text("phone,amount,purpose,reason\n" + "".join(f"071200011{n},7000,food,rice\n" for n in range(3)))
    command = ("requisitions", "import", str(file), "--fund", "house", "--as", "ruth")

    shown = desk.types(*command)
    assert shown.code == 2
    assert (
        "To ask for: KES 21,000.00. Asked for and not let go: KES 0.00. The fund can spend KES 20,000.00." in shown.out
    )
    refused = desk.types(*command, "--take", "--json")
    assert refused.code == 2
    assert [(row["state"], row["problem"]) for row in refused.items] == [
        *[("held", "fund_too_low")] * 3,
        ("total", "fund_too_low"),
    ]
    assert desk.types("requisitions", "list", "--json").items == []

    asked = desk.types("requisitions", "ask", "house", "0712000111", "7000", "fuel", "the van", "--as", "ruth")
    file.write_text("phone,amount,purpose,reason\n" + "".join(f"071200011{n},7000,food,rice\n" for n in range(2)))
    assert (asked.code, desk.types(*command, "--take").code) == (0, 2)
