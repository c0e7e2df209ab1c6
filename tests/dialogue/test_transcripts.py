"""Whole conversations, one file each, at least one a language: what people type and what they see."""

from pathlib import Path

import pytest

from core.callers import LANGUAGES
from tests.dialogue.people import MARY, Town, calls, child, school
from tests.dialogue.phone import Phone
from tests.dialogue.transcript import FOLDER, retold

FILES = sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> str:
    return path.read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_the_conversation_goes_as_written(path: Path) -> None:
    written = read(path)

    assert await retold(written) == written


def test_there_is_a_conversation_in_every_language() -> None:
    assert {path.stem[:2] for path in FILES} == set(LANGUAGES)


async def test_a_guardian_of_one_child_reaches_the_prompt_within_three_answers_and_types_no_long_number() -> None:
    phone = Phone(Town.of(calls(school(child()))), MARY)
    await phone.dial()

    await phone.type("1", "1")

    assert not phone.open
    assert len(phone.town.asked) == 1
