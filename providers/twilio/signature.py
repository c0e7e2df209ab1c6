"""Is a callback from Twilio? Its signature over the address that it called and every field that it sent.

The address is the one that we gave to Twilio: behind a proxy it comes from our configuration, never from the Host header.
Twilio signs with HMAC-SHA1 under the account's token; a sender who asks for another algorithm is not believed.
Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

HEADER = "X-Twilio-Signature"
OTHER_ALGORITHM = "X-Twilio-Webhooks-Signature-Settings"
_PORTS = {"https": 443, "http": 80}


def is_signed(url: str, fields: Iterable[tuple[str, str]], signature: str, token: str) -> bool:
    """Was this form posted to this address by somebody who knows the token? With and without the default port, as Twilio
    itself is not sure which."""
    fields = list(fields)
    given = signature.encode("utf-8", "surrogateescape")
    return bool(token) and any(hmac.compare_digest(sign(each, fields, token).encode(), given) for each in _ways(url))


def sign(url: str, fields: Iterable[tuple[str, str]], token: str) -> str:
    """The signature of a form: names in byte order, each distinct value after its name, nothing between."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(
        hmac.new(token.encode(), said.encode("utf-8", "surrogateescape"), hashlib.sha1).digest()
    ).decode()


def _ways(url: str) -> list[str]:
    parts = urlsplit(url)
    default = _PORTS.get(parts.scheme)
    if default is None or parts.port not in (None, default):
        return [url]
    host = parts.netloc.removesuffix(f":{default}")
    return [urlunsplit(parts._replace(netloc=each)) for each in (host, f"{host}:{default}")]
