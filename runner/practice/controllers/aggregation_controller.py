"""APIServices of other servers: whether such a server answers (k8s.io/kube-aggregator, pkg/controllers/status).

Known are the metrics server, which the metrics API is served with while its pods are ready, and adapters of other metrics.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.custom_metrics import CUSTOM, EXTERNAL, MetricServer
from runner.practice.controllers.object_helpers import now, set_condition
from runner.practice.kinds.apiservice_kind import API_SERVICE
from runner.practice.machinery.kind import Version
from runner.practice.machinery.served_resources import Resource
from runner.practice.machinery.store import Change, Key, Object

API_SERVICES, SLICES = API_SERVICE.key, "endpointslices.discovery.k8s.io"
METRICS = Key(API_SERVICES, "", "v1beta1.metrics.k8s.io")
SERVERS = ("metrics-server", "kube-metrics-adapter", "prometheus-adapter", "k8s-prometheus-adapter")
"""How the names of images begin that are known to answer."""
GROUPS_OF_ADAPTERS = {group: group for group in (CUSTOM, EXTERNAL)}
GROUP, VERSION = "metrics.k8s.io", "v1beta1"

_SCHEMA: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
RESOURCES = tuple(
    Resource(
        group=GROUP,
        kind=kind,
        plural=plural,
        singular="",
        namespaced=namespaced,
        versions=(Version(VERSION, schema=_SCHEMA),),
        verbs=("get", "list"),
        list_kind=f"{kind}List",
    )
    for kind, plural, namespaced in (("NodeMetrics", "nodes", False), ("PodMetrics", "pods", True))
)
Verdict = tuple[bool, str, str]
"""(available, reason, message)"""


@enter
class Aggregation(Controller):
    """Says of each APIService with a Service whether what is behind it answers."""

    account = "system:apiserver"
    watches = frozenset({API_SERVICES, "services", SLICES})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == API_SERVICES:
            return [change.key]
        namespace = change.key.namespace
        return [
            Key(API_SERVICES, "", each["metadata"]["name"])
            for each in self.store.list(API_SERVICES)
            if ((each["spec"].get("service") or {}).get("namespace")) == namespace
        ]

    def reconcile(self, key: Key) -> None:
        found = self.store.get(key)
        service = found["spec"].get("service") if found else None
        verdict = self._verdict(service, found["spec"]) if found and service else None
        if key == METRICS:
            self._serve(verdict)
        elif group := GROUPS_OF_ADAPTERS.get(key.name.partition(".")[2]):
            self._enter_adapter(group, found, verdict)
        if verdict is not None:
            self._show(key, verdict)

    def _serve(self, verdict: Verdict | None) -> None:
        metrics, registry = self.cluster.metrics, self.cluster.registry
        metrics.served = verdict is not None
        available = verdict is not None and verdict[0]
        if available != metrics.available:
            metrics.set_available(available=available)
        for resource in RESOURCES:
            if metrics.served:
                registry.add(resource)
            else:
                registry.remove(resource.key)

    def _enter_adapter(self, group: str, found: Object | None, verdict: Verdict | None) -> None:
        """The autoscaler asks the newest version that is served."""
        custom = self.cluster.custom_metrics
        if found is None or verdict is None:
            custom.registered.discard(group)
            custom.servers.pop(group, None)
            return
        custom.registered.add(group)
        service = found["spec"]["service"]
        if verdict[0]:
            custom.servers[group] = MetricServer(
                str(found["spec"]["version"]), service["namespace"], service["name"], service.get("port", 443)
            )
        else:
            custom.servers.pop(group, None)

    def _verdict(self, ref: Object, spec: Object) -> Verdict:
        name, namespace, port = ref.get("name", ""), ref.get("namespace", ""), ref.get("port", 443)
        about = f'service/{name} in "{namespace}"'
        service = self.store.get(Key("services", namespace, name))
        if service is None:
            return False, "ServiceNotFound", f"{about} is not present"
        listening = next((each for each in service["spec"].get("ports") or () if each["port"] == port), None)
        if listening is None:
            return False, "ServicePortError", f"{about} is not listening on port {port}"
        addresses = list(self._addresses(namespace, name, listening.get("name", "")))
        if not addresses:
            why = f'have no addresses with port name "{listening.get("name", "")}"'
            return False, "MissingEndpoints", f"endpoints for {about} {why}"
        if not any(self._answers(namespace, pod) for _, _, pod in addresses):
            ip, number, _ = addresses[0]
            url = f"https://{ip}:{number}/apis/{spec.get('group', '')}/{spec['version']}"
            why = f'Get "{url}": dial tcp {ip}:{number}: connect: connection refused'
            return False, "FailedDiscoveryCheck", f"failing or missing response from {url}: {why}"
        return True, "Passed", "all checks passed"

    def _addresses(self, namespace: str, service: str, port: str) -> Iterable[tuple[str, int, str]]:
        """(address, port, pod) of the ready endpoints."""
        for each in self.store.list(SLICES, namespace):
            if (each["metadata"].get("labels") or {}).get("kubernetes.io/service-name") != service:
                continue
            numbers = [found["port"] for found in each.get("ports") or () if found.get("name", "") == port]
            for endpoint in each.get("endpoints") or ():
                if numbers and (endpoint.get("conditions") or {}).get("ready", True):
                    pod = (endpoint.get("targetRef") or {}).get("name", "")
                    yield endpoint["addresses"][0], numbers[0], pod

    def _answers(self, namespace: str, name: str) -> bool:
        pod = self.store.get(Key("pods", namespace, name))
        containers = pod["spec"].get("containers") or () if pod else ()
        images = (str(each.get("image", "")).rpartition("/")[2] for each in containers)
        return any(image.startswith(SERVERS) for image in images)

    def _show(self, key: Key, verdict: Verdict) -> None:
        available, reason, message = verdict
        made = {
            "type": "Available",
            "status": "True" if available else "False",
            "reason": reason,
            "message": message,
        }

        def change(obj: Object) -> Object | None:
            kept = obj.setdefault("status", {}).setdefault("conditions", [])
            held: Object = next((each for each in kept if each["type"] == "Available"), {})
            if made.items() <= held.items():
                return None
            set_condition(kept, {**made, "lastTransitionTime": now()})
            return obj

        self.cluster.change(key, change, status=True)
