"""The conversations themselves: each flow lists its screens, and its catalogue beside it holds their words."""

from __future__ import annotations

from dialogue.catalogues import Graph, compiled
from dialogue.flows import help, home, loan, mine, office, other, pay, promise, receipt, refund, statement, trace

GRAPH: Graph = compiled(
    [
        *home.SCREENS,
        *pay.SCREENS,
        *other.SCREENS,
        *promise.SCREENS,
        *loan.SCREENS,
        *mine.SCREENS,
        *help.SCREENS,
        *receipt.SCREENS,
        *refund.SCREENS,
        *office.SCREENS,
        *trace.SCREENS,
        *statement.SCREENS,
    ],
    start="home.start",
    resume="home.resume",
)
"""Every screen there is, in every language."""
