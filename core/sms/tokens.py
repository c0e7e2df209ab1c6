"""A text as its words: lower case, without accents, several words that say one thing as one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from core.sms.words import SIGNS, Sign, signs_of

MOST_WORDS = 60

_BETWEEN = re.compile(
    r":|(?<=[0-9])[.,](?=[a-z])|(?<=[a-z])[.,](?=[0-9]{3,})|(?<=[a-z0-9]),(?=[a-z])|(?<=[a-z][0-9]{4}),"
)
"""Marks between words that belong to neither: `pay:500`, `500.SK1024`."""
_SPLIT = re.compile(r"[\s;!?\"()<>\[\]{}…“”«»*_=+|~^]+")
_ENDS = ".,:'`-/&#@"
_ACCENTED_PAST = frozenset(("payé", "payée", "réglé", "versé", "envoyé"))
_TO = frozenset(["veux", "veut", "voudrais", "vais", "peux", "dois", "pour", "de", "à"])
"""Behind them `payé` is `payer` by another spelling."""
_ASKED_WHERE = re.compile(r"\boù\b")
_PIECES = re.compile(r"-[a-z]+[0-9]")
"""`ada-m6850`: a word and a number, or a slip in the number `ADM-6850`."""
LOAN = re.compile(r"loan-?[a-z]{0,3}[0-9oil]*[0-9][0-9oil]*")
"""A loan's number, with a slip of the thumb in it (`loan-n004369`): not the word beside a sum or another number."""


def tokens_of(text: str) -> tuple[list[str], bool, bool]:
    """Its words, whether an accent made a past of a verb, and whether some of them are written as nobody was taught."""
    folded = re.sub("[\u2018\u2019\u02bc`´]", "'", text.casefold())
    folded = "".join(letter for letter in folded if letter.isprintable() or letter.isspace())
    spelled = ["", *re.findall(r"[^\W\d_]+", folded)]
    accented = any(word in _ACCENTED_PAST and before not in _TO for before, word in pairwise(spelled))
    folded = _ASKED_WHERE.sub("ouest", folded)
    plain = "".join(letter for letter in unicodedata.normalize("NFD", folded) if not unicodedata.combining(letter))
    tokens: list[str] = []
    plain = _BETWEEN.sub(" ", plain.replace("/=", " /= ").replace("/-", " /- "))
    for raw in _SPLIT.split(plain):
        if raw in ("/=", "/-"):
            tokens.append(raw)
        elif token := raw.strip(_ENDS):
            if re.match(r"-[0-9]", raw):
                tokens.append("-")  # a sum below zero, or a list: not for us to say
            tokens += _parts(token)
    whole = [_SHORT.get(token, token) for token in tokens[:MOST_WORDS]]
    is_pieced = any(_is_pieced(raw) for raw in plain.split())
    is_loose = is_pieced or whole != tokens[:MOST_WORDS] or (not accented and not _ACCENTED_PAST.isdisjoint(spelled))
    return _past(_phrases(whole)), accented, is_loose


def _parts(token: str) -> list[str]:
    if LOAN.fullmatch(token):
        return [token]
    if re.fullmatch(r"[a-z]+(?:['-][a-z]+)+", token) or _begins_with_word(token):
        return [part for part in re.split(r"['-]", token) if part]
    if match := re.fullmatch(r"([a-z]{1,3})'(.+)", token):
        return [match[1], match[2]]
    return [token]


def _begins_with_word(token: str) -> bool:
    """`pay-500`; a word of two letters is rather a piece of a number (`la-n005287`)."""
    word, _, rest = token.partition("-")
    return bool(rest) and len(word) > 2 and word in SIGNS


def _is_pieced(token: str) -> bool:
    return _PIECES.search(token) is not None and _begins_with_word(token) and LOAN.fullmatch(token) is None


_GLUED_SUM = re.compile(r"([a-z]{3,})([0-9][0-9,.]*k?)")
_GLUED_ALL = re.compile(r"([a-z]{3,})([0-9]{2,7})((?!k$)[a-z]{1,6}-?[0-9][a-z0-9]+)")
_GLUED_NUMBER = re.compile(r"([a-z]{3,}?)([a-z]{2,4}-?[0-9]{3,6})")
_GLUED_WORD = re.compile(r"([a-z]{1,4}-?[0-9]{3,6})([a-z]{3,})")


def unglued(token: str) -> tuple[str, ...]:
    """`lipa1500`, `pay500kv1024`, `kv1024balance`: a word that tells something, a sum, a number. Empty when it is one thing."""
    if found := _GLUED_ALL.fullmatch(token) or _GLUED_SUM.fullmatch(token):
        parts = found.groups()
        return parts if _tells(parts[0]) else ()
    if (found := _GLUED_WORD.fullmatch(token)) and _tells(found[2]):
        return found.groups()
    return ()


def word_and_number(token: str) -> tuple[str, ...]:
    """`saliokv1188`: a listed word, then a number of two to four letters and figures. Empty when it is one thing."""
    found = _GLUED_NUMBER.fullmatch(token)
    ends = range(len(token.rstrip("0123456789-")) - 2, 2, -1) if found else ()
    return next(((token[:end], token[end:]) for end in ends if token[:end] in SIGNS and _tells(token[:end])), ())


def _tells(word: str) -> bool:
    return bool(signs_of(word) - {Sign.LOAN, Sign.LANGUAGE})


_SHORT = {
    "hw": "how",
    "py": "pay",
    "hve": "have",
    "gt": "got",
    "wnt": "want",
    "paymnt": "payment",
    "pymnt": "payment",
    "rcvd": "received",
    "wats": "whats",
    "dni": "deni",
    "lngu": "langu",
    "yngu": "yangu",
    "ngp": "ngapi",
    "vx": "veux",
    "pr": "pour",
    "vs": "vous",
    "tjrs": "toujours",
    "tjs": "toujours",
    "u": "you",
    "ur": "your",
    "mch": "much",
    "hv": "have",
    "wl": "will",
    "wil": "will",
    "jveux": "veux",
}
_HAVE = frozenset(["ai", "jai", "g", "avons", "avez"])
_PAST = frozenset(["paye", "payer", "envoye", "envoyer", "verse", "verser", "regle", "regler", "depose", "transfere"])


def _past(tokens: list[str]) -> list[str]:
    """French without its accents: what stands soon behind `j'ai` has been done, however it is spelled."""
    told = list(tokens)
    for at, token in enumerate(tokens):
        if token not in _HAVE:
            continue
        for near in range(at + 1, min(at + 4, len(tokens))):
            if tokens[near] in _PAST:
                told[near] = "paid"
                break
    return told


_SAME: dict[str, str] = {
    "suppose i paid|supposing i paid|assuming i paid": "whatif",
    "what if|suppose i pay|if i pay|if we pay|if i send|if i add|if i paid|if i clear|if i put": "whatif",
    "byagenda bite|bizagenda bite|byagenda gute|bizagenda gute|et si|si je|si j|si on paie|si on paye|si nous payons": "whatif",
    "going to pay|be paying|will be paying|able to pay": "willpay",
    "compte payer|comptons payer|ferai le paiement|ferai un paiement|ferai un versement|ferai le versement": "paierai",
    "plan to pay|planning to pay|hope to pay|intend to pay": "willpay",
    "vais payer|vais regler|vais envoyer|vais verser|vais solder|allons payer|va payer|vais rembourser": "paierai",
    "finished paying|done paying|nimemaliza kulipa|tumemaliza kulipa|narangije kwishyura|twarangije kwishyura": "owe",
    "fini de payer|termine de payer|bado ngapi|completed paying": "owe",
    "get paid|am paid|got paid|be paid|are paid": "salary",
    "not there|not yet there|haipo|hazipo|n est pas la": "reached",
    "what do i|what should i|wat do i|what do we|what am i|what are we|what must i": "howmuch",
    "what did i pay|what did we pay|what have we paid|what was paid|everything i paid|all i have paid|all i paid": "statement",
    "done with fees|done with the fees|finished fees|up to date|paid up|a jour|nimemaliza karo|narangije ishuri": "owe",
    "next payment|next instalment|next installment|next repayment": "due",
    "your records|your system|your books|your list": "work",
    "thats fine|that s fine|its fine|it s fine|it is fine|that is fine|that s ok|thats ok": "okay",
    "what can this|what do i send|what do i need to write|t know how|dont know how|t understand how|dont understand": "help",
    "sijui kutumia|sijui jinsi|natumia aje|sielewi|ninatumiaje": "msaada",
    "nkoresha nte|sinzi uko|sinzi gukoresha|sinumva uko": "ubufasha",
    "sais pas comment|comprends pas|sais pas quoi": "aide",
    "ombi la mpesa|ombi la m pesa|tuma ombi": "push",
    "what have i paid|have i paid so far|i have paid so far|paid so far": "statement",
    "money back|it back|give back|send back|pay me back|cash back": "refund",
    "still owing|left to pay|left to clear|yet to pay|not yet paid|to be paid|is left|are left|how much left": "owe",
    "was left|much left|balance left|remained|how much more": "owe",
    "left my phone|left my account|left my mpesa|left my line|left my momo|been cut|been removed": "deducted",
    "has come|have come|come in|came in|come through|gone through|went through|go through|got through|came through": "reached",
    "not see|t see|cant see|dont see|cannot see": "reached",
    "you got|ne voit pas|vois pas": "reached",
    "my money come|money come|money came|payment come|payment came|money has come": "moneycame",
    "get the money|got the money|get my money|got my money|get my payment|got my payment": "moneycame",
    "get the payment|got the payment|have got my money|see my payment|seen my payment|see my money|seen my money": "moneycame",
    "make my payment|do my payment|complete my payment|finish my payment": "pay",
    "my payment|our payment|my last payment|the payment i made|my deposit": "mypayment",
    "malipo yangu|malipo yetu": "malipoyangu",
    "ubwishyu bwanjye|ubwishyu bwacu": "ubwishyubwanjye",
    "mon paiement|notre paiement|mon versement|mon reglement|mon depot": "monpaiement",
    "still the same|not changed|hasnt changed|has not changed|did not change|didnt change|not reduced|didnt reduce": "unchanged",
    "not updated|not been updated|not gone down|same balance|same amount owing|pas change|pas diminue|pas bouge": "unchanged",
    "saa ngapi|what time|quelle heure|saa ngap|ryari": "saangapi",
    "night shift|day shift|on shift|late shift": "work",
    "no problem|hakuna shida|hakuna tatizo|nta kibazo|pas de probleme|pas de souci|c est bon|bien sur|ca marche": "okay",
    "did you get|have you got": "reached",
    "reste t il a payer|reste a rembourser|reste a payer|encore a payer|reste a regler|reste a verser": "reste",
    "nsigaje kwishyura|dusigaje kwishyura|nsigaye kwishyura": "nsigaje",
    "asigaye kwishyurwa|asigaje kwishyura|asigaje kwishyurwa": "asigaje",
    "ai paye|ai envoye|ai verse|have pay|j ai fait un depot": "paid",
    "avez vous recu|avez recu|as tu recu|ont recu|a t elle recu|a recu|rien recu|bien recu|pas recu|est arrive": "parvenu",
    "vous avez recu|ete recu|ete recue|ete recus|bien arrive|reception": "parvenu",
    "ari he|ari hehe|agarukiye he|yagiye he|ageze he|aherereye he": "hehe",
    "ou est|ou sont|ou en est|ou c est|ou se trouve|est ou|sont ou|est passe|sont passes": "ouest",
    "how does this work|how does it work|how do i use|how to use|how do i pay|how can i pay|how to pay|how do we pay": "help",
    "how can i use|what should i write|what do i write|what can i text|what do i text|what to write|how do you work": "help",
    "how can you help|what can you do|how do i start|what can i write|what should i text": "help",
    "jinsi ya kulipa|jinsi ya kutumia|nalipaje|nitalipaje|inafanyaje kazi|inafanya kazi aje|naanzaje|nitumieje": "msaada",
    "niandike nini|naandika nini|nifanyeje|natumiaje|inatumikaje|inatumika vipi|nini naweza|naweza kufanya nini": "msaada",
    "nishyura nte|nakwishyura nte|nishyura gute|nakwishyura gute|bikora bite|bikora gute|nakoresha nte|bikoreshwa bite": "ubufasha",
    "nakora iki|nandika iki|nandike iki|mukora iki|ikora ite|ikora gute|bikorwa gute|bikorwa bite|nabigenza nte": "ubufasha",
    "comment ca marche|comment payer|comment je paie|comment je paye|comment faire|comment puis je|comment utiliser": "aide",
    "comment marche|comment fonctionne|comment ca fonctionne|comment on fait|comment on utilise|comment j utilise": "aide",
    "que puis je|quoi ecrire|que faire|que peut on|que peux tu": "aide",
    "etat de compte|extrait de compte|tous mes paiements|mes paiements": "releve",
    "mini statement|payment history|all my payments|all payments|my payments|payments made": "statement",
    "payments i made|payments i have made|payments i ve made": "statement",
    "malipo yangu yote|malipo yote|nililipa yote": "taarifa",
    "ibyo nishyuye|ubwishyu bwose|ubwishyu bwanjye bwose|ibyo narishye|ibyo twishyuye": "raporo",
    "d accord": "daccord",
    "non laissez|non laisse|laissez tomber": "non",
    "faites le|fais le|allez y|vas y|c est ca|faites ca|fais ca": "faitesle",
    "go ahead|that s right|thats right|that is right|do it|do that|do so|i confirm|i agree|that is correct|its correct": "goahead",
    "fanya hivyo|fanyeni hivyo|endelea hivyo": "fanya",
    "kiasi gani|pesa ngapi|shilingi ngapi|how much|ungana iki|ingana iki|angana iki": "howmuch",
    "angana ate|ingana ite|quelle somme|quel montant|kiac gani": "howmuch",
    "m engage": "engage",
    "ni byo|kora ibyo|mukore ibyo": "bikore",
    "what can i do|what do i do|nifanye nini|nkore iki|que dois je faire|que dois je ecrire|dois je ecrire": "help",
    "what i have paid|what i paid|what i ve paid|ce que j ai paye|ce que j ai deja paye|nilicholipa": "statement",
    "nionyeshe malipo|nionyesheni malipo|nyereka ubwishyu|munyereke ubwishyu|montrez mes paiements": "statement",
    "from my phone|from my mpesa|from my momo|from my line|from my account|kwa simu yangu|kwa mpesa yangu|kuri momo yanjye": "push",
    "sur mon momo|sur mon telephone|sur mon numero|kuri telefone yanjye": "push",
    "maze kwishyura|namaze kwishyura|tumaze kwishyura|maze kohereza": "nishyuye",
    "should be|should go|should have been|ought to be|meant for|supposed to|was for|etait pour": "wrong",
    "au lieu de|yari iya|yari iy|yari ay|bwari ubw|ilikuwa ya|yalikuwa ya|zilikuwa za|ilikuwa iende": "wrong",
    "c etait pour|was supposed to be for|was to go to|was intended for": "wrong",
    "my loans|mikopo yangu": "loans",
}
_PAYING = (
    "pay|send|clear|bring|deposit|settle|give|complete|finish|top up|sort|pay up|make a payment|make payment|repay"
)
_IF = "if i|if we|if i could|if i can|if i were to|in case i|suppose i|what happens when i|supposing i|assuming i|say i"
_PHRASES = (
    {tuple(phrase.split()): word for phrases, word in _SAME.items() for phrase in phrases.split("|")}
    | {(*said.split(), *verb.split()): "whatif" for said in _IF.split("|") for verb in _PAYING.split("|")}
    | {(will, *verb.split()): "willpay" for will in ("will", "ll", "shall", "gonna") for verb in _PAYING.split("|")}
)
_LONGEST: dict[str, int] = {}
for _phrase in _PHRASES:
    _LONGEST[_phrase[0]] = max(len(_phrase), _LONGEST.get(_phrase[0], 0))


def _phrases(tokens: Sequence[str]) -> list[str]:
    """Several words that say one thing, as one."""
    found: list[str] = []
    at = 0
    while at < len(tokens):
        for length in range(_LONGEST.get(tokens[at], 0), 0, -1):
            if phrase := _PHRASES.get(tuple(tokens[at : at + length])):
                found.append(phrase)
                at += length
                break
        else:
            found.append(tokens[at])
            at += 1
    return found
