"""The harness in miniature: every benchmark that is cheap runs once, and no figure of it is asserted."""

import json
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def bench(*words: str) -> list[dict[str, object]]:
    """What `make bench` prints with `--json`, of one tiny round."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--json", "--rounds", "1", "--seconds", "0.2", *words],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_each_benchmark_says_its_ratio_and_finds_the_books_whole(proving: bool) -> None:
    only, ids = (
        ("P1,P5,P8,P10,P11", ["P1", "P5", "P8", "P8-redis", "P10", "P11"]) if proving else ("P1,P10", ["P1", "P10"])
    )
    lines = bench("--only", only, "--payments", "2000")

    assert [line["id"] for line in lines] == ids
    for line in lines:
        assert {"ratio", "goal", "limit", "value", "unit", "rounds", "reached", "counted"} <= line.keys()
        assert line["problems"] == []


def test_an_unknown_benchmark_is_refused_with_those_that_exist() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--only", "P99"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 2
    assert "P99" in ran.stderr
    assert "P1, P2" in ran.stderr
