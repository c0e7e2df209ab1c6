"""What a stolen database file does not tell, and what a rotated key still opens (SEC-2)."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Bug
from runtime.chance import SeededRandom
from storage.database import DatabaseUrl, writer_engine
from storage.schema import open_vault
from storage.vault import WRAPPED, CannotOpen, Keyring, Vault, new_wrapped_keys

OLD, NEW = b"the key of last year", b"the key of this year"
token = SeededRandom(1).token


def ring(*secrets: bytes) -> Keyring:
    return Keyring(secrets, token)


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again_and_looks_like_nothing(plain: bytes) -> None:
    sealed = ring(NEW).seal(plain)

    assert ring(NEW).open(sealed) == plain
    assert len(sealed) == len(plain) + 4 + 12 + 16
    assert len(plain) < 6 or plain not in sealed


def test_the_same_value_sealed_twice_is_not_the_same() -> None:
    assert ring(NEW).seal(b"254712345678") != ring(NEW).seal(b"254712345678")


def test_after_a_rotation_the_old_key_opens_and_the_new_one_seals() -> None:
    before = ring(OLD).seal(b"secret")
    rotated = ring(NEW, OLD)

    assert rotated.open(before) == b"secret"
    assert ring(NEW).open(rotated.seal(b"secret")) == b"secret"
    with pytest.raises(CannotOpen):
        ring(OLD).open(rotated.seal(b"secret"))
    with pytest.raises(CannotOpen):
        ring(NEW).open(before)


@given(st.data())
def test_a_byte_that_was_altered_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(ring(NEW).seal(b"254712345678"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(CannotOpen):
        ring(NEW).open(bytes(sealed))


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 31])
def test_bytes_that_were_cut_off_are_refused(length: int) -> None:
    with pytest.raises(CannotOpen):
        ring(NEW).open(ring(NEW).seal(b"254712345678")[:length])


def test_without_any_key_nothing_begins() -> None:
    with pytest.raises(Bug):
        Keyring([], token)


def test_indexes_and_codes_outlive_a_rotation_and_differ_by_kind_and_database() -> None:
    wrapped = new_wrapped_keys(ring(OLD), token)
    before, after = Vault(ring(OLD), wrapped), Vault(ring(NEW, OLD), wrapped)
    elsewhere = Vault(ring(OLD), new_wrapped_keys(ring(OLD), token))

    assert set(wrapped) == set(WRAPPED)
    assert before.phone_index("254712345678") == after.phone_index("254712345678")
    assert len(before.phone_index("254712345678")) == 16
    assert before.phone_index("254712345678") != before.index("hash", "254712345678")
    assert before.phone_index("254712345678") != elsewhere.phone_index("254712345678")
    assert after.is_authentic(b"row", before.mac(b"row"))
    assert not after.is_authentic(b"row altered", before.mac(b"row"))
    assert not elsewhere.is_authentic(b"row", before.mac(b"row"))
    assert after.open_text(before.seal_text("Asha wa Njörge")) == "Asha wa Njörge"


@given(key=st.binary(min_size=1, max_size=200), content=st.binary(max_size=500))
def test_a_code_is_the_hmac_that_everybody_computes(key: bytes, content: bytes) -> None:
    secrets = ring(b"first")
    vault = Vault(secrets, {name: secrets.seal(key) for name in WRAPPED})

    assert vault.mac(content) == hmac.digest(key, content, "sha256")[:16]
    assert vault.phone_index(content.hex()) == hmac.digest(key, f"msisdn:{content.hex()}".encode(), "sha256")[:16]


def test_a_vault_needs_the_keys_of_its_database(database: DatabaseUrl) -> None:
    engine = writer_engine(database)
    with engine.connect() as connection, pytest.raises(Bug):
        open_vault(connection, Keyring([b"another key"], SeededRandom(1).token))
    engine.dispose()
