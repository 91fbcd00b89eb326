"""A control plane of a revision: istiod-canary beside istiod, and the webhooks that ask it."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

SYSTEM = "istio-system"


def of_revision(obj: Json, revision: str) -> Json:
    """An object of the installation without a name, under the revision's names."""
    made: Json = json.loads(
        json.dumps(obj).replace(f"istiod.{SYSTEM}.svc", f"istiod-{revision}.{SYSTEM}.svc")
    )
    meta = made["metadata"]
    labels = meta.get("labels") or {}
    if "istio.io/rev" in labels:
        labels["istio.io/rev"] = revision
    if labels.get("operator.istio.io/component") == "Pilot":
        meta["name"] = _revised_name(meta["name"], revision)
        _rename_references(made, revision)
    if made["kind"] == "Deployment":
        made["spec"]["template"]["metadata"]["labels"]["istio.io/rev"] = revision
    for hook in made.get("webhooks") or ():
        _rename_hook(hook, revision)
    if made["kind"] == "MutatingWebhookConfiguration":
        made["webhooks"] = [each for each in made["webhooks"] if each["name"].startswith("rev.")]
    return made


def named(name: str, revision: str) -> str:
    return f"{name}-{revision}" if revision else name


def _rename_references(made: Json, revision: str) -> None:
    """What an object of the control plane names of others."""
    if made["kind"] == "Deployment":
        made["spec"]["selector"]["matchLabels"]["istio.io/rev"] = revision
        spec = made["spec"]["template"]["spec"]
        spec["serviceAccountName"] = named("istiod", revision)
        for volume in spec["volumes"]:
            if "configMap" in volume:
                volume["configMap"]["name"] = _revised_name(volume["configMap"]["name"], revision)
    if made["kind"] == "Service":
        made["spec"]["selector"]["istio.io/rev"] = revision
    if made["kind"].endswith("Binding"):
        for each in (made["roleRef"], *made["subjects"]):
            each["name"] = _revised_name(each["name"], revision)


def _rename_hook(hook: Json, revision: str) -> None:
    hook["clientConfig"]["service"]["name"] = named("istiod", revision)
    for selector in (hook.get("namespaceSelector"), hook.get("objectSelector")):
        for each in (selector or {}).get("matchExpressions") or ():
            if each["key"] == "istio.io/rev" and each.get("values") == ["default"]:
                each["values"] = [revision]


def _revised_name(name: str, revision: str) -> str:
    """istiod -> istiod-canary, istio-validator-istio-system -> istio-validator-canary-istio-system."""
    if name.endswith(f"-{SYSTEM}"):
        return f"{name.removesuffix(f'-{SYSTEM}')}-{revision}-{SYSTEM}"
    return named(name, revision)
