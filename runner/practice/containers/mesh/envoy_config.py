"""The configuration of all proxies, as one Envoy gets it."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from runner.practice.containers.mesh.config_server import WHOLE, ConfigServer, Kind
from runner.practice.containers.mesh.mesh_messages import FOLDER, MeshChange, Resources

CONFIG_CLUSTER = "xds-rest"
"""The name that resources ask for others by (`CONFIG_CLUSTER` of the API's process)."""
PIPES = re.compile(rf'"{FOLDER}/((?:out|in|gw)-[0-9.]+(?:-\w+)?)"')
"""The pipes of listeners, in their JSON."""
TAKEN_SECONDS = 0.5
"""How long is waited for Envoy to take up clusters before routes lead to them."""


class EnvoyConfig:
    """Publishes changes in an order in which nothing is named that is not there: clusters, routes and listeners, then
    clusters that lead to new listeners, and what is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = ConfigServer(folder)
        self._names: dict[str, set[str]] = defaultdict(set)
        """Of clusters and listeners, by the proxy's address."""
        self._pipes: dict[str, frozenset[str]] = {}
        """Of a listener, by its name."""
        self._publishing = asyncio.Lock()
        self.pipes: set[str] = set()
        """All on which Envoy listens."""
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
        new = {kind: self._placed(change.resources.get(kind, {})) for kind in get_args(Kind)}
        gone = {kind: set(change.gone.get(kind, ())) for kind in get_args(Kind)}
        before, now_on = (
            self.pipes,
            set(PIPES.findall("".join(change.resources.get("listeners", {}).values()))),
        )
        succeeded = {name for name in gone["listeners"] if self._pipes.get(name, frozenset()) & now_on}
        replaced = self._follow(change)
        self.server.change("secrets", new["secrets"], gone["secrets"])
        late = self._leading_to(self.pipes - before, new["clusters"])
        early = {name: text for name, text in new["clusters"].items() if name not in late}
        unknown = any(not self.server.has("clusters", name) for name in early)
        self.server.change("clusters", early)
        if unknown:
            await self.server.taken("clusters", TAKEN_SECONDS)
        self.server.change("routes", new["routes"])
        self.server.change("listeners", new["listeners"], succeeded)  # two can't listen on one pipe
        if new["listeners"] and late:
            await self.server.taken("listeners", TAKEN_SECONDS)
        self.server.change("clusters", late)
        await self._take_away(
            gone, gone["listeners"] - succeeded, bool(new["clusters"]), bool(new["listeners"])
        )
        return replaced

    async def _take_away(
        self, gone: Mapping[Kind, set[str]], listeners: set[str], led_there: bool, led_by: bool
    ) -> None:
        """What is gone, once nothing leads to it. `led_there`, `led_by`: clusters, listeners have just been changed."""
        if listeners and led_there:
            await self.server.taken("clusters", TAKEN_SECONDS)
        self.server.change("listeners", {}, listeners)
        if gone["clusters"] and (listeners or led_by):
            await self.server.taken("listeners", TAKEN_SECONDS)
        self.server.change("routes", {}, gone["routes"])
        self.server.change("clusters", {}, gone["clusters"])

    def _leading_to(self, pipes: set[str], clusters: Mapping[str, str]) -> dict[str, str]:
        """Clusters that are there already, and whose endpoints are listeners that are not."""
        places = [f'"{self.folder}/{pipe}"' for pipe in pipes]
        return {
            name: text
            for name, text in clusters.items()
            if self.server.has("clusters", name) and any(place in text for place in places)
        }

    def configured(self, ip: str) -> bool:
        """Whether the proxy in the pod with that address has anything."""
        return bool(self._names.get(ip))

    def _follow(self, change: MeshChange) -> set[str]:
        """Remember what there is; gives the pipes whose listener is another one now."""
        replaced = set[str]()
        for kind in WHOLE:
            for name in change.resources.get(kind, ()):
                self._names[name.partition(";")[0]].add(f"{kind} {name}")
            for name in change.gone.get(kind, ()):
                self._names[name.partition(";")[0]].discard(f"{kind} {name}")
        for name in change.gone.get("listeners", ()):
            replaced |= self._pipes.pop(name, frozenset())
        for name, text in change.resources.get("listeners", {}).items():
            self._pipes[name] = frozenset(PIPES.findall(text))
            replaced |= self._pipes[name]
        self.pipes = {pipe for pipes in self._pipes.values() for pipe in pipes}
        return replaced

    def _placed(self, texts: Resources) -> dict[str, str]:
        """With the real folder."""
        return {name: text.replace(f'"{FOLDER}/', f'"{self.folder}/') for name, text in texts.items()}


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
