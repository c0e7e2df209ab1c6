"""Kinyarwanda: the words that people text, by what they tell. What its parts mean stands in `vocabulary.py`."""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Cue, Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: """
        ishyura kwishyura nishyura nishyure ndishyura mwishyure wishyure kwishyurira ishyurira twishyure riha kuriha
        kurihira ndiha rihira ndihira twarihira gupaya
    """,
    Sign.PAID: """
        nishyuye twishyuye ndishye narishye narihiye twarishye ndihiye natanze twatanze narishyuye nohereje noherejwe
        narohereje nabahaye twohereje naboherereje nabishyuye nashyize nashyizeho twashyize narashyize
    """,
    Sign.WILL_PAY: """
        nzishyura tuzishyura nzayishyura nzabishyura nzayatanga nzohereza nzatanga nzayohereza tuzohereza nzarangiza
        nzariha nzarihira tuzariha tuzarihira nzabaha nzayabaha tuzabaha nzaguha nzongeraho nzongera
    """,
    Sign.IF_PAID: """
        ninishyura nitwishyura nindiha nindihira nintanga ninohereza nindamuka ndamutse nramutse nimpa nazigama
        nzazigama nindangiza nindarangiza tuvuge zagabanukaho yagabanukaho wagabanukaho hagabanuka hagabanukaho zavaho
        yavaho havaho nakunguka twakunguka nzunguka byagabanya bizagabanya byangabanyiriza bizangabanyiriza ndamuka
        turamutse nitumpa iramutse ziramutse biramutse yazigama twazigama wazigama ninongera ninongeraho nitwongera
        nitwongeraho ninshyira ninshyiraho ninshyiramo nimbaha nimboherereza nimbishyura nituboherereza nitubaha
        nindihaho ninyirangiza byansigariza byasigaza bisigaza byansiga
    """,
    Sign.BALANCE: "asigaye ayasigaye balansi balanse",
    Sign.OWE: """
        umwenda umwend nsigaje dusigaje asigaje basigaje ndimo ibirarane mbarimo mbereyemo tubarimo arabura
        abura ndabura mbura habura harabura hasigaye ideni amadeni madeni rikinyishyuza akinyishyuza mukinyishyuza
    """,
    Sign.STATEMENT: "raporo amateka urutonde incamake imbonerahamwe lisiti mundondorere ndondorera mundondorera",
    Sign.LOAN: "inguzanyo nguzanyo kredi akaguzanyo akenguzanyo utuguzanyo inguzanyu agacredit menyainguzanyo",
    Sign.BORROW: """
        kuguza guza ngurize kugurizwa nguriza kungurizwa mungurize mwanguriza muragurizanya mugurizanya muguriza
    """,
    Sign.WISH: """
        ndashaka ndasaba gusaba nasabaga ndifuza nkeneye ndakeneye nshaka mbishaka nabona nashakaga turashaka turasaba
        mumpe mwampa nifuza twifuza turifuza dushaka nsaba nasaba twasaba dukeneye nifuzaga nakwifuza nahabwa guhabwa
        nagirango nsabye dusabye mbisabye ndabasaba turabasaba
    """,
    Sign.PROMISE: """
        isezerano nsezeranye ndasezeranye nsezeranya gusezeranya ndabizeza mbasezeranyije ndabasezeranya turabizeza
    """,
    Sign.RECEIPT: "inyemezabwishyu nyemezabwishyu resi kitansi kitanse gitansi",
    Sign.REFUND: """
        gusubizwa mungarurire mungarurira kugarurirwa ngarurirwa bangarurire munsubize munsubiza mwansubiza nsubiza
        nsubizwa munsubirize
    """,
    Sign.MOVE: "imura kwimura mwimure yimure mwimurire nimurire munyimurire mwayimurira himura",
    Sign.HELP: """
        ubufasha fasha mumfashe mfasha mudufashe gufasha munsobanurire amabwiriza munyobore nyobora muyobore mwamfasha
        mwadufasha nyigisha munyigishe mwanyigisha kunyigisha unyigishe bufasha kudufasha kumfasha
    """,
    Sign.LANGUAGE: "ururimi ikinyarwanda icyongereza igifaransa igiswahili cyongereza gifaransa giswahili rurimi",
    Sign.WHERE: "hehe he ntibigaragara ntibyagaragaye ntarajyaho ntaragera ntarinjira",
    Sign.MONEY: "amafaranga ubwishyu amafrw amafr ayanjye ayacu udufaranga mafaranga",
    Sign.YES: """
        yego yeg ego emeza mukomeze ndabyemeye ndabyemera ndemeye ndemera bikore mubikore nibyo komeza yegoo yegooo eego
        yee yeee yeeee ee yg nabyemeye ndabyemeza nemeje twemeye turabyemeye turemera turabyemera ubikore nibikorwe
        bikorwe mubyemeze mwemeze dukomeze bikorere nabyemeje nabyemeza
    """,
    Sign.NO: "oya oyaa oyaaa hoya ashwi ashwii ashwida nanze ndanze ndabyanze nabyanze twanze turabyanze",
    Sign.NOT: """
        sinshaka ntabwo sinzishyura sinishyura ntimwishyure sinabasha simbishaka sinkeneye ntacyo mubireke bireke
        ntibikenewe sinshobora sinshoboye sinabishobora ntitwabasha ntibishoboka sindiha
    """,
    Sign.SETTLE: """
        gutanga mukate mukureho mukuremo kohereza kurangiza noherereze ntange ndohereza ndayohereza mwakura gukura
        mundebite mundebitinge mundebitire debita mwakire nyakira mubyakire munyakirire munkate munkatire munkureho
        kuraho kata kugabanya gushyira nshyire dushyire dutange gusoza kubaha mbahe mbahereze tubahe nohereze twohereze
        tanga mutange mukateho bice ongeraho mwongereho ongereho fata
    """,
    Sign.CAME: """
        yageze yarageze ageze yabagezeho yabageze mwabonye mwayabonye mwakiriye mwayakiriye mwarayabonye yinjiye
        yarinjiye simbona sindayabona mwarayabaze mwayabaze mwabyanditse mwarabyanditse mwayanditse mwarayanditse
        yarafashwe yafashwe byafashwe
    """,
    Sign.LEFT: """
        yavuyeho yakuweho yakaswe bayakase yavuye bankase yagiye yabuze yazimiye zagiye byagiye bwagiye bayankase
    """,
    Sign.MUCH: "angahe zingahe bingahe agahe ungana ingahe ringahe angaa angaha",
    Sign.FEE: "ishuri minerval igihembwe minerivari minerivali",
    Sign.KNOW: """
        menya kumenya mumbwire mwambwira munyereke mwanyereka menye dumenye mbwira mutubwire mwatubwira
        mwanyibwirira menyainguzanyo mwayimbwira mwayambwira
    """,
    Sign.NEW: "nshya indi",
    Sign.GENUINE: """
        ukuri nyayo impimbano yemewe mpimbano iyanyu yanyu umwimerere inyiganano ibihimbano iremewe igihimbano
        kugenzura mugenzure genzura
    """,
    Sign.ALL: "yose wose byose bwose zose cyose ryose",
    Sign.MINE: "ubwishyubwanjye",
    Sign.WOULD: """
        yarangira yasigara zagabanuka zagabanukaho zavaho nakunguka nasigara wagabanuka yagabanuka narangiza zazigamwa
    """,
    Sign.PUT: """
        mushyire hindura shyira muyishyire muyashyire nibeshye naribeshye mwibeshye kosora mukosore gukosora ijye zijye
        bijye yayobye nayobeje twayobeje yayobeye nahushije twahushije mucanze muyihe muyahe mubuhe muzihe muyimuhe
        muyamuhe muyimwoherereze
    """,
    Sign.WAIT: """
        mwihangane munyihanganire mutegereze kugeza muntegereze mwihanganye mundindire mudutegereze muturindire
        mutwihanganire nimwihangane nimunyihanganire mumbabarire nimara nitumara nimpembwa
    """,
}
CUES: Mapping[Cue, str] = {
    Cue.ACCOUNT: "konti",
    Cue.ASK: "saba",
    Cue.BUT: "ariko",
    Cue.CLEARS: "kurangiza",
    Cue.COUNTED: """
        amezi ukwezi mezi kwezi ibyumweru byumweru iminsi minsi igihembwe abana umwaka imyaka inshuro ibiro
        imifuka icyiciro ibyiciro
    """,
    Cue.DECIDED: "yemejwe yemewe wemewe",
    Cue.DOUBTS: "cyangwa",
    Cue.EITHER_WAY: "ejo ejobundi",
    Cue.FOR: "kuri bya",
    Cue.HELP: "ubufasha",
    Cue.LESSON: "ikizami ibizami umwarimu umwalimu abarimu igitabo ibitabo isomo amasomo amanota yatsinzwe yatsinze umukoro",
    Cue.DENIES: "si atari mureke",
    Cue.ONLY: "gusa",
    Cue.PLEASE: "nyabuneka mbabarira bana",
    Cue.READS: "numva nsoma",
    Cue.WHY: "kuki",
    Cue.LATER: "nimara nitumara nimbona nimpembwa nimpabwa",
    Cue.MY: "yanjye zanjye yange wange",
    Cue.OF: "cya nimero",
    Cue.PAYMENT: "ubwishyu",
    Cue.PERIOD: "umwaka igihembwe",
    Cue.PUTS: """
        shyira mushyire gushyira nshyira shyiraho mushyireho ongeraho mwongereho ongereho muyahindure muyashyire
        muyishyire muyashyireyo mwayazana mubushyire
    """,
    Cue.SHOWN: "urutonde lisiti",
    Cue.WANT_NOT: "sinshaka sinkeneye simbishaka",
}
POLITE = """
    murakoze mwiriwe kuri y w n na mu ku wa ni yanjye wanjye zanjye cyanjye umwana umunyeshuri mumpe angahe reba hindura
    ari igeze ayo mwambwira cyangwa bite bizagenda byagenda ejo nta konti mbwira bya ya yose nonaha rwose bwa bw rwa rw
    ry rya iy iya ay aya ese nkishyure cyane muraho mwaramutse nyabuneka nyamuneka neza ubu da wana pe sha bro boss basi
    rata mwana mana mwo kagira kabyara imana nyakubahwa muvandimwe cy mwese rero twese bibaho urakoze byiza hose ngaho
    ngahoo vuba ishimwe weee yacu wacu zacu cyacu bacu banjye byanjye bwanjye yewe ndabinginze mbinginze ndakwinginze
    turabinginze yange wange wapi
"""
COMMON = """
    amasaha isaha ayahe rifungura hafungura haguruka ihaguruka konvwayeri itangira nahageze kora ibyo byo muraho
    mwaramutse mwiriwe amakuru umubyeyi mwarimu murumuna inshuti ariko kandi cyane none nuko ubu ejobundi icyumweru
    ukwezi umwaka mu gitondo nimugoroba telefone nimero ubutumwa kode isoko iduka akazi imvura ararwaye urwaye mbabarira
    ikibazo iki nde ryari hano hariya wowe njye twe mwe bo nanone buhoro gato kinini neza gute uko aho rwose abana moto
    saa ndabona yahageze natinze yarakoze bari ndi gusa bose bake banki rira gura koza meza kugurisha yaje baje inyungu
    umuceri mufashe wasigaye yasigaye basigaye ko ngo se sha mwo yo zo cyo ho mo iyo uyu iyi izi ibi aba uwo abo aya ryo
    rwo bwo kwo wo we jye njyewe nge twa nk nka cg cya za zi ka ki naa iri uru aka utu ite ute bite ati iwa uri turi
    muri mbese eh oh ah ba be bi bu by cy mba pe papa mama pin mtn niba kuko kuva uzi nzi tuzi hari mfite ufite afite
    dufite bafite mwemeye nagiye ngiye tugiye agiye niwe niyo nibo aribyo atari ngombwa amanota agura mwisubireho
    wisubireho tuvugane munyishyuza mutwishyuza banyishyuza kunyishyuza kwishyuza mwishyuza nishyuzwa wishyuza bishyuza
    barishyuza murishyuza kwishyuzwa urishyuza mwanyishyuje ndumva numvise simbyumva sinumva sinumvise message mesaje
    messages inyuma mbere hanyuma nyuma kera kare kenshi rimwe buri ubundi wenda ahubwo nubwo iwacu iwanyu iwabo hose
    hasi hejuru imbere inka inzu urugo rugo umuntu abantu umugabo umugore mugabo mugore umusaza umukecuru mukuru
    barumuna nyirakuru nyirasenge sogokuru umuturanyi abaturanyi umuyobozi umukozi abakozi directeur umwarimu abarimu
    umunyeshuri abanyeshuri ikigo ibigo ikizamini ikizami ibizamini imibare uniform umwambaro inkweto ikayi amakayi
    ibitabo igitabo ibiryo kurya kunywa amazi umuriro isabune isukari ibirayi ibishyimbo ibigori amata inyama amavuta
    ikawa icyayi imodoka igare bisi gare umumotari moteri essence urugendo gutaha kugenda kuza kujya aje twagiye tugende
    ngende genda taha ngwino imana yesu amen umugisha amahoro noheli ubunani pasika nziza mwiza byiza cyiza nabi mabi
    urakoze turashimye turabashimira ndabashimira mbashimire uraho mwirirwe muramuke ijoro nijoro umugoroba saasita
    gatondo kuwa kabiri wakane itariki tariki taliki amezi iminsi umunsi imyaka narwaye ndwaye arwaye yapfuye gupfa
    mwapfushije ibitaro bitaro muganga umuti imiti kuvuga vuga muvuge mvuga mvuge navuze wavuze yavuze twavuze bavuze
    ambwiye bambwiye wambwiye mwambwiye kubwira ubwira nakubwiye guhamagara mpamagara nguhamagara mumpamagare nahamagaye
    hamagara nabahamagaye kubahamagara kubona mbona ubona abona nabonye wabonye yabonye twabonye babonye bonye tubona
    gukora nkora nkore akora dukora mukora yakoze nakoze twakoze mwakoze gushaka ashaka bashaka urashaka murashaka
    arashaka barashaka kugira mugire ugire agira bagira nagize yagize mwagize gufata nafashe yafashe mwafashe bafashe
    fata nfata kugura kuguramo nguze naguze yaguze nagurishije kwiga yiga biga ariga wiga twiga yize kuzana zana muzane
    nazanye yazanye mwazanye kwohereza kwandika nanditse yanditse mwanditse andika kwirukana bamwirukanye birukanye
    mwamwirukanye yirukanywe ntimumwirukane gutegereza ndategereje turategereje gutinda mwatinze kwihangana murebe
    mureba reba urebe mundebere ndebera kureba narebye mwarebye mubirebe inshuro incuro menshi bwinshi byinshi make duke
    yombi waramutse naramutse twaramutse narimutse mvura imfura heza kurira nibwo ahari kuzima mungirire twarishimye
    twishimye kubahisha nasabwaga nongera narihaye akambwira kangahe uwishyuye abishyuye nabasezeranyije
    narabasezeranyije ubushyuhe mbega naho naba yaba waba twaba yari nari twari mwari undi iyindi ayandi bindi rindi
    zindi ubwa uwa umuhungu umukobwa nahuye mubyukuri twaraye naraye buriya kiriya uriya amara bagiye mwagiye zigiye
    igiye bigiye narabwiye yambwiye nsanga nasanze imwe ebyiri mugurisha ngurisha ugurisha agurisha tugurisha bagurisha
    nasabye twasabye yasabye wasabye nayirangiza nayirangije reka ahagaze ihagaze uhagaze mpagaze ate kubabaza kubaza
    nshobora ushobora ashobora dushobora natumye yatumye gushyiraho ngahe moya kubasubiza kugusubiza kumusubiza gusubira
    gusubiramo yasubiye nasubiye gutwara ndaza ndaje araza turaza baraza nemerewe gihe wese kugera gice ushaka bikorwa
    myaka intanga nyabwo isura amadini ububasha bazi idini isoni kwishyira babi mose habaho ndiba hafi guca haba tuvuga
    guha nyigisho impaka ikomeza amafi akomeza imara imyanda wari gusama bera muyoboro nabwo nabyo nayo bati ingo remeza
    dute agace abera mpera bemeza ishyira gusaza nyacyo dukomeje umwanda nacyo yemeza ibura kugaburira guta haza kuguma
    akura ngomba tudashaka bakaba wanga kuzuza kwikura kubigisha gusaka guna agize bikora tubishaka wifuza gisaba kubuza
    nicyo kopi bishaka riza bakina kugaburirwa angana bakira rica koga tuvuze ukeneye twishyira moko ugana ahabwa
    wihanganye ahura rihora wageze bangahe ntakeneye ameze bireka ukomeza bakore tuvuye bigabanya saha yigisha kurahira
    rigira babura zongera abara amakosa ikibabaje bigomba byukuri kujyana ibyanditswe ukumenya ibyukuri dutanga
    ibikomeza gutangaza bikoresha mujyanama umujyanama umwe babiri batatu ye bwe mbi cye nda iby ze izo bye ako icy ubw
    rye nto uku gur jyi tw nko kwe rwe asa iba mi umu mva isa ab aha ke iti ava iza ayi kwa ubwo ubwe mukomere komera
    gukomera mukomeye dukomere ikomere yemera bemera emera mwemera yemeye bemeye nabyemera tubyemera mubyemera abyemera
    yabyemeye babyemeye mukore yabonetse zabonetse bwabonetse byabonetse kuboneka boneka ibice kugurishwa bigurishwa
    igurishwa yagurishijwe yagarutse agarutse garuka amakuru ababyeyi inaha ntitwabonye umushahara mushahara
    yanyoherereje banyoherereje wanyoherereje imyenda ino aha impungenge ntimugire ntugire kopi
"""
PASSING = """
    nohereje twohereje narohereje nzohereza nzatanga natanze twatanze nzarangiza urutonde yagiye yabuze yageze ageze
    imura tuvuge nakunguka twakunguka nzunguka byagabanya bizagabanya hagabanuka ndimo munsubize munsubiza nsubiza
    wansubiza mwansubiza gusubiza subiza garura kugarura mugarure ugarure yatanze nashyize nashyizeho nashyizemo
    twashyize narashyize nshyizemo nshyizeho nahaye twahaye nafashe byamfasha yarafashwe yafashwe byafashwe nyigisha
    munyigishe kunyigisha naguza kubasubiza kugusubiza kumusubiza basubiza asubiza ntibishoboka sinshobora fata
"""
SHORT: Mapping[str, str] = {
    "ishyura": "shyr",
    "nishyura": "nshyr",
    "nishyuye": "nshyuye",
    "angahe": "angh",
    "murakoze": "murkz mrkz",
}
PHRASES: Mapping[str, str] = {
    "whatif": """
        (byagenda|bizagenda) (bite|gute)|(byahindura|byahinduka) (iki|gute)
        (byahindura|nunguka|nasigaramo|yasigara ari) angahe|(bizahindura|nunguka|byamarira|byamfasha) iki
        bizahinduka gute|byangirira akamaro|yasigara ite|yasigara ingana|dufate (ko|ngo|nishyuye)|bibaye ari|bibaye ko
        (iyo|nk ubu|urugero) (nishyuye|ntanze|nongeyeho|nshyizeho)|iyo nshyizemo|iyo nohereje|nk ubu nshyizemo
        nk ubu nohereje|ubwo nishyuye|ubwo ntanze|ubwo nongeyeho
        inyungu (zasigara|zaba|yaba|zangana|yangana|zigabanuka|zizavaho|zavaho)|bigenda (bite|gute) iyo
        (mvanaho|bivanaho|nkuraho|nakwirinda|byankiza) inyungu
        mbaye (nishyuye|mbahaye|ntanze|nshyizeho|nongeyeho|nohereje)
        (bigenda|bizagenda|byagenda) bite (niba|ninishyura|nintanga)
        (naba|twaba) (nsigaje|dusigaje)
    """,
    "owe": """
        (narangije|nararangije|twararangije|twarangije|yarangije) (kwishyura|kubishyura)|narangije ishuri
        yararangije kwishyura|narangije kuriha|nararangije kuriha|naba narangije|naba nararangije|twaba twararangije
        yaba yararangije|yaba yarangije
        mu (myenda|madeni|ideni|mwenda)
    """,
    "ubufasha": """
        ni iki (nakora|nandika|nkora kuri|mukora)|niki nakora|ni ibiki nakora|icyo nakora kuri
        (nkoresha|nakora|nakohereza|nababaza) nte|(sinzi|ntituzi) (uko|ibyo|icyo)|sinzi gukoresha|sinumva uko
        (nishyura|nakwishyura|nabishyura|nayishyura|nkishyura|nakoresha|nabigenza|nohereza|nabikora|nabaza) (nte|gute)
        (bikora|byifashishwa|bikorwa|bikoreshwa) bite
        (bikora|bikorwa|ikoreshwa|byakorwa|twishyura|bishyura|nandika|ikora) gute
        (nakora|nababaza|nabaza|nkora|umuntu yandika|bandika|nasaba|mushobora kumfasha|mwadufasha|iyi nimero ni iy
            |mumfasha|twandika|mwamfasha) iki
        (nandika|nabasaba|mukora) (iki|ibiki)|(nandike|andika|mwakora|twandike|iyi nimero imaze|yandika|ikora) iki
        ikora ite|iyi nimero ni iyiki
        uko (nishyura|nakwishyura|bishyura|nkoresha|nakoresha|bikora|bigenda|mbigenza|ikoreshwa|ikora|nabigenza
            |iyi sms ikora|iyi nimero ikora|iyi nimero ikoreshwa|iyi numero ikora)
        ikoreshwa ite|nimero ikoreshwa|nimero ikora|ntabwo nzi uko|(icyo|ibyo) (nandika|twandika)|ibihe bintu
        serivisi mutanga|izihe serivisi|ayahe magambo|amagambo nkoresha|magambo nkoresha|ijambo nandika|mukoreshwa mute
        (abandika|bakoresha|bandika|bishyura) bate|dukoresha dute|twakwishyura dute|twishyura dute|kwishyura bikorwa
        nshobora kubabaza|nshobora kubaza
        ndabigenza nte
    """,
    "ubwishyubwanjye": "ubwishyu bwanjye|ubwishyu bwacu|(frw|payment) (yanjye|zanjye)|amafrw yanjye",
    "saangapi": "ryari",
    "okay": "nta kibazo",
    "nsigaje": """
        (nsigaje|nsigaye|ayo tugomba|ayo nkwiye|ayo ngomba|amafaranga ngomba|ibyo ngomba|ayo agomba|dusigaje) kwishyura
        (ngomba|abafitiye|tubafitiye|atarishyura|ntarishyura|ayo ntanze ni|haburaho|munyishyuza|twishyuzwa|twishyura
            |ngomba kwishyura|mbafitiye|nishyuzwa) angahe
        ayo (ntarishyura|tutarishyura|nsabwa|asabwa|dusabwa|ngomba|tugomba|agomba|mbafitiye|ntanga|nishyura|twishyura)
        ibyo ntarishyura|(nsabwa|turasabwa|arasabwa|ndasabwa|dusabwa|asabwa) (angahe|kwishyura)
        (mutwishyuza|yishyura|nishyura|abagomba|agomba|dufitiye ishuri|tugomba|banyishyuza) angahe|amafaranga mbafitiye
        habura angahe ngo|habura iki ngo ndangize|haburaho iki|abagomba ayahe|afitiye ishuri
        (agomba|bagomba|tugomba) kwishyura
        (amafaranga|ayo|angahe) yarangiza
        yarangiza (inguzanyo|iyi|iyo)
    """,
    "asigaje": "asigaye kwishyurwa|asigaje kwishyura|asigaje kwishyurwa",
    "hehe": "(ari|agarukiye|ageze|aherereye|yagiye) he|ari hehe",
    "raporo": """
        (ibyo|uko) (nishyuye|twishyuye)|ubwishyu (bwose|bwanjye bwose|mwakiriye bwanjye|nakoze|bwanjye kuva)
        ibyo narishye|(ubuhe|ni ubuhe) bwishyu mwakiriye|ubuhe bwishyu|(yinjiye|ayinjiye) n ayasohotse
        ayasohotse n ayinjiye|yasohotse n ayinjiye|uko nagiye nishyura|uko twagiye twishyura|ayo nishyuye (yose|kugeza)
        (ayo maze|ibyo maze|ibyo namaze) kwishyura|buri bwishyu|inyandiko z ubwishyu|amateka y ubwishyu|yagiye yishyurwa
        nagiye nishyura|twagiye twishyura
        nagiye (ntanga|nohereza|nishyura)|(payments|payment) zose|(payments|ubwishyu) nakoze
        ibyishyuwe
    """,
    "howmuch": "ungana iki|ingana iki|angana iki|angana ate|ingana ite",
    "bikore": "ni byo|kora ibyo|mukore ibyo",
    "help": "nkore iki",
    "statement": "nyereka ubwishyu|munyereke ubwishyu",
    "push": """
        kuri (momo|telefone) yanjye|(ohereza|mwohereze|nyoherereza|munyoherereze) (ubusabe|push|prompt)
        ubusabe bwa momo|aho (nemeza|nkanda)
        munyoherereze nemeze
        (mumpe|mwampa) (popup|prompt|push)
    """,
    "nishyuye": """
        (maze|namaze|tumaze) (kwishyura|kohereza|kubaha|kubishyura|kuboherereza)|(nyuma yo|twigeze|nigeze) kwishyura
        ayo (natanze|nohereje|twohereje|twatanze|nabahaye)|nigeze kohereza
        nakoze (paye|payment|ubwishyu|paiement|transfer)|nari nishyuye|twari twishyuye|nari natanze
        namaze (gutanga|kuriha|kuyohereza|kuyishyura)|tumaze gutanga|maze kuriha|narangije kohereza|maze kubyishyura
        maze kuyohereza
        mvuye (kohereza|kwishyura|gutanga|kubaha)|(transfer|payment) nakoze|(nari maze|maze) gutanga
    """,
    "wrong": """
        (yari|kandi yari|ibe) (iya|iy)|yari (ay|ayo|aya|agenewe|igenewe)|bwari (ubw|ubwa|bugenewe)
        (igomba|bwagombaga|yagombye|yagombaga|bugomba|yari|agomba|aho) kujya|nifuzaga ko ijya|bube ubwa|abe aya|si ubw
        (si|kandi ari|ntabwo ari) (ubwa|iya|iy|aya)|si ay|ahatari ho|ahatariho|kuri nimero itariyo
        (nimero|konti) (itari yo|itariyo)|numero itariyo|undi mwana|uwundi mwana|kandi ari ay|kandi bwari ubwa
        (yagombaga|zagombaga|bwagombaga|yari agomba|byagombaga) kujya|ku wundi (mwana|munyeshuri)
    """,
    "kuguza": """
        (gufata|nakwaka|mwampa|kwaka|mpa|guhabwa|nahabwa|ndaka|mfate|mushobora kumpa|mumpere|nabona|kubona) inguzanyo
        (fata|nk|nafata) inguzanyo|nakwaka akaguzanyo|gufata (kredi|loan|akaguzanyo)|kubona kredi|nahabwa kredi
        mwampa akaguzanyo
        (mpa|mumpe|mwampa|muduhe) (loan|kredi|inguzanyo)
        (mwampa|mumpe|muduhe) (indi|iyindi) (nguzanyo|loan|kredi)
    """,
    "oya": """
        reka ibyo|mureke ibyo|ntimubikore|ntubikore|ntimukore ibyo|bireke|mubireke|si (byo|ubu|ko biri|uwo|we)|sibyo
        sinemeye|sinemera|simbyemeye|simbyemera
        ntabwo (mbyemera|mbyemeye|nemeye|nemera|mbishaka|ari byo|aribyo|ari ko|ari uwo|nabyemera|tubyemera)
        nta byo nshaka|ntabyo nshaka|simbikeneye|siwe|mubihagarike|ubihagarike|ureke|urekere|murekere|ba ubiretse
        muba mubiretse|mube mubiretse|sinabyemera
    """,
    "munsubize": """
        (ndashaka|nshaka|mumpe) (amafaranga yanjye|cash zanjye|ayanjye|frw yanjye)|nishyuye menshi|nohereje menshi
        nishyuye arenga|(muduhe|turashaka) (amafaranga yacu|ayacu)|(mpa|ndasaba) amafaranga yanjye|mpa ayanjye
        amafaranga (yanjye|yacu) (agaruka|agaruke)
        (agaruka|igaruka|agaruke) kuri (momo|telefone|telephone|konti) yanjye
    """,
    "nzishyura": """
        nzaba (nishyuye|nayatanze|natanze|nabahaye|nabishyuye|narishyuye|nohereje|nayohereje|nayishyuye|nabyishyuye
            |narangije|nayazanye|nsoje)
        (nzashobora|nizeye|nzagerageza|nzaza|nteganya|nzaba namaze|ntegereje|tuzaza|ndateganya) kwishyura
        tuzaba (twishyuye|twabishyuye|twatanze|twohereje)|nzaza nishyure|nzahita nishyura|nzahita mbishyura
        ndi bwishyure|turi bwishyure
        (nzahita|nzhita|nzaza|ndaza|ndaje|turaza) (ndiha|ntanga|mbaha|nishyura|mboherereza|nyohereza|nyatanga|mbirangiza
            |nishyure|kwishyura|mbishyura|ntange|mbahe)
        (nkabona|mbone|nkazabona) kwishyura|nkabishyura
        (turaza|ndaza|nzaza|tuzaza) (kuyarangiza|kubirangiza|kurangiza|kubaha|kuyatanga)
    """,
    "angahe": "umubare nyawo|nzana angahe|ngomba kuzana|nazana angahe",
    "kwishyura": """
        (gukora|gutangiza|nkore|mutangize|tangiza) ubwishyu|gushyira amafaranga|gushyiraho amafaranga
        kugabanya (ideni|umwenda|inguzanyo|ibirarane|loan)|nshyireho|dushyireho|mbashyirireho|nongereho|twongereho
        nshyirireho|dushyirireho|munshyirireho|unshyirireho|nimunyishyuze|munyishyuze|nyishyuze|nishyuze|kwatsa umwenda
        munsabe kuri (momo|telefone)|ndi kwishyura|ndikwishyura|turi kwishyura
        gutanga (amafaranga|minerval)
    """,
    "ninishyura": "inyungu (zagabanuka|zizagabanuka|yagabanuka)|nazigama inyungu",
    "ndamutse": "(bite|angahe|gute) nongeyeho|bite nishyuye|byagenda bite nishyuye",
    "yego": "niko biri|ni ko biri|yego niko|(ni|yego ni) (uwo|we|jye|njye|uwo nguwo)|ni uwo nyine",
    "ngombwa": "bibaye (ari|) ngombwa",
    "amanota": "amanota angahe|amanota zingahe|bangahe",
    "agura": """
        (igura|bigura|rigura|agura|kigura|zigura) angahe|ni angahe ikiro|isaha zingahe|iminsi ingahe|imyaka ingahe
        ibiro bingahe
    """,
    "ntibigaragara": """
        ngo (sinishyuye|ntitwishyuye|ntabwo nishyuye|ntabwo twishyuye|sinarishye|sinatanze|sinohereje|ntayo natanze
            |ntayo nohereje|ntabwo nohereje)
        nta kintu nishyuye
        ntabwo (agaragara|igaragara|bigaragara|bugaragara|yagaragaye)
    """,
    "kurangiza": "nsoze|dusoze|ndangize|turangize|gusoza",
    "asigaye": """
        ihagaze ite|uhagaze ute|(ihagaze|uhagaze|duhagaze|mpagaze|rihagaze) gute|mpagaze nte|duhagaze dute|rihagaze rite
        uko (konti ihagaze|umwenda uhagaze|mpagaze|duhagaze)
    """,
    "itariki": "(itariki|tariki|saa) zingahe|itariki ingahe|saa ngahe|amasaha angahe|ku wa kangahe",
    "mukate": "mufashe bice|mumfashe bice|ubice kuri",
    "ibice": "mu bice",
    "nsezeranye": """
        (mumpe|mpa|muduhe|mungirire|mwampa|mwaduha) (icyumweru|iminsi|akanya|agahe)
        (munyongerere|munyongere|mwanyongerera) (iminsi|icyumweru|igihe)
        nimumpe (icyumweru|iminsi|akanya)
    """,
    "menyainguzanyo": "(kureba|reba|ndebe|turebe) (inguzanyo|loan|kredi)",
}
_WHO = "(?:n|nk|tuk|nd|ndi|tu|tw|mu|mw|u|w|ba|bi|bya|ka|kw|ku|ha)?"
_ISHYU = "i(?:shy|sh|sy)u"
_SHYU = "i?(?:shy|shi|sh|sy|s)u?"
"""The same without its vowels, where it is no payment: `nzshyura`."""
ADDRESSED = (
    "[a-z]{0,8}andik(?:a|e|ira|ire)|[a-z]{0,4}vug(?:a|e|isha|ishe)|[a-z]{0,3}koresh(?:a|e)|[a-z]{0,4}subi[jz][ae]"
    "|[a-z]{0,5}hindu(?:r|rir)[ae]|mush?yi?r[ae]|ubutumwa|nkunda|nifuza(?:ga)?|u?rurimi|numva|nsoma|mpa"
)
STEMS: tuple[tuple[str, Sign], ...] = (
    ("(?:m|nd|n|tu|du|a|ara)[a-z]{0,6}bereyemo", Sign.OWE),
    ("(?:n|nk|nki|m|nd|nda|nka|tu|du|tuki|tura|turi|ndi|ara|a|araki|u)(?:cya|ki)?(?:a)?barimo", Sign.OWE),
    ("(?:m|n|nd|nda|tu|tura|ara)(?:cya|ki)?(?:ba|aba|yi|ya|bya)gomba", Sign.OWE),
    (f"(?:si|nta|nti|ntu)[a-z]{{0,4}}{_ISHYU}r(?:a|e|ye)", Sign.NOT),
    ("si(?:m|n)[a-z]{0,4}(?:shaka|kene(?:ye)?|emeye)", Sign.NOT),
    ("(?:na|n|tw|twa|nar|twar|ar|yar|bar|ba)?(?:yo|bo|byo|bwo|mo|o)here(?:re)?je(?:mo|ho|yo)?", Sign.PAID),
    (
        "(?:na|twa|nara|twara|n)(?:ya|yi|bi|by|ba|yaba|yi|bibi|bu)?(?:tanze|haye|shyize|shyizwe|riheye|rishye)(?:ho|mo|yo)?",
        Sign.PAID,
    ),
    ("(?:a|y|ya|bya)(?:ra|a)?(?:ba|ya)?geze(?:yo|ho|mo)?", Sign.CAME),
    ("(?:mu|mwa|mwara|u|wa|ba|bara)(?:ya|bi|by|bu|bw|yi)?(?:boneye|bonye|kiriye|akiriye)", Sign.CAME),
    (
        "(?:nta|nti)[a-z]{0,4}(?:ger|gez|bon|bonek|bonets|garagar|garagay|jy|injir|injiy|andikw|anditsw)[ae](?:yo|ho|mo)?",
        Sign.WHERE,
    ),
    (
        "(?:bu|i|a|zi|bi|ri|ya|za|bya)tara(?:ba)?(?:gera|boneka|garagara|za|jya|injira|andikwa)(?:yo|ho|mo)?",
        Sign.WHERE,
    ),
    ("si(?:n|na|nda|nara)(?:ra)?(?:ya|bi|bu|yi)?(?:bona|bonye|kira|kiriye)", Sign.WHERE),
    (f"(?:nz|tuz|uz|muz|az|baz)[a-z]{{0,3}}{_SHYU}r(?:a|e|ir[ae])(?:ho|mo)?", Sign.WILL_PAY),
    ("(?:nz|tuz|az|baz)[a-z]{0,3}rih(?:a|ira)(?:ho|mo)?", Sign.WILL_PAY),
    ("(?:nz|tuz)a(?:mu|ba|ki)tangira", Sign.WILL_PAY),
    (
        (
            "(?:nz|tuz)a?(?:ya|yaba|ba|bi|by|bw|yi|ku)?(?:y|b)?"
            "(?:zana|zanira|tanga|herereza|oherereza|ohereza|rangiza|soza|ongeraho|ongera|ha|gezaho)"
        ),
        Sign.WILL_PAY,
    ),
    (f"(?:nin|nit|nim)[a-z]{{0,2}}{_SHYU}r(?:a|e|ira)", Sign.IF_PAID),
    (f"(?:n|na|tw|twa)(?:ra|ri)?{_SHYU}(?:ye|riye)", Sign.PAID),
    (f"(?:{_WHO}|y|ya|by|bwa|za|cya)(?:ra|ama|a)?{_ISHYU}(?:ye|riye|we|riwe)", Sign.PAID),
    (f"(?!nt|[a-z]{{1,3}}t(?:ar)?ishy)(?:n|tw|y|b|mw)[a-z]{{0,8}}{_ISHYU}(?:ye|riye)(?:ho|mo)?", Sign.PAID),
    ("(?:ba|mwa|mu|a|ya|bara|mwara|yara)[a-z]{0,2}(?:kuye|kuwe|kase|katiye|debise|debite)(?:ho|mo)?", Sign.LEFT),
    ("(?:ri|zi|a|bi|ya|za|bya)va(?:ho|mo)|(?:ri|rya|ya|yara|za|zara|bya|byara|bwa|bwara)vuye(?:ho|mo)", Sign.LEFT),
    ("(?:nti|nta)[a-z]{1,4}(?:gabanu|hindu)[a-z]{1,5}", Sign.SAME),
    ("(?:ku|kw|mu|mw|u|w|n|ny)?(?:ya|yi|bu|bw|y)?imur(?:a|e|ira|ire|wa|irwa|irwe|iwe)(?:yo|mo|ho)?", Sign.MOVE),
    (
        (
            "(?:ni)?(?:mu|u|mwa)?(?:ya|yi|bu|bi|zi|ri|u)?(?:mu|n|m|tu)?(?:shyir|jyan|himur|erekez|hindur|pindur|kosor)"
            "(?:a|e|ira|ire)(?:ho|mo|yo)?"
        ),
        Sign.PUT,
    ),
    (
        "(?:ni)?(?:(?:mu|mwa|ba)(?:ya|yi|bi|zi|bu)?|u(?:ya|yi|bi|zi|bu))(?:n|m|tu)?(?:kat|kur|akir|debit)(?:a|e|ira|ire)(?:ho|mo)?",
        Sign.SETTLE,
    ),
    ("(?:ni)?mwakir(?:a|e)(?:ho)?|(?:gu|ku|n|du)(?:ya|yi|bi|ba)?shyir(?:a|e)(?:ho|mo)?", Sign.SETTLE),
    (
        "(?:nim|nin|nit|nimb|nintw)[a-z]{0,4}(?:shyir(?:a|ira)|ongera|tanga|ohereza|herereza|riha|rihira|kuramo|gabanya)(?:ho|mo)?",
        Sign.IF_PAID,
    ),
    ("(?:[yb]w?a|by)(?:ra)?(?:ba)?(?:geze|injiye|aje|je)(?:ho|yo|mo)?", Sign.CAME),
    (
        (
            "(?:y|ya|by|bya|bw|bwa|z|za|ry|rya|cya|a)(?:r|ra)?(?:ba)?"
            "(?:gezeyo|gezeho|gezemo|geze|injiye|garagaye|anditswe|akiriwe|nyuzeho|kiriwe)(?:mo|ho|yo)?"
        ),
        Sign.CAME,
    ),
    (f"{_WHO}(?:y|yi)?{_ISHYU}r(?:a|e|ira|ire|irwa|wa|iza|ize)(?:ho|mo)?", Sign.PAY),
    (
        f"(?:n|m|nda|tura|du|tu|ku|nka|twa|na|mu|mwa|nimu)(?:ba|b|ya|y|bi|by|zi|bu|bw|n|ny|mu|mw){_ISHYU}r(?:a|e|ira|ire)(?:ho|mo)?",
        Sign.PAY,
    ),
    ("(?:n|nd|ndi|nda|ndayi|tu|tura|ku|mu|nimu|nka)(?:ba|ya|bi|yi|n|mu)?rih(?:a|e|ira|ire)(?:ho|mo)?", Sign.PAY),
    (
        "(?:gu|ku|mu|mwa|nimu|u|wa|n|na|a|ba|tu|twa|du|ndi)?(?:ya|bi|zi|yi|by|ba)?(?:n|du|tu)?subiz(?:a|e|wa|we|ire|ira|irwa)",
        Sign.REFUND,
    ),
    (
        "(?:ku|mu|mwa|nimu|u|wa|n|na|ba|tu|twa)?(?:ya|bi|zi|yi|by|m?ba)?(?:n|du|tu)?garur(?:a|e|ira|ire|irwa|irwe|wa|we)",
        Sign.REFUND,
    ),
    ("[a-z]{0,5}guriz(?:a|e|wa|we)(?:mo|ho)?|(?:n|na|twa|tu|ndi|nda)guz(?:a|e)", Sign.BORROW),
    ("(?:n|ku|du|mu|a|ba)?(?:si|dusi)ga(?:j[ei]|ye)", Sign.OWE),
    ("(?:n|du|tu|mu|a|i|ha|zi|tuba|mba|nda|ndaba|nki|tuki)?siga(?:je|ji|ye)(?:mo|ho)", Sign.OWE),
    ("(?:nda|mb?a?|tura|tuba|du|n)(?:ba|bi|ku)?sezeran(?:ya|yije|yirije|ije|iye)", Sign.PROMISE),
    (
        (
            "(?:nti|ntu|nta)(?:mu|u)?(?:zi|ra|ka)?(?:ya|bi|yi|n|by)?(?:kat|kur|kor|emez|shyir|komez|debit|fat|ohere[rz])"
            "(?:a|e|eze)?(?:ho|mo)?"
        ),
        Sign.NOT,
    ),
    ("(?:si|nti|nta)[a-z]{0,5}(?:shobo|bash)[a-z]{1,5}", Sign.NOT),
)
