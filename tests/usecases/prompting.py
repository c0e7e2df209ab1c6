"""A guardian's phone that is asked for money, and what is seen of that."""

from typing import Any
from uuid import UUID

from core.callers import AccountView
from core.ids import PaymentId
from core.payments import FailReason, NotPaid, Witness
from core.phones import Msisdn
from core.ports import Exchanged
from storage.audit import history
from storage.callers import caller
from tests.world import World
from usecases.prompts import PROMPT_DELAY, PROMPT_LIFE, PromptAnswered

PHONE = "254712345678"
EXCHANGED = Exchanged("status", b"{}", b"{}", 200, 5)
LIFE_S = (PROMPT_DELAY + PROMPT_LIFE).total_seconds()
NOWHERE: Any = UUID(int=0)
"""The id of nothing that there is."""
NOT_PAID = NotPaid("1032", "cancelled", FailReason.CANCELLED)


async def view(school: World, reference: str = "KV10") -> AccountView:
    """What the guardian sees of a child when dialling now."""
    seen = await school.app.read(caller, Msisdn.parse(PHONE), "*384*70421#")
    return next(account for account in seen.relations[0].accounts if account.reference == reference)


async def states(school: World, payment: PaymentId) -> list[tuple[str | None, str]]:
    return [(row.change.to_state, row.change.reason) for row in await school.app.read(history, payment)]


def texts(school: World) -> list[str]:
    return [event for (event,) in school.rows("SELECT event FROM outbox WHERE kind = 'sms' ORDER BY id")]


def paid(school: World, receipt: str = "R1", shillings: int = 1_000, request_id: str = "ws_1") -> Any:
    return school.notice(
        "",
        shillings,
        payer=Msisdn.parse(PHONE),
        receipt=receipt,
        witness=Witness.PROMPT_RESULT,
        request_id=request_id,
    )


def lost(payment: PaymentId) -> PromptAnswered:
    """The provider's answer to our wish never came."""
    return PromptAnswered(payment, None, None, FailReason.UNKNOWN, "timeout", "trace")
