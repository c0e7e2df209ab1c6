"""Mails: a subject, paragraphs and a frame in four languages; no fact adds a line, a link or markup."""

from __future__ import annotations

from dataclasses import fields, replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.callers import LANGUAGES
from core.errors import Bug
from core.messages import Message, PaymentHeld, PaymentReceived
from core.templates import TemplateRefused
from notifications import own_words
from notifications.examples import EXAMPLES
from notifications.mails import MAILS, Frame, Words, as_html, as_text, read, words_of
from providers.smtp.letter import LONGEST_SUBJECT
from tests.core.builders import kes

ALL = [(message, language) for each in EXAMPLES.values() for message in each for language in LANGUAGES]
FRAME = Frame("Kivuli", "en", (("receipt", "https://pay.example.org/r/7K2M9-QXAV9"),), "https://pay.example.org/u/x")
BY_TEXT = {"text_answered"}
"""Answered where they were written."""


def test_every_message_has_words_of_its_own_for_mail() -> None:
    there = {path.stem for path in MAILS.glob("*.j2")}

    assert there <= set(EXAMPLES)
    assert BY_TEXT.isdisjoint(there)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_has_a_subject_that_fits_and_says_what_its_text_says(language: str) -> None:
    for message in (one for each in EXAMPLES.values() for one in each):
        words = words_of(message, language)
        assert 0 < len(words.subject) <= LONGEST_SUBJECT
        assert words.body.strip()
        assert "{{" not in words.body + words.subject
        if not (MAILS / f"{message.event}.j2").exists():
            continue
        for name in ("receipt_number", "receipt_code", "reference", "link", "user_name"):
            fact = getattr(message, name, "")
            is_in_frame = name == "link" and message.event != "statement_ready"
            assert fact in words.subject + words.body or is_in_frame or message.event == "payment_held"


def test_accents_stay_in_mail() -> None:
    held = next(iter(EXAMPLES["payment_held"]))

    assert "sécurité" in words_of(held, "fr").body


def test_a_language_that_a_file_does_not_have_is_our_mistake() -> None:
    with pytest.raises(Bug):
        words_of(EXAMPLES["payment_held"][0], "de")


def test_a_mail_reads_as_one_would_write_it() -> None:
    received = EXAMPLES["payment_received"][0]

    assert as_text(words_of(received, "en"), FRAME) == (
        "Good day,\n\nWe have received KSh 1,500 for KV1042. Thank you.\n\nBalance: KSh 1,500.\n\n"
        "Receipt: R000321, code 7K2M9-QXAV9\nM-Pesa: UKK4A7PQ2X\n\n"
        "Whether this receipt is genuine, and as PDF: https://pay.example.org/r/7K2M9-QXAV9\n\n"
        "-- \nKivuli. A machine wrote this mail; nobody reads answers to it unless an address to reply to is given.\n"
        "No more mails of this kind: https://pay.example.org/u/x\n"
    )


class Reading(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


nasty = st.text(max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "a\n\nSubject: other",
        "https://evil.example",
        '"><img src=x>',
        "{{ 7*7 }}",
        "\u202eevil",
    ]
)


@given(typed=nasty, organisation=nasty)
def test_nothing_that_somebody_typed_is_markup_a_link_or_a_line(typed: str, organisation: str) -> None:
    message = PaymentHeld(organisation, kes(10), typed, "7K2M9-QXAV9", "UKL1")
    plain = words_of(replace(message, typed="x", organisation="y"), "en")
    words = words_of(message, "en")

    found = Reading(as_html(words, replace(FRAME, organisation=organisation)))

    assert words.subject == plain.subject
    assert words.body.count("\n") == plain.body.count("\n")
    assert set(found.links) == {"https://pay.example.org/r/7K2M9-QXAV9", "https://pay.example.org/u/x"}
    assert found.tags <= {"html", "head", "meta", "title", "body", "p", "br", "a"}


def test_an_event_without_words_for_mail_is_told_in_those_of_its_text() -> None:
    answered = EXAMPLES["text_answered"][0]

    words = words_of(answered, "sw")

    assert words.subject == answered.organisation
    assert "ANZA" in words.body


# --- an organisation's own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", ["", "only a subject", "\n\n", "x" * 7_000, "{% for a in b %}\n\n{% endfor %}", "{{ gone }}\n\nbody"]
)
def test_a_mail_without_subject_or_body_or_with_more_than_words_may_use_is_refused(source: str) -> None:
    if not source:
        assert own_words.mail_previews("payment_held", "en", "")[0].subject
        return
    with pytest.raises(TemplateRefused):
        own_words.mail_previews("payment_held", "en", source)


def test_a_preview_shows_every_example_as_a_mail() -> None:
    found = own_words.mail_previews(
        "payment_received", "en", "Asante {{ amount|money }}\n\nRisiti {{ receipt_number }}"
    )

    assert found[0] == Words("Asante KSh 1,500", "Risiti R000321")
    assert len(found) == len(EXAMPLES["payment_received"])
    with pytest.raises(TemplateRefused):
        own_words.mail_previews("payment_received", "en", "{{ amount }}\n\n{{ (amount > 1)|money }}")


def test_lines_and_paragraphs_stay_as_they_were_written() -> None:
    assert read(" Subject \n\n\n a  b\n c \n \n\nd\n") == Words("Subject", "a b\nc\n\nd")
    with pytest.raises(TemplateRefused):
        read("x" * 7_000)


def test_every_fact_of_a_message_may_be_named() -> None:
    kinds: tuple[type[Message], ...] = (PaymentReceived,)
    for kind in kinds:
        assert {field.name for field in fields(kind)} <= set(own_words.fields_of(kind.event))
