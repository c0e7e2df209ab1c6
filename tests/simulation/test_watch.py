"""What the cheap laws forgive, and what they do not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from core.ids import OrganisationId
from core.messages import PaymentFailed
from core.money import Money
from core.payments import FailReason
from dialogue.conversation import first_language
from dialogue.flows import GRAPH
from runtime.chance import SeededRandom
from sandbox.moods import Letter
from sandbox.school import KES
from simulation.crowd import Crowd
from simulation.heard import Heard
from simulation.people import people_of
from simulation.remembered import Shown
from simulation.schools import school
from simulation.seen import AT_ONCE, Chased, chased
from simulation.town import START, Town
from simulation.watch import Watch
from simulation.weather import AHEAD, BACK
from storage.database import DatabaseUrl
from storage.organisations import Organisation, by_slug
from storage.outbox import Kind, MessageFacts, Out, put
from storage.tables import outbox
from storage.tx import Tx

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


@pytest.mark.parametrize("restarted", [True, False])
async def test_a_list_may_begin_anew_where_the_process_that_remembered_it_is_gone(
    town: Town, *, restarted: bool
) -> None:
    """Seeds 12039 and 12236 of the long run: a restart, and a payment that made the page so short that it had no `98` any more."""
    person = people_of(town.plans[0], SeededRandom(1))[0]
    crowd = Crowd(town.pretend, town.clock, SeededRandom(2))
    language = first_language(person.guardian.msisdn)
    page = "Owed\nKSh 100 waits\n1 Pay\n2 Fees\n98 More"
    again = f"{GRAPH.spoken[language].errors['not_offered']}\nOwed\n1 Pay\n2 Fees\n3 Help"
    began_at = town.started_at if restarted else town.started_at + timedelta(seconds=1)
    crowd.seen.append(
        Shown(person, ("98",), page, again, is_open=True, chose_language=True, began_at=began_at, first=page)
    )

    broken = [law for law in Watch(town, crowd).look() if "a list went on" in law]

    assert broken == ([] if restarted else ["a list went on at 1 behind 2 after '98'"])


@pytest.mark.parametrize("restarted", [True, False])
async def test_keys_that_came_as_one_may_lead_somewhere_once_the_process_that_refused_them_is_gone(
    town: Town, *, restarted: bool
) -> None:
    """Seed 14003 of the long run: `1` was lost on its way, `1*1` refused, and then the power went."""
    person = people_of(town.plans[0], SeededRandom(1))[0]
    crowd = Crowd(town.pretend, town.clock, SeededRandom(2))
    spoken = GRAPH.spoken[first_language(person.guardian.msisdn)]
    first = "Owed\nKSh 100 waits\n1 Pay\n2 Fees\n3 Help"
    before = f"{spoken.errors['not_offered']}\nOwed\n1 Pay\n2 Fees\n98 More"
    screen = "Pay KSh 100\n1 Pay now\n0 Back"
    began_at = town.started_at if restarted else town.started_at + timedelta(seconds=1)
    typed = ("1", "1", "98")
    crowd.seen.append(
        Shown(person, typed, before, screen, is_open=True, chose_language=True, began_at=began_at, first=first)
    )

    broken = [law for law in Watch(town, crowd).look() if "a list went on" in law]

    assert broken == ([] if restarted else ["a list went on at 1 behind 2 after '1*1*98'"])


@pytest.mark.parametrize("ahead", [AHEAD - BACK, 2 * AHEAD])
async def test_a_start_that_was_heard_by_a_clock_ahead_of_the_worlds_still_counts(town: Town, ahead: timedelta) -> None:
    """Seed 14068 of the long run: START came while the clock was set wrong, the receipt moments after it was set right."""
    plan, family = town.plans[0], town.plans[0].families[0]
    phone, student = family.guardians[0].msisdn, family.students[0]
    watch = Watch(town, Crowd(town.pretend, town.clock, SeededRandom(2)))
    town.pretend.mpesa.set_balance(phone, Money(100_000_00, KES))
    await town.pretend.phones.text(phone, plan.number, "STOP")
    await town.clock.advance(300)

    town.wall.set_wrong(ahead.total_seconds())
    await town.pretend.phones.text(phone, plan.number, "START")
    await town.clock.advance(2)
    town.wall.set_wrong(0)
    await town.pretend.phones.paybill(phone, plan.shortcode, student.number, "100")
    await town.clock.advance(300)

    broken = [law for law in watch.look() if "after STOP" in law]
    assert len(broken) == (0 if ahead < AHEAD else 1)


@pytest.mark.parametrize("answered", [True, False])
async def test_a_stop_whose_answer_was_lost_with_the_power_may_be_heeded(town: Town, *, answered: bool) -> None:
    """Seed 8043 of the long run: the STOP was written down, and the power went before the gateway heard so."""
    plan, phone = town.plans[0], "254712345678"
    school_id = (await _found(town, plan.slug)).id
    heard = Heard(town, {plan.slug: school_id})
    courier = town.pretend.africastalking.courier
    courier.on_accepted(_letter("START", phone, plan.number))
    await town.clock.advance(300)
    if not answered:
        courier.on_unanswered(_letter("STOP", phone, plan.number))

    await town.process.app.write(_queued, (school_id, phone))
    with town.process.writing() as connection:
        connection.execute(sa.update(outbox).values(state="skipped", last_error="stopped by the reader"))

    assert bool(heard.broken()) is answered


async def test_what_was_paid_since_a_text_does_not_change_what_it_was_about(town: Town) -> None:
    """Seed 9066 of the long run: chased for September's fees at seven, paid at five past, and looked at after that."""
    plan, family = town.plans[0], town.plans[0].families[0]
    organisation, student = (await _found(town, plan.slug)).id, family.students[0]
    seen_at = partial(chased, organisation=organisation, number=student.number, currency=KES, today=START.date())
    texted_at = town.clock.now() + AT_ONCE
    before: Chased = town.look(lambda tx: seen_at(tx, at=texted_at))

    town.pretend.mpesa.set_balance(family.guardians[0].msisdn, Money(100_000_00, KES))
    await town.pretend.phones.paybill(family.guardians[0].msisdn, plan.shortcode, student.number, "100")
    await town.clock.advance(600)
    after: Chased = town.look(lambda tx: seen_at(tx, at=texted_at))
    later: Chased = town.look(lambda tx: seen_at(tx, at=town.clock.now()))

    assert (after.owed, after.oldest) == (before.owed, None)
    assert (later.owed, later.oldest) == (before.owed - 100_00, before.oldest)
    assert before.oldest is not None


async def _found(town: Town, slug: str) -> Organisation:
    found = await town.process.app.read(by_slug, slug)
    assert found is not None
    return found


def _letter(text: str, sender: str, number: str) -> Letter:
    body = urlencode({"text": text, "from": f"+{sender}", "to": number}).encode()
    return Letter("https://karani.test/", body, "application/x-www-form-urlencoded", "gateway")


def _queued(tx: Tx, to: tuple[OrganisationId, str]) -> None:
    message = PaymentFailed("Kivuli", Money(100, KES), "KV10", FailReason.CANCELLED, "600984")
    put(tx, [Out(to[0], Kind.SMS, message.event, MessageFacts(message, msisdn=to[1]))])
