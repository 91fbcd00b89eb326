"""/healthz, /livez and /readyz: a server that answers is well, and says so in a real API server's words."""

from __future__ import annotations

from collections.abc import Sequence

from runner.practice.machinery.errors import no_such_resource
from runner.practice.machinery.kind import FOREVER

ENDPOINTS = ("/healthz", "/livez", "/readyz")
READY = ("/readyz",)

_CHECKS: tuple[tuple[str, int, int, Sequence[str]], ...] = (
    ("ping", 0, FOREVER, ENDPOINTS),
    ("log", 0, FOREVER, ENDPOINTS),
    ("etcd", 0, FOREVER, ENDPOINTS),
    ("etcd-readiness", 26, FOREVER, READY),
    ("informer-sync", 0, FOREVER, READY),
    ("poststarthook/start-kube-apiserver-admission-initializer", 0, 27, ENDPOINTS),
    ("poststarthook/start-apiserver-admission-initializer", 28, FOREVER, ENDPOINTS),
    ("poststarthook/generic-apiserver-start-informers", 0, FOREVER, ENDPOINTS),
    ("poststarthook/priority-and-fairness-config-consumer", 20, FOREVER, ENDPOINTS),
    ("poststarthook/priority-and-fairness-filter", 20, FOREVER, ENDPOINTS),
    ("poststarthook/storage-object-count-tracker-hook", 23, FOREVER, ENDPOINTS),
    ("poststarthook/start-apiextensions-informers", 0, FOREVER, ENDPOINTS),
    ("poststarthook/start-apiextensions-controllers", 0, FOREVER, ENDPOINTS),
    ("poststarthook/crd-informer-synced", 0, FOREVER, ENDPOINTS),
    ("poststarthook/start-system-namespaces-controller", 27, FOREVER, ENDPOINTS),
    ("poststarthook/bootstrap-controller", 0, FOREVER, ENDPOINTS),
    ("poststarthook/rbac/bootstrap-roles", 0, FOREVER, ENDPOINTS),
    ("poststarthook/scheduling/bootstrap-system-priority-classes", 0, FOREVER, ENDPOINTS),
    ("poststarthook/priority-and-fairness-config-producer", 20, FOREVER, ENDPOINTS),
    ("poststarthook/start-cluster-authentication-info-controller", 0, FOREVER, ENDPOINTS),
    ("poststarthook/aggregator-reload-proxy-client-cert", 22, FOREVER, ENDPOINTS),
    ("poststarthook/start-kube-aggregator-informers", 0, FOREVER, ENDPOINTS),
    ("poststarthook/apiservice-registration-controller", 0, FOREVER, ENDPOINTS),
    ("poststarthook/apiservice-status-available-controller", 0, 30, ENDPOINTS),
    ("poststarthook/apiservice-status-local-available-controller", 31, FOREVER, ENDPOINTS),
    ("poststarthook/apiservice-status-remote-available-controller", 31, FOREVER, ENDPOINTS),
    ("poststarthook/apiservice-discovery-controller", 26, FOREVER, ENDPOINTS),
    ("poststarthook/kube-apiserver-autoregistration", 0, FOREVER, ENDPOINTS),
    ("autoregister-completion", 0, FOREVER, ENDPOINTS),
    ("poststarthook/apiservice-openapi-controller", 0, FOREVER, ENDPOINTS),
    ("poststarthook/apiservice-openapiv3-controller", 24, FOREVER, ENDPOINTS),
    ("shutdown", 0, FOREVER, READY),
)
"""(check, first and last minor that makes it, where it counts), in the order in which they are reported."""


def is_health(path: str) -> bool:
    """Whether the path is one of a health endpoint or of one of its checks."""
    return path in ENDPOINTS or path.startswith(tuple(f"{endpoint}/" for endpoint in ENDPOINTS))


def health(path: str, minor: int, *, verbose: bool, excluded: Sequence[str] = ()) -> str:
    """What a health endpoint, or one of its checks, answers. Raises ApiError (404) for a check that there is not."""
    endpoint, _, asked = path.removeprefix("/").partition("/")
    checks = [
        name for name, since, until, where in _CHECKS if since <= minor <= until and f"/{endpoint}" in where
    ]
    if path != f"/{endpoint}":
        if asked not in checks:
            raise no_such_resource()
        return "ok"
    if not verbose:
        return "ok"
    lines = [f"[+]{name} excluded: ok" if name in excluded else f"[+]{name} ok" for name in checks]
    unknown = ", ".join(f'"{name}"' for name in sorted(set(excluded) - set(checks)))
    if unknown:
        lines.append(f"warn: some health checks cannot be excluded: no matches for {unknown}")
    return "\n".join([*lines, f"{endpoint} check passed", ""])
