"""Nobody grants what they do not hold: the check before a role or a binding is written.

From "Privilege escalation prevention and bootstrapping" of kubernetes.io's RBAC reference; the words are kube-apiserver's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from runner.practice.authorization.rbac import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    GROUP,
    ROLES,
    Authorizer,
    url_covers,
)
from runner.practice.machinery.errors import forbidden
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.users import User

Object = dict[str, Any]

GUARDED = frozenset({ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS})
EVERYTHING: Sequence[Object] = (
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
)
GARBAGE_FIELDS = ("ownerReferences", "finalizers", "managedFields", "resourceVersion")
"""What the garbage collector may change of a role that it could not grant."""


def check_escalation(
    authorizer: Authorizer, user: User, resource: str, new: Object, old: Object | None
) -> None:
    """Before `new` replaces `old` (None: is created). Raises ApiError (403; 404 where the role to bind is missing)."""
    if user.master or (old is not None and _same_grant(new, old)):
        return
    namespace = new["metadata"].get("namespace", "")
    if resource in (ROLES, CLUSTER_ROLES):
        _check_role(authorizer, user, resource, new, old)
        return
    reference = new.get("roleRef") or {}
    if _may(authorizer, user, "bind", _plural(reference), reference.get("name", ""), namespace):
        return
    rules = authorizer.rules_of(reference, namespace)
    _confirm(authorizer, user, namespace, rules, resource, new)


def _same_grant(new: Object, old: Object) -> bool:
    def grant(obj: Object) -> Object:
        meta = {name: value for name, value in obj["metadata"].items() if name not in GARBAGE_FIELDS}
        return {**obj, "metadata": meta}

    return grant(new) == grant(old)


def _check_role(authorizer: Authorizer, user: User, resource: str, new: Object, old: Object | None) -> None:
    namespace, name = new["metadata"].get("namespace", ""), new["metadata"].get("name", "")
    asked = name if old is not None else ""  # a creation names nothing in its path
    if _may(authorizer, user, "escalate", resource.partition(".")[0], asked, namespace):
        return
    _confirm(authorizer, user, namespace, new.get("rules") or (), resource, new)
    if new.get("aggregationRule") or (old or {}).get("aggregationRule"):
        held, _ = authorizer.rules(user, namespace)
        if list(uncovered(held, EVERYTHING)):
            why = "must have cluster-admin privileges to use the aggregationRule"
            raise forbidden(resource, name, why)


def _may(authorizer: Authorizer, user: User, verb: str, resource: str, name: str, namespace: str) -> bool:
    return authorizer.decide(user, Attributes(verb, GROUP, resource, "", namespace, name)).allowed


def _plural(reference: Object) -> str:
    return {"Role": "roles", "ClusterRole": "clusterroles"}.get(reference.get("kind", ""), "")


def _confirm(
    authorizer: Authorizer, user: User, namespace: str, rules: Iterable[Object], resource: str, obj: Object
) -> None:
    held, missing_roles = authorizer.rules(user, namespace, stored=True)
    missing = list(uncovered(held, rules))
    if not missing:
        return
    message = "\n".join(sorted({_compact(rule) for rule in _joined(missing)}))
    why = (
        f'user "{user.name}" (groups={_quoted(user.groups)}) is attempting to grant RBAC permissions not currently'
        f" held:\n{message}"
    )
    if missing_roles:
        why += f"; resolution errors: [{missing_roles}]"
    raise forbidden(resource, obj["metadata"].get("name", ""), why)


def uncovered(held: Sequence[Object], rules: Iterable[Object]) -> Iterator[Object]:
    """What of `rules` no rule of `held` covers, each of one verb, group, resource and name."""
    for rule in rules:
        for part in _parts(rule):
            if not any(_covers(owned, part) for owned in held):
                yield part


def _parts(rule: Object) -> Iterator[Object]:
    verbs, names = rule.get("verbs") or (), rule.get("resourceNames") or ()
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                part: Object = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                if not names:
                    yield part
                for name in names:
                    yield {**part, "resourceNames": [name]}
    for url in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(owned: Object, part: Object) -> bool:
    """Whether a rule covers one part of another."""
    if not {"*", *part["verbs"]} & set(owned.get("verbs") or ()):
        return False
    if "nonResourceURLs" in part:
        wanted = part["nonResourceURLs"][0]
        return any(url_covers(url, wanted) for url in owned.get("nonResourceURLs") or ())
    if not {"*", *part["apiGroups"]} & set(owned.get("apiGroups") or ()):
        return False
    names = owned.get("resourceNames") or ()
    if names and not (part.get("resourceNames") and part["resourceNames"][0] in names):
        return False
    resource = part["resources"][0]
    _, slash, subresource = resource.partition("/")
    wanted_resources = {"*", resource, *([f"*/{subresource}"] if slash else [])}
    return not wanted_resources.isdisjoint(owned.get("resources") or ())


def _joined(parts: Iterable[Object]) -> list[Object]:
    """Parts that differ in their verb only, as one rule; those of paths stay as they are."""
    found: list[Object] = []
    by_object: dict[tuple[str, ...], Object] = {}
    for part in parts:
        if "nonResourceURLs" in part:
            found.append(part)
            continue
        key = (part["apiGroups"][0], part["resources"][0], *part.get("resourceNames", ()))
        kept = by_object.setdefault(key, {**part, "verbs": []})
        kept["verbs"] = [*kept["verbs"], *part["verbs"]]
    return [*found, *by_object.values()]


def _compact(rule: Object) -> str:
    fields = (
        ("APIGroups", "apiGroups"),
        ("Resources", "resources"),
        ("NonResourceURLs", "nonResourceURLs"),
        ("ResourceNames", "resourceNames"),
        ("Verbs", "verbs"),
    )
    message = [f"{name}:{_quoted(rule[field])}" for name, field in fields if rule.get(field)]
    return "{" + ", ".join(message) + "}"


def _quoted(values: Iterable[str]) -> str:
    """As Go's %q writes a list."""
    return "[" + " ".join(f'"{value}"' for value in values) + "]"
