"""The parser's classifier is taught: `python -m tests.core.teaching` writes `core/sms/weights.json` from the corpora.

An averaged perceptron: text after text it guesses; where it guesses wrong, or hardly right, what it saw speaks louder for
the truth and softer for the guess. Whole numbers throughout and dice of its own, so that the same corpora give the same
weights on any machine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from core.sms.classifier import WEIGHTS, features_of
from core.sms.signs import Intent
from tests.core import sms_texts
from tests.core.sms_texts import Dice

ROUNDS = 6
HARDLY = 10
"""A truth that is surer than the next guess by no more than this is learned once more."""
SEEN = 3
"""Features of fewer texts than this say nothing yet."""

INTENTS = sorted(intent.value for intent in Intent)

Lesson = tuple[set[str], str]


GREETINGS = {
    "en": """
        Hello teacher,|Good morning sir,|Hi madam,|Greetings to you all.|Excuse me,|Sorry for disturbing,|Dear bursar,
        |Hope you are well.
    """,
    "sw": """
        Shikamoo mwalimu,|Habari za asubuhi,|Hujambo mkuu,|Salaam,|Samahani sana,|Pole kwa usumbufu,
        |Habari zenu wapendwa.|Naomba msaada,
    """,
    "rw": """
        Mwaramutse neza,|Muraho neza,|Mwiriwe bayobozi,|Mbabarira,|Nyakubahwa muyobozi,|Amakuru yanyu?|Mukomere,
        |Bite neza,
    """,
    "fr": """
        Bonjour monsieur,|Bonsoir madame la directrice,|Salut,|Excusez moi,|Pardon de vous deranger,|Cher directeur,
        |Bonjour a toute l'equipe.|Bonne annee,
    """,
}
FAREWELLS = {
    "en": "thank you|God bless you|have a good day|thanks in advance|yours faithfully",
    "sw": "asante sana|Mungu awabariki|siku njema|nashukuru|kazi njema",
    "rw": "murakoze cyane|Imana ibahe umugisha|umunsi mwiza|murabeho|ndabashimiye",
    "fr": "merci d'avance|que Dieu vous benisse|bonne journee|merci beaucoup|cordialement",
}
"""Courtesy tells nothing of a wish: a quarter of the short texts are taught a second time with some of it around them."""
MOST_GREETED = 60
"""Letters of such a text: a longer one has courtesy of its own."""


def lessons() -> list[Lesson]:
    """What stands in each text that is taught, and what it wants."""
    dice, found = Dice(2), []
    for language, rows in sms_texts.taught().items():
        before, behind = GREETINGS[language].split("|"), FAREWELLS[language].split("|")
        for text, intent, *_ in rows:
            found.append((features_of(text), intent))
            if len(text) <= MOST_GREETED and dice.percent(25):
                found.append((features_of(f"{dice.of(before)} {text} {dice.of([*behind, ''])}"), intent))
    return found


def weights_of(texts: Sequence[Lesson], *, rounds: int = ROUNDS, seen: int = SEEN) -> Mapping[str, Sequence[int]]:
    """Of each feature in turn for which of `INTENTS` it speaks (or against), and how loud: the average over all steps, rounded."""
    counted = Counter(feature for features, _ in texts for feature in features)
    known = sorted(feature for feature, count in counted.items() if count >= seen)
    place = {feature: at for at, feature in enumerate(known)}
    given = [np.array(sorted(place[one] for one in features if one in place), np.int64) for features, _ in texts]
    truths = [INTENTS.index(intent) for _, intent in texts]
    weights = np.zeros((len(known), len(INTENTS)), np.int64)
    lacking = np.zeros_like(weights)
    """Each change times the step at which it came: what the sum over all steps lacks of it."""
    dice, step = Dice(1), 0
    for _ in range(rounds):
        for at in sorted(range(len(texts)), key=lambda _: dice.token(8)):
            step += 1
            features, truth = given[at], truths[at]
            scores = weights[features].sum(axis=0)
            sure, scores[truth] = scores[truth], np.iinfo(np.int64).min
            guess = int(scores.argmax())
            if sure <= scores[guess] + HARDLY:
                for intent, change in ((truth, 1), (guess, -1)):
                    weights[features, intent] += change
                    lacking[features, intent] += change * step
    means = np.rint((weights * (step + 1) - lacking) / step).astype(int)
    told = {feature: np.flatnonzero(means[at]) for feature, at in place.items()}
    return {
        feature: [int(one) for at in speaks for one in (at, means[place[feature], at])]
        for feature, speaks in told.items()
        if len(speaks)
    }


def digest() -> str:
    """Of the corpora that are taught: weights that bear another one were taught by others."""
    texts = [[text, intent] for rows in sms_texts.taught().values() for text, intent, *_ in rows]
    return sha256(json.dumps(texts).encode()).hexdigest()


def written() -> str:
    """The weights as they are kept: one feature a line."""
    head = f'{{"corpora":"{digest()}","intents":{json.dumps(INTENTS)},"weights":{{'
    lines = [
        f"{json.dumps(feature)}:{json.dumps(told, separators=(',', ':'))}"
        for feature, told in weights_of(lessons()).items()
    ]
    return "\n".join([head, ",\n".join(lines), "}}", ""])


def main() -> None:
    WEIGHTS.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
