"""A whole story leaves no phone number, key, token or password in what operators and their tools may read."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client import generate_latest

from sandbox.moods import Mood
from storage.database import DatabaseUrl
from storage.organisations import connections
from tests.stories.story import Story, told
from tests.web.door import Door, hop, sample
from tests.world import create_schema

WHOLE_PHONE = re.compile(r"(?<![0-9a-f])(?:\+?254|0)[17][0-9]{8}(?![0-9a-f])")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Every line of our own logs as they are written, with traces; `caplog` hears the libraries."""
    caplog.set_level(logging.DEBUG)
    before = structlog.get_config()
    written: list[str] = []

    def write(_logger: Any, _method: str, event: Any) -> str:
        written.append(repr(event))
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, write])
    yield written
    structlog.configure(**before)


async def _everything_happens(story: Story) -> None:
    """Prompts paid and cancelled, callbacks doubled and late."""
    story.moods(Mood(doubled=1, late=0.3, late_s=30))
    for character, answer in zip(story.plan.characters[:2], ("pin", "cancel"), strict=True):
        await story.dial(character.msisdn, "1", "1")
        await story.passes(7)
        if story.town.phones.view(character.msisdn)["prompts"]:
            await story.enters_pin(character.msisdn, answer)
        await story.passes(40)
    await story.passes(200)


async def test_a_whole_story_writes_no_phone_key_or_secret_into_logs_and_figures(
    tmp_path: Path, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    url = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(url)
    async with told(url) as story:
        found = await story.world.app.read(connections)
        keys = [connection.hook_key for connection in found]
        await _everything_happens(story)
        secrets = [text for one in found for text in one.credentials.values() if len(text) > 6]
        tokens = [token for token, _until in story.town.daraja._tokens.values()]

    written = "\n".join([*lines, *(record.getMessage() for record in caplog.records), generate_latest().decode()])
    assert "callback" in written
    assert tokens
    assert WHOLE_PHONE.findall(written) == []
    assert [secret for secret in [*keys, *secrets, *tokens] if secret in written] == []


async def test_hostile_calls_leave_nothing_of_themselves_in_the_logs(door: Door, lines: list[str]) -> None:
    phone = "254712345678"
    bodies = [sample("c2b_confirmation_sandbox_full_name"), phone.encode(), b'{"TransAmount":"%s"}' % phone.encode()]
    for operation in (
        "c2b/confirmation",
        "c2b/validation",
        "stk",
        "ussd",
        "ussd/events",
        "sms",
        "sms/delivery",
        "sms/optout",
    ):
        for body in (*bodies, hop(session=phone[:3]), hop(phone=f"x{phone}"), hop(serviceCode=phone)):
            await door.post(operation, body)
            await door.post(operation, body, key=phone)

    written = "\n".join(lines)
    assert "key-of-the-hook" not in written
    assert WHOLE_PHONE.findall(written + generate_latest().decode()) == []
