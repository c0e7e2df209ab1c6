"""Forms that lose nothing: what was refused is said at its field, and what was typed stands there still (SEC-5)."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from core.errors import DomainError, NotFound, NotPermitted, Overloaded
from web.staff.desk import Visit
from web.staff.words import refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Form:
    """What a form shows: values by field, and what is wrong with them."""

    values: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    """What is wrong with no single field."""

    @property
    def status(self) -> int:
        return 422 if self.wrong or self.said else 200

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def why(self, name: str) -> str:
        return self.wrong.get(name, "")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    answer: T


async def attempt(
    visit: Visit, work: Awaitable[T], places: Mapping[type[DomainError], str]
) -> Done[T] | tuple[Form, DomainError]:
    """Do it; or the form again, with the refusal at the field that `places` names for it."""
    try:
        return Done(await work)
    except (NotPermitted, NotFound, Overloaded):
        raise
    except DomainError as error:
        return refused(visit, error, places), error


def refused(visit: Visit, error: DomainError, places: Mapping[type[DomainError], str]) -> Form:
    said, place = refusal(error, visit.language), places.get(type(error), "")
    return Form(visit.fields, {place: said} if place else {}, "" if place else said)


def id_in(visit: Visit, name: str) -> UUID:
    """An id in the address. Raises `NotFound` for what is none."""
    return read_id(visit.request.match_info[name])


def read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("page", text[:40]) from None
