"""Every word of the bot stands in every language, and every word that is asked for is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot.telegram
from bot.telegram import desk
from bot.telegram.menu import OFFERS
from bot.telegram.words import FILE, words
from core.approvals import State, SubjectKind
from core.callers import LANGUAGES
from core.payments import Status
from core.permissions import Role
from sandbox.telegram import _plain
from usecases.fund_news import Going

HERE = Path(bot.telegram.__file__).parent
ASKED = re.compile(r'word\(\s*(?:room, )?"([a-z_]+)"|told\([\w.]+, "([a-z_]+)"')


def test_every_word_stands_in_every_language_and_with_the_same_facts() -> None:
    for key, english in words("en").items():
        facts = sorted(re.findall(r"{(\w+)}", english))
        for language in LANGUAGES:
            assert sorted(re.findall(r"{(\w+)}", words(language)[key])) == facts, (key, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_markup_that_telegram_takes(language: str) -> None:
    for text in words(language).values():
        _plain(text)


def test_every_word_that_is_asked_for_is_there() -> None:
    asked = {first or second for file in HERE.glob("*.py") for first, second in ASKED.findall(file.read_text())}
    asked |= {word for _, word, _ in OFFERS} | {f"role_{role.value}" for role in Role}
    asked |= {f"state_{state.value}" for state in Status} | {f"kind_{kind.value}" for kind in SubjectKind}
    asked |= {f"standing_{state.value}" for state in State} | {f"money_{going.value}" for going in Going}

    assert asked - words("en").keys() == set()
    assert len(asked) > 60


def test_every_button_that_the_menu_offers_does_something() -> None:
    assert {act for _, _, act in OFFERS} <= desk.ACTS.keys()
    assert FILE.exists()
