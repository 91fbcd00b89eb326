"""Rules of what belongs to the cluster itself: namespaces, nodes, events, leases, runtime and priority classes, CSRs."""

from __future__ import annotations

import ipaddress

from runner.practice.kinds.placement_rules import taints, tolerations
from runner.practice.kinds.resource_rules import container_resource, quantity
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems, Raw

STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def finalizer(problems: Problems, at: str, name: str) -> None:
    names.check(problems, at, name, names.qualified(name))
    if "/" not in name and name not in STANDARD_FINALIZERS:
        problems.invalid(at, name, "name is neither a standard finalizer name nor is it fully qualified")


def namespace(problems: Problems, obj: Object, old: Object | None) -> None:
    for name in (obj.get("spec") or {}).get("finalizers") or ():
        finalizer(problems, "spec.finalizers", name)


def node(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    taints(problems, "metadata.taints", spec.get("taints"))
    first, seen = spec.get("podCIDR"), list(spec.get("podCIDRs") or ())
    if first and first not in seen[:1]:  # the one that old clients set counts
        seen = [first]
    for index, text in enumerate(seen):
        if not _is_network(text):
            why = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            problems.invalid(f"spec.podCIDRs[{index}]", text, why)
    if len(seen) > 2 or (len(seen) == 2 and (":" in seen[0]) == (":" in seen[1])):
        problems.invalid("podCIDRs", seen, "may specify no more than one CIDR for each IP family")
    if old is None:
        return
    before = old.get("spec") or {}
    had = before.get("podCIDRs") or ()
    if had and list(had) != seen:
        problems.forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid')
    if before.get("providerID") and before["providerID"] != spec.get("providerID"):
        problems.forbidden(
            "spec.providerID", 'node updates may not change providerID except from "" to valid'
        )
    free = ("taints", "podCIDR", "podCIDRs", "providerID", "unschedulable", "configSource")
    if any(spec.get(f) != before.get(f) for f in {*spec, *before} if f not in free):
        message = "node updates may only change labels, taints, or capacity"
        if problems.minor < 22:
            message += " (or configSource, if the DynamicKubeletConfig feature gate is enabled)"
        problems.forbidden("", message)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def event(problems: Problems, obj: Object, old: Object | None) -> None:
    named, where = (
        (obj.get("involvedObject") or {}).get("namespace", ""),
        obj["metadata"].get("namespace", ""),
    )
    timed = obj.get("eventTime") is not None
    homes = ("default", "kube-system") if timed else ("default",)
    if (not named and where not in homes) or (named and named != where and not timed):
        problems.invalid("involvedObject.namespace", named, "does not match event.namespace")
    if timed:
        _reported(problems, obj)
    if (problems.group, problems.version) != ("events.k8s.io", "v1") or old is not None:
        return
    if not timed:
        problems.required("eventTime")
    if obj.get("type") not in ("Normal", "Warning"):
        problems.invalid("type", "", f"has invalid value: {obj.get('type', '')}")
    for field in ("firstTimestamp", "lastTimestamp", "count", "source"):
        if obj.get(field):
            problems.invalid(field, "", "needs to be unset")
    series = obj.get("series")
    if series is not None and series.get("count", 0) < 2:
        problems.invalid("series.count", "", "should be at least 2")
    if series is not None and not series.get("lastObservedTime"):
        problems.required("series.lastObservedTime")


def _reported(problems: Problems, obj: Object) -> None:
    """Who reports an event, and what."""
    message = "reportingComponent" if problems.group == "" else "reportingController"
    reporter = obj.get("reportingComponent", "")
    if not reporter:
        problems.required(message)
    names.check(problems, message, reporter, names.qualified(reporter))
    for field in ("reportingInstance", "action", "reason"):
        if not obj.get(field):
            problems.required(field)
        if len(obj.get(field, "")) > 128:
            problems.invalid(field, "", "can have at most 128 characters")
    if len(obj.get("message", "")) > 1024:
        problems.invalid("message", "", "can have at most 1024 characters")


def lease(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if seconds is not None and seconds <= 0:
        problems.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    if transitions is not None and transitions < 0:
        problems.invalid("spec.leaseTransitions", transitions, "must be greater or equal than 0")


def runtime_class(problems: Problems, obj: Object, old: Object | None) -> None:
    handler = obj.get("handler", "")
    names.check(problems, "handler", handler, names.label(handler))
    for name, value in sorted((((obj.get("overhead") or {}).get("podFixed")) or {}).items()):
        at = f"overhead.podFixed[{name}]"
        container_resource(problems, at, name)
        quantity(problems, at, name, value)
    scheduling = obj.get("scheduling") or {}
    names.labels(problems, "scheduling.nodeSelector", scheduling.get("nodeSelector"))
    found = scheduling.get("tolerations") or ()
    tolerations(problems, "scheduling.tolerations", found)
    for index, one in enumerate(found):
        if one in found[:index]:
            problems.duplicate(f"scheduling.tolerations[{index}]", "")
    if old is not None:
        problems.immutable("handler", handler, old.get("handler", ""))


def controller_revision(problems: Problems, obj: Object, old: Object | None) -> None:
    revision = obj.get("revision", 0)
    if obj.get("data") is None:
        problems.required("data", "data is mandatory")
    problems.not_negative("revision", revision)
    if old is not None and obj.get("data") != old.get("data"):
        problems.invalid("data", Raw("runtime.Object{…}"), "field is immutable")
