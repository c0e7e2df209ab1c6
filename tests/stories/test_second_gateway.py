"""A receipt reaches its reader when the first gateway does not deliver, through the whole program and both simulators."""

from sandbox.moods import Mood
from storage.database import DatabaseUrl
from tests.stories.story import told


async def test_what_the_first_gateway_does_not_deliver_the_second_brings_once(database: DatabaseUrl) -> None:
    async with told(database) as story:
        story.town.africastalking.mood = Mood(undelivered=1)
        family = story.plan.families[0]
        reader, student = family.guardians[0].msisdn, family.students[0].number
        await story.town.phones.paybill(reader, story.plan.shortcode, student, "500")
        await story.passes(30)

        (text,) = story.inbox(reader)
        assert student in text
        assert len(story.town.twilio.sent) == 1
        assert story.world.rows(
            "SELECT provider, outcome FROM attempts a JOIN outbox o ON o.id = a.message_id "
            "WHERE o.event = 'payment_received' ORDER BY number"
        ) == [("africastalking", "undelivered"), ("twilio", "arrived")]


async def test_twilio_hangs_up_after_taking_and_its_report_says_so(database: DatabaseUrl) -> None:
    """The first gateway is down, the second takes the text and hangs up: unknown, until its status callback names our attempt."""
    async with told(database) as story:
        story.town.africastalking.mood = Mood(refused=1)
        story.town.twilio.mood = Mood(unknown=1)
        family = story.plan.families[0]
        reader, student = family.guardians[0].msisdn, family.students[0].number
        await story.town.phones.paybill(reader, story.plan.shortcode, student, "500")
        await story.passes(30)

        assert len(story.inbox(reader)) == 1
        assert story.world.rows("SELECT state FROM outbox WHERE event = 'payment_received'") == [("sent",)]
