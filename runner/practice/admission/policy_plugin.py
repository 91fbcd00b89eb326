"""ValidatingAdmissionPolicy: evaluates a policy's expressions for a request, once per binding.

Words are those of k8s.io/apiserver, pkg/admission/plugin/policy/validating.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.admission.request_matching import matched_version, request_data, shown
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.errors import ApiError, forbidden
from runner.practice.machinery.expressions.expression import ExpressionError, compiled, selections
from runner.practice.machinery.expressions.expression_functions import AUTHORIZER
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Key

Object = dict[str, Any]

POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io"
BINDINGS = "validatingadmissionpolicybindings.admissionregistration.k8s.io"
VARIABLES = (
    ("object", "dyn"),
    ("oldObject", "dyn"),
    ("request", "dyn"),
    ("params", "dyn"),
    ("namespaceObject", "dyn"),
    ("authorizer", "map"),
    ("variables", "map"),
)
CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413, "Invalid": 422}


@dataclass(frozen=True, slots=True)
class Denial:
    """One validation that failed or could not be evaluated."""

    message: str
    reason: str = "Invalid"


@enter
class ValidatingAdmissionPolicies(Plugin):
    """Evaluates each policy that is bound and matches."""

    name = "ValidatingAdmissionPolicy"

    def check(self, request: Request) -> None:
        bindings = request.store.list(BINDINGS)
        for policy in request.store.list(POLICIES) if bindings else ():
            name = policy["metadata"]["name"]
            for binding in bindings:
                if binding["spec"].get("policyName") == name:
                    _bound(request, policy, binding)


def _bound(request: Request, policy: Object, binding: Object) -> None:
    constraints = policy["spec"].get("matchConstraints") or {}
    version = matched_version(request, constraints.get("resourceRules") or (), constraints)
    narrower = binding["spec"].get("matchResources")
    if version is None or (narrower and not _within(request, narrower)):
        return
    fails = policy["spec"].get("failurePolicy", "Fail") == "Fail"
    try:
        found = [
            denial
            for params in _params(request, policy, binding)
            for denial in _denials(request, policy, version, params)
        ]
    except ExpressionError as error:
        found = [Denial(str(error))] if fails else []
    actions = binding["spec"].get("validationActions") or ()
    start = f"ValidatingAdmissionPolicy '{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
    for denial in found:
        if "Deny" in actions:
            raise _denied(request, f"{start} denied request: {denial.message}", denial.reason)
        if "Warn" in actions:
            request.warnings.append(f"Validation failed for {start}: {denial.message}")


def _within(request: Request, narrower: Object) -> bool:
    """A binding may say less of the rules than its policy: then it is for all of the policy's."""
    everything = [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*", "*/*"]}]
    return matched_version(request, narrower.get("resourceRules") or everything, narrower) is not None


def _denied(request: Request, message: str, reason: str) -> ApiError:
    plain = forbidden(request.resource, request.name, message)
    details = {**plain.details, "causes": [{"message": message}]}
    return ApiError(CODES.get(reason, 422), reason, plain.message, details)


def _params(request: Request, policy: Object, binding: Object) -> Iterator[Object | None]:
    """The parameters that the policy is evaluated with, one after the other; None if it takes none."""
    kind, ref = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
    if not kind or not ref:
        yield None
        return
    resource = request.registry.by_kind(kind.get("apiVersion", ""), kind.get("kind", ""))
    if resource is None:
        raise ExpressionError(
            f"failed to configure policy: failed to find resource referenced by paramKind: "
            f"'{kind.get('apiVersion')}, Kind={kind.get('kind')}'"
        )
    namespace = (ref.get("namespace") or request.namespace) if resource.namespaced else ""
    found: list[Object] = []
    if ref.get("name"):
        one = request.store.get(Key(resource.storage_key, namespace, ref["name"]))
        found = [one] if one else []
    else:
        selector = ref.get("selector") or {}
        listed = request.store.list(resource.storage_key, namespace or None)
        found = [each for each in listed if match_labels(selector, each["metadata"].get("labels") or {})]
    if not found and ref.get("parameterNotFoundAction", "Deny") == "Deny":
        raise ExpressionError(
            "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
        )
    yield from found


def _denials(request: Request, policy: Object, version: str, params: Object | None) -> Iterator[Denial]:
    spec = policy["spec"]
    fails = spec.get("failurePolicy", "Fail") == "Fail"
    values = _values(request, version, params)
    for condition in spec.get("matchConditions") or ():
        if not evaluated(condition["expression"], values, "bool"):
            return
    errors: dict[str, str] = {}
    for variable in spec.get("variables") or ():
        try:
            values["variables"][variable["name"]] = evaluated(variable["expression"], values)
        except ExpressionError as error:
            errors[variable["name"]] = str(error)
    for validation in spec.get("validations") or ():
        text = validation["expression"]
        try:
            if evaluated(text, values, "bool"):
                continue
        except ExpressionError as error:
            if fails:
                why = _because_of_a_variable(text, errors) or str(error)
                yield Denial(f"expression '{text.strip()}' resulted in error: {why}")
            continue
        yield Denial(_message(validation, values), validation.get("reason") or "Invalid")


def _because_of_a_variable(text: str, errors: dict[str, str]) -> str:
    for path in selections(text, "variables"):
        if path[0] in errors:
            return f'composited variable "{path[0]}" fails to evaluate: {errors[path[0]]}'
    return ""


def _message(validation: Object, values: Object) -> str:
    words = validation.get("messageExpression")
    if words:
        try:
            found = evaluated(words, values, "string")
        except ExpressionError:
            found = ""
        if isinstance(found, str) and found.strip() and "\n" not in found:
            return found.strip()
    message = validation.get("message")
    return str(message).strip() if message else f"failed expression: {validation['expression'].strip()}"


def evaluated(text: str, values: Object, result: str = "") -> Any:
    """Raises ExpressionError."""
    return compiled(text, VARIABLES, result).evaluate(values)


def _values(request: Request, version: str, params: Object | None) -> Object:
    # The namespace of a namespace is none; expressions see its labels in the object itself.
    home = request.home() if request.namespace and request.resource != "namespaces" else None
    meta = (home or {}).get("metadata") or {}
    kept = ("name", "generateName", "namespace", "labels", "annotations", "uid", "creationTimestamp")
    namespace = home and {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {name: meta[name] for name in kept if name in meta},
        **{part: home[part] for part in ("spec", "status") if part in home},
    }
    return {
        "object": _named(shown(request, request.object, version)),
        "oldObject": _named(shown(request, request.old, version)),
        "request": request_data(request, version),
        "params": params,
        "namespaceObject": namespace,
        "authorizer": {AUTHORIZER: True},
        "variables": {},
    }


def _named(obj: Object | None) -> Object | None:
    """`metadata.namespace` can be written `metadata.__namespace__`, too: it is a reserved word."""
    if obj and "namespace" in obj.get("metadata", {}):
        meta = {**obj["metadata"], "__namespace__": obj["metadata"]["namespace"]}
        return {**obj, "metadata": meta}
    return obj
