"""The objects of a profile: the manifests beside this program, with the hub and the tag put in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, List, NamedTuple

MANIFESTS = Path(__file__).resolve().parents[1] / "demo"
VERSION = "1.11.3"

FILES = {
    "Istio core": "1-core.yaml",
    "Istiod": "2-istiod.yaml",
    "Ingress gateways": "3-ingressgateway.yaml",
    "Egress gateways": "4-egressgateway.yaml",
}
PROFILES: Dict[str, List[str]] = {
    "default": ["Istio core", "Istiod", "Ingress gateways"],
    "demo": list(FILES),
    "empty": [],
    "minimal": ["Istio core", "Istiod"],
}
ALL_PROFILES = ["default", "demo", "empty", "external", "minimal", "openshift", "preview", "remote"]
FIRST = ["CustomResourceDefinition", "ServiceAccount", "ConfigMap"]  # what the others need to be there


class Manifest(NamedTuple):
    """One object of a manifest file."""

    kind: str
    namespace: str  # empty where it belongs to no namespace
    name: str
    text: str


def manifests(component: str, hub: str, tag: str) -> List[Manifest]:
    """A component's objects in the order of its file."""
    text = (MANIFESTS / FILES[component]).read_text(encoding="utf-8")
    text = text.replace("@HUB@", hub).replace("@TAG@", tag)
    return [_read(part) for part in text.split("\n---\n")]


def in_install_order(objects: List[Manifest]) -> List[Manifest]:
    """What other objects need comes first; otherwise as it was."""
    return sorted(objects, key=lambda one: FIRST.index(one.kind) if one.kind in FIRST else len(FIRST))


def as_text(objects: List[Manifest]) -> str:
    return "\n---\n".join(one.text for one in objects)


def _read(text: str) -> Manifest:
    def field(pattern: str) -> str:
        found = re.search(pattern, text, re.MULTILINE)
        return found[1] if found else ""

    return Manifest(field(r"^kind: (\S+)"), field(r"^  namespace: (\S+)"), field(r"^  name: (\S+)"), text)
