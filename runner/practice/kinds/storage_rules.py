"""Rules of PersistentVolumes, their claims and classes, and of storage drivers."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.kinds.placement_rules import node_selector
from runner.practice.kinds.resource_rules import resource_name
from runner.practice.kinds.volume_rules import PERSISTENT_SOURCES, driver_name, sources
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Object, Problems, Raw
from runner.practice.machinery.validation.quantity_format import amount

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce")
VOLUME_MODES = ("Block", "Filesystem")
_RECLAIM = ("Delete", "Recycle", "Retain")


def _modes(problems: Problems, found: Any) -> None:
    known = (*ACCESS_MODES, "ReadWriteOncePod") if problems.minor >= 22 else ACCESS_MODES
    for mode in found or ():
        if mode not in known:
            problems.unsupported("spec.accessModes", mode, known)


def _mode(problems: Problems, spec: Object) -> None:
    if spec.get("volumeMode") is not None and spec["volumeMode"] not in VOLUME_MODES:
        problems.unsupported("spec.volumeMode", spec["volumeMode"], VOLUME_MODES)


def claim(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    claim_spec(problems, "spec", spec)
    if old is not None:
        _same_claim(problems, spec, old.get("spec") or {})


def claim_spec(problems: Problems, at: str, spec: Object) -> None:
    """Of a claim, and of a claim's template in a StatefulSet or a pod."""
    if not spec.get("accessModes"):
        problems.required(f"{at}.accessModes", "at least 1 access mode is required")
    selector(problems, f"{at}.selector", spec.get("selector"))
    _modes(problems, spec.get("accessModes"))
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        problems.required(f"{at}.resources[storage]")
    elif amount(storage) <= 0:
        problems.invalid(f"{at}.resources[storage]", str(storage), "must be greater than zero")
    name = spec.get("storageClassName")
    if name:
        names.check(problems, f"{at}.storageClassName", name, names.subdomain(name))
    _mode(problems, spec)
    source = spec.get("dataSource")
    if source is not None:
        for field in ("name", "kind"):
            if not source.get(field):
                problems.required(f"{at}.dataSource.{field}")
        if not source.get("apiGroup") and source.get("kind") != "PersistentVolumeClaim":
            problems.invalid(f"{at}.dataSource", source.get("kind", ""), "")


LATE_CLASS_SINCE = 26
"""The minor since which a claim without a class may get one."""


def _same_claim(problems: Problems, spec: Object, before: Object) -> None:
    # A claim that is unbound may be given its volume, and bound ones may ask for more.
    new = {**spec, "volumeName": spec.get("volumeName") or ""}
    old = {**before, "volumeName": before.get("volumeName") or ""}
    if not old["volumeName"]:
        new["volumeName"] = ""
    if before.get("storageClassName") is None and problems.minor >= LATE_CLASS_SINCE:
        new.pop("storageClassName", None)
    asked, had = (
        amount((((one.get("resources") or {}).get("requests")) or {}).get("storage", 0))
        for one in (spec, before)
    )
    if _without_request(new) != _without_request(old) or (not old["volumeName"] and asked != had):
        more = " and volumeAttributesClassName" if problems.minor >= 29 else ""
        why = f"spec is immutable after creation except resources.requests{more} for bound claims"
        problems.forbidden("spec", why)
    elif asked < had:
        problems.forbidden("spec.resources.requests.storage", "field can not be less than previous value")


def _without_request(spec: Object) -> Object:
    resources = dict(spec.get("resources") or {})
    requests = {
        name: value for name, value in (resources.pop("requests", None) or {}).items() if name != "storage"
    }
    return {**spec, "resources": {**resources, "requests": requests}}


def volume(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if not spec.get("accessModes"):
        problems.required("spec.accessModes")
    _modes(problems, spec.get("accessModes"))
    _capacity(problems, spec.get("capacity") or {})
    if (policy := spec.get("persistentVolumeReclaimPolicy")) not in (None, "", *_RECLAIM):
        problems.unsupported("spec.persistentVolumeReclaimPolicy", policy, _RECLAIM)
    _placed(problems, spec)
    found = sources(problems, "spec", spec, PERSISTENT_SOURCES)
    if not found:
        problems.required("spec", "must specify a volume type")
    if "local" in found[:1] and spec.get("nodeAffinity") is None:
        problems.required("metadata.annotations", "Local volume requires node affinity")
    if (spec.get("hostPath") or {}).get("path") == "/" and policy == "Recycle":
        problems.forbidden(
            "spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'"
        )
    name = spec.get("storageClassName")
    if name:
        names.check(problems, "spec.storageClassName", name, names.subdomain(name))
    _mode(problems, spec)
    if old is not None:
        _same_volume(problems, spec, old.get("spec") or {})


def _same_volume(problems: Problems, spec: Object, before: Object) -> None:
    if any(spec.get(field) != before.get(field) for field in PERSISTENT_SOURCES):
        problems.forbidden(
            "spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"
        )
    problems.immutable("volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    affinity = before.get("nodeAffinity")
    if affinity is not None and spec.get("nodeAffinity") != affinity:
        problems.invalid("spec.nodeAffinity", Raw("core.VolumeNodeAffinity{…}"), "field is immutable")


def _capacity(problems: Problems, capacity: Object) -> None:
    if not capacity:
        problems.required("spec.capacity")
    elif set(capacity) != {"storage"}:
        problems.unsupported("spec.capacity", Raw("core.ResourceList{…}"), ("storage",))
    for name in sorted(capacity):
        resource_name(problems, f"spec.capacity[{name}]", name)
        if amount(capacity[name]) <= 0:
            problems.invalid(f"spec.capacity[{name}]", str(capacity[name]), "must be greater than zero")


def _placed(problems: Problems, spec: Object) -> None:
    affinity = spec.get("nodeAffinity")
    if affinity is None:
        return
    if affinity.get("required") is None:
        problems.required("spec.nodeAffinity.required", "must specify required node constraints")
    else:
        node_selector(problems, "spec.nodeAffinity.required", affinity["required"])


def storage_class(problems: Problems, obj: Object, old: Object | None) -> None:
    provisioner = obj.get("provisioner", "")
    if not provisioner:
        problems.required("provisioner", provisioner)
    else:
        names.check(problems, "provisioner", provisioner, names.qualified(provisioner.lower()))
    _parameters(problems, obj.get("parameters") or {})
    if (policy := obj.get("reclaimPolicy")) and policy not in ("Delete", "Retain"):
        problems.unsupported("reclaimPolicy", policy, ("Delete", "Retain"))
    binding = obj.get("volumeBindingMode")
    if binding not in ("Immediate", "WaitForFirstConsumer"):
        problems.unsupported("volumeBindingMode", binding, ("Immediate", "WaitForFirstConsumer"))
    _topologies(problems, obj.get("allowedTopologies") or ())
    if old is None:
        return
    if (obj.get("parameters") or {}) != (old.get("parameters") or {}):
        problems.forbidden("parameters", "updates to parameters are forbidden.")
    for field in ("provisioner", "reclaimPolicy"):
        if obj.get(field) != old.get(field):
            problems.forbidden(field, f"updates to {field} are forbidden.")
    problems.immutable("volumeBindingMode", obj.get("volumeBindingMode"), old.get("volumeBindingMode"))


def _parameters(problems: Problems, found: Object) -> None:
    if len(found) > 512:
        problems.too_long("parameters", 512)
    if "" in found:
        problems.invalid("parameters", "", "field can not be empty.")
    if sum(len(key) + len(value) for key, value in found.items()) > 256 * 1024:
        problems.too_long("parameters", 256 * 1024)


def _topologies(problems: Problems, terms: Any) -> None:
    seen: list[Any] = []
    for index, term in enumerate(terms):
        here, keys = f"allowedTopologies[{index}]", set()
        for number, one in enumerate(term.get("matchLabelExpressions") or ()):
            at, key, values = (
                f"{here}.matchLabelExpressions[{number}]",
                one.get("key", ""),
                one.get("values") or (),
            )
            if not values:
                problems.required(f"{at}.values")
            for place, value in enumerate(values):
                if value in values[:place]:
                    problems.duplicate(f"{at}.values[{place}]", value)
            names.check(problems, f"{at}.key", key, names.qualified(key))
            if key in keys:
                problems.duplicate(f"{at}.key", key)
            keys.add(key)
        message = sorted(
            (one.get("key", ""), sorted(one.get("values") or ()))
            for one in term.get("matchLabelExpressions") or ()
        )
        if message in seen or not message:
            problems.duplicate(f"{here}.matchLabelExpressions", "")
        seen.append(message)


def csi_driver(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in ("Persistent", "Ephemeral"):
            problems.unsupported("spec.volumeLifecycleModes", mode, ("Persistent", "Ephemeral"))
    policy, known = spec.get("fsGroupPolicy"), ("ReadWriteOnceWithFSType", "File", "None")
    if policy is not None and policy not in known:
        problems.unsupported("spec.fsGroupPolicy", policy, known)
    if old is None:
        return
    before = old.get("spec") or {}
    for field in (
        "attachRequired",
        "fsGroupPolicy",
        "podInfoOnMount",
        "volumeLifecycleModes",
        "storageCapacity",
    ):
        if spec.get(field) != before.get(field) and problems.minor < 23:
            value: Any = spec.get(field)
            problems.invalid(f"spec.{field}", value, "field is immutable")


def csi_node(problems: Problems, obj: Object, old: Object | None) -> None:
    seen = set()
    before = {one.get("name"): one for one in ((old or {}).get("spec") or {}).get("drivers") or ()}
    for index, driver in enumerate((obj.get("spec") or {}).get("drivers") or ()):
        here, name, node = f"spec.drivers[{index}]", driver.get("name", ""), driver.get("nodeID", "")
        driver_name(problems, f"{here}.name", name)
        if not node:
            problems.required(f"{here}.nodeID", node)
        if len(node) > 192:
            problems.invalid(f"{here}.nodeID", node, "must be 192 characters or less")
        count = (driver.get("allocatable") or {}).get("count")
        if count is not None and count < 0:
            problems.invalid(f"{here}.allocatable.count", count, "must be greater than or equal to 0")
        if name in seen:
            problems.duplicate(f"{here}.name", name)
        seen.add(name)
        keys = driver.get("topologyKeys") or ()
        for number, key in enumerate(keys):
            if not key:
                problems.required(f"{here}.topologyKeys", key)
            if key in keys[:number]:
                problems.duplicate(f"{here}.topologyKeys", key)
            names.check(problems, f"{here}.topologyKeys", key, names.qualified(key))
        if name in before and driver != before[name]:
            problems.invalid("spec.drivers", Raw("storage.CSINodeDriver{…}"), "field is immutable")


def attachment(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    attacher = spec.get("attacher", "")
    if not attacher:
        problems.required("spec.attacher")
    else:
        names.check(problems, "spec.attacher", attacher, names.qualified(attacher.lower()))
    if old is None:
        driver_name(problems, "spec.attacher", attacher)
    source = spec.get("source") or {}
    name, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if name is None and inline is None:
        problems.required(
            "spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        )
    elif name is not None and inline is not None:
        problems.forbidden(
            "spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        )
    elif name == "":
        problems.required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName")
    elif name is not None:
        names.check(problems, "spec.source.persistentVolumeName", name, names.subdomain(name))
    node = spec.get("nodeName", "")
    names.check(problems, "spec.nodeName", node, names.subdomain(node))
    if inline is not None:
        if not inline.get("accessModes"):
            problems.required("spec.source.inlineVolumeSpec.accessModes")
        if not inline.get("csi"):
            problems.required("spec.source.inlineVolumeSpec", "must specify a volume type")
    if old is not None and spec != (old.get("spec") or {}):
        problems.invalid("spec", Raw("storage.VolumeAttachmentSpec{…}"), "field is immutable")


def storage_capacity(problems: Problems, obj: Object, old: Object | None) -> None:
    if not re.search(r"\S", obj.get("storageClassName", "")):
        problems.required("storageClassName")
    selector(problems, "nodeTopology", obj.get("nodeTopology"))
