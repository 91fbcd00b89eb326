"""Reads request bodies: objects, patches and options, in JSON or YAML."""

from __future__ import annotations

import json
from typing import Any

from runner.practice.machinery.api import protobuf
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.served_resources import Registry, split_api_version

Object = dict[str, Any]

LARGEST = 3 * 1024 * 1024
"""Bytes of a request's body (the real server's limit)."""

PROTOBUF = "application/vnd.kubernetes.protobuf"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
"""What the real server calls its own list of kinds."""


def media_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def parse(body: bytes, content_type: str) -> Any:
    """The body as plain data. Raises ApiError: 415 for a kind that can't be read here, 400 for what is malformed."""
    media = media_of(content_type)
    if media == PROTOBUF or body.startswith(protobuf.MAGIC):
        return protobuf.decode(body)
    if "yaml" in media:
        import yaml

        try:
            return yaml.safe_load(body)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise bad_request(f"error decoding YAML: {error}") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc.rstrip()):
            raise bad_request("unexpected EOF") from None
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None


def read_object(registry: Registry, call: Call, body: bytes, content_type: str) -> Object:
    """An object that fits the call's resource, namespace and version. Raises ApiError (400)."""
    unrecognized = f"the object provided is unrecognized (must be of type {call.resource.kind})"
    try:
        obj = parse(body, content_type)
    except ApiError as error:
        raise (bad_request(f"{unrecognized}: {error.message}") if error.code == 400 else error) from None
    if not isinstance(obj, dict):
        raise bad_request(unrecognized)
    if not call.resource.custom:  # the path says what it is
        obj = {
            "apiVersion": call.api_version,
            "kind": call.resource.kind,
            **{name: value for name, value in obj.items() if value or name not in ("apiVersion", "kind")},
        }
    kind, api_version = obj.get("kind"), obj.get("apiVersion")
    if not kind or not api_version:
        missing = "Kind" if not kind else "apiVersion"
        raise bad_request(f"Object '{missing}' is missing in '{body[:200].decode(errors='replace').strip()}'")
    check_type(registry, call, str(api_version), str(kind))
    meta = obj.setdefault("metadata", {}) or {}
    if not isinstance(meta, dict):
        raise bad_request("json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta")
    obj["metadata"] = meta
    fit_namespace(call, meta)
    return obj


def check_type(registry: Registry, call: Call, api_version: str, kind: str) -> None:
    """Refuse an object of another type than the path's. Raises ApiError (400)."""
    if (api_version, kind) == (call.api_version, call.resource.kind):
        return
    wanted = call.resource.kind
    if registry.by_kind(api_version, kind) is None and not call.resource.custom:
        why = f'no kind "{kind}" is registered for version "{api_version}" in scheme "{SCHEME}"'
    elif api_version != call.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version ({call.api_version})"
        )
    else:
        group = call.resource.group.partition(".")[0] or "core"
        why = f"converting ({call.version}.{kind}) to ({group}.{wanted}): unknown conversion"
    version = split_api_version(api_version)[1]
    raise bad_request(f'{kind} in version "{version}" cannot be handled as a {wanted}: {why}')


def fit_namespace(call: Call, meta: Object) -> None:
    """Give the path's namespace to an object that names none. Raises ApiError (400) if they differ."""
    named = meta.get("namespace") or ""
    if not call.resource.namespaced:
        meta.pop("namespace", None)
        return
    if not call.namespace:
        raise bad_request("an empty namespace may not be set during creation")
    if named and named != call.namespace:
        raise bad_request(_mismatch())
    meta["namespace"] = call.namespace


def _mismatch() -> str:
    return "the namespace of the provided object does not match the namespace sent on the request"


def read_options(call: Call, body: bytes, content_type: str) -> Object:
    """DeleteOptions of the body and of the query. Raises ApiError (400)."""
    options = parse(body, content_type) if body.strip() else {}
    if not isinstance(options, dict):
        raise bad_request("the object provided is unrecognized (must be of type DeleteOptions)")
    for name in ("propagationPolicy", "dryRun"):
        if name in call.query:
            options[name] = call.query[name]
    if "gracePeriodSeconds" in call.query:
        options["gracePeriodSeconds"] = _whole_number(call.query["gracePeriodSeconds"])
    orphan = call.query.get("orphanDependents", options.get("orphanDependents"))
    if orphan is not None and "propagationPolicy" not in options:
        options["propagationPolicy"] = "Orphan" if str(orphan).lower() == "true" else "Background"
    return options


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
