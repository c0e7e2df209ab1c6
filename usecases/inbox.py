"""What came in and could not be read: kept whole, so that nothing received is lost."""

from __future__ import annotations

from storage import exchanges
from storage.exchanges import Exchange
from storage.tx import Tx


def keep(tx: Tx, exchange: Exchange) -> None:
    """Store one exchange as it is."""
    exchanges.keep(tx, [exchange])
