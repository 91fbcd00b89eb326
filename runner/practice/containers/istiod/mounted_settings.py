"""The configuration of an istiod: the ConfigMaps that are mounted, or, as newer releases do it, those read from the API."""

from __future__ import annotations

import contextlib

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.istiod.injection_settings import InjectionSettings, settings_of

MESH_FILE, INJECT_FOLDER = "/etc/istio/config/mesh", "/var/lib/istio/inject"
MESH, INJECTOR = "istio", "istio-sidecar-injector"


class MountedSettings:
    """Follows them without a restart."""

    def __init__(self, call: Invocation, api: ApiClient, revision: str, tag: str) -> None:
        self._container, self._api = call.container, api
        self._namespace = call.container.pod.config.namespace
        self._revision, self._tag = revision, tag
        self._read: dict[str, dict[str, str]] = {}
        """The data of the ConfigMaps as the API had them last, by name."""

    def current(self) -> InjectionSettings:
        """As it is now. Raises ValueError."""
        mesh, injector = self._read.get(MESH, {}), self._read.get(INJECTOR, {})
        return settings_of(
            self._file(MESH_FILE) or mesh.get("mesh", ""),
            self._file(f"{INJECT_FOLDER}/values") or injector.get("values", ""),
            self._file(f"{INJECT_FOLDER}/config") or injector.get("config", ""),
            revision=self._revision,
            tag=self._tag,
        )

    async def refresh(self) -> None:
        """Ask the API for what is not mounted. Raises ApiError."""
        suffix = "" if self._revision == "default" else f"-{self._revision}"
        for name, path in ((MESH, MESH_FILE), (INJECTOR, f"{INJECT_FOLDER}/values")):
            if self._file(path):
                continue
            try:
                found = await self._api(
                    "GET", f"/api/v1/namespaces/{self._namespace}/configmaps/{name}{suffix}"
                )
            except ApiError as error:
                if error.status != 404:
                    raise
                self._read.pop(name, None)
            else:
                self._read[name] = found.get("data") or {}

    def _file(self, path: str) -> str:
        with contextlib.suppress(OSError):
            return ContainerFiles(self._container).read_text(path)
        return ""
