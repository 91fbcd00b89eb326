"""What ConfigMaps and Secrets hold, as containers get it."""

from __future__ import annotations

import base64
import binascii

from runner.practice.machinery.store import Key, Object, Store


def config_map_data(store: Store, namespace: str, name: str) -> dict[str, bytes] | None:
    """The keys of a ConfigMap; None if there is none of that name."""
    return _data(store.get(Key("configmaps", namespace, name)))


def secret_data(store: Store, namespace: str, name: str) -> dict[str, bytes] | None:
    """The keys of a Secret; None if there is none of that name."""
    return _data(store.get(Key("secrets", namespace, name)))


def _data(obj: Object | None) -> dict[str, bytes] | None:
    if obj is None:
        return None
    if obj["kind"] == "Secret":
        return {key: _decoded(value) for key, value in (obj.get("data") or {}).items()}
    binary = {key: _decoded(value) for key, value in (obj.get("binaryData") or {}).items()}
    return {**{key: value.encode() for key, value in (obj.get("data") or {}).items()}, **binary}


def _decoded(value: str | None) -> bytes:
    try:
        return base64.b64decode(value or "")
    except binascii.Error:
        return b""
