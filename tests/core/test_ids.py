"""Identifiers are plain UUIDs at run time: names keep a student from being passed for a payment only in the types."""

from uuid import UUID

from core import ids


def test_every_identifier_is_a_uuid_that_databases_take_as_it_is() -> None:
    kinds = [kind for name, kind in vars(ids).items() if name.endswith("Id")]

    assert kinds
    assert all(kind(UUID(int=5)) == UUID(int=5) for kind in kinds)
