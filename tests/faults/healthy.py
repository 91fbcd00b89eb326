"""Random healthy states of a cluster and how it comes to them: workloads of all kinds are made, scaled, restarted and
given other images, with or without waiting for one thing before the next. Nothing of it may be reported as a fault."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from checks.base import Check, Object, Verdict
from checks.registry import look
from tests.faults.manifests import deployment, service
from tests.faults.scene import WAIT, Scene, check, on_practice

SPEED = 10.0
NAMES = (
    "details-v1",
    "productpage-v1",
    "reviews-v1",
    "reviews-v2",
    "istiod",
    "istio-ingressgateway",
    "kiali",
)
"""As alike as those of a real lab."""
IMAGES = ("nginx:1.21", "nginx:1.25", "docker.io/istio/pilot:1.11.3", "redis:7")
PROBE = {"httpGet": {"path": "/ready", "port": 8080}, "initialDelaySeconds": 1, "periodSeconds": 2}
FIRST = {"name": "first", "image": "busybox:1.36", "command": ["sh", "-c", "sleep 1"]}
ENDS = {"name": "work", "image": "busybox:1.36", "command": ["sh", "-c", "sleep 2; echo done"]}


@dataclass(frozen=True)
class Part:
    """One workload with what belongs to it, and the checks that hold once it is there."""

    kind: str
    name: str
    objects: tuple[Object, ...]
    replicas: int
    checks: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class State:
    """What is applied at once, and what is done to it then: (action, which part, whether all is green before)."""

    parts: tuple[Part, ...]
    doings: tuple[tuple[str, int, bool], ...]


@dataclass
class Tally:
    """What the looks gave."""

    states: int = 0
    looks: int = 0
    checks: int = 0
    verdicts: set[Verdict] = field(default_factory=set)
    alarms: list[str] = field(default_factory=list)


@st.composite
def _parts(draw: st.DrawFn, name: str) -> Part:
    kind = draw(st.sampled_from(("Deployment", "Deployment", "StatefulSet", "DaemonSet", "Job")))
    if kind == "Job":
        return _job(name, draw(st.integers(1, 3)), draw(st.integers(1, 2)))
    replicas = 1 if kind == "DaemonSet" else draw(st.integers(1, 3))
    container: Object = {"ports": [{"name": "http", "containerPort": 8080}]}
    for probe in draw(st.sets(st.sampled_from(("readinessProbe", "livenessProbe", "startupProbe")))):
        container[probe] = PROBE
    pod: Object = {"initContainers": [FIRST]} if draw(st.booleans()) else {}
    spec: Object = {} if kind == "DaemonSet" else {"replicas": replicas}
    objects: list[Object] = []
    if kind == "StatefulSet":
        spec["serviceName"] = name
        spec["podManagementPolicy"] = draw(st.sampled_from(("OrderedReady", "Parallel")))
    if kind in ("StatefulSet", "Deployment") and draw(st.booleans()):
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        if kind == "StatefulSet":
            spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": _claim()}]
        else:
            pod["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
            objects.append(
                {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "metadata": {"name": name},
                    "spec": _claim(),
                }
            )
    image = draw(st.sampled_from(IMAGES))
    objects.append(deployment(name, kind=kind, image=image, container=container, pod=pod, spec=spec))
    checks: list[dict[str, Any]] = [{kind.lower(): name, "ready": True}]
    checks.append({"pods": replicas, "selector": f"app={name}"})
    exposed = draw(st.sampled_from(("", "ClusterIP", "LoadBalancer")))
    if exposed:
        objects.append(
            service(name, type=exposed, ports=[{"name": "http", "port": 80, "targetPort": "http"}])
        )
        checks.append({"service": name, "endpoints": True, "external": exposed == "LoadBalancer"})
    # A Service may come before its pods and a claim after them: files name objects in any order.
    return Part(kind, name, tuple(draw(st.permutations(objects))), replicas, tuple(checks))


def _claim() -> Object:
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def _job(name: str, completions: int, parallelism: int) -> Part:
    template = {"spec": {"restartPolicy": "Never", "containers": [ENDS]}}
    spec = {"completions": completions, "parallelism": parallelism, "template": template}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}
    return Part("Job", name, (job,), completions, ({"job": name, "ready": True},))


@st.composite
def states(draw: st.DrawFn) -> State:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    parts = tuple(draw(_parts(name)) for name in names)
    doing = st.tuples(
        st.sampled_from(("scale", "image", "restart", "delete-pods", "expose")),
        st.integers(0, len(parts) - 1),
        st.booleans(),
    )
    return State(parts, tuple(draw(st.lists(doing, max_size=3))))


class Follower:
    """Looks at all checks of a state whenever something of it has changed."""

    def __init__(self, scene: Scene, namespace: str, tally: Tally) -> None:
        self._scene, self._namespace, self._tally = scene, namespace, tally
        self._wanted: dict[str, dict[str, Any]] = {}
        self._began: set[str] = set()
        self._green = asyncio.Event()

    def wants(self, written: dict[str, Any]) -> None:
        """A check that is to hold in the end; one of the same object is taken for the newer wish."""
        about = f"{next(iter(written))} {written.get('selector') or next(iter(written.values()))}"
        self._wanted[about] = {**written, "in": self._namespace}

    async def until_green(self) -> None:
        """Until a look that begins now gives that all hold."""
        self._green.clear()
        async with asyncio.timeout(WAIT):
            await self._green.wait()

    async def keep_looking(self) -> None:
        """Also while a command runs. One look at a time: an older one must not be judged after a newer one."""
        while True:
            awaited = not self._green.is_set()
            if await self.look():
                if awaited:
                    self._green.set()
                await asyncio.sleep(0.05)  # nothing is awaited, and the others shall have their turn

    async def look(self) -> bool:
        """One look at all of them, then waiting for a change; True, at once, where all hold."""
        seen = self._scene.world.look()
        green = True
        for about, written in self._wanted.items():
            outcome = await look(of := check(written), seen)
            self._tally.looks += 1
            self._tally.verdicts.add(outcome.verdict)
            green &= outcome.passed
            for finding in outcome.findings:
                self._alarm(f"{about}: {finding.rule}, of {finding.object}: {finding.evidence}")
            self._judge(about, of, outcome.verdict, outcome.found.render())
        if not green:
            await self._scene.world.changed(seen.reads, 1.0)
        return green

    def _judge(self, about: str, of: Check, verdict: Verdict, found: str) -> None:
        """FAILED is right before the object is there and nowhere after; the world can always be read."""
        if verdict in (Verdict.PASSED, Verdict.PENDING):
            self._began.add(about)
        elif verdict is Verdict.ERROR:
            self._alarm(f"{about}: not judged: {found}")
        elif about in self._began and of.subject not in ("pods", "service"):
            self._alarm(f"{about}: FAILED on its way: {found}")

    def _alarm(self, text: str) -> None:
        if text not in self._tally.alarms:
            self._tally.alarms.append(text)


async def follow(scene: Scene, state: State, namespace: str, tally: Tally) -> None:
    """Bring the cluster to the state and through its doings, looking all the time; leaves the cluster as it was."""
    follower = Follower(scene, namespace, tally)
    for part in state.parts:
        for written in part.checks:
            follower.wants(written)
    tally.states += 1
    tally.checks += sum(len(part.checks) for part in state.parts)
    watching = asyncio.create_task(follower.keep_looking())
    try:
        await scene.kubectl("create", "namespace", namespace)
        objects = [_placed(each, namespace) for part in state.parts for each in part.objects]
        await scene.apply(*objects)
        for action, number, waits in state.doings:
            if waits:
                await follower.until_green()
            await _do(scene, action, state.parts[number], namespace, follower)
        await follower.until_green()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await scene.kubectl("delete", "namespace", namespace)
    if watching.done() and not watching.cancelled() and (error := watching.exception()):
        raise error


def _placed(obj: Object, namespace: str) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}


async def _do(scene: Scene, action: str, part: Part, namespace: str, follower: Follower) -> None:
    what, where = f"{part.kind.lower()}/{part.name}", ("-n", namespace)
    if part.kind == "Job":
        return
    if action == "scale" and part.kind in ("Deployment", "StatefulSet"):
        replicas = 1 + part.replicas % 3
        follower.wants({"pods": replicas, "selector": f"app={part.name}"})
        await scene.kubectl("scale", what, f"--replicas={replicas}", *where)
    elif action == "image":
        await scene.kubectl("set", "image", what, f"{part.name}=nginx:1.27", *where)
    elif action == "restart":
        # As `rollout restart` does, which refuses a second one within a second.
        stamp = {"kubectl.kubernetes.io/restartedAt": str(time.time_ns())}
        patch = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
        await scene.kubectl("patch", what, "-p", json.dumps(patch), *where)
    elif action == "delete-pods":
        await scene.kubectl("delete", "pods", "-l", f"app={part.name}", "--wait=false", *where)
    elif action == "expose" and any(each["kind"] == "Service" for each in part.objects):
        follower.wants({"service": part.name, "endpoints": True, "external": True})
        await scene.kubectl("patch", "service", part.name, "-p", '{"spec":{"type":"LoadBalancer"}}', *where)


class Beside:
    """A practice cluster with its own event loop in a thread, because hypothesis calls plain functions."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._loop = folder, asyncio.new_event_loop()
        self._ready: Future[Scene] = Future()
        self._end = asyncio.Event()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._run(),), daemon=True
        )

    def start(self) -> Scene:
        self._thread.start()
        return self._ready.result(30)

    def run(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(4 * WAIT)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)
        self._loop.close()

    async def _run(self) -> None:
        try:
            async with on_practice(self._folder, speed=SPEED) as scene:
                self._ready.set_result(scene)
                await self._end.wait()
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)


@contextmanager
def beside() -> Iterator[tuple[Scene, Beside]]:
    with tempfile.TemporaryDirectory(prefix="labgate-healthy-", ignore_cleanup_errors=True) as folder:
        cluster = Beside(Path(folder))
        scene = cluster.start()
        try:
            yield scene, cluster
        finally:
            cluster.stop()


def healthy_rollouts(examples: int) -> Tally:
    """Follow so many random states, always the same ones."""
    tally = Tally()
    numbers = count(1)
    with beside() as (scene, cluster):

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(states())
        def each(state: State) -> None:
            cluster.run(follow(scene, state, f"healthy-{next(numbers)}", tally))

        each()
    return tally
