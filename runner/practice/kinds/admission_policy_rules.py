"""Rules of ValidatingAdmissionPolicies and their bindings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runner.practice.machinery.expressions.expression import ExpressionError, compiled, selections
from runner.practice.machinery.validation.problems import Object, Problems, Raw

VARIABLES = ("object", "oldObject", "request", "namespaceObject")
ACTIONS = ("Audit", "Deny", "Warn")


def policy(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    problems.one_of("spec.failurePolicy", spec.get("failurePolicy", "Fail"), ("Fail", "Ignore"))
    constraints = spec.get("matchConstraints")
    if not constraints:
        problems.required("spec.matchConstraints")
    else:
        rules(problems, "spec.matchConstraints.resourceRules", constraints.get("resourceRules") or ())
        if not constraints.get("resourceRules"):
            problems.required("spec.matchConstraints.resourceRules")
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        for field in ("validations", "auditAnnotations"):
            problems.required(f"spec.{field}", "validations or auditAnnotations must be specified")
    known = _variables(problems, spec)
    for index, one in enumerate(spec.get("matchConditions") or ()):
        at = f"spec.matchConditions[{index}]"
        if not one.get("name"):
            problems.required(f"{at}.name")
        _expression(problems, f"{at}.expression", one.get("expression"), "bool", known, spec)
    for index, one in enumerate(spec.get("validations") or ()):
        at = f"spec.validations[{index}]"
        _expression(problems, f"{at}.expression", one.get("expression"), "bool", known, spec)
        if one.get("messageExpression"):
            _expression(problems, f"{at}.messageExpression", one["messageExpression"], "string", known, spec)
        reasons = ("Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge")
        problems.one_of(f"{at}.reason", one.get("reason", "Invalid"), reasons)
    for index, one in enumerate(spec.get("auditAnnotations") or ()):
        at = f"spec.auditAnnotations[{index}]"
        if not one.get("key"):
            problems.required(f"{at}.key")
        _expression(problems, f"{at}.valueExpression", one.get("valueExpression"), "", known, spec)


def _variables(problems: Problems, spec: Object) -> list[str]:
    known: list[str] = []
    for index, one in enumerate(spec.get("variables") or ()):
        at = f"spec.variables[{index}]"
        if not one.get("name"):
            problems.required(f"{at}.name")
        _expression(problems, f"{at}.expression", one.get("expression"), "", known, spec)
        if one.get("name") in known:
            problems.duplicate(f"{at}.name", one["name"])
        known.append(one.get("name", ""))
    return known


def _expression(
    problems: Problems, at: str, text: Any, result: str, known: Sequence[str], spec: Object
) -> None:
    if not str(text or "").strip():
        problems.required(at, f"{at.rpartition('.')[2]} is not specified")
        return
    names = [(name, "dyn") for name in VARIABLES]
    names += [("params", "dyn")] if spec.get("paramKind") else []
    try:
        compiled(text, (*names, ("authorizer", "map"), ("variables", "map")), result)
    except ExpressionError as error:
        problems.invalid(at, text, str(error))
        return
    for path in selections(text, "variables"):
        if path[0] not in known:
            column = text.find(f".{path[0]}")
            why = f"compilation failed: ERROR: <input>:1:{column + 1}: undefined field '{path[0]}'"
            problems.invalid(at, text, f"{why}\n | {text}\n | {'.' * column}^")
            return


def rules(problems: Problems, at: str, found: Sequence[Object]) -> None:
    """The rules by which a policy or a webhook takes requests."""
    for index, rule in enumerate(found):
        here = f"{at}[{index}]"
        for field in ("operations", "apiGroups", "apiVersions", "resources"):
            values = rule.get(field) or ()
            if not values:
                problems.required(f"{here}.{field}")
            if len(values) > 1 and "*" in values and field != "resources":
                kind = "admissionregistration.OperationType" if field == "operations" else "string"
                message = Raw(f"[]{kind}{{{', '.join(json.dumps(value) for value in values)}}}")
                problems.invalid(
                    f"{here}.{field}", message, "if '*' is present, must not specify other " + field
                )
        for place, operation in enumerate(rule.get("operations") or ()):
            allowed = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
            if operation not in allowed:
                problems.unsupported(f"{here}.operations[{place}]", operation, allowed)


def binding(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if not spec.get("policyName"):
        problems.required("spec.policyName")
    actions = spec.get("validationActions") or []
    if not actions:
        problems.required("spec.validationActions")
    for index, action in enumerate(actions):
        at = f"spec.validationActions[{index}]"
        if action not in ACTIONS:
            problems.unsupported(at, action, ACTIONS)
        elif action in actions[:index]:
            problems.duplicate(at, action)
    if "Deny" in actions and "Warn" in actions:
        problems.invalid(
            "spec.validationActions",
            Raw(json.dumps(actions, separators=(",", ":"))),
            "must not contain both Deny and Warn (repeating the same validation failure information in the API"
            " response and headers serves no purpose)",
        )
    ref = spec.get("paramRef")
    if ref is not None:
        if not ref.get("name") and ref.get("selector") is None:
            problems.required("spec.paramRef", "one of name or selector must be specified")
        if ref.get("name") and ref.get("selector") is not None:
            problems.forbidden("spec.paramRef.name", "name and selector are mutually exclusive")
        if not ref.get("parameterNotFoundAction"):
            problems.required("spec.paramRef.parameterNotFoundAction")
