"""A loan's whole life in a running demo, as a walk: borrowed, repaid to the wrong loan, moved, promised, chased, ended early."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.docs.walk import Demo

NEWCOMER, NAME = "254720000199", "Zawadi Atieno"
SMS_TO = "20881"


class Borrower:
    """Somebody with a phone, and what it was texted since they last looked."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.read = len(self._texts())

    def _texts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.demo.get(f"/sandbox/phones/{NEWCOMER}")["sms"]
        return found

    def hears(self, *words: str) -> str:
        """Wait for a text with each of these words, and tell all that came since; the last of them."""

        def look() -> Any:
            came = self._texts()[self.read :]
            return came if all(any(word in one["text"] for one in came) for word in words) else None

        came: list[dict[str, Any]] = self.demo.until(f"{words} on the phone", look)
        self.read += len(came)
        for one in came:
            self.demo.told("M-Pesa" if one["from"] == "MPESA" else "SMS", one["text"])
        return str(came[-1]["text"])

    def texts(self, words: str, expects: str) -> str:
        self.demo.told(">", f"(texts) {words}")
        self.demo.post(f"/sandbox/phones/{NEWCOMER}/sms", {"to": SMS_TO, "text": words})
        return self.hears(expects)

    def presses(self, *choices: str) -> None:
        """Each is what a line of the open page says, or what is typed."""
        for choice in choices:
            found = self.demo.number(NEWCOMER, choice)
            self.types(choice if found == "98" else found)

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


def loan(demo: Demo) -> None:
    demo.at("Umoja Credit")
    me, peter = Borrower(demo), "Peter"
    demo.story(
        "A loan, from the wish to the last coin",
        "A newcomer borrows on the phone, and again by text; Peter Kamau, the officer, says yes to both in his chat. Then a slip: "
        "what was meant for one loan is paid to the other. It is moved, promised about, chased and ended early, all from the "
        "handset; the chat tells Peter of each.",
    )
    me.dials()
    me.presses("Borrow", "Boda", "5000", "4 weeks", NAME)
    demo.pictured_phone("phone-loan", "A newcomer", "what the loan costs, before the yes")
    me.presses("Accept")
    boda = _given(demo, me, peter, "5,000")
    me.texts("apply stock 3000 for 3 months", "Text YES")
    me.texts("yes", "is with the office")
    stock = _given(demo, me, peter, "3,000")

    me.pays(stock.replace("LOAN-0000", "l0an-oooo"), 1_365)
    said = me.hears(f"received for {stock}", "Confirmed")
    demo.told("bot", demo.newest(peter, f"paid KSh 1,365 for {stock}")["text"])
    code = re.search(r"\((\w+)\)", said) or re.search(r"(UK\w{8})", "\n".join(one["text"] for one in me._texts()[-2:]))
    assert code, said
    me.texts(f"move {code.group(1)} {boda}", "Text YES")
    me.texts("yes", f"{boda}")
    demo.told("bot", demo.newest(peter, f"paid KSh 1,365 for {boda}")["text"])

    me.texts(f"promise 500 {boda} in 3 days", "Text YES")
    me.texts("yes", "We will not remind you")
    demo.told("bot", demo.newest(peter, "promises")["text"])
    me.dials()
    me.presses("My loans", rf"{stock}", "Pay", "Pay later")
    me.types("1")
    me.presses("Another", "200", "Yes")
    demo.told("bot", demo.newest(peter, "promises KSh 200")["text"])
    demo.over()
    _chased(demo, me, boda, stock)


def _given(demo: Demo, me: Borrower, who: str, said: str) -> str:
    """Somebody says yes in their chat, and the money comes; the loan's number."""
    asked = demo.newest(who, f": KSh {said}\nAsked for by the customer\nborrower: {NAME}")["text"]
    demo.told("bot", asked)
    number = asked.split(":")[0].split()[-1]
    demo.presses(who, number, "Approve", expects="Say yes to Loan")
    demo.presses(who, "Say yes to Loan", "Approve", expects="Written down")
    me.hears("is approved", "You have received", "you have KSh")
    return str(number)


def _chased(demo: Demo, me: Borrower, boda: str, stock: str) -> None:
    peter = "Peter"
    demo.lines += ["", "Nobody waits for real evenings: under *The hour* the page moves the demo's clock on.", ""]
    demo.pictured_part("hours", "#hours", "the hour of the demo")
    demo.lines += ["", "```text"]
    demo.moves(me, 3, "the promise was not kept")
    me.hears("promised by")
    demo.told("bot", demo.newest(peter, f"promised KSh 500 for {boda}")["text"])
    demo.moves(me, 7, "two days before the instalment")
    me.hears(f"for {boda} is due on")
    demo.moves(me, 3, "it did not come")
    me.hears(f"for {boda} was due on")
    demo.told("bot", demo.newest(peter, f"for {boda} since")["text"])
    for number in (boda, stock):
        me.dials()
        me.presses("My loans", rf"{number}", "Pay", "Pay all|Pay KSh")
        me.enters_pin()
        me.hears("Fully paid")
    demo.over()
