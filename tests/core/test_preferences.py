"""May this be sent to this person now? The laws of stops and quiet hours, over every moment and every history of words."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.organisations import zone_of
from core.phones import Msisdn
from core.preferences import (
    NIGHT,
    PASSES,
    STOPPABLE,
    Channel,
    Consent,
    Never,
    QuietHours,
    Send,
    Topic,
    Wait,
    may_send,
    stops,
)

NAIROBI = ZoneInfo("Africa/Nairobi")
topics, channels = st.sampled_from(Topic), st.sampled_from(Channel)
consents = st.lists(
    st.builds(Consent, st.booleans(), st.none() | st.sampled_from(STOPPABLE), st.none() | channels), max_size=6
)
moments = st.integers(0, 800 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))
# Zones whose clocks jump are asked too: the rule must hold wherever an organisation lives.
zones = st.sampled_from(["Africa/Nairobi", "Africa/Kigali", "Europe/Paris", "America/New_York"]).map(ZoneInfo)
nights = st.builds(QuietHours, clocks, clocks, st.booleans())


def decided(topic: Topic, said: list[Consent], at: datetime, quiet: QuietHours = NIGHT) -> Send | Wait | Never:
    return may_send(topic, Channel.SMS, stopped=stops(said), now=at, zone=NAIROBI, quiet=quiet)


DAY, EVENING = datetime(2026, 11, 21, 9, tzinfo=UTC), datetime(2026, 11, 21, 19, tzinfo=UTC)
STOP, START = Consent(False), Consent(True)


def test_a_receipt_of_ten_at_night_waits_for_seven_in_the_morning() -> None:
    assert decided(Topic.ACCOUNT, [], DAY) == Send()
    assert decided(Topic.ACCOUNT, [], EVENING) == Wait(datetime(2026, 11, 22, 4, tzinfo=UTC))
    assert decided(Topic.ACCOUNT, [], EVENING, QuietHours(account_passes=True)) == Send()
    assert decided(Topic.REMINDERS, [], EVENING, QuietHours(account_passes=True)) != Send()


@pytest.mark.parametrize("topic", STOPPABLE)
def test_stop_holds_until_start(topic: Topic) -> None:
    assert decided(topic, [STOP], DAY) == Never()
    assert decided(topic, [STOP, STOP, START], DAY) == Send()
    assert decided(topic, [STOP, START, STOP], DAY) == Never()


def test_stop_for_one_thing_stops_only_that_thing() -> None:
    said = [Consent(False, Topic.REMINDERS)]

    assert decided(Topic.REMINDERS, said, DAY) == Never()
    assert decided(Topic.ARREARS, said, DAY) == Send()
    assert decided(Topic.ACCOUNT, [STOP, Consent(True, Topic.ACCOUNT)], DAY) == Send()
    assert decided(Topic.NEWS, [STOP, Consent(True, Topic.ACCOUNT)], DAY) == Never()


def test_what_is_stopped_on_one_channel_may_come_by_another() -> None:
    stopped = stops([Consent(False, channel=Channel.EMAIL)])

    assert (Topic.NEWS, Channel.EMAIL) in stopped
    assert (Topic.NEWS, Channel.SMS) not in stopped


@pytest.mark.parametrize("topic", PASSES)
def test_codes_and_answers_pass_the_night_and_every_stop(topic: Topic) -> None:
    assert decided(topic, [STOP], EVENING) == Send()


@given(consents, topics)
def test_the_last_word_on_a_thing_holds_whatever_was_said_before(said: list[Consent], topic: Topic) -> None:
    for channel in Channel:
        words = [one for one in said if one.topic in (None, topic) and one.channel in (None, channel)]
        is_stopped = topic not in PASSES and bool(words) and not words[-1].wanted

        assert ((topic, channel) in stops(said)) == is_stopped


@given(topics, consents, moments, zones, nights)
def test_nothing_is_sent_in_quiet_hours_or_after_a_stop(
    topic: Topic, said: list[Consent], now: datetime, zone: ZoneInfo, quiet: QuietHours
) -> None:
    verdict = may_send(topic, Channel.SMS, stopped=stops(said), now=now, zone=zone, quiet=quiet)

    if isinstance(verdict, Send) and topic not in PASSES:
        assert (topic, Channel.SMS) not in stops(said)
        assert quiet.end_of(now, zone) is None or (topic is Topic.ACCOUNT and quiet.account_passes)


@given(moments, zones, nights)
def test_the_end_of_the_quiet_is_near_and_really_is_its_end(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> None:
    until = quiet.end_of(now, zone)

    if until is not None:
        assert now < until <= now + timedelta(hours=26)  # a day, and the hour that clocks jump
        assert until.utcoffset() == timedelta(0)
    clock = now.astimezone(zone).time()
    over_midnight = quiet.begins > quiet.ends
    inside = (clock >= quiet.begins) ^ (clock >= quiet.ends) ^ over_midnight
    assert (until is not None) == (inside and quiet.begins != quiet.ends)


def test_equal_hours_are_no_quiet_hours() -> None:
    assert QuietHours(time(8), time(8)).end_of(DAY, NAIROBI) is None


@pytest.mark.parametrize(
    "phone, zone",
    [("254712345678", "Africa/Nairobi"), ("250788123456", "Africa/Kigali"), ("447911123456", "Africa/Kampala")],
)
def test_the_clock_is_that_of_the_phones_country_or_else_the_organisations(phone: str, zone: str) -> None:
    assert zone_of(Msisdn(phone), "Africa/Kampala").key == zone
