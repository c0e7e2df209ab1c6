"""Whatever is posted, no hook breaks and no coin moves."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database import DatabaseUrl
from tests.web.door import Door, confirmation, hop, opened, prompted

OPERATIONS = ["c2b/confirmation", "c2b/validation", "stk", "ussd", "ussd/events", "sms", "sms/delivery", "sms/optout"]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["0", "-1", "1e9", "NaN", "UKK4A7PQ2X", "ADM2231", "600984"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "TransID",
    "TransAmount",
    "BillRefNumber",
    "BusinessShortCode",
    "MSISDN",
    "TransTime",
    "TransactionType",
    "FirstName",
]
near_confirmations = st.dictionaries(st.sampled_from(FIELDS), values, min_size=1).map(
    lambda changes: confirmation(TransAmount="x") if not changes else confirmation(**{"TransAmount": "-1", **changes})
)
near_results = st.dictionaries(st.sampled_from(["Amount", "MpesaReceiptNumber", "PhoneNumber"]), values).map(
    lambda items: prompted(items={"Amount": "-1", **items})
)
mutilated = st.builds(
    lambda body, at, noise: body[: at % len(body)] + noise + body[at % len(body) + 1 :],
    st.sampled_from([confirmation(TransAmount="-1"), prompted(items={"Amount": -1}), hop("1*1")]),
    st.integers(0, 10_000),
    st.binary(max_size=3),
)
bodies = st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()) | mutilated
kinds = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])


class Hammer:
    """A door in a loop of its own, for many examples."""

    def __init__(self, runner: asyncio.Runner, door: Door) -> None:
        self.runner, self.door = runner, door

    def __call__(self, operation: str, body: bytes, kind: str) -> tuple[int, str]:
        reply = self.runner.run(self.door.post(operation, body, kind=kind))
        return reply.status, reply.body.decode()

    def money(self) -> dict[str, Any]:
        return self.runner.run(self.door.money())


@pytest.fixture(scope="module")
def hammer(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hammer]:
    path = tmp_path_factory.mktemp("hammer") / "karani.db"
    shutil.copy(sqlite_template, path)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        door = runner.run(stack.enter_async_context(opened(DatabaseUrl(f"sqlite:///{path}"))))
        yield Hammer(runner, door)
        runner.run(stack.aclose())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_bytes_break_a_hook_or_move_a_coin(hammer: Hammer, operation: str) -> None:
    money = hammer.money()

    @given(bodies, kinds)
    def holds(body: bytes, kind: str) -> None:
        status, text = hammer(operation, body, kind)
        assert status == 200
        if operation == "ussd":
            assert text.startswith(("CON ", "END "))

    holds()
    assert hammer.money() == money


def test_a_confirmation_with_any_field_wrong_is_credited_whole_or_kept(hammer: Hammer) -> None:
    """A body may by chance be money after all; then the books take it in full, and balance."""

    @given(near_confirmations, near_results)
    def holds(told: bytes, result: bytes) -> None:
        for operation, body in (("c2b/confirmation", told), ("c2b/validation", told), ("stk", result)):
            before = len(hammer.door.outcomes())
            status, _ = hammer(operation, body, "application/json")
            assert status == 200
            assert len(hammer.door.outcomes()) == before + 1  # whatever it was, it stands in the log

    holds()
    assert hammer.door.world.broken_laws() == []
