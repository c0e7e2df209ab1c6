"""Encryption at rest and blind indexes (SEC-2): what a stolen database file does not tell.

Values are sealed with AES-256-GCM under the newest secret key, whose id travels with them, so older keys still open what
they sealed. The keys of the blind index and of the authenticity codes must outlive rotation: they are random, made once,
and lie in the database wrapped by the secret key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import Bug

_NONCE = 12
_NONCES = 64
"""Drawn at once: a call into the system each would cost as much as the sealing."""
KEY_ID = 4
"""Bytes of a sealed value that name its key."""


@dataclass(eq=False)
class CannotOpen(Bug):
    """Sealed with a key that we were not given, or altered."""

    key_id: str


class Keyring:
    """The secret keys of the configuration: the first seals, all open."""

    def __init__(self, secrets: Sequence[bytes], token: Callable[[int], bytes]) -> None:
        """`token(n)` gives n unguessable bytes (the Random port)."""
        if not secrets:
            raise Bug("no secret key")
        self._token = token
        self._ciphers: dict[bytes, AESGCM] = {}
        for secret in secrets:
            key = hashlib.blake2b(secret, digest_size=32, person=b"karani-seal").digest()
            self._ciphers[_id_of(key)] = AESGCM(key)
        self._first_id, self._first = next(iter(self._ciphers.items()))
        self._nonces: deque[bytes] = deque()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys that we were given: the first seals."""
        return tuple(id_.hex() for id_ in self._ciphers)

    def seal(self, plain: bytes) -> bytes:
        nonce = self._nonce()
        return self._first_id + nonce + self._first.encrypt(nonce, plain, None)

    def _nonce(self) -> bytes:
        """Unguessable, and never the same twice: `pop` gives each to one caller, whatever its thread."""
        try:
            return self._nonces.pop()
        except IndexError:
            drawn = self._token(_NONCE * _NONCES)
            self._nonces.extend([drawn[at : at + _NONCE] for at in range(_NONCE, len(drawn), _NONCE)])
            return drawn[:_NONCE]

    def open(self, sealed: bytes) -> bytes:
        cipher = self._ciphers.get(sealed[:KEY_ID])
        if cipher is None:
            raise CannotOpen(sealed[:KEY_ID].hex())
        try:
            return cipher.decrypt(sealed[KEY_ID : KEY_ID + _NONCE], sealed[KEY_ID + _NONCE :], None)
        except (InvalidTag, ValueError):  # ValueError: cut off within the nonce
            raise CannotOpen(sealed[:KEY_ID].hex()) from None


def key_of(sealed: bytes) -> str:
    """The id of the key that a value rests on."""
    return sealed[:KEY_ID].hex()


def _id_of(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=KEY_ID, person=b"karani-keyid").digest()


WRAPPED = ("index", "mac")
"""The keys that live in the database, wrapped."""


_PHONES = 8_192


class Vault:
    """Seals and opens values, and derives what may be searched for or checked without opening."""

    def __init__(self, keyring: Keyring, wrapped: Mapping[str, bytes]) -> None:
        """`wrapped` holds the sealed keys named in `WRAPPED`."""
        self._index_key = keyring.open(wrapped["index"])
        self._index = _hmac(self._index_key)
        self.phone_index: Callable[[str], bytes] = lru_cache(maxsize=_PHONES)(
            lambda digits: self._index(f"msisdn:{digits}".encode())[:16]
        )
        """`index` of a phone's digits. A phone is looked up several times wherever it matters, so these are remembered; of no
        other kind, as some are secrets."""
        self._mac = _hmac(keyring.open(wrapped["mac"]))
        self.seal = keyring.seal
        self.open = keyring.open
        self.keys = keyring.ids
        """The ids of the secret keys that this process was given; the first seals."""

    def seal_text(self, text: str) -> bytes:
        return self.seal(text.encode())

    def open_text(self, sealed: bytes) -> str:
        return self.open(sealed).decode()

    def index(self, kind: str, text: str) -> bytes:
        """The blind index of a value: equal values meet, and nobody without the key can test a guess. 16 bytes."""
        return self._index(f"{kind}:{text}".encode())[:16]

    def pepper(self, kind: str, text: str) -> bytes:
        """What a secret that people choose becomes before it is hashed, so that a stolen database cannot be tried against a
        list of likely secrets. 32 bytes."""
        return hmac.digest(self._index_key, f"pepper:{kind}:{text}".encode(), "sha512")[:32]

    def mac(self, content: bytes) -> bytes:
        """The authenticity code of a row: a row written behind the program's back has none. 16 bytes."""
        return self._mac(content)[:16]

    def is_authentic(self, content: bytes, mac: bytes) -> bool:
        return hmac.compare_digest(self.mac(content), mac)


_BLOCK = 64
"""Bytes that SHA-256 takes at once; keys are padded to it."""


def _hmac(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA-256 (RFC 2104) under one key, its two beginnings hashed once. The library's own in one call takes three
    times as long and lets go of the interpreter's lock, which the writer then waits for."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (hashlib.sha256(bytes([byte ^ pad for byte in block])) for pad in (0x36, 0x5C))

    def digest(content: bytes) -> bytes:
        first, last = inner.copy(), outer.copy()
        first.update(content)
        last.update(first.digest())
        return last.digest()

    return digest


def new_wrapped_keys(keyring: Keyring, token: Callable[[int], bytes]) -> dict[str, bytes]:
    """Fresh keys for a new database."""
    return {name: keyring.seal(token(32)) for name in WRAPPED}
