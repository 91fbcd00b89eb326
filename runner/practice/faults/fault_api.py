"""/practice/troubles: what goes wrong in this cluster, read and switched from outside.

No trouble refuses these requests, so that every trouble can be ended.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from runner.practice.faults.active_faults import Trouble, Troubles, UnknownTroubleError
from runner.practice.machinery.errors import bad_request, method_not_allowed

Object = dict[str, Any]


def answer_troubles(troubles: Troubles, method: str, body: bytes) -> web.Response:
    """GET: those that are on. POST {kind, target, options}: switch one on. DELETE {kind, target}: off (all: {}).

    POST is answered with what has it already (`befallen`: namespace/name), before it acts.

    Raises ApiError (400, 405).
    """
    if method == "GET":
        return web.json_response({"troubles": [_told(trouble) for trouble in troubles.active()]})
    asked = _read(body)
    if method == "POST":
        try:
            befallen = troubles.befallen(troubles.read(asked.get("kind", ""), asked.get("target", "")))
            made = troubles.add(asked.get("kind", ""), asked.get("target", ""), **asked.get("options") or {})
        except (UnknownTroubleError, TypeError) as error:
            raise bad_request(str(error)) from None
        return web.json_response({**_told(made), "befallen": befallen}, status=201)
    if method == "DELETE":
        return web.json_response({"cleared": troubles.clear(asked.get("kind", ""), asked.get("target"))})
    raise method_not_allowed()


def _read(body: bytes) -> Object:
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    if not isinstance(asked, dict):
        raise bad_request("the body is not a JSON object")
    return asked


def _told(trouble: Trouble) -> Object:
    return {"kind": trouble.kind, "target": trouble.target, "options": dict(trouble.options)}
