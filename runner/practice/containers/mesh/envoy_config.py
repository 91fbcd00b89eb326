"""The configuration of all proxies, as one Envoy gets it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.practice.containers.mesh.config_server import ConfigServer
from runner.practice.containers.mesh.mesh_messages import FOLDER, MeshChange, ProxyParts

CONFIG_CLUSTER = "xds-rest"
"""The name that resources ask for others by (`CONFIG_CLUSTER` of the API's process)."""
PIPES = re.compile(rf'"{FOLDER}/((?:out|in|gw)-[0-9.]+(?:-\w+)?)"')
"""The pipes of listeners, in their JSON."""
TAKEN_SECONDS = 0.5
"""How long is waited for Envoy to take up clusters before routes lead to them."""


class EnvoyConfig:
    """Publishes changes in an order in which nothing is named that is not there: clusters, routes and listeners, and what is
    gone at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = ConfigServer(folder)
        self._parts: dict[str, ProxyParts] = {}
        self._secrets: dict[str, str] = {}
        self._publishing = asyncio.Lock()
        self.pipes: dict[str, frozenset[str]] = {}
        """The pipes on which Envoy listens, by the proxy."""
        self.bootstrap = folder / "bootstrap.json"
        self.bootstrap.write_text(json.dumps(_bootstrap(folder)))

    @property
    def admin(self) -> Path:
        return self.folder / "admin"

    async def apply(self, change: MeshChange) -> set[str]:
        """Publish what is new. Gives the pipes whose listener is another one now."""
        async with self._publishing:
            return await self._apply(change)

    async def _apply(self, change: MeshChange) -> set[str]:
        before = dict(self._parts)
        clusters_before = self._texts("clusters")
        self._parts |= change.proxies
        for ip in change.proxies_gone:
            self._parts.pop(ip, None)
            self.pipes.pop(ip, None)
        self._secrets |= change.secrets
        for name in change.secrets_gone:
            self._secrets.pop(name, None)
        replaced = set[str]()
        for ip, parts in change.proxies.items():
            found = frozenset(pipe for text in parts.listeners.values() for pipe in PIPES.findall(text))
            if ip not in before or before[ip].listeners != parts.listeners:
                replaced |= found | self.pipes.get(ip, frozenset())
            self.pipes[ip] = found
        self.server.put("secrets", {name: self._placed(text) for name, text in self._secrets.items()})
        clusters = self._texts("clusters")
        self.server.put("clusters", clusters_before | clusters)
        if clusters_before != clusters:
            await self.server.taken("clusters", TAKEN_SECONDS)
        self.server.put("routes", self._texts("routes"))
        self.server.put("listeners", self._texts("listeners"))
        if clusters_before.keys() - clusters.keys():
            await self.server.taken("listeners", TAKEN_SECONDS)
            self.server.put("clusters", clusters)
        return replaced

    def _texts(self, kind: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for parts in self._parts.values():
            texts: Mapping[str, str] = getattr(parts, kind)
            found.update({name: self._placed(text) for name, text in texts.items()})
        return found

    def _placed(self, text: str) -> str:
        return text.replace(f'"{FOLDER}/', f'"{self.folder}/')


def _bootstrap(folder: Path) -> dict[str, Any]:
    source = {
        "resource_api_version": "V3",
        "initial_fetch_timeout": "0s",
        "api_config_source": {
            "api_type": "REST",
            "transport_api_version": "V3",
            "cluster_names": [CONFIG_CLUSTER],
            "refresh_delay": "0.001s",
            "request_timeout": "86400s",
        },
    }
    many = {"max_connections": 100000, "max_pending_requests": 100000, "max_requests": 100000}
    at = {"endpoint": {"address": {"pipe": {"path": str(folder / "xds")}}}}
    return {
        "node": {"id": "labgate", "cluster": "labgate"},
        "admin": {"address": {"pipe": {"path": str(folder / "admin"), "mode": 0o600}}},
        "dynamic_resources": {"cds_config": source, "lds_config": source},
        "static_resources": {
            "clusters": [
                {
                    "name": CONFIG_CLUSTER,
                    "type": "STATIC",
                    "connect_timeout": "5s",
                    "circuit_breakers": {"thresholds": [many]},
                    "load_assignment": {
                        "cluster_name": CONFIG_CLUSTER,
                        "endpoints": [{"lb_endpoints": [at]}],
                    },
                }
            ]
        },
        "overload_manager": {"resource_monitors": [_connections()]},
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {"re2.max_program_size.error_level": 32768}}]
        },
    }


def _connections() -> dict[str, Any]:
    """How many of them there may be."""
    name = "envoy.resource_monitors.global_downstream_max_connections"
    kind = "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    config = {"@type": f"type.googleapis.com/{kind}", "max_active_downstream_connections": 50000}
    return {"name": name, "typed_config": config}
