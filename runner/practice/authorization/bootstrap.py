"""The roles and bindings that a new cluster has, out of `policy.txt`, which says how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from runner.practice.authorization.aggregation import aggregated
from runner.practice.authorization.rbac import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    GROUP,
    ROLES,
)

Object = dict[str, Any]

API_VERSION = f"{GROUP}/v1"
PART_OF = "rbac.authorization.k8s.io/aggregate-to-"
LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
ANNOTATIONS = {"rbac.authorization.kubernetes.io/autoupdate": "true"}


@cache
def bootstrap_policy(minor: int) -> tuple[tuple[str, Object], ...]:
    """(resource, object) of all of them, as Kubernetes 1.`minor` has them. The objects are shared: copy, then change."""
    made = list(_read(minor))
    roles = [obj for resource, obj in made if resource == CLUSTER_ROLES]
    while True:  # a sum may be part of another sum: view of edit, edit of admin
        summed = [(role, rules) for role in roles if (rules := aggregated(role, roles)) is not None]
        changed = [(role, rules) for role, rules in summed if role["rules"] != rules]
        if not changed:
            return tuple(made)
        for role, rules in changed:
            role["rules"] = rules


def _read(minor: int) -> Iterator[tuple[str, Object]]:
    role: Object | None = None
    for line in Path(__file__).with_name("policy.txt").read_text().splitlines():
        text, _, when = line.partition(" ; ")
        words = text.split()
        there = _there(when, minor)
        if not words or words[0] == "#":
            continue
        if not text.startswith(" "):
            role = _role(words) if there else None
            if role is not None:
                yield (ROLES if words[0] == "Role" else CLUSTER_ROLES), role
        elif role is None or not there:
            continue
        elif words[0] == "to":
            yield _binding(role, words[1:])
        else:
            role["rules"].append(_rule(words))


def _there(when: str, minor: int) -> bool:
    since, dash, until = when.strip().partition("-")
    return not dash or int(since or 0) <= minor <= int(until or 999)


def _object(kind: str, name: str) -> Object:
    namespace, slash, last = name.partition("/")
    meta: Object = {"name": last if slash else name, "labels": dict(LABELS), "annotations": dict(ANNOTATIONS)}
    if slash:
        meta["namespace"] = namespace
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": meta}


def _role(words: list[str]) -> Object:
    role = {**_object(words[0], words[1]), "rules": []}
    for word in words[2:]:
        what, _, name = word.partition("=")
        if what == "part-of":
            role["metadata"]["labels"][PART_OF + name] = "true"
        else:
            role["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {PART_OF + name: "true"}}]}
    return role


def _rule(words: list[str]) -> Object:
    verbs = words[0].split(",")
    if words[1] == "url":
        return {"nonResourceURLs": words[2].split(","), "verbs": verbs}
    rule: Object = {"apiGroups": ["" if group == "-" else group for group in words[1].split(",")]}
    if len(words) > 3:
        rule["resourceNames"] = words[3].split(",")
    return {**rule, "resources": words[2].split(","), "verbs": verbs}


def _binding(role: Object, words: list[str]) -> tuple[str, Object]:
    meta = role["metadata"]
    name = words[2] if len(words) > 1 else meta["name"]
    if "namespace" in meta:
        resource, obj = BINDINGS, _object("RoleBinding", f"{meta['namespace']}/{name}")
    else:
        resource, obj = CLUSTER_BINDINGS, _object("ClusterRoleBinding", name)
    obj["roleRef"] = {"apiGroup": GROUP, "kind": role["kind"], "name": meta["name"]}
    if words[0] != "nobody":
        obj["subjects"] = [_subject(word) for word in words[0].split(",")]
    return resource, obj


def _subject(word: str) -> Object:
    kind, _, name = word.partition(":")
    if kind != "ServiceAccount":
        return {"apiGroup": GROUP, "kind": kind, "name": name}
    namespace, _, name = name.partition("/")
    return {"kind": kind, "name": name, "namespace": namespace}
