"""/practice/troubles: what goes wrong in this cluster, read and switched from outside.

No trouble refuses these requests, so that every trouble can be ended.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from runner.practice.faults.active_faults import Fault, Faults, UnknownFaultError
from runner.practice.machinery.api.backend import Page
from runner.practice.machinery.errors import bad_request, method_not_allowed

Object = dict[str, Any]


def fault_page(faults: Faults) -> Page:
    """What answers at FAULTS_PATH."""

    async def page(request: web.Request) -> web.Response:
        return answer_faults(faults, request.method, await request.read())

    return page


def answer_faults(faults: Faults, method: str, body: bytes) -> web.Response:
    """GET: those that are on. POST {kind, target, options}: switch one on. DELETE {kind, target}: off (all: {}).

    POST is answered with what has it already (`befallen`: namespace/name), before it acts.

    Raises ApiError (400, 405).
    """
    if method == "GET":
        return web.json_response({"troubles": [_told(fault) for fault in faults.active()]})
    asked = _read(body)
    if method == "POST":
        try:
            affected = faults.affected(faults.read(asked.get("kind", ""), asked.get("target", "")))
            made = faults.add(asked.get("kind", ""), asked.get("target", ""), **asked.get("options") or {})
        except (UnknownFaultError, TypeError) as error:
            raise bad_request(str(error)) from None
        return web.json_response({**_told(made), "befallen": affected}, status=201)
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


def _told(fault: Fault) -> Object:
    return {"kind": fault.kind, "target": fault.target, "options": dict(fault.options)}
