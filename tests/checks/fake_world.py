"""A world of plain objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks.base import (
    AccessRequest,
    CannotRead,
    CommandResult,
    Decision,
    ExecRequest,
    LogRequest,
    Object,
    Ran,
    Reply,
    TrafficAnswer,
    TrafficRequest,
    TrafficSample,
)
from checks.phrase import phrase
from checks.selectors import matches

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
UNREACHABLE = CannotRead("unreachable", phrase("The API server can't be reached"))
FORBIDDEN = CannotRead("forbidden", phrase("The API server does not allow it"))
BUILT_IN = frozenset(
    [
        "Namespace",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "Pod",
        "Service",
        "Endpoints",
        "ConfigMap",
        "Event",
        "Node",
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    ]
)


class FakeCluster:
    """Objects by kind; `error` is raised by every read, or by reads of the kinds in `error_of`."""

    def __init__(self, objects: Sequence[Any] = (), error: CannotRead | None = None, **error_of: CannotRead):
        self.objects = list(objects)
        self.error, self.error_of = error, error_of
        self.written: dict[tuple[str, str], str] = {}
        self.written_since: list[datetime | None] = []
        self.allowed: dict[AccessRequest, str] = {}
        self.executed: list[ExecRequest] = []
        self.prints: dict[str, CommandResult | CannotRead] = {}
        self.kinds = BUILT_IN | {obj["kind"] for obj in self.objects if isinstance(obj.get("kind"), str)}

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        for obj in await self.list(api_version, kind, namespace):
            if obj["metadata"].get("name") == name:
                return obj
        return None

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        error = self.error or self.error_of.get(kind)
        if error:
            raise error
        if kind not in self.kinds:
            raise CannotRead("unknown-kind", phrase("The cluster does not have this kind: {kind}", kind=kind))
        return [
            obj
            for obj in self.objects
            if obj.get("kind") == kind
            and (namespace is None or obj["metadata"].get("namespace") == namespace)
            and matches(selector, obj["metadata"].get("labels"))
        ]

    async def version(self) -> str:
        if self.error:
            raise self.error
        return "1.22.0"

    async def logs(self, request: LogRequest) -> str:
        """`written` holds what each container wrote, `written_since` what was asked for."""
        if self.error:
            raise self.error
        self.written_since.append(request.since)
        kept = self.written.get((request.pod, request.container), "").splitlines(keepends=True)
        return "".join(kept[-request.lines :])

    async def decide(self, request: AccessRequest) -> Decision:
        """`allowed` holds what is allowed, each with the reason; everything else is not."""
        if self.error:
            raise self.error
        reason = self.allowed.get(request)
        return Decision(reason is not None, reason or "")

    async def execute(self, request: ExecRequest) -> CommandResult:
        """`prints` holds how each pod answers, whatever it is asked to run; `executed` what was asked for."""
        if self.error:
            raise self.error
        self.executed.append(request)
        result = self.prints.get(request.pod, CommandResult(127, "", "not found", 0.01))
        if isinstance(result, CannotRead):
            raise result
        there = (text for text in request.seek if text in result.stdout or text in result.stderr)
        return replace(result, printed=result.printed | frozenset(there))


class FakeWorkspace:
    """Commands answer from `results`; a command that isn't there isn't found, as in bash."""

    def __init__(
        self,
        root: Path,
        results: Mapping[str, CommandResult] | None = None,
        environment: Mapping[str, str] | None = None,
        tools: Mapping[str, Path] | None = None,
    ) -> None:
        self.root = self.folder = root
        self.environment = dict(environment or {})
        self.results, self.tools = dict(results or {}), dict(tools or {})
        self.ran: list[str] = []
        self.history: list[Ran] = []
        self.running = ""
        self.kubeconfig: Path | None = None

    async def run(self, command: str, timeout: float, seek: Collection[str] = ()) -> CommandResult:
        self.ran.append(command)
        result = self.results.get(command) or CommandResult(127, "", "bash: command not found", 0.01)
        there = (text for text in seek if text in result.stdout or text in result.stderr)
        return replace(result, printed=result.printed | frozenset(there))

    def which(self, program: str) -> Path | None:
        return self.tools.get(program)


class FakeWeb:
    def __init__(self, answer: Reply | CannotRead | None = None) -> None:
        self.answer = answer or CannotRead("unreachable", phrase("Connection refused"))
        self.forwards: dict[tuple[str, str], str] = {}

    async def service(self, name: str, namespace: str, port: int, path: str, timeout: float) -> Reply:
        return await self.url(f"http://{name}.{namespace}:{port}{path}", timeout)

    async def traffic(self, request: TrafficRequest, rest: float) -> TrafficSample:
        if isinstance(self.answer, CannotRead):
            raise self.answer
        one = TrafficAnswer(self.answer.status, 0.1)
        return TrafficSample((one,) * request.count, 1.0, self.answer.via)

    async def forwarded(self, name: str, namespace: str) -> str:
        return self.forwards.get((name, namespace), "")

    async def url(self, url: str, timeout: float) -> Reply:
        if isinstance(self.answer, CannotRead):
            raise self.answer
        return self.answer


class FakeWorld:
    def __init__(
        self,
        *objects: Any,
        root: Path = Path("/nonexistent"),
        cluster: FakeCluster | None = None,
        workspace: FakeWorkspace | None = None,
        web: FakeWeb | None = None,
        answers: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.cluster = cluster or FakeCluster(objects)
        self.workspace = workspace or FakeWorkspace(root)
        self.web = web or FakeWeb()
        self.answers = dict(answers or {})
        self.began: datetime | None = None

    def now(self) -> datetime:
        return NOW


def make(kind: str, name: str, namespace: str | None = "istio-system", **parts: Any) -> Object:
    """An object; `labels` and `going` go into its metadata."""
    metadata: Object = {"name": name, "generation": 2}
    if namespace:
        metadata["namespace"] = namespace
    if "labels" in parts:
        metadata["labels"] = parts.pop("labels")
    if parts.pop("going", False):
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"kind": kind, "metadata": metadata, **parts}


NAMESPACE = make("Namespace", "istio-system", None, status={"phase": "Active"})
