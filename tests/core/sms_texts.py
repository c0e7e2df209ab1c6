"""Texts by the million: payments whose truth is known, spelled and slipped as thumbs do; and everything else that people write."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from runtime.chance import SeededRandom

SAMPLES = Path(__file__).parents[1] / "samples" / "sms"
SET_ASIDE = "eighteenth_set_aside"
"""The newest set: it is counted, and neither the rules nor the classifier have learned from it."""

Row = tuple[str, str, str, str, str]
One = TypeVar("One")


class Dice(SeededRandom):
    """The same throws each time."""

    def of(self, several: Sequence[One]) -> One:
        return several[self.below(len(several))]

    def percent(self, share: int) -> bool:
        return self.below(100) < share


def corpus(name: str) -> dict[str, list[Row]]:
    """Texts by language, each with what it means."""
    found = tomllib.loads((SAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    return {
        language: [(text, intent, amount, reference, day) for text, intent, amount, reference, day in rows]
        for language, rows in found.items()
    }


def taught() -> dict[str, list[Row]]:
    """By language, all texts that the rules or the classifier have learned from: those of every set but the newest."""
    found: dict[str, list[Row]] = {}
    for name in sorted({path.stem for path in SAMPLES.glob("*.toml")} - {SET_ASIDE}):
        for language, rows in corpus(name).items():
            found.setdefault(language, []).extend(rows)
    return found


_VERBS = (
    *("pay", "lipa", "kulipa", "ishyura", "kwishyura", "payer", "payez"),
    *("nataka kulipa", "i want to pay", "ndashaka kwishyura", "je veux payer"),
)
_COURTESY = ("", "", "please", "tafadhali", "murakoze", "svp", "thanks", "asante", "for", "ya", "kuri", "pour")
_NOISE = (
    *("not", "usilipe", "or", "au", "ama", "cyangwa", "ou", "half", "nusu", "maybe", "7", "tomorrow", "kesho"),
    *("for my son", "the balance", "?"),
)
_WORDS = {500: ["five hundred", "mia tano", "magana atanu", "cinq cents"], 2_000: ["2k", "elfu mbili", "deux mille"]}


@dataclass(frozen=True)
class Text:
    """What somebody sends. `amount` is what its writer means to pay now; None where they do not mean to pay now."""

    text: str
    amount: int | None
    reference: str


def made(chance: Dice, others: list[str]) -> Text:
    """A payment, or one of `others`; mutated or not."""
    if chance.percent(40):
        return Text(_slipped(chance.of(others), chance, chance.below(4)), None, "")
    amount = chance.of([500, 2_000, 10 + chance.below(200_000)])
    reference = f"{chance.of(['KV', 'SK', 'ADM', 'LOAN-00'])}{1_000 + chance.below(9_000)}"
    parts = [
        chance.of(_VERBS),
        _written(amount, chance),
        chance.of([reference, reference.lower(), _dashed(reference)]),
        chance.of(_COURTESY),
    ]
    if chance.percent(50):
        parts[1:3] = reversed(parts[1:3])
    means: int | None = amount
    if chance.percent(25):
        parts.insert(chance.below(len(parts) + 1), chance.of(_NOISE))
        means = None
    return Text(_slipped(" ".join(parts), chance, chance.of([0, 0, 1, 2, 5])), means, reference)


def _dashed(reference: str) -> str:
    return reference if "-" in reference else f"{reference[:2]}-{reference[2:]}"


def _written(amount: int, chance: Dice) -> str:
    plain = [str(amount), f"{amount:,}", f"ksh{amount:,}", f"{amount:,}/=", f"kes {amount}", f"{amount} bob"]
    spaced = f"{amount:,}".replace(",", " ")
    spellings: list[str] = [*plain, spaced, *_WORDS.get(amount, [])]
    return spellings[chance.below(len(spellings))]


def _slipped(text: str, chance: Dice, times: int) -> str:
    """Letters lost, doubled, swapped or wrong; blanks and marks. Digits are left alone: another digit is another sum."""
    for _ in range(times):
        at = chance.below(max(1, len(text)))
        here = text[at : at + 1]
        if here.isdigit() or text[at + 1 : at + 2].isdigit():
            continue
        text = chance.of(
            (
                text[:at] + text[at + 1 :] if here.isalpha() else text,
                text[:at] + here + text[at:],
                text[:at] + text[at + 1 : at + 2] + here + text[at + 2 :],
                text[:at] + chance.of("aeiouprtsn") + text[at + 1 :] if here.isalpha() else text,
                f"{text[:at]}{chance.of(' .,!?-')} {text[at:]}" if here == " " else text,
                text.upper(),
                text.capitalize(),
            )
        )
    return text
