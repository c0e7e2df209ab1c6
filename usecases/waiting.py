"""Staff hear at once, in their chat, of money that nobody's account fits (PAY-7): each while they are few, then by their number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.messages import MoneyWaits
from core.payments import Payment
from core.permissions import TABLE, Action
from storage import chats, organisations, suspense
from storage.tx import Tx
from usecases.chats import tell_in_chats

SPAN = timedelta(hours=1)
TOLD_AT = (1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500, 1_000)
"""How many wait since an hour ago when staff hear of it: a storm is a few messages with a number."""


def tell_of_waiting(tx: Tx, new: Sequence[Payment]) -> None:
    """These payments have just been put into suspense. Houses without a bot find them on their pages."""
    for organisation in dict.fromkeys(payment.organisation for payment in new):
        if chats.bot_of(tx, organisation) is None:
            continue
        mine = [payment for payment in new if payment.organisation == organisation]
        waiting = suspense.opened_since(tx, organisation, tx.now - SPAN, most=TOLD_AT[-1])
        if not any(waiting - len(mine) < at <= waiting for at in TOLD_AT):
            continue
        last = mine[-1]
        name = organisations.by_id(tx, organisation).name
        message = MoneyWaits(name, last.amount, waiting, last.reference, last.receipt or "")
        readers = [
            member
            for member in organisations.staff_of(tx, organisation)
            if member.role in TABLE[Action.ASSIGN_SUSPENSE]
        ]
        tell_in_chats(tx, organisation, readers, message)
