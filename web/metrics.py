"""What Prometheus scrapes (OPS-3). Labels are few and bounded: no phone, no reference, no receipt."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CALLBACKS = Counter("karani_callbacks_total", "Callbacks by operation and outcome", ["operation", "outcome"])
CALLBACK_SECONDS = Histogram(
    "karani_callback_seconds",
    "Time from reading a callback to its answer",
    ["operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
SHED = Counter("karani_requests_shed_total", "Requests turned away because too much was to do, by kind", ["kind"])
WRITES_WAITING = Gauge("karani_writes_waiting", "Commands that wait for the writer")
OUTBOX = Gauge("karani_outbox_rows", "Outbox rows by state", ["state"])
SUSPENSE = Gauge("karani_suspense_items", "Payments that wait for their owner")
PROMPTS = Gauge("karani_prompts_unresolved", "Prompts without an end for over an hour")
PAYOUTS = Gauge("karani_payouts_unresolved", "Payouts whose end nobody could tell for over an hour")
UNREAD = Gauge("karani_unread_exchanges", "Callbacks that nobody could read")
DATABASE_UP = Gauge("karani_database_up", "1 when the database answered the last scrape")
