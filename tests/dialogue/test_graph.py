"""The graph of screens is whole: every target exists, every screen is reached and left, and speaks all languages."""

import importlib
import pkgutil
import re
import tomllib
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import dialogue
from core import gsm7
from core.callers import LANGUAGES
from core.errors import Bug, DomainError
from dialogue import catalogues
from dialogue.flows import GRAPH
from dialogue.map import mermaid
from dialogue.screens import Act, Ask, Choose, Confirm, End, Fork, Menu, Restore, Secret, targets

HOUSE = Path(dialogue.__file__).parents[1]
CATALOGUES = sorted([*(HOUSE / "dialogue/flows").glob("*.toml"), *(HOUSE / "dialogue/words").glob("*.toml")])
ROOMS = ("core", "storage", "usecases", "providers", "notifications", "dialogue", "ussd", "web", "jobs", "cli")


def texts(table: dict[str, Any], where: str) -> list[tuple[str, dict[str, str]]]:
    """Every text of a catalogue with all its languages."""
    own = {key: value for key, value in table.items() if isinstance(value, str)}
    found = [(where, own)] if own else []
    for key, value in table.items():
        if isinstance(value, dict):
            found += texts(value, f"{where}.{key}")
    return found


ALL_TEXTS = [pair for path in CATALOGUES for pair in texts(tomllib.loads(path.read_text()), path.stem)]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def refusals() -> list[type[DomainError]]:
    """Every DomainError of the program, wherever it is defined."""
    for room in ROOMS:
        if (HOUSE / room).is_dir() and any((HOUSE / room).glob("*.py")):
            package = importlib.import_module(room)
            for module in pkgutil.walk_packages(package.__path__, f"{room}."):
                if "migrations" not in module.name and not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
    found, new = set[type[DomainError]](), {DomainError}
    while new:
        found |= new
        new = {below for error in new for below in error.__subclasses__()} - found
    ours = [error for error in found - {DomainError} if not error.__module__.startswith("tests.")]
    return sorted(ours, key=lambda error: error.code)


@pytest.mark.parametrize("name", GRAPH.screens)
def test_every_way_leads_to_a_screen(name: str) -> None:
    assert [target for target in targets(GRAPH.screens[name]) if target not in GRAPH.screens] == []


def test_every_screen_is_reachable() -> None:
    seen, new = set[str](), {GRAPH.start, GRAPH.resume}
    while new:
        seen |= new
        new = {target for name in new for target in targets(GRAPH.screens[name])} - seen

    assert seen == set(GRAPH.screens)


@pytest.mark.parametrize("name", GRAPH.screens)
def test_every_screen_can_be_left(name: str) -> None:
    screen = GRAPH.screens[name]

    reading = isinstance(screen, Menu) and not screen.choices and not screen.home  # left by 0 and 00
    assert targets(screen) or isinstance(screen, End | Restore) or reading


@pytest.mark.parametrize("name", GRAPH.screens)
def test_every_page_has_words_for_all_that_it_shows(name: str) -> None:
    screen = GRAPH.screens[name]

    for language in LANGUAGES:
        words = GRAPH.spoken[language].screens[name]
        if isinstance(screen, Fork | Act | Restore):
            assert (words.text, dict(words.lines), dict(words.choices)) == ("", {}, {})
        else:
            assert words.text
        if isinstance(screen, Menu | Confirm | Choose):
            assert {choice.label for choice in screen.choices} == set(words.choices)
        if isinstance(screen, Ask | Secret | End):
            assert not words.choices


def test_no_catalogue_speaks_of_a_screen_that_is_not_there() -> None:
    for path in (HOUSE / "dialogue/flows").glob("*.toml"):
        for own in tomllib.loads(path.read_text()):
            assert f"{path.stem}.{own}" in GRAPH.screens


@pytest.mark.parametrize("where,languages", ALL_TEXTS, ids=[where for where, _ in ALL_TEXTS])
def test_a_text_is_there_in_every_language_with_the_same_facts(where: str, languages: dict[str, str]) -> None:
    assert set(languages) == set(LANGUAGES), where
    assert len({frozenset(placeholders(text)) for text in languages.values()}) == 1, where


@pytest.mark.parametrize("where,languages", ALL_TEXTS, ids=[where for where, _ in ALL_TEXTS])
def test_a_text_uses_one_septet_characters_without_waste(where: str, languages: dict[str, str]) -> None:
    for text in languages.values():
        words = re.sub(r"\{[a-z_]+\}", "", text)
        assert gsm7.is_basic(words), (where, text)
        assert words == words.strip() or words != text, (where, text)
        assert "  " not in text, (where, text)
        assert "\n" not in text, (where, text)


@pytest.mark.parametrize("error", refusals(), ids=lambda error: error.__name__)
def test_every_refusal_has_its_words_and_only_facts_that_it_carries(error: type[DomainError]) -> None:
    assert error.code, error
    for language in LANGUAGES:
        words = GRAPH.spoken[language].errors[error.code]
        assert placeholders(words) <= set(getattr(error, "__dataclass_fields__", {}))


def test_no_words_are_kept_for_a_refusal_that_is_not_there() -> None:
    assert set(GRAPH.spoken["en"].errors) <= {error.code for error in refusals()}


def test_codes_of_refusals_are_their_own() -> None:
    codes = [error.code for error in refusals()]

    assert len(codes) == len(set(codes))


def test_a_missing_language_is_found_when_the_program_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = catalogues._read

    def without_french(folder: str, file: str) -> dict[str, Any]:
        table = whole(folder, file)
        if file == "pay.toml":
            del table["amount"]["fr"]
        return table

    monkeypatch.setattr(catalogues, "_read", without_french)
    with pytest.raises(Bug, match=r"pay\.amount says nothing in fr"):
        catalogues.compiled(GRAPH.screens.values(), start=GRAPH.start, resume=GRAPH.resume)


def test_the_map_shows_every_screen_and_every_way() -> None:
    lines = list(mermaid(GRAPH))

    assert lines[0] == "flowchart LR"
    assert len([line for line in lines if "-->" not in line]) == 1 + len(GRAPH.screens)
    assert len([line for line in lines if "-->" in line]) == sum(len(targets(one)) for one in GRAPH.screens.values())
    assert '    home_menu -->|"Pay #lt;due#gt;"| pay_confirm' in lines
