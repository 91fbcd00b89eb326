"""What a pod's container is started with, from the pod's spec and the objects that it refers to."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence

from runner.practice.containers.container_config import ContainerConfig, Mount, PodConfig, VolumeConfig
from runner.practice.machinery.store import Key, Object, Store
from runner.practice.node import images

_REFERENCE = re.compile(r"\$(\$|\(([-._a-zA-Z0-9]+)\))?")


def container_config(store: Store, pod: Object, spec: Object, id_: str) -> ContainerConfig:
    """What the runtime is told of a container. What the pod refers to must exist (`pod_volumes.py` looks before)."""
    env = environment(store, pod, spec)
    image = images.parse(str(spec.get("image", "")))
    security = {**(pod["spec"].get("securityContext") or {}), **(spec.get("securityContext") or {})}
    return ContainerConfig(
        id=id_,
        name=spec["name"],
        pod=_pod_config(pod),
        image=image.full if image else str(spec.get("image", "")),
        command=_expanded(spec.get("command"), env),
        args=_expanded(spec.get("args"), env),
        env=env,
        working_dir=spec.get("workingDir", ""),
        mounts=list(_mounts(pod, spec)),
        user=security.get("runAsUser"),
        group=security.get("runAsGroup"),
        read_only_root=bool(security.get("readOnlyRootFilesystem")),
        ports=[port["containerPort"] for port in spec.get("ports") or ()],
        stdin=bool(spec.get("stdin")),
        stdin_once=bool(spec.get("stdinOnce")),
        tty=bool(spec.get("tty")),
    )


def volumes(store: Store, pod: Object) -> list[VolumeConfig]:
    """The pod's volumes, with the content that they have now."""
    return list(_volumes(store, pod))


def environment(store: Store, pod: Object, spec: Object) -> dict[str, str]:
    """envFrom, then env; `$(NAME)` stands for what was set before."""
    namespace = pod["metadata"]["namespace"]
    env: dict[str, str] = {}
    for source in spec.get("envFrom") or ():
        prefix = source.get("prefix", "")
        for part, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            if part in source:
                found = _data(store.get(Key(resource, namespace, source[part].get("name", ""))))
                env |= {prefix + key: data.decode("utf-8", "replace") for key, data in found.items()}
    for variable in spec.get("env") or ():
        value = _value(store, pod, variable)
        if value is not None:
            env[variable["name"]] = _replaced(value, env)
    return env


def _value(store: Store, pod: Object, variable: Object) -> str | None:
    """The value of one variable; None if what it refers to is optional and missing."""
    source = variable.get("valueFrom")
    if not source:
        return str(variable.get("value", ""))
    namespace = pod["metadata"]["namespace"]
    for part, resource in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if part in source:
            found = _data(store.get(Key(resource, namespace, source[part].get("name", ""))))
            data = found.get(source[part]["key"])
            return None if data is None else data.decode("utf-8", "replace")
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"].get("fieldPath", ""))
    return ""


def _field(pod: Object, path: str) -> str:
    at: object = pod
    for part in path.split("."):
        at = at.get(part, "") if isinstance(at, dict) else ""
    return str(at)


def _replaced(text: str, env: Mapping[str, str]) -> str:
    """$(NAME) by its value where there is one, $$ by one $."""

    def value(found: re.Match[str]) -> str:
        if found[1] == "$":
            return "$"
        return env.get(found[2], found[0]) if found[2] else found[0]

    return _REFERENCE.sub(value, text)


def _expanded(words: Sequence[str] | None, env: Mapping[str, str]) -> list[str] | None:
    return [_replaced(str(word), env) for word in words] if words is not None else None


def _pod_config(pod: Object) -> PodConfig:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    return PodConfig(
        uid=meta["uid"],
        namespace=meta["namespace"],
        name=meta["name"],
        ip=status.get("podIP", ""),
        host_ip=status.get("hostIP", ""),
        node=spec.get("nodeName", ""),
        hostname=spec.get("hostname") or meta["name"],
        host_network=bool(spec.get("hostNetwork")),
        host_aliases={each["ip"]: each.get("hostnames") or [] for each in spec.get("hostAliases") or ()},
    )


def _mounts(pod: Object, spec: Object) -> Iterator[Mount]:
    known = {volume.id for volume in _volumes_named(pod)}
    for mount in spec.get("volumeMounts") or ():
        volume = volume_id(pod, mount["name"])
        if volume in known:
            yield Mount(volume, mount["mountPath"], bool(mount.get("readOnly")), mount.get("subPath", ""))


def volume_id(pod: Object, name: str) -> str:
    return f"{pod['metadata']['uid']}/{name}"


def _volumes_named(pod: Object) -> Iterator[VolumeConfig]:
    for volume in pod["spec"].get("volumes") or ():
        yield VolumeConfig(volume_id(pod, volume["name"]))


def _volumes(store: Store, pod: Object) -> Iterator[VolumeConfig]:
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or ():
        content = None
        for part, resource, field in (
            ("configMap", "configmaps", "name"),
            ("secret", "secrets", "secretName"),
        ):
            if part in volume:
                found = _data(store.get(Key(resource, namespace, volume[part].get(field, ""))))
                items = volume[part].get("items")
                content = (
                    {item["path"]: found[item["key"]] for item in items if item["key"] in found}
                    if items
                    else found
                )
        yield VolumeConfig(volume_id(pod, volume["name"]), content)


def _data(obj: Object | None) -> dict[str, bytes]:
    """The keys of a ConfigMap or Secret."""
    if obj is None:
        return {}
    if obj["kind"] == "Secret":
        return {key: base64.b64decode(value) for key, value in (obj.get("data") or {}).items()}
    binary = {key: base64.b64decode(value) for key, value in (obj.get("binaryData") or {}).items()}
    return {**{key: value.encode() for key, value in (obj.get("data") or {}).items()}, **binary}
