"""Releases, kept as helm keeps them: a Secret for each revision (helm.sh, Release Storage)."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runner.practice.helm.chart import Chart
from runner.practice.helm.cluster_access import Cluster
from runner.practice.helm.helm_error import HelmError

TYPE = "helm.sh/release.v1"
LARGEST = 8 * 1024 * 1024
"""Bytes of an unpacked release."""


@dataclass(frozen=True, slots=True)
class Release:
    """One revision of a release. `config` are the user's values, `manifest` all objects as YAML."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: Mapping[str, Any]
    """Its metadata, as in Chart.yaml."""
    values: Mapping[str, Any]
    """The chart's own."""
    config: Mapping[str, Any]
    manifest: str
    notes: str
    first: str
    """When it was installed, and when changed last: RFC 3339."""
    changed: str
    description: str

    @property
    def chart_name(self) -> str:
        return f"{self.chart.get('name', '')}-{self.chart.get('version', '')}"

    @property
    def secret(self) -> str:
        return f"sh.helm.release.v1.{self.name}.v{self.revision}"


def metadata_of(chart: Chart) -> dict[str, str]:
    return {
        "apiVersion": "v2", "name": chart.name, "version": chart.version, "appVersion": chart.app_version,
        "description": chart.description, "type": "application",
    }  # fmt: skip


def to_secret(release: Release) -> dict[str, Any]:
    info = {
        "first_deployed": release.first, "last_deployed": release.changed, "deleted": "",
        "description": release.description, "status": release.status, "notes": release.notes,
    }  # fmt: skip
    chart: dict[str, Any] = {
        "metadata": dict(release.chart), "lock": None, "templates": [], "values": dict(release.values),
        "schema": None, "files": [],
    }  # fmt: skip
    body = {
        "name": release.name, "info": info, "chart": chart, "config": dict(release.config),
        "manifest": release.manifest, "version": release.revision, "namespace": release.namespace,
    }  # fmt: skip
    packed = base64.b64encode(gzip.compress(json.dumps(body).encode())).decode()
    labels = {
        "name": release.name,
        "owner": "helm",
        "status": release.status,
        "version": str(release.revision),
    }
    return {
        "apiVersion": "v1", "kind": "Secret", "type": TYPE,
        "metadata": {"name": release.secret, "namespace": release.namespace, "labels": labels},
        "data": {"release": base64.b64encode(packed.encode()).decode()},
    }  # fmt: skip


def from_secret(secret: Mapping[str, Any]) -> Release | None:
    """None for what is no release."""
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        unpacker = zlib.decompressobj(wbits=31)
        body = json.loads(unpacker.decompress(packed, LARGEST))
        info, chart = body["info"], body["chart"]
        return Release(
            str(body["name"]), str(body["namespace"]), int(body["version"]), str(info["status"]),
            dict(chart["metadata"]), dict(chart.get("values") or {}), dict(body.get("config") or {}),
            str(body["manifest"]), str(info.get("notes") or ""), str(info["first_deployed"]),
            str(info["last_deployed"]), str(info.get("description") or ""),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, zlib.error):
        return None


class Releases:
    """Those of a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def all(self, namespace: str | None, name: str = "") -> list[Release]:
        """Every revision, of one namespace or of all (None), the oldest first."""
        labels = "owner=helm" + (f",name={name}" if name else "")
        found = [from_secret(each) for each in self._cluster.objects("secrets", namespace, labels)]
        return sorted(
            (each for each in found if each), key=lambda one: (one.namespace, one.name, one.revision)
        )

    def last(self, name: str, namespace: str) -> Release:
        """Its newest revision. Raises HelmError."""
        found = self.all(namespace, name)
        if not found:
            raise HelmError("release: not found")
        return found[-1]

    def keep(self, release: Release) -> None:
        self._cluster.apply([to_secret(release)])

    def change_status(self, release: Release, status: str, description: str = "") -> None:
        self.keep(replace(release, status=status, description=description or release.description))

    def forget(self, releases: Sequence[Release]) -> None:
        self._cluster.delete([to_secret(each) for each in releases])


def time_now() -> str:
    return datetime.now().astimezone().isoformat()
