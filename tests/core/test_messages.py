"""Every message names its event, and no two events share a name."""

from dataclasses import fields
from typing import get_args

from core.messages import Message


def test_each_message_has_its_own_event_and_belongs_to_an_organisation() -> None:
    kinds = get_args(Message)

    assert len({kind.event for kind in kinds}) == len(kinds)
    assert all("organisation" in {field.name for field in fields(kind)} for kind in kinds)
