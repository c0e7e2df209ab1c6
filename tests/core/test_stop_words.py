"""STOP and START as people text them, in four languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.preferences import Consent, Topic
from core.stop_words import _POLITE, _START, _STOP, Wish, read

STOP, START = Consent(False), Consent(True)


@pytest.mark.parametrize(
    "text, language",
    [
        ("STOP", None),
        ("stop", None),
        ("Stop. Thank you", None),
        ("  'Stop!!'  ", None),
        ("please STOP sending me messages", None),
        ("STOP ALL", None),
        ("STOP! I have paid everything already", None),
        ("Opt out", "en"),
        ("ACHA", "sw"),
        ("Tafadhali acha kunitumia ujumbe", "sw"),
        ("SIMAMA asante", "sw"),
        ("HAGARIKA", "rw"),
        ("Hagarika ubutumwa, murakoze", "rw"),
        ("ARRET", "fr"),
        ("Arrêt s'il vous plaît", "fr"),
        ("ARRÊTEZ DE M'ENVOYER DES MESSAGES", "fr"),
        ("stop sending me these sms", None),
        ("Please do not text me again", "en"),
        ("acheni kunitumia hizi sms", "sw"),
        ("sitaki ujumbe wenu", "sw"),
        ("sinshaka ubutumwa bwanyu", "rw"),
        ("je ne veux plus de messages", "fr"),
        ("Mimi si mzazi hapo, msinitumie ujumbe tena", "sw"),
        ("crédit déjà remboursé depuis longtemps, plus de sms svp", "fr"),
        ("mesaje zanyu ziza nijoro, muzihagarike pe", "rw"),
    ],
)
def test_a_stop_in_any_words_is_a_stop(text: str, language: str | None) -> None:
    assert read(text) == Wish((STOP,), language)


@pytest.mark.parametrize(
    "text, language",
    [
        ("START", None),
        ("Start please", None),
        ("ANZA", "sw"),
        ("TANGIRA", "rw"),
        ("Commencer", "fr"),
        ("mwongere mutangire kunyoherereza ubutumwa", "rw"),
        ("send me the messages again please", "en"),
        ("nataka kupokea ujumbe tena", "sw"),
        ("Nilisimamisha ujumbe kimakosa, anzeni kunitumia tena", "sw"),
        ("I changed my mind, start sending me the messages again for KV2087", None),
        ("nabonye telefone nshya, mwongere munyoherereze ubutumwa bwa KV2087", "rw"),
    ],
)
def test_a_start_in_any_words_is_a_start(text: str, language: str | None) -> None:
    assert read(text) == Wish((START,), language)


@pytest.mark.parametrize(
    "text, consents",
    [
        ("STOP reminders", [Consent(False, Topic.REMINDERS)]),
        ("stop the reminders, please", [Consent(False, Topic.REMINDERS)]),
        ("Acha vikumbusho", [Consent(False, Topic.REMINDERS)]),
        ("hagarika amakuru", [Consent(False, Topic.NEWS)]),
        ("arrêt rappels et nouvelles", [Consent(False, Topic.REMINDERS), Consent(False, Topic.NEWS)]),
        ("START receipts", [Consent(True, Topic.ACCOUNT)]),
        ("stop deni", [Consent(False, Topic.ARREARS)]),
    ],
)
def test_what_is_named_is_stopped_and_nothing_else(text: str, consents: list[Consent]) -> None:
    wish = read(text)

    assert wish is not None
    assert list(wish.consents) == consents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "thank you",
        "I will stop by the office tomorrow",
        "stop payment of UKL1",
        "don't stop",
        "sitaki",
        "sitaki deni",
        "encore",
        "send me the receipt again",
        "Where does the bus stop?",
        "PAY KV1042 500",
        "When do you start school",
        "habari",
        "I paid 5000 on monday, no more messages please",
        "KV2087 is paid, no more messages please",
        "nabonye ubutumwa bwanyu, reka",
        "I got your message, cancel",
    ],
)
def test_what_is_about_something_else_is_no_wish(text: str) -> None:
    assert read(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read(text)


polite = st.lists(st.sampled_from(sorted(_POLITE)), max_size=3).map(" ".join)


@given(polite, st.sampled_from(sorted(_STOP | _START)), polite, st.sampled_from(["", ".", "!", " !!", "\n", ","]))
def test_courtesy_and_marks_change_nothing(before: str, word: str, after: str, mark: str) -> None:
    wish = read(f"{before} {word.upper()}{mark} {after}")

    assert wish is not None
    assert wish.consents == ((START,) if word in _START else (STOP,))
