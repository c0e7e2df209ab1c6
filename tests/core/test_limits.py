"""How often somebody may try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.limits import Rule, address_key, decide

RULE = Rule(most=3, per_s=60)


def tried(rule: Rule, moments: list[int]) -> list[tuple[int, int]]:
    """What came of a try at each moment: the moment, and how long to wait."""
    kept, told = 0, []
    for now in moments:
        kept, wait = decide(kept, now, rule)
        told.append((now, wait))
    return told


def test_as_many_tries_as_the_rule_says_come_at_once_and_the_next_must_wait() -> None:
    waits = [wait for _, wait in tried(RULE, [1_000] * 5)]

    assert waits == [0, 0, 0, 20_000, 20_000]


def test_a_try_comes_back_after_its_share_of_the_time() -> None:
    assert [wait for _, wait in tried(RULE, [0, 0, 0, 19_999, 20_000, 20_001])] == [0, 0, 0, 1, 0, 19_999]


rules = st.builds(Rule, most=st.integers(1, 20), per_s=st.integers(1, 4_000))
steps = st.lists(st.integers(0, 90_000), max_size=60)


@given(rules, steps)
def test_in_no_stretch_of_time_is_more_allowed_than_a_full_bucket_and_what_came_back_meanwhile(
    rule: Rule, steps: list[int]
) -> None:
    moments = [sum(steps[: n + 1]) for n in range(len(steps))]
    allowed = [now for now, wait in tried(rule, moments) if wait == 0]

    for first, since in enumerate(allowed):
        for count, until in enumerate(allowed[first:], 1):
            assert count <= rule.most + (until - since) // rule.apart_ms


@given(rules, steps)
def test_whoever_waits_as_told_is_served_and_not_a_moment_sooner(rule: Rule, steps: list[int]) -> None:
    kept, now = 0, 0
    for step in steps:
        now += step
        kept, wait = decide(kept, now, rule)
        if wait:
            assert decide(kept, now + wait - 1, rule).wait_ms == 1
            now += wait
            kept, again = decide(kept, now, rule)
            assert again == 0


@pytest.mark.parametrize(
    "address, key",
    [
        ("196.201.214.200", "196.201.214.200"),
        ("2c0f:fe38:2100:1:aaaa::7", "2c0f:fe38:2100:1::/64"),
        ("2c0f:fe38:2100:1:bbbb::8", "2c0f:fe38:2100:1::/64"),
        ("::ffff:41.90.1.2", "41.90.1.2"),
        ("a proxy's own word", "a proxy's own word"),
    ],
)
def test_a_household_is_one_address(address: str, key: str) -> None:
    assert address_key(address) == key
