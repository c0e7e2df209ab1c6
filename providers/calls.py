"""A callback as it reaches a door: what the gate in front of all `/hooks/` found out about it, and its raw bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from core.ids import OrganisationId
from core.organisations import ProviderAccount


@dataclass(frozen=True, slots=True)
class Hook:
    """Who may use a key: an organisation's account at a provider or a gateway."""

    key: str
    account: ProviderAccount
    country_code: str
    service_codes: tuple[str, ...]
    organisations: tuple[OrganisationId, ...]
    sources: tuple[str, ...] = ()
    """Networks that callbacks may come from; empty allows all."""
    secret: str = field(default="", repr=False)
    """What the provider signs its callbacks with, where it does."""


LONGEST_BODY = 64 * 1024
"""Providers send less than 4 KiB."""


@dataclass(slots=True)
class Call:
    """One authentic callback. Handlers say what came of it in `outcome`, for the log and the metrics."""

    hook: Hook
    raw: bytes
    address: str
    trace: str
    outcome: str = "answered"
    spoilt: str = ""
    """Why the body did not come whole; `raw` is then what came of it, and means nothing."""

    @property
    def is_too_long(self) -> bool:
        """Only the beginning of the body was read."""
        return len(self.raw) > LONGEST_BODY


CALL = web.RequestKey("call", Call)
