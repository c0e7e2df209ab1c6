"""What the rules do not foresee is heard from the words that people used before; it is never certain, and never a claim."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sms.classifier import WEIGHTS, features_of, opinion
from core.sms.reading import read, read_as
from core.sms.signs import Intent
from tests.core.sms_texts import SET_ASIDE, corpus, taught
from tests.core.teaching import INTENTS, digest, weights_of, written

LESSONS = [
    ("the beans are cold today", "unclear"),
    ("the bus is late today", "unclear"),
    ("let the money go to my account", "pay"),
    ("let the fees go from my phone", "pay"),
]
WORDS = sorted({word for name in ("tuned", "first_set_aside") for row in corpus(name)["en"] for word in row[0].split()})


def test_the_weights_were_taught_by_the_corpora_as_they_are() -> None:
    held = json.loads(WEIGHTS.read_text(encoding="utf-8"))

    assert held["corpora"] == digest(), "python -m tests.core.teaching"
    assert held["intents"] == INTENTS


@pytest.mark.prove
def test_the_same_corpora_teach_the_same_weights(*, proving: bool) -> None:
    if not proving:
        pytest.skip("takes ten seconds; `make prove` does it")

    assert written() == WEIGHTS.read_text(encoding="utf-8")


def test_of_what_was_set_aside_only_what_everybody_writes_was_taught() -> None:
    """One word of command, mostly: `STOP`, `salio`."""
    learned = {row[0] for rows in taught().values() for row in rows}
    aside = [row[0] for rows in corpus(SET_ASIDE).values() for row in rows]

    assert sum(text in learned for text in aside) < len(aside) // 5


def test_lessons_are_learned() -> None:
    weights = weights_of([(features_of(text), intent) for text, intent in LESSONS], rounds=3, seen=1)

    def guessed(text: str) -> str:
        scores = [0] * len(INTENTS)
        for feature in features_of(text):
            for at, weight in zip(weights.get(feature, [])[::2], weights.get(feature, [])[1::2], strict=True):
                scores[at] += weight
        return INTENTS[scores.index(max(scores))]

    assert [guessed(text) for text, _ in LESSONS] == [intent for _, intent in LESSONS]
    assert guessed("let it go from my account") == "pay"


def test_what_too_few_texts_say_is_not_learned() -> None:
    assert weights_of([(features_of(text), intent) for text, intent in LESSONS], rounds=3, seen=5) == {}


@pytest.mark.parametrize(
    "one, other",
    [
        ("pay 500 for KV1024", "pay 12,000/= for sk-2048"),
        ("code UKL4482913 to LOAN-000124", "code TIM7ABC123 to loan9"),
        ("receipt R000123", "receipt r000456"),
        ("École fermée?", "ecole fermee ?"),
    ],
)
def test_which_sum_whose_number_and_how_it_is_accented_tell_nothing(one: str, other: str) -> None:
    assert features_of(one) == features_of(other)


@pytest.mark.parametrize(
    "text, intent, amount, reference",
    [
        ("promt 2.5k KV4477 before the matatu goes pls", Intent.PAY, 2_500, "KV4477"),
        ("Munkurho igihumbi na magana atanu bijye kuri KV1902 murakoze", Intent.PAY, 1_500, "KV1902"),
        ("nivumilini hadi mwisho wa mwezi", Intent.PROMISE, None, ""),
        ("Je ne veux plus recevoir ces sms, mon enfant a fini chez vous depuis 2 ans", Intent.STOP, None, ""),
        ("Nilizima meseji zenu kwa makosa, naomba nianze kuzipata tena", Intent.START, None, ""),
        ("how does this thing work", Intent.HELP, None, ""),
    ],
)
def test_wishes_that_no_rule_foresaw_are_heard_and_never_certain(
    text: str, intent: Intent, amount: int | None, reference: str
) -> None:
    found = read(text)

    assert (found.intent, found.amount, found.reference) == (intent, amount, reference)
    assert found.heard_over is not None
    assert not found.certain
    assert found.why[0] == "as others have said it"


@pytest.mark.parametrize("text", ["kv1024", "500", "2k", "form 2", "Amani", "wa Amani", "Grace Wanjiku", "mpesa"])
def test_short_texts_are_left_to_the_rules_because_they_may_be_answers(text: str) -> None:
    assert read(text).heard_over is None


@pytest.mark.parametrize(
    "text",
    [
        "Je ne veux plus recevoir ces sms pour KV1024, mon enfant a fini chez vous",
        "yes but the interest is too high",
        "oui mais c'est trop cher",
        "yes that is wrong",
        "ndiyo lakini baadaye",
        "yego ni undi mwana",
        "stop charging me every day, this is theft",
        "acheni kunikata pesa kila siku",
        "hapana, lipa 700",
    ],
)
def test_neither_a_complaint_nor_a_condition_is_heard_as_a_stop_a_yes_or_a_no(text: str) -> None:
    assert read(text).intent not in (Intent.STOP, Intent.YES, Intent.NO)


@pytest.mark.parametrize(
    "text", ["Yes please, that's the right child", "Oui mon fils, c'est bien cela", "ni jye yego", "eeh ni mimi"]
)
def test_a_yes_is_read_by_rules(text: str) -> None:
    found = read(text)

    assert (found.intent, found.heard_over) == (Intent.YES, None)


@pytest.mark.parametrize(
    "text, wish, amount, reference",
    [
        ("pay 300 kv30", Intent.PAY, 300, "KV30"),
        ("pay 300 he is called Brian", Intent.PAY, 300, ""),
        ("pay fees the other one Brian KV20", Intent.PAY, None, "KV20"),
        ("move my payment umuto", Intent.MOVE, None, ""),
        ("promt 2.5k before the matatu goes pls KV4477", Intent.PAY, 2_500, "KV4477"),
    ],
)
def test_of_a_wish_that_is_known_the_rest_is_read(text: str, wish: Intent, amount: int | None, reference: str) -> None:
    found = read_as(text, wish)

    assert (found.intent, found.amount, found.reference) == (wish, amount, reference)
    assert not found.certain


@pytest.mark.parametrize(
    "text, intent, amount",
    [
        ("500 d'abord svp", None, 500),
        ("no make it 500 please", None, 500),
        ("hapana weka 500 tu", Intent.PAY, 500),
        ("change to 500 please", None, 500),
        ("send 500 for kiswahili book", Intent.PAY, 500),
        ("send the english results for KV1024", None, None),
        ("Bonjour monsieur, demain soir vous aurez 1000", Intent.PROMISE, 1_000),
        ("Hello teacher, i am asking if you can give loan for school uniform", Intent.APPLY, None),
        ("Shikamoo mwalimu, mkopo nilioomba umekubaliwa?", Intent.LOANS, None),
        ("sorry for disturbing, take 800 for food and transport of Achieng", Intent.PAY, 800),
        ("yego tuzaza mu nama", None, None),
    ],
)
def test_neither_a_greeting_nor_a_word_in_passing_makes_another_wish(
    text: str, intent: Intent | None, amount: int | None
) -> None:
    found = read(text)

    assert found.intent not in (Intent.NO, Intent.YES, Intent.LANGUAGE)
    assert found.amount == amount
    assert intent is None or found.intent is intent


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_what_is_heard_is_never_certain_and_never_a_claim_and_stands_alone_where_it_must(text: str) -> None:
    found = read(text)

    if found.heard_over is not None:
        assert not found.certain
        assert found.intent not in (Intent.CLAIM, Intent.YES, Intent.NO, Intent.LANGUAGE)
        if found.intent in (Intent.STOP, Intent.START):
            assert (found.amount, found.reference) == (None, "")


@given(st.text(max_size=600), st.sampled_from(Intent))
def test_any_text_is_listened_to(text: str, intent: Intent) -> None:
    heard = opinion(text, intent)

    assert heard is None or heard.intent is not intent
