"""Callbacks are lost, doubled and late, and the provider is down for an hour: the books find the truth by themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.phones import Msisdn
from runtime.chance import SeededRandom
from sandbox.moods import Mood
from storage.database import DatabaseUrl
from tests.stories.story import Story, told
from tests.world import create_schema
from usecases.verification import verify


@pytest.fixture
def url(tmp_path: Path) -> DatabaseUrl:
    found = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(found)
    return found


def credited(story: Story) -> Counter[tuple[str, int]]:
    """What the books have, by receipt, of what came after the school's opening."""
    opening = {payment.receipt for payment in story.plan.payments}
    rows = story.world.rows("SELECT receipt, minor FROM payments WHERE status = 'completed'")
    return Counter((receipt, minor) for receipt, minor in rows if receipt not in opening)


def truth(story: Story) -> Counter[tuple[str, int]]:
    """What really moved, and stayed."""
    back = {one.receipt for one in story.town.mpesa.reversals}
    return Counter(
        (done.receipt, done.amount.minor) for done in story.town.mpesa.transactions if done.receipt not in back
    )


async def pays_by_paybill(story: Story, phone: Msisdn, reference: str, amount: int) -> None:
    await story.while_time_passes(story.town.phones.paybill(phone, story.plan.shortcode, reference, str(amount)))


async def test_a_payment_that_no_callback_told_of_is_found_and_receipted(url: DatabaseUrl) -> None:
    async with told(url) as story:
        parent = story.plan.characters[0].msisdn
        story.moods(Mood(lost=1))
        await pays_by_paybill(story, parent, "KV3833", 700)
        await story.passes(60)
        assert credited(story) == Counter()

        story.moods(Mood())
        await story.passes(600)

        assert credited(story) == truth(story)
        assert len(story.inbox(parent)) == 1
        assert story.world.broken_laws() == []


async def test_a_prompt_that_was_paid_and_whose_callbacks_were_lost_is_credited_within_a_minute(
    url: DatabaseUrl,
) -> None:
    async with told(url) as story:
        parent = story.plan.characters[0].msisdn
        story.moods(Mood(lost=1))
        await story.dial(parent, "1", "1")
        await story.passes(5)
        await story.enters_pin(parent)
        await story.passes(60)

        assert credited(story) == truth(story)
        assert [text for text in story.inbox(parent) if "Risiti" in text] == story.inbox(parent)
        assert len(story.inbox(parent)) == 1


async def test_what_the_provider_takes_back_without_a_word_is_noticed_and_owed_again(url: DatabaseUrl) -> None:
    async with told(url) as story:
        parent = story.plan.characters[0].msisdn
        await pays_by_paybill(story, parent, "KV3833", 700)
        await story.passes(30)
        (coin,) = story.town.mpesa.transactions
        story.town.mpesa.reverse(coin.receipt)
        await story.passes(1200)

        assert credited(story) == truth(story) == Counter()
        assert ["imerudishwa" in text for text in story.inbox(parent)] == [False, True]
        said = story.world.rows("SELECT operation, outcome FROM exchanges WHERE operation = 'pull'")
        assert sorted(said) == [("pull", "known"), ("pull", "reversed")]
        assert story.world.broken_laws() == []


async def test_a_payer_whom_m_pesa_hides_is_asked_for_and_the_wrong_number_does_no_harm(url: DatabaseUrl) -> None:
    async with told(url) as story:
        parent = story.plan.characters[0].msisdn
        await pays_by_paybill(story, parent, "no such number", 700)
        await story.passes(10)
        waits = "SELECT count(*) FROM suspense_items WHERE closed_at IS NULL"
        assert story.world.rows(waits) == [(2,)]  # one of them since before

        await story.passes(30)

        assert story.world.rows(waits) == [(1,)]
        (coin,) = story.town.mpesa.transactions
        said = story.world.rows(
            "SELECT e.operation, e.direction FROM exchanges e JOIN payments p ON p.id = e.payment_id"  # noqa: S608
            f" WHERE p.receipt = '{coin.receipt}' ORDER BY e.at, e.id"
        )
        assert said[:3] == [("confirmation", "in"), ("status_query", "out"), ("status", "in")]
        assert len(story.inbox(parent)) == 2  # held, then received
        assert story.world.broken_laws() == []


async def test_lost_doubled_and_late_callbacks_and_an_hour_of_outage_leave_the_books_equal_to_the_truth(
    url: DatabaseUrl, proving: bool
) -> None:
    hours = 48.0 if proving else 1.5
    async with told(url, seed=7) as story:
        chance = SeededRandom(11)
        bad = Mood(lost=0.3, doubled=0.2, late=0.2, late_s=900, latency_ms=50)
        families = [family for family in story.plan.families if family.guardians and family.students]
        for quarter in range(round(hours * 4)):
            story.moods(Mood(down=True, callbacks_fail=True) if 2 <= quarter < 6 else bad)
            for _ in range(3):
                family = families[chance.below(len(families))]
                student = family.students[chance.below(len(family.students))]
                reference = student.number if chance.below(5) else f"typo {chance.below(99)}"
                await pays_by_paybill(story, family.guardians[0].msisdn, reference, 10 + chance.below(900))
            await prompted(story, families[chance.below(len(families))].guardians[0].msisdn)
            await story.passes(840)
        given_back = story.town.mpesa.transactions[5].receipt
        story.town.mpesa.reverse(given_back)
        story.moods(Mood())

        await story.passes(900)  # the stated time: three pulls

        assert len(story.town.mpesa.transactions) > hours * 8
        assert credited(story) == truth(story)
        assert story.world.broken_laws() == []
        assert await story.world.app.read(verify) == []
        waiting = "SELECT count(*) FROM payments WHERE status IN ('initiated', 'processing')"
        assert story.world.rows(waiting) == [(0,)]


async def prompted(story: Story, phone: Msisdn) -> None:
    """A guardian pays what is owed from the menu, if the network lets the prompt through."""
    await story.dial(phone, "1", "1")
    await story.passes(6)
    if story.town.phones.view(phone)["prompts"]:
        await story.enters_pin(phone)
