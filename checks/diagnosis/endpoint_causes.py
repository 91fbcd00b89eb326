"""Why a Service has no endpoints: its selector, its ports, or the pods."""

from __future__ import annotations

import difflib
import json
import shlex
from collections.abc import Mapping, Sequence

from checks.base import Finding, Object, World
from checks.diagnosis.ages import age
from checks.diagnosis.evidence import ref
from checks.diagnosis.likeness import nearest
from checks.diagnosis.pod_causes import unready_pods
from checks.diagnosis.rule import Rule, first
from checks.object_fields import as_selector, at, is_going, mappings_at, name_of, number_at, text_at
from checks.patterns import quotation
from checks.phrase import phrase
from checks.service_ports import WantedPort, protocol_of

SETTLED = 3.0
"""Seconds: manifests are applied one after another, so a Service may be created before its pods."""
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
LIKE = 0.6
"""The difflib ratio from which one label value may be meant for another."""


async def nobody_behind(world: World, service: Object) -> tuple[Finding, ...]:
    """Why a Service has no ready endpoint; nothing while pods are starting."""
    found = await first(SERVICE_RULES, world, service)
    return (found,) if found is not None else await unready_pods(world, await pods_behind(world, service))


async def pods_behind(world: World, service: Object) -> Sequence[Object]:
    """The pods that a Service selects, ready or not."""
    selector = as_selector(at(service, "spec", "selector"))
    namespace = text_at(service, "metadata", "namespace")
    return await world.cluster.list("v1", "Pod", namespace, selector) if selector and namespace else []


async def selects_nothing(world: World, service: Object) -> Finding | None:
    """Its selector matches no pod and no workload, but the labels of one are nearly the same."""
    selector = at(service, "spec", "selector")
    if not isinstance(selector, dict) or not selector or await pods_behind(world, service):
        return None
    if age(world, service) < SETTLED:
        return None
    namespace = text_at(service, "metadata", "namespace")
    workloads = [w for kind in WORKLOADS for w in await world.cluster.list("apps/v1", kind, namespace)]
    made = [(w, _labels(at(w, "spec", "template"))) for w in workloads if not is_going(w)]
    pods = [(p, _labels(p)) for p in await world.cluster.list("v1", "Pod", namespace) if not is_going(p)]
    if any(selector.items() <= labels.items() for _, labels in made):
        return None  # its pods will be created: the workload's findings cover that
    near = max(made + pods, key=lambda one: _likeness(selector, one[1]), default=None)
    if near is None or _likeness(selector, near[1]) < LIKE:
        return None
    labels = {key: near[1][key] for key in near[1] if key in selector or not set(selector) & set(near[1])}
    wanted = json.dumps({"spec": {"selector": {**dict.fromkeys(selector), **labels}}})
    evidence = f"selector: {as_selector(selector)}; {near[0]['kind'].lower()}/{name_of(near[0])} has: {as_selector(near[1])}"
    return Finding(
        "selector-matches-nothing",
        phrase("The Service selects no pod: no pod has the labels {labels}", labels=as_selector(selector)),
        phrase(
            "Correct its selector to the labels that the pods have: {command}",
            command=f"kubectl patch service {name_of(service)} -n {namespace} -p {shlex.quote(wanted)}",
        ),
        ref(service),
        quotation(evidence),
        "spec.selector",
    )


async def scaled_to_zero(world: World, service: Object) -> Finding | None:
    """The workload behind it is scaled to zero."""
    selector = at(service, "spec", "selector")
    if not isinstance(selector, dict) or not selector or await pods_behind(world, service):
        return None
    namespace = text_at(service, "metadata", "namespace")
    for kind in WORKLOADS[:2]:
        for workload in await world.cluster.list("apps/v1", kind, namespace):
            takes = selector.items() <= _labels(at(workload, "spec", "template")).items()
            if takes and number_at(workload, "spec", "replicas") == 0:
                return Finding(
                    "scaled-to-zero",
                    phrase("The workload behind the Service is scaled to 0 pods"),
                    phrase(
                        "Scale it to one pod: {command}",
                        command=f"kubectl scale {kind.lower()} {name_of(workload)} -n {namespace} --replicas=1",
                    ),
                    ref(workload),
                    "replicas: 0",
                    "spec.replicas",
                )
    return None


async def port_without_name(world: World, service: Object) -> Finding | None:
    """A named targetPort that no container port of its pods has."""
    pods = [pod for pod in await pods_behind(world, service) if not is_going(pod)]
    if not pods:
        return None
    offered = _container_ports(pods[0])
    names = {text_at(port, "name") for port in offered}
    for index, port in enumerate(mappings_at(service, "spec", "ports")):
        target = port.get("targetPort")
        if not isinstance(target, str) or target.isdigit() or target in names:
            continue
        listed = ", ".join(f"{text_at(p, 'name') or '-'}={number_at(p, 'containerPort')}" for p in offered)
        cause = phrase("No container has a port named {name}, the Service's target port", name=target)
        choice = _meant(target, offered)
        if choice is None:
            remedy = phrase("Correct targetPort of the Service, or name the container's port.")
        else:
            remedy = phrase("Correct targetPort: {command}", command=_retarget(service, index, choice))
        field = f"spec.ports[{index}].targetPort"
        evidence = quotation(f"targetPort: {target}; ports of pod {name_of(pods[0])}: {listed or '-'}")
        return Finding("target-port-unknown", cause, remedy, ref(service), evidence, field)
    return None


async def port_not_declared(world: World, service: Object, number: int) -> Finding | None:
    """The pods are ready but refuse connections on the target port, and declare only other ports."""
    pods = [pod for pod in await pods_behind(world, service) if not is_going(pod)]
    offered = _container_ports(pods[0]) if pods else []
    declared = {number_at(port, "containerPort") for port in offered}
    for index, port in enumerate(mappings_at(service, "spec", "ports")):
        target = port.get("targetPort", number)
        if number_at(port, "port") != number or not isinstance(target, int):
            continue
        if target in declared:
            return None
        if not declared:
            return _nothing_listens(service, index, target, pods) if pods else None
        listed = ", ".join(str(p) for p in sorted(p for p in declared if p))
        command = _retarget(service, index, min(p for p in declared if p))
        return Finding(
            "target-port-not-declared",
            phrase(
                "The pods do not respond on port {port}, the Service's target port; their containers "
                "declare {ports}",
                port=target,
                ports=listed,
            ),
            phrase("Correct targetPort of the Service: {command}", command=command),
            ref(service),
            f"targetPort: {target}; containerPort of pod {name_of(pods[0])}: {listed}",
            f"spec.ports[{index}].targetPort",
        )
    return None


def _nothing_listens(service: Object, index: int, target: int, pods: Sequence[Object]) -> Finding:
    """The pods declare no ports, so nothing is known of which one is right."""
    namespace = text_at(service, "metadata", "namespace")
    return Finding(
        "nothing-listens",
        phrase("Nothing listens on port {port} of the pods, the Service's target port", port=target),
        phrase(
            "Correct targetPort to the port on which the program listens; its log often names it: {command}",
            command=f"kubectl logs {name_of(pods[0])} -n {namespace}",
        ),
        ref(service),
        f"targetPort: {target}; connection refused",
        f"spec.ports[{index}].targetPort",
    )


def port_named_otherwise(service: Object, wanted: Sequence[str]) -> Finding | None:
    """A port with the wanted number (or name) but another name (or number)."""
    ports = mappings_at(service, "spec", "ports")
    for want in wanted:
        wanted_port = WantedPort.parse(want)
        name, number = wanted_port.name, wanted_port.number
        same = [(i, p) for i, p in enumerate(ports) if wanted_port.has_number(p)]
        if not name or any(text_at(p, "name") == name for _, p in same):
            continue
        for index, port in same:
            patch = [{"op": "add", "path": f"/spec/ports/{index}/name", "value": name}]
            return Finding(
                "port-name-differs",
                phrase("Port {port} is not named {name}", port=number, name=name),
                phrase("Correct the name: {command}", command=_json_patch(service, patch)),
                ref(service),
                f"port: {number}, name: {text_at(port, 'name') or '-'}",
                f"spec.ports[{index}].name",
            )
        for index, port in enumerate(ports):
            if text_at(port, "name") == name and protocol_of(port) == wanted_port.protocol:
                renumber: list[Mapping[str, object]] = [
                    {"op": "replace", "path": f"/spec/ports/{index}/port", "value": number}
                ]
                return Finding(
                    "port-number-differs",
                    phrase("The port {name} does not have the number {port}", name=name, port=number),
                    phrase("Correct the number: {command}", command=_json_patch(service, renumber)),
                    ref(service),
                    f"name: {name}, port: {port.get('port')}",
                    f"spec.ports[{index}].port",
                )
    return None


SERVICE_RULES: tuple[Rule, ...] = (scaled_to_zero, selects_nothing, port_without_name)


def _labels(obj: object) -> dict[str, str]:
    labels = at(obj, "metadata", "labels")
    return (
        {k: v for k, v in labels.items() if isinstance(v, str) and len(v) < 64}
        if isinstance(labels, dict)
        else {}
    )


def _likeness(selector: Mapping[str, object], labels: Mapping[str, str]) -> float:
    """1.0 for equal labels; less for missing keys and different values."""
    alike = [
        difflib.SequenceMatcher(None, str(value), labels[key]).ratio()
        if key in labels
        else _by_value(value, labels)
        for key, value in selector.items()
    ]
    return sum(alike) / len(alike)


def _by_value(value: object, labels: Mapping[str, str]) -> float:
    """The value exists under another key (`name` for `app`)."""
    return 0.8 if value in labels.values() else 0.0


def _container_ports(pod: Object) -> list[Object]:
    return [
        port
        for container in mappings_at(pod, "spec", "containers")
        for port in mappings_at(container, "ports")
    ]


def _meant(target: str, offered: Sequence[Object]) -> str | int | None:
    """The container port that a name was meant for: the only one, or one with nearly this name."""
    names = [text_at(port, "name") for port in offered if text_at(port, "name")]
    if near := nearest(target, names):
        return near
    if len(offered) == 1:
        return text_at(offered[0], "name") or number_at(offered[0], "containerPort")
    return None


def _retarget(service: Object, index: int, to: str | int) -> str:
    return _json_patch(service, [{"op": "replace", "path": f"/spec/ports/{index}/targetPort", "value": to}])


def _json_patch(service: Object, patch: Sequence[Mapping[str, object]]) -> str:
    where = f"{name_of(service)} -n {text_at(service, 'metadata', 'namespace')}"
    return f"kubectl patch service {where} --type=json -p {shlex.quote(json.dumps(patch))}"
