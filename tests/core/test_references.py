"""References are recognised however people spell them, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.references import LONGEST, Ambiguous, Found, Reference, resolve

references = st.from_regex(r"[A-Z]{2,4}[0-9]{2,6}", fullmatch=True)
noise = st.text(st.sampled_from(" -_/.,:;#'\"\t\n\u00a0\u2013\u200b\u202e\x00()"), max_size=3)


@st.composite
def spellings(draw: st.DrawFn, text: str, *, alike: bool) -> str:
    """The reference as a hurried person might type it."""
    letters = []
    for letter in text:
        choices = [letter.upper(), letter.lower(), chr(ord(letter) + 0xFEE0)]  # the last is the full-width form
        if alike:
            choices += {"0": "oO", "O": "0", "1": "iIlL", "I": "1lL", "L": "1iI"}.get(letter, "")
        letters.append(draw(st.sampled_from(choices)) + draw(noise))
    return draw(noise) + "".join(letters)


@pytest.mark.parametrize(
    "typed",
    ["SK1024", "sk1024", " SK 10 24 ", "SK-1024", "sk/10.24", "ＳＫ１０２４", "SK\u200b1024\x00", "SK١٠٢٤", "#SK_1024"],
)
def test_case_blanks_and_punctuation_do_not_matter(typed: str) -> None:
    assert resolve(typed, [("SK1024", "Asha"), ("SK1025", "Brian")]) == Found("Asha", exact=True)


@pytest.mark.parametrize("typed", ["SKIO24", "skl024", "SK1o24"])
def test_look_alikes_are_forgiven_when_only_one_can_be_meant(typed: str) -> None:
    assert resolve(typed, [("SK1024", "Asha"), ("SK1025", "Brian")]) == Found("Asha", exact=False)


def test_an_exact_match_wins_over_a_look_alike() -> None:
    students = [("KO1", "Asha"), ("K01", "Brian")]

    assert resolve("ko1", students) == Found("Asha", exact=True)
    assert resolve("K-01", students) == Found("Brian", exact=True)


def test_two_look_alikes_are_never_decided() -> None:
    assert resolve("kol", [("KO1", "Asha"), ("K01", "Brian")]) == Ambiguous(2)


def test_two_spellings_of_one_reference_are_never_decided() -> None:
    assert resolve("SK1024", [("SK-1024", "Asha"), ("SK 1024", "Brian")]) == Ambiguous(2)


def test_the_same_student_offered_twice_is_one() -> None:
    assert resolve("sk1024", [("SK1024", "Asha"), ("SK-1024", "Asha")]) == Found("Asha", exact=True)


@pytest.mark.parametrize("typed", ["", "   ", "---", "\x00\u202e", "SK9999"])
def test_what_names_nobody_finds_nobody(typed: str) -> None:
    assert resolve(typed, [("SK1024", "Asha"), ("", "Nobody"), ("--", "Nobody")]) is None


def test_a_text_longer_than_any_reference_is_none_however_it_begins() -> None:
    assert Reference.read("SK1024" + " " * 5_000 + "X") == Reference("", "")
    assert Reference.read(" " * 5_000 + "SK1024" + "\n" * 5_000).exact == "sk1024"
    assert len(Reference.read("\ufdfa" * LONGEST).exact) <= 18 * LONGEST


@given(st.data(), references, references)
def test_spelling_noise_keeps_the_match(data: st.DataObject, one: str, other: str) -> None:
    typed = data.draw(spellings(one, alike=False))

    found = resolve(typed, [(one, one), (other, other)])

    assert found == Found(one, exact=True)


@given(st.data(), st.lists(references, min_size=1, max_size=6, unique=True))
def test_a_look_alike_is_found_exactly_when_it_is_the_only_one(data: st.DataObject, known: list[str]) -> None:
    meant = data.draw(st.sampled_from(known))
    typed = data.draw(spellings(meant, alike=True))
    twins = [text for text in known if Reference.read(text).canonical == Reference.read(typed).canonical]

    found = resolve(typed, [(text, text) for text in known])

    if isinstance(found, Ambiguous):
        assert found.count == len(twins) > 1
    else:
        assert found is not None
        assert Reference.read(found.candidate).exact == Reference.read(typed).exact or twins == [found.candidate]


@given(st.text(max_size=3_000))
def test_any_text_can_be_read_and_reading_its_key_again_gives_the_key(text: str) -> None:
    reference = Reference.read(text)

    if len(reference.exact) <= LONGEST:
        assert Reference.read(reference.exact).canonical == reference.canonical
