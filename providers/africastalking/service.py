"""The official SDK over connections that are kept.

Its own functions open one a call, and to Nairobi the handshakes of a new one take longer than the text itself; they also look
through the environment for proxies each time. Importing this module imports the SDK, which costs a tenth of a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from africastalking.Service import DEFAULT_TIMEOUT_S, AfricasTalkingException
from africastalking.SMS import SMSService
from requests import Session

IDLE_S = 4.0
"""An idle connection is dropped before servers (5 s and more) drop it: of a text that meets a dropped one nobody knows whether
it was sent."""


class KeptService(SMSService):  # type: ignore[misc]  # the SDK has no types
    """`SMSService` for one account: each thread that calls it keeps one connection.

    `send` answers the body's bytes, whatever type the gateway names, and raises what the SDK raises: `AfricasTalkingException`
    with the text of an answer that is no 2xx, and what `requests` raises.
    """

    def __init__(self, username: str, api_key: str, *, base_url: str, monotonic: Callable[[], float]) -> None:
        super().__init__(username, api_key)
        # The SDK has no parameter for the address; it is chosen by the username alone.
        self._baseUrl = f"{base_url}/version1"
        self._monotonic = monotonic
        self._kept = threading.local()

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
        """Every call of the SDK ends here. Callbacks, which it would run in threads of its own, are not served."""
        answer = self._session().request(
            method, url, headers=headers, data=data, params=params, timeout=timeout, allow_redirects=False
        )
        self._kept.used_at = self._monotonic()
        body: bytes = answer.content
        if not 200 <= answer.status_code < 300:
            raise AfricasTalkingException(body.decode(errors="replace"))
        return body

    def _session(self) -> Session:
        """This thread's own: cookies and connections of a session are not for several threads."""
        session: Session | None = getattr(self._kept, "session", None)
        if session is None:
            session = self._kept.session = Session()
            session.trust_env = False
        elif self._monotonic() - self._kept.used_at > IDLE_S:
            session.close()  # its connections; it opens new ones
        return session
