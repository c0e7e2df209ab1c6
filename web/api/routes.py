"""Every path of the staff API, with and without the slash at its end, and the document that describes them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web

from usecases.app import App
from web.api.desk import HEADERS, not_served, serve
from web.api.document import openapi
from web.api.treasury import ENDPOINTS

DOCUMENT = "/api/openapi.json"


def routes(app: App, *, public_url: str, trusted_proxies: Sequence[str] = ()) -> list[web.RouteDef]:
    """What `main` mounts."""
    found: list[web.RouteDef] = []
    for endpoint in ENDPOINTS:
        handler = serve(app, endpoint, trusted_proxies=trusted_proxies)
        paths = (endpoint.path, endpoint.path.rstrip("/"))
        found += [web.route(endpoint.method, path, handler) for path in paths]
    body = msgspec.json.encode(openapi(ENDPOINTS, server=public_url))

    async def document(request: web.Request) -> web.Response:
        """The document; it holds nothing of anybody's, and needs no token."""
        return web.Response(body=body, content_type="application/json", headers=HEADERS)

    served = [("GET", DOCUMENT), *((one.method, one.path) for one in ENDPOINTS)]
    anything_else = web.route("*", "/api/{anything:.*}", not_served(served))
    return [web.get(DOCUMENT, document), *found, anything_else]
