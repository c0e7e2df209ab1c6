"""Swahili, and Sheng: the words that people text, by what they tell. What its parts mean stands in `vocabulary.py`."""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Cue, Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: "lipa kulipa nalipa ninalipa lipia kulipia nilipe tulipe nilipie lipeni",
    Sign.PAID: """
        nimelipa nililipa nimeshalipa tumelipa nimetuma nilituma nishalipa nilishalipa niliweka nimeweka nimedeposit
        nimesend
    """,
    Sign.WILL_PAY: "nitalipa tutalipa ntalipa nitalipia nitamaliza nitaclear nitapay nitaleta nitasort nitaclear tutaleta",
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
    Sign.MOVE: """
        hamisha hamisheni kuhamisha uhamisho sogeza sogezeni kusogeza isogezwe isogeze ihamie zihamie yahamie
    """,
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
        pesa hela malipo fedha mpesa pesha chapaa doh mkwanja ganji mapeni cheda mulla muamala mapesa mihela vihela
        mshiko
    """,
    Sign.YES: """
        ndiyo ndio ndyo sawa sawasawa thibitisha nakubali kubali nimekubali fanya fanyeni eeh endelea haya sahihi naam
        hewala nathibitisha ninathibitisha thibitisheni ninakubali tunakubali tumekubali nakubaliana endeleeni tekeleza
        tekelezeni poa yap eeeh ndivyo ndiyooo ndiooo sawaa nimekubaliana
    """,
    Sign.NO: """
        hapana la hpana apana ghairi ghairini usifanye msifanye hasha zii nakataa ninakataa nimekataa tunakataa
        tumekataa futa futeni batilisha batilisheni msiendelee sijakubali usitoe msitoe usikate msikate usichukue
        msichukue usiweke msiweke usihamishe msihamishe usirudishe msirudishe usiendelee sitaki hatutaki
    """,
    Sign.NOT: """
        usilipe sitaki sio sitalipa msilipe silipi siwezi hatutalipa sihitaji hatutaki siyo sitak sihitaj usitoe msitoe
        usikate msikate usichukue msichukue usiweke msiweke usihamishe msihamishe usirudishe msirudishe usiendelee
        msiendelee
    """,
    Sign.SETTLE: """
        kumaliza nimalize malizia chukua chukueni kateni nikate nikateni mnikate unikate natuma natumia kuweka niweke
        niwekee kutuma nitume tutume nitoe nilete niprompt nilipishe nilipisheni toa toeni ongeza ongezeni ingiza
        ingizeni chapa punguza kata weka wekeni peleka pelekeni utoe mtoe ukate uweke muweke toza tozeni nitoze nitozeni
        mnitoze unitoze kamata kamateni vuta vuteni chomoa chomoeni kukata kutoza kuchukua mchukue uchukue muchukue
        nichukulieni kueka niclear nisort
    """,
    Sign.CAME: """
        umepata mmepata mlipata ulipata umepokea mmepokea mlipokea mumepata imepokelewa zimepokelewa yamepokelewa sioni
        siioni mnaiona mnaziona mnayaona
    """,
    Sign.LEFT: """
        imekatwa zimekatwa imetoka zimetoka nimekatwa umekata mmekata ilikatwa imepotea zimepotea imeenda ilienda
        nimetolewa nilikatwa tumekatwa imemezwa mmekula imekula zimekula imeliwa zimeliwa mmenila
    """,
    Sign.MUCH: "badongapi ngapi ngap mangapi kiasigani pesangapi ngpi mangapi",
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
    Sign.WOULD: """
        ungeisha ingeisha ingebaki ningebaki utaisha itaisha ungepungua itapungua utapungua zitapungua ningeokoa
    """,
    Sign.PUT: """
        weka badilisha wekeni peleka pelekeni pelekea iende yaende kimakosa makosa badala nilikosea nimekosea kosa iwe
        isomeke isomewe zisomeke isome ziende ihesabiwe iingie ziingie iwekwe ziwekwe ingizwe pabaya tumekosea tulikosea
        nilimaanisha nilikusudia ilipaswa ilitakiwa
    """,
    Sign.WAIT: """
        mnivumilie nivumilie nivumilieni mvumilie subirini ngojeni nisubiri nisubirini mpaka hadi vumilia vumilieni
        nivumiliwe uvumilivu subiri ngoja mnisubiri mningoje nisubirie nisubirieni tuvumilie tuvumilieni subira
    """,
}
CUES: Mapping[Cue, str] = {
    Cue.ACCOUNT: "akaunti",
    Cue.BEHIND_FOR: "mtoto mwanangu",
    Cue.BUT: "lakini bado",
    Cue.CLEARS: "kumaliza nimalize malizia nimalizie namaliza maliza",
    Cue.COUNTED: """
        miezi mwezi wiki siku muhula mihula darasa kidato gredi watoto wanafunzi mara awamu saa miaka kilomita kilo
        gunia magunia ekari debe dazeni vipindi
    """,
    Cue.DECIDED: "imeidhinishwa umeidhinishwa umekubaliwa umepita hali kikomo",
    Cue.DOUBTS: "si ama au mnalipa unalipa walipa",
    Cue.FOR: "ya za kwa",
    Cue.HELP: "msaada",
    Cue.LESSON: "mtihani mitihani mwalimu walimu kitabu vitabu somo masomo alama maksi amefeli alifeli kufeli amefaulu alifaulu",
    Cue.DENIES: "si acha acheni bila wala",
    Cue.ONLY: "tu pekee",
    Cue.PLEASE: "tafadhali tafadali bwana bana",
    Cue.READS: "naelewa ninaelewa nasoma ninasoma",
    Cue.WHY: "mbona kwanini nini",
    Cue.LATER: "nikipata nikiuza nikipokea tukipata",
    Cue.MY: "yangu zangu wangu yetu",
    Cue.OF: "la cha wa ya ka za namba nambari",
    Cue.PAID_BACK: "kurejesha nirejeshe narejesha rejesho rejesha kurudisha",
    Cue.PAYMENT: "malipo",
    Cue.PAYMENTS: "malipo",
    Cue.PERIOD: "mwaka muhula",
    Cue.PUTS: "weka wekeni niwekee mniwekee wekea iwekeni ziwekeni iweke",
    Cue.SHOWN: "orodha",
    Cue.WANT_NOT: "sitaki sihitaji hatutaki",
    Cue.WHEN: "lini saangapi",
}
POLITE = """
    tafadhali asante ya wa la za cha kwa yangu wangu langu zangu na ni karo shule mtoto mwanafunzi hii hiyo tarehe kiasi
    gani ngapi yake leo kama je nitumie tuma angalia iko ziko uko kweli badili badilisha sana jumla shilingi kwenda
    mwanangu nimwombe hadi ku siku au ama sasa sahii sahi habari shikamoo hujambo jambo kabisa bana jamani jameni
    ahsante asanteni ahsanteni shukrani shukran nashukuru tunashukuru samahani samahanini hebu ebu embu wallahi
    inshallah hizo hivyo tu karani mungu akubariki ubarikiwe mbarikiwe sahivi saizi sai hapo huku kwenye katika kwangu
    kwetu kwenu wenu wetu yetu yenu zetu zenu letu lenu lake wake zake chake lao yao zao
"""
COMMON = """
    msichukulie usichukulie nisichukulie basi bisi gari matatu saangapi linaondoka inafunguliwa itafunguliwa dereva
    bwana hujambo tutaonana karibu sare chakula hivyo nilikuwa ilikuwa nikiwa niko tuko yuko kuja kwenda leta mwalimu
    bibi babu dada kaka rafiki habari mambo vipi shikamoo marahaba sijui lakini bado kwamba kwa sababu hapa huko wote
    wiki mwezi mwaka asubuhi jioni usiku simu namba ujumbe nyumbani kazi soko duka mvua ugonjwa mgonjwa pole samahani
    shida nini nani lini mimi wewe yeye sisi ninyi wao hapo pia tena kidogo kubwa vizuri ndugu sasa baadaye kabla
    amerudishwa alirudishwa wamerudishwa nitakapolipwa nikishalipwa kwani nitapitia nitapita nitakuja nitaona mume ombe
    saa refu moto naona nilikuja wapo nipo pale riba mpangaji lete wana mweka mjukuu jirani shamba biashara msaidie
    msaidieni amsaidie wasaidie ile zile yale hizo hizi huo ule wale hawa ngombe mbuzi kuku mahindi maharage mkono
    mikono lipi zipi yapi ipi upi yupi wepi kipi lazima zimwa arudi warudi nirudi turudi urudi mrudi niliahidi tuliahidi
    aliahidi nilivyoahidi nilikuahidi niliwaahidi mliahidi uliahidi ka si kua ati eti ila ili bas bro sis mko nko uko
    iko ako tko yko iyo izo uyo hio jua ona wee we ye mi mie nyie sie ama asa ety mke dogo mia pea tia pin ussd sms app
    atm hao huu huyu huyo yule mle zle bei kwe mdosi mkuu boss mama baba mzee shemeji jamaa mwana mwanetu hana sina
    hatuna huna mna tuna una ana kuna hakuna hamna nina nikikosa kukosa nimekosa amekosa tumekosa bila akikosa mapema
    haraka upesi polepole mno zaidi pungufu chini juu ndani nje mbele nyuma kando imevunjika anakuja wanakuja nakuja
    tunakuja atakuja njoo njooni nenda twende tutakuja nadhani najua unajua mnajua sijajua sikujua hajui hamjui natokea
    nasubiri tunasubiri nikisubiri anasubiri mimba uzazi kujifungua mazishi msiba harusi kanisa kanisani msikiti ibada
    mkutano kikao wazazi walimu shuleni darasani bweni viatu vitabu kitabu daftari mtihani mitihani matokeo likizo
    mahali mtaa mtaani kijiji kijijini mjini barabara njia njiani stage stendi aje akuje waje nije tuje wende mje nikawa
    akawa ikawa tukawa kisha halafu alafu baadae mwisho mwanzo mwishoni mmoja wawili watatu wanne watano wengi wengine
    baadhi kila yako yenyewe lenyewe mwenyewe wenyewe peke pekee akina watu mtu kitu vitu jambo neno maneno swali
    maswali majibu jibuni nijibu nijibuni mnijibu ofisi ofisini kazini nyumba chumba pango mlango kufuli funguo mdogo
    mkubwa ndogo kikubwa kwaheri karibuni hongera heri njema mwema wema mzuri nzuri mbaya vibaya sana picha redio
    runinga mpira timu afadhali angalau labda huenda pengine hasa tayari mteja wateja bidhaa mzigo mizigo stoki hisa
    faida hasara mtaji punguzo ghali rahisi nashangaa nimeshangaa muda wakati sekunde kipindi aki haki hali geti giza
    haji hayaoni hodi hula alinisaidia anahitaji anaomba anataka nakupenda wanataka wanaomba wanahitaji imekataa
    inakataa amekataa wamekataa zimekataa alikataa sijakataa moyo nilipo nilitumiwa nimebadilisha tumekubaliana
    mlikubaliana nimekwama tumekwama nitawatafuta ombi maombi pema pressure shiko sipo umekubali mmekubali amekubali
    umekubaliwa imekubaliwa umenisubiri wamemrudisha amemrudisha mmemrudisha walimrudisha alimrudisha mlimrudisha yesu
    nimeongeza tumetoa ametoa walitoa miaka ndiye nayo nacho nazo nalo nako hata lile liko nikaomba ilitusaidia wazee
    nisipolipa tusipolipa asipolipa usipolipa nimeota niliota karudishwa amerudishwa lishe akiba
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
PASSING = """
    nimetuma nilituma tumetuma nitatuma nitaleta nitamaliza nimemaliza tumemaliza niliweka nimeweka rudi irudi rudisha
    orodha historia uko wapi imepotea imetoka imeenda ilienda imefika amefika umefika baki imebaki umebaki amebaki
    peleka weka nimeleta nilileta tumeleta tulileta nimepeleka nilipeleka tumepeleka tulipeleka nitapeleka tutapeleka
    tutatuma tutaleta nitaweka nikileta nikipeleka nikituma nikiweka nikimaliza nikitoa nimetoa nilitoa nimerudisha
    nilirudisha nitarudisha tutarudisha nitatupa nitaongeza nitakamilisha nitawapa nitakupa nitawaletea nitakuletea
    nitakutumia nitawatumia nimewapa nimekupa niliwapa nilikupa nilikutumia nimekutumia niliwatumia nimewatumia
    nilimaliza amemaliza sijamaliza
"""
SHORT: Mapping[str, str] = {
    "lipa": "lp",
    "deni": "dni dn",
    "langu": "lngu",
    "yangu": "yngu",
    "ngapi": "ngp",
    "tafadhali": "tfdhl tfadhali tafadhal tfd",
    "salio": "slio slo xalio",
    "nataka": "ntk",
    "naomba": "nmb nomba",
    "shule": "shle",
    "mtoto": "mtt mtot",
    "mkopo": "mkpo mkp",
    "pesa": "pes psa",
    "hela": "hla",
    "risiti": "rsti resiti risit",
    "kiasi": "kias kiac",
    "gani": "gn gan",
    "bado": "bdo",
    "lakini": "lkn lakn",
    "asante": "asnt asnte",
    "kesho": "ksho kexo",
    "sawa": "xawa",
    "sasa": "xaxa",
    "jumatatu": "j3 jmatatu",
    "jumanne": "j4 jmanne",
    "jumatano": "j5 jmatano",
    "alhamisi": "alh alham",
    "jumapili": "jmapili",
    "sijalipa": "cjalipa sjalipa",
    "sijapata": "cjapata sjapata",
    "sijaona": "cjaona sjaona",
    "sitaki": "ctaki staki",
    "sijui": "cjui sjui",
    "siwezi": "cwezi swezi",
    "sina": "cna",
    "sikubali": "ckubali",
    "imebaki": "imebki imebk",
    "umebaki": "umebki",
    "kiingereza": "kizungu kingereza kiingeleza kingeleza",
    "nimetuma": "nmetuma nmtuma",
    "nilituma": "nltuma",
    "nimeweka": "nmeweka",
    "shikamoo": "shkamoo",
}
_YES_SIR = (
    "mkuu|boss|bwana|dada|kaka|mama|baba|ndugu|mwalimu|mzee|mdosi|bro|madam|buda|mheshimiwa|mkurugenzi|rafiki|mwanangu"
)
"""Who is spoken to behind a yes or a no; beside a payment they may be whom it is for."""
_BLESSED = (
    "akubariki|awabariki|akulinde|awalinde|akuzidishie|awazidishie|akujalie|awajalie|akutunze|awatunze|akupe|awape"
    "|akulipe|awalipe|abariki|atubariki"
)
_HOW_MUCH = "ngapi|pesa ngapi|hela ngapi|shilingi ngapi|sh ngapi|fedha ngapi|kiasi gani|how much"
PHRASES: Mapping[str, str] = {
    "owe": f"""
        (inatakiwa|inahitajika|zinatakiwa|zinahitajika|niongeze|nimalizie|nitume|niweke|nitoe|natuma|mnataka|mnahitaji
            |mnadai|nahitaji kulipa|ninahitaji kulipa|natakiwa kutuma) ({_HOW_MUCH})
        nimemaliza kulipa|tumemaliza kulipa|bado ngapi|nimemaliza karo|mabaki ya (karo|ada|mkopo)|bado nina deni
    """,
    "badongapi": """
        bado (pesa|hela|shilingi|sh|fedha) ngapi|bado kiasi gani|bado how much|natakiwa kumaliza|ninatakiwa kumaliza
        inabidi nimalize|natakiwa nimalize|nahitaji kumaliza ngapi
    """,
    "reached": "haipo|hazipo",
    "msaada": """
        (namna|jinsi|maelezo) ya kutumia|(maelezo|mnisaidie|nisaidie) jinsi|(naomba|nipe|nipeni) maelezo
        sijui (kutumia|jinsi|nianze|nianzie|cha kuandika|cha kufanya)|natumia (aje|hii namba|namba hii)|sielewi
        ninatumiaje|jinsi (gani|) ya kulipa|nalipaje|nitalipaje|inafanyaje kazi
        (inafanya kazi|nitafanya|naanza|nafanya) aje|naanzaje|nitumieje
        (inafanya|niandike|huduma hii ni|nitume|nafanya|hii ni|niulize|natuma|namba inafanya|naandika|naweza kuuliza
            |namba ni ya|naweza kufanya) nini
        nifanyeje|natumiaje|inatumikaje|(inatumika|nitalipa|niandike|nilipe|nalipa) (vipi|aje)
        (inafanya|kunisaidia|inatumiwa|nianze|nitumie) vipi|namba inatumika|kazi gani namba
        (ya kazi|huduma|hii ni huduma|neno|nitumie neno|maneno|amri) gani|nini naweza|vipi nalipa|sijaelewa|sifahamu
        nianzie wapi|naanzia wapi|nianze wapi|nianzeje|nifanyaje|nafanyaje|tunafanyaje|tufanyeje|nitafanyaje|inafanyaje
        mnafanya nini|mnatoa huduma|huduma zenu|kunisaidiaje|naandikaje|niandikeje|naweza kuuliza vitu|vitu gani hapa
        naweza uliza|nauliza nini|nieleweshe|nieleweshwe
        (hii|huduma) (inafanya kazi|hufanya kazi) (vipi|aje|je)|inafanyaje kazi|nitatumiaje huduma
    """,
    "push": "ombi la mpesa|ombi la m pesa|tuma ombi|kwa simu yangu|kwa mpesa yangu|ombi la malipo",
    "malipoyangu": "malipo yangu|malipo yetu|malipo (niliyofanya|niliyolipa|niliyotuma)",
    "saangapi": "saa ngapi|saa ngap",
    "okay": "hakuna shida|hakuna tatizo",
    "taarifa": """
        malipo (yangu yote|yote|gani mmepokea|gani|yapi|mmepokea|yangu ya nyuma|ya nyuma)|nililipa yote
        (ripoti|maelezo) (ya malipo|ya akaunti)|ripoti ya mwaka|ripoti ya fedha|kumbukumbu (za|ya) malipo|kila malipo
        nimelipa mara ngapi|nililipa mara ngapi|nimelipa lini na lini
        (nilivyolipa|mlivyonikata|mlivyonitoza|nilivyolipia)
    """,
    "fanya": "(fanya|endelea|fanyeni) hivyo",
    "howmuch": """
        kiasi (gani|kipi|gan|gni)|(kiasi|hela|sh|ksh|fedha|shilingi|pesa) ngapi|kiac gani|kias gani
    """,
    "help": "nifanye nini",
    "statement": "nilicholipa|nionyeshe malipo|nionyesheni malipo",
    "wrong": "ilikuwa ya|yalikuwa ya|zilikuwa za|ilikuwa iende",
    "loans": "mikopo yangu",
    "kukopa": """
        (chukua|naweza pata|niongezee|kuchukua|nichukue|kuongeza|kupata|kupewa|nipewe|pata) (mkopo|loan)
        (nipate|niongezeeni|ongeza|niongeze|kuongezewa|niongezewe|kama) mkopo
    """,
    "hapana": f"""
        (hapana|zii|la hasha|sitaki) ({_YES_SIR})|(sio|si|siyo|usifanye|sitaki) (hivyo|hiyo)
        (wacha|acha) (tu|kwanza|hiyo)|achana nayo|achana na hiyo|sio sasa|si sasa|sikubali|usiendelee|la hasha|si sawa
        sio sawa|siyo sawa|siko tayari|sipo tayari|bado sijaamua|ngoja kwanza|subiri kwanza|sitaki tena hiyo
    """,
    "rudisha": """
        (nataka pesa|nataka fedha|nataka hela|naomba pesa|nadai pesa) (yangu|zangu)
        (ninataka pesa|naomba hela|change|nadai hela|chenji|ninadai pesa) yangu
        (nililipa|nimetuma|nilituma|nimelipa) zaidi|futa malipo|ghairi malipo|nilizidisha kulipa|nimezidisha kulipa
    """,
    "whatif": """
        tuseme (nilipe|nalipa|nimelipa|niweke|nitume|nitoe|naweka)|(tuseme|endapo|iwapo|kama) (nikilipa|nitalipa)
        ikiwa nitalipa|je nikitoa|nikiongeza|nikipunguza
        (nafikiria|nikifikiria|nikifanikiwa|nikijaribu|nikiwahi|nikiamua) kulipa|kama nikituma|kama nikiweka
        kama ningelipa|nikilipa yote|nikifanya malipo|tukifanya malipo
        nikiwa (natoa|nalipa|naweka|natuma)
        tuseme (nimeweka|nimetoa|nimetuma|natoa|natuma)
    """,
    "nitalipa": """
        (nitakuwa|nitakua) (nimelipa|nimetuma|nimemaliza)
        (nitaweza|nitajaribu|nitamaliza|nitachelewa|napanga|nitamalizia|nitaanza|nitaendelea|nitajitahidi|nategemea
            |nimepanga|nakusudia|naapa) kulipa
        (natarajia|nitapambana|tutajitahidi|natumaini) kulipa|nitafanya malipo|tutafanya malipo
        nitahakikisha (nimelipa|nalipa)|nitakuwa (nimeweka|nimetoa|na pesa|na hela)|nitafanya mpango
    """,
    "nimelipa": """
        (nimekamilisha|nilifanya|nimeshafanya|nishafanya|nilikamilisha|tumefanya|nimefanya|tumekamilisha) malipo
        (nilimaliza|tulimaliza|baada ya|nishamaliza) kulipa|tangu (nilipe|nilipie|nitume|niweke|nilipa)
        (nimewahi|nimeshawahi|niliwahi) (lipa|kulipa|kutoa|kutuma)
    """,
    "kulipa": "(kufanya|anzisha|kukamilisha|fanyeni|fanya|nifanye) malipo",
    "kiasigani": """
        kiasi (kamili|nilete|nachotakiwa|ninachotakiwa|kinachotakiwa|kinachohitajika)
        (nilete|niletee|natakiwa kulipa) ngapi|nilete kiasi|(nahitajika|ninatakiwa|natakiwa|anatakiwa) kulipa
        anatakiwa alipe|natakiwa nilipe|inatakiwa nilipe|(pesa|hela) inayotakiwa
    """,
    "ndiyo": f"""
        (ndiyo|ndio|naam|eeh|sawa|sawasawa|haya|nakubali|poa|ni sawa) ({_YES_SIR})
        (ndiyo|hivyo|ndio|iwe|ndivyo|sawa|na iwe) hivyo|sawa basi|haya basi|ndio basi|ndiyo basi
        basi (sawa|haya|ndio|ndiyo)|(niko|nipo) (radhi|tayari)|tuko tayari|bila shaka|bila wasiwasi|ndio hiyo|ndiyo hiyo
        hiyo ndio|ndio yenyewe|ni sawa|iko sawa|ipo sawa|hakuna neno
        (ndiyo|ndio|ni|naam) (huyo|yeye|mimi|hiyo hiyo)|(poa|yap) fiti|ndiye (huyo|yeye)|ndiyo ni huyo|ndiye
    """,
    "salio": "hali ya (akaunti|karo|ada|fees|deni)",
    "nilikuwa": """
        (nimekuwa|nilikuwa) (nikilipa|nalipa)|tumekuwa tukilipa|alikuwa akilipa|hua nalipa|huwa nalipa|mimi hulipa
    """,
    "nisipolipa": """
        (nikikosa|kushindwa|kuchelewa|akikosa|nikishindwa|tukikosa|nikichelewa|tukishindwa) kulipa|kutolipa
    """,
    "mnasema": """
        (mnasema|wanasema|mnaniambia|wananiambia|mmeniambia|mmesema|mmeandika|inasema|inaonyesha|inaonesha|unasema) (
            sijalipa|hajalipa|sijamaliza|hatujalipa|sijalipia)
    """,
    "hata": "hata (mia|shilingi|senti|thumni|kumi|ndururu|bob|moja)",
    "asante": f"""
        (mungu|mola|allah) ({_BLESSED})
        (asante|asanteni|ahsante|shukrani|nashukuru) kwa (uvumilivu|huduma|msaada|msaada wako|msaada wenu|kunisaidia
            |taarifa|ujumbe|kunikumbusha|kutukumbusha|kuelewa|kunielewa|ukumbusho|kila kitu)
        mungu ni mwema
    """,
    "sijui": "sioni (aibu|shida|vizuri|vibaya|haja|sababu|tatizo)",
    "nivumilie": """
        (nipe|naomba|nipeni|nipewe) (muda|siku)|(tunaomba|niongezeeni|niongeze|niongezee|nipatie) muda|muda kidogo
        nipe mda|naomba mda
    """,
    "haijapungua": "(liko|iko) (vilevile|vile vile|pale pale)|lile lile|ile ile|vile vile|pale pale",
    "ahadi": "(nipe|nipeni|naomba) (wiki|siku|hadi|mpaka|mda)",
    "echeance": "(rejesho|marejesho|awamu) (langu|yangu|) (linalofuata|yanayofuata|inayofuata|lijalo)",
}
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
ADDRESSED = (
    "[a-z]{0,7}andik(?:a|ie|ia)(?:ni)?|[a-z]{0,4}onge(?:a|e|sheni)(?:ni)?|[a-z]{0,4}tum(?:[ae]|i[ae]|i)(?:ni)?"
    "|[a-z]{0,3}jibu(?:ni)?|majibu|ujumbe|jumbe|meseji|badili(?:sha|sheni)?|weka|wekeni|napenda|ningependa|lugha|luga"
    "|napendelea|naelewa|ninaelewa|nasoma|ninasoma|(?:ni|mni|tu|mtu)?eleze(?:ni)?"
)
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
