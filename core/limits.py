"""How often somebody may try: a token bucket, kept as one number (SEC-4).

The number is the moment at which the bucket is full again. Each try that is allowed moves it on by the time that one
try takes to come back; a try is refused while that would be further away than a whole bucket. Refused tries cost
nothing, so whoever keeps trying is served again as soon as anybody else.

Source: the generic cell rate algorithm (ITU-T I.371), as a bucket of `most` tries that refills evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import ClassVar, NamedTuple

from core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Rule:
    """`most` tries at once, and `most` more for every `per_s` seconds that pass, evenly spread."""

    most: int
    per_s: int

    @property
    def apart_ms(self) -> int:
        """How long one try takes to come back. Milliseconds."""
        return max(1, self.per_s * 1000 // self.most)


class Verdict(NamedTuple):
    """May it be tried now? `full_at_ms` is what to keep; `wait_ms` is how long until the next try, 0 when allowed."""

    full_at_ms: int
    wait_ms: int


def decide(kept_ms: int, now_ms: int, rule: Rule) -> Verdict:
    """One more try at `now_ms`, after what was `kept_ms` (0 when nothing is known). Milliseconds of any one clock."""
    begun = max(kept_ms, now_ms)
    wait = begun - now_ms - (rule.most - 1) * rule.apart_ms
    return Verdict(kept_ms, wait) if wait > 0 else Verdict(begun + rule.apart_ms, 0)


@dataclass(eq=False)
class TooManyTries(DomainError):
    """Tried too often from here; nothing was looked up. `minutes` until it is worth trying again, rounded up."""

    code: ClassVar[str] = "too_many_tries"
    minutes: int


def address_key(address: str) -> str:
    """Whom an address stands for: itself, or its /64 network for IPv6, because one household owns all of that."""
    try:
        seen = ip_address(address)
    except ValueError:
        return address
    if not isinstance(seen, IPv6Address):
        return address
    if seen.ipv4_mapped is not None:
        return str(seen.ipv4_mapped)
    return f"{IPv6Address(int(seen) >> 64 << 64)}/64"
