"""Pods without Istio's sidecar: injection is off, is for other pods, was turned on later, or the pods opt out.

The injector's own webhooks show which pods are injected: an installation may cover one revision only. Where there is no
such webhook, nothing injects, whenever the pods were created.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.diagnosis.istio import has_sidecar
from checks.object_fields import at, mappings_at, name_of, text_at
from checks.phrase import phrase
from checks.selectors import selects

INJECTION, REVISION, ASKED = "istio-injection", "istio.io/rev", "sidecar.istio.io/inject"
Labels = Mapping[str, object]


async def no_sidecar(world: World, namespace: str, pods: Sequence[Object]) -> Finding | None:
    """For pods that should have a sidecar but don't."""
    bare = [pod for pod in pods if not has_sidecar(pod)]
    try:
        home = await world.cluster.get("v1", "Namespace", namespace)
        configurations = await world.cluster.list(
            "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"
        )
    except CannotRead:
        return None
    injectors = [each for each in configurations if "sidecar-injector" in name_of(each)]
    webhooks = [hook for each in injectors for hook in mappings_at(each, "webhooks")]
    if not bare or home is None:
        return None
    if not webhooks:
        return await _no_injector(world, home)
    labels = _labels(home)
    selected = [pod for pod in bare if _any_selects(webhooks, labels, _labels(pod))]
    if not selected:
        return _off(home, bare, webhooks)
    return _refused(selected) or _made_before(home, injectors, selected)


async def _no_injector(world: World, home: Object) -> Finding | None:
    """No webhook injects sidecars: Istio is not installed, or its webhook was removed."""
    label = next(
        (f"{key}={value}" for key, value in _labels(home).items() if key in (INJECTION, REVISION)), ""
    )
    if not label:
        return None  # nobody asked for sidecars yet
    try:
        istiod = await world.cluster.list("apps/v1", "Deployment", "istio-system", "app=istiod")
    except CannotRead:
        return None
    if istiod:
        cause = phrase(
            "Nothing injects sidecars: the webhook istio-sidecar-injector is missing, though istiod is there"
        )
        remedy = phrase("Install Istio again with the same profile; that creates it: {command}",
                        command="istioctl install --set profile=demo -y")  # fmt: skip
    else:
        cause = phrase("Nothing injects sidecars: Istio is not installed in this cluster")
        remedy = phrase("Install Istio, then recreate the pods (kubectl rollout restart).")
    return Finding("no-injector", cause, remedy, ref(home), label, source="mutatingwebhookconfigurations")


def _off(home: Object, bare: Sequence[Object], webhooks: Sequence[Object]) -> Finding | None:
    """No webhook selects them: the namespace has no label, or that of a revision that is not installed."""
    if refusing := _refused(bare):
        return refusing
    namespace, labels = name_of(home), _labels(home)
    wanted = next(
        (each for each in _switches(webhooks) if _any_selects(webhooks, {**_off_labels(labels), **each}, {})),
        None,
    )
    if wanted is None:
        return None
    (key, value) = next(iter(wanted.items()))
    instead = (
        f" {INJECTION}-" if key == REVISION and INJECTION in labels else ""
    )  # it would take precedence over the revision
    command = f"kubectl label namespace {namespace} {key}={value}{instead} --overwrite"
    remedy = phrase(
        "Enable it, then recreate the pods (kubectl rollout restart): {command}",
        command=command,
    )
    shown = REVISION if REVISION in labels and labels.get(INJECTION) is None else INJECTION
    field = f"metadata.labels.{shown}" if shown in labels else "metadata.labels"
    evidence = f"{shown}={labels.get(shown, '')}"
    if labels.get(INJECTION) == "enabled" or labels.get(REVISION):
        return Finding(
            "injection-for-others",
            phrase("No installed Istio injects sidecars for the label {label}", label=evidence),
            remedy, ref(home), evidence, field,
        )  # fmt: skip
    return Finding(
        "injection-off",
        phrase("Sidecar injection is not enabled for the namespace {namespace}", namespace=namespace),
        remedy, ref(home), evidence, field,
    )  # fmt: skip


def _refused(bare: Sequence[Object]) -> Finding | None:
    for pod in bare:
        if _refuses(pod):
            return Finding(
                "injection-refused",
                phrase("The pod's own label or annotation disables the sidecar"),
                phrase("Remove sidecar.istio.io/inject from the pod's template, and apply it again."),
                ref(pod),
                "sidecar.istio.io/inject: false",
                "metadata",
            )
        if at(pod, "spec", "hostNetwork") is True:
            return Finding(
                "injection-not-for-host-network",
                phrase("Istio injects no sidecar into pods that use the node's own network"),
                phrase("Remove hostNetwork from the pod's template, and apply it again."),
                ref(pod),
                "hostNetwork: true",
                "spec.hostNetwork",
            )
    return None


def _made_before(home: Object, injectors: Sequence[Object], bare: Sequence[Object]) -> Finding | None:
    """Only if the times show it: a pod created later lacks its sidecar for another reason."""
    since = max((_created(each) for each in injectors), default="")
    switched = max(since, _labelled_at(home))
    before = [pod for pod in bare if _created(pod) and _created(pod) < switched]
    if not before:
        return None
    namespace = name_of(home)
    return Finding(
        "made-before-injection",
        phrase(
            "The pods were created before injection was enabled for the namespace {namespace}",
            namespace=namespace,
        ),
        phrase("Recreate the pods: {command}", command=f"kubectl rollout restart deployment -n {namespace}"),
        ref(before[0]),
        _created(before[0]),
        "metadata.creationTimestamp",
    )


def _switches(webhooks: Sequence[Object]) -> Iterator[dict[str, str]]:
    """Labels that may turn it on: the usual one, and the revisions that the webhooks select."""
    yield {INJECTION: "enabled"}
    for hook in webhooks:
        for each in mappings_at(hook, "namespaceSelector", "matchExpressions"):
            if each.get("key") == REVISION and each.get("operator") == "In":
                yield from ({REVISION: value} for value in at(each, "values") or () if isinstance(value, str))


def _off_labels(labels: Labels) -> Labels:
    return {key: value for key, value in labels.items() if key not in (INJECTION, REVISION)}


def _any_selects(webhooks: Sequence[Object], home: Labels, pod: Labels) -> bool:
    return any(
        selects(hook.get("namespaceSelector"), home) and selects(hook.get("objectSelector"), pod)
        for hook in webhooks
    )


def _labels(obj: Object) -> Labels:
    labels = at(obj, "metadata", "labels")
    return labels if isinstance(labels, dict) else {}


def _created(obj: Object) -> str:
    return text_at(obj, "metadata", "creationTimestamp")


def _labelled_at(home: Object) -> str:
    """When the namespace got its label, from its managedFields; "" if they don't show it."""
    times = [
        text_at(entry, "time")
        for entry in mappings_at(home, "metadata", "managedFields")
        for label in (INJECTION, REVISION)
        if at(entry, "fieldsV1", "f:metadata", "f:labels", f"f:{label}") is not None
    ]
    return max(times, default="")


def _refuses(pod: Object) -> bool:
    parts = (at(pod, "metadata", "labels"), at(pod, "metadata", "annotations"))
    return any(isinstance(part, dict) and part.get(ASKED) == "false" for part in parts)
