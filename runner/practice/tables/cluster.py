"""Tables of the cluster's own: nodes, namespaces, events, settings, limits, leases, webhooks."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.cells import NONE, UNKNOWN, UNSET
from runner.practice.machinery.tables.columns import Column, Object, Printer, View, printer

ROLE = "node-role.kubernetes.io/"


def node(obj: Object, view: View) -> list[Any]:
    meta, status = obj["metadata"], obj.get("status") or {}
    ready = next((c for c in status.get("conditions") or () if c.get("type") == "Ready"), None)
    words = ["Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"]
    if (obj.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    info = status.get("nodeInfo") or {}
    return [
        meta["name"],
        ",".join(words),
        _roles(meta.get("labels") or {}),
        view.age(obj),
        info.get("kubeletVersion", ""),
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _roles(labels: Object) -> str:
    found = {label.removeprefix(ROLE) for label in labels if label.startswith(ROLE)} - {""}
    if labels.get("kubernetes.io/role"):
        found.add(labels["kubernetes.io/role"])
    return ",".join(sorted(found)) or NONE


def _address(status: Object, kind: str) -> str:
    return next((a["address"] for a in status.get("addresses") or () if a.get("type") == kind), NONE)


def namespace(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("status") or {}).get("phase", ""), view.age(obj)]


def event(obj: Object, view: View) -> list[Any]:
    involved, series = obj.get("involvedObject") or {}, obj.get("series")
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    last, count = obj.get("lastTimestamp") or first, obj.get("count") or 1
    if series:
        last, count = series.get("lastObservedTime") or last, series.get("count") or count
    return [
        view.since(last),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{involved.get('kind', '').lower()}/{involved.get('name', '')}",
        involved.get("fieldPath", ""),
        _source(obj),
        obj.get("message", "").strip(),
        view.since(first),
        count,
        obj["metadata"]["name"],
    ]


def _source(obj: Object) -> str:
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent", "")
    host = source.get("host") or (obj.get("reportingInstance", "") if not source.get("component") else "")
    return ", ".join(part for part in (component, host) if part)


def config_map(obj: Object, view: View) -> list[Any]:
    count = len(obj.get("data") or ()) + len(obj.get("binaryData") or ())
    return [obj["metadata"]["name"], count, view.age(obj)]


def secret(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or ()), view.age(obj)]


def service_account(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("secrets") or ()), view.age(obj)]


def quota(obj: Object, view: View) -> list[Any]:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    told: dict[bool, list[str]] = {False: [], True: []}
    for name in sorted(hard):
        told[name.startswith("limits.")].append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [obj["metadata"]["name"], view.age(obj), ", ".join(told[False]), ", ".join(told[True])]


def lease(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], (obj.get("spec") or {}).get("holderIdentity", ""), view.age(obj)]


def priority_class(obj: Object, view: View) -> list[Any]:
    return [
        obj["metadata"]["name"],
        obj.get("value", 0),
        bool(obj.get("globalDefault")),
        view.age(obj),
        obj.get("preemptionPolicy", ""),
    ]


def runtime_class(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("handler", ""), view.age(obj)]


def webhooks(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("webhooks") or ()), view.age(obj)]


def admission_policy(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    kind = spec.get("paramKind")
    told = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET
    return [obj["metadata"]["name"], len(spec.get("validations") or ()), told, view.age(obj)]


def admission_binding(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    found, told = spec.get("paramRef"), UNSET
    if found:
        told = "/".join(part for part in (found.get("namespace"), found.get("name")) if part)
    return [obj["metadata"]["name"], spec.get("policyName", ""), told, view.age(obj)]


def api_service(obj: Object, view: View) -> list[Any]:
    service = (obj.get("spec") or {}).get("service")
    place = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    conditions = (obj.get("status") or {}).get("conditions") or ()
    available = next((c for c in conditions if c.get("type") == "Available"), {"status": "Unknown"})
    told = available.get("status", "")
    if told != "True":
        told = f"{told} ({available.get('reason', '')})" if available.get("reason") else told
    return [obj["metadata"]["name"], place, told, view.age(obj)]


def component_status(obj: Object, view: View) -> list[Any]:
    found: Object = next((c for c in obj.get("conditions") or () if c.get("type") == "Healthy"), {})
    word = {"True": "Healthy", "False": "Unhealthy"}.get(found.get("status", ""), "Unknown")
    return [obj["metadata"]["name"], word, found.get("message", ""), found.get("error", "")]


_WEBHOOKS = printer(webhooks, "Name", "Webhooks:integer", "Age")

PRINTERS: dict[str, Printer] = {
    "nodes": printer(
        node,
        "Name",
        "Status",
        "Roles",
        "Age",
        "Version",
        wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
    ),
    "events": Printer(
        (
            Column("Last Seen"),
            Column("Type"),
            Column("Reason"),
            Column("Object"),
            Column("Subobject", priority=1),
            Column("Source", priority=1),
            Column("Message"),
            Column("First Seen", priority=1),
            Column("Count", priority=1),
            Column("Name", format="name", priority=1),
        ),
        event,
    ),
    "namespaces": printer(namespace, "Name", "Status", "Age"),
    "configmaps": printer(config_map, "Name", "Data", "Age"),
    "secrets": printer(secret, "Name", "Type", "Data", "Age"),
    "serviceaccounts": printer(service_account, "Name", "Secrets", "Age"),
    "resourcequotas": printer(quota, "Name", "Age", "Request", "Limit"),
    "leases.coordination.k8s.io": printer(lease, "Name", "Holder", "Age"),
    "priorityclasses.scheduling.k8s.io": printer(
        priority_class, "Name", "Value:integer", "Global-Default:boolean", "Age", "PreemptionPolicy@32"
    ),
    "runtimeclasses.node.k8s.io": printer(runtime_class, "Name", "Handler", "Age"),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "validatingadmissionpolicies.admissionregistration.k8s.io": printer(
        admission_policy, "Name", "Validations:integer", "ParamKind", "Age"
    ),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": printer(
        admission_binding, "Name", "PolicyName", "ParamRef", "Age"
    ),
    "apiservices.apiregistration.k8s.io": printer(api_service, "Name", "Service", "Available", "Age"),
    "componentstatuses": printer(component_status, "Name", "Status", "Message", "Error"),
}
