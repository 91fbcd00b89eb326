"""The simulated kubelets: they run the pods of their nodes in a container runtime, which may be a simulated one."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from runner.practice.authentication.account_tokens import AccountTokens
from runner.practice.containers.container_config import Exit
from runner.practice.containers.lab_pages import Page
from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import going, namespace_of, uid_of
from runner.practice.faults.active_faults import RESOURCE as FAULTS
from runner.practice.faults.active_faults import Fault, fault_of
from runner.practice.machinery.store import Change, Key, Object
from runner.practice.node import container_status as status
from runner.practice.node import images
from runner.practice.node.container_runtime import ContainerRuntime, SimulatedRuntime
from runner.practice.node.lab_image_tags import of_labs
from runner.practice.node.network_watcher import NetworkWatcher
from runner.practice.node.pod_tokens import PodTokens
from runner.practice.node.pod_worker import Worker
from runner.practice.node.runtime_client import RuntimeClient
from runner.practice.node.simulated_nodes import renew_leases
from runner.practice.node.volume_folders import VolumeFolders
from runner.practice.node.volume_setup import PodVolumes, persistent_id

HEARTBEAT = 10.0
"""Seconds, real ones at any speed: leases say when a node was last heard of."""


class Kubelet:
    """The kubelets of all nodes; one worker for each pod that was given to one of them."""

    def __init__(self, cluster: ClusterContext) -> None:
        self.cluster = cluster
        self.runtime: ContainerRuntime = (
            RuntimeClient(
                self._exited, cluster.settings.logs, of_labs(cluster.settings.images), self._runtime_lost
            )
            if cluster.settings.containers
            else SimulatedRuntime(self._exited, cluster.settings.speed)
        )
        self.network = NetworkWatcher(cluster, self.runtime)
        self.runtime_lost: list[Callable[[], None]] = []
        """Called where the runtime's process has ended by itself: the next one knows nothing."""
        self._tokens: AccountTokens | None = None
        self._folders: VolumeFolders | None = None
        if cluster.settings.containers and cluster.settings.authority:
            self._tokens = AccountTokens(cluster.store, cluster.settings.authority, cluster.minor)
        if cluster.settings.containers and cluster.settings.volumes:
            self._folders = VolumeFolders(cluster.settings.volumes)
        self._removals: set[asyncio.Task[None]] = set()
        self._workers: dict[str, Worker] = {}
        self._ips: dict[str, str] = {}
        self._present: dict[str, set[str]] = defaultdict(set)
        self._unsubscribe: Callable[[], None] | None = None
        self._heartbeat: asyncio.TimerHandle | None = None

    def start(self, api_server: str = "", pages: Sequence[Page] = ()) -> None:
        """Take up the pods that are there, and follow the store. `api_server`: host:port at which the API answers."""
        pods = self.cluster.store.list("pods")
        for pod in pods:
            self._remember(pod)
        self._unsubscribe = self.cluster.store.subscribe(self._changed)
        for pod in pods:
            self._consider(pod)
        self.network.start(api_server, pages)
        self._beat()

    async def stop(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        if self._heartbeat:
            self._heartbeat.cancel()
        self.network.stop()
        tasks = [task for worker in self._workers.values() if (task := worker.cancel())]
        self._workers.clear()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.runtime.close()

    def present(self, node: str) -> set[str]:
        """The images that a node has pulled, by their full names."""
        return self._present[node]

    def volumes(self) -> PodVolumes:
        """Those of a pod, none set up yet."""
        tokens = PodTokens(self.cluster.store, self._tokens) if self._tokens else None
        return PodVolumes(self.cluster.store, self._folders, tokens)

    def addresses(self, pod: Object, *, with_pod: bool) -> Object:
        """hostIP, and podIP once the pod has a sandbox, with their plurals."""
        node = self.cluster.store.get(Key("nodes", "", pod["spec"]["nodeName"])) or {}
        listed = node.get("status", {}).get("addresses") or ()
        host = next((entry["address"] for entry in listed if entry["type"] == "InternalIP"), "127.0.0.1")
        found: Object = {"hostIP": host}
        if self.cluster.minor >= status.HOST_IPS_SINCE:
            found["hostIPs"] = [{"ip": host}]
        if with_pod:
            ip = host if pod["spec"].get("hostNetwork") else self._pod_ip(pod, node)
            found |= {"podIP": ip, "podIPs": [{"ip": ip}]}
        return found

    def _pod_ip(self, pod: Object, node: Object) -> str:
        uid = uid_of(pod)
        if uid not in self._ips:
            cidr = node.get("spec", {}).get("podCIDR", "10.244.0.0/24")
            used = set(self._ips.values())
            hosts = (str(ip) for ip in list(ipaddress.ip_network(cidr).hosts())[1:])
            self._ips[uid] = next((ip for ip in hosts if ip not in used), "")
        return self._ips[uid]

    def _forget(self, removal: Coroutine[Any, Any, None]) -> None:
        """A pod that is gone from the API, by force or by its own kubelet, has nothing that runs any more."""
        task = asyncio.get_running_loop().create_task(removal)
        self._removals.add(task)
        task.add_done_callback(self._removals.discard)

    def _runtime_lost(self) -> None:
        """The runtime's process has ended: what ran in it has, too, as after a node's restart."""
        self.network.forget()
        for follower in self.runtime_lost:
            follower()
        for worker in list(self._workers.values()):
            worker.runtime_lost()

    def _exited(self, container: str, exit_: Exit) -> None:
        """The runtime says that a container has ended."""
        for worker in list(self._workers.values()):
            if worker.exited(container, exit_):
                return

    def _remember(self, pod: Object) -> None:
        """Addresses and images of a pod that lived before this process."""
        message = pod.get("status", {})
        if message.get("podIP") and not pod["spec"].get("hostNetwork"):
            self._ips[uid_of(pod)] = message["podIP"]
        for entry in message.get("containerStatuses") or ():
            image = images.parse(entry.get("image", "")) if entry.get("imageID") else None
            if image and pod["spec"].get("nodeName"):
                self._present[pod["spec"]["nodeName"]].add(image.full)

    def _changed(self, change: Change) -> None:
        resource = change.key.resource
        if resource == "pods":
            self._pod_changed(change)
        elif resource == FAULTS:
            if change.type == "ADDED":
                self._replace(fault_of(change.object))
            for worker in list(self._workers.values()):
                worker.poke()
        elif resource in ("configmaps", "secrets"):
            for worker in list(self._workers.values()):
                if worker.needs_config:
                    worker.poke()
                if namespace_of(worker.pod) == change.key.namespace:
                    worker.volumes.objects_changed()
        elif resource == "persistentvolumes" and change.type == "DELETED" and self._folders:
            self._folders.remove_volume(change.key.name)
            self._forget(self._remove_volume(persistent_id(change.key.name)))

    async def _remove_volume(self, volume: str) -> None:
        with contextlib.suppress(ConnectionError):
            await self.runtime.remove_volume(volume)

    def _replace(self, fault: Fault) -> None:
        """Replaces the pods that run already, as a drain of their node would: new pods, images pulled again."""
        for pod in self.cluster.faults.pods_to_replace(fault):
            for container in pod["spec"].get("containers") or ():
                image = images.parse(container.get("image", ""))
                if image:
                    self._present[pod["spec"].get("nodeName", "")].discard(image.full)
            of_pods.remove(self.cluster, pod)

    def _pod_changed(self, change: Change) -> None:
        uid = uid_of(change.object)
        if change.type == "DELETED":
            self._ips.pop(uid, None)
            worker = self._workers.pop(uid, None)
            if worker:
                worker.cancel()
                self._forget(worker.remove_from_runtime())
            return
        self._consider(change.object)
        if change.previous and _shown(change.previous) != _shown(change.object) and uid in self._workers:
            self._workers[uid].volumes.objects_changed()
        if change.previous and change.previous["spec"] != change.object["spec"] and uid in self._workers:
            self._workers[uid].poke()
            if change.object["spec"].get("ephemeralContainers"):
                self._workers[uid].added()
        if change.previous and status.gate_conditions(change.previous) != status.gate_conditions(
            change.object
        ):
            worker = self._workers.get(uid)
            if worker:
                worker.show()

    def _consider(self, pod: Object) -> None:
        node = pod["spec"].get("nodeName")
        if not node or self.cluster.store.get(Key("nodes", "", node)) is None:
            return
        worker = self._workers.get(uid_of(pod))
        if worker is None:
            if pod.get("status", {}).get("phase") in ("Succeeded", "Failed") and not going(pod):
                return
            worker = self._workers[uid_of(pod)] = Worker(self, pod)
            if not going(pod):
                worker.start()
        if going(pod):
            worker.terminate()

    def _beat(self) -> None:
        renew_leases(self.cluster)
        self._heartbeat = asyncio.get_running_loop().call_later(HEARTBEAT, self._beat)


def _shown(pod: Object) -> tuple[Object, Object]:
    """What the downward API shows of a pod that changes while it runs."""
    meta = pod["metadata"]
    return meta.get("labels") or {}, meta.get("annotations") or {}
