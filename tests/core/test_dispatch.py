"""Which way a message goes, and which way next: never two copies where the first may have arrived."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.dispatch import (
    MAY_HAVE_IT,
    MOST_ATTEMPTS,
    MOST_COPIES,
    Attempt,
    Outcome,
    Route,
    Verdict,
    next_route,
    rest_before,
    standing,
    waits_for_report,
)
from core.preferences import Channel, Topic

ONE, TWO = Route(Channel.SMS, "africastalking"), Route(Channel.SMS, "twilio")
MAIL = Route(Channel.EMAIL, "smtp")
ALL = (ONE, TWO, MAIL)

routes = st.permutations(ALL).flatmap(lambda each: st.integers(1, 3).map(lambda n: tuple(each[:n])))
attempts = st.lists(st.builds(Attempt, st.sampled_from(ALL), st.sampled_from(Outcome)), max_size=6)
channels = st.sets(st.sampled_from(Channel))


@given(routes, attempts, channels)
def test_no_way_is_tried_that_may_have_the_message_refused_it_or_is_not_wanted(
    ways: tuple[Route, ...], tried: list[Attempt], usable: set[Channel]
) -> None:
    route = next_route(ways, tried, usable)

    if route is None:
        return
    assert route in ways
    assert route.channel in usable
    assert {each.outcome for each in tried if each.route == route} <= {Outcome.LATER}
    assert Outcome.ARRIVED not in {each.outcome for each in tried}
    assert Outcome.STOPPED not in {each.outcome for each in tried if each.route.channel is route.channel}


@given(routes, st.lists(st.sampled_from(Outcome), min_size=30, max_size=30))
def test_whatever_gateways_say_it_ends_and_few_copies_may_have_left(
    ways: tuple[Route, ...], said: list[Outcome]
) -> None:
    """Played by the worst rules: after every end, also an unknown one, the next way is asked for."""
    tried: list[Attempt] = []
    while len(tried) < MOST_ATTEMPTS and (route := next_route(ways, tried, set(Channel))) is not None:
        tried.append(Attempt(route, said[len(tried)]))

    assert sum(each.outcome in MAY_HAVE_IT for each in tried) <= MOST_COPIES
    assert rest_before(ways, tried) is None or len(tried) < MOST_ATTEMPTS


@given(routes, st.integers(1, MOST_ATTEMPTS))
def test_an_untried_way_is_tried_at_once_and_then_the_rests_grow(ways: tuple[Route, ...], count: int) -> None:
    tried: list[Attempt] = []
    rests: list[timedelta] = []
    while len(tried) < count and (route := next_route(ways, tried, set(Channel))) is not None:
        tried.append(Attempt(route, Outcome.LATER))
        rests.append(rest_before(ways, tried) or timedelta(0))

    assert len(tried) == count  # what is down may come back
    assert rests[: len(ways) - 1] == [timedelta(0)] * min(len(ways) - 1, count)
    later = rests[len(ways) - 1 : MOST_ATTEMPTS - 1]
    assert later == sorted(later)
    assert {each.route for each in tried[: len(ways)]} == set(ways[:count])


def test_it_is_given_up_after_some_attempts() -> None:
    assert rest_before((ONE,), [Attempt(ONE, Outcome.LATER)] * (MOST_ATTEMPTS - 1)) == timedelta(hours=1)
    assert rest_before((ONE,), [Attempt(ONE, Outcome.LATER)] * MOST_ATTEMPTS) is None
    assert rest_before((ONE,), [Attempt(ONE, Outcome.REFUSED)]) is None


def test_who_stopped_us_at_one_gateway_is_not_texted_by_another_but_may_be_mailed() -> None:
    tried = [Attempt(ONE, Outcome.STOPPED)]

    assert next_route((ONE, TWO), tried, set(Channel)) is None
    assert next_route(ALL, tried, set(Channel)) == MAIL


def test_where_a_message_stands_is_the_best_that_any_attempt_came_to() -> None:
    def after(*outcomes: Outcome) -> Outcome:
        return standing([Attempt(ONE, outcome) for outcome in outcomes])

    assert after(Outcome.UNDELIVERED, Outcome.TAKEN) is Outcome.TAKEN
    assert after(Outcome.ARRIVED, Outcome.SENDING) is Outcome.ARRIVED
    assert after(Outcome.TAKEN, Outcome.SENDING) is Outcome.SENDING
    assert after(Outcome.UNKNOWN, Outcome.REFUSED) is Outcome.UNKNOWN
    assert after(Outcome.REFUSED, Outcome.LATER) is Outcome.LATER


def test_only_what_must_arrive_may_go_twice_for_want_of_a_report() -> None:
    assert [topic for topic in Topic if waits_for_report(topic)] == [Topic.SECURITY]


def test_every_verdict_makes_something_of_the_attempt() -> None:
    assert {verdict.outcome for verdict in Verdict} == {
        Outcome.TAKEN,
        Outcome.ARRIVED,
        Outcome.UNDELIVERED,
        Outcome.STOPPED,
    }
