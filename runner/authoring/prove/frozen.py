"""A snapshot of a cluster with one object changed: what would the checks report?

Nothing is removed from the cluster itself, so this is as safe on somebody's own cluster as on a practice one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from checks.base import CannotRead, ClusterView, Object, WebView, WorkspaceView
from checks.selectors import matches
from runner.session.verify import Look
from runner.words import phrase
from runner.world.cluster_views import ClusterBeside
from runner.world.everything import Everything, Key
from runner.world.web_requests import Web
from runner.world.world import Pages


def without(state: Everything, key: Key) -> Everything:
    """The cluster without an object, and without all that goes with it."""
    gone = _gone_with(state.objects, key)
    objects = {each: obj for each, obj in state.objects.items() if each not in gone}
    kinds = state.kinds
    if key.kind == "CustomResourceDefinition":
        spec = state.objects[key].get("spec") or {}
        kinds = set(kinds) - {(spec.get("group") or "", (spec.get("names") or {}).get("kind") or "")}
    return Everything(objects, kinds)


def instead(state: Everything, key: Key, obj: Object) -> Everything:
    """The cluster with another object in that place."""
    return Everything({**state.objects, key: obj}, state.kinds)


def _gone_with(objects: Mapping[Key, Object], key: Key) -> set[Key]:
    """The object, and what cannot be without it: what it owns, what is in it, what is of its kind."""
    gone = {key}
    if key.kind == "Namespace":
        gone |= {each for each in objects if each.namespace == key.name}
    if key.kind == "Service":
        gone |= {Key("Endpoints", key.namespace, key.name)} & objects.keys()
    if key.kind == "CustomResourceDefinition":
        spec = objects[key].get("spec") or {}
        kind = (spec.get("group"), (spec.get("names") or {}).get("kind"))
        gone |= {each for each in objects if (each.group, each.kind) == kind}
    uids = {_uid(objects[each]) for each in gone}
    while True:
        more = {each for each, obj in objects.items() if each not in gone and uids & set(_owners(obj))}
        if not more:
            return gone
        gone |= more
        uids |= {_uid(objects[each]) for each in more}


def _uid(obj: Object) -> str:
    return str((obj.get("metadata") or {}).get("uid"))


def _owners(obj: Object) -> list[str]:
    return [str(each.get("uid")) for each in (obj.get("metadata") or {}).get("ownerReferences") or ()]


class FrozenCluster(ClusterBeside):
    """A ClusterView of objects that stay as they are. Logs and the version are those of the cluster itself."""

    def __init__(self, state: Everything, live: ClusterView) -> None:
        super().__init__(live)
        self._kinds = state.kinds
        self._objects: dict[tuple[str, str], dict[tuple[str, str], Object]] = {}
        for key, obj in sorted(state.objects.items()):
            self._objects.setdefault((key.group, key.kind), {})[key.namespace, key.name] = obj

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        found = self._of(api_version, kind)
        return found.get((namespace or "default", name)) or found.get(("", name))

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        return [
            obj
            for (where, _), obj in self._of(api_version, kind).items()
            if namespace in (None, where) and matches(selector, (obj.get("metadata") or {}).get("labels"))
        ]

    def _of(self, api_version: str, kind: str) -> Mapping[tuple[str, str], Object]:
        known = api_version.rpartition("/")[0], kind
        if known not in self._kinds and known not in self._objects:
            raise CannotRead("unknown-kind", phrase("The cluster does not have this kind: {kind}", kind=kind))
        return self._objects.get(known, {})


class FrozenWorld:
    """The World with such a cluster; the rest of it is as it is."""

    def __init__(self, state: Everything, live: Look, web: Web) -> None:
        self._live = live
        self.cluster: ClusterView = FrozenCluster(state, live.cluster)
        self.web: WebView = Pages(web, self.cluster)

    @property
    def began(self) -> datetime | None:
        return self._live.began

    @property
    def workspace(self) -> WorkspaceView:
        return self._live.workspace

    @property
    def answers(self) -> Mapping[str, Sequence[str]]:
        return self._live.answers

    def now(self) -> datetime:
        return self._live.now()
