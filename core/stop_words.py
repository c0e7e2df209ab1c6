"""What people text when they want no more texts, or want them again: in four languages, politely or not (NOT-2).

`Stop. Thank you`, `STOP reminders`, `TAFADHALI ACHA`, `Hagarika murakoze` and `ARRÊT SVP` mean what they say. A text that
goes on to something else (`stop by the office`) is no such wish: it is answered with help, which names the word STOP.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from core.preferences import Consent, Topic


@dataclass(frozen=True, slots=True)
class Wish:
    """What the writer wants: one consent for each thing that they named, or one for everything."""

    consents: tuple[Consent, ...]
    language: str | None
    """That of the word, where it belongs to one language only."""


_STOP = {
    "stop": None,
    "stopp": None,
    "stopall": "en",
    "unsubscribe": "en",
    "quit": "en",
    "end": "en",
    "cancel": "en",
    "optout": "en",
    "acha": "sw",
    "achana": "sw",
    "simama": "sw",
    "simamisha": "sw",
    "sitisha": "sw",
    "komesha": "sw",
    "hagarika": "rw",
    "muhagarike": "rw",
    "reka": "rw",
    "mureke": "rw",
    "arret": "fr",
    "arrets": "fr",
    "arreter": "fr",
    "arrete": "fr",
    "arretez": "fr",
    "stopper": "fr",
    "desabonner": "fr",
}
_START = {
    "start": None,
    "unstop": "en",
    "resume": "en",
    "subscribe": "en",
    "anza": "sw",
    "anzisha": "sw",
    "endelea": "sw",
    "tangira": "rw",
    "mutangire": "rw",
    "komeza": "rw",
    "commencer": "fr",
    "demarrer": "fr",
    "reprendre": "fr",
}
_TOPICS = {
    word: topic
    for topic, words in {
        Topic.REMINDERS: """
            reminder reminders kumbusho vikumbusho ukumbusho ibyibutsa kwibutsa rappel rappels
        """,
        Topic.ARREARS: """
            arrears overdue debt debts deni madeni umwenda imyenda ibirarane arriere arrieres dette dettes
        """,
        Topic.NEWS: "news notices habari taarifa amakuru nouvelles infos",
        Topic.ACCOUNT: """
            receipt receipts risiti stakabadhi inyemezabwishyu quittance quittances recu recus
        """,
    }.items()
    for word in words.split()
}
_COURTESIES = """
    please pls plz kindly thanks thank thanx thx you u ok okay sir madam
    me my the to all any more now sending sms text texts message messages and
    tafadhali asante sana sasa kunitumia ujumbe jumbe zote yote tu na
    nyabuneka mwihangane murakoze cyane ubutumwa bwose bugufi nonaha
    svp s il m d l vous te plait merci beaucoup les des le la de tout tous toutes mes envoyer envois et
"""
_POLITE = frozenset(_COURTESIES.split())
"""Courtesy, and what merely says "texts", "to me", "all": it adds nothing to a wish and takes nothing from it."""
_SENTENCE = re.compile(r"[.!?;:\n]")
_WORD = re.compile(r"[^\W_]+")


def read(text: str) -> Wish | None:
    """The wish in a text, or None when it is about something else.

    A stop that is a sentence of its own counts whatever follows it (`STOP! I have paid`); else every word must belong to
    the wish. Spelling, case, accents, quotes and marks do not matter.
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("'", " ").replace("\u2019", " ")
    plain = "".join([letter for letter in plain if not unicodedata.combining(letter)]).replace("opt out", "optout")
    sentences = [words for part in _SENTENCE.split(plain) if (words := _WORD.findall(part))]
    if not sentences:
        return None
    return _wish(sentences[0]) or _wish([word for words in sentences for word in words])


def _wish(words: list[str]) -> Wish | None:
    meant = [word for word in words if word not in _POLITE]
    if not meant or (meant[0] not in _STOP and meant[0] not in _START):
        return None
    verb, things = meant[0], [word for word in meant[1:] if word != meant[0]]
    if any(thing not in _TOPICS for thing in things):
        return None
    topics = dict.fromkeys(_TOPICS[thing] for thing in things)
    wanted, language = verb in _START, (_START | _STOP)[verb]
    return Wish(tuple(Consent(wanted, topic) for topic in topics) or (Consent(wanted),), language)
