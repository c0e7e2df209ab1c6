"""In which language a browser's reader is answered."""

from __future__ import annotations

from aiohttp import web

from core.callers import LANGUAGES


def preferred(request: web.Request) -> str:
    """The one that was chosen (`?lang=`), else the one that the browser likes best of ours, else English."""
    chosen = request.query.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    liked: list[tuple[float, str]] = []
    for part in request.headers.get("Accept-Language", "").split(",")[:20]:
        tag, _, quality = part.partition(";")
        liked.append((-_quality(quality), tag.strip().lower().partition("-")[0]))
    return next((tag for weight, tag in sorted(liked, key=lambda one: one[0]) if weight and tag in LANGUAGES), "en")


def _quality(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
