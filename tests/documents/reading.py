"""Papers as their readers have them: the text that a program finds in a PDF, and the mark that a camera sees on its picture."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

import zxingcpp
from PIL import Image
from pypdf import PdfReader

from core.documents import HowToPay, InvoicePaper, ReceiptPaper, ReceiptShare, Settled, StatementPaper
from core.fees import FeeLine
from core.payments import Status
from core.statements import AccountStatement, Movement, MovementKind
from tests.world import kes

PUBLIC_URL = "https://pay.example.org"

RECEIPT = ReceiptPaper(
    organisation="Kilimani View School",
    number="R000321",
    code="7K2M9-QXAV9",
    amount=kes(1_500),
    value_on=date(2027, 1, 18),
    status=Status.COMPLETED,
    moved=False,
    shares=(
        ReceiptShare("Amani Kamau", "KV1042", kes(1_000), (Settled("INV-000012", kes(900)), Settled("", kes(100)))),
        ReceiptShare("Baraka Kamau", "KV1043", kes(500), (Settled("INV-000013", kes(500)),)),
    ),
    is_masked=False,
    provider="mpesa",
    provider_receipt="UKK4A7PQ2X",
    payer_name="WANJIKU KAMAU",
    payer_phone="2547****678",
)


INVOICE = InvoicePaper(
    organisation="Kilimani View School",
    number="INV-000012",
    is_opening=False,
    term="Term 1, 2027",
    name="Amani Kamau",
    reference="KV1042",
    group="Grade 4 East",
    issued_on=date(2027, 1, 4),
    due_on=date(2027, 1, 18),
    lines=(
        FeeLine("Tuition", kes(9_000)),
        FeeLine("Lunch", kes(1_005)),
        FeeLine("Sibling discount", kes(-1_001)),
        FeeLine("Bursary", kes(-5_003)),
    ),
    total=kes(4_001),
    corrected=kes(500),
    paid=kes(1_500),
    open=kes(2_001),
    pay=HowToPay("600984", "KV1042"),
)

STATEMENT = StatementPaper(
    organisation="Kilimani View School",
    since=date(2026, 2, 1),
    until=date(2027, 2, 1),
    accounts=(
        AccountStatement(
            "Amani Kamau",
            "KV1042",
            "Grade 4 East",
            kes(2_000),
            (
                Movement(date(2026, 3, 2), MovementKind.PAYMENT, "R000198", kes(-2_000)),
                Movement(date(2027, 1, 4), MovementKind.INVOICE, "INV-000012", kes(4_001)),
                Movement(date(2027, 1, 9), MovementKind.CORRECTION, "CN-000001", kes(-500)),
                Movement(date(2027, 1, 18), MovementKind.PAYMENT, "R000321", kes(-1_500)),
                Movement(date(2027, 1, 19), MovementKind.TAKEN_BACK, "R000321", kes(1_500)),
                Movement(date(2027, 1, 20), MovementKind.MOVED, "R000330", kes(-1_500)),
            ),
        ),
        AccountStatement(
            "Baraka Kamau",
            "KV1043",
            "Grade 1 West",
            kes(0),
            (
                Movement(date(2027, 1, 4), MovementKind.INVOICE, "INV-000013", kes(8_000)),
                Movement(date(2027, 1, 18), MovementKind.PAYMENT, "R000322", kes(-8_250)),
            ),
        ),
    ),
    pay=HowToPay("600984", "KV1042"),
)


def named(name: str) -> ReceiptPaper:
    """The receipt for one student of that name."""
    return replace(RECEIPT, shares=(ReceiptShare(name, "KV1042", kes(1_500)),))


def text_of(pdf: bytes) -> str:
    """All pages' text, its lines joined."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def opened(pdf: bytes) -> Any:
    return PdfReader(io.BytesIO(pdf))


def scanned(png: bytes) -> list[str]:
    """What a phone's camera reads off the picture of a page."""
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))]
