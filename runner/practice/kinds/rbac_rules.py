"""What roles, and what bindings, have in common."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Problems, Raw, quoted

RBAC = "rbac.authorization.k8s.io"


def default_binding(obj: Object, minor: int) -> None:
    fill(obj.setdefault("roleRef", {}), apiGroup=RBAC)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            fill(subject, apiGroup=RBAC)


def default_rules(obj: Object, minor: int) -> None:
    if not obj.get("rules"):
        obj["rules"] = None if minor < 24 else []


def any_name(name: str, minor: int) -> list[str]:
    """Roles and bindings are named freely: what fits a path will do."""
    return names.path_segment(name)


def role(problems: Problems, obj: Object, old: Object | None) -> None:
    for index, rule in enumerate(obj.get("rules") or ()):
        _rule(problems, f"rules[{index}]", rule, namespaced=bool(obj["metadata"].get("namespace")))


def cluster_role(problems: Problems, obj: Object, old: Object | None) -> None:
    role(problems, obj, old)
    aggregation = obj.get("aggregationRule")
    if aggregation is not None:
        selectors = aggregation.get("clusterRoleSelectors")
        if not selectors:
            words = "at least one clusterRoleSelector required if aggregationRule is non-nil"
            problems.required("aggregationRule.clusterRoleSelectors", words)
        for index, one in enumerate(selectors or ()):
            selector(problems, f"aggregationRule.clusterRoleSelectors[{index}]", one)


def _rule(problems: Problems, here: str, rule: Object, *, namespaced: bool) -> None:
    urls = rule.get("nonResourceURLs")
    if not rule.get("verbs"):
        problems.required(f"{here}.verbs", "verbs must contain at least one value")
    if urls:
        if namespaced:
            words = "namespaced rules cannot apply to non-resource URLs"
            problems.invalid(f"{here}.nonResourceURLs", urls, words)
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            words = "rules cannot apply to both regular resources and non-resource URLs"
            problems.invalid(f"{here}.nonResourceURLs", urls, words)
        return
    if not rule.get("apiGroups"):
        problems.required(f"{here}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        problems.required(f"{here}.resources", "resource rules must supply at least one resource")


def role_binding(problems: Problems, obj: Object, old: Object | None) -> None:
    """A ServiceAccount without a namespace is the binding's own."""
    _binding(problems, obj, old, ("Role", "ClusterRole"), needs_namespace=False)


def cluster_role_binding(problems: Problems, obj: Object, old: Object | None) -> None:
    _binding(problems, obj, old, ("ClusterRole",), needs_namespace=True)


def _binding(
    problems: Problems, obj: Object, old: Object | None, kinds: tuple[str, ...], *, needs_namespace: bool
) -> None:
    found = obj.get("roleRef") or {}
    if found.get("apiGroup") != RBAC:
        problems.unsupported("roleRef.apiGroup", found.get("apiGroup", ""), (RBAC,))
    if found.get("kind") not in kinds:
        problems.unsupported("roleRef.kind", found.get("kind", ""), kinds)
    if not found.get("name"):
        problems.required("roleRef.name")
    else:
        names.check(problems, "roleRef.name", found["name"], names.path_segment(found["name"]))
    for index, subject in enumerate(obj.get("subjects") or ()):
        _subject(problems, f"subjects[{index}]", subject, needs_namespace=needs_namespace)
    if old is not None and found != old.get("roleRef"):
        message = ", ".join(
            f"{name}:{quoted(found.get(field, ''))}"
            for name, field in (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name"))
        )
        problems.invalid("roleRef", Raw(f"rbac.RoleRef{{{message}}}"), "cannot change roleRef")


def _subject(problems: Problems, here: str, subject: Object, *, needs_namespace: bool) -> None:
    kind, name = subject.get("kind", ""), subject.get("name", "")
    if not name:
        problems.required(f"{here}.name")
    if kind == "ServiceAccount":
        if name:
            names.check(problems, f"{here}.name", name, names.subdomain(name))
        if subject.get("apiGroup"):
            problems.unsupported(f"{here}.apiGroup", subject["apiGroup"], ("",))
        if needs_namespace and not subject.get("namespace"):
            problems.required(f"{here}.namespace")
    elif kind in ("User", "Group"):
        if not name:
            problems.invalid(f"{here}.name", "", f"{kind.lower()} name cannot be empty")
        if subject.get("apiGroup") != RBAC:
            problems.unsupported(f"{here}.apiGroup", subject.get("apiGroup", ""), (RBAC,))
    else:
        problems.unsupported(f"{here}.kind", kind, ("ServiceAccount", "User", "Group"))


def binding_cells(obj: Object, view: View) -> list[Any]:
    role, subjects = obj.get("roleRef") or {}, obj.get("subjects") or ()
    by_kind: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in subjects:
        name = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace', '')}/{name}"
        by_kind.setdefault(subject.get("kind", ""), []).append(name)
    who = [", ".join(by_kind[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [obj["metadata"]["name"], f"{role.get('kind', '')}/{role.get('name', '')}", view.age(obj), *who]


BINDING_PRINTER = printer(binding_cells, "Name", "Role", "Age", wide=("Users", "Groups", "ServiceAccounts"))
