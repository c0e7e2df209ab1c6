"""Mail as a way for messages: as the last resort, as the first wish, and never a second copy of what may have arrived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from core.dispatch import PATIENCE, Verdict
from core.errors import NotFound
from core.ids import ContactId, OrganisationId
from core.mail import MailAddress, read_stop_token, stop_token
from core.messages import AccessChanged, AccessEvent, DailySummary, PaymentHeld, ReminderBeforeDue, TextAnswered
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.ports import Mail, MailRefused, MailTaken, MailUnknown, SmsRefused
from core.preferences import Channel, Consent
from jobs.sending import Sending
from sandbox.mail import Postbox, Received
from sandbox.moods import Mood
from storage import channel_wishes, consents, mail_addresses, outbox, people
from storage.mail_addresses import Mailbox
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.test_delivery import DOWN, Gateway, reported, states, tries
from tests.usecases.test_texts import text
from tests.world import TESTER, World, kes
from usecases import mail_stops
from usecases.mail_stops import StopMail, about, stop_mail
from usecases.messages import LEASE, Claim, claim_messages
from usecases.staff import SetMail, set_mail
from usecases.templates import SetWords, set_words
from usecases.texts import receive_text
from usecases.wishes import CHOSEN, NoChannel, WishChannels, wish_channels

ASHA, HERS = Msisdn("254712345678"), MailAddress("asha@example.org")
HELD = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")
MAIL_FIRST, MAIL_ONLY = (Channel.EMAIL, Channel.SMS), (Channel.EMAIL,)
NIGHT_S = 15 * 3600
"""From the tests' morning to 21:00 UTC, midnight in Nairobi."""


class House:
    """A school with a gateway, a mail server, and one guardian who has both."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gateway = Gateway("AT")
        self.box = Postbox(clock=world.clock, random=world.app.random)
        world.app.gateways = {world.organisation: {"africastalking": self.gateway}}
        world.app.mailers = {world.organisation: {"smtp": self.box.in_process("office@kivuli.example")}}

    async def tells(self, message: Any = HELD, **facts: Any) -> None:
        def put(tx: Tx, command: None) -> None:
            told = MessageFacts(message, **({"msisdn": ASHA.digits} | facts))
            outbox.put(tx, [Out(self.world.organisation, Kind.SMS, message.event, told)])

        await self.world.app.write(put, None)

    async def rounds(self, count: int = 4) -> None:
        for _ in range(count):
            await Sending(self.world.app, public_url="https://pay.example.org").round()

    @property
    def mails(self) -> list[Received]:
        return self.box.to(HERS.text)

    async def contact(self) -> ContactId:
        (known,) = (await self.world.app.read(people.recognise, [ASHA]))[ASHA]
        return known.contact

    async def wishes(self, channels: tuple[Channel, ...], event: str = "") -> None:
        wish = WishChannels(self.world.organisation, await self.contact(), {event: channels}, TESTER)
        await self.world.app.write(wish_channels, wish)

    async def mailbox(self, box: Mailbox | None) -> None:
        contact = await self.contact()
        await self.world.app.write(
            lambda tx, _: mail_addresses.put(tx, self.world.organisation, [(contact, box)]), None
        )


@pytest.fixture
async def house(world: World) -> House:
    await world.students({"KV10": 0}, guardians={"KV10": [ASHA.digits]})
    house = House(world)
    await house.mailbox(Mailbox(HERS))
    return house


# --- fall-over -----------------------------------------------------------------------------------------------------------


async def test_what_no_gateway_takes_goes_by_mail_with_all_that_it_tells(house: House) -> None:
    house.gateway.answers = [SmsRefused("CouldNotRoute", "")]
    await house.tells()

    await house.rounds()

    (mail,) = house.mails
    assert (mail.sender, mail.subject) == (
        "Kivuli Primary School <office@kivuli.example>",
        "KSh 10 has arrived, and we are looking for its account",
    )
    for said in (
        "KSh 10",
        "7K2M9-QXAV9",
        "UKL1",
        "https://pay.example.org/r/7K2M9-QXAV9",
        "https://pay.example.org/u/",
    ):
        assert said in mail.text
        assert said in mail.html
    assert 'href="https://pay.example.org/r/7K2M9-QXAV9"' in mail.html
    assert mail.unsubscribe == ""  # of a receipt only the last line says how
    assert (states(house.world), tries(house.world)) == (["sent"], [("africastalking", "refused"), ("smtp", "taken")])


async def test_a_text_that_did_not_arrive_is_followed_by_mail(house: House) -> None:
    await house.tells()
    await house.rounds()
    assert house.mails == []

    await reported(house.world, "AT1", Verdict.FAILED)
    await house.rounds()

    assert len(house.mails) == 1


async def test_a_gateway_that_is_down_for_some_seconds_moves_nothing_to_another_inbox(house: House) -> None:
    house.gateway.answers = [DOWN] * PATIENCE
    await house.tells()
    for seconds in (0, 5, 15):
        assert house.mails == []
        await house.world.clock.advance(seconds)
        await house.rounds()

    assert tries(house.world) == [("africastalking", "later")] * PATIENCE + [("smtp", "taken")]


async def test_who_has_no_address_is_not_reached_by_mail(house: House) -> None:
    await house.mailbox(None)
    house.gateway.answers = [SmsRefused("CouldNotRoute", "")]
    await house.tells()

    await house.rounds()

    assert states(house.world) == ["failed"]
    assert not house.box.received


async def test_without_any_way_that_leads_to_the_reader_it_ends_visibly(house: House) -> None:
    house.world.app.gateways = {}
    await house.mailbox(None)
    await house.tells()

    await house.rounds()

    assert house.world.rows("SELECT state, last_error FROM outbox") == [("failed", "no way leads to the reader")]


# --- once ---------------------------------------------------------------------------------------------------------------


async def test_a_mail_whose_answer_was_lost_is_for_a_person_and_never_sent_again(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    house.box.mood = Mood(unknown=1)
    await house.tells()

    await house.rounds()
    await house.world.clock.advance(1_000_000)
    await house.rounds()

    assert len(house.mails) == 1
    assert house.gateway.lots == []
    assert (states(house.world), tries(house.world)) == (["unknown"], [("smtp", "unknown")])


async def test_a_worker_that_dies_with_a_mail_in_hand_leaves_a_question_and_no_second_mail(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    await house.tells()

    class PowerCut:
        most_mails = 10

        async def send(self, mails: Sequence[Mail]) -> list[MailTaken | MailRefused | MailUnknown]:
            await house.box.in_process().send(mails)
            raise KeyboardInterrupt

    good = house.world.app.mailers
    house.world.app.mailers = {house.world.organisation: {"smtp": PowerCut()}}
    with pytest.raises(KeyboardInterrupt):
        await house.rounds(1)
    house.world.app.mailers = good
    assert states(house.world) == ["sending"]
    await house.world.clock.advance(LEASE.total_seconds() + 1)
    await house.rounds()

    assert (len(house.mails), states(house.world)) == (1, ["unknown"])


async def test_two_workers_never_mail_the_same_message(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    await house.tells()
    routes = Sending(house.world.app)._routes()
    with rival_of(house.world) as rival:
        mine, theirs = await rival.overlap(
            lambda: house.world.app.write(claim_messages, Claim(9, routes)),
            lambda: rival.world.app.write(claim_messages, Claim(9, routes)),
        )

    assert len(mine) + len(theirs) == 1


@pytest.mark.parametrize(
    "mood, state", [(Mood(refused=1), "sent"), (Mood(down=True), "pending")], ids=["no such mailbox", "down"]
)
async def test_what_a_mail_server_surely_did_not_take_goes_on(house: House, mood: Mood, state: str) -> None:
    await house.wishes(MAIL_FIRST)
    house.box.mood = mood
    await house.tells()

    await house.rounds()

    assert (states(house.world), house.mails) == ([state], [])
    assert len(house.gateway.lots) == (1 if state == "sent" else 0)


class Broken:
    most_mails = 1

    async def send(self, mails: Sequence[Mail]) -> list[MailTaken | MailRefused | MailUnknown]:
        raise ValueError("a bug")


async def test_a_bug_in_one_mail_spoils_no_other(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    house.world.app.mailers = {house.world.organisation: {"smtp": Broken()}}
    await house.tells()

    await house.rounds(1)

    assert house.world.rows("SELECT state FROM outbox") == [("unknown",)]


# --- wishes, stops, nights ----------------------------------------------------------------------------------------------


async def test_the_channel_follows_the_readers_wish_event_by_event(house: House) -> None:
    contact = await house.contact()
    wishes = {"": MAIL_FIRST, ReminderBeforeDue.event: (Channel.SMS,), DailySummary.event: ()}
    await house.world.app.write(lambda tx, _: channel_wishes.put(tx, house.world.organisation, contact, wishes), None)
    day = house.world.clock.now().date()

    await house.tells()
    await house.tells(DailySummary("Kivuli", day, kes(1), 1, 0, 0))
    await house.rounds()

    assert (len(house.mails), house.gateway.lots) == (1, [])
    assert house.world.rows("SELECT last_error FROM outbox WHERE state = 'skipped'") == [("not wanted by the reader",)]


async def test_nobody_can_wish_away_what_is_about_their_own_access(house: House) -> None:
    await house.wishes(MAIL_ONLY)
    await house.tells(AccessChanged("Kivuli", AccessEvent.RESET, "asha"))
    await house.rounds()
    assert len(house.mails) == 1
    house.box.mood = Mood(refused=1)
    await house.tells(AccessChanged("Kivuli", AccessEvent.RESET, "asha"))

    await house.rounds()

    assert len(house.gateway.lots) == 1


async def test_the_answer_to_a_text_is_a_text(house: House) -> None:
    await house.wishes(MAIL_ONLY)
    await house.world.app.write(receive_text, text(house.world, "what?"))

    await house.rounds()

    assert (len(house.gateway.lots), house.mails) == (1, [])


async def test_stop_by_text_holds_for_mail_and_stop_by_mail_for_mails_of_that_kind(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    await house.tells()
    await house.rounds()
    token = house.mails[0].text.rpartition("/u/")[2].split()[0]
    assert read_stop_token(token) is not None

    for _ in range(2):
        ended = await house.world.app.write(stop_mail, StopMail(token))
        assert ended is not None
        assert (ended.is_stopped, ended.all_stopped, ended.name) == (True, False, "Kivuli Primary School")
    assert house.world.rows("SELECT topic, channel, source FROM consents") == [("account", "email", "mail")]
    await house.tells()
    await house.rounds()
    assert (len(house.mails), len(house.gateway.lots)) == (1, 1)  # a text takes its place

    await house.world.app.write(stop_mail, StopMail(token, everything=True))
    found = await house.world.app.read(about, token)
    assert found is not None
    assert found.all_stopped
    await house.world.app.write(stop_mail, StopMail(token, wanted=True, everything=True))
    await house.tells()
    await house.rounds()
    assert len(house.mails) == 2

    await house.world.app.write(receive_text, text(house.world, "STOP"))
    await house.tells()
    await house.rounds()
    assert (len(house.mails), len(house.gateway.lots)) == (2, 2)  # the second text confirms the stop
    assert states(house.world)[-1] == "skipped"


async def test_a_link_that_nobody_gave_out_ends_nothing(house: House) -> None:
    await house.tells()
    await house.rounds()
    (id_,) = (row[0] for row in house.world.rows("SELECT id FROM outbox"))
    made_up = stop_token(_id(id_), b"x" * 16)

    for token in (made_up, "", "x" * 44, "é" * 44, made_up[:-1]):
        assert await house.world.app.write(stop_mail, StopMail(token)) is None
    real = await house.world.app.read(lambda tx: mail_stops.token(tx, _id(id_)))
    assert await house.world.app.read(about, real) is None  # it went by text: there is no mail to end


def _id(value: Any) -> Any:
    return value if isinstance(value, UUID) else UUID(bytes=bytes(value))


async def test_night_holds_a_text_and_moves_it_to_no_other_channel_but_holds_no_mail(house: House) -> None:
    await house.world.clock.advance(NIGHT_S)
    await house.tells()
    await house.rounds()
    assert (states(house.world), house.mails) == (["pending"], [])

    await house.wishes(MAIL_FIRST)
    await house.tells()
    await house.rounds()
    assert len(house.mails) == 1

    await house.mailbox(Mailbox(HERS, waits_at_night=True))
    await house.tells()
    await house.rounds()
    assert (len(house.mails), house.gateway.lots) == (1, [])
    await house.world.clock.advance(10 * 3600)
    await house.rounds()
    assert len(house.mails) == 3


async def test_reminders_can_be_ended_by_one_click_in_the_mailbox(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    day = house.world.clock.now().date()
    await house.tells(DailySummary("Kivuli", day, kes(1), 1, 0, 0))

    await house.rounds()

    (mail,) = house.mails
    assert mail.unsubscribe.startswith("https://pay.example.org/u/")


async def test_staff_are_mailed_where_their_phone_is_not_reached(house: House) -> None:
    admin, cashier = await house.world.staff(Role.ADMIN, "254700900009", "Rose"), await house.world.staff(Role.CASHIER)
    await house.world.app.write(set_mail, SetMail(_id(UUID(cashier.name)), HERS, admin))
    house.gateway.answers = [SmsRefused("CouldNotRoute", "")]
    await house.tells(AccessChanged("Kivuli", AccessEvent.SET_UP, "esther"), msisdn="254700900001")

    await house.rounds()

    (mail,) = house.mails
    assert "The sign-in as esther was set up." in mail.text
    assert "/u/" not in mail.text  # it cannot be stopped


# --- wishes are set -----------------------------------------------------------------------------------------------------


async def test_wishes_are_noted_and_what_cannot_be_is_refused(house: House) -> None:
    await house.wishes(MAIL_FIRST)
    await house.wishes(MAIL_FIRST)
    assert house.world.rows("SELECT from_state, to_state FROM changes WHERE action = 'channels_wished'") == [
        ("as usual", "all: email sms")
    ]
    assert TextAnswered.event not in CHOSEN
    contact = await house.contact()
    for wishes, organisation in (
        ({"no_such_event": ()}, house.world.organisation),
        ({}, OrganisationId(house.world.ids.new())),
    ):
        with pytest.raises(NotFound):
            await house.world.app.write(wish_channels, WishChannels(organisation, contact, wishes, TESTER))
    await house.mailbox(None)
    with pytest.raises(NoChannel):
        await house.wishes(MAIL_ONLY, HELD.event)
    await house.wishes((), HELD.event)
    await house.tells()
    await house.rounds()
    assert states(house.world) == ["skipped"]


# --- words --------------------------------------------------------------------------------------------------------------


async def test_an_organisations_own_mail_is_sent_and_words_that_break_give_way(house: House) -> None:
    await house.wishes(MAIL_FIRST)

    async def sets(source: str) -> None:
        operator = Actor(ActorKind.OPERATOR, "tester", "cli")
        wish = SetWords(house.world.organisation, HELD.event, "en", source, operator, channel=Channel.EMAIL)
        await house.world.app.write(set_words, wish)

    await sets("Asante: {{ amount|money }}\n\nWe hold it.\n\nCode {{ receipt_code }}")
    await house.tells()
    await house.rounds()
    await sets("{{ nothing }}\n\nx")
    await house.tells()
    await house.rounds()

    own, standard = house.mails
    assert own.subject == "Asante: KSh 10"
    assert "We hold it.\n\nCode 7K2M9-QXAV9" in own.text
    assert standard.subject.startswith("KSh 10 has arrived")
    assert [row[0] for row in house.world.rows("SELECT template FROM attempts ORDER BY began_at, message_id")] == [
        1,
        -2,
    ]


async def test_a_consent_about_one_channel_leaves_the_other(house: House) -> None:
    index = await house.world.app.read(lambda tx: people.msisdn_index(tx, ASHA))
    stop = Consent(False, channel=Channel.SMS)
    await house.world.app.write(
        lambda tx, _: consents.note(tx, house.world.organisation, index, stop, source="africastalking"), None
    )
    await house.tells()

    await house.rounds()

    assert (len(house.mails), house.gateway.lots) == (1, [])
