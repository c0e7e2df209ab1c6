"""One exchange of a USSD session, whatever gateway carries it: a hop in, a page out, always."""

from __future__ import annotations

import structlog

from core.phones import Msisdn
from dialogue.conversation import Hop
from dialogue.talk import Answer, Talk

log = structlog.get_logger()

NOBODY = Msisdn("")
"""For apologies to a phone whose number could not be read."""


async def answer(talk: Talk, hop: Hop) -> Answer:
    """The page for `hop`. A bug of ours ends the session with an apology and a reference that finds it in the log."""
    try:
        return await talk.turn(hop)
    except Exception:
        log.exception("ussd_hop_failed", trace=hop.trace, session=hop.session, phone=hop.msisdn.masked)
        return talk.apology("bug", hop.msisdn, reference=reference(hop.trace))


def reference(trace: str) -> str:
    """What a person can read out of a request id: its last letters (those of ids that increase in time begin alike)."""
    return trace[-8:]
