"""Swahili, and Sheng: the words that people text, by what they tell. A word of this language is added here, and nowhere else.

Without accents, lower case. What is listed under a sign tells a wish (`core/sms/signs.py`); `POLITE` adds nothing to
one and takes
nothing from it; `COMMON` is itself, and never a slip of another word.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: "lipa kulipa nalipa ninalipa lipia kulipia nilipe tulipe nilipie lipeni",
    Sign.PAID: """
        nimelipa nililipa nimeshalipa tumelipa nimetuma nilituma nishalipa nilishalipa niliweka nimeweka nimedeposit
        nimesend
    """,
    Sign.WILL_PAY: "nitalipa tutalipa ntalipa nitalipia nitamaliza nitaclear nitapay",
    Sign.IF_PAID: "nikilipa tukilipa ningelipa nikilipia nitaokoa",
    Sign.BALANCE: "salio baki salyo bakia",
    Sign.OWE: "deni madeni nadaiwa tunadaiwa nadai ninadaiwa malimbikizo bakaa",
    Sign.STATEMENT: "taarifa stetimenti historia orodha mchanganuo miamala rekodi",
    Sign.LOAN: "mkopo mikopo",
    Sign.BORROW: "kopa kukopa nikope nikopeshe kuazima azima mnikopeshe",
    Sign.WISH: """
        nataka ninataka ntaka naomba tunaomba omba ningependa naweza kuomba nahitaji ninahitaji nahtaji natafuta
        nipe nipeni nipatie mnipe
    """,
    Sign.PROMISE: "ahadi naahidi ninaahidi kuahidi nimeahidi tunaahidi",
    Sign.RECEIPT: "risiti stakabadhi",
    Sign.REFUND: """
        rudisha rudishieni nirudishie nirudishieni kurudishiwa irudi irudishwe irejeshwe rejesha rejesho marejesho
        kurejeshewa nirejesheeni
    """,
    Sign.MOVE: "hamisha hamisheni kuhamisha uhamisho",
    Sign.HELP: """
        msaada usaidizi nisaidie saidia nisaidieni kusaidia maelekezo maagizo nielekeze nielekezeni nielezee
        nielezeni nifafanulie elekeza
    """,
    Sign.LANGUAGE: "lugha kiswahili kiingereza kifaransa",
    Sign.WHERE: "wapi haionekani sijapata haijafika haijaonekana sijaona hatujapata hazijafika",
    Sign.MONEY: "pesa hela malipo fedha mpesa pesha chapaa doh mkwanja ganji mapeni cheda mulla muamala",
    Sign.YES: """
        ndiyo ndio ndyo sawa sawasawa thibitisha nakubali kubali nimekubali fanya fanyeni eeh endelea haya sahihi
    """,
    Sign.NO: "hapana la hpana apana ghairi ghairini usifanye msifanye",
    Sign.NOT: "usilipe sitaki sio sitalipa msilipe silipi siwezi hatutalipa sihitaji hatutaki",
    Sign.SETTLE: """
        kumaliza nimalize malizia chukua chukueni kateni nikate nikateni mnikate unikate natuma natumia kuweka
        niweke niwekee kutuma nitume tutume nitoe nilete niprompt
    """,
    Sign.CAME: """
        umepata mmepata mlipata ulipata umepokea mmepokea mlipokea mumepata imepokelewa zimepokelewa yamepokelewa
        sioni siioni
    """,
    Sign.LEFT: """
        imekatwa zimekatwa imetoka zimetoka nimekatwa umekata mmekata ilikatwa imepotea zimepotea imeenda ilienda
    """,
    Sign.MUCH: "ngapi ngap mangapi kiasigani pesangapi ngpi",
    Sign.FEE: "karo ada nauli muhula",
    Sign.KNOW: "kujua nijue kuona nione nionyeshe nionyesheni niambie niambieni nifahamu kufahamu",
    Sign.NEW: "mpya mwingine ingine",
    Sign.GENUINE: "halali ukweli kweli feki bandia halisi yenu",
    Sign.SAME: "haijapungua halijapungua haijabadilika halijabadilika",
    Sign.ALL: "yote lote zote",
    Sign.MINE: "malipoyangu",
    Sign.WOULD: "ungeisha ingeisha ingebaki ningebaki utaisha itaisha ungepungua itapungua utapungua zitapungua ningeokoa",
    Sign.PUT: """
        weka badilisha wekeni peleka pelekeni pelekea iende yaende kimakosa makosa badala nilikosea nimekosea kosa
        iwe
    """,
    Sign.WAIT: "mnivumilie nivumilie nivumilieni mvumilie subirini ngojeni nisubiri nisubirini mpaka hadi",
}
POLITE = """
    tafadhali asante ya wa la za cha kwa yangu wangu langu zangu na ni karo shule mtoto mwanafunzi hii hiyo tarehe
    kiasi gani ngapi yake leo kama je nitumie tuma angalia iko ziko uko kweli badili badilisha sana jumla shilingi
    kwenda mwanangu nimwombe hadi ku siku au ama sasa sahii sahi habari shikamoo hujambo jambo
"""
COMMON = """
    basi bisi gari matatu saangapi linaondoka inafunguliwa itafunguliwa fungua kufungua dereva bwana hujambo
    tutaonana karibu sare chakula kuanza inaanza itaanza nimefika hivyo nilikuwa ilikuwa nikiwa niko tuko yuko kula
    kuja kwenda kulala kupika kusoma kucheza kuuza kununua lala pika soma cheza uza nunua leta toka enda kaa mwalimu
    bibi babu dada kaka rafiki habari mambo vipi poa shikamoo marahaba sijui lakini bado kwamba kwa sababu hapa huko
    wote wiki mwezi mwaka asubuhi jioni usiku simu namba ujumbe nyumbani kazi soko duka mvua ugonjwa anaumwa mgonjwa
    pole samahani shida nini nani lini mimi wewe yeye sisi ninyi wao hapo pia tena kidogo kubwa vizuri ndugu sasa
    baadaye kabla amefukuzwa alifukuzwa wamefukuzwa amerudishwa alirudishwa wamerudishwa nikilipwa tukilipwa
    nitakapolipwa nitalipwa nimelipwa sijalipwa hatujalipwa nikishalipwa atarudi amerudi kwani nitapitia nitapita
    nitakuja nitafika nitaona nitasema nitapiga mume ombe saa refu moto naona tumefika amepata tumepata nilikuja
    wanafanya nafanya ninafanya imefanya inafanya anafanya wapo nipo kulia pale riba mpangaji tumepika nimepika lete
    lia lima wana mweka mjukuu jirani shamba biashara msaidie msaidieni amsaidie wasaidie ile zile yale hizo hizi huo
    ule wale hawa ngombe mbuzi kuku mahindi maharage
    nimeuza niliuza tumeuza
"""
SHORT: Mapping[str, str] = {
    "dni": "deni",
    "lngu": "langu",
    "yngu": "yangu",
    "ngp": "ngapi",
    "dn": "deni",
    "tfdhl": "tafadhali",
    "slio": "salio",
}
"""How a word is shortened."""
PHRASES: Mapping[str, str] = {
    "owe": "nimemaliza kulipa|tumemaliza kulipa|bado ngapi|nimemaliza karo",
    "reached": "haipo|hazipo",
    "msaada": (
        "sijui kutumia|sijui jinsi|natumia aje|sielewi|ninatumiaje|jinsi ya kulipa|jinsi ya kutumia|nalipaje"
        "|nitalipaje|inafanyaje kazi|inafanya kazi aje|naanzaje|nitumieje|niandike nini|naandika nini|nifanyeje"
        "|natumiaje|inatumikaje|inatumika vipi|inatumika aje|inatumiwa vipi|namba inatumika|kazi gani namba"
        "|ya kazi gani|natumia hii namba|natumia namba hii|nitumie neno gani|nini naweza|naweza kufanya nini"
        "|namba ni ya nini|hii ni nini"
        "|namba inafanya nini|hii ni huduma gani|huduma hii ni nini|jinsi gani ya kulipa|vipi nalipa|nalipa aje"
        "|nalipa vipi|nitalipa aje|nitalipa vipi|nilipe aje|nilipe vipi"
    ),
    "push": "ombi la mpesa|ombi la m pesa|tuma ombi|kwa simu yangu|kwa mpesa yangu",
    "malipoyangu": "malipo yangu|malipo yetu",
    "saangapi": "saa ngapi|saa ngap",
    "okay": "hakuna shida|hakuna tatizo",
    "taarifa": (
        "malipo yangu yote|malipo yote|nililipa yote|malipo gani mmepokea|malipo gani|malipo yapi|malipo mmepokea"
    ),
    "fanya": "fanya hivyo|fanyeni hivyo|endelea hivyo",
    "howmuch": "kiasi gani|pesa ngapi|shilingi ngapi|kiac gani",
    "help": "nifanye nini",
    "statement": "nilicholipa|nionyeshe malipo|nionyesheni malipo",
    "wrong": "ilikuwa ya|yalikuwa ya|zilikuwa za|ilikuwa iende",
    "loans": "mikopo yangu",
    "kukopa": "chukua mkopo|kuchukua mkopo|nichukue mkopo|kupata mkopo|nipate mkopo|kama mkopo",
    "hapana": (
        "sio hivyo|si hivyo|sio hiyo|si hiyo|wacha tu|acha tu|achana nayo|achana na hiyo|sio sasa|si sasa"
        "|sikubali|sitaki hiyo|sitaki hivyo|usifanye hivyo|usifanye hiyo|siyo hiyo|siyo hivyo|usiendelee"
    ),
    "rudisha": (
        "nataka pesa yangu|nataka hela yangu|ninataka pesa yangu|nataka pesa zangu|nililipa zaidi|nimelipa zaidi"
        "|nimetuma zaidi|nilituma zaidi|futa malipo|ghairi malipo|nadai pesa yangu|nadai hela yangu"
        "|nadai pesa zangu|ninadai pesa yangu"
    ),
    "whatif": (
        "tuseme nilipe|tuseme nikilipa|tuseme nitalipa|tuseme nalipa|tuseme nimelipa|ikiwa nitalipa|kama nitalipa"
        "|kama nikilipa|endapo nitalipa|endapo nikilipa|iwapo nitalipa|iwapo nikilipa|je nikitoa|nikiongeza"
        "|nikipunguza"
    ),
    "nitalipa": (
        "nitakuwa nimelipa|nitakua nimelipa|nitaweza kulipa|natarajia kulipa|nategemea kulipa|napanga kulipa"
        "|nimepanga kulipa"
    ),
    "nimelipa": (
        "nimekamilisha malipo|nimefanya malipo|nilifanya malipo|tumefanya malipo|nilimaliza kulipa"
        "|tulimaliza kulipa|nimeshafanya malipo|nishafanya malipo|baada ya kulipa"
    ),
    "kulipa": "kufanya malipo|nifanye malipo|anzisha malipo|fanya malipo|kukamilisha malipo|fanyeni malipo",
    "kiasigani": (
        "kiasi kamili|nilete ngapi|nilete kiasi|niletee ngapi|kiasi nilete|kiasi nachotakiwa|kiasi ninachotakiwa"
        "|natakiwa kulipa ngapi|nahitajika kulipa|ninatakiwa kulipa|natakiwa kulipa"
    ),
    "ndiyo": "ndiyo hivyo|ndio hivyo|hivyo hivyo|ndivyo hivyo",
}
"""Several words that say one thing, by the one word that says it (of any language)."""

_WHO = "(?:ni|u|a|tu|m|wa|n)?"
_WHOM = "(?:ni|ku|m|tu|wa|i|zi|ya)?"
_LIPA = "lip(?:a|ia|ie|iwa|e|eni|ieni)"
STEMS: tuple[tuple[str, Sign], ...] = (
    (f"(?:si|hatu|hu|usi|msi|tusi){_WHOM}(?:ta)?{_LIPA}", Sign.NOT),
    (f"{_WHO}(?:me|mesha|li|lisha|mekwisha){_WHOM}{_LIPA}", Sign.PAID),
    (f"{_WHO}(?:ta|taku){_WHOM}{_LIPA}", Sign.WILL_PAY),
    (f"{_WHO}(?:ki|nge|ngeli){_WHOM}{_LIPA}", Sign.IF_PAID),
    (f"(?:ku|{_WHO}(?:na)?){_WHOM}{_LIPA}", Sign.PAY),
    ("(?:ku|ni|na|nina)pay", Sign.PAY),
    ("(?:ni|n|tu)ta(?:ku)?pay", Sign.WILL_PAY),
    ("(?:ni|n|tu)(?:me|li|mesha)pay", Sign.PAID),
    (f"(?:ku|{_WHO}(?:na|me|ta|li)?){_WHOM}(?:rudish|rejesh)(?!w)[a-z]{{1,5}}", Sign.REFUND),
    (f"(?:ku|{_WHO}(?:na|me|ta|li)?){_WHOM}hamish[a-z]{{1,4}}", Sign.MOVE),
    ("(?:i|zi|ya|ku)(?:me|li|na|ta)?(?:rudish|rejesh)w[a-z]", Sign.REFUND),
    (f"(?:ku|{_WHO}(?:na|me|ta)?){_WHOM}kop(?:a|e|esha|eshe|eshwa)", Sign.BORROW),
    (f"{_WHO}(?:na|ta|me)?(?:cho)?(?:ku|ni|tu|m)?(?:daiw|dai)(?:a)?", Sign.OWE),
    ("(?:ni|n|tu|a)(?:me|mesha|li|lisha|sha)(?:i|zi|ya|wa|ku)?(?:tuma|tumia|weka|deposit|send)", Sign.PAID),
    ("(?:n|ni|tu|a|u|m)?li?(?:yo|zo|cho|o)(?:tuma|lipa|lipia|weka)", Sign.PAID),
    ("(?:i|zi|ya)(?:me|li|mesha|lisha)(?:lipwa|tumwa|wekwa)", Sign.PAID),
    ("(?:ni|m|u)?(?:ni)?prompt(?:i|ie|ieni|ini)", Sign.SETTLE),
    (
        "(?:ni|n|tu)ta(?:i|zi|wa|ku)?(?:ongeza|ingiza|kamilisha|tuma|leta|toa|maliza|malizia|weka|clear|send)",
        Sign.WILL_PAY,
    ),
    ("(?:ni|tu)ki(?:i|zi|wa|ku)?(?:tuma|toa|weka|maliza|ongeza|pay|clear|leta)", Sign.IF_PAID),
    (
        (
            "(?:i|u|zi|ya|li|tu|ni|n|m|wa|a|ki)?(?:me|li|na|mesha|ta)?(?:yo|zo|lo|cho|o)?bak"
            "(?:i|ia|iza|ize|izia|isha|ishe|isa|izwa)"
        ),
        Sign.OWE,
    ),
    ("(?:hai|hali|haya|hazi|ha)(?:ja)?(?:pungu[az]|punguzwa|badilika)", Sign.SAME),
    ("(?:m|u|i|zi|ya)?(?:ya|zi|i)?(?:pelek|wek)(?:a|e|eni|we|wa)", Sign.PUT),
    ("(?:ni|tu|a)me(?:sha)?maliz(?:a|ia)", Sign.OWE),
    ("(?:ham|hu|ha)ja(?:i|zi|ya)?(?:pata|pokea|ona)", Sign.CAME),
    (
        "(?:i|zi|ya|li|u|ki)(?:me|li|mesha|lisha)(?:fik[ai]|ingia|onekana|pokelewa|pita|tua|wafikia|wafika|patikana)",
        Sign.CAME,
    ),
    ("(?:m|mu|u)(?:me|li|mesha|lisha)(?:i|zi|ya)?(?:pata|pokea|ona)", Sign.CAME),
    ("(?:hai|hazi|haya|ha)(?:ja)?(?:onekan[ai]|fika|ingia)", Sign.WHERE),
    (
        "(?:i|zi|ya|u|m)(?:me|li)(?:ni)?(?:toka|katwa|kata|potea|enda|toa|chukua|chukuliwa|ondoka|ondolewa|tolewa)",
        Sign.LEFT,
    ),
)
"""Verbs say who, when and whom within the word. A denial stands before what it denies."""
PASSING = """
    nimetuma nilituma tumetuma nitatuma nitaleta nitamaliza nimemaliza tumemaliza niliweka nimeweka rudi irudi
    rudisha orodha historia uko wapi imepotea imetoka imeenda ilienda imefika
    amefika umefika baki imebaki umebaki amebaki peleka weka
"""
"""Words that tell their wish only beside money, or where little else is said."""
