"""Discovery: which kinds the API server serves, and their paths."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from checks.base import CannotRead
from checks.object_fields import at, mappings_at, text_at
from runner.words import phrase
from runner.world.api_client import ApiServer
from runner.world.backoff import Holds
from runner.world.refusals import ApiError, bare, not_an_api_server

ASK_AGAIN_AFTER = 1.0
"""Seconds before an unknown kind is looked for again: its CRD may have been installed."""
RESOURCES_HOLD = 60.0
"""Seconds for which the resources of a group are taken to stay the same, where only their names are asked for."""

_PLURAL = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9.]{0,251}[a-zA-Z0-9])?")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind as the API server serves it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None) -> str:
        """The path of its list, in a namespace or (None) in all."""
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root(self.api_version)}{within}/{self.plural}"


def root(api_version: str) -> str:
    """`/api/v1`, or `/apis/apps/v1`."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


_NAME = re.compile(
    r"[^\s/%;&|<>$`\"'\\(){}*?#!~\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]{1,253}"
)
"""Wider than what the API server accepts (RBAC names are nearly free), but nothing that is special in a shell, a path
or a terminal."""


def is_name(value: object) -> bool:
    """Whether an object can be called that."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


class Discovery:
    """Kinds by apiVersion and kind, each group version asked for once, again where a kind is not among them.

    That a kind is unknown is said only where the API server listed all that it has in that version, or listed its
    groups and the version is none of them: an aggregated API that is down is no proof.
    """

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._known: dict[str, dict[str, Kind]] = {}
        self._asked_at: dict[str, float] = {}
        self._failed: dict[str, CannotRead] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._holds = Holds()

    async def find(self, api_version: str, kind: str) -> Kind:
        """Raises CannotRead: unknown-kind where the API server does not have it."""
        async with self._asking.setdefault(api_version, asyncio.Lock()):
            now = asyncio.get_running_loop().time()
            asked = self._asked_at.get(api_version, float("-inf"))
            known = self._known.get(api_version, {})
            if kind not in known and now - asked >= ASK_AGAIN_AFTER:
                known = await self._ask(api_version)
            if kind not in known and api_version in self._failed:
                raise self._failed[api_version].with_traceback(None)
        if kind not in known:
            raise CannotRead(
                "unknown-kind",
                phrase(
                    "The cluster does not have this kind: {kind} ({api}). Its CRD is not installed, "
                    "or this Kubernetes version does not include it.",
                    kind=kind,
                    api=api_version,
                ),
            )
        return known[kind]

    async def group_of(self, plural: str, group: str = "") -> str:
        """The API group that serves a resource, as kubectl finds it: the named one, or the first that has it. Raises
        CannotRead: unknown-kind where none does."""
        for api_version in await self._preferred(group):
            known = await self._plurals(api_version)
            if plural in known:
                return api_version.rpartition("/")[0]
        raise CannotRead(
            "unknown-kind",
            phrase(
                "The cluster does not know this resource: {resource}. A resource is written in the plural, with its group "
                "where it is not the core's: deployments.apps.",
                resource=f"{plural}.{group}" if group else plural,
            ),
        )

    async def _preferred(self, group: str) -> list[str]:
        """The preferred version of each group, the core's first; of one group alone where one is named."""
        answer = await self._holds.ask("/apis", lambda: self._server.json("/apis"))
        groups = mappings_at(answer, "groups")
        named = [each for each in groups if not group or text_at(each, "name") == group]
        found = [text_at(each, "preferredVersion", "groupVersion") for each in named]
        return [*([] if group else ["v1"]), *(each for each in found if each)]

    async def _plurals(self, api_version: str) -> set[str]:
        """What a group version serves, asked for again where it is not fresh; of one that is down nothing is known."""
        async with self._asking.setdefault(api_version, asyncio.Lock()):
            asked = self._asked_at.get(api_version, float("-inf"))
            if asyncio.get_running_loop().time() - asked >= RESOURCES_HOLD:
                await self._ask(api_version)
            return {kind.plural for kind in self._known.get(api_version, {}).values()}

    def forget(self, kind: Kind) -> None:
        """The API server no longer serves it."""
        self._known.pop(kind.api_version, None)
        self._asked_at.pop(kind.api_version, None)
        self._failed.pop(kind.api_version, None)

    async def _ask(self, api_version: str) -> dict[str, Kind]:
        """Fetch and cache the answer, failures included: many checks ask for the same at once."""
        self._failed.pop(api_version, None)
        try:
            known = await self._served(api_version)
        except CannotRead as error:
            known, self._failed[api_version] = {}, bare(error)
        self._known[api_version] = known
        self._asked_at[api_version] = asyncio.get_running_loop().time()
        return known

    async def _served(self, api_version: str) -> dict[str, Kind]:
        try:
            answer = await self._holds.ask(api_version, lambda: self._server.json(root(api_version)))
        except ApiError as error:
            if error.code == 404 and not await self._is_listed(api_version):
                return {}
            raise
        resources = answer.get("resources") if isinstance(answer, dict) else None
        if not isinstance(resources, list):
            raise CannotRead("server", not_an_api_server(self._server.access))
        return {
            entry["kind"]: Kind(api_version, entry["kind"], entry["name"], bool(entry.get("namespaced")))
            for entry in resources
            if isinstance(entry, dict)
            and isinstance(entry.get("kind"), str)
            and _PLURAL.fullmatch(str(entry.get("name") or ""))  # not a subresource
        }

    async def _is_listed(self, api_version: str) -> bool:
        """Whether the API server says that it has this group and version. Raises CannotRead if it lists none."""
        where = "/apis" if "/" in api_version else "/api"
        answer = await self._holds.ask(where, lambda: self._server.json(where))
        if "/" not in api_version:
            versions = at(answer, "versions")
            if not isinstance(versions, list):
                raise CannotRead("server", not_an_api_server(self._server.access))
            return api_version in versions
        if not isinstance(at(answer, "groups"), list):
            raise CannotRead("server", not_an_api_server(self._server.access))
        return any(
            text_at(version, "groupVersion") == api_version
            for group in mappings_at(answer, "groups")
            for version in mappings_at(group, "versions")
        )
