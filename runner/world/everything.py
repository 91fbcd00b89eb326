"""A snapshot of all objects of a cluster, for comparison with another one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.base import CannotRead, Object
from runner.world.api_client import ApiServer
from runner.world.api_discovery import Kind, root
from runner.world.kubeconfig_access import Access
from runner.world.refusals import ApiError

AT_ONCE = 8
"""Concurrent list requests."""
PAGE = "500"
"""Objects of one answer."""
FLEETING = frozenset({"Event", "Lease", "PodMetrics", "NodeMetrics", "ComponentStatus"})
"""Kinds that come and go by themselves, or are no objects at all."""
_OF_THE_SERVER = frozenset(
    {"resourceVersion", "generation", "managedFields", "creationTimestamp", "uid", "selfLink"}
)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The identity of an object in a cluster. As text: `Deployment web in shop`."""

    kind: str
    namespace: str
    name: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" in {self.namespace}" if self.namespace else "")


@dataclass(frozen=True, slots=True)
class Everything:
    """The objects by key, and the kinds that the cluster serves."""

    objects: Mapping[Key, Object]
    kinds: Collection[tuple[str, str]]
    """(group, kind) of each."""
    unread: tuple[str, ...] = ()
    """Resources that could not be read: `secrets: forbidden`."""


async def everything(access: Access) -> Everything:
    """Read all that can be listed, each object once, at its group's preferred version. Raises CannotRead."""
    server = ApiServer(access)
    try:
        kinds = await _kinds(server)
        gate, unread = asyncio.Semaphore(AT_ONCE), list[str]()

        async def listed(kind: Kind) -> list[Object]:
            async with gate:
                try:
                    return await _all_of(server, kind)
                except CannotRead as error:
                    if error.reason not in ("forbidden", "unknown-kind", "server"):
                        raise
                    unread.append(f"{kind.plural}: {error.reason}")
                    return []

        lists = await asyncio.gather(*(listed(kind) for kind in kinds))
    finally:
        await server.close()
    objects = {
        key_of(kind, obj): {**obj, "apiVersion": kind.api_version, "kind": kind.kind}
        for kind, found in zip(kinds, lists, strict=True)
        for obj in found
    }
    return Everything(
        objects, {(_group(kind.api_version), kind.kind) for kind in kinds}, tuple(sorted(unread))
    )


def key_of(kind: Kind, obj: Mapping[str, Any]) -> Key:
    """What names the object."""
    meta = obj.get("metadata") or {}
    return Key(kind.kind, meta.get("namespace") or "", meta.get("name") or "", _group(kind.api_version))


def owned(obj: Object) -> bool:
    """Whether another object controls it."""
    return bool((obj.get("metadata") or {}).get("ownerReferences"))


def essence(obj: Object) -> Object:
    """The desired state: without status and the server's own metadata."""
    meta = {name: value for name, value in (obj.get("metadata") or {}).items() if name not in _OF_THE_SERVER}
    annotations = {
        name: value
        for name, value in (meta.get("annotations") or {}).items()
        if name
        not in ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
        and not name.startswith("endpoints.kubernetes.io/")
    }
    rest = {name: value for name, value in obj.items() if name not in ("status", "metadata")}
    return {**rest, "metadata": {**meta, "annotations": annotations}}


def made(before: Everything, after: Everything) -> tuple[Key, ...]:
    """New objects without an owner."""
    return tuple(sorted(key for key in _asked_for(after) if key not in before.objects))


def gone(before: Everything, after: Everything) -> tuple[Key, ...]:
    """Objects that are gone and had no owner."""
    return tuple(sorted(key for key in _asked_for(before) if key not in after.objects))


def changed(before: Everything, after: Everything) -> tuple[Key, ...]:
    """Objects whose desired state changed, without what controllers maintain."""
    return tuple(
        sorted(
            key
            for key in _asked_for(after)
            if key in before.objects and essence(before.objects[key]) != essence(after.objects[key])
        )
    )


def _asked_for(state: Everything) -> Iterable[Key]:
    return (key for key, obj in state.objects.items() if not owned(obj) and not by_itself(key, state.objects))


def by_itself(key: Key, objects: Mapping[Key, Object]) -> bool:
    """Whether a cluster creates such objects by itself, for each namespace or Service."""
    if key.kind == "Endpoints":
        return Key("Service", key.namespace, key.name) in objects
    if key.kind == "ServiceAccount" and key.name == "default":
        return True
    if key.kind == "ConfigMap" and key.name == "kube-root-ca.crt":
        return True
    if key.kind == "Secret":
        return objects[key].get("type") == "kubernetes.io/service-account-token"
    return key.kind in FLEETING or (key.kind == "APIService")


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


async def _kinds(server: ApiServer) -> list[Kind]:
    """Every kind that can be listed, once: the same objects are often served by two groups (events)."""
    groups = await server.json("/apis")
    versions = ["v1", *(each["preferredVersion"]["groupVersion"] for each in groups.get("groups") or ())]
    found: list[Kind] = []
    for version in versions:
        try:
            answer = await server.json(root(version))
        except ApiError:
            continue  # an aggregated API whose server is away
        found += [
            Kind(version, each["kind"], each["name"], bool(each.get("namespaced")))
            for each in answer.get("resources") or ()
            if "/" not in each["name"]
            and "list" in (each.get("verbs") or ())
            and each["kind"] not in FLEETING
        ]
    return found


async def _all_of(server: ApiServer, kind: Kind) -> list[Object]:
    found: list[Object] = []
    params = {"limit": PAGE}
    while True:
        answer = await server.json(kind.path(None), params)
        found += answer.get("items") or ()
        more = (answer.get("metadata") or {}).get("continue")
        if not more:
            return found
        params = {"limit": PAGE, "continue": more}
