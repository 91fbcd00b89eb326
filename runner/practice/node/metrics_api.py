"""metrics.k8s.io/v1beta1, as a metrics server answers it: nodes and pods, get and list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from runner.practice.controllers.aggregation_controller import RESOURCES
from runner.practice.controllers.object_helpers import name_of, namespace_of
from runner.practice.controllers.resource_metrics import Figure, Measured, ResourceMetrics
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.output import negotiate
from runner.practice.machinery.api.read import selected
from runner.practice.machinery.api.reply import Reply
from runner.practice.machinery.errors import ApiError, not_found
from runner.practice.machinery.store import Object

_NODES, _PODS = RESOURCES


def metrics_handlers(metrics: ResourceMetrics) -> Mapping[tuple[str, str], Handler]:
    """For the resources of the metrics API."""
    pods = _handler(metrics, "pods", lambda pod: metrics.pods.get((namespace_of(pod), name_of(pod))))
    nodes = _handler(metrics, "nodes", lambda node: metrics.nodes.get(name_of(node)))
    return {(_PODS.key, ""): pods, (_NODES.key, ""): nodes}


def _handler(metrics: ResourceMetrics, about: str, measured: Callable[[Object], Measured | None]) -> Handler:
    """`about`: the resource whose objects are measured; they are selected by their own labels."""

    async def handle(backend: Backend, call: Call, request: web.Request) -> Reply:
        if not metrics.available:
            raise ApiError(503, "ServiceUnavailable", "service unavailable", plain=True)  # the aggregator's
        objects = backend.store.list(about, call.namespace or None)
        shown = [_object(call, obj, found) for obj in objects if (found := measured(obj)) is not None]
        shown.sort(key=lambda obj: (obj["metadata"].get("namespace", ""), obj["metadata"]["name"]))
        table = negotiate(request.headers.get("Accept", "")).shape == "table"
        if call.verb == "get":
            one = next((obj for obj in shown if obj["metadata"]["name"] == call.name), None)
            if one is None:
                kind = f"{call.resource.kind.lower()}.{call.resource.group}"
                raise not_found(kind, "/".join(part for part in (call.namespace, call.name) if part))
            return Reply(200, _table([one]) if table else one)
        shown = selected(call, shown)
        if table:
            return Reply(200, _table(shown))
        body = {
            "kind": call.resource.kind_of_list,
            "apiVersion": call.api_version,
            "metadata": {},
            "items": [{k: v for k, v in obj.items() if k not in ("kind", "apiVersion")} for obj in shown],
        }
        return Reply(200, body)

    return handle


def _object(call: Call, obj: Object, measured: Measured) -> Object:
    moment = measured.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    meta: Object = {"name": name_of(obj)}
    if call.resource.namespaced:
        meta["namespace"] = namespace_of(obj)
    meta["creationTimestamp"] = moment
    if labels := obj["metadata"].get("labels"):
        meta["labels"] = labels
    made: Object = {
        "kind": call.resource.kind,
        "apiVersion": call.api_version,
        "metadata": meta,
        "timestamp": moment,
        "window": f"{measured.window:.3f}s",
    }
    if call.resource.namespaced:
        listed = [{"name": name, "usage": _usage(figure)} for name, figure in measured.figures.items()]
        return made | {"containers": listed}
    return made | {"usage": _usage(measured.total)}


def _usage(figure: Figure) -> Object:
    nano = round(figure.cpu * 1e9)
    return {"cpu": f"{nano}n" if nano else "0", "memory": f"{figure.memory // 1024}Ki"}


def _table(objects: list[Object]) -> Object:
    columns: list[tuple[str, str]] = [("Name", "name"), ("cpu", ""), ("memory", ""), ("Window", "duration")]
    rows = [
        {
            "cells": [obj["metadata"]["name"], *_cells(obj), obj["window"]],
            "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]},
        }
        for obj in objects
    ]  # fmt: skip
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [
            {"name": name, "type": "string", "format": form, "description": "", "priority": 0}
            for name, form in columns
        ],
        "rows": rows,
    }


def _cells(obj: Object) -> list[Any]:
    used = [obj["usage"]] if "usage" in obj else [each["usage"] for each in obj["containers"]]
    cpu = sum(int(each["cpu"].removesuffix("n")) for each in used)
    memory = sum(int(each["memory"].removesuffix("Ki")) for each in used)
    return [f"{cpu}n" if cpu else "0", f"{memory}Ki"]
