"""Formats of an answer: whole objects, server-side tables, or metadata only; JSON or YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.conversion import from_storage
from runner.practice.machinery.errors import not_acceptable
from runner.practice.machinery.tables.columns import Printer
from runner.practice.machinery.tables.custom_columns import custom_printer
from runner.practice.machinery.tables.server_table import table

Object = dict[str, Any]

JSON = "application/json"
YAML = "application/yaml"
MEDIA = {JSON: JSON, "application/*": JSON, "*/*": JSON, YAML: YAML, "text/yaml": YAML}
SHAPES = {"Table": "table", "PartialObjectMetadata": "metadata", "PartialObjectMetadataList": "metadata"}
ACCEPTED = (JSON, YAML, "application/vnd.kubernetes.protobuf")


@dataclass(frozen=True, slots=True)
class Form:
    """`shape` is object, table or metadata; `version` is the one of meta.k8s.io for the latter two."""

    shape: str = "object"
    version: str = "v1"
    media: str = JSON


def media_types(accept: str) -> list[tuple[str, dict[str, str]]]:
    """An Accept header as (type, parameters) in the client's order."""
    found = []
    for part in accept.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if media:
            found.append((media, dict(p.split("=", 1) for p in parameters if "=" in p)))
    return found


def negotiate(accept: str) -> Form:
    """The first form that the client asks for and this server knows. Raises ApiError (406) if there is none."""
    for wanted, parameters in media_types(accept) or [(JSON, {})]:
        media = MEDIA.get(wanted)
        if media is None:
            continue
        kind = parameters.get("as", "")
        if not kind:
            return Form(media=media)
        if (
            kind in SHAPES
            and parameters.get("g") == "meta.k8s.io"
            and parameters.get("v") in ("v1", "v1beta1")
        ):
            return Form(SHAPES[kind], parameters["v"], media)
    raise not_acceptable(ACCEPTED)


def typed(obj: Object, api_version: str, kind: str) -> Object:
    """`obj` with its type in front, as the wire carries it."""
    rest = {name: value for name, value in obj.items() if name not in ("apiVersion", "kind")}
    return {"apiVersion": api_version, "kind": kind, **rest}


def shown(call: Call, stored: Object) -> Object:
    """A stored object as the version that was asked for."""
    return typed(from_storage(call.resource, call.version, stored), call.api_version, call.resource.kind)


def partial(obj: Object, version: str) -> Object:
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": obj["metadata"],
    }


def draw_object(backend: Backend, call: Call, stored: Object, form: Form) -> Object:
    """One stored object in the form that was asked for."""
    if form.shape == "table":
        return draw_table(
            backend, call, [stored], {"resourceVersion": stored["metadata"]["resourceVersion"]}, form
        )
    obj = shown(call, stored)
    return partial(obj, form.version) if form.shape == "metadata" else obj


def draw_list(backend: Backend, call: Call, stored: Sequence[Object], meta: Object, form: Form) -> Object:
    """A list of stored objects in the form that was asked for."""
    if form.shape == "table":
        return draw_table(backend, call, stored, meta, form)
    objects = [shown(call, obj) for obj in stored]
    if form.shape == "metadata":
        items = [partial(obj, form.version) for obj in objects]
        api_version = f"meta.k8s.io/{form.version}"
        return {
            "kind": "PartialObjectMetadataList",
            "apiVersion": api_version,
            "metadata": meta,
            "items": items,
        }
    if call.resource.custom:
        meta = {"continue": "", **meta}
    else:
        # The real server's typed lists leave the type of their items to the list's own.
        objects = [{k: v for k, v in obj.items() if k not in ("apiVersion", "kind")} for obj in objects]
    return {
        "kind": call.resource.kind_of_list,
        "apiVersion": call.api_version,
        "metadata": meta,
        "items": objects,
    }


def draw_table(backend: Backend, call: Call, stored: Sequence[Object], meta: Object, form: Form) -> Object:
    """A Table of stored objects; `includeObject` says what each row carries beside its cells."""
    now, minor = datetime.now(UTC), backend.registry.minor
    drawn = table(_printer(call), list(stored), now, minor=minor)
    include = call.query.get("includeObject", "Metadata")
    rows = []
    for row, obj in zip(drawn["rows"], stored, strict=True):
        carried: Object | None = None
        if include != "None":
            carried = shown(call, obj)
            carried = carried if include == "Object" else partial(carried, form.version)
        rows.append({"cells": row["cells"], "object": carried, **_conditions(row)})
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{form.version}",
        "metadata": meta,
        "columnDefinitions": drawn["columnDefinitions"],
        "rows": rows,
    }


def _printer(call: Call) -> Printer:
    if call.resource.builtin:
        return call.resource.builtin.printer
    served = call.resource.version(call.version)
    return custom_printer(served.columns if served else ())


def _conditions(row: Mapping[str, Any]) -> Object:
    return {"conditions": row["conditions"]} if row.get("conditions") else {}


def encode(obj: Any, media: str = JSON) -> bytes:
    if media == YAML:
        import yaml

        return yaml.safe_dump(obj, sort_keys=False, allow_unicode=True).encode()
    return json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
