"""Links to papers: read back as they were made, spelt in one way only, and ended in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.callers import LANGUAGES
from core.document_links import LIFETIME, DocumentLink, PaperKind, link_to, read_token, token_of

NOW = datetime(2026, 11, 21, 6, 20, tzinfo=UTC)
CODE = bytes(range(16))

links = st.builds(
    lambda kind, subject, language, later: link_to(kind, subject, language, now=NOW + later),
    st.sampled_from(PaperKind),
    st.uuids(),
    st.sampled_from(LANGUAGES),
    st.timedeltas(timedelta(0), timedelta(days=10_000)),
)


@given(links, st.binary(min_size=16, max_size=16))
def test_a_link_reads_back_as_it_was_made(link: DocumentLink, code: bytes) -> None:
    token = token_of(link, code)

    assert read_token(token) == (link, code)
    assert len(token) == 48
    assert token[-1].isalnum()


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{48}", fullmatch=True))
def test_whatever_is_typed_is_no_link_or_is_spelt_as_one(typed: str) -> None:
    read = read_token(typed)

    assert read is None or token_of(*read) == typed


def test_a_link_opens_for_a_week_and_to_the_end_of_that_hour() -> None:
    link = link_to(PaperKind.RECEIPT, UUID(int=1), "en", now=NOW)

    assert link.until == datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
    assert NOW + LIFETIME <= link.until < NOW + LIFETIME + timedelta(hours=1)
