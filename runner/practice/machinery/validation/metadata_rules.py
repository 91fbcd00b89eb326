"""Rules of what every object has: its name, labels, annotations; and of label selectors."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems, Raw, quoted, string_map

LARGEST_ANNOTATIONS = 256 * 1024


def metadata(
    problems: Problems,
    group: str,
    name_rule: Callable[[str, int], list[str]],
    obj: Object,
    old: Object | None = None,
    banned_owners: Collection[tuple[str, str]] = (),
) -> None:
    """The metadata of an object of an API group; `name_rule` as a kind has it: what is wrong with a name, for a minor."""
    meta = obj.get("metadata") or {}
    name, generated = meta.get("name") or "", meta.get("generateName") or ""
    if generated:
        # What is put behind it makes a last dash good; names of any form need only fit a path.
        lenient = generated.endswith("-") or not name_rule("A:b", problems.minor)
        words = name_rule(generated + "x" if lenient else generated, problems.minor)
        names.check(problems, "metadata.generateName", generated, words)
    if not name:
        problems.required("metadata.name", "name or generateName is required")
    else:
        names.check(problems, "metadata.name", name, name_rule(name, problems.minor))
    common(problems, "metadata", meta, kube=group not in _OWN_METADATA, banned_owners=banned_owners)
    if old is not None:
        _kept(problems, meta, old.get("metadata") or {})


_OWN_METADATA = (
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "custom",
    "policy",
)
"""Groups whose finalizers need no domain."""


def common(
    problems: Problems,
    at: str,
    meta: Object,
    *,
    kube: bool = True,
    banned_owners: Collection[tuple[str, str]] = (),
) -> None:
    """What holds for the metadata of every object but its name.

    `banned_owners` are (apiVersion, kind) of those that may own nothing.
    """
    if (meta.get("generation") or 0) < 0:
        problems.invalid(f"{at}.generation", meta["generation"], "must be greater than or equal to 0")
    names.labels(problems, f"{at}.labels", meta.get("labels"))
    annotations = meta.get("annotations") or {}
    names.annotation_keys(problems, f"{at}.annotations", annotations)
    if (
        sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
        > LARGEST_ANNOTATIONS
    ):
        problems.too_long(f"{at}.annotations", LARGEST_ANNOTATIONS)
    _owners(problems, at, meta.get("ownerReferences") or (), banned_owners)
    finalizers = meta.get("finalizers") or ()
    for index, name in enumerate(finalizers):
        names.check(problems, f"{at}.finalizers", name, names.qualified(name))
        if kube and "/" not in name and name not in ("kubernetes", "orphan", "foregroundDeletion"):
            why = "name is neither a standard finalizer name nor is it fully qualified"
            problems.invalid(f"{at}.finalizers[{index}]", name, why)
    if {"orphan", "foregroundDeletion"} <= {*finalizers}:
        why = "finalizer orphan and foregroundDeletion cannot be both set"
        problems.invalid(f"{at}.finalizers", list(finalizers), why)


def _owners(problems: Problems, at: str, found: Any, banned: Collection[tuple[str, str]]) -> None:
    controllers = 0
    for index, owner in enumerate(found):
        if owner in found[:index]:  # reported twice, kept once
            continue
        here = f"{at}.ownerReferences[{index}]"
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                message = "version" if field == "apiVersion" else field
                problems.invalid(f"{here}.{field}", owner.get(field, ""), f"{message} must not be empty")
        if (owner.get("apiVersion"), owner.get("kind")) in banned:
            shown = f"/{owner['apiVersion']}, Kind={owner['kind']}"
            problems.invalid(here, "", f"{shown} is disallowed from being an owner")
        controllers += bool(owner.get("controller"))
    if controllers > 1:
        why = "Only one reference can have Controller set to true"
        problems.invalid(f"{at}.ownerReferences", "", why)


def _kept(problems: Problems, new: Object, old: Object) -> None:
    """What an update may not change."""
    for field in (
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ):
        if new.get(field) and new[field] != old.get(field):
            problems.invalid(f"metadata.{field}", new[field], "field is immutable")


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
        message = "[]v1.LabelSelectorRequirement(nil)"
    else:
        message = "[]v1.LabelSelectorRequirement{" + ", ".join(_requirement(one) for one in expressions) + "}"
    return Raw(f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:{message}}}")


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
