"""An organisation's own words: checked when they are set, bounded when they are used, and never the end of a message."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.callers import LANGUAGES
from core.messages import Message
from core.templates import MOST_PARTS, MOST_SOURCE, TemplateRefused
from notifications.examples import EXAMPLES
from notifications.own_words import checked, previews, said, standard

OURS = "{{ organisation }}: asante kwa {{ amount|money }}.{% if balance is owed %} Deni {{ balance|money }}.{% endif %}"


def test_every_message_has_examples_and_a_standard_text_of_one_segment() -> None:
    assert set(EXAMPLES) == {kind.event for kind in get_args(Message)}
    for event in EXAMPLES:
        for language in LANGUAGES:
            assert {one.segments.parts for one in standard(event, language)} == {1}


def test_own_words_with_facts_filters_and_choices() -> None:
    texts = [one.text for one in previews("payment_received", "sw", OURS)]

    assert texts[0] == "Kilimani View School: asante kwa KSh 1,500. Deni KSh 1,500."
    assert texts[1] == "Kilimani View School: asante kwa KSh 1,500."
    assert "Kulipa 28 Sep 2027" in previews("arrears_warning", "en", "Kulipa {{ due_on|day }}")[0].text
    assert previews("payment_failed", "en", "{{ reason|words }}")[0].text == "not paid, cancelled on the phone"
    assert previews("payment_held", "en", "{{ typed|cut(3) }} {{ 'a' if typed == 'x' else 'b' }}")[0].text == "A.. b"


def test_a_preview_says_what_a_letter_costs() -> None:
    (first, *_) = previews("payment_received", "en", "{{ amount|money }} paid")
    (other, *_) = previews("payment_received", "en", "{{ amount|money }} paid ✓")

    assert (first.segments.encoding.value, first.segments.parts) == ("gsm7", 1)
    assert (other.segments.encoding.value, other.segments.units) == ("ucs2", 16)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "   ",
        "{{ balance_due }}",
        "{{ amount|money",
        "{% for letter in reference %}{{ letter }}{% endfor %}",
        "{{ amount.__class__.__mro__ }}",
        "{{ amount['minor'] }}",
        "{{ reference() }}",
        "{{ self }}",
        "{{ reference * 99999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ reference ~ reference }}",
        "{% set x = 1 %}x",
        "{% macro a() %}{{ a() }}{% endmacro %}x",
        "{% include 'payment_held.j2' %}",
        "{% extends 'payment_held.j2' %}",
        "{{ reference|format }}",
        "{{ reference|cut(most=3) }}",
        "{% if reference is callable %}x{% endif %}",
        "{% if amount > 5 %}x{% endif %}",
        "{{ amount|money }}" + "x" * MOST_SOURCE,
        "x" * 460,
        "{{ balance }}" * 100,
        "(" * 900,
        "{{ " + "(" * 480 + "1" + ")" * 480 + " }}",
        "{{ [1] }}",
        "{{ {1: 2} }}",
        "{{ reference[0:1] }}",
    ],
)
def test_what_words_may_not_do_is_refused_when_they_are_set(source: str) -> None:
    with pytest.raises(TemplateRefused):
        previews("payment_received", "en", source)


@given(st.text(max_size=60), st.sampled_from(sorted(EXAMPLES)))
def test_any_text_is_words_or_is_refused(text: str, event: str) -> None:
    try:
        found = previews(event, "en", f"x{text}")
    except TemplateRefused:
        return
    assert all(0 < one.segments.parts <= MOST_PARTS for one in found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", sorted(EXAMPLES))
def test_words_that_pass_can_be_said_of_every_example(event: str, language: str) -> None:
    checked(event, "{{ organisation|cut(8) }}")

    for example in EXAMPLES[event]:
        assert said(example, language, "{{ organisation|cut(8) }}")
