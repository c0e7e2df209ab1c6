"""English: the words that people text, by what they tell. A word of this language is added here, and nowhere else.

Without accents, lower case. What is listed under a sign tells a wish (`core/sms/signs.py`); `POLITE` adds nothing to
one and takes
nothing from it; `COMMON` is itself, and never a slip of another word.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Sign

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
    Sign.REFUND: "refund refunds refunded reverse reversal return overpaid",
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
        initiate process debit collect reduce reducing knock offset
    """,
    Sign.CAME: """
        receive received recieve recieved recived reach reached reaches arrive arrived reflect reflected reflecting
        trace traced reflects showing shows appear appeared appearing appears credited enter entered moneycame
        landed posted captured came visible
    """,
    Sign.LEFT: "deducted debited charged cut gone disappeared vanished lost went",
    Sign.MUCH: "howmuch",
    Sign.FEE: "fee fees tuition fare term instalment installment",
    Sign.KNOW: "know knw tell see view update",
    Sign.NEW: "another newloan",
    Sign.GENUINE: "genuine real fake valid original authentic verify forged yours issued legit legitimate photoshopped",
    Sign.SAME: "unchanged",
    Sign.ALL: "everything all whole full entire",
    Sign.MINE: "mypayment",
    Sign.PUT: "put belongs belong change switch wrong mistake instead",
    Sign.WAIT: "bear wait until till upto patient patience",
}
POLITE = """
    i to my the for of please pls plz kindly me a an on in is it its your you thanks thank make now and with school
    fee fees from account acc this that by at so am sir madam hi hello dear amount number no student son daughter
    child children kid how much what whats can could us we our all send show check status new mini via mpesa sum
    change ll will have has been but does did yet sms text re do be s m t or wat senthome 've
"""
COMMON = """
    bus opens closes open close night driver bursar towards uniform lunch trip registration provided provide should
    could might every always end ends ended ending finished then last made year over came come goes took gave make
    must said pray play prize lady late land lose line live look love many meet mind miss much next nice once only
    page part past plan post rain rate rest ride road room safe sale seat seem self sell shop show side sign site
    size sort soon star stay step such talk task team test text than thin tour town tree true turn type unit user
    vote walk wall week well wife will wind wise work yard zone reminder reminders balls dear done down each even
    ever face fact fall fast feel fill find fire five food foot four free game girl goal grow hair half hand hard
    head hear heat hold hope hour idea join jump keep kind lead life lake laid lamp leaf here there when time times
    long are was were been who why because after before again still already just more them they their these those
    other nothing something day days month morning evening good fine god bless teacher mama mum mother father baba
    brother sister friend boss man woman boy class school home house job market phone number call going say ask
    write read buy price meeting exam sick ill early left right message messages code salary sorry anything wants
    about through out into world while lot lots set case men shit won center record player players played movie
    press areas mom trade led race paper whose listen note track stock thus fully worse peter avoid comments hall
    nine fell agent dude projects soul cat shooting shown dogs apple stick fuel providing spending command soldiers
    historical shopping appeal shoes hole shirt shots pages wing aside load lane expert crash peak debut tall lift
    reply historic vast gap mens processes tons wash duke luke pet refer wed prayer opinions francis pace resident
    anna lips preferred sept versions deny shops preparing apparent mall sole wore promoting churches frequent aids
    toys vary wound recipe reviewed loads reserves sue woke agreement argument mode leaves minutes hours pupil
    nephew niece cousin uncle aunt aunty grandma grandpa granny husband people friends nobody maybe around behind
    being below between beyond patients as his if up had her she him any go way may too off got use old own mr big
    few let top bad far try run law car per oh guy win air bit hit saw low age red act fun art dr hot tax eat hey
    key cup dog oil add met bed die sea box eye ice sun wow dad fit pre pro fan sit mrs ran app fat joy eve ann ali
    leo zoe sam tom ben dan jim ian kim ivy liz ray roy lee amy noe eli adding bank sell selling cow cows goat goats
    allow allowed allowing allows wanted hen hens maize beans coffee tea harvest harvested crop crops here
"""
SHORT: Mapping[str, str] = {
    "hw": "how",
    "paied": "paid",
    "payed": "paid",
    "chek": "check",
    "py": "pay",
    "hve": "have",
    "gt": "got",
    "wnt": "want",
    "paymnt": "payment",
    "pymnt": "payment",
    "rcvd": "received",
    "wats": "whats",
    "u": "you",
    "ur": "your",
    "mch": "much",
    "hv": "have",
    "wl": "will",
    "wil": "will",
    "frm": "from",
    "fone": "phone",
    "fon": "phone",
    "chk": "check",
    "alrdy": "already",
    "thru": "through",
    "wht": "what",
    "abt": "about",
    "dnt": "dont",
    "hav": "have",
    "pmt": "payment",
    "whr": "where",
    "mny": "money",
    "cn": "can",
    "snd": "send",
    "lon": "loan",
    "shud": "should",
    "shld": "should",
    "wud": "would",
    "cud": "could",
    "wat": "what",
    "pple": "people",
    "tmrow": "tomorrow",
    "knw": "know",
    "wen": "when",
    "bt": "but",
    "nw": "now",
    "wk": "week",
    "yh": "yeah",
    "pd": "paid",
    "yup": "yes",
    "yap": "yes",
    "ys": "yes",
    "yess": "yes",
    "yea": "yeah",
    "stmt": "statement",
    "stmnt": "statement",
    "da": "the",
    "dat": "that",
    "dis": "this",
    "dey": "they",
    "wer": "where",
    "ryt": "right",
    "rn": "now",
    "skul": "school",
    "sch": "school",
    "jst": "just",
    "wit": "with",
    "wana": "wanna",
    "abit": "bit",
    "coz": "because",
    "cos": "because",
    "bcoz": "because",
    "tho": "though",
    "pliz": "please",
    "plse": "please",
    "recve": "receive",
    "balanace": "balance",
}
"""How a word is shortened."""
_PAYING = "pay|clear|deposit|settle|top up|pay up|make a payment|make payment|repay"
_BRINGING = "send|bring|give|complete|finish|sort"
_IF = "if i|if we|if i could|if i can|if i were to|in case i|suppose i|what happens when i|supposing i|assuming i|say i"
_WILL = "will|ll|shall|gonna|ill"


def _each(before: str, verbs: str) -> str:
    """Each of these before each verb."""
    return "|".join(f"{said} {verb}" for said in before.split("|") for verb in verbs.split("|"))


_COMES = (
    "salary|wages|wage|bonus|pension|stipend|commission|harvest|brother|sister|son|daughter|uncle|aunt|father|mother|husband"
    "|wife|boss|visitor|visitors|rain|rains|money from home|customers|customer"
)
_MONEYS = "cash|money|payment|fees"

PHRASES: Mapping[str, str] = {
    "whatif": (
        f"{_each(_IF, _PAYING)}|{_each(_IF, _BRINGING)}|suppose i paid|supposing i paid|assuming i paid|what if"
        "|suppose i pay|if i pay|if we pay|if i send|if i add|if i paid|if i clear|if i put|by paying|by adding"
        "|by sending|by clearing|do i save|will i save|would i save|can i save|i will save|i would save"
        "|suppose i|supposing i|assuming i|imagine i|suppose we|what would change|what changes if|what difference"
        "|what happens to my|what happens if|happens to my interest|would paying|would sending|would clearing"
        "|would i gain|do i gain|will i gain|how much cheaper|if i throw|if i drop|if i brought|if i bring"
        "|if i top|if i finish|if i give|if i made|if i make|if i deposit|if i settle|how much interest dies"
    ),
    "willsend": _each(_WILL, _BRINGING),
    "willpay": (
        f"{_each(_WILL, _PAYING)}|going to pay|be paying|will be paying|able to pay|plan to pay|planning to pay"
        "|hope to pay|intend to pay|will have paid|shall have paid|will be able to pay|ll have paid"
        "|expect me to pay"
    ),
    "owe": (
        "finished paying|done paying|completed paying|done with fees|done with the fees|finished fees|up to date"
        "|paid up|still owing|left to pay|left to clear|yet to pay|not yet paid|to be paid|is left|s left|are left"
        "|how much left|was left|much left|balance left|remained|how much more|amount left|fees left|fee left"
        "|figure left|left for fees|left on fees|left on my|left in my"
        "|am i cleared|are we cleared|something to pay|anything to pay|still has to pay|still have to pay|the damage"
        "|am i in for|are we in for|want from me|want from us|we short|i short|am short|are short|still short|short by"
        "|need from me|demand from me|demanding from me|expect from me"
    ),
    "salary": (
        "get paid|am paid|got paid|be paid|are paid|paid me|paid us|pay me on|finally paid|was paid my|pays me|pays us"
        f"|{_each(_COMES, 'came|come|has come|arrived|has arrived|landed|has landed|reached|is in|entered|came in|has reached')}"
    ),
    "got": "i received|i ve received|i have received|we received|we have received|i just received|have just received|ve just received",
    "reached": (
        "not there|not yet there|has come|have come|come in|came in|come through|gone through|went through"
        "|go through|got through|came through|receipt of my|receipt of our|receipt of the|get to you|got to you"
        "|it land|it landed|it drop|it dropped|it pass|it passed|it enter|it show up|it get there|it come|it came|it arrive"
        "|not see|t see|cant see|dont see|cannot see|you got|did you get"
        "|have you got|not gone through|not passed|not yet in|not yet reached|not visible|not yet received"
    ),
    "howmuch": (
        "what do i|what should i|wat do i|what do we|what am i|what are we|what must i|how much|what we still"
        "|what i still|what we have to|what i have to|what we must|what we are to|what i am to|what we need to"
        "|what i need to|what is it that i"
    ),
    "statement": (
        "every payment|each payment|what did i pay|what did we pay|what have we paid|what was paid|everything i paid|all i have paid"
        "|all i paid|what have i paid|have i paid so far|i have paid so far|paid so far|mini statement"
        "|payment history|all my payments|all payments|my payments|payments made|payments i made"
        "|payments i have made|payments i ve made|what i have paid|what i paid|what i ve paid|what payments"
        "|which payments|payments you have received|payments you received|payments have you received"
        "|what payments have you received|which payments have you received"
    ),
    "due": (
        "next payment|next instalment|next installment|next repayment|supposed to pay|meant to pay"
        "|expected to pay|required to pay|have to pay|obliged to pay|should i pay|must i pay|do i pay"
        "|i should bring|i should send|i should pay|should bring|need to bring|to be brought|to bring"
        "|should we bring|should we pay"
    ),
    "work": (
        "your records|your system|your books|your list|night shift|day shift|on shift|late shift|stuck in"
        "|stuck at|remain at|remain in|remained at|remains at|remain behind|help my son|help my daughter"
        "|help my child|help him|help her|help them|help my boy|help my girl|pay attention|paying attention"
        "|pay a visit|pay him a visit"
    ),
    "okay": "thats fine|that s fine|its fine|it s fine|it is fine|that is fine|that s ok|thats ok|no problem",
    "help": (
        "what can this|what do i send|what do i need to write|t know how|dont know how|t understand how"
        "|dont understand|how does this work|how does it work|how do i use|how to use|how do i pay|how can i pay"
        "|how to pay|how do we pay|how can i use|what should i write|what do i write|what can i text"
        "|what do i text|what to write|how do you work|how can you help|what can you do|how do i start"
        "|what can i write|what should i text|what can i do|what do i do|what to type|what can i type"
        "|what do i type|what should i type|what to send|what to text|which services|what services"
        "|what do you offer|what can i send here|what can i ask|what else can|how do i go about|how does one use"
        "|how is it used|explain how"
        "|how do you use|what is this number for|what is this for|what does this number do|what is this number"
        "|what is this service|how does this number|am lost|i m lost|what can you do for"
        "|can i ask here|things can i ask|i can write|how do i ask|can be done here|what can be done"
    ),
    "refund": (
        "gimme back|gimme my|returned to me|money returned|money back|it back|give back"
        "|send back|send me back|give me back|return to me|pay me back|cash back"
        "|paid twice by mistake|want my money|need my money|want my cash"
        "|get my money back|want that money back|bring back my money|bring my money back|money returned"
        "|cancel my payment|cancel the payment|cancel this payment|cancel payment|paid extra|paid too much"
        "|extra payment"
    ),
    "deducted": (
        "mpesa took|momo took|airtel took|agent took|phone took|network took|you took|took my|took from me"
        "|left my phone|left my account|left my mpesa|left my line|left my momo|been cut|been removed"
    ),
    "moneycame": (
        f"{_each(_MONEYS, 'land|landed|drop|dropped|pass|passed|hit|enter|show up|get there|got there|gone through|go through')}|"
        "my money come|money come|money came|payment come|payment came|money has come|get the money|got the money"
        "|get my money|got my money|get my payment|got my payment|get the payment|got the payment"
        "|have got my money|see my payment|seen my payment|see my money|seen my money"
    ),
    "pay": "make my payment|do my payment|complete my payment|finish my payment",
    "mypayment": (
        "my payment|our payment|my last payment|the payment i made|my deposit|is the payment|has the payment"
        "|was the payment|did the payment|is payment|has payment"
    ),
    "unchanged": (
        "still the same|not changed|hasnt changed|has not changed|did not change|didnt change|not reduced"
        "|didnt reduce|not updated|not been updated|not gone down|same balance|same amount owing"
    ),
    "saangapi": "what time",
    "paid": (
        "have pay|have cleared|i cleared|we cleared|already cleared|has cleared|ve cleared|completed payment"
        "|made payment|made the payment|made a payment|made my payment|done payment|finished payment"
        "|completed the payment|completed my payment|done the payment|have fully paid|i fully paid|ve fully paid"
        "|has fully paid|i paid in full|have paid in full|i paid fully|after paying|after i paid"
        "|after i have paid|i dropped|i put in|i ve put in|have put in|i topped|i gave"
    ),
    "goahead": (
        "go ahead|that s right|thats right|that is right|do it|do that|do so|i confirm|i agree|that is correct"
        "|its correct|go on|carry on|go for it|you may proceed|you can proceed|please continue|continue please"
    ),
    "push": "from my phone|from my mpesa|from my momo|from my line|from my account",
    "wrong": (
        "should be|should go|should have been|ought to be|meant for|supposed to|was for|was supposed to be for"
        "|was to go to|was intended for"
    ),
    "loans": "my loans",
    "newloan": "new loan|fresh loan|second loan",
    "promise": "my word|you will have your|you ll have your|have my word|you will get your|you ll get your",
    "clear": "finish off|finish up|clear off|pay off|knock off|off what i owe",
    "borrow": (
        "take a loan|take loan|take another loan|take out a loan|take the loan|take a new loan|taking a loan"
        "|as a loan|as loan|as credit|as a credit"
    ),
    "home": (
        "sent home|sent him home|sent her home|sent them home|sent back home|chased home|chased from school|sent away"
    ),
    "no": (
        "cancel that|cancel it|cancel this|not that|not this|not that one|leave it|leave that|forget it"
        "|forget that|drop it|no need|not now|not today|not yet please|i dont accept|i do not accept"
        "|i dont want it|dont do that|dont do it|don t do that|don t do it|do not do it|do not do that"
        "|stop that payment|stop the payment|i said no|said no|no way|no thanks|no thank you"
    ),
    "balance": "how far am i|how far are we|where do i stand|where am i with|how far is|how far with",
    "selling": (
        "sold well|sold the|sold my|sold our|sold some|just sold"
        "|have sold|i sold|we sold|ve sold|not yet sold|be sold|is sold|was sold|are sold|get sold"
    ),
    "topup": "top up|topping up",
    "debtors": "list of debtors|list of defaulters|defaulters list|debtors list",
    "cleared": "fully paid|paid in full|paid fully",
}
"""Several words that say one thing, by the one word that says it (of any language)."""
STEMS: tuple[tuple[str, Sign], ...] = ()
PASSING = """
    sent send sending willsend return returned returns list records history move moving moved shift
    transfer left lost gone remain remains remained reach reached
"""
"""Words that tell their wish only beside money, or where little else is said: `I sent the boy with his lunch` wants nothing."""
