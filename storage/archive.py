"""The sealed file that a backup is: nobody without the secret key reads it, and one that was cut or altered is refused (SEC-6).

    magic | length, data key sealed under the newest secret key | chunk | chunk | ... | last chunk

A chunk is a piece of one compressed stream, sealed with AES-256-GCM under the file's own data key. Its nonce is its number and
whether it is the last, so that chunks cannot be swapped, repeated, left out or cut off at the end; the head is bound into each.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import KaraniError
from storage.vault import CannotOpen, key_of

MAGIC = b"Karani backup 1\n"
CHUNK = 256 * 1024
"""Bytes of a chunk before it is sealed. One chunk is in memory at a time."""
_TAG, _KEY, _LENGTH = 16, 32, 4
_LONGEST_KEY = 1_024
_MOST_AT_ONCE = 1_024 * 1_024
"""Bytes decompressed at once, however well they were compressed."""


class BadArchive(KaraniError):
    """Not a backup of ours, cut off, or altered."""


class WrongKey(KaraniError):
    """Sealed under a secret key that was not given."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the backup is sealed under key {key}: give that one too in KARANI_SECRET_KEYS")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class ArchiveWriter:
    """Takes bytes and writes them compressed and sealed. Only what was closed is a backup."""

    def __init__(self, file: BinaryIO, *, data_key: bytes, wrapped: bytes) -> None:
        """`wrapped` is the data key (32 random bytes) sealed by the vault."""
        self._file = file
        self._cipher = AESGCM(data_key)
        self._head = MAGIC + len(wrapped).to_bytes(_LENGTH, "big") + wrapped
        self._press = zlib.compressobj(6)
        self._waiting = bytearray()
        self._number = 0
        file.write(self._head)

    def write(self, plain: bytes) -> None:
        self._waiting += self._press.compress(plain)
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """Write the last chunk. The file itself stays open."""
        self._waiting += self._press.flush()
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), piece, self._head)
        self._file.write((len(sealed) << 1 | last).to_bytes(_LENGTH, "big") + sealed)
        self._number += 1


def read_archive(file: BinaryIO, open_sealed: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """The bytes that were written, in pieces of a megabyte or less, each authenticated before it is handed out.

    `open_sealed` opens what the vault sealed. Raises `WrongKey` and, as soon as the fault is reached, `BadArchive`.
    """
    head, cipher = _head(file, open_sealed)
    press = zlib.decompressobj()
    number = 0
    while True:
        length = int.from_bytes(_exactly(file, _LENGTH), "big")
        last, length = bool(length & 1), length >> 1
        if not _TAG <= length <= CHUNK + _TAG:
            raise BadArchive("the file was altered: a chunk has an impossible length")
        try:
            piece = cipher.decrypt(_nonce(number, last=last), _exactly(file, length), head)
        except InvalidTag:
            raise BadArchive(f"the file was altered in chunk {number + 1}") from None
        while piece:
            plain = press.decompress(piece, _MOST_AT_ONCE)
            piece = press.unconsumed_tail
            yield plain
        number += 1
        if last:
            break
    if file.read(1):
        raise BadArchive("the file was altered: something follows its end")


def _head(file: BinaryIO, open_sealed: Callable[[bytes], bytes]) -> tuple[bytes, AESGCM]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BadArchive("the file is no backup of Karani")
    length = _exactly(file, _LENGTH)
    if int.from_bytes(length, "big") > _LONGEST_KEY:
        raise BadArchive("the file was altered at its beginning")
    wrapped = _exactly(file, int.from_bytes(length, "big"))
    try:
        data_key = open_sealed(wrapped)
    except CannotOpen:
        raise WrongKey(key_of(wrapped)) from None
    if len(data_key) != _KEY:
        raise BadArchive("the file was altered at its beginning")
    return MAGIC + length + wrapped, AESGCM(data_key)


def _exactly(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise BadArchive("the file was cut off")
    return found
