"""What people decide about themselves."""

from __future__ import annotations

from storage import people
from storage.tx import Tx
from usecases.commands import ChooseLanguage


def choose_language(tx: Tx, wish: ChooseLanguage) -> None:
    """Remember the language of a phone (ORG-4)."""
    people.choose_language(tx, wish.msisdn, wish.language)
