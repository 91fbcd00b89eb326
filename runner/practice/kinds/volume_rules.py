"""Rules of where a volume's data comes from: in pods and in PersistentVolumes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from runner.practice.kinds.remote_volume_rules import (
    azure_disk,
    azure_file,
    ceph,
    disk,
    fc,
    iscsi,
    needs,
    nfs,
    quobyte,
)
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.machinery.validation.quantity_format import amount

Rule = Callable[[Problems, str, Object], None]

HOST_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
FIELD_PATHS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)
RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory",
    "requests.cpu", "requests.ephemeral-storage", "requests.memory",
)  # fmt: skip
_REPORTED_AS = {
    "gcePersistentDisk": "persistentDisk",
    "cephfs": "cephFS",
    "photonPersistentDisk": "photonPersistentDisk",
}


def sources(problems: Problems, at: str, volume: Object, known: dict[str, Rule]) -> list[str]:
    """Checks what `volume` is made of (one source, of those that are known) and gives the names of its sources."""
    found = [field for field in known if volume.get(field) is not None]
    for field in found[1:]:
        problems.forbidden(
            f"{at}.{_REPORTED_AS.get(field, field)}", "may not specify more than 1 volume type"
        )
    if found:
        known[found[0]](problems, f"{at}.{_REPORTED_AS.get(found[0], found[0])}", volume[found[0]])
    return found


def backwards(problems: Problems, at: str, path: str, *, field: str = "path") -> None:
    """A path that leads nowhere up."""
    if ".." in path.split("/"):
        problems.invalid(f"{at}.{field}" if field else at, path, "must not contain '..'")


def local_path(problems: Problems, at: str, path: str) -> None:
    """A path within a volume."""
    if path.startswith("/"):
        problems.invalid(at, path, "must be a relative path")
    backwards(problems, at, path, field="")


def _host_path(problems: Problems, at: str, found: Object) -> None:
    if not found.get("path"):
        problems.required(f"{at}.path")
        return
    backwards(problems, at, found["path"])
    if (found.get("type") or "") not in HOST_TYPES:
        problems.unsupported(f"{at}.type", found["type"], HOST_TYPES)


def _empty_dir(problems: Problems, at: str, found: Object) -> None:
    if found.get("sizeLimit") is not None and amount(found["sizeLimit"]) < 0:
        problems.forbidden(f"{at}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def _mode(problems: Problems, at: str, found: Any) -> None:
    if isinstance(found, int) and not 0 <= found <= 0o777:
        problems.invalid(at, found, "must be a number between 0 and 0777 (octal), both inclusive")


def items(problems: Problems, at: str, found: Any) -> None:
    for index, one in enumerate(found or ()):
        here = f"{at}[{index}]"
        if not one.get("key"):
            problems.required(f"{here}.key")
        if not one.get("path"):
            problems.required(f"{here}.path")
        else:
            local_path(problems, f"{here}.path", one["path"])
        _mode(problems, f"{here}.mode", one.get("mode"))


def _keyed(name: str) -> Rule:
    def check(problems: Problems, at: str, found: Object) -> None:
        if not found.get(name):
            problems.required(f"{at}.{name}")
        _mode(problems, f"{at}.defaultMode", found.get("defaultMode"))
        items(problems, f"{at}.items", found.get("items"))

    return check


def field_reference(problems: Problems, at: str, found: Object, known: tuple[str, ...]) -> None:
    path = found.get("fieldPath", "")
    if not found.get("apiVersion"):
        problems.required(f"{at}.apiVersion")
    elif not path:
        problems.required(f"{at}.fieldPath")
    elif subscript := re.fullmatch(r"(metadata\.(?:annotations|labels))\['(.*)'\]", path):
        words = names.qualified(subscript[2].lower() if "annotations" in path else subscript[2])
        names.check(problems, at, subscript[2], words)
    elif path not in (*FIELD_PATHS, *_POD_PATHS):
        problems.invalid(
            f"{at}.fieldPath", path, f"error converting fieldPath: field label not supported: {path}"
        )
    elif path not in known:
        problems.unsupported(f"{at}.fieldPath", path, sorted(known))


_POD_PATHS = (
    "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
    "status.hostIP", "status.phase", "status.podIP", "status.podIPs", "status.hostIPs",
)  # fmt: skip


def resource_reference(problems: Problems, at: str, found: Object, *, in_volume: bool) -> None:
    if in_volume and not found.get("containerName"):
        problems.required(f"{at}.containerName")
    elif not found.get("resource"):
        problems.required(f"{at}.resource")
    elif found["resource"] not in RESOURCES and not found["resource"].split(".", 1)[-1].startswith(
        "hugepages-"
    ):
        problems.unsupported(f"{at}.resource", found["resource"], RESOURCES)
    divisor = found.get("divisor")
    if divisor is None or amount(divisor) == 0:
        return
    kind = str(found.get("resource", "")).partition(".")[2]
    allowed = ("1m", "1") if kind == "cpu" else (
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    )  # fmt: skip
    if kind and amount(divisor) not in [amount(one) for one in allowed]:
        if kind == "cpu":
            problems.invalid(
                "divisor", divisor, "only divisor's values 1m and 1 are supported with the cpu resource"
            )
        else:
            listed = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"
            problems.invalid(
                "divisor", divisor, f"only divisor's values {listed} are supported with the {kind} resource"
            )


def downward_items(problems: Problems, at: str, found: Any) -> None:
    for one in found or ():
        here = at
        if not one.get("path"):
            problems.required(f"{here}.path")
        else:
            local_path(problems, f"{here}.path", one["path"])
        field, resource = one.get("fieldRef"), one.get("resourceFieldRef")
        if field is not None:
            field_reference(problems, f"{here}.fieldRef", field, FIELD_PATHS)
            if resource is not None:
                problems.invalid(
                    here, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"
                )
        elif resource is not None:
            resource_reference(problems, f"{here}.resourceFieldRef", resource, in_volume=True)
        else:
            problems.required(here, "one of fieldRef and resourceFieldRef is required")
        _mode(problems, f"{here}.mode", one.get("mode"))


def _downward(problems: Problems, at: str, found: Object) -> None:
    _mode(problems, f"{at}.defaultMode", found.get("defaultMode"))
    downward_items(problems, at, found.get("items"))


def _projected(problems: Problems, at: str, found: Object) -> None:
    _mode(problems, f"{at}.defaultMode", found.get("defaultMode"))
    paths: set[str] = set()
    for index, source in enumerate(found.get("sources") or ()):
        here = f"{at}[{index}]"
        kinds = [
            kind
            for kind in ("secret", "configMap", "downwardAPI", "serviceAccountToken")
            if source.get(kind) is not None
        ]
        if len(kinds) > 1:
            problems.forbidden(f"{here}.{kinds[1]}", "may not specify more than 1 volume type")
        for kind in kinds[:1]:
            inner = source[kind]
            if kind in ("secret", "configMap"):
                if not inner.get("name"):
                    problems.required(f"{here}.{kind}.name")
                items(problems, f"{here}.{kind}.items", inner.get("items"))
            elif kind == "downwardAPI":
                downward_items(problems, f"{here}.downwardAPI", inner.get("items"))
            else:
                _token(problems, f"{here}.serviceAccountToken", inner)
            entries = [inner] if kind == "serviceAccountToken" else inner.get("items") or ()
            for one in entries:
                path = one.get("path")
                if path and path in paths:
                    problems.invalid(at, source.get("name", ""), "conflicting duplicate paths")
                paths.add(path)


def _token(problems: Problems, at: str, found: Object) -> None:
    seconds = found.get("expirationSeconds", 3600)
    if seconds < 600:
        problems.invalid(
            f"{at}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"
        )
    if seconds > 1 << 32:
        problems.invalid(
            f"{at}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"
        )
    if not found.get("path"):
        problems.required(f"{at}.path")
    else:
        local_path(problems, f"{at}.path", found["path"])


def _git(problems: Problems, at: str, found: Object) -> None:
    if not found.get("repository"):
        problems.required(f"{at}.repository")
    local_path(problems, f"{at}.directory", found.get("directory", ""))


def driver_name(problems: Problems, at: str, name: str) -> None:
    if not name:
        problems.required(at)
    if len(name) > 63:
        problems.too_long(at, 63)
    names.check(problems, at, name, names.subdomain(name.lower()))


def _csi_pod(problems: Problems, at: str, found: Object) -> None:
    driver_name(problems, f"{at}.driver", found.get("driver", ""))
    secret = found.get("nodePublishSecretRef")
    if secret is not None and not secret.get("name"):
        problems.required(f"{at}.nodePublishSecretRef.name")


def _csi_volume(problems: Problems, at: str, found: Object) -> None:
    driver_name(problems, f"{at}.driver", found.get("driver", ""))
    if not found.get("volumeHandle"):
        problems.required(f"{at}.volumeHandle")
    for field in (
        "controllerPublishSecretRef",
        "nodePublishSecretRef",
        "controllerExpandSecretRef",
        "nodeStageSecretRef",
    ):
        secret = found.get(field)
        for part in ("name", "namespace"):
            if secret is not None and field != "nodeStageSecretRef" and not secret.get(part):
                problems.required(f"{at}.{field}.{part}")


def _claim(problems: Problems, at: str, found: Object) -> None:
    if not found.get("claimName"):
        problems.required(f"{at}.claimName")


def _local(problems: Problems, at: str, found: Object) -> None:
    if not found.get("path"):
        problems.required(f"{at}.path")
        return
    backwards(problems, at, found["path"])


def _anything(problems: Problems, at: str, found: Object) -> None:
    pass


def _flex(problems: Problems, at: str, found: Object) -> None:
    needs("driver")(problems, at, found)
    for key in found.get("options") or ():
        domain = key.split("/")[0]
        if "/" in key and (f".{domain}").endswith((".kubernetes.io", ".k8s.io")):
            why = "kubernetes.io and k8s.io namespaces are reserved"
            problems.invalid(f"{at}.options[{key}]", key, why)


_COMMON: dict[str, Rule] = {
    "hostPath": _host_path,
    "gcePersistentDisk": disk("pdName"),
    "awsElasticBlockStore": disk("volumeID"),
    "nfs": nfs,
    "iscsi": iscsi,
    "cinder": needs("volumeID"),
    "cephfs": ceph,
    "flocker": lambda problems, at, found: (
        None
        if bool(found.get("datasetName")) != bool(found.get("datasetUUID"))
        else problems.required(at, "one of datasetName and datasetUUID is required")
    ),
    "rbd": needs("monitors", "image"),
    "quobyte": quobyte,
    "fc": fc,
    "flexVolume": _flex,
    "azureFile": azure_file,
    "vsphereVolume": needs("volumePath"),
    "photonPersistentDisk": needs("pdID"),
    "portworxVolume": needs("volumeID"),
    "azureDisk": azure_disk,
    "storageos": _anything,
}

POD_SOURCES: dict[str, Rule] = {
    "emptyDir": _empty_dir,
    "gitRepo": _git,
    "secret": _keyed("secretName"),
    "glusterfs": needs("endpoints", "path"),
    "persistentVolumeClaim": _claim,
    "downwardAPI": _downward,
    "configMap": _keyed("name"),
    "projected": _projected,
    "scaleIO": needs("gateway", "system", "volumeName"),
    "csi": _csi_pod,
    "ephemeral": _anything,
    "image": _anything,
    **_COMMON,
}

PERSISTENT_SOURCES: dict[str, Rule] = {
    "glusterfs": needs("endpoints", "path"),
    "scaleIO": needs("gateway", "system", "volumeName"),
    "local": _local,
    "csi": _csi_volume,
    **_COMMON,
}
