"""The rules of walking: back, home, more, and what happens when the ground has gone."""

from dataclasses import dataclass, replace
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.callers import Caller, PaymentView
from core.errors import Bug
from core.money import Currency, Money
from core.payments import Part
from dialogue import engine
from dialogue.catalogues import facts_of
from dialogue.conversation import Conversation, View
from dialogue.engine import NotOffered, Said, Step, Wanted
from dialogue.flows import GRAPH, mine, other, pay
from dialogue.map import main
from dialogue.render import render
from dialogue.screens import Choice, Choose, Item, Menu, Shown
from dialogue.speech import money
from tests.dialogue.people import calls, child, kes, paid, school
from tests.dialogue.walking import hop

TWO = calls(school(child(), child("Brian Otieno", "SK1025", owes=kes(8_000))))


def walked(caller: Caller, *typed: str) -> Said:
    step = engine.begin(GRAPH, caller, hop(caller, ""))
    for answer in typed:
        assert isinstance(step, Said)
        step = engine.advance(GRAPH, step.conversation, answer, caller, hop(caller))
    assert isinstance(step, Said)
    return step


def then(said: Said, typed: str, caller: Caller) -> Step:
    return engine.advance(GRAPH, said.conversation, typed, caller, hop(caller))


# --- keys -----------------------------------------------------------------------------------------------------------------


def test_back_goes_one_screen_back_and_home_goes_home() -> None:
    amount = walked(TWO, "2", "1", "2")

    assert amount.conversation.stack == ("home.menu", "pay.children", "pay.child", "pay.amount")
    back, home = then(amount, "0", TWO), then(amount, "00", TWO)

    assert back.conversation.stack == ("home.menu", "pay.children", "pay.child")
    assert home.conversation.stack == ("home.menu",)


def test_back_on_a_later_page_shows_the_page_before_it() -> None:
    many = calls(school(*[child(f"Wanjiku Kamau Njoroge {n}", f"SK{n}") for n in range(9)]))
    first = walked(many, "2")
    second = walked(many, "2", "98")

    assert first.conversation.more
    assert then(second, "0", many) == replace(
        first, conversation=msgspec.structs.replace(first.conversation, offered=second.conversation.offered)
    )


def test_a_choice_counts_only_once_it_was_seen() -> None:
    many = calls(school(*[child(f"Wanjiku Kamau Njoroge {n}", f"SK{n}") for n in range(9)]))
    first = walked(many, "2")
    unseen = str(first.conversation.offered + 1)

    refused = walked(many, "2", unseen)

    assert refused.text.startswith("Choose a number shown here.")
    assert walked(many, "2", "98", unseen).conversation.stack[-1] == "pay.child"


def test_pay_now_is_out_of_reach_until_every_part_was_seen() -> None:
    many = calls(school(*[child(f"Wanjiku Kamau Njoroge {n}", f"SK{n}") for n in range(9)]))
    confirm = walked(many, "1")

    while confirm.conversation.more:
        refused = then(confirm, "1", many)
        assert isinstance(refused, Said)
        assert refused.text.startswith("Choose a number shown here.")
        onward = then(confirm, "98", many)
        assert isinstance(onward, Said)
        confirm = onward
    assert isinstance(then(confirm, "1", many), Wanted)


def test_98_is_an_amount_where_an_amount_is_asked_for() -> None:
    assert walked(TWO, "2", "1", "2", "98").text.startswith("Pay KSh 98")


def test_98_on_the_last_page_is_not_offered() -> None:
    assert walked(TWO, "2", "98").text.startswith("Choose a number shown here.")


@pytest.mark.parametrize("typed", ["7", "x", "", "01", "+1", "1.0", "²", "111", "#"])
def test_what_is_no_number_on_the_page_repeats_it_with_the_reason(typed: str) -> None:
    page = walked(TWO, "2")

    again = then(page, typed, TWO)

    assert isinstance(again, Said)
    assert again.text == f"Choose a number shown here.\n{page.text}"
    assert again.conversation == page.conversation


def test_a_wrong_amount_repeats_the_question_and_keeps_what_was_entered() -> None:
    asked = walked(TWO, "2", "2", "2")

    again = then(asked, "1,50", TWO)

    assert isinstance(again, Said)
    assert again.conversation == asked.conversation
    assert "Brian Otieno" in again.text


def test_a_page_is_a_value_and_the_same_answer_gives_the_same_step() -> None:
    page = walked(TWO, "2", "1")
    before = msgspec.msgpack.encode(page.conversation)

    assert then(page, "1", TWO) == then(page, "1", TWO)
    assert msgspec.msgpack.encode(page.conversation) == before
    assert msgspec.msgpack.decode(before, type=Conversation) == page.conversation


# --- money ----------------------------------------------------------------------------------------------------------------


def test_what_is_owed_with_cents_is_asked_for_in_whole_shillings_for_each_child() -> None:
    cents = calls(school(child(owes=kes(1, 50)), child("Brian", "SK1025", owes=kes(20, 50))))

    confirm = walked(cents, "1")

    assert "KSh 23 " in confirm.text
    assert confirm.conversation.draft is not None
    assert [part.amount for part in confirm.conversation.draft.parts] == [kes(2), kes(21)]


def test_nobody_is_asked_twice_for_what_a_prompt_is_asking_for_now() -> None:
    waiting = calls(school(child(owes=kes(2_000), pending=kes(2_000))))
    partly = calls(school(child(owes=kes(5_000), pending=kes(2_000))))

    assert "1 Fees, other amount" in walked(waiting).text
    assert "KSh 2,000 awaits your PIN" in walked(waiting).text
    assert "1 Pay KSh 3,000" in walked(partly).text


def test_more_than_one_prompt_can_take_is_asked_for_in_part_and_less_than_the_least_is_rounded_up_to_it() -> None:
    much = calls(school(child(owes=kes(300_000, 25)), most=kes(250_000, 50)))
    little = calls(school(child(owes=kes(3))))

    assert "1 Pay KSh 250,000" in walked(much).text
    assert "1 Pay KSh 10" in walked(little).text


def test_all_children_are_offered_together_only_when_several_owe() -> None:
    one_owes = calls(school(child(), child("Brian", "SK1025", owes=kes(0))))

    assert "All children" not in walked(one_owes, "2").text
    assert "3 All children KSh 20,500" in walked(TWO, "2").text


def test_more_than_all_owe_is_shown_where_it_will_be_posted() -> None:
    confirm = walked(TWO, "1", "2", "30000")

    assert "Asha Wanjiku KSh 22,000" in confirm.text
    assert "Brian Otieno KSh 8,000" in confirm.text


def test_a_change_of_amount_is_another_intent_and_a_look_back_keeps_the_amount() -> None:
    first = walked(TWO, "2", "1", "2", "500").conversation.draft
    caller = TWO
    said = walked(TWO, "2", "1", "2", "500")
    step = engine.advance(GRAPH, said.conversation, "2", caller, hop(caller, "2*1*2*500*2"))
    step = engine.advance(GRAPH, step.conversation, "700", caller, hop(caller, "2*1*2*500*2*700"))
    second = step.conversation.draft

    assert first is not None
    assert second is not None
    assert first.intent != second.intent
    assert (first.parts[0].amount, second.parts[0].amount) == (kes(500), kes(700))


def test_a_childs_page_says_what_is_known_and_no_more() -> None:
    bare = calls(school(child(group="", due_on=None), child("B", "SK2", owes=kes(0), credit=kes(300))))

    assert walked(bare, "2", "1").text.startswith("Asha Wanjiku\nNo. SK1024\nOwes KSh 12,500\n1 Pay")
    assert walked(bare, "2", "2").text.startswith(
        "B\nGrade 4, no. SK2\nNothing is owed\nCredit KSh 300\n1 Another amount"
    )


@given(st.integers(-(10**9), 10**12), st.sampled_from(Currency))
def test_money_is_written_whole_and_with_coins_only_where_there_are_any(minor: int, currency: Currency) -> None:
    text = money(Money(minor, currency))

    symbol, _, digits = text.partition(" ")
    assert symbol == currency.symbol
    assert round(float(digits.replace(",", "")) * currency.unit) == minor
    assert ("." in digits) == bool(minor % currency.unit)


# --- gone -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [("2", "2"), ("2", "2", "2"), ("2", "2", "2", "500"), ("2",)], ids="*".join)
@pytest.mark.parametrize("answer", ["1", "2", "500", "0", "x", "98"])
def test_what_speaks_of_a_child_that_is_gone_never_fails(typed: tuple[str, ...], answer: str) -> None:
    said = walked(TWO, *typed)
    alone = calls(school(child()))

    step = then(said, answer, alone)

    assert isinstance(step, Wanted) or step.text


@pytest.mark.parametrize("typed", [("1",), ("1", "1"), ("1", "2"), ("1", "2", "2")], ids="*".join)
@pytest.mark.parametrize("answer", ["1", "2", "500", "0", "00", "x"])
def test_what_speaks_of_a_school_that_is_gone_never_fails(typed: tuple[str, ...], answer: str) -> None:
    schools = calls(school(child()), school(child("B", "HV1"), name="Hill View"))
    said = walked(schools, *typed)
    others = calls(school(child(), name="Third"), school(child(), name="Fourth"))

    step = then(said, answer, others)

    if isinstance(step, Said):  # what was confirmed is sent as it was shown; the use case looks whether it still can be
        assert step.text.removeprefix("Choose a number shown here.\n").startswith("Whom do you want to pay?")


@pytest.mark.parametrize(
    "conversation",
    [
        Conversation(stack=("home.menu", "pay.confirm"), offered=2),
        Conversation(stack=("home.menu", "pay.amount"), answers={"whom": ""}),
        Conversation(stack=("home.menu", "pay.amount"), answers={"whom": "*"}),
        Conversation(stack=("home.resume",), offered=2),
        Conversation(stack=("home.menu", "pay.child"), offered=9, answers={"whom": "SK1024"}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("answer", ["1", "5", "500"])
def test_a_state_that_nobody_can_be_in_never_fails(conversation: Conversation, answer: str) -> None:
    childless = calls(school())
    for caller in (childless, TWO):
        step = engine.advance(GRAPH, conversation, answer, caller, hop(caller))
        assert isinstance(step, Wanted) or step.text


def test_a_last_page_awaits_no_answer() -> None:
    over = Conversation(stack=("home.nobody",))

    with pytest.raises(Bug, match="awaits no answer"):
        engine.advance(GRAPH, over, "1", TWO, hop(TWO))


def test_a_fork_has_no_page() -> None:
    with pytest.raises(Bug, match="has no page"):
        render(GRAPH, Conversation(stack=("home.start",)), View(Conversation(), TWO), None)


def test_a_lookup_keeps_nothing_but_an_account() -> None:
    with pytest.raises(Bug):
        other.found(None)
    assert pay.nothing_kept(None) == mine.nothing_kept(None) == {}


@dataclass(eq=False)
class Example(NotOffered):
    """A refusal with facts of every kind."""

    amount: Money
    on: date
    text: str


# --- small things ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status,words",
    [
        ("initiated", "pending"),
        ("processing", "pending"),
        ("completed", "receipt R-000123"),
        ("failed", "failed"),
        ("expired", "not paid"),
        ("reversed", "reversed"),
        ("partly_refunded", "partly refunded"),
        ("refunded", "refunded"),
        ("something new", "pending"),
    ],
)
def test_a_payment_is_listed_with_what_became_of_it(status: str, words: str) -> None:
    caller = calls(school(child(), payments=[paid(kes(500), status)]))

    assert words in walked(caller, "4").text


def test_without_payments_the_list_says_so() -> None:
    assert walked(calls(school(child())), "4").text == "Last payments:\nNone yet.\n1 Statement\n0 Back"


def test_a_completed_payment_without_a_number_yet_is_received() -> None:
    caller = calls(school(child(), payments=[PaymentView(date(2026, 9, 12), kes(5), "SK1024", "completed", None)]))

    assert "received" in walked(caller, "4").text


def test_a_guardian_without_a_name_sees_no_empty_line() -> None:
    caller = calls(school(child(), contact_name=""))

    assert (
        walked(caller, "5", "2").text
        == "Known to Sunrise Academy:\nPhone 254712***678\nAsha Wanjiku, no. SK1024\n0 Back 00 Home"
    )


def test_facts_of_a_refusal_are_written_as_screens_write_them() -> None:
    assert facts_of(Example(kes(1_500), date(2026, 9, 30), "x" * 100)) == {
        "amount": "KSh 1,500",
        "on": "30/09/26",
        "text": "x" * 40,
    }


def test_a_list_offers_no_more_than_leaves_98_a_key() -> None:
    many = calls(*[school(name=f"School {n}", known=False) for n in range(150)])
    step = walked(many)
    while step.conversation.more:
        onward = then(step, "98", many)
        assert isinstance(onward, Said)
        step = onward

    assert step.conversation.offered == 90
    with pytest.raises(NotOffered):
        engine._offer(Choose("x", items=lambda _: [], then="y"), View(Conversation(), TWO), 1)


def test_fixed_choices_follow_the_list() -> None:
    both = Choose("x", items=lambda _: [Item(("a", {}), {"one": 1})], then="y", choices=(Choice("b", "z"),))
    view = View(Conversation(), TWO)

    assert engine._offer(both, view, 1) == ("y", {"one": 1})
    assert engine._offer(both, view, 2) == ("z", {})
    assert Menu("m").shows(view) == Shown()


def test_the_map_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    assert capsys.readouterr().out.startswith("flowchart LR\n    home_start{{")


def test_a_part_of_an_unknown_account_is_shown_by_its_number() -> None:
    said = walked(TWO, "2", "1", "2", "500")
    draft = said.conversation.draft
    assert draft is not None
    stranger_part = replace(draft, parts=(Part(child("x", "other").account, kes(5)),), reference="ZZ9")

    page = then(replace(said, conversation=msgspec.structs.replace(said.conversation, draft=stranger_part)), "x", TWO)

    assert isinstance(page, Said)
    assert "Student no. ZZ9" in page.text
