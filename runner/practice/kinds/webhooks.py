"""What both kinds of webhook configurations have in common."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.machinery.patch.list_types import BY_NAME, ListRule, Path
from runner.practice.machinery.tables.columns import Object, View, printer


def v1beta1_to_storage(obj: Object) -> Object:
    """What v1beta1 takes for granted and v1 wants to be reported, or takes otherwise."""
    for hook in obj.get("webhooks") or ():
        for name, value in (
            ("admissionReviewVersions", ["v1beta1"]),
            ("failurePolicy", "Ignore"),
            ("matchPolicy", "Exact"),
            ("sideEffects", "Unknown"),
            ("timeoutSeconds", 30),
        ):
            if hook.get(name) in (None, []):
                hook[name] = value
    return obj


def default_webhooks(obj: Object, minor: int) -> None:
    for hook in obj.get("webhooks") or ():
        fill(
            hook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            namespaceSelector={},
            objectSelector={},
            timeoutSeconds=10,
        )
        found = (hook.get("clientConfig") or {}).get("service")
        if found:
            fill(found, port=443)
        for rule in hook.get("rules") or ():
            fill(rule, scope="*")


def _cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("webhooks") or ()), view.age(obj)]


WEBHOOKS_PRINTER = printer(_cells, "Name", "Webhooks:integer", "Age")


WEBHOOK_LISTS: dict[Path, ListRule] = {("webhooks",): BY_NAME}
