"""Letters without their accents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accents import without_accents


@pytest.mark.parametrize(
    "written, bare",
    [
        ("Élève", "Eleve"),
        ("où", "ou"),
        ("N° d'élève", "N° d'eleve"),
        ("５００", "500"),
        ("ﬁn", "fin"),
        ("mwalimu", "mwalimu"),
    ],
)
def test_only_the_accents_go(written: str, bare: str) -> None:
    assert without_accents(written) == bare


@given(st.text())
def test_what_is_bare_stays_as_it_is(text: str) -> None:
    bare = without_accents(text)
    assert without_accents(bare) == bare
