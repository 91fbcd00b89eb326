"""Whether a pod gets a sidecar, once its webhook is asked (istio 1.11.3, pkg/kube/inject/inject.go: injectRequired)."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.istiod.injection_settings import InjectionSettings

Json = dict[str, Any]

IGNORED_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")
INJECT = "sidecar.istio.io/inject"
STATUS = "sidecar.istio.io/status"


def inject_required(pod: Json, settings: InjectionSettings, namespace: str) -> bool:
    """The selectors of the webhook have matched already."""
    meta = pod.get("metadata") or {}
    if (pod.get("spec") or {}).get("hostNetwork") or namespace in IGNORED_NAMESPACES:
        return False
    labels, annotations = meta.get("labels") or {}, meta.get("annotations") or {}
    word = str(
        labels.get(INJECT)
        if settings.version >= (1, 13) and INJECT in labels
        else annotations.get(INJECT, "")
    )
    if word:
        return word.lower() in ("y", "yes", "true", "on")
    for name, answer in (("neverInjectSelector", False), ("alwaysInjectSelector", True)):
        if any(_selects(selector, labels) for selector in settings.config.get(name) or ()):
            return answer
    return bool(settings.config.get("policy", "enabled") == "enabled")


def _selects(selector: Json, labels: Json) -> bool:
    equal, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or ()
    if not equal and not expressions:
        return False
    return all(labels.get(key) == value for key, value in equal.items()) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Json, labels: Json) -> bool:
    key, values = str(expression.get("key")), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
