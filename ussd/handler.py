"""One exchange of a USSD session, whatever gateway carries it: a hop in, `CON` or `END` and a page out, always."""

from __future__ import annotations

import logging

from core.phones import Msisdn
from dialogue.conversation import Hop
from dialogue.talk import Answer, Talk

log = logging.getLogger(__name__)

NOBODY = Msisdn("")
"""For apologies to a phone whose number could not be read."""


async def answer(talk: Talk, hop: Hop) -> Answer:
    """The page for `hop`. A bug of ours ends the session with an apology and a reference that finds it in the log."""
    try:
        return await talk.turn(hop)
    except Exception:
        log.exception("a hop failed", extra={"trace": hop.trace, "session": hop.session, "phone": hop.msisdn.masked})
        return talk.apology("bug", hop.msisdn, reference=hop.trace[:8])
