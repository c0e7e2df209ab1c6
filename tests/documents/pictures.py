"""`python -m tests.documents.pictures` makes the pictures of `docs/documents.md` again, one page of each paper."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from core.documents import Paper
from documents.press import laid_out
from documents.typesetting import picture
from tests.documents.reading import INVOICE, PUBLIC_URL, RECEIPT, STATEMENT

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
PAPERS: dict[str, tuple[Paper, str]] = {
    "paper_receipt": (RECEIPT, "en"),
    "paper_invoice": (INVOICE, "sw"),
    "paper_statement": (STATEMENT, "fr"),
}


def drawn(name: str) -> bytes:
    """The first page in a few shades: small enough to be looked at on a slow line."""
    paper, language = PAPERS[name]
    page = Image.open(io.BytesIO(picture(*laid_out(paper, language, PUBLIC_URL), dots_per_inch=76)[0]))
    small = io.BytesIO()
    page.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE, colors=32).save(small, format="png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for name in PAPERS:
        (FOLDER / f"{name}.png").write_bytes(drawn(name))
