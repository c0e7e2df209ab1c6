"""The official SDK over connections that are kept.

Its own functions open one a call, and to Nairobi the handshakes of a new one take longer than the text itself; they also look
through the environment for proxies each time. Importing this module imports the SDK, which costs a tenth of a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy

from africastalking.Service import DEFAULT_TIMEOUT_S, AfricasTalkingException
from africastalking.SMS import SMSService
from requests import RequestException, Session

from core.errors import Bug

IDLE_S = 1.0
"""A connection that was idle for longer is not trusted with a text: the gateway may have dropped it, and then nobody knows whether
the text was sent. In a run the next text comes long before that."""
MOST_BYTES = 1024 * 1024
"""A thousand numbers are answered in a fifth of it."""
_AT_ONCE = 64 * 1024


class NotTaken(AfricasTalkingException):  # type: ignore[misc]  # the SDK has no types
    """The gateway's answer is no 2xx. The SDK's own exception has its text alone."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Here(threading.local):
    """What one thread keeps. Nothing of a session is an account's: one serves them all, over as many connections as hosts."""

    session: Session | None = None
    used_at = 0.0


_here = _Here()


class KeptService(SMSService):  # type: ignore[misc]  # the SDK has no types
    """`SMSService` for one account over the connection that the calling thread keeps.

    `send` answers the body's bytes, whatever type the gateway names. Raises `NotTaken`, and what `requests` raises.
    """

    def __init__(self, username: str, api_key: str, *, base_url: str, monotonic: Callable[[], float]) -> None:
        super().__init__(username, api_key)
        # The SDK has no parameter for the address; it is chosen by the username alone.
        self._baseUrl = f"{base_url}/version1"
        self._monotonic = monotonic

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, object],
        params: Mapping[str, str] | None,
        callback: None = None,
        timeout: tuple[float, float] = DEFAULT_TIMEOUT_S,
    ) -> bytes:
        """Every call of the SDK ends here."""
        if callback is not None:
            raise Bug("the SDK would run it in a thread of its own")
        session = self._session()
        is_whole = False
        try:
            with session.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = bytearray()
                for piece in answer.iter_content(_AT_ONCE):
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise RequestException("an answer without end")
            is_whole = answer.status_code in (200, 201)
        finally:
            _here.used_at = self._monotonic()
            if not is_whole:
                session.close()  # after any other answer more of it may come, and the next text would read that as its own
        if not 200 <= answer.status_code < 300:
            raise NotTaken(answer.status_code, body.decode(errors="replace"))
        return bytes(body)

    def _session(self) -> Session:
        session = _here.session
        if session is None:
            session = _here.session = Session()
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        elif self._monotonic() - _here.used_at > IDLE_S:
            session.close()  # its connections; it opens new ones
        return session
