"""Whatever is typed, in whatever order, and however the line behaves: a page that fits, and no payment without a confirm."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from core.callers import LANGUAGES, Caller
from core.references import Reference
from dialogue.answers import NoSuchAccount, account_number
from tests.dialogue.people import CODE, STRANGER, Town, calls, child, kes, paid, school
from tests.dialogue.phone import Phone

FAMILY = [
    child(),
    child("Brian Otieno", "SK1025", owes=kes(8_000, 50), pending=kes(2_000)),
    child("Cy", "SK3", owes=kes(0)),
]
CALLERS = [
    calls(school(child(), payments=[paid(kes(500))])),
    calls(school(*FAMILY)),
    calls(school(child()), school(child("Brian", "SK1025"), name="Hill View")),
    calls(school(known=False), msisdn=STRANGER),
    calls(school()),
]
SENSIBLE = st.sampled_from(["1", "2", "3", "4", "5", "6", "0", "00", "98", "500", "SK1024", "sk-2o00"])
NONSENSE = st.one_of(
    st.text(max_size=30), st.sampled_from(["*", "**", "#", "1*1", "*1", "9" * 200, "\x00", "{amount}", "%s", "\ud800"])
)
TYPED = st.one_of(SENSIBLE, SENSIBLE, NONSENSE)

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), TYPED),
        st.tuples(st.just("repeat"), st.just("")),
        st.tuples(st.just("dial"), st.one_of(st.just(""), st.lists(TYPED, max_size=6).map("*".join))),
        st.tuples(st.just("crash"), st.just("")),
        st.tuples(st.just("forget"), st.just("")),
        st.tuples(st.just("lose the next page"), st.just("")),
        st.tuples(st.just("close"), st.just("")),
    ),
    max_size=25,
)

callers = st.builds(
    lambda caller, language: Caller(caller.msisdn, language, caller.relations),
    st.sampled_from(CALLERS),
    st.sampled_from([*LANGUAGES, None, "xx"]),
)


async def live(caller: Caller, events: list[tuple[str, str]]) -> None:
    phone = Phone(Town.of(caller), caller.msisdn)
    confirmed = 0
    await phone.dial()
    for event, text in events:
        before = len(phone.town.asked)
        shown = _confirm_is_shown(phone)
        match event:
            case "type" if phone.open:
                await phone.type(text)
                confirmed += shown and text.strip() == "1"
            case "repeat":
                await phone.send()
            case "dial":
                await phone.dial(text)
            case "crash":
                phone.crash()
            case "forget":
                phone.memory.forget()
            case "lose the next page" if phone.open:
                phone.memory.lose_writes = True
                await phone.type("1")
                phone.memory.lose_writes = False
                confirmed += shown
                await phone.send()
            case "close":
                await phone.talk.closed(phone.hop)
        made = len(phone.town.asked) - before
        assert made in (0, 1)
        assert not made or shown, "a payment was asked for from another page than the confirm screen"
    assert len(phone.town.asked) <= confirmed


def _confirm_is_shown(phone: Phone) -> bool:
    """Does the page on the phone ask whether to pay now?"""
    return any(f"1 {now}" in phone.screen for now in ("Pay now", "Lipa sasa", "Ishyura nonaha", "Payer\n"))


@given(callers, EVENTS)
def test_any_conversation_shows_pages_that_fit_and_pays_only_what_was_confirmed(
    caller: Caller, events: list[tuple[str, str]]
) -> None:
    asyncio.run(live(caller, events))


@given(callers, st.text(max_size=1_200))
def test_any_dialled_text_gets_a_page_and_moves_nothing(caller: Caller, text: str) -> None:
    phone = Phone(Town.of(caller), caller.msisdn)

    asyncio.run(phone.dial(text))

    assert phone.town.tries == 0
    assert CODE not in phone.screen


@given(st.text(max_size=300))
def test_an_account_number_is_refused_exactly_when_nothing_can_bear_it(text: str) -> None:
    readable = bool(Reference.read(text).exact)
    try:
        assert account_number(text) == text
        assert readable
    except NoSuchAccount:
        assert not readable
