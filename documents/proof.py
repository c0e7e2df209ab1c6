"""The mark on a paper that leads to the page that proves it: a QR code, and the same address in letters."""

from __future__ import annotations

import io
from typing import Any


def proof(url: str) -> dict[str, Any]:
    """The facts of the mark: its picture as SVG, the address, and how the address is shown."""
    import segno

    picture = io.BytesIO()
    segno.make(url, error="m", micro=False).save(picture, kind="svg", xmldecl=False, border=0)
    shown = url.partition("://")[2]
    return {"qr": picture.getvalue().decode(), "proof_url": url, "proof_shown": shown}
