"""What is left of a process that lost its power: its database, and nothing else."""

import asyncio
from pathlib import Path

import pytest

from simulation.schools import school
from simulation.town import START, Town
from storage.database import DatabaseUrl

pytestmark = pytest.mark.usefixtures("without_logs")


def at_the_doors() -> list[str]:
    """Requests that some server still works on."""
    coroutines = (task.get_coro() for task in asyncio.all_tasks())
    return [name for one in coroutines if "RequestHandler" in (name := getattr(one, "__qualname__", ""))]


async def test_who_waited_in_a_process_that_died_waits_no_more(tmp_path: Path) -> None:
    """Nobody holds such a task but what it waits for: the collector would find it, and say that it was still pending."""
    plan = school(0, START, students=2)
    town = await Town.found(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db"), [plan], seed=1)
    family = plan.families[0]
    town.slow_disk(3)
    number = family.students[0].number
    await town.pretend.phones.paybill(family.guardians[0].msisdn, plan.shortcode, number, "100")
    await town.clock.advance(1)
    assert at_the_doors()

    await town.cut_power()

    assert at_the_doors() == []
    await town.close()
