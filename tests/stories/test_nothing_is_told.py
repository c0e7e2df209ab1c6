"""A month of a school's life leaves no phone, name, PIN, token, key or credential in what operators and their tools read.

Looked through: every log line, of libraries too; the metrics; every answer to a stranger; and what each command that lists
prints, but for those that are asked for people.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from prometheus_client import REGISTRY

from cli.operator import Operator
from cli.registry import NAMES, command
from core.permissions import Actor, ActorKind
from core.phones import Msisdn, hashed
from sandbox.moods import Mood
from simulation import crowd, story
from simulation.story import tell
from simulation.town import Town
from simulation.weather import Faults
from simulation.wish import Wish
from storage.database import DatabaseUrl
from storage.organisations import connections
from tests.stories.story import PUBLIC, Story, told
from tests.world import create_schema

MOODS = (
    Mood(),
    Mood(doubled=0.3, late=0.3, late_s=90),
    Mood(lost=0.3),
    Mood(latency_ms=400, refused=0.2),
    Mood(unknown=0.4),
    Mood(down=True),
)
SYSTEM = Operator(Actor(ActorKind.OPERATOR, "root", "cli"))
OF_PEOPLE = ("fees.", "students.", "texts.", "users.")
"""Lists that are of people, or of what they wrote: their names are what is asked for."""
TYPED = re.compile(r'("(?:reference|typed)":")[^"]*"')
"""A reference is shown as it was typed: by it an owner is found, also when somebody typed a name."""


@dataclass
class Desk:
    app: Any
    config: Any
    press: Any = None

    async def rewire(self) -> None:
        """Nothing is wired."""


@dataclass
class Settings:
    data_dir: Path
    database_url: str
    public_url: str = PUBLIC


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Every line of our own logs, with traces; `caplog` hears the libraries."""
    caplog.set_level(logging.DEBUG)
    before = structlog.get_config()
    written: list[str] = []

    def write(_logger: Any, _method: str, event: Any) -> str:
        written.append(repr(event))
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, write])
    yield written
    structlog.configure(**before)


async def a_day(story: Story, http: Any, day: int) -> list[str]:
    """Some pay, some do not, some write, some knock where they should not. What strangers were answered."""
    story.moods(MOODS[day % len(MOODS)])
    plan, phones = story.plan, story.town.phones
    family = plan.families[day % len(plan.families)]
    guardian, student = family.guardians[0], family.students[0]
    for character, answer in zip(plan.characters[day % 3 : day % 3 + 2], ("pin", "wrong_pin"), strict=True):
        await story.dial(character.msisdn, "1", "1")
        await story.passes(7)
        if phones.view(character.msisdn)["prompts"]:
            await story.enters_pin(character.msisdn, answer)
    await phones.paybill(guardian.msisdn, plan.shortcode, student.number, "150")
    await phones.paybill(guardian.msisdn, plan.shortcode, guardian.name, "20")
    await phones.paybill(guardian.msisdn, plan.shortcode, guardian.msisdn.digits, "30")
    await phones.text(
        guardian.msisdn, plan.number, f"I am {guardian.name}, my PIN is 4711, call {guardian.msisdn.e164}"
    )
    await phones.text(guardian.msisdn, plan.number, "STOP" if day % 2 else "START")
    await story.passes(120)
    keys = [connection.hook_key for connection in await story.world.app.read(connections)]
    body = f'{{"MSISDN":"{guardian.msisdn.digits}","FirstName":"{guardian.name}","Pin":"4711"'.encode()
    answers = []
    for path in (
        f"/hooks/{keys[0]}x/c2b/confirmation",
        *(f"/hooks/{key}/{operation}" for key in keys for operation in ("c2b/confirmation", "stk", "sms", "ussd")),
        f"/{guardian.msisdn.digits}",
        "/r/7K2M9-QXAV9",
        f"/r/{guardian.msisdn.digits}",
    ):
        reply = await http.request(
            "GET" if path.startswith("/r") else "POST", PUBLIC + path, headers={}, body=body, timeout_s=30
        )
        answers.append(reply.body.decode(errors="replace").replace(guardian.msisdn.digits, "<what was asked>"))
    await story.passes(60)
    return answers


def metrics() -> list[str]:
    """What our metrics say in words: a count is nobody's secret, and of all the numbers some hold any four digits."""
    return [f"{sample.name} {sample.labels}" for metric in REGISTRY.collect() for sample in metric.samples]


async def listed(story: Story, folder: Path) -> list[str]:
    """What every command that can be asked without a wish prints."""
    desk = Desk(story.world.app, Settings(folder, story.world.url.text))
    printed = []
    for name in NAMES:
        wanted = command(name)
        if wanted.writes or name.startswith("people."):
            continue
        try:
            args = msgspec.convert({}, wanted.args)
        except msgspec.ValidationError:
            continue
        printed += [f"{name} {msgspec.json.encode(item).decode()}" async for item in wanted.run(desk, args, SYSTEM)]
    assert {line.partition(" ")[0] for line in printed} >= {
        "payments.list",
        "suspense.list",
        "unread.list",
        "keys.list",
    }
    for (payment,) in story.world.rows("SELECT receipt FROM payments WHERE receipt IS NOT NULL LIMIT 20"):
        show = command("payments.show")
        args = msgspec.convert({"payment": payment}, show.args)
        printed += [msgspec.json.encode(item).decode() async for item in show.run(desk, args, SYSTEM)]
    return [TYPED.sub(r'\1"', line) for line in printed]


async def test_a_month_tells_nobody_who_paid_and_how_to_come_in(
    tmp_path: Path, lines: list[str], caplog: pytest.LogCaptureFixture, proving: bool
) -> None:
    url = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(url)
    answers: list[str] = []
    async with told(url) as story:
        for day in range(30 if proving else len(MOODS)):
            answers += await a_day(story, story.http, day)
        story.moods(Mood())
        await story.passes(60)
        printed = await listed(story, tmp_path)
        found = await story.world.app.read(connections)
        secrets = {
            text for one in found for name, text in one.credentials.items() if name != "username" and len(text) > 6
        }
        secrets |= {one.hook_key for one in found}
        secrets |= {token for token, _until in story.town.daraja._tokens.values()}
        people = [guardian for family in story.plan.families for guardian in family.guardians]
        phones = {one.msisdn for one in people} | {one.msisdn for one in story.plan.characters}
        students = {student.name for family in story.plan.families for student in family.students}

    assert len(secrets) > 4
    forbidden = secrets | {part for phone in phones for part in (phone.digits[-9:], hashed(phone).sha256)} | {"4711"}
    names = {one.name for one in people} | {one.name.upper() for one in people} | students
    read = {
        "logs": [*lines, *(record.getMessage() for record in caplog.records)],
        "metrics": metrics(),
        "answers": answers,
        "commands": printed,
    }
    assert all(read.values())
    told_anyway = {
        (where, text): line[:300]
        for where, some in read.items()
        for line in some
        for text in (forbidden if line.startswith(OF_PEOPLE) else forbidden | names)
        if text in line
    }
    assert told_anyway == {}


# --- a month of a simulated town -----------------------------------------------------------------------------------------

BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ .()-]{1,2}(?=[0-9])")
WHOLE_PHONE = re.compile(r"(?<![0-9a-zA-Z.])(?:\+?254|0)[17][0-9]{8}(?![0-9a-zA-Z])")


class Remembering(dict[str, tuple[str, float]]):
    """Access tokens by consumer; each that was ever given stays in `given`."""

    def __init__(self) -> None:
        super().__init__()
        self.given: set[str] = set()

    def __setitem__(self, key: str, value: tuple[str, float]) -> None:
        self.given.add(value[0])
        super().__setitem__(key, value)


@pytest.fixture
def towns(monkeypatch: pytest.MonkeyPatch) -> list[Town]:
    """The towns that stories found, and their people: they type and text what nobody should ever read."""
    founded: list[Town] = []
    found = Town.found

    async def kept(*args: Any, **named: Any) -> Town:
        town = await found(*args, **named)
        town.pretend.daraja._tokens = Remembering()
        who = town.plans[0].families[0].guardians[0]
        local = f"0{who.msisdn.digits[-9:-6]} {who.msisdn.digits[-6:-3]}-{who.msisdn.digits[-3:]}"
        said = (f"I am {who.name}, my PIN is 4711, call {local}", who.name, local, who.msisdn.e164, "PIN 4711", "4711")
        monkeypatch.setattr(crowd, "_WORDS", (*crowd._WORDS, *said))
        monkeypatch.setattr(crowd, "_GARBAGE", (*crowd._GARBAGE, *said))
        founded.append(town)
        return town

    monkeypatch.setattr(Town, "found", kept)
    return founded


def secrets_of(town: Town) -> set[str]:
    tokens = town.pretend.daraja._tokens
    assert isinstance(tokens, Remembering)
    assert len(tokens.given) > 5
    credentials = [one for found in town.look(connections) for one in found.credentials.items()]
    keys = {found.hook_key for found in town.look(connections)}
    return tokens.given | keys | {text for name, text in credentials if name != "username" and len(text) > 6}


def spellings(phone: Msisdn) -> set[str]:
    """What a line without spaces and dashes between digits would hold: any way to write the number ends alike."""
    return {phone.digits[-9:], hashed(phone).sha256}


def told_of(line: str, forbidden: set[str], words: re.Pattern[str]) -> set[str]:
    """What a line should not have told."""
    squeezed = BETWEEN_DIGITS.sub("", line)
    found = {text for text in forbidden if text in line or text in squeezed}
    return found | set(words.findall(line)) | set(WHOLE_PHONE.findall(line))


async def test_the_log_of_a_simulated_month_of_bad_luck_holds_no_phone_name_pin_token_or_secret(
    tmp_path: Path,
    lines: list[str],
    caplog: pytest.LogCaptureFixture,
    towns: list[Town],
    monkeypatch: pytest.MonkeyPatch,
    *,
    proving: bool,
) -> None:
    if not proving:  # ten busy days; `make prove` lives through the whole month
        monkeypatch.setattr(story, "MONTH", timedelta(days=10))
    wish = Wish(seed=11, months=1, students=10, faults=Faults.MANY)

    month = await tell(DatabaseUrl(f"sqlite:///{tmp_path}/month.db"), wish)

    (town,) = towns
    assert month.broken == ()
    families = [family for plan in town.plans for family in plan.families]
    guardians = [guardian for family in families for guardian in family.guardians]
    forbidden = secrets_of(town).union(*(spellings(guardian.msisdn) for guardian in guardians))
    names = {one.name for one in guardians} | {student.name for family in families for student in family.students}
    parts = names | {part for name in names for part in name.split()}
    words = re.compile(
        rf"(?<![0-9a-z.-])(?:4711|{'|'.join(sorted(parts, key=len, reverse=True))})(?![0-9a-z-])", re.IGNORECASE
    )
    read = [*lines, *(record.getMessage() for record in caplog.records), *metrics()]
    assert len(lines) > 300
    who = guardians[0]
    for leak in (who.name.upper(), f"+254 {who.msisdn.digits[3:6]}-{who.msisdn.digits[6:]}", "pin 4711", *forbidden):
        assert told_of(f"event='{leak}'", forbidden, words), leak
    told_anyway = {str(told): line[:300] for line in read if (told := told_of(line, forbidden, words))}
    assert told_anyway == {}
    town.process.reads.dispose()
