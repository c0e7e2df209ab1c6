"""Which way a message goes, and which way next: never two copies where the first may have arrived."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.dispatch import (
    BACK_OFF_S,
    MAY_HAVE_IT,
    MOST_ATTEMPTS,
    MOST_COPIES,
    PATIENCE,
    Attempt,
    Outcome,
    Route,
    Verdict,
    in_order,
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


@given(routes, st.integers(0, MOST_ATTEMPTS))
def test_the_ways_of_a_channel_are_tried_in_turn_and_another_channel_only_when_they_were_tried_in_vain(
    ways: tuple[Route, ...], count: int
) -> None:
    ways = in_order(ways, [way.channel for way in ways])
    first = [way for way in ways if way.channel is ways[0].channel]
    tried: list[Attempt] = []
    for _ in range(count):
        route = next_route(ways, tried, set(Channel))
        assert route is not None  # what is down may come back
        if tried:
            is_new = all(each.route != route for each in tried)
            rest = timedelta(0) if is_new else timedelta(seconds=BACK_OFF_S[len(tried) - 1])
            assert rest_before(ways, tried) == rest
        tried.append(Attempt(route, Outcome.LATER))

    others = [way for way in ways if way not in first]
    assert [each.route for each in tried] == ((first * PATIENCE + others * PATIENCE) * 3)[:count]


def test_ways_stand_in_the_order_that_their_reader_wants() -> None:
    assert in_order(ALL, (Channel.EMAIL, Channel.SMS)) == (MAIL, ONE, TWO)
    assert in_order(ALL, (Channel.EMAIL, Channel.EMAIL, Channel.SMS)) == (MAIL, ONE, TWO)
    assert in_order(ALL, ()) == ()


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
    assert not any(waits_for_report(topic, Channel.EMAIL) for topic in Topic)


def test_every_verdict_makes_something_of_the_attempt() -> None:
    assert {verdict.outcome for verdict in Verdict} == {
        Outcome.TAKEN,
        Outcome.ARRIVED,
        Outcome.UNDELIVERED,
        Outcome.STOPPED,
    }
