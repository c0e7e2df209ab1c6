"""What each kind of news makes of a payout: no order of any news sends it twice, and every end can be explained."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entries import payout_reserved
from core.errors import Bug
from core.ids import OrganisationId, PayoutId, ProviderAccountId
from core.ledger import debit, suspense
from core.money import Currency, Money
from core.payouts import (
    BELIEVED_AFTER,
    MOST_ATTEMPTS,
    NEXT,
    OPEN,
    REVERSED_ALREADY,
    SENT,
    SLOWEST,
    FailReason,
    Float,
    Lost,
    NeverLeft,
    News,
    Payee,
    Payout,
    Refused,
    SaidNot,
    SaidNothing,
    SaidPaid,
    StandsNot,
    StandsNowhere,
    StandsPaid,
    StandsUnclear,
    StandsUndone,
    State,
    Status,
    Taken,
    Wait,
    Way,
    abandoned,
    asked_by_receipt,
    decide,
    disowned,
    held_up,
    question_after,
    sending,
)
from core.phones import Msisdn

KES = Currency.KES
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ORGANISATION = OrganisationId(UUID(int=2))
OTIENO, WANGARI = Msisdn("254712000111"), Msisdn("254708374149")
SUM, OTHER, CHARGE = Money(500_00, KES), Money(600_00, KES), Money(13_00, KES)


def payout(state: State = State.SENDING, **changes: Any) -> Payout:
    standard = Payout(
        PayoutId(UUID(int=1)),
        ORGANISATION,
        ProviderAccountId(UUID(int=3)),
        "mpesa",
        Way.TRANSFER,
        "test",
        UUID(int=4),
        Payee(OTIENO, "Otieno"),
        SUM,
        "fuel",
        "",
        state,
        NOW,
        "trace",
        sent_at=NOW if state is not State.RESERVED else None,
        attempts=0 if state is State.RESERVED else 1,
        receipt="R1" if state is State.PAID else None,
    )
    return replace(standard, **changes)


def after(one: Payout, *news: Any, at: datetime = NOW) -> Payout:
    for told in news:
        one = decide(one, told, now=at).after
    return one


PAID, NOT = SaidPaid("R1", SUM, OTIENO), SaidNot("1", "short", FailReason.FLOAT_SHORT)
STANDS = StandsPaid("R1", SUM, CHARGE, OTIENO)
LATER = NOW + BELIEVED_AFTER

NEWS = st.sampled_from(
    [
        Taken("AG_1"),
        Refused("500.003.02", "busy", temporary=True),
        Refused("2028", "no", temporary=False),
        NeverLeft("no connection"),
        Lost("hung up"),
        PAID,
        SaidPaid("R2", OTHER),
        NOT,
        SaidNothing("time-out"),
        STANDS,
        StandsPaid("R1", SUM, None),
        StandsPaid("R9", OTHER, CHARGE),
        StandsPaid("R8", SUM, CHARGE),
        SaidPaid("R9", SUM, is_anothers=True),
        StandsNot("declined"),
        StandsNowhere(1),
        StandsNowhere(9),
        StandsUnclear("initiated"),
        StandsUndone("C1"),
    ]
)


@given(
    st.sampled_from([payout(State.RESERVED), payout(State.RESERVED, way=Way.GIVE_BACK, original_receipt="C1")]),
    st.lists(st.tuples(NEWS | st.sampled_from(["send", "lapse", "ask"]), st.integers(0, 3_600)), max_size=25),
)
def test_no_order_of_news_sends_what_may_have_left_and_every_step_is_in_the_table(
    one: Payout, story: list[tuple[Any, int]]
) -> None:
    now, may_have_left = NOW, False
    for told, seconds in story:
        before, now = one, now + timedelta(seconds=seconds)
        if told == "send":
            if one.state is not State.RESERVED:
                continue
            assert not may_have_left
            one = sending(one, now=now, lease=timedelta(minutes=2))
        elif told == "lapse":
            one = abandoned(one, now=now) if one.state is State.SENDING else one
        elif told == "ask":
            one = replace(one, asked=one.asked + 1)
        else:
            one = decide(one, told, now=now).after
        may_have_left |= one.state in (State.PROCESSING, State.UNKNOWN, State.PAID, State.REVERSED)
        assert one.state is before.state or one.state in NEXT[before.state]
        assert (one.state is State.PAID) <= (one.receipt is not None)
        assert one.state not in SENT or one.next_at is not None  # it is asked about until it is known
        assert one.attempts <= MOST_ATTEMPTS


def test_the_answer_of_the_provider_says_where_it_stands() -> None:
    assert after(payout(), Taken("AG_1")).state is State.PROCESSING
    assert after(payout(), Lost("hung up")).state is State.UNKNOWN
    assert after(payout(), Refused("2028", "no", temporary=False)).state is State.FAILED
    back = after(payout(), NeverLeft("no connection"))
    assert (back.state, back.sent_at) == (State.RESERVED, None)
    assert after(payout(attempts=MOST_ATTEMPTS), NeverLeft("no connection")).fail_reason is FailReason.NO_RAIL


def test_a_result_that_outran_the_answer_stands_and_only_the_name_is_added() -> None:
    paid = after(payout(), PAID, Taken("AG_1"), Lost("hung up"))

    assert (paid.state, paid.conversation_id) == (State.PAID, "AG_1")


def test_a_failure_is_believed_only_with_the_status() -> None:
    told = after(payout(State.PROCESSING), NOT)

    assert told.state is State.UNKNOWN
    assert after(told, StandsNot("declined")).fail_reason is FailReason.FLOAT_SHORT
    assert after(told, STANDS).state is State.PAID
    assert after(told, StandsNowhere(0)).state is State.UNKNOWN  # too soon: it may be on its way
    assert after(told, StandsNowhere(0), at=LATER).state is State.FAILED
    assert after(payout(State.UNKNOWN), StandsNot("declined")).fail_reason is FailReason.DECLINED


def test_two_results_that_contradict_each_other_leave_it_to_the_status() -> None:
    decision = decide(after(payout(State.PROCESSING), NOT), PAID, now=NOW)
    assert decision.contradicts
    assert decision.after.state is State.UNKNOWN

    decision = decide(after(payout(State.PROCESSING), PAID), NOT, now=NOW)
    assert decision.contradicts
    assert decision.after.state is State.PAID
    assert after(decision.after, StandsNot("declined")).state is State.REVERSED
    assert after(decision.after, STANDS).state is State.PAID


def test_a_result_for_another_sum_or_payee_pays_nothing() -> None:
    for wrong in (SaidPaid("R1", OTHER), SaidPaid("R1", SUM, WANGARI)):
        decision = decide(payout(State.PROCESSING), wrong, now=NOW)
        assert (decision.after.state, decision.contradicts) == (State.UNKNOWN, True)
    assert after(payout(State.UNKNOWN), StandsPaid("R1", OTHER, CHARGE)).state is State.UNKNOWN


def test_money_that_moved_after_we_gave_up_has_moved() -> None:
    decision = decide(payout(State.FAILED), STANDS, now=NOW)
    assert (decision.after.state, decision.contradicts) == (State.PAID, True)

    told = decide(payout(State.FAILED), PAID, now=NOW)
    assert told.after.state is State.FAILED
    assert told.after.next_at == NOW  # the status decides
    assert after(payout(State.REVERSED), STANDS).state is State.REVERSED
    assert after(payout(State.REVERSED), PAID, NOT, StandsNot("x"), SaidNothing("x"), StandsUnclear("x")).state is (
        State.REVERSED
    )


def test_that_nobody_knows_it_is_believed_late_and_only_when_told_again_and_again() -> None:
    asked = payout(State.UNKNOWN, asked=3)

    assert after(asked, StandsNowhere(3)).state is State.UNKNOWN
    assert after(asked, StandsNowhere(2), at=LATER).state is State.UNKNOWN  # the answer to an older question
    assert after(asked, StandsNowhere(3), at=LATER).fail_reason is FailReason.NOT_FOUND
    assert after(payout(State.PAID), StandsNowhere(0)).state is State.PAID
    assert after(payout(State.FAILED), StandsNowhere(0)) == payout(State.FAILED)


def test_what_is_paid_is_asked_about_until_its_charge_is_told_and_not_for_ever() -> None:
    paid = after(payout(State.PROCESSING), PAID)
    assert paid.next_at is not None

    assert after(paid, STANDS).next_at is None
    assert after(paid, STANDS).charge == CHARGE
    assert after(paid, StandsPaid("R1", SUM, None)).next_at is not None
    assert after(replace(paid, asked=99), StandsPaid("R1", SUM, None)).next_at is None
    assert decide(paid, PAID, now=NOW).contradicts is False
    assert decide(paid, SaidPaid("R2", SUM), now=NOW).contradicts is True


def test_the_status_says_which_receipt_is_the_true_one() -> None:
    paid = after(payout(State.PROCESSING), PAID, STANDS)

    doubted = after(paid, SaidPaid("R2", SUM))
    assert (doubted.state, doubted.receipt, doubted.next_at) == (State.PAID, "R1", NOW)
    decision = decide(doubted, StandsPaid("R2", SUM, CHARGE), now=NOW)

    assert (decision.after.receipt, decision.after.next_at, decision.contradicts) == ("R2", None, True)


def test_a_reversal_is_known_by_what_it_undid_until_its_own_name_is_told() -> None:
    undone = payout(State.PAID, way=Way.GIVE_BACK, original_receipt="C1", receipt="C1", charge=CHARGE)

    for told in (SaidPaid("V1", SUM), StandsPaid("V1", SUM, CHARGE)):
        assert decide(undone, told, now=NOW) == decide(undone, told, now=LATER)
        named = after(undone, told)
        assert (named.receipt, named.next_at) == ("V1", None)
        assert decide(named, StandsUndone("C1"), now=NOW).contradicts is False
        assert after(named, StandsUndone("C1")).receipt == "V1"
    assert after(undone, SaidPaid("V1", SUM, is_anothers=True)).receipt == "C1"


def test_a_receipt_of_another_payout_pays_nothing_and_is_asked_about() -> None:
    decision = decide(payout(State.PROCESSING), SaidPaid("R9", SUM, is_anothers=True), now=NOW)

    assert decision.contradicts
    assert (decision.after.state, decision.after.next_at) == (State.UNKNOWN, NOW)


def test_whose_receipt_is_anothers_bears_it_in_doubt_or_not_at_all() -> None:
    assert disowned(payout(State.PAID), now=NOW) == payout(State.PAID, receipt="R1?", next_at=NOW)
    assert disowned(payout(State.REVERSED, receipt="R1"), now=NOW).receipt is None


def test_what_never_left_cannot_have_been_paid_so_it_is_asked_about_instead_of_sent() -> None:
    for told in (PAID, STANDS, StandsUndone("C1")):
        assert after(payout(State.RESERVED), told).state is State.UNKNOWN
    assert after(payout(State.RESERVED), NOT) == payout(State.RESERVED)


def test_a_payment_that_stands_was_not_given_back_and_one_that_is_undone_was() -> None:
    back = payout(State.UNKNOWN, way=Way.GIVE_BACK, original_receipt="C1", asked=3)

    assert after(back, StandsPaid("C1", SUM, CHARGE)).state is State.UNKNOWN
    assert after(back, StandsUndone("C1")).state is State.PAID
    assert after(back, StandsUndone("C2")).state is State.UNKNOWN
    assert after(payout(State.PAID), StandsUndone("R1")).state is State.REVERSED


def test_questions_come_ever_more_slowly() -> None:
    waits = [question_after(asked) for asked in range(30)]

    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] == SLOWEST


def test_a_payout_starts_only_on_a_balance_that_was_told_lately_and_covers_it() -> None:
    fresh = Float(Money(1_000_00, KES), NOW, Money(600_00, KES))

    assert fresh.is_fresh(NOW)
    assert not fresh.is_fresh(NOW + timedelta(hours=1))
    assert fresh.covers(Money(400_00, KES))
    assert not fresh.covers(Money(400_01, KES))
    assert not Float(None, None, Money(0, KES)).covers(SUM)
    assert not Float(None, None, Money(0, KES)).is_fresh(NOW)


def test_a_payout_is_reserved_against_exactly_its_own_sum() -> None:
    with pytest.raises(Bug):
        payout_reserved(
            organisation=ORGANISATION,
            payout=PayoutId(UUID(int=1)),
            amount=SUM,
            against=(debit(suspense(ORGANISATION, KES), OTHER),),
            value_on=NOW.date(),
        )


def test_open_is_what_may_still_be_paid() -> None:
    assert {state for state in State if State.PAID in NEXT[state]} == (SENT | {State.FAILED})
    assert {State.RESERVED} == OPEN - SENT


@pytest.mark.parametrize("told", [StandsNot("declined"), StandsNowhere(9)])
def test_what_was_taken_back_already_is_not_called_failed_whatever_is_said_of_our_wish(told: Status) -> None:
    """Seed 8223 of the long run: the status of our wish said declined, and the money went once more by another way."""
    asked = payout(State.PROCESSING, way=Way.GIVE_BACK, original_receipt="C1", asked=9)
    unsure = decide(asked, SaidNothing(f"{REVERSED_ALREADY}: by whom, the status tells"), now=NOW).after

    later = decide(unsure, told, now=NOW + timedelta(hours=2))

    assert later.after.state is State.UNKNOWN
    assert later.after.next_at is not None
    assert decide(later.after, StandsUndone("C1"), now=NOW + timedelta(hours=3)).after.state is State.PAID


def gives_back(state: State, **facts: Any) -> Payout:
    named = {"way": Way.GIVE_BACK, "original_receipt": "C1", "conversation_id": "AG_1", "sent_at": NOW, "asked": 9}
    return payout(state, **{**named, **facts})


ALREADY = SaidNothing(f"{REVERSED_ALREADY}: by whom, the status tells")
C1_STANDS = StandsPaid("C1", SUM, None)


def test_a_wish_to_give_back_that_was_not_done_asks_about_the_payment_which_alone_decides() -> None:
    """Sheet, section 7: before retrying an unknown outcome, the status of the original receipt."""
    for state, undone in ((State.PROCESSING, State.FAILED), (State.PAID, State.REVERSED)):
        wish = gives_back(state)
        assert asked_by_receipt(wish) == ""

        doubted = decide(wish, StandsNot("declined"), now=NOW).after
        assert (doubted.state, doubted.next_at) == (State.UNKNOWN if state is State.PROCESSING else State.PAID, NOW)
        assert asked_by_receipt(doubted) == "C1"
        assert after(doubted, StandsNot("declined")).state is doubted.state

        ended = decide(doubted, C1_STANDS, now=NOW).after
        assert (ended.state, ended.next_at) == (undone, None)
        assert after(ended, C1_STANDS).state is undone
        assert after(doubted, StandsUndone("C1")).state is State.PAID


@pytest.mark.parametrize("first", [ALREADY, StandsPaid("V9", SUM, None)])
def test_what_operators_took_back_meanwhile_is_paid_back_whatever_is_said_of_our_wish_before_or_after(
    first: News,
) -> None:
    """Seeds 10055 and 10063 of the long run: the pull told of it, and then the status of our wish said declined."""
    second = StandsPaid("V9", SUM, None) if first is ALREADY else ALREADY
    paid = after(gives_back(State.PROCESSING), first, second)

    later = after(paid, StandsNot("declined"), StandsNot("declined"))

    assert (later.state, later.receipt) == (State.PAID, "V9")
    assert asked_by_receipt(later) == "C1"
    assert after(later, StandsUndone("C1")) == replace(later, charge=Money(0, KES), next_at=None)


def test_a_wish_that_the_provider_does_not_know_is_no_failure_before_the_payment_was_asked_about() -> None:
    unknown = decide(gives_back(State.UNKNOWN), StandsNowhere(9), now=NOW + timedelta(hours=1)).after

    assert (unknown.state, asked_by_receipt(unknown)) == (State.UNKNOWN, "C1")
    assert decide(unknown, C1_STANDS, now=NOW + timedelta(hours=1)).after.state is State.FAILED


def test_a_payment_that_stands_again_and_again_was_not_reversed_already() -> None:
    unsure = after(gives_back(State.PROCESSING), ALREADY)

    assert after(unsure, C1_STANDS).state is State.UNKNOWN
    assert decide(unsure, C1_STANDS, now=NOW + timedelta(hours=1)).after.state is State.FAILED


@pytest.mark.parametrize(
    "noted, wait",
    [(Wait.FLOAT.value, Wait.FLOAT), ("halted: 2001", Wait.HALTED), ("the balance is asked for", None), ("", None)],
)
def test_what_a_payout_waits_for_is_known_while_surely_nothing_was_sent(noted: str, wait: Wait | None) -> None:
    waiting = payout(State.RESERVED, last_error=noted)
    assert held_up(waiting) is wait
    assert held_up(replace(waiting, state=State.UNKNOWN)) is None
