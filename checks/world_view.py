"""The world that a check is shown: the cluster, the learner's workspace, web pages, the learner's answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from checks.phrase import Phrase

Object = dict[str, Any]
"""A Kubernetes object as the API server gives it: plain JSON."""


class CannotRead(Exception):
    """The world could not be read, so nothing can be said about it: evaluates to Verdict.ERROR.

    `reason` is one of: unreachable, unauthorized, forbidden, timeout, server, unknown-kind (the API server has listed
    its kinds, and this is none of them), no-cluster, limit (there is more than is read).
    Of a page, `stage` says how far it came: name (the host name is not known), connect (nobody took the
    connection in time), refused, tls, speech (what answered speaks no HTTP), answer (none in time), api (the API
    server's own words); "" if that is not known. `addresses` are the IPs that its host name stands for.
    """

    def __init__(
        self, reason: str, message: Phrase, *, stage: str = "", addresses: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message.render())
        self.reason = reason
        self.message = message
        self.stage, self.addresses = stage, addresses


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A command that ran to its end beside the learner's shell, or in a container. `exit_code` is None if it timed out.

    Of each output the beginning is kept; `cut` says that there was more. `printed` has those of the texts that were
    looked for which stood in one of them, wherever that was.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    cut: bool = False
    printed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ran:
    """A command line that ran in the learner's shell, whoever typed it.

    `output` is what the terminal showed of it, without control sequences, lines ending in a newline; of a long one
    the end. `exit_code` is bash's. `ended` is when, in seconds since the epoch; 0 if that is not known.
    """

    line: str
    exit_code: int
    output: str
    folder: Path
    ended: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `via` says how it was reached: external, port-forward, proxy, url.

    `cut`: the page is longer than `body`. `redirect` is the status of the first redirect that was followed to it, 0 where
    there was none.
    """

    status: int
    body: str
    url: str
    via: str
    cut: bool = False
    redirect: int = 0


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Whether somebody may do something: `verb` on a `resource` (`deployments.apps`, `pods/log`), or on a `path`.

    `namespace` "": in all namespaces, or a resource that has none. `name` "": any.
    """

    user: str
    groups: tuple[str, ...]
    verb: str
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the API server decided; `reason` in its own words, "" if it gives none (as to who has no right at all)."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogRequest:
    """The last `lines` of a container's log, since a moment (in whole seconds); `previous`: of the run before this one."""

    pod: str
    namespace: str
    container: str
    lines: int
    previous: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExecRequest:
    """A program to run in a container, without input and without a terminal; `timeout` in seconds. Of each output the
    first `most` bytes are kept."""

    pod: str
    namespace: str
    container: str
    command: tuple[str, ...]
    timeout: float
    most: int = 256 * 1024
    seek: tuple[str, ...] = ()
    """Texts that are looked for in all that it prints."""


@dataclass(frozen=True, slots=True)
class TrafficRequest:
    """Requests to send: to `path` of a Service's port, or to `url`; from this machine, or from a container.

    `count` of them, `rate` a second (0: as quick as they are answered), `at_once` at the same time, each with `timeout`
    seconds, all within `seconds`. `patterns` are looked for in each answer's body, or in its headers (`in_headers`).
    """

    count: int
    seconds: float
    timeout: float
    service: str = ""
    namespace: str = ""
    port: int = 0
    path: str = "/"
    url: str = ""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    rate: float = 0.0
    at_once: int = 1
    patterns: tuple[str, ...] = ()
    in_headers: bool = False
    pod: str = ""
    pod_namespace: str = ""
    container: str = ""


@dataclass(frozen=True, slots=True)
class TrafficAnswer:
    """What became of one request: `status` is 0 where nothing answered, and `problem` says why. `matched` are the patterns
    that were found. `seconds` is how long it took; None where the container has no means to tell."""

    status: int
    seconds: float | None
    matched: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TrafficSample:
    """The answers to requests that were sent, in any order, and how long it took in all. `via` as a Reply's, or pod.
    `no_client`: nothing was sent, for the container has neither curl nor wget."""

    answers: tuple[TrafficAnswer, ...]
    seconds: float
    via: str
    no_client: bool = False


class ClusterView(Protocol):
    """The cluster as a check sees it. Every method raises CannotRead rather than guess."""

    async def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        """The object, or None if the API server said that it does not exist."""
        ...

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str = ""
    ) -> Sequence[Object]:
        """The objects of a namespace (None: of all), filtered by a label selector in kubectl's syntax."""
        ...

    async def version(self) -> str:
        """The server's version, `1.22.0`."""
        ...

    async def logs(self, request: LogRequest) -> str:
        """The last lines that a container wrote, at most 1 MiB of them; "" if there are none, or none yet."""
        ...

    async def decide(self, request: AccessRequest) -> Decision:
        """Whether the API server allows it (SubjectAccessReview). Asking needs the right to ask. unknown-kind where the
        cluster has no such resource."""
        ...

    async def execute(self, request: ExecRequest) -> CommandResult:
        """Run a program in a container, as `kubectl exec` does. Where it could not be started the exit code is 127 (there
        is no such program) or 126, as in a shell, and `stderr` has the container runtime's words. CannotRead where
        the container could not be reached, or does not end its output (limit)."""
        ...


class WorkspaceView(Protocol):
    """The learner's folder and environment, beside their shell and never inside it."""

    @property
    def root(self) -> Path:
        """The lab's own folder, where the learner's shell started."""
        ...

    @property
    def folder(self) -> Path:
        """Where the learner's shell is now."""
        ...

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def kubeconfig(self) -> Path | None:
        """The lab's own kubeconfig, which the learner's shell was given; None if the lab has no cluster."""
        ...

    @property
    def history(self) -> Sequence[Ran]:
        """The commands that ended last in the learner's shell, the newest last; none if there is no shell."""
        ...

    @property
    def running(self) -> str:
        """What runs in the learner's shell now, as far as can be reported; "" at its prompt, or where there is none."""
        ...

    async def run(self, command: str, timeout: float, seek: Collection[str] = ()) -> CommandResult:
        """Run a bash command line in the learner's folder and environment; `timeout` in seconds. The texts of `seek`
        are looked for in all that it prints, also in what is not kept."""
        ...

    def which(self, program: str) -> Path | None:
        """Where the learner's PATH finds `program`."""
        ...


class WebView(Protocol):
    """Web pages as the learner's browser would reach them."""

    async def service(
        self,
        name: str,
        namespace: str,
        port: int,
        path: str,
        timeout: float,
    ) -> Reply:
        """GET `path` of a Service's port: by its external address, or through the API server.

        Raises CannotRead if no answer came (reason unreachable or timeout).
        """
        ...

    async def url(self, url: str, timeout: float) -> Reply: ...

    async def traffic(self, request: TrafficRequest, rest: float) -> TrafficSample:
        """Send requests and count what is answered. The same requests are sent `rest` seconds, and as long as they took,
        after they were sent last: until then it waits. Raises CannotRead if none could be sent."""
        ...

    async def forwarded(self, name: str, namespace: str) -> str:
        """Where a port-forward to the Service that the program keeps open answers, `127.0.0.1:43521`; "" for none."""
        ...


class World(Protocol):
    """All that a check can see."""

    @property
    def cluster(self) -> ClusterView: ...

    @property
    def workspace(self) -> WorkspaceView: ...

    @property
    def web(self) -> WebView: ...

    @property
    def answers(self) -> Mapping[str, Sequence[str]]:
        """The learner's quiz answers by question id: ids of choices, or one free text."""
        ...

    @property
    def began(self) -> datetime | None:
        """When the work began that the check belongs to, in UTC; None if that is not on record."""
        ...

    def now(self) -> datetime:
        """The time in UTC. What depends on it is looked at again after the check's `interval`."""
        ...
