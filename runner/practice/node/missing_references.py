"""ConfigMaps and Secrets that a container's environment can't be made without."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.machinery.store import Key, Object, Store

_KINDS = {
    "configMapKeyRef": ("configmaps", "configmap", "ConfigMap"),
    "secretKeyRef": ("secrets", "secret", "Secret"),
    "configMapRef": ("configmaps", "configmap", "ConfigMap"),
    "secretRef": ("secrets", "secret", "Secret"),
}


def missing_environment(store: Store, pod: Object, container: Object) -> str | None:
    """Why a container's environment can't be made: CreateContainerConfigError's message."""
    namespace = pod["metadata"]["namespace"]
    for kind, source in _sources(container):
        resource, word, shown = _KINDS[kind]
        if source.get("optional"):
            continue
        found = store.get(Key(resource, namespace, source.get("name", "")))
        if found is None:
            return f'{word} "{source.get("name", "")}" not found'
        wanted = source.get("key")
        if wanted and not any(
            wanted in (found.get(part) or {}) for part in ("data", "binaryData", "stringData")
        ):
            return f"couldn't find key {wanted} in {shown} {namespace}/{source['name']}"
    return None


def _sources(container: Object) -> Iterator[tuple[str, Object]]:
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        yield from ((kind, source[kind]) for kind in ("configMapKeyRef", "secretKeyRef") if source.get(kind))
    for source in container.get("envFrom") or ():
        yield from ((kind, source[kind]) for kind in ("configMapRef", "secretRef") if source.get(kind))
