"""A loan's whole life in a running demo, as a walk: borrowed, repaid to the wrong loan, moved, promised, chased, ended early."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.docs.walk import Demo

PETER = "Peter"
NEWCOMER, NAME = "254720000199", "Zawadi Atieno"
SMS_TO = "20881"


class Borrower:
    """Somebody with a phone, and what it was texted since they last looked."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.read = len(self._texts())
        self.code = ""
        """Of the newest message from M-Pesa."""

    def _texts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.demo.get(f"/sandbox/phones/{NEWCOMER}")["sms"]
        return found

    def hears(self, *words: str) -> None:
        """Wait for a text with each of these words, and tell all that came since."""

        def look() -> Any:
            came = self._texts()[self.read :]
            return came if all(any(word in one["text"] for one in came) for word in words) else None

        came: list[dict[str, Any]] = self.demo.until(f"{words} on the phone", look)
        self.read += len(came)
        for one in came:
            self.demo.told("M-Pesa" if one["from"] == "MPESA" else "SMS", one["text"])
            if one["from"] == "MPESA":
                self.code = one["text"].split()[0]

    def texts(self, words: str, expects: str) -> None:
        self.demo.told(">", f"(texts) {words}")
        self.demo.post(f"/sandbox/phones/{NEWCOMER}/sms", {"to": SMS_TO, "text": words})
        self.hears(expects)

    def presses(self, *choices: str) -> None:
        """Each is what a line of the open page says, or what is typed."""
        for choice in choices:
            found = self.demo.number(NEWCOMER, choice)
            self.types(choice if found == "98" else found)  # where nothing is called so, it is what is typed

    def types(self, key: str) -> None:
        self.demo.told(">", key)
        page = self.demo.post(f"/sandbox/phones/{NEWCOMER}/key", {"input": key})
        self.demo.told("phone", page["screen"]["text"])

    def dials(self) -> None:
        page = self.demo.post(f"/sandbox/phones/{NEWCOMER}/dial", {"code": self.demo.school["ussd_code"]})
        self.demo.told(">", f"(dials) {self.demo.school['ussd_code']}")
        self.demo.told("phone", page["screen"]["text"])

    def pays(self, account: str, shillings: int) -> None:
        self.demo.told(">", f"(M-Pesa, paybill {self.demo.school['shortcode']}, account {account}) {shillings}")
        body = {"shortcode": self.demo.school["shortcode"], "account": account, "amount": shillings}
        self.demo.post(f"/sandbox/phones/{NEWCOMER}/paybill", body)

    def enters_pin(self) -> None:
        path = f"/sandbox/phones/{NEWCOMER}"
        (prompt, *_) = self.demo.until("the prompt", lambda: self.demo.get(path)["prompts"])
        self.demo.told("phone", f"Pay KSh {prompt['amount']} to {prompt['payee']}, account {prompt['reference']}. PIN:")
        self.demo.told(">", "(PIN)")
        self.demo.post(f"{path}/prompt", {"id": prompt["id"], "answer": "pin"})


def a_loan(demo: Demo) -> None:
    demo.at("Umoja Credit")
    me = Borrower(demo)
    demo.story(
        "A loan, from the wish to the last coin",
        "A newcomer borrows on the phone, and again by text; Peter Kamau, the officer, says yes to both in his chat. Then a slip: "
        "what was meant for one loan is paid to the other. It is moved, promised about, chased and ended early, all from the "
        "handset; the chat tells Peter of each.",
    )
    me.dials()
    me.presses("Borrow", "Boda", "5000", "4 weeks", NAME)
    demo.pictured_phone("phone-loan", "A newcomer", "what a loan costs, before the yes")
    me.presses("Accept")
    boda = _given(demo, me, "5,000")
    me.texts("apply stock 3000 for 3 months", "Text YES")
    me.texts("yes", "is with the office")
    stock = _given(demo, me, "3,000")
    _paid_to_the_wrong_one(demo, me, boda, stock)
    _promised(demo, me, boda, stock)
    _chased(demo, me, boda)
    _ended(demo, me, boda, stock)
    demo.over()


def _given(demo: Demo, me: Borrower, said: str) -> str:
    """The officer says yes in their chat, and the money comes; the loan's number."""
    asked = demo.newest(PETER, f": KSh {said}\nAsked for by the customer\nborrower: {NAME}")["text"]
    demo.told("bot", asked)
    number = str(asked.split(":")[0].split()[-1])
    demo.presses(PETER, number, "Approve", expects="Say yes to Loan")
    demo.presses(PETER, "Say yes to Loan", "Approve", expects="Written down")
    me.hears("is approved", "You have received", "you have KSh")
    return number


def _paid_to_the_wrong_one(demo: Demo, me: Borrower, boda: str, stock: str) -> None:
    me.pays(stock.replace("LOAN-0000", "l0an-oooo"), 1_365)
    me.hears(f"received for {stock}", "Confirmed")
    demo.told("bot", demo.newest(PETER, f"paid KSh 1,365 for {stock}")["text"])
    me.texts(f"move {me.code} {boda}", "Text YES")
    me.texts("yes", "now counts for")
    demo.told("bot", demo.newest(PETER, f"paid KSh 1,365 for {boda}")["text"])


def _promised(demo: Demo, me: Borrower, boda: str, stock: str) -> None:
    """One by text, which is not kept; one on the phone, which silences until its day."""
    me.texts(f"promise 500 {boda} {_in_days(demo, 2)}", "We will not remind you")
    demo.told("bot", demo.newest(PETER, f"promises KSh 500 for {boda}")["text"])
    me.dials()
    me.presses("My loans", stock, "Pay", "Pay later")
    me.types("1")
    me.presses(".*part", "200", "Yes|I promise")
    demo.told("bot", demo.newest(PETER, f"promises KSh 200 for {stock}")["text"])


def _in_days(demo: Demo, days: int) -> str:
    """As `25/11`."""
    on = datetime.fromisoformat(demo.get("/sandbox/clock")["now"]) + timedelta(days=days)
    return f"{on:%d/%m}"


def _chased(demo: Demo, me: Borrower, boda: str) -> None:
    """The clock is moved on, and the texts come as on the days themselves."""
    demo.pictured_part("hours", "#hours", "Where the page moves the demo's clock on")
    demo.moves_to("evening", 3, "the promise was not kept")
    me.hears("promised by")
    demo.told("bot", demo.newest(PETER, f"promised KSh 500 for {boda}")["text"])
    demo.moves_to("evening", 8, "the next instalment comes near")
    me.hears(f"for {boda} is due")
    demo.moves_to("evening", 2, "and did not come")
    me.hears(f"for {boda} was due on")
    demo.told("bot", demo.newest(PETER, f"for {boda} since")["text"])
    demo.pictured("chat-loan", PETER)


def _ended(demo: Demo, me: Borrower, boda: str, stock: str) -> None:
    for number in (boda, stock):
        me.dials()
        me.presses("My loans", number, "Pay")
        me.types("2")  # what ends it today
        me.presses("Pay now")
        me.enters_pin()
        me.hears(f"received for {number}")
        demo.told("bot", demo.newest(PETER, f"{number}. It is repaid")["text"])
    demo.pictured("chat-loan-end", PETER)
