"""Kinyarwanda: the words that people text, by what they tell. A word of this language is added here, and nowhere else.

Without accents, lower case. What is listed under a sign tells a wish (`core/sms/signs.py`); `POLITE` adds nothing to
one and takes
nothing from it; `COMMON` is itself, and never a slip of another word.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: """
        ishyura kwishyura nishyura nishyure ndishyura mwishyure wishyure kwishyurira ishyurira twishyure riha kuriha
        kurihira ndiha rihira
    """,
    Sign.PAID: """
        nishyuye twishyuye ndishye narishye narihiye twarishye ndihiye natanze twatanze narishyuye nohereje
        noherejwe narohereje nabahaye twohereje naboherereje nabishyuye nashyize nashyizeho twashyize narashyize
    """,
    Sign.WILL_PAY: """
        nzishyura tuzishyura nzayishyura nzabishyura nzayatanga nzohereza nzatanga nzayohereza tuzohereza nzarangiza
        nzariha nzarihira tuzariha tuzarihira nzabaha nzayabaha tuzabaha nzaguha nzongeraho nzongera
    """,
    Sign.IF_PAID: """
        ninishyura nitwishyura nindiha nindihira nintanga ninohereza nindamuka ndamutse nramutse nimpa nazigama
        nzazigama nindangiza nindarangiza
    """,
    Sign.BALANCE: "asigaye ayasigaye",
    Sign.OWE: """
        umwenda imyenda umwend nsigaje dusigaje asigaje basigaje ndimo ibirarane mbarimo mbereyemo tubarimo arabura
        abura ndabura mbura habura harabura hasigaye
    """,
    Sign.STATEMENT: "raporo amateka urutonde",
    Sign.LOAN: "inguzanyo nguzanyo",
    Sign.BORROW: "kuguza guza ngurize kugurizwa nguriza kungurizwa mungurize mwanguriza",
    Sign.WISH: """
        ndashaka ndasaba gusaba nasabaga ndifuza nkeneye ndakeneye nshaka mbishaka nabona nashakaga turashaka
        turasaba mumpe mwampa
    """,
    Sign.PROMISE: """
        isezerano nsezeranye ndasezeranye nsezeranya gusezeranya ndabizeza mbasezeranyije ndabasezeranya turabizeza
    """,
    Sign.RECEIPT: "inyemezabwishyu nyemezabwishyu",
    Sign.REFUND: """
        gusubizwa mungarurire mungarurira kugarurirwa ngarurirwa bangarurire munsubize munsubiza mwansubiza nsubiza
        nsubizwa munsubirize
    """,
    Sign.MOVE: "imura kwimura mwimure yimure mwimurire nimurire munyimurire mwayimurira",
    Sign.HELP: """
        ubufasha fasha mumfashe mfasha mudufashe gufasha munsobanurire amabwiriza munyobore nyobora muyobore
        mwamfasha mwadufasha
    """,
    Sign.LANGUAGE: "ururimi ikinyarwanda icyongereza igifaransa igiswahili cyongereza gifaransa giswahili",
    Sign.WHERE: "hehe he ntibigaragara ntibyagaragaye",
    Sign.MONEY: "amafaranga ubwishyu",
    Sign.YES: """
        yego yeg ego emeza mukomeze ndabyemeye ndabyemera ndemeye ndemera bikore mubikore nibyo komeza
    """,
    Sign.NO: "oya oyaa",
    Sign.NOT: """
        sinshaka ntabwo sinzishyura sinishyura ntimwishyure sinabasha simbishaka sinkeneye ntacyo mubireke bireke
        ntibikenewe
    """,
    Sign.SETTLE: """
        gutanga mukate mukureho mukuremo kohereza kurangiza noherereze ntange ndohereza ndayohereza mwakura gukura
    """,
    Sign.CAME: """
        yageze yarageze ageze yabagezeho yabageze mwabonye mwayabonye mwakiriye mwayakiriye mwarayabonye yinjiye
        yarinjiye simbona sindayabona
    """,
    Sign.LEFT: """
        yavuyeho yakuweho yakaswe bayakase yavuye bankase yagiye yabuze yazimiye zagiye byagiye bwagiye
    """,
    Sign.MUCH: "angahe zingahe bingahe agahe ungana",
    Sign.FEE: "ishuri minerval igihembwe",
    Sign.KNOW: "menya kumenya mumbwire mwambwira munyereke mwanyereka",
    Sign.NEW: "nshya indi",
    Sign.GENUINE: "ukuri nyayo impimbano yemewe mpimbano iyanyu yanyu",
    Sign.ALL: "yose wose byose bwose zose",
    Sign.MINE: "ubwishyubwanjye",
    Sign.WOULD: """
        yarangira yasigara zagabanuka zagabanukaho zavaho nakunguka nasigara wagabanuka yagabanuka narangiza zazigamwa
    """,
    Sign.PUT: """
        mushyire hindura shyira muyishyire muyashyire nibeshye naribeshye mwibeshye kosora mukosore gukosora ijye
        zijye bijye
    """,
    Sign.WAIT: "mwihangane munyihanganire mutegereze kugeza muntegereze mwihanganye",
}
POLITE = """
    murakoze mwiriwe kuri y w n na mu ku wa ni yanjye wanjye zanjye cyanjye umwana umunyeshuri mumpe angahe reba
    hindura ari igeze ayo mwambwira cyangwa bite bizagenda byagenda ejo nta konti mbwira bya ya yose nonaha rwose
    bwa bw rwa rw ry rya iy iya ay aya ese nkishyure cyane muraho mwaramutse nyabuneka nyamuneka neza ubu
"""
COMMON = """
    amasaha isaha ayahe rifungura hafungura haguruka ihaguruka konvwayeri itangira nahageze kora ibyo byo muraho
    mwaramutse mwiriwe amakuru umubyeyi mwarimu murumuna inshuti ariko kandi cyane none nuko ubu ejobundi icyumweru
    ukwezi umwaka mu gitondo nimugoroba telefone nimero ubutumwa kode isoko iduka akazi imvura ararwaye urwaye
    mumbabarire mbabarira ikibazo iki nde ryari hano hariya wowe njye twe mwe bo nanone buhoro gato kinini neza gute
    uko aho rwose abana moto saa ndabona yahageze natinze yarakoze bari ndi gusa bose bake banki rira gura koza meza
    kugurisha yaje baje inyungu umuceri mufashe wasigaye yasigaye basigaye
"""
SHORT: Mapping[str, str] = {}
"""How a word is shortened."""
PHRASES: Mapping[str, str] = {
    "whatif": "byagenda bite|bizagenda bite|byagenda gute|bizagenda gute",
    "owe": (
        "narangije kwishyura|twarangije kwishyura|narangije ishuri|nararangije kwishyura|twararangije kwishyura"
        "|yararangije kwishyura|yarangije kwishyura|narangije kuriha|nararangije kuriha"
    ),
    "ubufasha": (
        "nkoresha nte|sinzi uko|sinzi gukoresha|sinumva uko|nishyura nte|nakwishyura nte|nishyura gute"
        "|nakwishyura gute|bikora bite|bikora gute|nakoresha nte|bikoreshwa bite|nakora iki|nandika iki"
        "|nandike iki|mukora iki|ikora ite|ikora gute|bikorwa gute|bikorwa bite|nabigenza nte"
        "|iyi nimero ni iy iki|iyi nimero ni iyiki|iyi nimero imaze iki|uko nishyura|uko nakwishyura|uko bishyura"
        "|uko nkoresha|ikoreshwa ite|ikoreshwa gute|ikora iki|nakoresha gute|nimero ikoreshwa|nimero ikora"
        "|uko nakoresha|uko bikora"
    ),
    "ubwishyubwanjye": "ubwishyu bwanjye|ubwishyu bwacu",
    "saangapi": "ryari",
    "okay": "nta kibazo",
    "nsigaje": (
        "nsigaje kwishyura|dusigaje kwishyura|nsigaye kwishyura|ayo ngomba kwishyura|ayo agomba kwishyura"
        "|ibyo ngomba kwishyura|amafaranga ngomba kwishyura|ngomba kwishyura angahe|ayo nkwiye kwishyura"
        "|ayo tugomba kwishyura|ayo ntarishyura|ibyo ntarishyura|ayo tutarishyura"
    ),
    "asigaje": "asigaye kwishyurwa|asigaje kwishyura|asigaje kwishyurwa",
    "hehe": "ari he|ari hehe|agarukiye he|yagiye he|ageze he|aherereye he",
    "raporo": (
        "ibyo nishyuye|ubwishyu bwose|ubwishyu bwanjye bwose|ibyo narishye|ibyo twishyuye|ubuhe bwishyu mwakiriye"
        "|ubuhe bwishyu|ni ubuhe bwishyu mwakiriye|ubwishyu mwakiriye bwanjye"
    ),
    "howmuch": "ungana iki|ingana iki|angana iki|angana ate|ingana ite",
    "bikore": "ni byo|kora ibyo|mukore ibyo",
    "help": "nkore iki",
    "statement": "nyereka ubwishyu|munyereke ubwishyu",
    "push": "kuri momo yanjye|kuri telefone yanjye",
    "nishyuye": "maze kwishyura|namaze kwishyura|tumaze kwishyura|maze kohereza|nyuma yo kwishyura",
    "wrong": "yari iya|yari iy|yari ay|bwari ubw|bwari ubwa|yari ayo|yari aya|bwari bugenewe|yari agenewe",
    "kuguza": "gufata inguzanyo|fata inguzanyo|mfate inguzanyo|kubona inguzanyo|nk inguzanyo",
    "oya": (
        "reka ibyo|mureke ibyo|ntimubikore|ntubikore|ntimukore ibyo|bireke|mubireke|si byo|sibyo|si ubu|sinemeye"
        "|sinemera|simbyemeye|simbyemera"
    ),
    "munsubize": (
        "ndashaka amafaranga yanjye|nshaka amafaranga yanjye|nishyuye menshi|nohereje menshi|nishyuye arenga"
    ),
    "nzishyura": "nzaba nishyuye|nzashobora kwishyura|nteganya kwishyura|ndateganya kwishyura|nizeye kwishyura",
    "angahe": "umubare nyawo|nzana angahe|ngomba kuzana|nazana angahe",
    "kwishyura": "gukora ubwishyu|tangiza ubwishyu|gutangiza ubwishyu|nkore ubwishyu|mutangize ubwishyu",
    "ninishyura": "inyungu zagabanuka|inyungu zizagabanuka|inyungu yagabanuka|nazigama inyungu",
    "ndamutse": "bite nongeyeho|gute nongeyeho|angahe nongeyeho|bite nishyuye|byagenda bite nishyuye",
    "yego": "niko biri|ni ko biri|yego niko",
}
"""Several words that say one thing, by the one word that says it (of any language)."""

_WHO = "(?:n|nk|tuk|nd|ndi|tu|tw|mu|mw|u|w|ba|bi|bya|ka|kw|ku|ha)?"
_ISHYU = "i(?:shy|sh|sy)u"
_SHYU = "i?(?:shy|shi|sh|sy|s)u?"
"""The same without its vowels, where it is no payment: `nzshyura`."""
STEMS: tuple[tuple[str, Sign], ...] = (
    ("(?:m|nd|n|tu|du)[a-z]{0,3}bereyemo", Sign.OWE),
    ("(?:n|nd|m|tu|du|turi|ndi)?(?:a)?barimo", Sign.OWE),
    (f"(?:si|nta|nti|ntu)[a-z]{{0,4}}{_ISHYU}r(?:a|e|ye)", Sign.NOT),
    ("si(?:m|n)[a-z]{0,4}(?:shaka|kene(?:ye)?|emeye)", Sign.NOT),
    ("(?:na|n|tw|nar|twar)?(?:yo|bo|mo|o)here(?:re)?je", Sign.PAID),
    ("(?:a|y|ya|bya)(?:ra|a)?(?:ba|ya)?geze(?:yo|ho|mo)?", Sign.CAME),
    ("(?:mu|mwa|mwara|u|wa)(?:ya|bi)?(?:boneye|bonye|kiriye)", Sign.CAME),
    ("(?:nta|nti)[a-z]{0,4}(?:gera|geze|bon[ae]|boneka|garagara)(?:yo|ho)?", Sign.WHERE),
    (f"(?:nz|tuz|uz|muz)[a-z]{{0,3}}{_SHYU}r(?:a|ir[ae])", Sign.WILL_PAY),
    ("(?:nz|tuz)a?(?:ya)?(?:zana|tanga|herereza|ohereza|rangiza)", Sign.WILL_PAY),
    (f"(?:nin|nit|nim)[a-z]{{0,2}}{_SHYU}r(?:a|e|ira)", Sign.IF_PAID),
    (f"(?:n|na|tw|twa)(?:ra|ri)?{_SHYU}(?:ye|riye)", Sign.PAID),
    (f"(?:{_WHO}|y|ya|by|bwa|za|cya)(?:ra|ama|a)?{_ISHYU}(?:ye|riye|we|riwe)", Sign.PAID),
    ("(?:ba|mwa|mu|a|ya)[a-z]{0,2}ku(?:ye|we)(?:ho|mo)?", Sign.LEFT),
    ("(?:nti|nta)[a-z]{1,4}(?:gabanu|hindu)[a-z]{1,5}", Sign.SAME),
    ("(?:ku|kw|mu|mw|u|w|n|ny)?(?:ya|yi|bu|bw|y)?imur(?:a|e|ira|ire|wa|irwa|irwe|iwe)(?:yo|mo|ho)?", Sign.MOVE),
    ("(?:mu|u)?(?:ya|yi|bu|bi|zi)?shyir(?:a|e)(?:ho|mo|yo)?", Sign.PUT),
    ("(?:[yb]w?a|by)(?:ra)?(?:ba)?(?:geze|injiye|aje|je)(?:ho|yo|mo)?", Sign.CAME),
    (f"{_WHO}(?:y|yi)?{_ISHYU}r(?:a|e|ira|ire|irwa|wa)(?:ho|mo)?", Sign.PAY),
    ("(?:gu|mu|mwa|n|a|ba)?n?subiz(?:a|e|wa|we|ire)", Sign.REFUND),
    ("(?:n|ku|du|mu|a|ba)?(?:si|dusi)ga(?:j[ei]|ye)", Sign.OWE),
)
"""Verbs say who, when and whom within the word. A denial stands before what it denies."""
PASSING = """
    nohereje twohereje narohereje nzohereza nzatanga natanze twatanze nzarangiza
    urutonde yagiye yabuze yageze ageze imura
"""
"""Words that tell their wish only beside money, or where little else is said."""
