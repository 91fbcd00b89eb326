"""A stand-in for NGINX Gateway Fabric: the controller of a GatewayClass, and the proxies of its Gateways.

Since 2.0 every Gateway gets a Deployment and a Service of its own, whose proxy asks the controller for its configuration;
before that (`static-mode`) the controller's own pod is the proxy of them all.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import Any

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.gateway_agent import configuration_of, healthy
from runner.practice.containers.image_programs.gateway_plan import (
    GROUP,
    Attached,
    Cluster,
    Object,
    PlannedListener,
    attach,
    planned_listeners,
)
from runner.practice.containers.image_programs.gateway_provisioning import (
    HEALTH_PORT,
    proxy_deployment,
    proxy_image,
    proxy_service,
    service_ports,
)
from runner.practice.containers.image_programs.gateway_proxy import GatewayProxy, certificates_wanted
from runner.practice.containers.image_programs.gateway_status import (
    class_status,
    gateway_status,
    route_status,
)
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.image_programs.webhook_certgen import certificates
from runner.practice.containers.network_messages import Listener, Request, Response

API = f"/apis/{GROUP}/v1"
LOOK_SECONDS = 1.0
AGENT_PORT, METRICS_PORT = 8443, 9113
Name = tuple[str, str]


class GatewayController:
    """One controller. `own_proxy`: its pod is the proxy of all Gateways (before 2.0)."""

    def __init__(self, call: Invocation, *, own_proxy: bool) -> None:
        self._call, self._api = call, ApiClient(call)
        self._options = _options(call.argv)
        self._proxy = GatewayProxy(call) if own_proxy else None
        self._configuration: dict[Name, bytes] = {}
        """What each Gateway's proxy gets (JSON)."""
        self._written: dict[str, Any] = {}

    async def run(self) -> int:
        pod, container = self._call.container.pod, self._call.container
        listeners = {HEALTH_PORT: Listener(http=healthy), METRICS_PORT: Listener(http=healthy)}
        if self._proxy is None:
            listeners[AGENT_PORT] = Listener(http=self._give_configuration, tls=True)
        for port, listener in listeners.items():
            pod.listen(container, port, listener)
        await self._log("info", "Starting the NGINX Gateway Fabric control plane (a stand-in)")
        working = asyncio.ensure_future(self._work())
        try:
            await self._call.terminated.wait()
        finally:
            working.cancel()
            for port in listeners:
                pod.unlisten(port)
            if self._proxy is not None:
                self._proxy.close()
        return 0

    async def _work(self) -> None:
        problem = ""
        while True:
            try:
                await self._look()
                problem = ""
            except ApiError as error:
                if str(error) != problem:
                    await self._log("error", str(error))
                problem = str(error)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        classes = await self._items(f"{API}/gatewayclasses")
        mine = {
            each["metadata"]["name"]
            for each in classes
            if each["spec"]["controllerName"] == self._options["gateway-ctlr-name"]
            and each["metadata"]["name"] == self._options.get("gatewayclass", "nginx")
        }
        for each in classes:
            if each["metadata"]["name"] in mine:
                await self._write(
                    f"{API}/gatewayclasses/{each['metadata']['name']}", each, class_status(each)
                )
        gateways = [
            each for each in await self._items(f"{API}/gateways") if each["spec"]["gatewayClassName"] in mine
        ]
        routes = await self._items(f"{API}/httproutes") if gateways else []
        cluster = await self._cluster() if gateways else Cluster({}, {})
        at_parents: dict[str, list[Attached]] = {each["metadata"]["uid"]: [] for each in routes}
        plans = []
        for gateway in gateways:
            listeners = planned_listeners(gateway)
            for route in sorted(routes, key=lambda one: str(one["metadata"].get("creationTimestamp", ""))):
                at_parents[route["metadata"]["uid"]] += attach(gateway, listeners, route, cluster)
            plans.append((gateway, listeners))
        await self._serve(plans)
        controller = self._options["gateway-ctlr-name"]
        for route in routes:
            found = at_parents[route["metadata"]["uid"]]
            if found or any(
                each["controllerName"] == controller
                for each in (route.get("status") or {}).get("parents") or ()
            ):
                await self._write(_path(route, "httproutes"), route, route_status(route, found, controller))

    async def _serve(self, plans: Sequence[tuple[Object, list[PlannedListener]]]) -> None:
        known: dict[Name, bytes] = {}
        for gateway, listeners in plans:
            mine, missing = await self._certificates(listeners)
            known |= mine
            for each in listeners:
                if each.secret in missing:
                    each.problem = each.problem or (
                        "InvalidCertificateRef",
                        "The certificate's Secret can't be used",
                    )
            if self._proxy is None:
                service = await self._provisioned(gateway, listeners)
                self._configuration[_name(gateway)] = configuration_of(listeners, mine)
            else:
                namespace = self._call.container.pod.config.namespace
                service = await self._api(
                    "GET", f"/api/v1/namespaces/{namespace}/services/{self._options['service']}"
                )
            await self._write(
                _path(gateway, "gateways"),
                gateway,
                gateway_status(gateway, listeners, _addresses(service), missing),
            )
        for gone in set(self._configuration) - {_name(gateway) for gateway, _ in plans}:
            del self._configuration[gone]
        if self._proxy is not None:
            self._proxy.configure([each for _, listeners in plans for each in listeners], known)

    async def _cluster(self) -> Cluster:
        index = self._call.container.pod.network.index
        services = {key: [port.port for port in each.ports] for key, each in index.services.items()}
        spaces = {name: dict(labels) for name, labels in index.parts.namespaces}
        try:
            grants = await self._items(f"/apis/{GROUP}/v1beta1/referencegrants")
        except ApiError:
            grants = []
        return Cluster(services, spaces, grants)

    async def _certificates(
        self, listeners: Sequence[PlannedListener]
    ) -> tuple[dict[Name, bytes], set[Name]]:
        found: dict[Name, bytes] = {}
        missing: set[Name] = set()
        for namespace, name in certificates_wanted(listeners):
            try:
                data = (await self._api("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")).get(
                    "data"
                ) or {}
                found[namespace, name] = base64.b64decode(data["tls.key"]) + base64.b64decode(data["tls.crt"])
            except (ApiError, KeyError, ValueError):
                missing.add((namespace, name))
        return found, missing

    async def _provisioned(self, gateway: Object, listeners: Sequence[PlannedListener]) -> Object:
        """The Service of a Gateway's proxy, which is made with its Deployment where it is not there."""
        namespace, name = _name(gateway)
        called = f"{name}-{gateway['spec']['gatewayClassName']}"
        ports = sorted({each.port for each in listeners})
        place = f"/api/v1/namespaces/{namespace}/services"
        service: Object = await self._made(place, proxy_service(gateway, called, ports))
        if ports and sorted(each["port"] for each in service["spec"]["ports"]) != ports:
            spec = {**service["spec"], "ports": service_ports(ports)}
            service = await self._api("PUT", f"{place}/{called}", {**service, "spec": spec})
        image = self._call.env.get("IMAGE_NAME") or self._call.container.config.image
        environment = {"AGENT_ADDRESS": self._agent(), "GATEWAY": f"{namespace}/{name}"}
        made = proxy_deployment(gateway, called, ports, proxy_image(image), environment)
        await self._made(f"/apis/apps/v1/namespaces/{namespace}/deployments", made)
        return service

    def _agent(self) -> str:
        return f"{self._options['service']}.{self._call.container.pod.config.namespace}.svc"

    async def _made(self, place: str, obj: Object) -> Any:
        try:
            return await self._api("GET", f"{place}/{obj['metadata']['name']}")
        except ApiError as error:
            if error.status != 404:
                raise
        return await self._api("POST", place, obj)

    async def _items(self, place: str) -> list[Any]:
        return list((await self._api("GET", place))["items"])

    async def _write(self, place: str, obj: Object, status: Any) -> None:
        """Only where it is another than the one that is there."""
        if (obj.get("status") or {}) != status:
            await self._api("PUT", f"{place}/status", {**obj, "status": status})

    async def _give_configuration(self, request: Request) -> Response:
        namespace, _, name = request.path.removeprefix("/gateways/").partition("/")
        found = self._configuration.get((namespace, name))
        return Response(200, [("Content-Type", "application/json")], found) if found else Response(404)

    async def _log(self, level: str, message: str) -> None:
        await self._call.error(json.dumps({"level": level, "msg": message}) + "\n")


async def controller_program(call: Invocation) -> int:
    """/usr/bin/gateway: `controller` since 2.0, `static-mode` before; `generate-certs` and `initialize` for its pods."""
    verb = call.argv[1] if len(call.argv) > 1 else ""
    if verb in ("controller", "static-mode"):
        return await GatewayController(call, own_proxy=verb == "static-mode").run()
    if verb == "generate-certs":
        return await _generate_certificates(call)
    if verb in ("initialize", "copy", "sleep", "endpoint-picker"):
        return 0
    await call.error(
        "Usage:\n  gateway [command]\n\nAvailable Commands:\n  controller, generate-certs, initialize\n"
    )
    return 1


async def _generate_certificates(call: Invocation) -> int:
    """The Secrets for what controller and proxies say to each other."""
    options, api = _options(call.argv), ApiClient(call)
    namespace = call.container.pod.config.namespace
    made = certificates([f"{options.get('service', '')}.{namespace}.svc"])
    data = {
        key: base64.b64encode(made[part]).decode()
        for key, part in (("ca.crt", "ca"), ("tls.crt", "cert"), ("tls.key", "key"))
    }
    for name in (
        options.get("server-tls-secret", "server-tls"),
        options.get("agent-tls-secret", "agent-tls"),
    ):
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": name},
            "data": data,
        }
        try:
            await api("POST", f"/api/v1/namespaces/{namespace}/secrets", secret)
        except ApiError as error:
            if error.status != 409:  # one of an earlier run stays
                await call.error(f"{error}\n")
                return 1
    return 0


def _options(argv: Sequence[str]) -> dict[str, str]:
    parts = (word.lstrip("-").partition("=") for word in argv if word.startswith("--"))
    return {name: value for name, _, value in parts}


def _name(obj: Object) -> Name:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _path(obj: Object, resource: str) -> str:
    namespace, name = _name(obj)
    return f"{API}/namespaces/{namespace}/{resource}/{name}"


def _addresses(service: Object) -> list[dict[str, str]]:
    """A Gateway's are those of its Service."""
    listed = (service.get("status") or {}).get("loadBalancer", {}).get("ingress") or ()
    found = [
        {"type": "IPAddress", "value": each["ip"]}
        if each.get("ip")
        else {"type": "Hostname", "value": each["hostname"]}
        for each in listed
    ]
    if service["spec"].get("type") == "LoadBalancer":
        return found
    return [{"type": "IPAddress", "value": service["spec"]["clusterIP"]}]
