"""An organisation's own words for its messages: seen, tried, set and taken back (NOT-3)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.callers import LANGUAGES
from core.errors import NotFound
from core.ids import OrganisationId
from core.permissions import Action
from core.preferences import Channel
from notifications import own_words
from notifications.examples import EXAMPLES
from notifications.own_words import Preview
from storage import organisations, templates
from usecases.templates import SetWords, set_words


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    channel: Channel = Channel.SMS


class WordsLine(msgspec.Struct, frozen=True):
    """Which words hold for an event in a language, and the most segments that they make of our examples (0: mail)."""

    event: str
    language: str
    words: str
    segments: int


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`source` is only read where words are tried or set."""

    event: str
    language: str
    organisation: str | None = None
    source: str | None = None
    channel: Channel = Channel.SMS


class VersionLine(msgspec.Struct, frozen=True):
    version: int
    by: str
    at: datetime
    source: str


class Shown(msgspec.Struct, frozen=True):
    """The words that hold, what they may name, and every version before."""

    event: str
    language: str
    words: str
    facts: tuple[str, ...]
    filters: tuple[str, ...]
    example: str
    versions: tuple[VersionLine, ...]


class PreviewLine(msgspec.Struct, frozen=True):
    """One example as it would be sent. `cost` by gateway, from what it last took for a segment."""

    text: str
    encoding: str
    units: int
    segments: int
    cost: str


class SetLine(msgspec.Struct, frozen=True):
    event: str
    language: str
    version: int


async def list_words(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[WordsLine, None]:
    """Every message in every language."""
    operator.require(Action.SEE_MESSAGES)
    mine = await _organisation(opened, args.organisation, operator)
    own = await opened.app.read(templates.of_organisations, [mine])
    for event in EXAMPLES:
        for language in LANGUAGES:
            words = own.get((mine, event, args.channel, language))
            try:
                parts = _most_parts(event, language, args.channel, words.source if words else "")
                yield WordsLine(event, language, f"version {words.version}" if words else "standard", parts)
            except Exception:
                assert words is not None
                yield WordsLine(event, language, f"version {words.version}: unusable, the standard text is sent", 0)


def _most_parts(event: str, language: str, channel: Channel, source: str) -> int:
    if channel is Channel.EMAIL:
        own_words.mail_previews(event, language, source)
        return 0
    found = own_words.previews(event, language, source) if source else own_words.standard(event, language)
    return max(one.segments.parts for one in found)


async def show_words(opened: Opened, args: Place, operator: Operator) -> AsyncGenerator[Shown, None]:
    operator.require(Action.SEE_MESSAGES)
    mine = await _organisation(opened, args.organisation, operator)
    _known(args)
    versions = await opened.app.read(templates.history, (mine, args.event, args.channel, args.language))
    current = versions[0].source if versions else ""
    yield Shown(
        args.event,
        args.language,
        current or "(standard)",
        own_words.fields_of(args.event),
        own_words.FILTERS,
        _standard(args),
        tuple(VersionLine(one.version, one.set_by, one.at, one.source or "(standard)") for one in versions),
    )


def _standard(args: Place) -> str:
    """The first example in the standard words."""
    if args.channel is Channel.SMS:
        return own_words.standard(args.event, args.language)[0].text
    words = own_words.mail_previews(args.event, args.language, "")[0]
    return f"{words.subject}\n\n{words.body}"


async def preview_words(opened: Opened, args: Place, operator: Operator) -> AsyncGenerator[PreviewLine, None]:
    """What these words, or those that hold, make of our examples."""
    operator.require(Action.SEE_MESSAGES)
    mine = await _organisation(opened, args.organisation, operator)
    _known(args)
    source = args.source
    if source is None:
        place = (mine, args.event, args.channel, args.language)
        own = (await opened.app.read(templates.of_organisations, [mine])).get(place)
        source = own.source if own else ""
    if args.channel is Channel.EMAIL:
        for words in own_words.mail_previews(args.event, args.language, source):
            yield PreviewLine(f"{words.subject}\n\n{words.body}", "mail", len(words.body), 0, "")
        return
    prices = await opened.app.read(templates.prices, mine)
    for one in _previews(args, source):
        yield _line(one, prices)


def _previews(args: Place, source: str) -> Sequence[Preview]:
    if not source:
        return own_words.standard(args.event, args.language)
    return own_words.previews(args.event, args.language, source)


def _line(one: Preview, prices: Mapping[str, tuple[int, str]]) -> PreviewLine:
    count = one.segments.parts
    costs = [f"{provider} {_times(cost, count, parts)}" for provider, (parts, cost) in sorted(prices.items())]
    return PreviewLine(one.text, one.segments.encoding.value, one.segments.units, count, ", ".join(costs))


def _times(cost: str, count: int, parts: int) -> str:
    """`KES 0.8000` of one part, for two: `KES 1.6000`. As it is where it is no currency and number."""
    currency, _, figure = cost.partition(" ")
    whole, _, decimals = figure.partition(".")
    if not (whole + decimals).isdecimal():
        return cost
    least = int(whole + decimals) * count // parts
    shown = str(least).rjust(len(decimals) + 1, "0")
    return f"{currency} {shown[: len(shown) - len(decimals)]}{'.' if decimals else ''}{shown[len(shown) - len(decimals) :]}"


async def set_own(opened: Opened, args: Place, operator: Operator) -> AsyncGenerator[SetLine, None]:
    """Words that can be rendered with every example hold from now on; others are refused with the reason."""
    operator.require(Action.EDIT_TEMPLATES)
    mine = await _organisation(opened, args.organisation, operator)
    _known(args)
    source = (args.source or "").strip()
    if source:
        _most_parts(args.event, args.language, args.channel, source)
    wish = SetWords(
        *(mine, args.event, args.language, source, operator.actor, opened.app.ids.new().hex), channel=args.channel
    )
    yield SetLine(args.event, args.language, await opened.app.write(set_words, wish))


def _known(args: Place) -> None:
    if args.event not in EXAMPLES:
        raise NotFound("message", args.event[:40])
    if args.language not in LANGUAGES:
        raise NotFound("language", args.language[:10])


async def _organisation(opened: Opened, slug: str | None, operator: Operator) -> OrganisationId:
    """The one that is meant; without a name, the only one."""
    scope = await operator.scope(opened.app, slug)
    if scope is not None:
        return scope.id
    found = await opened.app.read(organisations.all_organisations)
    if len(found) != 1:
        raise NotFound("organisation", "name one with --organisation")
    return found[0].id


LIST = Command(ListArgs, WordsLine, list_words)
SHOW = Command(Place, Shown, show_words)
PREVIEW = Command(Place, PreviewLine, preview_words)
SET = Command(Place, SetLine, set_own, writes=True)
