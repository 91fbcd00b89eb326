"""Rules of pod specs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from runner.practice.kinds.container_rules import containers
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems

_VOLUME_META = ("name",)
_OPERATORS = ("Equal", "Exists")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def pod_spec(problems: Problems, at: str, spec: Object, claimed: Collection[str] = ()) -> None:
    """A pod's or a template's spec; `at` is where it stands: "spec", "spec.template.spec".

    `claimed` are volumes that it gets besides its own: those of a StatefulSet's volumeClaimTemplates.
    """
    volumes = {*_volumes(problems, f"{at}.volumes", spec.get("volumes") or ()), *claimed}
    for kind in ("containers", "initContainers"):
        if kind == "containers" and not spec.get(kind):
            problems.required(f"{at}.containers")
        containers(problems, at, kind, spec, volumes)
    problems.one_of(f"{at}.restartPolicy", spec.get("restartPolicy"), ("Always", "OnFailure", "Never"))
    policies = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
    problems.one_of(f"{at}.dnsPolicy", spec.get("dnsPolicy"), policies)
    problems.not_negative(f"{at}.terminationGracePeriodSeconds", spec.get("terminationGracePeriodSeconds"))
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
    for index, one in enumerate(spec.get("tolerations") or ()):
        _toleration(problems, f"{at}.tolerations[{index}]", one)


def _toleration(problems: Problems, at: str, one: Object) -> None:
    if one.get("key"):
        names.check(problems, f"{at}.key", one["key"], names.qualified(one["key"]))
    operator = one.get("operator") or "Equal"
    if operator not in _OPERATORS:
        problems.unsupported(f"{at}.operator", operator, _OPERATORS)
    if not one.get("key") and operator != "Exists":
        problems.invalid(
            f"{at}.operator",
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        )
    if operator == "Exists" and one.get("value"):
        problems.invalid(f"{at}.operator", one["value"], "value must be empty when `operator` is 'Exists'")
    if one.get("effect") and one["effect"] not in _EFFECTS:
        problems.unsupported(f"{at}.effect", one["effect"], _EFFECTS)


def _volumes(problems: Problems, at: str, found: Any) -> set[str]:
    """Checks the volumes and gives their names."""
    known: set[str] = set()
    for index, volume in enumerate(found):
        here, name = f"{at}[{index}]", volume.get("name", "")
        sources = [field for field in volume if field not in _VOLUME_META]
        if not name:
            problems.required(f"{here}.name")
        elif words := names.label(name):
            names.check(problems, f"{here}.name", name, words)
        elif name in known:
            problems.duplicate(f"{here}.name", name)
        known.add(name)
        if not sources:
            problems.required(here, "must specify a volume type")
        for extra in sources[1:]:
            problems.forbidden(f"{here}.{extra}", "may not specify more than 1 volume type")
        for field, needed in (
            ("configMap", "name"),
            ("secret", "secretName"),
            ("persistentVolumeClaim", "claimName"),
            ("hostPath", "path"),
        ):
            if field in volume and not (volume[field] or {}).get(needed):
                problems.required(f"{here}.{field}.{needed}")
    return known


def pod_update(problems: Problems, new: Object, old: Object) -> None:
    """A pod's spec hardly changes once it is there."""
    if _fixed(new) != _fixed(old):
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


def _fixed(spec: Object) -> Object:
    free = ("activeDeadlineSeconds", "tolerations", "nodeName", "ephemeralContainers")
    kept = {name: value for name, value in spec.items() if name not in free}
    for kind in ("containers", "initContainers"):
        kept[kind] = [
            {name: value for name, value in one.items() if name != "image"} for one in spec.get(kind) or ()
        ]
    return kept
