"""Rules of where pods may run: node selectors, affinity, tolerations, taints, topology spread."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Object, Problems

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_OPERATORS = ("Equal", "Exists")


def node_selector(problems: Problems, at: str, found: Object) -> None:
    """A NodeSelector: its terms are alternatives."""
    terms = found.get("nodeSelectorTerms")
    if not terms:
        problems.required(f"{at}.nodeSelectorTerms", "must have at least one node selector term")
    for index, term in enumerate(terms or ()):
        node_term(problems, f"{at}.nodeSelectorTerms[{index}]", term)


def node_term(problems: Problems, at: str, term: Object) -> None:
    for index, one in enumerate(term.get("matchExpressions") or ()):
        _requirement(problems, f"{at}.matchExpressions[{index}]", one)
    for index, one in enumerate(term.get("matchFields") or ()):
        here, values = f"{at}.matchFields[{index}]", one.get("values") or ()
        if one.get("operator") in ("In", "NotIn"):
            if len(values) != 1:
                why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
                problems.required(f"{here}.values", why)
        else:
            problems.invalid(f"{here}.operator", one.get("operator", ""), "not a valid selector operator")
        if one.get("key") != "metadata.name":
            problems.invalid(f"{here}.key", one.get("key", ""), "not a valid field selector key")
        else:
            for number, value in enumerate(values):
                names.check(problems, f"{here}.values[{number}]", value, names.subdomain(value))


def _requirement(problems: Problems, at: str, one: Object) -> None:
    operator, values = one.get("operator", ""), one.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            problems.required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            problems.forbidden(f"{at}.values", why)
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            why = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            problems.required(f"{at}.values", why)
    else:
        problems.invalid(f"{at}.operator", operator, "not a valid selector operator")
    key = one.get("key", "")
    names.check(problems, f"{at}.key", key, names.qualified(key))


def _weight(problems: Problems, at: str, found: Object) -> None:
    if not 1 <= found.get("weight", 0) <= 100:
        problems.invalid(f"{at}.weight", found.get("weight", 0), "must be in the range 1-100")


def affinity(problems: Problems, at: str, found: Object) -> None:
    required, preferred = (
        f"{word}DuringSchedulingIgnoredDuringExecution" for word in ("required", "preferred")
    )
    node = found.get("nodeAffinity") or {}
    here = f"{at}.nodeAffinity"
    if node.get(required) is not None:
        node_selector(problems, f"{here}.{required}", node[required])
    for index, one in enumerate(node.get(preferred) or ()):
        _weight(problems, f"{here}.{preferred}[{index}]", one)
        node_term(problems, f"{here}.{preferred}[{index}].preference", one.get("preference") or {})
    for field in ("podAffinity", "podAntiAffinity"):
        pods, here = found.get(field) or {}, f"{at}.{field}"
        for index, one in enumerate(pods.get(required) or ()):
            _pod_term(problems, f"{here}.{required}[{index}]", one)
        for index, one in enumerate(pods.get(preferred) or ()):
            _weight(problems, f"{here}.{preferred}[{index}]", one)
            _pod_term(
                problems, f"{here}.{preferred}[{index}].podAffinityTerm", one.get("podAffinityTerm") or {}
            )


def _pod_term(problems: Problems, at: str, term: Object) -> None:
    selector(problems, f"{at}.labelSelector", term.get("labelSelector"))
    for name in term.get("namespaces") or ():
        names.check(problems, f"{at}.namespace", name, names.label(name))
    key = term.get("topologyKey", "")
    if not key:
        problems.required(f"{at}.topologyKey", "can not be empty")
    names.check(problems, f"{at}.topologyKey", key, names.qualified(key))


def tolerations(problems: Problems, at: str, found: Any) -> None:
    for index, one in enumerate(found or ()):
        _toleration(problems, f"{at}[{index}]", one)


def _toleration(problems: Problems, at: str, one: Object) -> None:
    if one.get("key"):
        names.check(problems, f"{at}.key", one["key"], names.qualified(one["key"]))
    operator = one.get("operator") or "Equal"
    if not one.get("key") and operator != "Exists":
        why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        problems.invalid(f"{at}.operator", operator, why)
    if one.get("tolerationSeconds") is not None and one.get("effect") != "NoExecute":
        why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        problems.invalid(f"{at}.effect", one.get("effect", ""), why)
    if operator == "Exists":
        if one.get("value"):
            problems.invalid(
                f"{at}.operator", one["value"], "value must be empty when `operator` is 'Exists'"
            )
    elif operator == "Equal":
        value = one.get("value", "")
        if words := names.label_value(value):
            problems.invalid(f"{at}.operator", value, "; ".join(words))
    else:
        problems.unsupported(f"{at}.operator", operator, _OPERATORS)
    if one.get("effect") and one["effect"] not in EFFECTS:
        problems.unsupported(f"{at}.effect", one["effect"], EFFECTS)


def spread(problems: Problems, at: str, found: Any) -> None:
    """topologySpreadConstraints."""
    seen = set()
    for index, one in enumerate(found or ()):
        here, when = f"{at}[{index}]", one.get("whenUnsatisfiable", "")
        if one.get("maxSkew", 0) <= 0:
            problems.invalid(f"{here}.maxSkew", one.get("maxSkew", 0), "must be greater than zero")
        if not one.get("topologyKey"):
            problems.required(f"{here}.topologyKey", "can not be empty")
        known = ("DoNotSchedule", "ScheduleAnyway")
        if when not in known:
            problems.unsupported(f"{here}.whenUnsatisfiable", when, known)
        pair = (one.get("topologyKey", ""), when)
        if pair in seen:
            problems.duplicate(f"{here}.{{topologyKey, whenUnsatisfiable}}", f"{{{pair[0]}, {pair[1]}}}")
        seen.add(pair)


def taints(problems: Problems, at: str, found: Any) -> None:
    seen = set()
    for index, one in enumerate(found or ()):
        here, key, value, effect = (
            f"{at}[{index}]",
            one.get("key", ""),
            one.get("value", ""),
            one.get("effect", ""),
        )
        names.check(problems, f"{here}.key", key, names.qualified(key))
        if words := names.label_value(value):
            problems.invalid(f"{here}.value", value, ";".join(words))
        if not effect:
            problems.required(f"{here}.effect")
        elif effect not in EFFECTS:
            problems.unsupported(f"{here}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            problems.duplicate(here, f"{key}={value}:{effect}")
        seen.add((key, effect))
