"""Tells those who asked about a code what has come of it."""

from __future__ import annotations

from dataclasses import dataclass

from usecases.app import App
from usecases.enquiries import AnswerEnquiries, answer_enquiries, any_waits


@dataclass(frozen=True, slots=True)
class Enquiring:
    """Writes only where somebody waits."""

    app: App

    async def round(self) -> int:
        if not await self.app.read(any_waits):
            return 0
        return await self.app.write(answer_enquiries, AnswerEnquiries())
