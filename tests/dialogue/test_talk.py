"""What happens to a conversation between two hops: repeats, races, losses, late words, and a world that is down."""

import asyncio
from dataclasses import replace

import pytest

from core.callers import Caller
from core.errors import NotFound, Overloaded, Unavailable
from core.ids import OrganisationId
from core.phones import Msisdn
from dialogue.flows import GRAPH
from dialogue.talk import LOOKUPS, MOST_INPUTS, MOST_TEXT, Answer, Talk, is_past, newest
from dialogue.world import AccountFound
from tests.dialogue.people import (
    CODE,
    MARY,
    STRANGER,
    Memory,
    Town,
    calls,
    child,
    kes,
    may_come_back,
    offered,
    paid,
    school,
)
from tests.dialogue.phone import Phone
from usecases.commands import PaymentRequested, RequestPayment
from usecases.loans.asking import LendingSeen

GUARDIAN = calls(school(child()))
TO_CONFIRM = ("1",)


def phone(caller: Caller = GUARDIAN) -> Phone:
    return Phone(Town.of(caller), caller.msisdn)


# --- repeats and races ------------------------------------------------------------------------------------------------


async def test_a_repeated_confirm_asks_the_phone_once() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("1", "1")

    first, second = await mary.send(), await mary.send()

    assert first == second == mary.screen
    assert mary.town.tries == 1


class Slow(Town):
    """Takes its time over a payment."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(callers={caller.msisdn.digits: caller})
        self.go_on = asyncio.Event()

    async def request_payment(self, command: RequestPayment) -> PaymentRequested:
        await self.go_on.wait()
        return await super().request_payment(command)


async def test_a_repeat_that_arrives_while_the_first_is_still_working_waits_for_its_answer() -> None:
    town = Slow(GUARDIAN)
    mary = Phone(town)
    await mary.dial()
    await mary.type("1")
    mary.typed.append("1")

    hops = [asyncio.ensure_future(mary.talk.turn(mary.hop)) for _ in range(4)]
    await asyncio.wait(hops, timeout=0)
    hops[2].cancel()  # the gateway may give up on one of them
    town.go_on.set()
    answers = await asyncio.gather(*hops, return_exceptions=True)

    assert isinstance(answers.pop(2), asyncio.CancelledError)
    assert answers[0] == answers[1] == answers[2]
    assert town.tries == 1


async def test_two_processes_that_get_the_same_hop_at_once_make_one_payment() -> None:
    town, memory = Slow(GUARDIAN), Memory()
    mary = Phone(town, memory=memory)
    await mary.dial()
    await mary.type("1")
    mary.typed.append("1")

    hops = [asyncio.ensure_future(Talk(town, memory, GRAPH).turn(mary.hop)) for _ in range(2)]
    await asyncio.wait(hops, timeout=0)
    town.go_on.set()
    one, other = await asyncio.gather(*hops)

    assert one == other
    assert len(town.asked) == 1


async def test_an_old_hop_that_comes_late_gets_the_present_page_and_changes_nothing() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("2")
    here = await mary.type("2")

    mary.typed = ["2"]
    assert await mary.send() == here
    mary.typed = []
    await mary.send()  # nobody reads what it is answered: it might have been a new dial under an old name
    mary.typed = ["2", "2"]

    assert (await mary.type("500")).startswith("Pay KSh 500")


async def test_two_dialogues_of_one_phone_at_once_do_not_mix() -> None:
    memory, town = Memory(), Town.of(GUARDIAN)
    one, other = Phone(town, memory=memory), Phone(town, memory=memory)
    await one.dial()
    other.dialled = 10
    await other.dial()

    await one.type("2")
    await other.type("5")

    assert (await one.type("1")).startswith("Pay KSh 12,500")
    assert (await other.type("0")).startswith("Sunrise Academy")


async def test_a_session_belongs_to_one_phone() -> None:
    mary = phone()
    page = await mary.dial()
    thief = Phone(mary.town, STRANGER, mary.memory)
    hop = replace(mary.hop, msisdn=STRANGER, text="1")

    refused = await thief.talk.turn(hop)

    assert refused.end
    assert "another phone" in refused.text
    assert "Sunrise" not in refused.text
    assert await mary.send() == page


async def test_equal_session_ids_of_two_phones_and_two_codes_are_different_intents() -> None:
    hop = phone().hop

    intents = {
        hop.intent,
        replace(hop, msisdn=STRANGER).intent,
        replace(hop, service_code="*1#").intent,
        replace(hop, text="1").intent,
        replace(hop, session="x").intent,
    }

    assert len(intents) == 5
    assert replace(hop, trace="other").intent == hop.intent
    assert hop.intent.startswith("ussd:")


async def test_a_dial_under_the_name_of_a_dialogue_that_broke_off_begins_anew() -> None:
    """Gateways give a new dialogue an old name (docs/proof.md): the old page stood there, and what was typed was taken for old
    hops."""
    mary = phone()
    await mary.dial()
    await mary.type("2", "2")

    mary.typed = []
    offered = await mary.send()
    home = await mary.type("2")

    assert "1" in offered
    assert home.startswith("Sunrise Academy")
    assert (await mary.type("1")).startswith("Pay KSh 12,500")
    assert mary.open


async def test_what_continues_only_the_older_of_two_dialogues_with_one_name_goes_on_with_it() -> None:
    mary = phone()
    await mary.dial()
    here = await mary.type("2", "2")
    mary.typed = []
    await mary.send()  # its first hop, again and late
    mary.typed = ["2"]
    await mary.send()  # its second one, likewise

    mary.typed = ["2", "2"]
    again = await mary.type("500")

    assert "Amount to pay" in here
    assert again.startswith("Pay KSh 500")


async def test_a_gateway_that_counts_its_sessions_from_one_again_gets_a_new_conversation() -> None:
    mary = phone()
    first = await mary.dial()
    await mary.type("1", "1")

    mary.typed = []
    again = await mary.send()

    assert again == first
    assert mary.open


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


@pytest.mark.parametrize(
    "known,text,typed",
    [
        ("", "1", "1"),
        ("", "", ""),
        ("", "**", "**"),
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


# --- a new dial ---------------------------------------------------------------------------------------------------------


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


# --- the gateway's last word ------------------------------------------------------------------------------------------


async def test_after_the_last_word_a_late_hop_does_nothing_and_a_new_dial_goes_on() -> None:
    mary = phone(calls(school(child()), language="sw"))
    await mary.dial()
    page = await mary.type("1")
    await mary.talk.closed(mary.hop)
    await mary.talk.closed(mary.hop)

    assert await mary.send() == page  # a repeat is a repeat
    await mary.type("1")

    assert not mary.open
    assert mary.screen.startswith("Kipindi hiki kimeisha")
    assert mary.town.tries == 0
    await mary.dial()
    assert await mary.type("1") == page


async def test_a_last_word_about_nothing_we_know_changes_nothing() -> None:
    mary = phone()
    await mary.talk.closed(mary.hop)
    page = await mary.dial()
    await mary.talk.closed(replace(mary.hop, msisdn=STRANGER))

    assert await mary.send() == page
    await mary.type("1")
    assert mary.open


# --- a world that cannot serve ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("down", [Overloaded(), Unavailable("database", "down"), TimeoutError()], ids=repr)
async def test_when_the_world_is_down_at_the_first_hop_the_person_is_told_and_can_dial_again(down: Exception) -> None:
    mary = phone()
    mary.town.down = down

    await mary.dial()

    assert not mary.open
    assert mary.screen.startswith("Sorry, we are very busy")
    mary.town.down = None
    assert (await mary.send()).startswith("Sunrise Academy")


@pytest.mark.parametrize(
    "down,words",
    [
        (Overloaded(), "Samahani, tuna shughuli nyingi. Tafadhali piga tena"),
        (Unavailable("database", "down"), "Samahani, tuna shughuli nyingi. Simu ikikuomba PIN"),
        (TimeoutError(), "Samahani, tuna shughuli nyingi. Simu ikikuomba PIN"),
    ],
    ids=repr,
)
async def test_when_it_is_down_at_the_confirm_the_same_hop_or_a_new_dial_may_try_again(
    down: Exception, words: str
) -> None:
    mary = phone(calls(school(child()), language="sw"))
    await mary.dial()
    await mary.type("1")
    mary.town.down = down
    await mary.type("1")

    assert not mary.open
    assert mary.screen.startswith(words)
    mary.town.down = None
    await mary.send()
    assert mary.screen.startswith("Simu yako")
    assert len(mary.town.asked) == 1


async def test_a_world_that_does_not_answer_is_not_waited_for() -> None:
    town = Slow(GUARDIAN)
    mary = Phone(town)
    mary.talk = Talk(town, mary.memory, GRAPH, patience_s=0.001)
    await mary.dial()

    await mary.type("1", "1")

    assert not mary.open
    assert mary.screen.startswith("Sorry, we are very busy. If your phone asks")


class Strict(Town):
    """Refuses payments, as the program does when an account was closed meanwhile."""

    async def request_payment(self, command: RequestPayment) -> PaymentRequested:
        raise NotFound("account", command.reference)


async def test_a_refusal_is_told_above_the_confirm_screen() -> None:
    mary = Phone(Strict(callers={MARY.digits: GUARDIAN}))
    await mary.dial()

    await mary.type("1", "1")

    assert mary.open
    assert mary.screen.startswith("Not found: SK1024.\nPay KSh 12,500")


class Forgetful(Memory):
    """Remembers nothing new once it is `full`."""

    full = False

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        if self.full:
            raise Unavailable("redis", "down")
        await super().put(key, value, ttl_s=ttl_s)


async def test_a_prompt_that_was_queued_is_said_to_be_even_if_that_cannot_be_remembered() -> None:
    memory = Forgetful()
    mary = Phone(Town.of(GUARDIAN), memory=memory)
    await mary.dial()
    await mary.type("1")
    memory.full = True

    await mary.type("1")

    assert mary.screen.startswith("Your phone will soon ask for your PIN")
    await mary.send()
    assert len(mary.town.asked) == 1


async def test_a_page_that_cannot_be_remembered_is_not_shown() -> None:
    memory = Forgetful()
    mary = Phone(Town.of(GUARDIAN), memory=memory)
    await mary.dial()
    memory.full = True

    await mary.type("2")

    assert not mary.open
    assert mary.screen.startswith("Sorry, we are very busy")


async def test_most_hops_need_no_read() -> None:
    mary = phone()
    await mary.dial()

    await mary.type("2", "2", "x", "500", "0", "00", "4")

    assert mary.town.reads == 1


class Broken(Town):
    async def find_account(self, organisation: OrganisationId, typed: str) -> AccountFound | None:
        raise ZeroDivisionError


async def test_a_bug_of_ours_ends_with_an_apology_and_a_reference() -> None:
    mary = Phone(Broken(callers={MARY.digits: GUARDIAN}))
    await mary.dial()

    await mary.type("3", "SK1024")

    assert not mary.open
    assert mary.screen.startswith("Sorry, something went wrong")
    assert mary.screen.endswith("ace-0001")


async def test_nobody_at_a_code_without_organisations() -> None:
    mary = phone(calls())

    await mary.dial()

    assert not mary.open
    assert await mary.send() == mary.screen


def test_every_apology_fits_a_page_with_its_reference() -> None:
    talk = phone().talk
    for language, spoken in GRAPH.spoken.items():
        for words in spoken.apologies:
            answer = talk.apology(words, Msisdn(""), reference="f" * 8, language=language)

            assert isinstance(answer, Answer)
            assert len(answer.text) <= 156, (language, words)


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
