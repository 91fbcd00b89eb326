"""Binds a pod to a node, as a custom scheduler does: pods/<name>/binding, and the older /bindings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from runner.practice.controllers.object_helpers import going, now, set_condition
from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.body import parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.reply import Reply, success
from runner.practice.machinery.errors import ApiError, bad_request, conflict, not_found
from runner.practice.machinery.store import Key
from runner.practice.machinery.write_pipeline import WriteOptions

Object = dict[str, Any]


async def bind(backend: Backend, call: Call, request: web.Request) -> Reply:
    """Bind the pod that the path names, or the Binding. Raises ApiError (400, 404, 409).

    What is wrong with the Binding itself is reported in a real server's words; its answer for that is 500.
    """
    binding = parse(await request.read(), request.headers.get("Content-Type", "application/json"))
    if not isinstance(binding, dict) or binding.get("kind", "Binding") != "Binding":
        raise bad_request("not a Binding object")
    meta, target = (_part(binding, part) for part in ("metadata", "target"))
    name, home = str(meta.get("name") or ""), str(meta.get("namespace") or call.namespace)
    if call.name and name != call.name:
        raise bad_request("name in URL does not match name in Binding object")
    if home != call.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    kind, node = target.get("kind", ""), str(target.get("name") or "")
    if kind not in ("", "Node"):
        raise bad_request(f'target.kind: Unsupported value: "{kind}": supported values: "Node", "<empty>"')
    if not node:
        raise bad_request("target.name: Required value")
    key = Key("pods", call.namespace, name)
    pod = backend.store.get(key)
    if pod is None:
        raise not_found("pods", name)
    _check_free(pod)
    if not call.dry_run:
        as_asked = WriteOptions(user=call.user, subresource="binding")
        notes = _part(meta, "annotations")
        backend.pipeline.change(key, lambda obj: _assigned(obj, node, notes), as_asked)
        backend.pipeline.change(key, _scheduled, replace(as_asked, subresource="status"))
    return success()


def _part(obj: Object, name: str) -> Object:
    found = obj.get(name)
    return found if isinstance(found, dict) else {}


def _check_free(pod: Object) -> None:
    name, held = pod["metadata"]["name"], pod["spec"].get("nodeName")
    if going(pod):
        raise _refused(name, f"pod {name} is being deleted, cannot be assigned to a host")
    if held:
        raise _refused(name, f'pod {name} is already assigned to node "{held}"')


def _refused(name: str, why: str) -> ApiError:
    return conflict("pods/binding", name, why)


def _assigned(pod: Object, node: str, annotations: Object) -> Object:
    pod["spec"]["nodeName"] = node
    if annotations:
        pod["metadata"]["annotations"] = {**(pod["metadata"].get("annotations") or {}), **annotations}
    return pod


def _scheduled(pod: Object) -> Object:
    conditions = pod.setdefault("status", {}).setdefault("conditions", [])
    message = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now()}
    set_condition(conditions, message)
    return pod
