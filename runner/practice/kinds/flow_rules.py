"""Rules of the API server's own queues: FlowSchema and PriorityLevelConfiguration."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.kind import Version
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems

FLOW_CONTROL_VERSIONS = (
    Version("v1", since=29),
    Version("v1beta3", since=26, until=31, deprecated=29),
    Version("v1beta2", since=23, until=28, deprecated=26),
    Version("v1beta1", since=20, until=25, deprecated=23),
)

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_NEVER_PATHS = "must be absolute"


def flow_schema(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    precedence = spec.get("matchingPrecedence", 1000)
    if precedence <= 0:
        problems.invalid("spec.matchingPrecedence", precedence, "must be a positive value")
    if precedence > 10000:
        problems.invalid("spec.matchingPrecedence", precedence, "must not be greater than 10000")
    if precedence == 1 and obj["metadata"].get("name") != "exempt":
        problems.invalid(
            "spec.matchingPrecedence",
            precedence,
            "only the schema named 'exempt' may have matchingPrecedence 1",
        )
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in ("ByNamespace", "ByUser"):
        problems.unsupported("spec.distinguisherMethod", method.get("type", ""), ("ByNamespace", "ByUser"))
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    if level:
        names.check(problems, "spec.priorityLevelConfiguration.name", level, names.subdomain(level))
    else:
        problems.required("spec.priorityLevelConfiguration.name", "must reference a priority level")
    for index, rule in enumerate(spec.get("rules") or ()):
        _rule(problems, f"spec.rules[{index}]", rule)


def _rule(problems: Problems, at: str, rule: Object) -> None:
    subjects = rule.get("subjects") or ()
    if not subjects:
        problems.required(f"{at}.subjects", "subjects must contain at least one value")
    for index, one in enumerate(subjects):
        _subject(problems, f"{at}.subjects[{index}]", one)
    if not rule.get("resourceRules") and not rule.get("nonResourceRules"):
        problems.required(at, "at least one of resourceRules and nonResourceRules has to be non-empty")
    for index, one in enumerate(rule.get("resourceRules") or ()):
        _resource_rule(problems, f"{at}.resourceRules[{index}]", one)
    for index, one in enumerate(rule.get("nonResourceRules") or ()):
        here = f"{at}.nonResourceRules[{index}]"
        _verbs(problems, here, one)
        paths = one.get("nonResourceURLs") or ()
        if not paths:
            problems.required(f"{here}.nonResourceURLs", "nonResourceURLs must contain at least one value")
        elif len(paths) > 1 and "*" in paths:
            problems.invalid(
                f"{here}.nonResourceURLs",
                list(paths),
                "if '*' is present, must not specify other non-resource URLs",
            )
        for number, path in enumerate(paths):
            _path(problems, f"{here}.nonResourceURLs[{number}]", path)


def _path(problems: Problems, at: str, path: str) -> None:
    if not path:
        problems.invalid(at, path, "must not be empty")
        return
    if path in ("/", "/*", "*"):
        return
    if not path.startswith("/"):
        problems.invalid(at, path, "must start with slash")
    if " " in path:
        problems.invalid(at, path, "must not contain white-space")
    if "//" in path:
        problems.invalid(at, path, "must not contain double slash")
    wild = path.find("*")
    if wild >= 0 and (wild != len(path) - 1 or not path.endswith("/*")):
        problems.invalid(at, path, "wildcard can only do suffix matching")


def _subject(problems: Problems, at: str, one: Object) -> None:
    kind = one.get("kind", "")
    known = {"ServiceAccount": "serviceAccount", "User": "user", "Group": "group"}
    if kind not in known:
        problems.unsupported(f"{at}.kind", kind, ("Group", "ServiceAccount", "User"))
        return
    mine = one.get(known[kind])
    for field in known.values():
        if field != known[kind] and one.get(field) is not None:
            problems.forbidden(
                f"{at}.{field}",
                f"{field} is forbidden when subject kind is not '{field[0].upper()}{field[1:]}'",
            )
    if mine is None:
        problems.required(f"{at}.{known[kind]}", f"{known[kind]} is required when subject kind is '{kind}'")
        return
    if kind != "ServiceAccount":
        if not mine.get("name"):
            problems.required(f"{at}.{known[kind]}.name")
        return
    name, namespace = mine.get("name", ""), mine.get("namespace", "")
    if not name:
        problems.required(f"{at}.serviceAccount.name")
    elif name != "*":
        names.check(problems, f"{at}.serviceAccount.name", name, names.subdomain(name))
    if namespace:
        names.check(problems, f"{at}.serviceAccount.namespace", namespace, names.label(namespace))
    else:
        problems.required(f"{at}.serviceAccount.namespace", "must specify namespace for service account")


def _verbs(problems: Problems, at: str, rule: Object) -> None:
    found = rule.get("verbs") or ()
    if not found:
        problems.required(f"{at}.verbs", "verbs must contain at least one value")
    elif "*" in found:
        if len(found) > 1:
            problems.invalid(f"{at}.verbs", list(found), "if '*' is present, must not specify other verbs")
    elif any(verb not in VERBS for verb in found):
        problems.unsupported(f"{at}.verbs", list(found), VERBS)


def _starred(problems: Problems, at: str, found: Any, words: tuple[str, str]) -> None:
    if not found:
        problems.required(at, words[0])
    elif len(found) > 1 and "*" in found:
        problems.invalid(at, list(found), f"if '*' is present, must not specify other {words[1]}")


def _resource_rule(problems: Problems, at: str, rule: Object) -> None:
    _verbs(problems, at, rule)
    _starred(
        problems,
        f"{at}.apiGroups",
        rule.get("apiGroups"),
        ("resource rules must supply at least one api group", "api groups"),
    )
    _starred(
        problems,
        f"{at}.resources",
        rule.get("resources"),
        ("resource rules must supply at least one resource", "resources"),
    )
    namespaces = rule.get("namespaces") or ()
    if not namespaces and not rule.get("clusterScope"):
        problems.required(
            f"{at}.namespaces",
            "resource rules that are not cluster scoped must supply at least one namespace",
        )
    elif "*" in namespaces:
        if len(namespaces) > 1:
            problems.invalid(
                f"{at}.namespaces", list(namespaces), "if '*' is present, must not specify other namespaces"
            )
    else:
        for index, name in enumerate(namespaces):
            for words in names.label(name):
                problems.invalid(f"{at}.namespaces[{index}]", name, f"not a valid namespace: {words}")


def priority_level(problems: Problems, obj: Object, old: Object | None) -> None:
    spec, name = obj.get("spec") or {}, obj["metadata"].get("name", "")
    kind, limited = spec.get("type", ""), spec.get("limited")
    if (name == "exempt") != (kind == "Exempt"):
        problems.invalid(
            "spec.type",
            kind,
            f"type must be {'Exempt' if name == 'exempt' else 'Limited'}"
            if kind == "Exempt" or name == "exempt"
            else "",
        )
    if kind == "Exempt":
        if limited is not None:
            problems.forbidden("spec.limited", "must be nil if the type is not Limited")
    elif kind == "Limited":
        if limited is None:
            problems.required("spec.limited", "must not be empty when type is Limited")
        else:
            _limited(problems, "spec.limited", limited)
    else:
        problems.unsupported("spec.type", kind, ("Exempt", "Limited"))


def _limited(problems: Problems, at: str, found: Object) -> None:
    for field in ("assuredConcurrencyShares", "nominalConcurrencyShares"):
        value = found.get(field)
        if value is not None and (value < 0 or (value == 0 and problems.minor < 29)):
            problems.invalid(f"{at}.{field}", value, "must be positive")
    response = found.get("limitResponse") or {}
    kind, queuing, here = response.get("type", ""), response.get("queuing"), f"{at}.limitResponse"
    if kind == "Reject":
        if queuing is not None:
            problems.forbidden(f"{here}.queuing", "must be nil if limited.limitResponse.type is not Limited")
    elif kind == "Queue":
        if queuing is None:
            problems.required(f"{here}.queuing", "must not be empty if limited.limitResponse.type is Limited")
        else:
            _queues(problems, f"{here}.queuing", queuing)
    else:
        problems.unsupported(f"{here}.type", kind, ("Queue", "Reject"))


def _queues(problems: Problems, at: str, found: Object) -> None:
    length, queues, hand = (
        found.get("queueLengthLimit", 50),
        found.get("queues", 64),
        found.get("handSize", 8),
    )
    if length <= 0:
        problems.invalid(f"{at}.queueLengthLimit", length, "must be positive")
    if queues > 10_000_000:
        problems.invalid(f"{at}.queues", queues, "must not be greater than 10000000")
    elif queues <= 0:
        problems.invalid(f"{at}.queues", queues, "must be positive")
    if hand <= 0:
        problems.invalid(f"{at}.handSize", hand, "must be positive")
    elif hand > queues:
        problems.invalid(f"{at}.handSize", hand, f"should not be greater than queues ({queues})")
    elif _bits(queues, hand) > 60:
        problems.invalid(
            f"{at}.handSize",
            hand,
            f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than 60",
        )


def _bits(deck: int, hand: int) -> int:
    import math

    return math.ceil(sum(math.log2(deck - index) for index in range(hand)))
