"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID, SafeUUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

AnyId = TypeVar("AnyId", bound=UUID)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_UNKNOWN, _set = SafeUUID.unknown, object.__setattr__
"""Looked up once: a member of an enumeration costs more than all else of reading an id."""


def to_us(moment: datetime) -> int:
    """Microseconds since 1970, UTC, of an aware moment. Exact: no float is involved."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def uuid_of(value: bytes) -> UUID:
    """A UUID from its 16 bytes, past the checks of its constructor (which cost three times the rest)."""
    made = object.__new__(UUID)
    _set(made, "int", int.from_bytes(value, "big"))
    _set(made, "is_safe", _UNKNOWN)
    return made


known_uuid = lru_cache(maxsize=16_384)(uuid_of)
"""The same for rows of a table: organisations, accounts and people come again and again, and equal ids that are one object
are found in a dictionary without being compared."""


def written(digits: str) -> str:
    """A UUID as people write it, from its hexadecimal digits: `str(UUID(digits))` in a fifth of the time."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_number = attrgetter("int")


def in_order(ids: Iterable[AnyId]) -> list[AnyId]:
    """Each id once, in the one order in which rows are asked for and locked."""
    return sorted(set(ids), key=_number)


def _id_or_none(value: bytes | None) -> UUID | None:
    return None if value is None else known_uuid(bytes(value))


def _moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else from_us(value)


class Id(sa.types.TypeDecorator[UUID]):
    """A UUID: 16 bytes on SQLite (half of the text, so half of every index), native on PostgreSQL."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return value if value is None or isinstance(value, UUID) else uuid_of(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Straight from the driver's value: the layers between cost more than the reading, and `verify` reads millions."""
        return None if dialect.name == "postgresql" else _id_or_none


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC moment, kept as whole microseconds: SQLite would drop the zone, and integers compare everywhere."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_us(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_us(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _moment_or_none


Minor = sa.BigInteger
"""An amount in the currency's smallest coin."""
