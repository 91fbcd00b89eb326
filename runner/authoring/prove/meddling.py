"""Whether evaluating a check changed the cluster: compares it before and after the check's command."""

from __future__ import annotations

import json
import re

from checks.base import Object
from runner.world.api_client import ApiServer
from runner.world.everything import Everything, Key, changed, everything, gone, made
from runner.world.kubeconfig_access import Access

_CLIENTS = re.compile(
    r"(kubectl(-[\w-]+)?|oc|helm|istioctl|curl|wget|python[\w.-]*|node-fetch|kustomize)", re.IGNORECASE
)
"""Who writes as somebody who works at a shell: the names of managers that such programs enter in managedFields."""


class Meddling:
    """Reads the whole cluster, if anything was written since the last time."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._state: Everything | None = None
        self._revision = ""

    async def state(self) -> Everything:
        """All that there is. Raises CannotRead."""
        revision = await self._read_revision()
        if self._state is None or revision != self._revision:
            self._state, self._revision = await everything(self._access), revision
        return self._state

    async def touched(self, before: Everything) -> tuple[Key, ...]:
        """What a command made, changed or deleted since `before`; nothing of what controllers did meanwhile."""
        after = await self.state()
        if after is before:
            return ()
        written = (*made(before, after), *changed(before, after))
        return (
            *(key for key in written if _by_hand(before.objects.get(key), after.objects[key])),
            *gone(before, after),
        )

    async def _read_revision(self) -> str:
        """The revision of the whole store: a list has it, however little it lists."""
        server = ApiServer(self._access)
        try:
            answer = await server.json("/api/v1/namespaces", {"limit": "1"})
        finally:
            await server.close()
        return str((answer.get("metadata") or {}).get("resourceVersion"))


def _by_hand(before: Object | None, after: Object) -> bool:
    """Whether a program that people type wrote last."""
    known = {json.dumps(each, sort_keys=True) for each in _fields(before)}
    news = [each for each in _fields(after) if json.dumps(each, sort_keys=True) not in known]
    if before is None and not _fields(after):  # of an object with nothing in it nobody manages anything
        return True
    return any(_CLIENTS.fullmatch(str(each.get("manager"))) for each in news)


def _fields(obj: Object | None) -> list[Object]:
    return ((obj or {}).get("metadata") or {}).get("managedFields") or []
