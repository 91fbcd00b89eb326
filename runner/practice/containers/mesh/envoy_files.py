"""The files that Envoy takes its configuration from, and takes it up anew when one is replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.practice.containers.mesh.mesh_messages import FOLDER, MeshChange, ProxyParts

PIPES = re.compile(rf'"{FOLDER}/((?:out|in|gw)-[0-9.]+(?:-\w+)?)"')
"""The pipes of listeners, in their JSON."""


class EnvoyFiles:
    """Everything below one folder. Files are written beside and renamed, in the order in which Envoy needs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts: dict[str, ProxyParts] = {}
        self.pipes: dict[str, frozenset[str]] = {}
        """The pipes on which Envoy listens, by the proxy."""
        for name in ("rds", "eds", "sds"):
            (folder / name).mkdir()
        self._write("bootstrap.json", json.dumps(_bootstrap(folder)))
        self._write_resources("cds.json", ())
        self._write_resources("lds.json", ())

    @property
    def bootstrap(self) -> Path:
        return self.folder / "bootstrap.json"

    @property
    def admin(self) -> Path:
        return self.folder / "admin"

    def apply(self, change: MeshChange) -> set[str]:
        """Write what is new: secrets and endpoints, clusters, routes, listeners. Gives the pipes whose listener is another one
        now."""
        listeners_before, clusters_before = self._texts("listeners"), self._texts("clusters")
        before = dict(self._parts)
        self._parts |= change.proxies
        for ip in change.proxies_gone:
            self._parts.pop(ip, None)
            self.pipes.pop(ip, None)
        replaced = set[str]()
        for ip, parts in change.proxies.items():
            found = frozenset(PIPES.findall(parts.listeners))
            if ip not in before or before[ip].listeners != parts.listeners:
                replaced |= found | self.pipes.get(ip, frozenset())
            self.pipes[ip] = found
        for name in sorted(change.files, key=lambda name: name.startswith("rds/")):
            if not name.startswith("rds/"):
                self._write(name, change.files[name])
        if self._texts("clusters") != clusters_before:
            self._write_resources("cds.json", self._texts("clusters"))
        for name, content in change.files.items():
            if name.startswith("rds/"):
                self._write(name, content)
        if self._texts("listeners") != listeners_before:
            self._write_resources("lds.json", self._texts("listeners"))
        for name in change.files_gone:
            (self.folder / name).unlink(missing_ok=True)
        return replaced

    def _texts(self, kind: str) -> list[str]:
        return [text for parts in self._parts.values() if (text := getattr(parts, kind))]

    def _write_resources(self, name: str, texts: Iterable[str]) -> None:
        self._write(name, f'{{"resources":[{",".join(texts)}]}}')

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        beside = path.with_name(f".{path.name}")
        beside.write_text(text.replace(f'"{FOLDER}/', f'"{self.folder}/'))
        beside.replace(path)


def _bootstrap(folder: Path) -> dict[str, Any]:
    def from_file(name: str) -> dict[str, Any]:
        return {"path_config_source": {"path": str(folder / name)}, "resource_api_version": "V3"}

    return {
        "node": {"id": "labgate", "cluster": "labgate"},
        "admin": {"address": {"pipe": {"path": str(folder / "admin"), "mode": 0o600}}},
        "dynamic_resources": {"cds_config": from_file("cds.json"), "lds_config": from_file("lds.json")},
        "layered_runtime": {
            "layers": [
                {
                    "name": "static",
                    "static_layer": {
                        "re2.max_program_size.error_level": 32768,
                        "overload.global_downstream_max_connections": 50000,
                    },
                }
            ]
        },
    }
