"""Asking where money is, on the phone."""

from __future__ import annotations

from datetime import date

from core.ids import PaymentId
from core.tracing import Says, Told
from tests.dialogue.people import STRANGER, Town, an_id, calls, child, kes, school
from tests.dialogue.phone import Phone
from usecases.tracing import QUESTIONS

ON = date(2026, 9, 12)


def told(says: Says, shillings: int) -> Told:
    return Told(PaymentId(an_id(f"{says} {shillings}")), says, kes(shillings), ON, "SK1024", "R000321")


async def asked(town: Town, scrap: str) -> str:
    phone = Phone(town)
    await phone.dial()
    await phone.type("98" if "Help" not in phone.screen else "0")
    number = phone.screen[phone.screen.index(" Help") - 1]
    return await phone.type(number, "1", scrap)


def town(*answers: Told) -> Town:
    found = Town.of(calls(school(child())))
    found.told["1500"] = answers
    return found


async def test_what_became_of_the_money_is_the_next_page() -> None:
    page = await asked(town(told(Says.CREDITED, 1500)), "1500")

    assert page == "Your money:\n12/09/26 KSh 1,500: received for SK1024, receipt R000321\n0 Back 00 Home"


async def test_equal_answers_are_said_once_and_others_each() -> None:
    likely = Told(PaymentId(an_id("a")), Says.LIKELY), Told(PaymentId(an_id("b")), Says.LIKELY)
    assert (await asked(town(*likely), "1500")).count("Something like it") == 1

    page = await asked(town(told(Says.CANCELLED, 1500), told(Says.NO_FUNDS, 1500)), "1500")
    assert "cancelled on the phone" in page
    assert "98 More" in page


async def test_what_is_not_found_says_what_to_type_next() -> None:
    assert "Type the code in M-Pesa's SMS" in await asked(town(), "77")


async def test_what_is_not_settled_can_be_looked_for_and_is_looked_for_once() -> None:
    home = town()
    phone = Phone(home)
    await phone.dial()
    await phone.type("98" if "Help" not in phone.screen else "0")
    number = phone.screen[phone.screen.index(" Help") - 1]
    await phone.type(number, "1", "UKK4A7PQ2X")
    assert "1 Look for it" in phone.screen

    assert "We ask M-Pesa" in await phone.type("1")
    await phone.send()

    assert home.enquired == ["UKK4A7PQ2X"]
    assert "The office now sees" in await phone.type("0", "0", "77", "1")
    assert "Look for it" not in await asked(town(told(Says.CREDITED, 1500)), "1500")
    assert "Look for it" in await asked(town(told(Says.WAITING, 1500)), "1500")


async def test_an_empty_scrap_is_asked_for_again() -> None:
    page = await asked(town(), " ?! ")

    assert page.startswith("Type at least one of these.\nWhat do you know")


async def test_a_phone_can_ask_so_often_and_no_more() -> None:
    phone = Phone(Town(), STRANGER)
    await phone.dial("3*1")
    for number in range(QUESTIONS.most):
        await phone.type(f"{number + 1}", "0")

    assert "try again" in (await phone.type("99")).casefold() or "Too many" in phone.screen
    assert phone.town.lookups == QUESTIONS.most
