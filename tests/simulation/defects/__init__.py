"""Defects of the kinds that real systems had. Nothing of this is in the program: they are planted in copies of it."""

from tests.simulation.defects.conversations import CONVERSATIONS
from tests.simulation.defects.defect import Defect
from tests.simulation.defects.fees import FEES
from tests.simulation.defects.lending import LENDING
from tests.simulation.defects.machine import MACHINE
from tests.simulation.defects.messages import MESSAGES
from tests.simulation.defects.money import MONEY
from tests.simulation.defects.paying import PAYING
from tests.simulation.defects.prompts import PROMPTS

__all__ = ["DEFECTS", "LENDING", "PAYING", "Defect"]

DEFECTS: tuple[Defect, ...] = (*MONEY, *PROMPTS, *MESSAGES, *FEES, *CONVERSATIONS, *MACHINE, *PAYING, *LENDING)
