"""`karani payments again`: a failed prompt's phone is asked once more (PAY-13)."""

from __future__ import annotations

from tests.cli.conftest import Desk


def test_a_failed_payment_is_asked_for_again_once(books: Desk) -> None:
    (failed,) = books.types("payments", "list", "--status", "failed", "--json").items

    (first,) = books.types("payments", "again", failed["id"], "--json", "--as", "Tess").items
    (second,) = books.types("payments", "again", failed["id"], "--json", "--as", "Mary").items
    (shown,) = books.types("payments", "show", first["payment"], "--json").items

    assert (
        first == second == {"payment": first["payment"], "follows": failed["id"], "amount": "100.00", "currency": "KES"}
    )
    assert shown["follows"] == failed["id"]
    assert shown["history"][0]["origin"].startswith("cli ")
    assert first["payment"] in books.types("payments", "show", failed["id"]).out
    assert len(books.types("payments", "list", "--status", "initiated", "--json").items) == 1


def test_who_may_not_and_what_did_not_fail_is_refused(books: Desk) -> None:
    (failed,) = books.types("payments", "list", "--status", "failed", "--json").items

    auditor = books.types("payments", "again", failed["id"], "--as", "Omondi")
    paid = books.types("payments", "again", "UKL0000001")
    unknown = books.types("payments", "again", "UKL9")

    assert (auditor.code, paid.code, unknown.code) == (2, 2, 2)
    assert "It is not sure that it was not paid." in paid.err
    assert books.types("payments", "list", "--status", "initiated", "--json").items == []
