"""Our answers to Daraja are byte for byte what it documents."""

from __future__ import annotations

import json
from pathlib import Path

from providers.mpesa.validation import ACKNOWLEDGED, Rejection, accepted, rejected

SAMPLES = Path(__file__).parents[2] / "samples"


def sample(name: str) -> object:
    return json.loads((SAMPLES / f"mpesa_{name}.json").read_bytes())


def test_answers_are_those_of_the_recorded_exchanges() -> None:
    assert json.loads(ACKNOWLEDGED) == sample("c2b_confirmation_acknowledgement")
    assert json.loads(accepted("PAY-000184")) == sample("c2b_validation_response_accept")
    assert json.loads(accepted()) == {"ResultCode": "0", "ResultDesc": "Accepted"}
    assert json.loads(rejected(Rejection.UNKNOWN_ACCOUNT)) == sample("c2b_validation_response_reject")


def test_the_codes_are_those_of_the_vendors_table() -> None:
    assert [why.value for why in Rejection] == [f"C2B000{number}" for number in range(11, 17)]
