"""How texts of each language are read: a table for `docs/sms.md`. `python -m tests.core.confusion` writes it anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from core.references import Reference
from core.sms.reading import read
from tests.core.sms_texts import Row, corpus

PAGE = Path(__file__).parents[2] / "docs" / "sms.md"
BEGIN, END = "<!-- counted: begin -->", "<!-- counted: end -->"
CORPORA = {
    "seventeenth_set_aside": "seventeenth set aside",
    "sixteenth_set_aside": "sixteenth set aside",
    "fifteenth_set_aside": "fifteenth set aside",
    "fourteenth_set_aside": "fourteenth set aside",
    "thirteenth_set_aside": "thirteenth set aside",
    "twelfth_set_aside": "twelfth set aside",
    "eleventh_set_aside": "eleventh set aside",
    "tenth_set_aside": "tenth set aside",
    "ninth_set_aside": "ninth set aside",
    "eighth_set_aside": "eighth set aside",
    "seventh_set_aside": "seventh set aside",
    "sixth_set_aside": "sixth set aside",
    "fifth_set_aside": "fifth set aside",
    "fourth_set_aside": "fourth set aside",
    "third_set_aside": "third set aside",
    "set_aside": "second set aside",
    "first_set_aside": "first set aside",
    "tuned": "tuned",
    "strangers": "developed on",
    "more_strangers": "developed on, too",
}
NAMES = {"en": "English", "sw": "Swahili", "rw": "Kinyarwanda", "fr": "French"}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of some texts were read as they are meant, and what was taken for what."""

    texts: int
    intents: int
    amounts: int
    numbers: int
    confused: Counter[str]


def count(rows: list[Row]) -> Counted:
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
        "| language | corpus | texts | intent | amount | number | taken for something else |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in CORPORA:
        for language, rows in corpus(name).items():
            lines.append(line(name, language, count(rows)))
    return "\n".join(lines)


def line(name: str, language: str, found: Counted) -> str:
    """A line of it: one corpus in one language."""
    shares = [f"{1_000 * right // found.texts / 10:.1f} %" for right in (found.intents, found.amounts, found.numbers)]
    wrong = ", ".join(f"{what} {times}" for what, times in sorted(found.confused.items())) or "none"
    return f"| {NAMES[language]} | {CORPORA[name]} | {found.texts} | {' | '.join(shares)} | {wrong} |"


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
