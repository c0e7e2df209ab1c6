"""Every page of every reachable state, with the longest names and amounts, in every language, fits a small phone."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import gsm7
from core.callers import LANGUAGES, Caller, PaymentView, Relation
from core.money import Currency, Money
from core.payments import Status
from core.phones import Msisdn
from dialogue import engine
from dialogue.conversation import View
from dialogue.engine import Said, Wanted
from dialogue.flows import GRAPH
from dialogue.pages import ROOM, Content, pack
from dialogue.screens import Act, Fork, Restore
from dialogue.speech import Name, money, shorten, shorten_front, shortened
from tests.dialogue.people import MARY, calls, child, kes, paid, school
from tests.dialogue.walking import Visit, hop, longest_request, walk

ORGANISATION = "Mtakatifu Theresia wa Mtoto Yesu Academy"
SURNAME = "Wanjiku Nyambura Muthoni-Kariuki"
ENORMOUS = kes(9_999_999, 99)
assert len(ORGANISATION) == 40


def family(count: int, *, owes: Money = ENORMOUS, pending: Money = ENORMOUS, name: str = ORGANISATION) -> Relation:
    """A guardian about whom everything is as long as it can be."""
    zero = Money(0, owes.currency)
    accounts = [
        child(
            f"{SURNAME} {index}".ljust(40, "x"),
            f"SK1234-{index:05d}",
            owes=owes,
            pending=Money(pending.minor - index, pending.currency) if pending else zero,
            credit=ENORMOUS if owes.currency is Currency.KES else zero,
            group="Form 4 Blue Elephant",
        )
        for index in range(count)
    ]
    payments = [paid(ENORMOUS, status.value, "R-0000000012") for status in Status]
    return school(
        *accounts,
        name=name,
        contact_name=SURNAME.ljust(40, "y"),
        payments=payments,
        shortcode="1234567",
        currency=owes.currency,
        least=Money(10 * owes.currency.unit, owes.currency),
        most=Money(9_999_999 * owes.currency.unit, owes.currency),
    )


def promising(**agreed: Any) -> Relation:
    """One child about whom something was or may be agreed."""
    relation = family(1, pending=kes(2_000))
    return replace(relation, accounts=(replace(relation.accounts[0], **agreed),))


def borrowing(count: int) -> Relation:
    """A borrower with so many loans that run."""
    loans = [
        child(
            "Mkopo wa biashara ndogo ndogo za mjini",
            f"LOAN-{index:06d}",
            owes=ENORMOUS,
            group="",
            instalment=kes(999_999),
            may_promise=True,
            is_loan=True,
        )
        for index in range(count)
    ]
    return replace(family(0), accounts=tuple(loans), lends=True, payments=(paid(ENORMOUS),))


PROVING = os.environ.get("KARANI_PROVE") == "1"
MANY_CHILDREN, MANY_SCHOOLS = (6, 9) if PROVING else (4, 4)
"""Enough for lists of several pages; each more is walked through like the others."""
francs = Money(9_999_999, Currency.RWF)
CROWDS = ("two schools", "many children", "many children, nothing owed", "a stranger at many schools")
"""They see the pages of the others in lists."""
PEOPLE: dict[str, tuple[Relation, ...]] = {
    "one child": (family(1, pending=kes(2_000)),),
    "one child, all of it pending": (family(1),),
    "one child, nothing owed": (family(1, owes=kes(0), pending=kes(0)),),
    "two children": (family(2, pending=kes(2_000)),),
    "one child, may pay later": (promising(may_promise=True),),
    "one child, under a plan": (promising(instalment=ENORMOUS, may_promise=True),),
    "one child, promised": (promising(instalment=ENORMOUS, promised=(ENORMOUS, date(2026, 9, 30))),),
    "many children": (family(MANY_CHILDREN, pending=kes(2_000)),),
    "many children, nothing owed": (family(MANY_CHILDREN, owes=kes(0), pending=kes(0)),),
    "two children in Rwanda": (family(2, owes=francs, pending=Money(2_000, Currency.RWF)),),
    "a guardian without children": (family(0),),
    "a stranger": (school(name=ORGANISATION, known=False),),
    "a school without a paybill": (replace(family(2, pending=kes(0)), shortcode=""),),
    "two schools": (family(1, pending=kes(0)), family(2, pending=kes(0), name=ORGANISATION[::-1])),
    "a stranger at many schools": tuple(
        school(name=f"{n} {ORGANISATION}"[:40], known=False) for n in range(MANY_SCHOOLS)
    ),
    "a borrower": (borrowing(1),),
    "a borrower of several loans": (borrowing(2),),
    "somebody who may borrow": (replace(borrowing(0), contact_name=SURNAME),),
    "a stranger at a lender": (school(name=ORGANISATION, known=False, lends=True),),
    "a manager": (school(name=ORGANISATION, known=False, approvals=99),),
    "nobody": (),
}
FEW = [who for who in PEOPLE if who not in CROWDS]
ALIKE = [who for who in FEW if "child" in who and "without" not in who] + ["a school without a paybill"]
"""Most of their pages are the same."""


def speak() -> Iterator[tuple[str, str]]:
    """Who is tried in which language: in everyday runs each of many alike in one, others in two, in turn; all four under
    `make prove`."""
    for people, count in ((CROWDS, 1), (ALIKE, 1), ([who for who in FEW if who not in ALIKE], 2)):
        for at, who in enumerate(people):
            for language in LANGUAGES if PROVING else (LANGUAGES * 2)[at % 4 : at % 4 + count]:
                yield who, language


def check(visit: Visit) -> None:
    body = f"{'END' if visit.said.end else 'CON'} {visit.said.text}"
    assert gsm7.is_basic(body), body
    assert len(body) <= 160, body
    assert "{" not in body, body
    assert not any(line != line.strip() or not line for line in visit.said.text.split("\n")), body


def check_facts_are_whole(visit: Visit, caller: Caller) -> None:
    """Whoever is about to pay sees the whole amount and the whole reference."""
    conversation = visit.said.conversation
    if conversation.stack[-1] in ("pay.confirm", "pay.sent") and conversation.pages == (0,):
        assert conversation.draft is not None
        amount = sum(part.amount.minor for part in conversation.draft.parts)
        currency = conversation.draft.parts[0].amount.currency
        assert money(Money(amount, currency)) in visit.said.text
        if len(conversation.draft.parts) == 1:
            assert conversation.draft.reference in visit.said.text or not View(conversation, caller).relation.shortcode


@pytest.mark.parametrize("who, language", list(speak()))
def test_every_page_fits_with_the_longest_data(who: str, language: str) -> None:
    caller = calls(*PEOPLE[who], language=language)
    for visit in walk(caller):
        check(visit)
        check_facts_are_whole(visit, caller)


def test_all_these_people_together_see_every_screen() -> None:
    seen: set[str] = set()
    pages = {name for name, screen in GRAPH.screens.items() if not isinstance(screen, Fork | Act | Restore)}
    begun = next(visit.said.conversation for visit in walk(calls(*PEOPLE["one child"])) if visit.typed == "2")
    few = ("two schools", *reversed(FEW))  # who sees what few others see comes first
    walks = [("one child", begun), *((who, None) for who in few)]

    for who, paused in walks:
        for visit in walk(calls(*PEOPLE[who]), paused=paused):
            seen.update(visit.said.conversation.stack)
            if seen == pages:
                return
    assert seen == pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_conversation_offered_again_fits_wherever_it_broke_off(language: str) -> None:
    caller = calls(*PEOPLE["two children"], language=language)
    broken = {visit.said.conversation.stack: visit.said.conversation for visit in walk(caller) if not visit.said.end}

    for conversation in broken.values():
        for visit in islice(walk(caller, paused=conversation), 20):
            check(visit)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_request_is_read_to_its_end_on_pages_that_fit(language: str) -> None:
    caller = calls(*PEOPLE["a manager"], language=language)
    at = next(v for v in walk(caller) if v.said.conversation.stack[-1] == "office.list").said
    looking = engine.advance(GRAPH, at.conversation, "1", caller, hop(caller))
    assert isinstance(looking, Wanted)
    here = engine.settle(GRAPH, looking, longest_request(), caller, hop(caller))

    read = ""
    for _ in range(20):
        assert isinstance(here, Said)
        wrong = engine.advance(GRAPH, here.conversation, "x", caller, hop(caller))
        assert isinstance(wrong, Said)
        for page in (here, wrong):
            check(Visit(page, "", None))
        read += here.text
        if not here.conversation.more:
            break
        here = engine.advance(GRAPH, here.conversation, "98", caller, hop(caller))

    assert all(f"{number} {word}" in read for number, word in enumerate(_choices(language), 1))


def _choices(language: str) -> list[str]:
    words = GRAPH.spoken[language].screens["office.facts"].choices
    return [words["approve"], words["refuse"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_manager_who_is_a_mother_finds_both_at_home(language: str) -> None:
    caller = calls(replace(family(1, pending=kes(2_000)), approvals=99), language=language)

    for visit in islice(walk(caller), 30):
        check(visit)
    assert "(99)" in next(walk(caller)).said.text


def test_home_is_one_page_for_a_family_with_usual_names() -> None:
    for language in LANGUAGES:
        first = next(walk(calls(school(child(), child("Brian Otieno", "SK1025")), language=language)))

        assert not first.said.conversation.more, first.said.text


def test_the_language_can_be_found_by_someone_who_cannot_read_the_page() -> None:
    for language in LANGUAGES:
        first = next(walk(calls(school(child()), language=language)))

        assert "Language" in first.said.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dozen_children_are_listed_on_as_many_pages_as_it_takes(language: str) -> None:
    caller = calls(family(12, pending=kes(0)), language=language)
    step = engine.begin(GRAPH, caller, hop(caller, ""))
    numbers: list[str] = []
    for typed in ("2", *["98"] * 12):
        assert isinstance(step, Said)
        step = engine.advance(GRAPH, step.conversation, typed, caller, hop(caller))
        assert isinstance(step, Said)
        numbers += re.findall(r"^(\d+) (?=\.\.|[A-Z][a-z]* [a-z]+ KSh|[A-Z][a-z]+ KSh)", step.text, re.MULTILINE)
        if not step.conversation.more:
            break

    assert numbers == [str(number) for number in range(1, 14)]
    last = engine.advance(GRAPH, step.conversation, "12", caller, hop(caller))
    assert isinstance(last, Said)
    assert "SK1234-00011" in last.text


def test_names_from_outside_the_alphabet_are_said_in_it() -> None:
    caller = calls(school(child("Čašlav Ndayishimiyê ğ😀", "SK-1", group="6ème"), name="École  l’Étoile\n[A]"))

    for visit in walk(caller):
        check(visit)
    assert "École l'Étoile (A)" in next(walk(caller)).said.text


def test_a_reference_beyond_measure_is_cut_rather_than_lost_by_the_network() -> None:
    endless = replace(school(child("A" * 500, "R" * 300)), name="O" * 500)

    for visit in walk(calls(endless)):
        assert len(visit.said.text) <= ROOM


# --- shortening and packing -------------------------------------------------------------------------------------------


def test_brothers_whose_names_begin_alike_keep_the_ends_of_their_names() -> None:
    facts = [
        {"student": Name("KAMAU NJOROGE Peter")},
        {"student": Name("KAMAU NJOROGE Simon")},
        {"student": Name("Ann Lee")},
    ]

    assert [one["student"] for one in shortened(facts, 12)] == ["..ROGE Peter", "..ROGE Simon", "Ann Lee"]


def test_only_names_are_shortened() -> None:
    facts = [
        {"student": Name("Wanjiku Kamau Njoroge"), "reference": "SK1024-LONG-REFERENCE", "owed": "KSh 9,999,999.99"}
    ]

    assert shortened(facts, 10) == [
        {"student": "Wanjiku..", "reference": "SK1024-LONG-REFERENCE", "owed": "KSh 9,999,999.99"}
    ]


@given(st.text(max_size=60), st.integers(3, 30))
def test_a_shortened_name_is_within_its_limit_and_a_short_one_unchanged(text: str, limit: int) -> None:
    for cut in (shorten(text, limit), shorten_front(text, limit)):
        assert len(cut) <= limit
        assert len(text) > limit or cut == text


words = st.text(st.sampled_from("abcdefgh XYZ"), min_size=1, max_size=60).map(lambda text: text.strip() or "a")


@given(st.lists(words, min_size=1, max_size=30), words)
def test_the_pages_of_a_list_show_every_entry_once_and_in_order(entries: list[str], head: str) -> None:
    body = [(f"{number} ", "{entry}", {"entry": Name(entry)}) for number, entry in enumerate(entries, 1)]
    content = Content([("", "{head}", {"head": Name(head)})], body, [], "0 Back 00 Home", "0 Back 00 Home 98 More")

    shown: list[str] = []
    start, more = 0, True
    while more:
        page = pack(content, start)
        assert len(page.text) <= ROOM
        assert ("98 More" in page.text) == page.more
        shown += re.findall(r"^(\d+) ", page.text, re.MULTILINE)[:-1]  # the last number is the key for back
        start, more = page.shown, page.more

    assert shown == [str(number) for number in range(1, len(entries) + 1)]


def test_a_masked_phone_and_a_day_read_as_people_write_them() -> None:
    relation = school(child(), payments=[PaymentView(date(2026, 1, 5), kes(1), "SK1", "completed", None)])
    texts = {visit.said.text for visit in walk(calls(relation, msisdn=MARY))}

    assert any("254712***678" in text for text in texts)
    assert any("05/01/26 KSh 1 SK1 received" in text for text in texts)
    assert not any("12345" in text for text in texts)


def test_the_first_language_is_that_of_the_country() -> None:
    first = {digits: View(c, caller).language for digits in ("254712345678", "250788123456", "255712345678", "256712345678")
             for caller in [calls(school(child()), msisdn=Msisdn(digits), language=None)]
             for c in [next(walk(caller)).said.conversation]}  # fmt: skip

    assert list(first.values()) == ["en", "rw", "sw", "en"]
