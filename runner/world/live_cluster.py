"""The cluster as checks see it: list and watch, one shared cache, and CannotRead if something is unknown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from checks.base import AccessRequest, CannotRead, CommandResult, Decision, ExecRequest, LogRequest, Object
from checks.object_fields import at, text_at
from runner.world.api_client import Answer, ApiServer, message_of
from runner.world.api_discovery import Discovery, Kind, is_name
from runner.world.backoff import Holds
from runner.world.exec_channel import execute
from runner.world.forward import Forwards
from runner.world.kubeconfig_access import Access
from runner.world.limits import Limits
from runner.world.lists import SHORT, Lists, Read, Source
from runner.world.refusals import ApiError, not_an_api_server, refused
from runner.world.selected_objects import Place
from runner.world.watch_timing import Timing
from runner.world.watched import WatchedList

READ_ONE_BY_ONE = ("secrets", "customresourcedefinitions")
"""Kinds of which only the wanted object is read: the others are private, or (CRDs) a hundred kB each."""

VERSION_HOLDS = 30.0
"""Seconds for which the server's version is taken to stay the same."""

LOG_WITHIN, LOG_MOST = 5.0, 1024 * 1024
"""Seconds and bytes that the end of a log may take."""

OF_OBJECTS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*")
"""Verbs of resources that the API server serves; others (impersonate, approve, use) may be about ones that it has not."""

LOST = ("unreachable", "timeout", "unauthorized", "server")
"""Reasons for which nothing of the cluster can be read, in distinction to one forbidden or unknown kind."""


@dataclass(slots=True)
class Reads:
    """What an evaluation has read so far. `polled`: something was read that no watch reports."""

    watched: set[Read] = field(default_factory=set)
    polled: bool = False


class LiveCluster:
    """One cluster. An async context manager; implements ClusterView.

    Objects are those of the cache: they are not to be changed.
    """

    def __init__(self, access: Access, timing: Timing | None = None, limits: Limits | None = None) -> None:
        self.access, self.limits = access, limits or Limits()
        self.forwards = Forwards()
        """The open port-forwards; their owner closes them."""
        self._server = ApiServer(access, self.limits)
        self._discovery = Discovery(self._server)
        self._lists = Lists(self._server, timing or Timing())
        self._holds = Holds()
        self._version = ("", float("-inf"))
        self._not_found: CannotRead | None = None  # why the kinds of objects could not be asked for

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._lists.close()
        await self._server.close()

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """The object, or None if it does not exist. A namespaced kind without a namespace: in `default`."""
        return await self.read_one(api_version, kind, name, namespace, Reads())

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        """The objects of a namespace (None: of all), by namespace and name."""
        return await self.read_many(api_version, kind, namespace, selector, Reads())

    async def version(self) -> str:
        """The server's version, `1.22.0`. Raises CannotRead."""
        version, asked_at = self._version
        now = asyncio.get_running_loop().time()
        if not version or now - asked_at > VERSION_HOLDS:
            answer = await self._holds.ask("/version", lambda: self._server.json("/version"))
            text = text_at(answer, "gitVersion")
            found = re.match(r"v?(\d+(?:\.\d+)*)", text[:100])
            if found is None:
                raise CannotRead("server", not_an_api_server(self.access))
            version = found[1]
            self._version = version, now
        return version

    async def can(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        """Whether we are allowed to do it; `resource` as in `deployments.apps` or `pods/log`. Raises CannotRead."""
        whole, _, subresource = resource.partition("/")
        plural, _, group = whole.partition(".")
        attributes = {"verb": verb, "resource": plural, "group": group, "subresource": subresource}
        if namespace:
            attributes["namespace"] = namespace
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
        }
        answer = await self._server.json(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=review
        )
        return at(answer, "status", "allowed") is True

    async def decide(self, request: AccessRequest) -> Decision:
        """Whether a user is allowed to do something. Raises CannotRead; unknown-kind where the cluster has no such
        resource."""
        whole, _, subresource = request.resource.partition("/")
        plural, _, group = whole.partition(".")
        if plural and request.verb in OF_OBJECTS:
            group = await self._discovery.group_of(plural, group)
        about = {
            "verb": request.verb,
            "resource": plural,
            "group": group,
            "subresource": subresource,
            "namespace": request.namespace,
            "name": request.name,
        }
        asked: Object = (
            {"nonResourceAttributes": {"verb": request.verb, "path": request.path}}
            if request.path
            else {"resourceAttributes": {key: value for key, value in about.items() if value}}
        )
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": request.user, "groups": list(request.groups), **asked},
        }
        answer = await self._server.json("/apis/authorization.k8s.io/v1/subjectaccessreviews", body=review)
        return Decision(at(answer, "status", "allowed") is True, text_at(answer, "status", "reason"))

    async def logs(self, request: LogRequest) -> str:
        """The last lines that a container wrote; "" if there are none, or none are kept. Raises CannotRead."""
        asked = {
            "container": request.container,
            "previous": str(request.previous).lower(),
            "tailLines": str(request.lines),
        }
        if request.since is not None:
            asked["sinceTime"] = request.since.strftime("%Y-%m-%dT%H:%M:%SZ")
        path = f"/api/v1/namespaces/{request.namespace}/pods/{request.pod}/log?{urlencode(asked)}"
        answer = await self._server.fetch(path, LOG_WITHIN, LOG_MOST)
        if (
            answer.status in (401, 403) or answer.status >= 500
        ):  # the node's kubelet can't be reached, for one
            raise refused(answer.status, message_of(answer.body), self.access)
        return answer.body.decode("utf-8", "replace") if answer.status == 200 else ""

    async def execute(self, request: ExecRequest) -> CommandResult:
        """Run a program in a container. Raises CannotRead."""
        return await execute(self._server, request)

    @property
    def signing_in(self) -> bool:
        """Whether credentials are being brought now, by a plugin that may be slow."""
        return self._server.signing_in

    @property
    def peer(self) -> str:
        """The API server's IP, where that is known."""
        return self._server.peer

    async def fetch(self, path: str, seconds: float, most: int) -> Answer:
        """GET any path of the API server (a Service's proxy, for one). Raises CannotRead."""
        return await self._server.fetch(path, seconds, most)

    async def read_one(
        self, api_version: str, kind: str, name: str, namespace: str | None, reads: Reads
    ) -> Object | None:
        """As `get`, noting in `reads` what was read: also where it raises, so that recovery is reported too."""
        known = await self._find(api_version, kind, reads)
        namespace = (namespace or "default") if known.namespaced else None
        path, place = known.path(namespace), (namespace or "", name)
        single = Source(path, "fieldSelector", f"metadata.name={name}")
        for source in self._lists.sources(path, single, alone=known.plural in READ_ONE_BY_ONE):
            try:
                watched = await self._read(known, source, place, "", reads, SHORT)
                if watched is not None:
                    return watched.objects().get(place)
            except CannotRead as error:
                if error.reason != "forbidden":
                    raise
        reads.polled = True
        return await self._ask_for(f"{path}/{name}", name)

    async def _ask_for(self, path: str, name: str) -> Object | None:
        """One object by GET, where neither list nor watch is allowed."""
        try:
            obj = await self._holds.ask(path, lambda: self._server.json(path))
        except ApiError as error:
            if error.code == 404:
                return None
            raise
        if not isinstance(obj, dict) or text_at(obj, "metadata", "name") != name or not is_name(name):
            raise CannotRead("server", not_an_api_server(self.access))
        return obj

    async def read_many(
        self, api_version: str, kind: str, namespace: str | None, selector: str, reads: Reads
    ) -> Sequence[Object]:
        """As `list`, noting in `reads` what was read."""
        known = await self._find(api_version, kind, reads)
        path = known.path(namespace)
        selected = Source(path, "labelSelector", selector)
        sources = self._lists.sources(path, selected, alone=False) if selector else (Source(path),)
        for source in sources:
            most = SHORT if selector and source != selected else None
            watched = await self._read(known, source, None, selector, reads, most)
            if watched is not None:
                return watched.selection(selector).of(watched.objects())
        raise AssertionError("the last source has no bound")

    async def wait(self, reads: frozenset[Read], seconds: float | None) -> bool:
        """Wait until something that was read has changed. False after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._lists.changed(reads)
                return True
        except TimeoutError:
            return False

    @property
    def read_error(self) -> CannotRead | None:
        """Why the cluster can't be read at all at the moment; None if some of it can, or nothing is being read."""
        problems = self._lists.problems() or [self._not_found]
        if None in problems:
            return None
        return next((each for each in problems if each is not None and each.reason in LOST), None)

    async def read_error_changed(self, known: bool, seconds: float) -> None:
        """Wait until the cluster can not be read (or, where that is `known`, can be read again) for that many seconds."""
        while True:
            await self._until_read_error(not known)
            try:
                async with asyncio.timeout(seconds if not known else 0.0):
                    await self._until_read_error(known)
            except TimeoutError:
                return

    async def _until_read_error(self, there: bool) -> None:
        while (self.read_error is not None) is not there:
            await self._lists.bell()

    async def _find(self, api_version: str, kind: str, reads: Reads) -> Kind:
        problem: CannotRead | None = None
        try:
            return await self._discovery.find(api_version, kind)
        except CannotRead as error:
            reads.polled = True  # nothing reports when a kind appears
            problem = error
            raise
        finally:
            if problem is not self._not_found:
                self._not_found = problem
                self._lists.ring()

    async def _read(
        self, kind: Kind, source: Source, place: Place | None, selector: str, reads: Reads, most: int | None
    ) -> WatchedList | None:
        watched = await self._lists.read(kind, source, most)
        if watched is None:
            return None
        problem = watched.problem()
        if problem is not None and problem.reason == "unknown-kind":
            self._discovery.forget(kind)  # its CRD was deleted, or so a 404 in its place says
            await self._lists.drop(source, watched)
            reads.polled = True
            await self._find(kind.api_version, kind.kind, reads)  # raises where discovery agrees
            raise CannotRead("server", problem.message)
        reads.watched.add(Read(source, place, selector, self._lists.token(source, place, selector)))
        return watched
