"""`karani simulate`: pretended months, and what they proved. It touches no books of yours."""

from __future__ import annotations

import json as json_
import logging
from collections.abc import Callable, Mapping
from typing import Any

import structlog
import typer

from cli.output import console
from cli.programme import Programme
from cli.told import FOUND_SOMETHING, told


def simulate(
    programme: Programme, wishes: Mapping[str, Any], database: str | None, *, shorter: bool, json: bool
) -> None:
    """Tell the story, print what came of it, and end with 3 when a law broke."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with told():
        story, found = programme.simulate(wishes, database, _progress(json=json), shorter=shorter)
    (_as_json if json else _as_text)(story, found)
    if story.broken:
        raise typer.Exit(FOUND_SOMETHING)


def simulate_many(programme: Programme, wishes: Mapping[str, Any], seeds: str, *, json: bool, **how: Any) -> None:
    """Tell a story for each seed, print a line each and what all of them proved, and end with 3 when a law broke. Who
    interrupts it is told how far it came."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    screen = console(to_errors=True)

    heard: list[Any] = []

    def said(story: Any, many: Any) -> None:
        heard[:] = [many]
        if not json:
            law = f" BROKEN: {story.broken[0]}" if story.broken else ""
            screen.print(f"seed {story.wish.seed}: {story.intents} intents, in all {many.intents}{law}", markup=False)

    with told():
        try:
            heard[:] = [programme.simulate_many(wishes, seeds, said, **how)]
        except KeyboardInterrupt:
            if not heard:
                raise
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--seeds") from None
    (many,) = heard
    (_many_as_json if json else _many_as_text)(many)
    if many.broken:
        raise typer.Exit(FOUND_SOMETHING)


def _many_as_json(many: Any) -> None:
    broken = [_facts(story) | {"shorter": found.wish.command if found else None} for story, found in many.broken]
    typer.echo(
        json_.dumps(
            {
                "stories": many.stories,
                "days": many.days,
                "steps": many.steps,
                "intents": many.intents,
                "payments": many.payments,
                "moved": many.moved.plain(),
                "currency": many.moved.currency.code,
                "texts": many.texts,
                "faults": dict(sorted(many.faults.items())),
                "checked_after_each_step": many.looks,
                "recounted": many.recounts,
                "school_months_a_minute": round(many.school_months * 60 / many.took_s, 2) if many.took_s else 0.0,
                "intents_a_second": round(many.intents / many.took_s, 1) if many.took_s else 0.0,
                "took_s": round(many.took_s, 1),
                "broken": broken,
            }
        )
    )


def _many_as_text(many: Any) -> None:
    screen = console()
    faults = ", ".join(f"{count} x {what}" for what, count in sorted(many.faults.items())) or "none"
    screen.print(
        f"{many.stories} stories, {many.days} days, {many.steps} steps, {many.intents} intents, {many.texts} texts\n"
        f"  {many.payments} payments moved {many.moved}\n"
        f"  faults: {faults}\n"
        f"  laws: looked at {many.looks} times, recounted {many.recounts} times\n"
        f"  {many.intents / max(many.took_s, 0.001):.1f} intents a second"
    )
    for story, found in many.broken:
        screen.print(f"BROKEN on day {story.day}: {story.broken[0]}", style="bold red", markup=False)
        screen.print(f"Again: {(found or story).wish.command}")
    if not many.broken:
        screen.print("No law was broken.")


def _progress(*, json: bool) -> Callable[[Any], None]:
    screen = console(to_errors=True)

    def said(story: Any) -> None:
        if not json and story.day % 5 == 0:
            screen.print(f"day {story.day}: {story.intents} intents, {story.payments} payments, {story.texts} texts")

    return said


def _as_json(story: Any, shorter: Any) -> None:
    typer.echo(json_.dumps(_facts(story) | {"shorter": shorter.wish.command if shorter else None}))


def _facts(story: Any) -> dict[str, Any]:
    return {
        "command": story.wish.command,
        "seed": story.wish.seed,
        "lenders": story.wish.lenders,
        "days": story.day,
        "steps": story.steps,
        "took_s": round(story.took_s, 1),
        "intents": story.intents,
        "payments": story.payments,
        "moved": story.moved.plain(),
        "currency": story.moved.currency.code,
        "texts": story.texts,
        "faults": story.faults,
        "checked_after_each_step": story.looks,
        "recounted": story.recounts,
        "school_months_a_minute": round(story.school_months_a_minute, 2),
        "broken": list(story.broken),
        "trace": story.trace,
    }


def _as_text(story: Any, shorter: Any) -> None:
    screen, facts = console(), _facts(story)
    faults = ", ".join(f"{count} x {what}" for what, count in story.faults.items()) or "none"
    screen.print(
        f"{story.wish.command}\n"
        f"  {facts['days']} days, {facts['steps']} steps, {facts['intents']} intents, {facts['texts']} texts\n"
        f"  {facts['payments']} payments moved {facts['currency']} {facts['moved']}\n"
        f"  faults: {faults}\n"
        f"  laws: looked at after each step, {facts['recounted']} times recounted\n"
        f"  {facts['school_months_a_minute']} months of a school of 300 in a minute\n"
        f"  trace {facts['trace']}"
    )
    for law in story.broken:
        screen.print(f"BROKEN on day {story.day}: {law}", style="bold red")
    if story.broken:
        screen.print(f"Again: {(shorter or story).wish.command}")
    else:
        screen.print("No law was broken.")
