"""Rules of what the API server calls: admission webhooks, conversion webhooks, API services."""

from __future__ import annotations

import base64
from typing import Any

from runner.practice.kinds.client_config_rules import client_config
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Object, Problems, quoted

OPERATIONS = ("*", "CREATE", "UPDATE", "DELETE", "CONNECT")
_POLICIES = ("Fail", "Ignore")
_SIDE_EFFECTS = ("None", "NoneOnDryRun", "Some", "Unknown")
_SIDE_EFFECTS_V1 = ("None", "NoneOnDryRun")
_SCOPES = ("*", "Cluster", "Namespaced")
_REVIEWS = ("v1", "v1beta1")


def _webhooks(problems: Problems, obj: Object, old: Object | None, *, version: str) -> None:
    seen = set()
    strict = version == "v1" and old is None
    for index, hook in enumerate(obj.get("webhooks") or ()):
        here, name = f"webhooks[{index}]", hook.get("name", "")
        _name(problems, f"{here}.name", name)
        reviews = hook.get("admissionReviewVersions") or ()
        if not reviews:
            problems.required(f"{here}.admissionReviewVersions", f"must specify one of {', '.join(_REVIEWS)}")
        else:
            _reviews(problems, f"{here}.admissionReviewVersions", reviews)
        for number, rule in enumerate(hook.get("rules") or ()):
            _rule(problems, f"{here}.rules[{number}]", rule)
        if hook.get("failurePolicy") not in (None, *_POLICIES):
            problems.unsupported(f"{here}.failurePolicy", hook["failurePolicy"], _POLICIES)
        if hook.get("matchPolicy") not in (None, "Exact", "Equivalent"):
            problems.unsupported(f"{here}.matchPolicy", hook["matchPolicy"], ("Equivalent", "Exact"))
        effects = hook.get("sideEffects")
        known = _SIDE_EFFECTS_V1 if strict else _SIDE_EFFECTS
        if effects is None and version == "v1":
            problems.required(f"{here}.sideEffects", f"must specify one of {', '.join(known)}")
        if effects is not None and effects not in known:
            problems.unsupported(f"{here}.sideEffects", effects, known)
        if not 1 <= hook.get("timeoutSeconds", 10) <= 30:
            why = "the timeout value must be between 1 and 30 seconds"
            problems.invalid(f"{here}.timeoutSeconds", hook["timeoutSeconds"], why)
        for field in ("namespaceSelector", "objectSelector"):
            selector(problems, f"{here}.{field}", hook.get(field))
        client_config(problems, f"{here}.clientConfig", hook.get("clientConfig") or {})
        policy = hook.get("reinvocationPolicy")
        if policy not in (None, "Never", "IfNeeded"):
            problems.unsupported(f"{here}.reinvocationPolicy", policy, ("IfNeeded", "Never"))
        if name in seen and version == "v1" and old is None:
            problems.duplicate(f"{here}.name", name)
        seen.add(name)


def _name(problems: Problems, at: str, name: str) -> None:
    """A name of at least three parts with dots."""
    if not name:
        problems.required(at)
    elif words := names.subdomain(name):
        problems.invalid(at, name, ",".join(words))
    elif len(name.split(".")) < 3:
        problems.invalid(at, name, "should be a domain with at least three segments separated by dots")


def _reviews(problems: Problems, at: str, found: Any) -> None:
    known = False
    for index, one in enumerate(found):
        if one in found[:index]:
            problems.invalid(f"{at}[{index}]", one, "duplicate version")
            continue
        names.check(problems, f"{at}[{index}]", one, names.dns_1035(one))
        known = known or one in _REVIEWS
    if not known:
        problems.invalid(at, list(found), f"must include at least one of {', '.join(_REVIEWS)}")


def _rule(problems: Problems, at: str, rule: Object) -> None:
    operations = rule.get("operations") or ()
    if not operations:
        problems.required(f"{at}.operations")
    if len(operations) > 1 and "*" in operations:
        problems.invalid(
            f"{at}.operations", list(operations), "if '*' is present, must not specify other operations"
        )
    for index, one in enumerate(operations):
        if one not in OPERATIONS:
            problems.unsupported(f"{at}.operations[{index}]", one, OPERATIONS)
    for field in ("apiGroups", "apiVersions"):
        found = rule.get(field) or ()
        if not found:
            problems.required(f"{at}.{field}")
        if len(found) > 1 and "*" in found:
            problems.invalid(
                f"{at}.{field}",
                list(found),
                "if '*' is present, must not specify other "
                + ("API groups" if field == "apiGroups" else "API versions"),
            )
        for index, one in enumerate(found):
            if field == "apiVersions" and not one:
                problems.required(f"{at}.{field}[{index}]")
    resources = rule.get("resources") or ()
    if not resources:
        problems.required(f"{at}.resources")
    _resources(problems, f"{at}.resources", resources)
    if rule.get("scope") not in (None, *_SCOPES):
        problems.unsupported(f"{at}.scope", rule["scope"], _SCOPES)


def _resources(problems: Problems, at: str, found: Any) -> None:
    wild = "*/*" in found
    whole = {one.partition("/")[2] for one in found if one.startswith("*/")}
    parts = {one.partition("/")[0] for one in found if one.endswith("/*")}
    if len(found) > 1 and wild:
        problems.invalid(at, list(found), "if '*/*' is present, must not specify other resources")
        return
    for index, one in enumerate(found):
        if not one:
            problems.required(f"{at}[{index}]")
            continue
        if one == "*/*":
            continue
        name, slash, sub = one.partition("/")
        if slash and sub != "*" and name in parts:
            problems.invalid(f"{at}[{index}]", one, f"if '{name}/*' is present, must not specify {one}")
        if slash and name != "*" and sub in whole:
            problems.invalid(f"{at}[{index}]", one, f"if '*/{sub}' is present, must not specify {one}")
        if not slash and "*" in found and one != "*":
            problems.invalid(
                at, list(found), "if '*' is present, must not specify other resources without subresources"
            )


def webhooks(problems: Problems, obj: Object, old: Object | None) -> None:
    _webhooks(problems, obj, old, version=problems.version or "v1")


def api_service(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    group, version = spec.get("group", ""), spec.get("version", "")
    wanted = f"{version}.{group}"
    if obj["metadata"].get("name") != wanted:
        problems.invalid(
            "metadata.name",
            obj["metadata"].get("name", ""),
            f'must be `spec.version+"."+spec.group`: {quoted(wanted)}',
        )
    _group_version(problems, group, version)
    for field, most in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        value = spec.get(field, 0)
        if not 0 < value <= most:
            problems.invalid(f"spec.{field}", value, f"must be positive and less than {most}")
    _called(problems, spec)


def _called(problems: Problems, spec: Object) -> None:
    service = spec.get("service")
    if service is None:
        if spec.get("caBundle"):
            problems.invalid(
                "spec.caBundle",
                f"{len(base64.b64decode(spec['caBundle']))} bytes",
                "local APIServices may not have a caBundle",
            )
        if spec.get("insecureSkipTLSVerify"):
            problems.invalid(
                "spec.insecureSkipTLSVerify", True, "local APIServices may not have insecureSkipTLSVerify"
            )
        return
    for field in ("namespace", "name"):
        if not service.get(field):
            problems.required(f"spec.service.{field}")
    port = service.get("port", 443)
    if not 1 <= port <= 65535:
        problems.invalid(
            "spec.service.port", port, "port is not valid: must be between 1 and 65535, inclusive"
        )
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        problems.invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present")


def _group_version(problems: Problems, group: str, version: str) -> None:
    if group:
        if words := names.subdomain(group):
            problems.invalid("spec.group", group, "; ".join(words))
        elif group in ("cluster", "local"):
            problems.invalid("spec.group", group, "")
    elif version != "v1":
        problems.invalid("spec.version", version, "")
    if words := names.dns_1035(version):
        problems.invalid("spec.version", version, ",".join(words))
