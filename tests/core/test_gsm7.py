"""Texts are counted as networks count them, and said in their alphabet as closely as it allows."""

import gsm0338
import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from core import gsm7
from core.gsm7 import Encoding, Segments, segments, septets, to_gsm7

gsm_text = st.text(st.sampled_from(gsm7.BASIC + gsm7.EXTENDED), max_size=500)
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), max_size=400)
mixed_text = st.text(st.sampled_from("aé€[😀ğ"), max_size=500)


@pytest.mark.parametrize(
    "text,encoding,parts",
    [
        ("a" * 160, Encoding.GSM7, 1),
        ("a" * 161, Encoding.GSM7, 2),
        ("a" * 306, Encoding.GSM7, 2),
        ("a" * 307, Encoding.GSM7, 3),
        ("€" * 80, Encoding.GSM7, 1),
        ("€" * 81, Encoding.GSM7, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 3),
        ("a" * 305 + "€", Encoding.GSM7, 3),
        ("ğ" * 70, Encoding.UCS2, 1),
        ("ğ" * 71, Encoding.UCS2, 2),
        ("ğ" * 134, Encoding.UCS2, 2),
        ("ğ" * 135, Encoding.UCS2, 3),
        ("😀" * 35, Encoding.UCS2, 1),
        ("😀" * 36, Encoding.UCS2, 2),
        ("ğ" * 66 + "😀" + "ğ" * 10, Encoding.UCS2, 2),
        ("", Encoding.GSM7, 0),
    ],
)
def test_the_parts_of_a_text_are_those_of_the_protocol_sheet(text: str, encoding: Encoding, parts: int) -> None:
    counted = segments(text)

    assert (counted.encoding, counted.parts) == (encoding, parts)


def test_there_are_127_basic_characters_and_ten_that_cost_two() -> None:
    assert len(set(gsm7.BASIC)) == len(gsm7.BASIC) == 127
    assert len(set(gsm7.EXTENDED)) == len(gsm7.EXTENDED) == 10


@given(gsm_text)
def test_septets_are_the_bytes_of_the_reference_codec(text: str) -> None:
    assert gsm0338.__name__
    assert septets(text) == len(text.encode("gsm03.38"))


def test_every_character_of_the_first_plane_is_judged_as_by_the_reference() -> None:
    for code in range(0x10000):
        character = chr(code)
        if code != 0x1B:  # the reference takes the bare escape for a character
            assert gsm7.is_gsm7(character) == smsutil.is_valid_gsm(character), hex(code)


@given(st.one_of(gsm_text, any_text, mixed_text).filter(bool))
def test_segments_agree_with_an_independent_implementation(text: str) -> None:
    split = smsutil.split(text)

    assert segments(text).parts == len(split.parts)
    assert (segments(text).encoding is Encoding.GSM7) == (split.encoding == "gsm0338")


def test_a_text_outside_the_alphabet_has_no_septets() -> None:
    assert septets("Ndege ğ") is None
    assert septets("[€]") == 6
    assert septets("\x1b") is None
    assert segments("😀") == Segments(Encoding.UCS2, 2, 1)


@pytest.mark.parametrize(
    "text,said",
    [
        ("ng’ombe", "ng'ombe"),
        ("kwʼishuri", "kw'ishuri"),
        ("Français, garçon", "Francais, garcon"),
        ("élève à l’école où", "élève à l'école où"),
        ("ÊTRE Àgé hôtel naïve", "ETRE Agé hotel naive"),
        ("cœur Œuvre", "coeur OEuvre"),
        ("5 000 F", "5 000 F"),
        ("5\u202f000\u00a0F", "5 000 F"),
        ("“So…” — he said", '"So..." - he said'),
        ("Čašule Łukasz Ümit Şahin", "Casule Lukasz Ümit Sahin"),
        ("paid 😀👍🏽", "paid "),
        ("a\u200bb\u202ec\x00d", "abcd"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree four"),
        ("e\u0301", "é"),
        ("學校", "??"),
        ("⅔ ≤ ½", "2/3 <= 1/2"),
        ("€5 [a]", "€5 [a]"),
    ],
)
def test_a_text_is_said_as_closely_as_the_alphabet_allows(text: str, said: str) -> None:
    assert to_gsm7(text) == said


def test_a_screen_can_be_asked_for_one_septet_characters_only() -> None:
    assert to_gsm7("€5 [a] {b} ~c^ d|e\\f", extended=False) == "EUR5 (a) (b) -c d/e/f"


@given(any_text, st.booleans())
def test_what_was_said_fits_the_alphabet_and_saying_it_again_changes_nothing(text: str, extended: bool) -> None:
    said = to_gsm7(text, extended=extended)

    assert gsm7.is_gsm7(said) if extended else gsm7.is_basic(said)
    assert to_gsm7(said, extended=extended) == said


@given(st.text(st.sampled_from(gsm7.BASIC.replace("\r", ""))))
def test_a_text_within_the_basic_table_is_left_alone(text: str) -> None:
    assert to_gsm7(text, extended=False) == text
