"""What the cheap laws forgive, and what they do not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialogue.conversation import first_language
from dialogue.flows import GRAPH
from runtime.chance import SeededRandom
from simulation.crowd import Crowd
from simulation.people import people_of
from simulation.remembered import Shown
from simulation.schools import school
from simulation.town import START, Town
from simulation.watch import Watch
from storage.database import DatabaseUrl

pytestmark = pytest.mark.usefixtures("without_logs")
IN_FRENCH = "Kivuli 1 Primary School: nous avons reçu votre paiement. Quittance et solde suivent."
SCREEN = "Votre téléphone va vous demander le code PIN"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = await Town.found(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db"), [school(0, START, students=2)], seed=1)
    yield town
    await town.close()


@pytest.mark.parametrize("chose", [True, False])
async def test_a_text_is_in_a_language_that_its_reader_chose_and_may_have_given_up_again(
    town: Town, *, chose: bool
) -> None:
    """Seed 2033 of the long run: Swahili, a text, and Kinyarwanda within a quarter of a minute."""
    plan = town.plans[0]
    person = next(one for one in people_of(plan, SeededRandom(1)) if one.guardian.language != "fr")
    crowd = Crowd(town.pretend, town.clock, SeededRandom(2))
    watch = Watch(town, crowd)

    if chose:
        now = town.clock.now()
        seen = Shown(person, ("1",), "", SCREEN, is_open=False, chose_language=True, began_at=now, first=SCREEN)
        crowd.seen.append(seen)
    await town.pretend.africastalking.in_process(plan.slug).send(IN_FRENCH, [person.guardian.msisdn])
    await town.clock.advance(300)

    assert any("in a language" in law for law in watch.look()) is not chose


async def test_what_is_no_apology_may_not_begin_a_dial_with_an_end(town: Town) -> None:
    """One apology begins with a fact: to what stands before it every screen is alike."""
    person = people_of(town.plans[0], SeededRandom(1))[0]
    crowd = Crowd(town.pretend, town.clock, SeededRandom(2))
    apologies = GRAPH.spoken[first_language(person.guardian.msisdn)].apologies
    ends = [SCREEN, apologies["asked"].format(reference="RF-000001"), apologies["busy"]]
    crowd.seen += [
        Shown(person, (), "", end, is_open=False, chose_language=True, began_at=START, first=end) for end in ends
    ]

    broken = [law for law in Watch(town, crowd).look() if "began with an end" in law]

    assert broken == [f"a dial began with an end: {SCREEN!r}"]
