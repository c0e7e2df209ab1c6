"""Paying out by Daraja: B2C, reversal, and the questions about them (sheet, sections 6 to 9).

What becomes of each comes later, to `…/result/{name}` or `…/timeout/{name}`; `Instruction` is the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from core.errors import Unavailable
from core.ids import ProviderAccountId
from core.payouts import FailReason, Lost, Payout, Refused, Taken, Way, asked_by_receipt
from core.ports import Exchanged, HttpReply
from providers.mpesa.client import STATUS, MpesaRail, field_of, fields_of
from providers.mpesa.codes import THROTTLED, TOKEN_INVALID
from providers.mpesa.results import reason_of

B2C = "/mpesa/b2c/v3/paymentrequest"
REVERSAL = "/mpesa/reversal/v1/request"
BALANCE = "/mpesa/accountbalance/v1/query"
DUPLICATE = "500.002.1001"
"""Our reference was used before: it was sent already. Also "under maintenance" on some services: unknown, either way."""
_BUSY_S = 15.0


class Topic(Enum):
    """What a posted answer is about."""

    PAYOUT = "p"
    STATUS = "q"
    """Our question about a payout."""
    BALANCE = "b"


@dataclass(frozen=True, slots=True)
class Instruction:
    """The name under which an answer comes back: what it is about, whose, and `mark`: which question it answers."""

    topic: Topic
    id: UUID
    mark: int = 0

    @property
    def name(self) -> str:
        return f"{self.topic.value}{self.id.hex}-{self.mark}"

    @classmethod
    def read(cls, text: str) -> Instruction | None:
        """None for what is no name of ours."""
        found = _NAME.fullmatch(text)
        return cls(Topic(found[1]), UUID(hex=found[2]), int(found[3])) if found else None


_NAME = re.compile(r"([pqb])([0-9a-f]{32})-([0-9]{1,20})", re.ASCII)


class MpesaPayer(MpesaRail):
    """A short code that can also pay (`core.ports.Payer`). It takes an operator of the short code with the roles for it."""

    @property
    def can_pay(self) -> bool:
        return self.can_ask

    async def pay(self, payout: Payout) -> tuple[Taken | Refused | Lost, Exchanged]:
        """B2C, or the reversal of what we received. Raises `FractionRefused` for cents, and `Unavailable`."""
        if payout.way is Way.GIVE_BACK:
            reply, exchanged = await self._post("reversal", REVERSAL, self._reversal(payout))
        else:
            reply, exchanged = await self._post("b2c", B2C, self._b2c(payout))
        return _read_taken(reply), exchanged

    def _b2c(self, payout: Payout) -> dict[str, str]:
        account = self._account
        return {
            "OriginatorConversationID": str(payout.id),
            "InitiatorName": account.initiator,
            "SecurityCredential": account.security_credential,
            "CommandID": "BusinessPayment",
            "Amount": str(payout.amount.whole_units),
            "PartyA": account.shortcode,
            "PartyB": payout.payee.msisdn.digits,
            "Remarks": _remarks(payout.remarks),
            **self._urls(Instruction(Topic.PAYOUT, payout.id)),
            "Occassion": payout.id.hex,  # sic; only here
        }

    def _reversal(self, payout: Payout) -> dict[str, str]:
        account = self._account
        return {
            "Initiator": account.initiator,
            "SecurityCredential": account.security_credential,
            "CommandID": "TransactionReversal",
            "TransactionID": payout.original_receipt,
            "Amount": str(payout.amount.whole_units),
            "ReceiverParty": account.shortcode,
            "RecieverIdentifierType": "11",  # sic
            **self._urls(Instruction(Topic.PAYOUT, payout.id)),
            "Remarks": _remarks(payout.remarks),
            "Occasion": payout.id.hex,
        }

    async def ask_payout(self, payout: Payout) -> tuple[bool, Exchanged]:
        """By the provider's name for it, else by ours; of a reversal that was never named, or is in doubt, by what it reverses."""
        account = self._account
        by_receipt = asked_by_receipt(payout)
        asked = {
            "Initiator": account.initiator,
            "SecurityCredential": account.security_credential,
            "CommandID": "TransactionStatusQuery",
            "TransactionID": by_receipt,
            "OriginalConversationID": "" if by_receipt else payout.conversation_id or str(payout.id),
            "PartyA": account.shortcode,
            "IdentifierType": "4",
            **self._urls(Instruction(Topic.STATUS, payout.id, payout.asked + 1)),
            "Remarks": "payout",
            "Occasion": payout.id.hex,
        }
        return await self._question("payout_status", STATUS, asked)

    async def ask_float(self, account: ProviderAccountId, *, at: datetime) -> tuple[bool, Exchanged]:
        """The balance of the short code's accounts. `at` comes back with it, in microseconds since 1970."""
        mine, moment = self._account, round(at.timestamp() * 1_000_000)
        asked = {
            "Initiator": mine.initiator,
            "SecurityCredential": mine.security_credential,
            "CommandID": "AccountBalance",
            "PartyA": mine.shortcode,
            "IdentifierType": "4",
            **self._urls(Instruction(Topic.BALANCE, account, moment)),
            "Remarks": "balance",
        }
        return await self._question("balance", BALANCE, asked)

    def _urls(self, instruction: Instruction) -> dict[str, str]:
        base = self._account.hooks_url
        return {
            "QueueTimeOutURL": f"{base}/timeout/{instruction.name}",
            "ResultURL": f"{base}/result/{instruction.name}",
        }

    async def _question(self, operation: str, path: str, asked: Mapping[str, str]) -> tuple[bool, Exchanged]:
        try:
            reply, exchanged = await self._post(operation, path, asked)
        except Unavailable as error:
            error.sent = False  # a question changes nothing
            raise
        said = fields_of(reply)
        if reply.status < 300 and field_of(said, "ResponseCode") == "0":
            return True, exchanged
        code = field_of(said, "errorCode")
        if not code or code in THROTTLED:
            raise Unavailable("mpesa", f"HTTP {reply.status} {code}".strip(), retry_after_s=_BUSY_S)
        return False, exchanged


def _read_taken(reply: HttpReply) -> Taken | Refused | Lost:
    """Only what surely means that nothing was done is a refusal: every other answer leaves the outcome unknown."""
    said = fields_of(reply)
    if reply.status < 300:
        code, conversation = field_of(said, "ResponseCode"), field_of(said, "ConversationID")
        if code == "0" and conversation:
            return Taken(conversation)
        if code and code != "0":
            return Refused(code, field_of(said, "ResponseDescription"), temporary=False, reason=reason_of(code))
        return Lost(f"unreadable answer: HTTP {reply.status}")
    code, detail = field_of(said, "errorCode"), field_of(said, "errorMessage")
    if code in THROTTLED or code in TOKEN_INVALID:
        return Refused(code, detail, temporary=True)
    if code.startswith("4") and "." in code:
        reason = (
            FailReason.DECLINED if code.startswith("400.002") else FailReason.OUR_FAULT
        )  # one bad field, or all of us
        return Refused(code, detail, temporary=False, reason=reason)
    return Lost(f"HTTP {reply.status} {code} {detail}".strip())


def _remarks(text: str) -> str:
    """2 to 100 characters."""
    return text[:100] if len(text) > 1 else "payment"
