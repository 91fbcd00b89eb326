"""Rules of pod specs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from runner.practice.kinds.container_rules import containers
from runner.practice.kinds.placement_rules import affinity, spread, tolerations
from runner.practice.kinds.resource_rules import container_resource, quantity
from runner.practice.kinds.security_rules import pod_context
from runner.practice.kinds.volume_rules import POD_SOURCES, sources
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems


def pod_spec(problems: Problems, at: str, spec: Object, claimed: Collection[str] = ()) -> None:
    """A pod's or a template's spec; `at` is where it stands: "spec", "spec.template.spec".

    `claimed` are volumes that it gets besides its own: those of a StatefulSet's volumeClaimTemplates.
    """
    _volumes(problems, f"{at}.volumes", spec.get("volumes") or ())
    volumes: dict[str, Object | None] = dict.fromkeys(claimed)
    volumes |= {volume.get("name", ""): volume for volume in spec.get("volumes") or ()}
    for kind in ("containers", "initContainers"):
        if kind == "containers" and not spec.get(kind):
            problems.required(f"{at}.containers")
        containers(problems, at, kind, spec, volumes)
    problems.one_of(f"{at}.restartPolicy", spec.get("restartPolicy"), ("Always", "OnFailure", "Never"))
    policies = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
    problems.one_of(f"{at}.dnsPolicy", spec.get("dnsPolicy"), policies)
    names.labels(problems, f"{at}.nodeSelector", spec.get("nodeSelector"))
    for field, form in (
        ("serviceAccountName", names.subdomain),
        ("nodeName", names.subdomain),
        ("hostname", names.label),
        ("subdomain", names.label),
    ):
        if spec.get(field):
            names.check(problems, f"{at}.{field}", spec[field], form(spec[field]))
    for index, one in enumerate(spec.get("imagePullSecrets") or ()):
        if not one.get("name") and problems.minor < 30:
            problems.required(f"{at}.imagePullSecrets[{index}].name")
    pod_placement(problems, at, spec)
    pod_context(problems, at, spec)
    _names_and_hosts(problems, at, spec)


def pod_placement(problems: Problems, at: str, spec: Object) -> None:
    tolerations(problems, f"{at}.tolerations", spec.get("tolerations"))
    affinity(problems, f"{at}.affinity", spec.get("affinity") or {})
    spread(problems, f"{at}.topologySpreadConstraints", spec.get("topologySpreadConstraints"))


def _names_and_hosts(problems: Problems, at: str, spec: Object) -> None:
    """How a pod finds others, and what else its spec says of it."""
    _dns(problems, f"{at}.dnsConfig", spec.get("dnsConfig") or {}, spec.get("dnsPolicy"))
    for one in spec.get("hostAliases") or ():
        here = f"{at}.hostAliases.ip"
        if not names.is_ip(one.get("ip", "")):
            problems.invalid(here, one.get("ip", ""), names.IP_WORDS)
        for host in one.get("hostnames") or ():
            names.check(problems, f"{at}.hostAliases.hostnames", host, names.subdomain(host))
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        kind = gate.get("conditionType", "")
        names.check(problems, f"{at}.readinessGates[{index}].conditionType", kind, names.qualified(kind))
    for field in ("runtimeClassName", "priorityClassName"):
        if spec.get(field):
            names.check(problems, f"{at}.{field}", spec[field], names.subdomain(spec[field]))
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= 2**31 - 1:
        problems.invalid(
            f"{at}.activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive"
        )
    if spec.get("preemptionPolicy") not in (None, "Never", "PreemptLowerPriority"):
        problems.unsupported(
            f"{at}.preemptionPolicy", spec["preemptionPolicy"], ("Never", "PreemptLowerPriority")
        )
    for name, value in sorted((spec.get("overhead") or {}).items()):
        container_resource(problems, f"{at}.overhead[{name}]", name)
        quantity(problems, f"{at}.overhead[{name}]", name, value)
    if spec.get("ephemeralContainers"):
        _ephemeral(problems, f"{at}.ephemeralContainers", spec)


def _ephemeral(problems: Problems, at: str, spec: Object) -> None:
    """Containers that are added for debugging; a cluster that can't have them refuses them, others only when new."""
    if problems.minor < EPHEMERAL_SINCE:
        problems.forbidden(at, "disabled by EphemeralContainers feature-gate")


EPHEMERAL_SINCE = 23


def _dns(problems: Problems, at: str, found: Object, policy: Any) -> None:
    servers, searches = found.get("nameservers") or (), found.get("searches") or ()
    if policy == "None" and not servers:
        problems.required(
            f"{at}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None"
        )
    if len(servers) > 3:
        problems.invalid(f"{at}.nameservers", list(servers), "must not have more than 3 nameservers")
    for index, one in enumerate(servers):
        if not names.is_ip(one):
            problems.invalid(f"{at}.nameservers[{index}]", one, names.IP_WORDS)
    most = 6 if problems.minor < 22 else 32
    if len(searches) > most:
        problems.invalid(f"{at}.searches", list(searches), f"must not have more than {most} search paths")
    for index, one in enumerate(searches):
        names.check(problems, f"{at}.searches[{index}]", one, names.subdomain(one.removesuffix(".")))
    for index, one in enumerate(found.get("options") or ()):
        if not one.get("name"):
            problems.required(f"{at}.options[{index}]", "must not be empty")


def _volumes(problems: Problems, at: str, found: Any) -> None:
    known: set[str] = set()
    for index, volume in enumerate(found):
        here, name = f"{at}[{index}]", volume.get("name", "")
        if not sources(problems, here, volume, POD_SOURCES):
            problems.required(here, "must specify a volume type")
        if not name:
            problems.required(f"{here}.name")
        elif words := names.label(name):
            names.check(problems, f"{here}.name", name, words)
        elif name in known:
            problems.duplicate(f"{here}.name", name)
        known.add(name)


def pod_update(problems: Problems, new: Object, old: Object) -> None:
    """A pod's spec hardly changes once it is there."""
    gated = bool(old.get("schedulingGates"))
    known = {gate.get("name") for gate in old.get("schedulingGates") or ()}
    for gate in new.get("schedulingGates") or ():
        if gate.get("name") not in known:
            why = f"only deletion is allowed, but found new scheduling gate '{gate.get('name')}'"
            problems.forbidden("spec.schedulingGates", why)
    if _fixed(new, gated=gated) != _fixed(old, gated=gated):
        problems.forbidden("spec", _UPDATE if problems.minor >= 22 else _UPDATE_OLD)


_UPDATE_OLD = (
    "pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
    "`spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)"
)
_UPDATE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _fixed(spec: Object, *, gated: bool = False) -> Object:
    """What can't be changed. The node selection of a gated pod may still be narrowed."""
    free = {"activeDeadlineSeconds", "tolerations", "nodeName", "ephemeralContainers", "schedulingGates"}
    if gated:
        free |= {"nodeSelector", "affinity"}
    kept = {name: value for name, value in spec.items() if name not in free}
    for kind in ("containers", "initContainers"):
        kept[kind] = [
            {name: value for name, value in one.items() if name != "image"} for one in spec.get(kind) or ()
        ]
    return kept
