"""Subresources of pods: logs, exec, attach, eviction, binding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from runner.practice.faults.active_faults import Faults
from runner.practice.machinery.api.backend import Backend, Handler
from runner.practice.machinery.api.body import parse
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.api.reply import Reply, success
from runner.practice.machinery.api.write import admit_deletion, current_of, delete_one
from runner.practice.machinery.errors import Cause, bad_request, too_many_requests
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Key
from runner.practice.machinery.users import SERVER
from runner.practice.machinery.write_pipeline import WriteOptions
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.pod_binding import bind
from runner.practice.node.pod_commands import attach_handler, exec_handler
from runner.practice.node.pod_logs import log_handler

Object = dict[str, Any]


def pod_handlers(faults: Faults, runtime: ContainerRuntime) -> Mapping[tuple[str, str], Handler]:
    """What answers the subresources of pods; the port-forward is the network's."""

    return {
        ("pods", "log"): log_handler(faults, runtime),
        ("pods", "exec"): exec_handler(runtime),
        ("pods", "attach"): attach_handler(runtime),
        ("pods", "eviction"): evict,
        ("pods", "binding"): bind,
        ("bindings", ""): bind,
    }


async def _body(request: web.Request) -> Object:
    body = await request.read()
    parsed = parse(body, request.headers.get("Content-Type", "application/json")) if body.strip() else {}
    if not isinstance(parsed, dict):
        raise bad_request("couldn't get version/kind; the body is no object")
    return parsed


def _part(body: Object, name: str) -> Object:
    part = body.get(name) or {}
    if not isinstance(part, dict):
        raise bad_request(f"json: cannot unmarshal {name} of the body into an object")
    return part


async def evict(backend: Backend, call: Call, request: web.Request) -> Reply:
    """pods/<name>/eviction: a deletion that asks the disruption budgets first."""
    pod = current_of(backend, call)
    asked = await _body(request)
    options = dict(_part(asked, "deleteOptions"))
    if "dryRun" in call.query:
        options["dryRun"] = call.query["dryRun"]
    if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed", "Pending"):
        for budget in budgets_of(backend, pod):
            _spend(backend, budget, dry_run=bool(options.get("dryRun")))
    admit_deletion(backend, call, pod, options, [])
    delete_one(backend, call, pod, options)
    return success()


def budgets_of(backend: Backend, pod: Object) -> list[Object]:
    """The disruption budgets that select a pod; an empty selector selects all (policy/v1)."""
    labels = pod["metadata"].get("labels") or {}
    found = backend.store.list("poddisruptionbudgets.policy", pod["metadata"].get("namespace", ""))
    chosen = []
    for budget in found:
        selector = (budget.get("spec") or {}).get("selector")
        if selector is not None and match_labels(selector, labels):
            chosen.append(budget)
    return chosen


def _spend(backend: Backend, budget: Object, *, dry_run: bool) -> None:
    status = budget.get("status") or {}
    name = budget["metadata"]["name"]
    if status.get("disruptionsAllowed", 0) <= 0:
        message = (
            f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has"
            f" {status.get('currentHealthy', 0)} currently"
        )
        cause = Cause("", message, "DisruptionBudget")
        why = "Cannot evict pod as it would violate the pod's disruption budget."
        raise too_many_requests(why, causes=[cause])
    if dry_run:
        return

    def spend(obj: Object) -> Object:
        obj["status"]["disruptionsAllowed"] -= 1
        return obj

    key = Key("poddisruptionbudgets.policy", budget["metadata"]["namespace"], name)
    backend.pipeline.change(key, spend, WriteOptions(user=SERVER, subresource="status"))
