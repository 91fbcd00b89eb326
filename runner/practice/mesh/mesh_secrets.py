"""Certificates and keys as Envoy takes them: what a proxy's configuration asks for, from the mesh's authority and the store."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import PurePosixPath

from runner.practice.machinery.store import Key, Object, Store
from runner.practice.mesh.mesh_authority import KeyPair, MeshAuthority
from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.proxy_config import SecretRequest
from runner.practice.mesh.view_of_store import PROXY

CERTIFICATE_KEYS = (("tls.crt", "tls.key"), ("cert", "key"))
AUTHORITY_KEYS = ("ca.crt", "cacert")


class MeshSecrets:
    """Finds what a SecretRequest means."""

    def __init__(self, store: Store, authority: MeshAuthority, trust_domain: str) -> None:
        self._store, self._authority, self._domain = store, authority, trust_domain

    def found(self, requests: Iterable[SecretRequest]) -> dict[str, Json]:
        """Those that are there, by name."""
        made = {request.name: self._content(request) for request in requests}
        return {name: {"name": name, **content} for name, content in made.items() if content is not None}

    def _content(self, request: SecretRequest) -> Json | None:
        match request.kind:
            case "workload":
                identity = f"spiffe://{self._domain}/ns/{request.namespace}/sa/{request.source}"
                return _certificate(self._authority.workload(identity))
            case "root":
                return _validation(self._authority.root.certificate, request.spiffe_ids)
            case "credential":
                return _pair(self._secret(request.namespace, request.source))
            case "credential-ca":
                return self._credential_authority(request)
            case "file":
                files = [self._file(request, path) for path in request.paths]
                return _certificate(KeyPair(*files)) if len(files) == 2 and all(files) else None
            case "file-ca":
                text = self._file(request, request.paths[0])
                return _validation(text, request.spiffe_ids) if text else None

    def _credential_authority(self, request: SecretRequest) -> Json | None:
        """Of the Secret itself, or of the one whose name ends in -cacert."""
        for name in (request.source, f"{request.source}-cacert", request.source.removesuffix("-cacert")):
            data = self._secret(request.namespace, name)
            for key in AUTHORITY_KEYS:
                if text := data.get(key):
                    return _validation(text, request.spiffe_ids)
        return None

    def _secret(self, namespace: str, name: str) -> dict[str, str]:
        obj = self._store.get(Key("secrets", namespace, name))
        return {key: _decoded(value) for key, value in ((obj or {}).get("data") or {}).items()}

    def _file(self, request: SecretRequest, path: str) -> str:
        """What is at a path in the pod's istio-proxy, where that is a mounted Secret or ConfigMap; "" where it is not."""
        pod = self._store.get(Key("pods", request.namespace, request.source))
        if pod is None:
            return ""
        containers = (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])
        mounts = next((each.get("volumeMounts") or () for each in containers if each["name"] == PROXY), ())
        volumes = {each["name"]: each for each in pod["spec"].get("volumes") or ()}
        for mount in mounts:
            try:
                below = PurePosixPath(path).relative_to(mount["mountPath"])
            except ValueError:
                continue
            if text := self._of_volume(request.namespace, volumes.get(mount["name"], {}), str(below)):
                return text
        return ""

    def _of_volume(self, namespace: str, volume: Object, name: str) -> str:
        if source := volume.get("secret"):
            key = _key(source, name)
            return self._secret(namespace, source.get("secretName", "")).get(key, "")
        if source := volume.get("configMap"):
            obj = self._store.get(Key("configmaps", namespace, source.get("name", "")))
            return str(((obj or {}).get("data") or {}).get(_key(source, name), ""))
        return ""


def _key(source: Object, name: str) -> str:
    """The key whose content is in a file of that name."""
    return next((each["key"] for each in source.get("items") or () if each.get("path") == name), name)


def _pair(data: dict[str, str]) -> Json | None:
    for certificate, key in CERTIFICATE_KEYS:
        if data.get(certificate) and data.get(key):
            return _certificate(KeyPair(data[certificate], data[key]))
    return None


def _certificate(pair: KeyPair) -> Json:
    return {
        "tls_certificate": {
            "certificate_chain": {"inline_string": pair.certificate},
            "private_key": {"inline_string": pair.key},
        }
    }


def _validation(authority: str, identities: Iterable[str]) -> Json:
    names = [{"san_type": "URI", "matcher": {"exact": each}} for each in identities]
    found: Json = {"trusted_ca": {"inline_string": authority}}
    return {"validation_context": found | ({"match_typed_subject_alt_names": names} if names else {})}


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""
