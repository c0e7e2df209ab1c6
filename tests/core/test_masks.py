"""A stranger recognises whom they know, and learns nothing of whom they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.masks import masked_name, masked_reference


@pytest.mark.parametrize(
    "name, seen",
    [("Amani Kamau", "Amani K."), ("Amani Wanjiku Kamau", "Amani K."), ("Amani", "A."), ("", ""), ("  ", "")],
)
def test_a_name_is_its_first_and_an_initial(name: str, seen: str) -> None:
    assert masked_name(name) == seen


@pytest.mark.parametrize("reference, seen", [("KV1042", "****42"), ("K12", "**2"), ("K", "*"), ("", "")])
def test_a_number_is_its_last_two(reference: str, seen: str) -> None:
    assert masked_reference(reference) == seen


@given(st.text())
def test_at_most_half_of_a_number_is_seen(reference: str) -> None:
    seen = masked_reference(reference)

    assert len(seen) == len(reference)
    hidden = len(reference) - min(2, len(reference) // 2)
    assert seen[:hidden] == "*" * hidden
