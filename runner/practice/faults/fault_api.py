"""/practice/faults: the faults of this cluster, listed, added and cleared from outside.

No fault refuses these requests, so that every fault can be cleared.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from runner.practice.faults.active_faults import Fault, Faults, UnknownFaultError
from runner.practice.machinery.api.backend import Page
from runner.practice.machinery.errors import bad_request, method_not_allowed

Object = dict[str, Any]


def fault_page(faults: Faults, listed: str = "faults") -> Page:
    """The page at FAULTS_PATH. `listed`: the key under which GET lists them."""

    async def page(request: web.Request) -> web.Response:
        return answer_faults(faults, request.method, await request.read(), listed)

    return page


def answer_faults(faults: Faults, method: str, body: bytes, listed: str = "faults") -> web.Response:
    """GET: the active ones. POST {kind, target, options}: add one. DELETE {kind, target}: clear it (all: {}).

    The answer to POST names the objects that have it now (`affected`: namespace/name).

    Raises ApiError (400, 405).
    """
    if method == "GET":
        return web.json_response({listed: [_shown(fault) for fault in faults.active()]})
    asked = _read(body)
    if method == "POST":
        name = "affected" if listed == "faults" else "befallen"  # as the former path called it
        try:
            affected = faults.affected(faults.read(asked.get("kind", ""), asked.get("target", "")))
            made = faults.add(asked.get("kind", ""), asked.get("target", ""), **asked.get("options") or {})
        except (UnknownFaultError, TypeError) as error:
            raise bad_request(str(error)) from None
        return web.json_response({**_shown(made), name: affected}, status=201)
    if method == "DELETE":
        return web.json_response({"cleared": faults.clear(asked.get("kind", ""), asked.get("target"))})
    raise method_not_allowed()


def _read(body: bytes) -> Object:
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    if not isinstance(asked, dict):
        raise bad_request("the body is not a JSON object")
    return asked


def _shown(fault: Fault) -> Object:
    return {"kind": fault.kind, "target": fault.target, "options": dict(fault.options)}
