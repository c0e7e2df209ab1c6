"""The words of texts: which wish each tells, and of which language it is. Without accents, lower case.

A word of two languages counts for neither. What is listed as courtesy adds nothing to a wish and takes nothing from it; a word
that stands nowhere makes what it stands beside uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache


class Intent(Enum):
    """What a text wants."""

    BALANCE = "balance"
    PAY = "pay"
    STATEMENT = "statement"
    LOANS = "loans"
    APPLY = "apply"
    PROMISE = "promise"
    RECEIPT = "receipt"
    REFUND = "refund"
    CLAIM = "claim"
    """A provider's confirmation, forwarded: a claim and never proof."""
    MOVE = "move"
    WHAT_IF = "what_if"
    HELP = "help"
    LANGUAGE = "language"
    STOP = "stop"
    START = "start"
    WHERE = "where"
    """Where is my money?"""
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


class Sign(Enum):
    """What a word tells. Wishes are made of signs (`core/sms/reading.py`)."""

    PAY = "pay"
    PAID = "paid"
    WILL_PAY = "will_pay"
    IF_PAID = "if_paid"
    BALANCE = "balance"
    OWE = "owe"
    STATEMENT = "statement"
    LOAN = "loan"
    BORROW = "borrow"
    WISH = "wish"
    PROMISE = "promise"
    RECEIPT = "receipt"
    REFUND = "refund"
    MOVE = "move"
    HELP = "help"
    LANGUAGE = "language"
    WHERE = "where"
    MONEY = "money"
    YES = "yes"
    NO = "no"
    NOT = "not"


_SAID: Mapping[Sign, Mapping[str, str]] = {
    Sign.PAY: {
        "en": "pay paying pays payment payments",
        "sw": "lipa kulipa nalipa ninalipa lipia kulipia nilipe tulipe nilipie lipeni",
        "rw": "ishyura kwishyura nishyura nishyure ndishyura mwishyure wishyure kwishyurira ishyurira twishyure",
        "fr": "payer paye paie payez payons paies paiement regler reglement verser versement",
    },
    Sign.PAID: {
        "en": "paid sent deposited",
        "sw": "nimelipa nililipa nimeshalipa tumelipa nimetuma nilituma nishalipa nilishalipa",
        "rw": "nishyuye twishyuye narishyuye nohereje noherejwe narohereje nabahaye",
        "fr": "payee envoye verse",
    },
    Sign.WILL_PAY: {
        "en": "willpay",
        "sw": "nitalipa tutalipa ntalipa nitalipia nitamaliza",
        "rw": "nzishyura tuzishyura nzayishyura nzabishyura nzayatanga",
        "fr": "paierai payerai paierons reglerai verserai",
    },
    Sign.IF_PAID: {
        "en": "whatif",
        "sw": "nikilipa tukilipa ningelipa nikilipia",
        "rw": "ninishyura nitwishyura nindamuka",
        "fr": "",
    },
    Sign.BALANCE: {
        "en": "balance bal balances",
        "sw": "salio baki salyo bakia",
        "rw": "asigaye asigaje ayasigaye",
        "fr": "solde soldes",
    },
    Sign.OWE: {
        "en": "owe owed owing outstanding arrears debt due",
        "sw": "deni madeni nadaiwa tunadaiwa nadai ninadaiwa malimbikizo",
        "rw": "umwenda imyenda nsigaje dusigaje ndimo ibirarane mbarimo",
        "fr": "dois devons reste dette dettes arrieres",
    },
    Sign.STATEMENT: {
        "en": "statement statements ministatement history",
        "sw": "taarifa stetimenti historia",
        "rw": "raporo amateka",
        "fr": "releve releves historique",
    },
    Sign.LOAN: {
        "en": "loan loans",
        "sw": "mkopo mikopo",
        "rw": "inguzanyo",
        "fr": "pret prets credit credits emprunts",
    },
    Sign.BORROW: {
        "en": "apply application borrow applying borrowing",
        "sw": "kopa kukopa nikope nikopeshe kuazima azima mnikopeshe",
        "rw": "kuguza guza ngurize kugurizwa nguriza",
        "fr": "emprunter emprunte emprunt",
    },
    Sign.WISH: {
        "en": "need want get request would like wish",
        "sw": "nataka ninataka naomba omba ningependa naweza kuomba",
        "rw": "ndashaka ndasaba gusaba nasabaga ndifuza",
        "fr": "demande demander voudrais veux souhaite aimerais",
    },
    Sign.PROMISE: {
        "en": "promise promised promising pledge",
        "sw": "ahadi naahidi ninaahidi kuahidi nimeahidi",
        "rw": "isezerano nsezeranye ndasezeranye nsezeranya gusezeranya ndabizeza",
        "fr": "promesse promets promettre promettons",
    },
    Sign.RECEIPT: {
        "en": "receipt receipts",
        "sw": "risiti stakabadhi",
        "rw": "inyemezabwishyu nyemezabwishyu",
        "fr": "quittance quittances recu recus",
    },
    Sign.REFUND: {
        "en": "refund refunds refunded",
        "sw": "rudisha rudishieni nirudishie nirudishieni kurudishiwa rejesha rejesho marejesho kurejeshewa nirejesheeni",
        "rw": "gusubizwa munsubize munsubiza mwansubiza nsubiza nsubizwa munsubirize",
        "fr": "remboursement rembourser remboursez rembourse rendez rendre",
    },
    Sign.MOVE: {
        "en": "move moving transfer shift",
        "sw": "hamisha hamisheni kuhamisha uhamisho",
        "rw": "imura kwimura mwimure yimure mwimurire",
        "fr": "deplacer deplacez transferer transferez basculer",
    },
    Sign.HELP: {
        "en": "help info menu options commands",
        "sw": "msaada usaidizi nisaidie saidia nisaidieni kusaidia",
        "rw": "ubufasha fasha mumfashe mfasha mudufashe gufasha",
        "fr": "aide aidez aider",
    },
    Sign.LANGUAGE: {
        "en": "language lang english speak",
        "sw": "lugha kiswahili kiingereza kifaransa",
        "rw": "ururimi ikinyarwanda icyongereza igifaransa igiswahili",
        "fr": "langue francais anglais",
    },
    Sign.WHERE: {
        "en": "where wheres",
        "sw": "wapi haionekani sijapata haijafika haijaonekana",
        "rw": "hehe he ntibigaragara ntibyagaragaye",
        "fr": "ou affiche",
    },
    Sign.MONEY: {
        "en": "money cash",
        "sw": "pesa hela malipo fedha",
        "rw": "amafaranga ubwishyu",
        "fr": "argent",
    },
    Sign.YES: {
        "en": "yes yeah yep y ok okay do confirm confirmed sure",
        "sw": "ndiyo ndio sawa thibitisha",
        "rw": "yego emeza ndabyemeye",
        "fr": "oui confirmer daccord",
    },
    Sign.NO: {"en": "no nope", "sw": "hapana la", "rw": "oya", "fr": "non"},
    Sign.NOT: {
        "en": "not dont never cannot cant wont didnt shouldnt",
        "sw": "usilipe sitaki sio sitalipa msilipe silipi siwezi hatutalipa",
        "rw": "sinshaka ntabwo sinzishyura sinishyura ntimwishyure sinabasha",
        "fr": "ne pas jamais",
    },
}

_POLITE: Mapping[str, str] = {
    "en": """i to my the for of please pls plz kindly me a an on in is it its your you thanks thank make now and with school fee
        fees from account acc this that by at so am sir madam hi hello dear amount number no student son daughter child
        children kid how much what whats can could us we our all send show check status new mini via mpesa sum change ll
        will have has been but does did yet sms text re do be s m t or""",
    "sw": """tafadhali asante ya wa la za cha kwa yangu wangu langu zangu na ni karo shule mtoto mwanafunzi hii hiyo tarehe kiasi
        gani ngapi yake leo kama je nitumie tuma angalia iko ziko uko kweli badili badilisha sana jumla shilingi kwenda
        mwanangu nimwombe hadi ku siku au ama""",
    "rw": """murakoze mwiriwe kuri y w n na mu ku wa ni yanjye wanjye zanjye cyanjye umwana umunyeshuri mumpe angahe reba hindura
        ari igeze ayo mwambwira cyangwa bite bizagenda byagenda ejo nta konti mbwira bya ya yose""",
    "fr": """je j pour le la les de du des mon ma mes svp s il vous plait merci a au un une et est elle ce cette enfant eleve frais
        scolarite combien quel quelle moi envoyez envoyer verifier changer si ai vais t compte sur vers l d que rien mais pas
        vraie vrai rester qu""",
}
NAMES: Mapping[str, str] = {
    **dict.fromkeys(["en", "english", "kiingereza", "icyongereza", "anglais"], "en"),
    **dict.fromkeys(["sw", "swahili", "kiswahili", "igiswahili"], "sw"),
    **dict.fromkeys(["rw", "kinyarwanda", "ikinyarwanda", "rwanda"], "rw"),
    **dict.fromkeys(["fr", "french", "kifaransa", "igifaransa", "francais"], "fr"),
}
"""Languages as they are called in each."""


def _signs() -> dict[str, frozenset[Sign]]:
    found: dict[str, set[Sign]] = {}
    for sign, languages in _SAID.items():
        for words in languages.values():
            for word in words.split():
                found.setdefault(word, set()).add(sign)
    for name in NAMES:
        if len(name) > 2:
            found.setdefault(name, set()).add(Sign.LANGUAGE)
    return {word: frozenset(signs) for word, signs in found.items()}


def _languages() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    tables = [*_SAID.values(), _POLITE]
    for table in tables:
        for language, words in table.items():
            for word in words.split():
                found[word] = language if found.get(word, language) == language else None
    return found


SIGNS = _signs()
"""What each word tells, as it is listed."""

_WHO_SW = "(?:ni|u|a|tu|m|wa|n)?"
_WHOM_SW = "(?:ni|ku|m|tu|wa|i|zi|ya)?"
_LIPA = "lip(?:a|ia|ie|iwa|e|eni|ieni)"
_WHO_RW = "(?:n|nd|ndi|tu|tw|mu|mw|u|w|ba|bi|bya|ka|kw|ku|ha)?"
_STEMS: tuple[tuple[re.Pattern[str], frozenset[Sign], str], ...] = tuple(
    (re.compile(pattern), frozenset({sign}), language)
    for pattern, sign, language in (
        (f"(?:si|hatu|hu|usi|msi|tusi){_WHOM_SW}(?:ta)?{_LIPA}", Sign.NOT, "sw"),
        (f"{_WHO_SW}(?:me|mesha|li|lisha|mekwisha){_WHOM_SW}{_LIPA}", Sign.PAID, "sw"),
        (f"{_WHO_SW}(?:ta|taku){_WHOM_SW}{_LIPA}", Sign.WILL_PAY, "sw"),
        (f"{_WHO_SW}(?:ki|nge|ngeli){_WHOM_SW}{_LIPA}", Sign.IF_PAID, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na)?){_WHOM_SW}{_LIPA}", Sign.PAY, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na|me|ta|li)?){_WHOM_SW}(?:rudish|rejesh)[a-z]{{1,5}}", Sign.REFUND, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na|me|ta|li)?){_WHOM_SW}hamish[a-z]{{1,4}}", Sign.MOVE, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na|me|ta)?){_WHOM_SW}kop(?:a|e|esha|eshe|eshwa)", Sign.BORROW, "sw"),
        (f"{_WHO_SW}(?:na|ta|me)?(?:ku)?(?:daiw|dai)(?:a)?", Sign.OWE, "sw"),
        ("(?:hai|hazi|haya|ha)(?:ja)?(?:onekan[ai]|fika)", Sign.WHERE, "sw"),
        ("(?:si|nta|nti|ntu)[a-z]{0,4}ishyur(?:a|e|ye)", Sign.NOT, "rw"),
        ("(?:nz|tuz|uz|muz)[a-z]{0,3}ishyur(?:a|ir[ae])", Sign.WILL_PAY, "rw"),
        ("(?:nin|nit|nim)[a-z]{0,2}ishyur(?:a|e)", Sign.IF_PAID, "rw"),
        (f"{_WHO_RW}(?:ra|ama|a)?ishyu(?:ye|riye)", Sign.PAID, "rw"),
        (f"{_WHO_RW}ishyur(?:a|e|ira|ire)", Sign.PAY, "rw"),
        ("(?:gu|mu|mwa|n|a|ba)?n?subiz(?:a|e|wa|we|ire)", Sign.REFUND, "rw"),
        ("(?:n|ku|du|mu)?(?:si|dusi)gaj[ei]", Sign.OWE, "rw"),
    )
)
"""Swahili and Kinyarwanda say who, when and whom within the verb. A denial stands before what it denies."""


@lru_cache(maxsize=4_096)
def signs_of(word: str) -> frozenset[Sign]:
    """What a word tells: as listed, else by its stem; empty when it tells nothing."""
    if word in SIGNS:
        return SIGNS[word]
    return next((signs for pattern, signs, _ in _STEMS if pattern.fullmatch(word)), frozenset())


def language_of(word: str) -> str | None:
    """Whose word it is; None for those of several languages and of none."""
    if word in LANGUAGE_OF:
        return LANGUAGE_OF[word]
    return next((language for pattern, _, language in _STEMS if pattern.fullmatch(word)), None)


LANGUAGE_OF = _languages()
"""Whose word it is; None for those of several languages."""
POLITE = frozenset(word for words in _POLITE.values() for word in words.split())
"""Words that say nothing by themselves."""
