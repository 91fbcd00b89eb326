"""istiod's work: it follows the cluster, and configures the proxies that run."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Mapping

from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.practice.containers.mesh.mesh_messages import FOLDER, MeshChange, MeshWorkloadFacts
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import going
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Change, Key, Object
from runner.practice.mesh.mesh_authority import KeyPair, MeshAuthority, new_root
from runner.practice.mesh.mesh_secrets import MeshSecrets
from runner.practice.mesh.mesh_view import Json, MeshView
from runner.practice.mesh.proxy_config import MeshPaths, ProxyConfig
from runner.practice.mesh.translation.proxy_translation import proxy_config
from runner.practice.mesh.view_of_store import GROUP, ROOT_NAMESPACE, SLICES, istiod_pods, mesh_view, proxied
from runner.practice.node.container_runtime import ContainerRuntime

log = logging.getLogger(__name__)

GATHERED_FOR = 0.005
"""Seconds in which changes are gathered."""
FOLLOWED = frozenset({"pods", "services", "endpoints", SLICES, "namespaces"})
KEPT = frozenset({"configmaps", "secrets"})
"""Kinds of which only some objects matter; those of istio-system, and the Secrets that a configuration asks for."""
ROOT_SECRET, ROOT_CONFIGMAP = "istio-ca-secret", "istio-ca-root-cert"
PATHS = MeshPaths(FOLDER)
SOURCE = Source("istiod")
WITHOUT_ENVOY = (
    "The pod has a sidecar, but Envoy is not installed on this machine: its traffic goes past the mesh, all else works. "
    "Install it with ./setup or pip install 'labgate[mesh]', then restart the practice cluster."
)
TYPES = {
    "listeners": "type.googleapis.com/envoy.config.listener.v3.Listener",
    "clusters": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "routes": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    "secrets": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
}


class MeshController:
    """Works while an istiod is ready: without one the proxies keep what they have."""

    def __init__(self, cluster: ClusterContext, runtime: ContainerRuntime) -> None:
        self._cluster, self._store, self._runtime = cluster, cluster.store, runtime
        self._proxied: set[Key] = set()
        """The pods with a proxy. Nothing is done while there is none."""
        self._authority: MeshAuthority | None = None
        self._sent: dict[str, dict[str, Json]] = {}
        """Resources by their kind and name."""
        self._workloads: list[MeshWorkloadFacts] = []
        self.configs: Mapping[str, ProxyConfig] = {}
        """The last configurations, by the proxy's name."""
        self._soon: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        if not self._runtime.runs:
            return
        for pod in self._store.list("pods"):
            if proxied(pod) is not None:
                self._proxied.add(Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]))
        self._unsubscribe = self._store.subscribe(self._changed)
        self._work_soon()

    def stop(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        if self._soon:
            self._soon.cancel()
        if self._sending:
            self._sending.cancel()

    def forget(self) -> None:
        """The runtime knows nothing any more: all is sent again."""
        self._sent, self._workloads = {}, []
        self._work_soon()

    def _changed(self, change: Change) -> None:
        resource = change.key.resource
        if resource == "pods":
            if change.type == "DELETED":
                self._proxied.discard(change.key)
            elif change.key not in self._proxied and proxied(change.object) is not None:
                self._proxied.add(change.key)
                self._say_without_envoy(change.object)
        if not self._proxied and not self._sent:
            return
        if (
            resource in FOLLOWED
            or resource.endswith(GROUP)
            or (resource in KEPT and self._matters(change.key))
        ):
            self._work_soon()

    def _say_without_envoy(self, pod: Object) -> None:
        if self._runtime.runs and installed_envoy() is None:
            about = reference(pod, "v1", "Pod")
            self._cluster.recorder.emit(about, SOURCE, "Warning", "MeshWithoutEnvoy", WITHOUT_ENVOY)

    def _matters(self, key: Key) -> bool:
        return key.namespace == ROOT_NAMESPACE or key.resource == "secrets"

    def _work_soon(self) -> None:
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(GATHERED_FOR, self._begin)

    def _begin(self) -> None:
        self._soon = None
        if not self._runtime.prepared or not istiod_pods(self._store):
            return
        if self._sending is not None and not self._sending.done():
            self._sending.add_done_callback(lambda done: None if done.cancelled() else self._work_soon())
            return
        self._sending = asyncio.get_running_loop().create_task(self._work())
        self._sending.add_done_callback(_log_failure)

    async def _work(self) -> None:
        view = mesh_view(self._store, self._cluster.registry)
        authority = self._root(view.config.trust_domain)
        self._publish_root(authority.root.certificate)
        self.configs = await asyncio.to_thread(_translated, view)
        requests = [request for config in self.configs.values() for request in config.secrets]
        secrets = MeshSecrets(self._store, authority, view.config.trust_domain)
        change = self._change({"secrets": secrets.found(requests), **_resources(self.configs)}, _facts(view))
        if not change.is_nothing:
            try:
                await self._runtime.change_mesh(change)
            except ConnectionError:
                return  # the runtime has ended: `forget` is called

    def _change(self, made: dict[str, dict[str, Json]], workloads: list[MeshWorkloadFacts]) -> MeshChange:
        """What is new since the last time."""
        new: dict[str, dict[str, str]] = {}
        gone: dict[str, list[str]] = {}
        for kind, resources in made.items():
            sent = self._sent.get(kind, {})
            new[kind] = {
                name: _text(kind, each) for name, each in resources.items() if sent.get(name) != each
            }
            gone[kind] = [name for name in sent if name not in resources]
        changed = workloads != self._workloads
        self._sent, self._workloads = made, workloads
        return MeshChange(new, gone, workloads if changed else None)

    def _root(self, trust_domain: str) -> MeshAuthority:
        """The authority that is kept in the cluster, made where there is none."""
        key = Key("secrets", ROOT_NAMESPACE, ROOT_SECRET)
        kept = self._store.get(key)
        pair = _pair((kept or {}).get("data") or {})
        if pair is None:
            pair = self._authority.root if self._authority is not None else new_root(trust_domain)
            data = {"ca-cert.pem": _encoded(pair.certificate), "ca-key.pem": _encoded(pair.key)}
            meta = {"name": ROOT_SECRET, "namespace": ROOT_NAMESPACE}
            self._create("secrets", {"metadata": meta, "type": "istio.io/ca-root", "data": data})
        if self._authority is None or self._authority.root != pair:
            self._authority = MeshAuthority(pair)
        return self._authority

    def _publish_root(self, certificate: str) -> None:
        """In each namespace."""
        data = {"root-cert.pem": certificate}
        for namespace in self._store.list("namespaces"):
            name = namespace["metadata"]["name"]
            key = Key("configmaps", name, ROOT_CONFIGMAP)
            kept = self._store.get(key)
            if kept is None and not going(namespace):
                labels = {"istio.io/config": "true"}
                meta = {"name": ROOT_CONFIGMAP, "namespace": name, "labels": labels}
                self._create("configmaps", {"metadata": meta, "data": data})
            elif kept is not None and kept.get("data") != data:
                self._cluster.change(key, lambda obj: obj | {"data": data})

    def _create(self, resource: str, obj: Object) -> None:
        try:
            self._cluster.create(resource, obj)
        except ApiError as error:
            log.warning("the mesh's %s: %s", obj["metadata"]["name"], error)


def _translated(view: MeshView) -> dict[str, ProxyConfig]:
    """By the proxy's name."""
    return {proxy.uid: proxy_config(view, proxy, PATHS) for proxy in view.proxies}


def _resources(configs: Mapping[str, ProxyConfig]) -> dict[str, dict[str, Json]]:
    """Those of all proxies, by their kind and name."""
    return {
        "clusters": {each["name"]: each for config in configs.values() for each in config.clusters},
        "listeners": {each["name"]: each for config in configs.values() for each in config.listeners},
        "routes": {each["name"]: each for config in configs.values() for each in config.routes.values()},
    }


def _text(kind: str, resource: Json) -> str:
    return json.dumps({"@type": TYPES[kind], **resource}, separators=(",", ":"))


def _facts(view: MeshView) -> list[MeshWorkloadFacts]:
    return [
        MeshWorkloadFacts(each.ip, each.name, each.namespace, each.labels, each.service_account, each.owner)
        for each in view.workloads
    ]


def _pair(data: Mapping[str, str]) -> KeyPair | None:
    try:
        return KeyPair(*(base64.b64decode(data[name]).decode() for name in ("ca-cert.pem", "ca-key.pem")))
    except (KeyError, ValueError):
        return None


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("the mesh was not configured", exc_info=task.exception())
