"""An address of mail that was read once can stand anywhere; what could break a header never becomes one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.mail import LONGEST, MailAddress, NotAMailAddress


@pytest.mark.parametrize(
    "typed, read",
    [
        ("asha@example.org", "asha@example.org"),
        (" Asha.W+fees@Example.ORG\t", "Asha.W+fees@example.org"),
        ("o'neill@mail.example.co.ke", "o'neill@mail.example.co.ke"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_read_as_people_write_it(typed: str, read: str) -> None:
    assert MailAddress.parse(typed).text == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "asha",
        "asha@example",
        "@example.org",
        "asha@@example.org",
        "asha@exa mple.org",
        "asha..w@example.org",
        ".asha@example.org",
        "asha@-example.org",
        "asha@example.org.",
        "asha@127.0.0.1",
        '"asha w"@example.org',
        "asha@example.org, john@example.org",
        "Asha <asha@example.org>",
        "asha@example.org\nBcc: all@example.org",
        "asha@example.org\r\n",
        "asha@example.org\x00",
        "ásha@example.org",
        "asha@bücher.example",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.org",
        "a" * 10_000,
    ],
)
def test_what_not_every_server_takes_is_refused(typed: str) -> None:
    with pytest.raises(NotAMailAddress) as refused:
        MailAddress.parse(typed)
    assert refused.value.text.isprintable()


@given(st.text(max_size=80) | st.from_regex(r"[a-z.+\r\n<>,@ ]{1,40}@[a-z.\n-]{1,20}\.org", fullmatch=True))
def test_whatever_is_read_is_one_line_of_plain_letters_with_one_at(text: str) -> None:
    try:
        address = MailAddress.parse(text)
    except NotAMailAddress:
        return
    assert address.text.isascii()
    assert address.text.isprintable()
    assert not set(address.text) & set(' ,;:<>()[]\\"')
    assert address.text.count("@") == 1
    assert len(address.text) <= LONGEST
    assert MailAddress.parse(address.text) == address


def test_nobody_reads_a_whole_address_in_a_log() -> None:
    address = MailAddress.parse("Asha.W@Example.org")

    assert (str(address), repr(address)) == ("A***@example.org", "MailAddress(A***@example.org)")
    assert (address.key, address.domain) == ("asha.w@example.org", "example.org")
