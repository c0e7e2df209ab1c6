"""An organisation's own words go out from the next message on; broken ones give way to the standard text."""

import pytest

from core.errors import NotFound, NotPermitted
from core.permissions import Actor, ActorKind, Role
from core.preferences import Channel
from core.templates import MOST_SOURCE, TemplateRefused
from jobs.sending import Sending
from notifications.catalogue import render
from storage import templates
from tests.usecases.test_delivery import HELD, gateways_of, queued
from tests.world import TESTER, World
from usecases.templates import SetWords, set_words

OURS = "Asante! {{ amount|money }} {{ receipt_code }}"


async def sets(world: World, source: str, *, language: str = "en", event: str = HELD.event) -> int:
    return await world.app.write(set_words, SetWords(world.organisation, event, language, source, TESTER))


async def sent(world: World, count: int) -> list[str]:
    said: list[str] = []
    one, _ = gateways_of(world)
    send = one.send

    async def noted(text: str, *args: object, **options: object) -> object:
        said.append(text)
        return await send(text, *args, **options)  # type: ignore[arg-type]

    one.send = noted  # type: ignore[method-assign, assignment]
    for _ in range(count):
        await queued(world)
    await Sending(world.app).round()
    return said


def used(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT template FROM attempts ORDER BY message_id")


async def test_own_words_hold_for_their_event_and_language_until_they_are_taken_back(world: World) -> None:
    assert await sets(world, OURS) == 1
    await sets(world, "Merci", language="fr")
    other = await world.other_school("upendo")

    assert await sent(world, 1) == ["Asante! KSh 10 7K2M9-QXAV9"]
    assert await sent(other, 1) == [render(HELD, "en")]
    assert await sets(world, "") == 2
    assert await sent(world, 1) == [render(HELD, "en")]

    assert sorted(used(world)) == [(0,), (0,), (1,)]
    history = await world.app.read(templates.history, (world.organisation, HELD.event, Channel.SMS, "en"))
    assert [(one.version, one.source) for one in history] == [(2, ""), (1, OURS)]


@pytest.mark.parametrize("source", ["{{ gone }}", "x" * 900, "{{ ", "{% if nothing %}x{% endif %}", "{{ amount * 3 }}"])
async def test_words_that_cannot_be_used_never_stop_a_message(world: World, source: str) -> None:
    """As after a change of the program, when a fact has another name."""
    await sets(world, source)

    assert await sent(world, 2) == [render(HELD, "en")] * 2

    assert used(world) == [(-1,), (-1,)]
    assert world.rows("SELECT state FROM outbox") == [("sent",)] * 2
    assert await world.app.read(templates.fallen_back, world.organisation, since=world.clock.now()) == 2
    assert await world.app.read(templates.fallen_back, None, since=world.clock.now()) == 2


async def test_who_may_set_them_and_for_what(world: World) -> None:
    cashier = Actor(ActorKind.STAFF, "tess", "cli", Role.CASHIER)

    for wish, error in (
        (SetWords(world.organisation, HELD.event, "en", OURS, cashier), NotPermitted),
        (SetWords(world.organisation, "nothing", "en", OURS, TESTER), NotFound),
        (SetWords(world.organisation, HELD.event, "de", OURS, TESTER), NotFound),
        (SetWords(world.organisation, HELD.event, "en", "x" * (MOST_SOURCE + 1), TESTER), TemplateRefused),
    ):
        with pytest.raises(error):
            await world.app.write(set_words, wish)

    await sets(world, OURS)
    assert world.rows("SELECT reason FROM changes WHERE action = 'words_set'") == [("payment_held en version 1",)]
    assert world.broken_laws() == []


async def test_what_a_segment_last_cost_is_known_from_the_log(world: World) -> None:
    await sent(world, 1)

    assert await world.app.read(templates.prices, world.organisation) == {"africastalking": (1, "KES 0.8")}
