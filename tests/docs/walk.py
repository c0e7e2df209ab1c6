"""Walks the office's stories in a running demo, and keeps what was said and seen: `docs/walks.md` and its pictures.

    karani demo --fresh --port 8391
    python -m tests.docs.walk http://127.0.0.1:8391

Everything goes through the paths that visitors and scripts use (`/sandbox/…`); nothing is made up here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright

from tests.docs.lending import a_loan

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
LOOKS = 200
STAFF = ("Daniel", "Joseph", "Grace", "Faith", "Esther", "Ruth", "Peter", "Mary", "Lucy")


class Demo:
    """A running demo, and the page that tells of it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.lines: list[str] = []
        self.page: Page
        self.receipt = ""
        """The provider's code of a payment that may be paid back."""
        self.payer = ""
        self.payment: dict[str, Any] = {}
        self.school: dict[str, Any] = {}
        self.chats: dict[str, int] = {}
        self.at()
        self.spent: set[str] = set()

    def at(self, name: str = "") -> None:
        """Walk through the organisation of that name; without one, through the school."""
        found = self.get("/sandbox/world")["organisations"]
        self.school = next((one for one in found if one["name"] == name), found[0])
        self.chats = {one["name"].split()[0]: one["telegram_id"] for one in self.school["staff"]}

    def get(self, path: str) -> Any:
        with urlopen(self.base + path, timeout=30) as answer:  # noqa: S310 - a demo on this machine
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        request = Request(self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def api(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> Any:
        """The staff's JSON API, as somebody."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.base + path, data, headers, method=method)  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def until(self, what: str, holds: Callable[[], Any]) -> Any:
        for _ in range(LOOKS):
            if found := holds():
                return found
            self.page.wait_for_timeout(200)
        raise SystemExit(f"in vain: {what}")

    # --- what is told ---

    def story(self, title: str, text: str) -> None:
        self.lines += ["", f"## {title}", "", text, "", "```text"]

    def over(self) -> None:
        self.lines += ["```"]

    def told(self, who: str, text: str) -> None:
        first, *rest = text.split("\n")
        self.lines += [f"{who:>8}  {first}", *(f"{'':>8}  {line}" for line in rest)]

    # --- phones ---

    def dials(self, msisdn: str, *typed: str) -> None:
        page = self.post(f"/sandbox/phones/{msisdn}/dial", {"code": self.school["ussd_code"]})
        for one in typed:
            self.told("phone", page["screen"]["text"])
            self.told(">", one)
            page = self.post(f"/sandbox/phones/{msisdn}/key", {"input": one})
        self.told("phone", page["screen"]["text"])

    def number(self, msisdn: str, words: str) -> str:
        """Which key of the page that is open stands for `words`; 98 where it is further down."""
        text = self.get(f"/sandbox/phones/{msisdn}")["screen"]["text"]
        found = re.search(rf"^(\d+) {words}", text, re.MULTILINE)
        return found.group(1) if found else "98"

    def refunds(self, msisdn: str) -> list[dict[str, Any]]:
        """What the phone was texted of its refund, and by the provider since."""
        texts = self.get(f"/sandbox/phones/{msisdn}")["sms"]
        first = next((at for at, one in enumerate(texts) if "RF-0" in one["text"]), len(texts))
        return list(texts[first:])

    def pays(self, msisdn: str, account: str, shillings: int) -> str:
        """From the provider's own menu, until our receipt is there. The provider's code of it."""
        said = f"{shillings:,}"

        def sms(*, ours: bool) -> str | None:
            found = self.get(f"/sandbox/phones/{msisdn}")["sms"]
            return next((m["text"] for m in found if said in m["text"] and (m["from"] != "MPESA") is ours), None)

        body = {"shortcode": self.school["shortcode"], "account": account, "amount": shillings}
        self.post(f"/sandbox/phones/{msisdn}/paybill", body)
        self.until("the receipt", lambda: sms(ours=True))
        told: str = self.until("the provider's SMS", lambda: sms(ours=False))
        return told.split()[0]

    # --- chats ---

    def posts(self, who: str) -> list[dict[str, Any]]:
        found = self.get(f"/sandbox/chats/{self.chats[who]}")["messages"]
        return [post for post in reversed(found) if post["from"] == "bot"]

    def newest(self, who: str, words: str, *, but: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """The newest message to somebody with these words, and none of those that were there before."""

        def look() -> Any:
            return next((post for post in self.posts(who) if post not in but and words in post["text"]), None)

        found: dict[str, Any] = self.until(f"{words} in the chat of {who}", look)
        return found

    def says(self, who: str, text: str, *, expects: str, shown: str = "") -> None:
        before = self.posts(who)
        self.post(f"/sandbox/chats/{self.chats[who]}/say", {"text": text})
        self.told(who, shown or text)
        self.told("bot", self.newest(who, expects, but=before)["text"])

    def presses(self, who: str, on: str, button: str, *, expects: str) -> None:
        post, before = self.newest(who, on), self.posts(who)
        label = next(one for row in post.get("buttons", []) for one in row if button in one)
        self.post(f"/sandbox/chats/{self.chats[who]}/press", {"message": post["id"], "button": label})
        self.told(who, f"[{label}]")
        self.told("bot", self.newest(who, expects, but=before)["text"])

    def code(self, who: str) -> str:
        """What somebody's authenticator shows: each code is taken once."""

        def fresh() -> str | None:
            with urlopen(f"{self.base}/sandbox/office", timeout=30) as answer:  # noqa: S310
                page = answer.read().decode()
            part = page[page.index(f"<h2>{who}") :]
            code = re.search(r"code>(\d{6})<", part).group(1)  # type: ignore[union-attr]
            return None if f"{who}{code}" in self.spent else code

        found: str = self.until(f"a code of {who}", fresh)
        self.spent.add(f"{who}{found}")
        return found

    def pictured(self, name: str, who: str) -> None:
        """What the demo's own page shows of somebody's chat now."""
        first = who if who in STAFF else STAFF[0]
        self.page.locator("#chat").get_by_role("button", name=re.compile(first)).first.click()
        self.page.wait_for_timeout(1_800)
        self.page.locator("#chat").screenshot(path=str(PICTURES / f"{name}.png"))
        self.lines += ["```", "", f"![The chat of {who} in the demo's page](pictures/{name}.png)", "", "```text"]

    def pictured_part(self, name: str, part: str, words: str) -> None:
        """What a part of the page shows now."""
        self.page.wait_for_timeout(1_800)
        self.page.locator(part).screenshot(path=str(PICTURES / f"{name}.png"))
        self.lines += ["```", "", f"![{words}](pictures/{name}.png)", "", "```text"]

    def pictured_phone(self, name: str, whose: str, words: str) -> None:
        """The handset of one of the people on the page."""
        self.page.locator("#people").get_by_text(whose, exact=True).click()
        self.pictured_part(name, "#phone", f"The phone: {words}")

    def moves_to(self, to: str, days: int, words: str) -> None:
        """The demo's clock is moved on, by the page's own path."""
        seen = self.post("/sandbox/clock", {"to": to, "days": days})
        self.told("", f"── {seen['local']}: {words} ──")


def refund_by_a_customer(demo: Demo) -> None:
    demo.story(
        "Money back, asked for on a phone",
        "A guardian paid twice. The request reaches who may approve it; Joseph does, with a code. The money returns to the "
        "phone, and an SMS says so.",
    )
    payer = next(one for one in demo.get("/sandbox/world")["people"] if one["language"] == "en" and one["owed"] > 0)
    phone = payer["msisdn"].lstrip("+")
    demo.payer = f"0{phone[3:]}"
    demo.pays(phone, payer["references"][0], 1_500)
    demo.receipt = demo.pays(phone, payer["references"][0], 900)
    demo.dials(phone)
    for words in ("Payments", "Money back", r".*1,500", "All", "I paid twice", "Yes"):
        key = "98"
        while key == "98":
            key = demo.number(phone, words)
            demo.told(">", key)
            demo.told("phone", demo.post(f"/sandbox/phones/{phone}/key", {"input": key})["screen"]["text"])
    approved(demo, "Joseph", "Refund RF")
    demo.until("the money", lambda: any("paid" in m["text"] or "M-PESA" in m["text"] for m in demo.refunds(phone)))
    for message in demo.refunds(phone):
        demo.told("SMS", message["text"])
    demo.over()


SIX = "(six figures of the authenticator)"


def approved(demo: Demo, who: str, words: str) -> None:
    """The request in somebody's chat, their yes and their code."""
    demo.told("bot", demo.newest(who, words)["text"])
    demo.presses(who, words, "Approve", expects="six figures")
    demo.says(who, demo.code(who), expects="Written down", shown=SIX)


def refund_by_a_manager(demo: Demo) -> None:
    demo.story(
        "Money back, asked for by one manager and approved by another",
        "Daniel asks for a part of it to be paid back, and is offered no yes. When Joseph presses a button that was made for "
        "Faith, he reads why it does nothing; his own takes a code.",
    )
    demo.says("Daniel", demo.receipt, expects="Payments for")
    label = next(
        button for row in demo.newest("Daniel", "Payments for")["buttons"] for button in row if "900" in button
    )
    demo.presses("Daniel", "Payments for", label, expects="KSh 900")
    demo.presses("Daniel", "KSh 900", "Pay it back", expects="much")
    demo.says("Daniel", "400", expects="Why")
    demo.says("Daniel", "Bought one meal ticket too many", expects="KSh 400")
    demo.presses("Daniel", "KSh 400", "Yes", expects="")
    if "which phone" in demo.posts("Daniel")[0]["text"]:
        demo.says("Daniel", demo.payer, expects="Somebody else decides")
    asked = demo.newest("Faith", "Refund RF-000002")
    pressed = {"message": asked["id"], "button": "Approve", "by": demo.chats["Joseph"]}
    refused = demo.post(f"/sandbox/chats/{demo.chats['Faith']}/press", pressed)
    demo.told("Joseph", "[Approve] on the message that Faith got")
    demo.told("bot", refused["notice"])
    demo.pictured("chat-not-yours", "Faith")
    approved(demo, "Joseph", "Refund RF-000002")
    demo.until("the decision", lambda: "said yes" in demo.newest("Joseph", "Refund RF-000002")["text"])
    demo.pictured("chat-refund", "Joseph")
    demo.over()


def requisition(demo: Demo) -> None:
    demo.story(
        "Petty cash, from the wish to the money",
        "Ruth asks for money of the kitchen's fund. Faith, the head of finance, says yes; Grace lets it go with a code. "
        "Nobody of the three could do it alone.",
    )
    demo.says("Ruth", "/menu", expects="What would you like")
    demo.presses("Ruth", "What would you like", "Funds", expects="Kitchen")
    demo.presses("Ruth", "Kitchen", "Ask for money: Kitchen", expects="")
    demo.says("Ruth", "0700 100 777, Mama Njeri\n2500\nfood\nVegetables for the week", expects="2,500")
    demo.presses("Ruth", "2,500", "Yes", expects="is asked for")
    demo.told("bot", demo.newest("Faith", "Vegetables")["text"])
    demo.pictured("chat-requisition", "Faith")
    demo.presses("Faith", "Vegetables", "Approve", expects="")
    demo.presses("Faith", "", "Approve", expects="Written down")
    demo.until("the button to let it go", lambda: demo.newest("Grace", "Vegetables").get("buttons") == [["Pay it out"]])
    demo.presses("Grace", "Vegetables", "Pay it out", expects="six figures")
    demo.says("Grace", demo.code("Grace"), expects="on its way", shown=SIX)
    token = next(one["api_token"] for one in demo.school["staff"] if one["name"].startswith("Grace"))

    def paid() -> Any:
        (payment, *_) = demo.api("GET", "/api/payments/", token)["results"]
        return payment if payment["status"] == "success" else None

    demo.payment = demo.until("success", paid)
    demo.told("bot", demo.newest("Ruth", "is paid")["text"])
    demo.over()
    demo.lines += ["", "What the books say of it (`GET /api/ledger/`, the newest last):", "", "```text"]
    for entry in reversed(demo.api("GET", "/api/ledger/", token)["results"][:2]):
        demo.lines += [f"{entry['value_on']}  {entry['kind']}"]
        demo.lines += [f"    {one['amount']:>10} {one['currency']}  {one['account']}" for one in entry["postings"]]
    demo.lines += ["```"]


def variance(demo: Demo) -> None:
    demo.story(
        "A variance",
        "The receipts say 2,350, not 2,500. Esther enters it, and the head of finance agrees in the chat, with a code: it is in "
        "the books at once.",
    )
    token = next(one["api_token"] for one in demo.school["staff"] if one["name"].startswith("Esther"))
    demo.payment = demo.payment or demo.api("GET", "/api/payments/", token)["results"][0]
    wish = {"adjusted": "2350.00", "reason": "Change brought back"}
    demo.api("POST", f"/api/payments/{demo.payment['id']}/record_variance/", token, wish)
    demo.told("Esther", "(enters it: 2,350.00 in place of 2,500.00, change brought back)")
    approved(demo, "Faith", "Variance TP-")
    demo.until("the decision", lambda: "said yes" in demo.newest("Faith", "Variance TP-")["text"])
    demo.pictured("chat-variance", "Faith")
    demo.over()


STORIES = (refund_by_a_customer, refund_by_a_manager, requisition, variance, a_loan)
HEAD = """# Walks through the office

What happened in a running demo, word for word: written by `python -m tests.docs.walk`, which does what a visitor would do
(phones and chats through `/sandbox/…`), and takes the pictures from the demo's own page.
"""


def kept(text: str, told: str) -> str:
    """The page with these stories in place of those of the same title; others stay as they are."""
    parts: dict[str, str] = {}
    for part in [*text.split("\n## ")[1:], *told.split("\n## ")[1:]]:
        parts[part.split("\n")[0]] = part.rstrip() + "\n"
    return HEAD + "".join(f"\n## {part}" for part in parts.values()).replace("\n```text\n```\n", "")


def main() -> None:
    demo = Demo(sys.argv[1])
    only = sys.argv[2:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        demo.page = browser.new_page(
            viewport={"width": 1180, "height": 900}, color_scheme="light", timezone_id="Africa/Nairobi"
        )
        demo.page.goto(f"{demo.base}/sandbox")
        try:
            for story in STORIES:
                if not only or story.__name__ in only:
                    story(demo)
        finally:
            print("\n".join(demo.lines))  # noqa: T201
            browser.close()
    page = DOCS / "walks.md"
    page.write_text(kept(page.read_text(), "\n".join(demo.lines)))


if __name__ == "__main__":
    main()
