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
    CAME = "came"
    """Money that arrived, or did not."""
    LEFT = "left"
    """Money that left the writer's phone."""
    MUCH = "much"
    """How much?"""
    FEE = "fee"
    KNOW = "know"
    """To be told, and not to be given."""
    NEW = "new"
    GENUINE = "genuine"
    SETTLE = "settle"
    """To pay, in a word that may say something else."""
    SAME = "same"
    """A balance that stayed as it was."""
    ALL = "all"
    """All of it: a debt, or a year's payments."""
    MINE = "mine"
    """The writer's own payment, as a thing: it was made, and no payment is wished for by naming it."""
    PUT = "put"
    """To put elsewhere, and why: with a payment and an account it is a move."""


_SAID: Mapping[Sign, Mapping[str, str]] = {
    Sign.PAY: {
        "en": "pay paying pays payment payments repay repayment repaying paymnt pymt",
        "sw": "lipa kulipa nalipa ninalipa lipia kulipia nilipe tulipe nilipie lipeni",
        "rw": "ishyura kwishyura nishyura nishyure ndishyura mwishyure wishyure kwishyurira ishyurira twishyure "
        "riha kuriha kurihira ndiha rihira",
        "fr": "payer paye paie payez payons paies paiement regler reglement verser versement",
    },
    Sign.PAID: {
        "en": "paid sent deposited payed transferred",
        "sw": "nimelipa nililipa nimeshalipa tumelipa nimetuma nilituma nishalipa nilishalipa niliweka nimeweka nimedeposit nimesend",
        "rw": "nishyuye twishyuye "
        "ndishye narishye narihiye twarishye ndihiye natanze twatanze narishyuye nohereje noherejwe "
        "narohereje nabahaye twohereje naboherereje nabishyuye",
        "fr": "payee envoye verse envoyes depose transfere",
    },
    Sign.WILL_PAY: {
        "en": "willpay expect",
        "sw": "nitalipa tutalipa ntalipa nitalipia nitamaliza nitaclear nitapay",
        "rw": "nzishyura tuzishyura nzayishyura nzabishyura nzayatanga nzohereza nzatanga nzayohereza tuzohereza nzarangiza "
        "nzariha nzarihira tuzariha tuzarihira",
        "fr": "paierai payerai paiera payera paierais effectuerai "
        " paierons payerons reglerai reglerons verserai verserons enverrai rembourserai jpaierai jpayerai",
    },
    Sign.IF_PAID: {
        "en": "whatif",
        "sw": "nikilipa tukilipa ningelipa nikilipia",
        "rw": "ninishyura nitwishyura nindiha nindihira nintanga ninohereza nindamuka ndamutse nramutse nimpa",
        "fr": "",
    },
    Sign.BALANCE: {
        "en": "balance bal balances blnc balanc",
        "sw": "salio baki salyo bakia",
        "rw": "asigaye ayasigaye",
        "fr": "solde soldes",
    },
    Sign.OWE: {
        "en": "owe owed owing outstanding arrears arreas debt debts due remaining remain remains remainder pending unpaid",
        "sw": "deni madeni nadaiwa tunadaiwa nadai ninadaiwa malimbikizo bakaa",
        "rw": "umwenda imyenda umwend nsigaje dusigaje asigaje basigaje ndimo ibirarane mbarimo mbereyemo tubarimo",
        "fr": "dois devons doit manque reste restent restant restante restants dette dettes arrieres impaye impayes",
    },
    Sign.STATEMENT: {
        "en": "statement statements ministatement history list breakdown records transactions",
        "sw": "taarifa stetimenti historia orodha mchanganuo miamala",
        "rw": "raporo amateka urutonde",
        "fr": "releve releves historique liste recapitulatif",
    },
    Sign.LOAN: {
        "en": "loan loans",
        "sw": "mkopo mikopo",
        "rw": "inguzanyo nguzanyo",
        "fr": "pret prets credit credits emprunts",
    },
    Sign.BORROW: {
        "en": "apply application borrow applying borrowing lend lending",
        "sw": "kopa kukopa nikope nikopeshe kuazima azima mnikopeshe",
        "rw": "kuguza guza ngurize kugurizwa nguriza kungurizwa mungurize mwanguriza",
        "fr": "emprunter emprunte emprunt preter pretez pretez prete",
    },
    Sign.WISH: {
        "en": "need want get request would like wish wanna looking give requesting asking prefer",
        "sw": "nataka ninataka ntaka naomba tunaomba omba ningependa naweza kuomba nahitaji ninahitaji nahtaji natafuta nipe nipeni "
        "nipatie mnipe",
        "rw": "ndashaka ndasaba gusaba nasabaga ndifuza nkeneye ndakeneye nshaka mbishaka nabona nashakaga "
        "turashaka turasaba mumpe mwampa",
        "fr": "demande demander voudrais veux veu souhaite aimerais besoin cherche obtenir avoir prefere",
    },
    Sign.PROMISE: {
        "en": "promise promised promising pledge promis",
        "sw": "ahadi naahidi ninaahidi kuahidi nimeahidi tunaahidi",
        "rw": "isezerano nsezeranye ndasezeranye nsezeranya gusezeranya ndabizeza mbasezeranyije ndabasezeranya turabizeza",
        "fr": "promesse promets promettre promettons promis engage",
    },
    Sign.RECEIPT: {
        "en": "receipt receipts reciept recipt",
        "sw": "risiti stakabadhi",
        "rw": "inyemezabwishyu nyemezabwishyu",
        "fr": "quittance quittances recu recus",
    },
    Sign.REFUND: {
        "en": "refund refunds refunded reverse reversal return overpaid",
        "sw": "rudisha rudishieni nirudishie nirudishieni kurudishiwa irudi irudishwe irejeshwe "
        "rejesha rejesho marejesho kurejeshewa nirejesheeni",
        "rw": "gusubizwa mungarurire mungarurira kugarurirwa ngarurirwa bangarurire "
        "munsubize munsubiza mwansubiza nsubiza nsubizwa munsubirize",
        "fr": "remboursement rembourser remboursez rembourse rendez rendre restituer restituez recuperer",
    },
    Sign.MOVE: {
        "en": "move moving transfer shift",
        "sw": "hamisha hamisheni kuhamisha uhamisho",
        "rw": "imura kwimura mwimure yimure mwimurire nimurire munyimurire mwayimurira",
        "fr": "deplacer deplacez transferer transferez basculer basculez",
    },
    Sign.HELP: {
        "en": "help info menu options commands stuck confused guide",
        "sw": "msaada usaidizi nisaidie saidia nisaidieni kusaidia maelekezo maagizo",
        "rw": "ubufasha fasha mumfashe mfasha mudufashe gufasha munsobanurire amabwiriza",
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
        "sw": "wapi haionekani sijapata haijafika haijaonekana sijaona hatujapata hazijafika",
        "rw": "hehe he ntibigaragara ntibyagaragaye",
        "fr": "ouest affiche",
    },
    Sign.MONEY: {
        "en": "money cash mony momo moneycame",
        "sw": "pesa hela malipo fedha mpesa pesha chapaa doh mkwanja",
        "rw": "amafaranga ubwishyu",
        "fr": "argent sous",
    },
    Sign.YES: {
        "en": "yes yeah yep y ok okay do confirm confirmed sure proceed agreed agree accept correct goahead",
        "sw": "ndiyo ndio ndyo sawa sawasawa thibitisha nakubali kubali nimekubali fanya fanyeni eeh endelea",
        "rw": "yego yeg ego emeza mukomeze ndabyemeye ndabyemera ndemeye ndemera bikore mubikore nibyo",
        "fr": "oui ouais confirmer daccord confirme accepte faitesle vasy allezy",
    },
    Sign.NO: {"en": "no nope nah", "sw": "hapana la hpana apana", "rw": "oya oyaa", "fr": "non"},
    Sign.NOT: {
        "en": "not dont never cannot cant wont didnt shouldnt isnt hasnt havent leave",
        "sw": "usilipe sitaki sio sitalipa msilipe silipi siwezi hatutalipa sihitaji hatutaki",
        "rw": "sinshaka ntabwo sinzishyura sinishyura ntimwishyure sinabasha simbishaka sinkeneye ntacyo mubireke bireke ntibikenewe",
        "fr": "ne pas jamais",
    },
    Sign.SETTLE: {
        "en": "clear settle deposit prompt stk push deduct charge complete finish topup clearing settling send bring",
        "sw": "kumaliza nimalize malizia chukua chukueni kateni nikate nikateni "
        "mnikate unikate natuma natumia kuweka niweke niwekee kutuma",
        "rw": "gutanga mukate mukureho mukuremo kohereza kurangiza noherereze ntange",
        "fr": "solder depot deposer acquitter prelevez prelever prenez envoie apporte",
    },
    Sign.CAME: {
        "en": "receive received recieve recieved recived reach reached reaches arrive arrived reflect reflected reflecting "
        "trace traced "
        "reflects showing shows appear appeared appearing appears credited enter entered moneycame",
        "sw": "umepata mmepata mlipata ulipata umepokea mmepokea mlipokea mumepata imepokelewa zimepokelewa yamepokelewa sioni siioni",
        "rw": "yageze yarageze ageze yabagezeho yabageze mwabonye mwayabonye mwakiriye mwayakiriye mwarayabonye "
        "yinjiye yarinjiye simbona sindayabona",
        "fr": "arrive arrivee arrives parvenu parvenus apparait apparaissent recevez vois",
    },
    Sign.LEFT: {
        "en": "deducted debited charged cut gone disappeared vanished lost",
        "sw": "imekatwa zimekatwa imetoka zimetoka nimekatwa umekata mmekata ilikatwa imepotea zimepotea imeenda ilienda",
        "rw": "yavuyeho yakuweho yakaswe bayakase yavuye bankase yagiye yabuze yazimiye",
        "fr": "debite debitee parti preleve sorti retire disparu",
    },
    Sign.MUCH: {
        "en": "howmuch",
        "sw": "ngapi ngap mangapi kiasigani pesangapi ngpi",
        "rw": "angahe zingahe bingahe agahe ungana",
        "fr": "combien cmb combn kombien",
    },
    Sign.FEE: {
        "en": "fee fees tuition fare term",
        "sw": "karo ada nauli muhula",
        "rw": "ishuri minerval igihembwe",
        "fr": "frais scolarite trimestre",
    },
    Sign.KNOW: {
        "en": "know knw tell see view",
        "sw": "kujua nijue kuona nione nionyeshe nionyesheni niambie niambieni nifahamu kufahamu",
        "rw": "menya kumenya mumbwire mwambwira munyereke mwanyereka",
        "fr": "savoir connaitre montrez montrer voir consulter",
    },
    Sign.NEW: {"en": "another", "sw": "mpya mwingine ingine", "rw": "nshya indi", "fr": "nouveau nouvel"},
    Sign.GENUINE: {
        "en": "genuine real fake valid original authentic verify forged",
        "sw": "halali ukweli kweli feki bandia halisi",
        "rw": "ukuri nyayo impimbano yemewe mpimbano",
        "fr": "vrai vraie faux fausse authentique valable valide",
    },
    Sign.SAME: {
        "en": "unchanged",
        "sw": "haijapungua halijapungua haijabadilika halijabadilika",
        "rw": "",
        "fr": "inchange inchangee inchanges",
    },
    Sign.ALL: {
        "en": "everything all whole full entire",
        "sw": "yote lote zote",
        "rw": "yose wose byose bwose zose",
        "fr": "tout toute tous toutes totalite",
    },
    Sign.MINE: {
        "en": "mypayment",
        "sw": "malipoyangu",
        "rw": "ubwishyubwanjye",
        "fr": "monpaiement",
    },
    Sign.PUT: {
        "en": "put belongs belong change switch wrong mistake instead",
        "sw": "weka badilisha wekeni peleka pelekeni pelekea iende yaende kimakosa makosa badala nilikosea nimekosea kosa",
        "rw": "mushyire hindura shyira muyishyire muyashyire nibeshye naribeshye mwibeshye",
        "fr": "mettez changez changer mettre mets passez erreur mauvais mauvaise trompe trompee",
    },
}

_POLITE: Mapping[str, str] = {
    "en": """i to my the for of please pls plz kindly me a an on in is it its your you thanks thank make now and with school fee
        fees from account acc this that by at so am sir madam hi hello dear amount number no student son daughter child
        children kid how much what whats can could us we our all send show check status new mini via mpesa sum change ll
        will have has been but does did yet sms text re do be s m t or wat""",
    "sw": """tafadhali asante ya wa la za cha kwa yangu wangu langu zangu na ni karo shule mtoto mwanafunzi hii hiyo tarehe kiasi
        gani ngapi yake leo kama je nitumie tuma angalia iko ziko uko kweli badili badilisha sana jumla shilingi kwenda
        mwanangu nimwombe hadi ku siku au ama sasa sahii sahi""",
    "rw": """murakoze mwiriwe kuri y w n na mu ku wa ni yanjye wanjye zanjye cyanjye umwana umunyeshuri mumpe angahe reba hindura
        ari igeze ayo mwambwira cyangwa bite bizagenda byagenda ejo nta konti mbwira bya ya yose nonaha""",
    "fr": """je j pour le la les de du des mon ma mes svp s il vous plait merci a au un une et est elle ce cette enfant eleve frais
        scolarite combien quel quelle moi envoyez envoyer verifier changer si ai vais t compte sur vers l d que rien mais pas
        vraie vrai rester qu maintenant""",
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
_ISHYU = "i(?:shy|sh|sy)u"
_SHYU = "i?(?:shy|shi|sh|sy|s)u?"
"""The same without its vowels, where it is no payment: `nzshyura`."""
_STEMS: tuple[tuple[re.Pattern[str], frozenset[Sign], str], ...] = tuple(
    (re.compile(pattern), frozenset({sign}), language)
    for pattern, sign, language in (
        (f"(?:si|hatu|hu|usi|msi|tusi){_WHOM_SW}(?:ta)?{_LIPA}", Sign.NOT, "sw"),
        (f"{_WHO_SW}(?:me|mesha|li|lisha|mekwisha){_WHOM_SW}{_LIPA}", Sign.PAID, "sw"),
        (f"{_WHO_SW}(?:ta|taku){_WHOM_SW}{_LIPA}", Sign.WILL_PAY, "sw"),
        (f"{_WHO_SW}(?:ki|nge|ngeli){_WHOM_SW}{_LIPA}", Sign.IF_PAID, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na)?){_WHOM_SW}{_LIPA}", Sign.PAY, "sw"),
        ("(?:ku|ni|na|nina)pay", Sign.PAY, "sw"),
        ("(?:ni|n|tu)ta(?:ku)?pay", Sign.WILL_PAY, "sw"),
        ("(?:ni|n|tu)(?:me|li|mesha)pay", Sign.PAID, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na|me|ta|li)?){_WHOM_SW}(?:rudish|rejesh)[a-z]{{1,5}}", Sign.REFUND, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na|me|ta|li)?){_WHOM_SW}hamish[a-z]{{1,4}}", Sign.MOVE, "sw"),
        (f"(?:ku|{_WHO_SW}(?:na|me|ta)?){_WHOM_SW}kop(?:a|e|esha|eshe|eshwa)", Sign.BORROW, "sw"),
        (f"{_WHO_SW}(?:na|ta|me)?(?:cho)?(?:ku)?(?:daiw|dai)(?:a)?", Sign.OWE, "sw"),
        ("(?:ni|n|tu|a)(?:me|mesha|li|lisha|sha)(?:i|zi|ya|wa|ku)?(?:tuma|tumia|weka|deposit|send)", Sign.PAID, "sw"),
        ("(?:n|ni|tu|a|u|m)?li?(?:yo|zo|cho|o)(?:tuma|lipa|lipia|weka)", Sign.PAID, "sw"),
        ("(?:ni|n|tu)ta(?:i|zi|wa|ku)?(?:tuma|leta|toa|maliza|malizia|weka|clear|send)", Sign.WILL_PAY, "sw"),
        ("(?:ni|tu)ki(?:i|zi|wa|ku)?(?:tuma|toa|weka|maliza|ongeza|pay|clear|leta)", Sign.IF_PAID, "sw"),
        (
            "(?:i|u|zi|ya|li|tu|ni|n|m|wa|a|ki)?(?:me|li|na|mesha|ta)?(?:yo|zo|lo|cho|o)?bak(?:i|ia|iza|ize|izia|isha|ishe|isa|izwa)",
            Sign.OWE,
            "sw",
        ),
        ("(?:hai|hali|haya|hazi|ha)(?:ja)?(?:pungu[az]|punguzwa|badilika)", Sign.SAME, "sw"),
        ("(?:m|u|i|zi|ya)?(?:ya|zi|i)?(?:pelek|wek)(?:a|e|eni|we|wa)", Sign.PUT, "sw"),
        ("(?:ni|tu|a)me(?:sha)?maliz(?:a|ia)", Sign.OWE, "sw"),
        ("(?:ham|hu|ha)ja(?:i|zi|ya)?(?:pata|pokea|ona)", Sign.CAME, "sw"),
        ("(?:m|nd|n|tu|du)[a-z]{0,3}bereyemo", Sign.OWE, "rw"),
        ("(?:i|zi|ya|li|u|ki)(?:me|li|mesha|lisha)(?:fik[ai]|ingia|onekana|pokelewa)", Sign.CAME, "sw"),
        ("(?:m|mu|u)(?:me|li|mesha|lisha)(?:i|zi|ya)?(?:pata|pokea|ona)", Sign.CAME, "sw"),
        ("(?:hai|hazi|haya|ha)(?:ja)?(?:onekan[ai]|fika|ingia)", Sign.WHERE, "sw"),
        (f"(?:si|nta|nti|ntu)[a-z]{{0,4}}{_ISHYU}r(?:a|e|ye)", Sign.NOT, "rw"),
        ("si(?:m|n)[a-z]{0,4}(?:shaka|kene(?:ye)?|emeye)", Sign.NOT, "rw"),
        ("(?:na|n|tw|nar|twar)?(?:yo|bo|mo|o)here(?:re)?je", Sign.PAID, "rw"),
        ("(?:a|y|ya|bya)(?:ra|a)?(?:ba|ya)?geze(?:yo|ho|mo)?", Sign.CAME, "rw"),
        ("(?:mu|mwa|mwara|u|wa)(?:ya|bi)?(?:boneye|bonye|kiriye)", Sign.CAME, "rw"),
        ("(?:nta|nti)[a-z]{0,4}(?:gera|geze|boneka|garagara)(?:yo|ho)?", Sign.WHERE, "rw"),
        (f"(?:nz|tuz|uz|muz)[a-z]{{0,3}}{_SHYU}r(?:a|ir[ae])", Sign.WILL_PAY, "rw"),
        ("(?:nz|tuz)a?(?:ya)?(?:zana|tanga|herereza|ohereza|rangiza)", Sign.WILL_PAY, "rw"),
        (f"(?:nin|nit|nim)[a-z]{{0,2}}{_SHYU}r(?:a|e|ira)", Sign.IF_PAID, "rw"),
        (f"(?:n|na|tw|twa)(?:ra|ri)?{_SHYU}(?:ye|riye)", Sign.PAID, "rw"),
        (f"{_WHO_RW}(?:ra|ama|a)?{_ISHYU}(?:ye|riye)", Sign.PAID, "rw"),
        ("(?:ba|mwa|mu|a)[a-z]{0,2}ku(?:ye|we)(?:ho|mo)?", Sign.LEFT, "rw"),
        ("(?:nti|nta)[a-z]{1,4}(?:gabanu|hindu)[a-z]{1,5}", Sign.SAME, "rw"),
        ("(?:ku|kw|mu|mw|u|w|n|ny)?(?:ya|yi|bu|bw|y)?imur(?:a|e|ira|ire)(?:yo|mo|ho)?", Sign.MOVE, "rw"),
        ("(?:mu|u)?(?:ya|yi|bu|bi|zi)?shyir(?:a|e)(?:ho|mo|yo)?", Sign.PUT, "rw"),
        ("(?:[yb]w?a|by)(?:ra)?(?:ba)?(?:geze|injiye|aje|je)(?:ho|yo|mo)?", Sign.CAME, "rw"),
        (f"{_WHO_RW}y?{_ISHYU}r(?:a|e|ira|ire|irwa|wa)", Sign.PAY, "rw"),
        ("(?:gu|mu|mwa|n|a|ba)?n?subiz(?:a|e|wa|we|ire)", Sign.REFUND, "rw"),
        ("(?:n|ku|du|mu|a|ba)?(?:si|dusi)ga(?:j[ei]|ye)", Sign.OWE, "rw"),
    )
)
"""Swahili and Kinyarwanda say who, when and whom within the verb. A denial stands before what it denies."""


@lru_cache(maxsize=65_536)
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
_COMMON = """
    amasaha isaha ayahe reunion jour suis basi bisi gari bus matatu saangapi linaondoka inafunguliwa
    itafunguliwa fungua kufungua opens closes open close ouvre ouvrez ferme
    rifungura hafungura haguruka ihaguruka heure sujet night shift driver dereva convoyeur konvwayeri bursar bwana hujambo
    towards tutaonana karibu uniform sare chakula lunch trip registration kuanza inaanza itaanza rentree itangira
    provided provide nimefika nahageze kora renvoyez vos nos hivyo ibyo byo
    nilikuwa ilikuwa nikiwa niko tuko yuko should could might every always
    end ends ended ending finish finished then
    last lost made year over came come goes take took give gave make must said know want pray play prize lady late land lose
    line live look love many meet mind miss move much need next nice once only open page part past plan post rain rate rest
    ride road room safe sale seat seem self sell shop show side sign site size sort soon star stay step such sure talk task
    team test text than thin tour town tree trip true turn type unit user view vote wait walk wall week well wife will wind
    wise work yard zone reminder reminders balls dear done down each even ever face fact fall fast feel fill find fire five
    food foot four free full game girl goal grow hair half hand hard head hear heat help hold hope hour idea join jump keep
    kind lead life list lake laid lamp leaf passerai viendrai viendra viendrons passer penser parler marche manger porter
    prendre rester sera serai fera ferai verra kula kuja kwenda kulala kupika kusoma kuona kucheza kuuza kununua lala pika
    soma cheza uza nunua leta toka enda kaa here there when then time times long are was were been who why because after
    before again still already just more them they their these those other every everything nothing something day days month
    term morning evening night good fine god bless teacher mama mum mother father baba brother sister friend boss man woman
    boy class school home house job market phone number call going tell say ask write read close bring buy price meeting exam
    sick ill early left right message messages code salary sorry pardon monsieur madame maman papa bonsoir merci beaucoup
    toujours encore deja pourquoi comment quand avec sans mais donc alors trop tres bien aussi autre autres tous toute toutes
    jour mois semaine matin soir donne donnez faire fait dire dit aller venir voir malade reunion ecole classe maison travail
    telephone numero erreur mwalimu bibi babu dada kaka rafiki habari mambo vipi poa shikamoo marahaba sijui lakini bado
    kwamba kwa sababu hapa huko wote yote zote muhula wiki mwezi mwaka asubuhi jioni usiku simu namba ujumbe nyumbani kazi
    soko duka mvua ugonjwa anaumwa mgonjwa pole samahani shida nini nani lini wapi mimi wewe yeye sisi ninyi wao hapo pia tena
    kidogo kubwa vizuri ndugu sasa baadaye kabla muraho mwaramutse mwiriwe amakuru umubyeyi mwarimu murumuna inshuti ariko
    kandi cyane none nuko ubu ejobundi igihembwe icyumweru ukwezi umwaka mu gitondo nimugoroba telefone nimero ubutumwa kode
    isoko iduka akazi imvura ararwaye urwaye mumbabarire mbabarira ikibazo iki nde ryari hano hariya wowe njye twe mwe bo
    nanone buhoro gato kinini neza gute uko aho
"""
"""Words that people use beside their wish: each is itself, and never a slip of another."""
COMMON = frozenset(_COMMON.split()) - SIGNS.keys()
POLITE = frozenset(word for words in _POLITE.values() for word in words.split())
"""Words that say nothing by themselves."""
