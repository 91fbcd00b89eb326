"""Rules of CustomResourceDefinitions: names, versions, conversion, columns and subresources."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.kinds.client_config_rules import client_config
from runner.practice.kinds.structural_rules import extended, has_default, schema
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems, Raw

COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = (
    "binary", "bool", "byte", "date", "date-time", "double", "email", "float", "hostname", "int32", "int64", "ipv4",
    "ipv6", "password", "uri", "uuid",
)  # fmt: skip
APPROVED = "api-approved.kubernetes.io"
PROTECTED = (".k8s.io", ".kubernetes.io")
_REVIEWS = ("v1", "v1beta1")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def definition(problems: Problems, obj: Object, old: Object | None) -> None:
    spec, meta = obj.get("spec") or {}, obj["metadata"]
    named, group = spec.get("names") or {}, spec.get("group", "")
    name = meta.get("name", "")
    if name != f"{named.get('plural', '')}.{group}":
        problems.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    if not group:
        problems.required("spec.group")
    elif words := names.subdomain(group):
        problems.invalid("spec.group", group, ",".join(words))
    elif "." not in group:
        problems.invalid("spec.group", group, "should be a domain with at least one dot")
    problems.one_of("spec.scope", spec.get("scope"), ("Cluster", "Namespaced"))
    definition_names(problems, "spec.names", named)
    _versions(problems, spec, old)
    _conversion(problems, "spec.conversion", spec)
    if f".{group}".endswith(PROTECTED):
        _approval(problems, (meta.get("annotations") or {}).get(APPROVED), old)
    if old is not None:
        _kept(problems, obj, old)


def _approval(problems: Problems, value: Any, old: Object | None) -> None:
    at = f"metadata.annotations[{APPROVED}]"
    before = ((old or {}).get("metadata") or {}).get("annotations") or {}
    if old is not None and before.get(APPROVED) == value:
        return
    if not value:
        why = f'protected groups must have approval annotation "{APPROVED}", '
        problems.required(at, f"{why}see https://github.com/kubernetes/enhancements/pull/1111")
    elif not value.startswith(("https://", "http://", "unapproved")):
        why = 'protected groups must have approval annotation with either a URL or a reason starting with "unapproved", '
        problems.invalid(at, value, f"{why}see https://github.com/kubernetes/enhancements/pull/1111")


def definition_names(problems: Problems, at: str, found: Object) -> None:
    plural, kind, listed = found.get("plural", ""), found.get("kind", ""), found.get("listKind", "")
    for field, value, form in (
        ("plural", plural, plural),
        ("singular", found.get("singular", ""), found.get("singular", "")),
        ("kind", kind, kind.lower()),
        ("listKind", listed, listed.lower()),
    ):
        if not value:
            if field in ("plural", "kind"):
                problems.required(f"{at}.{field}")
            continue
        if words := names.dns_1035(form):
            mixed = "may have mixed case, but should otherwise match: " if "ind" in field else ""
            problems.invalid(f"{at}.{field}", value, mixed + ",".join(words))
    for field in ("shortNames", "categories"):
        for index, one in enumerate(found.get(field) or ()):
            if words := names.dns_1035(one):
                problems.invalid(f"{at}.{field}[{index}]", one, ",".join(words))
    if kind and kind == listed:
        problems.invalid(f"{at}.listKind", listed, "kind and listKind may not be the same")


def _versions(problems: Problems, spec: Object, old: Object | None) -> None:
    versions = spec.get("versions") or []
    known = [one.get("name", "") for one in versions]
    stored = sum(bool(one.get("storage")) for one in versions)
    shown: Any = Raw("[]apiextensions.CustomResourceDefinitionVersion{…}")
    if stored != 1:
        problems.invalid("spec.versions", shown, "must have exactly one version marked as storage version")
    if len({*known}) != len(known):
        problems.invalid("spec.versions", shown, "must contain unique version names")
    keeps = bool(spec.get("preserveUnknownFields"))
    if (
        keeps
        and problems.version == "v1"
        and not ((old or {}).get("spec") or {}).get("preserveUnknownFields")
    ):
        why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        problems.invalid("spec.preserveUnknownFields", True, why)
    same = {field: _same(versions, field) for field in ("schema", "subresources", "additionalPrinterColumns")}
    for index, one in enumerate(versions):
        at = f"spec.versions[{index}]"
        name = one.get("name", "")
        if words := names.dns_1035(name):
            problems.invalid(f"{at}.name", name, ",".join(words))
        _deprecation(problems, at, one)
        # What all versions have alike is reported once, as if it stood above them.
        if not same["schema"] or not index:
            _schema(problems, "spec.validation" if same["schema"] else f"{at}.schema", one, at, spec)
        if not same["subresources"] or not index:
            _subresources(problems, "spec" if same["subresources"] else at, one.get("subresources") or {})
        if not same["additionalPrinterColumns"] or not index:
            where = "spec" if same["additionalPrinterColumns"] else at
            for number, column in enumerate(one.get("additionalPrinterColumns") or ()):
                _column(problems, f"{where}.additionalPrinterColumns[{number}]", column)


def _same(versions: list[Object], field: str) -> bool:
    return all(one.get(field) == versions[0].get(field) for one in versions)


def _schema(problems: Problems, at: str, version: Object, shown_at: str, spec: Object) -> None:
    found = (version.get("schema") or {}).get("openAPIV3Schema")
    structural = problems.version == "v1" or not spec.get("preserveUnknownFields")
    if found is None:
        if problems.version == "v1" and not spec.get("preserveUnknownFields"):
            problems.required(f"{shown_at}.schema.openAPIV3Schema", "schemas are required")
        return
    if problems.version == "v1beta1" and has_default(found):
        why = "must not be set (cannot set default values in apiextensions.k8s.io/v1beta1 CRDs, must use "
        problems.forbidden(f"{at}.openAPIV3Schema.default", f"{why}apiextensions.k8s.io/v1 CRDs)")
    schema(problems, f"{at}.openAPIV3Schema", found, structural=structural or extended(found))


def not_structural(obj: Object, minor: int) -> str:
    """What keeps a definition's schemas from being structural, in the words of its condition; "" where nothing does."""
    problems, spec = Problems(minor, "apiextensions.k8s.io", "v1"), obj.get("spec") or {}
    if spec.get("preserveUnknownFields"):
        problems.invalid("spec.preserveUnknownFields", True, "must be false")
    for index, version in enumerate(spec.get("versions") or ()):
        found = (version.get("schema") or {}).get("openAPIV3Schema")
        if found is not None:
            schema(problems, f"spec.versions[{index}].schema.openAPIV3Schema", found, structural=True)
    messages = sorted({f"{cause.field}: {cause.message}" for cause in problems.causes})
    return messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]" if messages else ""


def _deprecation(problems: Problems, at: str, version: Object) -> None:
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    here = f"{at}.deprecationWarning"
    if not version.get("deprecated"):
        problems.invalid(here, warning, "can only be set for deprecated versions")
    if len(warning) > 256:
        problems.invalid(here, warning, "must be <= 256 characters long")
    if not warning:
        problems.invalid(here, warning, "must not be an empty string")
    elif _CONTROL.search(warning):
        problems.invalid(
            here, warning, "must only contain printable UTF-8 characters; non-printable character found"
        )


def _column(problems: Problems, at: str, column: Object) -> None:
    kind, form, path = column.get("type", ""), column.get("format", ""), column.get("jsonPath", "")
    if not column.get("name"):
        problems.required(f"{at}.name")
    if not kind:
        problems.required(f"{at}.type", f"must be one of {','.join(COLUMN_TYPES)}")
    elif kind not in COLUMN_TYPES:
        problems.unsupported(f"{at}.type", kind, COLUMN_TYPES)
    if form and form not in COLUMN_FORMATS:
        problems.unsupported(f"{at}.format", form, COLUMN_FORMATS)
    where = f"{at}.JSONPath" if problems.version == "v1beta1" or problems.minor < 30 else f"{at}.jsonPath"
    if not path:
        problems.required(where)
    else:
        _path(problems, where, path)


def _path(problems: Problems, at: str, path: str) -> None:
    """A JSON path that names fields, no more."""
    if not path.startswith("."):
        problems.invalid(at, path, "must be a simple json path starting with .")
    elif path.count("[") != path.count("]") or re.search(r"\[[^\]]*$|\.\.$|\.$", path[1:]):
        problems.invalid(at, path, "is an invalid path: unterminated array")


def _subresources(problems: Problems, at: str, found: Object) -> None:
    scale = found.get("scale")
    if scale is None:
        return
    here = f"{at}.subresources.scale"
    for field, roots, needed in (
        ("specReplicasPath", (".spec.",), True),
        ("statusReplicasPath", (".status.",), True),
        ("labelSelectorPath", (".spec.", ".status."), False),
    ):
        path = scale.get(field) or ""
        if not path:
            if needed:
                problems.required(f"{here}.{field}")
            continue
        if "[" in path:
            problems.invalid(f"{here}.{field}", path, "is an invalid path: arrays are not supported")
        else:
            _path(problems, f"{here}.{field}", path)
        if not path.startswith(roots):
            listed = " or ".join(root.rstrip(".") for root in roots)
            problems.invalid(
                f"{here}.{field}",
                path,
                f"should be a json path under {'either ' if len(roots) > 1 else ''}{listed}",
            )


def _conversion(problems: Problems, at: str, spec: Object) -> None:
    found = spec.get("conversion")
    if found is None:
        return
    strategy, hook = found.get("strategy", ""), found.get("webhook") or {}
    client, reviews = hook.get("clientConfig"), hook.get("conversionReviewVersions")
    if strategy != "Webhook":
        for value, field in ((client, "webhookClientConfig"), (reviews, "conversionReviewVersions")):
            if value:
                problems.forbidden(f"{at}.{field}", "should not be set when strategy is not set to Webhook")
        if not strategy:
            problems.required(f"{at}.strategy")
        elif strategy != "None":
            problems.unsupported(f"{at}.strategy", strategy, ("None", "Webhook"))
        return
    if spec.get("preserveUnknownFields"):
        problems.invalid(f"{at}.strategy", strategy, "must be None if spec.preserveUnknownFields is true")
    if client is None:
        problems.required(f"{at}.webhookClientConfig", "required when strategy is set to Webhook")
    else:
        client_config(problems, f"{at}.webhookClientConfig", client)
    _reviews(problems, f"{at}.conversionReviewVersions", reviews)


def _reviews(problems: Problems, at: str, found: Any) -> None:
    if not found:
        problems.required(at)
        return
    for index, one in enumerate(found):
        if one in found[:index]:
            problems.invalid(f"{at}[{index}]", one, "duplicate version")
        elif words := names.dns_1035(one):
            problems.invalid(f"{at}[{index}]", one, ",".join(words))
    if not {*found} & {*_REVIEWS}:
        problems.invalid(
            at, Raw("[" + " ".join(found) + "]"), f"must include at least one of {', '.join(_REVIEWS)}"
        )


def _kept(problems: Problems, obj: Object, old: Object) -> None:
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    conditions = (old.get("status") or {}).get("conditions") or ()
    served = any(one.get("type") == "Established" and one.get("status") == "True" for one in conditions)
    for field in ("group", "scope") if served else ("group",):
        if spec.get(field) != before.get(field):
            problems.invalid(f"spec.{field}", spec.get(field, ""), "field is immutable")
    for field in ("kind", "plural") if served else ("plural",):
        new, had = ((one.get("names") or {}).get(field, "") for one in (spec, before))
        if new != had:
            problems.invalid(f"spec.names.{field}", new, "field is immutable")
    known = {one.get("name") for one in spec.get("versions") or ()}
    for index, name in enumerate((old.get("status") or {}).get("storedVersions") or ()):
        if name not in known:
            problems.invalid(f"status.storedVersions[{index}]", name, "must appear in spec.versions")
