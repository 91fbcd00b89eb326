"""Which requests a webhook or an admission policy is for: rules, selectors, and the version that it wants to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.conversion import from_storage
from runner.practice.machinery.list_selectors import match_labels

Object = dict[str, Any]

GROUP = "admissionregistration.k8s.io"


def matched_version(
    request: Request, rules: Iterable[Mapping[str, Any]], hook: Mapping[str, Any]
) -> str | None:
    """The version in which `hook` wants the request's object; None if it is not for it.

    `hook` has namespaceSelector, objectSelector, matchPolicy and (a policy) excludeResourceRules.
    """
    kind = request.kind
    if kind.group == GROUP:
        return None  # a policy must not block its own repair
    if not _selected(request, hook):
        return None
    asked = request.version or kind.storage_version
    versions = [asked]
    if hook.get("matchPolicy", "Equivalent") == "Equivalent":
        versions += [each.name for each in request.registry.served_versions(kind) if each.name != asked]
    excluded = hook.get("excludeResourceRules") or ()
    if any(_rule(request, rule, version) for rule in excluded for version in versions):
        return None
    listed = list(rules)
    return next((version for version in versions if any(_rule(request, r, version) for r in listed)), None)


def _selected(request: Request, hook: Mapping[str, Any]) -> bool:
    selector = hook.get("namespaceSelector") or {}
    if selector and (request.namespace or request.resource == "namespaces"):
        home = (request.object or request.old) if request.resource == "namespaces" else request.home()
        if not match_labels(selector, _labels(home or {})):
            return False
    selector = hook.get("objectSelector") or {}
    present = [each for each in (request.object, request.old) if each]
    return not selector or any(match_labels(selector, _labels(each)) for each in present)


def _labels(obj: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = (obj.get("metadata") or {}).get("labels") or {}
    return found


def _rule(request: Request, rule: Mapping[str, Any], version: str) -> bool:
    kind = request.kind
    scope = rule.get("scope") or "*"
    if scope != "*" and (scope == "Namespaced") is not kind.namespaced:
        return False
    names = rule.get("resourceNames")
    if names and request.name not in names:
        return False
    return (
        _listed(rule.get("operations"), request.operation)
        and _listed(rule.get("apiGroups"), kind.group)
        and _listed(rule.get("apiVersions"), version)
        and any(_resource(each, kind.plural, request.subresource) for each in rule.get("resources") or ())
    )


def _listed(values: Iterable[str] | None, value: str) -> bool:
    found = list(values or ())
    return "*" in found or value in found


def _resource(pattern: str, plural: str, subresource: str) -> bool:
    wanted, slash, sub = pattern.partition("/")
    if wanted not in ("*", plural):
        return False
    return sub in ("*", subresource) if slash else not subresource


def request_data(request: Request, version: str) -> Object:
    """The request as reviews and expressions have it, without its objects."""
    kind = request.kind
    asked = request.version or kind.storage_version
    data: Object = {
        "kind": {"group": kind.group, "version": version, "kind": kind.kind},
        "resource": {"group": kind.group, "version": version, "resource": kind.plural},
        "requestKind": {"group": kind.group, "version": asked, "kind": kind.kind},
        "requestResource": {"group": kind.group, "version": asked, "resource": kind.plural},
        "operation": request.operation,
        "userInfo": request.user.info(),
        "dryRun": request.dry_run,
        "options": request.options or None,
    }
    if request.subresource:
        data |= {"subResource": request.subresource, "requestSubResource": request.subresource}
    generated = request.meta.get("generateName") if not request.validating else ""
    name = "" if generated and request.operation == "CREATE" else str(request.meta.get("name") or "")
    data |= {"name": name} if name else {}
    data |= {"namespace": request.namespace} if request.namespace else {}
    return data


def shown(request: Request, obj: Object | None, version: str) -> Object | None:
    """An object (stored version) in `version`, as clients see it; None if there is none."""
    if not obj:
        return None
    kind = request.kind
    found = from_storage(kind, version, obj)
    return {"kind": kind.kind, "apiVersion": kind.api_version(version), **found}
