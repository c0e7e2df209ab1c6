"""What people text when they want no more texts, or want them again: in four languages, politely or not (NOT-2).

`Stop. Thank you`, `STOP reminders`, `TAFADHALI ACHA`, `Hagarika murakoze` and `ARRÊT SVP` mean what they say. A text that
goes on to something else (`stop by the office`) is no such wish: it is answered with help, which names the word STOP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.accents import without_accents
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
    "acheni": "sw",
    "wacha": "sw",
    "wacheni": "sw",
    "koma": "sw",
    "komeni": "sw",
    "usinitumie": "sw",
    "msinitumie": "sw",
    "usitume": "sw",
    "msitume": "sw",
    "sitisheni": "sw",
    "simamisheni": "sw",
    "achana": "sw",
    "simama": "sw",
    "simamisha": "sw",
    "sitisha": "sw",
    "komesha": "sw",
    "hagarika": "rw",
    "muhagarike": "rw",
    "mwahagarika": "rw",
    "ntimukanyoherereze": "rw",
    "ntimunyoherereze": "rw",
    "ntimwongere": "rw",
    "ntimukongere": "rw",
    "ntimuzongere": "rw",
    "ntukongere": "rw",
    "ntimunyandikire": "rw",
    "ntimukanyandikire": "rw",
    "reka": "rw",
    "mureke": "rw",
    "arret": "fr",
    "arrets": "fr",
    "arreter": "fr",
    "arrete": "fr",
    "arretez": "fr",
    "stopper": "fr",
    "desabonner": "fr",
    "desabonez": "fr",
    "desabonnez": "fr",
    "cessez": "fr",
    "cesser": "fr",
}
_START = {
    "start": None,
    "unstop": "en",
    "begin": "en",
    "resume": "en",
    "subscribe": "en",
    "anza": "sw",
    "muanze": "sw",
    "mwanze": "sw",
    "anzeni": "sw",
    "anzisheni": "sw",
    "endeleeni": "sw",
    "anzisha": "sw",
    "muendelee": "sw",
    "endelea": "sw",
    "tangira": "rw",
    "mutangire": "rw",
    "komeza": "rw",
    "mukomeze": "rw",
    "commencer": "fr",
    "demarrer": "fr",
    "reprendre": "fr",
    "reprenez": "fr",
    "relancez": "fr",
    "recommencer": "fr",
    "recommencez": "fr",
    "commencez": "fr",
    "demarrez": "fr",
}
_STOPPING = {
    "en": "dont nomore remove delete unsub block mute",
    "sw": """
        sitaki hatutaki niondoe niondoeni nitoe nitoeni toeni ondoeni ondoa futa futeni zima zimeni sihitaji
        hatuhitaji sipendi
        mzisimamishe zisimamisheni niache niacheni nikome msinisumbue usinisumbue
    """,
    "rw": """
        sinshaka simbishaka sinkeneye munkuremo munkure mukure murekere nimureke nimuhagarike muzihagarike mubihagarike
        muhagarikire mwankuye nkishaka nkibushaka mumvane mumvanemo munvane mwakura mwankura mukureho nimurekere
        rekeraho murekeraho nimurekeraho
        nimumvaneho mwahagarike
    """,
    "fr": "n ne plus supprimez supprimer retirez retirer enlevez enlever desactivez desactiver bloquez",
}
_STARTING = {
    "en": "again resubscribe reactivate restore unblock",
    "sw": """
        nirudi nizipate tena rudia rudieni kuanza nirudishe nirudisheni nirudishie nirudishieni rudisheni
        rejesheni washa washeni ziwasheni niunge niungeni
    """,
    "rw": """
        mwongere munsubize nanone bugaruka zigaruka bigaruka ongera muzinyoherereze ndongeye nongere kongera mwongera
        mwatangira munsubizemo subizaho musubizeho musubire
    """,
    "fr": """
        encore nouveau renvoyez remetez reactivez reactiver remettez remettre retablissez retablir reabonnez
        reabonner abonnez
    """,
}
_OF_TEXTS = {
    word: (wanted, language)
    for wanted, table in ((False, _STOPPING), (True, _STARTING))
    for language, words in table.items()
    for word in words.split()
}
"""They stop or start only what is named beside them, texts: `sitaki ujumbe wenu`, `je ne veux plus de messages`."""
_NAMED = """
    textos texto
    sms smses text texts message messages msg msgs reminder reminders list ujumbe jumbe meseji vikumbusho ubutumwa
    butumwa ibyibutsa
    notification notifications mesaje mesage mesages mesaages mesaji ubutmwa munyandikire
    rappel rappels liste orodha rutonde urutonde
"""
_TEXTS = frozenset(_NAMED.split())
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
    these those this that your such anymore about from i want need like send sent receive receiving getting get texting
    messaging it
    enough mnitumie disturbing bothering spamming list msg msgs smses very much so number
    can could would able allow with please too many
    night nights nijoro ijoro manywa cyangwa usiku mchana or au ama ou nuit ndabinginze mbinginze every day everyday
    daily always kila siku buri munsi chaque jour
    stopped them ur dis dese us our back on off out as before used
    kwa kutoka katika hizo hizi kabisa bana jamani bwana huduma nazitaka zamani kama nipate napenda kuniandikia sms hiyo
    zanyu zirandambiye murandambiye birandambiye narambiwe mwoherereza mujye nka mbere ko bo
    veuillez priere mes ecrire m ecrivez la ca suffit marre ai en dans pour comme cme avant deranger votre cet
    hizi hizo haya huu hiyo hii wenu zenu yenu za ya wa mimi kwangu kupokea kupata jumbe sasa nataka natka
    kunisumbua kunitumiatumia kunitext
    meseji nitumie
    kunikumbusha zile mnaweza unaweza mnatuma nyingi kutuma zimezidi yangu tafadhalini nitumieni tunaomba naomba nataka
    namba jameni wa kwenye orodha
    ubu ukundi ubwo butumwa kunyoherereza kohereza koherereza kunyandikira munyoherereze munyohereza nyoherereza
    kwandikira bwanyu
    yanyu kubona kuzibona kubibona kubwakira kwakira bunyishyuza bunyibutsa nshaka nari narahagaritse
    narabihagaritse narabahagaritse ntabwo mundeke bohererezwa rutonde rwabo
    munyandikira ndazishaka kububona bien kujya njya mbona aho
    mwandikira pe numero
    ndashaka ndifuza nifuza nimero mu n y iyi izi
    ces cette cet vos votre je veux veut voudrais recevoir recois envoie envoyez envoyes a liste numero moi sur rien aucun
    uru aho mwohereza bwinshi bwararenze kuri yanjye
    mwashobora mushobora nyabuneka mwihangane murakoze cyane ubutumwa bwose bugufi nonaha
    pouvez pouvoir peux peut pourriez assez mon ma nos trop
    svp s il m d l vous te plait merci beaucoup les des le la de tout tous toutes mes envoyer envoi envois et
"""
_POLITE = frozenset(_COURTESIES.split())
"""Courtesy, and what merely says "texts", "to me", "all": it adds nothing to a wish and takes nothing from it."""
_TEXTING = (
    "texting messaging kunitumia kunitext kuniandikia kunyandikira kunyoherereza koherereza kwandikira ecrire envoyer"
)
_NAMES_TEXTS = _TEXTS | frozenset(_TEXTING.split())
_NEAR = 5
"""Words between a verb of stopping and what it stops: `hagarika izi sms zanyu`."""
_MOST_BESIDE = 6
"""Words of other things beside such a wish: `stop your messages, they wake my baby`."""
_LETTING = "acha acheni wacha wacheni reka mureke cancel dont again tena encore nouveau n ne plus"
_LETS = frozenset(_LETTING.split())
"""They say more than that: `acha nitume` lets, and does not stop."""
_THAT = frozenset(["that", "it", "this"])
"""`cancel that` drops what was read back, and is no wish about texts."""
_DENIED = re.compile(r"\b(?:do not|don t|no more)\b")
_NO_MORE = re.compile(
    r"\bne (?:m|nous|me) ?(?:envoye[rz]|envoie|envoyes|ecrive[rz]|ecris|contactez|derangez|derange) (?:plus|pas|jamais)\b"
    r"|^plus (?:aucun|de|d) (?=sms|message|texto|rappel)"
)
"""`ne m'envoyez plus rien` names no texts, and means them."""
_SEND_NOT = re.compile(r"\bdont (?:send|text|sms|message)(?: \w+){0,3}? (?=sms|text|message|reminder)")
_OFF = re.compile(
    r"\b(?:take|get) (?:me|us|(?:my|this) (?:number|no|phone|line)) (?:off|out of)\b|\b(?:turn|switch) off\b"
)
_ON = re.compile(r"\b(?:put|add|sign|get) (?:me|us|my (?:number|no)) (?:back|up)\b|\b(?:turn|switch) (?:back )?on\b")
"""English verbs in two words, of texts that are named beside them."""
_SENTENCE = re.compile(r"[.!?;:\n]")
_CLAUSE = re.compile(r"[.,!?;:\n]|\b(?:none|ariko|lakini|mais|but|sasa)\b")
_ACCOUNT = re.compile(r"\b(?:for |ya |wa |bwa |pour )?[a-z]{1,4}[ -]?[0-9]{2,6}\b")
"""What somebody wants to hear of again: `start the messages for KV2087`."""
_WORD = re.compile(r"[^\W_]+")


def read(text: str) -> Wish | None:
    """The wish in a text, or None when it is about something else.

    A stop that is a sentence of its own counts whatever follows it (`STOP! I have paid`); else every word must belong to
    the wish. Spelling, case, accents, quotes and marks do not matter.
    """
    plain = without_accents(text.casefold()).replace("'", " ").replace("\u2019", " ").replace("opt out", "optout")
    plain = _NO_MORE.sub(
        "stop sms ", _SEND_NOT.sub("stop ", _DENIED.sub("dont", _ON.sub("again", _OFF.sub("remove", plain))))
    )
    sentences = _parts(_SENTENCE, plain)
    if not sentences:
        return None
    words = [word for part in sentences for word in part]
    whole = _wish(sentences[0]) or _wish(words)
    if whole or not _NAMES_TEXTS & {*words}:
        return whole
    return next((wish for part in sentences if "cancel" not in part and (wish := _wish(part))), None) or _in_a_clause(
        plain
    )


def _parts(between: re.Pattern[str], text: str) -> list[list[str]]:
    return [words for part in between.split(text) if (words := _WORD.findall(part))]


def _in_a_clause(text: str) -> Wish | None:
    """`I am no parent there, no more messages`: one clause says it whole, and no sum stands anywhere. Whoever wants texts again may
    say of which number."""
    clauses = _parts(_CLAUSE, _ACCOUNT.sub(" ", text))
    words = [word for clause in clauses for word in clause]
    if any(letter.isdigit() for word in words for letter in word):
        return None
    for clause in clauses:
        wish = _wish(clause, named=words, strictly=True)
        is_let = not _LETS.isdisjoint(clause) and _NAMES_TEXTS.isdisjoint(clause)
        if wish and (wish.consents[0].wanted or not (is_let or _ACCOUNT.search(text))):
            return wish
    return None


def _verb(meant: list[str], named: list[str]) -> str | None:
    """What is to be done: a word that says it by itself, and nothing before it but `again`; else one that needs texts beside it."""
    first = next((word for word in meant if not _OF_TEXTS.get(word, (False, ""))[0]), None)
    if first in _STOP or first in _START:
        return first
    return meant[0] if meant and meant[0] in _OF_TEXTS and _TEXTS & {*named} else None


def _wish(words: list[str], named: list[str] | None = None, *, strictly: bool = False) -> Wish | None:
    """What these words want, where texts are named among `named`."""
    meant = [word for word in words if word not in _POLITE]
    verb = _verb(meant, words if named is None else named)
    if verb is None or (verb == "cancel" and _THAT & {*words} and not _TEXTS & {*words}):
        return None
    wanted, language = _OF_TEXTS.get(verb) or (verb in _START, (_START | _STOP).get(verb))
    alike = _START if wanted else _STOP  # `sitaki hizi sms, komesha` says one thing twice
    things = [word for word in meant if word not in alike and word not in _OF_TEXTS]
    beside = [thing for thing in things if thing not in _TOPICS and thing not in _TEXTS]
    if beside and (strictly or not _is_of_texts(words, verb, beside)):
        return None
    topics = dict.fromkeys(_TOPICS[thing] for thing in things if thing in _TOPICS)
    return Wish(tuple(Consent(wanted, topic) for topic in topics) or (Consent(wanted),), language)


def _is_of_texts(words: list[str], verb: str, beside: list[str]) -> bool:
    """Texts are named right beside the verb, and little else is said: no sum, and no number."""
    at = words.index(verb)
    near = words[max(at - _NEAR, 0) : at + _NEAR + 1]
    is_little = len(beside) <= _MOST_BESIDE and not any(letter.isdigit() for word in words for letter in word)
    return verb not in _LETS and is_little and not _NAMES_TEXTS.isdisjoint(near)
