"""CustomResourceDefinition: a kind of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.practice.kinds.definition_rules import definition
from runner.practice.kinds.status_rules import definition_status
from runner.practice.machinery.errors import Cause
from runner.practice.machinery.expressions import cel_rules
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.kind import FOREVER, STATUS, Conversion, Kind, Version
from runner.practice.machinery.tables.columns import Object
from runner.practice.machinery.validation.problems import Problems

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def _rule_problems(versions: Sequence[Object]) -> Iterator[Cause]:
    """What is wrong with the rules of its schemas; reported once where all versions have the same schema."""
    found = [(version.get("schema") or {}).get("openAPIV3Schema") or {} for version in versions]
    if found and all(schema == found[0] for schema in found):
        yield from cel_rules.problems_of_rules(found[0], "spec.validation.openAPIV3Schema")
        return
    for index, schema in enumerate(found):
        at = f"spec.versions[{index}].schema.openAPIV3Schema"
        yield from cel_rules.problems_of_rules(schema, at)


def _move(obj: Object, old: str, new: str) -> None:
    if old in obj:
        obj[new] = obj.pop(old)


def v1beta1_to_storage(obj: Object) -> Object:
    """A v1beta1 CustomResourceDefinition, whose schema, columns and subresources may stand for all versions."""
    spec = obj.get("spec") or {}
    single = spec.pop("version", None)
    if not spec.get("versions") and single:
        spec["versions"] = [{"name": single, "served": True, "storage": True}]
    validation = spec.pop("validation", None) or {}
    schema = validation.get("openAPIV3Schema")
    columns, subresources = spec.pop("additionalPrinterColumns", None), spec.pop("subresources", None)
    for version in spec.get("versions") or ():
        if schema and "schema" not in version:
            version["schema"] = {"openAPIV3Schema": schema}
        if subresources and "subresources" not in version:
            version["subresources"] = subresources
        if columns and "additionalPrinterColumns" not in version:
            version["additionalPrinterColumns"] = copied(columns)
        for column in version.get("additionalPrinterColumns") or ():
            _move(column, "JSONPath", "jsonPath")
    spec.setdefault("preserveUnknownFields", True)
    if "conversion" in spec:
        client = spec["conversion"].pop("webhookClientConfig", None)
        reviews = spec["conversion"].pop("conversionReviewVersions", None)
        if client:
            spec["conversion"]["webhook"] = {
                "clientConfig": client,
                "conversionReviewVersions": reviews or [],
            }
    return obj


def v1beta1_from_storage(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    spec.setdefault("preserveUnknownFields", False)
    versions = spec.get("versions") or []
    if versions:
        spec["version"] = versions[0]["name"]
    for version in versions:
        for column in version.get("additionalPrinterColumns") or ():
            _move(column, "jsonPath", "JSONPath")
    if len(versions) == 1:
        only = versions[0]
        if "schema" in only:
            spec["validation"] = only.pop("schema")
        for name in ("subresources", "additionalPrinterColumns"):
            if name in only:
                spec[name] = only.pop(name)
    return obj


def set_v1beta1_defaults(obj: Object) -> None:
    if obj.get("spec") and not obj["spec"].get("scope"):
        obj["spec"]["scope"] = "Namespaced"


def set_defaults(obj: Object, minor: int) -> None:
    """The names that go without saying."""
    spec = obj.get("spec") or {}
    given = spec.get("names") or {}
    if given.get("kind"):
        given.setdefault("singular", given["kind"].lower())
        given.setdefault("listKind", given["kind"] + "List")
    if spec:
        spec.setdefault("conversion", {"strategy": "None"})
        if spec.get("preserveUnknownFields") is False:
            del spec["preserveUnknownFields"]


def initial_status(obj: Object) -> Object:
    versions = (obj.get("spec") or {}).get("versions") or ()
    stored = [version.get("name", "") for version in versions if version.get("storage")]
    return {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": stored}


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    definition(problems, obj, old)
    if problems.minor >= cel_rules.SINCE:
        problems.causes += _rule_problems((obj.get("spec") or {}).get("versions") or ())


def mark_deleted(obj: Object) -> None:
    """Held until its objects are gone."""
    kept = obj["metadata"].get("finalizers") or []
    if CLEANUP not in kept:
        obj["metadata"]["finalizers"] = [*kept, CLEANUP]


CUSTOM_RESOURCE_DEFINITION = Kind(
    group="apiextensions.k8s.io",
    name="CustomResourceDefinition",
    plural="customresourcedefinitions",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=16)),
    short_names=("crd", "crds"),
    categories=("api-extensions",),
    namespaced=False,
    subresources=(STATUS,),
    conversions={"v1beta1": Conversion(v1beta1_to_storage, v1beta1_from_storage)},
    set_defaults=set_defaults,
    version_defaults={"v1beta1": set_v1beta1_defaults},
    initial_status=initial_status,
    name_rule=lambda name, minor: [],
    validate=validate,
    validate_status=definition_status,
    versioned_updates_until=FOREVER,
    generation_since=0,
    mark_deleted=mark_deleted,
)
