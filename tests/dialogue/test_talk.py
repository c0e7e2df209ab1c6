"""What happens to a conversation between two hops: repeats, races, late words, names given again."""

import asyncio
from dataclasses import replace

from dialogue.flows import GRAPH
from dialogue.talk import Talk
from tests.dialogue.people import STRANGER, Memory, Town, calls, child, school
from tests.dialogue.phone import GUARDIAN, Phone, Slow, phone

# --- repeats and races ------------------------------------------------------------------------------------------------


async def test_a_repeated_confirm_asks_the_phone_once() -> None:
    mary = phone()
    await mary.dial()
    await mary.type("1", "1")

    first, second = await mary.send(), await mary.send()

    assert first == second == mary.screen
    assert mary.town.tries == 1


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
