"""istio-init and istio-proxy, as the sidecar's template of the chart istio-discovery makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runner.practice.containers.istiod.injected_environment import environment
from runner.practice.containers.istiod.injected_owner import Owner
from runner.practice.containers.istiod.injection_settings import (
    STARTUP_PROBE_SINCE,
    InjectionSettings,
    version_of,
)

Json = dict[str, Any]

PROXY, INIT, VALIDATION = "istio-proxy", "istio-init", "istio-validation"
CONCURRENCY_UNTIL = (1, 20)
"""Later versions let the processor's limit decide."""
INIT_LOG_LEVEL_SINCE = (1, 19)


def image(annotations: Json, settings: InjectionSettings, of: str = "proxy") -> str:
    """In full: an annotation's, or hub, name and tag of the values."""
    name = str(
        annotations.get("sidecar.istio.io/proxyImage") or settings.value("global", of, "image") or "proxyv2"
    )
    if "/" in name:
        return name
    return f"{settings.value('global', 'hub')}/{name}:{settings.value('global', 'tag')}"


def resources(annotations: Json, settings: InjectionSettings) -> Json:
    """What annotations say, all of it; else the values'."""
    found: Json = {}
    for kind, suffix in (("requests", ""), ("limits", "Limit")):
        for resource, name in (("cpu", "proxyCPU"), ("memory", "proxyMemory")):
            if amount := annotations.get(f"sidecar.istio.io/{name}{suffix}"):
                found.setdefault(kind, {})[resource] = amount
    found = found or settings.proxy("resources") or {}
    return {
        kind: {name: _canonical(str(size)) for name, size in sizes.items()} for kind, sizes in found.items()
    }


def _canonical(size: str) -> str:
    """A quantity as Kubernetes writes it: 2000m is 2, 1024Mi is 1Gi."""
    for unit, larger, times in (("m", "", 1000), ("Ki", "Mi", 1024), ("Mi", "Gi", 1024)):
        number = size.removesuffix(unit)
        if number != size and number.isdigit() and int(number) and int(number) % times == 0:
            size = f"{int(number) // times}{larger}"
    return size


def init_container(annotations: Json, settings: InjectionSettings) -> Json | None:
    """istio-init; None where nothing is to be intercepted."""
    mode = interception_mode(annotations, settings)
    if mode == "NONE":
        return None
    status_port = annotations.get("status.sidecar.istio.io/port", str(settings.status_port))
    listed = annotations.get(
        "traffic.sidecar.istio.io/excludeInboundPorts", settings.proxy("excludeInboundPorts") or ""
    )
    excluded = [port for port in str(listed).split(",") if port]
    if status_port not in ("", "0", *excluded):
        excluded.append(status_port)
    args = ["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", mode]
    args += ["-i", _traffic(annotations, "includeOutboundIPRanges", settings.proxy("includeIPRanges"))]
    args += ["-x", _traffic(annotations, "excludeOutboundIPRanges", settings.proxy("excludeIPRanges"))]
    args += ["-b", _traffic(annotations, "includeInboundPorts", "*")]
    args += ["-d", ",".join(["15090", "15021", *excluded])]
    if included := _traffic(annotations, "includeOutboundPorts", settings.proxy("includeOutboundPorts")):
        args += ["-q", included]
    if left_out := _traffic(annotations, "excludeOutboundPorts", settings.proxy("excludeOutboundPorts")):
        args += ["-o", left_out]
    if settings.version >= INIT_LOG_LEVEL_SINCE:
        args.append(f"--log_output_level={_log_level(annotations, settings)}")
    made: Json = {
        "name": INIT,
        "image": image(annotations, settings, "proxy_init"),
        "args": args,
        "resources": resources(annotations, settings),
        "securityContext": {
            "allowPrivilegeEscalation": bool(settings.proxy("privileged")),
            "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
            "privileged": bool(settings.proxy("privileged")),
            "readOnlyRootFilesystem": False,
            "runAsGroup": 0,
            "runAsNonRoot": False,
            "runAsUser": 0,
        },
    }
    if metadata := settings.proxy_config.get("proxyMetadata"):
        made["env"] = [{"name": name, "value": str(value)} for name, value in sorted(metadata.items())]
    return _with_pull_policy(made, settings)


def proxy_container(
    pod: Json,
    namespace: str,
    owner: Owner,
    containers: Sequence[str],
    settings: InjectionSettings,
    *,
    gateway: bool,
) -> Json:
    """istio-proxy beside an application, or the one of a gateway."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    native = is_native(annotations, settings) and not gateway
    args = ["proxy", "router" if gateway else "sidecar", "--domain"]
    args.append(f"$(POD_NAMESPACE).svc.{settings.proxy('clusterDomain')}")
    args.append(f"--proxyLogLevel={annotations.get('sidecar.istio.io/logLevel', settings.proxy('logLevel'))}")
    component = annotations.get("sidecar.istio.io/componentLogLevel", settings.proxy("componentLogLevel"))
    args.append(f"--proxyComponentLogLevel={component}")
    args.append(f"--log_output_level={_log_level(annotations, settings)}")
    concurrency = settings.proxy_config.get("concurrency", 2 if settings.version <= CONCURRENCY_UNTIL else 0)
    if not gateway and concurrency:
        args += ["--concurrency", str(concurrency)]
    made: Json = {
        "name": PROXY,
        "image": image(annotations, settings),
        "ports": [{"containerPort": 15090, "protocol": "TCP", "name": "http-envoy-prom"}],
        "args": args,
        "env": environment(pod, namespace, owner, containers, settings),
        "resources": resources(annotations, settings),
    }
    if native:
        made["restartPolicy"] = "Always"
    if hook := _lifecycle(settings, native=native, gateway=gateway):
        made["lifecycle"] = hook
    if gateway:
        made["readinessProbe"] = _readiness({}, settings)
        return _with_pull_policy(made, settings)
    if annotations.get("status.sidecar.istio.io/port", str(settings.status_port)) != "0":
        made["readinessProbe"] = _readiness(annotations, settings)
        startup = settings.proxy("startupProbe") or {}
        if settings.version >= STARTUP_PROBE_SINCE and startup.get("enabled"):
            made["startupProbe"] = {
                "httpGet": {"path": "/healthz/ready", "port": 15021},
                "initialDelaySeconds": 0,
                "periodSeconds": 1,
                "timeoutSeconds": 3,
                "failureThreshold": startup.get("failureThreshold", 600),
            }
    made["securityContext"] = _security(annotations, settings)
    return _with_pull_policy(made, settings)


def is_native(annotations: Json, settings: InjectionSettings) -> bool:
    """Whether the proxy is an init container that goes on beside the others."""
    word = str(annotations.get("sidecar.istio.io/nativeSidecar", settings.native_sidecars)).lower()
    return word == "true" and version_of(str(settings.value("global", "tag"))) >= (1, 19)


def interception_mode(annotations: Json, settings: InjectionSettings) -> str:
    own = settings.proxy_config.get("interceptionMode") or "REDIRECT"
    return str(annotations.get("sidecar.istio.io/interceptionMode", own))


def _traffic(annotations: Json, name: str, default: Any) -> str:
    return str(annotations.get(f"traffic.sidecar.istio.io/{name}", default or ""))


def _log_level(annotations: Json, settings: InjectionSettings) -> str:
    return str(
        annotations.get("sidecar.istio.io/agentLogLevel", settings.value("global", "logging", "level"))
    )


def _readiness(annotations: Json, settings: InjectionSettings) -> Json:
    def number(name: str, value: str) -> int:
        return int(annotations.get(f"readiness.status.sidecar.istio.io/{name}", settings.proxy(value)))

    return {
        "httpGet": {"path": "/healthz/ready", "port": 15021},
        "initialDelaySeconds": number("initialDelaySeconds", "readinessInitialDelaySeconds"),
        "periodSeconds": number("periodSeconds", "readinessPeriodSeconds"),
        "timeoutSeconds": 3,
        "failureThreshold": number("failureThreshold", "readinessFailureThreshold"),
    }


def _lifecycle(settings: InjectionSettings, *, native: bool, gateway: bool) -> Json | None:
    if own := settings.proxy("lifecycle"):
        return dict(own)
    if native:
        drain = ["pilot-agent", "request", f"--debug-port={settings.status_port}", "POST", "drain"]
        return {"preStop": {"exec": {"command": drain}}}
    if settings.holds_application and not gateway:
        return {"postStart": {"exec": {"command": ["pilot-agent", "wait"]}}}
    return None


def _security(annotations: Json, settings: InjectionSettings) -> Json:
    transparent = interception_mode(annotations, settings) == "TPROXY"
    capabilities: Json = {"drop": ["ALL"]}
    if transparent:
        capabilities["add"] = ["NET_ADMIN"]
    return {
        "allowPrivilegeEscalation": bool(settings.proxy("privileged")),
        "capabilities": capabilities,
        "privileged": bool(settings.proxy("privileged")),
        "readOnlyRootFilesystem": str(annotations.get("sidecar.istio.io/enableCoreDump", "false")) != "true",
        "runAsGroup": 1337,
        "runAsNonRoot": not transparent,
        "runAsUser": 0 if transparent else 1337,
    }


def _with_pull_policy(made: Json, settings: InjectionSettings) -> Json:
    if policy := settings.value("global", "imagePullPolicy"):
        made["imagePullPolicy"] = policy
    return made
