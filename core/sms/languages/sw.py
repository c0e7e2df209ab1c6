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
    Sign.IF_PAID: "nikilipa tukilipa ningelipa nikilipia nitaokoa nikirejesha",
    Sign.BALANCE: "salio baki salyo bakia",
    Sign.OWE: "badongapi deni madeni nadaiwa tunadaiwa nadai ninadaiwa malimbikizo bakaa",
    Sign.STATEMENT: "taarifa stetimenti historia orodha mchanganuo miamala rekodi",
    Sign.LOAN: "mkopo mikopo",
    Sign.BORROW: "kopa kukopa nikope nikopeshe kuazima azima mnikopeshe",
    Sign.WISH: """
        nataka ninataka ntaka naomba tunaomba omba ningependa naweza kuomba nahitaji ninahitaji nahtaji natafuta nipe
        nipeni nipatie mnipe tunataka tungependa ningeomba tungeomba ninaomba tunahitaji ntk naombeni tunaombeni
        ningetaka tungetaka nipatieni mnipatie
    """,
    Sign.PROMISE: """
        ahadi naahidi ninaahidi kuahidi nimeahidi tunaahidi nawaahidi nakuahidi ninawaahidi tunawaahidi
    """,
    Sign.RECEIPT: "risiti stakabadhi",
    Sign.REFUND: """
        rudisha rudishieni nirudishie nirudishieni kurudishiwa irudi irudishwe irejeshwe rejesha rejesho marejesho
        kurejeshewa nirejesheeni zirudi yarudi irejee zirejee nirudishiwe
    """,
    Sign.MOVE: "hamisha hamisheni kuhamisha uhamisho sogeza sogezeni kusogeza isogezwe isogeze ihamie zihamie yahamie",
    Sign.HELP: """
        msaada usaidizi nisaidie saidia nisaidieni kusaidia maelekezo maagizo nielekeze nielekezeni nielezee nielezeni
        nifafanulie elekeza mnisaidie unisaidie tusaidie tusaidieni mtusaidie kusaidiwa nisaidiwe mwongozo muongozo
        nifundishe nifundisheni nielimishe nieleze
    """,
    Sign.LANGUAGE: "lugha kiswahili kiingereza kifaransa luga kizungu",
    Sign.WHERE: """
        wapi haionekani sijapata haijafika haijaonekana sijaona hatujapata hazijafika imekwama zimekwama yamekwama
    """,
    Sign.MONEY: """
        pesa hela malipo fedha mpesa pesha chapaa doh mkwanja ganji mapeni cheda mulla muamala   mapesa mihela
        vihela mshiko
    """,
    Sign.YES: """
        ndiyo ndio ndyo sawa sawasawa thibitisha nakubali kubali nimekubali fanya fanyeni eeh endelea haya sahihi naam
        hewala nathibitisha ninathibitisha thibitisheni ninakubali tunakubali tumekubali nakubaliana endeleeni
        tekeleza tekelezeni poa yap eeeh ndivyo ndiyooo ndiooo sawaa nimekubaliana
    """,
    Sign.NO: """
        hapana la hpana apana ghairi ghairini usifanye msifanye hasha zii nakataa ninakataa nimekataa tunakataa
        tumekataa futa futeni batilisha batilisheni msiendelee sijakubali usitoe msitoe usikate msikate usichukue
        msichukue usiweke msiweke usihamishe msihamishe usirudishe msirudishe usiendelee sitaki hatutaki
    """,
    Sign.NOT: """
        usilipe sitaki sio sitalipa msilipe silipi siwezi hatutalipa sihitaji hatutaki siyo sitak sihitaj usitoe
        msitoe usikate msikate usichukue msichukue usiweke msiweke usihamishe msihamishe usirudishe msirudishe
        usiendelee msiendelee
    """,
    Sign.SETTLE: """
        kumaliza nimalize malizia chukua chukueni kateni nikate nikateni mnikate unikate natuma natumia kuweka niweke
        niwekee kutuma nitume tutume nitoe nilete niprompt nilipishe nilipisheni toa toeni ongeza ongezeni ingiza
        ingizeni chapa punguza kata weka wekeni peleka pelekeni utoe mtoe ukate uweke muweke toza tozeni nitoze
        nitozeni mnitoze unitoze kamata kamateni vuta vuteni chomoa chomoeni kukata kutoza kuchukua mchukue uchukue
        muchukue nichukulieni
    """,
    Sign.CAME: """
        umepata mmepata mlipata ulipata umepokea mmepokea mlipokea mumepata imepokelewa zimepokelewa yamepokelewa
        sioni siioni mnaiona mnaziona mnayaona
    """,
    Sign.LEFT: """
        imekatwa zimekatwa imetoka zimetoka nimekatwa umekata mmekata ilikatwa imepotea zimepotea imeenda ilienda
        nimetolewa nilikatwa tumekatwa imemezwa mmekula imekula zimekula imeliwa zimeliwa mmenila
    """,
    Sign.MUCH: "badongapi ngapi ngap mangapi kiasigani pesangapi ngpi",
    Sign.FEE: "karo ada nauli muhula mchango michango kodi awamu",
    Sign.KNOW: """
        kujua nijue kuona nione nionyeshe nionyesheni niambie niambieni nifahamu kufahamu naulizia ninaulizia kuulizia
        niulize nijulishe nijulisheni mnijulishe unijulishe mniambie uniambie nifahamishe nifahamisheni nitajie cheki
        kucheki nichekie nichekieni niangalizie niangalizieni kufahamishwa niambiwe mtuambie tuambieni muniambie
        kuambiwa nacheki nambie nambieni nidokeze nidokezeni
    """,
    Sign.NEW: "mpya mwingine ingine",
    Sign.GENUINE: """
        halali ukweli kweli feki bandia halisi yenu ghushi kughushi orijino kagua kagueni hakiki uhakiki kuhakiki
    """,
    Sign.SAME: "haijapungua halijapungua haijabadilika halijabadilika haijashuka halijashuka palepale vilevile",
    Sign.ALL: "yote lote zote nzima",
    Sign.MINE: "malipoyangu",
    Sign.WOULD: "ungeisha ingeisha ingebaki ningebaki utaisha itaisha ungepungua itapungua utapungua zitapungua ningeokoa",
    Sign.PUT: """
        weka badilisha wekeni peleka pelekeni pelekea iende yaende kimakosa makosa badala nilikosea nimekosea kosa iwe
        isomeke isomewe zisomeke isome ziende ihesabiwe iingie ziingie iwekwe ziwekwe ingizwe pabaya tumekosea
        tulikosea nilimaanisha nilikusudia ilipaswa ilitakiwa
    """,
    Sign.WAIT: """
        mnivumilie nivumilie nivumilieni mvumilie subirini ngojeni nisubiri nisubirini mpaka hadi vumilia vumilieni
        nivumiliwe uvumilivu subiri ngoja mnisubiri mningoje nisubirie nisubirieni tuvumilie tuvumilieni subira
    """,
}
POLITE = """
    tafadhali asante ya wa la za cha kwa yangu wangu langu zangu na ni karo shule mtoto mwanafunzi hii hiyo tarehe
    kiasi gani ngapi yake leo kama je nitumie tuma angalia iko ziko uko kweli badili badilisha sana jumla shilingi
    kwenda mwanangu nimwombe hadi ku siku au ama sasa sahii sahi habari shikamoo hujambo jambo kabisa bana jamani
    jameni ahsante asanteni ahsanteni shukrani shukran nashukuru tunashukuru samahani samahanini hebu ebu embu wallahi
    inshallah hizo hivyo tu karani mungu akubariki ubarikiwe mbarikiwe sahivi saizi sai hapo huku kwenye katika
    kwangu kwetu kwenu wenu wetu yetu yenu zetu zenu letu lenu lake wake zake chake lao yao zao
"""
COMMON = """
    msichukulie usichukulie nisichukulie basi bisi gari matatu saangapi linaondoka inafunguliwa itafunguliwa fungua
    kufungua dereva bwana hujambo tutaonana karibu sare chakula kuanza inaanza itaanza nimefika hivyo nilikuwa ilikuwa
    nikiwa niko tuko yuko kula kuja kwenda kulala kupika kusoma kucheza kuuza kununua lala pika soma cheza uza nunua
    leta toka enda kaa mwalimu bibi babu dada kaka rafiki habari mambo vipi poa shikamoo marahaba sijui lakini bado
    kwamba kwa sababu hapa huko wote wiki mwezi mwaka asubuhi jioni usiku simu namba ujumbe nyumbani kazi soko duka
    mvua ugonjwa anaumwa mgonjwa pole samahani shida nini nani lini mimi wewe yeye sisi ninyi wao hapo pia tena kidogo
    kubwa vizuri ndugu sasa baadaye kabla amefukuzwa alifukuzwa wamefukuzwa amerudishwa alirudishwa wamerudishwa
    nikilipwa tukilipwa nitakapolipwa nitalipwa nimelipwa sijalipwa hatujalipwa nikishalipwa atarudi amerudi kwani
    nitapitia nitapita nitakuja nitafika nitaona nitasema nitapiga mume ombe saa refu moto naona tumefika amepata
    tumepata nilikuja wanafanya nafanya ninafanya imefanya inafanya anafanya wapo nipo kulia pale riba mpangaji
    tumepika nimepika lete lia lima wana mweka mjukuu jirani shamba biashara msaidie msaidieni amsaidie wasaidie ile
    zile yale hizo hizi huo ule wale hawa ngombe mbuzi kuku mahindi maharage nimeuza niliuza tumeuza mkono mikono lipi
    zipi yapi ipi upi yupi wepi kipi lazima zima inazima imezima umezima zimezima kuzima zimwa arudi warudi nirudi
    turudi urudi mrudi anarudi wanarudi narudi tunarudi kurudi nimerudi tumerudi alirudi nitarudi tutarudi wamerudi
    akirudi nikirudi amerejea narejea niliahidi tuliahidi aliahidi nilivyoahidi nilikuahidi niliwaahidi mliahidi
    uliahidi ka si kua ati eti ila ili bas bro sis mko nko uko iko ako tko yko iyo izo uyo hio jua ona wee we ye mi
    mie nyie sie ama asa ety mke dogo mia pea tia pin stk ussd sms app atm hao huu huyu huyo yule mle zle bei kwe
    mdosi mkuu boss mama baba mzee shemeji jamaa mwana mwanetu hana sina hatuna huna mna tuna una ana kuna hakuna
    hamna nina nikikosa kukosa nimekosa amekosa tumekosa bila akikosa mapema haraka upesi polepole mno zaidi pungufu
    chini juu ndani nje mbele nyuma kando nimechelewa umechelewa amechelewa limechelewa yamechelewa tumechelewa
    nitachelewa kuchelewa mchelewe nimesahau umesahau nimepoteza imeharibika imevunjika yameharibika umekatika
    imekatika anakuja wanakuja nakuja tunakuja atakuja njoo njooni nenda twende tutakuja unasema anasema wanasema
    mnasema alisema walisema mlisema nasema nilisema umesema mmesema sikusema nafikiri nadhani najua unajua mnajua
    sijajua sikujua hajui hamjui nasikia tumesikia nilisikia natoka nimetoka anatoka wanatoka kutoka tumetoka natokea
    nasubiri tunasubiri nikisubiri anasubiri mimba uzazi kujifungua mazishi msiba harusi kanisa kanisani msikiti ibada
    mkutano kikao wazazi walimu shuleni darasani bweni viatu vitabu kitabu daftari mtihani mitihani matokeo likizo
    mahali mtaa mtaani kijiji kijijini mjini barabara njia njiani stage stendi aende aje akuje waje niende nije tuje
    uende wende mje nikawa akawa ikawa tukawa kisha halafu alafu baadae mwisho mwanzo mwishoni mmoja wawili watatu
    wanne watano wengi wengine baadhi kila yako yenyewe lenyewe mwenyewe wenyewe peke pekee akina watu mtu kitu vitu
    jambo neno maneno swali maswali jibu majibu jibuni nijibu nijibuni mnijibu ofisi ofisini kazini nyumba chumba
    pango mlango kufuli funguo mdogo mkubwa ndogo kikubwa kwaheri karibuni hongera heri njema mwema wema mzuri nzuri
    mbaya vibaya sana picha redio runinga mpira timu afadhali angalau labda huenda pengine hasa tayari mteja wateja
    bidhaa mzigo mizigo stoki hisa faida hasara mtaji punguzo ghali rahisi nimefurahi tumefurahi nashangaa nimeshangaa
    nimechoka tumechoka nimekasirika muda wakati sekunde kipindi aki haki hali geti giza haji hayaoni hodi hula cheka
    fua alifanya tulifanya walifanya alinisaidia anahitaji anaomba anapenda anataka mnapenda napenda nakupenda
    wanataka wanaomba wanahitaji imekataa inakataa amekataa wamekataa zimekataa alikataa sijakataa moyo nilipewa
    nilipo nilitumiwa nimebadilisha nimefanya tumefanya tumekubaliana mlikubaliana nimekwama tumekwama nimeuliza
    nipate nitatafuta nitawatafuta ombi maombi pema pressure shiko sipo umekubali mmekubali amekubali umekubaliwa
    imekubaliwa umenisubiri wamemrudisha amemrudisha mmemrudisha walimrudisha alimrudisha mlimrudisha yesu nimeongeza
    tumetoa ametoa walitoa miaka ndiye nayo nacho nazo nalo nako hata lile liko nikaomba ilitusaidia naenda wazee
    nisipolipa tusipolipa asipolipa usipolipa nimeota niliota
"""
_DONE = """
    enda fika fanya soma cheza lala amka kula pika uza nunua panda shuka ingia toka kaa simama ita piga pigia andika
    sema ambia uliza jibu penda weza fikiri kumbuka sahau anza isha ngoja cheka lia imba safiri hama ishi kufa zaa umwa
    pona vaa osha fua safisha jenga vunja funga fungua beba rudi rejea geuka badilika ongea sikia sikiliza tazama
    angalia tafuta poteza okota iba kamata kamatwa funza fundisha pima gawa tenga lima vuna chunga fuga samehe kosea
    chelewa wahi faulu feli shinda kimbia tembea pumzika choka kasirika furahi ogopa lazwa tibiwa pigana gombana elewa
    eleza onyesha ficha jaribu endelea ruhusu kataza tegemea amini danganya tapeli chukua pewa pelekwa itwa fukuzwa
    pigwa ibiwa lipuka nyesha haribika zima katika umiza anguka zaliwa fariki zika oa olewa kutana achana hudhuria
    kopesha lipwa tumwa uzwa nunuliwa pata hitajika lazimika shughulika sumbua sumbuka tarajia panga pangisha hamia
"""
_DOERS, _DENIERS = "ni u a tu m wa i zi ya li", "si hatu hu ha ham hawa hai hazi"
_TENSES = "na me li ta ki sha mesha ka nge"
COMMON += " ".join(
    form
    for verb in _DONE.split()
    for form in (
        verb,
        f"ku{verb}",
        f"na{verb}",
        *(f"{who}{when}{verb}" for who in _DOERS.split() for when in _TENSES.split()),
        *(f"{who}{verb[:-1]}e" for who in _DOERS.split() if verb.endswith("a")),
        *(f"{who}{when}{verb}" for who in _DENIERS.split() for when in ("ja", "ku")),
    )
)
"""What people do every day is themselves too: no slip makes `nimeuliza` of `nimelipa`."""
SHORT: Mapping[str, str] = {
    "lp": "lipa",
    "dni": "deni",
    "lngu": "langu",
    "yngu": "yangu",
    "ngp": "ngapi",
    "dn": "deni",
    "tfdhl": "tafadhali",
    "slio": "salio",
    "ntk": "nataka",
    "nmb": "naomba",
    "nomba": "naomba",
    "shle": "shule",
    "mtt": "mtoto",
    "mtot": "mtoto",
    "mkpo": "mkopo",
    "mkp": "mkopo",
    "pes": "pesa",
    "psa": "pesa",
    "hla": "hela",
    "rsti": "risiti",
    "rst": "risiti",
    "resiti": "risiti",
    "risit": "risiti",
    "slo": "salio",
    "kias": "kiasi",
    "kiac": "kiasi",
    "gn": "gani",
    "gan": "gani",
    "bdo": "bado",
    "lkn": "lakini",
    "lakn": "lakini",
    "tfadhali": "tafadhali",
    "tafadhal": "tafadhali",
    "tfd": "tafadhali",
    "asnt": "asante",
    "asnte": "asante",
    "ksho": "kesho",
    "kexo": "kesho",
    "xawa": "sawa",
    "xaxa": "sasa",
    "xalio": "salio",
    "j3": "jumatatu",
    "j4": "jumanne",
    "j5": "jumatano",
    "alh": "alhamisi",
    "alham": "alhamisi",
    "jmanne": "jumanne",
    "jmatano": "jumatano",
    "jmapili": "jumapili",
    "jmatatu": "jumatatu",
    "cjalipa": "sijalipa",
    "cjapata": "sijapata",
    "cjaona": "sijaona",
    "sjaona": "sijaona",
    "sjapata": "sijapata",
    "sjalipa": "sijalipa",
    "ctaki": "sitaki",
    "staki": "sitaki",
    "cjui": "sijui",
    "sjui": "sijui",
    "cwezi": "siwezi",
    "swezi": "siwezi",
    "cna": "sina",
    "ckubali": "sikubali",
    "imebki": "imebaki",
    "imebk": "imebaki",
    "umebki": "umebaki",
    "kizungu": "kiingereza",
    "kingereza": "kiingereza",
    "kiingeleza": "kiingereza",
    "kingeleza": "kiingereza",
    "nmetuma": "nimetuma",
    "nmtuma": "nimetuma",
    "nltuma": "nilituma",
    "nmeweka": "nimeweka",
    "shkamoo": "shikamoo",
}
"""How a word is shortened."""
_YES_SIR = (
    "mkuu boss bwana dada kaka mama baba ndugu mwalimu mzee mdosi bro madam buda mheshimiwa mkurugenzi rafiki mwanangu"
)
"""Who is spoken to behind a yes or a no; beside a payment they may be whom it is for."""
_BLESSED = (
    "akubariki awabariki akulinde awalinde akuzidishie awazidishie akujalie awajalie akutunze awatunze akupe awape akulipe awalipe"
    " abariki atubariki"
)
_HOW_MUCH = ("ngapi", "pesa ngapi", "hela ngapi", "shilingi ngapi", "sh ngapi", "fedha ngapi", "kiasi gani", "how much")


def _each(firsts: str, *seconds: str) -> str:
    """Each of the first words (several as one by `_`) before each of the others, as phrases are written."""
    return "|".join(f"{one.replace('_', ' ')} {two}" for one in firsts.split() for two in seconds)


PHRASES: Mapping[str, str] = {
    "owe": "|".join(
        (
            (
                "nimemaliza kulipa|tumemaliza kulipa|bado ngapi|nimemaliza karo"
                "|mabaki ya karo|mabaki ya ada|mabaki ya mkopo"
                "|bado nina deni"
            ),
            _each(
                "inatakiwa inahitajika zinatakiwa zinahitajika niongeze nimalizie nitume niweke nitoe natuma mnataka"
                " mnahitaji mnadai nahitaji_kulipa ninahitaji_kulipa natakiwa_kutuma",
                *_HOW_MUCH,
            ),
        )
    ),
    "badongapi": "|".join(
        (
            _each("bado", *_HOW_MUCH[1:]),
            "natakiwa kumaliza|ninatakiwa kumaliza|inabidi nimalize|natakiwa nimalize|nahitaji kumaliza ngapi",
        )
    ),
    "reached": "haipo|hazipo",
    "msaada": (
        "namna ya kutumia|jinsi ya kutumia|maelezo ya kutumia|maelezo jinsi|naomba maelezo|nipeni maelezo|nipe maelezo"
        "|sijui kutumia|sijui jinsi|natumia aje|sielewi|ninatumiaje|jinsi ya kulipa|jinsi ya kutumia|nalipaje"
        "|nitalipaje|inafanyaje kazi|inafanya kazi aje|naanzaje|nitumieje|niandike nini|naandika nini|nifanyeje"
        "|natumiaje|inatumikaje|inatumika vipi|inatumika aje|inatumiwa vipi|namba inatumika|kazi gani namba"
        "|ya kazi gani|natumia hii namba|natumia namba hii|nitumie neno gani|nini naweza|naweza kufanya nini"
        "|namba ni ya nini|hii ni nini|namba inafanya nini|hii ni huduma gani|huduma hii ni nini"
        "|jinsi gani ya kulipa|vipi nalipa|nalipa aje|nalipa vipi|nitalipa aje|nitalipa vipi|nilipe aje|nilipe vipi"
        "|sijaelewa|sifahamu|sijui nianze|sijui nianzie|nianzie wapi|naanzia wapi|nianze wapi|nianze vipi|nianzeje"
        "|naanza aje|nifanyaje|nafanyaje|nafanya aje|nafanya nini|tunafanyaje|tufanyeje|nitafanyaje|nitafanya aje"
        "|nitumie vipi|inafanya vipi|inafanya nini|inafanyaje|mnafanya nini|mnatoa huduma|huduma gani|huduma zenu"
        "|kunisaidia vipi|kunisaidiaje|maneno gani|neno gani|amri gani|niandike vipi|naandikaje|niandikeje"
        "|natuma nini|nitume nini|niulize nini|naweza kuuliza vitu|vitu gani hapa|naweza uliza|nauliza nini"
        "|naweza kuuliza nini|sijui cha kuandika|sijui cha kufanya|niandike aje|nieleweshe|nieleweshwe"
        "|mnisaidie jinsi|nisaidie jinsi"
    ),
    "push": "ombi la mpesa|ombi la m pesa|tuma ombi|kwa simu yangu|kwa mpesa yangu",
    "malipoyangu": "malipo yangu|malipo yetu",
    "saangapi": "saa ngapi|saa ngap",
    "okay": "hakuna shida|hakuna tatizo",
    "taarifa": (
        "malipo yangu yote|malipo yote|nililipa yote|malipo gani mmepokea|malipo gani|malipo yapi|malipo mmepokea"
        "|ripoti ya malipo|ripoti ya akaunti|ripoti ya mwaka|ripoti ya fedha|maelezo ya malipo|maelezo ya akaunti"
        "|kumbukumbu za malipo|kumbukumbu ya malipo|kila malipo|malipo yangu ya nyuma|malipo ya nyuma"
        "|nimelipa mara ngapi|nililipa mara ngapi|nimelipa lini na lini"
    ),
    "fanya": "fanya hivyo|fanyeni hivyo|endelea hivyo",
    "howmuch": (
        "kiasi gani|pesa ngapi|shilingi ngapi|kiac gani|hela ngapi|fedha ngapi|sh ngapi|ksh ngapi|kiasi kipi"
        "|kiasi ngapi|kias gani|kiasi gan|kiasi gni"
    ),
    "help": "nifanye nini",
    "statement": "nilicholipa|nionyeshe malipo|nionyesheni malipo",
    "wrong": "ilikuwa ya|yalikuwa ya|zilikuwa za|ilikuwa iende",
    "loans": "mikopo yangu",
    "kukopa": (
        "chukua mkopo|kuchukua mkopo|nichukue mkopo|kupata mkopo|nipate mkopo|kama mkopo|ongeza mkopo"
        "|niongezee mkopo|niongezeeni mkopo|niongeze mkopo|kuongeza mkopo|kuongezewa mkopo|niongezewe mkopo"
        "|niongezee loan|kuongeza loan|pata loan|pata mkopo|naweza pata mkopo|naweza pata loan|kupewa mkopo"
        "|nipewe mkopo|kupewa loan|nipewe loan|chukua loan|kuchukua loan|nichukue loan|kupata loan"
    ),
    "hapana": "|".join(
        (
            (
                "sio hivyo|si hivyo|sio hiyo|si hiyo|wacha tu|acha tu|achana nayo|achana na hiyo|sio sasa|si sasa"
                "|sikubali|sitaki hiyo|sitaki hivyo|usifanye hivyo|usifanye hiyo|siyo hiyo|siyo hivyo|usiendelee"
                "|la hasha|si sawa|sio sawa|siyo sawa|siko tayari|sipo tayari|bado sijaamua|ngoja kwanza|subiri kwanza"
                "|acha kwanza|wacha kwanza|acha hiyo|wacha hiyo|sitaki tena hiyo"
            ),
            _each("hapana zii la_hasha sitaki", *_YES_SIR.split()),
        )
    ),
    "rudisha": (
        "nataka pesa yangu|nataka hela yangu|ninataka pesa yangu|nataka pesa zangu|nililipa zaidi|nimelipa zaidi"
        "|nimetuma zaidi|nilituma zaidi|futa malipo|ghairi malipo|nadai pesa yangu|nadai hela yangu|nadai pesa zangu"
        "|ninadai pesa yangu|chenji yangu|change yangu|nataka hela zangu|nataka fedha yangu|nataka fedha zangu"
        "|naomba pesa yangu|naomba hela yangu|naomba pesa zangu|nilizidisha kulipa|nimezidisha kulipa"
    ),
    "whatif": (
        "tuseme nilipe|tuseme nikilipa|tuseme nitalipa|tuseme nalipa|tuseme nimelipa|ikiwa nitalipa|kama nitalipa"
        "|kama nikilipa|endapo nitalipa|endapo nikilipa|iwapo nitalipa|iwapo nikilipa|je nikitoa|nikiongeza"
        "|nikipunguza|nafikiria kulipa|nikifikiria kulipa|nikiwahi kulipa|nikiamua kulipa|nikifanikiwa kulipa"
        "|nikijaribu kulipa|kama nikituma|kama nikiweka|kama ningelipa|nikilipa yote|nikifanya malipo"
        "|tukifanya malipo|tuseme niweke|tuseme nitume|tuseme nitoe|tuseme naweka"
    ),
    "nitalipa": (
        "nitakuwa nimelipa|nitakua nimelipa|nitaweza kulipa|natarajia kulipa|nategemea kulipa|napanga kulipa"
        "|nimepanga kulipa|nitajaribu kulipa|nitajitahidi kulipa|tutajitahidi kulipa|nitafanya malipo"
        "|tutafanya malipo|nitaanza kulipa|nitaendelea kulipa|nitamalizia kulipa|nitamaliza kulipa"
        "|nitahakikisha nimelipa|nitahakikisha nalipa|nitakuwa nimetuma|nitakuwa nimeweka"
        "|nitakuwa nimemaliza|nitakua nimetuma|nitakua nimemaliza|nitakuwa nimetoa|nitachelewa kulipa"
        "|nitakuwa na pesa|nitakuwa na hela|nakusudia kulipa|natumaini kulipa|naapa kulipa|nitafanya mpango"
        "|nitapambana kulipa"
    ),
    "nimelipa": (
        "nimekamilisha malipo|nimefanya malipo|nilifanya malipo|tumefanya malipo|nilimaliza kulipa|tulimaliza kulipa"
        "|nimeshafanya malipo|nishafanya malipo|baada ya kulipa|tangu nilipe|tangu nilipie|tangu nitume|tangu niweke"
        "|tangu nilipa|tumekamilisha malipo|nilikamilisha malipo|nishamaliza kulipa"
    ),
    "kulipa": "kufanya malipo|nifanye malipo|anzisha malipo|fanya malipo|kukamilisha malipo|fanyeni malipo",
    "kiasigani": (
        "kiasi kamili|nilete ngapi|nilete kiasi|niletee ngapi|kiasi nilete|kiasi nachotakiwa|kiasi ninachotakiwa"
        "|natakiwa kulipa ngapi|nahitajika kulipa|ninatakiwa kulipa|natakiwa kulipa|anatakiwa kulipa|anatakiwa alipe"
        "|natakiwa nilipe|inatakiwa nilipe|kiasi kinachotakiwa|kiasi kinachohitajika"
        "|pesa inayotakiwa|hela inayotakiwa"
    ),
    "ndiyo": "|".join(
        (
            (
                "ndiyo hivyo|ndio hivyo|hivyo hivyo|ndivyo hivyo"
                "|sawa basi|haya basi|ndio basi|ndiyo basi|basi sawa|basi haya|basi ndio|basi ndiyo"
                "|niko radhi|nipo radhi|niko tayari|nipo tayari"
                "|tuko tayari|bila shaka|bila wasiwasi|iwe hivyo|na iwe hivyo|ndio hiyo|ndiyo hiyo|hiyo ndio"
                "|ndio yenyewe|ni sawa|iko sawa|ipo sawa|hakuna neno|sawa hivyo"
            ),
            _each("ndiyo ndio naam eeh sawa sawasawa haya nakubali poa ni_sawa", *_YES_SIR.split()),
        )
    ),
    "salio": "hali ya akaunti|hali ya karo|hali ya ada|hali ya fees|hali ya deni",
    "nilikuwa": (
        "nimekuwa nikilipa|nilikuwa nikilipa|tumekuwa tukilipa|alikuwa akilipa|nilikuwa nalipa|nimekuwa nalipa"
        "|hua nalipa|huwa nalipa|mimi hulipa"
    ),
    "nisipolipa": (
        "nikikosa kulipa|nikishindwa kulipa|tukikosa kulipa|tukishindwa kulipa|akikosa kulipa|nikichelewa kulipa"
        "|kuchelewa kulipa|kushindwa kulipa|kutolipa"
    ),
    "mnasema": "|".join(
        (
            _each(
                "mnasema wanasema mnaniambia wananiambia mmeniambia mmesema mmeandika inasema inaonyesha inaonesha"
                " unasema",
                "sijalipa",
                "hajalipa",
                "sijamaliza",
                "hatujalipa",
                "sijalipia",
            ),
        )
    ),
    "hata": "hata mia|hata shilingi|hata senti|hata thumni|hata kumi|hata ndururu|hata bob|hata moja",
    "asante": "|".join(
        (
            "mungu ni mwema",
            _each("mungu mola allah", *_BLESSED.split()),
            _each(
                "asante asanteni ahsante shukrani nashukuru",
                "kwa uvumilivu",
                "kwa huduma",
                "kwa msaada",
                "kwa msaada wako",
                "kwa msaada wenu",
                "kwa kunisaidia",
                "kwa taarifa",
                "kwa ujumbe",
                "kwa kunikumbusha",
                "kwa kutukumbusha",
                "kwa kuelewa",
                "kwa kunielewa",
                "kwa ukumbusho",
                "kwa kila kitu",
            ),
        )
    ),
    "sijui": "sioni aibu|sioni shida|sioni vizuri|sioni vibaya|sioni haja|sioni sababu|sioni tatizo",
    "nivumilie": (
        "nipe muda|nipeni muda|naomba muda|tunaomba muda|naomba siku|nipe siku|nipeni siku|niongezee muda"
        "|niongezeeni muda|nipatie muda|muda kidogo|nipe mda|naomba mda|nipewe muda|nipewe siku|niongeze muda"
    ),
    "haijapungua": (
        "liko vilevile|liko vile vile|lile lile|iko vile vile|iko pale pale|liko pale pale|ile ile|iko vilevile"
        "|vile vile|pale pale"
    ),
}
"""Several words that say one thing, by the one word that says it (of any language)."""

_WHO = "(?:ni|u|a|tu|m|wa|n)?"
_WHAT = "(?:ni|u|a|tu|m|mu|wa|n|i|zi|ya|li|ki)?"
"""Who, and what: a shop (`duka lililipa`) pays as people do."""
_WE = "(?:ni|n|tu)"
_WHOM = "(?:ni|ku|m|mu|tu|wa|i|zi|ya|u|li)?"
_LIPA = "lip(?:a|ia|ie|iwa|e|eni|ieni)"
_TO_YOU = "(?:pa|patia|pea|tumia|sendia|letea|wekea|tolea|pelekea|rudishia|rejeshea)"
_GIVE = (
    "(?:tuma|weka|wekea|toa|tolea|leta|letea|peleka|ongeza|ongezea|ingiza|kamilisha|chapa|tupa|tupia|changa|changia"
    "|wasilisha|punguza|deposit|send|clear|pay)"
)
"""What is done with money, in words that say other things as well."""
_GAVE = f"(?:(?:i|zi|ya|wa|ku|u|li)?{_GIVE}|(?:wa|ku){_TO_YOU})"
STEMS: tuple[tuple[str, Sign], ...] = (
    (
        "(?:hai|hali|haya|hazi|hau)ja(?:lipwa|lipiwa)|(?:si|hatu|c)ja(?:i|zi|ya|wa|ku|u|li)?(?:lip(?:a|ia)|maliz(?:a|ia))",
        Sign.OWE,
    ),
    (f"(?:si|hatu|hu|usi|msi|tusi){_WHOM}(?:ta)?{_LIPA}", Sign.NOT),
    (f"{_WHAT}(?:me|mesha|li|lisha|mekwisha){_WHOM}{_LIPA}", Sign.PAID),
    (f"{_WHO}ka{_WHOM}lip(?:a|ia)", Sign.PAID),
    ("n(?:i)?(?:me|li|m)(?:sha)?l(?:i)?p(?:i)?a", Sign.PAID),
    (f"{_WHO}(?:ta|taku){_WHOM}{_LIPA}", Sign.WILL_PAY),
    ("n(?:i)?t(?:a)?(?:wa|ku|m)?l(?:i)?p(?:i)?a", Sign.WILL_PAY),
    (f"{_WHO}(?:ki|nge|ngeli|ngali){_WHOM}{_LIPA}", Sign.IF_PAID),
    ("(?:ni|na|n|tu)(?:ta|na|nge|ngeli|ki)?(?:okoa|save)", Sign.IF_PAID),
    (f"(?:ku|{_WHO}(?:na)?){_WHOM}{_LIPA}", Sign.PAY),
    ("(?:ku|ni|na|nina)pay", Sign.PAY),
    (f"{_WE}ta(?:u|i|zi|ya|wa|ku)?(?:rudish|rejesh)(?:a|ia|ea)", Sign.WILL_PAY),
    (f"{_WE}(?:me|li|mesha|lisha|sha)(?:u|i|zi|ya|wa|ku)?(?:rudish|rejesh)(?:a|ia|ea)", Sign.PAID),
    (f"{_WE}(?:ki|nge|ngeli)(?:u|i|zi|ya|wa|ku)?(?:rudish|rejesh)(?:a|ia|ea)", Sign.IF_PAID),
    (
        (
            f"(?!(?:wa|a|m|u|mu)(?:me|li|na)(?:m|wa)(?:rudish|rejesh))(?:ku|{_WHO}(?:na|me|ta|li)?){_WHOM}"
            "(?:rudish|rejesh)(?!w)[a-z]{1,5}"
        ),
        Sign.REFUND,
    ),
    (f"(?:ku|mu|{_WHO}(?:na|me|ta|li)?){_WHOM}(?:hamish|sogez)[a-z]{{1,4}}", Sign.MOVE),
    ("(?:i|zi|ya|ku)(?:me|li|na|ta)?(?:rudish|rejesh)w[a-z]", Sign.REFUND),
    (f"{_WE}(?:li|lisha|me|mesha)(?:ye|cho|zo|lo|o)?(?:ku|zi|u)?kop(?:a|eshwa)", Sign.LOAN),
    (f"(?:ku|{_WHO}(?:na|me|ta)?){_WHOM}kop(?:a|e|esha|eshe|eshwa|eshwe|eshea|esheni|esheeni)", Sign.BORROW),
    (f"(?:ku|{_WHO}(?:na|ta)?){_WHOM}azim(?:we|wa|e|eni|isheni|ishe|isha)", Sign.BORROW),
    (f"(?:i|li|zi|ya|{_WHO})(?:na|ta|me|li)?(?:cho|yo|zo|lo|o)?(?:ku|ni|tu|m|wa)?(?:daiw|dai)(?:a)?", Sign.OWE),
    ("(?:si|hatu|ha|hu|ham)dai(?:wi|w)?", Sign.OWE),
    (
        "(?:ni|n|tu|a)(?:me|mesha|li|lisha|sha)(?:i|zi|ya|wa|ku)?(?:tuma|tumia|weka|wekea|wekeza|deposit|send|sendia|pay)",
        Sign.PAID,
    ),
    (
        (
            f"{_WE}(?:me|mesha|li|lisha|sha|ka)(?:(?:i|zi|ya|wa|ku|u|li)?"
            f"(?:tuma|weka|wekea|leta|letea|peleka|ingiza|chapa|tupa|wasilisha|deposit|send|clear|pay)|(?:wa|ku){_TO_YOU})"
        ),
        Sign.PAID,
    ),
    (
        (
            "(?:n|ni|tu|a|u|m)?li?(?:yo|zo|cho|o)(?:i|zi|wa|ku|m|ni)?(?:tuma|tumia|lipa|lipia|weka|wekea|toa|leta|peleka"
            "|deposit|send|sendia|ingiza|changa|rejesha|rudisha|clear|pay)"
        ),
        Sign.PAID,
    ),
    ("ni(?:me|li)toa|(?:i|zi|ya)(?:me|li|mesha|lisha)(?:lipwa|lipiwa|tumwa|wekwa)", Sign.PAID),
    ("(?:ni|m|u)?(?:ni)?prompt(?:i|ie|ieni|ini)", Sign.SETTLE),
    (f"{_WE}ta(?:{_GAVE}|(?:i|zi|ku|wa|u)?(?:maliza|malizia|malizana|fanikisha))", Sign.WILL_PAY),
    (f"{_WE}ki(?:{_GAVE}|(?:i|zi|ku|wa|u)?(?:maliza|malizia))", Sign.IF_PAID),
    (f"{_WE}(?:nge|ngeli|ngali)(?:{_GAVE}|(?:i|zi|ku|wa|u)?(?:maliza|malizia))", Sign.IF_PAID),
    (
        (
            "(?:i|u|zi|ya|li|tu|ni|n|m|wa|a|ki)?(?:me|li|na|mesha|ta)?(?:yo|zo|lo|cho|o)?bak"
            "(?:i|ia|iza|ize|izia|isha|ishe|isa|izwa)"
        ),
        Sign.OWE,
    ),
    ("(?:i|u|zi|ya|li|ki|ni|a)(?:me|li|na|mesha)(?:yo|zo|lo|cho|o)?sali(?:a|wa)", Sign.OWE),
    ("(?:hai|hali|haya|hazi|ha)(?:ja)?(?:pungu[aiz]|punguzwa|badilika|badiliki|shuk[ai])", Sign.SAME),
    ("(?:m|u|i|zi|ya)?(?:ya|zi|i)?(?:pelek|wek)(?:a|e|eni|we|wa)", Sign.PUT),
    (f"(?:ku|na|nina|tuna|tu|n|ni)(?:i|zi|ya|wa|ku|u|li)?{_GIVE}", Sign.SETTLE),
    (
        "(?:ni|tu|u|m)(?:i|zi|ya|wa|ku|li)?(?:tume|weke|toe|lete|peleke|ongeze|ingize|chape|punguze|deposit|send|clear)",
        Sign.SETTLE,
    ),
    ("(?:ni|tu|a)me(?:sha)?maliz(?:a|ia)", Sign.OWE),
    (
        "(?:ham|hu|ha|hawa|hatu)(?:ja|ku)(?:i|zi|ya|ni)?(?:pata|pokea|ona|get|receive|hesabu|rekodi|update|credit|risiv|weka|wekea|ingiza)",
        Sign.CAME,
    ),
    (
        (
            "(?:i|zi|ya|u|ki)(?:me|li|mesha|lisha|ka)(?:fik[ai]|ingia|onekana|pokelewa|pita|tua|wafikia|wafika|patikana"
            "|soma|someka|reflect|land|rekodiwa|hesabiwa)"
        ),
        Sign.CAME,
    ),
    ("(?:i|zi|ya)na(?:onekana|someka|reflect)", Sign.CAME),
    (
        "(?:m|mu|u)(?:me|li|mesha|lisha|ka)(?:i|zi|ya)?(?:pata|pokea|ona|get|receive|risiv|hesabu|rekodi|update)",
        Sign.CAME,
    ),
    (
        (
            "(?:hai|hazi|haya|ha|hali)(?:ja|ku)?(?:onekan[ai]|fik[ai]|ingi[ai]|som[ai]|somek[ai]|reflect|wafikia|patikan[ai]"
            "|pokelewa|rekodiwa)"
        ),
        Sign.WHERE,
    ),
    ("(?:si|hatu)ja(?:i|zi|ya)?(?:ona|pata|pokea|get|receive)", Sign.WHERE),
    (
        (
            "(?:i|zi|ya|u|m)(?:me|li)(?:ni)?(?:toka|katwa|kata|potea|enda|kwenda|toa|chukua|chukuliwa|ondoka|ondolewa"
            "|tolewa|ishia|kula|liwa|meza|yeyuka|kwama|stuck)"
        ),
        Sign.LEFT,
    ),
)
"""Verbs say who, when and whom within the word. A denial stands before what it denies."""
PASSING = """
    nimetuma nilituma tumetuma nitatuma nitaleta nitamaliza nimemaliza tumemaliza niliweka nimeweka rudi irudi rudisha
    orodha historia uko wapi imepotea imetoka imeenda ilienda imefika amefika umefika baki imebaki umebaki amebaki
    peleka weka nimeleta nilileta tumeleta tulileta nimepeleka nilipeleka tumepeleka tulipeleka nitapeleka tutapeleka
    tutatuma tutaleta nitaweka nikileta nikipeleka nikituma nikiweka nikimaliza nikitoa nimetoa nilitoa nimerudisha
    nilirudisha nitarudisha tutarudisha nitatupa nitaongeza nitakamilisha nitawapa nitakupa nitawaletea nitakuletea
    nitakutumia nitawatumia nimewapa nimekupa niliwapa nilikupa nilikutumia nimekutumia niliwatumia nimewatumia
    nilimaliza amemaliza sijamaliza
"""
"""Words that tell their wish only beside money, or where little else is said."""
