"""experimental describe pod|service: which Services, rules and policies concern a pod, and how it is reached from outside."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from runner.practice.istio_release.analysis.analyzed_objects import AnalyzedObjects, full_host
from runner.practice.istio_release.analysis.workload_analysis import PROTOCOLS, says_protocol
from runner.practice.istio_release.dumps.dump_tables import route_match
from runner.practice.istio_release.istio_definitions import KINDS
from runner.practice.istio_release.istioctl.kubectl_cluster import Cluster, Failed, Object, proxy_container

LINE = "--------------------"


def describe(cluster: Cluster, asked: Namespace) -> int:
    """x describe pod NAME, x describe service NAME."""
    name, _, place = asked.name.partition(".")
    namespace = place or asked.namespace or cluster.namespace()
    minor = int(cluster.version.split(".")[1])
    resources = ",".join(f"{kind.plural}.{kind.group}" for kind in KINDS if kind.since <= minor)
    objects = AnalyzedObjects(cluster.get(f"pods,services,{resources}", "--all-namespaces"))
    if asked.what in ("pod", "po"):
        pod = objects.find("Pod", namespace, name)
        if pod is None:
            raise Failed(f'pods "{name}" not found')
        print("\n".join(_pod(objects, pod, cluster.system)))
        return 0
    if asked.what in ("service", "svc"):
        service = objects.find("Service", namespace, name)
        if service is None:
            raise Failed(f'services "{name}" not found')
        print("\n".join(_service(objects, service, cluster.system)))
        return 0
    raise Failed(f'unknown resource type "{asked.what}" for "istioctl experimental describe"')


def _pod(objects: AnalyzedObjects, pod: Object, system: str) -> Iterator[str]:
    meta, spec = pod["metadata"], pod["spec"]
    yield f"Pod: {meta['name']}" + (f".{meta['namespace']}" if meta["namespace"] != "default" else "")
    yield "   Pod Revision: default"
    every = [
        *spec["containers"],
        *(each for each in spec.get("initContainers") or () if each.get("restartPolicy")),
    ]
    ports = [
        f"{port['containerPort']}{'' if port.get('protocol', 'TCP') == 'TCP' else '/' + port['protocol']} ({each['name']})"
        for each in every for port in each.get("ports") or ()
    ]  # fmt: skip
    yield f"   Pod Ports: {', '.join(ports)}" if ports else "   Pod does not expose ports"
    if pod.get("status", {}).get("phase") != "Running":
        yield f"   Pod is not {'Running' if pod.get('status') else 'known'} ({pod.get('status', {}).get('phase')})"
        return
    if proxy_container(pod) is None:
        yield "WARNING: " + f"{meta['name']} is not part of mesh; no Istio sidecar"
        yield LINE
    labels = meta.get("labels") or {}
    for wanted in ("app", "version"):
        if wanted not in labels:
            yield f"Suggestion: add '{wanted}' label to pod for Istio telemetry."
    for service in objects.all("Service"):
        selector = service["spec"].get("selector") or {}
        same = service["metadata"]["namespace"] == meta["namespace"]
        if same and selector and selector.items() <= labels.items():
            yield LINE
            yield from _service(objects, service, system, pod)


def _service(
    objects: AnalyzedObjects, service: Object, system: str, pod: Object | None = None
) -> Iterator[str]:
    meta = service["metadata"]
    namespace = meta["namespace"]
    yield f"Service: {meta['name']}" + (f".{namespace}" if namespace != "default" else "")
    for port in service["spec"].get("ports") or ():
        target = port.get("targetPort", port["port"])
        if not says_protocol(port):
            yield f"   Port: {port.get('name', '')} {port['port']}/UnsupportedProtocol targets pod port {target}"
            yield (
                f"   {port['port']} is unnamed which does not follow Istio conventions"
                if not port.get("name")
                else (f"   {port['name']} does not follow Istio conventions (<protocol>[-suffix])")
            )
            continue
        yield f"   Port: {port.get('name', '')} {port['port']}/{_protocol(port)} targets pod port {target}"
    host = f"{meta['name']}.{namespace}.svc.cluster.local"
    labels = (pod["metadata"].get("labels") or {}) if pod else None
    for rule in _for_host(objects, "DestinationRule", host):
        yield from _rule(rule, labels)
    for route in _for_host(objects, "VirtualService", host):
        if "mesh" in (route["spec"].get("gateways") or ["mesh"]):
            yield from _virtual_service(route, host)
    yield from _policies(objects, namespace, labels, system)
    yield from _exposed(objects, host, system)


def _protocol(port: Object) -> str:
    if port.get("protocol") == "UDP":
        return "UDP"
    word = str(port.get("appProtocol") or port.get("name") or "").lower().partition("-")[0]
    return {"http2": "HTTP2"}.get(word, word.upper() if word in PROTOCOLS else "TCP")


def _for_host(objects: AnalyzedObjects, kind: str, host: str) -> Iterator[Object]:
    for obj in objects.all(kind):
        names = obj["spec"].get("hosts") or [obj["spec"].get("host")]
        if any(full_host(str(name), obj["metadata"]["namespace"]) == host for name in names):
            yield obj


def _rule(rule: Object, labels: dict[str, str] | None) -> Iterator[str]:
    meta, spec = rule["metadata"], rule["spec"]
    yield f'DestinationRule: {_short(meta)} for "{spec.get("host")}"'
    subsets = spec.get("subsets") or ()
    if labels is not None and subsets:
        fits = [each["name"] for each in subsets if (each.get("labels") or {}).items() <= labels.items()]
        others = [each["name"] for each in subsets if each["name"] not in fits]
        if fits:
            yield f"   Matching subsets: {','.join(fits)}"
            if others:
                yield f"      (Non-matching subsets {','.join(others)})"
        else:
            yield (
                "   WARNING POD DOES NOT MATCH ANY SUBSETS.  (Non matching subsets " + ",".join(others) + ")"
            )
    policy = spec.get("trafficPolicy") or {}
    if not policy:
        yield "   No Traffic Policy"
    else:
        if mode := (policy.get("tls") or {}).get("mode"):
            yield f"   Traffic Policy TLS Mode: {mode}"
        shown = {
            "loadBalancer": "load balancer",
            "connectionPool": "connection pool",
            "outlierDetection": "outlier detection",
        }
        if extra := [words for field, words in shown.items() if field in policy]:
            yield f"   {'/'.join(extra)}"


def _virtual_service(obj: Object, host: str) -> Iterator[str]:
    yield f"VirtualService: {_short(obj['metadata'])}"
    routes = obj["spec"].get("http") or ()
    namespace = obj["metadata"]["namespace"]
    for route in routes:
        parts = [
            each for each in route.get("route") or ()
            if full_host(str(each["destination"].get("host")), namespace) == host
        ]  # fmt: skip
        for each in parts if len(parts) > 1 else ():
            subset = each["destination"].get("subset")
            yield f"   Weight {each.get('weight', 0)}%{f' to subset {subset}' if subset else ''}"
        if faults := sorted(route.get("fault") or ()):
            yield f"   {' and '.join(faults)} fault injected"
    yield f"   {len(routes)} HTTP route(s)" if routes else "   No HTTP routes"


def _policies(
    objects: AnalyzedObjects, namespace: str, labels: dict[str, str] | None, system: str
) -> Iterator[str]:
    """Mutual TLS as it comes out, and who may call."""
    modes = []
    for policy in objects.all("PeerAuthentication"):
        wanted = (policy["spec"].get("selector") or {}).get("matchLabels") or {}
        place = policy["metadata"]["namespace"]
        if place in (namespace, system) and (
            not wanted or (labels is not None and wanted.items() <= labels.items())
        ):
            rank = 2 if wanted else 1 if place == namespace else 0
            modes.append((rank, policy, (policy["spec"].get("mtls") or {}).get("mode", "UNSET")))
    found = [each for each in sorted(modes, key=lambda each: each[0]) if each[2] != "UNSET"]
    if found:
        yield "Effective PeerAuthentication:"
        yield f"   Workload mTLS mode: {found[-1][2]}"
        yield "Applied PeerAuthentication:"
        yield "   " + ", ".join(_short(each["metadata"], always=True) for _, each, _ in reversed(found))
    names = [
        _short(each["metadata"], always=True) for each in objects.all("AuthorizationPolicy")
        if each["metadata"]["namespace"] in (namespace, system)
        and ((each["spec"].get("selector") or {}).get("matchLabels") or {}).items() <= (labels or {}).items()
    ]  # fmt: skip
    if names:
        yield f"RBAC policies: {', '.join(names)}"


def _exposed(objects: AnalyzedObjects, host: str, system: str) -> Iterator[str]:
    """By which gateway, at which address and paths."""
    gateway_service = objects.find("Service", system, "istio-ingressgateway")
    entry = (((gateway_service or {}).get("status") or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    address = entry[0].get("ip") or entry[0].get("hostname") or "<pending>"
    for obj in objects.all("VirtualService"):
        gateways = [name for name in obj["spec"].get("gateways") or () if name != "mesh"]
        namespace = obj["metadata"]["namespace"]
        if not gateways:
            continue
        paths = []
        for route in obj["spec"].get("http") or ():
            ends = [
                full_host(str(each["destination"].get("host")), namespace)
                for each in route.get("route") or ()
            ]
            if host in ends:
                paths += [_match(each) for each in route.get("match") or ()] or ["1 HTTP route(s)"]
        if paths:
            yield ""
            yield f"Exposed on Ingress Gateway http://{address}"
            yield f"VirtualService: {_short(obj['metadata'])}"
            yield f"   {', '.join(paths)}"


def _match(match: Object) -> str:
    uri = match.get("uri") or {}
    parts = {
        "prefix": uri.get("prefix"),
        "path": uri.get("exact"),
        "safe_regex": {"regex": uri["regex"]} if uri.get("regex") else None,
    }
    words = route_match({key: value for key, value in parts.items() if value})
    headers = ", ".join(
        f"{name} {next(iter(value), '')}" for name, value in (match.get("headers") or {}).items()
    )
    return words or (f"when headers are {headers}" if headers else "/*")


def _short(meta: Object, *, always: bool = False) -> str:
    return (
        f"{meta['name']}.{meta['namespace']}"
        if always or meta["namespace"] != "default"
        else str(meta["name"])
    )
