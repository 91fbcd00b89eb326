"""Rules of what every object has: its name, labels, annotations; and of label selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems, Raw, quoted, string_map

_RBAC = "rbac.authorization.k8s.io"
_NAMES: dict[str, Callable[[str], list[str]]] = {
    "namespaces": names.label,
    "services": names.dns_1035,
    **{
        f"{kind}.{_RBAC}": names.path_segment
        for kind in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
    },
    "certificatesigningrequests.certificates.k8s.io": names.path_segment,
}


def metadata(problems: Problems, resource: str, obj: Object) -> None:
    meta = obj.get("metadata") or {}
    name, generated = meta.get("name") or "", meta.get("generateName") or ""
    form = _NAMES.get(resource, names.subdomain)
    if resource == "services" and problems.minor >= 34:
        form = names.label
    if not name:
        problems.required("metadata.name", "name or generateName is required")
    else:
        words = form(name) if not generated else []
        names.check(problems, "metadata.name", name, words)
    names.labels(problems, "metadata.labels", meta.get("labels"))
    names.annotation_keys(problems, "metadata.annotations", meta.get("annotations"))
    for index, owner in enumerate(meta.get("ownerReferences") or ()):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                at = f"metadata.ownerReferences[{index}].{field}"
                problems.invalid(at, "", f"{'version' if field == 'apiVersion' else field} must not be empty")


def selector(problems: Problems, field: str, found: Object | None) -> None:
    """A label selector's own form."""
    for index, one in enumerate((found or {}).get("matchExpressions") or ()):
        at, operator = f"{field}.matchExpressions[{index}]", one.get("operator", "")
        values = one.get("values") or ()
        if operator in ("In", "NotIn"):
            if not values:
                problems.required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                problems.forbidden(f"{at}.values", why)
        else:
            problems.invalid(f"{at}.operator", operator, "not a valid selector operator")
        names.check(problems, f"{at}.key", one.get("key", ""), names.qualified(one.get("key", "")))
    names.labels(problems, f"{field}.matchLabels", (found or {}).get("matchLabels"))


def selector_shown(found: Object | None) -> Raw:
    """A label selector as Go's %#v writes it, which is how the errors about it show it."""
    if found is None:
        return Raw("null")
    labels = string_map(found.get("matchLabels"))
    expressions = found.get("matchExpressions")
    if not expressions:
        told = "[]v1.LabelSelectorRequirement(nil)"
    else:
        told = "[]v1.LabelSelectorRequirement{" + ", ".join(_requirement(one) for one in expressions) + "}"
    return Raw(f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:{told}}}")


def _requirement(one: Object) -> str:
    values = ", ".join(quoted(str(value)) for value in one.get("values") or ())
    listed = f"[]string{{{values}}}" if one.get("values") else "[]string(nil)"
    key, operator = quoted(one.get("key", "")), quoted(one.get("operator", ""))
    return f"v1.LabelSelectorRequirement{{Key:{key}, Operator:{operator}, Values:{listed}}}"


def matches(found: Object, labels: dict[str, Any]) -> bool:
    """Whether a label selector selects an object with these labels."""
    if any(labels.get(key) != value for key, value in (found.get("matchLabels") or {}).items()):
        return False
    return all(_holds(one, labels) for one in found.get("matchExpressions") or ())


def _holds(one: Object, labels: dict[str, Any]) -> bool:
    key, values = one.get("key", ""), one.get("values") or ()
    return {
        "In": key in labels and labels[key] in values,
        "NotIn": key not in labels or labels[key] not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(one.get("operator", ""), False)
