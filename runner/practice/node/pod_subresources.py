"""Subresources of pods: logs, eviction, and those that need a container, which a practice cluster does not have."""

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
from runner.practice.machinery.errors import ApiError, Cause, bad_request, too_many_requests
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Key
from runner.practice.machinery.users import SERVER
from runner.practice.machinery.write_pipeline import WriteOptions
from runner.practice.node.fault_messages import last_words
from runner.practice.node.pod_binding import bind

Object = dict[str, Any]

NO_CONTAINERS = (
    "this is a practice cluster: its pods are simulated and run no containers, so {what} is not possible here;"
    " on a real cluster the same command works"
)
WHAT = {"exec": "kubectl exec", "attach": "kubectl attach"}


def pod_handlers(faults: Faults) -> Mapping[tuple[str, str], Handler]:
    """What answers the subresources of pods; the port-forward is the network's."""

    async def answers_log(backend: Backend, call: Call, request: web.Request) -> web.Response:
        return web.Response(text=log(backend, call, faults))

    return {
        ("pods", "log"): answers_log,
        ("pods", "exec"): _refused,
        ("pods", "attach"): _refused,
        ("pods", "eviction"): evict,
        ("pods", "binding"): bind,
        ("bindings", ""): bind,
    }


async def _refused(backend: Backend, call: Call, request: web.Request) -> Reply:
    raise ApiError(501, "NotImplemented", NO_CONTAINERS.format(what=WHAT[call.subresource]))


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


def log(backend: Backend, call: Call, faults: Faults) -> str:
    """A pod's log: the lines that a practice pod has. Raises ApiError (400) as the real server words it."""
    pod = current_of(backend, call)
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    names = [container["name"] for container in spec.get("containers") or ()]
    first = [container["name"] for container in spec.get("initContainers") or ()]
    container = call.query.get("container", "")
    if not container:
        if len(names) + len(first) > 1:
            message = (
                f"a container name must be specified for pod {call.name}, choose one of: [{' '.join(names)}]"
            )
            if first:
                message += f" or one of the init containers: [{' '.join(first)}]"
            raise bad_request(message)
        container = names[0] if names else ""
    if container not in (*names, *first):
        raise bad_request(f"container {container} is not valid for pod {call.name}")
    states = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    state = next((s for s in states if s["name"] == container), None)
    waiting = ((state or {}).get("state") or {}).get("waiting")
    if state is None or (waiting and not state.get("lastState")):
        reason = (waiting or {}).get("reason") or "ContainerCreating"
        message = f'container "{container}" in pod "{call.name}" is waiting to start: {reason}'
        if "Image" in reason:
            message = f'container "{container}" in pod "{call.name}" is waiting to start: trying and failing to pull image'
        raise bad_request(message)
    lines = _lines(faults, pod, container)
    tail = call.query.get("tailLines", "")
    return "".join(f"{line}\n" for line in (lines[-int(tail) :] if tail.isdigit() and int(tail) else lines))


def _lines(faults: Faults, pod: Object, container: str) -> list[str]:
    """The container's log: that of its fault, else a note that it writes nothing."""
    fault = faults.of_pod("crash-loop", pod)
    if fault is not None:
        return last_words(fault).splitlines()
    images = [c["image"] for c in pod["spec"].get("containers") or () if c["name"] == container]
    message = f"{container} ({images[0]})" if images else container
    return [f"This is a practice pod: {message} is simulated and writes no log of its own."]


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
