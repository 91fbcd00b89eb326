"""What both kinds of webhook configurations have in common: all but a default and their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.webhook_rules import webhooks
from runner.practice.machinery.kind import FOREVER, Conversion, Kind, Version
from runner.practice.machinery.patch.list_types import BY_NAME
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


def webhook_configuration(
    name: str, plural: str, set_defaults: Callable[[Object, int], None] = default_webhooks
) -> Kind:
    """A kind of webhook configurations."""
    return Kind(
        group="admissionregistration.k8s.io",
        name=name,
        plural=plural,
        versions=(Version("v1"), Version("v1beta1", until=21, deprecated=16)),
        categories=("api-extensions",),
        namespaced=False,
        set_defaults=set_defaults,
        validate=webhooks,
        conversions={"v1beta1": Conversion(v1beta1_to_storage)},
        optional_in={"v1beta1": (("webhooks", "admissionReviewVersions"), ("webhooks", "sideEffects"))},
        versioned_updates_until=FOREVER,
        generation_since=0,
        printer=printer(_cells, "Name", "Webhooks:integer", "Age"),
        list_types={("webhooks",): BY_NAME},
    )
