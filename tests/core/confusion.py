"""How texts of each language are read: a table for `docs/sms.md`. `python -m tests.core.confusion` writes it anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.references import Reference
from core.sms.reading import read
from tests.core.sms_texts import SET_ASIDE, Row, corpus, taught

PAGE = Path(__file__).parents[2] / "docs" / "sms.md"
BEGIN, END = "<!-- counted: begin -->", "<!-- counted: end -->"
NAMES = {"en": "English", "sw": "Swahili", "rw": "Kinyarwanda", "fr": "French"}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of some texts were read as they are meant, and what was taken for what."""

    texts: int
    intents: int
    amounts: int
    numbers: int
    confused: Counter[str]


def count(rows: Sequence[Row]) -> Counted:
    intents = amounts = numbers = 0
    confused: Counter[str] = Counter()
    for text, intent, amount, reference, _ in rows:
        found = read(text)
        intents += found.intent.value == intent
        amounts += str(found.amount or "") == amount
        numbers += Reference.read(found.reference).exact == Reference.read(reference).exact
        if found.intent.value != intent:
            confused[f"{intent} for {found.intent.value}"] += 1
    return Counted(len(rows), intents, amounts, numbers, confused)


def table() -> str:
    """The table of all languages."""
    lines = [
        "| language | texts | how many | intent | amount | number | what was meant, and what it was taken for |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(line("set aside", language, count(rows)) for language, rows in corpus(SET_ASIDE).items()),
        *(line("taught with", language, count(rows)) for language, rows in taught().items()),
    ]
    return "\n".join(lines)


def line(name: str, language: str, found: Counted) -> str:
    """A line of it: some texts of one language."""
    shares = [f"{1_000 * right // found.texts / 10:.1f} %" for right in (found.intents, found.amounts, found.numbers)]
    wrong = ", ".join(f"{what} {times}" for what, times in sorted(found.confused.items())) or "none"
    return f"| {NAMES[language]} | {name} | {found.texts} | {' | '.join(shares)} | {wrong} |"


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
