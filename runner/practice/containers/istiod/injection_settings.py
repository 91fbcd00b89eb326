"""What injection depends on: the ConfigMaps `istio` and `istio-sidecar-injector`, read with Istio's defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

Json = dict[str, Any]

DEFAULTS: Json = {
    "global": {
        "hub": "docker.io/istio",
        "tag": "1.11.3",
        "istioNamespace": "istio-system",
        "imagePullPolicy": "",
        "jwtPolicy": "third-party-jwt",
        "pilotCertProvider": "istiod",
        "logging": {"level": "default:info"},
        "multiCluster": {"clusterName": "Kubernetes"},
        "proxy": {
            "image": "proxyv2",
            "clusterDomain": "cluster.local",
            "componentLogLevel": "misc:error",
            "excludeInboundPorts": "",
            "excludeIPRanges": "",
            "excludeOutboundPorts": "",
            "includeIPRanges": "*",
            "includeInboundPorts": "*",
            "logLevel": "warning",
            "privileged": False,
            "readinessFailureThreshold": 30,
            "readinessInitialDelaySeconds": 1,
            "readinessPeriodSeconds": 2,
            "resources": {
                "limits": {"cpu": "2000m", "memory": "1024Mi"},
                "requests": {"cpu": "100m", "memory": "128Mi"},
            },
            "startupProbe": {"enabled": True, "failureThreshold": 600},
            "statusPort": 15020,
            "holdApplicationUntilProxyStarts": False,
        },
        "proxy_init": {"image": "proxyv2"},
        "sds": {"token": {"aud": "istio-ca"}},
    },
    "sidecarInjectorWebhook": {"rewriteAppHTTPProbe": True},
    "revision": "",
}
"""values.yaml of the chart istio-discovery, as far as the templates read it."""

NATIVE_SIDECARS_SINCE = (1, 27)
STARTUP_PROBE_SINCE = (1, 20)
_WITH_STARTUP_PROBE = {
    "readinessFailureThreshold": 4,
    "readinessInitialDelaySeconds": 0,
    "readinessPeriodSeconds": 15,
}
"""How often a proxy's readiness is asked where a startup probe comes before."""


@dataclass(frozen=True, slots=True)
class InjectionSettings:
    """`version` is istiod's (major, minor); `revision` as in the label istio.io/rev."""

    values: Json = field(default_factory=lambda: DEFAULTS)
    mesh: Json = field(default_factory=dict)
    config: Json = field(default_factory=dict)
    revision: str = "default"
    version: tuple[int, int] = (1, 11)

    def value(self, *path: str) -> Any:
        """A value by its path, None where there is none."""
        found: Any = self.values
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def proxy(self, name: str) -> Any:
        return self.value("global", "proxy", name)

    @property
    def proxy_config(self) -> Json:
        found: Json = self.mesh.get("defaultConfig") or {}
        return found

    @property
    def status_port(self) -> int:
        return int(self.proxy_config.get("statusPort") or self.proxy("statusPort") or 15020)

    @property
    def native_sidecars(self) -> bool:
        return self.version >= NATIVE_SIDECARS_SINCE

    @property
    def trust_domain(self) -> str:
        return str(self.mesh.get("trustDomain") or self.value("global", "trustDomain") or "cluster.local")

    def for_pod(self, annotations: Mapping[str, str]) -> InjectionSettings:
        """With the pod's own proxy configuration. Raises ValueError where it can't be read."""
        text = annotations.get("proxy.istio.io/config")
        if not text:
            return self
        own = read(text, "could not parse the annotation proxy.istio.io/config")
        return replace(self, mesh={**self.mesh, "defaultConfig": merged(self.proxy_config, own)})

    @property
    def holds_application(self) -> bool:
        own = self.proxy_config.get("holdApplicationUntilProxyStarts")
        return bool(own) or bool(self.proxy("holdApplicationUntilProxyStarts"))


def settings_of(
    mesh: str, values: str, config: str, *, revision: str = "default", tag: str = ""
) -> InjectionSettings:
    """Of the texts in the ConfigMaps; `tag` is that of istiod's own image. Raises ValueError."""
    own = json.loads(values or "{}")
    version = version_of(tag or str((own.get("global") or {}).get("tag") or ""))
    defaults = DEFAULTS
    if version >= STARTUP_PROBE_SINCE:
        defaults = merged(DEFAULTS, {"global": {"proxy": _WITH_STARTUP_PROBE}})
    return InjectionSettings(
        values=merged(defaults, own),
        mesh=read(mesh, "could not parse the mesh configuration"),
        config=read(config, "could not parse the injection configuration"),
        revision=revision or "default",
        version=version,
    )


def version_of(tag: str) -> tuple[int, int]:
    """(1, 11) of 1.11.3-distroless; 1.11 where it says nothing."""
    found = re.match(r"v?(\d+)\.(\d+)", tag)
    return (int(found[1]), int(found[2])) if found else (1, 11)


def read(text: str, problem: str) -> Json:
    try:
        found = yaml.safe_load(text or "")
    except yaml.YAMLError as error:
        raise ValueError(f"{problem}: {error}") from None
    return found if isinstance(found, dict) else {}


def merged(under: Json, over: Json) -> Json:
    """Both, the second above; nested."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
