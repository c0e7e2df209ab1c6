"""Which press of a button counts: a law over everything that a press can bring with it (TG-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chats import (
    Button,
    ButtonExpired,
    ButtonMoved,
    ButtonNotYours,
    ButtonSpent,
    Pressed,
    require_pressable,
)
from core.errors import DomainError
from core.ids import StaffId

ESTHER, DANIEL = StaffId(UUID(int=1)), StaffId(UUID(int=2))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

people = st.sampled_from([ESTHER, DANIEL])
chats, numbers = st.sampled_from([11, 22, -33]), st.sampled_from([1, 2])
moments = st.sampled_from([NOON - timedelta(microseconds=1), NOON, NOON + timedelta(hours=1)])
buttons = st.builds(
    Button,
    staff=st.none() | people,
    chat=chats,
    number=st.none() | numbers,
    until=st.just(NOON),
    is_spent=st.booleans(),
)
presses = st.builds(Pressed, staff=people, chat=chats, number=numbers, at=moments)


@given(buttons, presses)
def test_a_press_counts_only_by_its_person_in_its_chat_at_its_message_in_time_and_unspent(
    button: Button, press: Pressed
) -> None:
    fits = (
        button.staff in (None, press.staff)
        and button.chat == press.chat
        and button.number in (None, press.number)
        and press.at < button.until
        and not button.is_spent
    )

    try:
        require_pressable(button, press)
    except DomainError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize(
    "button, why",
    [
        (Button(ESTHER, 22, 1, NOON, is_spent=False), ButtonMoved),
        (Button(ESTHER, 11, 2, NOON, is_spent=False), ButtonMoved),
        (Button(DANIEL, 11, 1, NOON, is_spent=True), ButtonNotYours),
        (Button(ESTHER, 11, 1, NOON, is_spent=True, spent_by="Daniel"), ButtonSpent),
        (Button(ESTHER, 11, 1, NOON - timedelta(hours=1), is_spent=False), ButtonExpired),
    ],
)
def test_each_refusal_says_why_and_strangers_learn_nothing(button: Button, why: type[DomainError]) -> None:
    with pytest.raises(why):
        require_pressable(button, Pressed(ESTHER, 11, 1, NOON - timedelta(seconds=1)))
