"""`karani sms try`."""

from tests.cli.conftest import Desk


def test_a_text_is_read_aloud_with_the_reason(desk: Desk) -> None:
    (line,) = desk.types("sms", "try", "pya 2k for KV1O24 on friday", "--json").items

    assert line == {
        "intent": "promise",
        "amount": 2_000,
        "cents": 0,
        "reference": "KV1O24",
        "others": [],
        "day": "fri",
        "language": "en",
        "certain": False,
        "why": ["a payment on a day to come", "near pya~pay", "a sum in words"],
    }
    assert "balance" in desk.types("sms", "try", "salio").out
