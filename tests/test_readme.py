"""What we wrote is true: files that are named exist, commands and settings are real, examples parse, maps are up to date."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

import config
from core.application import SuspenseReason
from dialogue.flows import GRAPH
from dialogue.map import mermaid
from storage import exchanges, outbox
from storage.tables import metadata
from web import metrics

HOUSE = Path(__file__).parents[1]
README, ARCHITECTURE = HOUSE / "README.md", HOUSE / "ARCHITECTURE.md"
OPERATIONS, CONVERSATIONS = HOUSE / "docs" / "operations.md", HOUSE / "docs" / "conversations.md"
EXAMPLES = HOUSE / "docs" / "examples"
PAGES = [README, ARCHITECTURE, HOUSE / "CHANGELOG.md", *sorted((HOUSE / "docs").rglob("*.md"))]
MOST_BYTES = 300_000

A_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
A_FILE = re.compile(r"`((?:[\w.]+/)*(?:[\w*-]+\.(?:py|toml|md|lock|j2|txt|html|js|db)|\w+/\*?))(?:: (\w+))?`")
"""`core/entries.py`, `dialogue/flows/*.py`, `tests/providers/`, and with a name that stands in it `main.py: demo`."""
A_COMMAND = re.compile(r"(?:^ *\$ |^|`)(?:\.venv/bin/)?karani( [^`\n]+)?(?:`|$)", re.MULTILINE)
A_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
A_TARGET = re.compile(r"(?:^\$ |`)make ([a-z]+)", re.MULTILINE)
MADE_BY_OPERATORS = {"karani.toml", "school.toml", "karani.db"}


def named(page: Path) -> str:
    return str(page.relative_to(HOUSE))


# --- files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = [page.parent / link for link in A_LINK.findall(page.read_text())]

    assert [str(link) for link in links if not link.exists() and link.name != "benchmarks.md"] == []


def test_the_benchmarks_are_where_the_pages_say() -> None:
    if not (HOUSE / "docs" / "benchmarks.md").exists():
        pytest.skip("docs/benchmarks.md is not written yet")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_is_named_exists_and_says_what_is_named_in_it(page: Path) -> None:
    missing = []
    for path, name in A_FILE.findall(page.read_text()):
        if path in MADE_BY_OPERATORS:
            continue
        found = list(HOUSE.glob(path))
        if not found or (name and not any(_defines(file, name) for file in found)):
            missing.append(f"{path} {name}".strip())

    assert missing == []


def _defines(file: Path, name: str) -> bool:
    return (
        re.search(rf"^\s*(?:async )?(?:def|class) {name}\b|^\s*{name}\b\s*[:=]", file.read_text(), re.MULTILINE)
        is not None
    )


def test_every_picture_is_shown_and_small_enough() -> None:
    pictures = sorted((HOUSE / "docs" / "pictures").iterdir())
    shown = "".join(page.read_text() for page in PAGES)

    assert [picture.name for picture in pictures if f"pictures/{picture.name}" not in shown] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > MOST_BYTES] == []
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((HOUSE / "docs" / "decisions").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


# --- commands ------------------------------------------------------------------------------------------------------------


@cache
def command_line() -> Any:
    """The real command line, as click sees it."""
    cli = pytest.importorskip("cli.app", reason="the command line is not there yet")
    typer_main = pytest.importorskip("typer.main")
    import main

    return typer_main.get_command(cli.build(main.Karani()))


def commands_in(page: Path) -> Iterator[list[str]]:
    for told in A_COMMAND.findall(page.read_text()):
        yield shlex.split(told, comments=True)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_told_is_real_with_its_options(page: Path) -> None:
    wrong = [" ".join(words) for words in commands_in(page) if not _is_real(command_line(), words)]

    assert wrong == []


def _is_real(command: Any, words: list[str]) -> bool:
    words = [word for word in words if word not in ("…", "[…]")]
    options = {name: option for option in command.params for name in option.opts}
    while words and words[0].startswith("--"):
        option = options.get(words.pop(0))
        if option is None:
            return False
        if words and not option.is_flag and option.param_type_name == "option":
            words.pop(0)
    if hasattr(command, "get_command"):
        inner = command.get_command(None, words[0]) if words else None
        return not words or (inner is not None and _is_real(inner, words[1:]))
    return all(word.partition("=")[0] in options for word in words if word.startswith("--"))


def test_every_make_target_that_is_told_is_real() -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))
    told = {target for page in PAGES for target in A_TARGET.findall(page.read_text())}

    assert {"run", "test"} <= told <= targets


# --- settings and examples -----------------------------------------------------------------------------------------------


def test_every_setting_stands_in_the_table_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", README.read_text(), re.MULTILINE)

    assert rows == list(config.Config.model_fields)


def test_the_example_of_a_school_can_be_set_up_and_holds_no_secret() -> None:
    setup = pytest.importorskip("cli.setup", reason="the set-up command is not there yet")
    (school,) = setup.read((EXAMPLES / "school.toml").read_text(encoding="utf-8"))

    assert (school.slug, school.country, len(school.accounts), len(school.staff)) == ("kivuli", "KE", 2, 2)
    secrets = [value for account in school.accounts for key, value in account.credentials.items() if key != "username"]
    assert all(value.startswith("from the ") for value in secrets)


def test_the_example_of_a_configuration_is_one() -> None:
    loaded = config.load(EXAMPLES / "karani.toml", {"KARANI_SECRET_KEYS": "k" * 32})

    assert loaded.public_url == "https://pay.example.org"


# --- operations ----------------------------------------------------------------------------------------------------------


def test_every_state_and_outcome_is_explained_to_operators() -> None:
    text = OPERATIONS.read_text()
    words = [each.value for kind in (outbox.State, exchanges.Outcome, SuspenseReason) for each in kind]

    assert [word for word in words if not re.search(rf"^\|.*\b{word}\b", text, re.MULTILINE)] == []


def test_every_metric_is_explained_to_operators_and_no_other() -> None:
    ours = {name for name in dir(metrics) if name.isupper()}
    explained = set(re.findall(r"^\| `(karani_\w+)", OPERATIONS.read_text(), re.MULTILINE))

    assert len(explained) == len(ours)
    assert explained <= {name for name in REGISTRY._names_to_collectors if name.startswith("karani_")}


# --- constraints ---------------------------------------------------------------------------------------------------------


def test_every_constraint_that_the_architecture_relies_on_is_in_the_tables() -> None:
    section = ARCHITECTURE.read_text().partition("## 6.")[2].partition("## 7.")[0]
    told: list[tuple[str, frozenset[str]]] = []
    for cell in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
        table = ""
        for name, columns in re.findall(r"`(\w*) ?\(([\w, ]+)\)`", cell):
            table = name or table
            told.append((table, frozenset(columns.split(", "))))

    assert len(told) > 10
    assert [key for key in told if key not in set(_unique_keys())] == []


def _unique_keys() -> Iterator[tuple[str, frozenset[str]]]:
    for table in metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
                yield table.name, frozenset(column.name for column in constraint.columns)
        for index in table.indexes:
            if index.unique:
                yield table.name, frozenset(column.name for column in index.columns)


# --- conversations -------------------------------------------------------------------------------------------------------


def test_the_map_of_screens_is_as_it_is_drawn_now() -> None:
    assert "\n".join(mermaid(GRAPH)) in CONVERSATIONS.read_text()


def test_the_conversations_shown_are_those_that_are_tested() -> None:
    tested = {path.read_text().rstrip() for path in (HOUSE / "tests" / "dialogue" / "transcripts").glob("*.txt")}
    shown = [block.rstrip() for block in A_BLOCK.findall(CONVERSATIONS.read_text()) if "> (dials" in block]

    assert len(shown) == 4
    assert set(shown) <= tested
