"""`App`: what every door holds. It reads, it writes, and it knows the ports; `wiring.py` builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from core.ids import OrganisationId, ProviderAccountId
from core.ports import Clock, Ids, KeyValue, Mailer, Rail, Random, SmsGateway
from storage.tx import Tx
from storage.writer import Writer

C = TypeVar("C")
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Reads(Protocol):
    """Runs query functions on a consistent snapshot (`storage.database.Reader`)."""

    async def read(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def glance(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T: ...


@dataclass(slots=True)
class App:
    """The program without its doors."""

    reader: Reads
    writer: Writer
    clock: Clock
    ids: Ids
    random: Random
    memory: KeyValue
    rails: Mapping[ProviderAccountId, Rail]
    gateways: Mapping[OrganisationId, Mapping[str, SmsGateway]]
    """Who sends an organisation's texts, by the gateway's name: the first is tried first."""
    mailers: Mapping[OrganisationId, Mapping[str, Mailer]] = field(default_factory=dict)
    """Who sends an organisation's mail, likewise."""

    async def read(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a query function, from one consistent snapshot."""
        return await self.reader.read(query, *args, **kwargs)

    async def glance(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for what is found by keys, however large the books are: on SQLite nothing else moves meanwhile. It grows with
        what stands behind the key; a phone with a hundred accounts takes five milliseconds (docs/decisions/0024)."""
        return await self.reader.glance(query, *args, **kwargs)

    async def write(self, use_case: Callable[[Tx, C], R], command: C) -> R:
        """The use case's answer, once it is on disk. Raises its `DomainError`, or `Overloaded` when too many wait.

        A caller that goes away does not undo the write.
        """
        answer: R = await self.writer.put(use_case, command)
        return answer
