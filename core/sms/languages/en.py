"""English: the words that people text, by what they tell. What its parts mean stands in `vocabulary.py`."""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Cue, Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: "pay paying pays payment payments repay repayment repaying paymnt pymt remit remitting",
    Sign.PAID: "paid sent deposited payed transferred repaid remitted",
    Sign.WILL_PAY: "willpay expect willsend",
    Sign.IF_PAID: "whatif simulate simulation",
    Sign.BALANCE: "balance bal balances blnc balanc",
    Sign.OWE: """
        owe owed owing outstanding arrears arreas debt debts due remaining remain remains remainder pending unpaid
        cleared
    """,
    Sign.STATEMENT: "statement statements ministatement history list breakdown records transactions",
    Sign.LOAN: "loan loans newloan",
    Sign.BORROW: "apply application borrow applying borrowing lend lending",
    Sign.WISH: "need want get request would like wish wanna looking give requesting asking prefer",
    Sign.PROMISE: "promise promised promising pledge promis",
    Sign.RECEIPT: "receipt receipts reciept recipt",
    Sign.REFUND: "refund refunds refunded reverse reversal return overpaid overdeducted overcharged",
    Sign.MOVE: "move moving transfer shift reallocate redirect",
    Sign.HELP: "help info menu options commands stuck confused guide assist assistance explain",
    Sign.LANGUAGE: "language lang english speak",
    Sign.WHERE: "where wheres",
    Sign.MONEY: "money cash mony momo moneycame transaction",
    Sign.YES: """
        yes yeah yep y ok okay do confirm confirmed sure proceed agreed agree accept correct goahead continue
    """,
    Sign.NO: "no nope nah",
    Sign.NOT: "not dont never cannot cant wont didnt shouldnt isnt hasnt havent leave",
    Sign.SETTLE: """
        clear settle deposit prompt stk push deduct charge complete finish topup clearing settling send bring take
        initiate process debit collect reduce reducing knock offset finishes
    """,
    Sign.CAME: """
        receive received recieve recieved recived reach reached reaches arrive arrived reflect reflected reflecting
        trace traced reflects showing shows appear appeared appearing appears credited enter entered moneycame landed
        posted captured came visible
    """,
    Sign.LEFT: "deducted debited charged cut gone disappeared vanished lost went",
    Sign.MUCH: "howmuch",
    Sign.FEE: "fee fees tuition fare term instalment installment",
    Sign.KNOW: "know knw tell see view update",
    Sign.NEW: "another newloan",
    Sign.GENUINE: """
        genuine real fake valid original authentic verify forged yours issued legit legitimate photoshopped
    """,
    Sign.SAME: "unchanged",
    Sign.ALL: "everything all whole full entire",
    Sign.MINE: "mypayment",
    Sign.PUT: "put belongs belong change switch wrong mistake instead",
    Sign.WAIT: "bear wait until till upto patient patience",
}
CUES: Mapping[Cue, str] = {
    Cue.ACCOUNT: "account",
    Cue.BACK: "back",
    Cue.BEHIND_FOR: "my our the his her their you me us school fees",
    Cue.BEHIND_TO: "pay know see clear settle borrow get send loan my school you have",
    Cue.BUT: "but yet still",
    Cue.CHANGES: "interest end ends finish finished save gain reduce cheaper shorter sooner earlier",
    Cue.CLEARS: "clear settle clearing settling finishes",
    Cue.COUNTED: """
        month months mnths week weeks day days term terms grade form class kids children pupils students instalments
        installments times year years std standard minute minutes hours hour bags bag sacks kg kilos acres eggs km
    """,
    Cue.DECIDED: "approved granted status rejected limit",
    Cue.DOUBTS: "or",
    Cue.FOR: "for to",
    Cue.HELP: "help",
    Cue.IF: "if",
    Cue.LESSON: """
        exam exams paper papers test tests book books textbook teacher teachers lesson lessons homework marks grade
        grades score scored failed fails failing passed tuition class classes subject
    """,
    Cue.BADLY: "little",
    Cue.DENIES: "don doesn stop nothing without",
    Cue.ONLY: "only version",
    Cue.OTHERS: "he she they who",
    Cue.PLEASE: "please pls plz plse",
    Cue.READS: "read understand",
    Cue.WHY: "why",
    Cue.MY: "my our",
    Cue.NO_SUCH: "no",
    Cue.OF: "no number",
    Cue.OPENS: "did do does can could may am is are shall should will would",
    Cue.OPENS_TO: "i you u we it they",
    Cue.PAYMENT: "payment payments",
    Cue.PAYMENTS: "payments",
    Cue.PERIOD: "year term",
    Cue.PUTS: "put add",
    Cue.SHOWN: "show list",
    Cue.WHAT: "what whats",
    Cue.WHEN: "when",
}
POLITE = """
    i to my the for of please pls plz kindly me a an on in is it its your you thanks thank make now and with school fee
    fees from account acc this that by at so am sir madam hi hello dear amount number no student son daughter child
    children kid how much what whats can could us we our all send show check status new mini via mpesa sum change ll
    will have has been but does did yet sms text re do be s m t or wat senthome 've
"""
COMMON = """
    speaks reads writes
    bus opens closes open close night driver bursar towards uniform lunch trip registration provided provide should
    could might every always end ends ended ending finished then last made year over come goes took gave make must said
    pray play prize lady late land lose line live look love many meet mind miss much next nice once only page part past
    plan post rain rate rest ride road room safe sale seat seem self sell shop show side sign site size sort soon star
    stay step such talk task team test text than thin tour town tree true turn type unit user vote walk wall week well
    wife will wind wise work yard zone reminder reminders balls dear done down each even ever face fact fall fast feel
    fill find fire five food foot four free game girl goal grow hair half hand hard head hear heat hold hope hour idea
    join jump keep kind lead life lake laid lamp leaf here there when time times long are was were been who why because
    after before again still already just more them they their these those other nothing something day days month
    morning evening good fine god bless teacher mama mum mother father baba brother sister friend boss man woman boy
    class school home house job market phone number call going say ask write read buy price meeting exam sick ill early
    left right message messages code salary sorry anything wants about through out into world while lot lots set case
    men shit won center record player players played movie press areas mom trade led race paper whose listen note track
    stock thus fully worse peter avoid comments hall nine fell agent dude projects soul cat shooting shown dogs apple
    stick fuel providing spending command soldiers historical shopping appeal shoes hole shirt shots pages wing aside
    load lane expert crash peak debut tall lift reply historic vast gap mens processes tons wash duke luke pet refer wed
    prayer opinions francis pace resident anna lips preferred sept versions deny shops preparing apparent mall sole wore
    promoting churches frequent aids toys vary wound recipe reviewed loads reserves sue woke agreement argument mode
    leaves minutes hours pupil nephew niece cousin uncle aunt aunty grandma grandpa granny husband people friends nobody
    maybe around behind being below between beyond patients as his if up had her she him any go way may too off got use
    old own mr big few let top bad far try run law car per oh guy win air bit hit saw low age red act fun art dr hot tax
    eat hey key cup dog oil add met bed die sea box eye ice sun wow dad fit pre pro fan sit mrs ran app fat joy eve ann
    ali leo zoe sam tom ben dan jim ian kim ivy liz ray roy lee amy noe eli adding bank selling cow cows goat goats
    allow allowed allowing allows wanted hen hens maize beans coffee tea harvest harvested crop crops border bale
    bales bicycle bicyle
"""
PASSING = """
    sent send sending willsend return returned returns list records history move moving moved shift transfer left lost
    gone remain remains remained reach reached
"""
SHORT: Mapping[str, str] = {
    "how": "hw",
    "paid": "paied payed pd",
    "check": "chek chk",
    "pay": "py",
    "have": "hve hv hav",
    "got": "gt",
    "want": "wnt",
    "payment": "paymnt pymnt pmt",
    "received": "rcvd",
    "whats": "wats",
    "you": "u",
    "your": "ur",
    "much": "mch",
    "will": "wl wil",
    "from": "frm",
    "phone": "fone fon",
    "already": "alrdy",
    "through": "thru",
    "what": "wht wat",
    "about": "abt",
    "dont": "dnt",
    "where": "whr wer",
    "money": "mny",
    "can": "cn",
    "send": "snd",
    "loan": "lon",
    "should": "shud shld",
    "would": "wud",
    "could": "cud",
    "people": "pple",
    "tomorrow": "tmrow",
    "know": "knw",
    "when": "wen",
    "but": "bt",
    "now": "nw rn",
    "week": "wk",
    "yeah": "yh yea",
    "yes": "yup yap ys yess",
    "statement": "stmt stmnt",
    "the": "da",
    "that": "dat",
    "this": "dis",
    "they": "dey",
    "right": "ryt",
    "school": "skul sch",
    "just": "jst",
    "with": "wit",
    "wanna": "wana",
    "bit": "abit",
    "because": "coz cos bcoz",
    "though": "tho",
    "please": "pliz plse",
    "receive": "recve",
    "balance": "balanace",
}
_PAYING = "pay|clear|deposit|settle|top up|pay up|make a payment|make payment|repay"
_BRINGING = "send|bring|give|complete|finish|sort"
_IF = "if i|if we|if i could|if i can|if i were to|in case i|suppose i|what happens when i|supposing i|assuming i|say i"
_WILL = "will|ll|shall|gonna|ill"
_COMES = (
    "salary|wages|wage|bonus|pension|stipend|commission|harvest|brother|sister|son|daughter|uncle|aunt|father|mother"
    "|husband|wife|boss|visitor|visitors|rain|rains|money from home|customers|customer"
)
"""What comes to people, as money does."""
_MONEYS = "cash|money|payment|fees"
PHRASES: Mapping[str, str] = {
    "yes": """
        (that s|thats|that is|its|it s|it is) (the right|the correct) (child|one|student|kid|boy|girl|person)
        (that s|thats|its|it s) (him|her|correct)
    """,
    "whatif": f"""
        ({_IF}) ({_PAYING}|{_BRINGING})|suppose (i paid|i|we)|supposing i paid|assuming i paid
        what (if|would change|changes if|difference|happens to my|happens if)
        if i (add|paid|put|throw|drop|brought|top|made|make)|(by|would) (paying|sending|clearing)|by adding
        (do|would|will) (i save|i gain)|can i save|i will save|i would save|supposing i|assuming i|imagine i
        happens to my interest|how much cheaper|how much interest dies
        if (am|i am|i m|we are) (paying|sending|giving|putting)|if i (gave|sent|give|cleared|deposited|topped)
        if i (added|sent|paid in|throw in)
    """,
    "willsend": f"({_WILL}) ({_BRINGING})|(will|shall|ll) have (sent|brought|cleared|sorted|given)",
    "willpay": f"""
        ({_WILL}) ({_PAYING})|(going|plan|intend|hope|expect me|will be able|able|planning) to pay|be paying
        will be paying|will have paid|shall have paid|ll have paid
        (will|ll|shall) put in
        il (pay|send|clear|bring)
    """,
    "owe": """
        (finished|done|completed) paying|(done with|left for|finished|left on|done with the) fees|up to date|paid up
        still owing|(left|anything|something|still have|yet|still has) to pay|left to clear|not yet paid|to be paid
        (is|are|s|how much|amount|figure|much|was|fee|fees|balance) left|remained|how much more|left on my|left in my
        (am i|are we) (cleared|in for)|the damage|(want|expect|need|demand|demanding) from me|want from us
        (still|are|we|i|am) short|short by
    """,
    "salary": f"""
        ({_COMES}) (came|come|has come|arrived|has arrived|landed|has landed|reached|is in|entered|came in|has reached)
        (get|are|am|be|got|finally) paid|(paid|pays) (me|us)|pay me on|was paid my
    """,
    "got": "(i|we|we have|ve just|i ve|i have|have just|i just) received",
    "reached": """
        not (there|yet there|see|passed|yet in|yet reached|visible|yet received)|has come|have come|come in|came in
        (come|came|went|got|not gone|go|gone) through|receipt of (my|our|the)|get to you|got to you
        it (land|landed|drop|dropped|pass|passed|enter|show up|get there|come|came|arrive)|(t|dont|cant|cannot) see
        you got|did you get|have you got
        have (u|you) seen|did u (see|get)
    """,
    "howmuch": """
        what (do i|should i|do we|am i|are we|must i|we still|i still|we have to|i have to|we must|we are to|i am to
            |we need to|i need to|is it that i)
        wat do i|how much
        (the|whats the|what is the) total i (need|owe|must|should|have)|total (needed|required) to
        (what|which) amount
    """,
    "statement": """
        every payment|each payment|what did (i|we) pay|what (have we|was|have i|i have|i|i ve) paid|everything i paid
        all i have paid|all i paid|(have i paid|i have paid|paid) so far|mini statement|payment history
        (all|all my|my) payments
        payments (made|i made|i have made|i ve made|you have received|you received|have you received)
        (what|which) (payments|payments have you received)
        everything (that was|i|we) paid|everything (paid|charged)
    """,
    "due": """
        next (payment|instalment|installment|repayment)
        (supposed to|required to|have to|i should|meant to|obliged to|should i|must i|do i|expected to|should we) pay
        (should|i should|need to|to|should we) bring|i should send|to be brought
        payoff (figure|amount|balance|)
        still to pay
    """,
    "work": """
        your (records|system|books|list)|(night|late|on|day) shift|(stuck|remain) (in|at)|remained at|remains at
        remain behind|help (my son|my daughter|my child|him|her|them|my boy|my girl)|pay attention|paying attention
        pay a visit|pay him a visit
    """,
    "okay": """
        (thats|that s|its|that is|it is|it s) fine|that s ok|thats ok|no problem
        (that is|thats|that s|it is|its) the one|yes that one|the one yes
    """,
    "help": """
        what (can this|do i send|do i need to write|should i write|do i write|can i text|do i text|to write|can you do
            |can i write|should i text|can i do|do i do|to type|can i type|do i type|should i type|to send|to text
            |services|do you offer|can i send here|can i ask|else can|is this number for|is this for|does this number do
            |is this number|is this service|can you do for|can be done)
        (t know|t understand|dont know|explain) how|dont understand
        how (does this work|does it work|do i use|to use|do i pay|can i pay|to pay|do we pay|can i use|do you work
            |can you help|do i start|do i go about|does one use|is it used|do you use|does this number|do i ask)
        which services|am lost|i m lost|can i ask here|things can i ask|i can write|can be done here
        to write here
    """,
    "refund": """
        (gimme|give me|want that money|pay me|money|send me|get my money|cash|give|it|bring my money|send) back|gimme my
        returned to me|money returned|return to me|paid twice by mistake|(want|need|bring back) my money|want my cash
        cancel (my|the|this|) payment|paid extra|paid too much|extra payment
        too much on|want it (back|bck)|send it (back|bck)
    """,
    "deducted": """
        (mpesa|agent|phone|network|momo|airtel|you) took|took my|took from me|left my (phone|account|mpesa|line|momo)
        been cut|been removed
        (was|were|been|is) removed from
    """,
    "moneycame": f"""
        ({_MONEYS}) (land|landed|drop|dropped|pass|passed|hit|enter|show up|get there|got there|gone through|go through)
        (my money|money has|money|payment) come|money came|payment came
        (get the|seen my|got the|get my|see my|got my) (money|payment)|have got my money
    """,
    "pay": "(make|finish|complete|do) my payment",
    "mypayment": """
        (my|is the|has|is|our|did the|was the|my last|has the) payment|the payment i made|my deposit
    """,
    "unchanged": """
        still the same|not (changed|reduced|updated|been updated|gone down)|hasnt changed|has not changed|did not change
        didnt change|didnt reduce|same balance|same amount owing
        owe the same
    """,
    "saangapi": "what time",
    "paid": """
        have pay|(have|i|has|ve) (cleared|fully paid)|we cleared|already cleared
        (completed|made|done|made my|finished|made the|done the|completed the|made a|completed my) payment
        i paid in full|have paid in full|i paid fully|after (paying|i paid|i have paid)|i dropped|(have|i ve|i) put in
        i topped|i gave
    """,
    "goahead": """
        go ahead|(that s|that is|thats) right|do it|do that|do so|i confirm|i agree|that is correct|its correct|go on
        carry on|go for it|you (may|can) proceed|please continue|continue please
    """,
    "push": "from my (phone|mpesa|momo|line|account)|pop up|popup|momo push",
    "wrong": """
        should (be|go|have been)|ought to be|meant for|supposed to|was (supposed to be|intended|) for|was to go to
        another (pupil|child|student)|other (pupil|child|student)
    """,
    "loans": "my loans",
    "newloan": "new loan|fresh loan|second loan",
    "promise": """
        my word|(you will|you ll) (have your|get your)|have my word
        give me (till|until|upto|up to|a week|two weeks|some time|time)
    """,
    "clear": "(finish|clear|pay|knock) off|finish up|off what i owe|let me sort",
    "borrow": "take (a|another|out a|the|a new|) loan|taking a loan|(as|as a) (loan|credit)",
    "home": """
        sent (him|her|them|back|) home|chased home|chased from school|sent away
        (dont|do not|don t) (chase|send) (her|him|them|the kid|the child|my child|away)
        have come (from|back|home)
    """,
    "no": """
        (cancel|do not do|don t do|dont do|forget|leave) (that|it)|cancel this
        not (that|this|that one|now|today|yet please)|drop it|no need|i dont accept|i do not accept|i dont want it
        stop (that|the) payment|i said no|said no|no way|no thanks|no thank you
    """,
    "balance": "how far (am i|are we|is|with)|where do i stand|where am i with",
    "selling": "sold (well|the|my|our|some)|(just|are|be|not yet|is|ve|we|have|get|was|i) sold",
    "topup": "top up|topping up",
    "debtors": "list of debtors|list of defaulters|defaulters list|debtors list",
    "cleared": "fully paid|paid in full|paid fully",
    "put": "take (it|them|that) to",
    "genuine": "is it (truly|really) from|truly from",
    "desque": """
        (once|as soon as|when) (i|we) get|as soon as (i|we|my)|once (i|we|my)|after (i|we) (sell|get|harvest)
        after (harvest|payday)
    """,
}
ADDRESSED = (
    "writ(?:e|ing)|repl(?:y|ying)|answer|respond|send|talk|speak|use|using|change|switch|messages?|msgs?|texts|sms|prefer"
    "|translate|language|lang|explain|read|understand"
)
STEMS: tuple[tuple[str, Sign], ...] = ()
