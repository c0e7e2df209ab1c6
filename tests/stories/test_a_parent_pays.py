"""The first story: a parent dials, pays school fees by M-Pesa and gets a receipt by SMS."""

from pathlib import Path

import pytest

from core.receipt_codes import shown
from sandbox.moods import Mood
from storage.database import DatabaseUrl
from tests.stories.story import Story, told
from tests.world import create_schema


@pytest.fixture
def url(tmp_path: Path) -> DatabaseUrl:
    found = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(found)
    return found


async def _pays(story: Story) -> None:
    """Wanjiku owes for one child: dial, pay all of it, yes, PIN."""
    wanjiku = story.plan.characters[0].msisdn
    await story.dial(wanjiku, "1", "1")
    await story.passes(5)
    await story.enters_pin(wanjiku)
    await story.passes(20)


async def test_a_parent_dials_pays_and_reads_the_receipt(url: DatabaseUrl) -> None:
    async with told(url) as story:
        await _pays(story)

        (receipt,) = story.inbox(story.plan.characters[0].msisdn)
        (coin,) = story.town.mpesa.transactions
        ((code,),) = story.world.rows("SELECT code FROM receipts WHERE number = 211")
    assert receipt == (
        "Kivuli Hill Primary School: Tumepokea KSh 19,950 ya KV3833. Deni limeisha. "
        f"Risiti R000211 {shown(code)} ({coin.receipt})."
    )


async def test_nobody_waits_for_a_worker_to_look(url: DatabaseUrl) -> None:
    async with told(url) as story:
        wanjiku = story.plan.characters[0].msisdn
        await story.passes(0.2)  # the workers have just looked, and will not again for some time
        await story.dial(wanjiku, "1", "1")
        await story.passes(3.0)
        await story.enters_pin(wanjiku)  # there is something to enter it into
        while not story.world.rows("SELECT payment_id FROM receipts WHERE number = 211"):
            await story.passes(0.05)

        assert story.world.rows("SELECT state FROM outbox WHERE kind = 'sms'") == [("sent",)]


async def test_doubled_and_late_callbacks_credit_once_and_text_once(url: DatabaseUrl) -> None:
    async with told(url) as story:
        story.moods(Mood(doubled=1, late=0.5, late_s=120))
        await _pays(story)
        await story.passes(200)

        (coin,) = story.town.mpesa.transactions
        assert len(story.inbox(story.plan.characters[0].msisdn)) == 1
        receipts = story.world.rows("SELECT receipt FROM payments WHERE receipt IS NOT NULL")
    assert receipts.count((coin.receipt,)) == 1


async def test_a_prompt_without_any_callback_expires_and_the_late_one_still_credits(url: DatabaseUrl) -> None:
    async with told(url) as story:
        story.moods(Mood(late=1, late_s=300))
        await _pays(story)
        await story.passes(600)

        receipts = [text for text in story.inbox(story.plan.characters[0].msisdn) if "Risiti" in text]
    assert len(receipts) == 1


async def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    hashes = []
    for run in ("first", "second"):
        url = DatabaseUrl(f"sqlite:///{tmp_path}/{run}.db")
        create_schema(url)
        async with told(url, seed=42) as story:
            story.moods(Mood(doubled=0.5, late=0.3, lost=0.1, latency_ms=40))
            for character in story.plan.characters[:4]:
                await story.dial(character.msisdn, "1", "1")
                await story.passes(7)
                if story.town.phones.view(character.msisdn)["prompts"]:
                    await story.enters_pin(character.msisdn)
                await story.passes(30)
            await story.passes(200)
            hashes.append(await story.trace_hash())
    assert hashes[0] == hashes[1]


async def test_another_seed_tells_another_story(tmp_path: Path) -> None:
    hashes = []
    for seed in (1, 2):
        url = DatabaseUrl(f"sqlite:///{tmp_path}/{seed}.db")
        create_schema(url)
        async with told(url, seed=seed) as story:
            await _pays(story)
            hashes.append(await story.trace_hash())
    assert hashes[0] != hashes[1]
