"""Of two who change the same thing at once, the second one learns of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.versions import ChangedMeanwhile, check, version_of

facts = st.lists(st.one_of(st.none(), st.text(max_size=12), st.integers(), st.booleans()), max_size=4)


@given(facts, facts)
def test_only_equal_facts_have_the_same_version(one: list[object], other: list[object]) -> None:
    are_same = [(type(each), each) for each in one] == [(type(each), each) for each in other]

    assert (version_of(*one) == version_of(*other)) == are_same


def test_what_changed_meanwhile_is_refused() -> None:
    seen = version_of("Amani", 4)
    check(seen, "Amani", 4)

    with pytest.raises(ChangedMeanwhile):
        check(seen, "Amani", 5)
