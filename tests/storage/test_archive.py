"""A backup's file tells nothing to a thief, and nothing at all to anybody once a byte of it is wrong (SEC-6)."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.chance import SeededRandom
from storage import archive
from storage.archive import CHUNK, MAGIC, ArchiveWriter, BadArchive, WrongKey, read_archive
from storage.vault import Keyring

RING = Keyring([b"a key for tests only"], SeededRandom(1).token)
DATA_KEY = bytes(range(32))


def written(*pieces: bytes, ring: Keyring = RING) -> bytes:
    file = io.BytesIO()
    made = ArchiveWriter(file, data_key=DATA_KEY, wrapped=ring.seal(DATA_KEY))
    for piece in pieces:
        made.write(piece)
    made.close()
    return file.getvalue()


def read(file: bytes, ring: Keyring = RING) -> bytes:
    return b"".join(read_archive(io.BytesIO(file), ring.open))


noise = st.binary(max_size=2_000).map(lambda seed: SeededRandom(len(seed)).token(3 * len(seed)) + seed)


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> None:
    """Many chunks of few bytes say the same."""
    archive.CHUNK = 64


@given(st.lists(noise, max_size=6))
def test_what_was_written_is_read(pieces: list[bytes]) -> None:
    assert read(written(*pieces)) == b"".join(pieces)


@given(noise, st.data())
def test_a_file_that_was_cut_off_anywhere_is_refused(piece: bytes, data: st.DataObject) -> None:
    whole = written(piece)

    with pytest.raises(BadArchive):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(noise, st.data())
def test_a_byte_that_was_altered_is_refused(piece: bytes, data: st.DataObject) -> None:
    whole = bytearray(written(piece))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises((BadArchive, WrongKey)):
        read(bytes(whole))


def chunks(whole: bytes) -> tuple[bytes, list[bytes]]:
    at = len(MAGIC) + 4 + int.from_bytes(whole[len(MAGIC) : len(MAGIC) + 4], "big")
    head, found = whole[:at], []
    while at < len(whole):
        end = at + 4 + (int.from_bytes(whole[at : at + 4], "big") >> 1)
        found.append(whole[at:end])
        at = end
    return head, found


Mix = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    "mix",
    [
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: [parts[0], parts[0], *parts[1:]],
        lambda parts: parts[1:],
        lambda parts: parts[:-1],
        lambda parts: [*parts, parts[-1]],
        lambda parts: [parts[-1]],
    ],
    ids=["swapped", "repeated", "without the first", "without the last", "the last twice", "only the last"],
)
def test_chunks_that_were_moved_about_are_refused(mix: Mix) -> None:
    head, found = chunks(written(SeededRandom(4).token(1_000)))
    assert len(found) > 10

    with pytest.raises(BadArchive):
        read(head + b"".join(mix(found)))


def test_a_file_under_another_key_is_refused_with_the_keys_name() -> None:
    other = Keyring([b"another key"], SeededRandom(2).token)

    with pytest.raises(WrongKey, match=other.ids[0]):
        read(written(b"books", ring=other))


def test_a_file_that_is_something_else_is_refused() -> None:
    for found in (b"", b"SQLite format 3\0" * 9, MAGIC + b"\xff" * 40, MAGIC + b"\0\0\0\0", MAGIC + b"\0\0\0\x24short"):
        with pytest.raises((BadArchive, WrongKey)):
            read(found)


def test_a_head_whose_key_is_none_is_refused() -> None:
    wrapped = RING.seal(b"short")

    with pytest.raises(BadArchive):
        read(MAGIC + len(wrapped).to_bytes(4, "big") + wrapped)


def test_what_compresses_well_is_handed_out_in_pieces() -> None:
    archive.CHUNK = CHUNK
    pieces = list(read_archive(io.BytesIO(written(b"\0" * 40_000_000)), RING.open))

    assert sum(map(len, pieces)) == 40_000_000
    assert max(map(len, pieces)) <= 1_024 * 1_024
    archive.CHUNK = 64
