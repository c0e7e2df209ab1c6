"""The OpenAPI 3.1 document, made of the same table as the routes, so that it is true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from web.api.desk import Endpoint
from web.api.shapes import Problem

_REFUSALS = ("400", "401", "403", "404", "409", "422", "429", "503")


def openapi(endpoints: Sequence[Endpoint], *, server: str) -> dict[str, Any]:
    """The whole document."""
    types = [Problem, *(one.answer for one in endpoints), *(one.body for one in endpoints if one.body)]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, by_type)
    problems = {
        "description": "What went wrong, as a problem document.",
        "content": {"application/problem+json": {"schema": by_type[repr(Problem)]}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Karani staff API",
            "version": "1",
            "description": "The treasury of one organisation, for members of its staff. Paths work with and without the "
            "slash at their end. Sums are decimal text. Lists answer `If-None-Match`.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {"Problem": problems},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Endpoint, by_type: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for name in re.findall(r"{(\w+)}", one.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": name in one.must, "schema": schema} for name, schema in one.query
    ]
    answers: dict[str, Any] = {
        str(one.status): {
            "description": (one.handler.__doc__ or "Done.").strip(),
            "content": {"application/json": {"schema": by_type[repr(one.answer)]}},
        },
        **{status: {"$ref": "#/components/responses/Problem"} for status in _REFUSALS},
    }
    if not one.writes:
        answers["304"] = {"description": "Nothing new since that ETag."}
    said: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": (one.handler.__doc__ or one.handler.__name__.replace("_", " ")).strip().splitlines()[0],
        "responses": answers,
    }
    if parameters:
        said["parameters"] = parameters
    if one.body is not None:
        must = any(field.required for field in msgspec.structs.fields(one.body))
        said["requestBody"] = {"required": must, "content": {"application/json": {"schema": by_type[repr(one.body)]}}}
    return said
