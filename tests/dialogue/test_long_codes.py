"""What is walked from the start: long codes, hops whose memory was lost, and guessing by them."""

import pytest

from core.callers import Caller
from dialogue.talk import LOOKUPS, MOST_INPUTS, MOST_TEXT, is_past, newest
from tests.dialogue.people import MARY, STRANGER, calls, child, kes, may_come_back, offered, paid, school
from tests.dialogue.phone import Phone, phone
from usecases.loans.asking import LendingSeen

# --- lost memory and long codes ---------------------------------------------------------------------------------------


async def test_a_long_code_is_walked_but_never_through_the_confirm_screen() -> None:
    mary = phone()

    page = await mary.dial("1*1*1*1")

    assert page.startswith("Pay KSh 12,500")
    assert mary.town.tries == 0
    await mary.type("1")
    assert mary.town.tries == 1


async def test_a_hop_whose_answer_was_lost_with_the_memory_offers_no_second_payment() -> None:
    """Power went between the yes and the next screen; the gateway asks again, and the debt that is being paid is not what it was."""
    mary = phone()
    await mary.dial()
    await mary.type("1", "1")
    mary.memory.kept.clear()

    again = await mary.send()

    assert not mary.open
    assert "If your phone asks for your PIN soon, all is well" in again
    assert mary.town.tries == 1


@pytest.mark.parametrize(
    "who, keys, number",
    [
        (calls(school(child(), payments=[paid(kes(500))])), ("4", "2", "1", "1", "1", "1"), "RF-000012"),
        (
            calls(school(name="Umoja Credit", known=False, lends=True)),
            ("1", "1", "2000", "2", "Asha", "1"),
            "LOAN-000001",
        ),
    ],
)
async def test_a_request_that_was_decided_while_the_memory_was_lost_is_not_asked_for_again(
    who: Caller, keys: tuple[str, ...], number: str
) -> None:
    """Power went between the yes and the next screen. By the time the gateway asks again the office has said no, or has paid: the
    page before the yes would make a second request of it."""
    mary = phone(who)
    mary.town.refundable = (may_come_back(amount=kes(2_500)),)
    mary.town.lending = LendingSeen((), (offered(),))
    await mary.dial()
    said = await mary.type(*keys)
    mary.memory.kept.clear()

    again = await mary.send()

    assert number in said
    assert again == f"{number}: we have your request, and will text you what becomes of it."
    assert not mary.open


async def test_a_long_code_is_not_walked_past_an_end() -> None:
    stranger = phone(calls(school(known=False), msisdn=STRANGER))

    page = await stranger.dial("1*x*y*z*w*1*1")

    assert not stranger.open
    assert page.startswith("Too many numbers were tried")


async def test_a_long_code_may_look_up_an_account_and_choose_a_language() -> None:
    stranger = phone(calls(school(known=False), msisdn=STRANGER))

    page = await stranger.dial("2*4*1*sk1024*500")

    assert page.startswith("Payer KSh 500")
    assert stranger.town.languages == {STRANGER.digits: "fr"}


async def test_a_walk_of_more_steps_than_anyone_takes_starts_at_the_beginning() -> None:
    mary = phone()

    page = await mary.dial("*".join("0" * (MOST_INPUTS + 1)))

    assert page.startswith("Sunrise Academy")


async def test_a_text_that_does_not_continue_what_we_know_is_walked_from_the_start() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("5")

    mary.typed = ["2", "2"]

    assert "Amount to pay" in await mary.send()


async def test_more_text_than_anyone_types_ends_politely() -> None:
    mary = phone()
    await mary.dial()

    await mary.type("9" * (MOST_TEXT + 1))

    assert not mary.open
    assert mary.screen.startswith("Too much was typed")


@pytest.mark.parametrize("crashes", [True, False])
async def test_who_first_sends_nothing_and_then_chooses_is_understood(*, crashes: bool) -> None:
    """Seed 14175 of the long run: nothing was sent in answer to the first page, then `98`, and "choose a number" was said."""
    mary = phone()
    first = await mary.dial()
    assert await mary.type("") == first
    if crashes:
        mary.crash()

    other = phone()
    await other.dial()

    assert await mary.type("1") == await other.type("1")
    assert await mary.type("2") == await other.type("2")


@pytest.mark.parametrize(
    "known,text,typed",
    [
        ("", "1", "1"),
        ("", "", ""),
        ("", "*98", "98"),
        ("", "**", "*"),
        ("1", "1*2", "2"),
        ("1", "1*", ""),
        ("1*", "1**3", "3"),
        ("7*a*b", "7*a*b*****", "****"),
        ("1", "12", None),
        ("1*2", "1*3", None),
    ],
)
def test_the_newest_input_is_what_follows_the_known_text(known: str, text: str, typed: str | None) -> None:
    assert newest(known, text) == typed


def test_a_hop_is_past_when_it_was_answered_before() -> None:
    assert [is_past(text, "1*2") for text in ("", "1", "1*2", "1*2*3", "1*", "2")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


# --- guessing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "language, said",
    [
        ("en", "Too many tries. Please try again in 5 minutes."),
        ("sw", "Umejaribu mara nyingi. Tafadhali jaribu tena baada ya dakika 5."),
        ("rw", "Mwagerageje kenshi. Mwongere mugerageze mu minota 5."),
        ("fr", "Trop d'essais. Réessayez dans 5 min."),
    ],
)
async def test_a_phone_that_dials_again_and_again_cannot_try_student_numbers_for_ever(language: str, said: str) -> None:
    caller = calls(school(known=False), msisdn=STRANGER, language=language)
    stranger = phone(caller)
    for _ in range(LOOKUPS.most // 3):
        await stranger.dial()
        await stranger.type("1", "1", "2", "3", "4")

    await stranger.dial()
    assert said in await stranger.type("1", "SK1024")

    assert stranger.town.lookups == LOOKUPS.most
    mary = Phone(stranger.town, MARY, stranger.memory)
    await mary.dial()
    assert "SK1024" in await mary.type("1", "SK1024")


async def test_a_long_code_is_a_try_like_any_other() -> None:
    stranger = phone(calls(school(known=False), msisdn=STRANGER))
    for _ in range(LOOKUPS.most + 5):
        await stranger.dial("1*SK9999")

    assert stranger.town.lookups == LOOKUPS.most
