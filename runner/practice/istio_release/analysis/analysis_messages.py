"""The messages of `istioctl analyze`, with Istio's codes, levels and words (galley/pkg/config/analysis/msg/messages.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

LEVELS = ("Info", "Warning", "Error")
SLASHED_SINCE = 17
"""From which version an object is shown as namespace/name; before it was name.namespace."""

MESSAGES: Mapping[str, tuple[str, str]] = {
    "IST0101": ("Error", "Referenced {0} not found: {1}"),
    "IST0102": (
        "Info",
        "The namespace is not enabled for Istio injection. Run 'kubectl label namespace {0} istio-injection=enabled' to enable"
        " it, or 'kubectl label namespace {0} istio-injection=disabled' to explicitly mark it as not needing injection.",
    ),
    "IST0103": (
        "Warning",
        "The pod is missing the Istio proxy. This can often be resolved by restarting or redeploying the workload.",
    ),
    "IST0104": (
        "Warning", "The gateway refers to a port that is not exposed on the workload (pod selector {0}; port {1})",
    ),
    "IST0105": (
        "Warning",
        "The image of the Istio proxy running on the pod does not match the image defined in the injection configuration (pod"
        " image: {0}; injection configuration image: {1}). This often happens after upgrading the Istio control-plane and can"
        " be fixed by redeploying the pod.",
    ),
    "IST0106": ("Error", "Schema validation error: {0}"),
    "IST0107": ("Warning", "Misplaced annotation: {0} can only be applied to {1}"),
    "IST0108": ("Warning", "Unknown annotation: {0}"),
    "IST0109": (
        "Error",
        "The VirtualServices {0} associated with mesh gateway define the same host {1} which can lead to undefined behavior."
        " This can be fixed by merging the conflicting VirtualServices into a single resource.",
    ),
    "IST0112": (
        "Error",
        'This VirtualService routes to a service "{0}" that exposes multiple ports {1}. Specifying a port in the destination'
        " is required to disambiguate.",
    ),
    "IST0118": (
        "Info", "Port name {0} (port: {1}, targetPort: {2}) doesn't follow the naming convention of Istio port.",
    ),
    "IST0122": ("Warning", 'Field "{0}" regular expression invalid: "{1}" ({2})'),
    "IST0123": (
        "Warning",
        "The namespace has both new and legacy injection labels. Run 'kubectl label namespace {0} istio.io/rev-' or 'kubectl"
        " label namespace {0} istio-injection-'",
    ),
    "IST0127": ("Warning", "No matching workloads for this resource with the following labels: {0}"),
    "IST0128": (
        "Error",
        "DestinationRule {0} in namespace {1} has TLS mode set to {2} but no caCertificates are set to validate server"
        " identity for host: {3}",
    ),
    "IST0130": ("Warning", "VirtualService rule {0} not used ({1})."),
    "IST0132": ("Warning", "one or more host {0} defined in VirtualService {1} not found in Gateway {2}."),
    "IST0133": ("Warning", "Schema validation warning: {0}"),
    "IST0134": ("Warning", "ServiceEntry addresses are required for this protocol."),
    "IST0145": (
        "Error", "Conflict with gateways {0} (workload selector {1}, port {2}, hosts {3}).",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One message about one object; `where` is the line of a file, or ""."""

    code: str
    obj: Json
    words: tuple[str, ...] = ()
    where: str = ""

    @property
    def level(self) -> str:
        return MESSAGES[self.code][0]

    @property
    def text(self) -> str:
        return MESSAGES[self.code][1].format(*self.words)

    def shown(self, minor: int) -> str:
        """As analyze prints it."""
        return f"{self.level} [{self.code}] ({origin(self.obj, minor)}{self.where}) {self.text}"


def origin(obj: Json, minor: int) -> str:
    """Kind and name, as that version shows them."""
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    if not namespace:
        return f"{obj['kind']} {meta['name']}"
    if minor >= SLASHED_SINCE:
        return f"{obj['kind']} {namespace}/{meta['name']}"
    return f"{obj['kind']} {meta['name']}.{namespace}"


def in_order(findings: list[Finding]) -> list[Finding]:
    """The worst first, then by code and object."""
    return sorted(
        findings,
        key=lambda f: (-LEVELS.index(f.level), f.code, f.obj["kind"], f.obj["metadata"].get("namespace") or "",
                       f.obj["metadata"]["name"]),
    )  # fmt: skip
