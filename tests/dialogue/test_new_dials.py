"""A conversation that broke off is offered again to who had it, as it was, while it is what it was."""

import pytest

from tests.dialogue.people import CODE, MARY, STRANGER, calls, child, kes, school
from tests.dialogue.phone import GUARDIAN, Phone, phone


async def test_a_conversation_is_offered_again_and_can_be_started_again() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("2", "2", "1500")

    offered = await mary.dial()
    again = await mary.type("2")

    assert offered.startswith("Welcome back")
    assert again.startswith("Sunrise Academy")
    assert not (await mary.dial()).startswith("Welcome back")


@pytest.mark.parametrize("read", [("4",), ("5",), ("6",), ("3",), ("9",)], ids="*".join)
async def test_where_nothing_was_entered_nothing_is_offered(read: tuple[str, ...]) -> None:
    mary = phone()
    first = await mary.dial()
    await mary.type(*read)

    assert await mary.dial() == first


async def test_what_was_offered_is_forgotten_after_some_minutes() -> None:
    mary = phone()
    first = await mary.dial()
    await mary.type("2", "2")
    mary.memory.kept.pop(f"talk:{CODE}:{mary.session}")  # its time is over; the pointer to it lives longer

    assert await mary.dial() == first


async def test_the_offer_keeps_the_keys_that_lead_nowhere_on_the_page() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("2")
    offered = await mary.dial()

    assert await mary.type("0") == offered
    assert await mary.type("00") == offered
    assert (await mary.type("3")).endswith(offered)


async def test_another_phone_is_never_offered_it() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("2", "2")
    mary.memory.kept[f"talk:last:{CODE}:{STRANGER.digits}"] = f"talk:{CODE}:{mary.session}".encode()
    stranger = Phone(mary.town, STRANGER, mary.memory)

    assert (await stranger.dial()).startswith("Sunrise Academy\n1 Pay by student number")


async def test_when_the_child_is_gone_since_the_conversation_starts_again() -> None:
    mary = phone(calls(school(child(), child("Brian", "SK1025"))))
    await mary.dial()
    await mary.type("2", "2", "2")
    mary.town.callers[MARY.digits] = GUARDIAN

    await mary.dial()
    page = await mary.type("1")

    assert page.startswith("Sunrise Academy\nAsha Wanjiku owes")


async def test_when_the_school_is_gone_since_the_conversation_starts_again() -> None:
    mary = phone(calls(school(child()), school(child("B", "HV1"), name="Hill View")))
    await mary.dial()
    await mary.type("2", "1")
    mary.town.callers[MARY.digits] = calls(school(child()), school(child("C", "C1"), name="Third"))

    await mary.dial()
    page = await mary.type("1")

    assert page.startswith("Whom do you want to pay?")


async def test_a_draft_is_confirmed_as_it_was_shown_even_if_the_debt_changed_meanwhile() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("1")
    mary.town.callers[MARY.digits] = calls(school(child(owes=kes(100))))

    await mary.dial()
    page = await mary.type("1")
    await mary.type("1")

    assert page.startswith("Pay KSh 12,500")
    assert [amount for _, parts in mary.town.payments for _, amount in parts] == [1_250_000]
