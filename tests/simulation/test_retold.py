"""Stories of the long runs that ended at a fault or at a law's own mistake (`docs/proof.md`) are told again, and break no law."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulation.story import tell
from simulation.weather import Faults
from simulation.wish import Wish
from storage.database import DatabaseUrl

DENSE = Wish(seed=0, months=1, students=30, organisations=2, faults=Faults.MANY, acts=60, office=5)
QUIETER = replace(DENSE, acts=32, office=3)
NO_OFFICE = replace(DENSE, acts=32, office=0)
RETOLD = [
    *(replace(NO_OFFICE, seed=seed) for seed in (110, 131)),
    *(replace(QUIETER, seed=seed) for seed in (2033, 2048)),
    *(replace(DENSE, seed=seed) for seed in (8005, 8043, 8144, 8195, 8223, 8243, 9066, 10055, 10063, 12039, 12236)),
    *(replace(DENSE, seed=seed) for seed in (14003, 14068, 14175)),
]


@pytest.mark.prove
@pytest.mark.usefixtures("only_when_proving", "without_logs")
@pytest.mark.parametrize("wish", RETOLD, ids=lambda wish: str(wish.seed))
async def test_what_once_broke_a_law_breaks_none(wish: Wish, tmp_path: Path) -> None:
    told = await tell(DatabaseUrl(f"sqlite:///{tmp_path}/karani.db"), wish)

    assert told.broken == ()
