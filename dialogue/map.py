"""Draws the map of screens: `python -m dialogue.map` prints Mermaid for docs/conversations.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from dialogue.catalogues import Graph
from dialogue.flows import GRAPH
from dialogue.screens import Act, Ask, Choose, Confirm, End, Fork, Menu, Restore, Screen, Secret, targets

SHAPES = {
    Menu: "[{}]",
    Choose: "[{}]",
    Confirm: "[[{}]]",
    Ask: "[/{}/]",
    Secret: "[\\{}\\]",
    End: "([{}])",
    Fork: "{{{{{}}}}}",
    Act: "[({})]",
    Restore: "{{{{{}}}}}",
}
"""A box for pages with numbers, double for the confirm page, slanted for free answers (the other way for PINs and codes),
round for last pages, a drum for effects, and a hexagon for what has no page."""


def mermaid(graph: Graph, language: str = "en") -> Iterator[str]:
    """The lines of a flowchart: each screen, and each way forward with the words that lead there."""
    yield "flowchart LR"
    for screen in graph.screens.values():
        yield f"    {_id(screen.name)}{SHAPES[type(screen)].format(_title(graph, screen, language))}"
    for screen in graph.screens.values():
        for target, words in _ways(graph, screen, language):
            yield f"    {_id(screen.name)} -->{f'|{words}|' if words else ''} {_id(target)}"


def _ways(graph: Graph, screen: Screen, language: str) -> list[tuple[str, str]]:
    if not isinstance(screen, Menu | Confirm | Choose):
        return [(target, "") for target in targets(screen)]
    labels = graph.spoken[language].screens[screen.name].choices
    ways = [(screen.then, "one of them")] if isinstance(screen, Choose) else []
    return ways + [(choice.then, _quoted(labels[choice.label])) for choice in screen.choices]


def _title(graph: Graph, screen: Screen, language: str) -> str:
    text = graph.spoken[language].screens[screen.name].text
    return _quoted(f"{screen.name}: {text}" if text else screen.name)


def _quoted(text: str) -> str:
    """Mermaid reads marks as syntax unless quoted; facts are shown as `..`."""
    for mark, instead in (('"', "'"), ("{", "<"), ("}", ">"), ("\n", " ")):
        text = text.replace(mark, instead)
    return '"' + text.replace("<", "#lt;").replace(">", "#gt;") + '"'


def _id(name: str) -> str:
    return name.replace(".", "_")


def main() -> None:
    sys.stdout.write("\n".join(mermaid(GRAPH)) + "\n")


if __name__ == "__main__":
    main()
