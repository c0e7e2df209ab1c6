"""A world that cannot serve, refuses or forgets: people are told so, and nothing is asked for twice."""

import pytest

from core.errors import NotFound, Overloaded, Unavailable
from core.ids import OrganisationId
from core.phones import Msisdn
from dialogue.flows import GRAPH
from dialogue.talk import Answer, Talk
from dialogue.world import AccountFound
from tests.dialogue.people import MARY, Memory, Town, calls, child, school
from tests.dialogue.phone import GUARDIAN, Phone, Slow, phone
from usecases.commands import PaymentRequested, RequestPayment


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
