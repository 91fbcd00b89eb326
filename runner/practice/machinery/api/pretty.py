"""Pretty-printed JSON for curl, wget and browsers, and if `pretty` asks for it.

As isPrettyPrint and WriteRawJSON of k8s.io/apiserver do it (pkg/endpoints/handlers/negotiation, responsewriters).
"""

from __future__ import annotations

import json

from aiohttp import web

PEOPLE = ("curl", "Wget", "Mozilla/5.0")
"""User-Agent prefixes of interactive tools."""
ALWAYS = ("/", "/version")
AS_IT_IS = ("/openapi/", "/openid/", "/.well-known/")
TRUE = ("1", "t", "T", "TRUE", "true", "True")


def for_reader(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The answer, its JSON indented where the one who asked is to read it. Streams are left alone."""
    if not isinstance(response, web.Response) or response.content_type != "application/json":
        return response
    if not _wanted(request) or not isinstance(response.body, bytes):
        return response
    response.body = json.dumps(json.loads(response.body), indent=2, ensure_ascii=False).encode()
    return response


def _wanted(request: web.Request) -> bool:
    if request.path in ALWAYS:
        return True
    if request.path.startswith(AS_IT_IS):
        return False
    asked = request.query.get("pretty", "")
    return asked in TRUE if asked else request.headers.get("User-Agent", "").startswith(PEOPLE)
