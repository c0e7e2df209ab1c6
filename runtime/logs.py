"""Structured logs: one JSON object a line, on standard error. They carry ids and codes, no names, PINs or whole phones."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog


def start_logs(level: str) -> None:
    """Send our own logs and those of libraries the same way, from `level` upwards."""
    number = logging.getLevelName(level.upper())
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(lambda value, **_: _json(value).decode()),
            ],
        )
    )
    logging.basicConfig(level=max(number, logging.INFO), handlers=[handler], force=True)
    # Their lines hold URLs, and our URLs hold keys.
    for noisy in ("aiohttp.access", "urllib3", "asyncio", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _json(value: Any, **_: Any) -> bytes:
    return orjson.dumps(value, default=str)
