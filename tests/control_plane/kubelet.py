"""A kubelet and a cloud for a control plane that has neither: `python kubelet.py SERVER TOKEN`.

It writes the practice cluster's two Nodes, takes scheduled pods to Running and Ready (or to their end, where they
run once), removes pods that are deleted, and gives Services of type LoadBalancer a 127.x address.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[2]))

from runner.practice.machinery.served_resources import minor_of
from runner.practice.node.container_behavior import ending
from runner.practice.node.simulated_nodes import nodes

Object = dict[str, Any]
MERGE = "application/strategic-merge-patch+json"
REPLACE = "application/merge-patch+json"
CLEANUP = "service.kubernetes.io/load-balancer-cleanup"
BROKEN = ("does-not-exist", ".invalid/")
"""Parts of images' names that can't be pulled."""


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Kubelet:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._addresses = 0

    async def run(self) -> None:
        version = (await self._get("/version"))["gitVersion"]
        for node in nodes(version, minor_of(version)):
            await self._add_node(node)
        await asyncio.gather(
            self._watch("/api/v1/pods", self._pod), self._watch("/api/v1/services", self._service)
        )

    async def _add_node(self, node: Object) -> None:
        name, status = node["metadata"]["name"], node["status"]
        taints = node["spec"].get("taints") or []
        await self._send("POST", "/api/v1/nodes", node)
        await self._send("PATCH", f"/api/v1/nodes/{name}/status", {"status": status})
        # The API server taints new nodes as not ready; the controller that would take that away is off.
        await self._send("PATCH", f"/api/v1/nodes/{name}", {"spec": {"taints": taints}}, REPLACE)

    async def _get(self, path: str) -> Object:
        async with self._http.get(path) as answer:
            found: Object = await answer.json()
            return found

    async def _send(self, method: str, path: str, body: Object, patch: str = MERGE) -> None:
        content = patch if method == "PATCH" else "application/json"
        async with self._http.request(
            method, path, data=json.dumps(body), headers={"Content-Type": content}
        ) as answer:
            if answer.status >= 400 and answer.status not in (404, 409):
                print(method, path, answer.status, await answer.text(), flush=True)

    async def _watch(self, path: str, handle: Callable[[Object], Awaitable[None]]) -> None:
        while True:
            listed = await self._get(path)
            for obj in listed.get("items") or ():
                self._begin(handle, obj)
            since = listed["metadata"]["resourceVersion"]
            url = f"{path}?watch=1&resourceVersion={since}"
            async with self._http.get(url, timeout=aiohttp.ClientTimeout(total=None)) as answer:
                buffer = b""
                async for chunk in answer.content.iter_any():
                    *lines, buffer = (buffer + chunk).split(b"\n")
                    for line in lines:
                        change = json.loads(line)
                        if change["type"] in ("ADDED", "MODIFIED"):
                            self._begin(handle, change["object"])

    def _begin(self, handle: Callable[[Object], Awaitable[None]], obj: Object) -> None:
        task = asyncio.ensure_future(handle(obj))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _service(self, service: Object) -> None:
        spec, status = service["spec"], service.get("status") or {}
        if "deletionTimestamp" in service["metadata"]:
            path = f"/api/v1/namespaces/{service['metadata']['namespace']}/services/{service['metadata']['name']}"
            await self._send("PATCH", path, {"metadata": {"finalizers": None}}, REPLACE)
            return
        if spec["type"] != "LoadBalancer" or (status.get("loadBalancer") or {}).get("ingress"):
            return
        if service["metadata"]["uid"] in self._busy:
            return
        self._busy.add(service["metadata"]["uid"])
        self._addresses += 1
        address = {"ip": f"127.64.0.{self._addresses}"}
        meta = service["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}"
        await self._send("PATCH", path, {"metadata": {"finalizers": [CLEANUP]}})
        await self._send("PATCH", f"{path}/status", {"status": {"loadBalancer": {"ingress": [address]}}})
        for word in ("Ensuring", "Ensured"):
            about = {"kind": "Service", "apiVersion": "v1"}
            message = f"{word} load balancer"
            source = {"component": "service-controller"}
            await self._report(meta, about, f"{word}LoadBalancer", message, source)

    async def _pod(self, pod: Object) -> None:
        meta, spec = pod["metadata"], pod["spec"]
        if not spec.get("nodeName"):
            return
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        if "deletionTimestamp" in meta:
            await self._send("DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
            return
        if meta["uid"] in self._busy or pod["status"].get("phase") != "Pending":
            return
        self._busy.add(meta["uid"])
        broken = [c for c in spec["containers"] if any(mark in c["image"] for mark in BROKEN)]
        if broken:
            await self._show(path, _status(pod, "Pending", waiting=True))
            return
        for container in spec["containers"]:
            await self._report_started(pod, container)
        await self._show(path, _status(pod, "Running"))
        ends = [ending(pod, container) for container in spec["containers"]]
        if spec.get("restartPolicy") != "Always" and all(ends):
            await asyncio.sleep(max(end.seconds for end in ends if end))
            failed = any(end.exit_code for end in ends if end)
            await self._show(path, _status(pod, "Failed" if failed else "Succeeded"))

    async def _show(self, path: str, status: Object) -> None:
        await self._send("PATCH", f"{path}/status", {"status": status})

    async def _report_started(self, pod: Object, container: Object) -> None:
        field = f"spec.containers{{{container['name']}}}"
        about = {"kind": "Pod", "apiVersion": "v1", "fieldPath": field}
        source = {"component": "kubelet", "host": pod["spec"]["nodeName"]}
        for reason, message in (
            ("Pulled", f'Successfully pulled image "{container["image"]}"'),
            ("Created", f"Created container {container['name']}"),
            ("Started", f"Started container {container['name']}"),
        ):
            await self._report(pod["metadata"], about, reason, message, source)

    async def _report(self, meta: Object, about: Object, reason: str, message: str, source: Object) -> None:
        place = {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{meta['name']}.{time.time_ns():x}", "namespace": meta["namespace"]},
            "involvedObject": {**about, **place},
            "type": "Normal",
            "reason": reason,
            "message": message,
            "source": source,
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "count": 1,
        }
        await self._send("POST", f"/api/v1/namespaces/{meta['namespace']}/events", event)


def _status(pod: Object, phase: str, *, waiting: bool = False) -> Object:
    """A pod's status with all of its containers alike."""
    running = phase == "Running"
    address = f"10.244.1.{int(pod['metadata']['uid'][:2], 16)}"
    reason = {"Pending": "ContainersNotReady", "Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase)
    unready = {"reason": reason} if reason else {}
    moment = now()

    def condition(kind: str, holds: bool, **more: str) -> Object:
        word = "True" if holds else "False"
        return {
            "type": kind,
            "status": word,
            "lastProbeTime": None,
            "lastTransitionTime": moment,
            **more,
        }

    conditions = [
        condition("Initialized", True),
        condition("Ready", running, **unready),
        condition("ContainersReady", running, **unready),
        condition("PodScheduled", True),
    ]
    containers = [_container(one, phase, moment, waiting=waiting) for one in pod["spec"]["containers"]]
    return {
        "phase": phase,
        "conditions": conditions,
        "hostIP": "172.18.0.3",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": moment,
        "containerStatuses": containers,
    }


def _container(spec: Object, phase: str, moment: str, *, waiting: bool) -> Object:
    ended = phase in ("Succeeded", "Failed")
    state: Object = {"running": {"startedAt": moment}}
    if waiting:
        message = f'Back-off pulling image "{spec["image"]}"'
        state = {"waiting": {"reason": "ImagePullBackOff", "message": message}}
    elif ended:
        code, reason = (0, "Completed") if phase == "Succeeded" else (1, "Error")
        state = {
            "running": None,
            "terminated": {
                "exitCode": code,
                "reason": reason,
                "startedAt": moment,
                "finishedAt": moment,
            },
        }
    return {
        "name": spec["name"],
        "image": spec["image"],
        "imageID": "" if waiting else f"docker.io/library/{spec['image']}@sha256:0",
        "ready": phase == "Running",
        "restartCount": 0,
        "started": phase == "Running",
        "state": state,
        "lastState": {},
        **({} if waiting else {"containerID": "containerd://0"}),
    }


async def main(server: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(server, headers=headers, connector=connector) as http:
        await Kubelet(http).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
