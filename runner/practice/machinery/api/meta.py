"""Information about the server: version, health, discovery and OpenAPI."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from runner.practice.machinery import discovery, openapi, openapi_v3
from runner.practice.machinery.api import metrics
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.health import ENDPOINTS, health, is_health
from runner.practice.machinery.api.output import encode, media_types
from runner.practice.machinery.errors import method_not_allowed, no_such_resource

Object = dict[str, Any]

METRICS = "/metrics"


def answer_meta(backend: Backend, request: web.Request) -> web.Response:
    """Answer a path that names no object. Raises ApiError (404)."""
    path = request.path.rstrip("/") or "/"
    if request.method not in ("GET", "HEAD"):
        raise method_not_allowed()
    if is_health(path):
        excluded = [name for each in request.query.getall("exclude", ()) for name in each.split(",")]
        verbose = "verbose" in request.query
        return web.Response(text=health(request.path, backend.minor, verbose=verbose, excluded=excluded))
    if path == METRICS:
        body = metrics.text(backend, version_info(backend.version))
        return web.Response(body=body.encode(), headers={"Content-Type": metrics.MEDIA})
    if path == "/version":
        return _json(version_info(backend.version))
    if path.startswith("/openapi"):
        return _openapi(backend, path, request.headers.get("Accept", ""))
    if path in ("/api", "/apis"):
        return _roots(backend, path, request.headers.get("Accept", ""))
    if path.startswith(("/api/", "/apis/")):
        return _json(_group_version(backend, path))
    if path == "/":
        return _json({"paths": _paths(backend)})
    raise no_such_resource()


def version_info(version: str) -> dict[str, str]:
    """/version; gitVersion says what this is, in the form that vendors use (`v1.32.0+practice`)."""
    major, minor, _ = version.split(".", 2)
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{version}+practice",
        "gitCommit": "labgate",
        "gitTreeState": "clean",
        "buildDate": "2024-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "none",
        "platform": "linux/amd64",
    }


def _json(body: Object, media: str = "application/json") -> web.Response:
    return web.Response(body=encode(body), headers={"Content-Type": media})


def _roots(backend: Backend, path: str, accept: str) -> web.Response:
    for media, parameters in media_types(accept):
        version = discovery.aggregated_version(parameters, backend.minor)
        if version and media == "application/json":
            message = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
            return _json(discovery.aggregated(backend.registry, version, core=path == "/api"), message)
    if path == "/api":
        return _json(discovery.core_versions(backend.address()))
    return _json(discovery.group_list(backend.registry))


def _group_version(backend: Backend, path: str) -> Object:
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) == 2:
        return discovery.resource_list(backend.registry, "", parts[1])
    if parts[0] == "apis" and len(parts) == 2:
        return discovery.one_group(backend.registry, parts[1])
    if parts[0] == "apis" and len(parts) == 3:
        return discovery.resource_list(backend.registry, parts[1], parts[2])
    raise no_such_resource()


def _openapi(backend: Backend, path: str, accept: str) -> web.Response:
    registry, version = backend.registry, backend.version
    if path == "/openapi/v2":
        if "protobuf" in accept:
            body = openapi.document_v2_protobuf(registry, version)
            return web.Response(body=body, headers={"Content-Type": openapi.PROTOBUF_V2})
        return _json(openapi.document_v2(registry, version))
    if not path.startswith("/openapi/v3") or backend.minor < openapi_v3.V3_SINCE:
        raise no_such_resource()
    if path == "/openapi/v3":
        return _json(openapi_v3.index(registry))
    parts = path.removeprefix("/openapi/v3/").split("/")
    group, name = (
        ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else ("/".join(parts[1:-1]), parts[-1])
    )
    document = openapi.document_v3(registry, group, name, version)
    if document is None:
        raise no_such_resource()
    return _json(document)


def _paths(backend: Backend) -> list[str]:
    paths = ["/api", "/api/v1", "/apis"]
    for group, versions in backend.registry.groups():
        if group:
            paths += [f"/apis/{group}", *(f"/apis/{group}/{version}" for version in versions)]
    return sorted([*paths, *ENDPOINTS, METRICS, *backend.pages, "/openapi/v2", "/openapi/v3", "/version"])
