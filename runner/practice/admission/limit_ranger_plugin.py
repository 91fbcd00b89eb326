"""LimitRanger: applies the defaults and bounds of a namespace's LimitRanges to pods and claims.

The words are those of k8s.io/kubernetes, plugin/pkg/admission/limitranger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.validation.quantity_format import amount, canonical

Object = dict[str, Any]
Amounts = Mapping[str, str]
Rule = Callable[[str, str, str, Amounts, Amounts], str]

RESOURCE = "limitranges"
ANNOTATION = "kubernetes.io/limit-ranger"
CLAIMS = "persistentvolumeclaims"


@enter
class LimitRanger(Plugin):
    """Fills in requests and limits of new pods, and refuses pods and claims that are out of bounds."""

    name = "LimitRanger"
    resources = frozenset({"pods", CLAIMS})

    def admit(self, request: Request) -> None:
        if request.resource != "pods" or request.operation != "CREATE":
            return
        for found in request.store.list(RESOURCE, request.namespace):
            request.object = with_defaults(request.object, found)

    def check(self, request: Request) -> None:
        if request.operation == "DELETE" or (request.resource == "pods" and request.operation != "CREATE"):
            return
        for found in request.store.list(RESOURCE, request.namespace):
            items = found["spec"].get("limits") or ()
            problems = [word for item in items for word in _problems(request, item)]
            if problems:
                message = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
                raise request.forbidden(message)


def with_defaults(pod: Object, limit_range: Object) -> Object:
    """The pod with the range's default requests and limits, and the annotation that reports them."""
    items = [item for item in limit_range["spec"].get("limits") or () if item.get("type") == "Container"]
    limits = {name: value for item in items for name, value in (item.get("default") or {}).items()}
    requests = {name: value for item in items for name, value in (item.get("defaultRequest") or {}).items()}
    if not limits and not requests:
        return pod
    message: list[str] = []
    spec = dict(pod["spec"])
    for field, word in (("containers", "container"), ("initContainers", "init container")):
        if not spec.get(field):
            continue
        spec[field] = [_filled(each, requests, limits, word, message) for each in spec[field]]
    pod = {**pod, "spec": spec}
    if message:
        annotations = {**(pod["metadata"].get("annotations") or {})}
        annotations[ANNOTATION] = f"LimitRanger plugin set: {'; '.join(message)}"
        pod["metadata"] = {**pod["metadata"], "annotations": annotations}
    return pod


def _filled(container: Object, requests: Amounts, limits: Amounts, word: str, message: list[str]) -> Object:
    resources = dict(container.get("resources") or {})
    for part, defaults in (("requests", requests), ("limits", limits)):
        missing = {n: v for n, v in defaults.items() if n not in (resources.get(part) or {})}
        if missing:
            resources[part] = {**(resources.get(part) or {}), **missing}
            message.append(f"{', '.join(sorted(missing))} {part[:-1]} for {word} {container['name']}")
    return {**container, "resources": resources}


def _problems(request: Request, item: Object) -> Iterator[str]:
    kind, obj = item.get("type"), request.object
    if request.resource == CLAIMS:
        if kind == "PersistentVolumeClaim":
            asked = (obj["spec"].get("resources") or {}).get("requests") or {}
            yield from _violations(item, (("min", _least_claim), ("max", _most_claim)), asked, {})
        return
    if kind == "Container":
        every = [*(obj["spec"].get("containers") or ()), *(obj["spec"].get("initContainers") or ())]
        for container in every:
            resources = container.get("resources") or {}
            yield from _violations(
                item, _RULES, resources.get("requests") or {}, resources.get("limits") or {}
            )
    elif kind == "Pod":
        yield from _violations(item, _RULES, _total(obj, "requests"), _total(obj, "limits"))


def _violations(
    item: Object, rules: Iterable[tuple[str, Rule]], requests: Amounts, limits: Amounts
) -> Iterator[str]:
    for field, rule in rules:
        for resource, bound in (item.get(field) or {}).items():
            message = rule(resource, item["type"], bound, requests, limits)
            if message:
                yield message


def _total(pod: Object, part: str) -> Amounts:
    """The sum over its containers, or a single init container's amount if that is larger."""
    amounts = [(each.get("resources") or {}).get(part) or {} for each in pod["spec"].get("containers") or ()]
    names = set.intersection(*(set(each) for each in amounts)) if amounts else set()
    total = {name: sum((amount(each[name]) for each in amounts), Decimal(0)) for name in names}
    for container in pod["spec"].get("initContainers") or ():
        for name, value in ((container.get("resources") or {}).get(part) or {}).items():
            total[name] = max(total.get(name, Decimal(0)), amount(value))
    return {name: _shown(name, value) for name, value in total.items()}


def _shown(resource: str, value: Decimal) -> str:
    """Sums are shown in decimal units: whole numbers, and thousandths for CPU."""
    text = canonical(format(value, "f"))
    return text if resource == "cpu" else text.removesuffix("m")


def _least(resource: str, kind: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    if resource not in requests:
        return f"minimum {resource} usage per {kind} is {bound}.  No request is specified"
    if amount(requests[resource]) < amount(bound):
        return f"minimum {resource} usage per {kind} is {bound}, but request is {requests[resource]}"
    if resource in limits and amount(limits[resource]) < amount(bound):
        return f"minimum {resource} usage per {kind} is {bound}, but limit is {limits[resource]}"
    return ""


def _most(resource: str, kind: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    if resource not in limits:
        return f"maximum {resource} usage per {kind} is {bound}.  No limit is specified"
    if amount(limits[resource]) > amount(bound):
        return f"maximum {resource} usage per {kind} is {bound}, but limit is {limits[resource]}"
    if resource in requests and amount(requests[resource]) > amount(bound):
        return f"maximum {resource} usage per {kind} is {bound}, but request is {requests[resource]}"
    return ""


def _ratio(resource: str, kind: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    start = f"{resource} max limit to request ratio per {kind} is {bound}, but"
    if not amount(requests.get(resource, "0")):
        return f"{start} no request is specified or request is 0"
    if not amount(limits.get(resource, "0")):
        return f"{start} no limit is specified or limit is 0"
    ratio = amount(limits[resource]) / amount(requests[resource])
    return f"{start} provided ratio is {ratio:.6f}" if ratio > amount(bound) else ""


def _least_claim(resource: str, kind: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    return _least(resource, kind, bound, requests, {})


def _most_claim(resource: str, kind: str, bound: str, requests: Amounts, limits: Amounts) -> str:
    if resource not in requests:
        return f"maximum {resource} usage per {kind} is {bound}.  No request is specified"
    if amount(requests[resource]) > amount(bound):
        return f"maximum {resource} usage per {kind} is {bound}, but request is {requests[resource]}"
    return ""


_RULES: tuple[tuple[str, Rule], ...] = (("min", _least), ("max", _most), ("maxLimitRequestRatio", _ratio))
