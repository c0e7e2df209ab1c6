"""A parent texts the school's number, over the real doors and the pretended gateway."""

from storage.database import DatabaseUrl
from tests.stories.story import told


async def test_a_parent_stops_the_texts_pays_in_silence_and_starts_them_again(database: DatabaseUrl) -> None:
    async with told(database) as story:
        phone = story.plan.characters[0].msisdn
        await story.town.phones.text(phone, "20880", "Stop. Thank you")
        await story.passes(10)
        assert "tuma ANZA" in story.inbox(phone)[-1]  # her phone speaks Swahili

        await story.dial(phone, "1", "1")
        await story.passes(10)
        await story.enters_pin(phone)
        await story.passes(60)
        assert len(story.inbox(phone)) == 1
        assert story.world.rows("SELECT state FROM outbox WHERE event = 'payment_received'") == [("skipped",)]

        await story.town.phones.text(phone, "20880", "START")
        await story.passes(10)
        await story.town.phones.text(phone, "20880", "Is there school on Monday?")
        await story.passes(10)
        assert "tuma ACHA" in story.inbox(phone)[1]
        assert story.plan.ussd_code in story.inbox(phone)[2]


async def test_a_parent_pays_by_text_in_her_own_words_and_asks_for_her_money(database: DatabaseUrl) -> None:
    async with told(database) as story:
        phone = story.plan.characters[0].msisdn

        async def texts(words: str) -> str:
            await story.town.phones.text(phone, "20880", words)
            await story.passes(10)
            return story.inbox(phone)[-1]

        assert "deni KSh" in await texts("nadaiwa ngapi?")
        assert "Tuma NDIYO" in await texts("lipa elfu mbili tafadhali")
        assert story.town.phones.of(phone).prompts == []
        assert "inakuomba PIN kulipa KSh 2,000" in await texts("ndio")
        await story.enters_pin(phone)
        await story.passes(60)
        assert "KSh 2,000" in story.inbox(phone)[-1]
        assert "zilipokelewa" in await texts("nimelipa 2000 leo")
        assert story.world.broken_laws() == []
